// The recurrence of the coefficients, V taken relative to its start.
#include "models/conductance_flow.hpp"

namespace spikeloom::conductance {

math::Taylor course_from(const Flow& flow, double V0, double e0, double i0, double value, double slope) {
  const math::Taylor e = math::decaying(e0, flow.slow_exc), i = math::decaying(i0, flow.slow_inh);
  math::Taylor total, x;  // all conductances together; x = V - V0
  for (int n = 0; n <= math::Taylor::order; ++n) total.c[n] = e.c[n] + i.c[n];
  total.c[0] += flow.g_L;
  for (int n = 0; n < math::Taylor::order; ++n) {
    double pull = e.c[n] * (flow.E_exc - V0) + i.c[n] * (flow.E_inh - V0);
    if (n == 0) pull += flow.g_L * (flow.E_L - V0) + value;
    if (n == 1) pull += slope;
    x.c[n + 1] = flow.per_C * (pull - math::product_coefficient(total, x, n)) / (n + 1);
  }
  x.c[0] = V0;
  return x;
}

}  // namespace spikeloom::conductance
