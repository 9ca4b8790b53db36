// How both forms of Izhikevich's cell live from event to event: expanded into a Taylor series at every event, and at the end
// of what a series may be trusted for. The peak is found within the series, so a spike is neither missed nor rounded.
#pragma once

#include "core/math/functions.hpp"
#include "models/integration.hpp"
#include "models/quadratic_flow.hpp"

namespace spikeloom::izhikevich {

struct ExactCoefficients {
  Flow flow;
  double peak, c, d, error;
};

/// State: v, u, I_exc, I_inh are its first members.
template <class State>
struct ExactVerbs {
  using Coefficients = ExactCoefficients;
  static constexpr bool takes_slopes = true;

  static Course course(const State& s, const Coefficients& c, const CellCurrent& current) {
    return course_from(c.flow, {s.v, s.u, s.I_exc, s.I_inh}, current.value, current.slope);
  }

  template <int Variant>
  static void advance(State& s, const Coefficients& c, const CellCurrent& current, bool, double dt) {
    const Course ahead = course(s, c, current);
    s = {ahead.v.at(dt), ahead.u.at(dt), s.I_exc * math::exp(-c.flow.slow_exc * dt), s.I_inh * math::exp(-c.flow.slow_inh * dt)};
  }
  template <int Variant>
  static Ahead next(const State& s, const Coefficients& c, const CellCurrent& current, double) {
    return integration::ahead_of(course(s, c, current).v, c.peak, c.error);
  }
  template <int Variant>
  static void receive(State& s, const Coefficients&, const double* input, bool) {
    s.I_exc += input[0];
    s.I_inh += input[1];
  }
  static bool reached(const State& s, const Coefficients& c) { return s.v >= c.peak; }
  static void reset(State& s, const Coefficients& c) {
    s.v = c.c;
    s.u += c.d;
  }

  /// A current that lasts one step means nothing to a cell without steps.
  template <class Parameters>
  static ParameterFault check(const Parameters& p, std::uint32_t receptors) {
    constexpr const char* text = "an exact cell that this input reaches needs a time constant for it";
    if ((receptors & 1u) != 0 && !(p.tau_exc > 0)) return {"tau_syn_exc_ms", text, "above 0"};
    if ((receptors & 2u) != 0 && !(p.tau_inh > 0)) return {"tau_syn_inh_ms", text, "above 0"};
    return {};
  }
};

}  // namespace spikeloom::izhikevich
