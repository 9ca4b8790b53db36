// Piles hold what is put on them, however they take turns with the memory that they share.
#include "backends/cpu/piles.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <cstdint>
#include <random>

namespace spikeloom::cpu {
namespace {

struct Thing {
  std::uint64_t a = 0, b = 0, c = 0;
  friend auto operator<=>(const Thing&, const Thing&) = default;
};

TEST(Piles, GiveBackWhatWasPutOnThem) {
  constexpr std::size_t piles = 16;
  std::mt19937_64 random(7);
  Piles<Thing> shared(piles);
  std::vector<std::vector<Thing>> apart(piles);
  std::vector<Thing> out{{1, 2, 3}};
  std::size_t most = 0;
  for (std::uint64_t turn = 0; turn < 400; ++turn) {
    const std::size_t k = random() % piles, many = turn % 3 == 0 ? random() % 1000 : random() % 50;
    for (std::size_t i = 0; i < many; ++i) {
      const Thing thing{turn, i, random()};
      shared.add(k, thing), apart[k].push_back(thing);
    }
    const std::size_t taken = random() % piles;
    EXPECT_EQ(shared.empty(taken), apart[taken].empty());
    shared.take(taken, out);
    most = std::max(most, out.size());
    std::ranges::sort(out), std::ranges::sort(apart[taken]);
    ASSERT_EQ(out, apart[taken]) << turn;
    EXPECT_TRUE(shared.empty(taken));
    apart[taken].clear();
  }
  EXPECT_GT(most, 1000u) << "some have several chunks";
  shared.clear();
  for (std::size_t k = 0; k < piles; ++k) EXPECT_TRUE(shared.empty(k));
  shared.take(0, out);
  EXPECT_TRUE(out.empty());
}

TEST(Piles, ShareTheirMemory) {
  Piles<Thing> shared(64);
  std::vector<Thing> out;
  std::size_t after_one = 0;
  for (std::size_t k = 0; k < shared.size(); ++k) {  // one is long at a time
    for (std::uint64_t i = 0; i < 5000; ++i) shared.add(k, {i, i, i});
    shared.take(k, out);
    if (k == 0) after_one = shared.bytes();
  }
  EXPECT_EQ(shared.bytes(), after_one);
  for (std::size_t k = 0; k < 2; ++k)  // and two
    for (std::uint64_t i = 0; i < 5000; ++i) shared.add(k, {i, i, i});
  EXPECT_GT(shared.bytes(), after_one);
}

}  // namespace
}  // namespace spikeloom::cpu
