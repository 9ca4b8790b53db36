// The tables of the built-in models: complete, consistent, and with the names that network files use.
#include "models/models.hpp"

#include <gtest/gtest.h>

#include <cmath>
#include <set>

namespace spikeloom::test {
namespace {

std::vector<std::string> names(std::span<const Quantity> rows) {
  std::vector<std::string> list;
  for (const Quantity& row : rows) list.emplace_back(row.name);
  return list;
}

using Names = std::vector<std::string>;

TEST(Models, TheListIsTheOneOfTheNetworkFile) {
  EXPECT_EQ(builtin_models().names(),
            (Names{"lif_delta", "lif_exp", "lif_alpha", "lif_cond_exp", "izhikevich", "izhikevich_cv"}));
}

TEST(Models, ParametersBearTheNamesOfTheNetworkFile) {
  const ModelSet set = builtin_models();
  const Names lif = {"C_m_pF", "tau_m_ms", "E_L_mV", "V_th_mV", "V_reset_mV", "t_ref_ms", "I_e_pA"};
  Names with_synapses = lif;
  with_synapses.insert(with_synapses.end(), {"tau_syn_exc_ms", "tau_syn_inh_ms"});
  EXPECT_EQ(names(set.find("lif_delta")->table->parameters), lif);
  EXPECT_EQ(names(set.find("lif_exp")->table->parameters), with_synapses);
  EXPECT_EQ(names(set.find("lif_alpha")->table->parameters), with_synapses);
  EXPECT_EQ(names(set.find("lif_cond_exp")->table->parameters),
            (Names{"C_m_pF", "tau_m_ms", "g_L_nS", "E_L_mV", "V_th_mV", "V_reset_mV", "t_ref_ms", "I_e_pA", "E_exc_mV",
                   "E_inh_mV", "tau_syn_exc_ms", "tau_syn_inh_ms"}));
  EXPECT_EQ(names(set.find("izhikevich")->table->parameters),
            (Names{"a", "b", "c", "d", "q2", "q1", "q0", "V_peak_mV", "v_min_mV", "I_e", "u_shift_mV", "tau_syn_exc_ms",
                   "tau_syn_inh_ms"}));
  EXPECT_EQ(names(set.find("izhikevich_cv")->table->parameters), (Names{"C_m_pF", "k", "v_r_mV", "v_t_mV", "V_peak_mV", "a", "b",
                                                                        "c", "d", "I_e_pA", "tau_syn_exc_ms", "tau_syn_inh_ms"}));
  for (const char* model : {"lif_delta", "lif_exp", "lif_alpha", "lif_cond_exp"})
    EXPECT_EQ(set.find(model)->table->membrane, "V_m_mV");
  for (const char* model : {"izhikevich", "izhikevich_cv"}) EXPECT_EQ(set.find(model)->table->membrane, "v_mV");
}

TEST(Models, EveryTableIsCompleteAndItsDefaultsAreAllowed) {
  const ModelSet set = builtin_models();
  for (const NeuronModel& model : set.all()) {
    const ModelTable& table = *model.table;
    SCOPED_TRACE(std::string(table.name));
    EXPECT_FALSE(table.text.empty() || table.equations.empty() || table.reference.empty() || table.current_unit.empty());
    std::set<std::string_view> seen;
    std::vector<double> parameters;
    for (const auto& rows : {table.parameters, table.states})
      for (const Quantity& q : rows) {
        EXPECT_TRUE(seen.insert(q.name).second) << q.name;
        EXPECT_FALSE(q.text.empty() || q.unit.empty()) << q.name;
        EXPECT_LE(q.low, q.high);
        if (!std::isfinite(q.initial)) continue;
        EXPECT_TRUE(q.open_low ? q.initial > q.low : q.initial >= q.low) << q.name;
        EXPECT_LE(q.initial, q.high);
      }
    for (const Quantity& q : table.parameters) parameters.push_back(q.initial);
    const bool given[32] = {};
    EXPECT_TRUE(model.complete(given, parameters.data()).text.empty());
    EXPECT_TRUE(model.check(parameters.data()).text.empty());
    for (int variant = 0; variant < model.variant_count; ++variant) {
      std::vector<double> coefficients(model.coefficient_count);
      model.prepare(variant, parameters.data(), .1, coefficients.data());
      EXPECT_TRUE(model.kernels.float_32[variant] && model.kernels.float_64[variant] && model.kernels.double_64[variant]);
      for (std::size_t r = 0; r < table.receptors.size(); ++r) {
        const int host = model.merged_receptor(variant, static_cast<int>(r));
        EXPECT_EQ(model.merged_receptor(variant, host), host);
      }
    }
  }
}

TEST(Models, StartStatesFollowFromParametersAndKeepWhatIsGiven) {
  const ModelSet set = builtin_models();
  const NeuronModel& lif = *set.find("lif_exp");
  const double lif_parameters[] = {250, 10, -62, -55, -70, 2, 0, 2, 2};
  double lif_states[] = {-70, 3, 0, 0};
  const bool none[4] = {}, voltage[] = {true, false, false, false};
  lif.start(lif_parameters, none, lif_states);
  EXPECT_EQ(lif_states[0], -62);
  EXPECT_EQ(lif_states[1], 3);
  lif_states[0] = -50;
  lif.start(lif_parameters, voltage, lif_states);
  EXPECT_EQ(lif_states[0], -50);
  const NeuronModel& izhikevich = *set.find("izhikevich");
  std::vector<double> parameters;
  for (const Quantity& q : izhikevich.table->parameters) parameters.push_back(q.initial);
  double states[] = {-60, 1, 0, 0};
  izhikevich.start(parameters.data(), voltage, states);
  EXPECT_EQ(states[0], -60);
  EXPECT_EQ(states[1], .2 * -60);  // u = b v of the given v
}

TEST(Models, OnlyThePublishedSchemeLabelsStartsAndWaitsForTheOnset) {
  const ModelSet set = builtin_models();
  for (const NeuronModel& model : set.all()) {
    for (int variant = 0; variant < model.variant_count; ++variant) {
      const bool published = model.variant_count == 8 && variant / 2 == 1;
      EXPECT_EQ(model.labels_step_start(variant), published);
      EXPECT_EQ(model.inputs_after_onset(variant), published);
    }
  }
}

}  // namespace
}  // namespace spikeloom::test
