// Turns a model's struct (core/model_shape.hpp says what it looks like) into the NeuronModel that everybody else handles.
#pragma once

#include <cstring>
#include <utility>

#include "core/errors.hpp"
#include "core/exact_erasure.hpp"
#include "core/model.hpp"
#include "core/model_shape.hpp"
#include "core/tile.hpp"

#if defined(__FAST_MATH__)
#error "a file with a neuron model must not be compiled with -ffast-math: runs would not repeat bit for bit"
#endif

namespace spikeloom {
namespace erasure {

/// Names what this file is compiled for, so that copies of a model's code from differently compiled files stay apart.
template <int level>
struct CompiledFor {};
#if defined(__AVX512F__)
using ThisFile = CompiledFor<4>;
#elif defined(__AVX2__)
using ThisFile = CompiledFor<3>;
#else
using ThisFile = CompiledFor<2>;
#endif

template <class M>
inline constexpr ModelTable table = M::table();

template <class T>
T copy_of(const double* numbers, std::size_t count) {
  T copy{};
  std::memcpy(&copy, numbers, count * sizeof(double));
  return copy;
}

template <class M>
typename M::Parameters parameters_of(const double* numbers) {
  return copy_of<typename M::Parameters>(numbers, M::parameters.size());
}

/// True where a product and a sum are fused into one rounding: such a file's models would not keep to the reference's bits.
template <class M, class Isa>
__attribute__((noinline)) bool contracts() {
  volatile double x = 1.0 + 0x1p-30, minus = -(1.0 + 0x1p-29);
  const double a = x, b = minus;
  return a * a + b != 0.0;
}

template <class M>
int variant(int scheme, const double* parameters, const double* initial) {
  if constexpr (requires { &M::variant; })
    return M::variant(scheme, parameters_of<M>(parameters),
                      copy_of<typename M::template State<double>>(initial, M::states.size()));
  else return 0;
}

template <class M>
ParameterFault complete(const bool* given, double* numbers) {
  if constexpr (requires { &M::complete; }) {
    auto parameters = parameters_of<M>(numbers);
    ParameterFault fault = M::complete(given, parameters);
    std::memcpy(numbers, &parameters, sizeof parameters);
    return fault;
  } else {
    return {};
  }
}

template <class M>
ParameterFault check(const double* parameters) {
  if constexpr (requires { &M::check; }) return M::check(parameters_of<M>(parameters));
  else return {};
}

/// The model fills in a whole start state, knowing the given values; these are then kept.
template <class M>
void start(const double* parameters, const bool* given, double* states) {
  if constexpr (requires { &M::start; }) {
    auto state = copy_of<typename M::template State<double>>(states, M::states.size());
    M::start(parameters_of<M>(parameters), state);
    double filled[M::states.size()];
    std::memcpy(filled, &state, sizeof filled);
    for (std::size_t k = 0; k < M::states.size(); ++k)
      if (!given || !given[k]) states[k] = filled[k];
  }
}

template <class M>
void prepare(int variant, const double* parameters, double step_ms, double* coefficients) {
  const auto made = M::prepare(variant, parameters_of<M>(parameters), step_ms);
  std::memcpy(coefficients, &made, sizeof made);
}

template <class M, int Variant, class Real>
SPIKELOOM_INLINE bool step_variant(Real* states, const Real* coefficients, const Real* input, Real current) {
  typename M::template State<Real> state{};
  typename M::template Coefficients<Real> own;
  std::memcpy(&own, coefficients, sizeof own);
  Real* members = reinterpret_cast<Real*>(&state);
  for (std::size_t k = 0; k < M::states.size(); ++k)
    if (tile::used_state<M, Variant>(k)) members[k] = states[k];
  const bool fired = ModelShape<M>::template step<Variant>(state, own, input, current);
  for (std::size_t k = 0; k < M::states.size(); ++k)
    if (tile::used_state<M, Variant>(k)) states[k] = members[k];
  return fired;
}

template <class M, class Real, class Isa>
bool step_cell(int variant, Real* states, const Real* coefficients, const Real* input, Real current) {
  bool fired = false;
  [&]<int... v>(std::integer_sequence<int, v...>) {
    ((variant == v ? void(fired = step_variant<M, v, Real>(states, coefficients, input, current)) : void()), ...);
  }
  (std::make_integer_sequence<int, ModelShape<M>::variants>{});
  return fired;
}

}  // namespace erasure

/// The erased form of M, with its block kernels compiled as the calling file is.
template <class M>
NeuronModel describe_model() {
  using Shape = ModelShape<M>;
  using Isa = erasure::ThisFile;
  if (erasure::contracts<M, Isa>())
    throw Error("unsupported", {},
                "the file that adds the model \"" + std::string(M::name) +
                    "\" must be compiled with -ffp-contract=off, or runs would not repeat bit for bit");
  NeuronModel model;
  model.table = &erasure::table<M>;
  model.coefficient_count = Shape::template members<typename M::template Coefficients<double>, double>;
  model.variant = erasure::variant<M>;
  model.variant_count = Shape::variants;
  model.labels_step_start = [](int variant) { return Shape::labels_step_start(variant); };
  model.inputs_after_onset = [](int variant) { return Shape::inputs_after_onset(variant); };
  model.uses_state = [](int variant, int state) { return Shape::uses_state(variant, state); };
  model.merged_receptor = [](int variant, int receptor) { return Shape::merged_receptor(variant, receptor); };
  model.complete = erasure::complete<M>;
  model.check = erasure::check<M>;
  model.start = erasure::start<M>;
  model.prepare = erasure::prepare<M>;
  model.step_float = erasure::step_cell<M, float, Isa>;
  model.step_double = erasure::step_cell<M, double, Isa>;
  model.exact = erasure::exact_cell<M>();
  model.kernels = block_kernels<M, Isa>();
  return model;
}

template <class M>
ModelSet& ModelSet::add() {
  return add(describe_model<M>());
}

}  // namespace spikeloom
