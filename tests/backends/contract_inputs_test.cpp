// Backends agree on everything that enters a network from outside: spike lists, the caller's spikes, Poisson trains, currents.
#include <gtest/gtest.h>

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

/// Every way to run it, with stops and checkpoints at every step.
Contract thorough(const Network& network) {
  Contract contract{compiled(network), {}, {1, 2, 3, 7}, {""}, {}, {}};
  contract.stops = contract.checkpoints = every_step(contract.network->duration_steps);
  return contract;
}

/// `input` onto E with many delays; traced by a signal that feeds a current, and probed.
Network with_source(Input input, double run_ms = 4) {
  Network net = paced(run_ms);
  net.input("S", std::move(input));
  net.connect("S", "E", wiring(Connector::Kind::fixed_out_degree, 60, normal(150, 40), uniform(0.1, 3)));
  net.signals["trace"] = {TraceSignal{parse_slice("S", {}), {5.0}, 1.0}, {}};
  net.signals["rate"] = {RateSignal{parse_slice("S", {}), 3.0}, {}};
  net.currents.push_back({"rate", parse_slice("I", {}), 0.5, std::nullopt, {}});
  net.probe_spikes("S");
  net.probe_spikes("E");
  testing::probe_signal(net, "trace");
  return net;
}

TEST(ContractInputs, SpikesAtTimeZeroReachCellsSignalsAndProbes) {
  SpikeListInput list;
  list.times_ms = {{0.0, 0.0, 1.0}, {0.05, 0.1}, {}, {0.0}};
  Outcome expected;
  EXPECT_EQ(broken(thorough(with_source({list, std::nullopt})), &expected), "");
  ASSERT_EQ(expected.streams.at(0).name, "spikes of S");
  ASSERT_EQ(expected.streams[0].rows.size(), 6u);
  EXPECT_EQ(expected.streams[0].rows[0].first, 0.0);
  const auto& trace = expected.streams.back().rows.at(0);
  EXPECT_EQ(trace.first, 0.0);
  EXPECT_EQ(trace.second, (std::vector<double>{2, 0, 0, 1}));
}

TEST(ContractInputs, SpikesOfTheCallerSurviveSavingAndLoading) {
  Contract contract = thorough(with_source({ExternalInput{40.0}, std::nullopt}));
  for (const std::int64_t step : {0, 1, 5, 6, 17, 39, 40})
    contract.actions[step] = [step](Session& session) {
      const auto k = static_cast<std::uint32_t>(step % 7);
      session.emit("S", std::vector<std::uint32_t>{k, k + 9, 39});
    };
  Outcome expected;
  EXPECT_EQ(broken(contract, &expected), "");
  EXPECT_EQ(expected.streams.at(0).rows.size(), 6u * 3);  // those given at the end are not sent any more
  Contract silent = contract;
  silent.actions.clear();
  Outcome without;
  EXPECT_EQ(broken(silent, &without), "");
  EXPECT_NE(without.hashes.spikes, expected.hashes.spikes);
}

TEST(ContractInputs, SpikesOfTheCallerAtTheStepOfALoadComeOnce) {
  Contract contract{compiled(with_source({ExternalInput{40.0}, std::nullopt})), {}, {1}, {""}, {}, {0, 1, 2, 3}};
  const auto emit = [](std::vector<std::uint32_t> cells) { return [cells](Session& session) { session.emit("S", cells); }; };
  contract.actions = {{0, emit({1, 2})}, {1, emit({3})}, {2, emit({3, 4})}};
  EXPECT_EQ(broken(contract), "");
}

TEST(ContractInputs, SpikesOfTheCallerMayBeGivenAhead) {
  const auto given_at = [](std::int64_t step, std::vector<std::uint32_t> cells, std::vector<double> times_ms) {
    return std::pair{step, std::function<void(Session&)>([=](Session& session) { session.emit_at("S", cells, times_ms); })};
  };
  Contract ahead = thorough(with_source({ExternalInput{40.0}, std::nullopt}));
  ahead.actions.insert(given_at(0, {1, 2, 7, 1}, {0.0, 1.7, 0.55, 3.0}));
  ahead.actions.insert(given_at(6, {9, 4, 4}, {0.6, 0.7, 2.11}));
  Contract in_time = ahead;
  in_time.actions.clear();
  for (const auto& [step, cells] :
       std::map<std::int64_t, std::vector<std::uint32_t>>{{0, {1}}, {6, {7, 9}}, {7, {4}}, {17, {2}}, {22, {4}}, {30, {1}}})
    in_time.actions[step] = [cells = cells](Session& session) { session.emit("S", cells); };
  Outcome expected, same;
  EXPECT_EQ(broken(ahead, &expected), "");
  EXPECT_EQ(broken(in_time, &same), "");
  EXPECT_EQ(expected.streams.at(0).rows.size(), 7u);
  EXPECT_EQ(difference(expected, same), "");
}

