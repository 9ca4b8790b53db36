// Errors must lead a person to the place and to the name that was meant.
#include "core/errors.hpp"

#include <gtest/gtest.h>

namespace spikeloom {
namespace {

const std::vector<std::string> keys = {"tau_m_ms", "tau_syn_exc_ms", "V_th_mV", "V_reset_mV", "weight", "I"};

TEST(NearestName, FindsNamesWithSwappedLetters) {
  EXPECT_EQ(nearest_name("wieght", keys), "weight");
  EXPECT_EQ(nearest_name("tau_m_sm", keys), "tau_m_ms");
}

TEST(NearestName, FindsNamesWhoseUnitWasForgotten) {
  EXPECT_EQ(nearest_name("V_th", keys), "V_th_mV");
  EXPECT_EQ(nearest_name("V_tx", keys), "") << "only the unit may lack";
}

TEST(NearestName, FindsNamesOfAnotherCase) { EXPECT_EQ(nearest_name("v_th_mv", keys), "V_th_mV"); }

TEST(NearestName, SaysNothingWhereNothingIsNear) {
  EXPECT_EQ(nearest_name("populations", keys), "");
  EXPECT_EQ(nearest_name("E", keys), "") << "one letter replaced by another leaves nothing of the name";
  EXPECT_EQ(nearest_name(std::string(100'000, 'a'), keys), "");
  EXPECT_EQ(nearest_name("", keys), "");
}

TEST(Describe, NamesFileLinePathValueRangeAndNearest) {
  Error error("range", Where{"/populations/E/size", 3, 14}, "the size is negative");
  error.with_value("-1").with_allowed("0 or more").with_nearest("seize");
  error.file = "net.json";
  EXPECT_EQ(describe(error),
            "net.json:3:14: /populations/E/size: the size is negative (value -1, allowed 0 or more; did you mean \"seize\"?)");
}

TEST(Describe, LeavesOutWhatIsNotKnown) {
  EXPECT_EQ(describe(Error("io", {}, "the disk is full")), "the disk is full");
  EXPECT_EQ(describe(Error("io", Where{"/run", 0, 0}, "too long")), "/run: too long");
}

}  // namespace
}  // namespace spikeloom
