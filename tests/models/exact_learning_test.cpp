// Synapses that learn between exact cells: against answers at high precision, and against sums over all earlier spikes.
#include <gtest/gtest.h>

#include <cmath>
#include <fstream>
#include <nlohmann/json.hpp>

#include "backends/cpu/cpu.hpp"
#include "backends/reference/reference.hpp"
#include "core/network_json.hpp"
#include "models/models.hpp"
#include "tests/models/naive_rules.hpp"

namespace spikeloom {
namespace {

using Json = nlohmann::json;

Recording run(const Backend& backend, const Json& network, int threads = 1) {
  const auto compiled = compile(network_from_json(parse_json(network.dump(), "test.json")), builtin_models());
  OpenOptions options;
  options.threads = threads;
  const auto session = backend.open(compiled, options);
  session->advance_to(compiled->duration_steps);
  return session->recording();
}

double decimal(const Json& number) {
  return number.is_string() ? std::strtod(number.get<std::string>().c_str(), nullptr) : number.get<double>();
}
std::vector<double> decimals(const Json& list) {
  std::vector<double> numbers;
  for (const Json& each : list) numbers.push_back(decimal(each));
  return numbers;
}

// Answers at high precision ---------------------------------------------------------------------------------------------------

constexpr double kick_delay_ms = 0.001;

/// A cell that spikes when it is kicked and hardly feels anything else; it keeps its potential between spikes.
Json kicked_cell(const std::string& update) {
  return {{"size", 1},
          {"model", "lif_delta"},
          {"update", update},
          {"parameters", {{"V_th_mV", 1e5}, {"t_ref_ms", update == "exact" ? 0.0005 : 0.0}, {"tau_m_ms", 1e18}}}};
}

/// The kicks come so much earlier, and still mean a decimal.
Json kicks(const std::vector<double>& times, double delay_ms) {
  Json early = Json::array();
  for (const double t : times) early.push_back(std::round((t - delay_ms) * 1e9) / 1e9);
  return {{"spikes", {{"times_ms", Json::array({early})}}}};
}

/// The names that a network file uses.
Json rule_of(const Json& rule) {
  static const std::map<std::string, std::string> names = {{"pair", "stdp_pair"},
                                                           {"triplet", "stdp_triplet"},
                                                           {"vogels", "stdp_vogels"},
                                                           {"eligibility_pair", "stdp_eligibility"},
                                                           {"tsodyks_markram", "tsodyks_markram"}};
  Json out = {{"rule", names.at(rule["name"])}};
  for (const auto& [key, value] : rule["params"].items())
    if (key != "modulator" && key != "tau_d") out[key.starts_with("tau") ? key + "_ms" : key] = value;
  return out;
}

/// The synapse of a case between two cells that live as told; `step_ms` keeps multiples of 1/64 ms exact where it is 0.25.
Json network_of(const Json& problem, const std::string& pre, const std::string& post, double step_ms = 0.25) {
  const double delay = post == "exact" ? kick_delay_ms : step_ms;
  Json net = {{"spikeloom", 1}, {"run", {{"step_ms", step_ms}, {"min_delay_ms", 0.0005}, {"duration_ms", problem["duration"]}}}};
  net["populations"] = {{"post", kicked_cell(post)}};
  net["inputs"] = {{"kick", kicks(decimals(problem.value("post", Json::array())), delay)}};
  net["projections"] =
      Json::array({{{"from", "kick"}, {"to", "post"}, {"connect", "one_to_one"}, {"weight", 1e6}, {"delay_ms", delay}}});
  const std::vector<double> spikes = decimals(problem["pre"]);
  if (pre == "input") {
    net["inputs"]["pre"] = {{"spikes", {{"times_ms", Json::array({spikes})}}}};
  } else {
    const double before = pre == "exact" ? kick_delay_ms : step_ms;
    net["populations"]["pre"] = kicked_cell(pre);
    net["inputs"]["pre_kick"] = kicks(spikes, before);
    net["projections"].push_back(
        {{"from", "pre_kick"}, {"to", "pre"}, {"connect", "one_to_one"}, {"weight", 1e6}, {"delay_ms", before}});
  }
  const Json& synapse = problem["synapse"];
  Json learning = {{"name", "synapse"},
                   {"from", "pre"},
                   {"to", "post"},
                   {"connect", "one_to_one"},
                   {"weight", synapse["weight"]},
                   {"delay_ms", {{"axonal_ms", synapse["axonal_delay"]}, {"dendritic_ms", synapse["dendritic_delay"]}}},
                   {"plasticity", rule_of(problem["rule"])}};
  if (problem.contains("modulator_pulses") && problem["rule"]["name"] == "eligibility_pair") {
    Json pulses = Json::array();
    for (const Json& pulse : problem["modulator_pulses"]) pulses.push_back({pulse["time"], pulse["amplitude"]});
    const Json& params = problem["rule"]["params"];
    net["signals"]["modulator"] = params["modulator"] == "instant"
                                      ? Json{{"instant", {{"pulses", pulses}}}}
                                      : Json{{"decay", {{"tau_ms", params["tau_d"]}, {"pulses", pulses}}}};
    learning["plasticity"]["signal"] = "modulator";
    learning["plasticity"]["w_bound"] = 1e6;
  }
  net["projections"].push_back(learning);
  Json states = Json::array();
  for (const auto& [key, value] : problem["expected"]["records"][0].items())
    if (key != "time" && key != "w") states.push_back(key);
  net["probes"] = Json::array({{{"weights", "synapse"}, {"at_ms", problem["record_times"]}}, {{"spikes", "post"}}});
  if (!states.empty()) net["probes"][0]["states"] = states;
  return net;
}

/// The largest error of all records, in units of what the case says is the scale of each.
double error_of(const Json& problem, const Recording& recording) {
  const Json& expected = problem["expected"];
  const auto scale = [&](const std::string& what) {
    return expected.contains("scale") && expected["scale"].contains(what) ? std::fabs(decimal(expected["scale"][what])) : 1.0;
  };
  double largest = 0;
  EXPECT_EQ(recording.weights.size(), expected["records"].size());
  for (std::size_t r = 0; r < recording.weights.size(); ++r) {
    const WeightSnapshot& snapshot = recording.weights[r];
    const Json& record = expected["records"][r];
    EXPECT_NEAR(snapshot.time_ms, decimal(record["time"]), 1e-9);
    if (record.contains("w")) largest = std::max(largest, std::fabs(snapshot.weight.at(0) - decimal(record["w"])) / scale("w"));
    for (std::size_t k = 0; k < snapshot.states.size(); ++k)
      largest = std::max(largest,
                         std::fabs(snapshot.values[k].at(0) - decimal(record[snapshot.states[k]])) / scale(snapshot.states[k]));
  }
  return largest;
}

std::vector<Json> cases() {
  std::ifstream file(std::string(SPIKELOOM_SOURCE_DIR) + "/tests/data/plasticity/oracle.json");
  return Json::parse(file)["cases"].get<std::vector<Json>>();
}

TEST(ExactLearning, EveryStoredSynapseBetweenExactCellsAgreesToTwelveDigits) {
  double worst = 0;
  int number = 0;
  for (const Json& problem : cases()) {
    SCOPED_TRACE(problem["id"].get<std::string>() + " " + problem["title"].get<std::string>());
    for (const char* pre : {"input", "exact"}) {
      if (problem["duration"].get<double>() > 5000 && pre[0] == 'i') continue;
      const Json net = network_of(problem, pre, "exact");
      for (const auto& backend : {reference_backend(), cpu_backend()}) {
        const Recording recording = run(*backend, net);
        EXPECT_EQ(recording.spike_trains.at(0).neuron.size(), problem.value("post", Json::array()).size());
        const double error = error_of(problem, recording);
        EXPECT_LT(error, 1e-12) << pre << " " << backend->name();
        worst = std::max(worst, error);
      }
    }
    ++number;
  }
  EXPECT_GE(number, 22);
  RecordProperty("worst", std::to_string(worst));
}

TEST(ExactLearning, WhatIsSentOnIsTheWeightAfterThePre) {  // amplitudes of short-term plasticity, added up by the potential
  int number = 0;
  for (const Json& problem : cases()) {
    if (!problem["expected"].contains("amplitudes")) continue;
    Json net = network_of(problem, "exact", "exact");
    const TimeGrid grid(0.25);
    const Json& synapse = problem["synapse"];
    std::vector<double> arrivals;
    for (const double t : decimals(problem["pre"]))
      arrivals.push_back(grid.ms_of(grid.add(grid.exact(t), grid.add(grid.exact(decimal(synapse["axonal_delay"])),
                                                                     grid.exact(decimal(synapse["dendritic_delay"]))))));
    net["probes"] = Json::array({{{"state", "V_m_mV"}, {"of", "post"}, {"at_ms", arrivals}}});
    net["projections"][0]["weight"] = 0;  // the grid is for what learns
    const auto wanted = decimals(problem["expected"]["amplitudes"]);
    for (const auto& backend : {reference_backend(), cpu_backend()}) {
      const Recording recording = run(*backend, net);
      const auto& V = recording.state_traces.at(0).values.at(0);
      ASSERT_EQ(V.size(), wanted.size());
      double sum = -70;
      const double largest = *std::ranges::max_element(wanted);
      for (std::size_t k = 0; k < wanted.size(); ++k) {
        sum += wanted[k];
        EXPECT_NEAR(V[k], sum, 1e-12 * static_cast<double>(k + 1) * largest) << problem["id"] << " " << k;
      }
    }
    ++number;
  }
  EXPECT_GE(number, 3);
}

TEST(ExactLearning, TimesRoundedToStepsGiveAnotherWeight) {  // the control: what exact time is for
  int number = 0;
  for (const Json& problem : cases()) {
    if (problem["rule"]["name"] == "tsodyks_markram" || problem["duration"].get<double>() > 5000) continue;
    const auto end = [&](const std::string& post) {
      Json net = network_of(problem, "input", post);
      net["probes"] = Json::array({{{"weights", "synapse"}, {"at_ms", {problem["duration"]}}}});
      return run(*reference_backend(), net).weights.at(0).weight.at(0);
    };
    number += std::fabs(end("exact") - end("stepped")) > 1e-6 ? 1 : 0;
  }
  EXPECT_GE(number, 15);  // two of 18 end at a bound either way
}

// Networks against sums over all earlier spikes --------------------------------------------------------------------------------

/// Cells A and B that fire by themselves, exact ones unless told otherwise, and a projection "learns" from A to B.
Json network_with(const Json& rules, const Json& delay, const std::string& from = "exact", const std::string& to = "exact") {
  const auto cells = [](const std::string& update, int size) {
    return Json{{"size", size},
                {"model", "lif_exp"},
                {"update", update},
                {"parameters", {{"I_e_pA", {{"uniform", {380, 1200}}}}, {"t_ref_ms", 0.7}}},
                {"initial", {{"V_m_mV", {{"uniform", {-70, -55.5}}}}}}};
  };
  Json net = {{"spikeloom", 1}, {"run", {{"duration_ms", 180}, {"step_ms", 0.1}, {"seed", 4}}}};
  net["populations"] = {{"A", cells(from, 24)}, {"B", cells(to, 20)}};
  net["inputs"]["noise"] = {{"poisson", {{"rate_hz", 60}}}, {"size", 12}};
  net["projections"] =
      Json::array({{{"from", "A"},
                    {"to", "B"},
                    {"name", "learns"},
                    {"connect", {{"fixed_probability", 0.3}}},
                    {"weight", {{"uniform", {10, 50}}}},
                    {"delay_ms", delay},
                    {"receptor", "exc"},
                    {"plasticity", rules}},
                   {{"from", "noise"},
                    {"to", "A"},
                    {"connect", {{"fixed_probability", 0.3}}},
                    {"weight", 200},
                    {"delay_ms", {{"uniform", {0.1, 2}}}}},
                   {{"from", "B"}, {"to", "A"}, {"connect", {{"fixed_probability", 0.2}}}, {"weight", -40}, {"delay_ms", 1.5}}});
  net["probes"] = Json::array({{{"weights", "learns"}, {"at_ms", {180}}}, {{"spikes", "A"}}, {{"spikes", "B"}}});
  return net;
}

std::map<std::uint32_t, std::vector<double>> trains(const SpikeTrain& train) {
  std::map<std::uint32_t, std::vector<double>> times;
  for (std::size_t k = 0; k < train.neuron.size(); ++k) times[train.neuron[k]].push_back(train.time_ms[k]);
  return times;
}

/// Delays of the synapses of "learns" in canonical order.
std::vector<double> delays_of(const Json& network) {
  const auto compiled = compile(network_from_json(parse_json(network.dump(), "test.json")), builtin_models());
  struct Delays final : SynapseSink {
    std::vector<double> ms;
    bool exact = false;
    double step_ms = 0;
    void take(const SynapseBatch& batch) override {
      for (std::uint32_t k = 0; k < batch.count; ++k) ms.push_back(exact ? batch.delay_ms[k] : batch.delay[k] * step_ms);
    }
  } delays;
  for (const auto& projection : compiled->projections) {
    if (projection.name != "learns") continue;
    delays.exact = projection.rows->exact, delays.step_ms = compiled->step_ms;
    projection.rows->visit(0, projection.rows->sources, delays);
  }
  return delays.ms;
}

/// Every weight at the end as the definition of the rule has it for the spikes that there were.
void expect_definition(const Json& network, const Json& rule, double axonal_ms, double dendritic_ms, const std::string& what,
                       const naive::Modulator& modulator = {}) {
  // The start: the same network, looked at before anything happens.
  Json before = network;
  before["probes"] = Json::array({{{"weights", "learns"}, {"at_ms", {0}}}});
  before["run"]["duration_ms"] = 0.1;
  const std::vector<double> start = run(*reference_backend(), before).weights.at(0).weight;
  const std::vector<double> delays = delays_of(network);
  for (const auto& backend : {reference_backend(), cpu_backend()}) {
    const Recording recording = run(*backend, network, 2);
    const auto pre = trains(recording.spike_trains.at(0)), post = trains(recording.spike_trains.at(1));
    const WeightSnapshot& end = recording.weights.at(0);
    ASSERT_EQ(end.weight.size(), delays.size());
    ASSERT_GT(delays.size(), 100u);
    std::size_t spikes = 0;
    double moved = 0;
    for (std::size_t k = 0; k < delays.size(); ++k) {
      naive::Protocol protocol;
      if (pre.contains(end.source[k])) protocol.pre_ms = pre.at(end.source[k]);
      if (post.contains(end.target[k])) protocol.post_ms = post.at(end.target[k]);
      spikes += protocol.pre_ms.size() + protocol.post_ms.size();
      naive::Synapse synapse{start[k], axonal_ms, dendritic_ms};
      if (axonal_ms < 0) synapse.axonal_ms = delays[k] - dendritic_ms;
      if (dendritic_ms < 0) synapse.dendritic_ms = delays[k] - axonal_ms;
      const auto answer = naive::replay(rule, synapse, protocol, {network["run"]["duration_ms"].get<double>()}, modulator);
      EXPECT_NEAR(end.weight[k], answer.weight.at(0), 1e-12 * 100) << what << " " << backend->name() << " " << k;
      moved = std::max(moved, std::fabs(end.weight[k] - start[k]));
    }
    EXPECT_GT(spikes / delays.size(), 8u) << what;
    EXPECT_GT(moved, 0.01) << what;
  }
}

const Json pair = {{"rule", "stdp_pair"}, {"A_plus", 2.0}, {"A_minus", -1.7}, {"tau_plus_ms", 15},
                   {"tau_minus_ms", 22},  {"w_min", 0},    {"w_max", 100}};

/// Every rule with an answer of its own.
std::vector<std::pair<std::string, Json>> rules() {
  Json nearest = pair, multiplicative = pair;
  nearest["pairing"] = "nearest";
  multiplicative["dependence"] = "multiplicative";
  multiplicative["A_plus"] = 0.03, multiplicative["A_minus"] = -0.03;
  Json guetig = {{"rule", "stdp_pair"}, {"dependence", "guetig"}, {"lambda", 0.02},     {"alpha", 1.1}, {"mu_plus", 0.4},
                 {"mu_minus", 0.6},     {"tau_plus_ms", 15},      {"tau_minus_ms", 22}, {"w_min", 0},   {"w_max", 100}};
  Json power = {{"rule", "stdp_pair"}, {"dependence", "power_law"}, {"lambda", 0.3}, {"alpha", 0.06}, {"mu", 0.4},
                {"tau_plus_ms", 15},   {"tau_minus_ms", 22},        {"w_min", 0},    {"w_max", 150}};
  Json triplet = {{"rule", "stdp_triplet"}, {"A2_plus", 0.5},      {"A3_plus", 0.6},  {"A2_minus", 0.7},
                  {"A3_minus", 0.2},        {"tau_plus_ms", 16.8}, {"tau_x_ms", 101}, {"tau_minus_ms", 33.7},
                  {"tau_y_ms", 125},        {"w_min", 0},          {"w_max", 150}};
  Json vogels = {{"rule", "stdp_vogels"}, {"eta", 1.0}, {"alpha", 0.4}, {"tau_ms", 20}, {"w_min", 0}, {"w_max", 150}};
  return {{"pair", pair},     {"nearest", nearest}, {"multiplicative", multiplicative},
          {"guetig", guetig}, {"power law", power}, {"triplet", triplet},
          {"vogels", vogels}};
}

TEST(ExactLearning, EveryRuleOntoExactCellsIsItsDefinition) {
  const Json axonal = {{"axonal_ms", {{"uniform", {0.11, 3}}}}, {"dendritic_ms", 0.427}};
  for (const auto& [what, rule] : rules()) expect_definition(network_with(rule, axonal), rule, -1, 0.427, what);
}

TEST(ExactLearning, DelaysLieWhereTheyAreSaidToLie) {
  const Json dendritic = {{"axonal_ms", 0.31}, {"dendritic_ms", {{"uniform", {0.1, 3}}}}}, plain = {{"uniform", {0.2, 3}}};
  for (const auto& [what, rule] : rules()) {
    if (what != "pair" && what != "triplet") continue;
    expect_definition(network_with(rule, dendritic), rule, 0.31, -1, what + " dendritic");
    expect_definition(network_with(rule, plain), rule, -1, 0, what + " axonal");
    Json nest = rule;
    nest["preset"] = "nest";
    if (what == "pair") nest["amplitude"] = "absolute";
    expect_definition(network_with(nest, plain), nest, 0, -1, what + " nest");
  }
}

TEST(ExactLearning, BetweenSteppedAndExactCellsEachSideKeepsItsTimes) {
  const Json onto_exact = {{"axonal_ms", {{"uniform", {0.11, 3}}}}, {"dendritic_ms", 0.427}};
  const Json onto_stepped = {{"axonal_ms", {{"uniform", {0.1, 3}}}}, {"dendritic_ms", 0.4}},
             no_dendrite = {{"uniform", {0.1, 3}}};
  for (const auto& [what, rule] : rules()) {
    expect_definition(network_with(rule, onto_exact, "stepped", "exact"), rule, -1, 0.427, what + " onto exact");
    expect_definition(network_with(rule, onto_stepped, "exact", "stepped"), rule, -1, 0.4, what + " onto stepped");
    expect_definition(network_with(rule, no_dendrite, "exact", "stepped"), rule, -1, 0, what + " onto stepped, axonal");
  }
}

TEST(ExactLearning, KnownPulsesActAtTheirOwnTimes) {
  const Json rule = {{"rule", "stdp_eligibility"}, {"A_plus", 0.5},  {"A_minus", -0.4}, {"tau_plus_ms", 15},
                     {"tau_minus_ms", 22},         {"tau_e_ms", 40}, {"gain", 0.3},     {"baseline", 0.2},
                     {"signal", "reward"},         {"w_bound", 1000}};
  const Json delay = {{"axonal_ms", {{"uniform", {0.11, 3}}}}, {"dendritic_ms", 0.427}};
  const Json pulses = Json::array({{10.123, 1.5}, {55.51, -2.0}, {55.55, 0.75}, {130, 1.0}});
  naive::Modulator modulator{25, {}};
  for (const Json& pulse : pulses) modulator.pulses.emplace_back(pulse[0], pulse[1]);
  Json net = network_with(rule, delay);
  net["signals"]["reward"] = {{"decay", {{"tau_ms", 25}, {"pulses", pulses}}}};
  expect_definition(net, rule, -1, 0.427, "decaying", modulator);
  Json instant = rule;
  instant["baseline"] = 0.0;
  net = network_with(instant, delay);
  net["signals"]["reward"] = {{"instant", {{"pulses", pulses}}}};
  modulator.tau_ms = 0;
  expect_definition(net, instant, -1, 0.427, "instant", modulator);
}

}  // namespace
}  // namespace spikeloom
