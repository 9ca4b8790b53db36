// Poisson counts by thresholds: 16 bits of a shared block per cell, refined to 48 bits on a tie.
//
// threshold[k] is P(count <= k) in units of 2^-48, rounded to the nearest; the list ends before the first that rounds to 2^48,
// so P(count > k) = (2^48 - threshold[k]) / 2^48 differs from the Poisson law by at most 2^-48, and a count never exceeds
// threshold.size(), the quantile 1 - 2^-48 of the law. Thresholds ascend; for large means the first ones are 0.
//
// Cell i at step t takes lane i mod 8 of the block with counter (i / 8, 0, t low, t high): lane l is the lower half of word
// l / 2 if l is even, else the upper half. It is the upper third of a draw of 48 bits, whose lower 32 bits are word i mod 4 of
// the block with counter (i / 8, 1 + (i mod 8) / 4, t low, t high); these matter, and need be computed, only if the lane equals
// the upper 16 bits of some threshold. The count is the number of thresholds <= the draw.
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
