// Private Poisson input for many cells at once, the same counts as poisson_count() (core/math/poisson.hpp) gives one by
// one. Included by kernels.cpp only. Eight Philox blocks side by side serve 64 cells.
#pragma once

#include "backends/cpu/kernels.hpp"
#include "core/math/philox.hpp"

namespace spikeloom::cpu {

inline constexpr std::uint32_t poisson_tile = 64;

typedef std::uint32_t U32x8 __attribute__((vector_size(32)));
typedef std::uint64_t U64x4 __attribute__((vector_size(32)));

/// High and low halves of m * x, lane by lane, through two multiplications of even and odd lanes.
SPIKELOOM_INLINE void multiply_wide(std::uint32_t m, U32x8 x, U32x8& high, U32x8& low) {
  const U64x4 factor = U64x4{m, m, m, m};
  const U64x4 even = ((U64x4)x & 0xFFFFFFFFull) * factor;
  const U64x4 odd = ((U64x4)x >> 32) * factor;
  const U32x8 e = (U32x8)even, o = (U32x8)odd;
  high = __builtin_shufflevector(e, o, 1, 9, 3, 11, 5, 13, 7, 15);
  low = __builtin_shufflevector(e, o, 0, 8, 2, 10, 4, 12, 6, 14);
}

/// The blocks with counters (first + 0..7, 0, step low, step high), words transposed so that 64 cells' lanes lie in order.
SPIKELOOM_INLINE void philox_64_lanes(std::uint64_t key, std::uint32_t first, std::int64_t step, std::uint16_t* lanes) {
  U32x8 c0 = first + U32x8{0, 1, 2, 3, 4, 5, 6, 7}, c1 = c0 ^ c0;
  U32x8 c2 = c1 + static_cast<std::uint32_t>(step), c3 = c1 + static_cast<std::uint32_t>(static_cast<std::uint64_t>(step) >> 32);
  std::uint32_t k0 = static_cast<std::uint32_t>(key), k1 = static_cast<std::uint32_t>(key >> 32);
  for (int round = 0; round < 10; ++round) {
    U32x8 h0, l0, h1, l1;
    multiply_wide(0xD2511F53u, c0, h0, l0);
    multiply_wide(0xCD9E8D57u, c2, h1, l1);
    c0 = h1 ^ c1 ^ k0;
    c2 = h0 ^ c3 ^ k1;
    c1 = l1;
    c3 = l0;
    k0 += 0x9E3779B9u;
    k1 += 0xBB67AE85u;
  }
  const U32x8 a = __builtin_shufflevector(c0, c1, 0, 8, 1, 9, 4, 12, 5, 13);  // words 0 1 of blocks 0 1 | 4 5
  const U32x8 b = __builtin_shufflevector(c0, c1, 2, 10, 3, 11, 6, 14, 7, 15);
  const U32x8 c = __builtin_shufflevector(c2, c3, 0, 8, 1, 9, 4, 12, 5, 13);
  const U32x8 d = __builtin_shufflevector(c2, c3, 2, 10, 3, 11, 6, 14, 7, 15);
  const U32x8 block0 = __builtin_shufflevector(a, c, 0, 1, 8, 9, 2, 3, 10, 11);  // blocks 0 and 1
  const U32x8 block2 = __builtin_shufflevector(b, d, 0, 1, 8, 9, 2, 3, 10, 11);
  const U32x8 block4 = __builtin_shufflevector(a, c, 4, 5, 12, 13, 6, 7, 14, 15);
  const U32x8 block6 = __builtin_shufflevector(b, d, 4, 5, 12, 13, 6, 7, 14, 15);
  __builtin_memcpy(lanes, &block0, 32);
  __builtin_memcpy(lanes + 16, &block2, 32);
  __builtin_memcpy(lanes + 32, &block4, 32);
  __builtin_memcpy(lanes + 48, &block6, 32);
}

/// Counts of the 64 cells from `cell` (a multiple of 64) on.
SPIKELOOM_INLINE void poisson_counts(const PoissonLadder& ladder, std::uint64_t key, std::uint32_t cell, std::int64_t step,
                                     std::int16_t* counts) {
  alignas(64) std::int16_t draw[poisson_tile];
  philox_64_lanes(key, cell / 8, step, reinterpret_cast<std::uint16_t*>(draw));
  alignas(64) std::int16_t count[poisson_tile], tie[poisson_tile];
  for (std::uint32_t i = 0; i < poisson_tile; ++i) {
    draw[i] = static_cast<std::int16_t>(draw[i] ^ INT16_MIN);
    count[i] = 0;
    tie[i] = static_cast<std::int16_t>(ladder.tie_at_top ? -(draw[i] == INT16_MAX) : 0);
  }
  for (std::uint32_t s = 0; s < ladder.steps; ++s) {
    const std::int16_t threshold = ladder.step[s], times = ladder.times[s];
    for (std::uint32_t i = 0; i < poisson_tile; ++i) {
      count[i] = static_cast<std::int16_t>(count[i] + (static_cast<std::int16_t>(-(draw[i] > threshold)) & times));
      tie[i] = static_cast<std::int16_t>(tie[i] | static_cast<std::int16_t>(-(draw[i] == threshold)));
    }
  }
  std::int16_t any = 0;
  for (std::uint32_t i = 0; i < poisson_tile; ++i) any = static_cast<std::int16_t>(any | tie[i]);
  if (any != 0)
    for (std::uint32_t i = 0; i < poisson_tile; ++i)
      if (tie[i] != 0) count[i] = static_cast<std::int16_t>(ladder.exact(ladder.table, key, cell + i, step));
  __builtin_memcpy(counts, count, sizeof count);
}

template <class Sum>
static void poisson_add(const PoissonBlock<Sum>& b) {
  alignas(64) std::int16_t counts[poisson_tile];
  std::uint32_t cell = b.first;
  while (cell < b.last) {
    const std::uint32_t tile = cell / poisson_tile * poisson_tile;
    const std::uint32_t end = b.last < tile + poisson_tile ? b.last : tile + poisson_tile;
    poisson_counts(b.ladder, b.key, tile, b.step, counts);
    Sum* const input = b.input + (cell - b.first);
    const std::int16_t* const k = counts + (cell - tile);
    const std::uint32_t n = end - cell;
    if (b.weight_each != nullptr) {
      const Sum* const weight = b.weight_each + (cell - b.first);
      for (std::uint32_t i = 0; i < n; ++i) input[i] += static_cast<Sum>(k[i]) * weight[i];
    } else {
      for (std::uint32_t i = 0; i < n; ++i) input[i] += static_cast<Sum>(k[i]) * b.weight;
    }
    cell = end;
  }
}

}  // namespace spikeloom::cpu
