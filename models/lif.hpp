// What the leaky integrate-and-fire models share: rows of their tables, checks, and the refractory countdown.
//
// Refractoriness is a state: steps left, set to n_ref + 1 by a spike (n_ref = t_ref in steps, nearest) and counted down at
// the start of each step. While it is above 0 the cell is held at V_reset, so after a spike of step n the values of steps
// n .. n + n_ref are V_reset and step n + n_ref + 1 is free again.
#pragma once

#include <concepts>

#include "core/model.hpp"

namespace spikeloom::lif {

inline constexpr Quantity C_m{"C_m_pF", "pF", 250, 0, unbounded, true, "membrane capacitance"};
inline constexpr Quantity tau_m{"tau_m_ms", "ms", 10, 0, unbounded, true, "membrane time constant"};
inline constexpr Quantity E_L{"E_L_mV", "mV", -70, -unbounded, unbounded, false, "resting potential"};
inline constexpr Quantity V_th{"V_th_mV", "mV", -55, -unbounded, unbounded, false, "threshold"};
inline constexpr Quantity V_reset{
    "V_reset_mV", "mV", -70, -unbounded, unbounded, false, "potential after a spike; below V_th_mV"};
inline constexpr Quantity t_ref{"t_ref_ms", "ms", 2, 0, 1e5, false, "refractory time; when stepped rounded to the nearest step"};
inline constexpr Quantity I_e{"I_e_pA", "pA", 0, -unbounded, unbounded, false, "constant current"};
inline constexpr Quantity tau_syn_exc{"tau_syn_exc_ms", "ms", 2, 0, unbounded, true, "time constant of excitatory input"};
inline constexpr Quantity tau_syn_inh{"tau_syn_inh_ms", "ms", 2, 0, unbounded, true, "time constant of inhibitory input"};

inline constexpr Quantity V_m{"V_m_mV", "mV", -70, -unbounded, unbounded, false, "membrane potential; starts at E_L_mV"};
inline constexpr Quantity refractory{
    "refractory_steps", "steps", 0, 0, 1 << 24, false, "steps left of the refractory time, plus one"};

inline constexpr Receptor exc_current{"exc", "pA", +1, false, "excitatory current"};
inline constexpr Receptor inh_current{"inh", "pA", -1, false, "inhibitory current"};

template <class Parameters>
ParameterFault check(const Parameters& p) {
  if (p.V_reset < p.V_th) return {};
  return {"V_reset_mV", "the reset potential must lie below the threshold", "below V_th_mV"};
}

/// n_ref + 1. Halves go up; the slack takes t_ref / h as its decimals say, not as binary rounds them.
inline double refractory_start(double t_ref_ms, double step_ms) {
  const double steps = t_ref_ms / step_ms;
  return __builtin_floor(steps + 0.5 + 1e-9 + steps * 0x1p-50) + 1.0;
}

/// Counts the refractory time down and moves V to `moved`, or holds it at the reset.
template <class State, class Coefficients, std::floating_point R>
SPIKELOOM_INLINE void move(State& s, const Coefficients& c, R moved) {
  const R left = s.refractory > R(0) ? s.refractory - R(1) : R(0);
  s.refractory = left;
  s.V = left > R(0) ? c.V_reset : moved;
}

template <class R, class State, class Coefficients>
SPIKELOOM_INLINE bool fire(State& s, const Coefficients& c) {
  // A threshold lowered below V_reset must not make a held cell fire. (Two selects: `&` of bools stays scalar in GCC 12.)
  const R seen = s.refractory > R(0) ? -static_cast<R>(__builtin_huge_val()) : s.V;
  const bool spike = seen >= c.V_th;
  s.V = spike ? c.V_reset : s.V;
  s.refractory = spike ? c.refractory_start : s.refractory;
  return spike;
}

}  // namespace spikeloom::lif
