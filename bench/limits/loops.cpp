// Bare loops: nothing of the simulator but its random numbers, so that what they take is what the machine asks. Compiled
// once per instruction set (SPIKELOOM_ISA is v2, v3 or v4); everything is of internal linkage or inlined.
#include "bench/limits/loops.hpp"

#include "core/kernel.hpp"
#include "core/math/philox_lanes.hpp"

#define SPIKELOOM_JOIN_(a, b) a##b
#define SPIKELOOM_JOIN(a, b) SPIKELOOM_JOIN_(a, b)
#define SPIKELOOM_TEXT_(a) #a
#define SPIKELOOM_TEXT(a) SPIKELOOM_TEXT_(a)

namespace spikeloom::limits {
namespace {

std::uint64_t read(const Line* lines, std::size_t count) {
  std::uint64_t sums[4][line_words] = {};  // four lines at a time, so that additions do not wait for each other
  for (std::size_t i = 0; i + 4 <= count; i += 4)
    for (int k = 0; k < 4; ++k)
      for (std::uint32_t w = 0; w < line_words; ++w) sums[k][w] += lines[i + k].word[w];
  std::uint64_t sum = 0;
  for (std::size_t i = count / 4 * 4; i < count; ++i)
    for (std::uint32_t w = 0; w < line_words; ++w) sum += lines[i].word[w];
  for (const auto& four : sums)
    for (const std::uint64_t part : four) sum += part;
  return sum;
}

std::uint64_t chase(const Line* lines, std::uint64_t at, std::uint64_t hops) {
  for (std::uint64_t k = 0; k < hops; ++k) at = lines[at].word[0];
  return at;
}

std::uint64_t random_lines(const Line* lines, int bits, std::uint64_t first, std::uint64_t count) {
  std::uint64_t sum = 0;
  for (std::uint64_t k = first; k < first + count; ++k) sum += lines[scatter(k) >> (64 - bits)].word[0];
  return sum;
}

void ring_8(const RingSynapse* row, std::uint32_t count, std::uint32_t now, float* ring, std::uint32_t stride) {
  for (std::uint32_t k = 0; k < count; ++k) {
    const std::uint32_t target = row[k].target_and_delay & 0xFFFFFF, delay = row[k].target_and_delay >> 24;
    ring[std::size_t{(now + delay) % ring_slots} * stride + target] += row[k].weight;
  }
}

void ring_4(const std::uint32_t* row, std::uint32_t runs, std::uint32_t now, float* ring, std::uint32_t stride) {
  for (std::uint32_t r = 0; r < runs; ++r) {
    const std::uint32_t count = *row >> 16, delay = *row & 0xFFFF;
    float* const slot = ring + std::size_t{(now + delay) % ring_slots} * stride;
    ++row;
    for (std::uint32_t k = 0; k < count; ++k) slot[row[k] & 0x1FFFF] += static_cast<float>(row[k] >> 17);
    row += count;
  }
}

template <int bytes>
SPIKELOOM_INLINE void add_record(const std::byte* at, std::int32_t* sums) {
  if constexpr (bytes == 4) {
    std::int32_t word;
    __builtin_memcpy(&word, at, 4);
    sums[word & 0xFFFF] += word >> 16;
  } else {
    std::int64_t word;  // reads three bytes too many: the array ends with room for them
    __builtin_memcpy(&word, at, 8);
    sums[word & 0xFFFF] += static_cast<std::int32_t>(static_cast<std::int64_t>(static_cast<std::uint64_t>(word) << 24) >> 40);
  }
}

template <int bytes, bool prefetch>
void add_segments(const std::byte* records, const Segment* segments, std::size_t count, std::int32_t* sums) {
  constexpr std::size_t ahead = 6;
  for (std::size_t s = 0; s < count; ++s) {
    if (prefetch && s + ahead < count) {
      const std::byte* const next = records + std::size_t{segments[s + ahead].begin} * bytes;
      __builtin_prefetch(next);
      __builtin_prefetch(next + 64);
      __builtin_prefetch(next + 128);
    }
    const std::byte* at = records + std::size_t{segments[s].begin} * bytes;
    const std::byte* const end = at + std::size_t{segments[s].count} * bytes;
    for (; at + 3 * bytes < end; at += 4 * bytes) {
      add_record<bytes>(at, sums);
      add_record<bytes>(at + bytes, sums);
      add_record<bytes>(at + 2 * bytes, sums);
      add_record<bytes>(at + 3 * bytes, sums);
    }
    for (; at < end; at += bytes) add_record<bytes>(at, sums);
  }
}

/// One block of cells; the number of spikes.
SPIKELOOM_INLINE std::uint32_t lif_step(const LifStep& c, float* V, float* I, std::int32_t* refractory, std::int32_t* input) {
  std::int32_t fired[lif_block];
#pragma GCC ivdep
  for (std::uint32_t i = 0; i < lif_block; ++i) {
    const float free = c.rest + (V[i] - c.rest) * c.leak + I[i] * c.from_current + c.drive;
    const float moved = refractory[i] > 0 ? c.reset : free;
    I[i] = I[i] * c.current_decay + static_cast<float>(input[i]) * c.quantum;
    input[i] = 0;
    const std::int32_t left = refractory[i] > 0 ? refractory[i] - 1 : 0;
    const bool spike = moved >= c.threshold;
    V[i] = spike ? c.reset : moved;
    refractory[i] = spike ? c.refractory_steps : left;
    fired[i] = spike ? 1 : 0;
  }
  std::int32_t any = 0;
  for (std::uint32_t i = 0; i < lif_block; ++i) any |= fired[i];
  if (any == 0) return 0;
  std::uint32_t spikes = 0;
  for (std::uint32_t i = 0; i < lif_block; ++i) spikes += static_cast<std::uint32_t>(fired[i]);
  return spikes;
}

std::uint64_t lif(const LifStep& step, const LifCells& cells) {
  std::uint64_t spikes = 0;
  for (std::uint32_t i = 0; i < cells.count; i += lif_block)
    spikes += lif_step(step, cells.V + i, cells.I + i, cells.refractory + i, cells.input + i);
  return spikes;
}

/// As many 16-bit lanes as a register of the including instruction set holds.
typedef std::int16_t Lanes16 __attribute__((vector_size(8 * wide_lanes)));
constexpr std::uint32_t lanes_16 = 4 * wide_lanes, registers_16 = lif_block / lanes_16;

/// The upper 16 bits of the draws of 64 cells, as core/math/poisson.hpp numbers them, biased to signed.
SPIKELOOM_INLINE void draws_of(std::uint64_t key, std::uint32_t first_block, std::int64_t step, Lanes16 (&draw)[registers_16]) {
  constexpr std::uint32_t registers = 8 / wide_lanes;
  constexpr std::uint64_t bias = 0x8000800080008000u;
  static constexpr std::uint64_t lane[8] = {0, 1, 2, 3, 4, 5, 6, 7};
  WideLanes x0[registers], x1[registers], x2[registers], x3[registers];
  for (std::uint32_t r = 0; r < registers; ++r) {
    __builtin_memcpy(&x0[r], lane + r * wide_lanes, sizeof x0[r]);
    x0[r] += first_block;
    x1[r] = WideLanes{};
    x2[r] = WideLanes{} + static_cast<std::uint32_t>(step);
    x3[r] = WideLanes{} + static_cast<std::uint32_t>(static_cast<std::uint64_t>(step) >> 32);
  }
  philox_lanes<registers>(key, x0, x1, x2, x3);
  alignas(64) std::uint64_t ordered[16];
  for (std::uint32_t r = 0; r < registers; ++r) {
    const WideLanes low = ((x0[r] & 0xFFFFFFFFu) | (x1[r] << 32)) ^ bias, high = ((x2[r] & 0xFFFFFFFFu) | (x3[r] << 32)) ^ bias;
    for (std::uint32_t k = 0; k < wide_lanes; ++k) {
      ordered[2 * (r * wide_lanes + k)] = low[k];
      ordered[2 * (r * wide_lanes + k) + 1] = high[k];
    }
  }
  __builtin_memcpy(draw, ordered, sizeof ordered);
}

SPIKELOOM_INLINE void add_poisson(const PoissonDraws& d, std::uint32_t first, std::int64_t step, std::int32_t* input) {
  Lanes16 draw[registers_16], count[registers_16], tie[registers_16];
  draws_of(d.key, first / 8, step, draw);
  for (std::uint32_t r = 0; r < registers_16; ++r) count[r] = tie[r] = Lanes16{};
  for (std::uint32_t s = 0; s < d.steps; ++s) {
    const Lanes16 threshold = Lanes16{} + d.step[s];
    for (std::uint32_t r = 0; r < registers_16; ++r) {
      count[r] -= draw[r] > threshold;
      tie[r] |= draw[r] == threshold;
    }
  }
  alignas(64) std::int16_t counts[lif_block], ties[lif_block];
  __builtin_memcpy(counts, count, sizeof counts);
  Lanes16 any = Lanes16{};
  for (std::uint32_t r = 0; r < registers_16; ++r) any |= tie[r];
  std::uint64_t words[wide_lanes], some = 0;
  __builtin_memcpy(words, &any, sizeof any);
  for (const std::uint64_t word : words) some |= word;
  if (some != 0) {
    __builtin_memcpy(ties, tie, sizeof ties);
    for (std::uint32_t i = 0; i < lif_block; ++i)
      if (ties[i] != 0) counts[i] = static_cast<std::int16_t>(d.exact(d.table, d.key, first + i, step));
  }
  for (std::uint32_t i = 0; i < lif_block; ++i) input[i] += counts[i] * d.weight;
}

std::uint64_t lif_poisson(const LifStep& c, const LifCells& cells, const PoissonDraws& draws, std::int64_t step) {
  std::uint64_t spikes = 0;
  for (std::uint32_t i = 0; i < cells.count; i += lif_block) {
    add_poisson(draws, i, step, cells.input + i);
    spikes += lif_step(c, cells.V + i, cells.I + i, cells.refractory + i, cells.input + i);
  }
  return spikes;
}

constexpr Loops the_loops = {
    SPIKELOOM_TEXT(SPIKELOOM_ISA), read, chase,      random_lines, ring_8, ring_4, add_segments<4, true>, add_segments<4, false>,
    add_segments<5, true>,         lif,  lif_poisson};

}  // namespace

const Loops& SPIKELOOM_JOIN(loops_, SPIKELOOM_ISA)() { return the_loops; }

}  // namespace spikeloom::limits
