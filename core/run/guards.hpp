// Checks that stop a run whose numbers went wrong; the same steps and words for every backend.
#pragma once

#include <cstdint>
#include <deque>
#include <span>
#include <vector>

#include "core/compile/compiled.hpp"
#include "core/run/checkpoint.hpp"
#include "core/run/signals.hpp"

namespace spikeloom {

/// States must be finite after every step that this divides, and after the run's last; signals, which are few, after every
/// step. Neither who records nor how a run is split moves these steps, so a run that breaks down always stops at the same one.
/// A state that is not finite stays so, thus none is missed; samples taken before its check are left out (core/run/recorder.hpp).
inline constexpr std::int64_t finite_check_every = 100;
inline bool finite_check_due(const CompiledNetwork& network, std::int64_t n) {
  return n % finite_check_every == 0 || n == network.duration_steps;
}
/// The first step > n for which finite_check_due() holds.
std::int64_t next_finite_check(const CompiledNetwork& network, std::int64_t n);

/// Throws Error("conflict") where a session stands between two steps.
void require_step_end(const CompiledNetwork& network, ExactTime time);

/// Throws Error("nan", exit 1) naming population, cell, time and state.
[[noreturn]] void not_finite(const CompiledNetwork& network, std::uint32_t p, std::size_t state, std::size_t cell, std::int64_t n,
                             double value);

/// The same for signals: checks every channel, and every weight that learns, after step n.
void check_finite(const CompiledNetwork& network, const SignalBank& signals, std::int64_t n);

/// Checks the finite values of one state column of population p after step n.
template <class Real>
void check_finite(const CompiledNetwork& network, std::uint32_t p, std::size_t state, const Real* values, std::size_t count,
                  std::int64_t n, std::size_t first = 0) {
  // x - x is 0 for finite x and not a number otherwise; one sum tells for all, and vectorises.
  Real sum = 0;
  for (std::size_t i = 0; i < count; ++i) sum += values[i] - values[i];
  if (sum == 0) return;
  for (std::size_t i = 0; i < count; ++i)
    if (!(values[i] - values[i] == 0)) not_finite(network, p, state, first + i, n, static_cast<double>(values[i]));
}

/// Throws Error("nan" or "range", exit 1) for a weight (or a delay that learns) that is no number or beyond its bound.
[[noreturn]] void stop_for_synapse(const std::string& projection, const CompiledPlasticity& plasticity, std::uint32_t source,
                                   std::uint32_t target, double at_ms, double value);

/// Stops a run in which one cell spikes more than 200 times within 1 ms. As a cell spikes once a step at most, that can only
/// happen in steps finer than 5 us; in coarser ones the guard is off, holds nothing and does nothing.
class RunawayGuard {
 public:
  static constexpr std::uint32_t most_spikes = 200;  ///< of one cell within window_ms
  static constexpr double window_ms = 1;

  explicit RunawayGuard(const CompiledNetwork& network);

  /// Spikes of step n: call for every step, in order.
  void count(std::int64_t n, const StepSpikes& spikes);
  /// Throws Error("runaway", exit 1) naming population, cell and time where a cell passed the limit in step n or before.
  void check(std::int64_t n) const;

  /// The first step > n in which a cell can pass the limit, whatever happens: until then no check is needed.
  std::int64_t first_possible(std::int64_t n) const;
  /// Steps of spikes that a checkpoint must hold so that load() finds all it needs; 0 when off.
  std::int64_t history_steps() const { return window_; }
  /// Takes up the spikes of the window that ends with step n from those of a checkpoint, sorted by step.
  void load(std::int64_t n, std::span<const SpikeInFlight> spikes);

 private:
  bool lives_exactly(std::uint32_t neuron) const;
  void forget(std::int64_t n);
  void add(std::int64_t n, std::uint32_t neuron);

  const CompiledNetwork& network_;
  std::int64_t window_ = 0;                                    ///< steps within window_ms; 0: off
  std::deque<std::pair<std::int64_t, std::uint32_t>> recent_;  ///< step and neuron of the window's spikes
  std::vector<std::uint32_t> within_;                          ///< per neuron: how many of them are its own
  std::int64_t passed_ = -1;                                   ///< neuron that passed the limit first; -1: none
};

}  // namespace spikeloom
