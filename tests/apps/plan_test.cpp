// `spikeloom plan` against what runs really take, and its refusals.
#include <gtest/gtest.h>

#include <algorithm>

#include "tests/apps/command.hpp"

namespace spikeloom {
namespace {

/// 10,000 cells and 10 million synapses: large enough that the process itself does not hide the rest.
constexpr const char* middle_network = R"({
  "spikeloom": 1, "name": "middle",
  "run": {"duration_ms": 20, "seed": 3, "precision": "single"},
  "populations": {"E": {"size": 10000, "model": "lif_exp", "parameters": {"I_e_pA": 400}}},
  "projections": [{"from": "E", "to": "E", "connect": {"fixed_out_degree": 1000}, "weight": {"normal": {"mean": 5, "sd": 1, "min": 0}},
                   "delay_ms": {"uniform": [0.5, 5]}}]
})";

TEST(PlanCommand, TotalPredictsThePeakWithinTenPercent) {
  if (memory_is_shadowed) GTEST_SKIP() << shadowed;
  Workshop shop;
  shop.write("middle.json", middle_network);
  for (const char* threads : {"1", "2"}) {
    for (const char* precision : {"single", "double"}) {
      const Outcome plan = shop.run({"plan", "middle.json", "--json", "--threads", threads, "--precision", precision});
      ASSERT_EQ(plan.exit_code, 0) << plan.out << plan.err;
      const Outcome run = shop.run({"run", "middle.json", "--json", "--threads", threads, "--precision", precision});
      ASSERT_EQ(run.exit_code, 0) << run.out << run.err;
      const double predicted = plan.json()["bytes"]["total"], peak = run.json()["peak_bytes"];
      EXPECT_NEAR(predicted / peak, 1, 0.1) << threads << " threads, " << precision << ", " << plan.json()["bytes"];
      EXPECT_EQ(plan.json()["synapses"], run.json()["synapses"]);
    }
  }
}

/// How many pages of the program itself are resident is up to the kernel (fault-around, page cache): 0.86 of 8.57 MB were seen.
constexpr double small_process_bytes = 1.5e6;

/// cells, synapses of each.
std::string network_of(const std::string& cells, const std::string& degree) {
  return R"({"spikeloom": 1, "name": "sized", "run": {"duration_ms": 20, "seed": 3},
    "populations": {"E": {"size": )" +
         cells + R"(, "model": "lif_exp", "parameters": {"I_e_pA": 400}}}, "projections": [)" +
         (degree == "0" ? ""
                        : R"({"from": "E", "to": "E", "connect": {"fixed_out_degree": )" + degree +
                              R"(}, "weight": {"normal": {"mean": 5, "sd": 1, "min": 0}}, "delay_ms": {"uniform": [0.5, 5]}})") +
         "]}";
}

void expect_peak_within_ten_percent(const std::string& cells, const std::string& degree, const std::vector<std::string>& more) {
  Workshop shop;
  shop.write("sized.json", network_of(cells, degree));
  std::vector<std::string> plan_line = {"plan", "sized.json", "--json"},
                           run_line = {"run", "sized.json", "--json", "--overwrite"};
  std::string text = cells + " cells, " + degree + " synapses each";
  for (const auto& word : more) plan_line.push_back(word), run_line.push_back(word), text += " " + word;
  const Outcome plan = shop.run(plan_line);
  ASSERT_EQ(plan.exit_code, 0) << plan.out << plan.err;
  const double predicted = plan.json()["bytes"]["total"];
  // That two threads build at the same moment is predicted, but up to the machine: in one small run of ten they do not.
  double peak = 0;
  for (int tries = 0; tries < 3 && predicted - peak > std::max(0.1 * peak, small_process_bytes); ++tries) {
    const Outcome run = shop.run(run_line);
    ASSERT_EQ(run.exit_code, 0) << run.out << run.err;
    peak = std::max<double>(peak, run.json()["peak_bytes"]);
  }
  EXPECT_NEAR(predicted, peak, std::max(0.1 * peak, small_process_bytes))
      << text << " " << plan.json()["bytes"] << " peak " << peak;
}

TEST(PlanCommand, PredictsSmallRunsToo) {
  if (memory_is_shadowed) GTEST_SKIP() << shadowed;
  for (const char* precision : {"single", "double"}) {
    for (const char* threads : {"1", "2"})
      for (const auto& [cells, degree] : {std::pair("10", "5"),
                                          {"1000", "0"},
                                          {"1000", "100"},
                                          {"10000", "10"},
                                          {"10000", "100"},
                                          {"100000", "0"},
                                          {"100000", "20"}})
        expect_peak_within_ten_percent(cells, degree, {"--precision", precision, "--threads", threads});
    for (const auto& [cells, degree] : {std::pair("10", "5"), {"1000", "100"}, {"10000", "100"}, {"100000", "0"}})
      expect_peak_within_ten_percent(cells, degree, {"--precision", precision, "--backend", "reference"});
  }
}

TEST(PlanCommand, PredictsManyPopulationsToo) {
  if (memory_is_shadowed) GTEST_SKIP() << shadowed;
  Workshop shop;
  std::string populations;
  for (int k = 0; k < 10000; ++k)
    populations += std::string(k > 0 ? ", " : "") + "\"p" + std::to_string(k) + R"(": {"size": 1, "model": "lif_delta"})";
  shop.write("many.json", R"({"spikeloom": 1, "run": {"duration_ms": 1}, "populations": {)" + populations + "}}");
  for (const char* threads : {"1", "2"}) {
    const Outcome plan = shop.run({"plan", "many.json", "--json", "--threads", threads});
    const Outcome run = shop.run({"run", "many.json", "--json", "--threads", threads});
    ASSERT_EQ(run.exit_code, 0) << run.out << run.err;
    EXPECT_EQ(run.json()["rates_hz"].size(), 10000u);
    const double predicted = plan.json()["bytes"]["total"], peak = run.json()["peak_bytes"];
    EXPECT_NEAR(predicted / peak, 1, 0.1) << threads << " threads, " << plan.json()["bytes"] << " peak " << peak;
  }
}

