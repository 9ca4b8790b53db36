// Signals at run time: values after step n, made from schedules, spikes of step n and other signals.
#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "core/compile/compiled.hpp"
#include "core/compile/steps.hpp"
#include "core/run/bytes.hpp"
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
  bool reads_spikes() const { return reads_spikes_; }
  /// Some signal may differ between two steps (else the bank need not be updated again).
  bool changes() const { return changes_; }

  /// Values at the start (step 0: schedules at t = 0, traces 0).
  void start();
  /// Bring every signal to its value after step n, in the order of dependence.
  void update(std::int64_t n, const StepSpikes& spikes);
  std::span<const double> values(std::uint32_t signal) const { return values_[signal]; }
  /// Set an external signal; acts on the next step. Throws Error("conflict") for any other kind, Error("range") for a wrong
  /// number of values or one that is not finite.
  void set(std::uint32_t signal, std::span<const double> values);

  void save(ByteWriter& out) const;
  void load(ByteReader& in);

 private:
  void schedule(std::uint32_t signal, std::int64_t n);
  void read_out(std::uint32_t signal);

  const CompiledNetwork& network_;
  StepGrid grid_;
  std::vector<std::vector<double>> values_;
  std::vector<std::vector<double>> decay_;  ///< traces and rates: one factor per time constant
  bool reads_spikes_ = false, changes_ = false;
};

}  // namespace spikeloom
