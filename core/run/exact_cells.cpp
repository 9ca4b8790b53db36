// What happens to an exact cell at an instant.
#include "core/run/exact_cells.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <bit>
#include <cmath>

#include "core/errors.hpp"
#include "core/math/flush.hpp"

namespace spikeloom {

namespace {

constexpr std::size_t most_states = 32;

/// Doubles from one cell's states to the next's.
std::size_t stride_of(const CompiledNetwork& network) {
  std::size_t most = 0;
  for (const auto& population : network.populations)
    if (population.exact) most = std::max(most, population.initial.size());
  return most <= 4 ? 4 : (most + 7) / 8 * 8;
}

/// It changes parameters of exact cells, which a checkpoint then holds.
bool is_modulated(const CompiledNetwork& network, const CompiledModulation& modulation) {
  return modulation.target == CompiledModulation::Target::parameter && network.populations[modulation.index].exact;
}

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
    for (const Grid& grid : population.grids) kind.grid_step.push_back(grid.step());
    kind.receptors = kind.grid_step.size();
    const auto& columns = population.exact_coefficients;
    const bool one = std::ranges::all_of(columns, [](const Column& column) { return column.uniform(); });
    kind.coefficients_per_cell = one ? 0 : columns.size();
    for (std::uint32_t i = 0; i < (one ? 1 : population.size); ++i)
      for (const Column& column : columns) kind.coefficients.push_back(column[i]);
    for (std::uint32_t i = 0; i < (population.refractory_ms.uniform() ? 1 : population.size); ++i)
      kind.refractory.push_back(grid_.exact(population.refractory_ms[i]));
    for (std::uint32_t i = 0; i < population.size; ++i) {
      cells_.emplace_back().population = p;
      guards_.emplace_back();
    }
  }
  stride_ = stride_of(network);
  lines_.resize(cells_.size() * stride_ / std::size(Line{}.states) + 1);
  for (std::uint32_t i = 0; i < count(); ++i) set_initial(i, {});
}

void ExactCells::set_initial(std::uint32_t i, ExactTime t) {
  Cell& cell = cells_[i];
  const Kind& kind = kinds_[cell.population];
  const auto& initial = network_.populations[cell.population].initial;
  const std::uint32_t within = i - first_[cell.population];
  for (std::size_t k = 0; k < kind.states; ++k) states(i)[k] = initial[k][within];
  cell.last = t, cell.held = false;
  guards_[i] = {};
  if (kind.life->refractory_state < 0) return;
  const double steps = initial[static_cast<std::size_t>(kind.life->refractory_state)][within];
  cell.held = steps > 0;
  if (cell.held) guards_[i].release = grid_.add(t, grid_.exact(steps * network_.step_ms));
}

void ExactCells::restart(std::int64_t n) {
  const FlushDenormals flush;
  for (std::uint32_t i = 0; i < count(); ++i) {
    Cell& cell = cells_[i];
    const Kind& kind = kinds_[cell.population];
    bring(kind, cell, guards_[i].release, states(i), coefficients(kind, i), {n, 0});  // currents that change go on
    set_initial(i, {n, 0});
    look_ahead(kind, i, cell, states(i), coefficients(kind, i), never);
    watch(states(i));
  }
}

std::uint64_t ExactCells::predict_bytes(const CompiledNetwork& network) {
  std::uint64_t bytes = 0;
  const std::uint64_t each = sizeof(Cell) + sizeof(Guard) + stride_of(network) * sizeof(double);
  for (const auto& population : network.populations)
    if (population.exact) {
      bytes += population.size * each;
      for (const auto& modulation : network.modulations)
        if (is_modulated(network, modulation) && &network.populations[modulation.index] == &population)
          bytes += population.size * (population.parameters.size() + population.exact_coefficients.size()) * sizeof(double);
      for (const auto& column : population.exact_coefficients) bytes += column.each.size() * sizeof(double);
    }
  return bytes;
}

/// Coefficients and refractory times of these parameters; no cell is moved.
void ExactCells::live_by(std::uint32_t p, const std::vector<Column>& parameters) {
  const CompiledPopulation& population = network_.populations[p];
  Kind& kind = kinds_[p];
  kind.modulated = parameters;
  const bool one = std::ranges::all_of(parameters, [](const Column& column) { return column.uniform(); });
  const std::size_t cells = one ? 1 : population.size, each = kind.life->coefficient_count;
  kind.coefficients.resize(cells * each);
  kind.coefficients_per_cell = one ? 0 : each;
  kind.refractory.resize(cells);
  std::vector<double> mine(parameters.size());
  for (std::size_t i = 0; i < cells; ++i) {
    for (std::size_t k = 0; k < mine.size(); ++k) mine[k] = parameters[k][i];
    kind.life->prepare(kind.variant, mine.data(), population.tolerance_ms, kind.coefficients.data() + i * each);
    kind.refractory[i] = grid_.exact(kind.life->refractory_ms(mine.data()));
  }
}

