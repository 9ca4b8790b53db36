// Backends agree on how a run goes on: interrupted, changed by its caller, gone wrong, written to files.
#include <gtest/gtest.h>

#include "backends/cpu/cpu.hpp"
#include "backends/reference/reference.hpp"
#include "models/models.hpp"
#include "tests/backends/contract.hpp"
#include "tests/backends/contract_networks.hpp"
#include "tests/core/run/tiny_network.hpp"

namespace spikeloom {
namespace {

using testing::broken;
using testing::compiled;
using testing::Contract;
using testing::every_step;
using testing::paced;
using testing::wiring;

TEST(ContractRuns, AnInterruptedRunGoesOnAsIfNothingHadHappened) {
  Network net = paced(30);
  net.probe_state("E", {"V_m_mV"}, 1.7);
  const auto network = compiled(net);
  const auto whole = testing::open(*reference_backend(), network, 1);
  whole->advance_to(300);
  for (const bool cpu : {false, true})
    for (const int patience : {0, 1, 2, 5}) {
      const auto session = cpu ? testing::open(*cpu_backend(), network, 3) : testing::open(*reference_backend(), network, 1);
      int interruptions = 0;
      while (session->step() < 300) {
        int asked = 0;
        const std::int64_t before = session->step();
        session->advance_to(300, [&] { return ++asked > patience; });
        interruptions += session->step() < 300;
        if (session->step() == before) session->advance_to(before + 1);  // the reference asks before its first step
      }
      EXPECT_GT(interruptions, 0);
      EXPECT_EQ(testing::difference(testing::outcome_of(*whole), testing::outcome_of(*session)), "") << cpu << patience;
    }
}

TEST(ContractRuns, StatesSetByTheCallerAgree) {
  Contract contract{compiled(paced(4)), {}, {1, 2, 3, 7}, {""}, {}, every_step(40)};
  for (const std::int64_t step : {0, 9, 10, 31})
    contract.actions[step] = [step](Session& session) {
      auto v = session.state("E", "V_m_mV");
      for (std::size_t i = 0; i < v.size(); i += 3) v[i] = -80 + static_cast<double>((i + static_cast<std::size_t>(step)) % 40);
      session.set_state("E", "V_m_mV", v);
    };
  EXPECT_EQ(broken(contract), "");
  contract.network = compiled(testing::in_single(paced(4)));
  EXPECT_EQ(broken(contract), "");
}

/// u of one cell of A and one of B overflows; A comes first by name, but lies in a later shard.
Network overflowing(double cell_of_a, double cell_of_b) {
  Network net;
  net.name = "overflow";
  net.run.duration_ms = 60.0;
  net.run.step_ms = 0.1;
  const auto huge_at = [](double cell) { return expr("1.7e308*max(0, 1-abs(index-" + std::to_string(cell) + "))"); };
  testing::add_cells(net, "A", "izhikevich", 700, {{"d", huge_at(cell_of_a)}, {"I_e", 20.0}});
  testing::add_cells(net, "B", "izhikevich", 700, {{"d", huge_at(cell_of_b)}, {"I_e", 20.0}});
  return net;
}

TEST(ContractRuns, AStateThatIsNoNumberGivesTheSameMessage) {
  for (const double cell : {3.0, 350.0, 690.0}) {
    Contract contract{compiled(overflowing(690 - cell, cell)), {}, {1, 2, 3, 7}, {""}, {}, {}};
    testing::Outcome expected;
    EXPECT_EQ(broken(contract, &expected), "");
    EXPECT_NE(expected.error.find("A"), std::string::npos) << expected.error;
  }
}

TEST(ContractRuns, FilesAreTheSameToTheByte) {
  Network net = paced(6);
  net.input("S", {ExternalInput{5.0}, std::nullopt});
  net.input("L", {SpikeListInput{{{0.0, 1.0, 1.0}, {1.0}}, "", std::nullopt}, std::nullopt});
  net.connect("S", "E", wiring(Connector::Kind::all_to_all, 0, 80.0, 0.3));
  net.group("all", {parse_slice("S", {}), parse_slice("I", {}), parse_slice("L", {}), parse_slice("E[0:300]", {})});
  net.probes.push_back({Probe::Kind::spikes, parse_slice("all", {}), {}, {}, {}, {}, {}, "spikes.csv", {}});
  net.probe_spikes("S", "s.npy");
  net.probe_state("I", {"V_m_mV", "I_syn_exc_pA"}, 0.5, "v.csv");
  const auto network = compiled(net);
  const auto written = [&](const Backend& backend, int threads) {
    const tiny::Folder folder;
    OpenOptions options;
    options.threads = threads;
    options.output_folder = folder.string();
    const auto session = backend.open(network, options);
    for (const std::int64_t step : {0, 7, 20}) {
      session->advance_to(step);
      session->emit("S", std::vector<std::uint32_t>{0, 4});
    }
    session->advance_to(60);
    session->flush(true);
    std::vector<std::string> texts;
    for (const char* name : {"spikes.csv", "s.npy", "v.csv"}) texts.push_back(tiny::text_of(folder / name));
    return texts;
  };
  const auto expected = written(*reference_backend(), 1);
  EXPECT_GT(expected.at(0).size(), 1000u);
  for (const int threads : {1, 3}) {
    const auto files = written(*cpu_backend(), threads);
    for (std::size_t i = 0; i < files.size(); ++i) EXPECT_TRUE(files[i] == expected[i]) << threads << " threads, file " << i;
  }
}

}  // namespace
}  // namespace spikeloom
