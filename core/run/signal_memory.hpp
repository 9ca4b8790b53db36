// What the signal of a three-factor rule did in the past, kept so that a synapse can take it in at its next event.
//
// The value of a signal after step n acts on step n + 1: on an eligibility c that fades with tau, dw/dt = gain c (m - baseline)
// adds c times the drive, the integral of (m - baseline) e^(-(s - t) / tau) from the last event t on. A pulse of an instant
// signal adds its amplitude at once.
#pragma once

#include <cstdint>
#include <map>
#include <span>
#include <vector>

#include "core/compile/compiled.hpp"
#include "core/rule_run.hpp"

namespace spikeloom {

class SignalMemory {
 public:
  /// For a rule whose numbers change between events; without a signal its drive is 0.
  SignalMemory(const CompiledNetwork& network, const CompiledPlasticity& plasticity);
  SignalMemory(const SignalMemory&) = delete;
  SignalMemory& operator=(const SignalMemory&) = delete;

  /// Numbers per channel: the sums of one span or two, whole from their first step on.
  static std::uint64_t predict_numbers(const CompiledNetwork& network, const CompiledPlasticity& plasticity);

  std::int64_t span_steps() const { return past_.span_steps; }
  /// The values that act on step n; in order of steps, from 1 on (or the step after a loaded one).
  void add(std::int64_t n, std::span<const double> values);
  double drive(std::uint32_t channel, std::int64_t from, std::int64_t to) const;
  /// For kernels; valid until the next add().
  const SignalPast& past() const { return past_; }
  /// Nobody will ask for stretches that begin before `step`.
  void forget(std::int64_t step);

  /// All that begins at `from` or later.
  std::vector<double> save(std::int64_t from) const;
  /// False where the numbers do not fit.
  bool load(std::int64_t from, std::int64_t n, std::span<const double> saved);

 private:
  std::vector<double>& span_of(std::int64_t step);
  void show();

  std::uint32_t channels_ = 1;
  double effect_ = 0, baseline_ = 0;
  std::vector<double> decay_, grow_;
  std::map<std::int64_t, std::vector<double>> spans_;  ///< by number
  std::vector<double> spare_;                          ///< of a span that is forgotten, for the next
  SignalPast past_;
};

/// Steps between anchors: a fixed function of the time constant and the number of channels, as it is part of the meaning.
std::int64_t anchor_steps(double memory_steps, std::uint32_t channels, std::uint32_t longest_wait);

}  // namespace spikeloom
