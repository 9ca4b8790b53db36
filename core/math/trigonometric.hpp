// sin and cos: x = k pi / 2 + r with |r| <= pi / 4, and two polynomials in r.
//
// Accurate to the last bit or so for |x| up to 10^6; further out the phase loses digits as x itself does, and from 2^45 on the
// result is not a number. `sin_turns` is for phases that grow with time: its reduction is exact for any argument.
#pragma once

#include "core/math/bits.hpp"

namespace spikeloom::math {

namespace detail {

inline constexpr double sine_series[] = {-0x1.5555555555555p-3, 0x1.1111111111110p-7,   -0x1.a01a01a01992fp-13,
                                         0x1.71de3a545f836p-19, -0x1.ae645410e937bp-26, 0x1.61217d9252c03p-33,
                                         -0x1.ab16f5caa198ap-41};
inline constexpr double cosine_series[] = {0x1.5555555555555p-5,   -0x1.6c16c16c16c16p-10, 0x1.a01a01a019d06p-16,
                                           -0x1.27e4fb77125c5p-22, 0x1.1eed8deac3dfep-29,  -0x1.9394b8bd50ae1p-37,
                                           0x1.ab779550c8d9bp-45};

/// sin(r + low + quarter pi / 2) for |r| <= pi / 4.
SPIKELOOM_INLINE constexpr double sine_of_quarter(double r, double low, std::uint64_t quarter) {
  const double z = r * r;
  const double sine = r + (low + r * z * polynomial(sine_series, z));
  const double half = 0.5 * z, one_less = 1.0 - half;
  const double cosine = one_less + (((1.0 - one_less) - half) + (z * z * polynomial(cosine_series, z) - r * low));
  const std::uint64_t use_cosine = std::uint64_t{0} - (quarter & 1u);  // all bits or none
  const std::uint64_t chosen = (word_of(sine) & ~use_cosine) | (word_of(cosine) & use_cosine);
  return real_of<double>(chosen ^ ((quarter & 2u) << 62));
}

/// sin(x + first_quarter pi / 2).
SPIKELOOM_INLINE constexpr double sine_from(double x, std::uint64_t first_quarter) {
  constexpr double magic = Format<double>::magic;
  // pi / 2 in three parts of 33 bits, whose multiples up to 2^20 are exact, and a tail
  constexpr double part_1 = 0x1.921fb544p+0, part_2 = 0x1.0b4611a6p-34, part_3 = 0x1.3198a2ep-69, part_4 = 0x1.b839a252049c1p-104;
  const double shifted = x * 0x1.45f306dc9c883p-1 + magic, k = shifted - magic;
  const Pair<double> two = exact_sum(x - k * part_1, -(k * part_2));
  const Pair<double> three = exact_sum(two.high, -(k * part_3));
  const Pair<double> r = exact_sum_ordered(three.high, (two.low + three.low) - k * part_4);
  const double y = sine_of_quarter(r.high, r.low, word_of(shifted) + first_quarter);
  return magnitude(x) < 0x1p45 ? y : not_a_number<double>;
}

}  // namespace detail

SPIKELOOM_INLINE constexpr double sin(double x) { return detail::sine_from(x, 0); }
SPIKELOOM_INLINE constexpr double cos(double x) { return detail::sine_from(x, 1); }
SPIKELOOM_INLINE constexpr float sin(float x) { return static_cast<float>(detail::sine_from(x, 0)); }
SPIKELOOM_INLINE constexpr float cos(float x) { return static_cast<float>(detail::sine_from(x, 1)); }

/// sin(2 pi turns).
SPIKELOOM_INLINE constexpr double sin_turns(double turns) {
  constexpr double magic = detail::Format<double>::magic, two_pi = 0x1.921fb54442d18p+2, two_pi_low = 0x1.1a62633145c07p-52;
  // Numbers from 2^51 on, where the rounding constant fails, are multiples of a half.
  const double phase = detail::magnitude(turns) < 0x1p51 ? turns - ((turns + magic) - magic) : 0.0;
  const double quarters = 4.0 * phase, shifted = quarters + magic;
  const double rest = 0.25 * (quarters - (shifted - magic));
  const detail::Pair<double> r = detail::exact_product(rest, two_pi);
  const double y = detail::sine_of_quarter(r.high, r.low + rest * two_pi_low, detail::word_of(shifted));
  return detail::magnitude(turns) <= detail::Format<double>::largest ? y : detail::not_a_number<double>;
}

}  // namespace spikeloom::math
