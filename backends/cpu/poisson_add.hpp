// Private Poisson input for many cells at once, the same counts as poisson_count() (core/math/poisson.hpp) gives one by
// one. Included by kernels.cpp only.
//
// A tile is 64 cells (256 with registers of 512 bits): a Philox block for every eight, whose words in order are the cells' 16-bit
// draws. Several registers of blocks go side by side, as each round waits for the product of the one before. A count is the
// number of thresholds passed; both halves of the loop over thresholds (passed? equal?) stay in registers.
#pragma once

#include "backends/cpu/kernels.hpp"
#include "core/math/philox_lanes.hpp"

namespace spikeloom::cpu {

inline constexpr std::uint32_t poisson_tile = wide_lanes == 8 ? 256 : 64;

typedef std::int16_t Draws __attribute__((vector_size(sizeof(WideLanes))));
inline constexpr std::uint32_t draw_lanes = sizeof(Draws) / sizeof(std::int16_t);
inline constexpr std::uint32_t draw_registers = poisson_tile / draw_lanes;

/// Draws of the tile of cells from `cell` on, biased to signed.
SPIKELOOM_INLINE void draw_tile(std::uint64_t key, std::uint32_t cell, std::int64_t step, Draws (&draw)[draw_registers]) {
  WideLanes words[draw_registers];
  philox_in_order<draw_registers / 2>(key, cell / 8, static_cast<std::uint64_t>(step), words);
  for (std::uint32_t r = 0; r < draw_registers; ++r) draw[r] = (Draws)words[r] ^ INT16_MIN;
}

/// Counts of the tile of cells from `cell` (a multiple of poisson_tile) on.
SPIKELOOM_INLINE void poisson_counts(const PoissonLadder& ladder, std::uint64_t key, std::uint32_t cell, std::int64_t step,
                                     std::int16_t* counts) {
  Draws draw[draw_registers], count[draw_registers], tie[draw_registers];
  draw_tile(key, cell, step, draw);
  for (std::uint32_t r = 0; r < draw_registers; ++r) {
    tie[r] = draw[r] ^ draw[r];
    count[r] = tie[r] + ladder.below;
  }
  for (std::uint32_t s = 0; s < ladder.steps; ++s)
    for (std::uint32_t r = 0; r < draw_registers; ++r) {
      count[r] -= (Draws)(draw[r] > ladder.step[s]);
      tie[r] |= (Draws)(draw[r] == ladder.step[s]);
    }
  Draws any = tie[0];
  for (std::uint32_t r = 1; r < draw_registers; ++r) any |= tie[r];
  for (std::uint32_t r = 0; r < draw_registers; ++r) __builtin_memcpy(counts + r * draw_lanes, &count[r], sizeof count[r]);
  std::uint64_t words[sizeof any / 8], tied = 0;
  __builtin_memcpy(words, &any, sizeof any);
  for (const std::uint64_t word : words) tied |= word;
  if (tied == 0) return;
  std::int16_t ties[poisson_tile];
  __builtin_memcpy(ties, tie, sizeof ties);
  for (std::uint32_t i = 0; i < poisson_tile; ++i)
    if (ties[i] != 0) counts[i] = static_cast<std::int16_t>(ladder.exact(ladder.table, key, cell + i, step));
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
    for (std::uint32_t i = 0; i < n; ++i) input[i] += static_cast<Sum>(k[i]) * b.weight;
    cell = end;
  }
}

}  // namespace spikeloom::cpu
