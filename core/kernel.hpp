// The block form of a neuron step: many cells per call, columns in, spikes out. Free of std containers on purpose: the
// built-in kernels are compiled once per instruction set, and nothing here may be emitted outside its own namespace.
#pragma once

#include <cstdint>

/// Functions used inside kernels are always inlined, so that no copy compiled for a newer instruction set can be picked
/// by the linker for an older machine.
#define SPIKELOOM_INLINE inline __attribute__((always_inline))

namespace spikeloom {

/// One call's view of the cells [0, count) of a population slice.
/// The caller owns everything; the kernel writes only states, input (cleared to 0 after it is read) and spikes.
template <class Real, class Sum>
struct Block {
  std::uint32_t count;
  Real* const* states;              ///< one column per state of the table
  const Real* const* coefficients;  ///< one column per coefficient, or nullptr where all cells share `shared[c]`
  const Real* shared;
  Sum* const* input;        ///< one column of grid sums per receptor; nullptr: no input
  const Real* input_step;   ///< per receptor: the grid's step times the population's gain
  const Real* const* gain;  ///< nullptr, or per-cell gain of each receptor's input
  const Real* current;      ///< one per cell, or nullptr: all cells get `shared_current`
  Real shared_current;
  std::uint32_t* spikes;  ///< room for `count`; filled with cell numbers, ascending
};

/// Steps the block and returns the number of spikes.
template <class Real, class Sum>
using BlockKernel = std::uint32_t (*)(const Block<Real, Sum>& block);

inline constexpr int max_variants = 8;

/// Block kernels of one model by number type and variant.
struct BlockKernels {
  BlockKernel<float, std::int32_t> float_32[max_variants] = {};
  BlockKernel<float, std::int64_t> float_64[max_variants] = {};
  BlockKernel<double, std::int64_t> double_64[max_variants] = {};
};

}  // namespace spikeloom
