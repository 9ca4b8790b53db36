// Pair STDP whose changes are collected and taken over now and then: at each pulse of a signal, with a little growth of its own.
//
//   x, y as in pair STDP (tau_plus, tau_minus);   pre spike: c += A_minus y      post spike: c += A_plus x
//   a pulse of amplitude 1 (a signal of 1 for 1 ms): c = keep c, then w += drift + c, within [w_min, w_max]
//
// Izhikevich 2006, Neural Comput 18:245, whose program does so once a second. Several pulses without a spike between them are
// taken in at once, and the bounds kept after the last.
#pragma once

#include "models/traces.hpp"

namespace spikeloom {

struct StdpDeferred : PairTraces, BoundedWeight {
  static constexpr std::string_view name = "stdp_deferred";
  static constexpr std::array parameters = {
      Quantity{"A_plus", "", 0.1, -unbounded, unbounded, false, "collected at a post spike"},
      Quantity{"A_minus", "", -0.12, -unbounded, unbounded, false, "collected at a pre spike, signed: negative depresses"},
      tau_of_pre,
      tau_of_post,
      Quantity{"keep", "", 0.9, 0, 1, true, "part of what was collected that a pulse leaves"},
      Quantity{"drift", "", 0.01, -unbounded, unbounded, false, "growth of the weight at every pulse"},
      Quantity{"w_min", "", 0, -unbounded, unbounded, false, "lower bound of the weight"},
      Quantity{"w_max", "", unbounded, -unbounded, unbounded, false, "upper bound of the weight; none: see w_bound"}};
  static constexpr std::array options = {pairing_option, zero_lag_option};
  static constexpr std::array presets = {RulePreset{"nest", "zero_lag", "none"}, RulePreset{"brian2", "zero_lag", "potentiate"},
                                         RulePreset{"spynnaker", "zero_lag", "none"}};
  static constexpr std::array states = {
      pre_trace, post_trace,
      Quantity{"collected", "", 0, -unbounded, unbounded, false, "changes that the next pulse will take over"}};
  static constexpr RuleTable table() {
    return {.name = name,
            .text = "Pair STDP whose changes are collected and taken over at pulses of a signal.",
            .equations =
                "x' = -x / tau_plus, raised by pre spikes; y' = -y / tau_minus, raised by post spikes\n"
                "pre spike: c += A_minus y; post spike: c += A_plus x\n"
                "a signal of 1 for 1 ms: c = keep c, then w += drift + c; w stays within [w_min, w_max]",
            .reference = "Izhikevich 2006, Neural Comput 18:245",
            .parameters = parameters,
            .options = options,
            .presets = presets,
            .states = states,
            .uses_signal = true};
  }

  struct Parameters {
    double A_plus, A_minus, tau_plus, tau_minus, keep, drift, w_min, w_max;
  };
  template <class R>
  struct Synapse {
    R w, c;
  };
  /// of_all: what all pulses to come would take over of 1 collected now, or per pulse where nothing is lost.
  template <class R>
  struct Coefficients {
    R rate_plus, rate_minus, kept, A_plus, A_minus, log_keep, of_all, lossless, drift, w_min, w_max;
  };

  static Coefficients<double> prepare(const Parameters& p, const int* option, double unit_ms) {
    const bool lossless = p.keep == 1;
    return {rate_of(p.tau_plus, unit_ms),
            rate_of(p.tau_minus, unit_ms),
            kept_by(option[0]),
            p.A_plus,
            p.A_minus,
            math::log(p.keep),
            lossless ? 0.0 : p.keep / (1 - p.keep),
            lossless ? 1.0 : 0.0,
            p.drift,
            p.w_min,
            p.w_max};
  }

  /// `pulses` may be any real number: what is kept of c after so many is keep^pulses.
  template <class R>
  SPIKELOOM_INLINE static void advance(Synapse<R>& s, R, R pulses, const Coefficients<R>& c) {
    const R kept = math::exp(pulses * c.log_keep);
    const R taken = c.of_all * (R(1) - kept) + c.lossless * pulses;
    s.w = within(s.w + c.drift * pulses + s.c * taken, c.w_min, c.w_max);
    s.c *= kept;
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
