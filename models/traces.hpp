// What the rules share: exponential traces of spikes, bounds, and the power that weight dependences need.
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

inline double rate_of(double tau_ms, double unit_ms) { return -unit_ms / tau_ms; }
/// What a spike leaves of the old trace: 1 (all_to_all) or 0 (nearest).
inline double kept_by(int pairing) { return pairing == 0 ? 1.0 : 0.0; }

}  // namespace spikeloom
