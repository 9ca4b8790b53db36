// Inhibitory plasticity that holds the target's rate: near-coincident spikes strengthen the synapse, lone pre spikes weaken it.
//
//   x' = -x / tau, a presynaptic spike raises x;   y' = -y / tau, a postsynaptic spike raises y
//   pre spike: w += eta (y - alpha)   post spike: w += eta x   then w stays within [w_min, w_max];   alpha = 2 rho0 tau
//
// Vogels, Sprekeler, Zenke, Clopath and Gerstner 2011, Science 334:1569.
#pragma once

#include "models/traces.hpp"

namespace spikeloom {

struct StdpVogels {
  static constexpr std::string_view name = "stdp_vogels";
  static constexpr std::array parameters = {
      Quantity{"eta", "", 1e-2, -unbounded, unbounded, false, "learning rate"},
      Quantity{"alpha", "", 0.2, -unbounded, unbounded, false, "depression of a lone pre spike: 2 x target rate x tau"},
      Quantity{"tau_ms", "ms", 20, 0, unbounded, true, "time constant of both traces"},
      Quantity{"w_min", "", 0, -unbounded, unbounded, false, "lower bound of the weight"},
      Quantity{"w_max", "", unbounded, -unbounded, unbounded, false, "upper bound of the weight; none: see w_bound"}};
  static constexpr std::array options = {pairing_option, zero_lag_option};
  static constexpr std::array presets = {
      RulePreset{"nest", "zero_lag", "none"},         RulePreset{"nest", "pairing", "all_to_all"},
      RulePreset{"brian2", "zero_lag", "potentiate"}, RulePreset{"brian2", "pairing", "all_to_all"},
      RulePreset{"spynnaker", "zero_lag", "none"},    RulePreset{"spynnaker", "pairing", "all_to_all"}};
  static constexpr std::array states = {Quantity{"x", "", 0, 0, unbounded, false, "presynaptic trace"},
                                        Quantity{"y", "", 0, 0, unbounded, false, "postsynaptic trace"}};
  static constexpr RuleTable table() {
    return {.name = name,
            .text = "Homeostatic plasticity of inhibitory synapses.",
            .equations =
                "x' = -x / tau, raised by pre spikes; y' = -y / tau, raised by post spikes\n"
                "pre spike: w += eta (y - alpha); post spike: w += eta x; w stays within [w_min, w_max]",
            .reference = "Vogels and others 2011, Science 334:1569",
            .parameters = parameters,
            .options = options,
            .presets = presets,
            .states = states};
  }

  struct Parameters {
    double eta, alpha, tau, w_min, w_max;
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
    R w;
  };
  template <class R>
  struct Coefficients {
    R rate, kept, eta, alpha, w_min, w_max;
  };

  static ParameterFault check(const Parameters& p, const int*) { return check_bounds(p.w_min, p.w_max); }
  static void bounds(const Parameters& p, double& low, double& high) { low = p.w_min, high = p.w_max; }
  static Coefficients<double> prepare(const Parameters& p, const int* option, double unit_ms) {
    return {rate_of(p.tau, unit_ms), kept_by(option[0]), p.eta, p.alpha, p.w_min, p.w_max};
  }

  template <class R>
  SPIKELOOM_INLINE static void decay(Pre<R>& pre, R elapsed, const Coefficients<R>& c) {
    pre.x *= decay_of(elapsed, c.rate);
  }
  template <class R>
  SPIKELOOM_INLINE static void decay(Post<R>& post, R elapsed, const Coefficients<R>& c) {
    post.y *= decay_of(elapsed, c.rate);
  }
  template <class R>
  SPIKELOOM_INLINE static void raise(Pre<R>& pre, const Coefficients<R>& c) {
    pre.x = pre.x * c.kept + R(1);
  }
  template <class R>
  SPIKELOOM_INLINE static void raise(Post<R>& post, const Coefficients<R>& c) {
    post.y = post.y * c.kept + R(1);
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
