// Mean-field theory of Brunel's (2000) sparse excitatory-inhibitory network of delta-coupled leaky cells.
#pragma once

#include "analysis/siegert.hpp"

namespace spikeloom {

/// One population's inputs: in-degrees, weight of an excitatory spike, relative inhibition, total external rate per cell.
struct BrunelNetwork {
  LeakyCell cell{20, 20, 10, 2};
  double excitatory_inputs = 1000;
  double inhibitory_inputs = 250;
  double weight_mV = 0.1;
  double g = 5;
  double external_hz = 20000;
};

/// Mean and noise of the input while every cell fires at `rate_hz`.
struct MeanInput {
  double mu_mV = 0, sigma_mV = 0;
};
MeanInput brunel_input(const BrunelNetwork& network, double rate_hz);

/// The lowest self-consistent rate in Hz: where the Siegert rate of the network's own input equals the rate assumed.
double brunel_rate_hz(const BrunelNetwork& network);

}  // namespace spikeloom
