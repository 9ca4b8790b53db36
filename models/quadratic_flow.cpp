// The recurrence of the coefficients: those of v' and u' follow from the lower ones of v and u. v is taken relative to its start,
// so that the square begins with second-order terms and nothing large cancels.
#include "models/quadratic_flow.hpp"

namespace spikeloom::izhikevich {

Course course_from(const Flow& flow, const Place& place, double value, double slope) {
  const double v0 = place.v, pull = 2 * flow.q2 * v0 + flow.q1;
  const math::Taylor e = math::decaying(place.e, flow.slow_exc), i = math::decaying(place.i, flow.slow_inh);
  Course course;
  math::Taylor &x = course.v, &u = course.u;  // x = v - v0
  u.c[0] = place.u;
  for (int n = 0; n < math::Taylor::order; ++n) {
    double rate = flow.per_C * (e.c[n] + i.c[n] - u.c[n]), recovery = flow.u_of_v * x.c[n] - flow.u_of_u * u.c[n];
    if (n == 0) {
      rate += (flow.q2 * v0 + flow.q1) * v0 + flow.q0 + flow.per_C * value;
      recovery += flow.u_of_v * v0 + flow.u_drift;
    }
    if (n == 1) rate += flow.per_C * slope;
    x.c[n + 1] = (rate + pull * x.c[n] + flow.q2 * math::product_coefficient(x, x, n)) / (n + 1);
    u.c[n + 1] = recovery / (n + 1);
  }
  x.c[0] = v0;
  return course;
}

}  // namespace spikeloom::izhikevich
