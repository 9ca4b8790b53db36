// The standard laws against their distribution functions.
#include "core/math/distributions.hpp"

#include <gtest/gtest.h>

#include "tests/core/math/measures.hpp"

namespace spikeloom {

using test::kolmogorov_score;
using test::uniform_at;

template <class Draw>
std::vector<double> draws_of(Draw draw, std::uint32_t count = 50000) {
  std::vector<double> draws(count);
  for (std::uint32_t i = 0; i < count; ++i) draws[i] = draw(uniform_at(i, 21));
  return draws;
}

double normal_law(double x) { return 0.5 * std::erfc(-x / std::sqrt(2.0)); }

TEST(Distributions, FollowTheirLaws) {
  EXPECT_LT(kolmogorov_score(draws_of([](double u) { return math::uniform(-2, 5, u); }), [](double x) { return (x + 2) / 7; }),
            1.8);
  EXPECT_LT(kolmogorov_score(draws_of([](double u) { return math::normal(1, 2, u); }),
                             [](double x) { return normal_law((x - 1) / 2); }),
            1.8);
  EXPECT_LT(
      kolmogorov_score(draws_of([](double u) { return math::exponential(3, u); }), [](double x) { return 1 - std::exp(-x / 3); }),
      1.8);
  EXPECT_LT(kolmogorov_score(draws_of([](double u) { return math::log_uniform(0.1, 10, u); }),
                             [](double x) { return std::log(x / 0.1) / std::log(100.0); }),
            1.8);
  // Negative control
  EXPECT_GT(kolmogorov_score(draws_of([](double u) { return math::normal(1, 2, u); }),
                             [](double x) { return normal_law((x - 1.1) / 2); }),
            3);
}

TEST(Distributions, StayInTheirRange) {
  for (const double u : {0x1p-53, 0.5, 1 - 0x1p-53}) {
    EXPECT_GE(math::uniform(0.1, 0.3, u), 0.1);
    EXPECT_LE(math::uniform(0.1, 0.3, u), 0.3);
    EXPECT_GE(math::log_uniform(0.1, 0.3, u), 0.1);
    EXPECT_LE(math::log_uniform(0.1, 0.3, u), 0.3);
    EXPECT_TRUE(std::isfinite(math::uniform(-1.7e308, 1.7e308, u)));
    EXPECT_EQ(math::uniform(7, 7, u), 7);
  }
}

TEST(UniformInt, HitsEveryValueEquallyAndBothEnds) {
  std::vector<double> counts(7);
  RandomStream stream(3, 0, 0, 0);
  for (int i = 0; i < 70000; ++i) {
    const std::int64_t value = math::uniform_int(-3, 3, stream.next64());
    ASSERT_GE(value, -3);
    ASSERT_LE(value, 3);
    ++counts[static_cast<std::size_t>(value + 3)];
  }
  EXPECT_LT(std::fabs(test::chi_square_score(counts, std::vector<double>(7, 10000.0))), 4);
  constexpr std::int64_t lowest = std::numeric_limits<std::int64_t>::min(), highest = std::numeric_limits<std::int64_t>::max();
  EXPECT_EQ(math::uniform_int(lowest, highest, 0), lowest);
  EXPECT_EQ(math::uniform_int(lowest, highest, ~std::uint64_t{0}), highest);
  EXPECT_EQ(math::uniform_int(5, 5, ~std::uint64_t{0}), 5);
}

TEST(Lognormal, HasTheMomentsOfTheValueItself) {
  const math::Lognormal law(2.0, 0.5);
  const std::vector<double> draws = draws_of(law, 200000);
  double sum = 0, squares = 0;
  for (const double x : draws) sum += x, squares += (x - 2) * (x - 2);
  EXPECT_NEAR(sum / 200000, 2.0, 4 * 0.5 / std::sqrt(200000.0));
  EXPECT_NEAR(std::sqrt(squares / 200000), 0.5, 0.01);
  const double sigma = std::sqrt(std::log1p(0.0625)), mu = std::log(2.0) - sigma * sigma / 2;
  EXPECT_LT(kolmogorov_score(draws, [=](double x) { return normal_law((std::log(x) - mu) / sigma); }), 1.8);
  EXPECT_DOUBLE_EQ(math::Lognormal(3.0, 0.0)(0.2), 3.0);
}

/// log of the probability that a standard normal number exceeds x
long double log_upper(long double x) { return std::log(std::erfc(x * 0.70710678118654752440L)); }

TEST(NormalInRange, FollowsTheLawOfDrawingAgain) {
  for (const auto& [low, high] :
       std::vector<std::pair<double, double>>{{-1, 2}, {-10, 0.5}, {1, 1.5}, {-3, -2}, {4.5, 9}, {-9, -4.9}}) {
    const math::NormalInRange law(5, 2, 5 + 2 * low, 5 + 2 * high);
    const double from = normal_law(low), to = normal_law(high), up = std::erfc(low / std::sqrt(2.0)),
                 above = std::erfc(high / std::sqrt(2.0));
    for (const bool is_short : {false, true}) {
      const std::vector<double> draws = draws_of([&](double u) { return is_short ? law.draw_short(u) : law(u); });
      EXPECT_GE(*std::min_element(draws.begin(), draws.end()), 5 + 2 * low);
      EXPECT_LE(*std::max_element(draws.begin(), draws.end()), 5 + 2 * high);
      const auto cdf = [&, low = low](double value) {
        const double x = (value - 5) / 2;
        return low > 0 ? (up - std::erfc(x / std::sqrt(2.0))) / (up - above) : (normal_law(x) - from) / (to - from);
      };
      EXPECT_LT(kolmogorov_score(draws, cdf), 1.9) << low << " " << high;
    }
  }
}

TEST(NormalInRange, FollowsTheLawFarOutToo) {
  for (const auto& [low, high] : std::vector<std::pair<double, double>>{{5.5, 1e9}, {8, 8.05}, {20, 40}, {100, 200}}) {
    for (const double sign : {1.0, -1.0}) {
      const math::NormalInRange law(0, 1, sign > 0 ? low : -high, sign > 0 ? high : -low);
      EXPECT_TRUE(law.far());
      const long double at_low = log_upper(low), share = high > 1e8 ? 1 : -std::expm1(log_upper(high) - at_low);
      const std::vector<double> draws = draws_of(law, 20000);
      EXPECT_LT(kolmogorov_score(
                    [&] {
                      std::vector<double> upper(draws);
                      for (double& x : upper) x *= sign;
                      return upper;
                    }(),
                    [&](double x) { return static_cast<double>(-std::expm1(log_upper(x) - at_low) / share); }),
                1.9)
          << low;
    }
  }
}

TEST(NormalInRange, IsContinuousWhereTheFarMethodBegins) {
  for (const double u : {0.001, 0.3, 0.999}) {
    EXPECT_NEAR(math::NormalInRange(0, 1, 4.9999999999, 9)(u), math::NormalInRange(0, 1, 5.0000000001, 9)(u), 1e-8);
  }
}

TEST(NormalInRange, EndsAreSensible) {
  const double inf = std::numeric_limits<double>::infinity();
  for (const double u : {0x1p-53, 0.5, 1 - 0x1p-53}) {
    EXPECT_EQ(math::NormalInRange(1, 2, -inf, inf)(u), math::normal(1, 2, u));
    EXPECT_EQ(math::NormalInRange(1, 0, -inf, inf)(u), 1);
    EXPECT_EQ(math::NormalInRange(1, 0, 2, 3)(u), 2);
    EXPECT_EQ(math::NormalInRange(1, 2, 3, 3)(u), 3);
    EXPECT_NEAR(math::NormalInRange(0, 1, 1e200, inf)(u), 1e200, 1e190);
    EXPECT_NEAR(math::NormalInRange(0, 1e-300, -inf, -1)(u), -1, 1e-9);
    EXPECT_TRUE(std::isfinite(math::NormalInRange(0, 1, 1e200, 1e201)(u)));
  }
}

/// The regularised lower incomplete gamma function by its series.
double gamma_law(double shape, double x) {
  double term = 1 / shape, sum = term;
  for (int n = 1; n < 2000; ++n) sum += term *= x / (shape + n);
  return sum * std::exp(shape * std::log(x) - x - std::lgamma(shape));
}

TEST(Gamma, FollowsTheLawForAllShapes) {
  for (const double shape : {0.05, 0.5, 1.0, 1.7, 4.0, 50.0}) {
    std::vector<double> draws;
    for (std::uint32_t i = 0; i < 20000; ++i) {
      RandomStream stream(31, i, 0, 0);
      draws.push_back(math::gamma(3.0, shape, stream));
    }
    EXPECT_LT(kolmogorov_score(draws, [shape](double x) { return x <= 0 ? 0.0 : gamma_law(shape, x * shape / 3); }), 1.9)
        << shape;
  }
}

TEST(Gamma, TheCoefficientOfVariationIsOneOverRootShape) {
  double sum = 0, squares = 0;
  constexpr std::uint32_t count = 100000;
  for (std::uint32_t i = 0; i < count; ++i) {
    RandomStream stream(37, i, 0, 0);
    const double x = math::gamma(1.0, 4.0, stream);
    sum += x;
    squares += x * x;
  }
  EXPECT_NEAR(sum / count, 1, 4 * 0.5 / std::sqrt(count));
  EXPECT_NEAR(std::sqrt(squares / count - sum * sum / count / count), 0.5, 0.01);
}

}  // namespace spikeloom
