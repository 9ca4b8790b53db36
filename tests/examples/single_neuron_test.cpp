// examples/single_neuron: the f-I curve against its formula, and the twenty patterns spike by spike.
#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <map>

#include "backends/reference/reference.hpp"
#include "core/network_json.hpp"
#include "models/models.hpp"
#include "tests/house/files.hpp"
#include "tests/models/izhikevich_patterns.hpp"

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
    cells.resize(16);  // more than any of these populations has
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

TEST(SingleNeuron, TheTwentyPatternsAreThoseOfThePaper) {
  const std::map<double, std::pair<std::string, double>> files = {
      {0.25, {"0.25", 400}}, {0.2, {"0.2", 200}}, {0.1, {"0.1", 50}}, {0.5, {"0.5", 400}}};
  std::size_t found = 0;
  for (const auto& [step, file] : files) {
    for (const auto& [name, cells] : spikes_of("patterns_" + file.first + ".json", file.second)) {
      const auto& patterns = test::izhikevich_patterns();
      const auto pattern = std::ranges::find(patterns, name.at(0), &std::decay_t<decltype(patterns[0])>::letter);
      ASSERT_NE(pattern, patterns.end()) << name;
      EXPECT_EQ(pattern->h, step) << name;
      ++found;
      if (pattern->spikes < 0) continue;  // the paper prints no number
      std::vector<double> train;
      for (const double t : cells.at(0))
        if (t < pattern->duration_ms) train.push_back(t);
      ASSERT_EQ(train.size(), static_cast<std::size_t>(pattern->spikes)) << name;
      for (std::size_t i = 0; i < pattern->first.size(); ++i) EXPECT_NEAR(train[i], pattern->first[i], 1e-9) << name;
      for (std::size_t i = 0; i < pattern->last.size(); ++i)
        EXPECT_NEAR(train[train.size() - pattern->last.size() + i], pattern->last[i], 1e-9) << name;
    }
  }
  EXPECT_EQ(found, 20u);
}

TEST(SingleNeuron, EveryModelFiresUnderItsCurrent) {
  const auto spikes = spikes_of("models.json", 200);
  for (const std::string& name : builtin_models().names()) {
    ASSERT_TRUE(spikes.contains(name)) << name << " is missing in models.json";
    EXPECT_GE(spikes.at(name).at(0).size(), 2u) << name;
    EXPECT_GT(spikes.at(name).at(0).at(0), 20.0) << name;
  }
}

}  // namespace
