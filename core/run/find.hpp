// Names that a caller of a session gives, as indices; an unknown one is an Error with the nearest.
#pragma once

#include <cstdint>
#include <span>
#include <string_view>

#include "core/compile/compiled.hpp"

namespace spikeloom {

// All throw Error("unknown_name").
std::uint32_t find_population(const CompiledNetwork& network, std::string_view name);
std::size_t find_state(const CompiledNetwork& network, std::uint32_t population, std::string_view name);
std::uint32_t find_signal(const CompiledNetwork& network, std::string_view name);
std::uint32_t find_source(const CompiledNetwork& network, std::string_view name);

/// Throws Error("range") unless there is one finite value for each cell, within the state's range.
void check_new_state(const CompiledNetwork& network, std::uint32_t population, std::size_t state, std::span<const double> values);

}  // namespace spikeloom
