// The Poisson tables against exact probabilities, and the counts drawn from them.
#include "core/math/poisson.hpp"

#include <gtest/gtest.h>

#include "tests/core/math/measures.hpp"

namespace spikeloom {

constexpr double unit48 = 0x1p-48;

/// P(count <= k) by summing the smaller tail in long double.
long double exact_cumulative(double mean, std::uint32_t k) {
  const auto probability = [mean](std::uint32_t n) {
    return std::exp(n * std::log(static_cast<long double>(mean)) - mean - std::lgamma(n + 1.0L));
  };
  long double sum = 0;
  if (k < mean) {
    for (std::uint32_t n = k + 1; n-- > 0;) sum += probability(n);
    return sum;
  }
  for (std::uint32_t n = k + 1; n < k + 400; ++n) sum += probability(n);
  return 1 - sum;
}

TEST(Poisson, ThresholdsFollowTheLawTo48Bits) {
  for (const double mean : {1e-9, 0.001, 0.1, 0.8, 1.6, 2.32, 7.5, 30.0, 88.3, 300.0, 1000.0}) {
    const PoissonTable table = poisson_table(mean);
    for (std::uint32_t k = 0; k < table.largest(); ++k) {
      const double exact = static_cast<double>(exact_cumulative(mean, k));
      // Half a unit by rounding; the rest is the error of the exact value here, which grows with the mean.
      EXPECT_NEAR(static_cast<double>(table.threshold[k]) * unit48, exact, unit48 * (0.51 + 0.001 * mean)) << mean << " " << k;
    }
    EXPECT_GT(exact_cumulative(mean, table.largest()), 1 - unit48);
  }
}

TEST(Poisson, ThresholdsAscendAndStayBelowOne) {
  for (const double mean : {1e-14, 0.3, 20.0, 999.9}) {
    const PoissonTable table = poisson_table(mean);
    EXPECT_TRUE(std::is_sorted(table.threshold.begin(), table.threshold.end()));
    ASSERT_FALSE(table.threshold.empty());
    EXPECT_LT(table.threshold.back(), std::uint64_t{1} << 48);
  }
}

TEST(Poisson, OfNothingIsNothing) {
  EXPECT_TRUE(poisson_table(0).threshold.empty());
  EXPECT_TRUE(poisson_table(1e-300).threshold.empty());
  EXPECT_TRUE(poisson_table(1e-18).threshold.empty());
  EXPECT_EQ(poisson_count(poisson_table(0), 1, 2, 3), 0u);
}

TEST(Poisson, MeanAndVarianceOfTheTableAreThoseOfTheLaw) {
  for (const double mean : {0.05, 1.6, 40.0, 700.0}) {
    const PoissonTable table = poisson_table(mean);
    long double sum = 0, squares = 0;
    for (std::uint32_t k = 0; k < table.largest(); ++k) {
      const long double above = 1 - static_cast<long double>(table.threshold[k]) * unit48;
      sum += above;
      squares += (2.0L * k + 1) * above;
    }
    EXPECT_NEAR(static_cast<double>(sum), mean, 1e-12 * (1 + mean));
    EXPECT_NEAR(static_cast<double>(squares - sum * sum), mean, 1e-10 * (1 + mean));
  }
}

std::vector<double> histogram(const PoissonTable& table, std::uint64_t key, std::uint32_t cells, std::int64_t steps) {
  std::vector<double> counts(table.largest() + 1);
  for (std::int64_t t = 0; t < steps; ++t) {
    for (std::uint32_t i = 0; i < cells; ++i) ++counts[poisson_count(table, key, i, t + (std::int64_t{1} << 31))];
  }
  return counts;
}

std::vector<double> expected_histogram(double mean, double draws, std::size_t size) {
  std::vector<double> expected(size);
  for (std::uint32_t k = 0; k < size; ++k) { expected[k] = draws * std::exp(k * std::log(mean) - mean - std::lgamma(k + 1.0)); }
  return expected;
}

TEST(Poisson, CountsFollowTheLaw) {
  for (const double mean : {0.08, 1.28, 2.32, 60.0}) {
    const PoissonTable table = poisson_table(mean);
    const std::vector<double> counts = histogram(table, 77, 100, 1000);
    EXPECT_LT(std::fabs(test::chi_square_score(counts, expected_histogram(mean, 1e5, counts.size()))), 3.5) << mean;
    // Negative control: a mean 3 % off is noticed.
    if (mean > 1) { EXPECT_GT(test::chi_square_score(counts, expected_histogram(1.03 * mean, 1e5, counts.size())), 5) << mean; }
  }
}

TEST(Poisson, CellsAndStepsAreIndependent) {
  const PoissonTable table = poisson_table(1.5);
  double between_cells = 0, between_steps = 0, between_lanes = 0;
  constexpr int count = 40000;
  for (int t = 0; t < count; ++t) {
    const double a = poisson_count(table, 5, 0, t) - 1.5;
    between_lanes += a * (poisson_count(table, 5, 1, t) - 1.5);
    between_cells += a * (poisson_count(table, 5, 8, t) - 1.5);
    between_steps += a * (poisson_count(table, 5, 0, t + 1) - 1.5);
  }
  const double bound = 4 * 1.5 * std::sqrt(count);
  EXPECT_LT(std::fabs(between_lanes), bound);
  EXPECT_LT(std::fabs(between_cells), bound);
  EXPECT_LT(std::fabs(between_steps), bound);
}

TEST(Poisson, TiesAreRefinedByTheNamedWords) {
  // One threshold in the middle of a 16-bit class: only the lower 32 bits decide within it.
  PoissonTable table;
  for (std::int64_t t = 0; t < 200; ++t) {
    for (const std::uint32_t cell : {0u, 3u, 5u, 8u, 15u}) {
      const auto step = static_cast<std::uint32_t>(t);
      const std::uint64_t upper = (philox(4, cell / 8, 0, step, 0)[(cell % 8) / 2] >> (cell % 2 ? 16 : 0)) & 0xffffu;
      const std::uint64_t lower = philox(4, cell / 8, cell % 8 < 4 ? 1 : 2, step, 0)[cell % 4];
      table.threshold = {(upper << 32) | lower};
      EXPECT_EQ(poisson_count(table, 4, cell, t), 1u);
      table.threshold = {((upper << 32) | lower) + 1};
      EXPECT_EQ(poisson_count(table, 4, cell, t), 0u);
    }
  }
}

}  // namespace spikeloom
