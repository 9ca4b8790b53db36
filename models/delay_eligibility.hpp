// Three factors for delays: what delay_coincidence would change is written to an eligibility, and a signal turns it into change.
//
//   pair of an arrival at a and a postsynaptic spike at p:  c += eta missing exp(-|missing| / tau),  missing = p - lead - a
//   c' = -c / tau_e;   d' = gain c (m - baseline), m: the signal; a pulse of an instant signal: d += gain amplitude c
//
// The pull is that of Eurich and others 1999, Phys Rev Lett 82:1594; the third factor that of models/stdp_eligibility.hpp
// (Fremaux and Gerstner 2016, Front Neural Circuits 9:85).
#pragma once

#include "models/delay_pull.hpp"

namespace spikeloom {

struct DelayEligibility {
  static constexpr std::string_view name = "delay_eligibility";
  static constexpr bool moves_delay = true;
  static constexpr std::array parameters = {
      delay_pull::eta,
      delay_pull::tau_ms,
      delay_pull::window_ms,
      delay_pull::lead_ms,
      Quantity{"tau_e_ms", "ms", 1000, 0, unbounded, true, "time constant of the eligibility"},
      Quantity{"gain", "", 1, -unbounded, unbounded, false, "factor on the change (per ms of the signal)"},
      Quantity{"baseline", "", 0, -unbounded, unbounded, false, "level of the signal at which nothing changes"},
      delay_pull::d_min_ms,
      delay_pull::d_max_ms};
  static constexpr std::array states = {delay_pull::delay_state, Quantity{"eligibility", "ms", 0, -unbounded, unbounded, false,
                                                                          "change that the signal will act on"}};
  static constexpr RuleTable table() {
    return {
        .name = name,
        .text = "Delays move towards coincidence as far as a signal says so (three factors).",
        .equations =
            "an arrival at a meets the last postsynaptic spike before it, a postsynaptic spike at p the last arrival up to it\n"
            "missing = p - lead - a; where |missing| <= window: c += eta missing exp(-|missing| / tau); c' = -c / tau_e\n"
            "d' = gain c (m - baseline), m the signal; a pulse of an instant signal: d += gain amplitude c\n"
            "d stays within [d_min, d_max] at every event; a spike under way keeps the delay it left with",
        .reference = "Eurich and others 1999, Phys Rev Lett 82:1594; Fremaux and Gerstner 2016, Front Neural Circuits 9:85",
        .parameters = parameters,
        .options = {},
        .presets = {},
        .states = states,
        .uses_signal = true};
  }

  struct Parameters {
    double eta, tau, window, lead, tau_e, gain, baseline, d_min, d_max;
  };
  struct Synapse {
    double d, c;
  };
  struct Coefficients {
    delay_pull::Coefficients pull;
    double rate_e, gain, d_min, d_max;
  };
  static ParameterFault check(const Parameters& p) { return delay_pull::check_bounds(p.d_min, p.d_max); }
  static void bounds(const Parameters& p, double& low_ms, double& high_ms) { low_ms = p.d_min, high_ms = p.d_max; }
  static void memory(const Parameters& p, double& tau_ms, double& baseline) { tau_ms = p.tau_e, baseline = p.baseline; }
  static Coefficients prepare(const Parameters& p, double unit_ms) {
    return {{p.eta, 1 / p.tau, p.window, p.lead}, rate_of(p.tau_e, unit_ms), p.gain, p.d_min, p.d_max};
  }

  static void on_pair(Synapse& s, double late_ms, const Coefficients& c) { s.c += delay_pull::of(late_ms, c.pull); }
  static void advance(Synapse& s, double elapsed, double drive, const Coefficients& c) {
    s.d = within(s.d + c.gain * s.c * drive, c.d_min, c.d_max);
    s.c *= decay_of(elapsed, c.rate_e);
  }
};

}  // namespace spikeloom
