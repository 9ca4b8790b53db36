// Exact propagators of linear cells over one step, in forms that keep all digits when two time constants meet.
//
// A synaptic current of time constant s acting on a membrane of time constant m contributes
//   exponential:  Q1 = int_0^h exp(-(h-t)/m) exp(-t/s) dt
//   alpha:        Q2 = int_0^h exp(-(h-t)/m) (t/s) exp(-t/s) dt
// (times 1/C). The textbook forms divide by 1/s - 1/m; here the slower of the two exponentials is taken out, so that what
// remains is a function of x = |1/s - 1/m| h that is smooth at 0 and never overflows.
#pragma once

#include "core/math/functions.hpp"

namespace spikeloom {

/// (1 - exp(-x)) / x
inline double exp_mean(double x) { return x == 0.0 ? 1.0 : -math::expm1(-x) / x; }

/// int_0^1 t exp(-x t) dt = (1 - (1 + x) exp(-x)) / x^2 for x >= 0; near 0 by its series, as the form cancels there.
inline double exp_moment(double x) {
  if (x > 1.0) return (1.0 - (1.0 + x) * math::exp(-x)) / (x * x);
  double term = 1.0, sum = 0.0;
  for (int n = 0; n < 24; ++n) {
    sum += term / (n + 2);
    term *= -x / (n + 1);
  }
  return sum;
}

/// int_0^1 t exp(-x (1 - t)) dt = (exp(-x) - 1 + x) / x^2 for x >= 0.
inline double exp_moment_from_end(double x) {
  if (x > 1.0) return (math::expm1(-x) + x) / (x * x);
  double term = 0.5, sum = 0.0;
  for (int n = 0; n < 24; ++n) {
    sum += term;
    term *= -x / (n + 3);
  }
  return sum;
}

/// Q1 in ms.
inline double exponential_drive(double tau_m, double tau_s, double h) {
  const double slower = tau_m > tau_s ? tau_m : tau_s, faster = tau_m > tau_s ? tau_s : tau_m;
  const double x = (slower - faster) / (slower * faster) * h;
  return math::exp(-h / slower) * h * exp_mean(x);
}

/// Q2 in ms.
inline double alpha_drive(double tau_m, double tau_s, double h) {
  const double x = (tau_m - tau_s) / (tau_m * tau_s) * h;
  const double shape = x >= 0.0 ? math::exp(-h / tau_m) * exp_moment(x) : math::exp(-h / tau_s) * exp_moment_from_end(-x);
  return h * (h / tau_s) * shape;
}

}  // namespace spikeloom
