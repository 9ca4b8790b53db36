// Cells that fire by themselves and learn at their synapses, what a caller does to them, and the ways a run of them is cut.
#pragma once

#include <cstdint>
#include <string>
#include <utility>
#include <vector>

#include "tests/backends/contract.hpp"
#include "tests/backends/contract_networks.hpp"

namespace spikeloom::testing {

/// Cells E and F that fire by themselves and hear each other, an input and the caller through synapses like `plastic`; 0.1 ms.
inline Network learning_cells(const std::string& name, const Projection& plastic, double run_ms, double input_hz) {
  Network net;
  net.name = name;
  net.run.duration_ms = run_ms;
  net.run.step_ms = 0.1;
  net.run.seed = 5.0;
  add_cells(net, "E", "lif_exp", 300, {{"I_e_pA", uniform(350, 700)}, {"t_ref_ms", 1.0}});
  add_cells(net, "F", "lif_exp", 140, {{"I_e_pA", uniform(380, 900)}, {"t_ref_ms", 0.2}});
  std::get<Population>(net.graph()[*net.find("E")].what).initial["V_m_mV"] = uniform(-70, -55);
  net.input("in", {PoissonInput{{{0.0, input_hz}}, {}, 40.0}, std::nullopt});
  net.input("caller", {ExternalInput{5.0}, std::nullopt});
  for (const auto& [from, to] : {std::pair{"E", "E"}, {"E", "F"}, {"in", "F"}, {"caller", "E"}}) {
    Projection projection = plastic;
    projection.connect.kind = Connector::Kind::fixed_in_degree;
    projection.connect.count = from[0] == 'c' ? 1.0 : 12.0;
    net.connect(from, to, projection);
  }
  Probe probe;
  probe.kind = Probe::Kind::weights;
  probe.of.name = "E->E";
  probe.at_ms = {0.0, 0.5 * run_ms, 0.7 * run_ms, run_ms};
  net.probes.push_back(probe);
  net.probe_spikes("F");
  return net;
}

/// As `third` from E to E, and a signal of each width that its rule may hear.
inline void add_third_factor(Network& net, Projection third) {
  third.name = "third";
  third.connect.kind = Connector::Kind::fixed_in_degree;
  third.connect.count = 20.0;
  net.connect("E", "E", third);
  net.signals["steps"] = {StepsSignal{{{0.0, 0.5}, {7.3, -1.0}, {12.0, 2.0}}}, {}, "run"};
  net.signals["caller"] = {ExternalSignal{1.0}, {}, "run"};
  net.signals["targets"] = {TraceSignal{parse_slice("E", {}), {5.0}, 1.0}, {}, "run"};
}

/// A value for each of 300 targets, so that anchors come every 4,000 steps, and rows that hear little in between.
inline void add_rare_factor(Network& net, Projection third) {
  net.signals["targets"] = {TraceSignal{parse_slice("E", {}), {5.0}, 0.1}, {}, "run"};
  net.input("rare", {PoissonInput{{{0.0, 1.5}}, {}, 20.0}, std::nullopt});
  third.name = "third";
  third.connect.kind = Connector::Kind::fixed_in_degree;
  third.connect.count = 4.0;
  net.connect("rare", "E", third);
}

inline Actions calls() {
  const auto emit = [](std::vector<std::uint32_t> cells) { return [cells](Session& session) { session.emit("caller", cells); }; };
  return {{0, emit({0, 1})}, {1, emit({2})}, {55, emit({1, 4})}, {100, emit({0, 3})}, {101, emit({0, 1, 2})}};
}
/// The same, and what the signal "caller" is.
inline Actions calls_and_signal() {
  Actions actions = calls();
  actions[30] = [](Session& session) { session.set_signal("caller", std::vector<double>{1.5}); };
  actions[111] = [](Session& session) { session.set_signal("caller", std::vector<double>{-0.5}); };
  return actions;
}

/// 200 steps or more.
inline Contract contract_of(const Network& net) {
  Contract contract{compiled(net), calls(), {1, 2, 3, 7}, {""}, {}, {}};
  contract.stops = {1, 2, 54, 55, 56, 100, 101, 180};
  contract.checkpoints = {0, 1, 7, 55, 100, 101, 133, 199};
  return contract;
}

/// Trials of 20 ms in all that rest, learn by name and start anew, with borders in the middle of delays.
inline std::vector<Phase> trials(const std::vector<std::string>& learn) {
  Phase first, rest, by_name, last;
  first.name = "first", first.run_ms = 4.3;
  rest.name = "rest", rest.run_ms = 2.9, rest.plasticity = false;
  by_name.name = "by name", by_name.run_ms = 1.7, by_name.repeat = 3.0, by_name.plasticity = learn, by_name.reset = {"state"};
  last.name = "last", last.run_ms = 3.8, last.repeat = 2.0, last.reset = {"state", "signals"};
  return {first, rest, by_name, last};
}
/// Cut at the borders of trials() and between them.
inline Contract contract_of_trials(const Network& net) {
  Contract contract = contract_of(net);
  contract.stops = {1, 42, 43, 44, 55, 56, 71, 72, 73, 90, 122, 124, 161, 180};
  contract.checkpoints = {0, 1, 43, 45, 72, 73, 89, 90, 107, 124, 163, 199};
  return contract;
}

}  // namespace spikeloom::testing
