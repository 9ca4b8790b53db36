// `spikeloom verify` and `compare`: equal runs are found equal, and different ones are told apart with the first difference.
#include <fmt/format.h>
#include <gtest/gtest.h>

#include "tests/apps/command.hpp"

namespace spikeloom {
namespace {

TEST(VerifyCommand, AllWaysOfRunningGiveOneHash) {
  Workshop shop;
  shop.write("small.json", small_network);
  const Outcome verify = shop.run({"verify", "small.json", "--json"});
  ASSERT_EQ(verify.exit_code, 0) << verify.out << verify.err;
  const auto json = verify.json();
  EXPECT_EQ(json["identical"], true);
  EXPECT_TRUE(json["first_difference"].is_null());
  EXPECT_EQ(json["runs"].size(), 6u);  // 1, 2, 4 threads, split, restart, reference
  const auto run = shop.run({"run", "small.json", "--json"}).json();
  for (const auto& entry : json["runs"]) {
    EXPECT_EQ(entry["spike_hash"], run["spike_hash"]) << entry;
    EXPECT_EQ(entry["state_hash"], run["state_hash"]) << entry;
  }
}

TEST(CompareCommand, EqualFoldersAreIdenticalAndOthersShowTheirFirstDifference) {
  Workshop shop;
  shop.write("small.json", small_network);
  ASSERT_EQ(shop.run({"run", "small.json", "--out", "a"}).exit_code, 0);
  ASSERT_EQ(shop.run({"run", "small.json", "--out", "b", "--threads", "1"}).exit_code, 0);
  ASSERT_EQ(shop.run({"run", "small.json", "--out", "c", "--seed", "4", "--set", "probes.0.file=\"E.npy\""}).exit_code, 0);
  const auto same = shop.run({"compare", "a", "b", "--json"}).json();
  EXPECT_EQ(same["identical"], true);
  EXPECT_TRUE(same["first_difference"].is_null());
  EXPECT_EQ(same["distances"]["E"]["van_rossum"], 0.0);
  const auto other = shop.run({"compare", "a", "c", "--json"}).json();
  EXPECT_EQ(other["identical"], false);
  EXPECT_EQ(other["first_difference"]["population"], "E");
  EXPECT_GT(other["distances"]["E"]["van_rossum"], 0.5);
  EXPECT_EQ(other["rates_hz"].size(), 2u);
  for (const char* option : {"--seed", "--threads", "--duration-ms"}) {
    const Outcome refused = shop.run({"compare", "a", "b", option, "2"});
    EXPECT_EQ(refused.exit_code, 2) << option;
    EXPECT_NE(refused.err.find(option), std::string::npos) << refused.err;
  }
}

TEST(CompareCommand, RunsOneNetworkOnSeveralBackendsOrSteps) {
  Workshop shop;
  shop.write("small.json", small_network);
  const Outcome backends = shop.run({"compare", "small.json", "--backends", "reference,cpu", "--json"});
  ASSERT_EQ(backends.exit_code, 0) << backends.out << backends.err;
  EXPECT_EQ(backends.json()["identical"], true);
  const Outcome steps = shop.run({"compare", "small.json", "--steps", "0.5,0.1", "--json"});
  ASSERT_EQ(steps.exit_code, 0) << steps.out << steps.err;
  EXPECT_EQ(steps.json()["identical"], false);
  EXPECT_EQ(steps.json()["cv_isi"].size(), 2u);
  const Outcome exact = shop.run({"compare", "small.json", "--steps", "0.1,exact", "--json"});
  ASSERT_EQ(exact.exit_code, 0) << exact.out << exact.err;
  EXPECT_NEAR(exact.json()["rates_hz"][0]["E"], exact.json()["rates_hz"][1]["E"], 5);
  EXPECT_EQ(shop.run({"verify", "small.json", "--set", "populations.E.update=exact", "--json"}).json()["identical"], true);
  EXPECT_FALSE(shop.has("small.out"));
}

TEST(CompareCommand, TellsWhatWasRoundedForWhichStep) {
  Workshop shop;
  shop.write("small.json", small_network);
  const std::vector<std::string> arguments{"compare", "small.json", "--steps", "0.7,0.5", "--duration-ms", "50"};
  EXPECT_NE(shop.run(arguments).out.find("warning (0.7): /run/duration_ms"), std::string::npos);
  std::vector<std::string> json = arguments;
  json.emplace_back("--json");
  const auto runs = shop.run(json).json()["runs"];
  EXPECT_EQ(runs[0]["warnings"].size(), 1u);
  EXPECT_EQ(runs[1]["warnings"].size(), 0u);
}

/// One cell under constant current: all that the step changes is rounding, so every number is known.
constexpr const char* one_cell = R"({"spikeloom": 1, "run": {"duration_ms": 100},
  "populations": {"A": {"size": 1, "model": "lif_exp", "parameters": {"I_e_pA": 1000}},
                  "quiet": {"size": 2, "model": "lif_exp"}}})";

