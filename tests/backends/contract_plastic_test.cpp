// Backends agree on plastic synapses: every rule, both sides of the delay, every order at one instant, rows that are swept.
#include <gtest/gtest.h>

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
using testing::wiring;

Plasticity rule(std::string name, NamedValues numbers, std::map<std::string, std::string> options = {}) {
  Plasticity plasticity;
  plasticity.rule = std::move(name);
  plasticity.parameters = std::move(numbers);
  plasticity.options = std::move(options);
  return plasticity;
}

/// Strong enough that a plastic weight decides over spikes.
NamedValues amplitudes(double unit) { return {{"A_plus", 0.1 * unit}, {"A_minus", -0.08 * unit}, {"w_max", 4 * unit}}; }

Network learning(const Projection& plastic, double run_ms) { return testing::learning_cells("learning", plastic, run_ms, 400); }

/// Both precisions; the weights must have moved.
void expect_kept(const Projection& plastic, const std::string& what, double run_ms = 20) {
  const Network net = learning(plastic, run_ms);
  for (const bool is_single : {false, true}) {
    Outcome expected;
    EXPECT_EQ(broken(contract_of(is_single ? testing::in_single(net) : net), &expected), "") << what << is_single;
    EXPECT_GT(expected.hashes.count, 300u) << what;
    ASSERT_EQ(expected.error, "") << what;
  }
}

Projection with(std::vector<Plasticity> rules, Value weight = uniform(20, 60)) {
  Projection projection;
  projection.weight = std::move(weight);
  projection.plasticity = std::move(rules);
  return projection;
}

TEST(ContractPlastic, EveryRuleAgrees) {
  const std::vector<std::pair<const char*, Projection>> cases = {
      {"additive", with({rule("stdp_pair", amplitudes(40))})},
      {"nearest", with({rule("stdp_pair", amplitudes(40), {{"pairing", "nearest"}})})},
      {"multiplicative",
       with({rule("stdp_pair", {{"A_plus", 0.1}, {"A_minus", -0.1}, {"w_max", 100.0}}, {{"dependence", "multiplicative"}})})},
      {"guetig", with({rule("stdp_pair", {{"lambda", 0.1}, {"alpha", 1.1}, {"mu_plus", 0.4}, {"mu_minus", 0.6}, {"w_max", 100.0}},
                            {{"dependence", "guetig"}})})},
      {"power law", with({rule("stdp_pair", {{"lambda", 0.5}, {"alpha", 0.05}, {"mu", 0.4}, {"w_max", 150.0}},
                               {{"dependence", "power_law"}})})},
      {"triplet", with({rule("stdp_triplet",
                             {{"A2_plus", 0.5}, {"A3_plus", 0.6}, {"A2_minus", 0.7}, {"A3_minus", 0.2}, {"w_max", 150.0}})})},
      {"vogels", with({rule("stdp_vogels", {{"eta", 1.0}, {"w_max", 150.0}})})},
      {"oja", with({rule("oja", {{"eta", 1.0}, {"w_max", 150.0}})})},
      {"short-term", with({rule("tsodyks_markram", {{"tau_fac_ms", 50.0}})})},
      {"short-term and pairs", with({rule("tsodyks_markram", {}, {{"u_rest", "U"}}), rule("stdp_pair", amplitudes(40))})}};
  for (auto [what, projection] : cases) {
    projection.axonal_ms = uniform(0.1, 2.0);
    projection.dendritic_ms = 0.4;
    expect_kept(projection, what);
  }
}

TEST(ContractPlastic, EveryOrderAtOneInstantAgreesWhereverTheDelayLies) {
  for (const char* zero_lag : {"none", "potentiate", "depress", "both"}) {
    const Projection plain = with({rule("stdp_pair", amplitudes(40), {{"zero_lag", zero_lag}})});
    Projection axonal = plain, dendritic = plain, both = plain;
    axonal.delay_ms = uniform(0.1, 1.5);
    dendritic.axonal_ms = 0.0, dendritic.dendritic_ms = uniform(0.1, 3.0);
    both.axonal_ms = 0.7, both.dendritic_ms = uniform(0.0, 1.0);
    expect_kept(axonal, std::string("axonal ") + zero_lag);
    expect_kept(dendritic, std::string("dendritic ") + zero_lag);
    expect_kept(both, std::string("both ") + zero_lag);
  }
}

