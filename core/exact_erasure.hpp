// Turns the Exact part of a model's struct into the ExactCell that engines handle; core/model.hpp says what the verbs mean.
//
//   struct MyNeuron {
//     ...                                                              (core/model_shape.hpp)
//     struct Exact {
//       struct Coefficients { double ...; };
//       static Coefficients prepare(int variant, const Parameters&, double tolerance_ms);
//       template <int V> static void advance(State<double>&, const Coefficients&, const CellCurrent&, bool held, double dt_ms);
//       template <int V> static Ahead next(const State<double>&, const Coefficients&, const CellCurrent&, double horizon_ms);
//       template <int V> static void receive(State<double>&, const Coefficients&, const double* input, bool held);
//       static bool reached(const State<double>&, const Coefficients&);
//       static void reset(State<double>&, const Coefficients&);
//     };
//   };
//
// May be left out: refractory_ms(const Parameters&) (0), check(const Parameters&, std::uint32_t receptors) (no fault),
// takes_slopes (false), refractory_state (-1).
#pragma once

#include <cstring>
#include <type_traits>
#include <utility>

#include "core/exact_cell.hpp"
#include "core/model_shape.hpp"

namespace spikeloom {
namespace erasure {

template <class M>
struct ExactVerbs {
  using Exact = typename M::Exact;
  using State = typename M::template State<double>;
  using Coefficients = typename Exact::Coefficients;
  static_assert(std::is_trivially_copyable_v<Coefficients> && sizeof(Coefficients) % sizeof(double) == 0,
                "Exact::Coefficients must be a plain struct of doubles");

  static const Coefficients& own(const double* c) { return *reinterpret_cast<const Coefficients*>(c); }

  static State load(const double* states) {
    State state{};
    std::memcpy(&state, states, M::states.size() * sizeof(double));
    return state;
  }
  /// Calls f(state): in place where all members of it are kept, as a copy that is written by members and read whole waits for
  /// every store. Members beyond the states are scratch, and there must be room for them.
  template <class F>
  static void on(double* states, F&& f) {
    if constexpr (sizeof(State) == M::states.size() * sizeof(double)) {
      f(*reinterpret_cast<State*>(states));
    } else {
      State state = load(states);
      f(state);
      std::memcpy(states, &state, M::states.size() * sizeof(double));
    }
  }

  /// Calls f(integral_constant) of the variant.
  template <class F>
  static void with(int variant, F&& f) {
    [&]<int... v>(std::integer_sequence<int, v...>) { ((variant == v ? f(std::integral_constant<int, v>{}) : void()), ...); }
    (std::make_integer_sequence<int, ModelShape<M>::variants>{});
  }

  static void prepare(int variant, const double* parameters, double tolerance_ms, double* coefficients) {
    typename M::Parameters p;
    std::memcpy(&p, parameters, sizeof p);
    const Coefficients made = Exact::prepare(variant, p, tolerance_ms);
    std::memcpy(coefficients, &made, sizeof made);
  }
  static double refractory_ms(const double* parameters) {
    if constexpr (requires(const typename M::Parameters& p) { Exact::refractory_ms(p); }) {
      typename M::Parameters p;
      std::memcpy(&p, parameters, sizeof p);
      return Exact::refractory_ms(p);
    } else {
      return 0;
    }
  }
  static ParameterFault check(const double* parameters, std::uint32_t receptors) {
    if constexpr (requires(const typename M::Parameters& p) { Exact::check(p, receptors); }) {
      typename M::Parameters p;
      std::memcpy(&p, parameters, sizeof p);
      return Exact::check(p, receptors);
    } else {
      return {};
    }
  }
  static void advance(int variant, double* states, const double* c, const CellCurrent& current, bool held, double dt_ms) {
    on(states, [&](State& state) {
      with(variant, [&](auto v) { Exact::template advance<v.value>(state, own(c), current, held, dt_ms); });
    });
  }
  static Ahead next(int variant, const double* states, const double* c, const CellCurrent& current, double horizon_ms) {
    const State state = load(states);
    Ahead ahead;
    with(variant, [&](auto v) { ahead = Exact::template next<v.value>(state, own(c), current, horizon_ms); });
    return ahead;
  }
  static void receive(int variant, double* states, const double* c, const double* input, bool held) {
    on(states,
       [&](State& state) { with(variant, [&](auto v) { Exact::template receive<v.value>(state, own(c), input, held); }); });
  }
  static bool meet(int variant, double* states, const double* c, const CellCurrent& current, double dt_ms, const double* input,
                   double horizon_ms, Ahead& ahead) {
    bool over = false;
    on(states, [&](State& state) {
      with(variant, [&](auto v) {
        if (dt_ms > 0) Exact::template advance<v.value>(state, own(c), current, false, dt_ms);
        Exact::template receive<v.value>(state, own(c), input, false);
        over = Exact::reached(state, own(c));
        if (!over) ahead = Exact::template next<v.value>(state, own(c), current, horizon_ms);
      });
    });
    return over;
  }
  static bool reached(const double* states, const double* c) { return Exact::reached(load(states), own(c)); }
  static void reset(double* states, const double* c) {
    on(states, [&](State& state) { Exact::reset(state, own(c)); });
  }
};

template <class M>
const ExactCell* exact_cell() {
  if constexpr (requires { typename M::Exact; }) {
    using Verbs = ExactVerbs<M>;
    static constexpr ExactCell cell = {.coefficient_count = sizeof(typename M::Exact::Coefficients) / sizeof(double),
                                       .takes_slopes =
                                           [] {
                                             if constexpr (requires { M::Exact::takes_slopes; }) return M::Exact::takes_slopes;
                                             else return false;
                                           }(),
                                       .refractory_state =
                                           [] {
                                             if constexpr (requires { M::Exact::refractory_state; })
                                               return M::Exact::refractory_state;
                                             else return -1;
                                           }(),
                                       .prepare = Verbs::prepare,
                                       .refractory_ms = Verbs::refractory_ms,
                                       .check = Verbs::check,
                                       .advance = Verbs::advance,
                                       .next = Verbs::next,
                                       .receive = Verbs::receive,
                                       .meet = Verbs::meet,
                                       .reached = Verbs::reached,
                                       .reset = Verbs::reset};
    return &cell;
  } else {
    return nullptr;
  }
}

}  // namespace erasure
}  // namespace spikeloom
