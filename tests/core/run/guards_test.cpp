// A state that is not finite is found and named.
#include "core/run/guards.hpp"

#include <gtest/gtest.h>
#include <algorithm>
#include <cmath>

#include "core/errors.hpp"
#include "tests/core/run/tiny_network.hpp"

namespace spikeloom {
namespace {

TEST(CheckFinite, NamesPopulationCellTimeAndState) {
  auto network = tiny::network(0.1);
  tiny::add_population(network, "A", 1000);
  for (const float bad : {INFINITY, -INFINITY, NAN}) {
    std::vector<float> values(1000, 3e38f);
    EXPECT_NO_THROW(check_finite(network, 0, 0, values.data(), values.size(), 7)) << "large is not infinite";
    values[999] = bad;
    try {
      check_finite(network, 0, 0, values.data(), values.size(), 7);
      FAIL();
    } catch (const Error& error) {
      EXPECT_EQ(error.kind, "nan");
      EXPECT_EQ(error.exit, Exit::run_failed);
      for (const char* part : {"V", "cell 999", "A", "0.7 ms"})
        EXPECT_NE(std::string(error.what()).find(part), std::string::npos) << part;
    }
  }
}

TEST(CheckFinite, IsDueAtStepsThatOnlyTheNetworkSets) {
  auto network = tiny::network(0.1);
  network.duration_steps = 250;
  std::vector<std::int64_t> due;
  for (std::int64_t n = next_finite_check(network, 0); n <= 400; n = next_finite_check(network, n)) due.push_back(n);
  EXPECT_EQ(due, (std::vector<std::int64_t>{100, 200, 250, 300, 400}));
  for (std::int64_t n = 1; n <= 400; ++n) EXPECT_EQ(finite_check_due(network, n), std::ranges::count(due, n) == 1) << n;
}

/// One cell of B, the second population, fires in each step that `fires` says.
template <class Fires>
void count_steps(RunawayGuard& guard, std::int64_t from, std::int64_t to, const Fires& fires) {
  for (std::int64_t n = from; n <= to; ++n) {
    StepSpikes spikes;
    spikes.of_population.resize(2);
    if (fires(n)) spikes.of_population[1] = {3};
    guard.count(n, spikes);
    guard.check(n);
  }
}

CompiledNetwork two_populations(double step_ms) {
  auto network = tiny::network(step_ms);
  tiny::add_population(network, "A", 10);
  tiny::add_population(network, "B", 10);
  return network;
}

TEST(RunawayGuard, AllowsTwoHundredSpikesInAnyMillisecondAndNoMore) {
  const auto network = two_populations(0.002);
  RunawayGuard calm(network);  // 200 in every window of 500 steps
  EXPECT_NO_THROW(count_steps(calm, 1, 5000, [](std::int64_t n) { return n % 500 < 200; }));
  RunawayGuard wild(network);
  EXPECT_NO_THROW(count_steps(wild, 1, 200, [](std::int64_t) { return true; }));
  EXPECT_EQ(wild.first_possible(200), 201);
  EXPECT_NO_THROW(count_steps(wild, 201, 499, [](std::int64_t) { return false; }));
  try {
    count_steps(wild, 500, 500, [](std::int64_t) { return true; });  // the first is still within: (0, 500]
    FAIL();
  } catch (const Error& error) {
    EXPECT_EQ(error.kind, "runaway");
    EXPECT_EQ(error.exit, Exit::run_failed);
    for (const char* part : {"cell 3", "population B", "1 ms"})
      EXPECT_NE(std::string(error.what()).find(part), std::string::npos) << error.what();
  }
  RunawayGuard late(network);
  EXPECT_NO_THROW(count_steps(late, 1, 501, [](std::int64_t n) { return n <= 200 || n == 501; })) << "the first has left";
}

TEST(RunawayGuard, TakesUpTheSpikesOfACheckpoint) {
  const auto network = two_populations(0.002);
  std::vector<SpikeInFlight> spikes;
  for (std::int64_t n = 1; n <= 1000; n += 5) spikes.push_back({n, 13, 1});  // cell 3 of B: 100 of them in (500, 1000]
  spikes.push_back({1000, 25, 1});                                           // a source: nobody's cell
  RunawayGuard guard(network);
  guard.load(1000, spikes);
  EXPECT_EQ(guard.first_possible(1000), 1101);
  EXPECT_THROW(count_steps(guard, 1001, 1500, [](std::int64_t) { return true; }), Error);
}

TEST(RunawayGuard, IsOffInStepsTooCoarseToPassTheLimit) {
  const auto network = two_populations(0.005);
  RunawayGuard guard(network);
  EXPECT_EQ(guard.history_steps(), 0);
  EXPECT_GT(guard.first_possible(0), 1'000'000'000'000);
  EXPECT_NO_THROW(count_steps(guard, 1, 2000, [](std::int64_t) { return true; }));
}

}  // namespace
}  // namespace spikeloom
