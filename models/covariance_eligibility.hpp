// Three factors, the eligibility being how far both sides depart from their own means together.
//
//   x, X: fast and slow presynaptic traces (tau, tau_mean), y, Y: postsynaptic ones; a spike adds 1;   c' = -c / tau_e
//   post spike: c += A (x - p X)        pre spike: c += A (y - q Y)
//   p, q = tau / tau_mean where the mean of that side is taken off (option `about`), else 0
//   w' = gain c (m - baseline), m: the signal
//
// About the mean of the target alone and with a reward as the signal this is node perturbation by the target's own noise.
//
// Sejnowski 1977, J Math Biol 4:303 (covariance); Fiete and Seung 2006, Phys Rev Lett 97:048104 (perturbation); Loewenstein and
// Seung 2006, PNAS 103:15224 (covariance with reward).
#pragma once

#include "models/traces.hpp"

namespace spikeloom {

struct CovarianceEligibility : EligibleSynapse {
  static constexpr std::string_view name = "covariance_eligibility";
  static constexpr std::array parameters = {
      Quantity{"A", "", 0.1, -unbounded, unbounded, false, "eligibility of a coincidence"},
      Quantity{"tau_ms", "ms", 20, 0, unbounded, true, "time constant of the fast traces"},
      Quantity{"tau_mean_ms", "ms", 2000, 0, unbounded, true, "time constant over which means are taken"},
      Quantity{"tau_e_ms", "ms", 1000, 0, unbounded, true, "time constant of the eligibility"},
      gain_of_signal,
      baseline_of_signal,
      low_at_events,
      high_at_events};
  static constexpr std::string_view sides[] = {"both", "post", "pre", "none"};
  static constexpr std::array options = {RuleOption{"about", sides, "whose mean is taken off; none: error-gated Hebb"},
                                         zero_lag_option};
  static constexpr std::array<RulePreset, 0> presets = {};
  static constexpr std::array states = {Quantity{"x", "", 0, 0, unbounded, false, "fast presynaptic trace"},
                                        Quantity{"x_mean", "", 0, 0, unbounded, false, "slow presynaptic trace"},
                                        Quantity{"y", "", 0, 0, unbounded, false, "fast postsynaptic trace"},
                                        Quantity{"y_mean", "", 0, 0, unbounded, false, "slow postsynaptic trace"},
                                        eligibility_state};
  static constexpr RuleTable table() {
    return {.name = name,
            .text = "Hebbian or covariance eligibility that a signal turns into change (three factors).",
            .equations =
                "x, X and y, Y: traces of pre and post spikes with tau and tau_mean; c' = -c / tau_e\n"
                "post spike: c += A (x - p X); pre spike: c += A (y - q Y); p, q: tau / tau_mean, or 0 (option about)\n"
                "w' = gain c (m - baseline), m the signal",
            .reference = "Fiete and Seung 2006, Phys Rev Lett 97:048104; Loewenstein and Seung 2006, PNAS 103:15224",
            .parameters = parameters,
            .options = options,
            .presets = presets,
            .states = states,
            .uses_signal = true};
  }

  struct Parameters {
    double A, tau, tau_mean, tau_e, gain, baseline, w_min, w_max;
  };
  template <class R>
  struct Pre {
    R x, mean;
  };
  template <class R>
  struct Post {
    R y, mean;
  };
  template <class R>
  struct Coefficients {
    R rate, rate_mean, rate_e, A, p, q, gain, w_min, w_max;
  };

  static Coefficients<double> prepare(const Parameters& p, const int* option, double unit_ms) {
    const double share = p.tau / p.tau_mean;
    const bool off_pre = option[0] == 0 || option[0] == 2, off_post = option[0] <= 1;
    return {rate_of(p.tau, unit_ms),
            rate_of(p.tau_mean, unit_ms),
            rate_of(p.tau_e, unit_ms),
            p.A,
            off_pre ? share : 0.0,
            off_post ? share : 0.0,
            p.gain,
            p.w_min,
            p.w_max};
  }

  template <class R>
  SPIKELOOM_INLINE static void decay(Pre<R>& pre, R elapsed, const Coefficients<R>& c) {
    pre.x *= decay_of(elapsed, c.rate), pre.mean *= decay_of(elapsed, c.rate_mean);
  }
  template <class R>
  SPIKELOOM_INLINE static void decay(Post<R>& post, R elapsed, const Coefficients<R>& c) {
    post.y *= decay_of(elapsed, c.rate), post.mean *= decay_of(elapsed, c.rate_mean);
  }
  template <class R>
  SPIKELOOM_INLINE static void raise(Pre<R>& pre, const Coefficients<R>&) {
    pre.x += R(1), pre.mean += R(1);
  }
  template <class R>
  SPIKELOOM_INLINE static void raise(Post<R>& post, const Coefficients<R>&) {
    post.y += R(1), post.mean += R(1);
  }
  template <int, class R>
  SPIKELOOM_INLINE static void on_pre(Synapse<R>& s, const Pre<R>&, const Post<R>& seen, const Coefficients<R>& c) {
    s.c += c.A * (seen.y - c.q * seen.mean);
  }
  template <int, class R>
  SPIKELOOM_INLINE static void on_post(Synapse<R>& s, const Pre<R>& seen, const Post<R>&, const Coefficients<R>& c) {
    s.c += c.A * (seen.x - c.p * seen.mean);
  }
};

}  // namespace spikeloom
