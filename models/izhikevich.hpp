// Izhikevich's cell in its 2003 form: cheap, and with four numbers it spikes, bursts, adapts or resonates.
//
//   v' = q2 v^2 + q1 v + q0 - u + I        u' = a (b v - u)      (with u_shift_mV:  u' = a b (v + u_shift))
//   v at V_peak: spike, v = c, u += d
//
// E. M. Izhikevich, IEEE Trans. Neural Networks 14:1569 (2003); the figures of 15:1063 (2004) use the scheme `published`.
// Time in ms, v in mV, currents in mV/ms. Stepping: models/izhikevich_schemes.hpp; from event to event: izhikevich_exact.hpp.
#pragma once

#include <array>
#include <limits>

#include "models/izhikevich_exact.hpp"
#include "models/izhikevich_schemes.hpp"

namespace spikeloom {

struct Izhikevich {
  static constexpr std::string_view name = "izhikevich";
  static constexpr std::array parameters = {
      Quantity{"a", "1/ms", 0.02, -unbounded, unbounded, false, "rate of recovery"},
      Quantity{"b", "1/ms", 0.2, -unbounded, unbounded, false, "how u follows v"},
      Quantity{"c", "mV", -65, -unbounded, unbounded, false, "v after a spike; below V_peak_mV"},
      Quantity{"d", "mV/ms", 8, -unbounded, unbounded, false, "jump of u at a spike"},
      Quantity{"q2", "1/(mV ms)", 0.04, -unbounded, unbounded, false, "quadratic coefficient of v'"},
      Quantity{"q1", "1/ms", 5, -unbounded, unbounded, false, "linear coefficient of v'"},
      Quantity{"q0", "mV/ms", 140, -unbounded, unbounded, false, "constant of v'"},
      Quantity{"V_peak_mV", "mV", 30, -unbounded, unbounded, false, "where v spikes"},
      Quantity{"v_min_mV", "mV", -unbounded, -unbounded, unbounded, false, "floor of v after every move; none unless given"},
      Quantity{"I_e", "mV/ms", 0, -unbounded, unbounded, false, "constant current"},
      Quantity{"u_shift_mV", "mV", std::numeric_limits<double>::quiet_NaN(), -unbounded, unbounded, false,
               "where given, u' = a b (v + u_shift) replaces a (b v - u)"},
      Quantity{"tau_syn_exc_ms", "ms", 0, 0, unbounded, false, "time constant of excitatory input; 0: a current of one step"},
      Quantity{"tau_syn_inh_ms", "ms", 0, 0, unbounded, false, "time constant of inhibitory input; 0: a current of one step"}};
  static constexpr std::array states = {
      Quantity{"v_mV", "mV", -65, -unbounded, unbounded, false, "membrane potential"},
      Quantity{"u", "mV/ms", -13, -unbounded, unbounded, false, "recovery variable; starts at b v"},
      Quantity{"I_syn_exc", "mV/ms", 0, -unbounded, unbounded, false, "excitatory current (0 where it lasts one step)"},
      Quantity{"I_syn_inh", "mV/ms", 0, -unbounded, unbounded, false, "inhibitory current (0 where it lasts one step)"}};
  static constexpr std::array receptors = {Receptor{"exc", "mV/ms", +1, false, "excitatory current"},
                                           Receptor{"inh", "mV/ms", -1, false, "inhibitory current"},
                                           Receptor{"delta", "mV", 0, false, "jump of v; only by name"}};
  static constexpr ModelTable table() {
    return {.name = name,
            .text = "Izhikevich's quadratic cell with recovery, 2003 form.",
            .equations =
                "v' = q2 v^2 + q1 v + q0 - u + I_syn_exc + I_syn_inh + I\n"
                "u' = a (b v - u), or a b (v + u_shift) where u_shift is given\n"
                "v at V_peak: spike, v = c, u = u + d",
            .reference = "Izhikevich, IEEE Trans. Neural Networks 14:1569 (2003), 15:1063 (2004)",
            .parameters = parameters,
            .states = states,
            .receptors = receptors,
            .schemes = izhikevich::schemes,
            .current_unit = "mV/ms",
            .bias = "I_e",
            .membrane = "v_mV",
            .arrivals = Arrivals::first};
  }

  struct Parameters {
    double a, b, c, d, q2, q1, q0, peak, v_min, I_e, u_shift, tau_exc, tau_inh;
  };
  template <class R>
  struct State {
    R v, u, I_exc, I_inh, now, crossed;
  };
  template <class R>
  struct Coefficients {
    R h, half, q2, q1, q0, u_of_v, u_of_u, u_drift, peak, v_min, c, d, decay_exc, decay_inh, slow_exc, slow_inh;
  };

