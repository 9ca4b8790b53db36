// pow against the long double library.
#include "core/math/power.hpp"

#include <gtest/gtest.h>

#include "tests/core/math/measures.hpp"

namespace spikeloom {

constexpr double inf = std::numeric_limits<double>::infinity();
constexpr double nan = std::numeric_limits<double>::quiet_NaN();

TEST(Power, IsWithinOneLastDigitAlsoForLargeExponents) {
  double worst = 0, worst_float = 0;
  for (std::uint32_t i = 0; i < 50000; ++i) {
    const double x = std::pow(2.0, (test::uniform_at(i) - 0.5) * 60), y = (test::uniform_at(i, 2) - 0.5) * 60;
    if (std::fabs(y * std::log(x)) > 700) continue;
    worst = std::max(worst, test::ulps(math::pow(x, y), std::pow(static_cast<long double>(x), static_cast<long double>(y))));
    const float a = static_cast<float>(x), b = static_cast<float>(y);
    if (std::fabs(y * std::log(x)) > 86) continue;
    worst_float =
        std::max(worst_float, test::ulps(math::pow(a, b), std::pow(static_cast<long double>(a), static_cast<long double>(b))));
  }
  EXPECT_LT(worst, 0.8);
  EXPECT_LT(worst_float, 0.51);
}

TEST(Power, WholePowersOfWholeNumbersAreExact) {
  for (double x = 1; x < 100; ++x) {
    EXPECT_EQ(math::pow(x, 2.0), x * x);
    EXPECT_EQ(math::pow(-x, 3.0), -x * x * x);
  }
  EXPECT_EQ(math::pow(10.0, 15.0), 1e15);
  EXPECT_EQ(math::pow(2.0, -1022.0), 0x1p-1022);
  EXPECT_EQ(math::pow(2.0, 1023.0), 0x1p1023);
}

TEST(Power, EndsAreSensible) {
  EXPECT_EQ(math::pow(0.0, 2.0), 0.0);
  EXPECT_EQ(math::pow(0.0, 0.5), 0.0);
  EXPECT_EQ(math::pow(0.0, -1.0), inf);
  EXPECT_EQ(math::pow(0.0, 0.0), 1.0);
  EXPECT_EQ(math::pow(1.0, inf), 1.0);
  EXPECT_EQ(math::pow(2.0, inf), inf);
  EXPECT_EQ(math::pow(2.0, -inf), 0.0);
  EXPECT_EQ(math::pow(inf, 0.5), inf);
  EXPECT_EQ(math::pow(inf, -0.5), 0.0);
  EXPECT_EQ(math::pow(2.0, 1e10), inf);
  EXPECT_EQ(math::pow(2.0, -1e10), 0.0);
  EXPECT_EQ(math::pow(-2.0, 0x1p53), inf);
  EXPECT_TRUE(std::isnan(math::pow(-2.0, 0.5)));
  EXPECT_TRUE(std::isnan(math::pow(nan, 1.0)));
  EXPECT_TRUE(std::isnan(math::pow(2.0, nan)));
}

}  // namespace spikeloom
