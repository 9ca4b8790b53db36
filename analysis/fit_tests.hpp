// Tests of fit: does a sample come from the law it should? P-values for the statistical tests of the project.
#pragma once

#include <functional>
#include <span>

namespace spikeloom {

/// Kolmogorov-Smirnov: largest distance between the sample's distribution and `cdf`, which must be continuous.
double ks_statistic(std::span<const double> sample, const std::function<double(double)>& cdf);
/// Largest distance between two samples' distributions.
double ks_statistic(std::span<const double> a, std::span<const double> b);
/// Probability of a distance at least this large under the hypothesis, for effective size n (two samples: n m / (n + m)).
double ks_p_value(double statistic, double n);

/// Chi-square of counts against expected counts. Neighbouring bins are merged until each expects at least `least`.
struct ChiSquare {
  double statistic = 0;
  int degrees = 0;
  double p_value = 1;
};
ChiSquare chi_square(std::span<const double> observed, std::span<const double> expected, int constraints = 1, double least = 5);

/// Upper tail of the chi-square law.
double chi_square_p_value(double statistic, double degrees);
/// Upper regularised incomplete gamma function Q(a, x).
double gamma_q(double a, double x);

}  // namespace spikeloom
