// Claims about steps, held to written-down answers.
#include "core/compile/steps.hpp"

#include <gtest/gtest.h>

#include <limits>

namespace spikeloom {
namespace {

TEST(StepGrid, RoundsHalvesUpWithDecimalsAsWritten) {
  const StepGrid grid(0.1);
  EXPECT_EQ(grid.nearest(0.25), 3);
  EXPECT_EQ(grid.nearest(0.15), 2);  // 0.15 / 0.1 is 1.4999... in binary
  EXPECT_EQ(grid.nearest(0.35), 4);
  EXPECT_EQ(grid.nearest(0.149), 1);
  EXPECT_EQ(grid.nearest(0.04), 0);
  EXPECT_EQ(StepGrid(0.2).nearest(0.3), 2);
}

TEST(StepGrid, PutsTimesIntoTheStepThatHoldsThem) {
  const StepGrid grid(0.1);
  EXPECT_EQ(grid.ceil(0), 0);
  EXPECT_EQ(grid.ceil(0.3), 3);
  EXPECT_EQ(grid.ceil(0.30001), 4);
  EXPECT_EQ(grid.ceil(1e-7), 1);
  EXPECT_EQ(grid.ceil(123456.7), 1234567);
  EXPECT_TRUE(grid.on_grid(123456.7));
  EXPECT_FALSE(grid.on_grid(0.25));
}

TEST(StepGrid, EveryMultipleIsOnTheGridForThirtyDaysAtAHundredthOfAMillisecond) {
  const StepGrid grid(0.01);
  for (std::int64_t n = 1; n < 259'200'000'000; n = n * 3 + 7) {
    const double ms = static_cast<double>(n) / 100;
    EXPECT_EQ(grid.ceil(ms), n);
    EXPECT_EQ(grid.nearest(ms), n);
    EXPECT_TRUE(grid.on_grid(ms));
    EXPECT_EQ(grid.ms_of(n), ms);
  }
}

TEST(StepGrid, TimesBeyondAllRunsStayBeyondThem) {
  const StepGrid grid(0.1);
  for (const double ms : {1e18, 1e30, 1e300, std::numeric_limits<double>::infinity()}) {
    EXPECT_GT(grid.ceil(ms), max_steps) << ms;
    EXPECT_GT(grid.nearest(ms), max_steps) << ms;
    EXPECT_LT(grid.ceil(-ms), -max_steps) << ms;
  }
}

TEST(StepGrid, PrintsProductsAsDecimals) {
  EXPECT_EQ(StepGrid(0.1).ms_of(3), 0.3);  // 3 * 0.1 is 0.30000000000000004
  EXPECT_EQ(StepGrid(0.025).ms_of(7), 0.175);
  EXPECT_EQ(StepGrid(1.0 / 3).ms_of(3), 1.0);
}

TEST(StepGrid, CountsMicrosecondsByIntegers) {
  const StepGrid grid(0.1);
  bool exact = false;
  EXPECT_EQ(grid.ceil_us(700, 1, exact), 7);
  EXPECT_TRUE(exact);
  EXPECT_EQ(grid.ceil_us(654, 1, exact), 7);
  EXPECT_FALSE(exact);
  EXPECT_EQ(grid.ceil_us(0, 1, exact), 0);
  EXPECT_EQ(grid.ceil_us(350, 2, exact), 7);
  EXPECT_TRUE(exact);
}

}  // namespace
}  // namespace spikeloom
