// Turns a rule's struct (core/rule_shape.hpp says what it looks like) into the PlasticityRule that everybody else handles.
#pragma once

#include <cstring>
#include <type_traits>
#include <utility>

#include "core/delay_rule.hpp"
#include "core/model_erasure.hpp"
#include "core/rule.hpp"
#include "core/rule_kernel.hpp"
#include "core/rule_shape.hpp"

namespace spikeloom {

namespace erasure {

template <class M>
inline constexpr RuleTable rule_table = M::table();

/// One verb on one side's traces: loaded, changed, stored.
template <class T, class Real, class Change>
SPIKELOOM_INLINE void change(Real* numbers, Change&& verb) {
  T value = load<T>(numbers);
  verb(value);
  store(value, numbers);
}

template <class M, class Real, class Isa>
struct Verbs {
  using Pre = typename M::template Pre<Real>;
  using Post = typename M::template Post<Real>;
  using Synapse = typename M::template Synapse<Real>;
  using C = typename M::template Coefficients<Real>;

  static void decay_pre(Real* pre, Real elapsed, const Real* c) {
    change<Pre>(pre, [&](Pre& p) { M::decay(p, elapsed, load<C>(c)); });
  }
  static void raise_pre(Real* pre, const Real* c) {
    change<Pre>(pre, [&](Pre& p) { M::raise(p, load<C>(c)); });
  }
  static void decay_post(Real* post, Real elapsed, const Real* c) {
    change<Post>(post, [&](Post& p) { M::decay(p, elapsed, load<C>(c)); });
  }
  static void raise_post(Real* post, const Real* c) {
    change<Post>(post, [&](Post& p) { M::raise(p, load<C>(c)); });
  }
  static void advance(Real* synapse, Real elapsed, Real drive, const Real* c) {
    if constexpr (RuleShape<M>::advances)
      change<Synapse>(synapse, [&](Synapse& s) { M::advance(s, elapsed, drive, load<C>(c)); });
  }
  template <class Verb>
  static void of_variant(int variant, Verb&& verb) {
    [&]<int... v>(std::integer_sequence<int, v...>) { ((variant == v ? verb(std::integral_constant<int, v>{}) : void()), ...); }
    (std::make_integer_sequence<int, RuleShape<M>::variants>{});
  }
  static void on_pre(int variant, Real* synapse, const Real* own, const Real* seen, const Real* c) {
    of_variant(variant, [&](auto v) {
      change<Synapse>(synapse, [&](Synapse& s) {
        M::template on_pre<decltype(v)::value, Real>(s, load<Pre>(own), load<Post>(seen), load<C>(c));
      });
    });
  }
  static void on_post(int variant, Real* synapse, const Real* seen, const Real* own, const Real* c) {
    of_variant(variant, [&](auto v) {
      change<Synapse>(synapse, [&](Synapse& s) {
        M::template on_post<decltype(v)::value, Real>(s, load<Pre>(seen), load<Post>(own), load<C>(c));
      });
    });
  }
  static Real release(const Real* pre, const Real* c) {
    if constexpr (RuleShape<M>::releases) return M::release(load<Pre>(pre), load<C>(c));
    else return Real(1);
  }
  static RuleVerbs<Real> all() { return {decay_pre, raise_pre, decay_post, raise_post, advance, on_pre, on_post, release}; }
};

}  // namespace erasure

/// The erased form of a rule. Throws Error("unsupported") where the calling file is compiled with contraction.
template <class M>
PlasticityRule describe_rule() {
  using Shape = RuleShape<M>;
  using Isa = erasure::ThisFile;
  if (erasure::contracts<M, Isa>())
    throw Error("unsupported", {},
                "the file that adds the rule \"" + std::string(M::name) +
                    "\" must be compiled with -ffp-contract=off, or runs would not repeat bit for bit");
  PlasticityRule rule;
  rule.table = &erasure::rule_table<M>;
  rule.pre = Shape::pre, rule.post = Shape::post, rule.synapse = Shape::synapse;
  rule.coefficient_count = sizeof(typename M::template Coefficients<double>) / sizeof(double);
  rule.variant_count = Shape::variants;
  rule.changes_weight = Shape::changes_weight;
  rule.scales_release = Shape::releases;
  rule.advances = Shape::advances;
  rule.variant = [](const int* options) {
    if constexpr (requires { M::variant(options); }) return M::variant(options);
    else return 0;
  };
  rule.check = [](const double* parameters, const int* options) -> ParameterFault {
    if constexpr (
        requires { &M::check; } || requires { M::check(erasure::parameters_of<M>(parameters), options); })
      return M::check(erasure::parameters_of<M>(parameters), options);
    else return {};
  };
  rule.prepare = [](const double* parameters, const int* options, double unit_ms, double* coefficients) {
    const auto made = M::prepare(erasure::parameters_of<M>(parameters), options, unit_ms);
    std::memcpy(coefficients, &made, sizeof made);
  };
  rule.start = [](const double* coefficients, double* pre, double* post) {
    typename M::template Pre<double> p{};
    typename M::template Post<double> q{};
    if constexpr (requires { &M::start; }) M::start(p, erasure::load<typename M::template Coefficients<double>>(coefficients));
    erasure::store(p, pre);
    erasure::store(q, post);
  };
  rule.memory = [](const double* parameters, double* tau_ms, double* baseline) {
    *tau_ms = unbounded, *baseline = 0;
    if constexpr (
        requires { &M::memory; } || requires { M::memory(erasure::parameters_of<M>(parameters), *tau_ms, *baseline); })
      M::memory(erasure::parameters_of<M>(parameters), *tau_ms, *baseline);
  };
  rule.bounds = [](const double* parameters, double* low, double* high) {
    *low = -unbounded, *high = unbounded;
    if constexpr (
        requires { &M::bounds; } || requires { M::bounds(erasure::parameters_of<M>(parameters), *low, *high); })
      M::bounds(erasure::parameters_of<M>(parameters), *low, *high);
  };
  rule.kernels = rule_kernels<M, Isa>();
  rule.verbs_float = erasure::Verbs<M, float, Isa>::all();
  rule.verbs_double = erasure::Verbs<M, double, Isa>::all();
  return rule;
}

template <class M>
ModelSet& ModelSet::add_rule() {
  if constexpr (requires { M::moves_delay; }) return add(describe_delay_rule<M>());
  else return add(describe_rule<M>());
}

}  // namespace spikeloom
