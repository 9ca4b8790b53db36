// Spike for spike with NEST's precise neurons, in a feed-forward network of 1,000 cells (tests/data/nest_precise).
#include <gtest/gtest.h>

#include <fstream>
#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "backends/cpu/cpu.hpp"
#include "models/models.hpp"

namespace spikeloom::test {
namespace {

// The formulas of feed_forward.py.
constexpr std::uint64_t trains = 100, in_degree = 20;
constexpr std::uint64_t layer_sizes[] = {400, 400, 200};

std::vector<double> train_ms(std::uint64_t i, double duration_ms) {
  std::vector<double> times;
  std::uint64_t t = 0, x = 12345 + 7919 * i;
  for (;;) {
    x = (1103515245 * x + 12345) % (std::uint64_t{1} << 31);
    t += 1000 + x % 14000;
    if (static_cast<double>(t) >= duration_ms * 1000) return times;
    times.push_back(static_cast<double>(t) / 1000);
  }
}

double weight_pA(std::size_t layer, std::uint64_t j, std::uint64_t k) {
  const auto part = static_cast<double>((j * 31 + k * 17) % 41);
  return k % 5 == 4 ? -40 - part : (layer == 0 ? 90 : 120) + part;
}

TEST(Nest, PreciseNeuronsAgreeSpikeForSpikeWithin1em6) {
  std::ifstream in(std::string(SPIKELOOM_SOURCE_DIR) + "/tests/data/nest_precise/feed_forward.json");
  const auto expected = nlohmann::json::parse(in);
  Network net;
  net.run.duration_ms = expected["duration_ms"].get<double>();
  net.run.step_ms = 0.1;
  SpikeListInput input;
  for (std::uint64_t i = 0; i < trains; ++i) input.times_ms.push_back(train_ms(i, expected["duration_ms"]));
  net.input("trains", {input, std::nullopt});
  std::string before = "trains";
  std::uint64_t size_before = trains;
  for (std::size_t layer = 0; layer < std::size(layer_sizes); ++layer) {
    const std::string name = "layer" + std::to_string(layer);
    Population cells;
    cells.shape = {static_cast<double>(layer_sizes[layer])};
    cells.model = "lif_exp";
    cells.update = "exact";
    cells.parameters = {{"I_e_pA", 330.0}, {"tau_syn_exc_ms", 2.0}, {"tau_syn_inh_ms", 3.0}};
    net.population(name, cells);
    Projection projection;
    projection.connect.kind = Connector::Kind::list;
    for (std::uint64_t j = 0; j < layer_sizes[layer]; ++j)
      for (std::uint64_t k = 0; k < in_degree; ++k)
        projection.connect.edges.push_back({(7 * j + 13 * k + k * k) % size_before, j, weight_pA(layer, j, k),
                                            static_cast<double>(5 + (j * 5 + k * 3) % 20) / 10});
    net.connect(before, name, projection);
    net.probe_spikes(name);
    before = name, size_before = layer_sizes[layer];
  }
  const auto compiled = compile(net, builtin_models());
  const auto session = cpu_backend()->open(compiled, {});
  session->advance_to(compiled->duration_steps);
  const Recording recording = session->recording();
  double worst = 0;
  for (std::size_t layer = 0; layer < std::size(layer_sizes); ++layer) {
    const auto& theirs = expected["layers"][layer];
    const SpikeTrain& ours = recording.spike_trains[layer];
    ASSERT_GT(ours.neuron.size(), 500u);
    std::map<std::uint32_t, std::vector<double>> a, b;  // by cell, as two spikes of one instant may stand in either order
    for (std::size_t k = 0; k < ours.neuron.size(); ++k) a[ours.neuron[k]].push_back(ours.time_ms[k]);
    for (std::size_t k = 0; k < theirs["neuron"].size(); ++k)
      b[theirs["neuron"][k].get<std::uint32_t>()].push_back(theirs["time_ms"][k].get<double>());
    ASSERT_EQ(a.size(), b.size());
    for (const auto& [cell, times] : a) {
      ASSERT_EQ(times.size(), b[cell].size()) << "layer " << layer << " cell " << cell;
      for (std::size_t k = 0; k < times.size(); ++k) {
        EXPECT_NEAR(times[k], b[cell][k], 1e-6) << "layer " << layer << " cell " << cell;
        worst = std::max(worst, std::fabs(times[k] - b[cell][k]));
      }
    }
  }
  RecordProperty("worst_ms", std::to_string(worst));
}

}  // namespace
}  // namespace spikeloom::test
