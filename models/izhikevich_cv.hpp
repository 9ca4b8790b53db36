// Izhikevich's cell in the form of his book, with capacitance and currents in measurable units.
//
//   C_m v' = k (v - v_r) (v - v_t) - u + I        u' = a (b (v - v_r) - u)
//   v at V_peak: spike, v = c, u += d
//
// E. M. Izhikevich, Dynamical Systems in Neuroscience, MIT Press (2007), chapter 8. Stepping: models/izhikevich_schemes.hpp;
// from event to event: models/izhikevich_exact.hpp.
#pragma once

#include <array>

#include "models/izhikevich_exact.hpp"
#include "models/izhikevich_schemes.hpp"

namespace spikeloom {

struct IzhikevichCv {
  static constexpr std::string_view name = "izhikevich_cv";
  static constexpr std::array parameters = {
      Quantity{"C_m_pF", "pF", 100, 0, unbounded, true, "membrane capacitance"},
      Quantity{"k", "nS/mV", 0.7, -unbounded, unbounded, false, "steepness of the quadratic"},
      Quantity{"v_r_mV", "mV", -60, -unbounded, unbounded, false, "resting potential"},
      Quantity{"v_t_mV", "mV", -40, -unbounded, unbounded, false, "instantaneous threshold"},
      Quantity{"V_peak_mV", "mV", 35, -unbounded, unbounded, false, "where v spikes"},
      Quantity{"a", "1/ms", 0.03, -unbounded, unbounded, false, "rate of recovery"},
      Quantity{"b", "nS", -2, -unbounded, unbounded, false, "how u follows v"},
      Quantity{"c", "mV", -50, -unbounded, unbounded, false, "v after a spike; below V_peak_mV"},
      Quantity{"d", "pA", 100, -unbounded, unbounded, false, "jump of u at a spike"},
      Quantity{"I_e_pA", "pA", 0, -unbounded, unbounded, false, "constant current"},
      Quantity{"tau_syn_exc_ms", "ms", 0, 0, unbounded, false, "time constant of excitatory input; 0: a current of one step"},
      Quantity{"tau_syn_inh_ms", "ms", 0, 0, unbounded, false, "time constant of inhibitory input; 0: a current of one step"}};
  static constexpr std::array states = {
      Quantity{"v_mV", "mV", -60, -unbounded, unbounded, false, "membrane potential; starts at v_r_mV"},
      Quantity{"u", "pA", 0, -unbounded, unbounded, false, "recovery current"},
      Quantity{"I_syn_exc_pA", "pA", 0, -unbounded, unbounded, false, "excitatory current (0 where it lasts one step)"},
      Quantity{"I_syn_inh_pA", "pA", 0, -unbounded, unbounded, false, "inhibitory current (0 where it lasts one step)"}};
  static constexpr std::array receptors = {Receptor{"exc", "pA", +1, false, "excitatory current"},
                                           Receptor{"inh", "pA", -1, false, "inhibitory current"}};
  static constexpr ModelTable table() {
    return {.name = name,
            .text = "Izhikevich's quadratic cell with recovery, with capacitance, in pA and pF.",
            .equations =
                "C_m v' = k (v - v_r) (v - v_t) - u + I_syn_exc + I_syn_inh + I\n"
                "u' = a (b (v - v_r) - u)\n"
                "v at V_peak: spike, v = c, u = u + d",
            .reference = "Izhikevich, Dynamical Systems in Neuroscience, MIT Press (2007), chapter 8",
            .parameters = parameters,
            .states = states,
            .receptors = receptors,
            .schemes = izhikevich::schemes,
            .current_unit = "pA",
            .bias = "I_e_pA",
            .membrane = "v_mV",
            .arrivals = Arrivals::first};
  }

  struct Parameters {
    double C_m, k, v_r, v_t, peak, a, b, c, d, I_e, tau_exc, tau_inh;
  };
  template <class R>
  struct State {
    R v, u, I_exc, I_inh, now, crossed;
  };
  template <class R>
  struct Coefficients {
    R h, half, k, v_r, v_t, per_C, a, b, peak, c, d, decay_exc, decay_inh, slow_exc, slow_inh;
  };

