// One measured run of a workload, in a process of its own so that its largest resident set is its own.
#pragma once

#include <cstdint>
#include <string>

#include "bench/workload.hpp"

namespace spikeloom::bench {

struct Figures {
  double build_s = 0;            ///< reading, compiling and opening: all before the first step
  double wall_s = 0, cpu_s = 0;  ///< of the timed part
  double biological_s = 0;       ///< length of the timed part
  double neuron_steps = 0;       ///< of the timed part
  std::uint64_t spikes = 0, events = 0, synapses = 0, peak_bytes = 0;
};

struct Machine {
  int threads = 1;
  std::string isa;  ///< "": the best that runs
};

/// Build, warm up, run the timed part without recording, check the answer. Throws std::runtime_error when the run failed or
/// gave a wrong answer. Forks: call it from a process with one thread.
Figures measure(const Workload& workload, const Machine& machine);

}  // namespace spikeloom::bench
