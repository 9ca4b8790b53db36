// Balls in cells: the law, and that every part agrees with the whole.
#include "core/math/multinomial.hpp"

#include <gtest/gtest.h>

#include <numeric>

#include "core/errors.hpp"
#include "core/math/stream.hpp"
#include "tests/core/math/measures.hpp"

namespace spikeloom {

TEST(Multinomial, PartsAgreeWithTheWhole) {
  for (const Cells cells : {Cells{1}, Cells{2}, Cells{1000}, Cells{1000, 64}, Cells{1000, 64, 999}, Cells{77, 1, 5}}) {
    const std::vector<std::uint32_t> counts = split_multinomial(12345, cells, 99);
    ASSERT_EQ(counts.size(), cells.count());
    std::uint64_t before = 0;
    for (std::uint64_t i = 0; i < counts.size(); ++i) {
      EXPECT_EQ(split_node(12345, cells, 99, 0, i), counts[i]);
      EXPECT_EQ(split_prefix(12345, cells, 99, i), before);
      before += counts[i];
    }
    EXPECT_EQ(before, 12345u);
    EXPECT_EQ(split_prefix(12345, cells, 99, counts.size()), 12345u);
    for (std::uint32_t level = 1; level < 12; ++level) {
      for (std::uint64_t index = 0; index << level < counts.size() + 5; ++index) {
        const std::uint64_t begin = std::min<std::uint64_t>(index << level, counts.size());
        const std::uint64_t end = std::min<std::uint64_t>((index + 1) << level, counts.size());
        const std::uint64_t sum = std::accumulate(counts.begin() + static_cast<std::ptrdiff_t>(begin),
                                                  counts.begin() + static_cast<std::ptrdiff_t>(end), std::uint64_t{0});
        EXPECT_EQ(split_node(12345, cells, 99, level, index), sum) << level << " " << index;
      }
    }
  }
}

TEST(Multinomial, DistinctItemsFillNoBlockBeyondItsSize) {
  for (const std::uint64_t total : {0, 1, 500, 998, 999}) {
    const Cells cells{1000, 64, 999, true};
    const auto counts = split_multinomial(total, cells, 5);
    std::uint64_t sum = 0;
    for (std::uint64_t b = 0; b < counts.size(); ++b) {
      EXPECT_LE(counts[b], cells.weight(b, b + 1));
      EXPECT_EQ(split_node(total, cells, 5, 0, b), counts[b]);
      sum += counts[b];
    }
    EXPECT_EQ(sum, total);
  }
}

/// Chi-square of one cell's count against its binomial law, over many keys.
double cell_score(const Cells& cells, std::uint64_t cell, double share, std::uint64_t total) {
  constexpr std::uint32_t draws = 20000;
  std::vector<double> counts(total + 1), expected(total + 1);
  for (std::uint32_t i = 0; i < draws; ++i) ++counts[split_node(total, cells, sub_key(3, i), 0, cell)];
  for (std::uint64_t k = 0; k <= total; ++k) {
    const auto n = static_cast<double>(total), x = static_cast<double>(k);
    expected[k] = draws * std::exp(std::lgamma(n + 1) - std::lgamma(x + 1) - std::lgamma(n - x + 1) + x * std::log(share) +
                                   (n - x) * std::log1p(-share));
  }
  return test::chi_square_score(counts, expected);
}

TEST(Multinomial, EveryCellHasItsBinomialLaw) {
  EXPECT_LT(std::fabs(cell_score(Cells{5}, 0, 0.2, 40)), 4);
  EXPECT_LT(std::fabs(cell_score(Cells{5}, 4, 0.2, 40)), 4);
  EXPECT_LT(std::fabs(cell_score(Cells{100, 32}, 3, 0.04, 200)), 4);           // the short last block
  EXPECT_LT(std::fabs(cell_score(Cells{100, 32, 10}, 0, 31.0 / 99, 200)), 4);  // the block with the excluded item
  EXPECT_GT(cell_score(Cells{100, 32, 10}, 0, 32.0 / 99, 200), 5);             // negative control
}

TEST(Multinomial, CountsOfOneSplitPassChiSquareOverManyKeys) {
  // Two levels: the p-values over keys must be uniform; here the scores' mean and spread.
  double sum = 0, squares = 0;
  constexpr int keys = 200;
  for (std::uint64_t key = 0; key < keys; ++key) {
    const std::vector<std::uint32_t> split = split_multinomial(20000, 300, sub_key(7, key));
    const double s =
        test::chi_square_score(std::vector<double>(split.begin(), split.end()), std::vector<double>(300, 20000.0 / 300));
    sum += s;
    squares += s * s;
  }
  EXPECT_NEAR(sum / keys, 0, 4 / std::sqrt(keys));
  EXPECT_NEAR(squares / keys, 1, 0.5);
}

TEST(Multinomial, TheExcludedItemGetsNothing) {
  EXPECT_EQ(split_multinomial(10000, Cells{10, 1, 3}, 1)[3], 0u);
  EXPECT_EQ(split_multinomial(10000, Cells{33, 32, 32}, 1)[1], 0u);
  EXPECT_EQ(split_multinomial(10000, Cells{1, 1, 0}, 1)[0], 0u);
}

TEST(Multinomial, EndsAreSensible) {
  EXPECT_TRUE(split_multinomial(100, 0, 1).empty());
  EXPECT_EQ(split_multinomial(100, 1, 1), (std::vector<std::uint32_t>{100}));
  EXPECT_EQ(split_prefix(100, Cells{0}, 1, 0), 0u);
  EXPECT_THROW(split_multinomial(std::uint64_t{1} << 40, 2, 1), Error);
  EXPECT_THROW(split_multinomial(5, std::uint64_t{1} << 40, 1), Error);
  const Cells many{std::uint64_t{1} << 47};
  EXPECT_NEAR(static_cast<double>(split_prefix(std::uint64_t{1} << 40, many, 5, std::uint64_t{1} << 46)), 0x1p39, 6 * 0x1p19);
}

}  // namespace spikeloom
