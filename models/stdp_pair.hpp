// Pair STDP: every pair of a pre- and a postsynaptic spike changes the weight by its exponential window.
//
//   x' = -x / tau_plus, a presynaptic spike raises x;   y' = -y / tau_minus, a postsynaptic spike raises y
//   post spike: w += D_plus(w) x        pre spike: w += D_minus(w) y        then w stays within [w_min, w_max]
//
// Guetig, Aharonov, Rotter and Sompolinsky 2003, J Neurosci 23:3697; Morrison, Aertsen and Diesmann 2007, Neural Comput 19:1437
// (power law); Morrison, Diesmann and Gerstner 2008, Biol Cybern 98:459 (pairings).
#pragma once

#include <array>
#include <cmath>

#include "models/traces.hpp"

namespace spikeloom {

struct StdpPair : PairTraces, PlainSynapse {
  static constexpr std::string_view name = "stdp_pair";
  static constexpr double missing = std::numeric_limits<double>::quiet_NaN();
  static constexpr std::array parameters = {
      Quantity{"A_plus", "", missing, -unbounded, unbounded, false, "amplitude of a post spike (additive, multiplicative)"},
      Quantity{"A_minus", "", missing, -unbounded, unbounded, false,
               "amplitude of a pre spike, signed: negative depresses (additive, multiplicative)"},
      Quantity{"lambda", "", missing, -unbounded, unbounded, false, "learning rate (guetig, power_law)"},
      Quantity{"alpha", "", missing, -unbounded, unbounded, false, "depression in units of lambda (guetig, power_law)"},
      Quantity{"mu", "", missing, 0, unbounded, false, "exponent of the weight in potentiation (power_law)"},
      Quantity{"mu_plus", "", missing, 0, unbounded, false, "exponent of 1 - w / w_max in potentiation (guetig)"},
      Quantity{"mu_minus", "", missing, 0, unbounded, false, "exponent of w / w_max in depression (guetig)"},
      tau_of_pre,
      tau_of_post,
      Quantity{"w_min", "", 0, -unbounded, unbounded, false, "lower bound of the weight, in its own unit"},
      Quantity{"w_max", "", unbounded, -unbounded, unbounded, false, "upper bound of the weight; none: see w_bound"}};
  static constexpr std::string_view dependences[] = {"additive", "multiplicative", "guetig", "power_law"};
  static constexpr std::string_view amplitudes[] = {"absolute", "times_w_max"};
  static constexpr std::array options = {RuleOption{"dependence", dependences, "how D_plus and D_minus depend on the weight"},
                                         pairing_option, zero_lag_option,
                                         RuleOption{"amplitude", amplitudes, "additive amplitudes as given, or times w_max"}};
  static constexpr std::array presets = {
      RulePreset{"nest", "zero_lag", "none"},          RulePreset{"nest", "pairing", "all_to_all"},
      RulePreset{"nest", "amplitude", "times_w_max"},  RulePreset{"brian2", "zero_lag", "potentiate"},
      RulePreset{"brian2", "pairing", "all_to_all"},   RulePreset{"brian2", "amplitude", "absolute"},
      RulePreset{"spynnaker", "zero_lag", "none"},     RulePreset{"spynnaker", "pairing", "all_to_all"},
      RulePreset{"spynnaker", "amplitude", "absolute"}};
  static constexpr std::array states = {pre_trace, post_trace};
  enum Dependence { additive, multiplicative, guetig, power_law };
  static constexpr int variants = 4;
  static int variant(const int* option) { return option[0]; }

  static constexpr RuleTable table() {
    return {.name = name,
            .text = "Pair-based spike-timing-dependent plasticity.",
            .equations =
                "x' = -x / tau_plus, raised by pre spikes; y' = -y / tau_minus, raised by post spikes\n"
                "post spike: w += D_plus(w) x; pre spike: w += D_minus(w) y; w stays within [w_min, w_max]\n"
                "additive: D_plus = A_plus, D_minus = A_minus (both times w_max with \"amplitude\": \"times_w_max\")\n"
                "multiplicative: D_plus = A_plus (w_max - w), D_minus = A_minus (w - w_min)\n"
                "guetig: D_plus = lambda w_max (1 - w/w_max)^mu_plus, D_minus = -alpha lambda w_max (w/w_max)^mu_minus\n"
                "power_law: D_plus = lambda w^mu, D_minus = -alpha lambda w",
            .reference = "Morrison, Diesmann and Gerstner 2008; Guetig and others 2003; Morrison, Aertsen and Diesmann 2007",
            .parameters = parameters,
            .options = options,
            .presets = presets,
            .states = states};
  }

