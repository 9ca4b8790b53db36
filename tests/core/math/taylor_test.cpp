// Series against functions that are known, and crossings against a search by brute force.
#include "core/math/taylor.hpp"

#include <gtest/gtest.h>

#include <cmath>
#include <limits>

#include "tests/core/math/measures.hpp"

namespace spikeloom::math {
namespace {

constexpr int order = Taylor::order;
constexpr double infinite = std::numeric_limits<double>::infinity();

/// Around t0, by the recurrence of x' = 1 + x^2.
Taylor tangent(double t0) {
  Taylor x;
  x.c[0] = std::tan(t0);
  for (int n = 0; n < order; ++n) x.c[n + 1] = (product_coefficient(x, x, n) + (n == 0 ? 1 : 0)) / (n + 1);
  return x;
}

TEST(Taylor, TrustedSpansKeepTheErrorTheyAreAskedFor) {
  for (const double error : {1e-3, 1e-7, 1e-11}) {
    for (const double rate : {0.01, 0.3, 5.0, 1000.0}) {
      const Taylor x = decaying(2, rate);
      const double span = trusted_span(x, error);
      EXPECT_LT(std::fabs(x.at(span) - 2 * std::exp(-rate * span)), error + 1e-14) << rate;
      EXPECT_GT(std::fabs(x.at(3 * span) - 2 * std::exp(-rate * 3 * span)), error) << "and are no shorter than they must be";
    }
    for (const double t0 : {-1.5, -0.7, 0.0, 1.0, 1.5}) {
      const Taylor x = tangent(t0);
      const double span = trusted_span(x, error);
      EXPECT_LT(std::fabs(x.at(span) - std::tan(t0 + span)), 2 * error + 1e-13 * std::fabs(std::tan(t0 + span))) << t0;
    }
  }
}

TEST(Taylor, SpansOfConstantsAndOfNoNumbers) {
  Taylor x;
  x.c[0] = 5;
  EXPECT_EQ(trusted_span(x, 1e-9), infinite);
  x.c[1] = 1;
  EXPECT_GT(trusted_span(x, 1e-9), 100);
  EXPECT_LT(trusted_span(x, 1e-9), infinite);
  for (const double bad : {infinite, std::nan("")}) {
    x.c[order] = bad;
    EXPECT_TRUE(std::isnan(trusted_span(x, 1e-9)));
    EXPECT_TRUE(std::isnan(outlook(x, 6, 1e-9).dt));
    EXPECT_FALSE(outlook(x, 6, 1e-9).reaches);
  }
}

/// The first sample at or above the level, by 20,000 steps.
double scanned(const Taylor& x, double level, double span) {
  for (int k = 1; k <= 20'000; ++k)
    if (x.at(span * k / 20'000) >= level) return span * k / 20'000;
  return infinite;
}

TEST(Taylor, NoCrossingIsMissedAndTheFirstIsFound) {
  int found = 0, none = 0, short_ones = 0;
  for (std::uint32_t n = 0; n < 3000; ++n) {
    Taylor x;
    double scale = 1;
    for (int k = 0; k <= order; ++k, scale *= 1.3)
      x.c[k] = (test::uniform_at(n * 20 + static_cast<std::uint32_t>(k)) - 0.5) * scale;
    const double level = x.c[0] + 0.1 * test::uniform_at(n, 2) + 1e-3;
    const double reach = first_reach(x, level, 1), brute = scanned(x, level, 1);
    if (reach < infinite) {
      ++found;
      EXPECT_NEAR(x.at(reach), level, 1e-12);
      EXPECT_LE(reach, brute + 1e-12);
      EXPECT_EQ(scanned(x, level, reach * (1 - 1e-9)), infinite) << "an earlier one";
      short_ones += brute - reach > 1.0 / 20'000 ? 1 : 0;
    } else {
      ++none;
      EXPECT_EQ(brute, infinite);
    }
  }
  EXPECT_GT(found, 500);
  EXPECT_GT(none, 500);
}

/// height - steepness (t - at)^2: above 0 for 2 sqrt(height / steepness).
Taylor hill(double at, double height, double steepness) {
  Taylor x;
  x.c[0] = height - steepness * at * at;
  x.c[1] = 2 * steepness * at;
  x.c[2] = -steepness;
  return x;
}

TEST(Taylor, ExcursionsOfAnyLengthAreSeen) {
  for (const double at : {0.1, 0.333, 0.5, 0.9999}) {
    for (const double height : {1e-2, 1e-6, 1e-10, 1e-13}) {
      EXPECT_NEAR(first_reach(hill(at, height, 1), 0, 1), at - std::sqrt(height), 1e-15 / std::sqrt(height) + 1e-12) << height;
      EXPECT_EQ(first_reach(hill(at, -height, 1), 0, 1), infinite) << height;
    }
  }
  Taylor two = hill(0.2, 1e-8, 4);  // and a far higher one later
  two.c[3] = 2;
  EXPECT_NEAR(first_reach(two, 0, 1), scanned(two, 0, 1), 1e-2);
}

TEST(Taylor, APotentialThatRestsAtItsThresholdEndsTheSearch) {
  Taylor x;
  x.c[0] = -50 - 1e-14;
  for (int k = 1; k <= order; ++k) x.c[k] = (k % 2 == 0 ? 1 : -1) * 3e-15;
  for (const double span : {1.0, 1e-3, 1.2}) {
    const double reach = first_reach(x, -50, span);  // either answer is right; taking for ever is not
    EXPECT_TRUE(reach == infinite || reach <= span);
  }
}

}  // namespace
}  // namespace spikeloom::math
