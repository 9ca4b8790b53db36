// The digest changes with everything that a checkpoint depends on, and with nothing else.
#include <gtest/gtest.h>

#include <functional>

#include "tests/core/compile/edges.hpp"

namespace spikeloom {
namespace {

using test::cells, test::compiled, test::two, test::wired;
using Kind = Connector::Kind;

struct Settings {
  double size = 20, weight = 1, delay = 1, late_weight = 2, rate = 100, current = 3, tau = 10, scale = 1, start = -60, spike = 1;
};

Network build(const Settings& set) {
  Network net = two(set.size, 20);
  Population third = cells(4);
  third.initial["V_m_mV"] = set.start;
  net.population("C", third);
  net.connect("A", "B", wired(Kind::fixed_total, 100.0, set.weight, set.delay));
  Projection list = wired(Kind::list);
  list.connect.edges = {{0, 0, 1.0, 1.0}, {3, 3, set.late_weight, 1.0}};
  net.connect("B", "C", list);
  PoissonInput poisson;
  poisson.rate_hz = {{0.0, 50.0}, {5.0, set.rate}};
  net.input("drive", {poisson, Drive{parse_slice("C", {}), 1.0, 1.0, ""}});
  SpikeListInput spikes;
  spikes.times_ms = {{set.spike}};
  net.input("kick", {spikes, std::nullopt});
  net.input("bias", {CurrentInput{Value(set.current)}, Drive{parse_slice("C", {}), 1.0, 1.0, ""}});
  net.signals["s"] = {TraceSignal{parse_slice("A", {}), {set.tau}, 1.0}, {}};
  net.signals["t"] = {StepsSignal{{{0.0, 1.0}}}, {}};
  net.modulation.push_back({"t", "C", "V_th_mV", set.scale, {}});
  return net;
}

TEST(Digest, ChangesWithEveryPart) {
  const std::uint64_t base = digest_of(*compiled(build({})));
  EXPECT_EQ(base, digest_of(*compiled(build({}))));
  for (double Settings::*part : {&Settings::size, &Settings::weight, &Settings::delay, &Settings::late_weight, &Settings::rate,
                                 &Settings::current, &Settings::tau, &Settings::scale, &Settings::start, &Settings::spike}) {
    Settings set;
    set.*part += 1;
    EXPECT_NE(digest_of(*compiled(build(set))), base);
  }
  Network seeded = build({});
  seeded.run.seeds["noise"] = 9.0;
  EXPECT_NE(digest_of(*compiled(seeded)), base);
}

std::vector<std::string> changed(const Network& one, const Network& other) {
  const auto facts = digest_facts(*compiled(one)), others = digest_facts(*compiled(other));
  std::vector<std::string> names;
  for (std::size_t i = 0; i < facts.size(); ++i)
    if (facts[i].value != others[i].value) names.push_back(facts[i].what + " of " + facts[i].of);
  return names;
}

TEST(Digest, NamesWhatChanged) {
  const auto changed_by = [](double Settings::*part, double value) {
    Settings set;
    set.*part = value;
    return changed(build({}), build(set));
  };
  using Names = std::vector<std::string>;
  EXPECT_EQ(changed_by(&Settings::start, -61), Names{"initial states of population C"});
  EXPECT_EQ(changed_by(&Settings::rate, 101), Names{"rate of input drive"});
  EXPECT_EQ(changed_by(&Settings::spike, 2), Names{"spikes of input kick"});
  EXPECT_EQ(changed_by(&Settings::current, 4), Names{"value of current bias"});
  EXPECT_EQ(changed_by(&Settings::tau, 11), Names{"form of signal s"});
  EXPECT_EQ(changed_by(&Settings::delay, 2), Names{"synapses of projection A->B"});
  EXPECT_EQ(changed(build({}), build({})), Names{}) << "the control";
}

TEST(Digest, AProjectionWithoutSynapsesIsNotThereWhoeverRecordsIt) {
  Network net = two(1, 1);
  Projection none = wired(Kind::one_to_one);
  none.autapses = false, none.name = "none";
  net.connect("A", "A", none);
  const std::uint64_t base = digest_of(*compiled(net));
  net.probes.push_back({.kind = Probe::Kind::weights, .of = {.name = "none"}, .at_ms = {1.0}});
  EXPECT_EQ(compiled(net)->projections.size(), 1u);
  EXPECT_EQ(digest_of(*compiled(net)), base);
}

TEST(Digest, DoesNotKnowProbesThreadsOrDuration) {
  const std::uint64_t base = digest_of(*compiled(build({})));
  Network net = build({});
  net.probe_spikes("A");
  net.run.threads = 3.0;
  net.run.duration_ms = 77.0;
  EXPECT_EQ(digest_of(*compiled(net)), base);
}

}  // namespace
}  // namespace spikeloom
