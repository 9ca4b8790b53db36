// Kolmogorov's series with Stephens' finite-size correction; incomplete gamma by series or continued fraction.
#include "analysis/fit_tests.hpp"

#include <algorithm>
#include <cmath>
#include <numbers>
#include <vector>

#include "core/errors.hpp"

namespace spikeloom {

double ks_statistic(std::span<const double> sample, const std::function<double(double)>& cdf) {
  std::vector<double> sorted(sample.begin(), sample.end());
  std::sort(sorted.begin(), sorted.end());
  const double n = static_cast<double>(sorted.size());
  double largest = 0;
  for (std::size_t k = 0; k < sorted.size(); ++k) {
    const double f = cdf(sorted[k]), below = static_cast<double>(k) / n, above = static_cast<double>(k + 1) / n;
    largest = std::max({largest, f - below, above - f});
  }
  return largest;
}

double ks_statistic(std::span<const double> a, std::span<const double> b) {
  std::vector<double> x(a.begin(), a.end()), y(b.begin(), b.end());
  std::sort(x.begin(), x.end());
  std::sort(y.begin(), y.end());
  double largest = 0;
  std::size_t i = 0, j = 0;
  while (i < x.size() && j < y.size()) {
    const double at = std::min(x[i], y[j]);
    while (i < x.size() && x[i] == at) ++i;
    while (j < y.size() && y[j] == at) ++j;
    largest = std::max(largest, std::fabs(static_cast<double>(i) / static_cast<double>(x.size()) -
                                          static_cast<double>(j) / static_cast<double>(y.size())));
  }
  return largest;
}

double ks_p_value(double statistic, double n) {
  const double root = std::sqrt(n), z = (root + 0.12 + 0.11 / root) * statistic;
  if (z < 1e-3) return 1;
  if (z < 1.18) {  // the theta-function dual converges at once here
    const double y = std::exp(-std::numbers::pi * std::numbers::pi / (8 * z * z));
    const double sum = y + std::pow(y, 9) + std::pow(y, 25) + std::pow(y, 49);
    return std::clamp(1 - std::sqrt(2 * std::numbers::pi) / z * sum, 0.0, 1.0);
  }
  double sum = 0;
  for (int k = 1; k <= 20; ++k) sum += (k % 2 == 1 ? 2 : -2) * std::exp(-2.0 * k * k * z * z);
  return std::clamp(sum, 0.0, 1.0);
}

double gamma_q(double a, double x) {
  if (!(x > 0)) return 1;
  const double scale = std::exp(a * std::log(x) - x - std::lgamma(a));
  if (x < a + 1) {
    double term = 1 / a, sum = term;
    for (int k = 1; k < 10000 && std::fabs(term) > 1e-17 * std::fabs(sum); ++k) sum += term *= x / (a + k);
    return 1 - scale * sum;
  }
  // Continued fraction of the upper function, by Lentz's method.
  constexpr double tiny = 1e-300;
  double b = x + 1 - a, c = 1 / tiny, d = 1 / b, value = d;
  for (int k = 1; k < 10000; ++k) {
    const double numerator = -k * (k - a);
    b += 2;
    d = numerator * d + b;
    if (std::fabs(d) < tiny) d = tiny;
    c = b + numerator / c;
    if (std::fabs(c) < tiny) c = tiny;
    d = 1 / d;
    const double factor = d * c;
    value *= factor;
    if (std::fabs(factor - 1) < 1e-16) break;
  }
  return scale * value;
}

double chi_square_p_value(double statistic, double degrees) { return degrees > 0 ? gamma_q(degrees / 2, statistic / 2) : 1; }

ChiSquare chi_square(std::span<const double> observed, std::span<const double> expected, int constraints, double least) {
  if (observed.size() != expected.size()) throw Error("range", {}, "chi-square of series of different lengths");
  std::vector<std::pair<double, double>> bins;
  double o = 0, e = 0;
  for (std::size_t k = 0; k < observed.size(); ++k) {
    o += observed[k];
    e += expected[k];
    if (e < least) continue;
    bins.emplace_back(o, e);
    o = e = 0;
  }
  if (!bins.empty()) {  // what is left over joins the last bin
    bins.back().first += o;
    bins.back().second += e;
  }
  ChiSquare result;
  for (const auto& [seen, wanted] : bins) result.statistic += (seen - wanted) * (seen - wanted) / wanted;
  result.degrees = std::max(0, static_cast<int>(bins.size()) - constraints);
  result.p_value = chi_square_p_value(result.statistic, result.degrees);
  return result;
}

}  // namespace spikeloom
