// A neuron model defined outside the library: integrate-and-fire whose threshold rises at every spike and relaxes.
//
//   tau_m dV/dt = -V + I           an arrival adds its weight to V
//   tau_th dA/dt = -A              V >= V_th + A: spike, V = 0, A += jump
#pragma once

#include <array>

#include "core/math/functions.hpp"
#include "core/model_erasure.hpp"

struct AdaptiveThreshold {
  static constexpr std::string_view name = "adaptive_threshold";
  static constexpr std::array parameters = {
      spikeloom::Quantity{"tau_m_ms", "ms", 20, 0, spikeloom::unbounded, true, "membrane time constant"},
      spikeloom::Quantity{"V_th_mV", "mV", 15, 0, spikeloom::unbounded, true, "threshold after long silence, above rest"},
      spikeloom::Quantity{"tau_th_ms", "ms", 100, 0, spikeloom::unbounded, true, "time constant of the threshold"},
      spikeloom::Quantity{"jump_mV", "mV", 2, 0, spikeloom::unbounded, false, "rise of the threshold at a spike"},
      spikeloom::Quantity{"I_e_mV", "mV", 0, -spikeloom::unbounded, spikeloom::unbounded, false, "constant drive"}};
  static constexpr std::array states = {
      spikeloom::Quantity{"V_mV", "mV", 0, -spikeloom::unbounded, spikeloom::unbounded, false, "membrane potential above rest"},
      spikeloom::Quantity{"A_mV", "mV", 0, 0, spikeloom::unbounded, false, "threshold above V_th_mV"}};
  static constexpr std::array receptors = {spikeloom::Receptor{"any", "mV", 0, false, "V jumps by the weight"}};
  static constexpr spikeloom::ModelTable table() {
    return {.name = name,
            .text = "Integrate-and-fire with an adaptive threshold.",
            .equations =
                "tau_m V' = -V + I; an arrival adds its weight to V\n"
                "tau_th A' = -A\n"
                "V >= V_th + A: spike, V = 0, A grows by jump",
            .reference = "",
            .parameters = parameters,
            .states = states,
            .receptors = receptors,
            .schemes = {},
            .current_unit = "mV",
            .bias = "I_e_mV",
            .membrane = "V_mV"};
  }

  struct Parameters {
    double tau_m, V_th, tau_th, jump, I_e;
  };
  template <class R>
  struct State {
    R V, A;
  };
  template <class R>
  struct Coefficients {
    R leak, decay, V_th, jump;
  };

  static Coefficients<double> prepare(int, const Parameters& p, double h) {
    using namespace spikeloom;
    return {.leak = math::expm1(-h / p.tau_m), .decay = math::exp(-h / p.tau_th), .V_th = p.V_th, .jump = p.jump};
  }

  template <int Variant, class R>
  SPIKELOOM_INLINE static void advance(State<R>& s, const Coefficients<R>& c, R current) {
    s.V += c.leak * (s.V - current);
    s.A *= c.decay;
  }
  template <int Variant, class R>
  SPIKELOOM_INLINE static void receive(State<R>& s, const Coefficients<R>&, const R* input) {
    s.V += input[0];
  }
  template <int Variant, class R>
  SPIKELOOM_INLINE static bool fire(State<R>& s, const Coefficients<R>& c) {
    const bool spike = s.V >= c.V_th + s.A;
    s.V = spike ? R(0) : s.V;
    s.A = spike ? s.A + c.jump : s.A;
    return spike;
  }
};
