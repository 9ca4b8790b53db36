// The continuous current of a step is the value at its start, term by term in order.
#include "core/run/currents.hpp"

#include <gtest/gtest.h>
#include <cmath>

#include "core/math/functions.hpp"
#include "tests/core/run/tiny_network.hpp"

namespace spikeloom {
namespace {

using Table = CompiledCurrent::Steps;

/// A network of one population, and the runners that its currents need.
template <class Real>
struct Bench {
  explicit Bench(const CompiledNetwork& network_)
      : network(network_), signals(network), modulator(network), currents(network, signals, modulator) {}
  std::vector<Real> at(std::int64_t n) const {
    std::vector<Real> out(network.populations[0].size);
    currents.fill(0, n, 0, static_cast<std::uint32_t>(out.size()), out.data());
    return out;
  }
  CompiledNetwork network;
  SignalBank signals;
  Modulator modulator;
  CurrentRunner<Real> currents;
};

CompiledNetwork one_population(std::uint32_t size, double bias = 0, double step_ms = 0.1) {
  auto network = tiny::network(step_ms);
  tiny::add_population(network, "A", size, bias);
  return network;
}

TEST(CurrentRunner, ATableActsFromTheStepThatStartsAtItsTime) {
  auto network = one_population(2, 1);
  network.currents.push_back(tiny::current(network, "in", 0, Table{{0.3, 0.7}, {{5, {}}, {-1, {}}}}));
  const Bench<double> bench(network);
  EXPECT_TRUE(bench.currents.uniform(0));
  EXPECT_TRUE(bench.currents.changes(0));
  EXPECT_EQ(bench.currents.shared(0, 3), 1);  // (0.2, 0.3]
  EXPECT_EQ(bench.currents.shared(0, 4), 6);  // starts at 0.3
  EXPECT_EQ(bench.currents.shared(0, 7), 6);
  EXPECT_EQ(bench.currents.shared(0, 8), 0);
}

TEST(CurrentRunner, WhatChangesAfterTheEndOfTimeNeverComes) {
  auto network = one_population(2, 1);
  network.currents.push_back(tiny::current(network, "in", 0, Table{{0, 1e300}, {{5, {}}, {-1, {}}}}));
  EXPECT_EQ(Bench<double>(network).currents.shared(0, 1000), 6);
}

TEST(CurrentRunner, StrictModelsTakeAChangeOneStepLaterButWhatStandsAtZeroAtOnce) {
  auto network = one_population(1);
  network.populations[0].variant = 1;
  network.currents.push_back(tiny::current(network, "in", 0, Table{{0, 0.3, 0.55}, {{80, {}}, {75, {}}, {70, {}}}}));
  const Bench<double> bench(network);
  EXPECT_EQ(bench.currents.shared(0, 1), 80);
  EXPECT_EQ(bench.currents.shared(0, 4), 80);  // starts at 0.3, not after it
  EXPECT_EQ(bench.currents.shared(0, 5), 75);
  EXPECT_EQ(bench.currents.shared(0, 6), 75);  // starts at 0.5
  EXPECT_EQ(bench.currents.shared(0, 7), 70);  // starts at 0.6, after 0.55
}

TEST(CurrentRunner, RampsHoldWithinTheirTimesAndAdd) {
  auto network = one_population(1, 0, 1.0);
  using Ramp = CompiledCurrent::Ramp;
  network.currents.push_back(tiny::current(network, "in", 0, std::vector<Ramp>{{2, 5, 10, 1}, {4, 8, 100, 0}}));
  const Bench<double> bench(network);
  std::vector<double> values;
  for (int n = 1; n <= 10; ++n) values.push_back(bench.currents.shared(0, n));
  EXPECT_EQ(values, (std::vector<double>{0, 0, 10, 11, 112, 100, 100, 100, 0, 0}));
}

TEST(CurrentRunner, ASineHasItsAmplitudeFrequencyAndPhase) {
  auto network = one_population(1, 0, 1.0);
  network.currents.push_back(tiny::current(network, "in", 0, CompiledCurrent::Sine{3, 50, 0.5, 1}));
  const Bench<double> bench(network);
  for (int n = 1; n <= 40; ++n)
    EXPECT_NEAR(bench.currents.shared(0, n), 1 + 3 * std::sin(2 * M_PI * 50 * (n - 1) / 1000.0 + 0.5), 1e-12);
}

TEST(CurrentRunner, TermsAreRoundedThenAddedInOrder) {
  auto network = one_population(1, 1e8);
  network.currents.push_back(tiny::current(network, "a", 0, Table{{0}, {{1, {}}}}));
  network.currents.push_back(tiny::current(network, "b", 0, Table{{0}, {{-1e8, {}}}}));
  EXPECT_EQ(Bench<float>(network).currents.shared(0, 1), 0.0f) << "in single precision the 1 is lost first";
  EXPECT_EQ(Bench<double>(network).currents.shared(0, 1), 1.0);
}

TEST(CurrentRunner, ASliceHearsOnlyItsOwnCells) {
  auto network = one_population(7, 1);
  auto c = tiny::current(network, "in", 0, Table{{0}, {{0, {10, 20}}}});
  c.first = 2;
  c.stride = 3;
  c.count = 2;  // cells 2 and 5
  network.currents.push_back(c);
  const Bench<double> bench(network);
  EXPECT_FALSE(bench.currents.uniform(0));
  EXPECT_EQ(bench.at(1), (std::vector<double>{1, 1, 11, 1, 1, 21, 1}));
  double part[3];
  bench.currents.fill(0, 1, 3, 3, part);
  EXPECT_EQ(std::vector<double>(part, part + 3), (std::vector<double>{1, 1, 21}));
}

TEST(CurrentRunner, SignalsAreWeightedClippedAndSpread) {
  auto network = one_population(2);
  network.signals.push_back(tiny::signal("x", 2, CompiledSignal::External{}));
  network.currents.push_back(tiny::current(network, "all", 0, CompiledCurrent::FromSignal{0, {2}, -1.5, 8}));
  network.currents.push_back(
      tiny::current(network, "each", 0, CompiledCurrent::FromSignal{0, {1, 10, 100, 1000}, -unbounded, unbounded}));
  Bench<double> bench(network);
  bench.signals.set(0, std::vector<double>{1, 2});
  EXPECT_EQ(bench.at(1), (std::vector<double>{6 + 201, 6 + 2010}));
  bench.signals.set(0, std::vector<double>{-1, -2});
  EXPECT_EQ(bench.at(1), (std::vector<double>{-5 - 201, -5 - 2010}));
}

TEST(CurrentRunner, NoiseHasItsMomentsAndIsFreshForEveryCellAndBlock) {
  constexpr std::uint32_t size = 20000;
  auto network = one_population(size);
  network.currents.push_back(tiny::current(network, "noise", 0, CompiledCurrent::Noise{{2, {}}, {3, {}}, 5}));
  const Bench<double> bench(network);
  EXPECT_FALSE(bench.currents.uniform(0));
  const auto first = bench.at(1), held = bench.at(5), next = bench.at(6);
  EXPECT_EQ(first, held);
  EXPECT_NE(first, next);
  double sum = 0, squares = 0, product = 0;
  for (std::uint32_t i = 0; i < size; ++i) {
    sum += first[i] - 2;
    squares += (first[i] - 2) * (first[i] - 2);
    product += (first[i] - 2) * (next[i] - 2);
  }
  EXPECT_NEAR(sum / size, 0, 4 * 3 / std::sqrt(size));
  EXPECT_NEAR(squares / size, 9, 4 * 9 * std::sqrt(2.0 / size));
  EXPECT_NEAR(product / size, 0, 4 * 9 / std::sqrt(size)) << "blocks must be independent";
}

TEST(CurrentRunner, NoiseOfACellDependsOnNoSliceAndNoBlockOfWork) {
  auto network = one_population(200);
  network.currents.push_back(tiny::current(network, "noise", 0, CompiledCurrent::Noise{{0, {}}, {1, {}}, 1}));
  const Bench<float> bench(network);
  const auto whole = bench.at(9);
  for (const std::uint32_t first : {0u, 1u, 63u, 64u, 130u}) {
    std::vector<float> part(70);
    bench.currents.fill(0, 9, first, 70, part.data());
    for (std::uint32_t i = 0; i < 70; ++i) EXPECT_EQ(part[i], whole[first + i]) << first << " " << i;
  }
  const auto words = philox(network.currents[0].key, 130 / 4, 0, 8, 0);
  EXPECT_EQ(whole[130], math::normal_from_word<float>(words[130 % 4]));

  network.currents[0].first = 3;
  network.currents[0].stride = 5;
  network.currents[0].count = 30;
  const auto sliced = Bench<float>(network).at(9);
  for (std::uint32_t i = 0; i < 200; ++i) EXPECT_EQ(sliced[i], i >= 3 && i < 153 && i % 5 == 3 ? whole[i] : 0.0f) << i;
}

TEST(CurrentRunner, ABiasUnderModulationIsTheModulatedOne) {
  auto network = one_population(3, 5);
  network.signals.push_back(tiny::signal("x", 1, CompiledSignal::External{}));
  CompiledModulation modulation;
  modulation.scale = 2;
  modulation.parameter = 0;
  network.modulations.push_back(modulation);
  Bench<double> bench(network);
  bench.signals.set(0, std::vector<double>{10});
  EXPECT_EQ(bench.currents.shared(0, 1), 5);
  bench.modulator.update(bench.signals);
  EXPECT_TRUE(bench.currents.changes(0));
  EXPECT_EQ(bench.at(1), (std::vector<double>{25, 25, 25}));
}

}  // namespace
}  // namespace spikeloom
