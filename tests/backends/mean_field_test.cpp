// Many cells under Poisson input have the moments that Campbell's theorem says and fire at the rate that Siegert's formula says.
#include <gtest/gtest.h>

#include <cmath>

#include "analysis/siegert.hpp"
#include "backends/cpu/cpu.hpp"
#include "core/network_json.hpp"
#include "models/models.hpp"

namespace spikeloom {
namespace {

std::unique_ptr<Session> open(const std::string& text) {
  return cpu_backend()->open(compile(network_from_json(parse_json(text)), builtin_models()), {});
}

struct Moments {
  double mean = 0, variance = 0;
};

/// Of V over 2000 cells and 10 samples that lie five time constants apart, above rest. No cell ever fires.
Moments moments_of_v(const std::string& model, const std::string& parameters, double tau_ms, double rate_hz, double weight) {
  const double every = 5 * tau_ms, start = 10 * tau_ms;
  const auto session = open(R"({"spikeloom": 1, "run": {"duration_ms": )" + std::to_string(start + 9.5 * every) +
                            R"(}, "populations": {"E": {"size": 2000, "model": ")" + model +
                            R"(", "parameters": {"E_L_mV": 0, "V_th_mV": 1e6, "V_reset_mV": 0, )" + parameters +
                            R"(}}}, "inputs": {"p": {"poisson": {"rate_hz": )" + std::to_string(rate_hz) +
                            R"(}, "to": "E", "weight": )" + std::to_string(weight) + R"(, "delay_ms": 1}},
      "probes": [{"state": "V_m_mV", "of": "E", "every_ms": )" +
                            std::to_string(every) + R"(, "start_ms": )" + std::to_string(start) + "}]}");
  session->advance_to(session->network().duration_steps);
  const auto values = session->recording().state_traces.at(0).values.at(0);
  EXPECT_EQ(values.size(), 20000u);
  Moments moments;
  for (const double v : values) moments.mean += v / static_cast<double>(values.size());
  for (const double v : values)
    moments.variance += (v - moments.mean) * (v - moments.mean) / static_cast<double>(values.size() - 1);
  return moments;
}

/// Four standard errors of 20,000 independent normal numbers.
void expect_moments(const Moments& moments, double mean, double variance) {
  EXPECT_NEAR(moments.mean, mean, 4 * std::sqrt(variance / 20000));
  EXPECT_NEAR(moments.variance, variance, 4 * variance * std::sqrt(2.0 / 20000));
}

TEST(Campbell, ExponentialCurrents) {
  const auto v = moments_of_v("lif_exp", R"("tau_m_ms": 10, "C_m_pF": 250, "tau_syn_exc_ms": 2)", 10, 1000, 100);
  expect_moments(v, 8, 1.0 * 0.4 * 0.4 * 100 * 4 / (2 * 12));
  EXPECT_GT(std::fabs(v.variance - 2.6666667 * 1.1), 4 * 2.7 * 0.01) << "the control";
}

TEST(Campbell, JumpsAreTakenAtTheEndOfTheirStep) {
  // The sum over the grid in place of the integral: 40 and 2 in the limit of fine steps.
  const double h = 0.1, a = std::exp(-h / 20);
  expect_moments(moments_of_v("lif_delta", R"("tau_m_ms": 20)", 20, 20000, 0.1), 20 * h * 0.1 / (1 - a),
                 20 * h * 0.01 / (1 - a * a));
}

TEST(Campbell, AlphaCurrentsAtAMeanOfTwenty) {
  const double rate_hz = 1000 * 20 / (0.01 * std::exp(1.0) * 0.5 * 5);
  const auto v = moments_of_v("lif_alpha", R"("tau_m_ms": 5, "C_m_pF": 1, "tau_syn_exc_ms": 0.5)", 5, rate_hz, 0.01);
  EXPECT_NEAR(v.mean, 20, 0.05);
}

/// Rate and CV of 500 cells under excitation and inhibition of 0.1 mV, 5 s.
Recording under_noise(double mu_mV, double sigma_mV, double step_ms) {
  const double difference = mu_mV / (10 * 0.1), sum = sigma_mV * sigma_mV / (10 * 0.01);  // spikes per ms
  const auto drive = [](const char* name, double per_ms, const char* weight) {
    return std::string("\"") + name + R"(": {"poisson": {"rate_hz": )" + std::to_string(1000 * per_ms) +
           R"(}, "to": "E", "weight": )" + weight + R"(, "delay_ms": 1})";
  };
  const auto session =
      open(R"({"spikeloom": 1, "run": {"duration_ms": 5200, "warmup_ms": 200, "precision": "single", "step_ms": )" +
           std::to_string(step_ms) + R"(}, "populations": {"E": {"size": 500, "model": "lif_delta", "parameters":
      {"tau_m_ms": 10, "E_L_mV": 0, "V_th_mV": 15, "V_reset_mV": 0, "t_ref_ms": 2}}}, "inputs": {)" +
           drive("plus", 0.5 * (sum + difference), "0.1") + ", " + drive("minus", 0.5 * (sum - difference), "-0.1") + "}}");
  session->advance_to(session->network().duration_steps);
  return session->recording();
}

TEST(LongSiegert, CellsUnderBalancedInputFireAsTheFormulaSays) {
  const LeakyCell cell;
  for (const auto& [mu, sigma] : {std::pair{12.0, 3.0}, {10.0, 5.0}, {20.0, 5.0}}) {
    const auto counts = under_noise(mu, sigma, 0.01).populations.at(0);
    const double rate = siegert_rate_hz(cell, mu, sigma);
    EXPECT_NEAR(counts.rate_hz / rate, 1, 0.03) << mu << " " << sigma << " " << counts.rate_hz;
    EXPECT_NEAR(counts.cv_isi, siegert_cv(cell, mu, sigma), 0.03) << mu << " " << sigma;
  }
}

}  // namespace
}  // namespace spikeloom
