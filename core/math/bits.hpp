// The common ground of the elementary functions: number formats as integers, polynomials, exact sums and products.
//
// The functions of core/math use + - * / and sqrt only, never a fused multiply-add, a table or a branch on their argument,
// so a loop over them vectorises and each element has the same bits in every instruction set (with -ffp-contract=off).
#pragma once

#include <cstddef>
#include <cstdint>

#include "core/kernel.hpp"

namespace spikeloom::math::detail {

/// Layout of an IEEE number. `magic` rounds to an integer when added and taken away again, and its low bits then hold it.
template <class Real>
struct Format;

template <>
struct Format<float> {
  using Word = std::uint32_t;
  static constexpr int mantissa_bits = 23;
  static constexpr Word exponent_bias = 127;
  static constexpr Word mantissa_mask = 0x007fffffu;
  static constexpr Word sign_mask = 0x80000000u;
  static constexpr Word upper_half = 0xfffff000u;  ///< keeps 12 of 24 bits
  static constexpr Word root_half = 0x3f3504f3u;   ///< bits of sqrt(1/2)
  static constexpr Word exponent_magic_bits = 0x4b000000u;
  static constexpr float exponent_magic = 0x1p23f;
  static constexpr float magic = 0x1.8p23f;
  static constexpr float smallest = 0x1p-126f;
  static constexpr float largest = 0x1.fffffep127f;
};

template <>
struct Format<double> {
  using Word = std::uint64_t;
  static constexpr int mantissa_bits = 52;
  static constexpr Word exponent_bias = 1023;
  static constexpr Word mantissa_mask = 0x000fffffffffffffu;
  static constexpr Word sign_mask = 0x8000000000000000u;
  static constexpr Word upper_half = 0xfffffffff8000000u;  ///< keeps 26 of 53 bits
  static constexpr Word root_half = 0x3fe6a09e667f3bcdu;   ///< bits of sqrt(1/2)
  static constexpr Word exponent_magic_bits = 0x4330000000000000u;
  static constexpr double exponent_magic = 0x1p52;
  static constexpr double magic = 0x1.8p52;
  static constexpr double smallest = 0x1p-1022;
  static constexpr double largest = 0x1.fffffffffffffp1023;
};

template <class Real>
using WordOf = typename Format<Real>::Word;

/// The builtin, not std::bit_cast: nothing of the standard library may be emitted by a kernel file.
template <class Real>
SPIKELOOM_INLINE constexpr WordOf<Real> word_of(Real x) {
  return __builtin_bit_cast(WordOf<Real>, x);
}
template <class Real>
SPIKELOOM_INLINE constexpr Real real_of(WordOf<Real> bits) {
  return __builtin_bit_cast(Real, bits);
}

template <class Real>
inline constexpr Real infinity = static_cast<Real>(__builtin_inf());
template <class Real>
inline constexpr Real not_a_number = static_cast<Real>(__builtin_nan(""));

template <class Real>
SPIKELOOM_INLINE constexpr Real magnitude(Real x) {
  return real_of<Real>(word_of(x) & ~Format<Real>::sign_mask);
}
/// |x| with the sign of `sign`; x must not be negative.
template <class Real>
SPIKELOOM_INLINE constexpr Real with_sign(Real x, Real sign) {
  return real_of<Real>(word_of(x) | (word_of(sign) & Format<Real>::sign_mask));
}

/// c[First] + c[First + Stride] x + c[First + 2 Stride] x^2 + ...
template <std::size_t First, std::size_t Stride, class Real, std::size_t Size>
SPIKELOOM_INLINE constexpr Real strided(const Real (&c)[Size], Real x) {
  if constexpr (First + Stride < Size) {
    return c[First] + x * strided<First + Stride, Stride>(c, x);
  } else {
    return c[First];
  }
}

/// c[0] + c[1] x + c[2] x^2 + ..., in two chains of half the latency.
template <class Real, std::size_t Size>
SPIKELOOM_INLINE constexpr Real polynomial(const Real (&c)[Size], Real x) {
  const Real x2 = x * x;
  return strided<0, 2>(c, x2) + x * strided<1, 2>(c, x2);
}

/// The same in four chains, for long polynomials.
template <class Real, std::size_t Size>
SPIKELOOM_INLINE constexpr Real long_polynomial(const Real (&c)[Size], Real x) {
  const Real x2 = x * x, x4 = x2 * x2;
  return (strided<0, 4>(c, x4) + x * strided<1, 4>(c, x4)) + x2 * (strided<2, 4>(c, x4) + x * strided<3, 4>(c, x4));
}

/// A number as the unevaluated sum of two.
template <class Real>
struct Pair {
  Real high;
  Real low;
};

/// a + b exactly.
template <class Real>
SPIKELOOM_INLINE constexpr Pair<Real> exact_sum(Real a, Real b) {
  const Real sum = a + b, b_part = sum - a;
  return {sum, (a - (sum - b_part)) + (b - b_part)};
}
/// a + b exactly, where a is 0 or |a| >= |b|.
template <class Real>
SPIKELOOM_INLINE constexpr Pair<Real> exact_sum_ordered(Real a, Real b) {
  const Real sum = a + b;
  return {sum, b - (sum - a)};
}
/// a b, exact but for the last bit of the low part.
template <class Real>
SPIKELOOM_INLINE constexpr Pair<Real> exact_product(Real a, Real b) {
  const Real ah = real_of<Real>(word_of(a) & Format<Real>::upper_half), al = a - ah;
  const Real bh = real_of<Real>(word_of(b) & Format<Real>::upper_half), bl = b - bh;
  const Real product = a * b;
  return {product, (((ah * bh - product) + ah * bl) + al * bh) + al * bl};
}

}  // namespace spikeloom::math::detail
