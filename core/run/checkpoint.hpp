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

/// State columns hold the run's number type widened to double, which keeps every bit of a float.
struct Checkpoint {
  std::int64_t step = 0;
  std::vector<std::vector<std::vector<double>>> states;  ///< population, state, cell
  std::vector<SpikeInFlight> in_flight;               ///< emitted in (step - H, step], sorted by (time, source); H: the largest
                                                      ///< delay, or RunawayGuard::history_steps() where that is more
  std::vector<std::byte> sources, signals, recorder;  ///< what these parts saved
  std::vector<std::byte> exact;                       ///< exact cells and trains, where there are any
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
