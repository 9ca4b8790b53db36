// Three factors: pair STDP writes to an eligibility trace instead of the weight, and a signal turns eligibility into change.
//
//   x, y as in pair STDP (tau_plus, tau_minus);   c' = -c / tau_e
//   pre spike: c += A_minus y      post spike: c += A_plus x
//   w' = gain c (m - baseline), m: the signal; a pulse of an instant signal: w += gain amplitude c
//
// Izhikevich 2007, Cereb Cortex 17:2443; Fremaux and Gerstner 2016, Front Neural Circuits 9:85.
#pragma once

#include "models/traces.hpp"

namespace spikeloom {

struct StdpEligibility : PairTraces, EligibleSynapse {
  static constexpr std::string_view name = "stdp_eligibility";
  static constexpr std::array parameters = {
      Quantity{"A_plus", "", 0.1, -unbounded, unbounded, false, "eligibility of a post spike"},
      Quantity{"A_minus", "", -0.15, -unbounded, unbounded, false, "eligibility of a pre spike, signed: negative depresses"},
      tau_of_pre,
      tau_of_post,
      Quantity{"tau_e_ms", "ms", 1000, 0, unbounded, true, "time constant of the eligibility"},
      gain_of_signal,
      baseline_of_signal,
      low_at_events,
      high_at_events};
  static constexpr std::array options = {pairing_option, zero_lag_option};
  static constexpr std::array states = {pre_trace, post_trace, eligibility_state};
  static constexpr RuleTable table() {
    return {.name = name,
            .text = "Pair STDP into an eligibility trace that a signal turns into change (three factors).",
            .equations =
                "x' = -x / tau_plus, raised by pre spikes; y' = -y / tau_minus, raised by post spikes; c' = -c / tau_e\n"
                "pre spike: c += A_minus y; post spike: c += A_plus x\n"
                "w' = gain c (m - baseline), m the signal; a pulse of an instant signal: w += gain amplitude c",
            .reference = "Izhikevich 2007, Cereb Cortex 17:2443",
            .parameters = parameters,
            .options = options,
            .presets = pair_presets,
            .states = states,
            .uses_signal = true};
  }

  struct Parameters {
    double A_plus, A_minus, tau_plus, tau_minus, tau_e, gain, baseline, w_min, w_max;
  };
  template <class R>
  struct Coefficients {
    R rate_plus, rate_minus, rate_e, kept, A_plus, A_minus, gain, w_min, w_max;
  };

  static Coefficients<double> prepare(const Parameters& p, const int* option, double unit_ms) {
    return {rate_of(p.tau_plus, unit_ms),
            rate_of(p.tau_minus, unit_ms),
            rate_of(p.tau_e, unit_ms),
            kept_by(option[0]),
            p.A_plus,
            p.A_minus,
            p.gain,
            p.w_min,
            p.w_max};
  }

  template <int, class R>
  SPIKELOOM_INLINE static void on_pre(Synapse<R>& s, const Pre<R>&, const Post<R>& seen, const Coefficients<R>& c) {
    s.c += c.A_minus * seen.y;
  }
  template <int, class R>
  SPIKELOOM_INLINE static void on_post(Synapse<R>& s, const Pre<R>& seen, const Post<R>&, const Coefficients<R>& c) {
    s.c += c.A_plus * seen.x;
  }
};

}  // namespace spikeloom
