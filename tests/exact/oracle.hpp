// Small problems with answers to 20 digits (tests/data/oracle), and the comparison with what was simulated.
#pragma once

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <fstream>
#include <map>
#include <nlohmann/json.hpp>
#include <string>
#include <vector>

namespace spikeloom::test {

using Json = nlohmann::json;

inline std::vector<Json> oracle_cases(const std::string& file) {
  std::ifstream in(std::string(SPIKELOOM_SOURCE_DIR) + "/tests/data/oracle/" + file);
  const Json all = Json::parse(in);
  return all["cases"].get<std::vector<Json>>();
}

/// Expected numbers are texts of 20 digits.
inline double decimal(const Json& number) {
  return number.is_string() ? std::stod(number.get<std::string>()) : number.get<double>();
}

/// Our name of a parameter of the cases.
inline std::string parameter_name(const std::string& name) {
  static const std::map<std::string, std::string> names = {{"tau_m", "tau_m_ms"},
                                                           {"C", "C_m_pF"},
                                                           {"E_L", "E_L_mV"},
                                                           {"theta", "V_th_mV"},
                                                           {"V_reset", "V_reset_mV"},
                                                           {"t_ref", "t_ref_ms"},
                                                           {"I_e", "I_e_pA"},
                                                           {"tau_syn_exc", "tau_syn_exc_ms"},
                                                           {"tau_syn_inh", "tau_syn_inh_ms"},
                                                           {"tau_exc", "tau_syn_exc_ms"},
                                                           {"tau_inh", "tau_syn_inh_ms"}};
  const auto at = names.find(name);
  return at == names.end() ? name : at->second;
}

struct OracleResult {
  std::map<int, std::vector<long double>> spikes;  ///< ms, by neuron; a double cannot tell 1e-9 ms after hours
  std::map<int, std::vector<double>> V;            ///< at the times of record_V
};

/// A time to all its digits; the step is the decimal that it was written as.
inline long double long_ms(std::int64_t step, double offset_ms, double step_ms) {
  return static_cast<long double>(step) * std::stold(Json(step_ms).dump()) + static_cast<long double>(offset_ms);
}

/// The first spike or potential that is off by more than `spike_ms` or `V_mV`, missing or too many; "" where there is none.
inline std::string wrong(const Json& problem, const OracleResult& result, double spike_ms = 1e-9, double V_mV = 1e-8) {
  const auto say = [&](const Json& neuron, const std::string& what) {
    return problem["id"].get<std::string>() + " neuron " + neuron.dump() + ": " + what;
  };
  std::map<int, std::vector<long double>> left = result.spikes;
  for (const auto& train : problem["expected"]["spikes"]) {
    const auto found = left[train["neuron"]];
    left.erase(train["neuron"].get<int>());
    if (found.size() != train["times"].size())
      return say(train["neuron"], std::to_string(found.size()) + " spikes, not " + std::to_string(train["times"].size()));
    for (std::size_t k = 0; k < found.size(); ++k)
      if (const auto off = found[k] - std::stold(train["times"][k].get<std::string>()); !(std::fabs(off) <= spike_ms))
        return say(train["neuron"], "spike " + std::to_string(k) + " is off by " + std::to_string(1e9L * off) + "e-9 ms");
  }
  for (const auto& [neuron, times] : left)
    if (!times.empty()) return say(neuron, "should be silent");
  for (const auto& trace : problem["expected"].value("V", Json::array()))
    for (std::size_t k = 0; k < trace["values"].size(); ++k)
      if (const double off = result.V.at(trace["neuron"]).at(k) - decimal(trace["values"][k]); !(std::fabs(off) <= V_mV))
        return say(trace["neuron"], "V at " + trace["times"][k].dump() + " is off by " + std::to_string(1e9 * off) + "e-9 mV");
  return "";
}

}  // namespace spikeloom::test