TEST(CompareCommand, ShowsWhatTheStepDoesToRatesAndFirstSpikes) {
  Workshop shop;
  shop.write("one.json", one_cell);
  const Outcome steps = shop.run({"compare", "one.json", "--steps", "1,0.5,0.1", "--json", "--plot", "steps.svg"});
  ASSERT_EQ(steps.exit_code, 0) << steps.out << steps.err;
  const auto json = steps.json();
  // The potential reaches its threshold at 4.70004 ms and 2 ms later begins anew.
  EXPECT_EQ(json["first_spikes"][0]["A"]["earliest_ms"], 5.0);
  EXPECT_EQ(json["first_spikes"][1]["A"]["earliest_ms"], 5.0);
  EXPECT_NEAR(json["first_spikes"][2]["A"]["earliest_ms"], 4.8, 1e-12);
  EXPECT_NEAR(json["distances"]["1"]["A"]["first_spike_ms"], 0.2, 1e-12);
  EXPECT_EQ(json["first_spikes"][0]["A"]["cells"], 1);
  EXPECT_EQ(json["first_spikes"][0]["quiet"]["cells"], 0);
  EXPECT_TRUE(json["first_spikes"][0]["quiet"]["mean_ms"].is_null());
  EXPECT_TRUE(json["distances"]["1"]["quiet"]["first_spike_ms"].is_null());
  EXPECT_EQ(json["rates_hz"][0]["A"], 140.0);  // every 7 ms from 5 on
  EXPECT_EQ(json["rates_hz"][2]["A"], 150.0);  // every 6.8 ms from 4.8 on
  EXPECT_TRUE(shop.has("steps.svg"));

  const auto exact = shop.run({"compare", "one.json", "--steps", "0.1,exact", "--json"}).json();
  EXPECT_NEAR(exact["first_spikes"][1]["A"]["earliest_ms"], 4.700036292457356, 1e-12);
  EXPECT_NEAR(exact["distances"]["0.1"]["A"]["first_spike_ms"], 4.8 - 4.700036292457356, 1e-12);

  const Outcome text = shop.run({"compare", "one.json", "--steps", "1,0.5,0.1"});
  EXPECT_NE(text.out.find(fmt::format("{:<28} {:>11} {:>11} {:>11}", "earliest spike (ms)", "5", "5", "4.8")), std::string::npos)
      << text.out;
  EXPECT_EQ(shop.run({"compare", "one.json", "--steps", "1,0.1", "--plot", "steps.svg"}).exit_code, 2) << "would be overwritten";
  EXPECT_EQ(shop.run({"compare", "one.json", "--backends", "cpu,cpu", "--plot", "other.svg"}).exit_code, 2);
}

TEST(CompareCommand, TheStepsTriedReplaceUpdateAndSchemeOfTheFile) {
  Workshop shop;
  const auto write = [&](const std::string& update) {
    shop.write("cell.json",
               R"({"spikeloom": 1, "run": {"duration_ms": 300}, "populations": {"the.cell": {"size": 1, "model": "izhikevich",
      "parameters": {"I_e": 10}, )" +
                   update + "}}}");
    const Outcome ran = shop.run({"compare", "cell.json", "--steps", "0.5,exact", "--json"});
    EXPECT_EQ(ran.exit_code, 0) << ran.out << ran.err;
    return ran.json();
  };
  const auto stepped = write(R"("scheme": "euler")"), exact = write(R"("update": "exact", "tolerance_ms": 0.001)");
  EXPECT_NEAR(stepped["first_spikes"][1]["the.cell"]["earliest_ms"], 3.1271, 1e-4);
  EXPECT_NEAR(exact["first_spikes"][1]["the.cell"]["earliest_ms"], 3.1271, 1e-4);
  EXPECT_EQ(exact["first_spikes"][0]["the.cell"]["earliest_ms"], 4.0) << "stepped by the default scheme";
}

}  // namespace
}  // namespace spikeloom
