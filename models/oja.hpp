// Oja's rule for spikes: Hebb's growth and a decay that grows with the square of the output, so that a cell's weights stay finite
// and turn towards the strongest common direction of its inputs.
//
//   x' = -x / tau, a presynaptic spike raises x;   y' = -y / tau, a postsynaptic spike raises y
//   post spike: w += eta (x - y w), y as it was before the spike; then w stays within [w_min, w_max]
//
// A post spike stands for the output itself, x and y for tau times the rates r: on average w' = eta tau (r_x r_y - w r_y^2).
// Oja 1982, J Math Biol 15:267.
#pragma once

#include "models/traces.hpp"

namespace spikeloom {

struct Oja : PairTraces, PlainSynapse {
  static constexpr std::string_view name = "oja";
  static constexpr std::array parameters = {
      Quantity{"eta", "", 1e-3, -unbounded, unbounded, false, "learning rate"}, tau_of_both,
      Quantity{"w_min", "", 0, -unbounded, unbounded, false, "lower bound of the weight"},
      Quantity{"w_max", "", unbounded, -unbounded, unbounded, false, "upper bound of the weight; none: see w_bound"}};
  static constexpr std::array options = {pairing_option, zero_lag_option};
  static constexpr std::array presets = {RulePreset{"nest", "zero_lag", "none"}, RulePreset{"brian2", "zero_lag", "potentiate"},
                                         RulePreset{"spynnaker", "zero_lag", "none"}};
  static constexpr std::array states = {pre_trace, post_trace};
  static constexpr RuleTable table() {
    return {.name = name,
            .text = "Oja's rule: Hebbian growth bounded by a decay with the square of the output.",
            .equations =
                "x' = -x / tau, raised by pre spikes; y' = -y / tau, raised by post spikes\n"
                "post spike: w += eta (x - y w), y before the spike; w stays within [w_min, w_max]",
            .reference = "Oja 1982, J Math Biol 15:267",
            .parameters = parameters,
            .options = options,
            .presets = presets,
            .states = states};
  }

  struct Parameters {
    double eta, tau, w_min, w_max;
  };
  template <class R>
  struct Coefficients {
    R rate, kept, eta, w_min, w_max;
  };

  static Coefficients<double> prepare(const Parameters& p, const int* option, double unit_ms) {
    return {rate_of(p.tau, unit_ms), kept_by(option[0]), p.eta, p.w_min, p.w_max};
  }

  template <int, class R>
  SPIKELOOM_INLINE static void on_pre(Synapse<R>&, const Pre<R>&, const Post<R>&, const Coefficients<R>&) {}
  static constexpr bool post_sees_own = true;
  template <int, class R>
  SPIKELOOM_INLINE static void on_post(Synapse<R>& s, const Pre<R>& seen, const Post<R>& own, const Coefficients<R>& c) {
    s.w = within(s.w + c.eta * (seen.x - own.y * s.w), c.w_min, c.w_max);
  }
};

}  // namespace spikeloom
