// The terms of the continuous current: tables and formulas at the start of the step, signals, noise by counter.
#include "core/run/currents.hpp"

#include <algorithm>
#include <cmath>
#include <numbers>

#include "core/math/functions.hpp"
#include "core/math/philox.hpp"
#include "core/math/random_kernel.hpp"

namespace spikeloom {

namespace {

using Steps = CompiledCurrent::Steps;
using Ramp = CompiledCurrent::Ramp;
using Sine = CompiledCurrent::Sine;
using Noise = CompiledCurrent::Noise;
using FromSignal = CompiledCurrent::FromSignal;

/// Cells of current c within [first, first + count), as running indices [from, to).
struct Covered {
  std::uint32_t from, to;
};

Covered covered(const CompiledCurrent& c, std::uint32_t first, std::uint32_t count) {
  const auto running = [&](std::uint64_t cell) -> std::uint32_t {
    if (cell <= c.first) return 0;
    return static_cast<std::uint32_t>(std::min<std::uint64_t>(c.count, (cell - c.first + c.stride - 1) / c.stride));
  };
  return {running(first), running(std::uint64_t{first} + count)};
}

bool one_number(const CompiledCurrent& c) {
  if (const auto* steps = std::get_if<Steps>(&c.form)) return std::ranges::all_of(steps->value, &Column::uniform);
  return !std::holds_alternative<Noise>(c.form);
}

}  // namespace

/// Step n starts at time (n - 1) h; `strict`: what begins or changes at t acts on steps that start after t.
template <class Real>
struct CurrentRunner<Real>::Place {
  std::int64_t n;
  double start_ms;
  bool strict;
  const TimeGrid* exact = nullptr;  ///< tables are looked up at `at`, not at the start of the step
  ExactTime at{};

