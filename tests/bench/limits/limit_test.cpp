// The machine's limits are measured on right results only: a loop that leaves work out is found.
#include "bench/limits/limit.hpp"

#include <gtest/gtest.h>

#include <functional>
#include <stdexcept>

namespace spikeloom::limits {
namespace {

const Sizes tiny{.large_bytes = 1 << 20, .synapse_bytes = 1 << 18, .least_operations = 1 << 14, .repeats = 1};

void measure_all(const Loops& loops) {
  for (const auto measure : {memory_limits, delivery_limits, neuron_limits})
    for (const Limit& limit : measure(loops, tiny, 2)) {
      ASSERT_FALSE(limit.speeds.empty()) << limit.name;
      for (const Speed& speed : limit.speeds) {
        EXPECT_GT(speed.best, 0) << limit.name;
        EXPECT_LE(speed.worst, speed.best) << limit.name;
      }
    }
}

TEST(Limits, AreMeasuredOnRightResults) { measure_all(loops_v2()); }

TEST(Limits, ALoopThatLeavesWorkOutIsFound) {
  const auto broken = [](const std::function<void(Loops&)>& breaks) {
    Loops loops = loops_v2();
    breaks(loops);
    return loops;
  };
  const auto no_segments = [](const std::byte*, const Segment*, std::size_t, std::int32_t*) {};
  EXPECT_THROW(memory_limits(broken([](Loops& l) { l.read = [](auto...) { return std::uint64_t{0}; }; }), tiny, 1),
               std::runtime_error);
  EXPECT_THROW(memory_limits(broken([](Loops& l) { l.chase = [](auto, auto start, auto) { return start + 1; }; }), tiny, 1),
               std::runtime_error);
  EXPECT_THROW(memory_limits(broken([](Loops& l) { l.random_lines = [](auto...) { return std::uint64_t{0}; }; }), tiny, 1),
               std::runtime_error);
  EXPECT_THROW(delivery_limits(broken([](Loops& l) { l.ring_8 = [](auto...) {}; }), tiny, 1), std::runtime_error);
  EXPECT_THROW(delivery_limits(broken([](Loops& l) { l.ring_4 = [](auto...) {}; }), tiny, 1), std::runtime_error);
  EXPECT_THROW(delivery_limits(broken([&](Loops& l) { l.segments_4 = no_segments; }), tiny, 1), std::runtime_error);
  EXPECT_THROW(delivery_limits(broken([&](Loops& l) { l.segments_4_no_prefetch = no_segments; }), tiny, 1), std::runtime_error);
  EXPECT_THROW(delivery_limits(broken([&](Loops& l) { l.segments_5 = no_segments; }), tiny, 1), std::runtime_error);
  EXPECT_THROW(neuron_limits(broken([](Loops& l) { l.lif = [](auto...) { return std::uint64_t{1}; }; }), tiny, 1),
               std::runtime_error);
  EXPECT_THROW(neuron_limits(broken([](Loops& l) {
                               l.lif_poisson = [](auto& lif, auto& cells, auto&, auto) { return loops_v2().lif(lif, cells); };
                             }),
                             tiny, 1),
               std::runtime_error);
}

}  // namespace
}  // namespace spikeloom::limits
