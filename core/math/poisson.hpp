// Poisson counts by thresholds: 16 bits of a shared block per cell, refined to 48 bits on a tie.
//
// The law is P(count > k) = (2^48 - threshold[k]) / 2^48: thresholds are the cumulative probabilities rounded to 2^-48, and
// counts end at the quantile 1 - 2^-48. Cell i at step t takes the 16-bit lane i mod 8 of the block with counter
// (i / 8, 0, t low, t high) of the stream; where these bits equal the upper 16 of a threshold, the lower 32 come from word
// i mod 4 of the block with counter (i / 8, 1 + (i mod 8) / 4, t low, t high).
#pragma once

#include <cstdint>
#include <vector>

#include "core/math/philox.hpp"

namespace spikeloom {

struct PoissonTable {
  double mean = 0;
  std::vector<std::uint64_t> threshold;  ///< 48-bit cumulative probabilities, ascending; count = how many are <= the draw
  std::uint32_t largest() const { return static_cast<std::uint32_t>(threshold.size()); }
};

/// The table of a mean in [0, 1000]. mean 0: no thresholds, always 0.
PoissonTable poisson_table(double mean);

/// The count of one cell at one step.
std::uint32_t poisson_count(const PoissonTable& table, std::uint64_t key, std::uint32_t cell, std::int64_t step);

}  // namespace spikeloom
