// Three ranges: reflection for negative x, the plain product while it is exact, a continued fraction where it is not.
#include "analysis/erfcx.hpp"

#include <cmath>

namespace spikeloom {
namespace {

constexpr double sqrt_pi = 1.7724538509055160273;

/// exp(x^2) with the square's rounding error carried along, so that the relative error stays near one unit.
double exp_square(double x) {
  const double square = x * x;
  return std::exp(square) * (1.0 + std::fma(x, x, -square));
}

/// Laplace's continued fraction x + (1/2)/(x + 1/(x + (3/2)/(x + ...))), evaluated from the tail.
double erfcx_fraction(double x) {
  double tail = x;
  for (int k = 60; k >= 1; --k) tail = x + 0.5 * k / tail;
  return 1.0 / (sqrt_pi * tail);
}

}  // namespace

double erfcx(double x) {
  if (std::isnan(x)) return x;
  if (x < 0) return 2.0 * exp_square(x) - erfcx(-x);
  if (x < 5.0) return exp_square(x) * std::erfc(x);
  return erfcx_fraction(x);
}

}  // namespace spikeloom
