// What the library reads off a rule's struct at compile time: its shape, checked with plain messages, and the defaults of
// everything a rule may leave out. models/stdp_pair.hpp is a good example to copy.
//
//   struct MyRule {
//     static constexpr std::string_view name;  std::array parameters, options, presets, states;  RuleTable table();
//     struct Parameters { double ...; };                            one member per row of `parameters`
//     template <class R> struct Pre { R ...; };                     traces of the presynaptic neuron
//     template <class R> struct Post { R ...; };                    of the postsynaptic one
//     template <class R> struct Synapse { R w; ... };               numbers of the synapse, its weight first
//     template <class R> struct Coefficients { R ...; };
//     static Coefficients<double> prepare(const Parameters&, const int* options, double unit_ms);
//     decay(Pre&, elapsed, c), raise(Pre&, c), the same for Post, on_pre<variant>, on_post<variant>
//   };                                                              (verbs SPIKELOOM_INLINE and without branches)
//
// May be left out: variants and variant(options), check, bounds, start, advance, memory, release, changes_weight, post_sees_own.
#pragma once

#include <cstring>
#include <type_traits>

#include "core/kernel.hpp"
#include "core/rule.hpp"

namespace spikeloom {

/// What a rule may leave out.
template <class M>
struct RuleShape {
  template <class T, class Real>
  static constexpr int members = std::is_empty_v<T> ? 0 : static_cast<int>(sizeof(T) / sizeof(Real));
  static constexpr int pre = members<typename M::template Pre<double>, double>;
  static constexpr int post = members<typename M::template Post<double>, double>;
  static constexpr int synapse = members<typename M::template Synapse<double>, double>;
  static constexpr int variants = [] {
    if constexpr (requires { M::variants; }) return static_cast<int>(M::variants);
    else return 1;
  }();
  static constexpr bool advances =
      requires(typename M::template Synapse<float> s, const typename M::template Coefficients<float> c) {
    M::advance(s, 0.0f, 0.0f, c);
  };
  static constexpr bool releases =
      requires(const typename M::template Pre<float> p, const typename M::template Coefficients<float> c) {
    M::release(p, c);
  };
  /// on_post reads the traces of its own side.
  static constexpr bool post_sees_own = [] {
    if constexpr (requires { M::post_sees_own; }) return static_cast<bool>(M::post_sees_own);
    else return false;
  }();
  static constexpr bool changes_weight = [] {
    if constexpr (requires { M::changes_weight; }) return static_cast<bool>(M::changes_weight);
    else return true;
  }();
  static_assert(sizeof(typename M::Parameters) == M::parameters.size() * sizeof(double),
                "struct Parameters must have one double per row of `parameters`, in the same order");
  static_assert(pre <= max_traces && post <= max_traces && synapse <= max_synapse_reals, "too many traces");
  static_assert(static_cast<int>(M::states.size()) == pre + post + synapse - 1,
                "`states` must name the members of Pre, Post and, but for the weight, Synapse");
};

namespace erasure {

template <class T, class Real>
SPIKELOOM_INLINE T load(const Real* numbers) {
  T value{};
  if constexpr (!std::is_empty_v<T>) std::memcpy(&value, numbers, sizeof value);
  return value;
}
template <class T, class Real>
SPIKELOOM_INLINE void store(const T& value, Real* numbers) {
  if constexpr (!std::is_empty_v<T>) std::memcpy(numbers, &value, sizeof value);
}

}  // namespace erasure

}  // namespace spikeloom
