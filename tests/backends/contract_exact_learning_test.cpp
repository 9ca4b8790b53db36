// Backends agree on synapses that learn in exact time: every rule, both sides of the delay, stepped cells beside exact ones.
#include <gtest/gtest.h>

#include "backends/cpu/cpu.hpp"
#include "tests/backends/contract.hpp"

namespace spikeloom {
namespace {

using testing::broken;
using testing::Contract;
using testing::network_of;
using testing::Outcome;

/// Exact cells A and B that fire by themselves and hear each other, an input and a caller through synapses with these rules;
/// stepped cells C on both sides of some. `delay`: onto exact cells; `steps`: onto stepped ones.
std::string learning(const std::string& rules, const std::string& delay, const std::string& steps, const std::string& more = "",
                     double duration_ms = 16) {
  const auto projection = [&](const std::string& ends, const std::string& connect, const std::string& parts) {
    return "{" + ends + R"(, "connect": )" + connect + R"(, "weight": {"uniform": [20, 60]}, "receptor": "exc", "delay_ms": )" +
           parts + R"(, "plasticity": )" + rules + "}";
  };
  return R"({"spikeloom": 1, "run": {"duration_ms": )" + std::to_string(duration_ms) + R"(, "min_delay_ms": 0.02, "seed": 5},
    "populations": {
      "A": {"size": 130, "model": "lif_exp", "update": "exact", "parameters": {"I_e_pA": {"uniform": [350, 900]}, "t_ref_ms": 1},
            "initial": {"V_m_mV": {"uniform": [-70, -55.5]}}},
      "B": {"size": 64, "model": "lif_delta", "update": "exact", "parameters": {"I_e_pA": {"uniform": [380, 1200]}, "t_ref_ms": 0},
            "initial": {"V_m_mV": {"uniform": [-70, -55.5]}}},
      "C": {"size": 128, "model": "lif_exp", "parameters": {"I_e_pA": {"uniform": [380, 900]}},
            "initial": {"V_m_mV": {"uniform": [-70, -55.5]}}}},
    "inputs": {"noise": {"poisson": {"rate_hz": 300}, "size": 20}, "caller": {"external": 5},
               "twice": {"spikes": {"times_ms": [[1.25, 1.25, 7.5], [3.3, 12, 12, 12]]}}},
    "projections": [)" +
         projection(R"("from": "A", "to": "A", "name": "learns")", R"({"fixed_in_degree": 12})", delay) + ", " +
         projection(R"("from": "C", "to": "A")", R"({"fixed_in_degree": 6})", delay) + ", " +
         projection(R"("from": "noise", "to": "A")", R"({"fixed_in_degree": 4})", delay) + ", " +
         projection(R"("from": "caller", "to": "A")", R"({"fixed_in_degree": 1})", delay) + ", " +
         projection(R"("from": "twice", "to": "A")", R"({"fixed_in_degree": 1})", delay) + ", " +
         projection(R"("from": "A", "to": "C", "name": "into steps")", R"({"fixed_in_degree": 10})", steps) + ", " +
         projection(R"("from": "noise", "to": "C")", R"({"fixed_in_degree": 4})", steps) + R"(,
      {"from": "A", "to": "B", "connect": {"fixed_in_degree": 10}, "weight": {"uniform": [0.2, 0.6]}, "delay_ms": )" +
         delay + R"(},
      {"from": "B", "to": "A", "connect": {"fixed_in_degree": 10}, "weight": -30, "delay_ms": {"uniform": [0.02, 2]}}],
    "probes": [{"weights": "learns", "at_ms": [0, 3.14159, 10, 12.22222, 16]}, {"weights": "into steps", "every_ms": 5},
               {"spikes": "A"}, {"spikes": "C"}, {"state": "V_m_mV", "of": "A[0:5]", "at_ms": [3.14159, 7.5]}])" +
         more + "}";
}

std::string replaced(std::string text, const std::string& what, const std::string& by) {
  const std::size_t at = text.find(what);
  if (at == std::string::npos) throw std::runtime_error("no " + what);
  return text.replace(at, what.size(), by);
}

const std::string exact_parts = R"({"axonal_ms": {"uniform": [0.02, 2]}, "dendritic_ms": 0.417})";
const std::string step_parts = R"({"axonal_ms": {"uniform": [0.1, 2]}, "dendritic_ms": 0.4})";