bool ExactCells::are_new(std::uint32_t p, const std::vector<Column>& parameters) const {
  return !std::ranges::equal(kinds_[p].modulated, parameters, [](const Column& a, const Column& b) {
    for (std::size_t i = 0; i < std::max({a.each.size(), b.each.size(), std::size_t{1}}); ++i)
      if (std::bit_cast<std::uint64_t>(a[i]) != std::bit_cast<std::uint64_t>(b[i])) return false;
    return true;
  });
}

void ExactCells::set_parameters(std::uint32_t p, ExactTime t, const std::vector<Column>& parameters) {
  const Kind& kind = kinds_[p];
  for (std::uint32_t i = first_[p]; i < first_[p] + network_.populations[p].size; ++i)
    bring(kind, cells_[i], guards_[i].release, states(i), coefficients(kind, i), t);
  live_by(p, parameters);
}

void ExactCells::begin_under(std::uint32_t i, CellCurrent current, ExactTime horizon) {
  Cell& cell = cells_[i];
  const Kind& kind = kinds_[cell.population];
  cell.current = current;
  look_ahead(kind, i, cell, states(i), coefficients(kind, i), horizon);
  watch(states(i));
}

void ExactCells::set_gain(std::uint32_t p, const Column& gain) {
  const CompiledPopulation& population = network_.populations[p];
  Kind& kind = kinds_[p];
  kind.steps_per_cell = gain.uniform() ? 0 : kind.receptors;
  kind.grid_step.resize(kind.receptors * (gain.uniform() ? 1 : population.size));
  for (std::size_t k = 0; k < kind.grid_step.size(); ++k)  // powers of two: nothing is rounded here that is not in the product
    kind.grid_step[k] = population.grids[k % kind.receptors].step() * gain[k / kind.receptors];
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
void ExactCells::bring(const Kind& kind, Cell& cell, ExactTime release, double* states, const double* coefficients,
                       ExactTime t) const {
  if (cell.held && release <= t) {
    move(kind, cell, states, coefficients, release);
    cell.held = false;
  }
  move(kind, cell, states, coefficients, t);
}

void ExactCells::spike(const Kind& kind, std::uint32_t i, Cell& cell, double* states, const double* coefficients, ExactTime t) {
  kind.life->reset(states, coefficients);
  const ExactTime refractory = kind.refractory[kind.refractory.size() == 1 ? 0 : i - first_[cell.population]];
  cell.held = refractory > ExactTime{};
  guards_[i].release = grid_.add(t, refractory);
  count(cell, guards_[i], &Guard::spikes, RunawayGuard::most_spikes, t);
}

/// One more of them in the millisecond of t; too many, and the cell stops.
void ExactCells::count(Cell& cell, Guard& guard, std::uint32_t Guard::*what, std::uint32_t most, ExactTime t) const {
  const auto millisecond = static_cast<std::int64_t>(grid_.ms_of(t));
  if (millisecond != guard.millisecond) guard.spikes = guard.looks = 0;
  guard.millisecond = millisecond;
  if (++(guard.*what) > most && !cell.stopped) cell.stopped = true, guard.stopped = t;
}

/// What next() said of the state at `from`, in exact time.
void ExactCells::announce(std::uint32_t i, Cell& cell, ExactTime from, const Ahead& next, ExactTime horizon) {
  if (next.dt_ms != next.dt_ms) cell.stopped = true, guards_[i].stopped = from;  // numbers beyond all bounds
  constexpr double latest = 0x1p52;                                              // steps
  if (!(next.dt_ms < latest * grid_.step_ms())) return;
  cell.ahead = grid_.after(from, next.dt_ms);
  cell.what = next.what;
  if (cell.what == Ahead::asks) cell.ahead = std::max(cell.ahead, horizon);  // but for rounding it is not before
}

void ExactCells::look_ahead(const Kind& kind, std::uint32_t i, Cell& cell, const double* states, const double* coefficients,
                            ExactTime horizon) {
  cell.ahead = never, cell.what = Ahead::moves;
  if (cell.stopped) return;
  const bool reached = kind.life->reached(states, coefficients);
  ExactTime from = cell.last;
  CellCurrent current = cell.current;
  double copy[most_states];
  if (cell.held) {
    const ExactTime release = guards_[i].release;
    if (horizon < release && !reached) {  // the potential stays until then
      cell.ahead = release, cell.what = Ahead::asks;
      return;
    }
    Cell then = cell;
    std::copy_n(states, kind.states, copy);
    bring(kind, then, release, copy, coefficients, release);
    states = copy, from = then.last, current = then.current;
  }
  if (kind.life->reached(states, coefficients)) {  // as the caller set it, or held there: at once, as soon as the cell is free
    cell.ahead = from, cell.what = Ahead::spikes;
    // What the caller sets between two steps belongs to the next one: the step before has been shown to stepped cells.
    if (!cell.held && from.offset_ms == 0) cell.ahead.offset_ms = grid_.soonest_ms();
    return;
  }
  const double within = horizon == never ? unbounded : grid_.between(from, horizon);
  const Ahead next = kind.life->next(kind.variant, states, coefficients, current, within);
  announce(i, cell, from, next, horizon);
}

int ExactCells::start(std::uint32_t i, CellCurrent current) {
  Cell& cell = cells_[i];
  const Kind& kind = kinds_[cell.population];
  double* const state = states(i);
  const double* const c = coefficients(kind, i);
  cell.current = current;
  const bool fires = !cell.held && kind.life->reached(state, c);
  if (fires) spike(kind, i, cell, state, c, {});
  look_ahead(kind, i, cell, state, c, never);
  watch(state);
  return fires;
}

int ExactCells::own(std::uint32_t i, ExactTime horizon) {
  Cell& cell = cells_[i];
  const Kind& kind = kinds_[cell.population];
  double* const state = states(i);
  const double* const c = coefficients(kind, i);
  if (cell.what == Ahead::asks) {  // in the state of the last event
    look_ahead(kind, i, cell, state, c, horizon);
    return 0;
  }
  const ExactTime t = cell.ahead;
  bring(kind, cell, guards_[i].release, state, c, t);
  const bool fires = cell.what == Ahead::spikes || kind.life->reached(state, c);
  if (fires) spike(kind, i, cell, state, c, t);
  else count(cell, guards_[i], &Guard::looks, most_looks, t);
  look_ahead(kind, i, cell, state, c, horizon);
  watch(state);
  return fires;
}

int ExactCells::arrive_seldom(std::uint32_t i, ExactTime t, const double* input, ExactTime horizon) {
  Cell& cell = cells_[i];
  const Kind& kind = kinds_[cell.population];
  double* const state = states(i);
  const double* const c = coefficients(kind, i);
  bring(kind, cell, guards_[i].release, state, c, t);
  kind.life->receive(kind.variant, state, c, input, cell.held);
  if (!cell.held && !cell.stopped && kind.life->reached(state, c)) return arrive_and_fire(i, t, horizon);
  look_ahead(kind, i, cell, state, c, horizon);
  watch(state);
  return 0;
}

int ExactCells::arrive_and_fire(std::uint32_t i, ExactTime t, ExactTime horizon) {
  Cell& cell = cells_[i];
  const Kind& kind = kinds_[cell.population];
  double* const state = states(i);
  const double* const c = coefficients(kind, i);
  spike(kind, i, cell, state, c, t);
  look_ahead(kind, i, cell, state, c, horizon);
  watch(state);
  return 1;
}

void ExactCells::set_current(std::uint32_t i, ExactTime t, CellCurrent current, ExactTime horizon) {
  Cell& cell = cells_[i];
  if (current.slope == 0 && cell.current.slope == 0 && current.value == cell.current.value) return;
  const Kind& kind = kinds_[cell.population];
  double* const state = states(i);
  const double* const c = coefficients(kind, i);
  bring(kind, cell, guards_[i].release, state, c, t);
  cell.current = current;
  look_ahead(kind, i, cell, state, c, horizon);
  watch(state);
}

double ExactCells::settled(std::uint32_t i, std::size_t state, ExactTime t) const {
  const FlushDenormals flush;  // whoever asks
  Cell cell = cells_[i];
  const Kind& kind = kinds_[cell.population];
  if (static_cast<int>(state) == kind.life->refractory_state) {
    const double left = cell.held ? grid_.between(t, guards_[i].release) / grid_.step_ms() : 0;
    return left > 0 ? left : 0;
  }
  double copy[most_states];
  std::copy_n(states(i), kind.states, copy);
  bring(kind, cell, guards_[i].release, copy, coefficients(kind, i), t);
  return copy[state];
}

void ExactCells::set_state(std::uint32_t i, std::size_t state, ExactTime t, double value) {
  const FlushDenormals flush;
  Cell& cell = cells_[i];
  const Kind& kind = kinds_[cell.population];
  double* const own = states(i);
  const double* const c = coefficients(kind, i);
  bring(kind, cell, guards_[i].release, own, c, t);
  if (static_cast<int>(state) == kind.life->refractory_state) {
    cell.held = value > 0;
    if (cell.held) guards_[i].release = grid_.add(t, grid_.exact(value * grid_.step_ms()));
  } else {
    own[state] = value;
  }
  look_ahead(kind, i, cell, own, c, never);
  watch(own);
}

void ExactCells::check(std::int64_t n) const {
  if (!broken_.load(std::memory_order_relaxed)) return;
  for (std::uint32_t p = 0; p < kinds_.size(); ++p) {
    const Kind& kind = kinds_[p];
    if (kind.life == nullptr) continue;
    for (std::size_t k = 0; k < kind.states; ++k)
      for (std::uint32_t i = 0; i < network_.populations[p].size; ++i)
        if (const double value = states(first_[p] + i)[k]; !std::isfinite(value)) not_finite(network_, p, k, i, n, value);
  }
}

void ExactCells::stop(const Runaway& runaway) const {
  const Place at = place(runaway.cell);
  const std::string& name = network_.populations[at.population].name;
  const double ms = grid_.ms_of(runaway.time);
  throw Error("runaway", {"/populations/" + name, 0, 0},
              guards_[runaway.cell].spikes > RunawayGuard::most_spikes
                  ? fmt::format("cell {} of population {} spikes without bound: more than {} times within a millisecond at {} ms",
                                at.cell, name, RunawayGuard::most_spikes, ms)
                  : fmt::format("cell {} of population {} changes faster than it can be integrated at {} ms", at.cell, name, ms),
              Exit::run_failed);
}

void ExactCells::save(ByteWriter& out) const {
  for (const CompiledModulation& modulation : network_.modulations)
    if (is_modulated(network_, modulation)) {
      const auto& columns = kinds_[modulation.index].modulated;
      out.put<std::uint64_t>(columns.size());
      for (const Column& column : columns)
        out.put_array(
            std::span(column.uniform() ? &column.constant : column.each.data(), column.uniform() ? 1 : column.each.size()));
    }
  out.put<std::uint64_t>(cells_.size());
  for (std::uint32_t i = 0; i < count(); ++i) {
    const Cell& cell = cells_[i];
    const Guard& guard = guards_[i];
    out.put(cell.last);
    out.put(guard.release);
    out.put(cell.current);
    out.put(guard.millisecond);
    out.put(guard.spikes);
    out.put(guard.looks);
    out.put<std::uint32_t>(cell.held ? 1 : 0);
    for (std::size_t k = 0; k < kinds_[cell.population].states; ++k) out.put(states(i)[k]);
  }
}

void ExactCells::load(ByteReader& in, std::int64_t n) {
  const auto refuse = [] { throw Error("checkpoint", {}, "the checkpoint has exact cells that cannot be"); };
  for (const CompiledModulation& modulation : network_.modulations) {
    if (!is_modulated(network_, modulation)) continue;
    const CompiledPopulation& population = network_.populations[modulation.index];
    std::vector<Column> columns(in.get<std::uint64_t>() == 0 ? 0 : population.parameters.size());
    for (Column& column : columns) {
      auto values = in.get_array<double>();
      if (values.size() != 1 && values.size() != population.size) refuse();
      if (values.size() == 1 && population.size != 1) column.constant = values[0];
      else column.each = std::move(values);
    }
    live_by(modulation.index, columns.empty() ? population.parameters : columns);
    kinds_[modulation.index].modulated = std::move(columns);
  }
  if (in.get<std::uint64_t>() != cells_.size()) refuse();
  const auto is_time = [&](ExactTime t) { return t.offset_ms >= 0 && t.offset_ms < grid_.step_ms(); };
  for (std::uint32_t i = 0; i < count(); ++i) {
    Cell& cell = cells_[i];
    Guard& guard = guards_[i];
    const Kind& kind = kinds_[cell.population];
    cell.last = in.get<ExactTime>();
    guard.release = in.get<ExactTime>();
    cell.current = in.get<CellCurrent>();
    guard.millisecond = in.get<std::int64_t>();
    guard.spikes = in.get<std::uint32_t>();
    guard.looks = in.get<std::uint32_t>();
    cell.held = in.get<std::uint32_t>() != 0;
    cell.stopped = false, guard.stopped = never;
    if (!is_time(cell.last) || cell.last < ExactTime{} || cell.last > ExactTime{n, 0} || !is_time(guard.release)) refuse();
    for (std::size_t k = 0; k < kind.states; ++k) states(i)[k] = in.get<double>();
    look_ahead(kind, i, cell, states(i), coefficients(kind, i), never);
    watch(states(i));
  }
}

}  // namespace spikeloom