  static constexpr int variants = izhikevich::variants;
  static int variant(int scheme, const Parameters& p, const State<double>& start) {
    const bool one_step = p.tau_exc == 0.0 && p.tau_inh == 0.0 && start.I_exc == 0.0 && start.I_inh == 0.0;
    return 2 * scheme + (one_step ? 0 : 1);
  }
  static constexpr bool labels_step_start(int variant) { return izhikevich::scheme_of(variant) == izhikevich::published; }
  static constexpr bool inputs_after_onset(int variant) { return izhikevich::scheme_of(variant) == izhikevich::published; }
  static constexpr bool costly(int variant) { return izhikevich::scheme_of(variant) == izhikevich::accurate; }
  static constexpr int merged_receptor(int variant, int receptor) {
    return receptor == 1 && !izhikevich::decaying(variant) ? 0 : receptor;
  }
  static constexpr bool uses_state(int variant, int state) { return state < 2 || izhikevich::decaying(variant); }

  static ParameterFault check(const Parameters& p) {
    if (!(p.c < p.peak)) return {"c", "the reset potential must lie below the peak", "below V_peak_mV"};
    if (!(p.v_min < p.peak)) return {"v_min_mV", "the floor must lie below the peak", "below V_peak_mV"};
    return {};
  }
  static void start(const Parameters& p, State<double>& s) { s.u = p.b * s.v; }

  static Coefficients<double> prepare(int, const Parameters& p, double h) {
    const bool shifted = p.u_shift == p.u_shift;
    return {.h = h,
            .half = 0.5 * h,
            .q2 = p.q2,
            .q1 = p.q1,
            .q0 = p.q0,
            .u_of_v = p.a * p.b,
            .u_of_u = shifted ? 0.0 : p.a,
            .u_drift = shifted ? p.a * p.b * p.u_shift : 0.0,
            .peak = p.peak,
            .v_min = p.v_min,
            .c = p.c,
            .d = p.d,
            .decay_exc = izhikevich::decay(p.tau_exc, h),
            .decay_inh = izhikevich::decay(p.tau_inh, h),
            .slow_exc = izhikevich::slowness(p.tau_exc),
            .slow_inh = izhikevich::slowness(p.tau_inh)};
  }

  template <class R>
  SPIKELOOM_INLINE static R rate_v(const Coefficients<R>& c, R v, R u, R I) {
    return (c.q2 * v + c.q1) * v + (c.q0 - u + I);
  }
  template <class R>
  SPIKELOOM_INLINE static R rate_u(const Coefficients<R>& c, R v, R u) {
    return c.u_of_v * v - c.u_of_u * u + c.u_drift;
  }
  template <class R>
  SPIKELOOM_INLINE static R floor(const Coefficients<R>& c, R v) {
    return v < c.v_min ? c.v_min : v;  // a NaN stays one
  }

  template <int Variant, class R>
  SPIKELOOM_INLINE static void receive(State<R>& s, const Coefficients<R>& c, const R* input) {
    izhikevich::receive<Variant>(s, c, input);
    s.v += input[2];
  }
  template <int Variant, class R>
  SPIKELOOM_INLINE static void advance(State<R>& s, const Coefficients<R>& c, R current) {
    izhikevich::advance<Izhikevich, Variant, R>(s, c, current);
  }
  template <int Variant, class R>
  SPIKELOOM_INLINE static bool fire(State<R>& s, const Coefficients<R>& c) {
    return izhikevich::fire<Variant, R>(s, c);
  }

  struct Exact : izhikevich::ExactVerbs<State<double>> {
    static Coefficients prepare(int, const Parameters& p, double tolerance_ms) {
      const auto c = Izhikevich::prepare(0, p, 1);
      return {.flow = {.q2 = c.q2,
                       .q1 = c.q1,
                       .q0 = c.q0,
                       .per_C = 1,
                       .u_of_v = c.u_of_v,
                       .u_of_u = c.u_of_u,
                       .u_drift = c.u_drift,
                       .slow_exc = c.slow_exc,
                       .slow_inh = c.slow_inh},
              .peak = p.peak,
              .c = p.c,
              .d = p.d,
              .error = integration::series_error_mV(tolerance_ms)};
    }
    static ParameterFault check(const Parameters& p, std::uint32_t receptors) {
      if (p.v_min > -unbounded) return {"v_min_mV", "the potential of an exact cell has no floor", "not given"};
      return ExactVerbs::check(p, receptors);
    }
    template <int Variant>
    static void receive(State<double>& s, const Coefficients& c, const double* input, bool held) {
      ExactVerbs::receive<Variant>(s, c, input, held);
      s.v += input[2];
    }
  };
};

}  // namespace spikeloom
