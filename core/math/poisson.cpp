// The Poisson law to 2^-48: terms relative to the largest, summed in pairs of doubles, so no exponential and no cancellation.
#include "core/math/poisson.hpp"

#include <algorithm>
#include <cassert>
#include <cmath>

#include "core/math/bits.hpp"

namespace spikeloom {

namespace {

using math::detail::exact_product;
using math::detail::exact_sum;
using math::detail::exact_sum_ordered;
using Wide = math::detail::Pair<double>;  // about 100 bits

Wide plus(Wide a, Wide b) {
  const Wide sum = exact_sum(a.high, b.high);
  return exact_sum_ordered(sum.high, sum.low + (a.low + b.low));
}
Wide times(Wide a, double b) {
  const Wide product = exact_product(a.high, b);
  return exact_sum_ordered(product.high, product.low + a.low * b);
}
Wide over(Wide a, double b) {
  const double quotient = a.high / b;
  const Wide back = exact_product(quotient, b);
  return exact_sum_ordered(quotient, (((a.high - back.high) - back.low) + a.low) / b);
}
Wide over(Wide a, Wide b) {
  const double quotient = a.high / b.high;
  const Wide back = times(b, quotient);
  return exact_sum_ordered(quotient, (((a.high - back.high) - back.low) + a.low) / b.high);
}

constexpr double negligible = 0x1p-120;
constexpr std::uint64_t one = std::uint64_t{1} << 48;

/// x in [0, 1] in units of 2^-48.
std::uint64_t to_units(Wide x) {
  const double scaled = x.high * 0x1p48, whole = std::floor(scaled);
  const double rest = (scaled - whole) + x.low * 0x1p48;
  return static_cast<std::uint64_t>(whole + std::floor(rest + 0.5));
}

/// P(k) / P(mode) for k = first, first + 1, ...; what is left out on either side is negligible.
std::vector<Wide> relative_terms(double mean, std::uint32_t& first) {
  const auto mode = static_cast<std::uint32_t>(mean);
  std::vector<Wide> terms{{1, 0}};
  first = mode;
  while (first > 0 && terms.back().high > negligible) {
    terms.push_back(over(times(terms.back(), first), mean));
    --first;
  }
  std::reverse(terms.begin(), terms.end());
  for (std::uint32_t k = mode + 1; terms.back().high > negligible; ++k) terms.push_back(over(times(terms.back(), mean), k));
  return terms;
}

}  // namespace

PoissonTable poisson_table(double mean) {
  assert(mean >= 0 && mean <= 1000);
  PoissonTable table;
  table.mean = mean;
  if (!(mean > 0x1p-60)) return table;  // P(count > 0) rounds to 0

  std::uint32_t first = 0;
  const std::vector<Wide> terms = relative_terms(mean, first);
  Wide total{0, 0};
  for (const Wide& term : terms) total = plus(total, term);

  table.threshold.assign(first, 0);
  Wide sum{0, 0};
  for (const Wide& term : terms) {
    sum = plus(sum, term);
    const std::uint64_t threshold = to_units(over(sum, total));
    if (threshold >= one) break;
    table.threshold.push_back(threshold);
  }
  return table;
}

std::uint32_t poisson_count(const PoissonTable& table, std::uint64_t key, std::uint32_t cell, std::int64_t step) {
  const auto low = static_cast<std::uint32_t>(step), high = static_cast<std::uint32_t>(static_cast<std::uint64_t>(step) >> 32);
  const std::uint32_t lane = cell % 8;
  const std::uint64_t upper = (philox(key, cell / 8, 0, low, high)[lane / 2] >> (16 * (lane % 2))) & 0xffffu;
  const std::uint64_t lower = philox(key, cell / 8, 1 + lane / 4, low, high)[cell % 4];
  const auto& thresholds = table.threshold;
  return static_cast<std::uint32_t>(std::upper_bound(thresholds.begin(), thresholds.end(), (upper << 32) | lower) -
                                    thresholds.begin());
}

}  // namespace spikeloom
