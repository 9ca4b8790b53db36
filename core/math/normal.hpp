// The quantile of the standard normal law: one expression for centre and tails.
//
// With w = -log(4 p (1 - p)) the quantile is sqrt(w) g(w), and g grows smoothly from sqrt(pi / 2) to sqrt(2). Two fits of g for
// p from 2^-55 to 1 - 2^-53: a polynomial in w / (w + 9) to the last bits of a double, and a ratio of short polynomials within
// 2^-31, for floats and for numbers drawn from 32-bit words. For smaller p the relative error grows, up to 1e-5.
#pragma once

#include "core/math/logarithm.hpp"

namespace spikeloom::math {

namespace detail {

/// g in powers of w / (w + 9) - 0.375
inline constexpr double quantile_series[] = {
    1.3140766219615783,  0.1747583343549692,  -0.020725979907687625, -0.12966903459275173, 0.18641369645022926,
    0.28326144550624377, -0.6929849890267432, -0.6797507375893753,   2.6434746880721245,   1.9929278469191356,
    -9.198652667987478,  -5.105431531830451,  30.977543883360248,    7.160493554061045,    -104.82245183177899,
    29.35743847978319,   378.75873765005247,  -295.0741974627437,    -1398.7254372723523,  1541.072092791043,
    4792.062446710377,   -6373.0509906834195, -13969.026617101026,   22581.547901618585,   32611.887495486928,
    -65478.28851882586,  -56644.0583743408,   139881.4115075362,     64244.54817756569,    -188960.20789274704,
    -34687.15143239037,  118951.57557543418};

/// The logarithm within 2^-34, whatever the type.
template <class Real>
struct ShortLogarithm {
  static constexpr Real series[] = {Real(0x1.5555554ba8b0ep-1), Real(0x1.9999eb9d6ddfep-2), Real(0x1.245c273432202p-2),
                                    Real(0x1.ddd4dad98e4c4p-3)};
};

/// g as a ratio, in powers of w
template <class Real>
struct ShortQuantile {
  static constexpr Real above[] = {Real(1.253314137490171),    Real(0.2775163461222479),    Real(0.056900839581906906),
                                   Real(0.006522761814018299), Real(0.0005118794513864746), Real(1.9050522268493605e-05),
                                   Real(7.3517497880899e-08)};
  static constexpr Real below[] = {Real(1.0),
                                   Real(0.20962662453457814),
                                   Real(0.043261290495007494),
                                   Real(0.004834113754193793),
                                   Real(0.00037560299345291493),
                                   Real(1.356218686785199e-05),
                                   Real(5.1970705610035496e-08)};
};

SPIKELOOM_INLINE float square_root(float x) { return __builtin_sqrtf(x); }
SPIKELOOM_INLINE double square_root(double x) { return __builtin_sqrt(x); }

/// w for p in (0, 1/2], where q = 1 - 2 p.
template <class Real, class Logarithm>
SPIKELOOM_INLINE Real quantile_variable(Real p, Real q) {
  const Real q2 = q * q;
  // 4 p (1 - p) = 1 - q^2, whose rounding error matters near p = 1/2, where the logarithm is small.
  const bool central = p > Real{0.25};
  const Real product = central ? Real{1} - q2 : Real{4} * p * (Real{1} - p);
  const Real lost = central ? (Real{1} - product) - q2 : Real{0};
  // 2 - product stands for 1 / product: the term is tiny where the two differ.
  const Real w = -log_plus<Real, Logarithm>(product, lost * (Real{2} - product));
  return w > Real{0} ? w : Real{0};
}

/// The quantile of 1 - p for p in (0, 1/2]: how far out the upper tail of weight p begins. q is 1 - 2 p.
SPIKELOOM_INLINE double upper_quantile(double p, double q) {
  const double w = quantile_variable<double, LogarithmConstants<double>>(p, q);
  return square_root(w) * long_polynomial(quantile_series, w / (w + 9.0) - 0.375);
}
template <class Real>
SPIKELOOM_INLINE Real upper_quantile_short(Real p, Real q) {
  using C = ShortQuantile<Real>;
  const Real w = quantile_variable<Real, ShortLogarithm<Real>>(p, q);
  return square_root(w) * (polynomial(C::above, w) / polynomial(C::below, w));
}
SPIKELOOM_INLINE float upper_quantile(float p, float q) { return upper_quantile_short(p, q); }

template <bool is_short, class Real>
SPIKELOOM_INLINE Real quantile_of(Real p) {
  const bool lower = p < Real{0.5};
  const Real tail = lower ? p : Real{1} - p, q = Real{1} - (tail + tail);
  Real x = is_short ? upper_quantile_short(tail, q) : upper_quantile(tail, q);
  x = tail >= Format<Real>::smallest ? x : infinity<Real>;
  x = tail >= Real{0} ? x : not_a_number<Real>;
  return lower ? -x : x;
}

}  // namespace detail

/// The normal quantile of p in (0, 1); -infinity at 0, infinity at 1, not a number elsewhere.
template <class Real>
SPIKELOOM_INLINE Real normal_quantile(Real p) {
  return detail::quantile_of<false>(p);
}

/// The same within 3e-10 of its value at about half the cost, for p that come from 32-bit words.
SPIKELOOM_INLINE double normal_quantile_short(double p) { return detail::quantile_of<true>(p); }

/// The normal number of a random word: normal_quantile(unit(word)), within 3e-10 (float: 4e-7), in the centre and in both tails.
/// A word and its complement give opposite numbers; the largest is 6.34.
template <class Real>
SPIKELOOM_INLINE Real normal_from_word(std::uint32_t word) {
  // Signed integers below, because they become numbers by one instruction everywhere.
  const std::int32_t upper = static_cast<std::int32_t>(word) < 0 ? -1 : 0;
  const std::int32_t from_centre = static_cast<std::int32_t>((word ^ 0x80000000u) ^ ~static_cast<std::uint32_t>(upper));
  const std::int32_t from_end = 0x7fffffff - from_centre;
  const Real p = (static_cast<Real>(from_end) + Real{0.5}) * Real(0x1p-32),
             q = (static_cast<Real>(from_centre) + Real{0.5}) * Real(0x1p-31);
  return detail::with_sign(detail::upper_quantile_short(p, q), upper != 0 ? Real{1} : Real{-1});
}

}  // namespace spikeloom::math
