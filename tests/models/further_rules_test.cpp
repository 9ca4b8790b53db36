// Oja's rule, deferred pair STDP, and short-term plasticity under a rule for the weight, against their plain references.
#include <gtest/gtest.h>

#include <cmath>
#include <random>

#include "backends/cpu/cpu.hpp"
#include "backends/reference/reference.hpp"
#include "tests/models/kicked_cell.hpp"
#include "tests/models/naive_rules.hpp"

namespace spikeloom {
namespace {

using nlohmann::json;

/// 10,000 spikes on each side, 0.125 to 10 ms apart, so that some meet at the synapse.
json random_case(const json& plasticity, double weight, double axonal_ms, double dendritic_ms) {
  std::mt19937 engine(11);
  const auto train = [&] {
    std::vector<double> times;
    double t = 5;
    for (int k = 0; k < 10000; ++k) times.push_back(t += test::kick_step_ms * (1 + engine() % 80));
    return times;
  };
  json wanted = {{"plasticity", plasticity}, {"weight", weight}, {"axonal_ms", axonal_ms}, {"dendritic_ms", dendritic_ms}};
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

/// Weights and states as recorded are those of the reference, within 1e-12 of the largest.
void expect_equal(const json& wanted, json network, const naive::Answer& right) {
  json probe = {{"weights", "plastic"}, {"at_ms", times_of(wanted)}, {"states", json::array()}};
  for (const auto& [name, values] : right.states)
    if (name != "modulator") probe["states"].push_back(name);
  network["probes"] = json::array({probe});
  const auto largest = [](const std::vector<double>& values) {
    double most = 0;
    for (const double value : values) most = std::max(most, std::fabs(value));
    return most;
  };
  for (const Backend* backend : {reference_backend(), cpu_backend()}) {
    const Recording recording = test::run(network, *backend);
    ASSERT_EQ(recording.weights.size(), right.weight.size());
    for (std::size_t n = 0; n < right.weight.size(); ++n) {
      const WeightSnapshot& snapshot = recording.weights[n];
      EXPECT_NEAR(snapshot.weight.at(0), right.weight[n], 1e-12 * largest(right.weight)) << n << " " << backend->name();
      for (std::size_t k = 0; k < snapshot.states.size(); ++k)
        EXPECT_NEAR(snapshot.values[k].at(0), right.states.at(snapshot.states[k])[n],
                    1e-12 * largest(right.states.at(snapshot.states[k])))
            << snapshot.states[k] << " " << n << " " << backend->name();
    }
  }
}

TEST(FurtherRules, OjasRuleAgrees) {
  for (const char* pairing : {"all_to_all", "nearest"})
    for (const char* zero_lag : {"none", "potentiate", "depress", "both"}) {
      const json wanted = random_case({{"rule", "oja"},
                                       {"pairing", pairing},
                                       {"zero_lag", zero_lag},
                                       {"eta", 0.002},
                                       {"tau_ms", 25.0},
                                       {"w_min", 0.0},
                                       {"w_max", 8.0}},
                                      0.3, 0.5, 1.25);
      expect_equal(wanted, test::kicked_cell(wanted, json::array()), replayed(wanted));
    }
}

TEST(FurtherRules, ShortTermPlasticityGoesWithARuleForTheWeight) {
  const json pair = {{"rule", "stdp_pair"},  {"A_plus", 0.01}, {"A_minus", -0.009}, {"tau_plus_ms", 17.0},
                     {"tau_minus_ms", 34.0}, {"w_min", 0.0},   {"w_max", 1.0}};
  const json triplet = {{"rule", "stdp_triplet"}, {"A2_plus", 0.004},    {"A3_plus", 0.001},  {"A2_minus", 0.004},
                        {"A3_minus", 0.001},      {"tau_plus_ms", 16.8}, {"tau_x_ms", 101.0}, {"tau_minus_ms", 33.7},
                        {"tau_y_ms", 125.0},      {"w_min", 0.0},        {"w_max", 3.0}};
  const json short_term = {
      {"rule", "tsodyks_markram"}, {"U", 0.2}, {"tau_rec_ms", 150.0}, {"tau_fac_ms", 300.0}, {"u_rest", "U"}};
  for (const json& rule : {pair, triplet}) {
    const json wanted = random_case(json::array({short_term, rule}), 0.5, 1.0, 2.5);
    const naive::Answer right = replayed(wanted);
    expect_equal(wanted, test::kicked_cell(wanted, json::array()), right);
    // what is sent on, at exact times
    const json probe = {{"transmitted", "plastic"}};
    const Recording recording = test::run(test::kicked_cell(wanted, json::array({probe}), true), *cpu_backend());
    const auto& sent = recording.transmissions.at(0).weight;
    ASSERT_EQ(sent.size(), right.sent.size());
    for (std::size_t n = 0; n < sent.size(); ++n) ASSERT_NEAR(sent[n], right.sent[n], 1e-12) << n;
  }
}

TEST(FurtherRules, DeferredChangesAreTakenOverAtEveryPulse) {
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
                                  6, 1.0, 0.75);
  // a signal's value of a step acts on the next, before what happens at its end; a pulse of one step and height 8 is 1
  json network = test::kicked_cell(wanted, json::array());
  network["signals"]["pulse"]["pulse"] = {
      {"at_ms", 500}, {"width_ms", test::kick_step_ms}, {"height", 1 / test::kick_step_ms}, {"every_ms", 500}};
  naive::Modulator pulses;
  for (double t = 500; t < wanted.at("duration_ms"); t += 500) pulses.pulses.emplace_back(t + 0.5 * test::kick_step_ms, 1.0);
  const naive::Answer right = replayed(wanted, pulses);
  EXPECT_GT(std::fabs(right.weight.back() - 6), 0.1);
  expect_equal(wanted, network, right);
}

TEST(FurtherRules, OjasWeightsTurnToTheRatioOfTheRates) {
  // independent Poisson trains: w' = eta tau (r_x r_y - w r_y^2), so w settles at r_x / r_y
  std::mt19937 engine(3);
  const auto train = [&](double rate_hz) {
    std::vector<double> times;
    std::exponential_distribution<double> gap(rate_hz / 1000);
    for (double t = 1; (t += gap(engine)) < 400'000;) {
      const double on_grid = test::kick_step_ms * std::ceil(t / test::kick_step_ms);
      if (times.empty() || on_grid > times.back()) times.push_back(on_grid);
    }
    return times;
  };
  json wanted = {{"plasticity", {{"rule", "oja"}, {"eta", 2e-3}, {"tau_ms", 20.0}, {"w_max", 10.0}}},
                 {"weight", 3.0},
                 {"axonal_ms", 0.5},
                 {"dendritic_ms", 0.5},
                 {"duration_ms", 400'010}};
  wanted["pre_ms"] = train(40), wanted["post_ms"] = train(50);
  const json probe = {{"weights", "plastic"}, {"at_ms", {100'000, 150'000, 200'000, 250'000, 300'000, 350'000, 400'000}}};
  double mean = 0;
  for (const auto& snapshot : test::run(test::kicked_cell(wanted, json::array({probe})), *cpu_backend()).weights)
    mean += snapshot.weight.at(0) / 7;
  EXPECT_NEAR(mean, 0.8, 0.08);
}

}  // namespace
}  // namespace spikeloom