TEST(LongPlanCommand, PredictsAHundredMillionSynapses) {
  expect_peak_within_ten_percent("50000", "2000", {"--precision", "single", "--threads", "2"});
}

TEST(PlanCommand, LooksAtFewSynapsesHoweverManyARowHolds) {
  if (memory_is_shadowed) GTEST_SKIP() << shadowed;
  Workshop shop;
  for (const char* total : {"536870912", "2147483648"}) {
    shop.write("dense.json",
               R"({"spikeloom": 1, "run": {"duration_ms": 1}, "populations": {"E": {"size": 20, "model": "lif_exp"}},
      "projections": [{"from": "E", "to": "E", "connect": {"fixed_total": )" +
                   std::string(total) + R"(}, "weight": {"uniform": [0, 0.001]}}]})");
    const Outcome plan = shop.run({"plan", "dense.json", "--json", "--precision", "single"});
    if (plan.exit_code == 3) {
      EXPECT_EQ(plan.json()["error"]["kind"], "memory") << plan.out;
    } else {
      ASSERT_EQ(plan.exit_code, 0) << plan.out << plan.err;
      EXPECT_LT(plan.json()["bytes"]["process"], 50e6) << "the rows themselves are gigabytes";
      EXPECT_GT(plan.json()["bytes"]["synapses"], 2e9);
    }
  }
}

TEST(PlanCommand, MakesNoneOfTheWeightsOfAReadout) {
  if (memory_is_shadowed) GTEST_SKIP() << shadowed;
  Workshop shop;
  shop.write("wide.json", R"({"spikeloom": 1, "run": {"duration_ms": 1}, "populations": {"E": {"size": 100, "model": "lif_exp"}},
    "signals": {"x": {"trace_of": "E", "tau_ms": 20}, "z": {"readout": {"of": "x", "channels": 1000000, "weights": 0.5}}}})");
  const Outcome plan = shop.run({"plan", "wide.json", "--json"});
  if (plan.exit_code == 3) {
    EXPECT_EQ(plan.json()["error"]["kind"], "memory") << plan.out;
  } else {
    ASSERT_EQ(plan.exit_code, 0) << plan.out << plan.err;
    EXPECT_LT(plan.json()["bytes"]["process"], 50e6);
    EXPECT_GT(plan.json()["bytes"]["neurons"], 8e8);
  }
}

TEST(PlanCommand, PlansALineForRunAsItIs) {
  Workshop shop;
  shop.write("small.json", small_network);
  const Outcome plan = shop.run({"plan", "small.json", "--json", "--out", "there", "--overwrite", "--plot", "p.svg"});
  ASSERT_EQ(plan.exit_code, 0) << plan.out << plan.err;
  EXPECT_GT(plan.json()["bytes"]["recording"], shop.run({"plan", "small.json", "--json"}).json()["bytes"]["recording"])
      << "a picture keeps the spikes in memory";
  EXPECT_FALSE(shop.has("there"));
  EXPECT_FALSE(shop.has("p.svg"));
}

TEST(PlanCommand, PicturesOfARunOfAgesAreRefused) {
  Workshop shop;
  shop.write("ages.json", R"({"spikeloom": 1, "run": {"step_ms": 1000}, "populations": {"E": {"size": 2048, "model": "lif_exp"}},
    "probes": [{"state": "V_m_mV", "of": "E", "every_ms": 1000}]})");
  for (const char* duration : {"4.5e18", "9e18"}) {  // 2^52, 2^53 samples of 2048 numbers: 2^66 and 2^67 bytes
    const Outcome plan = shop.run({"plan", "ages.json", "--json", "--plot", "p.svg", "--duration-ms", duration});
    EXPECT_EQ(plan.exit_code, 3) << plan.out;
    EXPECT_EQ(plan.json()["error"]["kind"], "memory") << plan.out;
  }
}

TEST(PlanCommand, HasTheDocumentedKeysAndPartsThatAddUp) {
  Workshop shop;
  shop.write("small.json", small_network);
  const auto plan = shop.run({"plan", "small.json", "--json"}).json();
  for (const char* key : {"bytes", "synapses", "neurons", "predicted_real_time_factor", "rounded_delays", "warnings", "grids"})
    EXPECT_TRUE(plan.contains(key)) << key;
  const auto& bytes = plan["bytes"];
  EXPECT_EQ(bytes["total"].get<double>(), bytes["neurons"].get<double>() + bytes["synapses"].get<double>() +
                                              bytes["recording"].get<double>() + bytes["scratch"].get<double>() +
                                              bytes["process"].get<double>());
  EXPECT_GT(plan["rounded_delays"]["rounded"], 0);
  EXPECT_FALSE(plan["grids"].empty());
  EXPECT_FALSE(shop.has("small.out"));
}

TEST(PlanCommand, WhatDoesNotFitIsRefusedBeforeItIsAllocated) {
  Workshop shop;
  shop.write("middle.json", middle_network);
  for (const char* command : {"plan", "run"}) {
    const Outcome refused = shop.run({command, "middle.json", "--json", "--set", "populations.E.size=2000000", "--set",
                                      "projections.0.connect.fixed_out_degree=100000"});
    EXPECT_EQ(refused.exit_code, 3) << command << refused.out << refused.err;
    EXPECT_EQ(refused.json()["error"]["kind"], "memory") << refused.out;
  }
}

}  // namespace
}  // namespace spikeloom