TEST(ContractInputs, SeveralSpikesOfOneSourceInAStepCountEach) {
  SpikeListInput list;
  list.times_ms = {{1.0, 1.0, 1.0}, {1.0, 0.95, 2.0}, {0.1, 0.1}};
  Outcome three, one;
  EXPECT_EQ(broken(thorough(with_source({list, std::nullopt})), &three), "");
  list.times_ms[0] = {1.0};
  EXPECT_EQ(broken(thorough(with_source({list, std::nullopt})), &one), "");
  EXPECT_NE(three.hashes.states, one.hashes.states);

  PoissonInput poisson;
  poisson.rate_hz = {{0.0, 20000.0}, {1.0, 0.0}, {2.0, 8000.0}};
  poisson.size = 50.0;
  EXPECT_EQ(broken(thorough(with_source({poisson, std::nullopt}))), "");
}

TEST(ContractInputs, PrivatePoissonTrainsOnSlicesAgree) {
  Network net = paced(6);
  PoissonInput changing, each;
  changing.rate_hz = {{1.0, 9000.0}, {2.5, 0.0}, {3.0, 3000.0}};
  each.rate_each = uniform(0, 8000);
  Drive drive;
  drive.to = parse_slice("E[130:650:3]", {});
  drive.weight = normal(100, 30);
  net.input("changing", {changing, drive});
  drive.to = parse_slice("I[1:299]", {});
  drive.weight = -20.0;
  drive.receptor = "inh";
  net.input("each", {each, drive});
  drive.weight = 45.0;
  drive.receptor = "exc";
  drive.delay_ms = 1.7;
  each.rate_each.reset();
  each.rate_hz = {{0.0, 12000.0}};
  net.input("plain", {each, drive});
  EXPECT_EQ(broken(thorough(net)), "");
  EXPECT_EQ(broken(thorough(testing::in_single(net))), "");
}

TEST(ContractInputs, NoiseThatLastsSeveralStepsOnASliceAgrees) {
  Network net = paced(6);
  Drive drive;
  drive.to = parse_slice("E[5:690:3]", {});
  net.input("noise", {CurrentInput{CurrentInput::Noise{20.0, uniform(10, 400), 0.7}}, drive});
  drive.to = parse_slice("I", {});
  net.input("hum", {CurrentInput{CurrentInput::Sine{150.0, 200.0, 0.3, 40.0}}, drive});
  net.input("ramp", {CurrentInput{std::vector<CurrentInput::Ramp>{{1.0, 3.05, 10.0, 90.0}, {2.0, 4.0, -5.0, 0.0}}}, drive});
  drive.to = parse_slice("I[7:200]", {});
  net.input("table", {CurrentInput{StepTable{{-1.0, 300.0}, {1.25, normal(200, 50)}, {3.0, 0.0}}}, drive});
  net.probe_state("E", {"V_m_mV"}, 0.3);
  EXPECT_EQ(broken(thorough(net)), "");
  EXPECT_EQ(broken(thorough(testing::in_single(net))), "");
}

TEST(ContractInputs, EmptyPopulationsAndSourcesAreAllowedEverywhere) {
  Network net = paced(4);
  testing::add_cells(net, "A", "izhikevich", 0);
  testing::add_cells(net, "Z", "lif_cond_exp", 0);
  net.input("none", {ExternalInput{0.0}, std::nullopt});
  for (const std::string end : {"A", "none", "E"})
    for (const std::string to : {"A", "E"}) net.connect(end, to, wiring(Connector::Kind::all_to_all, 0, 1.0, 0.5));
  net.group("all", {parse_slice("A", {}), parse_slice("E", {}), parse_slice("I[3:3]", {})});
  net.connect("all", "all", wiring(Connector::Kind::fixed_probability, 0.01, 5.0, 0.4));
  PoissonInput poisson;
  poisson.rate_hz = {{0.0, 5000.0}};
  Drive drive;
  drive.to = parse_slice("A", {});
  net.input("drive", {poisson, drive});
  net.signals["trace"] = {TraceSignal{parse_slice("A", {}), {5.0}, 1.0}, {}};
  net.probe_spikes("A");
  net.probe_state("A", {"v_mV"}, 1.0);
  testing::probe_signal(net, "trace");
  Contract contract = thorough(net);
  contract.actions[3] = [](Session& session) { session.emit("none", {}); };
  EXPECT_EQ(broken(contract), "");
  Network empty;
  empty.name = "empty";
  empty.run.duration_ms = 3.0;
  EXPECT_EQ(broken(thorough(empty)), "");
}

}  // namespace
}  // namespace spikeloom
