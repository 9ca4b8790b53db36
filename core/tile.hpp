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
    const std::uint64_t low = (bits & 0xffffffffu) | 0x4330000000000000u;                  // 2^52 + low half
    const std::uint64_t high = ((bits >> 32) ^ 0x80000000u) | 0x4530000000000000u;         // 2^84 + 2^63 + high half
    const double offset = __builtin_bit_cast(double, std::uint64_t{0x4530000080100000u});  // 2^84 + 2^63 + 2^52
    return (__builtin_bit_cast(double, high) - offset) + __builtin_bit_cast(double, low);  // only this addition rounds
  } else {
    return static_cast<Real>(sum);
  }
}

namespace tile {

/// A block without the type of its sums, so that the long loops are compiled once per Real.
template <class Real>
struct AnyBlock {
  using TakeInput = void (*)(const AnyBlock&, std::uint32_t first, std::uint32_t count, Real (*input)[tile_cells]);

  std::uint32_t count;
  Real* const* states;
  const Real* const* coefficients;
  const Real* shared;
  const Real* input_step;
  const Real* const* gain;
  const Real* current;
  Real shared_current;
  std::uint32_t* spikes;
  const void* input;        ///< Sum* const*
  std::uint32_t receptors;  ///< bit r: receptor r has input of its own
  TakeInput take_input;
};

/// Inputs of the cells [first, first + count) as reals; the sums are cleared. Rows without input stay as they are.
template <class Real, class Sum, class Isa>
void take_input(const AnyBlock<Real>& block, std::uint32_t first, std::uint32_t count, Real (*input)[tile_cells]) {
  Sum* const* columns = static_cast<Sum* const*>(block.input);
  for (std::uint32_t r = 0, left = block.receptors; left != 0; ++r, left >>= 1) {
    if ((left & 1u) == 0) continue;
    Sum* sums = columns[r] + first;
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

/// Pointers to columns, each a member of its own: an array of pointers would stay in memory, where stores to the columns
/// might change it, and the loop would not vectorise.
template <std::size_t k, class Real>
struct Column {
  Real* at;
};
template <class Real, class Sequence>
struct Columns;
template <class Real, std::size_t... k>
struct Columns<Real, std::index_sequence<k...>> : Column<k, Real>... {
  /// Element i of every column as the struct T whose members they are; 0 where `used` says no.
  template <class T, bool (*used)(std::size_t)>
  SPIKELOOM_INLINE T gather(std::uint32_t i) const {
    T cell;
    auto* members = reinterpret_cast<std::remove_const_t<Real>*>(&cell);
    ((members[k] = used(k) ? Column<k, Real>::at[i] : Real(0)), ...);
    return cell;
  }
  template <bool (*used)(std::size_t), class T>
  SPIKELOOM_INLINE void scatter(std::uint32_t i, const T& cell) const {
    const auto* members = reinterpret_cast<const Real*>(&cell);
    ((used(k) ? void(Column<k, Real>::at[i] = members[k]) : void()), ...);
  }
  SPIKELOOM_INLINE Columns from(std::uint32_t first) const {
    return {{Column<k, Real>::at ? Column<k, Real>::at + first : nullptr}...};
  }
};

template <class Real, std::size_t... k>
SPIKELOOM_INLINE Columns<Real, std::index_sequence<k...>> columns_of(Real* const* pointers, std::size_t count,
                                                                     std::index_sequence<k...>) {
  return {{k < count ? pointers[k] : nullptr}...};
}

template <class M, int Variant>
constexpr bool used_state(std::size_t k) {
  return k < M::states.size() && ModelShape<M>::uses_state(Variant, static_cast<int>(k));
}
constexpr bool used_always(std::size_t) { return true; }

/// The verbs over `count` cells. `Shared`: all cells have the coefficients `shared`, else these are columns.
template <class M, int Variant, bool Shared, class Real, class States, class Coefficients>
SPIKELOOM_INLINE LaneFlag<Real> run_verbs(std::uint32_t count, States states, Coefficients coefficients,
                                          const typename M::template Coefficients<Real>& shared, const Real* current,
                                          const Real (&input)[M::receptors.size()][tile_cells], LaneFlag<Real>* fired) {
  using State = typename M::template State<Real>;
  using Own = typename M::template Coefficients<Real>;
  using Arrivals = Columns<const Real, std::make_index_sequence<M::receptors.size()>>;
  struct Inputs {
    Real of[M::receptors.size()];
  };
  const Real* input_pointers[M::receptors.size()];
  for (std::size_t r = 0; r < M::receptors.size(); ++r) input_pointers[r] = input[r];
  const Arrivals arrivals =
      columns_of<const Real>(input_pointers, M::receptors.size(), std::make_index_sequence<M::receptors.size()>{});
  LaneFlag<Real> any = 0;
  SPIKELOOM_LANES
  for (std::uint32_t i = 0; i < count; ++i) {
    State cell = states.template gather<State, used_state<M, Variant>>(i);
    Own own = shared;
    if constexpr (!Shared) own = coefficients.template gather<Own, used_always>(i);
    const Inputs in = arrivals.template gather<Inputs, used_always>(i);
    const bool spike = ModelShape<M>::template step<Variant>(cell, own, in.of, current[i]);
    states.template scatter<used_state<M, Variant>>(i, cell);
    const LaneFlag<Real> flag = spike ? 1 : 0;
    fired[i] = flag;
    any |= flag;
  }
  return any;
}

template <class M, int Variant, bool Shared, class Real, class Isa>
std::uint32_t step_tiles(const AnyBlock<Real>& block) {
  using State = typename M::template State<Real>;
  using Own = typename M::template Coefficients<Real>;
  constexpr std::size_t size = ModelShape<M>::template members<Own, Real>;
  using OwnMembers = std::make_index_sequence<size>;
  const auto states =
      columns_of<Real>(block.states, M::states.size(), std::make_index_sequence<ModelShape<M>::template members<State, Real>>{});

  // Coefficients: in registers when shared; else columns, those that are shared spread over a tile so that every lane loads.
  Own shared{};
  alignas(64) Real spread[Shared ? 1 : size][tile_cells];
  const Real* own[size];
  if constexpr (Shared) {
    for (std::size_t k = 0; k < size; ++k) reinterpret_cast<Real*>(&shared)[k] = block.shared[k];
  } else {
    for (std::size_t k = 0; k < size; ++k)
      if (!block.coefficients[k])
        for (Real& lane : spread[k]) lane = block.shared[k];
  }

  alignas(64) Real input[M::receptors.size()][tile_cells];
  for (std::uint32_t r = 0; r < M::receptors.size(); ++r)  // only these: clearing all by memset takes as long as a tile
    if ((block.receptors >> r & 1u) == 0)
      for (Real& lane : input[r]) lane = 0;
  alignas(64) Real same_current[tile_cells];
  alignas(64) LaneFlag<Real> fired[tile_cells];
  if (!block.current)
    for (Real& lane : same_current) lane = block.shared_current;
  std::uint32_t spikes = 0;
  for (std::uint32_t first = 0; first < block.count; first += tile_cells) {
    const std::uint32_t count = block.count - first < tile_cells ? block.count - first : tile_cells;
    block.take_input(block, first, count, input);
    if constexpr (!Shared)
      for (std::size_t k = 0; k < size; ++k) own[k] = block.coefficients[k] ? block.coefficients[k] + first : spread[k];
    const auto coefficients = columns_of<const Real>(own, Shared ? 0 : size, OwnMembers{});
    const Real* current = block.current ? block.current + first : same_current;
    const auto any = run_verbs<M, Variant, Shared>(count, states.from(first), coefficients, shared, current, input, fired);
    if (!any) continue;
    for (std::uint32_t i = 0; i < count; ++i) {
      block.spikes[spikes] = first + i;
      spikes += static_cast<std::uint32_t>(fired[i]);
    }
  }
  return spikes;
}

}  // namespace tile

/// Steps the block and returns the number of spikes.
template <class M, int Variant, class Real, class Sum, class Isa>
std::uint32_t step_block(const Block<Real, Sum>& block) {
  using Shape = ModelShape<M>;
  constexpr std::size_t size = Shape::template members<typename M::template Coefficients<Real>, Real>;
  std::uint32_t receptors = 0;
  for (int r = 0; r < static_cast<int>(M::receptors.size()); ++r)
    receptors |= Shape::merged_receptor(Variant, r) == r && block.input[r] ? 1u << r : 0u;
  const tile::AnyBlock<Real> any = {block.count,      block.states, block.coefficients, block.shared,
                                    block.input_step, block.gain,   block.current,      block.shared_current,
                                    block.spikes,     block.input,  receptors,          tile::take_input<Real, Sum, Isa>};
  if constexpr (!Shape::costly(Variant)) {
    bool shared = true;
    for (std::size_t k = 0; k < size; ++k) shared = shared && !block.coefficients[k];
    if (shared) return tile::step_tiles<M, Variant, true, Real, Isa>(any);
  }
  return tile::step_tiles<M, Variant, false, Real, Isa>(any);
}

/// The block kernels of a model; `Isa` is a type that belongs to the including file alone.
template <class M, class Isa>
constexpr BlockKernels block_kernels() {
  BlockKernels kernels;
  [&]<int... variant>(std::integer_sequence<int, variant...>) {
    ((kernels.float_32[variant] = step_block<M, variant, float, std::int32_t, Isa>), ...);
    ((kernels.float_64[variant] = step_block<M, variant, float, std::int64_t, Isa>), ...);
    ((kernels.double_64[variant] = step_block<M, variant, double, std::int64_t, Isa>), ...);
  }
  (std::make_integer_sequence<int, ModelShape<M>::variants>{});
  return kernels;
}

}  // namespace spikeloom
