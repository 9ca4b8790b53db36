// Small networks that between them use every feature a backend must agree on.
#pragma once

#include <string>
#include <vector>

#include "core/compile/compiled.hpp"
#include "core/network.hpp"

namespace spikeloom::testing {

/// Balanced excitation and inhibition with heterogeneous weights and delays, Poisson drive; cells of `model`.
inline Network balanced(const std::string& model, std::uint32_t excitatory, double run_ms) {
  Network net;
  net.name = "balanced_" + model;
  net.run.duration_ms = run_ms;
  net.run.step_ms = 0.1;
  net.run.seed = 7.0;
  const bool izhikevich = model.starts_with("izhikevich"), conductance = model == "lif_cond_exp", delta = model == "lif_delta";
  const double w = delta ? 1.0 : model == "izhikevich" ? 12.0 : izhikevich ? 300.0 : conductance ? 6.0 : 150.0;
  const double rate = delta ? 6000 : izhikevich ? 4000 : conductance ? 1500 : 8000;
  Population cells;
  cells.shape = {static_cast<double>(excitatory)};
  cells.model = model;
  net.population("E", cells);
  cells.shape = {static_cast<double>(excitatory / 4)};
  net.population("I", cells);
  for (const std::string from : {"E", "I"})
    for (const std::string to : {"E", "I"}) {
      Projection projection;
      projection.connect.kind = Connector::Kind::fixed_probability;
      projection.connect.count = 0.1;
      const bool inhibitory = from == "I";
      const double mean = inhibitory && !conductance ? -4 * w : w;
      projection.weight = normal(mean, 0.1 * w);
      if (conductance) {
        projection.receptor = inhibitory ? "inh" : "exc";
        projection.weight = normal(mean, 0.1 * w, 0.0, 1e6);
      }
      projection.delay_ms = normal(1.5, 0.7, 0.1, 6.0);
      net.connect(from, to, projection);
    }
  for (const std::string to : {"E", "I"}) {
    PoissonInput poisson;
    poisson.rate_hz = {{0.0, rate}, {20.0, 0.5 * rate}, {30.0, rate}};
    Drive drive;
    drive.to = parse_slice(to, {});
    drive.weight = w;
    drive.delay_ms = 1.0;
    if (conductance) drive.receptor = "exc";
    net.input("drive_" + to, {poisson, drive});
  }
  return net;
}

/// A chain in which every cell is kicked over threshold by the one before it.
inline Network chain(std::uint32_t cells, double delay_ms) {
  Network net;
  net.name = "chain";
  net.run.duration_ms = 100.0;
  net.run.step_ms = 0.1;
  Population population;
  population.shape = {static_cast<double>(cells)};
  population.model = "lif_delta";
  net.population("ring", population);
  SpikeListInput kick;
  kick.times_ms = {{1.0, 50.0, 50.0}};
  net.input("kick", {kick, std::nullopt});
  Projection first;
  first.connect.kind = Connector::Kind::list;
  first.connect.edges = {{0, 0, 100.0, delay_ms}};
  net.connect("kick", "ring", first);
  Projection next;
  next.connect.kind = Connector::Kind::list;
  for (std::uint32_t i = 0; i + 1 < cells; ++i) next.connect.edges.push_back({i, i + 1, 100.0, delay_ms});
  net.connect("ring", "ring", next);
  return net;
}

inline void add_cells(Network& net, const std::string& name, const std::string& model, double size, NamedValues parameters = {}) {
  Population population;
  population.shape = {size};
  population.model = model;
  population.parameters = std::move(parameters);
  net.population(name, population);
}

inline Projection wiring(Connector::Kind kind, double count, Value weight, Value delay_ms) {
  Projection projection;
  projection.connect.kind = kind;
  projection.connect.count = count;
  projection.weight = std::move(weight);
  projection.delay_ms = std::move(delay_ms);
  return projection;
}

/// 700 cells E that fire by themselves and 300 cells I that hear them: enough for seven shards, and quickly run.
inline Network paced(double run_ms) {
  Network net;
  net.name = "paced";
  net.run.duration_ms = run_ms;
  net.run.step_ms = 0.1;
  net.run.seed = 11.0;
  add_cells(net, "E", "lif_exp", 700, {{"I_e_pA", uniform(350, 900)}, {"t_ref_ms", 1.0}});
  add_cells(net, "I", "lif_exp", 300, {{"tau_syn_inh_ms", 4.0}});
  std::get<Population>(net.graph()[*net.find("E")].what).initial["V_m_mV"] = uniform(-70, -55);
  net.connect("E", "I", wiring(Connector::Kind::fixed_in_degree, 30, normal(90, 30), uniform(0.1, 3)));
  net.connect("I", "E", wiring(Connector::Kind::fixed_out_degree, 20, normal(-60, 10), normal(1.5, 1, 0.1, 4)));
  return net;
}

inline void probe_signal(Network& net, const std::string& name) {
  Probe probe;
  probe.kind = Probe::Kind::signal;
  probe.of.name = name;
  net.probes.push_back(probe);
}

}  // namespace spikeloom::testing
