// The loop that steps many cells of one model: the same verbs as the one-cell step, in the same order, on columns.
//
// Work goes in tiles of 64 cells. Per tile: the grid sums become reals in a local array and are cleared; one loop without
// branches runs the verbs; one OR over the tile tells whether anybody fired, and only then are the spikes listed. All lanes
// have the width of Real, and there are no bool arrays, or the loop would not vectorise. Columns never overlap, which
// compilers cannot know: SPIKELOOM_LANES says so. Coefficients that all cells share stay in registers.
//
// Everything is a template with a tag `Isa` or inlined: a file compiled for one instruction set passes a tag of its own, so
// that its copies can never stand in for those of another.
#pragma once

#include <cstddef>
#include <cstdint>
#include <type_traits>
#include <utility>

#include "core/kernel.hpp"
#include "core/model_shape.hpp"

#if defined(__clang__)
#define SPIKELOOM_LANES _Pragma("clang loop vectorize(assume_safety) interleave(disable)")
#else
#define SPIKELOOM_LANES _Pragma("GCC ivdep")
#endif

namespace spikeloom {

inline constexpr std::uint32_t tile_cells = 64;

/// The integer whose lanes are as wide as those of Real.
template <class Real>
using LaneFlag = std::conditional_t<sizeof(Real) == 4, std::int32_t, std::int64_t>;

/// Real(sum), rounded once. For double from bit patterns of two halves: below AVX-512 there is no vector conversion.
template <class Real, class Sum>
SPIKELOOM_INLINE Real real_of_sum(Sum sum) {
  if constexpr (sizeof(Sum) == 8 && sizeof(Real) == 8) {
    const std::uint64_t bits = static_cast<std::uint64_t>(sum);
    const std::uint64_t low = (bits & 0xffffffffu) | 0x4330000000000000u;                    // 2^52 + low half
    const std::uint64_t high = ((bits >> 32) ^ 0x80000000u) | 0x4530000000000000u;           // 2^84 + 2^63 + high half
    const double offset = __builtin_bit_cast(double, std::uint64_t{0x4530000080100000u});    // 2^84 + 2^63 + 2^52
    return (__builtin_bit_cast(double, high) - offset) + __builtin_bit_cast(double, low);    // only this addition rounds
  } else {
    return static_cast<Real>(sum);
  }
}

namespace tile {

/// Inputs of the cells [first, first + count) as reals; the sums are cleared.
template <class M, int Variant, class Real, class Sum>
SPIKELOOM_INLINE void take_input(const Block<Real, Sum>& block, std::uint32_t first, std::uint32_t count,
                                 Real (&input)[M::receptors.size()][tile_cells]) {
  for (std::size_t r = 0; r < M::receptors.size(); ++r) {
    if (!block.input[r] || ModelShape<M>::merged_receptor(Variant, static_cast<int>(r)) != static_cast<int>(r)) continue;
    Sum* sums = block.input[r] + first;
    Real* values = input[r];
    const Real step = block.input_step[r];
    SPIKELOOM_LANES
    for (std::uint32_t i = 0; i < count; ++i) {
      values[i] = real_of_sum<Real>(sums[i]) * step;
      sums[i] = 0;
    }
    if (!block.gain || !block.gain[r]) continue;
    const Real* gain = block.gain[r] + first;
    SPIKELOOM_LANES
    for (std::uint32_t i = 0; i < count; ++i) values[i] *= gain[i];
  }
}

/// One element of every column in `used`, as the struct T whose members are the columns; others are 0.
template <class T, bool (*used)(std::size_t), class Real, std::size_t... k>
SPIKELOOM_INLINE T gather(Real* const* column, std::uint32_t i, std::index_sequence<k...>) {
  struct { std::remove_const_t<Real> member[sizeof...(k)]; } values = {{(used(k) ? column[k][i] : Real(0))...}};
  return __builtin_bit_cast(T, values);
}

template <bool (*used)(std::size_t), class T, class Real, std::size_t... k>
SPIKELOOM_INLINE void scatter(const T& cell, Real* const* column, std::uint32_t i, std::index_sequence<k...>) {
  struct Values { Real member[sizeof...(k)]; };
  const Values values = __builtin_bit_cast(Values, cell);
  ((used(k) ? void(column[k][i] = values.member[k]) : void()), ...);
}

template <class M, int Variant>
constexpr bool used_state(std::size_t k) {
  return k < M::states.size() && ModelShape<M>::uses_state(Variant, static_cast<int>(k));
}
constexpr bool used_always(std::size_t) { return true; }

/// The verbs over `count` cells. `Shared`: all cells have the coefficients `shared`, else coefficient[c] are columns.
template <class M, int Variant, bool Shared, class Real, class Isa>
SPIKELOOM_INLINE LaneFlag<Real> run_verbs(std::uint32_t count, Real* const* state_columns, const Real* const* coefficient_columns,
                                          const typename M::template Coefficients<Real>& shared, const Real* current,
                                          const Real (&input)[M::receptors.size()][tile_cells], LaneFlag<Real>* fired) {
  using Shape = ModelShape<M>;
  using State = typename M::template State<Real>;
  using Coefficients = typename M::template Coefficients<Real>;
  using StateMembers = std::make_index_sequence<Shape::template members<State, Real>>;
  using CoefficientMembers = std::make_index_sequence<Shape::template members<Coefficients, Real>>;
  constexpr std::size_t receptors = M::receptors.size();
  Real* states[StateMembers::size()] = {};
  for (std::size_t k = 0; k < M::states.size(); ++k) states[k] = state_columns[k];
  const Real* coefficients[CoefficientMembers::size()] = {};
  if constexpr (!Shared) for (std::size_t k = 0; k < CoefficientMembers::size(); ++k) coefficients[k] = coefficient_columns[k];
  LaneFlag<Real> any = 0;
  SPIKELOOM_LANES
  for (std::uint32_t i = 0; i < count; ++i) {
    State cell = gather<State, used_state<M, Variant>>(states, i, StateMembers{});
    Coefficients own = shared;
    if constexpr (!Shared) own = gather<Coefficients, used_always>(coefficients, i, CoefficientMembers{});
    Real arrivals[receptors];
    for (std::size_t r = 0; r < receptors; ++r) arrivals[r] = input[r][i];
    const bool spike = Shape::template step<Variant>(cell, own, static_cast<const Real*>(arrivals), current[i]);
    scatter<used_state<M, Variant>>(cell, states, i, StateMembers{});
    const LaneFlag<Real> flag = spike ? 1 : 0;
    fired[i] = flag;
    any |= flag;
  }
  return any;
}

/// Columns of coefficients, shared ones spread over a tile so that every lane loads.
template <class Real, std::size_t size>
struct CoefficientColumns {
  alignas(64) Real spread[size][tile_cells];
  bool is_spread[size];
  const Real* column[size];

