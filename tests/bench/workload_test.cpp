// The list of workloads is complete, and an answer outside its range is found.
#include "bench/workload.hpp"

#include <gtest/gtest.h>

#include <cmath>
#include <set>

#include "tests/house/files.hpp"

namespace spikeloom::bench {
namespace {

const std::string list = (house::source / "bench/workloads.json").string();

Workload one_population() { return {"w", "f", 0, 100, {}, {{"E", {Range{4, 5}, Range{1, 2}, Range{0.6, 0.8}}}}}; }

Recording recording(double rate, double sd, double cv) {
  Recording r;
  r.populations.push_back({"E", 10, 0, rate, cv, sd});
  return r;
}

TEST(Workloads, OfTheListHaveNetworksTimesAndAnswers) {
  std::set<std::string> names;
  for (const Workload& workload : read_workloads(list)) {
    names.insert(workload.name);
    EXPECT_TRUE(house::fs::exists(house::source / "examples" / workload.network)) << workload.name;
    EXPECT_LT(workload.warmup_ms, workload.duration_ms) << workload.name;
    EXPECT_FALSE(workload.answers.empty()) << workload.name;
    for (const auto& [population, answer] : workload.answers) {
      ASSERT_TRUE(answer.rate_hz) << workload.name << " " << population;
      EXPECT_LT(answer.rate_hz->low, answer.rate_hz->high) << workload.name << " " << population;
    }
  }
  for (const char* name : {"microcircuit", "microcircuit_compact", "microcircuit_dc", "microcircuit_tenth", "brunel_alpha",
                           "coba", "izhikevich_2003", "izhikevich_100k"})
    EXPECT_TRUE(names.contains(name)) << name;
}

TEST(Workloads, AnAnswerWithinItsRangesIsRight) { EXPECT_EQ(fault(one_population(), recording(4.5, 1.5, 0.7)), ""); }

TEST(Workloads, AWrongRateSpreadOrCvIsFound) {
  EXPECT_NE(fault(one_population(), recording(5.1, 1.5, 0.7)).find("rate of E"), std::string::npos);
  EXPECT_NE(fault(one_population(), recording(4.5, 0.9, 0.7)).find("spread"), std::string::npos);
  EXPECT_NE(fault(one_population(), recording(4.5, 1.5, 0.9)).find("CV"), std::string::npos);
  EXPECT_NE(fault(one_population(), recording(4.5, 1.5, std::nan(""))), "");
  EXPECT_NE(fault(one_population(), recording(std::nan(""), 1.5, 0.7)), "");
  EXPECT_NE(fault(one_population(), Recording{}).find("no population"), std::string::npos);
}

TEST(Workloads, AListThatCannotBeReadIsAnError) {
  EXPECT_THROW(read_workloads("/nowhere.json"), std::runtime_error);
  EXPECT_THROW(read_workloads((house::source / "bench/networks/scaling.json").string()), std::runtime_error);
}

}  // namespace
}  // namespace spikeloom::bench
