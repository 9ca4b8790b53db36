// Signals hold, after step n, the value of time n h.
#include "core/run/signals.hpp"

#include <gtest/gtest.h>
#include <cmath>

#include "tests/core/run/tiny_network.hpp"

namespace spikeloom {
namespace {

StepSpikes nothing(const CompiledNetwork& network) {
  StepSpikes spikes;
  spikes.of_population.resize(network.populations.size());
  spikes.of_source.resize(network.sources.size());
  return spikes;
}

TEST(SignalBank, APulseIsOnFromItsTimeUntilItsWidthIsOverAndRepeats) {
  auto network = tiny::network(0.1);
  network.signals.push_back(tiny::signal("cue", 1, CompiledSignal::Pulse{0.3, 0.2, 4, 0.7}));
  SignalBank bank(network);
  std::vector<int> on;
  for (int n = 1; n <= 20; ++n) {
    bank.update(n, nothing(network));
    if (bank.values(0)[0] == 4) on.push_back(n);
    else EXPECT_EQ(bank.values(0)[0], 0) << n;
  }
  EXPECT_EQ(on, (std::vector<int>{3, 4, 10, 11, 17, 18}));
}

TEST(SignalBank, APulseAtZeroActsBeforeTheFirstStep) {
  auto network = tiny::network(0.1);
  network.signals.push_back(tiny::signal("cue", 1, CompiledSignal::Pulse{0, 0.1, 2, 0}));
  SignalBank bank(network);
  EXPECT_EQ(bank.values(0)[0], 2);
  bank.update(1, nothing(network));
  EXPECT_EQ(bank.values(0)[0], 0);
}

TEST(SignalBank, StepsTakeDecimalTimesAsWritten) {
  auto network = tiny::network(0.1);
  network.signals.push_back(tiny::signal("level", 1, CompiledSignal::Steps{{0.3, 1.15}, {5, 7}}));
  SignalBank bank(network);
  std::vector<double> values{bank.values(0)[0]};
  for (int n = 1; n <= 12; ++n) {
    bank.update(n, nothing(network));
    values.push_back(bank.values(0)[0]);
  }
  EXPECT_EQ(values, (std::vector<double>{0, 0, 0, 5, 5, 5, 5, 5, 5, 5, 5, 5, 7}));
}

TEST(SignalBank, TracesDecayExponentiallyAndAddTheirScalePerSpike) {
  auto network = tiny::network(1.0);
  tiny::add_population(network, "A", 4);
  network.sources.push_back(tiny::list_source("S", 2, {}, {}));
  EndSegment slice{EndSegment::Kind::population, 0, 1, 2, 2, 0};  // cells 1 and 3
  EndSegment inputs{EndSegment::Kind::input, 0, 0, 1, 2, 2};
  network.signals.push_back(tiny::signal("x", 8, CompiledSignal::Trace{{slice, inputs}, {2, 50}, 0.5}));
  SignalBank bank(network);
  EXPECT_TRUE(bank.reads_spikes());
  auto spikes = nothing(network);
  spikes.of_population[0] = {0, 1, 2};
  spikes.of_source[0] = {{1, 3}};
  bank.update(1, spikes);
  const auto x = bank.values(0);
  EXPECT_EQ(std::vector<double>(x.begin(), x.end()), (std::vector<double>{0.5, 0, 0, 1.5, 0.5, 0, 0, 1.5}));
  for (int n = 2; n <= 11; ++n) bank.update(n, nothing(network));
  EXPECT_NEAR(bank.values(0)[0], 0.5 * std::exp(-10 / 2.0), 1e-15);
  EXPECT_NEAR(bank.values(0)[4], 0.5 * std::exp(-10 / 50.0), 1e-15);
}

TEST(SignalBank, TheRateOfRegularFiringIsItsFrequency) {
  auto network = tiny::network(0.1);
  tiny::add_population(network, "A", 10);
  network.signals.push_back(tiny::signal("rate", 1, CompiledSignal::Rate{{tiny::population_end(network, 0)}, 20, 10}));
  SignalBank bank(network);
  auto all = nothing(network);
  for (std::uint32_t i = 0; i < 10; ++i) all.of_population[0].push_back(i);
  double sum = 0;
  for (int n = 1; n <= 5000; ++n) {
    bank.update(n, n % 100 == 0 ? all : nothing(network));  // every 10 ms: 100 Hz
    if (n > 4000) sum += bank.values(0)[0];
  }
  EXPECT_NEAR(sum / 1000, 100, 0.5);
}

TEST(SignalBank, AReadoutIsTheMatrixTimesItsSource) {
  auto network = tiny::network();
  std::vector<double> weights;
  for (int i = 0; i < 26; ++i) weights.push_back(i);
  network.signals.push_back(tiny::signal("given", 13, CompiledSignal::External{}));
  network.signals.push_back(tiny::signal("out", 2, CompiledSignal::Readout{0, weights}));
  SignalBank bank(network);
  bank.set(0, std::vector<double>(13, 2.0));
  bank.update(1, nothing(network));
  EXPECT_EQ(bank.values(1)[0], 2 * 78);
  EXPECT_EQ(bank.values(1)[1], 2 * (78 + 13 * 13));
}

TEST(SignalBank, RefusesToSetWhatIsNotExternalOrDoesNotFit) {
  auto network = tiny::network();
  network.signals.push_back(tiny::signal("given", 2, CompiledSignal::External{}));
  network.signals.push_back(tiny::signal("level", 1, CompiledSignal::Steps{{0}, {1}}));
  SignalBank bank(network);
  EXPECT_THROW(bank.set(1, std::vector<double>{1}), Error);
  EXPECT_THROW(bank.set(0, std::vector<double>{1}), Error);
  EXPECT_THROW(bank.set(0, std::vector<double>{1, NAN}), Error);
  EXPECT_NO_THROW(bank.set(0, std::vector<double>{1, 2}));
}

TEST(SignalBank, ComesBackFromItsBytes) {
  auto network = tiny::network();
  network.signals.push_back(tiny::signal("given", 2, CompiledSignal::External{}));
  SignalBank bank(network), other(network);
  bank.set(0, std::vector<double>{1.5, -2});
  ByteWriter out;
  bank.save(out);
  ByteReader in(out.bytes());
  other.load(in);
  EXPECT_EQ(other.values(0)[1], -2);
  network.signals[0].size = 3;
  SignalBank larger(network);
  ByteReader again(out.bytes());
  EXPECT_THROW(larger.load(again), Error);
}

}  // namespace
}  // namespace spikeloom
