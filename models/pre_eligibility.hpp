// Three factors without postsynaptic spikes: presynaptic activity is what a signal, usually an error of the target, acts on.
//
//   c' = -c / tau_e;   pre spike: c += A        w' = gain c (m - baseline), m: the signal
//
// With one error per target this is the delta rule on filtered spikes: Widrow and Hoff 1960; as spikes: Bellec and others 2020,
// Nature Communications 11:3625 (readout synapses).
#pragma once

#include "models/traces.hpp"

namespace spikeloom {

struct PreEligibility : EligibleSynapse {
  static constexpr std::string_view name = "pre_eligibility";
  static constexpr std::array parameters = {
      Quantity{"A", "", 1, -unbounded, unbounded, false, "eligibility of a pre spike"},
      Quantity{"tau_e_ms", "ms", 20, 0, unbounded, true, "time constant of the eligibility"},
      gain_of_signal,
      baseline_of_signal,
      low_at_events,
      high_at_events};
  static constexpr std::array<RuleOption, 0> options = {};
  static constexpr std::array<RulePreset, 0> presets = {};
  static constexpr std::array states = {eligibility_state};
  static constexpr RuleTable table() {
    return {.name = name,
            .text = "Presynaptic eligibility that a signal, such as an error of the target, turns into change (three factors).",
            .equations = "c' = -c / tau_e; pre spike: c += A\nw' = gain c (m - baseline), m the signal",
            .reference = "Bellec and others 2020, Nat Commun 11:3625 (readout synapses)",
            .parameters = parameters,
            .options = options,
            .presets = presets,
            .states = states,
            .uses_signal = true};
  }

  struct Parameters {
    double A, tau_e, gain, baseline, w_min, w_max;
  };
  template <class R>
  struct Pre {};
  template <class R>
  struct Post {};
  template <class R>
  struct Coefficients {
    R rate_e, A, gain, w_min, w_max;
  };

  static Coefficients<double> prepare(const Parameters& p, const int*, double unit_ms) {
    return {rate_of(p.tau_e, unit_ms), p.A, p.gain, p.w_min, p.w_max};
  }

  template <class R>
  SPIKELOOM_INLINE static void decay(Pre<R>&, R, const Coefficients<R>&) {}
  template <class R>
  SPIKELOOM_INLINE static void decay(Post<R>&, R, const Coefficients<R>&) {}
  template <class R>
  SPIKELOOM_INLINE static void raise(Pre<R>&, const Coefficients<R>&) {}
  template <class R>
  SPIKELOOM_INLINE static void raise(Post<R>&, const Coefficients<R>&) {}
  template <int, class R>
  SPIKELOOM_INLINE static void on_pre(Synapse<R>& s, const Pre<R>&, const Post<R>&, const Coefficients<R>& c) {
    s.c += c.A;
  }
  template <int, class R>
  SPIKELOOM_INLINE static void on_post(Synapse<R>&, const Pre<R>&, const Post<R>&, const Coefficients<R>&) {}
};

}  // namespace spikeloom
