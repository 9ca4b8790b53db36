// Inhibitory plasticity that holds the target's rate: near-coincident spikes strengthen the synapse, lone pre spikes weaken it.
//
//   x' = -x / tau, a presynaptic spike raises x;   y' = -y / tau, a postsynaptic spike raises y
//   pre spike: w += eta (y - alpha)   post spike: w += eta x   then w stays within [w_min, w_max];   alpha = 2 rho0 tau
//
// Vogels, Sprekeler, Zenke, Clopath and Gerstner 2011, Science 334:1569.
#pragma once

#include "models/traces.hpp"

namespace spikeloom {

struct StdpVogels : PairTraces, PlainSynapse {
  static constexpr std::string_view name = "stdp_vogels";
  static constexpr std::array parameters = {
      Quantity{"eta", "", 1e-2, -unbounded, unbounded, false, "learning rate"},
      Quantity{"alpha", "", 0.2, -unbounded, unbounded, false, "depression of a lone pre spike: 2 x target rate x tau"},
      tau_of_both, Quantity{"w_min", "", 0, -unbounded, unbounded, false, "lower bound of the weight"},
      Quantity{"w_max", "", unbounded, -unbounded, unbounded, false, "upper bound of the weight; none: see w_bound"}};
  static constexpr std::array options = {pairing_option, zero_lag_option};
  static constexpr std::array states = {pre_trace, post_trace};
  static constexpr RuleTable table() {
    return {.name = name,
            .text = "Homeostatic plasticity of inhibitory synapses.",
            .equations =
                "x' = -x / tau, raised by pre spikes; y' = -y / tau, raised by post spikes\n"
                "pre spike: w += eta (y - alpha); post spike: w += eta x; w stays within [w_min, w_max]",
            .reference = "Vogels and others 2011, Science 334:1569",
            .parameters = parameters,
            .options = options,
            .presets = pair_presets,
            .states = states};
  }

  struct Parameters {
    double eta, alpha, tau, w_min, w_max;
  };
  template <class R>
  struct Coefficients {
    R rate, kept, eta, alpha, w_min, w_max;
  };

  static Coefficients<double> prepare(const Parameters& p, const int* option, double unit_ms) {
    return {rate_of(p.tau, unit_ms), kept_by(option[0]), p.eta, p.alpha, p.w_min, p.w_max};
  }

  template <int, class R>
  SPIKELOOM_INLINE static void on_pre(Synapse<R>& s, const Pre<R>&, const Post<R>& seen, const Coefficients<R>& c) {
    s.w = within(s.w + c.eta * (seen.y - c.alpha), c.w_min, c.w_max);
  }
  template <int, class R>
  SPIKELOOM_INLINE static void on_post(Synapse<R>& s, const Pre<R>& seen, const Post<R>&, const Coefficients<R>& c) {
    s.w = within(s.w + c.eta * seen.x, c.w_min, c.w_max);
  }
};

}  // namespace spikeloom
