// sin and cos against the long double library.
#include "core/math/trigonometric.hpp"

#include <gtest/gtest.h>

#include "tests/core/math/measures.hpp"

namespace spikeloom {

using test::worst_ulps;

template <class Real>
Real sin_of(Real x) {
  return math::sin(x);
}
long double exact_sin(long double x) { return std::sin(x); }
template <class Real>
Real cos_of(Real x) {
  return math::cos(x);
}
long double exact_cos(long double x) { return std::cos(x); }

TEST(Trigonometric, IsWithinOneLastDigitUpToAMillion) {
  for (const double limit : {0.8, 7.0, 1e3, 1e6}) {
    EXPECT_LT(worst_ulps<double>(sin_of<double>, exact_sin, -limit, limit), 1.0);
    EXPECT_LT(worst_ulps<double>(cos_of<double>, exact_cos, -limit, limit), 1.0);
    EXPECT_LT(worst_ulps<float>(sin_of<float>, exact_sin, -limit, limit), 0.51);
    EXPECT_LT(worst_ulps<float>(cos_of<float>, exact_cos, -limit, limit), 0.51);
  }
  EXPECT_LT(worst_ulps<double>(sin_of<double>, exact_sin, 1e-300, 1, true), 1.0);
}

TEST(Trigonometric, KeepsAllDigitsNearTheZeros) {
  // By the expansion around k pi, in which pi has 117 digits: the library's own reduction is no judge here.
  constexpr double pi_high = 0x1.921fb54442d18p+1;
  constexpr long double pi_low = 0x1.1a62633145c07p-53L;
  EXPECT_LT(test::ulps(math::sin(pi_high), pi_low), 1.0);
  EXPECT_LT(test::ulps(math::sin(2 * pi_high), -2 * pi_low), 1.0);
  EXPECT_LT(test::ulps(math::cos(0.5 * pi_high), 0.5 * pi_low), 1.0);
  EXPECT_LT(test::ulps(math::sin(1024 * pi_high), -1024 * pi_low), 1.0);
}

TEST(Trigonometric, TurnsAreExactlyPeriodic) {
  for (std::uint32_t i = 0; i < 1000; ++i) {
    const double turn = std::floor(test::uniform_at(i) * 1024) / 1024;
    EXPECT_EQ(math::sin_turns(turn + 1e9), math::sin_turns(turn));
    // The reference to the nearest half turn, where its own argument has digits to spare.
    const long double phase = turn + 0x1p-20L, halves = std::rint(2 * phase);
    const long double exact =
        std::sin(6.283185307179586476925286766559L * (phase - halves / 2)) * (std::fmod(halves, 2.0L) == 0 ? 1 : -1);
    EXPECT_LT(test::ulps(math::sin_turns(turn + 0x1p-20), exact), 1.0);
  }
  EXPECT_EQ(math::sin_turns(0.25), 1.0);
  EXPECT_EQ(math::sin_turns(-0.25), -1.0);
  EXPECT_EQ(math::sin_turns(12345.5), 0.0);
  EXPECT_EQ(math::sin_turns(0x1p50 + 0.25), 1.0);
  EXPECT_EQ(math::sin_turns(1e300), 0.0);
}

TEST(Trigonometric, EndsAreSensible) {
  EXPECT_EQ(math::sin(0.0), 0.0);
  EXPECT_EQ(math::cos(0.0), 1.0);
  EXPECT_TRUE(std::isnan(math::sin(1e300)));
  EXPECT_TRUE(std::isnan(math::cos(std::numeric_limits<double>::infinity())));
  EXPECT_LE(std::fabs(math::sin(1e13)), 1.0);
}

}  // namespace spikeloom
