// Self-consistency by scanning for the first change of sign from below and bisecting it.
#include "analysis/brunel.hpp"

#include <cmath>

namespace spikeloom {

MeanInput brunel_input(const BrunelNetwork& network, double rate_hz) {
  const double tau_s = network.cell.tau_ms / 1000, J = network.weight_mV;
  const double excitation = network.external_hz + network.excitatory_inputs * rate_hz;
  const double inhibition = network.inhibitory_inputs * rate_hz;
  return {tau_s * J * (excitation - network.g * inhibition),
          J * std::sqrt(tau_s * (excitation + network.g * network.g * inhibition))};
}

double brunel_rate_hz(const BrunelNetwork& network) {
  const auto excess = [&](double rate) {
    const MeanInput input = brunel_input(network, rate);
    return siegert_rate_hz(network.cell, input.mu_mV, input.sigma_mV) - rate;
  };
  const double ceiling = network.cell.t_ref_ms > 0 ? 1000 / network.cell.t_ref_ms : 1e5;
  double low = 0, high = 0;
  if (excess(0) <= 0) return 0;
  for (high = 0.01; high < ceiling && excess(high) > 0; high *= 1.1) low = high;
  for (int i = 0; i < 200 && high - low > 1e-13 * high; ++i) {
    const double middle = 0.5 * (low + high);
    (excess(middle) > 0 ? low : high) = middle;
  }
  return 0.5 * (low + high);
}

}  // namespace spikeloom