TEST(ContractPlastic, CellsThatAreNoTargetsMaySpikeOften) {
  // A checkpoint holds spikes for as long as the slowest synapse needs them: dozens of a cell that fires every half millisecond.
  Network net;
  net.run.duration_ms = 30.0;
  net.run.step_ms = 0.1;
  net.run.seed = 3.0;
  testing::add_cells(net, "A", "lif_exp", 20, {{"I_e_pA", uniform(400, 900)}, {"t_ref_ms", 0.5}});
  testing::add_cells(net, "B", "lif_exp", 40, {{"I_e_pA", uniform(400, 900)}, {"t_ref_ms", 0.5}});
  Projection plastic = with({rule("stdp_pair", amplitudes(40))});
  plastic.connect.kind = Kind::fixed_in_degree, plastic.connect.count = 5.0;
  plastic.delay_ms = uniform(0.5, 2);
  net.connect("A", "B[0:20]", plastic);
  Drive busy;
  busy.to = parse_slice("B[20:40]", {});
  net.input("busy", {CurrentInput{StepTable{{0.0, 20'000.0}}}, busy});
  net.connect("B", "A", wiring(Kind::fixed_in_degree, 4, 5.0, 25.0));
  Contract contract = contract_of(net);
  contract.actions.clear();
  contract.checkpoints = {100, 200, 260};
  Outcome expected;
  EXPECT_EQ(broken(contract, &expected), "");
  EXPECT_GT(expected.hashes.count, 20u * 40u);
}

TEST(ContractPlastic, ThreeFactorRulesAgreeForScalarsGroupsAndTargets) {
  const NamedValues fading = {{"tau_e_ms", 7.0}, {"gain", 2.0}, {"w_min", 0.0}, {"w_max", 150.0}};
  const NamedValues deferred = {{"A_plus", 5.0}, {"A_minus", -4.0}, {"w_min", 0.0}, {"w_max", 150.0}};
  for (const std::string name : {"stdp_eligibility", "pre_eligibility", "covariance_eligibility", "stdp_deferred"})
    for (const char* signal : {"steps", "caller", "targets"}) {
      Plasticity factors = rule(name, name == "stdp_deferred" ? deferred : fading);
      factors.signal = signal;
      Projection plastic = with({factors});
      plastic.axonal_ms = uniform(0.1, 2.0), plastic.dendritic_ms = 0.3;
      Network net = learning(with({rule("stdp_pair", amplitudes(40))}), 20);
      testing::add_third_factor(net, plastic);
      Contract contract = contract_of(net);
      contract.actions = testing::calls_and_signal();
      for (const bool is_single : {false, true}) {
        contract.network = compiled(is_single ? testing::in_single(net) : net);
        Outcome expected;
        EXPECT_EQ(broken(contract, &expected), "") << name << " " << signal << is_single;
        ASSERT_EQ(expected.error, "");
      }
    }
}

TEST(ContractPlastic, AnchorsOfWideSignalsLeaveNoTrace) {
  Plasticity factors = rule("stdp_eligibility", {{"tau_e_ms", 100.0}, {"gain", 0.5}, {"w_min", 0.0}, {"w_max", 150.0}});
  factors.signal = "targets";
  Projection plastic = with({factors});
  plastic.dendritic_ms = 0.3;
  Network net = learning(with({rule("stdp_pair", amplitudes(40))}), 850);
  testing::add_rare_factor(net, plastic);
  Contract contract{compiled(testing::in_single(net)), {}, {3}, {""}, {}, {}};
  EXPECT_EQ(contract.network->projections.back().plasticity->anchor_steps, 4000);
  contract.stops = {3999, 4001, 8001};
  contract.checkpoints = {3500, 4001, 8050};
  EXPECT_EQ(broken(contract), "");
}

/// Nine synapses under a third factor that hear a spike each long before step S, and one each around it.
Network around_anchor(std::int64_t S, const std::string& name, double dendritic_ms) {
  const auto at = static_cast<double>(S);
  Network net;
  net.run.duration_ms = at + 20;
  net.run.step_ms = 1.0;
  testing::add_cells(net, "T", "lif_delta", 1, {});
  SpikeListInput pre, post;
  for (int k = -4; k <= 4; ++k) pre.times_ms.push_back({at - 40, at + k});
  post.times_ms = {{at - 37}};
  net.input("pre", {pre, std::nullopt});
  net.input("post", {post, std::nullopt});
  net.signals["reward"] = {StepsSignal{{{0.0, 0.5}}}, {}, "run"};
  Projection drive;
  drive.connect.kind = Kind::one_to_one, drive.weight = 100.0, drive.delay_ms = 1.0;
  net.connect("post", "T", drive);
  Projection plastic = with({rule(name, {})}, 1.0);
  if (name != "stdp_deferred") plastic.plasticity[0].parameters = {{"tau_e_ms", 1000.0}, {"gain", 0.01}};
  plastic.plasticity[0].signal = "reward", plastic.plasticity[0].w_bound = 100.0;
  plastic.name = "plastic", plastic.connect.kind = Kind::all_to_all;
  plastic.axonal_ms = 1.0, plastic.dendritic_ms = dendritic_ms;
  net.connect("pre", "T", plastic);
  return net;
}

TEST(ContractPlastic, ASpikeThatArrivesAroundAnAnchorMeetsAllThatTheSignalDid) {
  // Without a dendritic part the arrival of step S + 1 waits for posts of its instant while its synapse is brought to the anchor.
  for (const char* name : {"stdp_eligibility", "pre_eligibility", "stdp_deferred"})
    for (const double dendritic_ms : {0.0, 1.0}) {
      const auto anchor_of = [](const CompiledNetwork& network) {
        return std::ranges::find(network.projections, "plastic", &CompiledProjection::name)->plasticity->anchor_steps;
      };
      const std::int64_t S = anchor_of(*compiled(around_anchor(1000, name, dendritic_ms)));
      Contract contract{compiled(around_anchor(S, name, dendritic_ms)), {}, {2}, {""}, {}, {}};
      contract.stops = {S + 1};
      contract.checkpoints = {S, S + 1, S + 2};
      EXPECT_EQ(broken(contract), "") << name << ", dendritic part " << dendritic_ms << ", anchor " << S;
    }
}

TEST(ContractPlastic, RowsThatHearNothingAreSweptWithoutATrace) {
  // F fires at up to 5 kHz, so its histories overflow long before the quiet rows hear a spike.
  Projection plastic = with(
      {rule("stdp_triplet", {{"A2_plus", 0.02}, {"A3_plus", 0.02}, {"A2_minus", 0.02}, {"A3_minus", 0.01}, {"w_max", 150.0}})});
  plastic.axonal_ms = 0.2, plastic.dendritic_ms = uniform(0.1, 2.0);
  Network net = learning(plastic, 60);
  std::get<Population>(net.graph()[*net.find("F")].what).parameters["I_e_pA"] = uniform(3000, 20000);
  Contract contract = contract_of(net);
  contract.checkpoints = {0, 99, 100, 301, 555};
  Outcome expected;
  EXPECT_EQ(broken(contract, &expected), "");
  EXPECT_GT(expected.hashes.count, 140u * 40u);
  contract.network = compiled(testing::in_single(net));
  EXPECT_EQ(broken(contract), "");
}

TEST(ContractPlastic, GroupsSlicesKernelsAndGainsOfPlasticProjectionsAgree) {
  Network net = learning(with({rule("stdp_pair", amplitudes(40))}), 20);
  net.group("all", {parse_slice("E[0:100]", {}), parse_slice("E[50:150:2]", {})});
  Projection grouped = with({rule("stdp_pair", amplitudes(40), {{"zero_lag", "both"}})});
  grouped.name = "grouped";
  grouped.connect.kind = Kind::fixed_total;
  grouped.connect.count = 900.0;
  grouped.delay_ms = uniform(0.1, 1.0);
  net.connect("all", "all", grouped);
  StepsSignal steps;
  steps.steps = {{0.0, 0.0}, {5.0, 1.0}, {12.0, -0.5}};
  net.signals["mood"] = {steps, {}};
  net.modulation.push_back({"mood", "grouped", "gain", 0.7, {}});
  Outcome expected;
  EXPECT_EQ(broken(contract_of(net), &expected), "");
}

TEST(ContractPlastic, PhasesThatRestAndStartAnewAgree) {
  std::vector<Projection> cases;
  for (const char* zero_lag : {"none", "both"}) {
    Projection pairs =
        with({rule("tsodyks_markram", {}, {{"u_rest", "U"}}), rule("stdp_pair", amplitudes(40), {{"zero_lag", zero_lag}})});
    pairs.axonal_ms = uniform(0.1, 2.0), pairs.dendritic_ms = 0.4;
    cases.push_back(pairs);
    pairs.axonal_ms = 0.5, pairs.dendritic_ms = uniform(0.0, 1.0);
    cases.push_back(pairs);
  }
  Plasticity factors = rule("stdp_eligibility", {{"tau_e_ms", 7.0}, {"gain", 2.0}, {"w_min", 0.0}, {"w_max", 150.0}});
  factors.signal = "steps";
  cases.push_back(with({factors}));
  cases.back().axonal_ms = uniform(0.1, 2.0), cases.back().dendritic_ms = 0.3;
  for (std::size_t k = 0; k < cases.size(); ++k) {
    Network net = learning(cases[k], 20);
    net.signals["steps"] = {StepsSignal{{{0.0, 0.5}, {7.3, -1.0}, {12.0, 2.0}}}, {}};
    net.run.duration_ms.reset();
    net.phases = trials({"E->E"});
    Contract contract = testing::contract_of_trials(net);
    for (const bool is_single : {false, true}) {
      contract.network = compiled(is_single ? testing::in_single(net) : net);
      Outcome expected;
      EXPECT_EQ(broken(contract, &expected), "") << k << is_single;
      ASSERT_EQ(expected.error, "");
    }
  }
}

/// Weights of E->E at the two times of a run in these phases.
std::pair<std::vector<double>, std::vector<double>> weights_at(std::vector<Phase> phases, double first_ms, double second_ms) {
  Projection plastic = with({rule("stdp_pair", amplitudes(40))});
  plastic.axonal_ms = uniform(0.1, 2.0), plastic.dendritic_ms = 0.4;
  Network net = learning(plastic, 20);
  net.run.duration_ms.reset();
  net.phases = std::move(phases);
  net.probes[0].at_ms = {first_ms, second_ms};
  const auto session = testing::open(*cpu_backend(), compiled(net), 2);
  session->advance_to(session->network().duration_steps);
  const auto& snapshots = session->recording().weights;
  return {snapshots.at(0).weight, snapshots.at(1).weight};
}

TEST(ContractPlastic, APhaseWithoutPlasticityLeavesEveryWeightAsItIs) {
  const auto [before, after] = weights_at(trials({}), 4.3, 7.2);
  EXPECT_EQ(before, after);
  const auto [start, learned] = weights_at(trials({}), 0, 4.3);  // the control
  EXPECT_NE(start, learned);
}

TEST(ContractPlastic, AWeightThatIsNotANumberStopsEveryBackendAtTheSameStep) {
  Projection plastic = with({rule("stdp_pair", {{"A_plus", 1e308}, {"A_minus", -1e308}})});
  plastic.plasticity[0].w_bound = 200.0;
  const Network net = learning(plastic, 20);
  Outcome expected;
  EXPECT_EQ(broken(contract_of(net), &expected), "");
  EXPECT_NE(expected.error, "");
}

TEST(ContractPlastic, AnotherRuleIsAnotherRun) {  // the control: the hashes above could differ
  const auto hashes = [](double a_plus) {
    Projection plastic = with({rule("stdp_pair", amplitudes(40))});
    plastic.plasticity[0].parameters["A_plus"] = a_plus;
    const auto session = testing::open(*cpu_backend(), compiled(learning(plastic, 20)), 2);
    session->advance_to(session->network().duration_steps);
    return testing::hashes_of(*session);
  };
  EXPECT_NE(hashes(4.0).states, hashes(4.0000001).states);
  EXPECT_NE(hashes(4.0).spikes, hashes(9.0).spikes);
}

}  // namespace
}  // namespace spikeloom
