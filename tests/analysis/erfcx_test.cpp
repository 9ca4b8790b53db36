// erfcx against values of high-precision arithmetic, in each of its ranges and across their borders.
#include "analysis/erfcx.hpp"

#include <gtest/gtest.h>

#include <cmath>

namespace spikeloom {
namespace {

TEST(Erfcx, MatchesHighPrecisionValuesInEveryRange) {
  const struct {
    double x, value;
  } rows[] = {{0, 1},
              {0.5, 0.61569034419292587487079},
              {1, 0.4275835761558070044107503},
              {2, 0.2553956763105057438650886},
              {5, 0.11070463773306862637021},
              {10, 0.05614099274382258585751738},
              {100, 0.005641613782989432903556457},
              {-0.5, 1.952360489182557093276048},
              {-1, 5.008980080762283466309824},
              {-2, 108.9409043899779724123554}};
  for (const auto& row : rows) EXPECT_NEAR(erfcx(row.x) / row.value, 1, 2e-14) << row.x;
}

TEST(Erfcx, HasNoSeamWhereTheMethodChanges) {
  const double below = erfcx(std::nextafter(5.0, 0.0)), above = erfcx(5.0);
  EXPECT_NEAR(below / above, 1, 2e-14);
}

TEST(Erfcx, FollowsItsAsymptoteWhereTheFactorsLeaveDoubles) {
  EXPECT_NEAR(erfcx(1e8) * 1e8 * std::sqrt(M_PI), 1, 1e-14);
  EXPECT_TRUE(std::isinf(erfcx(-30)));
  EXPECT_TRUE(std::isnan(erfcx(NAN)));
}

}  // namespace
}  // namespace spikeloom
