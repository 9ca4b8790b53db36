// The smooth motion of an Izhikevich cell between events, in both of its forms, as Taylor series.
//
//   v' = q2 v^2 + q1 v + q0 + per_C (I(t) + e + i - u)      u' = u_of_v v - u_of_u u + u_drift
//   e' = -slow_exc e    i' = -slow_inh i                    I(t) a straight line
#pragma once

#include "core/math/taylor.hpp"
#include "core/model.hpp"

namespace spikeloom::izhikevich {

struct Flow {
  double q2, q1, q0, per_C, u_of_v, u_of_u, u_drift, slow_exc, slow_inh;
};

/// The states that move.
struct Place {
  double v, u, e, i;
};

struct Course {
  math::Taylor v, u;
};

/// Around `place`, under the current I(t) = value + slope t.
Course course_from(const Flow& flow, const Place& place, double value, double slope);

}  // namespace spikeloom::izhikevich
