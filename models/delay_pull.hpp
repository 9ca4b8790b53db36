// What the rules for delays share: how strongly a pair of spikes pulls, and the bounds.
#pragma once

#include <array>
#include <cmath>

#include "core/math/functions.hpp"
#include "models/traces.hpp"

namespace spikeloom {

namespace delay_pull {

inline constexpr Quantity eta{"eta", "", 0.05, 0, 1, false, "share of what is missing that one pair makes up; 0: nothing moves"};
inline constexpr Quantity tau_ms{"tau_ms",
                                 "ms",
                                 unbounded,
                                 0,
                                 unbounded,
                                 true,
                                 "how the share fades with what is missing, as exp(-|missing| / tau); none: it does not"};
inline constexpr Quantity window_ms{"window_ms", "ms", 20, 0, unbounded, true, "where more than this is missing nothing moves"};
inline constexpr Quantity lead_ms{
    "lead_ms", "ms", 0, -unbounded, unbounded, false, "how long before the postsynaptic spike a spike should arrive"};
inline constexpr Quantity d_min_ms{"d_min_ms",
                                   "ms",
                                   std::numeric_limits<double>::quiet_NaN(),
                                   0,
                                   unbounded,
                                   true,
                                   "lower bound of the delay, a step at least; must be given"};
inline constexpr Quantity d_max_ms{"d_max_ms", "ms", std::numeric_limits<double>::quiet_NaN(), 0,
                                   unbounded,  true, "upper bound of the delay; must be given"};
inline constexpr Quantity delay_state{"delay_ms", "ms", 0, 0, unbounded, true, "delay of the next spike to leave"};

/// What the pull needs, in ms; rate = 1 / tau.
struct Coefficients {
  double eta, rate, window, lead;
};

/// The change that one pair asks for.
inline double of(double late_ms, const Coefficients& c) {
  const double missing = late_ms - c.lead, size = std::fabs(missing);
  if (size > c.window) return 0;
  return c.eta * missing * math::exp(-size * c.rate);
}

inline ParameterFault check_bounds(double d_min, double d_max) {
  if (std::isnan(d_min)) return {"d_min_ms", "a delay moves inside bounds, and the lower one is missing", "a number of ms"};
  if (std::isnan(d_max)) return {"d_max_ms", "a delay moves inside bounds, and the upper one is missing", "a number of ms"};
  if (d_max < d_min) return {"d_max_ms", "the upper bound lies below the lower one", ">= d_min_ms"};
  return {};
}

}  // namespace delay_pull

}  // namespace spikeloom
