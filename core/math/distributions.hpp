// The standard laws by inversion of uniform numbers u in (0, 1), so that one number is one draw and nothing is ever drawn again.
//
// Only `gamma` needs a varying number of words and takes a stream. Parameters must be valid (sd >= 0, min <= max, ...): compile
// has refused all others.
#pragma once

#include <algorithm>
#include <cstdint>

#include "core/math/functions.hpp"
#include "core/math/stream.hpp"

namespace spikeloom::math {

SPIKELOOM_INLINE double clamped(double x, double low, double high) {
  const double y = x < low ? low : x;
  return y > high ? high : y;
}

SPIKELOOM_INLINE double uniform(double low, double high, double u) { return clamped(low * (1.0 - u) + high * u, low, high); }

/// low ... high inclusive; each value has its probability within 2^-64.
SPIKELOOM_INLINE std::int64_t uniform_int(std::int64_t low, std::int64_t high, std::uint64_t word) {
  __extension__ using Wide = unsigned __int128;
  const Wide values = static_cast<Wide>(static_cast<std::uint64_t>(high) - static_cast<std::uint64_t>(low)) + 1;
  const auto offset = static_cast<std::uint64_t>((values * word) >> 64);
  return static_cast<std::int64_t>(static_cast<std::uint64_t>(low) + offset);
}

SPIKELOOM_INLINE double exponential(double mean, double u) { return -mean * log(u); }

/// The logarithm is uniform; 0 < low <= high.
SPIKELOOM_INLINE double log_uniform(double low, double high, double u) {
  const double from = log(low), to = log(high);
  return clamped(exp(from * (1.0 - u) + to * u), low, high);
}

SPIKELOOM_INLINE double normal(double mean, double sd, double u) { return mean + sd * normal_quantile(u); }

/// Given by the mean > 0 and standard deviation of the value itself.
class Lognormal {
 public:
  Lognormal(double mean, double sd) {
    const double ratio = sd / mean, square = log1p(ratio * ratio);
    sigma_ = detail::square_root(square);
    mu_ = log(mean) - 0.5 * square;
  }
  SPIKELOOM_INLINE double operator()(double u) const { return exp(mu_ + sigma_ * normal_quantile(u)); }

 private:
  double mu_, sigma_;
};

/// A normal number drawn again until it lies in [min, max]: inversion on that part of the law, however far out it is. Falls with
/// rising u where most of the range lies above the mean.
class NormalInRange {
 public:
  NormalInRange(double mean, double sd, double min, double max);

  SPIKELOOM_INLINE double operator()(double u) const { return far_ ? far_draw(u) : near_draw<false>(u); }
  /// With normal_quantile_short: for u from a 32-bit word, at half the cost.
  SPIKELOOM_INLINE double draw_short(double u) const { return far_ ? far_draw(u) : near_draw<true>(u); }

  /// The range begins further than five standard deviations from the mean. Loops that should vectorise test this first and
  /// then call near_draw.
  bool far() const { return far_; }
  template <bool is_short>
  SPIKELOOM_INLINE double near_draw(double u) const {
    return clamped(mean_ + scale_ * detail::quantile_of<is_short>(first_ + u * span_), min_, max_);
  }

 private:
  double far_draw(double u) const;

  double mean_, scale_, min_, max_;   // scale_: the standard deviation, negative if the law is mirrored
  double first_ = 0, span_ = 0;       // the probabilities below and within the range
  double near_end_ = 0, beyond_ = 0;  // far: where the range begins, and the part of the tail from there that lies beyond it
  bool far_ = false;
};

/// Mean and shape, both > 0; the standard deviation is mean / sqrt(shape).
double gamma(double mean, double shape, RandomStream& stream);

}  // namespace spikeloom::math
