// What the third factor did between two exact times, for synapses whose numbers change between events.
//
// Pulses that are known beforehand (a "decay" that no spikes drive, or an "instant" signal, in no phase's hands) act at their own
// times, in closed form. Every other signal is constant within a step, with its value after the step before, as for stepped
// synapses (core/run/signal_memory.hpp); then the past is kept from anchor to anchor, and stretches end at anchors.
#pragma once

#include <memory>
#include <span>
#include <vector>

#include "core/run/bytes.hpp"
#include "core/run/signal_memory.hpp"
#include "core/run/signals.hpp"

namespace spikeloom {

class ExactDrive {
 public:
  using Pulse = CompiledPairing::Pulse;

  /// Of a projection in exact time whose rule advances; in its pauses the signal counts as its baseline.
  ExactDrive(const CompiledNetwork& network, const CompiledProjection& projection);
  /// Pulses in any order; they decay with `tau_ms` (0: they have no duration). `memory_ms`, `baseline`: of the rule.
  ExactDrive(const TimeGrid& grid, std::vector<Pulse> pulses, double tau_ms, double memory_ms, double baseline);

  /// What the values of a signal that is not known take.
  static std::uint64_t predict_bytes(const CompiledNetwork& network, const CompiledProjection& projection);

  bool is_known() const { return memory_ == nullptr; }
  /// Known pulses up to and including `time`, decayed.
  double value(ExactTime time) const;
  /// The sum of known pulses without duration at this very time, which act after everything else.
  double at_once(ExactTime time) const;
  /// Calls advance(elapsed_ms, drive) for the stretches from `from` to `to`, which are one where everything is known.
  template <class Advance>
  void over(std::uint32_t channel, ExactTime from, ExactTime to, const Advance& advance) const {
    if (is_known()) return advance(grid_.between(from, to), of_pulses(from, to));
    for (;;) {
      const ExactTime anchor{(from.step / memory_->span_steps() + 1) * memory_->span_steps(), 0};
      const ExactTime end = std::min(anchor, to);
      advance(grid_.between(from, end), of_steps(channel, from, end));
      if (anchor >= to) return;
      from = anchor;
    }
  }

  // Signals that are not known:
  /// The values that act on step n, in order of steps; what is not `heard` counts as the baseline.
  void add(std::int64_t n, const SignalBank& signals, bool heard);
  /// Steps between anchors.
  std::int64_t span_steps() const { return memory_->span_steps(); }
  /// Nobody will ask for stretches that begin before `step`, an anchor.
  void forget(std::int64_t step);
  void save(ByteWriter& out, std::int64_t from) const;
  /// As after step n; throws Error("checkpoint").
  void load(ByteReader& in, std::int64_t from, std::int64_t n);

 private:
  double of_pulses(ExactTime from, ExactTime to) const;
  bool begins_anew_at(ExactTime time) const;
  double of_steps(std::uint32_t channel, ExactTime from, ExactTime to) const;
  void prepare();
  /// How many of a channel are kept at once.
  static std::uint64_t most_values(const CompiledNetwork& network, const CompiledProjection& projection);

  TimeGrid grid_;
  const CompiledNetwork* network_ = nullptr;  ///< none: there are no phases
  std::vector<Pause> pauses_;
  double memory_ms_ = unbounded, baseline_ = 0;
  std::vector<Pulse> pulses_;
  double tau_ms_ = 0;
  std::vector<double> after_;  ///< what is left right after each pulse
  std::unique_ptr<SignalMemory> memory_;
  int signal_ = -1;
  bool is_instant_ = false;
  std::uint32_t channels_ = 1;
  std::int64_t first_ = 1;      ///< step of the first value kept
  std::vector<double> values_;  ///< step by step
};

}  // namespace spikeloom
