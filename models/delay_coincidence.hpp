// Delays that learn coincidence: each moves so that what comes over it arrives with the postsynaptic spike.
//
//   pair of an arrival at a and a postsynaptic spike at p:  missing = p - lead - a
//   d += eta missing exp(-|missing| / tau) where |missing| <= window;   then d stays within [d_min, d_max]
//
// With tau left out one planted lag is approached as (1 - eta)^k of the start.
//
// The odd window of arrival against spike is the delay shift of Eurich, Pawelzik, Ernst, Cowan and Milton 1999, Phys Rev Lett
// 82:1594; pulling inputs into coincidence by their delays is that of Huening, Glunder and Palm 1998, Neural Comput 10:555.
#pragma once

#include "models/delay_pull.hpp"

namespace spikeloom {

struct DelayCoincidence {
  static constexpr std::string_view name = "delay_coincidence";
  static constexpr bool moves_delay = true;
  static constexpr std::array parameters = {delay_pull::eta,     delay_pull::tau_ms,   delay_pull::window_ms,
                                            delay_pull::lead_ms, delay_pull::d_min_ms, delay_pull::d_max_ms};
  static constexpr std::array states = {delay_pull::delay_state};
  static constexpr RuleTable table() {
    return {
        .name = name,
        .text = "Delays move so that spikes arrive together with the postsynaptic spike.",
        .equations =
            "an arrival at a meets the last postsynaptic spike before it, a postsynaptic spike at p the last arrival up to it\n"
            "missing = p - lead - a; where |missing| <= window: d += eta missing exp(-|missing| / tau)\n"
            "d stays within [d_min, d_max]; a spike under way keeps the delay it left with",
        .reference = "Eurich and others 1999, Phys Rev Lett 82:1594; Huening, Glunder and Palm 1998, Neural Comput 10:555",
        .parameters = parameters,
        .options = {},
        .presets = {},
        .states = states};
  }

  struct Parameters {
    double eta, tau, window, lead, d_min, d_max;
  };
  struct Synapse {
    double d;
  };
  struct Coefficients {
    delay_pull::Coefficients pull;
    double d_min, d_max;
  };
  static ParameterFault check(const Parameters& p) { return delay_pull::check_bounds(p.d_min, p.d_max); }
  static void bounds(const Parameters& p, double& low_ms, double& high_ms) { low_ms = p.d_min, high_ms = p.d_max; }
  static Coefficients prepare(const Parameters& p, double) { return {{p.eta, 1 / p.tau, p.window, p.lead}, p.d_min, p.d_max}; }

  static void on_pair(Synapse& s, double late_ms, const Coefficients& c) {
    s.d = within(s.d + delay_pull::of(late_ms, c.pull), c.d_min, c.d_max);
  }
};

}  // namespace spikeloom
