// `spikeloom plan` against what runs really take, and its refusals.
#include <gtest/gtest.h>

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

TEST(PlanCommand, HasTheDocumentedKeysAndPartsThatAddUp) {
  Workshop shop;
  shop.write("small.json", small_network);
  const auto plan = shop.run({"plan", "small.json", "--json"}).json();
  for (const char* key : {"bytes", "synapses", "neurons", "predicted_real_time_factor", "rounded_delays", "warnings", "grids"})
    EXPECT_TRUE(plan.contains(key)) << key;
  const auto bytes = plan["bytes"];
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
