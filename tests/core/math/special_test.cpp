// erf, erfc and the normal distribution function against the long double library.
#include "core/math/special.hpp"

#include <gtest/gtest.h>

#include "tests/core/math/measures.hpp"

namespace spikeloom {

using test::worst_ulps;

double erf_of(double x) { return math::erf(x); }
long double exact_erf(long double x) { return std::erf(x); }
double erfc_of(double x) { return math::erfc(x); }
long double exact_erfc(long double x) { return std::erfc(x); }
double cdf_of(double x) { return math::normal_cdf(x); }
long double exact_cdf(long double x) { return 0.5L * std::erfc(-x * 0.70710678118654752440L); }

TEST(Special, ErfAndErfcAreWithinAFewLastDigits) {
  EXPECT_LT(worst_ulps<double>(erf_of, exact_erf, -5, 5), 3.0);
  EXPECT_LT(worst_ulps<double>(erf_of, exact_erf, 1e-300, 1, true), 3.0);
  EXPECT_LT(worst_ulps<double>(erfc_of, exact_erfc, -5, 1), 4.0);
  EXPECT_LT(worst_ulps<double>(erfc_of, exact_erfc, 0, 26), 6.0);
}

TEST(Special, NormalCdfKeepsItsDigitsFarOut) {
  EXPECT_LT(worst_ulps<double>(cdf_of, exact_cdf, -5, 5), 6.0);
  EXPECT_LT(worst_ulps<double>(cdf_of, exact_cdf, -37, -5), 6.0);
}

TEST(Special, EndsAreSensible) {
  const double inf = std::numeric_limits<double>::infinity();
  EXPECT_EQ(math::erf(0.0), 0.0);
  EXPECT_EQ(math::erf(inf), 1.0);
  EXPECT_EQ(math::erf(-inf), -1.0);
  EXPECT_EQ(math::erfc(inf), 0.0);
  EXPECT_EQ(math::erfc(-inf), 2.0);
  EXPECT_EQ(math::normal_cdf(-inf), 0.0);
  EXPECT_EQ(math::normal_cdf(inf), 1.0);
  EXPECT_EQ(math::normal_cdf(0.0), 0.5);
  EXPECT_TRUE(std::isnan(math::erf(std::nan(""))));
  EXPECT_TRUE(std::isnan(math::normal_cdf(std::nan(""))));
}

}  // namespace spikeloom
