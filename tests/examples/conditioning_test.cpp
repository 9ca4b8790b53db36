// A late reward finds the synapse and the stimulus that it is for; rewards for nothing do not.
#include <gtest/gtest.h>

#include <cmath>
#include <sstream>

#include "tests/house/files.hpp"

namespace {

struct Row {
  double rewards = 0, weight = 0, others = 0, sd = 0;
  double apart() const { return (weight - others) / sd; }  ///< in standard deviations of the others
};

struct Pair {
  Row rewarded, control;
};

Pair run(const std::string& arguments) {
  const auto ran = house::shell(
      std::string(SPIKELOOM_BINARY_DIR) + "/examples/conditioning examples/conditioning/conditioning.json " + arguments,
      house::source);
  EXPECT_EQ(ran.exit, 0) << ran.errors;
  Pair pair;
  std::istringstream text(ran.output);
  for (std::string line; std::getline(text, line);) {
    std::istringstream words(line);
    std::string seed, name;
    Row row;
    if (words >> seed >> name >> row.rewards >> row.weight >> row.others >> row.sd)
      (name == "rewarded" ? pair.rewarded : pair.control) = row;
  }
  return pair;
}

TEST(Conditioning, ASynapseGrowsWhenItsPairsOfSpikesAreRewardedSecondsLater) {
  const house::TemporaryFolder folder;
  const std::string picture = (folder.path / "synapse.svg").string();
  const Pair pair = run("synapse 5 1 '" + picture + "'");
  EXPECT_GT(pair.rewarded.weight, 1.5);
  EXPECT_GT(pair.rewarded.apart(), 1);
  EXPECT_LT(pair.control.apart(), 0.5);
  EXPECT_GT(pair.control.rewards, 5) << "there must be rewards for nothing";
  EXPECT_NE(house::read(picture).find("</svg>"), std::string::npos);
}

TEST(Conditioning, TheSynapsesOfARewardedStimulusStandOut) {
  const Pair pair = run("stimulus 7 1");
  EXPECT_GT(pair.rewarded.apart(), 2);
  EXPECT_LT(std::abs(pair.control.apart()), 1.5);
  EXPECT_GT(pair.control.rewards, 5) << "there must be rewards for nothing";
}

TEST(Conditioning, NamesWhatItCannotDo) {
  const auto refused = [](const std::string& arguments) {
    const auto ran = house::shell(
        std::string(SPIKELOOM_BINARY_DIR) + "/examples/conditioning examples/conditioning/conditioning.json " + arguments,
        house::source);
    EXPECT_EQ(ran.exit, 2) << arguments;
    return ran.errors;
  };
  EXPECT_NE(refused("dog").find("stimulus"), std::string::npos);
  EXPECT_NE(refused("synapse soon").find("soon"), std::string::npos);
  EXPECT_NE(refused("synapse nan").find("nan"), std::string::npos);
  EXPECT_NE(refused("synapse 1 -1").find("-1"), std::string::npos);
  EXPECT_NE(refused("synapse 1 1000000000").find("1000"), std::string::npos);
}

}  // namespace