testing::Actions calls() {
  const auto emit = [](std::vector<std::uint32_t> cells) { return [cells](Session& session) { session.emit("caller", cells); }; };
  const auto ahead = [](Session& session) {
    const std::uint32_t cells[] = {0, 3, 3};
    const double times[] = {11.0625, 10.05, 14.2};
    session.emit_at("caller", cells, times);
  };
  return {{0, emit({0, 1})}, {1, emit({2})}, {55, emit({1, 4})}, {100, ahead}, {151, emit({0, 1, 2})}};
}

Contract contract_of(const std::string& text) {
  return {network_of(text), calls(), {1, 3}, {""}, {1, 2, 54, 55, 100, 101}, {0, 7, 100, 133}};
}

void expect_kept(const std::string& text, const std::string& what) {
  Outcome expected;
  EXPECT_EQ(broken(contract_of(text), &expected), "") << what;
  EXPECT_EQ(expected.error, "") << what;
  EXPECT_GT(expected.hashes.count, 200u) << what;
}

/// The rule's own hash differs from that of the network before it learns.
const char* const pair = R"({"rule": "stdp_pair", "A_plus": 4, "A_minus": -3.2, "w_max": 160, "zero_lag": "both"})";
const std::string rewarded =
    R"({"rule": "stdp_eligibility", "A_plus": 0.3, "A_minus": -0.2, "tau_e_ms": 9, "gain": 2,
                                 "w_min": 0, "w_max": 150, "signal": "signal"})";
const std::string eligible = replaced(rewarded, R"("gain": 2)", R"("gain": 2, "baseline": 0.1)");

TEST(ContractExactLearningThreads, EveryRuleAgrees) {
  const std::vector<std::pair<const char*, std::string>> rules = {
      {"pair", pair},
      {"nearest", R"({"rule": "stdp_pair", "A_plus": 4, "A_minus": -3.2, "w_max": 160, "pairing": "nearest"})"},
      {"triplet", R"({"rule": "stdp_triplet", "A2_plus": 0.5, "A3_plus": 0.6, "A2_minus": 0.7, "A3_minus": 0.2, "w_max": 150})"},
      {"vogels", R"({"rule": "stdp_vogels", "eta": 1, "w_max": 150})"},
      {"short-term", R"({"rule": "tsodyks_markram", "tau_fac_ms": 50})"},
      {"two rules", std::string(R"([{"rule": "tsodyks_markram", "u_rest": "U"}, )") + pair + "]"}};
  for (const auto& [what, rule] : rules) expect_kept(learning(rule, exact_parts, step_parts), what);
}

TEST(ContractExactLearningThreads, EveryOrderAtOneInstantAgreesWhereverTheDelayLies) {
  for (const std::string zero_lag : {"none", "potentiate", "depress", "both"}) {
    const std::string rule =
        R"({"rule": "stdp_pair", "A_plus": 4, "A_minus": -3.2, "w_max": 160, "zero_lag": ")" + zero_lag + "\"}";
    expect_kept(learning(rule, R"({"uniform": [0.02, 1.5]})", R"({"uniform": [0.1, 1.5]})"), "axonal " + zero_lag);
    expect_kept(learning(rule, R"({"axonal_ms": 0.05, "dendritic_ms": {"uniform": [0.02, 3]}})",
                         R"({"axonal_ms": 0, "dendritic_ms": {"uniform": [0.1, 3]}})"),
                "dendritic " + zero_lag);
  }
}

