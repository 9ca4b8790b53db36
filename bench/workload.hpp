// The performance workloads: an example network each, the time that is measured, and the answer that it must give.
#pragma once

#include <map>
#include <optional>
#include <string>
#include <vector>

#include "core/network_json.hpp"
#include "core/recording.hpp"

namespace spikeloom::bench {

struct Range {
  double low = 0, high = 0;
};

/// What the cells of one population must show over the timed part; what is absent is not checked.
struct Answer {
  std::optional<Range> rate_hz, rate_sd_hz, cv_isi;
};

struct Workload {
  std::string name;
  std::string network;                    ///< file below examples/
  double warmup_ms = 0, duration_ms = 0;  ///< timed: from the one to the other
  Settings settings;
  std::map<std::string, Answer> answers;  ///< by population
};

/// The list in a file such as bench/workloads.json, which says what its keys mean. Throws std::runtime_error.
std::vector<Workload> read_workloads(const std::string& path);

/// What is wrong with the answer of a run, or "".
std::string fault(const Workload& workload, const Recording& recording);

}  // namespace spikeloom::bench
