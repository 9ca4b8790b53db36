// One plastic synapse onto a cell that spikes exactly when it is kicked, run as a network on a backend.
#pragma once

#include <memory>
#include <nlohmann/json.hpp>
#include <utility>
#include <vector>

#include "backends/cpu/cpu.hpp"
#include "backends/reference/reference.hpp"
#include "core/backend.hpp"
#include "core/json/document.hpp"
#include "core/network_json.hpp"
#include "models/models.hpp"

namespace spikeloom::test {

inline constexpr double kick_step_ms = 0.125;

/// `wanted` as in tests/data/plasticity: spikes on the grid of 1/8 ms, the rule, weight, delays, duration and perhaps a
/// modulator. The postsynaptic spikes are those of a cell; `pairing`: of an input, at exact times.
inline nlohmann::json kicked_cell(const nlohmann::json& wanted, const nlohmann::json& probes, bool pairing = false) {
  using nlohmann::json;
  const auto spikes = [](const json& times) { return json{{"spikes", {{"times_ms", json::array({times})}}}}; };
  json network = {
      {"spikeloom", 1}, {"run", {{"duration_ms", wanted.at("duration_ms")}, {"step_ms", kick_step_ms}}}, {"probes", probes}};
  network["inputs"]["pre"] = spikes(wanted.at("pre_ms"));
  if (pairing) {
    network["inputs"]["post"] = spikes(wanted.at("post_ms"));
  } else {
    network["populations"]["post"] = {{"size", 1}, {"model", "lif_delta"}, {"parameters", {{"V_th_mV", 1e6}, {"t_ref_ms", 0}}}};
    std::vector<double> kicks;
    for (const double t : wanted.at("post_ms")) kicks.push_back(t - kick_step_ms);
    network["inputs"]["kick"] = spikes(kicks);
    network["inputs"]["kick"].update({{"to", "post"}, {"weight", 1e7}, {"delay_ms", kick_step_ms}});
  }
  const json plastic = {{"name", "plastic"},
                        {"from", "pre"},
                        {"to", "post"},
                        {"connect", "one_to_one"},
                        {"weight", wanted.at("weight")},
                        {"delay_ms", {{"axonal_ms", wanted.at("axonal_ms")}, {"dendritic_ms", wanted.at("dendritic_ms")}}},
                        {"plasticity", wanted.at("plasticity")}};
  network["projections"] = json::array({plastic});
  if (wanted.contains("signal")) {
    network["signals"]["modulator"]["decay"] = wanted.at("signal");
    network["projections"][0]["plasticity"]["signal"] = "modulator";
  }
  return network;
}

inline std::vector<std::unique_ptr<Backend>> backends() {
  std::vector<std::unique_ptr<Backend>> all;
  all.push_back(reference_backend());
  all.push_back(cpu_backend());
  return all;
}

inline Recording run(const nlohmann::json& network, const Backend& backend, const ModelSet& models = builtin_models()) {
  const auto compiled = compile(network_from_json(parse_json(network.dump(), "test")), models);
  const auto session = backend.open(compiled, {.threads = 1, .models = &models});
  session->advance_to(compiled->duration_steps);
  return session->recording();
}

}  // namespace spikeloom::test
