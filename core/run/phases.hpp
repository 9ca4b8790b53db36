// Where a step stands among the phases of a run: which repeat of which phase, and when that began.
#pragma once

#include <cstdint>
#include <limits>

#include "core/compile/compiled.hpp"

namespace spikeloom {

/// One repeat of a phase covers the steps start < n <= end. The last one goes on for as long as the run does.
struct Repeat {
  static constexpr std::int64_t never = std::numeric_limits<std::int64_t>::max();
  std::uint32_t phase = 0;
  std::uint64_t number = 0;  ///< within its phase
  std::int64_t start = 0, end = never;
  friend bool operator==(const Repeat&, const Repeat&) = default;
};

/// The repeat that step n belongs to; step 0 belongs to the first.
Repeat repeat_of(const CompiledNetwork& network, std::int64_t n);

/// The first step > n after which another repeat begins; Repeat::never: none.
std::int64_t next_change(const CompiledNetwork& network, std::int64_t n);

/// The last border before step n after which states started anew; 0: none did.
std::int64_t last_reset(const CompiledNetwork& network, std::int64_t n);

/// Does a repeat begin after step n (which is then the last of the one before)? It begins when step n + 1 is about to.
bool begins_after(const CompiledNetwork& network, std::int64_t n);

}  // namespace spikeloom
