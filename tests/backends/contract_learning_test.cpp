// Backends agree on runs in phases and on readouts that learn while their output is fed back.
#include <fmt/format.h>
#include <gtest/gtest.h>

#include "backends/cpu/cpu.hpp"
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

Phase phase(const std::string& name, double run_ms, double repeat) {
  Phase result;
  result.name = name, result.run_ms = run_ms, result.repeat = repeat;
  return result;
}

/// Spikes of E make x, a readout of x learns two bumps, and drives E and I in turn.
Network learner(const ReadoutRule& rule, const std::string& gate = "") {
  Network net = paced(1);
  net.run.duration_ms.reset();
  net.signals["trace"] = {TraceSignal{parse_slice("E[0:90]", {}), {0.3, 2.0}, 1.0}, {}};
  net.signals["level"] = {MeanSignal{"trace", 0.2, 1.0, {"look"}}, {}};
  net.signals["x"] = {ObjectiveSignal{"trace", "level"}, {}};
  net.signals["bump"] = {GaussianSignal{{0.5, 0.9}, 0.3}, {}, "phase"};
  net.signals["event"] = {ChoiceSignal{{0.7, 0.3}}, {}};
  net.signals["error"] = {ObjectiveSignal{"bump", "z"}, {}};
  ReadoutSignal readout{"x", 2.0, {0}, {}};
  readout.rule = rule, readout.error = "error", readout.gate = gate;
  net.signals["z"] = {readout, {}};
  net.currents.push_back({"z", parse_slice("E", {}), uniform(-200, 200), std::pair<Value, Value>{-2.0, 2.0}, {}});
  net.currents.push_back({"z", parse_slice("I[0:200:3]", {}), std::vector<double>{150, -80}, std::nullopt, {}});
  Phase look = phase("look", 1.0, 1), train = phase("train", 1.2, 2), test = phase("test", 0.7, 1);
  look.plasticity = false, test.plasticity = false;
  train.reset = {"state", "signals"};
  test.reset = {"signals", "rls"};
  Phase again = phase("train", 1.1, 1);
  again.plasticity = std::vector<std::string>{"z"};
  again.set["bump"] = {GaussianSignal{{0.8, 0.4}, 0.2}, {}, "phase"};
  net.phases = {look, train, test, again};
  for (const char* name : {"z", "event", "level"}) testing::probe_signal(net, name);
  Probe probe;
  probe.kind = Probe::Kind::weights;
  probe.of.name = "z";
  probe.every_ms = 0.5;
  net.probes.push_back(probe);
  return net;
}

ReadoutRule named(const std::string& name) {
  ReadoutRule rule;
  rule.name = name;
  return rule;
}

/// Every thread count, split and checkpoint, in both precisions.
Outcome expect_kept(const Network& network) {
  Outcome outcome;
  Contract contract{compiled(network), {}, {1, 2, 3, 7}, {""}, {}, {}};
  contract.stops = every_step(contract.network->duration_steps);
  contract.checkpoints = {0, 1, 5, 9, 10, 11, 21, 22, 23, 34, 35, 40, 41, 42, 52};
  EXPECT_EQ(broken(contract, &outcome), "");
  contract.network = compiled(testing::in_single(network));
  contract.checkpoints = {0, 10, 31};
  EXPECT_EQ(broken(contract), "");
  return outcome;
}

TEST(ContractLearning, EveryRuleAgreesWhileItsOutputIsFedBack) {
  std::vector<std::string> hashes;
  ReadoutRule delta = named("delta"), gated = named("gated_delta"), rls = named("rls"), ridge = named("ridge");
  delta.eta = 0.2, delta.normalise = true;
  gated.eta = 0.001;
  rls.every_ms = 0.3, rls.forget = 0.99;
  ridge.lambda = 0.1;
  for (const auto& [rule, gate] :
       {std::pair(delta, ""), std::pair(gated, "event"), std::pair(rls, "event"), std::pair(ridge, "")})
    hashes.push_back(expect_kept(learner(rule, gate)).hashes.states);
  Network untaught = learner(delta);
  for (Phase& each : untaught.phases) each.plasticity = false;
  hashes.push_back(expect_kept(untaught).hashes.states);
  for (std::size_t a = 0; a < hashes.size(); ++a)
    for (std::size_t b = 0; b < a; ++b) EXPECT_NE(hashes[a], hashes[b]) << a << " " << b << ": the rule changes nothing";
}

TEST(ContractLearning, LearningAtTheEndOfARepeatAgrees) {
  for (const char* name : {"delta", "rls", "ridge"}) {
    ReadoutRule rule = named(name);
    rule.at = "phase_end";
    if (rule.name == "delta") rule.eta = 0.5;
    if (rule.name == "ridge") rule.lambda = 0.1;
    expect_kept(learner(rule));
  }
}

