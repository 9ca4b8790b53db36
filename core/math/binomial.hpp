// Binomial and hypergeometric numbers from a counter-based stream, exact in law up to the rounding of doubles.
#pragma once

#include <cstdint>

#include "core/math/stream.hpp"

namespace spikeloom {

/// The number of successes in n <= 2^62 trials of probability p (below 0 counts as 0, above 1 as 1).
std::uint64_t binomial(RandomStream& stream, std::uint64_t n, double p);

/// How many of `drawn` balls are marked, where there are `marked` and `others` and none is put back.
std::uint64_t hypergeometric(RandomStream& stream, std::uint64_t marked, std::uint64_t others, std::uint64_t drawn);

/// log(k!) = log(sqrt(2 pi k) (k / e)^k) + stirling_rest(k); for k = 0 the rest of the formula counts as 0.
double stirling_rest(double k);

}  // namespace spikeloom
