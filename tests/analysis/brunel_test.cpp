// Self-consistent rates of Brunel's network against the project's printed theory values.
#include "analysis/brunel.hpp"

#include <gtest/gtest.h>

namespace spikeloom {
namespace {

double rate(double g, double eta, double reset = 10) {
  BrunelNetwork network;
  network.g = g;
  network.external_hz = 10000 * eta;
  network.cell.reset_mV = reset;
  return brunel_rate_hz(network);
}

TEST(BrunelTheory, RatesMatchThePrintedTable) {
  EXPECT_NEAR(rate(5, 2), 37.950, 5e-4);
  EXPECT_NEAR(rate(6, 4), 55.841, 5e-4);
  EXPECT_NEAR(rate(4.5, .9), 6.517, 5e-4);
  EXPECT_NEAR(rate(5, 2, 0), 32.033, 5e-4);
}

TEST(BrunelTheory, TheSolutionReproducesItself) {
  BrunelNetwork network;
  const double r = brunel_rate_hz(network);
  const MeanInput input = brunel_input(network, r);
  EXPECT_NEAR(siegert_rate_hz(network.cell, input.mu_mV, input.sigma_mV), r, 1e-9 * r);
}

TEST(BrunelTheory, WithoutDriveNothingFires) {
  BrunelNetwork network;
  network.external_hz = 0;
  EXPECT_EQ(brunel_rate_hz(network), 0);
}

}  // namespace
}  // namespace spikeloom
