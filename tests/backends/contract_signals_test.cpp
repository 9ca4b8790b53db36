// Backends agree on graded values: what signals drive, and what they change in cells and projections while spikes travel.
#include <gtest/gtest.h>

#include "backends/reference/reference.hpp"
#include "tests/backends/contract.hpp"
#include "tests/backends/contract_networks.hpp"

namespace spikeloom {
namespace {

using testing::broken;
using testing::compiled;
using testing::Contract;
using testing::every_step;
using testing::Outcome;
using testing::paced;
using testing::wiring;

Contract thorough(const Network& network) {
  Contract contract{compiled(network), {}, {1, 2, 3, 7}, {""}, {}, {}};
  contract.stops = contract.checkpoints = every_step(contract.network->duration_steps);
  return contract;
}

Outcome plain_outcome() {
  Outcome outcome;
  EXPECT_EQ(broken({compiled(paced(5)), {}, {1}, {""}, {}, {}}, &outcome), "");
  return outcome;
}

/// Both precisions keep the contract, and the network is not the one without signals.
void expect_kept(const Network& network, const testing::Actions& actions = {}) {
  Outcome outcome;
  Contract contract = thorough(network);
  contract.actions = actions;
  EXPECT_EQ(broken(contract, &outcome), "");
  EXPECT_NE(outcome.hashes.states, plain_outcome().hashes.states);
  contract.network = compiled(testing::in_single(network));
  contract.checkpoints = {0, 7, 31};
  EXPECT_EQ(broken(contract), "");
}

TEST(ContractSignals, AnExternalSignalThroughAReadoutIntoACurrentAgrees) {
  Network net = paced(5);
  net.signals["given"] = {ExternalSignal{3.0}, {}};
  net.signals["seen"] = {ReadoutSignal{"given", 2.0, {1, -2, 0.5, 0.25, 1, 3}, {}}, {}};
  std::vector<double> each;
  for (int k = 0; k < 2 * 100; ++k) each.push_back(3 * (k % 17) - 20);
  net.currents.push_back({"seen", parse_slice("E[200:500:3]", {}), each, std::pair<Value, Value>{-150.0, 200.0}, {}});
  net.currents.push_back({"seen", parse_slice("I", {}), std::vector<double>{8, -1}, std::nullopt, {}});
  net.currents.push_back({"given", parse_slice("I[0:150]", {}), 30.0, std::nullopt, {}});
  testing::probe_signal(net, "seen");
  testing::probe_signal(net, "given");
  testing::Actions actions;
  for (const std::int64_t step : {0, 7, 8, 30})
    actions[step] = [step](Session& session) {
      session.set_signal("given", std::vector<double>{static_cast<double>(step + 1), -2, 0.125 * static_cast<double>(step)});
    };
  expect_kept(net, actions);
}

TEST(ContractSignals, AGainForEveryCellAgrees) {
  Network net = paced(5);
  net.signals["trace"] = {TraceSignal{parse_slice("I", {}), {4.0}, 1.0}, {}};
  net.signals["activity"] = {RateSignal{parse_slice("E", {}), 2.0}, {}};
  net.modulation.push_back({"trace", "I", "gain", 0.3, {}});
  net.modulation.push_back({"activity", "I", "gain", 0.001, {}});
  net.modulation.push_back({"activity", "E", "gain", 0.004, {}});
  expect_kept(net);
}

TEST(ContractSignals, AModulatedBiasAndThresholdAgree) {
  Network net = paced(5);
  net.signals["mood"] = {StepsSignal{{{0.0, 0.0}, {1.0, 1.0}, {2.55, -0.5}}}, {}};
  net.signals["pulse"] = {PulseSignal{0.35, 0.4, 2.0, 1.1}, {}};
  net.signals["own"] = {TraceSignal{parse_slice("E", {}), {3.0}, 1.0}, {}};
  net.modulation.push_back({"mood", "E", "I_e_pA", 90.0, {}});
  net.modulation.push_back({"own", "E", "V_th_mV", 1.5, {}});
  net.modulation.push_back({"pulse", "I", "V_th_mV", -2.0, {}});
  net.modulation.push_back({"pulse", "I", "I_e_pA", 150.0, {}});
  net.modulation.push_back({"mood", "I", "tau_m_ms", 2.0, {}});
  expect_kept(net);
}

TEST(ContractSignals, GroupsAndSlicesAreTraced) {
  Network net = paced(5);
  net.input("S", {SpikeListInput{{{0.0, 0.3, 0.3}, {1.0}}, "", std::nullopt}, std::nullopt});
  net.group("some", {parse_slice("I[10:60:5]", {}), parse_slice("E[3:700:7]", {}), parse_slice("S", {})});
  net.signals["trace"] = {TraceSignal{parse_slice("some[2:100:2]", {}), {1.0, 10.0}, 0.5}, {}};
  net.signals["rate"] = {RateSignal{parse_slice("some", {}), 1.0}, {}};
  net.currents.push_back({"rate", parse_slice("E", {}), 2.0, std::pair<Value, Value>{0.0, 100.0}, {}});
  testing::probe_signal(net, "trace");
  testing::probe_signal(net, "rate");
  expect_kept(net);
}

TEST(ContractSignals, AGateThatMovesWhileSpikesAreInFlightAgrees) {
  Network net = paced(5);
  net.signals["fade"] = {PulseSignal{0.5, 0.25, -0.3, 0.5}, {}};
  net.modulation.push_back({"gate", "E->I", "gain", 1.0, {}});
  net.modulation.push_back({"fade", "I->E", "gain", 1.0, {}});
  net.modulation.push_back({"fade", "E->I", "gain", 1.0, {}});
  net.signals["gate"] = {StepsSignal{{{0.0, 0.0}, {1.0, -0.7}, {2.0, 0.5}, {3.0, -0.7}, {3.1, 0.0}}}, {}};
  expect_kept(net);
}

TEST(ContractSignals, TheGateInTheStepOfArrivalDecides) {
  // A spike leaves at 1 ms and arrives at 3 ms. Gates that close or open between make or break it; earlier ones do not.
  const auto reached = [](std::vector<std::pair<Value, Value>> gate) {
    Network net;
    net.name = "gate";
    net.run.duration_ms = 4.0;
    testing::add_cells(net, "B", "lif_delta", 1);
    net.input("A", {SpikeListInput{{{1.0}}, "", std::nullopt}, std::nullopt});
    net.connect("A", "B", wiring(Connector::Kind::all_to_all, 0, 5.0, 2.0));
    net.signals["gate"] = {StepsSignal{std::move(gate)}, {}};
    net.modulation.push_back({"gate", "A->B", "gain", 1.0, {}});
    const Contract contract = thorough(net);
    EXPECT_EQ(broken(contract), "");
    const auto session = testing::open(*reference_backend(), contract.network, 1);
    session->advance_to(40);
    return session->state("B", "V_m_mV").at(0) > -70 + 1;
  };
  EXPECT_TRUE(reached({{0.0, 0.0}}));
  EXPECT_FALSE(reached({{0.0, 0.0}, {1.5, -1.0}}));
  EXPECT_FALSE(reached({{0.0, 0.0}, {2.9, -1.0}}));  // in force during the step that ends at 3 ms
  EXPECT_TRUE(reached({{0.0, 0.0}, {3.0, -1.0}}));
  EXPECT_TRUE(reached({{0.0, -1.0}, {2.9, 0.0}}));
  EXPECT_FALSE(reached({{0.0, -1.0}, {3.0, 0.0}}));
}

/// What is made of a pulse in the last step of a repeat acts as it does itself, whichever clock it is written in.
TEST(ContractSignals, APulseAtTheEndOfARepeatActsThroughWhatIsMadeOfItToo) {
  const auto potentials = [](const std::string& clock) {
    const auto network = testing::network_of(
        R"({"spikeloom": 1, "run": {"step_ms": 1}, "populations": {"A": {"size": 1, "model": "lif_delta"}, "B": {"size": 1, "model": "lif_delta"},
          "C": {"size": 1, "model": "lif_delta"}},
        "signals": {"r": {"instant": {"pulses": [[5, 1]]}, "clock": ")" +
        clock + R"("}, "one": {"steps": [[0, 1]]},
          "p": {"product": ["r", "one"]}, "o": {"readout": {"of": "r", "channels": 1, "weights": 1}}},
        "currents": [{"from": "r", "to": "A", "weight": 100}, {"from": "p", "to": "B", "weight": 100}, {"from": "o", "to": "C", "weight": 100}],
        "phases": [{"run_ms": 5, "repeat": 2, "reset": ["signals"]}], "probes": [{"state": "V_m_mV", "of": "A", "at_ms": [6]},
          {"state": "V_m_mV", "of": "B", "at_ms": [6]}, {"state": "V_m_mV", "of": "C", "at_ms": [6]}]})");
    testing::Outcome expected;
    EXPECT_EQ(testing::broken({network, {}, {1, 2}, {""}, {5, 6}, {4, 5, 6}}, &expected), "") << clock;
    std::vector<double> found;
    for (const auto& stream : expected.streams) found.push_back(stream.rows.at(0).second.at(0));
    return found;
  };
  for (const char* clock : {"phase", "run"}) {
    const auto found = potentials(clock);
    ASSERT_EQ(found.size(), 3u);
    EXPECT_NEAR(found[0], -70 + 0.3807, 1e-4) << clock;
    EXPECT_EQ(found[0], found[1]) << clock;
    EXPECT_EQ(found[0], found[2]) << clock;
  }
}

}  // namespace
}  // namespace spikeloom