  static constexpr int variants = izhikevich::variants;
  static int variant(int scheme, const Parameters& p, const State<double>& start) {
    const bool one_step = p.tau_exc == 0.0 && p.tau_inh == 0.0 && start.I_exc == 0.0 && start.I_inh == 0.0;
    return 2 * scheme + (one_step ? 0 : 1);
  }
  static constexpr bool labels_step_start(int variant) { return izhikevich::scheme_of(variant) == izhikevich::published; }
  static constexpr bool inputs_after_onset(int variant) { return izhikevich::scheme_of(variant) == izhikevich::published; }
  static constexpr bool costly(int variant) { return izhikevich::scheme_of(variant) == izhikevich::accurate; }
  static constexpr int merged_receptor(int variant, int receptor) { return izhikevich::decaying(variant) ? receptor : 0; }
  static constexpr bool uses_state(int variant, int state) { return state < 2 || izhikevich::decaying(variant); }

  static ParameterFault check(const Parameters& p) {
    if (p.c < p.peak) return {};
    return {"c", "the reset potential must lie below the peak", "below V_peak_mV"};
  }
  static void start(const Parameters& p, State<double>& s) { s.v = p.v_r; }

  static Coefficients<double> prepare(int, const Parameters& p, double h) {
    return {.h = h,
            .half = 0.5 * h,
            .k = p.k,
            .v_r = p.v_r,
            .v_t = p.v_t,
            .per_C = 1.0 / p.C_m,
            .a = p.a,
            .b = p.b,
            .peak = p.peak,
            .c = p.c,
            .d = p.d,
            .decay_exc = izhikevich::decay(p.tau_exc, h),
            .decay_inh = izhikevich::decay(p.tau_inh, h),
            .slow_exc = izhikevich::slowness(p.tau_exc),
            .slow_inh = izhikevich::slowness(p.tau_inh)};
  }

  template <class R>
  SPIKELOOM_INLINE static R rate_v(const Coefficients<R>& c, R v, R u, R I) {
    return (c.k * (v - c.v_r) * (v - c.v_t) - u + I) * c.per_C;
  }
  template <class R>
  SPIKELOOM_INLINE static R rate_u(const Coefficients<R>& c, R v, R u) {
    return c.a * (c.b * (v - c.v_r) - u);
  }
  template <class R>
  SPIKELOOM_INLINE static R floor(const Coefficients<R>&, R v) {
    return v;
  }

  template <int Variant, class R>
  SPIKELOOM_INLINE static void receive(State<R>& s, const Coefficients<R>& c, const R* input) {
    izhikevich::receive<Variant>(s, c, input);
  }
  template <int Variant, class R>
  SPIKELOOM_INLINE static void advance(State<R>& s, const Coefficients<R>& c, R current) {
    izhikevich::advance<IzhikevichCv, Variant, R>(s, c, current);
  }
  template <int Variant, class R>
  SPIKELOOM_INLINE static bool fire(State<R>& s, const Coefficients<R>& c) {
    return izhikevich::fire<Variant, R>(s, c);
  }

  struct Exact : izhikevich::ExactVerbs<State<double>> {
    static Coefficients prepare(int, const Parameters& p, double tolerance_ms) {
      const double steepness = p.k / p.C_m;
      return {.flow = {.q2 = steepness,
                       .q1 = -steepness * (p.v_r + p.v_t),
                       .q0 = steepness * p.v_r * p.v_t,
                       .per_C = 1 / p.C_m,
                       .u_of_v = p.a * p.b,
                       .u_of_u = p.a,
                       .u_drift = -p.a * p.b * p.v_r,
                       .slow_exc = izhikevich::slowness(p.tau_exc),
                       .slow_inh = izhikevich::slowness(p.tau_inh)},
              .peak = p.peak,
              .c = p.c,
              .d = p.d,
              .error = integration::series_error_mV(tolerance_ms)};
    }
  };
};

}  // namespace spikeloom
