// Drawing many random numbers at a time: the partners, weights and delays of synapses, and noise. Plain loops over arrays,
// compiled once per instruction set; nothing here knows a container, and every instruction set gives the same bits.
#pragma once

#include <cstdint>

#include "core/math/feistel.hpp"

namespace spikeloom {

/// A probability law that needs one 32-bit word a draw. Values are clamped to [low, high], which catches rounding only
/// (and clips where the user asked for it). Every law is monotone in its word (exponential: falling), so words 0 and
/// 2^32 - 1 give its extremes.
struct FastLaw {
  enum class Kind : int { constant, uniform, normal, lognormal, exponential, uniform_int, log_uniform };
  Kind kind = Kind::constant;
  double a = 0;  ///< constant | uniform, uniform_int: low end | normal: mean | lognormal, log_uniform: of the logarithm |
                 ///< exponential: mean
  double b = 0;  ///< uniform: width | uniform_int: number of values | normal, lognormal: sd | log_uniform: width
  double low = 0, high = 0;
  std::uint32_t first_word = 0;  ///< normal: words are mapped to [first_word, first_word + words], which redraws
  std::uint32_t words = 0xFFFFFFFFu;
};

/// How many synapses the kernels take at a time; all arrays have room for this many.
inline constexpr std::uint32_t kernel_lanes = 256;

/// One instruction set's kernels. Each reads and may write up to the next multiple of 16 of n.
struct RandomKernels {
  const char* isa;
  /// philox(key, c0[i], c1[i], c2, 0): words 0, 1, 2 and 3.
  void (*words)(std::uint64_t key, const std::uint32_t* c0, const std::uint32_t* c1, std::uint32_t c2, std::uint32_t n,
                std::uint32_t* w0, std::uint32_t* w1, std::uint32_t* w2, std::uint32_t* w3);
  /// base + a uniform number of [0, range).
  void (*partners)(const std::uint32_t* word, std::uint32_t n, std::uint32_t base, std::uint32_t range, std::uint32_t* out);
  /// The same where member self[i] is left out (self[i] - base >= range: nobody is).
  void (*partners_but)(const std::uint32_t* word, std::uint32_t n, std::uint32_t base, std::uint32_t range,
                       const std::uint32_t* self, std::uint32_t* out);
  void (*values)(const FastLaw& law, const std::uint32_t* word, std::uint32_t n, double* out);
  /// Standard normal numbers, one per word of the blocks philox(key, first_block + k, 0, step) with k < blocks, in order; blocks
  /// is at most kernel_lanes / 4.
  void (*noise_single)(std::uint64_t key, std::uint32_t first_block, std::uint32_t blocks, std::uint64_t step, float* out);
  void (*noise_double)(std::uint64_t key, std::uint32_t first_block, std::uint32_t blocks, std::uint64_t step, double* out);
  /// Whole steps of delays in ms: nearest, halves up, at least 1.
  void (*steps)(const double* ms, std::uint32_t n, double step_ms, std::uint32_t* out);
  /// feistel(first + i), where feistel.n is from 256 to 2^32.
  void (*permuted)(const Feistel& feistel, std::uint64_t first, std::uint32_t n, std::uint32_t* out);
};

/// The best kernels that this machine runs. All give the same bits.
const RandomKernels& random_kernels();

}  // namespace spikeloom
