// Leaky integrate-and-fire whose arrivals jump V itself: the cell of analytical work (Brunel's networks).
//
//   C_m dV/dt = -(C_m / tau_m) (V - E_L) + I        V += w at an arrival
//   V >= V_th: spike, V = V_reset for t_ref
//
// Arrivals within the refractory time are lost; those of the first free step act. Brunel, J. Comput. Neurosci. 8:183 (2000).
#pragma once

#include <array>

#include "models/lif.hpp"
#include "models/lif_exact.hpp"
#include "models/propagators.hpp"

namespace spikeloom {

struct LifDelta {
  static constexpr std::string_view name = "lif_delta";
  static constexpr std::array parameters = {lif::C_m, lif::tau_m, lif::E_L, lif::V_th, lif::V_reset, lif::t_ref, lif::I_e};
  static constexpr std::array states = {lif::V_m, lif::refractory};
  static constexpr std::array receptors = {Receptor{"delta", "mV", 0, false, "jump of V"}};
  static constexpr ModelTable table() {
    return {.name = name,
            .text = "Leaky integrate-and-fire, arrivals jump V, exact integration.",
            .equations =
                "C_m V' = -(C_m/tau_m) (V - E_L) + I; an arrival adds its weight to V (lost while refractory)\n"
                "V >= V_th: spike, V = V_reset for t_ref",
            .reference = "Brunel, J. Comput. Neurosci. 8:183 (2000)",
            .parameters = parameters,
            .states = states,
            .receptors = receptors,
            .schemes = {},
            .current_unit = "pA",
            .bias = "I_e_pA",
            .membrane = "V_m_mV"};
  }

  struct Parameters {
    double C_m, tau_m, E_L, V_th, V_reset, t_ref, I_e;
  };
  template <class R>
  struct State {
    R V, refractory;
  };
  template <class R>
  struct Coefficients {
    R E_L, V_th, V_reset, refractory_start, leak, drive;
  };

  static ParameterFault check(const Parameters& p) { return lif::check(p); }
  static void start(const Parameters& p, State<double>& s) { s.V = p.E_L; }
  static Coefficients<double> prepare(int, const Parameters& p, double h) {
    const double leak = math::expm1(-h / p.tau_m);
    return {.E_L = p.E_L,
            .V_th = p.V_th,
            .V_reset = p.V_reset,
            .refractory_start = lif::refractory_start(p.t_ref, h),
            .leak = leak,
            .drive = -leak * (p.tau_m / p.C_m)};
  }

  template <int Variant, class R>
  SPIKELOOM_INLINE static void advance(State<R>& s, const Coefficients<R>& c, R current) {
    lif::move(s, c, s.V + (c.leak * (s.V - c.E_L) + c.drive * current));
  }
  template <int Variant, class R>
  SPIKELOOM_INLINE static void receive(State<R>& s, const Coefficients<R>&, const R* input) {
    s.V = s.refractory > R(0) ? s.V : s.V + input[0];
  }
  template <int Variant, class R>
  SPIKELOOM_INLINE static bool fire(State<R>& s, const Coefficients<R>& c) {
    return lif::fire<R>(s, c);
  }

  struct Exact {
    using Coefficients = lif_exact::Membrane;
    static constexpr int refractory_state = 1;
    static Coefficients prepare(int, const Parameters& p, double) {
      return lif_exact::membrane(p.C_m, p.tau_m, p.E_L, p.V_th, p.V_reset);
    }
    static double refractory_ms(const Parameters& p) { return p.t_ref; }

    template <int Variant>
    static void advance(State<double>& s, const Coefficients& c, const CellCurrent& current, bool held, double dt) {
      if (!held) s.V += math::expm1(-dt / c.tau_m) * (s.V - (c.E_L + c.resistance * current.value));
    }
    template <int Variant>
    static Ahead next(const State<double>& s, const Coefficients& c, const CellCurrent& current, double) {
      const double rise = c.E_L + c.resistance * current.value - c.V_th;
      return rise > 0 ? Ahead{c.tau_m * math::log1p((c.V_th - s.V) / rise), Ahead::spikes} : Ahead{};
    }
    template <int Variant>
    static void receive(State<double>& s, const Coefficients&, const double* input, bool held) {
      if (!held) s.V += input[0];
    }
    static bool reached(const State<double>& s, const Coefficients& c) { return s.V >= c.V_th; }
    static void reset(State<double>& s, const Coefficients& c) { s.V = c.V_reset; }
  };
};

}  // namespace spikeloom