TEST(ContractExactLearningThreads, ThreeFactorRulesAgreeForEveryKindOfSignal) {
  const std::vector<std::pair<const char*, const char*>> signals = {
      {"steps", R"({"steps": [[0, 0.5], [7.3, -1], [12, 2]]})"},
      {"known", R"({"decay": {"tau_ms": 6, "pulses": [[2.345, 1], [2.5, -0.5], [13, 3]]}})"},
      {"instant", R"({"instant": {"pulses": [[2.345, 1], [2.5, -0.5], [13, 0.3]]}})"},
      {"driven", R"({"decay": {"tau_ms": 6, "driven_by": "noise", "jump": 0.05}})"},
      {"called", R"({"external": 1})"},
      {"targets", R"({"trace_of": "A", "tau_ms": 5, "scale": 0.3})"}};
  for (const auto& [what, signal] : signals) {
    const bool wide = std::string(what) == "targets";
    const std::string& rule = std::string(what) == "instant" ? rewarded : eligible;
    std::string text = learning(rule, exact_parts, step_parts, R"(, "signals": {"signal": )" + std::string(signal) + "}");
    if (wide) text = replaced(text, R"("C": {"size": 128)", R"("C": {"size": 130)");  // a value for each target
    Contract contract = contract_of(text);
    if (std::string(what) == "called")
      for (const std::int64_t step : {30, 111})
        contract.actions[step] = [step](Session& session) {
          session.set_signal("signal", std::vector<double>{step == 30 ? 1.5 : -0.5});
        };
    Outcome expected;
    EXPECT_EQ(broken(contract, &expected), "") << what;
    EXPECT_EQ(expected.error, "") << what;
  }
  for (const std::string rule : {"pre_eligibility", "covariance_eligibility"})
    expect_kept(
        learning(R"({"rule": ")" + rule + R"(", "tau_e_ms": 9, "gain": 0.5, "w_min": 0, "w_max": 150, "signal": "signal"})",
                 exact_parts, step_parts, R"(, "signals": {"signal": {"steps": [[0, 0.5], [7.3, -1], [12, 2]]}})"),
        rule);
}

TEST(ContractExactLearningThreads, LongHistoriesAreCutAndAnchorsPassedWithoutATrace) {
  // A fires up to a thousand times a second, and its rare input is silent most of the time; a signal for each of 650 targets has
  // anchors every 1,620 steps.
  std::string text = learning(eligible, exact_parts, step_parts,
                              R"(, "signals": {"signal": {"trace_of": "A", "tau_ms": 5, "scale": 0.02}})", 170);
  text = replaced(text, R"("A": {"size": 130)", R"("A": {"size": 650)");
  text = replaced(text, R"("C": {"size": 128)", R"("C": {"size": 650)");
  text = replaced(text, R"("I_e_pA": {"uniform": [350, 900]})", R"("I_e_pA": {"uniform": [300, 12000]})");
  text = replaced(text, R"("rate_hz": 300)", R"("rate_hz": 2)");
  Contract contract = contract_of(text);
  contract.threads = {2};
  contract.stops = {};
  contract.checkpoints = {1622, 1655};
  for (const auto& projection : contract.network->projections)
    if (projection.name == "learns") { EXPECT_EQ(projection.plasticity->anchor_steps, 1620); }
  Outcome expected;
  EXPECT_EQ(broken(contract, &expected), "");
  EXPECT_GT(expected.hashes.count, 20000u);
}

TEST(ContractExactLearningThreads, EightThreadsGiveTheBitsOfOne) {
  std::string text = learning(pair, exact_parts, step_parts);
  text = replaced(text, R"("A": {"size": 130)", R"("A": {"size": 600)");
  text = replaced(text, R"("C": {"size": 128)", R"("C": {"size": 500)");
  Contract contract = contract_of(text);
  contract.threads = {2, 8};
  contract.stops = {}, contract.checkpoints = {77};
  Outcome expected;
  EXPECT_EQ(broken(contract, &expected), "");
  EXPECT_GT(expected.hashes.count, 1000u);
}

