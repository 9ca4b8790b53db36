// Leaky integrate-and-fire with exponentially decaying synaptic conductances, where inhibition can shunt.
//
//   C_m dV/dt = -g_L (V - E_L) - g_exc (V - E_exc) - g_inh (V - E_inh) + I
//   dg_s/dt = -g_s / tau_s,  g_s += w at an arrival;  tau_m = C_m / g_L
//   V >= V_th: spike, V = V_reset for t_ref
//
// The conductances are exact. V moves by the exact solution under their mean over the step: the exponent is then exact, and
// the error of V is of second order in the step. From event to event V is a Taylor series. Equations as in Brette et al., J.
// Comput. Neurosci. 23:349 (2007), COBA.
#pragma once

#include <array>

#include "models/conductance_flow.hpp"
#include "models/integration.hpp"
#include "models/lif.hpp"
#include "models/propagators.hpp"

namespace spikeloom {

struct LifCondExp {
  static constexpr std::string_view name = "lif_cond_exp";
  static constexpr std::array parameters = {
      lif::C_m,
      Quantity{"tau_m_ms", "ms", 10, 0, unbounded, true,
               "membrane time constant; follows from g_L_nS where that is given instead"},
      Quantity{"g_L_nS", "nS", 25, 0, unbounded, true, "leak conductance; C_m_pF / tau_m_ms where it is not given"},
      lif::E_L,
      lif::V_th,
      lif::V_reset,
      lif::t_ref,
      lif::I_e,
      Quantity{"E_exc_mV", "mV", 0, -unbounded, unbounded, false, "reversal potential of excitation"},
      Quantity{"E_inh_mV", "mV", -80, -unbounded, unbounded, false, "reversal potential of inhibition"},
      lif::tau_syn_exc,
      lif::tau_syn_inh};
  static constexpr std::array states = {lif::V_m, Quantity{"g_exc_nS", "nS", 0, 0, unbounded, false, "excitatory conductance"},
                                        Quantity{"g_inh_nS", "nS", 0, 0, unbounded, false, "inhibitory conductance"},
                                        lif::refractory};
  static constexpr std::array receptors = {
      Receptor{"exc", "nS", +1, true, "excitatory conductance"},
      Receptor{"inh", "nS", -1, true, "inhibitory conductance; its weights are positive, so name it"}};
  static constexpr ModelTable table() {
    return {.name = name,
            .text = "Leaky integrate-and-fire, exponential synaptic conductances, second order in the step.",
            .equations =
                "C_m V' = -g_L (V - E_L) - g_exc (V - E_exc) - g_inh (V - E_inh) + I\n"
                "g_s' = -g_s/tau_syn_s; an arrival adds its weight to g_s\n"
                "V >= V_th: spike, V = V_reset for t_ref",
            .reference = "Brette et al., J. Comput. Neurosci. 23:349 (2007)",
            .parameters = parameters,
            .states = states,
            .receptors = receptors,
            .schemes = {},
            .current_unit = "pA",
            .bias = "I_e_pA",
            .membrane = "V_m_mV",
            .arrivals = Arrivals::last,
            .fire_sees_arrivals = false};
  }

  struct Parameters {
    double C_m, tau_m, g_L, E_L, V_th, V_reset, t_ref, I_e, E_exc, E_inh, tau_exc, tau_inh;
  };
  template <class R>
  struct State {
    R V, g_exc, g_inh, refractory;
  };
  template <class R>
  struct Coefficients {
    R g_L, E_L, E_exc, E_inh, V_th, V_reset, refractory_start, step_per_C, mean_exc, mean_inh, decay_exc, decay_inh;
  };

  static ParameterFault complete(const bool* given, Parameters& p) {
    constexpr int tau_m = 1, g_L = 2;
    if (given[tau_m] && given[g_L] && __builtin_fabs(p.g_L * p.tau_m - p.C_m) > 1e-9 * p.C_m)
      return {"g_L_nS", "only one of tau_m_ms and g_L_nS can be chosen, as tau_m = C_m / g_L", "C_m_pF / tau_m_ms"};
    if (given[g_L]) p.tau_m = p.C_m / p.g_L;
    else p.g_L = p.C_m / p.tau_m;
    return {};
  }
  static ParameterFault check(const Parameters& p) { return lif::check(p); }
  static void start(const Parameters& p, State<double>& s) { s.V = p.E_L; }

