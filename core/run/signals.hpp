// Signals at run time: values after step n, made from schedules, spikes of step n and other signals.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <vector>

#include "core/compile/compiled.hpp"
#include "core/compile/steps.hpp"
#include "core/run/bytes.hpp"
#include "core/run/hash.hpp"
#include "core/run/phases.hpp"
#include "core/run/readout.hpp"
#include "core/run/sources.hpp"

namespace spikeloom {

/// All spikes of one step: cells ascending, by population and by source.
struct StepSpikes {
  std::vector<std::vector<std::uint32_t>> of_population;
  std::vector<std::vector<SourceSpike>> of_source;
};

/// Values in double whatever the run's precision. A signal's value after step n (at time n h) acts on step n + 1.
class SignalBank {
 public:
  explicit SignalBank(const CompiledNetwork& network);

  bool empty() const { return values_.empty(); }
  /// Some signal may differ between two steps of a repeat (else the bank need not be updated again).
  bool changes() const { return changes_; }

  /// Values at the start (step 0: schedules at t = 0, traces 0).
  void start();
  /// A repeat of a phase begins after step n: its clock stands at 0, choices are drawn, and what its phase resets starts anew.
  void begin(std::int64_t n);
  /// Bring every signal to its value after step n, in the order of dependence; then readouts learn.
  void update(std::int64_t n, const StepSpikes& spikes);
  std::span<const double> values(std::uint32_t signal) const { return values_[signal]; }
  /// Weights of a readout: channels x values read.
  std::span<const double> weights(std::uint32_t readout) const { return readouts_[readout]->weights(); }
  /// Adds the weights of all readouts that learn.
  void hash_into(Hash128& hash) const;
  /// Set an external signal; acts on the next step. Throws Error("conflict") for any other kind, Error("range") for a wrong
  /// number of values or one that is not finite.
  void set(std::uint32_t signal, std::span<const double> values);

  void save(ByteWriter& out) const;
  void load(ByteReader& in);

 private:
  struct Evaluation;
  const CompiledSignal& present(std::uint32_t signal) const { return *present_[signal]; }
  void enter(std::int64_t step);
  void take(std::uint32_t signal, const CompiledSignal& form);
  void reset();
  void evaluate(std::int64_t n, const StepSpikes* spikes);
  void learn(std::int64_t n);
  /// Calls take(signal, form) for every readout that learns now.
  template <class Take>
  void each_learning(const Take& take);
  void sample(std::uint32_t i, const CompiledSignal::Readout& form);
  void end_repeat();

  const CompiledNetwork& network_;
  StepGrid grid_;
  Repeat repeat_;
  std::int64_t now_ = 0;  ///< the step of the values
  std::vector<std::vector<double>> values_;
  std::vector<std::vector<double>> inner_;  ///< second state of a trace with two time constants; sums of a mean
  std::vector<std::uint64_t> count_;        ///< of a mean: how many steps it holds
  std::vector<std::vector<double>> decay_;  ///< one factor per time constant
  std::vector<char> sampled_;               ///< means that take values in the present phase
  std::vector<double> carried_;  ///< of instant signals in the clock of a phase: pulses of the step in which a repeat ended
  std::vector<const CompiledSignal*> present_;      ///< the forms of the present phase
  std::vector<std::optional<Readout>> readouts_;    ///< of the signals that are readouts
  std::vector<std::optional<Readout>> before_end_;  ///< as checkpoints hold them, where the end of a run changed them; or empty
  bool changes_ = false;
};

/// Bytes that a bank will hold.
std::uint64_t predict_signal_bytes(const CompiledNetwork& network);
/// Rough time of one update.
double predict_signal_ns(const CompiledNetwork& network);

}  // namespace spikeloom
