// Exact time: decimals meet, nothing adds up, and every time lies in one step.
#include "core/time.hpp"

#include <gtest/gtest.h>

#include <cmath>

namespace spikeloom {
namespace {

const double steps_ms[] = {0.1, 1.0, 0.25, 0.05, 0x1p-13, 0.125, 0.3, 2.5, 0.01, 1e-3};

TEST(ExactTime, TimesThatAreEqualAsDecimalsMeetAtAnyStep) {
  for (const double h : steps_ms) {
    const TimeGrid grid(h);
    for (int k = 1; k < 400; ++k) {
      // k ms / 1000 reached in two ways
      const double whole = k / 1000.0, a = (k / 3) / 1000.0, b = (k - k / 3) / 1000.0;
      EXPECT_EQ(grid.add(grid.exact(a), grid.exact(b)), grid.exact(whole)) << h << " " << k;
      EXPECT_EQ(grid.exact(a + b), grid.exact(whole)) << h << " " << k;
    }
    EXPECT_EQ(grid.add(grid.exact(1.07), grid.exact(0.05)), grid.add(grid.exact(1.09), grid.exact(0.03))) << h;
  }
}

TEST(ExactTime, AMillionAdditionsOfATenthAddUpToNothing) {
  for (const double h : steps_ms) {
    const TimeGrid grid(h);
    ExactTime t;
    for (int k = 0; k < 1'000'000; ++k) t = grid.add(t, grid.exact(0.1));
    EXPECT_EQ(t, grid.exact(100'000)) << h;
  }
  double plain = 0;
  for (int k = 0; k < 1'000'000; ++k) plain += 0.1;
  EXPECT_GT(std::fabs(plain - 100'000), 1e-6);  // what it would be without
}

TEST(ExactTime, MultiplesOfA64thAreExact) {
  for (const double h : {0x1p-3, 0x1p-6, 0x1p-10, 0x1p-13, 1.0, 0.1}) {
    const TimeGrid grid(h);
    ExactTime t;
    for (int k = 1; k < 10'000; ++k) {
      t = grid.add(t, grid.exact(0x1p-6));
      ASSERT_EQ(t, grid.exact(k * 0x1p-6)) << h << " " << k;
      ASSERT_EQ(grid.ms_of(t), k * 0x1p-6) << h << " " << k;
    }
  }
}

TEST(ExactTime, ComputedTimesKeepTheirBits) {
  const TimeGrid grid(0.1);
  const double dt = 0.012345678901234567;
  EXPECT_EQ(grid.after({7, 0}, dt).offset_ms, dt);
  const ExactTime late = grid.after({7, 0.09}, dt);
  EXPECT_EQ(late.step, 8);
  EXPECT_NEAR(late.offset_ms, dt - 0.01, 1e-17);
  EXPECT_NEAR(grid.between({7, 0.09}, late), dt, 1e-16);
  EXPECT_NEAR(grid.ms_of(grid.after({0, 0}, 1234.5678901234567)), 1234.5678901234567, 1e-12);
}

TEST(ExactTime, AMonthAndANanosecondFitTogether) {
  const TimeGrid grid(0.01);
  const ExactTime month = grid.exact(30.0 * 24 * 3600 * 1000);
  const ExactTime later = grid.add(month, grid.exact(1e-6));
  EXPECT_NEAR(grid.between(month, later), 1e-6, 1e-15);
}

TEST(ExactTime, BeyondAllRunsIsAnswered) {
  for (const double h : {0.1, 1.0 / 3})
    for (const double ms : {1e20, 1e40, 1e300}) EXPECT_GT(TimeGrid(h).exact(ms).step, std::int64_t{1} << 53) << h << " " << ms;
}

TEST(ExactTime, StampsInMicrosecondsAreIntegers) {
  for (const double h : {0.1, 0.25, 1.0, 0x1p-13}) {
    const TimeGrid grid(h);
    for (const std::int64_t us : {0L, 1L, 99L, 100L, 101L, 12345L, 4294967296L}) {
      EXPECT_EQ(grid.exact_us(us), grid.exact(static_cast<double>(us) / 1000)) << h << " " << us;
      EXPECT_EQ(grid.exact_us(us, 0.5), grid.exact(static_cast<double>(us) / 2000)) << h << " " << us;
    }
  }
}

TEST(ExactTime, OffsetsStayBelowTheStep) {
  for (const double h : steps_ms) {
    const TimeGrid grid(h);
    const double just_below = std::nextafter(h, 0.0);
    EXPECT_EQ(grid.after({3, 0}, just_below), (ExactTime{4, 0})) << h;  // within rounding of the next step
    for (int k = 0; k < 1000; ++k) {
      const ExactTime t = grid.add(grid.exact(k * h / 7), grid.exact(k * h / 11));
      EXPECT_GE(t.offset_ms, 0);
      EXPECT_LT(t.offset_ms, h);
    }
  }
}

TEST(ExactTime, AStepHoldsItsEnd) {
  EXPECT_EQ(TimeGrid::step_of({4, 0}), 4);
  EXPECT_EQ(TimeGrid::step_of({4, 1e-12}), 5);
  EXPECT_EQ(TimeGrid::step_of({0, 0}), 0);
}

TEST(ExactTime, AStepThatIsNoDecimalStillAdds) {
  const TimeGrid grid(1.0 / 3);
  const ExactTime t = grid.add(grid.exact(0.25), grid.exact(0.25));
  EXPECT_EQ(t.step, 1);
  EXPECT_NEAR(t.offset_ms, 0.5 - 1.0 / 3, 1e-15);
}

}  // namespace
}  // namespace spikeloom
