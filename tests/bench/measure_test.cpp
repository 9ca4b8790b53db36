// A measured run has figures, and a wrong answer or an error comes back from its process.
#include "bench/measure.hpp"

#include <gtest/gtest.h>

namespace spikeloom::bench {
namespace {

Workload small(Range rate) {
  return {"small",
          "balanced/coba.json",
          10,
          60,
          {{"populations.E.size", "400"}, {"populations.I.size", "100"}},
          {{"E", {rate, {}, {}}}}};
}

TEST(Measure, ARunHasItsFigures) {
  const Figures figures = measure(small({0, 1000}), {.threads = 1});
  EXPECT_GT(figures.wall_s, 0);
  EXPECT_GT(figures.build_s, 0);
  EXPECT_DOUBLE_EQ(figures.biological_s, 0.05);
  EXPECT_EQ(figures.neuron_steps, 500 * 500);
  EXPECT_GT(figures.synapses, 4000u);
  EXPECT_GT(figures.spikes, 0u);
  EXPECT_GT(figures.peak_bytes, 1u << 20);
}

TEST(Measure, AWrongAnswerIsNotReported) {
  try {
    measure(small({500, 1000}), {.threads = 1});
    FAIL() << "500 Hz is out of reach";
  } catch (const std::runtime_error& error) {
    EXPECT_NE(std::string(error.what()).find("wrong answer: rate of E"), std::string::npos) << error.what();
  }
}

TEST(Measure, AnErrorOfTheRunComesBack) {
  Workload broken = small({0, 1000});
  broken.settings.emplace_back("populations.E.size", "-3");
  EXPECT_THROW(measure(broken, {.threads = 1}), std::runtime_error);
}

}  // namespace
}  // namespace spikeloom::bench
