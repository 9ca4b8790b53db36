// First-passage integrals written with erfcx, so that no factor over- or underflows before the result does.
#include "analysis/siegert.hpp"

#include <algorithm>
#include <cmath>
#include <numbers>

#include "analysis/erfcx.hpp"
#include "analysis/quadrature.hpp"

namespace spikeloom {
namespace {

const GaussLegendre<24>& panel() {
  static const GaussLegendre<24> rule;
  return rule;
}

/// Integral of f over [low, high]: panels of a quarter near and above zero, doubling in width towards minus infinity,
/// where the integrands of this file fall off as powers of |x|.
template <class F>
double integrate_panels(double low, double high, F f) {
  double sum = 0;
  double right = high;
  while (right > low) {
    const double width = right > -1 ? 0.25 : -0.5 * right;
    const double left = std::max(low, right - width);
    if (left >= right) break;  // below the resolution of doubles
    sum += panel().integrate(left, right, f);
    right = left;
  }
  return sum;
}

/// Above this distance of threshold from the mean, in units of sigma, exp(x^2) leaves the range of doubles.
constexpr double silent = 26;

/// exp(x^2) times the integral over y < x of exp(y^2) (1 + erf y)^2, for x <= 0: substituting y = x - s keeps all bounded.
double inner_below_zero(double x) {
  const double reach = std::min(6.5, 20 / std::max(-x, 1e-9));
  double sum = 0, left = 0;
  for (double right = reach / 64; left < reach; right *= 2) {
    right = std::min(right, reach);
    sum += panel().integrate(left, right, [x](double s) {
      const double e = erfcx(s - x);
      return e * e * std::exp(s * (2 * x - s));
    });
    left = right;
  }
  return sum;
}

/// The same for any x: what lies below zero, carried up, and the rest.
double inner(double x, double below_zero) {
  if (x <= 0) return inner_below_zero(x);
  const double rest = integrate_panels(0, x, [](double y) {
    const double e = erfcx(-y);
    return e * e * std::exp(-y * y);
  });
  return std::exp(x * x) * (below_zero + rest);
}

}  // namespace

double noise_free_rate_hz(const LeakyCell& cell, double mu_mV) {
  if (!(mu_mV > cell.threshold_mV)) return 0;
  // log1p: far above threshold the ratio is near one and its logarithm would lose its digits.
  const double interval = cell.tau_ms * std::log1p((cell.threshold_mV - cell.reset_mV) / (mu_mV - cell.threshold_mV));
  return 1000 / (cell.t_ref_ms + interval);
}

double siegert_rate_hz(const LeakyCell& cell, double mu_mV, double sigma_mV) {
  const double low = (cell.reset_mV - mu_mV) / sigma_mV, high = (cell.threshold_mV - mu_mV) / sigma_mV;
  if (!(sigma_mV > 0) || !std::isfinite(low) || !std::isfinite(high)) return noise_free_rate_hz(cell, mu_mV);
  if (high > silent) return 0;
  const double integral = integrate_panels(low, high, [](double x) { return erfcx(-x); });
  return 1000 / (cell.t_ref_ms + cell.tau_ms * std::sqrt(std::numbers::pi) * integral);
}

double siegert_cv(const LeakyCell& cell, double mu_mV, double sigma_mV) {
  const double low = (cell.reset_mV - mu_mV) / sigma_mV, high = (cell.threshold_mV - mu_mV) / sigma_mV;
  if (!(sigma_mV > 0) || !std::isfinite(low) || !std::isfinite(high)) return 0;
  if (high > 8) return 1;  // rare escapes: the correction is of order exp(-high^2)
  const double below_zero = inner_below_zero(0);
  const double integral = integrate_panels(low, high, [below_zero](double x) { return inner(x, below_zero); });
  const double rate_tau = siegert_rate_hz(cell, mu_mV, sigma_mV) * cell.tau_ms / 1000;
  return rate_tau * std::sqrt(2 * std::numbers::pi * integral);
}

}  // namespace spikeloom
