// The example networks fire as theory, papers and other simulators say they should.
#include <gtest/gtest.h>

#include <map>
#include <string>

#include "tests/house/files.hpp"

namespace {

using house::run_example;
using nlohmann::json;

void expect_rate(const json& run, const std::string& population, double low, double high) {
  const double rate = run.at("rates_hz").at(population);
  EXPECT_GE(rate, low) << population;
  EXPECT_LE(rate, high) << population;
}

/// Rates of E and I and the CV of E, averaged over the seeds 1 .. seeds. Single networks of these sizes scatter by up to a
/// tenth (standard deviation of COBA's E: 1.6 Hz over twelve seeds), so that a band from other simulators holds for a mean only.
std::map<std::string, double> mean_over_seeds(const std::string& example, int seeds, const std::string& options = "") {
  std::map<std::string, double> mean;
  for (int seed = 1; seed <= seeds; ++seed) {
    const json run = run_example(example, "--seed " + std::to_string(seed) + " " + options);
    for (const std::string population : {"E", "I"}) mean[population] += run.at("rates_hz").at(population).get<double>() / seeds;
    mean["cv"] += run.at("cv_isi").at("E").get<double>() / seeds;
  }
  return mean;
}

TEST(Balanced, BrunelWithDeltaSynapsesFiresAsThePilotRunsDid) {
  const json run = run_example("balanced/brunel.json");
  expect_rate(run, "E", 37.4 * 0.95, 37.4 * 1.05);
  expect_rate(run, "I", 37.4 * 0.95, 37.4 * 1.05);
  EXPECT_EQ(run.at("synapses"), 12500u * 1250u);
}

TEST(Balanced, BrunelSlowStateIsSlow) {
  const double rate = mean_over_seeds("balanced/brunel.json", 6, "--set parameters.g=4.5 --set parameters.eta=0.9").at("E");
  EXPECT_NEAR(rate, 5.72, 0.05 * 5.72);
}

TEST(Balanced, BrunelWithAlphaCurrentsFiresAsElsewhere) {
  const json run = run_example("balanced/brunel_alpha.json");
  expect_rate(run, "E", 28.74 * 0.97, 28.74 * 1.03);
  expect_rate(run, "I", 28.80 * 0.97, 28.80 * 1.03);
}

TEST(Balanced, CobaSustainsItselfAtTheRateOfOtherSimulators) {
  const auto rate = mean_over_seeds("balanced/coba.json", 12);
  EXPECT_GE(rate.at("E"), 16.2);
  EXPECT_LE(rate.at("E"), 18.8);
  EXPECT_GE(rate.at("I"), 16.3);
  EXPECT_LE(rate.at("I"), 17.8);
}

TEST(Balanced, CubaFiresIrregularlyAtFiveAndAHalfHertz) {
  const auto mean = mean_over_seeds("balanced/cuba.json", 12);
  const double rate = 0.8 * mean.at("E") + 0.2 * mean.at("I");
  EXPECT_GE(rate, 5.40);
  EXPECT_LE(rate, 5.87);
  EXPECT_GE(mean.at("cv"), 0.55);
  EXPECT_LE(mean.at("cv"), 0.63);
}

TEST(Izhikevich2003, FiresAsTheProgramOfThePaper) {
  const json run = run_example("izhikevich_2003/izhikevich_2003.json", "--duration-ms 10000");
  expect_rate(run, "E", 7.0, 7.7);
  expect_rate(run, "I", 6.4, 7.4);
}

TEST(Izhikevich100k, FiresAsOtherSimulatorsDo) {
  const json run = run_example("izhikevich_100k/izhikevich_100k.json");
  expect_rate(run, "E", 4.9 * 0.94, 5.2 * 1.06);
  expect_rate(run, "I", 17.3 * 0.94, 18.0 * 1.06);
}

TEST(Microcircuit, HasThePublishedNumberOfSynapses) {
  const house::TemporaryFolder out;
  const auto ran = house::shell(std::string(SPIKELOOM_COMMAND) + " plan '" +
                                    (house::source / "examples/microcircuit/microcircuit.json").string() + "' --json",
                                out.path);
  const json plan = json::parse(ran.output);
  if (ran.exit == 3) GTEST_SKIP() << "this machine has too little memory";
  ASSERT_EQ(ran.exit, 0) << ran.errors;
  EXPECT_EQ(plan.at("neurons"), 77169u);
  EXPECT_EQ(plan.at("synapses"), 298880968u);
}

const std::vector<std::pair<std::string, double>> published = {{"L23E", 0.903}, {"L23I", 2.965}, {"L4E", 4.414}, {"L4I", 5.876},
                                                               {"L5E", 7.569},  {"L5I", 8.633},  {"L6E", 1.105}, {"L6I", 7.829}};

// No published value exists below full size: these bands only keep what was measured (at scale 0.1 L2/3E 0.50, L6I 6.98 Hz).
// Fewer and larger inputs make the same mean and variance with another shape, and smaller networks are more correlated: rates
// fall a little as the network shrinks, most in L2/3E.
TEST(Microcircuit, KeepsItsRatesRoughlyAtATenthOfItsSize) {
  const json run = run_example("microcircuit/microcircuit.json", "--set parameters.scale=0.1 --duration-ms 3500");
  for (const auto& [population, rate] : published)
    expect_rate(run, population, rate * (population == "L23E" ? 0.4 : 0.65), rate * 1.1);
  EXPECT_NEAR(run.at("synapses").get<double>(), 2988807.0, 32.0);
}

TEST(Microcircuit, KeepsItsRatesRoughlyUnderConstantCurrent) {
  const json run = run_example("microcircuit/microcircuit_dc.json", "--set parameters.scale=0.2 --duration-ms 1500");
  for (const auto& [population, rate] : published) expect_rate(run, population, rate * 0.6, rate * 1.1);
}

TEST(LongMicrocircuit, FiresAtThePublishedRatesAtFullScale) {
  const json run = run_example("microcircuit/microcircuit.json");
  for (const auto& [population, rate] : published) {
    const double tolerance = population == "L23E" || population == "L6E" ? 0.08 : 0.05;
    expect_rate(run, population, rate * (1 - tolerance), rate * (1 + tolerance));
  }
  EXPECT_LE(run.at("bytes_per_synapse").get<double>(), 6.5);
}

TEST(EventMotion, EachMovementIsReadFromTheMapThatFiresMost) {
  const auto ran = house::shell(
      std::string(SPIKELOOM_BINARY_DIR) + "/examples/event_motion examples/event_motion/event_motion.json", house::source);
  ASSERT_EQ(ran.exit, 0) << ran.errors;
  EXPECT_EQ(ran.output, house::read(house::source / "examples/event_motion/expected.txt"));
  for (const std::string line : {"movement 1: right_down (", "movement 2: right_up (", "movement 3: left ("})
    EXPECT_NE(ran.output.find(line), std::string::npos) << ran.output;
}

TEST(Pendulum, IsHeldUprightByASidesFewCellsAndBetterByMore) {
  const house::TemporaryFolder out;
  const std::string picture = (out.path / "pendulum.svg").string();
  const auto ran = house::shell(
      std::string(SPIKELOOM_BINARY_DIR) + "/examples/pendulum examples/pendulum/pendulum.json '" + picture + "'", house::source);
  ASSERT_EQ(ran.exit, 0) << ran.errors;
  EXPECT_EQ(ran.output, house::read(house::source / "examples/pendulum/expected.txt"));
  EXPECT_EQ(house::read(picture), house::read(house::source / "examples/pendulum/pendulum.svg")) << "the picture of the README";
}

TEST(OwnModel, RunsAndContinuesFromACheckpoint) {
  const auto ran =
      house::shell(std::string(SPIKELOOM_BINARY_DIR) + "/examples/own_model examples/own_model/own_model.json", house::source);
  ASSERT_EQ(ran.exit, 0) << ran.errors;
  EXPECT_EQ(ran.output, house::read(house::source / "examples/own_model/expected.txt"));
}

}  // namespace
