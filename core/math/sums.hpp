// Sums of real numbers in one fixed order, for results that enter a run: eight running sums, then a tree.
#pragma once

#include <cstddef>

#include "core/kernel.hpp"

namespace spikeloom::math {

namespace detail {

inline constexpr std::size_t sum_width = 8;

/// Sum of term(i) over [0, count): lane i mod 8 takes term i, whatever the width of the machine's vectors.
template <class Term>
SPIKELOOM_INLINE double sum_of(std::size_t count, Term term) {
  double lanes[sum_width] = {};
  std::size_t i = 0;
  for (; i + sum_width <= count; i += sum_width) {
    for (std::size_t l = 0; l < sum_width; ++l) lanes[l] += term(i + l);
  }
  for (std::size_t l = 0; i + l < count; ++l) lanes[l] += term(i + l);
  return ((lanes[0] + lanes[4]) + (lanes[2] + lanes[6])) + ((lanes[1] + lanes[5]) + (lanes[3] + lanes[7]));
}

}  // namespace detail

template <class Real>
SPIKELOOM_INLINE double blocked_sum(const Real* x, std::size_t count) {
  return detail::sum_of(count, [x](std::size_t i) { return static_cast<double>(x[i]); });
}

template <class Real, class Other>
SPIKELOOM_INLINE double blocked_dot(const Real* x, const Other* y, std::size_t count) {
  return detail::sum_of(count, [x, y](std::size_t i) { return static_cast<double>(x[i]) * static_cast<double>(y[i]); });
}

/// x - x is 0 for finite x and not a number otherwise.
template <class Real>
SPIKELOOM_INLINE bool all_finite(const Real* x, std::size_t count) {
  return detail::sum_of(count, [x](std::size_t i) { return static_cast<double>(x[i] - x[i]); }) == 0;
}

/// 0 for no numbers.
template <class Real>
SPIKELOOM_INLINE double mean(const Real* x, std::size_t count) {
  return count == 0 ? 0.0 : blocked_sum(x, count) / static_cast<double>(count);
}

/// The mean square deviation from the mean (divided by count); 0 for no numbers. Two passes, so nothing cancels.
template <class Real>
SPIKELOOM_INLINE double variance(const Real* x, std::size_t count) {
  if (count == 0) return 0.0;
  const double centre = mean(x, count);
  const double squares = detail::sum_of(count, [x, centre](std::size_t i) {
    const double d = static_cast<double>(x[i]) - centre;
    return d * d;
  });
  return squares / static_cast<double>(count);
}

}  // namespace spikeloom::math
