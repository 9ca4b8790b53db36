// Rates and CVs of every run, against intervals counted by hand.
#include "core/run/spike_counts.hpp"

#include <gtest/gtest.h>
#include <cmath>

#include "tests/core/run/tiny_network.hpp"

namespace spikeloom {
namespace {

struct Counted {
  CompiledNetwork network;
  explicit Counted(std::int64_t warmup) : network(tiny::network(0.1)) {
    network.warmup_steps = warmup;
    tiny::add_population(network, "A", 2);
  }
  PopulationCounts run(std::initializer_list<std::int64_t> cell0, std::int64_t end) const {
    SpikeCounts counts(network);
    const std::uint32_t cell[] = {0};
    for (const std::int64_t n : cell0) counts.add(n, 0, cell);
    Recording recording;
    counts.report({end, 0}, recording);
    return recording.populations[0];
  }
};

TEST(SpikeCounts, TheCvIsThatOfThePopulationStandardDeviation) {
  const auto counts = Counted(0).run({10, 20, 50, 70}, 1000);  // intervals 10, 30, 20
  EXPECT_DOUBLE_EQ(counts.cv_isi, std::sqrt(200.0 / 3) / 20);
  EXPECT_EQ(counts.spikes, 4u);
  EXPECT_DOUBLE_EQ(counts.rate_hz, 4 / (2 * 0.1));
}

TEST(SpikeCounts, CellsWithFewerThanThreeIntervalsHaveNone) {
  EXPECT_TRUE(std::isnan(Counted(0).run({10, 20, 50}, 1000).cv_isi));
}

TEST(SpikeCounts, TheWarmUpIsLeftOutOfCountsRatesAndIntervals) {
  const auto counts = Counted(50).run({10, 20, 50, 51, 60, 70, 79}, 100);  // counted: 51 60 70 79
  EXPECT_EQ(counts.spikes, 4u);
  EXPECT_DOUBLE_EQ(counts.rate_hz, 4 / (2 * 0.005));
  EXPECT_DOUBLE_EQ(counts.cv_isi, std::sqrt(3 * (81 + 100 + 81) - 28 * 28) / 28);
}

TEST(SpikeCounts, TheSpreadOfRatesIsThatOverCellsSilentOnesIncluded) {
  const auto counts = Counted(50).run({10, 51, 60, 70, 79}, 100);  // 4 spikes of cell 0 and none of cell 1 in 5 ms
  EXPECT_DOUBLE_EQ(counts.rate_sd_hz, 2 / 0.005);
  EXPECT_EQ(Counted(0).run({}, 100).rate_sd_hz, 0);
}

TEST(SpikeCounts, RegularFiringLateInAVeryLongRunHasACvOfExactlyZero) {
  const std::int64_t far = std::int64_t{1} << 50, apart = std::int64_t{1} << 40;
  EXPECT_EQ(Counted(0).run({far, far + apart, far + 2 * apart, far + 3 * apart}, far + 4 * apart).cv_isi, 0);
}

TEST(SpikeCounts, LabelsAreShiftedWhereAModelLabelsTheStartOfItsSteps) {
  Counted shifted(10);
  shifted.network.populations[0].label_shift = -1;
  EXPECT_EQ(shifted.run({11, 12}, 100).spikes, 1u) << "step 11 is labelled 10, which is warm-up";
}

TEST(SpikeCounts, GoOnFromTheirBytes) {
  const Counted base(0);
  SpikeCounts whole(base.network), first(base.network), second(base.network);
  const std::uint32_t cell[] = {1};
  for (const std::int64_t n : {3, 9, 11, 30, 44}) {
    whole.add(n, 0, cell);
    if (n < 10) first.add(n, 0, cell);
  }
  ByteWriter out;
  first.save(out);
  ByteReader in(out.bytes());
  second.load(in);
  for (const std::int64_t n : {11, 30, 44}) second.add(n, 0, cell);
  Recording a, b;
  whole.report({50, 0}, a);
  second.report({50, 0}, b);
  EXPECT_EQ(whole.hash(), second.hash());
  EXPECT_EQ(a.populations[0].cv_isi, b.populations[0].cv_isi);
  EXPECT_EQ(a.spikes, b.spikes);
}

}  // namespace
}  // namespace spikeloom
