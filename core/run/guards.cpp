// The words in which a run with broken numbers ends, and the count that finds a cell that fires without bound.
#include "core/run/guards.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <bit>
#include <cmath>
#include <limits>
#include <tuple>

#include "core/errors.hpp"
#include "core/math/sums.hpp"
#include "core/run/hash.hpp"
#include "core/run/used_weights.hpp"

namespace spikeloom {

namespace {

[[noreturn]] void fail(std::string path, std::string_view what, double at_ms, double value) {
  throw Error("nan", {std::move(path), 0, 0}, fmt::format("{} is {} at {} ms", what, same_nan(value), at_ms), Exit::run_failed)
      .with_value(fmt::format("{}", same_nan(value)))
      .with_allowed("finite numbers");
}

}  // namespace

void require_step_end(const CompiledNetwork& network, ExactTime time) {
  if (time.offset_ms == 0) return;
  const TimeGrid grid(network.step_ms);
  throw Error("conflict", {}, "checkpoints and hashes of states are taken where a step ends")
      .with_value(fmt::format("{} ms", grid.ms_of(time)))
      .with_allowed(fmt::format("a multiple of {} ms", network.step_ms));
}

void not_finite(const CompiledNetwork& network, std::uint32_t p, std::size_t state, std::size_t cell, std::int64_t n,
                double value) {
  const auto& population = network.populations[p];
  fail("/populations/" + population.name,
       fmt::format("state {} of cell {} of population {}", population.model.table->states[state].name, cell, population.name),
       network.ms_of(n), value);
}

void WeightFault::add(std::int64_t n, std::uint32_t projection, std::uint32_t source, std::uint32_t target, double value) {
  const WeightFault other{n, projection, source, target, same_nan(value), true};
  const auto key = [](const WeightFault& f) {
    return std::tuple(f.step, f.projection, f.source, f.target, std::bit_cast<std::uint64_t>(f.value));
  };
  if (!found || key(other) < key(*this)) *this = other;
}

void stop_for_synapse(const std::string& projection, const CompiledPlasticity& plasticity, std::uint32_t source,
                      std::uint32_t target, double at_ms, double value) {
  const std::string synapse = fmt::format("the {} of the synapse from cell {} to cell {} of projection {}",
                                          plasticity.delay ? "delay" : "weight", source, target, projection);
  if (!std::isfinite(value)) fail(plasticity.path, synapse, at_ms, value);
  throw Error("range", {plasticity.path, 0, 0}, fmt::format("{} left its bound at {} ms", synapse, at_ms), Exit::run_failed)
      .with_value(fmt::format("{}", value))
      .with_allowed(fmt::format("{} .. {} (\"w_bound\")", plasticity.low, plasticity.high));
}

void WeightFault::check(const CompiledNetwork& network) const {
  if (!found) return;
  const auto& of = network.projections[projection];
  stop_for_synapse(of.name, *of.plasticity, shown_index(of.from, source), shown_index(of.to, target), network.ms_of(step), value);
}

/// Index of the first value that is not finite; -1: none.
static std::ptrdiff_t first_not_finite(std::span<const double> values) {
  if (math::all_finite(values.data(), values.size())) return -1;
  return std::ranges::find_if_not(values, [](double value) { return std::isfinite(value); }) - values.begin();
}

void check_finite(const CompiledNetwork& network, const SignalBank& signals, std::int64_t n) {
  for (std::uint32_t s = 0; s < network.signals.size(); ++s) {
    const std::string& name = network.signals[s].name;
    if (const std::ptrdiff_t c = first_not_finite(signals.values(s)); c >= 0)
      fail("/signals/" + name, fmt::format("channel {} of signal {}", c, name), network.ms_of(n), signals.values(s)[c]);
    const auto* readout = std::get_if<CompiledSignal::Readout>(&network.signals[s].form);
    if (readout == nullptr || !readout->learning) continue;
    const auto weights = signals.weights(s);
    if (const std::ptrdiff_t k = first_not_finite(weights); k >= 0)
      fail("/signals/" + name, fmt::format("a weight of readout {}", name), network.ms_of(n), weights[k]);
  }
}

std::int64_t next_finite_check(const CompiledNetwork& network, std::int64_t n) {
  const std::int64_t next = (n / finite_check_every + 1) * finite_check_every;
  return n < network.duration_steps ? std::min(next, network.duration_steps) : next;
}

RunawayGuard::RunawayGuard(const CompiledNetwork& network) : network_(network) {
  const std::int64_t window = network.steps_of(window_ms);
  if (window <= most_spikes) return;
  window_ = window;
  within_.resize(network.neurons);
}

void RunawayGuard::forget(std::int64_t n) {
  for (; !recent_.empty() && recent_.front().first <= n - window_; recent_.pop_front()) --within_[recent_.front().second];
}

void RunawayGuard::add(std::int64_t n, std::uint32_t neuron) {
  recent_.emplace_back(n, neuron);
  if (++within_[neuron] > most_spikes && passed_ < 0) passed_ = neuron;
}

void RunawayGuard::count(std::int64_t n, const StepSpikes& spikes) {
  if (window_ == 0) return;
  forget(n);
  for (std::size_t p = 0; p < spikes.of_population.size(); ++p)
    if (!network_.populations[p].exact)  // those have a guard of their own
      for (const std::uint32_t cell : spikes.of_population[p]) add(n, network_.populations[p].first + cell);
}

void RunawayGuard::check(std::int64_t n) const {
  if (passed_ < 0) return;
  const auto neuron = static_cast<std::uint32_t>(passed_);
  const auto& population = network_.populations[network_.population_of(neuron)];
  throw Error("runaway", {"/populations/" + population.name, 0, 0},
              fmt::format("cell {} of population {} spikes without bound: more than {} times within {:g} ms at {} ms",
                          neuron - population.first, population.name, most_spikes, window_ms, network_.ms_of(n)),
              Exit::run_failed)
      .with_allowed(fmt::format("at most {} spikes of a cell within {:g} ms", most_spikes, window_ms));
}

std::int64_t RunawayGuard::first_possible(std::int64_t n) const {
  if (window_ == 0) return std::numeric_limits<std::int64_t>::max();
  const std::uint32_t busiest = within_.empty() ? 0 : *std::ranges::max_element(within_);
  return n + 1 + (busiest < most_spikes ? most_spikes - busiest : 0);
}

bool RunawayGuard::lives_exactly(std::uint32_t neuron) const {
  return network_.populations[network_.population_of(neuron)].exact;
}

void RunawayGuard::load(std::int64_t n, std::span<const SpikeInFlight> spikes) {
  recent_.clear();
  std::ranges::fill(within_, 0);
  passed_ = -1;
  if (window_ == 0) return;
  for (const SpikeInFlight& spike : spikes)
    if (spike.step > n - window_ && spike.source < network_.neurons && !lives_exactly(spike.source))
      add(spike.step, spike.source);
}

}  // namespace spikeloom
