// No spike is lost and none is delivered twice: deliveries are counted against the synapses of the cells that spiked.
#include <gtest/gtest.h>

#include <cmath>
#include <map>

#include "backends/cpu/cpu.hpp"
#include "backends/reference/reference.hpp"
#include "models/models.hpp"
#include "tests/backends/contract.hpp"
#include "tests/backends/contract_networks.hpp"
#include "tests/core/compile/edges.hpp"

namespace spikeloom {
namespace {

using testing::compiled;

/// Two populations and a source whose spikes come from a list, several of one cell at one time among them.
Network net_of_all_lengths() {
  Network net = testing::paced(40.0);
  SpikeListInput list;
  for (int i = 0; i < 50; ++i) list.times_ms.push_back({0.1 * i, 0.1 * i, 20.0, 39.9});
  net.input("kicks", {list, std::nullopt});
  net.connect("kicks", "E", testing::wiring(Connector::Kind::fixed_probability, 0.2, 200.0, uniform(0.1, 30.0)));
  for (const char* name : {"E", "I"}) net.probe_spikes(name);
  return net;
}

/// Synapses over which a spike arrived by the end, by the rows of the network and the spikes that `session` recorded.
std::uint64_t arrivals(const Session& session) {
  const CompiledNetwork& network = session.network();
  const std::int64_t end = session.step();
  std::map<std::string, std::vector<std::pair<std::uint32_t, std::int64_t>>> spikes;
  for (const auto& train : session.recording().spike_trains)
    for (std::size_t k = 0; k < train.neuron.size(); ++k)
      spikes[train.population].emplace_back(train.neuron[k], network.steps_of(train.time_ms[k]));
  for (std::uint32_t i = 0; i < 50; ++i)
    for (const std::int64_t step : {std::int64_t{i}, std::int64_t{i}, std::int64_t{200}, std::int64_t{399}})
      spikes["kicks"].emplace_back(i, step);
  std::uint64_t count = 0;
  for (const auto& projection : network.projections) {
    const std::string source = projection.name.substr(0, projection.name.find("->"));
    std::vector<std::vector<std::uint32_t>> delays(projection.rows->sources);
    for (const auto& edge : test::edges_of(*projection.rows)) delays[edge.source].push_back(edge.delay);
    for (const auto& [cell, step] : spikes[source])
      for (const std::uint32_t delay : delays[cell]) count += step + delay <= end;
  }
  return count;
}

TEST(ConservationThreads, EverySpikeArrivesOnceOverEverySynapse) {
  const auto network = compiled(net_of_all_lengths());
  const auto reference = testing::open(*reference_backend(), network, 1);
  reference->advance_to(network->duration_steps);
  const std::uint64_t expected = arrivals(*reference);
  EXPECT_GT(expected, 50'000u);
  EXPECT_EQ(reference->recording().synaptic_events, expected);
  for (const int threads : {1, 2, 3, 7, 16}) {
    const auto session = testing::open(*cpu_backend(), network, threads);
    session->advance_to(network->duration_steps);
    EXPECT_EQ(arrivals(*session), expected) << threads;
    EXPECT_EQ(session->recording().synaptic_events, expected) << threads;
  }
  const auto shorter = testing::open(*cpu_backend(), network, 2);
  shorter->advance_to(network->duration_steps - 1);  // the control: a step fewer is fewer arrivals
  EXPECT_EQ(shorter->recording().synaptic_events, arrivals(*shorter));
  EXPECT_LT(arrivals(*shorter), expected);
}

TEST(ConservationThreads, AHundredRunsOnSixteenThreadsDeliverTheSame) {
  Network net = net_of_all_lengths();
  net.run.duration_ms = 8.0;
  const auto network = compiled(net);
  const auto first = testing::open(*reference_backend(), network, 1);
  first->advance_to(network->duration_steps);
  const auto expected = testing::hashes_of(*first);
  ASSERT_EQ(expected.events, arrivals(*first));
  for (int run = 0; run < 100; ++run) {
    const auto session = testing::open(*cpu_backend(), network, 16);
    session->advance_to(network->duration_steps);
    ASSERT_EQ(testing::hashes_of(*session), expected) << "run " << run;
  }
}

/// 2^20 cells that all fire in the first step, onto one cell.
Network crowd(const std::string& update) {
  Network net;
  net.run.duration_ms = 3.0;
  net.run.step_ms = 0.1;
  testing::add_cells(net, "crowd", "lif_delta", 1 << 20, {{"V_th_mV", -55.0}});
  testing::add_cells(net, "one", "lif_delta", 1, {{"tau_m_ms", 10.0}, {"E_L_mV", -70.0}, {"V_th_mV", -55.0}});
  for (const char* name : {"crowd", "one"}) std::get<Population>(net.graph()[*net.find(name)].what).update = update;
  std::get<Population>(net.graph()[*net.find("crowd")].what).initial["V_m_mV"] = -54.0;
  net.connect("crowd", "one", testing::wiring(Connector::Kind::all_to_all, 0, std::ldexp(10.0, -20), 1.0));
  return net;
}

TEST(Conservation, AMillionSpikesArriveAtOneInstant) {
  for (const char* update : {"stepped", "exact"}) {
    const auto network = compiled(crowd(update));
    const std::unique_ptr<Backend> backends[] = {reference_backend(), cpu_backend()};
    for (const auto& backend : backends) {
      const auto session = testing::open(*backend, network, 2);
      session->advance_to(network->duration_steps);
      const auto counts = session->recording();
      EXPECT_EQ(counts.spikes, 1u << 20) << update << backend->name();
      EXPECT_EQ(counts.synaptic_events, 1u << 20);
      // together they lift the cell by 10 mV, 1.1 ms after the start stepped (a cell fires in step 1), 1 ms exact
      const double left_ms = update == std::string("exact") ? 2.0 : 1.9;
      EXPECT_NEAR(session->state("one", "V_m_mV").at(0), -70 + 10 * std::exp(-left_ms / 10), 1e-6) << update << backend->name();
    }
  }
}

}  // namespace
}  // namespace spikeloom
