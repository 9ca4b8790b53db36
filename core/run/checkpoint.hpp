// A checkpoint: everything a run is at one step, in a form that no thread count, layout or backend shows through.
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include "core/compile/compiled.hpp"
#include "core/run/bytes.hpp"

namespace spikeloom {

/// A spike still travelling, or still counted by a guard: emitted at the end of `step` (or later, by `offset_ms`) by `source`
/// (neurons first, then sources: network.neurons + cell offset).
struct SpikeInFlight {
  std::int64_t step = 0;
  std::uint32_t source = 0;
  std::uint32_t count = 1;
  double offset_ms = 0;  ///< of a spike within step + 1: its time is step h + offset
  ExactTime time() const { return {step, offset_ms}; }
  friend bool operator==(const SpikeInFlight&, const SpikeInFlight&) = default;
};

/// The first weight that was sent on although it was not finite or out of its bound; of one step the first by projection and
/// cells, so that it does not matter who finds it. Looked at when states are. A weight that is never sent on is not looked at.
struct WeightFault {
  std::int64_t step = 0;
  std::uint32_t projection = 0, source = 0, target = 0;
  double value = 0;
  bool found = false;

  void add(std::int64_t n, std::uint32_t projection, std::uint32_t source, std::uint32_t target, double value);
  /// Another, if it is one.
  void add(const WeightFault& other) {
    if (other.found) add(other.step, other.projection, other.source, other.target, other.value);
  }
  /// Throws Error("nan" or "range", exit 1).
  void check(const CompiledNetwork& network) const;
};

/// The traces of one neuron as its spike of `step` left them, for one plastic projection: of the weight rule, then of the
/// short-term rule. The run's number type widened to double.
struct TraceMark {
  std::int64_t step = never_spiked;
  double traces[2 * max_traces] = {};
};

/// A plastic projection: numbers of its synapses in canonical order, each with every instant in that lies at least its waiting
/// time (CompiledPlasticity::wait_of) back (where delays move, every instant); and of each neuron the last mark that is at least
/// plastic_history() old. Later marks follow from the spikes in flight.
struct PlasticRecord {
  std::vector<double> numbers;
  std::vector<TraceMark> pre, post;  ///< by running index of the projection's ends
  std::vector<double> signal;        ///< rules whose numbers change between events: SignalMemory::save(first_kept(...))
  /// Where delays move. Of each synapse three numbers: the step of its last event (0 where numbers change at events only), and
  /// of the spike that arrived last the step in which it left (-1: none) and its delay. Then, of each spike in flight that left
  /// within max_delay() of the end, for each source that it is and each of its synapses in canonical order, the delay it left
  /// with, or 0 where it has arrived.
  std::vector<double> travel;
};
inline constexpr std::size_t travel_numbers = 3;
/// What a step that a checkpoint holds as a number says.
inline constexpr double never_arrived = -1;

/// Which of the checkpoint's records is that of a plastic projection.
std::size_t record_of(const CompiledNetwork& network, std::uint32_t projection);

/// How many steps of spikes a plastic projection asks a checkpoint to hold, and the most that any does.
struct PlasticHistory {
  std::int64_t pre = 0, post = 0;
};
PlasticHistory plastic_history(const CompiledProjection& projection);
/// The last instant that every synapse has been brought to at the end of step n, seen from a waiting time of `wait` steps: an
/// anchor, or where states started anew.
std::int64_t last_anchor(const CompiledNetwork& network, const CompiledPlasticity& plasticity, std::int64_t n,
                         std::uint32_t wait);
/// The longest waiting time of a projection's synapses.
std::uint32_t longest_wait(const CompiledProjection& projection);
std::int64_t plastic_history(const CompiledNetwork& network);

/// State columns hold the run's number type widened to double, which keeps every bit of a float.
struct Checkpoint {
  std::int64_t step = 0;
  std::vector<std::vector<std::vector<double>>> states;  ///< population, state, cell
  std::vector<SpikeInFlight> in_flight;               ///< emitted in (step - H, step], sorted by (time, source); H: the largest
                                                      ///< of delay, RunawayGuard::history_steps() and plastic_history()
  WeightFault fault;                                  ///< not yet looked at
  std::vector<PlasticRecord> plastic;                 ///< of projections that learn in steps, in order
  std::vector<std::byte> sources, signals, recorder;  ///< what these parts saved
  std::vector<std::byte> exact;                       ///< exact cells, trains and plastic synapses, where there are any
};

/// Write beside `path`, fsync, rename; a previous file is kept as path + "_prev". Throws Error("io").
void write_checkpoint(const std::string& path, const CompiledNetwork& network, const Checkpoint& checkpoint);
/// Throws Error("checkpoint") naming what differs: not a checkpoint, other version, damaged, or another network.
Checkpoint read_checkpoint(const std::string& path, const CompiledNetwork& network);
/// The same from the bytes of a file; `path` is for messages. Safe for any bytes.
Checkpoint parse_checkpoint(std::span<const std::byte> bytes, const std::string& path, const CompiledNetwork& network);

/// The parts that all backends share, in and out. What does not load whole is refused.
template <class Sources, class Signals, class Recorder>
void save_parts(const Sources& sources, const Signals& signals, const Recorder& recorder, Checkpoint& checkpoint) {
  const auto bytes = [](const auto& part) {
    ByteWriter out;
    part.save(out);
    return out.bytes();
  };
  checkpoint.sources = bytes(sources);
  checkpoint.signals = bytes(signals);
  checkpoint.recorder = bytes(recorder);
}

template <class Sources, class Signals, class Recorder>
void load_parts(const Checkpoint& checkpoint, Sources& sources, Signals& signals, Recorder& recorder) {
  const auto take = [](auto& part, const std::vector<std::byte>& bytes) {
    ByteReader in(bytes);
    part.load(in);
    if (!in.at_end()) throw Error("checkpoint", {}, "the checkpoint is longer than it should be");
  };
  take(sources, checkpoint.sources);
  take(signals, checkpoint.signals);
  take(recorder, checkpoint.recorder);
}

}  // namespace spikeloom
