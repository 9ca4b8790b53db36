// Single integrated cells with answers of high precision, read from tests/data, and how far an answer is from them.
#pragma once

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <fstream>
#include <map>
#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "tests/models/exact_cell.hpp"

namespace spikeloom::test {

using Json = nlohmann::json;

struct Known {
  ExactProblem problem;
  std::vector<double> spikes_ms;
  std::vector<std::map<std::string, double>> read;
  bool runaway = false;
};

inline double number(const Json& j) { return j.is_string() ? std::stod(j.get<std::string>()) : j.get<double>(); }

inline Json data_file(const std::string& name) {
  return Json::parse(std::ifstream(std::string(SPIKELOOM_SOURCE_DIR) + "/tests/data/" + name));
}

/// A set that came with names of its own.
inline std::vector<Known> oracle_cells() {
  const std::map<std::string, std::string> names = {
      {"peak", "V_peak_mV"}, {"u_shift", "u_shift_mV"}, {"tau_syn", "tau_syn_exc_ms"}};
  std::vector<Known> all;
  const Json cases = data_file("oracle_izhikevich.json")["cases"];
  for (const Json& c : cases) {
    Known k;
    k.problem = {.id = c["id"], .model = "izhikevich", .duration_ms = c["duration"]};
    for (const auto& [name, value] : c["neurons"][0]["params"].items())
      k.problem.parameters[names.contains(name) ? names.at(name) : name] = value;
    k.problem.initial = {{"v_mV", c["neurons"][0]["initial"]["v"]}, {"u", c["neurons"][0]["initial"]["u"]}};
    for (const Json& i : c["inputs"])
      k.problem.arrivals.push_back(
          {i["receptor"], i["time"].get<double>() + i["axonal_delay"].get<double>() + i["dendritic_delay"].get<double>(),
           i["weight"]});
    for (const Json& current : c["currents"])
      for (const Json& s : current["segments"]) k.problem.currents.push_back({s["from"], s["to"], s["start"], s["slope"]});
    for (const Json& t : c["expected"]["spikes"].empty() ? Json::array() : c["expected"]["spikes"][0]["times"])
      k.spikes_ms.push_back(number(t));
    k.runaway = c["expected"].value("runaway", false);
    if (c["expected"].contains("V"))
      for (std::size_t n = 0; n < c["expected"]["V"][0]["times"].size(); ++n) {
        k.problem.read_ms.push_back(c["expected"]["V"][0]["times"][n]);
        k.read.push_back(
            {{"v_mV", number(c["expected"]["V"][0]["values"][n])}, {"u", number(c["expected"]["u"][0]["values"][n])}});
      }
    all.push_back(k);
  }
  return all;
}

inline std::vector<Known> further_cells() {
  std::vector<Known> all;
  const Json cases = data_file("integrated_cells.json")["cases"];
  for (const Json& c : cases) {
    Known k;
    k.problem = {.id = c["id"],
                 .model = c["model"],
                 .parameters = c["parameters"],
                 .initial = c["initial"],
                 .duration_ms = c["duration_ms"],
                 .read_ms = c["read_ms"]};
    for (const Json& a : c["arrivals"]) k.problem.arrivals.push_back({a["receptor"], a["time_ms"], a["weight"]});
    for (const Json& s : c["currents"]) k.problem.currents.push_back({s["from"], s["to"], s["start"], s["slope"]});
    for (const Json& t : c["spikes_ms"]) k.spikes_ms.push_back(number(t));
    for (const Json& r : c["read"]) {
      k.read.emplace_back();
      for (const auto& [name, value] : r.items()) k.read.back()[name] = number(value);
    }
    all.push_back(k);
  }
  return all;
}

struct Errors {
  double spike_ms = 0, state = 0;
  bool counts_differ = false;
  long expansions = 0, spikes = 0;
};

inline Errors errors_of(const Known& known, const ExactAnswer& answer) {
  Errors errors;
  errors.expansions = answer.expansions;
  errors.spikes = static_cast<long>(answer.spikes_ms.size());
  EXPECT_EQ(answer.runaway, known.runaway) << known.problem.id;
  errors.counts_differ =
      known.runaway ? answer.spikes_ms.size() < known.spikes_ms.size() : answer.spikes_ms.size() != known.spikes_ms.size();
  if (errors.counts_differ) return errors;
  for (std::size_t k = 0; k < known.spikes_ms.size(); ++k)
    errors.spike_ms = std::max(errors.spike_ms, std::fabs(answer.spikes_ms[k] - known.spikes_ms[k]));
  const ModelSet models = builtin_models();
  const auto& rows = models.find(known.problem.model)->table->states;
  for (std::size_t n = 0; n < known.read.size(); ++n)
    for (std::size_t s = 0; s < rows.size(); ++s)
      if (const auto at = known.read[n].find(std::string(rows[s].name)); at != known.read[n].end())
        errors.state = std::max(errors.state, std::fabs(answer.read.at(n)[s] - at->second));
  return errors;
}

}  // namespace spikeloom::test
