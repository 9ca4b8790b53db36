// pow: exp(y log x) with the logarithm as a sum of two numbers, so that large exponents keep all digits.
#pragma once

#include "core/math/logarithm.hpp"

namespace spikeloom::math {

namespace detail {

/// (log(1 + f) / s - 2 - 2/3 s^2) / s^4 within 2^-61 / s^4
inline constexpr double power_series[] = {0x1.999999999999fp-2, 0x1.249249248e4d8p-2, 0x1.c71c71d7fbbacp-3, 0x1.745d09e3d8241p-3,
                                          0x1.3b18bc82cc745p-3, 0x1.1018374c7f117p-3, 0x1.087e4945615c6p-3};

/// log(x) within about 2^-65 of itself, for positive normal x.
SPIKELOOM_INLINE constexpr Pair<double> log_pair(double x) {
  using E = ExponentialConstants<double>;
  constexpr double two_thirds_high = 0x1.5555555555555p-1, two_thirds_low = 0x1.5555555555555p-55;
  const Scaled<double> parts = scaled(x);
  const double f = parts.m - 1.0;
  // s = f / (2 + f) and its correction
  const double d = parts.m + 1.0, d_low = parts.m - (d - 1.0);
  const double s = f / d;
  const Pair<double> back = exact_product(s, d);
  const double s_low = (((f - back.high) - back.low) - s * d_low) / d;
  // cube = 2/3 s^3 and its correction
  const Pair<double> z = exact_product(s, s);
  const double z_low = z.low + 2.0 * s * s_low;
  const Pair<double> t = exact_product(s, z.high);
  const double t_low = t.low + (s * z_low + s_low * z.high);
  const Pair<double> cube = exact_product(t.high, two_thirds_high);
  const double cube_low = cube.low + (t_low * two_thirds_high + t.high * two_thirds_low);
  const double rest = s * (z.high * z.high) * polynomial(power_series, z.high);

  const Pair<double> a = exact_sum_ordered(2.0 * s, cube.high);
  const Pair<double> b = exact_sum_ordered(parts.k * E::ln2_high, a.high);
  const double low = b.low + (a.low + ((2.0 * s_low + (cube_low + rest)) + parts.k * E::ln2_low));
  return exact_sum_ordered(b.high, low);
}

/// x^y for x >= 0, without the special values of x.
SPIKELOOM_INLINE constexpr double power_of_positive(double x, double y) {
  const Pair<double> l = log_pair(x), p = exact_product(l.high, y);
  return exp_of_pair(p.high, p.low + l.low * y);
}

}  // namespace detail

/// x^y. A negative x needs a whole y, as in x^2; else the result is not a number.
SPIKELOOM_INLINE constexpr double pow(double x, double y) {
  using F = detail::Format<double>;
  const double a = detail::magnitude(x), b = detail::magnitude(y);
  const double end = y > 0.0 ? detail::infinity<double> : 0.0, start = y > 0.0 ? 0.0 : detail::infinity<double>;
  double r = detail::power_of_positive(a, y);
  r = a > F::largest ? end : r;
  r = a < F::smallest ? start : r;
  // Whole numbers by the rounding constant: all numbers from 2^52 on are whole, from 2^53 on even.
  const double half = 0.5 * b;
  const double rounded = (b + F::exponent_magic) - F::exponent_magic,
               half_rounded = (half + F::exponent_magic) - F::exponent_magic;
  const bool whole = (b >= F::exponent_magic) | (rounded == b);
  const bool odd = (b < 0x1p53) & whole & ((half >= F::exponent_magic) | (half_rounded != half));
  const double of_negative = whole ? (odd ? -r : r) : (a < F::smallest ? r : detail::not_a_number<double>);
  r = x < 0.0 ? of_negative : r;
  r = x == x ? r : x;
  r = y == y ? r : y;
  r = x == 1.0 ? 1.0 : r;
  return y == 0.0 ? 1.0 : r;
}

SPIKELOOM_INLINE constexpr float pow(float x, float y) {
  const double r = pow(static_cast<double>(x), static_cast<double>(y));
  return detail::magnitude(r) < 0x1p-126 ? 0.0f : static_cast<float>(r);
}

}  // namespace spikeloom::math
