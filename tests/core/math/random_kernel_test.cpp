// Claims about random_kernel, held to written-down answers.
#include "core/math/random_kernel.hpp"

#include <gtest/gtest.h>

#include <cmath>
#include <vector>

#include "analysis/fit_tests.hpp"
#include "core/math/normal.hpp"
#include "core/math/philox.hpp"

namespace spikeloom {
namespace {

constexpr std::uint32_t draws = 256 * 200;

/// `draws` values of a law, from words 1 of a key.
std::vector<double> sample(const FastLaw& law, std::uint64_t key) {
  const auto& kernels = random_kernels();
  std::vector<double> all;
  std::uint32_t k[256], row[256], w0[256], w1[256], w2[256], w3[256];
  double values[256];
  for (std::uint32_t r = 0; r < draws / 256; ++r) {
    for (std::uint32_t i = 0; i < 256; ++i) k[i] = i, row[i] = r;
    kernels.words(key, k, row, 0, 256, w0, w1, w2, w3);
    kernels.values(law, w1, 256, values);
    all.insert(all.end(), values, values + 256);
  }
  return all;
}

double p_value(const FastLaw& law, std::uint64_t key, const std::function<double(double)>& cdf) {
  const auto values = sample(law, key);
  return ks_p_value(ks_statistic(values, cdf), static_cast<double>(values.size()));
}

double phi(double x) { return 0.5 * std::erfc(-x / std::sqrt(2.0)); }

constexpr double inf = __builtin_inf();

TEST(RandomKernel, WordsAreThoseOfScalarPhilox) {
  std::uint32_t k[256], row[256], w[4][256];
  for (std::uint32_t i = 0; i < 256; ++i) k[i] = 0xFFFFFFFFu - i * i, row[i] = i * 2654435761u;
  random_kernels().words(0x0123456789abcdefULL, k, row, 7, 250, w[0], w[1], w[2], w[3]);
  for (std::uint32_t i = 0; i < 250; ++i) {
    const RandomBlock block = philox(0x0123456789abcdefULL, k[i], row[i], 7, 0);
    for (int word = 0; word < 4; ++word) ASSERT_EQ(w[word][i], block[static_cast<std::size_t>(word)]);
  }
}

TEST(RandomKernel, LawsPassKolmogorovSmirnov) {
  EXPECT_GT(p_value({FastLaw::Kind::uniform, -1, 3, -1, 2}, 1, [](double x) { return (x + 1) / 3; }), 0.003);
  EXPECT_GT(p_value({FastLaw::Kind::normal, 87.81, 8.781, -inf, inf}, 2, [](double x) { return phi((x - 87.81) / 8.781); }),
            0.003);
  EXPECT_GT(p_value({FastLaw::Kind::lognormal, 0.5, 0.25, 0, inf}, 3, [](double x) { return phi((std::log(x) - 0.5) / 0.25); }),
            0.003);
  EXPECT_GT(p_value({FastLaw::Kind::exponential, 2.5, 0, 0, inf}, 4, [](double x) { return 1 - std::exp(-x / 2.5); }), 0.003);
  EXPECT_GT(p_value({FastLaw::Kind::log_uniform, std::log(0.1), std::log(100.0), 0.1, 10}, 5,
                    [](double x) { return (std::log(x) - std::log(0.1)) / std::log(100.0); }),
            0.003);
}

TEST(RandomKernel, TheTestOfFitSeesASpreadThatIsTwoPercentOff) {
  EXPECT_LT(p_value({FastLaw::Kind::normal, 0, 1.02, -inf, inf}, 6, phi), 0.05);
  EXPECT_LT(p_value({FastLaw::Kind::normal, 0.02, 1, -inf, inf}, 7, phi), 0.003);
}

TEST(RandomKernel, WholeNumbersAreEquallyLikely) {
  std::vector<double> counts(20, 0), expected(20, draws / 20.0);
  for (const double value : sample({FastLaw::Kind::uniform_int, 1, 20, 1, 20}, 8)) {
    ASSERT_EQ(value, std::rint(value));
    ASSERT_TRUE(value >= 1 && value <= 20);
    ++counts[static_cast<std::size_t>(value) - 1];
  }
  EXPECT_GT(chi_square(counts, expected).p_value, 0.003);
}

TEST(RandomKernel, PartnersAreUniformAndLeaveOneOut) {
  std::uint32_t word[256], self[256], out[256];
  std::vector<double> counts(10, 0), expected(10, 256 * 400 / 9.0);
  for (std::uint32_t r = 0; r < 400; ++r) {
    for (std::uint32_t i = 0; i < 256; ++i) word[i] = philox(9, i, r, 0, 0)[0], self[i] = 104;
    random_kernels().partners_but(word, 256, 100, 10, self, out);
    for (std::uint32_t i = 0; i < 256; ++i) {
      ASSERT_TRUE(out[i] >= 100 && out[i] < 110 && out[i] != 104);
      ++counts[out[i] - 100];
    }
  }
  counts.erase(counts.begin() + 4);
  expected.pop_back();
  EXPECT_GT(chi_square(counts, expected).p_value, 0.003);
  for (std::uint32_t i = 0; i < 256; ++i) self[i] = UINT32_MAX, word[i] = i % 2 ? 0xFFFFFFFFu : 0;
  random_kernels().partners_but(word, 256, 100, 10, self, out);
  EXPECT_EQ(out[0], 100u);
  EXPECT_EQ(out[1], 109u);
}

TEST(RandomKernel, DelaysRoundHalvesUpAndAreAtLeastOneStep) {
  const double ms[16] = {0.25, 0.15, 0.149, 0.05, 0.04, 0, -3, 1.5, 100000.05, 1e300};
  std::uint32_t steps[16];
  random_kernels().steps(ms, 10, 0.1, steps);
  const std::uint32_t expected[10] = {3, 2, 1, 1, 1, 1, 1, 15, 1000001, 1u << 30};
  for (int i = 0; i < 10; ++i) EXPECT_EQ(steps[i], expected[i]) << ms[i];
}

TEST(RandomKernel, NoiseIsTheQuantileOfEachWordInOrder) {
  constexpr std::uint64_t key = 77, step = (std::uint64_t{3} << 32) + 5;
  constexpr std::uint32_t first = 0xFFFFFFF0u, blocks = 13;
  float single[64];
  double wide[64];
  random_kernels().noise_single(key, first, blocks, step, single);
  random_kernels().noise_double(key, first, blocks, step, wide);
  for (std::uint32_t k = 0; k < 4 * blocks; ++k) {
    const std::uint32_t word = philox(key, first + k / 4, 0, 5, 3)[k % 4];
    EXPECT_EQ(single[k], math::normal_from_word<float>(word));
    EXPECT_EQ(wide[k], math::normal_from_word<double>(word));
  }
}

}  // namespace
}  // namespace spikeloom
