// Backends agree on delays that learn: both rules, signals of every width, several segments, gains, looks and checkpoints.
#include <gtest/gtest.h>

#include <algorithm>

#include "backends/cpu/cpu.hpp"
#include "backends/reference/reference.hpp"
#include "models/models.hpp"
#include "tests/backends/contract.hpp"
#include "tests/backends/learning_cells.hpp"

namespace spikeloom {
namespace {

using Kind = Connector::Kind;
using testing::broken;
using testing::compiled;
using testing::Contract;
using testing::contract_of;
using testing::Outcome;
using testing::trials;

Plasticity rule(std::string name, NamedValues numbers, std::string signal = "") {
  Plasticity plasticity;
  plasticity.rule = std::move(name);
  plasticity.parameters = std::move(numbers);
  plasticity.parameters.insert({{"d_min_ms", 0.25}, {"d_max_ms", 6.0}});
  plasticity.signal = std::move(signal);
  return plasticity;
}

Projection with(const Plasticity& plasticity) {
  Projection projection;
  projection.weight = normal(40, 15);
  projection.delay_ms = uniform(0.25, 6.0);
  projection.plasticity = {plasticity};
  return projection;
}

/// learning_cells() over delays that learn, and several spikes of one source in one step.
Network moving(const Plasticity& plasticity, double run_ms = 20) {
  Network net = testing::learning_cells("moving", with(plasticity), run_ms, 1500);
  SpikeListInput twice;
  twice.times_ms = {{0.0, 0.0, 3.1, 3.1, 3.1, 9.9, 10.0, 10.0}, {1.0, 10.0, 13.3, 13.3}};
  net.input("twice", {twice, std::nullopt});
  Projection projection = with(plasticity);
  projection.connect.kind = Kind::fixed_in_degree;
  projection.connect.count = 1.0;
  net.connect("twice", "F", projection);
  net.probes[0].states = {"delay_ms"};
  return net;
}

/// The same with cells that live from event to event.
Network exactly(Network net) {
  for (const char* name : {"E", "F"}) std::get<Population>(net.graph()[*net.find(name)].what).update = "exact";
  return net;
}

/// Both precisions; spikes must have come, and delays must have moved.
void expect_kept(const Network& net, const std::string& what) {
  for (const bool is_single : {false, true}) {
    Outcome expected;
    EXPECT_EQ(broken(contract_of(is_single ? testing::in_single(net) : net), &expected), "") << what << is_single;
    EXPECT_GT(expected.hashes.count, 300u) << what;
    ASSERT_EQ(expected.error, "") << what;
    const auto session = testing::open(*cpu_backend(), compiled(net), 2);
    session->advance_to(session->network().duration_steps);
    const auto& weights = session->recording().weights;
    double moved = 0;
    for (std::size_t k = 0; k < weights.front().synapse.size(); ++k)
      moved = std::max(moved, std::abs(weights.front().values[0][k] - weights.back().values[0][k]));
    EXPECT_GT(moved, 0.5) << what;
  }
}

TEST(ContractDelays, CoincidenceAgrees) {
  expect_kept(moving(rule("delay_coincidence", {{"eta", 0.5}})), "linear");
  expect_kept(moving(rule("delay_coincidence", {{"eta", 1.0}, {"tau_ms", 3.0}, {"window_ms", 4.0}, {"lead_ms", 0.3}})), "fading");
}

TEST(ContractDelays, CoincidenceAgreesInExactTime) {
  expect_kept(exactly(moving(rule("delay_coincidence", {{"eta", 0.5}}))), "linear");
  Network net = exactly(moving(rule("delay_coincidence", {{"eta", 1.0}, {"tau_ms", 3.0}, {"window_ms", 4.0}, {"lead_ms", 0.3}})));
  testing::add_cells(net, "C", "lif_exp", 50, {{"I_e_pA", uniform(380, 900)}});  // stepped
  Projection from_steps = with(rule("delay_coincidence", {{"eta", 0.5}}));
  from_steps.connect.kind = Kind::fixed_in_degree;
  from_steps.connect.count = 5.0;
  net.connect("C", "F", from_steps);
  Probe within;  // between steps
  within.kind = Probe::Kind::weights;
  within.of.name = "C->F";
  within.states = {"delay_ms"};
  within.at_ms = {3.33, 7.7777, 13.0, 19.99};
  net.probes.push_back(within);
  expect_kept(net, "fading, and from stepped cells");
}

TEST(ContractDelays, DelaysMuchShorterThanAStepAgree) {
  Plasticity fine = rule("delay_coincidence", {{"eta", 0.3}});
  fine.parameters["d_min_ms"] = 0.013, fine.parameters["d_max_ms"] = 0.9;
  Projection projection = with(fine);
  projection.delay_ms = uniform(0.013, 0.9);
  Network net = exactly(testing::learning_cells("short", projection, 20, 1500));
  net.run.min_delay_ms = 0.013;
  Outcome expected;
  EXPECT_EQ(broken(contract_of(net), &expected), "");
  EXPECT_GT(expected.hashes.count, 300u);
}

TEST(ContractDelays, TheThirdFactorAgreesForScalarsGroupsAndTargets) {
  for (const char* signal : {"steps", "caller", "targets"}) {
    Network net = moving(rule("delay_coincidence", {{"eta", 0.5}}));
    testing::add_third_factor(
        net, with(rule("delay_eligibility", {{"eta", 0.5}, {"tau_e_ms", 7.0}, {"gain", 0.3}, {"baseline", 0.1}}, signal)));
    Probe probe;
    probe.kind = Probe::Kind::weights;
    probe.of.name = "third";
    probe.states = {"delay_ms", "eligibility", "modulator"};
    probe.at_ms = {0.0, 3.3, 20.0};
    net.probes.push_back(probe);
    Contract contract = contract_of(net);
    contract.actions = testing::calls_and_signal();
    for (const Network& each : {net, testing::in_single(net), exactly(net)}) {
      contract.network = compiled(each);
      Outcome expected;
      EXPECT_EQ(broken(contract, &expected), "") << signal;
      ASSERT_EQ(expected.error, "");
    }
  }
}

TEST(ContractDelays, AnchorsOfWideSignalsLeaveNoTrace) {
  Network net = moving(rule("delay_coincidence", {{"eta", 0.5}}), 850);
  testing::add_rare_factor(net, with(rule("delay_eligibility", {{"eta", 0.5}, {"tau_e_ms", 100.0}, {"gain", 0.02}}, "targets")));
  Contract contract{compiled(testing::in_single(net)), {}, {3}, {""}, {}, {}};
  EXPECT_EQ(std::ranges::find(contract.network->projections, "third", &CompiledProjection::name)->plasticity->anchor_steps, 4000);
  contract.stops = {3999, 4001, 8001};
  contract.checkpoints = {3500, 4001, 8050};
  EXPECT_EQ(broken(contract), "");
  contract.network = compiled(exactly(net));
  contract.stops = {4001}, contract.checkpoints = {4001, 8050};
  EXPECT_EQ(broken(contract), "");
}

TEST(ContractDelays, RowsThatHearNothingAreSweptWithoutATrace) {
  // F fires at up to 5 kHz, so that its spikes are more than are kept long before the quiet rows hear one.
  Network net = moving(rule("delay_coincidence", {{"eta", 0.1}}), 60);
  std::get<Population>(net.graph()[*net.find("F")].what).parameters["I_e_pA"] = uniform(3000, 20000);
  Contract contract = contract_of(net);
  contract.checkpoints = {0, 99, 100, 301, 555};
  Outcome expected;
  EXPECT_EQ(broken(contract, &expected), "");
  EXPECT_GT(expected.hashes.count, 140u * 100u) << "too few to be swept";
  contract.network = compiled(exactly(net));
  EXPECT_EQ(broken(contract, &expected), "");
  EXPECT_GT(expected.hashes.count, 140u * 100u) << "too few for a history to be cut";
}

TEST(ContractDelays, GroupsSlicesAndGainsAgree) {
  Network net = moving(rule("delay_coincidence", {{"eta", 0.5}}));
  net.group("all", {parse_slice("E[0:100]", {}), parse_slice("F[50:110:2]", {}), parse_slice("E[50:150:2]", {})});
  Projection grouped = with(rule("delay_coincidence", {{"eta", 0.7}, {"lead_ms", -0.4}}));
  grouped.name = "grouped";
  grouped.weight = normal(0, 60);  // of both signs: two receptors
  grouped.connect.kind = Kind::fixed_total;
  grouped.connect.count = 900.0;
  net.connect("all", "all", grouped);
  StepsSignal steps;
  steps.steps = {{0.0, 0.0}, {5.0, 1.0}, {12.0, -0.5}};
  net.signals["mood"] = {steps, {}};
  net.modulation.push_back({"mood", "grouped", "gain", 0.7, {}});
  expect_kept(net, "grouped");
  expect_kept(exactly(net), "grouped, exact");
}

TEST(ContractDelays, DelaysBesidePlasticWeightsAgree) {
  Network net = moving(rule("delay_coincidence", {{"eta", 0.5}}));
  Plasticity pairs;
  pairs.rule = "stdp_pair";
  pairs.parameters = {{"A_plus", 4.0}, {"A_minus", -3.0}, {"w_max", 160.0}};
  for (const char* name : {"a", "z"}) {  // records of both kinds alternate in a checkpoint
    Projection plastic = testing::wiring(Kind::fixed_in_degree, 8, uniform(20, 60), uniform(0.3, 2));
    plastic.plasticity = {pairs};
    plastic.name = name;
    net.connect("E", "E", plastic);
  }
  expect_kept(net, "beside weights");
  expect_kept(exactly(net), "beside weights, exact");
}

TEST(ContractDelays, PhasesThatRestAndStartAnewAgree) {
  for (const Plasticity& each : {rule("delay_coincidence", {{"eta", 0.5}}),
                                 rule("delay_eligibility", {{"eta", 0.5}, {"tau_e_ms", 7.0}, {"gain", 0.3}}, "steps")}) {
    Network net = moving(each);
    net.signals["steps"] = {StepsSignal{{{0.0, 0.5}, {7.3, -1.0}, {12.0, 2.0}}}, {}, "run"};
    net.run.duration_ms.reset();
    net.phases = trials({"E->E"});
    for (const Network& life : {net, exactly(net)}) {
      const Contract contract = testing::contract_of_trials(life);
      Outcome expected;
      EXPECT_EQ(broken(contract, &expected), "") << each.rule;
      ASSERT_EQ(expected.error, "");
    }
  }
}

TEST(ContractDelays, APhaseWithoutPlasticityLeavesEveryDelayAsItIs) {
  Network net = moving(rule("delay_coincidence", {{"eta", 0.5}}));
  net.run.duration_ms.reset();
  net.phases = trials({});
  net.probes[0].at_ms = {0.0, 4.3, 7.2};
  for (const Network& life : {net, exactly(net)}) {
    const auto session = testing::open(*cpu_backend(), compiled(life), 2);
    session->advance_to(session->network().duration_steps);
    const auto& snapshots = session->recording().weights;
    EXPECT_EQ(snapshots.at(1).values, snapshots.at(2).values);
    EXPECT_NE(snapshots.at(0).values, snapshots.at(1).values);  // the control
  }
}

TEST(ContractDelays, ADelayThatIsNotANumberStopsEveryBackendAtTheSameStep) {
  Network net = moving(rule("delay_eligibility", {{"eta", 1.0}, {"gain", 1e308}}, "wild"));
  net.signals["wild"] = {StepsSignal{{{0.0, 1e300}, {2.0, -1e300}, {2.5, 0.0}}}, {}, "run"};
  Outcome expected;
  for (const Network& life : {net, exactly(net)}) {
    EXPECT_EQ(broken(contract_of(life), &expected), "");
    EXPECT_NE(expected.error.find("the delay of the synapse"), std::string::npos) << expected.error;
  }
}

TEST(ContractDelays, AnotherRateIsAnotherRun) {  // the control: the hashes above could differ
  const auto hashes = [](double eta) {
    const auto session = testing::open(*cpu_backend(), compiled(moving(rule("delay_coincidence", {{"eta", eta}}))), 2);
    session->advance_to(session->network().duration_steps);
    return testing::hashes_of(*session);
  };
  EXPECT_NE(hashes(0.5).states, hashes(0.5000001).states);
  EXPECT_NE(hashes(0.5).spikes, hashes(0.1).spikes);
}

}  // namespace
}  // namespace spikeloom
