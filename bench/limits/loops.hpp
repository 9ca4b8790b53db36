// The loops whose speed is measured, compiled once per instruction set; data and checks are made elsewhere.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string_view>

namespace spikeloom::limits {

inline constexpr std::uint32_t line_words = 8;  ///< 64-bit words of a cache line
struct alignas(64) Line {
  std::uint64_t word[line_words];
};

/// Lines of a table of 2^bits at pseudo-random places: place k is scatter(k) >> (64 - bits).
constexpr std::uint64_t scatter(std::uint64_t k) {
  k *= 0x9e3779b97f4a7c15ULL;
  return (k ^ (k >> 29)) * 0xbf58476d1ce4e5b9ULL;
}

inline constexpr std::uint32_t ring_slots = 64;  ///< steps of the delay ring
/// A synapse of 8 bytes for the ring: target in the lower 24 bits, delay above.
struct RingSynapse {
  std::uint32_t target_and_delay;
  float weight;
};

/// Records [begin, begin + count) of one array; they share a delay.
struct Segment {
  std::uint32_t begin, count;
};

/// Coefficients of an exact leaky integrate-and-fire step with an exponential current, in the order of its equation.
struct LifStep {
  float leak, from_current, current_decay, drive, rest, threshold, reset, quantum;
  std::int32_t refractory_steps;
};
struct LifCells {
  std::uint32_t count;  ///< a multiple of lif_block
  float *V, *I;
  std::int32_t *refractory, *input;  ///< input in units of the quantum; cleared by the step
};
inline constexpr std::uint32_t lif_block = 64;

struct PoissonDraws {
  std::uint64_t key;
  const std::int16_t* step;  ///< thresholds, upper 16 bits, biased to signed, ascending and distinct
  std::uint32_t steps;
  std::int32_t weight;  ///< in quanta
  const void* table;    ///< for `exact`, which decides ties with a threshold
  std::uint32_t (*exact)(const void* table, std::uint64_t key, std::uint32_t cell, std::int64_t step);
};

struct Loops {
  std::string_view isa;
  /// Sum of all words.
  std::uint64_t (*read)(const Line* lines, std::size_t count);
  /// Follow word 0 from line to line.
  std::uint64_t (*chase)(const Line* lines, std::uint64_t start, std::uint64_t hops);
  /// Sum of word 0 of the lines at places first .. first + count.
  std::uint64_t (*random_lines)(const Line* lines, int bits, std::uint64_t first, std::uint64_t count);
  /// Add one row to the ring at step `now`; `stride` targets per slot.
  void (*ring_8)(const RingSynapse* row, std::uint32_t count, std::uint32_t now, float* ring, std::uint32_t stride);
  /// The same from runs [count << 16 | delay][target | weight << 17 ...] sorted by delay.
  void (*ring_4)(const std::uint32_t* row, std::uint32_t runs, std::uint32_t now, float* ring, std::uint32_t stride);
  /// Add segments to a vector of sums. Records of 4 bytes: 16 bits target, 16 bits weight; of 5 bytes: 24 bits weight.
  void (*segments_4)(const std::byte* records, const Segment* segments, std::size_t count, std::int32_t* sums);
  void (*segments_4_no_prefetch)(const std::byte* records, const Segment* segments, std::size_t count, std::int32_t* sums);
  void (*segments_5)(const std::byte* records, const Segment* segments, std::size_t count, std::int32_t* sums);
  /// One step of all cells; the number of spikes. With `draws` a Poisson number per cell joins the input first.
  std::uint64_t (*lif)(const LifStep& lif, const LifCells& cells);
  std::uint64_t (*lif_poisson)(const LifStep& lif, const LifCells& cells, const PoissonDraws& draws, std::int64_t step);
};

const Loops& loops_v2();
const Loops& loops_v3();
const Loops& loops_v4();

}  // namespace spikeloom::limits
