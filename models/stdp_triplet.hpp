// Triplet STDP: a second, slower trace on each side makes a spike's effect depend on the side's own last spikes.
//
//   r1, r2: presynaptic traces (tau_plus, tau_x);   o1, o2: postsynaptic ones (tau_minus, tau_y)
//   pre spike:  w -= o1 (A2_minus + A3_minus r2)    post spike: w += r1 (A2_plus + A3_plus o2)
//   where r2 and o2 are those before the spike; then w stays within [w_min, w_max]
//
// Pfister and Gerstner 2006, J Neurosci 26:9673.
#pragma once

#include "models/traces.hpp"

namespace spikeloom {

struct StdpTriplet : PlainSynapse {
  static constexpr std::string_view name = "stdp_triplet";
  static constexpr std::array parameters = {
      Quantity{"A2_plus", "", 5e-10, -unbounded, unbounded, false, "amplitude of pairs at a post spike"},
      Quantity{"A3_plus", "", 6.2e-3, -unbounded, unbounded, false, "amplitude of triplets at a post spike"},
      Quantity{"A2_minus", "", 7e-3, -unbounded, unbounded, false, "amplitude of pairs at a pre spike (positive depresses)"},
      Quantity{"A3_minus", "", 2.3e-4, -unbounded, unbounded, false, "amplitude of triplets at a pre spike (positive depresses)"},
      Quantity{"tau_plus_ms", "ms", 16.8, 0, unbounded, true, "time constant of r1"},
      Quantity{"tau_x_ms", "ms", 101, 0, unbounded, true, "time constant of r2"},
      Quantity{"tau_minus_ms", "ms", 33.7, 0, unbounded, true, "time constant of o1"},
      Quantity{"tau_y_ms", "ms", 125, 0, unbounded, true, "time constant of o2"},
      Quantity{"w_min", "", 0, -unbounded, unbounded, false, "lower bound of the weight"},
      Quantity{"w_max", "", unbounded, -unbounded, unbounded, false, "upper bound of the weight; none: see w_bound"}};
  static constexpr std::array options = {pairing_option, zero_lag_option};
  static constexpr std::array states = {Quantity{"r1", "", 0, 0, unbounded, false, "fast presynaptic trace"},
                                        Quantity{"r2", "", 0, 0, unbounded, false, "slow presynaptic trace"},
                                        Quantity{"o1", "", 0, 0, unbounded, false, "fast postsynaptic trace"},
                                        Quantity{"o2", "", 0, 0, unbounded, false, "slow postsynaptic trace"}};
  static constexpr RuleTable table() {
    return {
        .name = name,
        .text = "Triplet spike-timing-dependent plasticity.",
        .equations =
            "r1, r2 (tau_plus, tau_x) raised by pre spikes; o1, o2 (tau_minus, tau_y) raised by post spikes\n"
            "pre spike: w -= o1 (A2_minus + A3_minus r2); post spike: w += r1 (A2_plus + A3_plus o2); r2, o2 before the spike\n"
            "w stays within [w_min, w_max]",
        .reference = "Pfister and Gerstner 2006 (defaults: visual cortex, all-to-all, full model)",
        .parameters = parameters,
        .options = options,
        .presets = pair_presets,
        .states = states};
  }

  struct Parameters {
    double A2_plus, A3_plus, A2_minus, A3_minus, tau_plus, tau_x, tau_minus, tau_y, w_min, w_max;
  };
  template <class R>
  struct Pre {
    R r1, r2;
  };
  template <class R>
  struct Post {
    R o1, o2;
  };
  template <class R>
  struct Coefficients {
    R rate_plus, rate_x, rate_minus, rate_y, kept, A2_plus, A3_plus, A2_minus, A3_minus, w_min, w_max;
  };

  static Coefficients<double> prepare(const Parameters& p, const int* option, double unit_ms) {
    return {rate_of(p.tau_plus, unit_ms),
            rate_of(p.tau_x, unit_ms),
            rate_of(p.tau_minus, unit_ms),
            rate_of(p.tau_y, unit_ms),
            kept_by(option[0]),
            p.A2_plus,
            p.A3_plus,
            p.A2_minus,
            p.A3_minus,
            p.w_min,
            p.w_max};
  }

  template <class R>
  SPIKELOOM_INLINE static void decay(Pre<R>& pre, R elapsed, const Coefficients<R>& c) {
    pre.r1 *= decay_of(elapsed, c.rate_plus), pre.r2 *= decay_of(elapsed, c.rate_x);
  }
  template <class R>
  SPIKELOOM_INLINE static void decay(Post<R>& post, R elapsed, const Coefficients<R>& c) {
    post.o1 *= decay_of(elapsed, c.rate_minus), post.o2 *= decay_of(elapsed, c.rate_y);
  }
  template <class R>
  SPIKELOOM_INLINE static void raise(Pre<R>& pre, const Coefficients<R>& c) {
    pre.r1 = pre.r1 * c.kept + R(1), pre.r2 = pre.r2 * c.kept + R(1);
  }
  template <class R>
  SPIKELOOM_INLINE static void raise(Post<R>& post, const Coefficients<R>& c) {
    post.o1 = post.o1 * c.kept + R(1), post.o2 = post.o2 * c.kept + R(1);
  }

  template <int, class R>
  SPIKELOOM_INLINE static void on_pre(Synapse<R>& s, const Pre<R>& own, const Post<R>& seen, const Coefficients<R>& c) {
    s.w = within(s.w - seen.o1 * (c.A2_minus + c.A3_minus * own.r2), c.w_min, c.w_max);
  }
  static constexpr bool post_sees_own = true;
  template <int, class R>
  SPIKELOOM_INLINE static void on_post(Synapse<R>& s, const Pre<R>& seen, const Post<R>& own, const Coefficients<R>& c) {
    s.w = within(s.w + seen.r1 * (c.A2_plus + c.A3_plus * own.o2), c.w_min, c.w_max);
  }
};

}  // namespace spikeloom
