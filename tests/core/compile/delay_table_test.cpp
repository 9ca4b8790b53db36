// The table says of every word what the law and the rounding to steps say.
#include "core/compile/delay_table.hpp"

#include <gtest/gtest.h>

#include <vector>

#include "core/compile/synapses.hpp"
#include "core/math/philox.hpp"

namespace spikeloom {
namespace {

std::vector<std::uint32_t> by_law(const FastLaw& law, double step_ms, const std::vector<std::uint32_t>& words) {
  std::vector<std::uint32_t> steps(words.size());
  for (std::size_t i = 0; i < words.size(); i += kernel_lanes) {
    double ms[kernel_lanes];
    random_kernels().values(law, words.data() + i, kernel_lanes, ms);
    random_kernels().steps(ms, kernel_lanes, step_ms, steps.data() + i);
  }
  return steps;
}

/// Words everywhere, and the ends.
std::vector<std::uint32_t> many_words() {
  std::vector<std::uint32_t> words = {0, 1, 2, 0x7FFFFFFF, 0x80000000, 0x80000001, 0xFFFFFFFE, 0xFFFFFFFF};
  for (std::uint32_t i = 0; words.size() % kernel_lanes != 0 || words.size() < (1u << 20); ++i)
    words.push_back(philox(17, i, 0, 0, 0)[0]);
  return words;
}

/// Words whose steps by table and by law differ.
std::size_t differences(const FastLaw& law, double step_ms) {
  const auto words = many_words();
  const auto expected = by_law(law, step_ms, words);
  const auto ends =
      by_law(law, step_ms, std::vector<std::uint32_t>(kernel_lanes, law.kind == FastLaw::Kind::exponential ? ~0u : 0));
  const auto other =
      by_law(law, step_ms, std::vector<std::uint32_t>(kernel_lanes, law.kind == FastLaw::Kind::exponential ? 0 : ~0u));
  const DelayTable table(law, step_ms, ends[0], other[0]);
  EXPECT_FALSE(table.empty());
  std::vector<std::uint32_t> steps(words.size());
  table.steps(words.data(), static_cast<std::uint32_t>(words.size()), steps.data());
  std::size_t wrong = 0;
  for (std::size_t i = 0; i < words.size(); ++i) wrong += steps[i] != expected[i];
  return wrong;
}

TEST(DelayTable, GivesTheStepsOfTheLawForEveryWord) {
  using Kind = FastLaw::Kind;
  EXPECT_LE(differences({Kind::normal, 1.5, 0.75, 0.05, unbounded, 114000000, 4180000000u}, 0.1), 4u);
  EXPECT_LE(differences({Kind::normal, 0.75, 0.375, -unbounded, unbounded}, 0.1), 4u);
  EXPECT_EQ(differences({Kind::uniform, 1, 19, 1, 20}, 0.1), 0u);
  EXPECT_EQ(differences({Kind::uniform_int, 1, 20, 1, 20}, 1.0), 0u);
  EXPECT_EQ(differences({Kind::exponential, 5, 0, 0, unbounded}, 0.1), 0u);
  EXPECT_LE(differences({Kind::lognormal, 0.5, 0.5, 0, unbounded}, 0.1), 4u);
  EXPECT_EQ(differences({Kind::constant, 2, 0, 2, 2}, 0.1), 0u);
}

TEST(DelayTable, IsLeftOutWhereItWouldBeHuge) {
  EXPECT_TRUE(DelayTable({FastLaw::Kind::uniform, 1, 1e4, 1, 1e4}, 0.1, 10, 100000).empty());
}

}  // namespace
}  // namespace spikeloom