TEST(ContractLearning, AResetOfTheStateStartsTheSameTrialAgain) {
  // Without noise, and with the state, signals and spikes under way started anew, every repeat is the first one again.
  Network net = paced(1);
  net.run.duration_ms.reset();
  net.signals["rate"] = {RateSignal{parse_slice("E", {}), 1.0}, {}};
  net.currents.push_back({"rate", parse_slice("E", {}), 2.0, std::nullopt, {}});
  Phase trial = phase("trial", 2.5, 3);
  trial.reset = {"state", "signals"};
  net.phases = {trial};
  net.probe_spikes("E");
  expect_kept(net);
  const auto session = testing::open(*cpu_backend(), compiled(net), 2);
  session->advance_to(75);
  for (const SpikeTrain& train : session->recording().spike_trains) {
    std::vector<std::pair<int, std::uint32_t>> spikes[3];
    for (std::size_t k = 0; k < train.neuron.size(); ++k) {
      const int step = static_cast<int>(std::lround(train.time_ms[k] * 10)) - 1;
      spikes[step / 25].emplace_back(step % 25, train.neuron[k]);
    }
    EXPECT_GT(spikes[0].size(), 5u);
    EXPECT_EQ(spikes[0], spikes[1]);
    EXPECT_EQ(spikes[0], spikes[2]);
  }
  net.phases[0].reset = {"signals"};
  const auto other = testing::open(*cpu_backend(), compiled(net), 2);
  other->advance_to(75);
  EXPECT_NE(other->spike_hash().low, session->spike_hash().low) << "the reset of the state changes nothing";
}

TEST(ContractLearning, ModulatorsDrivenBySpikesPulsesAndTheCallerAgree) {
  Network net = paced(5);
  net.input("given", {ExternalInput{3.0}, std::nullopt});
  net.signals["dopamine"] = {DecaySignal{1.5, parse_slice("E[0:100]", {}), 0.2, {{0.0, 1.0}, {2.34, 2.0}}}, {}};
  net.signals["told"] = {DecaySignal{0.8, parse_slice("given", {}), 1.0, {}}, {}};
  net.signals["flash"] = {InstantSignal{{{1.0, 1.0}, {3.3, -0.5}}}, {}};
  net.signals["both"] = {ProductSignal{{"dopamine", "told"}, {{0.0, 5.0}, {0.0, 5.0}}}, {}};
  net.modulation.push_back({"dopamine", "E", "I_e_pA", 30.0, {}});
  net.modulation.push_back({"told", "E", "V_th_mV", -0.5, {}});
  net.modulation.push_back({"flash", "I", "gain", 0.5, {}});
  net.modulation.push_back({"both", "E->I", "gain", 0.1, {}});
  for (const char* name : {"dopamine", "told", "flash", "both"}) testing::probe_signal(net, name);
  Contract contract{compiled(net), {}, {1, 2, 3, 7}, {""}, {}, {}};
  for (const std::int64_t step : {0, 7, 30})
    contract.actions[step] = [](Session& session) {
      const std::uint32_t cells[] = {0, 2};
      session.emit("given", cells);
    };
  contract.stops = every_step(50);
  contract.checkpoints = {0, 7, 8, 23, 24, 40};
  Outcome outcome;
  EXPECT_EQ(broken(contract, &outcome), "");
  contract.actions.clear();
  Outcome silent;
  EXPECT_EQ(broken(contract, &silent), "");
  EXPECT_NE(outcome.hashes.spikes, silent.hashes.spikes) << "the caller changes nothing";
}

TEST(ContractLearning, AReadoutThatDivergesStopsEveryBackendAtTheSameStep) {
  ReadoutRule rule = named("delta");
  rule.eta = 1e200;
  Network net = learner(rule);
  net.currents.clear();
  Outcome outcome;
  Contract contract{compiled(net), {}, {1, 3}, {""}, {7, 20}, {5}};
  EXPECT_EQ(broken(contract, &outcome), "");
  EXPECT_NE(outcome.error.find("z"), std::string::npos) << outcome.error;
}

/// A run of 40 ms in which something is learned when it ends, saved after 20 ms.
TEST(ContractLearning, WhatIsLearnedWhenARunEndsIsNotInTheCheckpointOfALongerOne) {
  const auto network = [](double duration_ms, const std::string& rule) {
    return testing::network_of(fmt::format(R"({{"spikeloom": 1, "run": {{"duration_ms": {}, "step_ms": 1}},
      "populations": {{"E": {{"size": 1, "model": "lif_delta", "parameters": {{"I_e_pA": 500}}}}}},
      "signals": {{"x": {{"trace_of": "E", "tau_ms": 20}}, "want": {{"steps": [[0, 1]]}}, "err": {{"objective": {{"target": "want", "minus": "ro"}}}},
        "ro": {{"readout": {{"of": "x", "channels": 1, "error": "err", "rule": {}}}}}}},
      "currents": [{{"from": "ro", "to": "E", "weight": 500}}], "probes": [{{"spikes": "E"}}]}})",
                                           duration_ms, rule));
  };
  const testing::TemporaryFile file;
  for (const std::string rule : {R"({"name": "ridge", "lambda": 1})", R"({"name": "delta", "eta": 0.5, "at": "phase_end"})"}) {
    const auto part = network(20, rule), whole = network(40, rule);
    for (const auto backend : {cpu_backend, reference_backend}) {
      const auto first = testing::open(*backend(), part, 1), second = testing::open(*backend(), whole, 1),
                 control = testing::open(*backend(), whole, 1), again = testing::open(*backend(), part, 1);
      first->advance_to(20), control->advance_to(40);
      first->save(file.path());
      second->load(file.path()), again->load(file.path());
      EXPECT_EQ(again->state_hash(), first->state_hash()) << rule;  // the shorter run has ended, and learned
      second->advance_to(20);
      EXPECT_NE(second->state_hash(), first->state_hash()) << rule;
      second->advance_to(40);
      EXPECT_EQ(second->state_hash(), control->state_hash()) << rule;
      EXPECT_EQ(second->spike_hash(), control->spike_hash()) << rule;
    }
  }
}

}  // namespace
}  // namespace spikeloom
