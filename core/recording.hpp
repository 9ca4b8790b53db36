// What a run recorded, as plain values: spikes, states, weights, signals, and the counts every run keeps.
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <vector>

namespace spikeloom {

/// Spikes in order of (time, neuron). Times are labels of steps in ms; where cells of the probe live exactly, `step` and
/// `offset_ms` are the two parts of each (time = step h + offset), else these are empty.
struct SpikeTrain {
  std::string population;
  std::vector<std::uint32_t> neuron;
  std::vector<double> time_ms;
  std::vector<std::int64_t> step;
  std::vector<double> offset_ms;
};

/// Samples x cells, row by row, for each recorded state.
struct StateTrace {
  std::string population;
  std::vector<std::string> states;
  std::vector<std::uint32_t> neuron;        ///< cells recorded
  std::vector<double> time_ms;              ///< samples
  std::vector<std::vector<double>> values;  ///< per state: time_ms.size() x neuron.size()
};

struct WeightSnapshot {
  std::string projection;
  double time_ms = 0;
  std::vector<std::uint32_t> source, target;
  std::vector<std::uint64_t> synapse;
  std::vector<double> weight;
};

struct SignalTrace {
  std::string signal;
  std::uint32_t channels = 1;
  std::vector<double> time_ms;
  std::vector<double> value;  ///< samples x channels
};

/// Counts after the warm-up, kept for every population without a probe.
struct PopulationCounts {
  std::string population;
  std::uint64_t neurons = 0, spikes = 0;
  double rate_hz = 0;
  double cv_isi = 0;      ///< mean over cells with at least 3 intervals; NaN: none
  double rate_sd_hz = 0;  ///< standard deviation of the cells' rates
};

struct Recording {
  double duration_ms = 0, warmup_ms = 0;
  std::vector<PopulationCounts> populations;      ///< by name
  std::uint64_t spikes = 0, synaptic_events = 0;  ///< after the warm-up
  std::vector<SpikeTrain> spike_trains;           ///< one per spike probe and population
  std::vector<StateTrace> state_traces;
  std::vector<WeightSnapshot> weights;
  std::vector<SignalTrace> signals;
  std::vector<std::string> files;  ///< written so far, final names
};

}  // namespace spikeloom
