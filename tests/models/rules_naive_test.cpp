// Every rule as a network, on every backend, against its plain meaning: 10,000 random spikes on each side, delays on both,
// weights and states equal to 1e-12.
#include <gtest/gtest.h>

#include <cmath>
#include <random>

#include "tests/models/kicked_cell.hpp"
#include "tests/models/naive_rules.hpp"

namespace spikeloom {
namespace {

using nlohmann::json;

constexpr int many = 10000;

struct Delay {
  double axonal_ms, dendritic_ms;
};

/// `spikes` on each side, up to 10 ms apart, so that some meet at the synapse.
json random_case(const json& plasticity, double weight, Delay delay, int spikes = many, unsigned most_gap = 80) {
  std::mt19937 engine(11);
  const auto train = [&] {
    std::vector<double> times;
    double t = 5;
    for (int k = 0; k < spikes; ++k) times.push_back(t += test::kick_step_ms * (1 + engine() % most_gap));
    return times;
  };
  json wanted = {
      {"plasticity", plasticity}, {"weight", weight}, {"axonal_ms", delay.axonal_ms}, {"dendritic_ms", delay.dendritic_ms}};
  wanted["pre_ms"] = train(), wanted["post_ms"] = train();
  wanted["duration_ms"] = std::ceil(std::max(wanted["pre_ms"].back().get<double>(), wanted["post_ms"].back().get<double>()) + 30);
  return wanted;
}

std::vector<double> times_of(const json& wanted) {
  std::vector<double> at;
  const double end = wanted.at("duration_ms");
  for (int k = 1; k <= 8; ++k) at.push_back(std::floor(end * k / 8));
  return at;
}

naive::Answer replayed(const json& wanted, const naive::Modulator& modulator = {}) {
  return naive::replay(wanted.at("plasticity"), {wanted.at("weight"), wanted.at("axonal_ms"), wanted.at("dendritic_ms")},
                       {wanted.at("pre_ms"), wanted.at("post_ms")}, times_of(wanted), modulator);
}

double largest(const std::vector<double>& values) {
  double most = 0;
  for (const double value : values) most = std::max(most, std::fabs(value));
  return most;
}

/// The largest difference of weights and states on any backend, each in units of its largest value.
double worst(const json& wanted, json network, const naive::Answer& right) {
  json probe = {{"weights", "plastic"}, {"at_ms", times_of(wanted)}, {"states", json::array()}};
  for (const auto& [name, values] : right.states) probe["states"].push_back(name);
  network["probes"] = json::array({probe});
  double error = 0;
  for (const auto& backend : test::backends()) {
    const Recording recording = test::run(network, *backend);
    EXPECT_EQ(recording.weights.size(), right.weight.size());
    for (std::size_t n = 0; n < right.weight.size(); ++n) {
      const WeightSnapshot& snapshot = recording.weights[n];
      error = std::max(error, std::fabs(snapshot.weight.at(0) - right.weight[n]) / largest(right.weight));
      for (std::size_t k = 0; k < snapshot.states.size(); ++k) {
        const auto& values = right.states.at(snapshot.states[k]);
        error = std::max(error, std::fabs(snapshot.values[k].at(0) - values[n]) / std::max(largest(values), 1e-300));
      }
    }
  }
  return error;
}

/// A weight that stays proves nothing.
void expect_moved(const json& wanted, const naive::Answer& right, const std::string& what) {
  const double start = wanted.at("weight");
  double moved = 0;
  for (const double w : right.weight) moved = std::max(moved, std::fabs(w - start));
  EXPECT_GT(moved, 0.01 * std::fabs(start)) << what;
}

void expect_agrees(const json& wanted, const std::string& what = "") {
  const naive::Answer right = replayed(wanted);
  expect_moved(wanted, right, what);
  EXPECT_LT(worst(wanted, test::kicked_cell(wanted, json::array()), right), 1e-12) << what << wanted.at("plasticity");
}

json pair(const json& more) {
  json rule = {{"rule", "stdp_pair"}, {"tau_plus_ms", 16.8}, {"tau_minus_ms", 33.7}, {"w_min", 0.0}, {"w_max", 1.0}};
  rule.update(more);
  return rule;
}

const json additive = pair({{"A_plus", 0.011}, {"A_minus", -0.006}});
const json triplet = {{"rule", "stdp_triplet"}, {"A2_plus", 0.0046},   {"A3_plus", 0.0007}, {"A2_minus", 0.003},
                      {"A3_minus", 0.00075},    {"tau_plus_ms", 16.8}, {"tau_x_ms", 101.0}, {"tau_minus_ms", 33.7},
                      {"tau_y_ms", 125.0},      {"w_min", 0.0},        {"w_max", 4.0}};
const json vogels = {{"rule", "stdp_vogels"}, {"eta", 0.004}, {"alpha", 2.9}, {"tau_ms", 20.0}, {"w_min", 0.0}, {"w_max", 3.0}};
const json oja = {{"rule", "oja"}, {"eta", 0.002}, {"tau_ms", 25.0}, {"w_min", 0.0}, {"w_max", 8.0}};

TEST(NaiveRules, PairsAgreeForEveryPairingZeroLagAndDelay) {
  for (const char* pairing : {"all_to_all", "nearest"})
    for (const char* zero_lag : {"none", "potentiate", "depress", "both"})
      for (const Delay delay : {Delay{1.5, 0}, {0, 2.5}, {1, 4.5}, {20, 0.5}}) {
        json rule = additive;
        rule["pairing"] = pairing, rule["zero_lag"] = zero_lag;
        expect_agrees(random_case(rule, 0.5, delay, 2500, 12));  // many coincidences
      }
}

TEST(NaiveRules, EveryDependenceOnTheWeightAgrees) {
  for (const json& rule :
       {additive, pair({{"A_plus", 0.011}, {"A_minus", -0.0055}, {"amplitude", "times_w_max"}, {"w_max", 3.0}}),
        pair({{"dependence", "multiplicative"}, {"A_plus", 0.02}, {"A_minus", -0.01}, {"w_min", 0.1}}),
        pair({{"dependence", "guetig"}, {"lambda", 0.02}, {"alpha", 0.9}, {"mu_plus", 0.3}, {"mu_minus", 0.7}, {"w_max", 2.0}})})
    expect_agrees(random_case(rule, 0.5, {0.25, 1.125}));
  const json power = pair({{"dependence", "power_law"}, {"lambda", 0.1}, {"alpha", 0.0513}, {"mu", 0.4}, {"w_max", 1e4}});
  expect_agrees(random_case(power, 45, {0.25, 1.125}));
}

TEST(NaiveRules, TripletsHomeostasisAndOjasRuleAgree) {
  for (const json& rule : {triplet, vogels, oja})
    for (const char* pairing : {"all_to_all", "nearest"})
      for (const char* zero_lag : {"none", "potentiate", "depress", "both"}) {
        json with = rule;
        with["pairing"] = pairing, with["zero_lag"] = zero_lag;
        const bool whole = with["zero_lag"] == "none";
        expect_agrees(random_case(with, 0.3, {0.5, 1.25}, whole ? many : 2500));
      }
}

/// A signal that is constant between the times of a table; its value of a step acts on the next.
const std::vector<std::pair<double, double>> factor = {{0, 0.3},    {500, -1.0},   {1000, 0.0},
                                                       {2500, 2.0}, {20000, -0.5}, {20000.125, 1.5}};

TEST(NaiveRules, ThreeFactorsAgree) {
  const json stdp = {{"rule", "stdp_eligibility"}, {"A_plus", 0.0011}, {"A_minus", -0.0009}, {"tau_plus_ms", 16.0},
                     {"tau_minus_ms", 30.0},       {"gain", 0.003},    {"baseline", 0.1}};
  const json covariance = {{"rule", "covariance_eligibility"},
                           {"A", 0.001},
                           {"tau_ms", 20.0},
                           {"tau_mean_ms", 400.0},
                           {"tau_e_ms", 500.0},
                           {"gain", 0.0005},
                           {"baseline", 0.0}};
  std::vector<json> rules = {{{"rule", "pre_eligibility"}, {"A", 0.01}, {"tau_e_ms", 20.0}, {"gain", 0.05}, {"baseline", 0.0}}};
  for (const double tau_e : {3.0, 1000.0, 40000.0}) rules.push_back(stdp), rules.back()["tau_e_ms"] = tau_e;
  for (const char* zero_lag : {"potentiate", "depress", "both"})
    rules.push_back(stdp), rules.back().update({{"tau_e_ms", 300.0}, {"zero_lag", zero_lag}, {"pairing", "nearest"}});
  for (const char* about : {"both", "post", "pre", "none"}) rules.push_back(covariance), rules.back()["about"] = about;
  rules.push_back(covariance), rules.back().update({{"gain", 0.1}, {"w_min", -1.0}, {"w_max", 2.0}});  // bounds are met
  for (json& rule : rules) {
    rule["signal"] = "factor";
    json wanted = random_case(rule, 0.5, {0.5, 0.75});
    const naive::Answer right = replayed(wanted, {0, {}, factor});
    expect_moved(wanted, right, rule.dump());
    if (!rule.contains("w_max")) wanted["plasticity"]["w_bound"] = 1e4;
    json network = test::kicked_cell(wanted, json::array());
    network["signals"]["factor"]["steps"] = factor;
    EXPECT_LT(worst(wanted, network, right), 1e-12) << rule;
  }
}

TEST(NaiveRules, DeferredChangesAreTakenOverAtEveryPulse) {
  const json wanted = random_case({{"rule", "stdp_deferred"},
                                   {"signal", "pulse"},
                                   {"pairing", "nearest"},
                                   {"zero_lag", "potentiate"},
                                   {"A_plus", 0.1},
                                   {"A_minus", -0.11},
                                   {"tau_plus_ms", 20.0},
                                   {"tau_minus_ms", 20.0},
                                   {"keep", 0.9},
                                   {"drift", 0.01},
                                   {"w_min", 0.0},
                                   {"w_max", 10.0}},
                                  6, {1.0, 0.75});
  // a signal's value of a step acts on the next, before what happens at its end; a pulse of one step and height 8 is 1
  json network = test::kicked_cell(wanted, json::array());
  network["signals"]["pulse"]["pulse"] = {
      {"at_ms", 500}, {"width_ms", test::kick_step_ms}, {"height", 1 / test::kick_step_ms}, {"every_ms", 500}};
  naive::Modulator pulses;
  for (double t = 500; t < wanted.at("duration_ms"); t += 500) pulses.pulses.emplace_back(t + 0.5 * test::kick_step_ms, 1.0);
  const naive::Answer right = replayed(wanted, pulses);
  expect_moved(wanted, right, "deferred");
  EXPECT_LT(worst(wanted, network, right), 1e-12);
}

TEST(NaiveRules, AWrongRuleWouldBeNoticed) {  // the control
  const json wanted =
      random_case(pair({{"A_plus", 0.011}, {"A_minus", -0.006}, {"w_min", -1e6}, {"w_max", 1e6}}), 0.5, {0.25, 1}, 500);
  json other = wanted;
  other["plasticity"]["A_plus"] = 0.0110001;
  EXPECT_GT(worst(wanted, test::kicked_cell(wanted, json::array()), replayed(other)), 1e-8);
}

/// What is sent on, at exact times.
void expect_sent(const json& wanted, const naive::Answer& right) {
  const json probe = {{"transmitted", "plastic"}};
  const Recording recording = test::run(test::kicked_cell(wanted, json::array({probe}), true), *cpu_backend());
  const auto& sent = recording.transmissions.at(0).weight;
  ASSERT_EQ(sent.size(), right.sent.size());
  for (std::size_t n = 0; n < sent.size(); ++n) ASSERT_NEAR(sent[n], right.sent[n], 1e-12 * largest(right.sent)) << n;
}

TEST(NaiveRules, ShortTermPlasticityAgreesAloneAndUnderARuleForTheWeight) {
  for (const double tau_fac : {0.0, 668.1})
    for (const char* rest : {"zero", "U"}) {
      const json short_term = {
          {"rule", "tsodyks_markram"}, {"U", 0.132}, {"tau_rec_ms", 364.7}, {"tau_fac_ms", tau_fac}, {"u_rest", rest}};
      for (const json& rule : {json(), additive, triplet}) {
        const json both = rule.is_null() ? short_term : json::array({short_term, rule});
        const json wanted = random_case(both, 0.5, {1.0, 2.5}, rule.is_null() ? many : 3000);
        const naive::Answer right = replayed(wanted);
        EXPECT_LT(worst(wanted, test::kicked_cell(wanted, json::array()), right), 1e-12) << both;
        expect_sent(wanted, right);
      }
    }
}

}  // namespace
}  // namespace spikeloom
