// examples/single_neuron: the f-I curve against its formula, and the twenty patterns spike by spike.
#include <gtest/gtest.h>

#include <cmath>
#include <map>

#include "backends/reference/reference.hpp"
#include "core/network_json.hpp"
#include "models/models.hpp"
#include "tests/house/files.hpp"

namespace {

using namespace spikeloom;

/// Runs an example on the reference backend; spikes by population and cell.
std::map<std::string, std::vector<std::vector<double>>> spikes_of(const std::string& file, double duration_ms) {
  const ModelSet models = builtin_models();
  Network network = read_network((house::source / "examples/single_neuron" / file).string());
  network.probes.clear();
  for (const auto v : boost::make_iterator_range(boost::vertices(network.graph())))
    if (std::holds_alternative<Population>(network.graph()[v].what)) network.probe_spikes(network.graph()[v].name);
  const auto session = reference_backend()->open(compile(network, models), {.models = &models});
  session->advance(duration_ms);
  std::map<std::string, std::vector<std::vector<double>>> spikes;
  for (const SpikeTrain& train : session->recording().spike_trains) {
    auto& cells = spikes[train.population];
    cells.resize(16);
    for (std::size_t i = 0; i < train.neuron.size(); ++i) cells.at(train.neuron[i]).push_back(train.time_ms[i]);
  }
  return spikes;
}

TEST(SingleNeuron, FiringRatesFollowTheFormulaToOneStep) {
  const auto cells = spikes_of("fi_curve.json", 2000).at("cell");
  const std::vector<double> current = {370, 375, 376, 380, 400, 450, 500, 750, 1000, 1450};
  for (std::size_t i = 0; i < current.size(); ++i) {
    const double mu = 0.04 * current[i];  // above rest; the threshold is at 15
    if (mu <= 15) {
      EXPECT_TRUE(cells[i].empty()) << current[i];
      continue;
    }
    const double exact = 2 + 10 * std::log(mu / (mu - 15));
    ASSERT_GE(cells[i].size(), 3u) << current[i];
    const double interval = (cells[i].back() - cells[i][1]) / static_cast<double>(cells[i].size() - 2);
    EXPECT_GE(interval, exact - 1e-9) << current[i];
    EXPECT_LE(interval, exact + 0.1 + 1e-9) << current[i];  // a spike waits for the end of its step
  }
}

struct Pattern {
  std::string file;
  double duration_ms;
  std::size_t count;
  std::vector<double> first;
};

// Published scheme at the published step: number of spikes within the run, and the first ones.
const std::map<std::string, Pattern> patterns = {
    {"A_tonic_spiking", {"0.25", 100, 5, {13.0, 17.0, 31.5, 59.25, 86.75}}},
    {"B_phasic_spiking", {"0.25", 200, 1, {43.75}}},
    {"C_tonic_bursting", {"0.25", 220, 28, {25.0, 26.5, 28.25}}},
    {"D_phasic_bursting", {"0.2", 200, 6, {39.0, 42.8, 47.0, 51.8, 57.6, 67.2}}},
    {"E_mixed_mode", {"0.25", 160, 6, {20.0, 22.75, 27.25, 67.0, 99.25, 131.5}}},
    {"F_frequency_adaptation", {"0.25", 85, 6, {10.25, 12.25, 15.0, 19.75, 42.5, 71.5}}},
    {"G_class_1", {"0.25", 300, 10, {84.5, 125.0}}},
    {"H_class_2", {"0.25", 300, 0, {}}},
    {"I_spike_latency", {"0.2", 100, 1, {26.6}}},
    {"J_subthreshold_oscillation", {"0.25", 200, 1, {26.5}}},
    {"K_resonator", {"0.25", 400, 0, {}}},
    {"L_integrator", {"0.25", 100, 1, {20.0}}},
    {"M_rebound_spike", {"0.2", 200, 1, {68.0}}},
    {"N_rebound_burst", {"0.2", 200, 0, {}}},
    {"O_threshold_variability", {"0.25", 100, 0, {}}},
    {"P_bistability", {"0.25", 300, 5, {45.25}}},
    {"Q_depolarising_after_potential", {"0.1", 50, 1, {11.3}}},
    {"R_accommodation", {"0.5", 400, 1, {311.5}}},
    {"S_inhibition_induced_spiking", {"0.5", 350, 0, {}}},
    {"T_inhibition_induced_bursting", {"0.5", 350, 12, {86.5}}},
};

class PublishedPatterns : public testing::TestWithParam<std::string> {};

TEST_P(PublishedPatterns, AreThoseOfThePaper) {
  const std::map<std::string, double> longest = {{"0.25", 400}, {"0.2", 200}, {"0.1", 50}, {"0.5", 400}};
  const auto spikes = spikes_of("patterns_" + GetParam() + ".json", longest.at(GetParam()));
  for (const auto& [name, pattern] : patterns) {
    if (pattern.file != GetParam()) continue;
    ASSERT_TRUE(spikes.contains(name)) << name;
    std::vector<double> train;
    for (const double t : spikes.at(name).at(0))
      if (t < pattern.duration_ms) train.push_back(t);
    EXPECT_EQ(train.size(), pattern.count) << name;
    for (std::size_t i = 0; i < std::min(train.size(), pattern.first.size()); ++i) EXPECT_NEAR(train[i], pattern.first[i], 1e-9) << name;
  }
}

INSTANTIATE_TEST_SUITE_P(Steps, PublishedPatterns, testing::Values("0.25", "0.2", "0.1", "0.5"),
                         [](const auto& info) { return "Step" + std::string(info.param == "0.25" ? "Quarter" : info.param == "0.2" ? "Fifth" : info.param == "0.1" ? "Tenth" : "Half"); });

TEST(SingleNeuron, EveryModelFiresUnderItsCurrent) {
  const auto spikes = spikes_of("models.json", 200);
  const ModelSet models = builtin_models();
  for (const std::string& name : models.names()) {
    ASSERT_TRUE(spikes.contains(name)) << name << " is missing in models.json";
    EXPECT_GE(spikes.at(name).at(0).size(), 2u) << name;
    EXPECT_GT(spikes.at(name).at(0).at(0), 20.0) << name;
  }
}

}  // namespace
