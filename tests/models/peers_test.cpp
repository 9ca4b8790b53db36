// The plain references of the plasticity rules against what NEST, Brian2 and sPyNNaker's documented convention make of the same
// spikes.
#include <gtest/gtest.h>

#include <cmath>
#include <cstdlib>
#include <fstream>
#include <map>

#include "tests/models/naive_rules.hpp"

namespace spikeloom {
namespace {

using nlohmann::json;

json peer_cases(const std::string& file) {
  std::ifstream in(std::string(SPIKELOOM_SOURCE_DIR) + "/tests/data/plasticity/" + file);
  return json::parse(in).at("cases");
}

/// Largest difference between the case's weights and the reference's, in units of the largest weight.
double worst(const json& wanted, const json& rule) {
  naive::Modulator modulator;
  if (wanted.contains("signal")) {
    modulator.tau_ms = wanted.at("signal").at("tau_ms");
    for (const json& pulse : wanted.at("signal").at("pulses")) modulator.pulses.emplace_back(pulse[0], pulse[1]);
  }
  const naive::Synapse synapse{wanted.at("weight"), wanted.at("axonal_ms"), wanted.at("dendritic_ms")};
  const naive::Protocol protocol{wanted.at("pre_ms"), wanted.at("post_ms")};
  std::vector<double> at_ms, weights;
  if (wanted.contains("records"))
    for (const json& record : wanted.at("records")) at_ms.push_back(record[0]), weights.push_back(record[1]);
  else weights = wanted.at("sent").get<std::vector<double>>();
  const naive::Answer answer = naive::replay(rule, synapse, protocol, at_ms, modulator);
  const std::vector<double>& got = wanted.contains("records") ? answer.weight : answer.sent;
  EXPECT_EQ(got.size(), weights.size());
  double error = 0, scale = 0;
  for (std::size_t n = 0; n < std::min(got.size(), weights.size()); ++n)
    error = std::max(error, std::abs(got[n] - weights[n])), scale = std::max(scale, std::abs(weights[n]));
  return error / scale;
}

class Peers : public testing::TestWithParam<const char*> {};

TEST_P(Peers, MakeOfGivenSpikesWhatThePresetSays) {
  const json cases = peer_cases(GetParam());
  EXPECT_GE(cases.size(), 4u);
  for (const json& wanted : cases) EXPECT_LT(worst(wanted, wanted.at("plasticity")), 1e-12) << wanted.at("id");
}

INSTANTIATE_TEST_SUITE_P(Plasticity, Peers, testing::Values("nest.json", "brian2.json", "spynnaker.json"), [](const auto& file) {
  const std::string name = file.param;
  return name.substr(0, name.find('.'));
});

TEST(Peers, DisagreeWithAnotherZeroLagConventionWhereSpikesMeet) {
  int compared = 0;
  for (const char* file : {"nest.json", "brian2.json"})
    for (const json& wanted : peer_cases(file)) {
      if (wanted.at("id").get<std::string>().find("-ties") == std::string::npos) continue;
      json other = wanted.at("plasticity");
      other["zero_lag"] = other.at("preset") == "brian2" ? "none" : "potentiate";
      EXPECT_GT(worst(wanted, other), 1e-4) << wanted.at("id");
      ++compared;
    }
  EXPECT_GE(compared, 12);
}

/// The rule of an oracle case in the words of a network file.
json as_network_file(const json& rule) {
  static const std::map<std::string, std::string> rules = {
      {"pair", "stdp_pair"}, {"triplet", "stdp_triplet"}, {"vogels", "stdp_vogels"}, {"eligibility_pair", "stdp_eligibility"}};
  const std::string name = rule.at("name");
  json out = {{"rule", rules.contains(name) ? rules.at(name) : name}};
  for (const auto& [key, value] : rule.at("params").items())
    out[key == "tau" || key.starts_with("tau_") ? key + "_ms" : key] = value;
  return out;
}

TEST(PlainReferences, MeetTheOracle) {
  int compared = 0;
  for (const json& wanted : peer_cases("oracle.json")) {
    const json rule = as_network_file(wanted.at("rule"));
    const json& s = wanted.at("synapse");
    naive::Modulator modulator{wanted["rule"]["params"].value("tau_d", 0.0), {}};
    if (wanted.contains("modulator_pulses"))
      for (const json& pulse : wanted.at("modulator_pulses"))
        modulator.pulses.emplace_back(pulse.at("time"), pulse.at("amplitude"));
    const naive::Answer answer =
        naive::replay(rule, {s.at("weight"), s.at("axonal_delay"), s.at("dendritic_delay")},
                      {wanted.at("pre"), wanted.value("post", std::vector<double>{})}, wanted.at("record_times"), modulator);
    const auto meets = [&](const std::vector<double>& got, const std::vector<double>& right, double scale,
                           const std::string& what) {
      ASSERT_EQ(got.size(), right.size()) << wanted.at("id") << what;
      for (const double value : right) scale = std::max(scale, std::abs(value));
      for (std::size_t n = 0; n < got.size(); ++n) EXPECT_NEAR(got[n], right[n], 1e-12 * scale) << wanted.at("id") << " " << what;
      ++compared;
    };
    const auto column = [&](const std::string& key) {
      std::vector<double> values;
      for (const json& record : wanted.at("expected").at("records"))
        values.push_back(std::strtod(record.at(key).get<std::string>().c_str(), nullptr));
      return values;
    };
    if (wanted.at("expected").at("records")[0].contains("w"))
      meets(answer.weight, column("w"), std::abs(s.at("weight").get<double>()), "w");
    for (const auto& [name, values] : answer.states)
      if (wanted.at("expected").at("records")[0].contains(name)) meets(values, column(name), 0, name);
    if (wanted.at("expected").contains("amplitudes")) {
      std::vector<double> right;
      for (const json& amplitude : wanted.at("expected").at("amplitudes"))
        right.push_back(std::strtod(amplitude.get<std::string>().c_str(), nullptr));
      meets(answer.sent, right, 0, "amplitudes");
    }
  }
  EXPECT_GE(compared, 60);
}

}  // namespace
}  // namespace spikeloom
