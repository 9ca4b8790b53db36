// Binomial numbers against the exact law, in every regime of the sampler.
#include "core/math/binomial.hpp"

#include <gtest/gtest.h>

#include "tests/core/math/measures.hpp"

namespace spikeloom {

double probability(double n, double p, double k) {
  return std::exp(std::lgamma(n + 1) - std::lgamma(k + 1) - std::lgamma(n - k + 1) + k * std::log(p) + (n - k) * std::log1p(-p));
}

double score(std::uint64_t n, double p, double tested_p, std::uint32_t draws = 100000) {
  std::vector<double> counts(n + 1), expected(n + 1);
  for (std::uint32_t i = 0; i < draws; ++i) {
    RandomStream stream(11, i, 0, 0);
    ++counts[binomial(stream, n, p)];
  }
  for (std::uint64_t k = 0; k <= n; ++k)
    expected[k] = draws * probability(static_cast<double>(n), tested_p, static_cast<double>(k));
  return test::chi_square_score(counts, expected);
}

TEST(Binomial, FollowsTheLaw) {
  for (const double p : {0.001, 0.1, 0.3, 0.5, 0.7, 0.99}) {
    for (const std::uint64_t n : {1, 2, 10, 19, 30, 101, 1000, 20000}) {
      EXPECT_LT(std::fabs(score(n, p, p, 20000)), 4.0) << n << " " << p;
    }
  }
}

TEST(Binomial, FollowsTheLawOnBothSidesOfTheChangeOfMethod) {
  for (const std::uint64_t n : {33, 34, 99, 101}) EXPECT_LT(std::fabs(score(n, 0.3, 0.3)), 4.0) << n;
  EXPECT_LT(std::fabs(score(20, 0.5, 0.5, 400000)), 4.0);
  EXPECT_LT(std::fabs(score(40, 0.25, 0.25, 400000)), 4.0);
}

TEST(Binomial, AWrongProbabilityIsNoticed) { EXPECT_GT(score(1000, 0.3, 0.302), 5.0); }

double log_choices(double n, double k) { return std::lgamma(n + 1) - std::lgamma(k + 1) - std::lgamma(n - k + 1); }

double score_without_return(std::uint64_t marked, std::uint64_t others, std::uint64_t drawn, std::uint64_t tested_marked) {
  constexpr std::uint32_t draws = 40000;
  std::vector<double> counts(drawn + 1), expected(drawn + 1);
  for (std::uint32_t i = 0; i < draws; ++i) {
    RandomStream stream(12, i, 0, 0);
    ++counts[hypergeometric(stream, marked, others, drawn)];
  }
  const auto m = static_cast<double>(tested_marked), all = static_cast<double>(marked + others), n = static_cast<double>(drawn);
  for (std::uint64_t k = 0; k <= drawn; ++k) {
    const auto x = static_cast<double>(k);
    if (x <= m && n - x <= all - m)
      expected[k] = draws * std::exp(log_choices(m, x) + log_choices(all - m, n - x) - log_choices(all, n));
  }
  return test::chi_square_score(counts, expected);
}

TEST(Hypergeometric, FollowsTheLaw) {
  for (const auto& [marked, others] : {std::pair{1, 1}, {3, 2}, {10, 300}, {300, 10}, {500, 500}, {1000, 900}, {40000, 9000}})
    for (const int drawn : {1, 2, 5, 100, 300, 1500}) {
      if (drawn > marked + others) continue;
      EXPECT_LT(std::fabs(score_without_return(marked, others, drawn, marked)), 4.2) << marked << " " << others << " " << drawn;
    }
}

TEST(Hypergeometric, AWrongNumberIsNoticed) { EXPECT_GT(score_without_return(500, 500, 300, 510), 5.0); }

TEST(Hypergeometric, TheFewestAndTheMostAreKept) {
  for (std::uint32_t i = 0; i < 200; ++i) {
    RandomStream stream(13, i, 0, 0);
    const std::uint64_t k = hypergeometric(stream, 30, 20, 45);
    EXPECT_GE(k, 25u);
    EXPECT_LE(k, 30u);
    EXPECT_EQ(hypergeometric(stream, 30, 20, 50), 30u);
    EXPECT_EQ(hypergeometric(stream, 30, 20, 0), 0u);
    EXPECT_EQ(hypergeometric(stream, 0, 20, 7), 0u);
    EXPECT_EQ(hypergeometric(stream, 20, 0, 7), 7u);
  }
}

TEST(Binomial, LargeNumbersHaveTheRightMomentsAndShape) {
  for (const std::uint64_t n : {std::uint64_t{1} << 40, std::uint64_t{1} << 50, (std::uint64_t{1} << 53) + 12345}) {
    for (const double p : {1e-6, 0.3, 0.5}) {
      const double mean = static_cast<double>(n) * p, sd = std::sqrt(mean * (1 - p));
      std::vector<double> draws;
      for (std::uint32_t i = 0; i < 5000; ++i) {
        RandomStream stream(13, i, 0, 0);
        const auto k = static_cast<double>(binomial(stream, n, p));
        draws.push_back((k - mean) / sd);
      }
      EXPECT_LT(test::kolmogorov_score(draws, [](double x) { return 0.5 * std::erfc(-x / std::sqrt(2.0)); }), 1.8)
          << n << " " << p;
    }
  }
}

TEST(Binomial, EndsAreSensible) {
  RandomStream stream(1, 0, 0, 0);
  EXPECT_EQ(binomial(stream, 0, 0.5), 0u);
  EXPECT_EQ(binomial(stream, 100, 0.0), 0u);
  EXPECT_EQ(binomial(stream, 100, 1.0), 100u);
  EXPECT_EQ(binomial(stream, 100, -1.0), 0u);
  EXPECT_EQ(binomial(stream, 100, 2.0), 100u);
  EXPECT_EQ(binomial(stream, 100, std::nan("")), 0u);
  EXPECT_EQ(binomial(stream, std::uint64_t{1} << 62, 1e-30), 0u);
  const std::uint64_t half = binomial(stream, std::uint64_t{1} << 62, 0.5);
  EXPECT_NEAR(static_cast<double>(half), 0x1p61, 6 * 0x1p30);
}

TEST(Binomial, StirlingRestMatchesTheLogGammaFunction) {
  for (const double k : {1.0, 2.0, 7.0, 15.0, 16.0, 17.0, 40.0, 100.0}) {
    const long double exact = std::lgamma(k + 1.0L) - (k + 0.5L) * std::log(static_cast<long double>(k)) + k -
                              0.5L * std::log(6.283185307179586476925L);
    EXPECT_NEAR(stirling_rest(k), static_cast<double>(exact), 1e-15) << k;
  }
}

}  // namespace spikeloom
