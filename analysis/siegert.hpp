// Rate and irregularity of a leaky cell under white noise: what theory says a run must come near to.
#pragma once

namespace spikeloom {

/// Potentials in mV relative to any common zero, times in ms.
struct LeakyCell {
  double tau_ms = 10;
  double threshold_mV = 15;
  double reset_mV = 0;
  double t_ref_ms = 2;
};

/// Mean firing rate in Hz (Siegert 1951) at mean input `mu_mV` and noise `sigma_mV`, in the convention
/// sigma^2 = tau * rate * weight^2, so that the free potential has variance sigma^2 / 2. sigma 0 gives the noise-free rate.
double siegert_rate_hz(const LeakyCell& cell, double mu_mV, double sigma_mV);

/// Coefficient of variation of the inter-spike interval (Brunel 2000, appendix A) in the same convention.
double siegert_cv(const LeakyCell& cell, double mu_mV, double sigma_mV);

/// Noise-free rate in Hz at a constant mean input; 0 at and below threshold.
double noise_free_rate_hz(const LeakyCell& cell, double mu_mV);

}  // namespace spikeloom
