// Few expected successes: the distribution function is searched from 0. Many: transformed rejection with a squeeze, Hormann 1993,
// "The generation of binomial random variates", doi:10.1080/00949659308811496 (BTRS), with the acceptance test in Loader's
// deviance form, which keeps its digits where factorials of large numbers would cancel.
#include "core/math/binomial.hpp"

#include <cmath>

#include "core/math/exponential.hpp"
#include "core/math/logarithm.hpp"

namespace spikeloom {

namespace {

constexpr double inversion_limit = 10;
constexpr std::uint64_t largest_part = std::uint64_t{1} << 50;  // numbers of trials that a double holds with room to spare

/// n p < 10. Draws again in the case, rarer than 2^-50, that rounding leaves nothing of the law above the draw.
double by_search(RandomStream& stream, double n, double p) {
  const double odds = p / (1.0 - p), none = math::exp(n * math::log1p(-p));
  for (;;) {
    double u = stream.next53(), term = none;
    for (double k = 0; k <= n && k < 200; ++k) {
      if (u < term) return k;
      u -= term;
      term *= (n - k) / (k + 1.0) * odds;
    }
  }
}

/// x log(x / mean) + mean - x, where x = mean + delta.
double deviance(double x, double mean, double delta) {
  if (x == 0) return mean;
  if (std::fabs(delta) >= 0.1 * (x + mean)) return x * math::log(x / mean) - delta;
  const double v = delta / (x + mean), v2 = v * v;
  double sum = delta * v, power = 2.0 * x * v;
  for (int j = 3; j < 40; j += 2) {
    power *= v2;
    const double next = sum + power / j;
    if (next == sum) break;
    sum = next;
  }
  return sum;
}

/// The probability of k successes: its logarithm less what all k have in common.
class LogLaw {
 public:
  LogLaw(double n, double p)
      : n_(n),
        mean_(math::detail::exact_product(n, p)),
        mean_of_rest_(n * (1.0 - p)),
        mode_(std::floor((n + 1.0) * p)),
        at_mode_(relative(mode_)) {}

  double mode() const { return mode_; }
  /// log P(k) / P(mode)
  double operator()(double k) const { return relative(k) - at_mode_; }

 private:
  static double end_part(double k) { return k == 0 ? 0.0 : stirling_rest(k) + 0.5 * math::log(6.283185307179586 * k); }

  double relative(double k) const {
    const double delta = (k - mean_.high) - mean_.low;
    return -(deviance(k, mean_.high, delta) + deviance(n_ - k, mean_of_rest_, -delta) + end_part(k) + end_part(n_ - k));
  }

  double n_;
  math::detail::Pair<double> mean_;
  double mean_of_rest_, mode_, at_mode_;
};

/// n p >= 10, p <= 1/2. The letters are those of the paper.
double by_rejection(RandomStream& stream, double n, double p) {
  const double spread = std::sqrt(n * p * (1.0 - p));
  const double b = 1.15 + 2.53 * spread, a = -0.0873 + 0.0248 * b + 0.01 * p, c = n * p + 0.5;
  const double v_r = 0.92 - 4.2 / b, alpha = (2.83 + 5.1 / b) * spread;
  const LogLaw law(n, p);
  for (;;) {
    const double u = stream.next53() - 0.5, v = stream.next53(), us = 0.5 - std::fabs(u);
    const double k = std::floor((2.0 * a / us + b) * u + c);
    if (k < 0 || k > n) continue;
    if (us >= 0.07 && v <= v_r) return k;
    if (math::log(v * alpha / (a / (us * us) + b)) <= law(k)) return k;
  }
}

std::uint64_t one_part(RandomStream& stream, std::uint64_t trials, double p) {
  const double n = static_cast<double>(trials);
  if (p > 0.5) return trials - one_part(stream, trials, 1.0 - p);
  return static_cast<std::uint64_t>(n * p < inversion_limit ? by_search(stream, n, p) : by_rejection(stream, n, p));
}

}  // namespace

std::uint64_t binomial(RandomStream& stream, std::uint64_t n, double p) {
  if (n == 0 || !(p > 0)) return 0;
  if (p >= 1) return n;
  std::uint64_t successes = 0;
  for (; n > largest_part; n -= largest_part) successes += one_part(stream, largest_part, p);
  return successes + one_part(stream, n, p);
}

std::uint64_t hypergeometric(RandomStream& stream, std::uint64_t marked, std::uint64_t others, std::uint64_t drawn) {
  const std::uint64_t all = marked + others;
  if (drawn > all / 2) return marked - hypergeometric(stream, marked, others, all - drawn);
  if (marked > others) return drawn - hypergeometric(stream, others, marked, drawn);
  if (marked == 0 || drawn == 0) return 0;
  // Two binomial numbers of one probability that add up to `drawn` have this law: the first is drawn, the second accepted by
  // its odds. The larger part spreads more, so most are.
  const double p = static_cast<double>(drawn) / static_cast<double>(all);
  const LogLaw law(static_cast<double>(others), p);
  for (;;) {
    const std::uint64_t k = binomial(stream, marked, p);
    if (k > drawn || drawn - k > others) continue;
    if (math::log(stream.next53()) <= law(static_cast<double>(drawn - k))) return k;
  }
}

double stirling_rest(double k) {
  constexpr double small[] = {0.08106146679532726,  0.0413406959554093,    0.02767792568499834,  0.020790672103765093,
                              0.016644691189821193, 0.013876128823070748,  0.01189670994589177,  0.010411265261972096,
                              0.009255462182712733, 0.00833056343336287,   0.007573675487951841, 0.00694284010720953,
                              0.006408994188004207, 0.0059513701127588475, 0.005554733551962801};
  if (k < 16) return k < 1 ? 0.0 : small[static_cast<int>(k) - 1];
  const double r = 1.0 / k, r2 = r * r;
  return r * (1.0 / 12 - r2 * (1.0 / 360 - r2 * (1.0 / 1260 - r2 * (1.0 / 1680 - r2 * (1.0 / 1188)))));
}

}  // namespace spikeloom
