// What the caller of a session names, looked up and checked; shared by all backends.
#pragma once

#include <cstdint>
#include <span>
#include <string_view>

#include "core/compile/compiled.hpp"

namespace spikeloom {

struct StatePlace {
  std::uint32_t population = 0;
  int state = 0;
};

/// Each throws Error("unknown_name") with the nearest name, or Error("range") where a size is wrong.
StatePlace find_state(const CompiledNetwork& network, std::string_view population, std::string_view state);
void check_state_values(const CompiledNetwork& network, const StatePlace& place, std::span<const double> values);
std::uint32_t find_signal(const CompiledNetwork& network, std::string_view name);
std::uint32_t find_external_signal(const CompiledNetwork& network, std::string_view name, std::span<const double> values);
std::uint32_t find_external_source(const CompiledNetwork& network, std::string_view name);

/// The error of a state that is no longer a finite number (exit 1).
Error not_finite(const CompiledNetwork& network, const CompiledPopulation& population, std::uint32_t cell, int state, double value,
                 std::int64_t step);

}  // namespace spikeloom
