// The progress line: facts that fit any width.
#include "apps/progress.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <nlohmann/json.hpp>

#include "core/errors.hpp"

namespace spikeloom {
namespace {

const ProgressState quarter{250, 1000, 2.0, 250, 12345};

TEST(ProgressLine, ShowsShareTimeLeftAndRealTimeFactor) {
  const std::string line = progress_line(quarter, 120);
  for (const char* fact : {" 25 %", "250 of 1000 ms", "0:06 left", "8.00 x real time", "12 k spikes", "#"})
    EXPECT_NE(line.find(fact), std::string::npos) << line;
}

TEST(ProgressLine, NeverWrapsTheTerminal) {
  for (int width = 1; width < 200; ++width)
    EXPECT_LE(static_cast<int>(progress_line(quarter, width).size()), std::max(width - 1, 0)) << width;
}

TEST(ProgressLine, AfterALoadOnlyWhatWasAdvancedCounts) {
  const ProgressState resumed{750, 1000, 2.0, 250, 0};
  EXPECT_EQ(resumed.real_time_factor(), 8);
  EXPECT_EQ(resumed.eta_s(), 2);
}

TEST(ProgressJson, IsOneObjectOnOneLine) {
  const std::string line = progress_json(quarter);
  EXPECT_EQ(line.find('\n'), std::string::npos);
  EXPECT_EQ(nlohmann::json::parse(line)["spikes"], 12345);
}

TEST(ProgressMode, RefusesOtherWords) {
  EXPECT_EQ(Progress::mode("off"), Progress::Mode::off);
  EXPECT_THROW(Progress::mode("on"), Error);
}

TEST(ClockText, CountsHoursOnlyWhenThereAreSome) {
  EXPECT_EQ(clock_text(75), "1:15");
  EXPECT_EQ(clock_text(3700), "1:01:40");
  EXPECT_EQ(clock_text(0), "0:00");
}

}  // namespace
}  // namespace spikeloom
