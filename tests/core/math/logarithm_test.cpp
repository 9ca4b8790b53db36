// log and log1p against the long double library.
#include "core/math/logarithm.hpp"

#include <gtest/gtest.h>

#include "tests/core/math/measures.hpp"

namespace spikeloom {

using test::worst_ulps;
constexpr double inf = std::numeric_limits<double>::infinity();
constexpr double nan = std::numeric_limits<double>::quiet_NaN();

template <class Real>
Real log_of(Real x) {
  return math::log(x);
}
long double exact_log(long double x) { return std::log(x); }
template <class Real>
Real log1p_of(Real x) {
  return math::log1p(x);
}
long double exact_log1p(long double x) { return std::log1p(x); }

TEST(Logarithm, LogIsWithinOneLastDigit) {
  EXPECT_LT(worst_ulps<double>(log_of<double>, exact_log, 0.5, 2), 0.9);
  EXPECT_LT(worst_ulps<double>(log_of<double>, exact_log, 0.999, 1.001), 0.9);
  EXPECT_LT(worst_ulps<double>(log_of<double>, exact_log, 1e-307, 1e308, true), 0.9);
  EXPECT_LT(worst_ulps<float>(log_of<float>, exact_log, 0.5, 2), 0.9);
  EXPECT_LT(worst_ulps<float>(log_of<float>, exact_log, 1e-37, 1e38, true), 0.9);
}

TEST(Logarithm, Log1pIsWithinOneLastDigitAlsoNearZero) {
  EXPECT_LT(worst_ulps<double>(log1p_of<double>, exact_log1p, -0.999, 1), 0.9);
  EXPECT_LT(worst_ulps<double>(log1p_of<double>, exact_log1p, 1e-300, 1e300, true), 0.9);
  EXPECT_LT(worst_ulps<float>(log1p_of<float>, exact_log1p, -0.999, 1), 0.9);
  EXPECT_LT(worst_ulps<float>(log1p_of<float>, exact_log1p, 1e-37, 1e37, true), 0.9);
}

TEST(Logarithm, EndsAreSensible) {
  EXPECT_EQ(math::log(1.0), 0.0);
  EXPECT_EQ(math::log(0.0), -inf);
  EXPECT_EQ(math::log(1e-310), -inf);  // denormal numbers count as 0
  EXPECT_EQ(math::log(inf), inf);
  EXPECT_TRUE(std::isnan(math::log(-1.0)));
  EXPECT_TRUE(std::isnan(math::log(-inf)));
  EXPECT_TRUE(std::isnan(math::log(nan)));
  EXPECT_EQ(math::log(0.0f), -std::numeric_limits<float>::infinity());
  EXPECT_EQ(math::log1p(-1.0), -inf);
  EXPECT_EQ(math::log1p(0.0), 0.0);
  EXPECT_EQ(math::log1p(inf), inf);
  EXPECT_TRUE(std::isnan(math::log1p(-1.5)));
  EXPECT_TRUE(std::isnan(math::log1p(nan)));
}

}  // namespace spikeloom
