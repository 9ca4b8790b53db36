// Networks that learn end where their papers say they end.
#include <gtest/gtest.h>

#include "tests/house/files.hpp"

namespace {

using house::run_example;

constexpr const char* balanced = "inhibitory_plasticity/inhibitory_plasticity.json";

TEST(InhibitoryPlasticity, BringsWildCellsToTheirTargetAndToIrregularFiring) {
  const auto run = run_example(balanced, "--set run.warmup_ms=16000");
  EXPECT_NEAR(run.at("rates_hz").at("E").get<double>(), 3, 1.3);  // 4.0 Hz after 16 s, on its way down from 168
  EXPECT_GT(run.at("cv_isi").at("E").get<double>(), 0.7);
}

TEST(InhibitoryPlasticity, WithoutLearningTheNetworkStaysWild) {
  const auto run = run_example(balanced, "--duration-ms 2000 --set run.warmup_ms=1000 --set parameters.eta=0");
  EXPECT_GT(run.at("rates_hz").at("E").get<double>(), 30);
}

}  // namespace
