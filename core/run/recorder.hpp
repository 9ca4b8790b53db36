// Everything a run keeps: counts and hashes of all spikes, and what probes ask for, in memory and streamed to files.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <span>
#include <string>
#include <vector>

#include "core/backend.hpp"
#include "core/compile/compiled.hpp"
#include "core/recording.hpp"
#include "core/run/bytes.hpp"
#include "core/run/settled_synapse.hpp"
#include "core/run/signals.hpp"

namespace spikeloom {

/// Reads settled states for a sample: fills `out` with state `state` of cells of population `p` in the order asked.
using StateReader = std::function<void(std::uint32_t p, int state, std::span<const std::uint32_t> cells, double* out)>;

/// Hands over every synapse of a plastic projection as it is now, in canonical order.
using SynapseReader = std::function<void(std::uint32_t projection, const std::function<void(const SettledSynapse&)>& take)>;

/// The rate of cells that predictions of memory assume, as nobody knows it beforehand.
inline constexpr double guessed_hz = 10;
/// Bytes a recorder will take: counts per neuron, buffers, and what probes keep in memory (spikes: at guessed_hz).
std::uint64_t predict_recording_bytes(const CompiledNetwork& network, const OpenOptions& options);

/// Used by one thread, in order of steps: spikes(n) of all populations, source_spikes(n), events(n), sample(n). Never changes a
/// run.
class Recorder {
 public:
  /// Opens all files of the probes (core/atomic_file.hpp), so that what cannot be written is refused before the run.
  Recorder(const CompiledNetwork& network, const OpenOptions& options);
  ~Recorder();

  /// Cells of population p that fired in step n, ascending. Counts, hashes, interval statistics, spike probes.
  void spikes(std::int64_t n, std::uint32_t p, std::span<const std::uint32_t> cells);
  /// Spikes of exact population p within step n, in order of (time, cell).
  void exact_spikes(std::int64_t n, std::uint32_t p, std::span<const ExactSpike> spikes);
  /// The same of source s, which has exact targets.
  void exact_source_spikes(std::uint32_t s, std::span<const ExactSpike> spikes);
  /// Cells of source s (probes on inputs only; sources are not in counts or hashes).
  void source_spikes(std::int64_t n, std::uint32_t s, std::span<const SourceSpike> cells);
  bool wants_sources() const;
  /// Deliveries through projections in step n (arrivals of that step).
  void events(std::int64_t n, std::uint64_t deliveries);

  /// The first step > n at which a state, weight or signal probe samples; a very large number: none.
  std::int64_t next_sample(std::int64_t n) const;
  /// The first time > t at which exact cells or synapses are sampled within a step or at its end; step INT64_MAX: none.
  ExactTime next_exact_sample(ExactTime t) const;
  void sample_exact(ExactTime t, const StateReader& states, const SynapseReader& synapses);
  /// Take all samples due at step n, everything of which has happened. Also at step 0, before the first step. A sample that
  /// was taken is not taken again, also after load(). Throws the errors of core/run/guards.hpp instead of recording what is not
  /// finite.
  void sample(std::int64_t n, const StateReader& states, const SynapseReader& synapses, const SignalBank& signals);

  /// Write buffered rows; with `finished` rename the files to their final names. `end` is the last step run.
  void flush(std::int64_t end, bool finished);
  Recording recording(ExactTime end) const;
  Hash128 spike_hash() const;

  /// Counts, interval statistics, hash and the position of the samples. What probes record starts anew with load(): memory and
  /// unfinished files then hold what happens after the loaded step.
  void save(ByteWriter& out) const;
  void load(ByteReader& in);

 private:
  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace spikeloom