/// Phases whose borders nothing else falls on: in some of them nobody learns, in some of them "into steps" alone, and some start
/// anew. The caller's actions at steps 55 and 100 fall within them.
std::string in_phases(std::string text, const std::string& reset) {
  const std::string duration = R"("duration_ms": 16.000000, )";
  text.erase(text.find(duration), duration.size());
  return replaced(text, R"("probes")",
                  R"("phases": [
      {"name": "all", "run_ms": 2.7}, {"name": "none", "run_ms": 1.6, "plasticity": false},
      {"name": "some", "run_ms": 0.9, "repeat": 3, "plasticity": ["into steps"], "reset": [)" +
                      reset + R"(]},
      {"name": "all", "run_ms": 2.2, "reset": [)" +
                      reset + R"(]}, {"name": "still", "run_ms": 1.1, "plasticity": []},
      {"name": "last", "run_ms": 5.7}], "probes")");
}

TEST(ContractExactLearningThreads, PhasesStopLearningAndStartAnewOnEveryBackend) {
  const std::vector<std::pair<std::string, std::string>> rules = {
      {pair, ""},
      {R"([{"rule": "tsodyks_markram", "u_rest": "U"}, {"rule": "stdp_triplet", "A2_plus": 0.5, "A3_plus": 0.6, "A2_minus": 0.7, "A3_minus": 0.2, "w_max": 150}])",
       ""},
      {eligible, R"({"steps": [[0, 0.5], [7.3, -1], [12, 2]]})"},
      {eligible, R"({"decay": {"tau_ms": 6, "pulses": [[2.345, 1], [2.7, 0.5], [3.5, -0.5], [5.2, 1], [13, 3]]}})"},
      {rewarded, R"({"instant": {"pulses": [[2.345, 1], [2.7, 0.5], [3.5, -0.5], [5.2, 1], [6.1, 2], [13, 0.3]]}})"},
      {eligible, R"({"decay": {"tau_ms": 6, "driven_by": "noise", "jump": 0.05}})"}};
  for (const std::string reset : {"", R"("state")", R"("state", "signals")"})
    for (const auto& [rule, signal] : rules) {
      const std::string signals = signal.empty() ? "" : R"(, "signals": {"signal": )" + signal + "}";
      for (const bool dendritic : {false, true}) {
        if (dendritic && (rule == rules[1].first || reset != R"("state")")) continue;
        Contract contract = contract_of(
            in_phases(learning(rule, dendritic ? R"({"axonal_ms": 0.05, "dendritic_ms": {"uniform": [0.02, 3]}})" : exact_parts,
                               dendritic ? R"({"axonal_ms": 0, "dendritic_ms": {"uniform": [0.1, 3]}})" : step_parts, signals),
                      reset));
        contract.threads = {2};
        contract.stops = {1, 27, 43, 44, 52, 70};
        contract.checkpoints = {27, 43, 52, 53, 70, 104};
        Outcome expected;
        EXPECT_EQ(broken(contract, &expected), "") << rule << signal << reset << dendritic;
        EXPECT_EQ(expected.error, "");
        EXPECT_GT(expected.hashes.count, 150u);
      }
    }
}

TEST(ContractExactLearning, SpikesUnderWayToSteppedCellsSurviveEveryCheckpoint) {
  // Nothing else is delayed as long: what a checkpoint holds must follow from these delays alone.
  for (const std::string plasticity :
       {"", R"(, "plasticity": {"rule": "stdp_pair", "A_plus": 4, "A_minus": -3.2, "w_max": 900})"}) {
    Contract contract{network_of(R"({"spikeloom": 1, "run": {"duration_ms": 6}, "populations": {
        "A": {"size": 40, "model": "lif_exp", "update": "exact", "parameters": {"I_e_pA": {"uniform": [900, 3000]}}},
        "C": {"size": 40, "model": "lif_exp", "parameters": {"I_e_pA": 300}}},
      "projections": [{"from": "A", "to": "C", "connect": {"fixed_in_degree": 6}, "weight": 500, "receptor": "exc", "delay_ms": 0.4)" +
                                 plasticity + "}]}"),
                      {},
                      {1},
                      {""},
                      {},
                      testing::every_step(59)};
    Outcome expected;
    EXPECT_EQ(broken(contract, &expected), "") << plasticity;
    EXPECT_GT(expected.hashes.count, 50u);
  }
}

TEST(ContractExactLearning, ARuleThatChangesNothingLeavesTheStaticNetwork) {
  const auto spikes = [](const std::string& rule) {
    std::string text = learning(R"({"rule": "stdp_pair", "A_plus": 0, "A_minus": 0, "w_max": 160})", exact_parts, step_parts);
    if (rule.empty())
      for (std::size_t at = text.find(R"(, "plasticity": )"); at != std::string::npos; at = text.find(R"(, "plasticity": )"))
        text.erase(at, text.find('}', at) + 1 - at);
    const auto session = testing::open(*cpu_backend(), network_of(text), 2);
    session->advance_to(session->network().duration_steps);
    // Grids differ, as a plastic weight may grow to its bound: spikes agree to rounding.
    std::vector<std::pair<std::uint32_t, double>> all;
    for (const auto& train : session->recording().spike_trains)
      for (std::size_t k = 0; k < train.neuron.size(); ++k) all.emplace_back(train.neuron[k], train.time_ms[k]);
    return std::pair(all, session->recording().synaptic_events);
  };
  const auto learns = spikes("rule"), is_static = spikes("");
  ASSERT_EQ(learns.first.size(), is_static.first.size());
  EXPECT_EQ(learns.second, is_static.second);
  for (std::size_t k = 0; k < learns.first.size(); ++k) EXPECT_NEAR(learns.first[k].second, is_static.first[k].second, 1e-7) << k;
}

TEST(ContractExactLearning, AWeightThatIsNotANumberStopsEveryBackendAtTheSameStep) {
  Contract contract = contract_of(
      learning(R"({"rule": "stdp_pair", "A_plus": 1e308, "A_minus": -1e308, "w_bound": 200})", exact_parts, step_parts));
  Outcome expected;
  EXPECT_EQ(broken(contract, &expected), "");
  EXPECT_NE(expected.error, "");
}

/// Times of spikes are no decimals, and a pre's instant is an arrival less the dendritic part, a post's a spike more it.
TEST(ContractExactLearning, SpikesThatMeetAtTheSynapseMeetWhateverTheRounding) {
  for (const auto& [step, part] :
       {std::pair{"0.5", "0.3"}, {"0.5", "0.9"}, {"1", "0.2"}, {"0.25", "0.3"}, {"1", "2.7"}, {"0.1", "0.7"}})
    for (const std::string zero_lag : {"none", "potentiate"}) {
      const auto network = network_of(
          R"({"spikeloom": 1, "run": {"duration_ms": 300, "step_ms": )" + std::string(step) +
          R"(}, "populations": {"A": {"size": 1, "model": "lif_exp", "update": "exact", "parameters": {"I_e_pA": 600}}},
           "projections": [{"name": "q", "from": "A", "to": "A", "connect": "all_to_all", "weight": 0, "receptor": "exc",
             "delay_ms": {"axonal_ms": )" +
          part + R"(, "dendritic_ms": )" + part + R"(},
             "plasticity": {"rule": "stdp_pair", "A_plus": 0.001, "A_minus": 0, "tau_plus_ms": 0.01, "w_max": 1, "zero_lag": ")" +
          zero_lag + R"("}}], "probes": [{"weights": "q", "at_ms": [300]}, {"spikes": "A"}]})");
      EXPECT_EQ(broken({network, {}, {1}}), "");
      const auto session = testing::open(*cpu_backend(), network, 1);
      session->advance(300);
      const Recording recording = session->recording();
      double met = 0;
      for (const double ms : recording.spike_trains.at(0).time_ms) met += ms + std::stod(part) <= 300;
      EXPECT_GT(met, 20);
      const double weight = recording.weights.at(0).weight.at(0);
      EXPECT_NEAR(weight, zero_lag == "none" ? 0 : 0.001 * met, 1e-12) << step << ", " << part << ", " << zero_lag;
    }
}

