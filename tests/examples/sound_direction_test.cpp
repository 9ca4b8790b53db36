// A sound is placed within a fraction of the spacing of the delay lines where they are exact, and is not where they are stepped.
#include <gtest/gtest.h>

#include <sstream>

#include "tests/house/files.hpp"

namespace {

std::string run(const std::string& arguments) {
  const auto ran = house::shell(
      std::string(SPIKELOOM_BINARY_DIR) + "/examples/sound_direction examples/sound_direction/sound_direction.json " + arguments,
      house::source);
  EXPECT_EQ(ran.exit, 0) << ran.errors;
  return ran.output;
}

struct Errors {
  double exact_us = 0, stepped_us = 0;
};

Errors errors_of(const std::string& output) {
  const auto at = output.find("rms error");
  EXPECT_NE(at, std::string::npos) << output;
  std::istringstream words(output.substr(at + 9));
  Errors errors;
  std::string unit;
  words >> errors.exact_us >> unit >> errors.stepped_us;
  return errors;
}

TEST(SoundDirection, ExactDelayLinesTellDirectionsApartThatStepsMerge) {
  const house::TemporaryFolder folder;
  const std::string picture = (folder.path / "sound.svg").string();
  const Errors errors = errors_of(run("'" + picture + "'"));
  EXPECT_LT(errors.exact_us, 8);
  EXPECT_GT(errors.stepped_us, 15);
  EXPECT_NE(house::read(picture).find("</svg>"), std::string::npos);
}

TEST(SoundDirection, AStepOfTheSpacingWouldDoAsWell) {  // the control: it is the step that merges them
  const house::TemporaryFolder folder;
  const std::string picture = (folder.path / "sound.svg").string();
  EXPECT_LT(errors_of(run("'" + picture + "' run.step_ms=0.01")).stepped_us, 8);
}

}  // namespace
