// What happens to an exact cell at an instant.
#include "core/run/exact_cells.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "core/errors.hpp"
#include "core/math/flush.hpp"

namespace spikeloom {

namespace {

constexpr std::size_t most_states = 32, most_receptors = 32;

}  // namespace

ExactCells::ExactCells(const CompiledNetwork& network) : network_(network), grid_(network.step_ms) {
  for (std::uint32_t p = 0; p < network.populations.size(); ++p) {
    const CompiledPopulation& population = network.populations[p];
    first_.push_back(count());
    Kind& kind = kinds_.emplace_back();
    if (!population.exact) continue;
    kind.life = population.model.exact;
    kind.variant = population.variant;
    kind.states = population.initial.size();
    kind.state_at = states_.size();
    for (const Grid& grid : population.grids) kind.grid_step.push_back(grid.step());
    const auto& columns = population.exact_coefficients;
    const bool one = std::ranges::all_of(columns, [](const Column& column) { return column.uniform(); });
    kind.coefficients_per_cell = one ? 0 : columns.size();
    for (std::uint32_t i = 0; i < (one ? 1 : population.size); ++i)
      for (const Column& column : columns) kind.coefficients.push_back(column[i]);
    for (std::uint32_t i = 0; i < (population.refractory_ms.uniform() ? 1 : population.size); ++i)
      kind.refractory.push_back(grid_.exact(population.refractory_ms[i]));
    for (std::uint32_t i = 0; i < population.size; ++i) {
      for (const Column& column : population.initial) states_.push_back(column[i]);
      Cell& cell = cells_.emplace_back();
      cell.population = p;
      if (kind.life->refractory_state < 0) continue;
      const double steps = population.initial[static_cast<std::size_t>(kind.life->refractory_state)][i];
      cell.held = steps > 0;
      if (cell.held) cell.release = grid_.exact(steps * network.step_ms);
    }
  }
}

/// The state goes from the last event to t under what held in between.
void ExactCells::move(const Kind& kind, Cell& cell, double* states, const double* coefficients, ExactTime t) const {
  const double dt = grid_.between(cell.last, t);
  if (dt > 0) {
    kind.life->advance(kind.variant, states, coefficients, cell.current, cell.held, dt);
    cell.current.value += cell.current.slope * dt;
  }
  cell.last = t;
}

/// The same, through the end of the refractory time where that lies between.
void ExactCells::bring(const Kind& kind, Cell& cell, double* states, const double* coefficients, ExactTime t) const {
  if (cell.held && cell.release <= t) {
    move(kind, cell, states, coefficients, cell.release);
    cell.held = false;
  }
  move(kind, cell, states, coefficients, t);
}

void ExactCells::spike(const Kind& kind, std::uint32_t i, Cell& cell, double* states, const double* coefficients, ExactTime t) {
  kind.life->reset(states, coefficients);
  const ExactTime refractory = kind.refractory[kind.refractory.size() == 1 ? 0 : i - first_[cell.population]];
  cell.held = refractory > ExactTime{};
  cell.release = grid_.add(t, refractory);
  count(cell, &Cell::spikes, RunawayGuard::most_spikes, t);
}

/// One more of them in the millisecond of t; too many, and the cell stops.
void ExactCells::count(Cell& cell, std::uint32_t Cell::*what, std::uint32_t most, ExactTime t) const {
  const auto millisecond = static_cast<std::int64_t>(grid_.ms_of(t));
  if (millisecond != cell.millisecond) cell.spikes = cell.looks = 0;
  cell.millisecond = millisecond;
  if (++(cell.*what) > most && cell.stopped == never) cell.stopped = t;
}

void ExactCells::look_ahead(const Kind& kind, Cell& cell, const double* states, const double* coefficients,
                            ExactTime horizon) const {
  cell.ahead = never;
  if (cell.stopped != never) return;
  ExactTime from = cell.last;
  CellCurrent current = cell.current;
  double copy[most_states];
  if (cell.held) {
    if (horizon < cell.release) return;
    Cell then = cell;
    std::copy_n(states, kind.states, copy);
    bring(kind, then, copy, coefficients, cell.release);
    states = copy, from = then.last, current = then.current;
  }
  if (kind.life->reached(states, coefficients)) {  // as the caller set it, or held there: at once, as soon as the cell is free
    cell.ahead = from, cell.fires = true;
    // What the caller sets between two steps belongs to the next one: the step before has been shown to stepped cells.
    if (!cell.held && from.offset_ms == 0) cell.ahead.offset_ms = 0x1p-50 * grid_.step_ms();
    return;
  }
  const double within = horizon == never ? unbounded : grid_.between(from, horizon);
  const Ahead next = kind.life->next(kind.variant, states, coefficients, current, within);
  if (next.dt_ms != next.dt_ms) cell.stopped = from;  // numbers beyond all bounds
  constexpr double latest = 0x1p52;                   // steps
  if (!(next.dt_ms < latest * grid_.step_ms())) return;
  cell.ahead = grid_.after(from, next.dt_ms);
  cell.fires = next.fires;
}

void ExactCells::watch(const Kind& kind, const double* states) {
  double sum = 0;  // as in check_finite: 0 if all are finite
  for (std::size_t k = 0; k < kind.states; ++k) sum += states[k] - states[k];
  if (!(sum == 0)) broken_.store(true, std::memory_order_relaxed);
}

int ExactCells::start(std::uint32_t i, CellCurrent current) {
  Cell& cell = cells_[i];
  const Kind& kind = kinds_[cell.population];
  double* const state = states(i);
  const double* const c = coefficients(kind, i);
  cell.current = current;
  const bool fires = !cell.held && kind.life->reached(state, c);
  if (fires) spike(kind, i, cell, state, c, {});
  look_ahead(kind, cell, state, c, never);
  watch(kind, state);
  return fires;
}

int ExactCells::own(std::uint32_t i, ExactTime horizon) {
  Cell& cell = cells_[i];
  const Kind& kind = kinds_[cell.population];
  double* const state = states(i);
  const double* const c = coefficients(kind, i);
  const ExactTime t = cell.ahead;
  bring(kind, cell, state, c, t);
  const bool fires = cell.fires || kind.life->reached(state, c);
  if (fires) spike(kind, i, cell, state, c, t);
  else count(cell, &Cell::looks, most_looks, t);
  look_ahead(kind, cell, state, c, horizon);
  watch(kind, state);
  return fires;
}

int ExactCells::arrive(std::uint32_t i, ExactTime t, const std::int64_t* sums, ExactTime horizon) {
  Cell& cell = cells_[i];
  const Kind& kind = kinds_[cell.population];
  double* const state = states(i);
  const double* const c = coefficients(kind, i);
  bring(kind, cell, state, c, t);
  double input[most_receptors];
  for (std::size_t r = 0; r < kind.grid_step.size(); ++r) input[r] = static_cast<double>(sums[r]) * kind.grid_step[r];
  kind.life->receive(kind.variant, state, c, input, cell.held);
  const bool fires = !cell.held && cell.stopped == never && kind.life->reached(state, c);
  if (fires) spike(kind, i, cell, state, c, t);
  look_ahead(kind, cell, state, c, horizon);
  watch(kind, state);
  return fires;
}

void ExactCells::set_current(std::uint32_t i, ExactTime t, CellCurrent current) {
  Cell& cell = cells_[i];
  if (current.slope == 0 && cell.current.slope == 0 && current.value == cell.current.value) return;
  const Kind& kind = kinds_[cell.population];
  double* const state = states(i);
  const double* const c = coefficients(kind, i);
  bring(kind, cell, state, c, t);
  cell.current = current;
  look_ahead(kind, cell, state, c, never);
  watch(kind, state);
}

double ExactCells::settled(std::uint32_t i, std::size_t state, ExactTime t) const {
  const FlushDenormals flush;  // whoever asks
  Cell cell = cells_[i];
  const Kind& kind = kinds_[cell.population];
  if (static_cast<int>(state) == kind.life->refractory_state) {
    const double left = cell.held ? grid_.between(t, cell.release) / grid_.step_ms() : 0;
    return left > 0 ? left : 0;
  }
  double copy[most_states];
  std::copy_n(states(i), kind.states, copy);
  bring(kind, cell, copy, coefficients(kind, i), t);
  return copy[state];
}

void ExactCells::set_state(std::uint32_t i, std::size_t state, ExactTime t, double value) {
  const FlushDenormals flush;
  Cell& cell = cells_[i];
  const Kind& kind = kinds_[cell.population];
  double* const own = states(i);
  const double* const c = coefficients(kind, i);
  bring(kind, cell, own, c, t);
  if (static_cast<int>(state) == kind.life->refractory_state) {
    cell.held = value > 0;
    if (cell.held) cell.release = grid_.add(t, grid_.exact(value * grid_.step_ms()));
  } else {
    own[state] = value;
  }
  look_ahead(kind, cell, own, c, never);
  watch(kind, own);
}

void ExactCells::check(std::int64_t n) const {
  if (!broken_.load(std::memory_order_relaxed)) return;
  for (std::uint32_t p = 0; p < kinds_.size(); ++p) {
    const Kind& kind = kinds_[p];
    if (kind.life == nullptr) continue;
    const std::uint32_t size = network_.populations[p].size;
    const double* const own = states_.data() + kind.state_at;
    for (std::size_t k = 0; k < kind.states; ++k)
      for (std::size_t i = 0; i < size; ++i)
        if (!std::isfinite(own[i * kind.states + k])) not_finite(network_, p, k, i, n, own[i * kind.states + k]);
  }
}

void ExactCells::stop(const Runaway& runaway) const {
  const Place at = place(runaway.cell);
  const std::string& name = network_.populations[at.population].name;
  const double ms = grid_.ms_of(runaway.time);
  throw Error("runaway", {"/populations/" + name, 0, 0},
              cells_[runaway.cell].spikes > RunawayGuard::most_spikes
                  ? fmt::format("cell {} of population {} spikes without bound: more than {} times within a millisecond at {} ms",
                                at.cell, name, RunawayGuard::most_spikes, ms)
                  : fmt::format("cell {} of population {} changes faster than it can be integrated at {} ms", at.cell, name, ms),
              Exit::run_failed);
}

void ExactCells::save(ByteWriter& out) const {
  out.put<std::uint64_t>(cells_.size());
  for (const Cell& cell : cells_) {
    out.put(cell.last);
    out.put(cell.release);
    out.put(cell.current);
    out.put(cell.millisecond);
    out.put(cell.spikes);
    out.put(cell.looks);
    out.put<std::uint32_t>(cell.held ? 1 : 0);
  }
  out.put_array(std::span<const double>(states_));
}

void ExactCells::load(ByteReader& in, std::int64_t n) {
  const auto refuse = [] { throw Error("checkpoint", {}, "the checkpoint has exact cells that cannot be"); };
  if (in.get<std::uint64_t>() != cells_.size()) refuse();
  const auto is_time = [&](ExactTime t) { return t.offset_ms >= 0 && t.offset_ms < grid_.step_ms(); };
  for (Cell& cell : cells_) {
    cell.last = in.get<ExactTime>();
    cell.release = in.get<ExactTime>();
    cell.current = in.get<CellCurrent>();
    cell.millisecond = in.get<std::int64_t>();
    cell.spikes = in.get<std::uint32_t>();
    cell.looks = in.get<std::uint32_t>();
    cell.held = in.get<std::uint32_t>() != 0;
    cell.stopped = never;
    if (!is_time(cell.last) || cell.last < ExactTime{} || cell.last > ExactTime{n, 0} || !is_time(cell.release)) refuse();
  }
  auto states = in.get_array<double>();
  if (states.size() != states_.size()) refuse();
  states_ = std::move(states);
  for (std::uint32_t i = 0; i < count(); ++i) {
    Cell& cell = cells_[i];
    const Kind& kind = kinds_[cell.population];
    look_ahead(kind, cell, this->states(i), coefficients(kind, i), never);
    watch(kind, this->states(i));
  }
}

}  // namespace spikeloom
