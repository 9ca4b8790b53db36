// exp, expm1 and tanh: x = k ln 2 + r with |r| <= (ln 2) / 2, and a polynomial in r.
//
// Denormal results are 0, so that the flush-to-zero mode makes no difference.
#pragma once

#include "core/math/bits.hpp"

namespace spikeloom::math {

namespace detail {

template <class Real>
struct ExponentialConstants;

template <>
struct ExponentialConstants<float> {
  static constexpr float log2_e = 0x1.715476p+0f;
  static constexpr float ln2_high = 0x1.62e4p-1f, ln2_low = 0x1.7f7d1cp-20f;  // k ln2_high is exact
  static constexpr float overflow = 0x1.62e42ep+6f;                           // the largest argument with a finite result
  static constexpr float underflow = -0x1.5d58ap+6f;                          // ln 2^-126, rounded up
  static constexpr float expm1_floor = -20;
  static constexpr float tanh_ceiling = 10;
  /// (exp(r) - 1 - r) / r^2 within 2^-32 / r^2
  static constexpr float series[] = {0x1.0000000ba132cp-1, 0x1.5555555a800cdp-3,  0x1.5554e8a22b84cp-5,
                                     0x1.1110e0c5c7f50p-7, 0x1.6d43af18200d3p-10, 0x1.a1256cd2f13c2p-13};
};

template <>
struct ExponentialConstants<double> {
  static constexpr double log2_e = 0x1.71547652b82fep+0;
  static constexpr double ln2_high = 0x1.62e42fefa3800p-1, ln2_low = 0x1.ef35793c76730p-45;  // k ln2_high is exact
  static constexpr double overflow = 0x1.62e42fefa39efp+9;
  static constexpr double underflow = -0x1.6232bdd7abcd2p+9;  // ln 2^-1022
  static constexpr double expm1_floor = -40;
  static constexpr double tanh_ceiling = 22;
  /// (exp(r) - 1 - r) / r^2 within 2^-62 / r^2
  static constexpr double series[] = {0x1.0000000000000p-1,  0x1.5555555555557p-3,  0x1.5555555555556p-5,  0x1.11111111100bep-7,
                                      0x1.6c16c16c162c3p-10, 0x1.a01a01abf85abp-13, 0x1.a01a01a6e1e2ap-16, 0x1.71de01fdbf9cap-19,
                                      0x1.27e4db46cddd1p-22, 0x1.af4e554377204p-26, 0x1.1f7340dbc337ep-29};
};

/// exp(high + low) = 2^k (1 + r + rest), where k stands in the low bits of `k_word`.
template <class Real>
struct ExponentialParts {
  WordOf<Real> k_word;
  Real r;
  Real rest;
};

template <class Real>
SPIKELOOM_INLINE constexpr ExponentialParts<Real> exponential_parts(Real high, Real low) {
  using C = ExponentialConstants<Real>;
  const Real shifted = high * C::log2_e + Format<Real>::magic;
  const Real k = shifted - Format<Real>::magic;
  const Real upper = high - k * C::ln2_high, lower = k * C::ln2_low - low;
  const Real r = upper - lower;
  return {word_of(shifted), r, r * r * polynomial(C::series, r) + ((upper - r) - lower)};
}

/// exp(high + low), low being a correction of high.
template <class Real>
SPIKELOOM_INLINE constexpr Real exp_of_pair(Real high, Real low) {
  using C = ExponentialConstants<Real>;
  const ExponentialParts<Real> parts = exponential_parts(high, low);
  const Pair<Real> sum = exact_sum_ordered(Real{1}, parts.r);
  const Real near_one = sum.high + (sum.low + parts.rest);
  Real y = real_of<Real>(word_of(near_one) + (parts.k_word << Format<Real>::mantissa_bits));
  y = high > C::overflow ? infinity<Real> : y;
  y = high < C::underflow ? Real{0} : y;
  return high == high ? y : high;
}

}  // namespace detail

/// e^x.
template <class Real>
SPIKELOOM_INLINE constexpr Real exp(Real x) {
  return detail::exp_of_pair(x, Real{0});
}

/// e^x - 1, without loss near 0.
template <class Real>
SPIKELOOM_INLINE constexpr Real expm1(Real x) {
  using C = detail::ExponentialConstants<Real>;
  using F = detail::Format<Real>;
  const detail::ExponentialParts<Real> parts = detail::exponential_parts(x, Real{0});
  const Real e = parts.r + parts.rest;
  const Real half_power = detail::real_of<Real>((parts.k_word + (F::exponent_bias - 1)) << F::mantissa_bits);
  Real y = Real{2} * ((half_power - Real{0.5}) + half_power * e);
  y = x > C::overflow ? detail::infinity<Real> : y;
  return x < C::expm1_floor ? Real{-1} : y;
}

/// Hyperbolic tangent.
template <class Real>
SPIKELOOM_INLINE constexpr Real tanh(Real x) {
  const Real a = detail::magnitude(x), e = expm1(Real{2} * a);
  const Real y = a > detail::ExponentialConstants<Real>::tanh_ceiling ? Real{1} : e / (e + Real{2});
  return detail::with_sign(y, x);
}

}  // namespace spikeloom::math
