// Broken network files: each exits with 2, names the path of the value at fault, and leaves nothing behind.
#include <gtest/gtest.h>

#include "tests/apps/command.hpp"

namespace spikeloom {
namespace {

/// One change of the small network that makes it wrong, and where the fault lies.
struct Break {
  const char* set;  ///< KEY=VALUE
  const char* path;
};

std::string name_of(const testing::TestParamInfo<Break>& info) { return "Case" + std::to_string(info.index); }

class BrokenValue : public testing::TestWithParam<Break> {};

TEST_P(BrokenValue, ExitsWithTwoAndNamesThePath) {
  Workshop shop;
  shop.write("small.json", small_network);
  const Outcome run = shop.run({"run", "small.json", "--json", "--set", GetParam().set});
  EXPECT_EQ(run.exit_code, 2) << GetParam().set << run.out << run.err;
  const auto error = run.json()["error"];
  EXPECT_EQ(error["path"], GetParam().path) << GetParam().set << " " << error;
  EXPECT_FALSE(error["message"].get<std::string>().empty());
  EXPECT_EQ(error["file"], "small.json");
  EXPECT_FALSE(shop.has("small.out"));
}

INSTANTIATE_TEST_SUITE_P(
    EveryRule, BrokenValue,
    testing::Values(Break{"populations.E.parameters.tau_m_ms=0", "/populations/E/parameters/tau_m_ms"},
                    Break{"populations.E.parameters.tau_m_ms=-1", "/populations/E/parameters/tau_m_ms"},
                    Break{"populations.E.parameters.t_ref_ms=-0.1", "/populations/E/parameters/t_ref_ms"},
                    Break{"populations.E.parameters.V_reset_mV=20", "/populations/E/parameters/V_reset_mV"},
                    Break{"populations.E.parameters.tau_mm_ms=3", "/populations/E/parameters/tau_mm_ms"},
                    Break{"populations.E.model=\"lif_detla\"", "/populations/E/model"},
                    Break{"populations.E.size=-1", "/populations/E/size"}, Break{"populations.E.size=1.5", "/populations/E/size"},
                    Break{"populations.E.size=9223372036854775808", "/populations/E/size"},
                    Break{"populations.E.sizes=3", "/populations/E/sizes"},
                    Break{"projections.0.delay_ms=0", "/projections/0/delay_ms"},
                    Break{"projections.0.delay_ms=-1", "/projections/0/delay_ms"},
                    Break{"projections.0.connect.fixed_probability=1.5", "/projections/0/connect/fixed_probability"},
                    Break{"projections.0.connect.fixed_probability=-0.1", "/projections/0/connect/fixed_probability"},
                    Break{"projections.1.connect.fixed_in_degree=2.5", "/projections/1/connect/fixed_in_degree"},
                    Break{"projections.1.connect.fixed_in_degree=-1", "/projections/1/connect/fixed_in_degree"},
                    Break{"projections.0.from=\"F\"", "/projections/0/from"},
                    Break{"projections.0.weight={\"normal\": {\"mean\": 1, \"sd\": -1}}", "/projections/0/weight/normal/sd"},
                    Break{"projections.0.weight=\"=J+\"", "/projections/0/weight"},
                    Break{"projections.0.weight=\"=K\"", "/projections/0/weight"},
                    Break{"run.duration_ms=-1", "/run/duration_ms"}, Break{"run.step_ms=0", "/run/step_ms"},
                    Break{"run.precision=\"half\"", "/run/precision"}, Break{"run.backend=\"gpu\"", "/run/backend"},
                    Break{"inputs.drive.to=\"X\"", "/inputs/drive/to"}, Break{"probes.0.spikes=\"X\"", "/probes/0/spikes"},
                    Break{"spikeloom=2", "/spikeloom"}, Break{"probes.1.file=\"E.csv\"", "/probes/1/file"},
                    Break{"probes.0.file=\"E.txt\"", "/probes/0/file"}),
    name_of);

TEST(BrokenText, ExitsWithTwoAndNamesTheLine) {
  const std::string deep(100'000, '[');
  std::string deep_objects;
  for (int i = 0; i < 100'000; ++i) deep_objects += "{\"a\":";
  const std::string texts[] = {"",
                               "{",
                               "[]",
                               "{\"spikeloom\": 1,}",
                               "{\"spikeloom\": 1, \"spikeloom\": 1}",
                               "{\"spikeloom\": NaN}",
                               deep,
                               deep_objects,
                               "{\"spikeloom\": 1e400}",
                               "\xff\xfe",
                               "{\"spikeloom\": 1} x",
                               std::string("{\"spikeloom\"\0: 1}", 17)};
  for (const std::string& text : texts) {
    Workshop shop;
    shop.write("broken.json", text);
    const Outcome run = shop.run({"run", "broken.json", "--json"});
    EXPECT_EQ(run.exit_code, 2) << text.substr(0, 60) << run.out << run.err;
    EXPECT_EQ(run.json()["error"]["file"], "broken.json") << text.substr(0, 60);
  }
}

TEST(BrokenText, TheLineOfTheFaultIsTold) {
  Workshop shop;
  std::string text = small_network;
  text.replace(text.find("\"size\": 20"), 10, "\"size\": -2");
  shop.write("small.json", text);
  EXPECT_EQ(shop.run({"run", "small.json", "--json"}).json()["error"]["line"], 7);
}

TEST(BrokenText, WhatThisVersionCannotDoIsRefusedNotWrong) {
  Workshop shop;
  shop.write("small.json", small_network);
  const Outcome run = shop.run({"run", "small.json", "--json", "--set", "probes.0.file=\"E.h5\""});
  EXPECT_EQ(run.exit_code, 3);
  EXPECT_EQ(run.json()["error"]["path"], "/probes/0/file");
}

TEST(BrokenText, AnEmptyPopulationIsNoError) {
  Workshop shop;
  shop.write("small.json", small_network);
  const Outcome run = shop.run({"run", "small.json", "--json", "--set", "populations.I.size=0", "--set", "projections=[]"});
  EXPECT_EQ(run.exit_code, 0) << run.out << run.err;
}

}  // namespace
}  // namespace spikeloom
