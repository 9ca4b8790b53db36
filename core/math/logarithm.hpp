// log and log1p: x = 2^k (1 + f) with 1 + f in [sqrt(1/2), sqrt(2)), and a series in s = f / (2 + f).
#pragma once

#include "core/math/bits.hpp"
#include "core/math/exponential.hpp"

namespace spikeloom::math {

namespace detail {

template <class Real>
struct LogarithmConstants;

template <>
struct LogarithmConstants<float> {
  /// (log(1 + f) / s - 2) / s^2 within 2^-34 / s^2
  static constexpr float series[] = {0x1.5555554ba8b0ep-1, 0x1.9999eb9d6ddfep-2, 0x1.245c273432202p-2, 0x1.ddd4dad98e4c4p-3};
};

template <>
struct LogarithmConstants<double> {
  /// (log(1 + f) / s - 2) / s^2 within 2^-63 / s^2
  static constexpr double series[] = {0x1.5555555555555p-1, 0x1.9999999999a39p-2, 0x1.2492492476a1ap-2, 0x1.c71c7201a55d7p-3,
                                      0x1.745cf8e4bba1bp-3, 0x1.3b1c3c1c81c8fp-3, 0x1.0fbde0f4ad17bp-3, 0x1.0c0aff044a970p-3};
};

/// x = 2^k m with m in [sqrt(1/2), sqrt(2)), for positive normal x.
template <class Real>
struct Scaled {
  Real k;
  Real m;
};

template <class Real>
SPIKELOOM_INLINE constexpr Scaled<Real> scaled(Real x) {
  using F = Format<Real>;
  constexpr WordOf<Real> one = F::exponent_bias << F::mantissa_bits;
  const WordOf<Real> shifted = word_of(x) + (one - F::root_half);
  // The biased exponent becomes a number through the mantissa bits of `exponent_magic`: no integer conversion is needed.
  const Real biased = real_of<Real>((shifted >> F::mantissa_bits) | F::exponent_magic_bits);
  return {biased - (F::exponent_magic + static_cast<Real>(F::exponent_bias)),
          real_of<Real>((shifted & F::mantissa_mask) + F::root_half)};
}

/// log(x) + small for positive normal x; `small` is added before the last rounding.
template <class Real, class Constants = LogarithmConstants<Real>>
SPIKELOOM_INLINE constexpr Real log_plus(Real x, Real small) {
  using E = ExponentialConstants<Real>;
  const Scaled<Real> parts = scaled(x);
  const Real f = parts.m - Real{1}, s = f / (Real{2} + f), z = s * s;
  const Real half_square = Real{0.5} * f * f;
  const Real series = z * polynomial(Constants::series, z);
  const Real lower = s * (half_square + series) + (parts.k * E::ln2_low + small);
  return parts.k * E::ln2_high - ((half_square - lower) - f);
}

}  // namespace detail

/// Natural logarithm; denormal arguments count as 0.
template <class Real>
SPIKELOOM_INLINE constexpr Real log(Real x) {
  using F = detail::Format<Real>;
  Real y = detail::log_plus(x, Real{0});
  y = x > F::largest ? x : y;
  const Real outside = x > -F::smallest ? -detail::infinity<Real> : detail::not_a_number<Real>;
  return x >= F::smallest ? y : outside;
}

/// log(1 + x), without loss near 0.
template <class Real>
SPIKELOOM_INLINE constexpr Real log1p(Real x) {
  using F = detail::Format<Real>;
  const detail::Pair<Real> sum = detail::exact_sum(Real{1}, x);
  Real y = detail::log_plus(sum.high, sum.low / sum.high);
  y = x > F::largest ? x : y;
  const Real outside = x == Real{-1} ? -detail::infinity<Real> : detail::not_a_number<Real>;
  return x > Real{-1} ? y : outside;
}

}  // namespace spikeloom::math
