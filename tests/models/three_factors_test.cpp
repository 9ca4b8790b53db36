// Three-factor rules as their papers use them, each against a number worked out by hand; and who hears which value of a signal.
#include <gtest/gtest.h>

#include <cmath>
#include <numeric>

#include "core/math/distributions.hpp"
#include "tests/models/kicked_cell.hpp"

namespace spikeloom {
namespace {

using nlohmann::json;

/// How much the weight of a pairing has changed at the end, from 0. Spikes of both sides reach the synapse 1 ms late.
double change(const json& plasticity, const std::vector<double>& pre, const std::vector<double>& post, const json& signal,
              double duration_ms) {
  json wanted = {{"plasticity", plasticity}, {"weight", 0}, {"axonal_ms", 1}, {"dendritic_ms", 1}, {"duration_ms", duration_ms}};
  wanted["pre_ms"] = pre, wanted["post_ms"] = post;
  wanted["plasticity"].update({{"signal", "third"}, {"w_bound", 100}});
  json network = test::kicked_cell(wanted, json::array({{{"weights", "plastic"}, {"at_ms", {duration_ms}}}}), true);
  network["signals"]["third"] = signal;
  const double on_reference = test::run(network, *reference_backend()).weights.at(0).weight.at(0);
  EXPECT_EQ(test::run(network, *cpu_backend()).weights.at(0).weight.at(0), on_reference);
  return on_reference;
}

TEST(ThreeFactors, DopamineThatComesLateTurnsAPairingIntoTheIntegralOfItsProduct) {
  // Izhikevich 2007: A D e^(-t / tau_e) / (1 / tau_e + 1 / tau_d), dopamine t = 500 ms after the pairing
  const json rule = {
      {"rule", "stdp_eligibility"}, {"zero_lag", "potentiate"}, {"A_plus", 0.01}, {"A_minus", -0.015}, {"tau_e_ms", 1000}};
  const json dopamine = {{"decay", {{"tau_ms", 200}, {"pulses", {{511, 1}}}}}};
  EXPECT_NEAR(change(rule, {10}, {10}, dopamine, 20000), 1.010884432854389, 1e-12);
}

TEST(ThreeFactors, RewardModulatedStdpTakesOverWhatIsLeftOfThePairing) {
  // Florian 2007, Farries and Fairhall 2007: a reward R at once, w += R c
  const json rule = {{"rule", "stdp_eligibility"}, {"A_plus", 0.01}, {"A_minus", -0.012}, {"tau_e_ms", 400}, {"gain", 2}};
  const json reward = {{"instant", {{"pulses", {{121, 0.7}}}}}};
  EXPECT_NEAR(change(rule, {10}, {20}, reward, 200), 2 * 0.7 * 0.01 * std::exp(-0.5) * std::exp(-100.0 / 400), 1e-15);
  EXPECT_NEAR(change(rule, {20}, {10}, reward, 200), -2 * 0.7 * 0.012 * std::exp(-0.5) * std::exp(-100.0 / 400), 1e-15);
}

TEST(ThreeFactors, NodePerturbationRewardsTheSpikeThatWasMoreThanTheMean) {
  // Fiete and Seung 2006: c = A x at the post spike, and A (y - tau / tau_mean Y) at the pre spike
  const json rule = {{"rule", "covariance_eligibility"},
                     {"about", "post"},
                     {"A", 0.3},
                     {"tau_ms", 20},
                     {"tau_mean_ms", 1000},
                     {"tau_e_ms", 500}};
  const json reward = {{"instant", {{"pulses", {{101, 1.5}}}}}};
  const double at_pre = 0.3 * (std::exp(-10.0 / 20) - 0.02 * std::exp(-10.0 / 1000)), at_post = 0.3 * std::exp(-15.0 / 20);
  const double right = 1.5 * (at_pre * std::exp(-60.0 / 500) + at_post * std::exp(-45.0 / 500));
  EXPECT_NEAR(change(rule, {40}, {30, 55}, reward, 200), right, 1e-14);
}

TEST(ThreeFactors, CovarianceOfIndependentTrainsVanishesAndThatOfTheirProductDoesNot) {
  // E[c'] = 2 A tau (<xy> - <x><y>) - c / tau_e: 0 about both means, 2 A tau r_x r_y without
  RandomStream dice(8, 0, 0, 0);
  const auto train = [&](double rate_hz) {
    std::vector<double> times;
    for (double t = 1; (t += math::exponential(1000 / rate_hz, dice.next53())) < 1'000'000;)
      if (times.empty() || t - times.back() > 0.01) times.push_back(std::round(t * 1000) / 1000);
    return times;
  };
  const auto pre = train(20), post = train(30);
  const json constant = {{"decay", {{"tau_ms", 1e12}, {"pulses", {{0.001, 1}}}}}};
  json rule = {
      {"rule", "covariance_eligibility"}, {"A", 1e-4}, {"tau_ms", 20}, {"tau_mean_ms", 5000}, {"tau_e_ms", 100}, {"gain", 0.01}};
  rule["about"] = "none";
  const double product = change(rule, pre, post, constant, 1'000'000);
  EXPECT_NEAR(product, 2 * 1e-4 * 20 * 0.02 * 0.03 * 100 * 0.01 * 1e6, 0.05 * product);
  rule["about"] = "both";
  EXPECT_LT(std::fabs(change(rule, pre, post, constant, 1'000'000)), 0.05 * product);
}

/// The weight after one pairing (pre 10, post 20 ms at the synapse) and a pulse at 50 ms, by update of the target and step.
double deferred(const std::string& update, double step_ms, double amplitude, const json& phases = {}) {
  json network = {
      {"spikeloom", 1},
      {"run", {{"step_ms", step_ms}}},
      {"populations",
       {{"T", {{"size", 1}, {"model", "lif_delta"}, {"update", update}, {"parameters", {{"V_th_mV", 1000}, {"t_ref_ms", 0}}}}}}},
      {"inputs", {{"pre", {{"spikes", {{"times_ms", {{9}}}}}}}, {"kick", {{"spikes", {{"times_ms", {{19}}}}}}}}},
      {"signals", {{"now", {{"instant", {{"pulses", {{50, amplitude}}}}}}}}},
      {"projections",
       {{{"from", "kick"}, {"to", "T"}, {"connect", "all_to_all"}, {"weight", 3000}, {"delay_ms", 1}},
        {{"from", "pre"},
         {"to", "T"},
         {"connect", "all_to_all"},
         {"weight", 0.5},
         {"delay_ms", 1},
         {"plasticity", {{"rule", "stdp_deferred"}, {"signal", "now"}, {"w_max", 10}, {"drift", 0.25}}}}}},
      {"probes", {{{"weights", "pre->T"}, {"at_ms", {100}}}}}};
  if (phases.is_null()) network["run"]["duration_ms"] = 100;
  else network["phases"] = phases;
  const double on_reference = test::run(network, *reference_backend()).weights.at(0).weight.at(0);
  EXPECT_EQ(test::run(network, *cpu_backend()).weights.at(0).weight.at(0), on_reference) << update << step_ms;
  return on_reference;
}

TEST(ThreeFactors, APulseOfDeferredChangesIsTheSamePulseAtEveryStep) {
  const double right = 0.5 + 0.25 + 0.9 * 0.1 * std::exp(-10.0 / 20);
  const json begins_anew = {
      {{"name", "only"}, {"run_ms", 100}, {"reset", {"signals"}}}};  // its pulses act by step on exact cells
  for (const double step_ms : {1.0, 0.5, 0.25, 0.1, 0.0625})
    for (const char* update : {"stepped", "exact"})
      for (const json& phases : {json(), begins_anew})
        EXPECT_NEAR(deferred(update, step_ms, 1, phases), right, 1e-14) << update << step_ms << phases;
  EXPECT_GT(std::fabs(deferred("stepped", 0.5, 0.5) - right), 0.1);  // the control: what a pulse of its integral would do
}

/// Three cells hear one pre spike at 10 ms (delay 1 ms) while the signal has constant values: w - w0 = gain A m tau_e (1 - e^(-T
/// / tau_e)).
std::vector<double> changes(const json& network, std::vector<double> values) {
  const ModelSet models = builtin_models();
  std::vector<double> reference;
  for (const auto& backend : test::backends()) {
    const auto compiled = compile(network_from_json(parse_json(network.dump(), "test")), models);
    const auto session = backend->open(compiled, {.threads = 2, .models = &models});
    session->set_signal("error", values);
    session->advance_to(compiled->duration_steps);
    const std::vector<double> weight = session->recording().weights.at(0).weight;
    if (reference.empty()) reference = weight;
    EXPECT_EQ(weight, reference);
  }
  return reference;
}

json errors_of(int channels, const json& populations, const std::string& to) {
  const json rule = {
      {"rule", "pre_eligibility"}, {"signal", "error"}, {"A", 0.5}, {"tau_e_ms", 20}, {"gain", 0.1}, {"w_bound", 100}};
  return {{"spikeloom", 1},
          {"run", {{"duration_ms", 61}, {"step_ms", 0.5}}},
          {"populations", populations},
          {"inputs", {{"pre", {{"spikes", {{"times_ms", {{10}}}}}}}}},
          {"groups", {{"group", {"a", "b"}}}},
          {"signals", {{"error", {{"external", channels}}}}},
          {"projections",
           {{{"name", "plastic"},
             {"from", "pre"},
             {"to", to},
             {"connect", "all_to_all"},
             {"weight", 0.0},
             {"receptor", "delta"},
             {"delay_ms", 1},
             {"plasticity", rule}}}},
          {"probes", {{{"weights", "plastic"}, {"at_ms", {61}}}}}};
}

const json cells = {{"a", {{"size", 2}, {"model", "lif_delta"}}}, {"b", {{"size", 1}, {"model", "lif_delta"}}}};
const double of_unit = 0.1 * 0.5 * 20 * (1 - std::exp(-50.0 / 20));

void expect_changes(const std::vector<double>& got, const std::vector<double>& errors) {
  ASSERT_EQ(got.size(), errors.size());
  for (std::size_t k = 0; k < errors.size(); ++k) EXPECT_NEAR(got[k], errors[k] * of_unit, 1e-13) << k;
}

TEST(ThreeFactors, ErrorGatedHebbFollowsOneErrorForAll) {
  expect_changes(changes(errors_of(1, cells, "group"), {0.8}), {0.8, 0.8, 0.8});
}

TEST(ThreeFactors, ErrorGatedHebbFollowsTheErrorOfEachTarget) {
  expect_changes(changes(errors_of(3, cells, "group"), {1, -2, 0.5}), {1, -2, 0.5});
}

TEST(ThreeFactors, ErrorGatedHebbFollowsTheErrorOfEachMemberOfAGroup) {
  expect_changes(changes(errors_of(2, cells, "group"), {1, -2}), {1, 1, -2});
}

/// Oja's rule; independent Poisson trains: w' = eta tau (r_x r_y - w r_y^2), so w settles at r_x / r_y.
TEST(Oja, WeightsTurnToTheRatioOfTheRates) {
  RandomStream dice(3, 0, 0, 0);
  const auto train = [&](double rate_hz) {
    std::vector<double> times;
    for (double t = 1; (t += math::exponential(1000 / rate_hz, dice.next53())) < 400'000;) {
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
