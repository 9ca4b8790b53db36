// The random number generator against published answers.
#include "core/math/philox.hpp"

#include <gtest/gtest.h>

namespace spikeloom {

TEST(Philox, GivesTheKnownAnswers) {
  EXPECT_EQ(philox(0, 0, 0, 0, 0), (RandomBlock{0x6627e8d5, 0xe169c58d, 0xbc57ac4c, 0x9b00dbd8}));
  EXPECT_EQ(philox(~0ULL, ~0u, ~0u, ~0u, ~0u), (RandomBlock{0x408f276d, 0x41c83b0e, 0xa20bc7c6, 0x6d5451fd}));
  EXPECT_EQ(philox(0x299f31d0a4093822ULL, 0x243f6a88, 0x85a308d3, 0x13198a2e, 0x03707344),
            (RandomBlock{0xd16cfe09, 0x94fdcceb, 0x5001e420, 0x24126ea1}));
}

TEST(Philox, UnitNumbersNeverReachTheEnds) {
  EXPECT_GT(unit(0), 0.0);
  EXPECT_LT(unit(~0u), 1.0);
  EXPECT_GT(unit53(0, 0), 0.0);
  EXPECT_LT(unit53(~0u, ~0u), 1.0);
  EXPECT_EQ(unit53(0, 0) + unit53(~0u, ~0u), 1.0);
  EXPECT_EQ(unit(0x7fffffffu) + unit(0x80000000u), 1.0);
}

TEST(Philox, KeysDifferByEveryPart) {
  const std::uint64_t key = stream_key(1, Purpose::poisson, name_key("E"));
  EXPECT_NE(key, stream_key(2, Purpose::poisson, name_key("E")));
  EXPECT_NE(key, stream_key(1, Purpose::source, name_key("E")));
  EXPECT_NE(key, stream_key(1, Purpose::poisson, name_key("I")));
  EXPECT_NE(stream_key(1, Purpose::synapse, name_key("E"), name_key("I")),
            stream_key(1, Purpose::synapse, name_key("I"), name_key("E")));
}

}  // namespace spikeloom
