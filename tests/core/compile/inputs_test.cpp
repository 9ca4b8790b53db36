// Inputs become spikes by step and arrivals by step; groups and slices may be driven.
#include <gtest/gtest.h>
#include <unistd.h>

#include <cmath>
#include <fstream>

#include "tests/core/compile/edges.hpp"

#ifndef SPIKELOOM_SOURCE_DIR
#define SPIKELOOM_SOURCE_DIR "."
#endif

namespace spikeloom {
namespace {

using test::compiled, test::edges_of, test::fault_of, test::two;
using Kind = Connector::Kind;

Network with(const Input& input) {
  Network net = two(10, 10);
  net.input("in", input);
  return net;
}

Drive onto(const std::string& to, Value weight = 1.0, Value delay_ms = 1.0) {
  return {parse_slice(to, {}), std::move(weight), std::move(delay_ms), ""};
}

TEST(Inputs, SpikeTimesActInTheStepThatHoldsThem) {
  SpikeListInput list;
  list.times_ms = {{0.3, 0, 0.30001, 0.3}, {}, {1234.5}};
  const auto network = compiled(with({list, std::nullopt}));
  const auto& source = network->sources.at(0);
  EXPECT_EQ(source.size, 3u);
  EXPECT_EQ(source.steps, (std::vector<std::int64_t>{0, 3, 3, 4, 12345}));
  EXPECT_EQ(source.cells, (std::vector<std::uint32_t>{0, 0, 0, 0, 2}));
  EXPECT_EQ(source.multiplicity, 2u);
  EXPECT_EQ(source.moved_to_step, 1u);
}

TEST(Inputs, BordersOfRatesAreRoundedForSteppedCellsOnly) {
  for (const char* update : {"stepped", "exact"}) {
    Network net = two(10, 10);
    std::get<Population>(net.graph()[*net.find("A")].what).update = update;
    net.input("trains", {PoissonInput{{{0.0, 0.0}, {13.77, 1000.0}}, {}, 20.0}, std::nullopt});
    net.connect("trains", "A", {});
    EXPECT_EQ(compiled(net)->warnings.size(), std::string(update) == "stepped" ? 1u : 0u) << update;
  }
}

TEST(Inputs, TimesOffTheGridAreToldOfWhereSomebodyTakesThemByStep) {
  const auto warnings = [](bool onto_cells, bool recorded) {
    Network net = two(10, 10);
    net.input("pre", {SpikeListInput{{{1.23, 9}}, "", std::nullopt}, std::nullopt});
    net.input("post", {SpikeListInput{{{4, 5.67}}, "", std::nullopt}, std::nullopt});
    Projection pairs;
    pairs.plasticity.push_back({"stdp_pair", "", "", {{"A_plus", 0.1}, {"A_minus", -0.1}, {"w_max", 2.0}}, {}, {}, {}});
    net.connect("pre", "post", pairs);
    if (onto_cells) net.connect("pre", "A", {});
    if (recorded) net.probe_spikes("post");
    return compiled(net)->warnings;
  };
  EXPECT_TRUE(warnings(false, false).empty());
  ASSERT_EQ(warnings(true, false).size(), 1u);
  EXPECT_NE(warnings(true, false)[0].find("/inputs/pre: 1 spike time was"), std::string::npos);
  ASSERT_EQ(warnings(false, true).size(), 1u);
  EXPECT_NE(warnings(false, true)[0].find("/inputs/post: 1 spike time was"), std::string::npos);
}

TEST(Inputs, BadSpikeTimesAreNamed) {
  for (const double bad : {-0.1, std::nan(""), HUGE_VAL, 1e300}) {
    SpikeListInput list;
    list.times_ms = {{1.0}, {2.0, bad}};
    const Error error = fault_of(with({list, std::nullopt}));
    EXPECT_EQ(error.kind, "range") << bad;
    EXPECT_EQ(error.where.path, "/inputs/in/spikes/times_ms/1/1") << bad;
  }
}

TEST(Inputs, SpikeFilesMayBeUnsorted) {
  const std::string path = ::testing::TempDir() + "spikeloom_inputs_test_" + std::to_string(getpid()) + ".csv";
  std::ofstream(path) << "population,neuron,time_ms\nE,4,2.0\nE,1,0.5\n";
  SpikeListInput list;
  list.file = path;
  const auto network = compiled(with({list, std::nullopt}));
  EXPECT_EQ(network->sources[0].size, 5u);
  EXPECT_EQ(network->sources[0].steps, (std::vector<std::int64_t>{5, 20}));
  EXPECT_EQ(network->sources[0].cells, (std::vector<std::uint32_t>{1, 4}));
  std::remove(path.c_str());
}

TEST(Inputs, PrivatePoissonArrivesADelayAfterTheRateBegins) {
  PoissonInput poisson;
  poisson.rate_hz = {{0.0, 100.0}, {5.0, 0.0}, {7.0, 300.0}};
  const auto network = compiled(with({poisson, onto("A[2:8:2]", 3.0, 1.5)}));
  ASSERT_EQ(network->poisson.size(), 1u);
  const auto& train = network->poisson[0];
  EXPECT_EQ(train.first, 2u);
  EXPECT_EQ(train.stride, 2u);
  EXPECT_EQ(train.count, 3u);
  EXPECT_EQ(train.weight.constant, 3);
  ASSERT_EQ(train.segments.size(), 3u);
  EXPECT_EQ(train.segments[0].from_step, 1 + 15);
  EXPECT_EQ(train.segments[1].from_step, 51 + 15);
  EXPECT_EQ(train.segments[2].from_step, 71 + 15);
  EXPECT_NEAR(train.tables[train.segments[2].tables[0]].mean, 0.03, 1e-15);
  EXPECT_TRUE(network->sources.empty());
}

TEST(Inputs, EveryMemberOfAGroupIsDrivenByItsOwnTrains) {
  Network net = two(10, 10);
  net.group("G", {parse_slice("B", {}), parse_slice("A[0:5]", {})});
  PoissonInput poisson;
  poisson.rate_each = std::vector<double>{1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15};
  net.input("in", {poisson, onto("G", expr("index"))});
  const auto network = compiled(net);
  ASSERT_EQ(network->poisson.size(), 2u);
  EXPECT_NE(network->poisson[0].key, network->poisson[1].key);
  for (const auto& train : network->poisson)
    for (std::uint32_t k = 0; k < train.count; ++k) {
      const double running = train.population == 1 ? k : 10 + k;
      EXPECT_EQ(train.weight[k], running);
      EXPECT_NEAR(train.tables[train.segments[0].tables[k]].mean, (running + 1) * 1e-4, 1e-15);
    }
}

TEST(Inputs, WeightsOfBothSignsReachBothReceptors) {
  PoissonInput poisson;
  poisson.rate_hz = {{0.0, 100.0}};
  const auto negative = compiled(with({poisson, onto("A", -2.0)}));
  const auto positive = compiled(with({poisson, onto("A", 2.0)}));
  EXPECT_EQ(negative->poisson.size(), 1u);
  EXPECT_EQ(positive->poisson.size(), 1u);
}

TEST(Inputs, RatesThatAreNegativeOrTooHighForTheStepAreErrors) {
  for (const double bad : {-1.0, 1.1e7, std::nan("")}) {
    PoissonInput poisson;
    poisson.rate_hz = {{0.0, bad}};
    const Error error = fault_of(with({poisson, onto("A")}));
    EXPECT_EQ(error.kind, "range") << bad;
    EXPECT_EQ(error.where.path, "/inputs/in/poisson/rate_hz") << bad;
  }
  PoissonInput poisson;
  poisson.rate_hz = {{5.0, 1.0}, {4.0, 1.0}};
  EXPECT_EQ(fault_of(with({poisson, onto("A")})).where.path, "/inputs/in/poisson/rate_hz/1/0");
}

TEST(Inputs, TheShortFormIsAOneToOneProjectionOfTheInputsName) {
  SpikeListInput list;
  list.times_ms = std::vector<std::vector<double>>(10, {1.0});
  const auto network = compiled(with({list, onto("A", normal(5, 1), 2.0)}));
  ASSERT_EQ(network->projections.size(), 1u);
  EXPECT_EQ(network->projections[0].name, "in");
  const auto edges = edges_of(*network->projections[0].rows);
  ASSERT_EQ(edges.size(), 10u);
  for (std::uint32_t i = 0; i < 10; ++i) {
    EXPECT_EQ(edges[i].source, i);
    EXPECT_EQ(edges[i].target, i);
    EXPECT_EQ(edges[i].delay, 20u);
  }
  list.times_ms.pop_back();
  EXPECT_EQ(fault_of(with({list, onto("A")})).kind, "range");
}

TEST(Inputs, ARecordingIsCutDownAndSplitByPolarity) {
  EventsInput events;
  events.file = SPIKELOOM_SOURCE_DIR "/examples/event_motion/sample_nmnist.bin";
  ASSERT_TRUE(std::ifstream(events.file)) << "the sample is not there";
  const auto source_of = [](const EventsInput& input) { return compiled(with({input, std::nullopt}))->sources.at(0); };
  const auto whole = source_of(events);
  EXPECT_EQ(whole.shape, (std::vector<std::uint32_t>{34, 34}));
  EXPECT_EQ(whole.steps.size(), 4325u);
  EXPECT_EQ(whole.steps.front(), 7);  // 654 us
  EXPECT_EQ(whole.cells.front(), 15u * 34 + 7);
  EXPECT_EQ(whole.steps.back(), 3112);  // 311175 us
  events.polarity = "on";
  EXPECT_EQ(source_of(events).steps.size(), 2145u);
  events.polarity = "off";
  EXPECT_EQ(source_of(events).steps.size(), 2180u);
  events.polarity = "split";
  const auto split = source_of(events);
  EXPECT_EQ(split.shape, (std::vector<std::uint32_t>{2, 34, 34}));
  EXPECT_EQ(split.cells.front(), (34u + 15) * 34 + 7);  // ON is the second plane
  events.polarity = "both";
  events.downsample = 2.0;
  EXPECT_EQ(source_of(events).shape, (std::vector<std::uint32_t>{17, 17}));
  EXPECT_EQ(source_of(events).steps.size(), 4325u);
  events.downsample = 1.0;
  events.region = {5.0, 6.0, 10.0, 20.0};
  const auto region = source_of(events);
  EXPECT_EQ(region.shape, (std::vector<std::uint32_t>{20, 10}));
  EXPECT_LT(region.steps.size(), 4325u);
  events.region.clear();
  events.time_scale = 0.5;
  EXPECT_EQ(source_of(events).steps.back(), 1556);
  events.sensor = {20.0, 20.0};
  const auto network = compiled(with({events, std::nullopt}));
  EXPECT_LT(network->sources[0].steps.size(), 4325u);
  EXPECT_FALSE(network->warnings.empty());
}

TEST(Inputs, ASensorThatIsGuessedBeyondTheUsualIsTold) {
  const std::string file = ::testing::TempDir() + "spikeloom_sensor_" + std::to_string(getpid()) + ".bin";
  EventsInput events;
  events.file = file;
  for (const int x : {33, 40}) {
    const char bytes[] = {static_cast<char>(x), 5, 0, 0, 100};
    std::ofstream(file, std::ios::binary).write(bytes, sizeof bytes);
    const auto network = compiled(with({events, std::nullopt}));
    EXPECT_EQ(network->sources[0].steps.size(), 1u);
    EXPECT_EQ(network->warnings.size(), x > 33 ? 1u : 0u) << x;
  }
  std::remove(file.c_str());
}

TEST(Inputs, CurrentsHaveDistinctNoiseOnEveryPopulation) {
  Network net = two(10, 10);
  net.group("G", {parse_slice("A", {}), parse_slice("B", {})});
  net.input("noise", {CurrentInput{CurrentInput::Noise{0.0, 5.0, Value(0.5)}}, onto("G")});
  net.input("each", {CurrentInput{Value(expr("2*index"))}, onto("G")});
  const auto network = compiled(net);
  ASSERT_EQ(network->currents.size(), 4u);
  EXPECT_EQ(network->currents[0].name, "each");
  EXPECT_EQ(std::get<CompiledCurrent::Steps>(network->currents[1].form).value[0][3], 26);
  EXPECT_EQ(std::get<CompiledCurrent::Noise>(network->currents[2].form).every_steps, 5);
  EXPECT_NE(network->currents[2].key, network->currents[3].key);
}

TEST(Inputs, OneRateForEachIsTheSameNetworkAsThatRate) {
  PoissonInput each, all;
  each.rate_each = 700.0;
  all.rate_hz = {{0.0, 700.0}};
  const auto one = compiled(with({each, onto("A")})), other = compiled(with({all, onto("A")}));
  EXPECT_EQ(one->poisson.at(0).segments.at(0).tables.size(), 1u);
  EXPECT_EQ(digest_of(*one), digest_of(*other));
}

}  // namespace
}  // namespace spikeloom
