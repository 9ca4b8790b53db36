// The smooth motion of a leaky cell with exponential conductances between events, as a Taylor series.
//
//   C_m V' = g_L (E_L - V) + e (E_exc - V) + i (E_inh - V) + I(t)      e' = -slow_exc e    i' = -slow_inh i    I(t) a straight
//   line
#pragma once

#include "core/math/taylor.hpp"

namespace spikeloom::conductance {

struct Flow {
  double per_C, g_L, E_L, E_exc, E_inh, slow_exc, slow_inh;
};

/// V from V0 and the conductances e and i, under the current I(t) = value + slope t.
math::Taylor course_from(const Flow& flow, double V0, double e, double i, double value, double slope);

}  // namespace spikeloom::conductance
