// What a run is predicted to cost grows with what makes it cost more.
#include <gtest/gtest.h>

#include "backends/cpu/cpu.hpp"
#include "tests/backends/contract.hpp"
#include "tests/backends/contract_networks.hpp"

namespace spikeloom {
namespace {

/// 200 silent cells under 100 trains through 20,000 synapses with this rule.
Network driven(const std::string& rule, double rate_hz, const Value& delay_ms) {
  Network net;
  net.run.duration_ms = 500.0;
  net.run.step_ms = 0.1;
  testing::add_cells(net, "E", "lif_exp", 200);
  net.input("in", {PoissonInput{{{0.0, rate_hz}}, {}, 100.0}, std::nullopt});
  Projection projection = testing::wiring(Connector::Kind::all_to_all, 0, 0.5, delay_ms);
  Plasticity plasticity;
  plasticity.rule = rule;
  if (rule == "stdp_pair") plasticity.parameters = {{"A_plus", 0.01}, {"A_minus", -0.01}, {"w_max", 1.0}};
  else plasticity.parameters = {{"eta", 0.01}, {"d_min_ms", 0.5}, {"d_max_ms", 20.0}};
  if (!rule.empty()) projection.plasticity = {plasticity};
  net.connect("in", "E", projection);
  return net;
}

double predicted_s(const Network& net) {
  const auto network = testing::compiled(net);
  return cpu_backend()->predict_real_time_factor(*network, {}) * 1e-3 * network->ms_of(network->duration_steps);
}

TEST(Prediction, TheTimeOfLearningGrowsWithTheRateOfTheInput) {
  for (const char* rule : {"stdp_pair", "delay_coincidence"}) {
    const Value delay = uniform(1, 10);
    const double without = predicted_s(driven("", 10, delay));
    const double slow = predicted_s(driven(rule, 10, delay)) - without;
    const double fast = predicted_s(driven(rule, 100, delay)) - predicted_s(driven("", 100, delay));
    EXPECT_NEAR(fast / slow, 10, 0.1) << rule;
  }
}

TEST(Prediction, ARunOfEqualDelayCostsBesideItsSynapses) {
  EXPECT_GT(predicted_s(driven("stdp_pair", 50, uniform(0.5, 20))), 5 * predicted_s(driven("stdp_pair", 50, 1.5)));
  EXPECT_LT(predicted_s(driven("", 50, uniform(0.5, 20))), 2 * predicted_s(driven("", 50, 1.5)));  // the control
}

}  // namespace
}  // namespace spikeloom
