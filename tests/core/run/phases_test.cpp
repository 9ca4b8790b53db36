// Every step belongs to one repeat of one phase.
#include "core/run/phases.hpp"

#include <gtest/gtest.h>

#include "tests/core/run/tiny_network.hpp"

namespace spikeloom {
namespace {

CompiledPhase phase(std::int64_t start, std::int64_t steps, std::uint64_t repeats) {
  CompiledPhase result;
  result.start_step = start, result.repeat_steps = steps, result.repeats = repeats;
  return result;
}

TEST(Phases, ARunWithoutPhasesIsOneRepeatThatNeverEnds) {
  const auto network = tiny::network();
  EXPECT_EQ(repeat_of(network, 5), (Repeat{0, 0, 0, Repeat::never}));
  EXPECT_EQ(next_change(network, 0), Repeat::never);
  EXPECT_TRUE(begins_after(network, 0));
  EXPECT_FALSE(begins_after(network, 1));
}

TEST(Phases, RepeatsFollowEachOtherWithoutGapOrOverlap) {
  auto network = tiny::network();
  network.phases = {phase(0, 3, 2), phase(6, 5, 1), phase(11, 1, 3)};
  network.duration_steps = 14;
  EXPECT_EQ(repeat_of(network, 0), (Repeat{0, 0, 0, 3}));
  EXPECT_EQ(repeat_of(network, 3), (Repeat{0, 0, 0, 3}));
  EXPECT_EQ(repeat_of(network, 4), (Repeat{0, 1, 3, 6}));
  EXPECT_EQ(repeat_of(network, 7), (Repeat{1, 0, 6, 11}));
  EXPECT_EQ(repeat_of(network, 13), (Repeat{2, 1, 12, 13}));
  EXPECT_EQ(repeat_of(network, 20), (Repeat{2, 2, 13, 14}));
  std::vector<std::int64_t> begins;
  for (std::int64_t n = 0; n < 16; ++n)
    if (begins_after(network, n)) begins.push_back(n);
  EXPECT_EQ(begins, (std::vector<std::int64_t>{0, 3, 6, 11, 12, 13}));
  for (std::int64_t n = 0; n < 16; ++n) {
    const auto later = std::upper_bound(begins.begin(), begins.end(), n);
    EXPECT_EQ(next_change(network, n), later == begins.end() ? Repeat::never : *later) << n;
  }
}

TEST(Phases, ManyRepeatsAreFoundAtOnce) {
  auto network = tiny::network();
  network.phases = {phase(0, 7, std::uint64_t{1} << 40)};
  network.duration_steps = std::int64_t{7} << 40;
  EXPECT_EQ(repeat_of(network, (std::int64_t{7} << 39) + 1).number, std::uint64_t{1} << 39);
}

}  // namespace
}  // namespace spikeloom
