// Published and analytic spike times of exact cells, through the cpu backend.
#include <gtest/gtest.h>

#include <cmath>
#include <cstdio>

#include "backends/cpu/cpu.hpp"
#include "core/network_json.hpp"
#include "models/models.hpp"

namespace spikeloom::test {
namespace {

struct Run {
  std::vector<double> spikes, V;
};

/// `cells` is what stands in "populations": {"c": ...}; further members of the file in `more`.
Run run(const std::string& cells, double duration_ms, double step_ms, const std::string& more = "") {
  const std::string text = R"({"spikeloom": 1, "run": {"duration_ms": )" + std::to_string(duration_ms) + R"(, "step_ms": )" +
                           std::to_string(step_ms) + R"(}, "populations": {"c": )" + cells + R"(}, "probes": [{"spikes": "c"},
                           {"state": "V_m_mV", "of": "c", "every_ms": 1}])" +
                           more + "}";
  const auto network = compile(network_from_json(parse_json(text, "test.json")), builtin_models());
  const auto session = cpu_backend()->open(network, {});
  session->advance_to(network->duration_steps);
  const Recording recording = session->recording();
  return {recording.spike_trains[0].time_ms, recording.state_traces[0].values[0]};
}

TEST(ExactCrossings, TonicFiringComesAtTheClosedFormsTime) {  // X3: I_e = 1000
  for (const double step : {0.1, 1.0, 0.25})
    for (const std::string model : {"lif_delta", "lif_exp", "lif_alpha"}) {
      const auto spikes =
          run(R"({"size": 1, "model": ")" + model + R"(", "update": "exact", "parameters": {"I_e_pA": 1000}})", 50, step).spikes;
      ASSERT_EQ(spikes.size(), 7u) << model;
      for (std::size_t k = 0; k < spikes.size(); ++k)
        EXPECT_NEAR(spikes[k], 4.700036292457356 + static_cast<double>(k) * 6.700036292457356, 1e-12) << model << step;
    }
}

TEST(ExactCrossings, RatesFollowTheCurrentAndVanishAtTheThreshold) {
  const std::pair<double, double> published[] = {{370, 0},         {375, 0},          {376, 16.314307},
                                                 {380, 22.071482}, {400, 33.640712},  {450, 50.206866},
                                                 {500, 63.040002}, {750, 111.963629}, {1450, 200.303301}};
  for (const auto& [current, rate] : published) {
    const auto spikes =
        run(R"({"size": 1, "model": "lif_exp", "update": "exact", "parameters": {"I_e_pA": )" + std::to_string(current) + "}}",
            1000, 1)
            .spikes;
    if (rate == 0) EXPECT_TRUE(spikes.empty()) << current;
    else EXPECT_NEAR(1000 / (spikes[2] - spikes[1]), rate, 1e-6) << current;
  }
}

/// All digits of a double.
std::string digits(double value) {
  char text[40];
  std::snprintf(text, sizeof text, "%.17g", value);
  return text;
}

TEST(ExactCrossings, ACrossingThatFallsBackWithinTheStepIsNotLost) {  // P1
  // A current holds V just below the threshold, where it starts so that V(4) = V_th - 1e-3 exp(-0.02); at 4 the current ends and
  // one kick lifts V above within the step and back.
  for (const double step : {1.0, 0.1, 0.25}) {
    const double V0 = -49 - 1e-3 * std::exp(-0.02) * std::exp(4 / 100.0);
    const auto spikes = [&](double weight) {
      return run(R"({"size": 1, "model": "lif_exp", "update": "exact", "parameters": {"tau_m_ms": 100, "tau_syn_exc_ms": 1, "tau_syn_inh_ms": 1,
                     "C_m_pF": 250, "E_L_mV": -70, "V_th_mV": -49}, "initial": {"V_m_mV": )" +
                     digits(V0) + "}}",
                 8, step,
                 R"(, "inputs": {"kick": {"spikes": {"times_ms": [[2]]}, "to": "c", "weight": )" + digits(weight) +
                     R"(, "delay_ms": 2},
                     "dc": {"current": {"value": [[0, 52.5], [4, 0]]}, "to": "c"}})")
          .spikes;
    };
    EXPECT_TRUE(spikes(55).empty());
    EXPECT_TRUE(spikes(57.7363).empty());
    EXPECT_EQ(spikes(57.7364).size(), 1u);  // the critical weight is 57.7363131426
    ASSERT_EQ(spikes(70).size(), 1u);
    EXPECT_NEAR(spikes(70)[0], 4.014415459912, 1e-9);
  }
}

TEST(ExactCrossings, ATrainOfKicksCrossesAtThePublishedTime) {  // P2
  const auto spikes =
      run(R"({"size": 1, "model": "lif_exp", "update": "exact"})", 10, 1,
          R"(, "inputs": {"train": {"spikes": {"times_ms": [[0, 1, 2, 3, 4, 5, 6, 7, 8]]}, "to": "c", "weight": 400, "delay_ms": 1}})")
          .spikes;
  ASSERT_FALSE(spikes.empty());
  EXPECT_NEAR(spikes[0], 1 + 8.043979673874649, 1e-9);  // the first kick arrives at 1
}

TEST(ExactCrossings, ResponsesPeakWhereTheFormulaSays) {
  const auto V = run(R"({"size": 1, "model": "lif_exp", "update": "exact"})", 30, 1,
                     R"(, "inputs": {"kick": {"spikes": {"times_ms": [[0]]}, "to": "c", "weight": 100, "delay_ms": 1}})")
                     .V;
  const std::pair<int, double> samples[] = {
      {1, .298306758323}, {2, .450851311907}, {5, .524445661089}, {10, .361141494172}, {20, .135289883307}};
  for (const auto& [t, v] : samples) EXPECT_NEAR(V[static_cast<std::size_t>(t) + 1] + 70, v, 1e-12) << t;
}

TEST(ExactCrossings, ACurrentThatIsNotThereHidesNoCrossingHoweverSlowItWouldBe) {
  for (const std::string model : {"lif_exp", "lif_alpha"}) {
    const auto spikes = [&](double tau_inh) {
      return run(R"({"size": 1, "model": ")" + model +
                     R"(", "update": "exact", "parameters": {"tau_m_ms": 3, "tau_syn_exc_ms": 0.2, "tau_syn_inh_ms": )" +
                     digits(tau_inh) + "}}",
                 40, 1,
                 R"(, "inputs": {"kick": {"spikes": {"times_ms": [[2.5, 20.25]]}, "to": "c", "weight": 32000, "delay_ms": 1}})")
          .spikes;
    };
    const auto fast = spikes(0.5);
    ASSERT_EQ(fast.size(), 2u) << model;
    for (const double tau_inh : {3.0, 40.0, 90.0, 1e4, 1e6}) {
      const auto slow = spikes(tau_inh);
      ASSERT_EQ(slow.size(), 2u) << model << tau_inh;
      for (std::size_t k = 0; k < 2; ++k) EXPECT_NEAR(slow[k], fast[k], 1e-12) << model << tau_inh;
    }
  }
}

}  // namespace
}  // namespace spikeloom::test
