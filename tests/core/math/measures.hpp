// Measures shared by the tests of core/math: distance in last digits, chi-square and Kolmogorov-Smirnov statistics.
#pragma once

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <limits>
#include <vector>

#include "core/math/philox.hpp"

namespace spikeloom::test {

/// |value - exact| in units of the last digit of `value`'s type.
template <class Real>
double ulps(Real value, long double exact) {
  if (exact == 0) return value == 0 ? 0 : std::numeric_limits<double>::infinity();
  int exponent = 0;
  std::frexp(exact, &exponent);
  const long double unit = std::ldexp(1.0L, exponent - std::numeric_limits<Real>::digits);
  return static_cast<double>(std::fabs(static_cast<long double>(value) - exact) / unit);
}

/// Number i of a fixed sequence, uniform in (0, 1).
inline double uniform_at(std::uint32_t i, std::uint64_t key = 1) {
  const RandomBlock block = philox(key, i, 0, 0, 0);
  return unit53(block[0], block[1]);
}

/// The largest distance of f(x) from exact(x), x in [low, high] spread evenly or, with `logarithmic`, by its logarithm.
template <class Real, class Function, class Exact>
double worst_ulps(Function f, Exact exact, double low, double high, bool logarithmic = false, std::uint32_t count = 50000) {
  double worst = 0;
  for (std::uint32_t i = 0; i < count; ++i) {
    const double u = uniform_at(i);
    const Real x =
        static_cast<Real>(logarithmic ? std::exp(std::log(low) + u * (std::log(high) - std::log(low))) : low + u * (high - low));
    const double distance = ulps<Real>(f(x), exact(static_cast<long double>(x)));
    if (!(distance <= worst)) worst = distance;
  }
  return worst;
}

/// Chi-square as a standard normal number, after Wilson and Hilferty; cells of fewer than 5 expected are merged with the next
/// ones.
inline double chi_square_score(const std::vector<double>& counts, const std::vector<double>& expected) {
  double chi = 0, seen = 0, due = 0;
  int cells = 0;
  for (std::size_t i = 0; i < counts.size(); ++i) {
    seen += counts[i];
    due += expected[i];
    if (due < 5 && i + 1 < counts.size()) continue;
    chi += (seen - due) * (seen - due) / std::max(due, 1e-9);
    ++cells;
    seen = due = 0;
  }
  if (cells < 2) return 0;
  const double freedom = cells - 1, spread = 2 / (9 * freedom);
  return (std::cbrt(chi / freedom) - (1 - spread)) / std::sqrt(spread);
}

/// sqrt(n) times the largest distance between the empirical distribution function and `cdf`; above 1.95 once in a thousand.
template <class Cdf>
double kolmogorov_score(std::vector<double> draws, Cdf cdf) {
  std::sort(draws.begin(), draws.end());
  const double n = static_cast<double>(draws.size());
  double distance = 0;
  for (std::size_t i = 0; i < draws.size(); ++i) {
    const double f = cdf(draws[i]);
    distance = std::max({distance, f - static_cast<double>(i) / n, static_cast<double>(i + 1) / n - f});
  }
  return distance * std::sqrt(n);
}

}  // namespace spikeloom::test
