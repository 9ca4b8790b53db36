// A rule sees the traces of its two cells, its synapse's own numbers and its signal. Everything else in the network may change,
// and not a bit of the weight moves.
#include <gtest/gtest.h>

#include <bit>

#include "tests/models/kicked_cell.hpp"

namespace spikeloom {
namespace {

using nlohmann::json;

std::vector<double> train(double first, double gap, int spikes) {
  std::vector<double> times;
  for (int k = 0; k < spikes; ++k) times.push_back(first + gap * k + (k % 3) * test::kick_step_ms);
  return times;
}

json protocol(const std::string& rule, const json& numbers) {
  json plasticity = {{"rule", rule}};
  plasticity.update(numbers);
  return {{"plasticity", plasticity},      {"weight", 0.5},      {"axonal_ms", 0.5},
          {"dendritic_ms", 1.25},          {"duration_ms", 400}, {"pre_ms", train(10, 11.5, 30)},
          {"post_ms", train(13, 9.25, 38)}};
}

/// The synapse alone.
json alone(const json& wanted) {
  json network = test::kicked_cell(wanted, json::array({{{"weights", "plastic"}, {"at_ms", {150, 400}}}}));
  network["signals"]["third"] = {{"steps", {{0, 0.2}, {100, -0.3}, {250, 1.0}}}};
  return network;
}

/// The same synapse, now between other numbers of bigger populations. Its cells hear more, though not enough to fire; neighbours
/// on both of them learn by the same rule from other spikes and weights; another signal runs; another seed.
json in_company(json network) {
  network["run"]["seed"] = 99;
  json& post = network["populations"]["post"];
  post["size"] = 7;
  post["parameters"]["tau_m_ms"] = 31;
  network["populations"]["others"] = {{"size", 20}, {"model", "lif_exp"}, {"parameters", {{"I_e_pA", 700}}}};
  network["inputs"]["kick"]["to"] = "post[4:5]";
  network["inputs"]["noise"] = {{"poisson", {{"rate_hz", 3000}}}, {"to", "post"}, {"weight", 3}, {"delay_ms", 0.5}};
  json& times = network["inputs"]["pre"]["spikes"]["times_ms"];
  times = json::array({json::array({3, 4, 200}), times[0], json::array({77})});
  json& plastic = network["projections"][0];
  json around = plastic;
  plastic["from"] = "pre[1:2]", plastic["to"] = "post[4:5]";
  network["signals"]["another"] = {{"steps", {{0, 5}, {60, -7}}}};
  if (around["plasticity"].contains("signal")) around["plasticity"]["signal"] = "another";
  const auto add = [&](const char* name, const char* from, const char* to) {
    around["name"] = name, around["from"] = from, around["to"] = to, around["connect"] = "all_to_all", around["weight"] = 0.7;
    network["projections"].push_back(around);
  };
  add("onto the same cell", "pre[0:1]", "post[4:5]");
  add("from the same cell", "pre[1:2]", "post[0:3]");
  add("of others", "others", "post");
  return network;
}

std::vector<std::uint64_t> bits(const json& network, const Backend& backend) {
  std::vector<std::uint64_t> all;
  for (const auto& snapshot : test::run(network, backend).weights)
    all.push_back(std::bit_cast<std::uint64_t>(snapshot.weight.at(0)));
  return all;
}

const std::vector<std::pair<std::string, json>> rules = {
    {"stdp_pair", {{"A_plus", 0.003}, {"A_minus", -0.002}, {"w_max", 1}}},
    {"stdp_triplet", {{"A3_plus", 1e-3}, {"w_max", 9}}},
    {"stdp_vogels", {{"w_max", 2}}},
    {"oja", {{"eta", 0.01}, {"w_max", 3}}},
    {"stdp_eligibility", {{"signal", "third"}, {"gain", 0.01}, {"w_min", -50}, {"w_max", 50}}},
    {"pre_eligibility", {{"signal", "third"}, {"gain", 0.01}, {"w_min", 0}, {"w_max", 4}}},
    {"covariance_eligibility", {{"signal", "third"}, {"gain", 0.01}, {"w_min", -50}, {"w_max", 50}}},
    {"stdp_deferred", {{"signal", "third"}, {"w_max", 4}}}};

TEST(Locality, EverythingElseMayChange) {
  for (const auto& [rule, numbers] : rules) {
    const json network = alone(protocol(rule, numbers));
    const auto expected = bits(network, *cpu_backend());
    for (const auto& backend : test::backends()) {
      EXPECT_EQ(bits(network, *backend), expected) << rule;
      EXPECT_EQ(bits(in_company(network), *backend), expected) << rule << " on " << backend->name();
    }
  }
}

TEST(Locality, WhatARuleMaySeeMatters) {  // the control
  for (const auto& [rule, numbers] : rules) {
    const json wanted = protocol(rule, numbers);
    const auto expected = bits(alone(wanted), *cpu_backend());
    for (const char* side : {"pre_ms", "post_ms"}) {
      if (rule == "pre_eligibility" && std::string(side) == "post_ms") continue;
      json other = wanted;
      other[side][20] = other[side][20].get<double>() + test::kick_step_ms;
      EXPECT_NE(bits(alone(other), *cpu_backend()), expected) << rule << " " << side;
    }
    if (!numbers.contains("signal")) continue;
    json network = alone(wanted);
    network["signals"]["third"]["steps"][1][1] = -0.31;
    EXPECT_NE(bits(network, *cpu_backend()), expected) << rule;
  }
}

TEST(Locality, EveryRuleIsAskedAbout) {
  const ModelSet models = builtin_models();
  for (const std::string& name : models.rule_names()) {
    const bool asked = std::any_of(rules.begin(), rules.end(), [&](const auto& rule) { return rule.first == name; });
    EXPECT_TRUE(asked || !models.find_rule(name)->changes_weight) << name;
  }
}

}  // namespace
}  // namespace spikeloom
