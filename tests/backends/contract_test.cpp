// What every backend promises, as one body of tests over the list of backends: the same bits as the reference, for any number
// of threads, any split of a run, any checkpoint, whatever is recorded and in whatever order the network was declared.
#include <gtest/gtest.h>

#include "backends/cpu/cpu.hpp"
#include "backends/reference/reference.hpp"
#include "models/models.hpp"
#include "tests/backends/contract.hpp"
#include "tests/backends/contract_networks.hpp"

namespace spikeloom {
namespace {

const std::vector<std::string> models = {"lif_delta", "lif_exp", "lif_alpha", "lif_cond_exp", "izhikevich", "izhikevich_cv"};

using testing::Hashes;
using testing::hashes_of;

std::unique_ptr<Session> open(const Backend& backend, const Network& network, int threads, const std::string& isa = "") {
  return testing::open(backend, testing::compiled(network), threads, isa);
}

Hashes run(const Backend& backend, const Network& network, int threads, const std::vector<std::int64_t>& stops = {}) {
  auto session = open(backend, network, threads);
  for (const std::int64_t stop : stops) session->advance_to(stop);
  session->advance_to(session->network().duration_steps);
  return hashes_of(*session);
}

TEST(Contract, CpuEqualsReferenceForEveryModelPrecisionAndThreadCount) {
  for (const auto& model : models)
    for (const bool is_single : {false, true}) {
      const Network network =
          is_single ? testing::in_single(testing::balanced(model, 1600, 60)) : testing::balanced(model, 1600, 60);
      const Hashes expected = run(*reference_backend(), network, 1);
      EXPECT_GT(expected.count, 100u) << model << ": a silent network proves nothing";
      for (const int threads : {1, 2, 3, 7})
        EXPECT_EQ(run(*cpu_backend(), network, threads), expected) << model << (is_single ? " single " : " double ") << threads;
    }
}

TEST(Contract, CompactWeightsAgreeToo) {
  Network network = testing::in_single(testing::balanced("lif_exp", 1600, 60));
  network.run.weight_bits = 16.0;
  EXPECT_EQ(run(*cpu_backend(), network, 2), run(*reference_backend(), network, 1));
}

TEST(Contract, AnotherSeedIsAnotherRun) {  // the control: the hashes above could differ
  Network network = testing::balanced("lif_exp", 800, 40);
  const Hashes one = run(*cpu_backend(), network, 2);
  network.run.seed = 8.0;
  EXPECT_NE(run(*cpu_backend(), network, 2).spikes, one.spikes);
}

TEST(Contract, SplitRunsEqualWholeRuns) {
  for (const auto& model : models) {
    const Network network = testing::balanced(model, 400, 40);
    const Hashes whole = run(*reference_backend(), network, 1);
    EXPECT_EQ(run(*reference_backend(), network, 1, {1, 2, 3, 77, 100, 101, 250}), whole) << model;
    EXPECT_EQ(run(*cpu_backend(), network, 2, {1, 2, 3, 77, 100, 101, 250}), whole) << model;
  }
}

TEST(Contract, CheckpointAtEveryStepContinuesBitForBit) {
  const Network network = testing::balanced("lif_exp", 200, 6);
  const Hashes whole = run(*reference_backend(), network, 1);
  const testing::TemporaryFile file;
  const std::string& path = file.path();
  const auto cpu = cpu_backend(), reference = reference_backend();
  for (std::int64_t step = 0; step <= 60; ++step) {
    auto first = open(step % 2 ? *cpu : *reference, network, 1 + static_cast<int>(step % 3));
    first->advance_to(step);
    first->save(path);
    auto second = open(step % 4 < 2 ? *cpu : *reference, network, 1 + static_cast<int>((step + 1) % 3));
    second->load(path);
    EXPECT_EQ(second->step(), step);
    second->advance_to(60);
    ASSERT_EQ(hashes_of(*second), whole) << "at step " << step;
  }
}

TEST(Contract, CheckpointOfAnotherNetworkIsRefused) {
  const testing::TemporaryFile file;
  const std::string& path = file.path();
  auto first = open(*cpu_backend(), testing::balanced("lif_exp", 200, 6), 1);
  first->save(path);
  Network other = testing::balanced("lif_exp", 200, 6);
  other.run.seed = 99.0;
  auto second = open(*cpu_backend(), other, 1);
  EXPECT_THROW(second->load(path), Error);
}

TEST(Contract, RecordingChangesNothing) {
  Network network = testing::balanced("lif_exp", 400, 40);
  const Hashes plain = run(*reference_backend(), network, 1);
  network.probe_spikes("E");
  network.probe_state("I", {"V_m_mV"}, 0.3);
  EXPECT_EQ(run(*cpu_backend(), network, 2), plain);
  EXPECT_EQ(run(*reference_backend(), network, 1), plain);
}

TEST(Contract, PermutedDeclarationsAreTheSameNetwork) {
  const Network network = testing::balanced("lif_exp", 400, 40);
  Network permuted;
  permuted.name = network.name;
  permuted.run = network.run;
  std::vector<Node> nodes;
  for (auto [v, end] = boost::vertices(network.graph()); v != end; ++v) nodes.insert(nodes.begin(), network.graph()[*v]);
  for (const auto& node : nodes) {
    if (const auto* population = std::get_if<Population>(&node.what)) permuted.population(node.name, *population);
    if (const auto* input = std::get_if<Input>(&node.what)) permuted.input(node.name, *input);
  }
  std::vector<Projection> projections;
  for (auto [e, end] = boost::edges(network.graph()); e != end; ++e) projections.insert(projections.begin(), network.graph()[*e]);
  for (const auto& projection : projections) permuted.connect(projection);
  EXPECT_EQ(run(*cpu_backend(), permuted, 2), run(*cpu_backend(), network, 1));
}

TEST(Contract, EveryCellOfAChainFiresOnceItsDelayHasPassed) {
  for (const double delay : {0.1, 1.0, 7.3, 40.0})
    for (const auto& backend : {std::shared_ptr<Backend>(cpu_backend()), std::shared_ptr<Backend>(reference_backend())}) {
      Network network = testing::chain(10, delay);
      network.probe_spikes("ring");
      auto session = open(*backend, network, 2);
      session->advance_to(session->network().duration_steps);
      const SpikeTrain train = session->recording().spike_trains.at(0);
      ASSERT_GT(train.neuron.size(), 0u);
      for (std::size_t k = 0; k < train.neuron.size(); ++k) {
        const double after = train.time_ms[k] - (train.neuron[k] + 1) * delay;
        EXPECT_TRUE(std::abs(after - 1.0) < 1e-9 || std::abs(after - 50.0) < 1e-9) << backend->name() << " " << delay;
      }
    }
}

TEST(Contract, ModulationOfGainsAndParametersAgrees) {
  Network network = testing::balanced("lif_exp", 400, 40);
  StepsSignal steps;
  steps.steps = {{0.0, 0.0}, {10.0, 1.0}, {25.0, -0.5}};
  network.signals["mood"] = {steps, {}};
  network.signals["trace"] = {TraceSignal{parse_slice("E[0:50]", {}), {5.0}, 1.0}, {}};
  network.modulation.push_back({"mood", "E", "V_th_mV", 2.0, {}});
  network.modulation.push_back({"mood", "I", "gain", 0.5, {}});
  network.modulation.push_back({"mood", "E->I", "gain", 0.7, {}});
  network.currents.push_back({"trace", parse_slice("I[0:50]", {}), 20.0, std::nullopt, {}});
  const Hashes expected = run(*reference_backend(), network, 1);
  EXPECT_NE(expected, run(*reference_backend(), testing::balanced("lif_exp", 400, 40), 1));
  for (const int threads : {1, 2, 3}) EXPECT_EQ(run(*cpu_backend(), network, threads, {5, 6, 50}), expected) << threads;
}

TEST(Contract, EveryInstructionSetGivesTheSameBits) {
  for (const auto& model : models) {
    const Network network = testing::in_single(testing::balanced(model, 800, 40));
    const Hashes expected = run(*reference_backend(), network, 1);
    int tried = 0;
    for (const char* isa : {"v2", "v3", "v4"}) {
      std::unique_ptr<Session> session;
      try {
        session = open(*cpu_backend(), network, 2, isa);
      } catch (const Error& error) {
        EXPECT_EQ(error.kind, "unsupported");
        continue;
      }
      session->advance_to(session->network().duration_steps);
      EXPECT_EQ(hashes_of(*session), expected) << model << " " << isa;
      ++tried;
    }
    EXPECT_GE(tried, 1);
  }
}

}  // namespace
}  // namespace spikeloom
