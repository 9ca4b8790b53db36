// Checks that stop a run whose numbers went wrong; the same steps and words for every backend.
#pragma once

#include <cstdint>
#include <string>

#include "core/compile/compiled.hpp"

namespace spikeloom {

/// States are checked after every step that this divides, and at the end of an advance.
inline constexpr std::int64_t finite_check_every = 100;

/// Throws Error("nan", exit 1) naming population, cell, time and state.
[[noreturn]] void not_finite(const CompiledNetwork& network, std::uint32_t p, std::size_t state, std::size_t cell, std::int64_t n,
                             double value);

/// Checks the finite values of one state column of population p after step n.
template <class Real>
void check_finite(const CompiledNetwork& network, std::uint32_t p, std::size_t state, const Real* values, std::size_t count,
                  std::int64_t n, std::size_t first = 0) {
  // x - x is 0 for finite x and not a number otherwise; one sum tells for all, and vectorises.
  Real sum = 0;
  for (std::size_t i = 0; i < count; ++i) sum += values[i] - values[i];
  if (sum == 0) return;
  for (std::size_t i = 0; i < count; ++i)
    if (!(values[i] - values[i] == 0)) not_finite(network, p, state, first + i, n, static_cast<double>(values[i]));
}

}  // namespace spikeloom