  struct Parameters {
    double A_plus, A_minus, lambda, alpha, mu, mu_plus, mu_minus, tau_plus, tau_minus, w_min, w_max;
  };
  /// up, down: amplitudes as the variant uses them; mu_plus of power_law is its mu.
  template <class R>
  struct Coefficients {
    R rate_plus, rate_minus, kept, up, down, mu_plus, mu_minus, w_min, w_max;
  };

  static ParameterFault check(const Parameters& p, const int* option) {
    const int form = option[0];
    const bool is_linear = form <= multiplicative;
    const struct {
      std::string_view name;
      double value;
      bool belongs;
      const char* to;
    } of_dependences[] = {{"A_plus", p.A_plus, is_linear, "additive or multiplicative"},
                          {"A_minus", p.A_minus, is_linear, "additive or multiplicative"},
                          {"lambda", p.lambda, !is_linear, "guetig or power_law"},
                          {"alpha", p.alpha, !is_linear, "guetig or power_law"},
                          {"mu_plus", p.mu_plus, form == guetig, "guetig"},
                          {"mu_minus", p.mu_minus, form == guetig, "guetig"},
                          {"mu", p.mu, form == power_law, "power_law"}};
    for (const auto& each : of_dependences) {
      const std::string quoted = "\"" + std::string(each.name) + "\"";
      if (each.belongs && std::isnan(each.value)) return {each.name, "this dependence needs " + quoted, "a finite number"};
      if (!each.belongs && !std::isnan(each.value))
        return {each.name, "the dependence " + std::string(dependences[form]) + " has no " + quoted,
                std::string("with the dependence ") + each.to};
    }
    const bool scaled = form == multiplicative || form == guetig || (form == additive && option[3] == 1);
    if (scaled && !std::isfinite(p.w_max)) return {"w_max", "this dependence needs \"w_max\"", "a finite number"};
    if (form == guetig && !(p.w_max > 0)) return {"w_max", "the weight is measured in units of w_max", "> 0"};
    if (form >= guetig && p.w_min < 0) return {"w_min", "powers of the weight need weights that are not negative", ">= 0"};
    return check_bounds(p.w_min, p.w_max);
  }

  static Coefficients<double> prepare(const Parameters& p, const int* option, double unit_ms) {
    Coefficients<double> c{};
    c.rate_plus = rate_of(p.tau_plus, unit_ms), c.rate_minus = rate_of(p.tau_minus, unit_ms);
    c.kept = kept_by(option[1]);
    const double unit = option[0] == guetig || (option[0] == additive && option[3] == 1) ? p.w_max : 1.0;
    if (option[0] <= multiplicative) c.up = p.A_plus * unit, c.down = p.A_minus * unit;
    else c.up = p.lambda * unit, c.down = -p.alpha * p.lambda * unit;
    c.mu_plus = option[0] == power_law ? p.mu : option[0] == guetig ? p.mu_plus : 0;
    c.mu_minus = option[0] == guetig ? p.mu_minus : 0;
    c.w_min = p.w_min, c.w_max = p.w_max;
    return c;
  }

  template <int Variant, class R>
  SPIKELOOM_INLINE static void on_post(Synapse<R>& s, const Pre<R>& seen, const Post<R>&, const Coefficients<R>& c) {
    R up = c.up;
    if constexpr (Variant == multiplicative) up *= c.w_max - s.w;
    if constexpr (Variant == guetig) up *= power_of(R(1) - s.w / c.w_max, c.mu_plus);
    if constexpr (Variant == power_law) up *= power_of(s.w, c.mu_plus);
    s.w = within(s.w + up * seen.x, c.w_min, c.w_max);
  }
  template <int Variant, class R>
  SPIKELOOM_INLINE static void on_pre(Synapse<R>& s, const Pre<R>&, const Post<R>& seen, const Coefficients<R>& c) {
    R down = c.down;
    if constexpr (Variant == multiplicative) down *= s.w - c.w_min;
    if constexpr (Variant == guetig) down *= power_of(s.w / c.w_max, c.mu_minus);
    if constexpr (Variant == power_law) down *= s.w;
    s.w = within(s.w + down * seen.y, c.w_min, c.w_max);
  }
};

}  // namespace spikeloom
