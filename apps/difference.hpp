// Where two runs of one network first part: the earliest spike or state that only one of them has.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>

#include "apps/report.hpp"
#include "core/backend.hpp"

namespace spikeloom {

/// Makes a session and brings it to a step, in whatever way the run under test goes there. Spike probes are kept in memory.
using Player = std::function<std::unique_ptr<Session>(std::int64_t to_step)>;

/// The two hashes of a session agree.
bool same_hashes(const Session& a, const Session& b);

/// Bisects the step at which the hashes first differ, and looks there for a spike or a state that differs. Null: no difference.
/// {"time_ms", "kind": "spike" or "state", "population", "neuron", "state", "values": [a, b], "only_in": 0 or 1}
Report first_difference(const Player& a, const Player& b, std::int64_t last_step);

/// The earliest spike (by time, population, neuron) that one recording has and the other lacks; null: none.
Report first_spike_difference(const std::vector<SpikeTrain>& a, const std::vector<SpikeTrain>& b);

}  // namespace spikeloom
