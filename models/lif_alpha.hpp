// Leaky integrate-and-fire with alpha-shaped synaptic currents, which rise smoothly; the weight is the peak.
//
//   C_m dV/dt = -(C_m / tau_m) (V - E_L) + I_exc + I_inh + I
//   dI_s/dt = (A_s - I_s) / tau_s,  dA_s/dt = -A_s / tau_s,  A_s += e w at an arrival:  I_s = w (e t/tau_s) exp(-t/tau_s)
//   V >= V_th: spike, V = V_reset for t_ref
//
// Exact from step to step (Rotter & Diesmann, Biol. Cybern. 81:381, 1999). With one time constant for both synapses their
// currents are one pair of variables (variant 0).
#pragma once

#include <array>

#include "models/lif.hpp"
#include "models/lif_exact.hpp"
#include "models/propagators.hpp"

namespace spikeloom {

struct LifAlpha {
  static constexpr std::string_view name = "lif_alpha";
  static constexpr std::array parameters = {lif::C_m,   lif::tau_m, lif::E_L,         lif::V_th,       lif::V_reset,
                                            lif::t_ref, lif::I_e,   lif::tau_syn_exc, lif::tau_syn_inh};
  static constexpr std::array states = {
      lif::V_m,
      Quantity{"I_syn_exc_pA", "pA", 0, -unbounded, unbounded, false,
               "excitatory current (all synaptic current where the time constants are equal)"},
      Quantity{"A_syn_exc_pA", "pA", 0, -unbounded, unbounded, false, "what the excitatory current still rises towards"},
      Quantity{"I_syn_inh_pA", "pA", 0, -unbounded, unbounded, false, "inhibitory current"},
      Quantity{"A_syn_inh_pA", "pA", 0, -unbounded, unbounded, false, "what the inhibitory current still rises towards"},
      lif::refractory};
  static constexpr std::array receptors = {lif::exc_current, lif::inh_current};
  static constexpr ModelTable table() {
    return {.name = name,
            .text = "Leaky integrate-and-fire, alpha-shaped synaptic currents, exact integration.",
            .equations =
                "C_m V' = -(C_m/tau_m) (V - E_L) + I_syn_exc + I_syn_inh + I\n"
                "I_syn_s' = (A_syn_s - I_syn_s)/tau_syn_s, A_syn_s' = -A_syn_s/tau_syn_s; an arrival adds e times its "
                "weight to A_syn_s, so the weight is the peak current\n"
                "V >= V_th: spike, V = V_reset for t_ref",
            .reference = "Rotter & Diesmann, Biol. Cybern. 81:381 (1999)",
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
    double C_m, tau_m, E_L, V_th, V_reset, t_ref, I_e, tau_exc, tau_inh;
  };
  template <class R>
  struct State {
    R V, I_exc, A_exc, I_inh, A_inh, refractory;
  };
  template <class R>
  struct Coefficients {
    R E_L, V_th, V_reset, refractory_start, leak, drive;
    R drive_exc, rise_exc, decay_exc, mix_exc, drive_inh, rise_inh, decay_inh, mix_inh;
  };

  static constexpr int one_current = 0, two_currents = 1, variants = 2;
  static int variant(int, const Parameters& p, const State<double>& start) {
    return p.tau_exc == p.tau_inh && start.I_inh == 0.0 && start.A_inh == 0.0 ? one_current : two_currents;
  }
  static constexpr int merged_receptor(int variant, int receptor) { return variant == one_current ? 0 : receptor; }
  static constexpr bool uses_state(int variant, int state) { return variant == two_currents || (state != 3 && state != 4); }

  static ParameterFault check(const Parameters& p) { return lif::check(p); }
  static void start(const Parameters& p, State<double>& s) { s.V = p.E_L; }

  static Coefficients<double> prepare(int, const Parameters& p, double h) {
    const double leak = math::expm1(-h / p.tau_m);
    return {.E_L = p.E_L,
            .V_th = p.V_th,
            .V_reset = p.V_reset,
            .refractory_start = lif::refractory_start(p.t_ref, h),
            .leak = leak,
            .drive = -leak * (p.tau_m / p.C_m),
            .drive_exc = exponential_drive(p.tau_m, p.tau_exc, h) / p.C_m,
            .rise_exc = alpha_drive(p.tau_m, p.tau_exc, h) / p.C_m,
            .decay_exc = math::exp(-h / p.tau_exc),
            .mix_exc = h / p.tau_exc,
            .drive_inh = exponential_drive(p.tau_m, p.tau_inh, h) / p.C_m,
            .rise_inh = alpha_drive(p.tau_m, p.tau_inh, h) / p.C_m,
            .decay_inh = math::exp(-h / p.tau_inh),
            .mix_inh = h / p.tau_inh};
  }

  template <int Variant, class R>
  SPIKELOOM_INLINE static void advance(State<R>& s, const Coefficients<R>& c, R current) {
    R change = c.leak * (s.V - c.E_L) + (c.drive_exc * s.I_exc + c.rise_exc * s.A_exc);
    s.I_exc = c.decay_exc * (s.I_exc + c.mix_exc * s.A_exc);
    s.A_exc *= c.decay_exc;
    if constexpr (Variant == two_currents) {
      change += c.drive_inh * s.I_inh + c.rise_inh * s.A_inh;
      s.I_inh = c.decay_inh * (s.I_inh + c.mix_inh * s.A_inh);
      s.A_inh *= c.decay_inh;
    }
    lif::move(s, c, s.V + (change + c.drive * current));
  }
  template <int Variant, class R>
  SPIKELOOM_INLINE static void receive(State<R>& s, const Coefficients<R>&, const R* input) {
    constexpr R e = R(2.718281828459045235);
    s.A_exc += e * input[0];
    if constexpr (Variant == two_currents) s.A_inh += e * input[1];
  }
  template <int Variant, class R>
  SPIKELOOM_INLINE static bool fire(State<R>& s, const Coefficients<R>& c) {
    return lif::fire<R>(s, c);
  }

  struct Exact {
    struct Coefficients {
      lif_exact::Membrane membrane;
      lif_exact::Synapse exc, inh;
    };
    static constexpr int refractory_state = 5;
    static Coefficients prepare(int, const Parameters& p, double) {
      return {lif_exact::membrane(p.C_m, p.tau_m, p.E_L, p.V_th, p.V_reset), lif_exact::synapse(p.C_m, p.tau_m, p.tau_exc),
              lif_exact::synapse(p.C_m, p.tau_m, p.tau_inh)};
    }
    static double refractory_ms(const Parameters& p) { return p.t_ref; }

    template <int Variant>
    static auto course(const State<double>& s, const Coefficients& c, const CellCurrent& current) {
      const double V_inf = c.membrane.E_L + c.membrane.resistance * current.value;
      if constexpr (Variant == one_current) {
        return lif_exact::Course<true, 1>{c.membrane, {&c.exc}, s.V, V_inf, {s.I_exc}, {s.A_exc}};
      } else {
        const bool swap = c.inh.tau > c.exc.tau;
        return lif_exact::Course<true, 2>{c.membrane,
                                          {swap ? &c.inh : &c.exc, swap ? &c.exc : &c.inh},
                                          s.V,
                                          V_inf,
                                          {swap ? s.I_inh : s.I_exc, swap ? s.I_exc : s.I_inh},
                                          {swap ? s.A_inh : s.A_exc, swap ? s.A_exc : s.A_inh}};
      }
    }
    template <int Variant>
    static void advance(State<double>& s, const Coefficients& c, const CellCurrent& current, bool held, double dt) {
      const auto way = course<Variant>(s, c, current);
      const auto decays = way.decays(dt);
      if (!held) s.V += way.moved(dt, decays);
      const int exc = way.synapse[0] == &c.exc ? 0 : 1;
      decay(s.I_exc, s.A_exc, dt / c.exc.tau, 1 + decays.decay[exc]);
      if constexpr (Variant == two_currents) decay(s.I_inh, s.A_inh, dt / c.inh.tau, 1 + decays.decay[1 - exc]);
    }
    static void decay(double& I, double& A, double scaled, double left) {
      I = left * (I + scaled * A);
      A *= left;
    }
    template <int Variant>
    static Ahead next(const State<double>& s, const Coefficients& c, const CellCurrent& current, double horizon) {
      return lif_exact::next(course<Variant>(s, c, current), horizon);
    }
    template <int Variant>
    static void receive(State<double>& s, const Coefficients&, const double* input, bool) {
      LifAlpha::receive<Variant, double>(s, {}, input);
    }
    static bool reached(const State<double>& s, const Coefficients& c) { return s.V >= c.membrane.V_th; }
    static void reset(State<double>& s, const Coefficients& c) { s.V = c.membrane.V_reset; }
  };
};

}  // namespace spikeloom
