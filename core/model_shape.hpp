// What the library reads off a model's struct at compile time: its shape, checked with plain messages, and the defaults of
// everything a model may leave out. models/lif_exp.hpp is a good example to copy.
//
//   struct MyNeuron {
//     static constexpr std::string_view name = "my_neuron";
//     static constexpr std::array parameters = {Quantity{...}, ...};     and likewise states, receptors (Receptor)
//     static constexpr ModelTable table() { ... }
//     struct Parameters { double tau_m, ...; };                          one member per row of the table, same order
//     template <class R> struct State { R V, ...; };                     likewise; more members are scratch of one step
//     template <class R> struct Coefficients { R decay, ...; };          whatever a step needs
//     static Coefficients<double> prepare(int variant, const Parameters&, double step_ms);
//     template <int Variant, class R> static void advance(State<R>&, const Coefficients<R>&, R current);
//     template <int Variant, class R> static void receive(State<R>&, const Coefficients<R>&, const R* input);
//     template <int Variant, class R> static bool fire(State<R>&, const Coefficients<R>&);
//   };                                                                   (the three verbs SPIKELOOM_INLINE, without branches)
//
// May be left out (defaults below): variants, variant(), labels_step_start(), inputs_after_onset(), uses_state(), costly(),
// merged_receptor(), complete(), check(), start(), and Exact, how the cell lives between events (core/exact_erasure.hpp).
#pragma once

#include <array>
#include <concepts>
#include <cstddef>
#include <string_view>
#include <type_traits>

#include "core/kernel.hpp"
#include "core/model.hpp"

namespace spikeloom {

template <class M>
struct ModelShape {
  /// Number of members of T, all of which are Real.
  template <class T, class Real>
  static constexpr std::size_t members = sizeof(T) / sizeof(Real);

  static_assert(
      requires {
        { M::name } -> std::convertible_to<std::string_view>;
      },
      "a model needs `static constexpr std::string_view name`");
  static_assert(
      requires {
        M::parameters.size();
        M::states.size();
        M::receptors.size();
      },
      "a model needs std::arrays `parameters`, `states` (of Quantity) and `receptors` (of Receptor)");
  static_assert(
      requires {
        { M::table() } -> std::same_as<ModelTable>;
      },
      "a model needs `static constexpr ModelTable table()`");
  static_assert(sizeof(typename M::Parameters) == M::parameters.size() * sizeof(double),
                "struct Parameters must have one double per row of `parameters`, in the same order");
  static_assert(sizeof(typename M::template State<double>) >= M::states.size() * sizeof(double) &&
                    sizeof(typename M::template State<float>) * 2 == sizeof(typename M::template State<double>),
                "State<R> must have one R per row of `states`, in the same order (then, if needed, scratch members of type R)");
  static_assert(sizeof(typename M::template Coefficients<float>) * 2 == sizeof(typename M::template Coefficients<double>),
                "all members of Coefficients<R> must be of type R");
  static_assert(std::is_trivially_copyable_v<typename M::Parameters> &&
                    std::is_trivially_copyable_v<typename M::template State<double>> &&
                    std::is_trivially_copyable_v<typename M::template Coefficients<double>>,
                "Parameters, State and Coefficients must be plain structs of numbers");

  static constexpr bool has(const auto& rows, std::string_view row) {
    for (const auto& candidate : rows)
      if (candidate.name == row) return true;
    return false;
  }
  static_assert(M::table().name == M::name, "table().name must be the model's `name`");
  static_assert(M::table().parameters.size() == M::parameters.size() && M::table().states.size() == M::states.size() &&
                    M::table().receptors.size() == M::receptors.size(),
                "table() must hand out `parameters`, `states` and `receptors`");
  static_assert(M::receptors.size() <= 32, "a model may have up to 32 receptors");
  static_assert(M::table().bias.empty() || has(M::parameters, M::table().bias),
                "table().bias must name a parameter (or be empty)");
  static_assert(has(M::states, M::table().membrane), "table().membrane must name a state");

  static constexpr int variants = [] {
    if constexpr (requires { M::variants; }) return static_cast<int>(M::variants);
    else return 1;
  }();
  static_assert(variants >= 1 && variants <= max_variants, "a model may have 1 to 8 variants");
  static_assert(
      variants == 1 || requires { &M::variant; },
      "a model with variants needs `static int variant(int scheme, const Parameters&, const State<double>& start)`");

  static constexpr bool labels_step_start(int variant) {
    if constexpr (requires { M::labels_step_start(variant); }) return M::labels_step_start(variant);
    else return false;
  }
  static constexpr bool inputs_after_onset(int variant) {
    if constexpr (requires { M::inputs_after_onset(variant); }) return M::inputs_after_onset(variant);
    else return false;
  }
  static constexpr bool uses_state(int variant, int state) {
    if constexpr (requires { M::uses_state(variant, state); }) return M::uses_state(variant, state);
    else return true;
  }
  /// A step so long that loading its coefficients does not count: no loop of its own for cells that share them.
  static constexpr bool costly(int variant) {
    if constexpr (requires { M::costly(variant); }) return M::costly(variant);
    else return false;
  }
  static constexpr int merged_receptor(int variant, int receptor) {
    if constexpr (requires { M::merged_receptor(variant, receptor); }) return M::merged_receptor(variant, receptor);
    else return receptor;
  }

  /// One step of one cell: the only place where the order of the verbs is decided.
  template <int Variant, class State, class Coefficients, class R>
  SPIKELOOM_INLINE static bool step(State& cell, const Coefficients& coefficients, const R* input, R current) {
    if constexpr (M::table().arrivals == Arrivals::first) {
      M::template receive<Variant, R>(cell, coefficients, input);
      M::template advance<Variant, R>(cell, coefficients, current);
    } else {
      M::template advance<Variant, R>(cell, coefficients, current);
      M::template receive<Variant, R>(cell, coefficients, input);
    }
    return M::template fire<Variant, R>(cell, coefficients);
  }
};

}  // namespace spikeloom
