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

struct StdpEligibility {
  static constexpr std::string_view name = "stdp_eligibility";
  static constexpr std::array parameters = {
      Quantity{"A_plus", "", 0.1, -unbounded, unbounded, false, "eligibility of a post spike"},
      Quantity{"A_minus", "", -0.15, -unbounded, unbounded, false, "eligibility of a pre spike, signed: negative depresses"},
      Quantity{"tau_plus_ms", "ms", 20, 0, unbounded, true, "time constant of the presynaptic trace"},
      Quantity{"tau_minus_ms", "ms", 20, 0, unbounded, true, "time constant of the postsynaptic trace"},
      Quantity{"tau_e_ms", "ms", 1000, 0, unbounded, true, "time constant of the eligibility"},
      Quantity{"gain", "", 1, -unbounded, unbounded, false, "factor on the change (per ms of the signal)"},
      Quantity{"baseline", "", 0, -unbounded, unbounded, false, "level of the signal at which nothing changes"},
      Quantity{"w_min", "", -unbounded, -unbounded, unbounded, false, "lower bound, kept at every event of the synapse"},
      Quantity{"w_max", "", unbounded, -unbounded, unbounded, false, "upper bound, kept at every event; none: see w_bound"}};
  static constexpr std::array options = {pairing_option, zero_lag_option};
  static constexpr std::array presets = {
      RulePreset{"nest", "zero_lag", "none"},         RulePreset{"nest", "pairing", "all_to_all"},
      RulePreset{"brian2", "zero_lag", "potentiate"}, RulePreset{"brian2", "pairing", "all_to_all"},
      RulePreset{"spynnaker", "zero_lag", "none"},    RulePreset{"spynnaker", "pairing", "all_to_all"}};
  static constexpr std::array states = {
      Quantity{"x", "", 0, 0, unbounded, false, "presynaptic trace"},
      Quantity{"y", "", 0, 0, unbounded, false, "postsynaptic trace"},
      Quantity{"eligibility", "", 0, -unbounded, unbounded, false, "what the signal will act on"}};
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
            .presets = presets,
            .states = states,
            .uses_signal = true};
  }

  struct Parameters {
    double A_plus, A_minus, tau_plus, tau_minus, tau_e, gain, baseline, w_min, w_max;
  };
  template <class R>
  struct Pre {
    R x;
  };
  template <class R>
  struct Post {
    R y;
  };
  template <class R>
  struct Synapse {
    R w, c;
  };
  template <class R>
  struct Coefficients {
    R rate_plus, rate_minus, rate_e, kept, A_plus, A_minus, gain, w_min, w_max;
  };

  static ParameterFault check(const Parameters& p, const int*) { return check_bounds(p.w_min, p.w_max); }
  static void bounds(const Parameters& p, double& low, double& high) { low = p.w_min, high = p.w_max; }
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
  /// How the signal's past is weighted, and the level it is measured from.
  static void memory(const Parameters& p, double& tau_ms, double& baseline) { tau_ms = p.tau_e, baseline = p.baseline; }

  template <class R>
  SPIKELOOM_INLINE static void decay(Pre<R>& pre, R elapsed, const Coefficients<R>& c) {
    pre.x *= decay_of(elapsed, c.rate_plus);
  }
  template <class R>
  SPIKELOOM_INLINE static void decay(Post<R>& post, R elapsed, const Coefficients<R>& c) {
    post.y *= decay_of(elapsed, c.rate_minus);
  }
  template <class R>
  SPIKELOOM_INLINE static void raise(Pre<R>& pre, const Coefficients<R>& c) {
    pre.x = pre.x * c.kept + R(1);
  }
  template <class R>
  SPIKELOOM_INLINE static void raise(Post<R>& post, const Coefficients<R>& c) {
    post.y = post.y * c.kept + R(1);
  }
  template <class R>
  SPIKELOOM_INLINE static void advance(Synapse<R>& s, R elapsed, R drive, const Coefficients<R>& c) {
    s.w = within(s.w + c.gain * s.c * drive, c.w_min, c.w_max);
    s.c *= decay_of(elapsed, c.rate_e);
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
