// Tests of fit against tabulated critical values, and their behaviour on samples that do and do not fit.
#include "analysis/fit_tests.hpp"

#include <gtest/gtest.h>

#include <cmath>
#include <vector>

#include "core/math/philox.hpp"

namespace spikeloom {
namespace {

std::vector<double> uniforms(std::size_t n, std::uint64_t seed) {
  std::vector<double> sample;
  for (std::uint32_t k = 0; k < n; ++k) sample.push_back(unit(philox(stream_key(seed, Purpose::trial, 1), k, 0, 0, 0)[0]));
  return sample;
}

TEST(ChiSquareLaw, MatchesTabulatedCriticalValues) {
  EXPECT_NEAR(chi_square_p_value(3.841458820694124, 1), 0.05, 1e-12);
  EXPECT_NEAR(chi_square_p_value(18.307038053275146, 10), 0.05, 1e-12);
  EXPECT_NEAR(chi_square_p_value(135.80672317102676, 100), 0.01, 1e-12);
  EXPECT_NEAR(chi_square_p_value(2, 2), std::exp(-1), 1e-14);
  EXPECT_EQ(chi_square_p_value(0, 5), 1);
}

TEST(KolmogorovLaw, MatchesTabulatedCriticalValues) {
  EXPECT_NEAR(ks_p_value(1.3581 / std::sqrt(1e6), 1e6), 0.05, 2e-4);
  EXPECT_NEAR(ks_p_value(1.6276 / std::sqrt(1e6), 1e6), 0.01, 1e-4);
  EXPECT_NEAR(ks_p_value(0.8276 / std::sqrt(1e6), 1e6), 0.5, 2e-3);
  const double seam = 1.18 / (1000 + 0.12 + 0.11 / 1000);
  EXPECT_NEAR(ks_p_value(seam * (1 - 1e-9), 1e6), ks_p_value(seam * (1 + 1e-9), 1e6), 1e-7);
}

TEST(KolmogorovSmirnov, AcceptsTheRightLawAndRejectsAWrongOne) {
  const auto sample = uniforms(2000, 5);
  EXPECT_GT(ks_p_value(ks_statistic(sample, [](double x) { return x; }), 2000), 1e-3);
  EXPECT_LT(ks_p_value(ks_statistic(sample, [](double x) { return x * x; }), 2000), 1e-9);
}

TEST(KolmogorovSmirnov, TwoSamplesOfOneLawAgreeAndShiftedOnesDoNot) {
  const auto a = uniforms(2000, 5);
  auto b = uniforms(1000, 6);
  EXPECT_GT(ks_p_value(ks_statistic(a, b), 2000.0 * 1000 / 3000), 1e-3);
  for (double& x : b) x += 0.15;
  EXPECT_LT(ks_p_value(ks_statistic(a, b), 2000.0 * 1000 / 3000), 1e-9);
}

TEST(ChiSquare, MergesBinsThatExpectTooLittle) {
  const std::vector<double> observed = {1, 2, 10, 20, 1}, expected = {2, 3, 9, 18, 2};
  const auto result = chi_square(observed, expected);
  EXPECT_EQ(result.degrees, 2);  // {3 of 5}, {10 of 9}, {21 of 20}
  EXPECT_NEAR(result.statistic, 4.0 / 5 + 1.0 / 9 + 1.0 / 20, 1e-12);
}

TEST(ChiSquare, PValuesOfTrueHypothesesAreUniform) {
  std::vector<double> p_values;
  for (std::uint64_t seed = 0; seed < 200; ++seed) {
    std::vector<double> observed(10, 0.0), expected(10, 100.0);
    for (const double u : uniforms(1000, 100 + seed)) observed[static_cast<std::size_t>(u * 10)] += 1;
    p_values.push_back(chi_square(observed, expected).p_value);
  }
  EXPECT_GT(ks_p_value(ks_statistic(p_values, [](double x) { return x; }), 200), 0.002);
}

}  // namespace
}  // namespace spikeloom
