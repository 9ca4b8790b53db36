// Signals hold, after step n, the value of time n h.
#include "core/run/signals.hpp"

#include <gtest/gtest.h>
#include <cmath>

#include "core/run/guards.hpp"
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

TEST(SignalBank, PulsesMayLastForEverBeginBeyondTheRunOrRepeatWithinAStep) {
  auto network = tiny::network(0.1);
  network.signals.push_back(tiny::signal("ever", 1, CompiledSignal::Pulse{0.3, 1e300, 4, 0}));
  network.signals.push_back(tiny::signal("far", 1, CompiledSignal::Pulse{1e300, 2, 4, 1}));
  network.signals.push_back(tiny::signal("fine", 1, CompiledSignal::Pulse{0, 1e-301, 4, 1e-300}));
  network.signals.push_back(tiny::signal("finer", 1, CompiledSignal::Pulse{0, 1e-18, 4, 1e-17}));
  network.signals.push_back(tiny::signal("later", 1, CompiledSignal::Steps{{0, 1e300}, {1, 5}}));
  SignalBank bank(network);
  for (int n = 1; n <= 5; ++n) {
    bank.update(n, nothing(network));
    EXPECT_EQ(bank.values(0)[0], n < 3 ? 0 : 4) << n;
    EXPECT_EQ(bank.values(1)[0], 0) << n;
    EXPECT_EQ(bank.values(4)[0], 1) << n;
  }
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

/// A trace of cells 1 and 3 of a population and of both cells of an input.
CompiledNetwork traced(std::vector<double> tau_ms) {
  auto network = tiny::network(1.0);
  tiny::add_population(network, "A", 4);
  network.sources.push_back(tiny::list_source("S", 2, {}, {}));
  EndSegment slice{EndSegment::Kind::population, 0, 1, 2, 2, 0};
  EndSegment inputs{EndSegment::Kind::input, 0, 0, 1, 2, 2};
  network.signals.push_back(tiny::signal("x", 4, CompiledSignal::Trace{{slice, inputs}, std::move(tau_ms), 0.5}));
  return network;
}

StepSpikes some(const CompiledNetwork& network) {
  auto spikes = nothing(network);
  spikes.of_population[0] = {0, 1, 2};
  spikes.of_source[0] = {{1, 3}};
  return spikes;
}

std::vector<double> copy(std::span<const double> values) { return {values.begin(), values.end()}; }

TEST(SignalBank, TracesDecayExponentiallyAndAddTheirScalePerSpike) {
  const auto network = traced({50});
  SignalBank bank(network);
  bank.update(1, some(network));
  EXPECT_EQ(copy(bank.values(0)), (std::vector<double>{0.5, 0, 0, 1.5}));
  for (int n = 2; n <= 11; ++n) bank.update(n, nothing(network));
  EXPECT_NEAR(bank.values(0)[0], 0.5 * std::exp(-10 / 50.0), 1e-15);
}

TEST(SignalBank, ASecondTimeConstantMakesATraceRiseAndFall) {
  // x_n = sum over k < n of exp(-(n - 1 - k) / 2) h_k with h_k = 0.5 exp(-(k - 1) / 60) after a spike in step 1.
  const auto network = traced({2, 60});
  SignalBank bank(network);
  bank.update(1, some(network));
  EXPECT_EQ(copy(bank.values(0)), (std::vector<double>{0, 0, 0, 0}));
  for (int n = 2; n <= 40; ++n) {
    bank.update(n, nothing(network));
    double x = 0;
    for (int k = 1; k < n; ++k) x += std::exp(-(n - 1 - k) / 2.0) * 0.5 * std::exp(-(k - 1) / 60.0);
    ASSERT_NEAR(bank.values(0)[0], x, 1e-14) << n;
    ASSERT_NEAR(bank.values(0)[3], 3 * x, 1e-14) << n;
  }
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
  network.signals.push_back(tiny::signal("out", 2, CompiledSignal::Readout{0, weights, std::nullopt}));
  SignalBank bank(network);
  bank.set(0, std::vector<double>(13, 2.0));
  bank.update(1, nothing(network));
  EXPECT_EQ(bank.values(1)[0], 2 * 78);
  EXPECT_EQ(bank.values(1)[1], 2 * (78 + 13 * 13));
}

TEST(SignalBank, ProductsClipTheirFactorsAndObjectivesSubtract) {
  auto network = tiny::network();
  network.signals.push_back(tiny::signal("a", 3, CompiledSignal::External{}));
  network.signals.push_back(tiny::signal("b", 1, CompiledSignal::External{}));
  network.signals.push_back(tiny::signal("ab", 3, CompiledSignal::Product{{0, 1}, {0, -unbounded}, {1, unbounded}}));
  network.signals.push_back(tiny::signal("d", 3, CompiledSignal::Objective{1, 0}));
  SignalBank bank(network);
  bank.set(0, std::vector<double>{-1, 0.5, 2});
  bank.set(1, std::vector<double>{-3});
  bank.update(1, nothing(network));
  EXPECT_EQ(copy(bank.values(2)), (std::vector<double>{-0.0, -1.5, -3}));
  EXPECT_EQ(copy(bank.values(3)), (std::vector<double>{-2, -3.5, -5}));
}

TEST(SignalBank, AModulatorDecaysTakesUpSpikesAndPulsesBetweenSteps) {
  auto network = tiny::network(1.0);
  tiny::add_population(network, "A", 4);
  network.signals.push_back(
      tiny::signal("d", 1, CompiledSignal::Decay{20, {tiny::population_end(network, 0)}, 0.25, {0, 2.5}, {8, 1}}));
  SignalBank bank(network);
  auto spikes = nothing(network);
  bank.update(0, spikes);
  EXPECT_EQ(bank.values(0)[0], 8);  // the pulse of time 0
  spikes.of_population[0] = {1, 2, 3};
  bank.update(1, spikes);
  EXPECT_NEAR(bank.values(0)[0], 8 * std::exp(-1 / 20.0) + 0.75, 1e-14);
  for (int n = 2; n <= 5; ++n) bank.update(n, nothing(network));
  EXPECT_NEAR(bank.values(0)[0], 8 * std::exp(-5 / 20.0) + 0.75 * std::exp(-4 / 20.0) + std::exp(-2.5 / 20), 1e-14);
}

TEST(SignalBank, InstantPulsesAreThereInTheStepOfTheirTime) {
  auto network = tiny::network(1.0);
  network.signals.push_back(tiny::signal("p", 1, CompiledSignal::Instant{{0, 1.5, 2, 4}, {1, 2, 4, 8}}));
  SignalBank bank(network);
  std::vector<double> seen{bank.values(0)[0]};
  for (int n = 1; n <= 5; ++n) {
    bank.update(n, nothing(network));
    seen.push_back(bank.values(0)[0]);
  }
  EXPECT_EQ(seen, (std::vector<double>{1, 0, 6, 0, 8, 0}));
}

/// Two phases, "one" twice of 4 steps and "two" of 6, of which the second starts signals anew.
CompiledNetwork phased() {
  auto network = tiny::network(1.0);
  CompiledPhase one, two;
  one.name = "one", one.repeat_steps = 4, one.repeats = 2;
  two.name = "two", two.start_step = 8, two.repeat_steps = 6, two.reset_signals = true;
  network.phases = {one, two};
  network.duration_steps = 14;
  return network;
}

/// Values of signal `s` after steps 1 ... 14, with repeats begun where sessions begin them.
std::vector<double> through(SignalBank& bank, const CompiledNetwork& network, std::uint32_t s) {
  std::vector<double> seen;
  for (int n = 1; n <= 14; ++n) {
    if (n > 1 && begins_after(network, n - 1)) bank.begin(n - 1);
    bank.update(n, nothing(network));
    check_finite(network, bank, n);
    seen.push_back(bank.values(s)[0]);
  }
  return seen;
}

TEST(SignalBank, ThePhaseClockStartsWithEveryRepeat) {
  auto network = phased();
  network.signals.push_back(tiny::signal("cue", 1, CompiledSignal::Pulse{1, 2, 1, 0}));
  network.signals[0].phase_clock = true;
  SignalBank bank(network);
  EXPECT_EQ(through(bank, network, 0), (std::vector<double>{1, 1, 0, 0, 1, 1, 0, 0, 1, 1, 0, 0, 0, 0}));
}

TEST(SignalBank, AMeanCoversItsWindowOfEachRepeatOrAllOfItsPhases) {
  auto network = phased();
  network.signals.push_back(tiny::signal(
      "t", 1,
      CompiledSignal::Steps{{1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14}, {1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14}}));
  network.signals.push_back(tiny::signal("m", 1, CompiledSignal::Mean{0, 2, 4, {}}));
  network.signals.push_back(tiny::signal("all", 1, CompiledSignal::Mean{0, 2, 1e300, {"one"}}));
  SignalBank bank(network), other(network);
  EXPECT_EQ(through(bank, network, 1), (std::vector<double>{0, 2, 2.5, 2.5, 0, 6, 6.5, 6.5, 0, 10, 10.5, 10.5, 10.5, 10.5}));
  EXPECT_EQ(through(other, network, 2), (std::vector<double>{0, 2, 2.5, 3, 3, 3.75, 4.4, 5, 5, 5, 5, 5, 5, 5}));
}

TEST(SignalBank, PhasesResetSignalsButNotFrozenMeansAndExternalValues) {
  auto network = phased();
  network.signals.push_back(tiny::signal("d", 1, CompiledSignal::Decay{1e9, {}, 1, {1}, {1}}));
  network.signals.push_back(tiny::signal("given", 1, CompiledSignal::External{}));
  SignalBank bank(network);
  bank.set(1, std::vector<double>{3});
  const auto seen = through(bank, network, 0);
  EXPECT_NEAR(seen[7], 1, 1e-6);
  EXPECT_EQ(seen[8], 0);
  EXPECT_EQ(bank.values(1)[0], 3);
}

TEST(SignalBank, FromItsPhaseOnASignalHasTheFormThatWasSet) {
  auto network = phased();
  network.signals.push_back(tiny::signal("cue", 1, CompiledSignal::Pulse{1, 2, 1, 0}));
  network.signals[0].phase_clock = true;
  auto changed = network.signals[0];
  changed.form = CompiledSignal::Pulse{3, 2, 7, 0};
  network.phases[1].set.emplace_back(0, changed);
  SignalBank bank(network);
  const std::vector<double> expected = {1, 1, 0, 0, 1, 1, 0, 0, 0, 0, 7, 7, 0, 0};
  EXPECT_EQ(through(bank, network, 0), expected);
  bank.start();
  EXPECT_EQ(through(bank, network, 0), expected);
}

TEST(SignalBank, AChoiceIsOneHotWithItsProbabilitiesAndHoldsForARepeat) {
  auto network = tiny::network(1.0);
  CompiledPhase trial;
  trial.name = "trial", trial.repeat_steps = 2, trial.repeats = 20000;
  network.phases = {trial};
  network.duration_steps = 40000;
  network.signals.push_back(tiny::signal("event", 3, CompiledSignal::Choice{{0.5, 0.5, 1.0}, 77}));
  SignalBank bank(network);
  std::vector<double> count(3);
  for (int n = 1; n <= 40000; ++n) {
    if (n > 1 && begins_after(network, n - 1)) bank.begin(n - 1);
    bank.update(n, nothing(network));
    const auto event = copy(bank.values(0));
    ASSERT_EQ(event[0] + event[1] + event[2], 1);
    for (int c = 0; c < 3; ++c) count[static_cast<std::size_t>(c)] += event[static_cast<std::size_t>(c)];
  }
  EXPECT_NEAR(count[0] / 40000, 0.5, 0.5 * 4 / std::sqrt(20000));
  EXPECT_EQ(count[1], 0);
}

TEST(SignalBank, ReadoutsLearnInPlasticPhasesOnlyAndDivergenceIsNamed) {
  auto network = phased();
  network.signals.push_back(tiny::signal("x", 2, CompiledSignal::External{}));
  CompiledSignal::Learning rule;
  rule.eta = 0.5, rule.error = 3;
  network.signals.push_back(tiny::signal("z", 1, CompiledSignal::Readout{0, {0, 0}, rule}));
  network.signals.push_back(tiny::signal("one", 1, CompiledSignal::Steps{{0}, {1}}));
  network.signals.push_back(tiny::signal("e", 1, CompiledSignal::Objective{2, 1}));
  network.phases[0].plastic_signals = {0, 0, 0, 0};
  network.phases[1].plastic_signals = {0, 1, 0, 0};
  SignalBank bank(network);
  bank.set(0, std::vector<double>{1, 0});
  const auto seen = through(bank, network, 1);
  EXPECT_EQ(seen, (std::vector<double>{0, 0, 0, 0, 0, 0, 0, 0, 0, 0.5, 0.75, 0.875, 0.9375, 0.96875}));
  EXPECT_EQ(copy(bank.weights(1)), (std::vector<double>{0.984375, 0}));

  std::get<CompiledSignal::Readout>(network.signals[1].form).learning->eta = 1e300;
  SignalBank wild(network);
  wild.set(0, std::vector<double>{1e10, 0});
  try {
    through(wild, network, 1);
    ADD_FAILURE() << "nothing was said";
  } catch (const Error& error) {
    EXPECT_EQ(error.kind, "nan");
    EXPECT_NE(std::string(error.what()).find("z"), std::string::npos) << error.what();
  }
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
