// exp, expm1 and tanh against the long double library.
#include "core/math/exponential.hpp"

#include <gtest/gtest.h>

#include "tests/core/math/measures.hpp"

namespace spikeloom {

using test::worst_ulps;
constexpr double inf = std::numeric_limits<double>::infinity();
constexpr double nan = std::numeric_limits<double>::quiet_NaN();

template <class Real>
Real exp_of(Real x) {
  return math::exp(x);
}
long double exact_exp(long double x) { return std::exp(x); }
template <class Real>
Real expm1_of(Real x) {
  return math::expm1(x);
}
long double exact_expm1(long double x) { return std::expm1(x); }
template <class Real>
Real tanh_of(Real x) {
  return math::tanh(x);
}
long double exact_tanh(long double x) { return std::tanh(x); }

TEST(Exponential, ExpIsWithinOneLastDigit) {
  EXPECT_LT(worst_ulps<double>(exp_of<double>, exact_exp, -1, 1), 0.75);
  EXPECT_LT(worst_ulps<double>(exp_of<double>, exact_exp, -708, 709.7), 0.75);
  EXPECT_LT(worst_ulps<float>(exp_of<float>, exact_exp, -1, 1), 0.75);
  EXPECT_LT(worst_ulps<float>(exp_of<float>, exact_exp, -87, 88.7), 0.75);
}

TEST(Exponential, Expm1IsWithinTwoLastDigitsAlsoNearZero) {
  EXPECT_LT(worst_ulps<double>(expm1_of<double>, exact_expm1, -30, 700), 2.0);
  EXPECT_LT(worst_ulps<double>(expm1_of<double>, exact_expm1, -1, 1), 2.0);
  EXPECT_LT(worst_ulps<double>(expm1_of<double>, exact_expm1, 1e-300, 1, true), 2.0);
  EXPECT_LT(worst_ulps<float>(expm1_of<float>, exact_expm1, -15, 88), 2.0);
  EXPECT_LT(worst_ulps<float>(expm1_of<float>, exact_expm1, 1e-37, 1, true), 2.0);
}

TEST(Exponential, TanhIsWithinThreeLastDigits) {
  EXPECT_LT(worst_ulps<double>(tanh_of<double>, exact_tanh, -25, 25), 3.0);
  EXPECT_LT(worst_ulps<double>(tanh_of<double>, exact_tanh, 1e-300, 1, true), 3.0);
  EXPECT_LT(worst_ulps<float>(tanh_of<float>, exact_tanh, -12, 12), 3.0);
}

TEST(Exponential, EndsAreSensible) {
  EXPECT_EQ(math::exp(0.0), 1.0);
  EXPECT_EQ(math::exp(inf), inf);
  EXPECT_EQ(math::exp(-inf), 0.0);
  EXPECT_EQ(math::exp(710.0), inf);
  EXPECT_TRUE(std::isfinite(math::exp(709.78)));
  EXPECT_EQ(math::exp(-709.0), 0.0);
  EXPECT_GT(math::exp(-708.39), 0.0);
  EXPECT_TRUE(std::isnan(math::exp(nan)));
  EXPECT_EQ(math::exp(89.0f), std::numeric_limits<float>::infinity());
  EXPECT_EQ(math::exp(-88.0f), 0.0f);
  EXPECT_TRUE(std::isfinite(math::exp(88.72f)));

  EXPECT_EQ(math::expm1(0.0), 0.0);
  EXPECT_EQ(math::expm1(-inf), -1.0);
  EXPECT_EQ(math::expm1(inf), inf);
  EXPECT_TRUE(std::isfinite(math::expm1(709.78)));
  EXPECT_TRUE(std::isnan(math::expm1(nan)));
  EXPECT_EQ(math::tanh(inf), 1.0);
  EXPECT_EQ(math::tanh(-1000.0), -1.0);
  EXPECT_TRUE(std::isnan(math::tanh(nan)));
}

}  // namespace spikeloom
