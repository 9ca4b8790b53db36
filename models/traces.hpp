// What the rules share: exponential traces of spikes, the numbers of a synapse, bounds, and the power that weight dependences
// need.
//
// A rule stands on the structs below and adds its own equations; their verbs read the rule's Coefficients by name.
#pragma once

#include "core/math/functions.hpp"
#include "core/rule.hpp"

namespace spikeloom {

inline constexpr std::string_view pairings[] = {"all_to_all", "nearest"};
inline constexpr RuleOption pairing_option{"pairing", pairings,
                                           "a spike adds 1 to its trace (all_to_all) or sets it to 1 (nearest)"};
inline constexpr RuleOption zero_lag_option{
    zero_lag_name, zero_lag_names,
    "who comes first and who sees whom where both sides spike at one instant of the synapse's time"};

/// What is left of a trace: `rate` is -1 / tau in the unit of `elapsed`.
template <class R>
SPIKELOOM_INLINE R decay_of(R elapsed, R rate) {
  return math::exp(elapsed * rate);
}

/// w kept within [low, high]; what is not a number stays one, to be found.
template <class R>
SPIKELOOM_INLINE R within(R w, R low, R high) {
  const R raised = w < low ? low : w;
  return raised > high ? high : raised;
}

/// base^exponent for base >= 0; in float by exp and log, which vectorise.
SPIKELOOM_INLINE double power_of(double base, double exponent) { return math::pow(base, exponent); }
SPIKELOOM_INLINE float power_of(float base, float exponent) {
  const float safe = base > 0x1p-100f ? base : 0x1p-100f;
  const float power = math::exp(exponent * math::log(safe));
  const float at_zero = exponent == 0.0f ? 1.0f : 0.0f;
  return base > 0x1p-100f ? power : base == base ? at_zero : base;
}

inline ParameterFault check_bounds(double w_min, double w_max) {
  if (w_max < w_min) return {"w_max", "the upper bound lies below the lower one", ">= w_min"};
  return {};
}

/// The conventions of other simulators, for rules on pairs of spikes.
inline constexpr RulePreset pair_presets[] = {{"nest", "zero_lag", "none"},         {"nest", "pairing", "all_to_all"},
                                              {"brian2", "zero_lag", "potentiate"}, {"brian2", "pairing", "all_to_all"},
                                              {"spynnaker", "zero_lag", "none"},    {"spynnaker", "pairing", "all_to_all"}};

inline constexpr Quantity pre_trace{"x", "", 0, 0, unbounded, false, "presynaptic trace"};
inline constexpr Quantity post_trace{"y", "", 0, 0, unbounded, false, "postsynaptic trace"};
inline constexpr Quantity tau_of_pre{"tau_plus_ms", "ms", 20, 0, unbounded, true, "time constant of the presynaptic trace"};
inline constexpr Quantity tau_of_post{"tau_minus_ms", "ms", 20, 0, unbounded, true, "time constant of the postsynaptic trace"};
inline constexpr Quantity tau_of_both{"tau_ms", "ms", 20, 0, unbounded, true, "time constant of both traces"};

inline double rate_of(double tau_ms, double unit_ms) { return -unit_ms / tau_ms; }
/// What a spike leaves of the old trace: 1 (all_to_all) or 0 (nearest).
inline double kept_by(int pairing) { return pairing == 0 ? 1.0 : 0.0; }

/// x' = -x rate_plus, y' = -y rate_minus (or both with `rate`); a spike of the side raises its trace: x = kept x + 1.
struct PairTraces {
  template <class R>
  struct Pre {
    R x;
  };
  template <class R>
  struct Post {
    R y;
  };
  template <class C>
  SPIKELOOM_INLINE static auto pre_rate(const C& c) {
    if constexpr (requires { c.rate; }) return c.rate;
    else return c.rate_plus;
  }
  template <class C>
  SPIKELOOM_INLINE static auto post_rate(const C& c) {
    if constexpr (requires { c.rate; }) return c.rate;
    else return c.rate_minus;
  }
  template <class R, class C>
  SPIKELOOM_INLINE static void decay(Pre<R>& pre, R elapsed, const C& c) {
    pre.x *= decay_of(elapsed, pre_rate(c));
  }
  template <class R, class C>
  SPIKELOOM_INLINE static void decay(Post<R>& post, R elapsed, const C& c) {
    post.y *= decay_of(elapsed, post_rate(c));
  }
  template <class R, class C>
  SPIKELOOM_INLINE static void raise(Pre<R>& pre, const C& c) {
    pre.x = pre.x * c.kept + R(1);
  }
  template <class R, class C>
  SPIKELOOM_INLINE static void raise(Post<R>& post, const C& c) {
    post.y = post.y * c.kept + R(1);
  }
};

/// Parameters w_min and w_max bound the weight.
struct BoundedWeight {
  template <class P>
  static ParameterFault check(const P& p, const int*) {
    return check_bounds(p.w_min, p.w_max);
  }
  template <class P>
  static void bounds(const P& p, double& low, double& high) {
    low = p.w_min, high = p.w_max;
  }
};

struct PlainSynapse : BoundedWeight {
  template <class R>
  struct Synapse {
    R w;
  };
};

inline constexpr Quantity eligibility_state{"eligibility", "", 0, -unbounded, unbounded, false, "what the signal will act on"};
inline constexpr Quantity gain_of_signal{
    "gain", "", 1, -unbounded, unbounded, false, "factor on the change (per ms of the signal)"};
inline constexpr Quantity baseline_of_signal{
    "baseline", "", 0, -unbounded, unbounded, false, "level of the signal at which nothing changes"};
inline constexpr Quantity low_at_events{
    "w_min", "", -unbounded, -unbounded, unbounded, false, "lower bound, kept at every event of the synapse"};
inline constexpr Quantity high_at_events{
    "w_max", "", unbounded, -unbounded, unbounded, false, "upper bound, kept at every event; none: see w_bound"};

/// c' = -c / tau_e, w' = gain c (m - baseline), m: the signal. Spikes change c alone.
struct EligibleSynapse : BoundedWeight {
  template <class R>
  struct Synapse {
    R w, c;
  };
  /// How the signal's past is weighted, and the level it is measured from.
  template <class P>
  static void memory(const P& p, double& tau_ms, double& baseline) {
    tau_ms = p.tau_e, baseline = p.baseline;
  }
  template <class R, class C>
  SPIKELOOM_INLINE static void advance(Synapse<R>& s, R elapsed, R drive, const C& c) {
    s.w = within(s.w + c.gain * s.c * drive, c.w_min, c.w_max);
    s.c *= decay_of(elapsed, c.rate_e);
  }
};

}  // namespace spikeloom
