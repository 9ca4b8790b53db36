// Streams of words: the blocks of Philox one after the other.
#include "core/math/stream.hpp"

#include <gtest/gtest.h>

#include <set>

namespace spikeloom {

TEST(RandomStream, WalksCounterWordZero) {
  RandomStream stream(9, 1, 2, 3);
  for (std::uint32_t block = 0; block < 3; ++block) {
    for (const std::uint32_t word : philox(9, block, 1, 2, 3)) EXPECT_EQ(stream.next32(), word);
  }
}

TEST(RandomStream, WideNumbersTakeTwoWords) {
  RandomStream words(9, 1, 2, 3), wide(9, 1, 2, 3), real(9, 1, 2, 3);
  const std::uint64_t first = words.next32(), second = words.next32();
  EXPECT_EQ(wide.next64(), (second << 32) | first);
  EXPECT_EQ(real.next53(), unit53(static_cast<std::uint32_t>(first), static_cast<std::uint32_t>(second)));
}

TEST(SubKey, DiffersByIndexAndKey) {
  std::set<std::uint64_t> keys;
  for (std::uint64_t key : {1, 2}) {
    for (std::uint64_t i = 0; i < 1000; ++i) keys.insert(sub_key(key, i << (i % 40)));
  }
  EXPECT_GT(keys.size(), 1900u);
}

}  // namespace spikeloom