/// An input that stands in a group with exact cells sends through the same synapses as they do, so in exact time.
TEST(ContractExactLearning, AnInputInAGroupWithExactCellsIsHeardBySteppedOnes) {
  for (const char* input : {R"({"spikes": {"times_ms": [[1, 2, 3, 4.55]]}})", R"({"poisson": {"rate_hz": 400}, "size": 1})"}) {
    const auto network = network_of(
        R"({"spikeloom": 1, "run": {"duration_ms": 20}, "populations": {"E": {"size": 1, "model": "lif_exp"},
          "P": {"size": 1, "model": "lif_delta", "update": "exact"}}, "inputs": {"m": )" +
        std::string(input) +
        R"(}, "groups": {"G": ["m", "P"]}, "projections": [{"from": "G", "to": "E", "connect": "all_to_all", "weight": 10, "delay_ms": 1,
          "plasticity": {"rule": "stdp_pair", "A_plus": 0.1, "A_minus": -0.1, "w_max": 20}}]})");
    Outcome expected;
    EXPECT_EQ(broken({network, {}, {1, 2}, {""}, {}, {10, 33}}, &expected), "");
    EXPECT_GE(expected.hashes.events, 4u);
  }
}

TEST(ContractExactLearning, AnotherAmplitudeIsAnotherRun) {  // the control: the hashes above could differ
  const auto hashes = [](const std::string& a_plus) {
    const auto session =
        testing::open(*cpu_backend(),
                      network_of(learning(R"({"rule": "stdp_pair", "A_minus": -3.2, "w_max": 160, "A_plus": )" + a_plus + "}",
                                          exact_parts, step_parts)),
                      2);
    session->advance_to(session->network().duration_steps);
    return testing::hashes_of(*session);
  };
  EXPECT_NE(hashes("4").states, hashes("4.0000001").states);
  EXPECT_NE(hashes("4").spikes, hashes("9").spikes);
}

}  // namespace
}  // namespace spikeloom
