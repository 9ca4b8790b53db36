// The quantile of the standard normal law: one expression for centre and tails.
//
// With w = -log(4 p (1 - p)) the quantile is sqrt(w) g(w), and g grows smoothly from sqrt(pi / 2) to sqrt(2): it is a
// polynomial in w / (w + 9). Fitted for p from 2^-55 to 1 - 2^-53; for smaller p the relative error grows, up to 1e-5.
#pragma once

#include "core/math/logarithm.hpp"

namespace spikeloom::math {

namespace detail {

template <class Real>
struct QuantileConstants;

template <>
struct QuantileConstants<float> {
  static constexpr float series[] = {1.3140766176422034f,  0.1747581272324868f, -0.020723216874364233f, -0.1296279638231681f,
                                     0.18611286827781648f, 0.2809194527518385f, -0.6801583434491927f,   -0.6218988775295489f,
                                     2.36873828682235f,    1.2859066109657467f, -5.913206820117236f,    -0.8606482618846943f,
                                     7.780112087004786f,   -1.8594821301706337f};
};

template <>
struct QuantileConstants<double> {
  static constexpr double series[] = {
      1.3140766219615783, 0.1747583343549692, -0.020725979907687625, -0.12966903459275173, 0.18641369645022926, 0.28326144550624377,
      -0.6929849890267432, -0.6797507375893753, 2.6434746880721245, 1.9929278469191356, -9.198652667987478, -5.105431531830451,
      30.977543883360248, 7.160493554061045, -104.82245183177899, 29.35743847978319, 378.75873765005247, -295.0741974627437,
      -1398.7254372723523, 1541.072092791043, 4792.062446710377, -6373.0509906834195, -13969.026617101026, 22581.547901618585,
      32611.887495486928, -65478.28851882586, -56644.0583743408, 139881.4115075362, 64244.54817756569, -188960.20789274704,
      -34687.15143239037, 118951.57557543418};
};

SPIKELOOM_INLINE float square_root(float x) { return __builtin_sqrtf(x); }
SPIKELOOM_INLINE double square_root(double x) { return __builtin_sqrt(x); }

/// The quantile of 1 - p for p in (0, 1/2]: how far out the upper tail of weight p begins. q is 1 - 2 p.
template <class Real>
SPIKELOOM_INLINE Real upper_quantile(Real p, Real q) {
  const Real q2 = q * q;
  // 4 p (1 - p) = 1 - q^2, whose rounding error matters near p = 1/2, where the logarithm is small.
  const bool central = p > Real{0.25};
  const Real product = central ? Real{1} - q2 : Real{4} * p * (Real{1} - p);
  const Real lost = central ? (Real{1} - product) - q2 : Real{0};
  const Real w = -log_plus(product, lost / product);
  const Real t = w / (w + Real{9}) - Real{0.375};
  return square_root(w > Real{0} ? w : Real{0}) * long_polynomial(QuantileConstants<Real>::series, t);
}

}  // namespace detail

/// The normal quantile of p in (0, 1); -infinity at 0, infinity at 1, not a number elsewhere.
template <class Real>
SPIKELOOM_INLINE Real normal_quantile(Real p) {
  const bool lower = p < Real{0.5};
  const Real tail = lower ? p : Real{1} - p;
  Real x = detail::upper_quantile(tail, Real{1} - (tail + tail));
  x = tail >= detail::Format<Real>::smallest ? x : detail::infinity<Real>;
  x = tail >= Real{0} ? x : detail::not_a_number<Real>;
  return lower ? -x : x;
}

/// The normal number of a random word: normal_quantile(unit(word)), with all digits of Real in the centre and in both tails.
/// A word and its complement give opposite numbers; the largest is 6.34.
template <class Real>
SPIKELOOM_INLINE Real normal_from_word(std::uint32_t word) {
  // Signed integers below, because they become numbers by one instruction everywhere.
  const std::int32_t upper = static_cast<std::int32_t>(word) < 0 ? -1 : 0;
  const std::int32_t from_centre = static_cast<std::int32_t>((word ^ 0x80000000u) ^ ~static_cast<std::uint32_t>(upper)) ;
  const std::int32_t from_end = 0x7fffffff - from_centre;
  const Real p = (static_cast<Real>(from_end) + Real{0.5}) * Real(0x1p-32), q = (static_cast<Real>(from_centre) + Real{0.5}) * Real(0x1p-31);
  return detail::with_sign(detail::upper_quantile(p, q), upper != 0 ? Real{1} : Real{-1});
}

}  // namespace spikeloom::math
