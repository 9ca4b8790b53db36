// Short-term plasticity: a presynaptic spike uses up a part u of the resources x, which come back; u grows with each spike.
//
//   u' = (u_rest - u) / tau_fac, u_rest = 0 or U;   x' = (1 - x) / tau_rec
//   pre spike: u += U (1 - u), sends weight u x, then x -= u x;   tau_fac = 0: u = U at every spike and u_rest between
//
// Tsodyks, Pawelzik and Markram 1998, Neural Comput 10:821.
#pragma once

#include "models/traces.hpp"

namespace spikeloom {

struct TsodyksMarkram {
  static constexpr std::string_view name = "tsodyks_markram";
  static constexpr std::array parameters = {
      Quantity{"U", "", 0.5, 0, 1, false, "part of the resources that the first spike uses"},
      Quantity{"tau_rec_ms", "ms", 800, 0, unbounded, true, "time constant of the recovery from depression"},
      Quantity{"tau_fac_ms", "ms", 0, 0, unbounded, false, "time constant of facilitation; 0: none"}};
  static constexpr std::string_view rests[] = {"zero", "U"};
  static constexpr std::array options = {RuleOption{"u_rest", rests, "what u returns to between spikes"}};
  static constexpr std::array presets = {RulePreset{"nest", "u_rest", "zero"}, RulePreset{"brian2", "u_rest", "zero"}};
  static constexpr std::array states = {Quantity{"u", "", 0, 0, 1, false, "part of the resources that is in use"},
                                        Quantity{"x", "", 1, 0, 1, false, "resources"}};
  static constexpr bool changes_weight = false;
  static constexpr RuleTable table() {
    return {.name = name,
            .text = "Short-term depression and facilitation; alone or together with a rule for the weight.",
            .equations =
                "u' = (u_rest - u) / tau_fac; x' = (1 - x) / tau_rec; at the start u = u_rest, x = 1\n"
                "pre spike: u += U (1 - u), sends weight u x, then x -= u x",
            .reference = "Tsodyks, Pawelzik and Markram 1998, Neural Comput 10:821",
            .parameters = parameters,
            .options = options,
            .presets = presets,
            .states = states};
  }

  struct Parameters {
    double U, tau_rec, tau_fac;
  };
  template <class R>
  struct Pre {
    R u, x;
  };
  template <class R>
  struct Post {};
  template <class R>
  struct Synapse {
    R w;
  };
  static constexpr double at_once = -1e30;  ///< rate of what is gone as soon as any time has passed
  /// facilitates: 1, or 0 where tau_fac is 0.
  template <class R>
  struct Coefficients {
    R U, rate_rec, rate_fac, facilitates, rest;
  };

  static Coefficients<double> prepare(const Parameters& p, const int* option, double unit_ms) {
    const bool facilitates = p.tau_fac > 0;
    return {p.U, rate_of(p.tau_rec, unit_ms), facilitates ? rate_of(p.tau_fac, unit_ms) : at_once, facilitates ? 1.0 : 0.0,
            option[0] == 1 ? p.U : 0.0};
  }
  static void start(Pre<double>& pre, const Coefficients<double>& c) { pre = {c.rest, 1.0}; }

  template <class R>
  SPIKELOOM_INLINE static void decay(Pre<R>& pre, R elapsed, const Coefficients<R>& c) {
    pre.u = c.rest + (pre.u - c.rest) * decay_of(elapsed, c.rate_fac);
    pre.x = R(1) - (R(1) - pre.x) * decay_of(elapsed, c.rate_rec);
  }
  template <class R>
  SPIKELOOM_INLINE static R used(const Pre<R>& before, const Coefficients<R>& c) {
    const R u = c.facilitates * before.u;
    return u + c.U * (R(1) - u);
  }
  template <class R>
  SPIKELOOM_INLINE static void raise(Pre<R>& pre, const Coefficients<R>& c) {
    pre.u = used(pre, c);
    pre.x -= pre.u * pre.x;
  }
  template <class R>
  SPIKELOOM_INLINE static R release(const Pre<R>& before, const Coefficients<R>& c) {
    return used(before, c) * before.x;
  }
  template <class R>
  SPIKELOOM_INLINE static void decay(Post<R>&, R, const Coefficients<R>&) {}
  template <class R>
  SPIKELOOM_INLINE static void raise(Post<R>&, const Coefficients<R>&) {}
  template <int, class R>
  SPIKELOOM_INLINE static void on_pre(Synapse<R>&, const Pre<R>&, const Post<R>&, const Coefficients<R>&) {}
  template <int, class R>
  SPIKELOOM_INLINE static void on_post(Synapse<R>&, const Pre<R>&, const Post<R>&, const Coefficients<R>&) {}
};

}  // namespace spikeloom
