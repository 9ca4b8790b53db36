// Siegert's rate and the interval's CV against published and independently computed values, and their noise-free limits.
#include "analysis/siegert.hpp"

#include <gtest/gtest.h>

#include <cmath>

namespace spikeloom {
namespace {

const LeakyCell fast{10, 15, 0, 2};
const LeakyCell slow{20, 20, 10, 2};

TEST(Siegert, RatesMatchThePrintedTable) {
  EXPECT_NEAR(siegert_rate_hz(fast, 15, std::sqrt(1.5)), 27.10959343793, 5e-12 * 27 + 5e-12);
  const struct {
    double mu, sigma, hz;
  } rows[] = {{10, 15, 55.783756}, {12, 3, 15.104060}, {10, 5, 16.760209}, {14, 2, 22.878289}, {20, 5, 69.648998}};
  for (const auto& row : rows) EXPECT_NEAR(siegert_rate_hz(fast, row.mu, row.sigma), row.hz, 5e-7) << row.mu << ' ' << row.sigma;
}

TEST(Siegert, CvsMatchThePrintedTable) {
  EXPECT_NEAR(siegert_cv(fast, 15, std::sqrt(1.5)), .300708, 5e-7);
  EXPECT_NEAR(siegert_cv(fast, 10, 5), .724880, 5e-7);
  EXPECT_NEAR(siegert_cv(slow, 10, 5), .986396, 5e-7);
  EXPECT_NEAR(siegert_cv(slow, 15, 5), .814757, 5e-7);
  EXPECT_NEAR(siegert_cv(slow, 18, 4), .637346, 5e-7);
}

TEST(Siegert, WithoutNoiseIsTheDeterministicRateOnEitherSideOfThreshold) {
  const double above = noise_free_rate_hz(fast, 20);
  EXPECT_NEAR(above, 1000 / (2 + 10 * std::log(4.0)), 1e-12);
  for (const double sigma : {0.0, 1e-320, 1e-300, 1e-100, 1e-10, 1e-6}) {
    EXPECT_NEAR(siegert_rate_hz(fast, 20, sigma), above, 1e-9 * above) << sigma;
    EXPECT_EQ(siegert_rate_hz(fast, 10, sigma), 0) << sigma;
    EXPECT_NEAR(siegert_cv(fast, 20, sigma), 0, 1e-5) << sigma;
  }
}

TEST(Siegert, DeepBelowThresholdEscapesArePoisson) { EXPECT_NEAR(siegert_cv(fast, 0, 2), 1, 1e-12); }

TEST(Siegert, GrowsWithMeanAndNeverLeavesTheRefractoryCeiling) {
  double last = 0;
  for (double mu = 0; mu < 200; mu += 2.5) {
    const double rate = siegert_rate_hz(fast, mu, 3);
    EXPECT_GE(rate, last);
    EXPECT_LT(rate, 500);
    last = rate;
  }
}

}  // namespace
}  // namespace spikeloom
