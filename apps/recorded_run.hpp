// What a run left in its output folder, read back: summary and spikes.
#pragma once

#include <map>
#include <string>
#include <vector>

#include "apps/report.hpp"
#include "core/recording.hpp"

namespace spikeloom {

struct RecordedRun {
  std::string name;                            ///< folder or variant, for messages
  Report summary;                              ///< summary.json
  std::vector<SpikeTrain> spikes;              ///< of all spike files, one entry per population
  std::map<std::string, std::uint64_t> cells;  ///< size of each population
};

/// Throws Error("file") where the folder has no readable summary.json.
RecordedRun read_recorded_run(const std::string& folder);

/// Spikes of one file: .csv (population,neuron,time_ms) or .npy (a table with these fields); empty where it holds something else.
std::vector<SpikeTrain> read_spike_file(const std::string& path);

}  // namespace spikeloom
