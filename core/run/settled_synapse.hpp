// A plastic synapse as it is at the end of a step, for probes, hashes and people.
#pragma once

#include <cstdint>

#include "core/rule.hpp"

namespace spikeloom {

/// Everything up to and including the present step is in; nothing of it is kept.
struct SettledSynapse {
  std::uint32_t source = 0, target = 0;  ///< running indices within the projection's ends
  double weight = 0;
  double states[max_rule_states] = {};  ///< by CompiledPlasticity::state_names
};

}  // namespace spikeloom
