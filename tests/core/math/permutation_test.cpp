// Keyed permutations: bijective for every n, and uniform.
#include "core/math/permutation.hpp"

#include <gtest/gtest.h>

#include <algorithm>

#include "core/math/stream.hpp"
#include "tests/core/math/measures.hpp"

namespace spikeloom {

TEST(Permutation, IsABijection) {
  for (std::uint64_t n = 1; n < 700; ++n) {
    const Permutation permutation(n * 7, n);
    std::vector<bool> hit(n);
    for (std::uint64_t i = 0; i < n; ++i) {
      const std::uint64_t image = permutation(i);
      ASSERT_LT(image, n);
      ASSERT_FALSE(hit[image]) << n << " " << i;
      hit[image] = true;
    }
  }
  for (const std::uint64_t n : {4096, 4097, 65535, 100003}) {
    const Permutation permutation(1, n);
    std::vector<bool> hit(n);
    for (std::uint64_t i = 0; i < n; ++i) hit[permutation(i)] = true;
    EXPECT_EQ(std::count(hit.begin(), hit.end(), true), static_cast<std::ptrdiff_t>(n));
  }
}

TEST(Permutation, AllOrdersOfAFewAreEquallyLikely) {
  for (const std::uint64_t n : {2, 3, 4, 5}) {
    std::uint64_t orders = 1, weight = 1;
    for (std::uint64_t i = 2; i <= n; ++i) orders *= i;
    for (std::uint64_t i = 0; i < n; ++i) weight *= n;
    std::vector<double> counts(weight);
    constexpr std::uint32_t keys = 60000;
    for (std::uint32_t key = 0; key < keys; ++key) {
      const Permutation permutation(sub_key(1, key), n);
      std::uint64_t code = 0;
      for (std::uint64_t i = 0; i < n; ++i) code = code * n + permutation(i);
      ++counts[code];
    }
    counts.erase(std::remove(counts.begin(), counts.end(), 0.0), counts.end());
    ASSERT_EQ(counts.size(), orders);
    EXPECT_LT(std::fabs(test::chi_square_score(counts, std::vector<double>(orders, 1.0 * keys / static_cast<double>(orders)))), 4)
        << n;
  }
}

/// Chi-square over keys of the pair (image of a, image of b), in `bins` x `bins` classes.
double pair_score(std::uint64_t n, std::uint64_t a, std::uint64_t b, std::uint64_t bins) {
  constexpr std::uint32_t keys = 100000;
  std::vector<double> counts(bins * bins), width(bins), expected(bins * bins);
  for (std::uint64_t i = 0; i < n; ++i) ++width[i * bins / n];
  for (std::uint32_t key = 0; key < keys; ++key) {
    const Permutation permutation(sub_key(2, key), n);
    ++counts[permutation(a) * bins / n * bins + permutation(b) * bins / n];
  }
  const auto size = static_cast<double>(n);
  for (std::uint64_t i = 0; i < bins; ++i) {
    for (std::uint64_t j = 0; j < bins; ++j) {
      expected[i * bins + j] = keys * width[i] * (width[j] - (i == j ? 1 : 0)) / (size * (size - 1));
    }
  }
  return test::chi_square_score(counts, expected);
}

TEST(Permutation, PairsOfImagesAreUniform) {
  for (const std::uint64_t n : {7, 10, 64}) EXPECT_LT(std::fabs(pair_score(n, 0, 1, std::min<std::uint64_t>(n, 32))), 4) << n;
  for (const std::uint64_t n : {257, 300, 1000, 4096, 20683}) {
    EXPECT_LT(std::fabs(pair_score(n, 0, 1, 32)), 4) << n;
    EXPECT_LT(std::fabs(pair_score(n, 3, n / 2, 17)), 4) << n;
    EXPECT_LT(std::fabs(pair_score(n, n - 2, n - 1, 16)), 4) << n;
  }
}

TEST(Permutation, DifferencesOfNeighboursAreUniformWithinOneKey) {
  constexpr std::uint64_t n = 100000, bins = 100;
  const Permutation permutation(5, n);
  std::vector<double> counts(bins);
  for (std::uint64_t i = 0; i + 1 < n; ++i) ++counts[(permutation(i + 1) + n - permutation(i)) % n * bins / n];
  EXPECT_LT(std::fabs(test::chi_square_score(counts, std::vector<double>(bins, (n - 1.0) / bins))), 4);
}

TEST(Permutation, ImagesManyAtATimeAreThoseOneByOne) {
  for (const std::uint64_t n : {5, 256, 257, 1000, 4096, 65537, 16777259}) {
    const Permutation permutation(n, n);
    for (const std::uint64_t first : {std::uint64_t{0}, n / 3, n - n % 256})
      for (const std::uint32_t count : {1, 7, 100, 256}) {
        if (first + count > n) continue;
        std::uint32_t images[256];
        permutation.images(first, count, images);
        for (std::uint32_t i = 0; i < count; ++i) ASSERT_EQ(images[i], permutation(first + i)) << n << " " << first + i;
      }
  }
  std::uint32_t images[256];
  const Permutation widest(3, std::uint64_t{1} << 32);
  widest.images(0, 256, images);
  for (std::uint32_t i = 0; i < 256; ++i) ASSERT_EQ(images[i], widest(i));
}

TEST(DrawDistinct, EveryChoiceIsEquallyLikely) {
  constexpr std::uint32_t keys = 60000;
  std::vector<double> counts(1 << 7);
  for (std::uint32_t key = 0; key < keys; ++key) {
    std::uint32_t drawn[16], chosen = 0;
    draw_distinct(sub_key(9, key), 7, 3, drawn);
    for (int k = 0; k < 3; ++k) chosen |= 1u << drawn[k];
    ++counts[chosen];
  }
  counts.erase(std::remove(counts.begin(), counts.end(), 0.0), counts.end());
  ASSERT_EQ(counts.size(), 35u) << "three of seven, never fewer";
  EXPECT_LT(std::fabs(test::chi_square_score(counts, std::vector<double>(35, keys / 35.0))), 4);
}

TEST(DrawDistinct, DrawsAllWhereAllAreWanted) {
  for (const std::uint32_t n : {0u, 1u, 200u, 256u, 257u, 1000u}) {
    std::vector<std::uint32_t> drawn(n + 16);
    draw_distinct(n, n, n, drawn.data());
    drawn.resize(n);
    std::sort(drawn.begin(), drawn.end());
    for (std::uint32_t i = 0; i < n; ++i) ASSERT_EQ(drawn[i], i);
  }
}

TEST(Permutation, HoldsForVeryLargeRanges) {
  const std::uint64_t n = (std::uint64_t{1} << 48) - 59;
  const Permutation permutation(5, n);
  std::vector<std::uint64_t> images;
  for (std::uint64_t i = 0; i < 100000; ++i) images.push_back(permutation(n - 1 - i));
  EXPECT_LT(*std::max_element(images.begin(), images.end()), n);
  std::sort(images.begin(), images.end());
  EXPECT_EQ(std::unique(images.begin(), images.end()), images.end());
  std::vector<double> draws(images.begin(), images.end());
  EXPECT_LT(test::kolmogorov_score(draws, [n](double x) { return x / static_cast<double>(n); }), 1.95);
}

}  // namespace spikeloom
