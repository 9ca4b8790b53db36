// Backends agree on delays that learn: both rules, signals of every width, several segments, gains, looks and checkpoints.
#include <gtest/gtest.h>

#include <algorithm>

#include "backends/cpu/cpu.hpp"
#include "backends/reference/reference.hpp"
#include "models/models.hpp"
#include "tests/backends/contract.hpp"
#include "tests/backends/contract_networks.hpp"

namespace spikeloom {
namespace {

using Kind = Connector::Kind;
using testing::broken;
using testing::compiled;
using testing::Contract;
using testing::Outcome;

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

/// Cells E and F that fire by themselves and hear each other, an input and the caller over delays that learn.
Network moving(const Plasticity& plasticity, double run_ms = 20) {
  Network net;
  net.name = "moving";
  net.run.duration_ms = run_ms;
  net.run.step_ms = 0.1;
  net.run.seed = 5.0;
  testing::add_cells(net, "E", "lif_exp", 300, {{"I_e_pA", uniform(350, 700)}, {"t_ref_ms", 1.0}});
  testing::add_cells(net, "F", "lif_exp", 140, {{"I_e_pA", uniform(380, 900)}, {"t_ref_ms", 0.2}});
  std::get<Population>(net.graph()[*net.find("E")].what).initial["V_m_mV"] = uniform(-70, -55);
  net.input("in", {PoissonInput{{{0.0, 1500.0}}, {}, 40.0}, std::nullopt});
  net.input("caller", {ExternalInput{5.0}, std::nullopt});
  SpikeListInput twice;  // several spikes of one source in one step
  twice.times_ms = {{0.0, 0.0, 3.1, 3.1, 3.1, 9.9, 10.0, 10.0}, {1.0, 10.0, 13.3, 13.3}};
  net.input("twice", {twice, std::nullopt});
  for (const auto& [from, to] : {std::pair{"E", "E"}, {"E", "F"}, {"in", "F"}, {"caller", "E"}, {"twice", "F"}}) {
    Projection projection = with(plasticity);
    projection.connect.kind = Kind::fixed_in_degree;
    projection.connect.count = from[0] == 'c' || from[0] == 't' ? 1.0 : 12.0;
    net.connect(from, to, projection);
  }
  Probe probe;
  probe.kind = Probe::Kind::weights;
  probe.of.name = "E->E";
  probe.states = {"delay_ms"};
  probe.at_ms = {0.0, 0.5 * run_ms, 0.7 * run_ms, run_ms};
  net.probes.push_back(probe);
  net.probe_spikes("F");
  return net;
}

testing::Actions calls() {
  const auto emit = [](std::vector<std::uint32_t> cells) { return [cells](Session& session) { session.emit("caller", cells); }; };
  return {{0, emit({0, 1})}, {1, emit({2})}, {55, emit({1, 4})}, {100, emit({0, 3})}, {101, emit({0, 1, 2})}};
}

Contract contract_of(const Network& net) {
  Contract contract{compiled(net), calls(), {1, 2, 3, 7}, {""}, {}, {}};
  contract.stops = {1, 2, 54, 55, 56, 100, 101, 180};
  contract.checkpoints = {0, 1, 7, 55, 100, 101, 133, 199};
  return contract;
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

TEST(ContractDelays, TheThirdFactorAgreesForScalarsGroupsAndTargets) {
  for (const char* signal : {"steps", "caller", "targets"}) {
    Network net = moving(rule("delay_coincidence", {{"eta", 0.5}}));
    Projection third =
        with(rule("delay_eligibility", {{"eta", 0.5}, {"tau_e_ms", 7.0}, {"gain", 0.3}, {"baseline", 0.1}}, signal));
    third.name = "third";
    third.connect.kind = Kind::fixed_in_degree;
    third.connect.count = 20.0;
    net.connect("E", "E", third);
    net.signals["steps"] = {StepsSignal{{{0.0, 0.5}, {7.3, -1.0}, {12.0, 2.0}}}, {}, "run"};
    net.signals["caller"] = {ExternalSignal{1.0}, {}, "run"};
    net.signals["targets"] = {TraceSignal{parse_slice("E", {}), {5.0}, 1.0}, {}, "run"};
    Probe probe;
    probe.kind = Probe::Kind::weights;
    probe.of.name = "third";
    probe.states = {"delay_ms", "eligibility", "modulator"};
    probe.at_ms = {0.0, 3.3, 20.0};
    net.probes.push_back(probe);
    Contract contract = contract_of(net);
    contract.actions[30] = [](Session& session) { session.set_signal("caller", std::vector<double>{1.5}); };
    contract.actions[111] = [](Session& session) { session.set_signal("caller", std::vector<double>{-0.5}); };
    for (const bool is_single : {false, true}) {
      contract.network = compiled(is_single ? testing::in_single(net) : net);
      Outcome expected;
      EXPECT_EQ(broken(contract, &expected), "") << signal << is_single;
      ASSERT_EQ(expected.error, "");
    }
  }
}

TEST(ContractDelays, AnchorsOfWideSignalsLeaveNoTrace) {
  // A value for each of 300 targets: anchors come every 4,000 steps; the rows hear little in between.
  Network net = moving(rule("delay_coincidence", {{"eta", 0.5}}), 850);
  net.signals["targets"] = {TraceSignal{parse_slice("E", {}), {5.0}, 0.1}, {}, "run"};
  net.input("rare", {PoissonInput{{{0.0, 1.5}}, {}, 20.0}, std::nullopt});
  Projection third = with(rule("delay_eligibility", {{"eta", 0.5}, {"tau_e_ms", 100.0}, {"gain", 0.02}}, "targets"));
  third.connect.kind = Kind::fixed_in_degree;
  third.connect.count = 4.0;
  third.name = "third";
  net.connect("rare", "E", third);
  Contract contract{compiled(testing::in_single(net)), {}, {3}, {""}, {}, {}};
  EXPECT_EQ(std::ranges::find(contract.network->projections, "third", &CompiledProjection::name)->plasticity->anchor_steps, 4000);
  contract.stops = {3999, 4001, 8001};
  contract.checkpoints = {3500, 4001, 8050};
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
}

/// Trials that rest, learn by name and start anew, with borders in the middle of delays.
std::vector<Phase> trials(const std::vector<std::string>& learn) {
  Phase first, rest, by_name, last;
  first.name = "first", first.run_ms = 4.3;
  rest.name = "rest", rest.run_ms = 2.9, rest.plasticity = false;
  by_name.name = "by name", by_name.run_ms = 1.7, by_name.repeat = 3.0, by_name.plasticity = learn, by_name.reset = {"state"};
  last.name = "last", last.run_ms = 3.8, last.repeat = 2.0, last.reset = {"state", "signals"};
  return {first, rest, by_name, last};
}

TEST(ContractDelays, PhasesThatRestAndStartAnewAgree) {
  for (const Plasticity& each : {rule("delay_coincidence", {{"eta", 0.5}}),
                                 rule("delay_eligibility", {{"eta", 0.5}, {"tau_e_ms", 7.0}, {"gain", 0.3}}, "steps")}) {
    Network net = moving(each);
    net.signals["steps"] = {StepsSignal{{{0.0, 0.5}, {7.3, -1.0}, {12.0, 2.0}}}, {}, "run"};
    net.run.duration_ms.reset();
    net.phases = trials({"E->E"});
    Contract contract = contract_of(net);
    contract.stops = {1, 42, 43, 44, 55, 56, 71, 72, 73, 90, 122, 124, 161, 180};
    contract.checkpoints = {0, 1, 43, 45, 72, 73, 89, 90, 107, 124, 163, 199};
    Outcome expected;
    EXPECT_EQ(broken(contract, &expected), "") << each.rule;
    ASSERT_EQ(expected.error, "");
  }
}

TEST(ContractDelays, APhaseWithoutPlasticityLeavesEveryDelayAsItIs) {
  Network net = moving(rule("delay_coincidence", {{"eta", 0.5}}));
  net.run.duration_ms.reset();
  net.phases = trials({});
  net.probes[0].at_ms = {0.0, 4.3, 7.2};
  const auto session = testing::open(*cpu_backend(), compiled(net), 2);
  session->advance_to(session->network().duration_steps);
  const auto& snapshots = session->recording().weights;
  EXPECT_EQ(snapshots.at(1).values, snapshots.at(2).values);
  EXPECT_NE(snapshots.at(0).values, snapshots.at(1).values);  // the control
}

TEST(ContractDelays, ADelayThatIsNotANumberStopsEveryBackendAtTheSameStep) {
  Network net = moving(rule("delay_eligibility", {{"eta", 1.0}, {"gain", 1e308}}, "wild"));
  net.signals["wild"] = {StepsSignal{{{0.0, 1e300}, {2.0, -1e300}, {2.5, 0.0}}}, {}, "run"};
  Outcome expected;
  EXPECT_EQ(broken(contract_of(net), &expected), "");
  EXPECT_NE(expected.error.find("the delay of the synapse"), std::string::npos) << expected.error;
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