  static Coefficients<double> prepare(int, const Parameters& p, double h) {
    return {.g_L = p.g_L,
            .E_L = p.E_L,
            .E_exc = p.E_exc,
            .E_inh = p.E_inh,
            .V_th = p.V_th,
            .V_reset = p.V_reset,
            .refractory_start = lif::refractory_start(p.t_ref, h),
            .step_per_C = h / p.C_m,
            .mean_exc = exp_mean(h / p.tau_exc),
            .mean_inh = exp_mean(h / p.tau_inh),
            .decay_exc = math::exp(-h / p.tau_exc),
            .decay_inh = math::exp(-h / p.tau_inh)};
  }

  template <int Variant, class R>
  SPIKELOOM_INLINE static void advance(State<R>& s, const Coefficients<R>& c, R current) {
    const R g_exc = c.mean_exc * s.g_exc, g_inh = c.mean_inh * s.g_inh;
    const R total = c.g_L + g_exc + g_inh;
    const R pull = c.g_L * (c.E_L - s.V) + g_exc * (c.E_exc - s.V) + g_inh * (c.E_inh - s.V) + current;
    const R share = -math::expm1(-(c.step_per_C * total));  // of the way to the potential where all balances
    s.g_exc *= c.decay_exc;
    s.g_inh *= c.decay_inh;
    lif::move(s, c, s.V + pull * (share / total));
  }
  template <int Variant, class R>
  SPIKELOOM_INLINE static void receive(State<R>& s, const Coefficients<R>&, const R* input) {
    s.g_exc += input[0];
    s.g_inh += input[1];
  }
  template <int Variant, class R>
  SPIKELOOM_INLINE static bool fire(State<R>& s, const Coefficients<R>& c) {
    return lif::fire<R>(s, c);
  }

  struct Exact {
    struct Coefficients {
      conductance::Flow flow;
      double V_th, V_reset, error;
    };
    static constexpr bool takes_slopes = true;
    static constexpr int refractory_state = 3;
    static double refractory_ms(const Parameters& p) { return p.t_ref; }

    static Coefficients prepare(int, const Parameters& p, double tolerance_ms) {
      return {.flow = {.per_C = 1 / p.C_m,
                       .g_L = p.g_L,
                       .E_L = p.E_L,
                       .E_exc = p.E_exc,
                       .E_inh = p.E_inh,
                       .slow_exc = 1 / p.tau_exc,
                       .slow_inh = 1 / p.tau_inh},
              .V_th = p.V_th,
              .V_reset = p.V_reset,
              .error = integration::series_error_mV(tolerance_ms)};
    }
    static math::Taylor course(const State<double>& s, const Coefficients& c, const CellCurrent& current) {
      return conductance::course_from(c.flow, s.V, s.g_exc, s.g_inh, current.value, current.slope);
    }

    template <int Variant>
    static void advance(State<double>& s, const Coefficients& c, const CellCurrent& current, bool held, double dt) {
      if (!held) s.V = course(s, c, current).at(dt);
      s.g_exc *= math::exp(-c.flow.slow_exc * dt);
      s.g_inh *= math::exp(-c.flow.slow_inh * dt);
    }
    template <int Variant>
    static Ahead next(const State<double>& s, const Coefficients& c, const CellCurrent& current, double) {
      return integration::ahead_of(course(s, c, current), c.V_th, c.error);
    }
    template <int Variant>
    static void receive(State<double>& s, const Coefficients&, const double* input, bool) {
      s.g_exc += input[0];
      s.g_inh += input[1];
    }
    static bool reached(const State<double>& s, const Coefficients& c) { return s.V >= c.V_th; }
    static void reset(State<double>& s, const Coefficients& c) { s.V = c.V_reset; }
  };
};

}  // namespace spikeloom