  /// Does something that begins at t_ms act? What stands at or before time 0 acts from the first step on.
  bool begun(double t_ms, const StepGrid& grid) const {
    if (exact != nullptr) return t_ms <= 0 || exact->exact(t_ms) <= at;
    const std::int64_t from = strict && t_ms > 0 ? grid.ceil(t_ms) + (grid.on_grid(t_ms) ? 1 : 0) : grid.ceil(t_ms);
    return from <= n - 1;
  }
  /// The active row of a table, or -1.
  std::ptrdiff_t row(const std::vector<double>& t_ms, const StepGrid& grid) const {
    return std::partition_point(t_ms.begin(), t_ms.end(), [&](double t) { return begun(t, grid); }) - t_ms.begin() - 1;
  }
};

template <class Real>
typename CurrentRunner<Real>::Place CurrentRunner<Real>::place(std::uint32_t p, std::int64_t n) const {
  const auto& population = network_.populations[p];
  const auto strict = population.model.inputs_after_onset;
  return {n, grid_.ms_of(n - 1), strict != nullptr && strict(population.variant), nullptr, {}};
}

template <class Real>
CurrentRunner<Real>::CurrentRunner(const CompiledNetwork& network, const SignalBank& signals, const Modulator& modulator)
    : network_(network),
      signals_(signals),
      modulator_(modulator),
      grid_(network.step_ms),
      exact_grid_(network.step_ms),
      of_population_(network.populations.size()) {
  for (std::uint32_t i = 0; i < network.currents.size(); ++i) of_population_[network.currents[i].population].push_back(i);
  for (std::uint32_t p = 0; p < network.populations.size(); ++p) {
    const auto& population = network.populations[p];
    const auto& table = *population.model.table;
    int bias = -1;
    for (std::size_t k = 0; k < table.parameters.size(); ++k)
      if (!table.bias.empty() && table.parameters[k].name == table.bias) bias = static_cast<int>(k);
    bias_.push_back(bias);
    bool uniform = bias < 0 || modulator.parameters(p)[static_cast<std::size_t>(bias)].uniform();
    bool changes = modulator.modulates(p);
    for (const std::uint32_t i : of_population_[p]) {
      const auto& c = network.currents[i];
      uniform = uniform && c.first == 0 && c.stride == 1 && c.count == population.size && one_number(c);
      if (const auto* from = std::get_if<FromSignal>(&c.form))
        uniform = uniform && from->weight.size() <= std::max<std::size_t>(1, network.signals[from->signal].size);
      const auto* steps = std::get_if<Steps>(&c.form);
      changes = changes || steps == nullptr || steps->t_ms.size() > 1 || (steps->t_ms.size() == 1 && steps->t_ms[0] > 0);
    }
    uniform_.push_back(uniform);
    changes_.push_back(changes);
  }
}

template <class Real>
Real CurrentRunner<Real>::shared_term(const CompiledCurrent& c, const Place& place) const {
  if (const auto* steps = std::get_if<Steps>(&c.form)) {
    const auto row = place.row(steps->t_ms, grid_);
    return row < 0 ? Real(0) : static_cast<Real>(steps->value[static_cast<std::size_t>(row)][0]);
  }
  if (const auto* ramps = std::get_if<std::vector<Ramp>>(&c.form)) {
    double sum = 0;
    for (const Ramp& ramp : *ramps)
      if (place.begun(ramp.from_ms, grid_) && !place.begun(ramp.to_ms, grid_))
        sum += ramp.start + ramp.slope * (place.start_ms - ramp.from_ms);
    return static_cast<Real>(sum);
  }
  if (const auto* sine = std::get_if<Sine>(&c.form)) {
    const double phase = 2 * std::numbers::pi * (sine->frequency_hz * place.start_ms / 1000) + sine->phase_rad;
    return static_cast<Real>(sine->amplitude * math::sin(phase) + sine->offset);
  }
  const auto& from = std::get<FromSignal>(c.form);
  const auto x = signals_.values(from.signal);
  double sum = 0;
  for (std::size_t channel = 0; channel < x.size(); ++channel)
    sum += from.weight[from.weight.size() == 1 ? 0 : channel] * std::clamp(x[channel], from.clip_low, from.clip_high);
  return static_cast<Real>(sum);
}

/// A tile of 64 cells shares 16 blocks of random words.
template <class Real>
void CurrentRunner<Real>::add_noise(const CompiledCurrent& c, const Noise& noise, const Place& place, std::uint32_t first,
                                    std::uint32_t count, Real* out) const {
  constexpr std::uint32_t tile = 64;
  const auto block = static_cast<std::uint64_t>((place.n - 1) / noise.every_steps);
  const auto [from, to] = covered(c, first, count);
  Real normal[tile];
  for (std::uint32_t k = from; k < to;) {
    const std::uint32_t start = (c.first + k * c.stride) / tile * tile;
    const std::uint64_t last_cell = c.first + std::uint64_t{to - 1} * c.stride;
    const auto blocks = static_cast<std::uint32_t>(std::min<std::uint64_t>(tile / 4, (last_cell - start) / 4 + 1));
    if constexpr (sizeof(Real) == 4) random_kernels().noise_single(c.key, start / 4, blocks, block, normal);
    else random_kernels().noise_double(c.key, start / 4, blocks, block, normal);
    for (; k < to && c.first + k * c.stride - start < tile; ++k) {
      const std::uint32_t cell = c.first + k * c.stride;
      out[cell - first] += static_cast<Real>(noise.mean[k]) + static_cast<Real>(noise.sd[k]) * normal[cell - start];
    }
  }
}

template <class Real>
void CurrentRunner<Real>::add(const CompiledCurrent& c, const Place& place, std::uint32_t first, std::uint32_t count,
                              Real* out) const {
  if (const auto* noise = std::get_if<Noise>(&c.form)) return add_noise(c, *noise, place, first, count, out);
  const Covered part = covered(c, first, count);
  if (part.from >= part.to) return;
  const auto each = [&](auto&& term) {
    for (std::uint32_t k = part.from; k < part.to; ++k) out[c.first + k * c.stride - first] += static_cast<Real>(term(k));
  };
  if (const auto* steps = std::get_if<Steps>(&c.form)) {
    const auto row = place.row(steps->t_ms, grid_);
    if (row < 0) return each([](std::uint32_t) { return Real(0); });
    const Column& value = steps->value[static_cast<std::size_t>(row)];
    return each([&](std::uint32_t k) { return value[k]; });
  }
  if (const auto* signal = std::get_if<FromSignal>(&c.form)) {
    const auto values = signals_.values(signal->signal);
    if (signal->weight.size() > std::max<std::size_t>(1, values.size())) {
      // Channel by channel over a tile of cells: each cell's sum keeps its order, and the loops run along memory.
      constexpr std::uint32_t tile = 64;
      for (std::uint32_t start = part.from; start < part.to; start += tile) {
        const std::uint32_t cells = std::min(tile, part.to - start);
        double sum[tile] = {};
        for (std::size_t channel = 0; channel < values.size(); ++channel) {
          const double x = std::clamp(values[channel], signal->clip_low, signal->clip_high);
          const double* const weight = signal->weight.data() + channel * c.count + start;
          for (std::uint32_t k = 0; k < cells; ++k) sum[k] += weight[k] * x;
        }
        Real* const target = out + (c.first + start * c.stride - first);
        for (std::uint32_t k = 0; k < cells; ++k) target[k * c.stride] += static_cast<Real>(sum[k]);
      }
      return;
    }
  }
  const Real term = shared_term(c, place);
  each([&](std::uint32_t) { return term; });
}

template <class Real>
Real CurrentRunner<Real>::shared(std::uint32_t p, std::int64_t n) const {
  const Place at = place(p, n);
  Real sum = bias_[p] < 0 ? Real(0) : static_cast<Real>(modulator_.parameters(p)[static_cast<std::size_t>(bias_[p])][0]);
  for (const std::uint32_t i : of_population_[p]) sum += shared_term(network_.currents[i], at);
  return sum;
}

template <class Real>
void CurrentRunner<Real>::fill(std::uint32_t p, std::int64_t n, std::uint32_t first, std::uint32_t count, Real* out) const {
  if (uniform_[p]) return std::fill_n(out, count, shared(p, n)), void();
  const Place at = place(p, n);
  std::fill_n(out, count, Real(0));
  if (bias_[p] >= 0) {
    const Column& bias = modulator_.parameters(p)[static_cast<std::size_t>(bias_[p])];
    for (std::uint32_t i = 0; i < count; ++i) out[i] = static_cast<Real>(bias[first + i]);
  }
  for (const std::uint32_t i : of_population_[p]) add(network_.currents[i], at, first, count, out);
}

template <class Real>
void CurrentRunner<Real>::fill_exact(std::uint32_t p, ExactTime at, std::uint32_t first, std::uint32_t count,
                                     CellCurrent* out) const {
  const bool slopes = network_.populations[p].model.exact->takes_slopes;
  Place within{at.step + 1, grid_.ms_of(at.step), false, &exact_grid_, at};
  Place step{at.step + 1, grid_.ms_of(at.step), false, nullptr, {}};
  if (slopes) within.start_ms = exact_grid_.ms_of(at);
  std::vector<Real> value(count);
  if (bias_[p] >= 0) {
    const Column& bias = modulator_.parameters(p)[static_cast<std::size_t>(bias_[p])];
    for (std::uint32_t i = 0; i < count; ++i) value[i] = static_cast<Real>(bias[first + i]);
  }
  for (std::uint32_t i = 0; i < count; ++i) out[i].slope = 0;
  for (const std::uint32_t i : of_population_[p]) {
    const CompiledCurrent& c = network_.currents[i];
    const auto* ramps = std::get_if<std::vector<Ramp>>(&c.form);
    const bool exactly = std::holds_alternative<Steps>(c.form) || (slopes && ramps != nullptr);
    add(c, exactly ? within : step, first, count, value.data());
    if (!slopes || ramps == nullptr) continue;
    double slope = 0;
    for (const Ramp& ramp : *ramps)
      if (within.begun(ramp.from_ms, grid_) && !within.begun(ramp.to_ms, grid_)) slope += ramp.slope;
    const auto [from, to] = covered(c, first, count);
    for (std::uint32_t k = from; k < to; ++k) out[c.first + k * c.stride - first].slope += slope;
  }
  for (std::uint32_t i = 0; i < count; ++i) out[i].value = static_cast<double>(value[i]);
}

template <class Real>
ExactTime CurrentRunner<Real>::next_change(std::uint32_t p, ExactTime at) const {
  const bool slopes = network_.populations[p].model.exact->takes_slopes;
  ExactTime next = never;
  const auto consider = [&](ExactTime t) {
    if (t > at && t < next) next = t;
  };
  const auto consider_ms = [&](double ms) {
    if (ms > 0) consider(exact_grid_.exact(ms));
  };
  for (const std::uint32_t i : of_population_[p]) {
    const CompiledCurrent& c = network_.currents[i];
    if (const auto* steps = std::get_if<Steps>(&c.form)) {
      for (const double t_ms : steps->t_ms) consider_ms(t_ms);
    } else if (const auto* ramps = std::get_if<std::vector<Ramp>>(&c.form)) {
      for (const Ramp& ramp : *ramps) {
        consider_ms(ramp.from_ms);
        consider_ms(ramp.to_ms);
        const ExactTime step{at.step + 1, 0};
        if (!slopes && ramp.from_ms <= exact_grid_.ms_of(step) && exact_grid_.ms_of(step) <= ramp.to_ms + grid_.step_ms())
          consider(step);
      }
    } else if (const auto* noise = std::get_if<Noise>(&c.form)) {
      consider({(at.step / noise->every_steps + 1) * noise->every_steps, 0});
    } else if (std::holds_alternative<Sine>(c.form) || signals_.changes()) {
      consider({at.step + 1, 0});
    }
  }
  return next;
}

template class CurrentRunner<float>;
template class CurrentRunner<double>;

}  // namespace spikeloom