  template <class Sum>
  SPIKELOOM_INLINE void start(const Block<Real, Sum>& block) {
    for (std::size_t k = 0; k < size; ++k) {
      is_spread[k] = !block.coefficients[k];
      column[k] = is_spread[k] ? spread[k] : block.coefficients[k];
      if (is_spread[k]) for (Real& lane : spread[k]) lane = block.shared[k];
    }
  }
  SPIKELOOM_INLINE void next() {
    for (std::size_t k = 0; k < size; ++k) column[k] += is_spread[k] ? 0 : tile_cells;
  }
};

template <class M, int Variant, bool Shared, class Real, class Sum, class Isa>
std::uint32_t step_tiles(const Block<Real, Sum>& block) {
  using Coefficients = typename M::template Coefficients<Real>;
  constexpr std::size_t size = ModelShape<M>::template members<Coefficients, Real>;
  Coefficients shared{};
  CoefficientColumns<Real, Shared ? 1 : size> columns;
  if constexpr (Shared) __builtin_memcpy(&shared, block.shared, sizeof shared);
  else columns.start(block);

  alignas(64) Real input[M::receptors.size()][tile_cells] = {};
  alignas(64) Real same_current[tile_cells];
  alignas(64) LaneFlag<Real> fired[tile_cells];
  if (!block.current) for (Real& lane : same_current) lane = block.shared_current;
  Real* states[M::states.size()];
  std::uint32_t spikes = 0;
  for (std::uint32_t first = 0; first < block.count; first += tile_cells) {
    const std::uint32_t count = block.count - first < tile_cells ? block.count - first : tile_cells;
    take_input<M, Variant>(block, first, count, input);
    for (std::size_t k = 0; k < M::states.size(); ++k) states[k] = used_state<M, Variant>(k) ? block.states[k] + first : nullptr;
    const Real* current = block.current ? block.current + first : same_current;
    const auto any = run_verbs<M, Variant, Shared, Real, Isa>(count, states, columns.column, shared, current, input, fired);
    if (any) {
      for (std::uint32_t i = 0; i < count; ++i) {
        block.spikes[spikes] = first + i;
        spikes += static_cast<std::uint32_t>(fired[i]);
      }
    }
    if constexpr (!Shared) columns.next();
  }
  return spikes;
}

}  // namespace tile

/// Steps the block and returns the number of spikes.
template <class M, int Variant, class Real, class Sum, class Isa>
std::uint32_t step_block(const Block<Real, Sum>& block) {
  constexpr std::size_t size = ModelShape<M>::template members<typename M::template Coefficients<Real>, Real>;
  bool shared = true;
  for (std::size_t k = 0; k < size; ++k) shared = shared && !block.coefficients[k];
  return shared ? tile::step_tiles<M, Variant, true, Real, Sum, Isa>(block)
                : tile::step_tiles<M, Variant, false, Real, Sum, Isa>(block);
}

/// The block kernels of a model; `Isa` is a type that belongs to the including file alone.
template <class M, class Isa>
constexpr BlockKernels block_kernels() {
  BlockKernels kernels;
  [&]<int... variant>(std::integer_sequence<int, variant...>) {
    ((kernels.float_32[variant] = step_block<M, variant, float, std::int32_t, Isa>), ...);
    ((kernels.float_64[variant] = step_block<M, variant, float, std::int64_t, Isa>), ...);
    ((kernels.double_64[variant] = step_block<M, variant, double, std::int64_t, Isa>), ...);
  }(std::make_integer_sequence<int, ModelShape<M>::variants>{});
  return kernels;
}

}  // namespace spikeloom
