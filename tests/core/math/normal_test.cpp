// The normal quantile against Newton's method on the long double error function.
#include "core/math/normal.hpp"

#include <gtest/gtest.h>

#include "tests/core/math/measures.hpp"

namespace spikeloom {

/// The quantile of p <= 1/2 by Newton's method on the logarithm of the distribution function.
long double exact_lower_quantile(long double p, long double start) {
  long double x = start;
  for (int i = 0; i < 4; ++i) {
    const long double f = 0.5L * std::erfc(-x * 0.70710678118654752440L);
    const long double density = 0.39894228040143267794L * std::exp(-0.5L * x * x);
    x -= (std::log(f) - std::log(p)) * f / density;
  }
  return x;
}

double relative_error(double value, long double exact) { return static_cast<double>(std::fabs(value / exact - 1)); }

TEST(NormalQuantile, IsRightTo15DigitsInCentreAndTails) {
  double worst = 0, worst_short = 0, worst_float = 0;
  const auto check = [&](double p) {
    const long double exact = exact_lower_quantile(p, math::normal_quantile(p));
    worst = std::max(worst, relative_error(math::normal_quantile(p), exact));
    worst_short = std::max(worst_short, relative_error(math::normal_quantile_short(p), exact));
    const float single = static_cast<float>(p);
    if (single < 0.5f)
      worst_float = std::max(worst_float, relative_error(math::normal_quantile(single), exact_lower_quantile(single, exact)));
  };
  for (std::uint32_t i = 0; i < 20000; ++i) {
    const double u = test::uniform_at(i);
    check(0.4999 * u);
    check(0x1p-54 * std::pow(0x1p53, u));
    check(0.25 + 1e-3 * (u - 0.5));
  }
  EXPECT_LT(worst, 1e-15);
  EXPECT_LT(worst_short, 3e-10);
  EXPECT_LT(worst_float, 5e-7);
}

TEST(NormalQuantile, IsAntisymmetricAndRelativelyExactNearTheMedian) {
  for (int k = 2; k < 52; ++k) {
    const double d = std::ldexp(1.0, -k);
    EXPECT_EQ(math::normal_quantile(0.5 + d), -math::normal_quantile(0.5 - d));
    if (k > 30) { EXPECT_NEAR(math::normal_quantile(0.5 + d) / (d * 2.5066282746310002), 1.0, 1e-15); }
  }
  EXPECT_EQ(math::normal_quantile(0.5), 0.0);
}

TEST(NormalQuantile, HasTheTabulatedValues) {
  EXPECT_NEAR(math::normal_quantile(0.975), 1.959963984540054, 1e-15);
  EXPECT_NEAR(math::normal_quantile(0.25), -0.6744897501960817, 1e-15);
  EXPECT_NEAR(math::normal_quantile(1e-10), -6.361340902404056, 1e-14);
}

TEST(NormalQuantile, EndsAreSensible) {
  const double inf = std::numeric_limits<double>::infinity();
  EXPECT_EQ(math::normal_quantile(0.0), -inf);
  EXPECT_EQ(math::normal_quantile(1.0), inf);
  EXPECT_TRUE(std::isnan(math::normal_quantile(-0.1)));
  EXPECT_TRUE(std::isnan(math::normal_quantile(1.1)));
  EXPECT_TRUE(std::isnan(math::normal_quantile(std::nan(""))));
  EXPECT_NEAR(math::normal_quantile(1e-300) / -37.0471, 1.0, 1e-4);  // beyond the fit, still near
}

TEST(NormalFromWord, IsTheQuantileOfTheWord) {
  for (std::uint32_t i = 0; i < 20000; ++i) {
    const std::uint32_t word = philox(3, i, 0, 0, 0)[0];
    const double exact = math::normal_quantile(unit(word));
    EXPECT_LT(relative_error(math::normal_from_word<double>(word), exact), 3e-10);
    EXPECT_LT(relative_error(math::normal_from_word<float>(word), exact), 5e-7);
    EXPECT_EQ(math::normal_from_word<float>(word), -math::normal_from_word<float>(~word));
    EXPECT_EQ(math::normal_from_word<double>(word), -math::normal_from_word<double>(~word));
  }
}

TEST(NormalFromWord, KeepsItsDigitsAtTheEndsAndInTheCentre) {
  for (const std::uint32_t word :
       {0u, 1u, 12345u, 0x7fffff00u, 0x7fffffffu, 0x80000000u, 0x80000001u, 0xfffffffeu, 0xffffffffu}) {
    const double exact = math::normal_quantile(unit(word));
    EXPECT_LT(relative_error(math::normal_from_word<double>(word), exact), 3e-10) << word;
    EXPECT_LT(relative_error(math::normal_from_word<float>(word), exact), 5e-7) << word;
  }
}

TEST(NormalFromWord, HasMomentsOfTheNormalLaw) {
  double sum = 0, squares = 0, fourth = 0;
  constexpr int count = 400000;
  for (std::uint32_t i = 0; i < count / 4; ++i) {
    for (const std::uint32_t word : philox(5, i, 0, 0, 0)) {
      const double x = math::normal_from_word<float>(word);
      sum += x;
      squares += x * x;
      fourth += x * x * x * x;
    }
  }
  EXPECT_NEAR(sum / count, 0, 4 / std::sqrt(count));
  EXPECT_NEAR(squares / count, 1, 4 * std::sqrt(2.0 / count));
  EXPECT_NEAR(fourth / count, 3, 4 * std::sqrt(96.0 / count));
}

}  // namespace spikeloom
