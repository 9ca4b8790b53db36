// Hashes name a set of facts, whatever the order in which they are told.
#include "core/run/hash.hpp"

#include <gtest/gtest.h>

#include <cmath>

namespace spikeloom {
namespace {

TEST(Hash128, PrintsThirtyTwoDigitsHighWordFirst) {
  EXPECT_EQ((Hash128{0x0123456789abcdefULL, 0xfULL}).hex(), "0123456789abcdef000000000000000f");
}

TEST(Hash128, DoesNotDependOnTheOrderOfAddition) {
  Hash128 up, down;
  for (int i = 0; i < 1000; ++i) hash_spike(up, 7, static_cast<std::uint32_t>(i % 10), i);
  for (int i = 999; i >= 0; --i) hash_spike(down, 7, static_cast<std::uint32_t>(i % 10), i);
  EXPECT_EQ(up, down);
}

TEST(Hash128, TellsCellsTimesNamesAndMultiplicityApart) {
  const auto of = [](std::uint64_t key, std::uint32_t cell, std::int64_t step, int times) {
    Hash128 hash;
    while (times-- > 0) hash_spike(hash, key, cell, step);
    return hash.hex();
  };
  const std::string one = of(1, 2, 3, 1);
  for (const auto& other : {of(2, 2, 3, 1), of(1, 3, 3, 1), of(1, 2, 4, 1), of(1, 3, 2, 1), of(1, 2, 3, 2), of(0, 0, 0, 0)})
    EXPECT_NE(one, other);
}

TEST(Hash128, MinusZeroCountsAsZeroAllNaNsAsOneAndEveryOtherBitOfAStateCounts) {
  const auto of = [](double value) {
    Hash128 hash;
    hash_state(hash, 1, 0, 0, value);
    return hash;
  };
  EXPECT_EQ(of(0.0), of(-0.0));
  EXPECT_EQ(of(std::nan("")), of(-std::nan("7")));
  EXPECT_FALSE(of(1.0) == of(1.0 + 0x1p-52));
}

}  // namespace
}  // namespace spikeloom
