// erf, erfc and the normal distribution function, with full relative accuracy in the tails. For set-up, not for kernels.
#pragma once

#include "core/math/exponential.hpp"

namespace spikeloom::math {

namespace detail {

/// erf(x) / x in powers of x^2 for |x| <= 1, within 2^-62
inline constexpr double erf_series[] = {
    1.1283791670955126,     -0.3761263890318375,     0.11283791670954879,     -0.026866170645076792,  0.0052239776248180145,
    -0.000854832698083379,  0.0001205533111164271,   -1.4925595266831182e-05, 1.6461000484121368e-06, -1.6350312701054695e-07,
    1.4659775274047436e-08, -1.1372848856791674e-09, 5.957176147748911e-11};

/// (1 + 2 x) e^(x^2) erfc(x) in powers of (x - 3) / (x + 3) for x >= 0, within 2^-57
inline constexpr double scaled_erfc_series[] = {
    1.2530080582697296,      -0.1356211061245812,     -0.04756229435344912,   0.12964515870276316,     -0.11927366341538978,
    0.06830802734389313,     -0.023770514917107986,   0.0025293918173706497,  0.0018886903443894537,   -0.0007798322831260392,
    -0.00010515971612175876, 0.00012509940933306908,  4.949184182265088e-06,  -2.010075903782036e-05,  -7.307985940407598e-07,
    3.4728430146253348e-06,  3.5571413338385533e-07,  -6.17297164023414e-07,  -1.4042772721953173e-07, 1.0252159860723822e-07,
    4.1031674681724675e-08,  -1.3744637314718058e-08, -8.205287200630858e-09, 1.1435382897146113e-09,  8.37323977164072e-10,
    -2.5208849729990872e-11};

/// e^(-factor x^2), where factor is a power of two: the square as a sum of two numbers keeps the digits of the tail.
SPIKELOOM_INLINE double exp_of_minus_square(double x, double factor) {
  const double a = x > 0x1p500 ? 0x1p500 : x;
  const Pair<double> square = exact_product(a, a);
  return exp_of_pair(-factor * square.high, -factor * square.low);
}

}  // namespace detail

/// e^(x^2) erfc(x) for x >= 0.
SPIKELOOM_INLINE double scaled_erfc(double x) {
  const double t = 1.0 - 6.0 / (x + 3.0);
  return detail::polynomial(detail::scaled_erfc_series, t) / (1.0 + 2.0 * x);
}

/// The complementary error function.
SPIKELOOM_INLINE double erfc(double x) {
  const double a = detail::magnitude(x);
  const double outer = detail::exp_of_minus_square(a, 1.0) * scaled_erfc(a);
  const double inner = 1.0 - a * detail::polynomial(detail::erf_series, a * a);
  const double upper = a < 0.25 ? inner : outer;
  return x < 0.0 ? 2.0 - upper : upper;
}

/// The error function.
SPIKELOOM_INLINE double erf(double x) {
  const double a = detail::magnitude(x);
  const double outer = 1.0 - detail::exp_of_minus_square(a, 1.0) * scaled_erfc(a);
  const double inner = a * detail::polynomial(detail::erf_series, a * a);
  return detail::with_sign(a < 1.0 ? inner : outer, x);
}

/// The probability of a standard normal number below x.
SPIKELOOM_INLINE double normal_cdf(double x) {
  const double a = detail::magnitude(x);
  const double tail = 0.5 * detail::exp_of_minus_square(a, 0.5) * scaled_erfc(a * 0x1.6a09e667f3bcdp-1);
  return x < 0.0 ? tail : 1.0 - tail;
}

}  // namespace spikeloom::math
