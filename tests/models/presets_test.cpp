// The rules run as networks against NEST, Brian2 and sPyNNaker: the same spikes, the preset of each, the same weights.
#include <gtest/gtest.h>

#include <cmath>
#include <fstream>

#include "tests/models/kicked_cell.hpp"

namespace spikeloom {
namespace {

using nlohmann::json;

/// Weights after everything at these times, and what they should be. What NEST and sPyNNaker send with a spike is that, too.
std::vector<std::pair<double, double>> weights_of(const json& wanted) {
  std::vector<std::pair<double, double>> weights;
  if (wanted.contains("records"))
    for (const json& record : wanted.at("records")) weights.emplace_back(record[0], record[1]);
  else
    for (std::size_t n = 0; n < wanted.at("sent").size(); ++n)
      weights.emplace_back(wanted.at("pre_ms")[n].get<double>() + wanted.at("axonal_ms").get<double>(), wanted.at("sent")[n]);
  return weights;
}

/// Largest difference in units of the largest weight.
double worst(const std::vector<double>& got, const std::vector<double>& right) {
  EXPECT_EQ(got.size(), right.size());
  double error = 0, scale = 0;
  for (std::size_t n = 0; n < std::min(got.size(), right.size()); ++n)
    error = std::max(error, std::fabs(got[n] - right[n])), scale = std::max(scale, std::fabs(right[n]));
  return error / scale;
}

/// The pulses of a modulator lie between steps, so its cases run without a cell.
double worst_weight(const json& wanted, const Backend& backend) {
  json at = json::array();
  std::vector<double> right, got;
  for (const auto& [time, weight] : weights_of(wanted)) at.push_back(time), right.push_back(weight);
  const json probe = {{"weights", "plastic"}, {"at_ms", at}};
  const json network = test::kicked_cell(wanted, json::array({probe}), wanted.contains("signal"));
  for (const auto& snapshot : test::run(network, backend).weights) got.push_back(snapshot.weight.at(0));
  return worst(got, right);
}

double worst_sent(const json& wanted, const Backend& backend) {
  const json probe = {{"transmitted", "plastic"}};
  return worst(test::run(test::kicked_cell(wanted, json::array({probe}), true), backend).transmissions.at(0).weight,
               wanted.at("sent").get<std::vector<double>>());
}

class Presets : public testing::TestWithParam<const char*> {};

TEST_P(Presets, GiveTheWeightsOfTheirSimulator) {
  std::ifstream file(std::string(SPIKELOOM_SOURCE_DIR) + "/tests/data/plasticity/" + GetParam() + ".json");
  const json all = json::parse(file);
  int compared = 0;
  for (const json& wanted : all.at("cases")) {
    const bool short_term = wanted.at("plasticity").at("rule") == "tsodyks_markram";
    for (const auto& backend : test::backends())
      EXPECT_LT(short_term ? worst_sent(wanted, *backend) : worst_weight(wanted, *backend), 1e-12)
          << wanted.at("id") << ", " << backend->name();
    ++compared;
  }
  EXPECT_GE(compared, 7);
}

INSTANTIATE_TEST_SUITE_P(Plasticity, Presets, testing::Values("nest", "brian2", "spynnaker"),
                         [](const auto& peer) { return std::string(peer.param); });

}  // namespace
}  // namespace spikeloom
