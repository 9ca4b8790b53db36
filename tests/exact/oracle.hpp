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
  std::map<int, std::vector<double>> spikes;  ///< ms, by neuron
  std::map<int, std::vector<double>> V;       ///< at the times of record_V
};

/// Every spike and potential of the case within `spike_ms` and `V_mV`; none missing, none too many.
inline void expect_oracle(const Json& problem, const OracleResult& result, double spike_ms = 1e-9, double V_mV = 1e-8) {
  const std::string id = problem["id"];
  for (const auto& train : problem["expected"]["spikes"]) {
    const int neuron = train["neuron"];
    const auto at = result.spikes.find(neuron);
    const std::vector<double> found = at == result.spikes.end() ? std::vector<double>{} : at->second;
    ASSERT_EQ(found.size(), train["times"].size()) << id << " neuron " << neuron;
    for (std::size_t k = 0; k < found.size(); ++k)
      EXPECT_NEAR(found[k], decimal(train["times"][k]), spike_ms) << id << " neuron " << neuron << " spike " << k;
  }
  for (const auto& [neuron, times] : result.spikes) {
    const int which = neuron;
    const auto& expected = problem["expected"]["spikes"];
    EXPECT_TRUE(times.empty() ||
                std::any_of(expected.begin(), expected.end(), [&](const Json& t) { return t["neuron"] == which; }))
        << id << " neuron " << neuron << " should be silent";
  }
  if (!problem["expected"].contains("V")) return;
  for (const auto& trace : problem["expected"]["V"]) {
    const int neuron = trace["neuron"];
    const auto& found = result.V.at(neuron);
    ASSERT_EQ(found.size(), trace["values"].size()) << id;
    for (std::size_t k = 0; k < found.size(); ++k)
      EXPECT_NEAR(found[k], decimal(trace["values"][k]), V_mV) << id << " neuron " << neuron << " at " << trace["times"][k];
  }
}

}  // namespace spikeloom::test
