// A checkpoint: everything a run is at one step, in a form that no thread count, layout or backend shows through.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "core/compile/compiled.hpp"

namespace spikeloom {

/// A spike still travelling: emitted at `step` by `source` (neurons first, then sources: network.neurons + cell offset).
struct SpikeInFlight {
  std::int64_t step = 0;
  std::uint32_t source = 0;
  std::uint32_t count = 1;
  friend bool operator==(const SpikeInFlight&, const SpikeInFlight&) = default;
};

/// State columns hold the run's number type widened to double, which keeps every bit of a float.
struct Checkpoint {
  std::int64_t step = 0;
  std::vector<std::vector<std::vector<double>>> states;  ///< population, state, cell
  std::vector<SpikeInFlight> in_flight;                  ///< emitted in (step - max_delay, step], sorted by (step, source)
  std::vector<std::byte> sources, signals, recorder;     ///< what these parts saved
};

/// Write beside `path`, fsync, rename; a previous file is kept as path + "_prev". Throws Error("io").
void write_checkpoint(const std::string& path, const CompiledNetwork& network, const Checkpoint& checkpoint);
/// Throws Error("checkpoint") naming what differs: not a checkpoint, other version, damaged, or another network.
Checkpoint read_checkpoint(const std::string& path, const CompiledNetwork& network);

}  // namespace spikeloom
