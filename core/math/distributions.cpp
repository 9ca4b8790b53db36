// What the laws need beyond inversion of one expression: set-up and far tails of the restricted normal law, and the gamma law.
#include "core/math/distributions.hpp"

namespace spikeloom::math {

namespace {

constexpr double far_from = 5.0;
constexpr double root_half = 0x1.6a09e667f3bcdp-1, root_two_over_pi = 0x1.9884533d43651p-1;

/// How far beyond `from` a normal number lies that is exceeded e^log_share times as often as `from`. from >= 5.
double excess_of(double from, double log_share) {
  if (from > 1e8) return -log_share / from;
  double d = -2.0 * log_share / (from + detail::square_root(from * from - 2.0 * log_share));
  const double at_start = scaled_erfc(from * root_half);
  for (int newton = 0; newton < 5; ++newton) {
    const double here = scaled_erfc((from + d) * root_half), hazard = root_two_over_pi / here;
    d += (log(here / at_start) - d * (from + 0.5 * d) - log_share) / hazard;
  }
  return d > 0.0 ? d : 0.0;
}

}  // namespace

NormalInRange::NormalInRange(double mean, double sd, double min, double max) : mean_(mean), scale_(sd), min_(min), max_(max) {
  if (sd == 0.0 || min == max) {
    first_ = 0.5;
    return;
  }
  double low = (min - mean) / sd, high = (max - mean) / sd;
  // The lower tail has all digits, so the law is mirrored where most of the range lies above the mean.
  if (low + high > 0.0) {
    const double swapped = -low;
    low = -high;
    high = swapped;
    scale_ = -sd;
  }
  far_ = high < -far_from;
  if (!far_) {
    first_ = normal_cdf(low);
    span_ = normal_cdf(high) - first_;
    return;
  }
  near_end_ = -high;
  const double width = high - low;
  const double fall = width < 1e8 ? exp(-width * (near_end_ + 0.5 * width)) : 0.0;
  beyond_ = fall > 0.0 ? fall * (scaled_erfc(-low * root_half) / scaled_erfc(near_end_ * root_half)) : 0.0;
}

double NormalInRange::far_draw(double u) const {
  const double x = -near_end_ - excess_of(near_end_, log(beyond_ + u * (1.0 - beyond_)));
  return clamped(mean_ + scale_ * x, min_, max_);
}

// Marsaglia and Tsang 2000, "A simple method for generating gamma variables", doi:10.1145/358407.358414. A shape below 1 is
// drawn one higher and multiplied by u^(1 / shape).
double gamma(double mean, double shape, RandomStream& stream) {
  const double raised = shape < 1.0 ? shape + 1.0 : shape;
  const double d = raised - 1.0 / 3.0, c = 1.0 / detail::square_root(9.0 * d);
  double v = 0;
  for (;;) {
    const double x = normal_quantile(stream.next53()), root = 1.0 + c * x, u = stream.next53();
    v = root * root * root;
    if (root > 0.0 && log(u) < 0.5 * x * x + d * (1.0 - v + log(v))) break;
  }
  const double unit_mean = d * v / shape;
  return mean * (shape < 1.0 ? unit_mean * exp(log(stream.next53()) / shape) : unit_mean);
}

}  // namespace spikeloom::math
