// Delivering spikes: into the classic ring of inputs in memory, and by segments of equal delay into sums that stay in the L2.
#include <fmt/format.h>

#include <array>
#include <memory>
#include <numeric>

#include "bench/limits/buffer.hpp"
#include "bench/limits/limit.hpp"
#include "core/math/philox.hpp"

namespace spikeloom::limits {
namespace {

// The cortical microcircuit: its cells, its mean row, its spikes per step, and about as many delays.
constexpr std::uint32_t neurons = 77169, shard_neurons = 38592, row_synapses = 3873, spikes_per_step = 25, delays = 25;

std::uint32_t uniform(std::uint64_t index, std::uint32_t below) {
  const std::uint32_t word = philox(77, static_cast<std::uint32_t>(index), static_cast<std::uint32_t>(index >> 32), 0, 0)[0];
  return static_cast<std::uint32_t>(std::uint64_t{word} * below >> 32);
}

/// Rows of one thread onto its own share of the targets, and its part of the ring.
struct Ring {
  Ring(std::uint64_t bytes, std::uint32_t targets, std::uint32_t synapses)
      : stride(targets),
        row_size(synapses),
        rows(static_cast<std::uint32_t>(bytes / 8 / synapses)),
        eight(std::size_t{rows} * synapses),
        four(std::size_t{rows} * (synapses + delays)),
        sums(std::size_t{ring_slots} * targets) {
    std::array<std::vector<std::uint32_t>, delays> by_delay;
    for (std::uint32_t row = 0; row < rows; ++row) {
      for (auto& run : by_delay) run.clear();
      for (std::uint32_t k = 0; k < synapses; ++k) {
        const std::size_t index = std::size_t{row} * synapses + k;
        const std::uint32_t target = uniform(2 * index, targets), delay = 1 + uniform(2 * index + 1, delays);
        eight[index] = {target | delay << 24, 1};
        by_delay[delay - 1].push_back(target);
      }
      std::uint32_t* out = four.data() + std::size_t{row} * (synapses + delays);
      for (std::uint32_t d = 0; d < delays; ++d) {
        *out++ = static_cast<std::uint32_t>(by_delay[d].size()) << 16 | (d + 1);
        for (const std::uint32_t target : by_delay[d]) *out++ = target | 1u << 17;
      }
    }
  }
  std::uint32_t row_of(std::uint64_t spike) const { return uniform(spike + (std::uint64_t{1} << 40), rows); }
  void clear() const { std::fill_n(sums.data(), sums.size(), 0.0f); }
  std::uint64_t total() const {
    double sum = 0;  // of small integers: exact
    for (std::size_t i = 0; i < sums.size(); ++i) sum += sums[i];
    return static_cast<std::uint64_t>(sum);
  }

  std::uint32_t stride, row_size, rows;
  Buffer<RingSynapse> eight;
  Buffer<std::uint32_t> four;
  Buffer<float> sums;
};

/// The ring is one for all threads together: each holds the targets that it owns.
void ring_limits(const Loops& loops, const Sizes& sizes, int threads, Limit& eight, Limit& four) {
  std::vector<std::unique_ptr<Ring>> rings;
  const auto n = static_cast<std::uint32_t>(threads);
  for (std::uint32_t t = 0; t < n; ++t)
    rings.push_back(std::make_unique<Ring>(sizes.synapse_bytes, (neurons + n - 1) / n, (row_synapses + n - 1) / n));
  const std::uint64_t spikes = std::max<std::uint64_t>(1, sizes.least_operations / rings[0]->row_size);
  const std::uint64_t events = spikes * rings[0]->row_size;
  for (Limit* limit : {&eight, &four}) {
    std::vector<Work> works;
    for (const auto& ring : rings) {
      ring->clear();
      works.push_back(
          {events, [&loops, &r = *ring, spikes, wide = limit == &eight] {
             for (std::uint64_t s = 0; s < spikes; ++s) {
               const std::uint32_t row = r.row_of(s), now = static_cast<std::uint32_t>(s / spikes_per_step);
               if (wide) loops.ring_8(r.eight.data() + std::size_t{row} * r.row_size, r.row_size, now, r.sums.data(), r.stride);
               else loops.ring_4(r.four.data() + std::size_t{row} * (r.row_size + delays), delays, now, r.sums.data(), r.stride);
             }
             return std::uint64_t{0};
           }});
    }
    std::vector<std::uint64_t> expected(rings.size(), 0);
    limit->speeds.push_back(time_side_by_side(works, sizes.repeats, [&](std::size_t t, std::uint64_t) {
      expected[t] += events;
      expect_equal(limit->name, rings[t]->total(), expected[t]);
    }));
  }
}

/// Rows of one shard as segments of equal delay, and the order in which travelling spikes visit them: in each step one segment
/// of every spike of the last `delays` steps.
struct Segments {
  Segments(std::uint64_t bytes, std::uint64_t events, std::uint64_t seed)
      : records(bytes / 5 + 16), packed((bytes / 5 + 16) * 5 + 16), sums(shard_neurons) {
    const auto room = static_cast<std::uint32_t>(bytes / 5);
    std::vector<Segment> places;
    for (std::uint32_t begin = 0, index = 0; begin < room; ++index) {
      // 40 to 114 synapses: about what a row of the microcircuit has per delay and shard
      const std::uint32_t count = std::min(room - begin, 40 + uniform(seed + index, 75));
      places.push_back({begin, count});
      begin += count;
    }
    for (std::uint32_t i = 0; i < room; ++i) {
      const std::uint32_t target = uniform(seed + (std::uint64_t{1} << 41) + i, shard_neurons), weight = 1 + i % 3;
      records[i] = target | weight << 16;
      const std::uint64_t word = target | std::uint64_t{weight} << 16;
      __builtin_memcpy(packed.data() + std::size_t{i} * 5, &word, 5);
    }
    const auto rows = std::max<std::uint32_t>(1, static_cast<std::uint32_t>(places.size() / delays));
    for (std::int64_t step = 0; planned < events; ++step)
      for (std::uint32_t d = 0; d < delays; ++d)
        for (std::uint32_t k = 0; k < spikes_per_step; ++k) {
          const auto spike = static_cast<std::uint64_t>((step - d + delays) * spikes_per_step + k);
          const std::size_t place = std::size_t{uniform(seed + spike + (std::uint64_t{1} << 42), rows)} * delays + d;
          if (place >= places.size()) continue;
          visits.push_back(places[place]);
          planned += places[place].count;
          for (std::uint32_t i = 0; i < places[place].count; ++i) weight_sum += 1 + (places[place].begin + i) % 3;
        }
  }
  std::uint64_t total() const {
    return static_cast<std::uint64_t>(std::accumulate(sums.data(), sums.data() + sums.size(), std::int64_t{0}));
  }

  Buffer<std::uint32_t> records;
  Buffer<std::byte> packed;
  Buffer<std::int32_t> sums;
  std::vector<Segment> visits;
  std::uint64_t planned = 0, weight_sum = 0;
};

}  // namespace

std::vector<Limit> delivery_limits(const Loops& loops, const Sizes& sizes, int threads) {
  const std::string ring = fmt::format("{} x {} floats", neurons, ring_slots);
  Limit eight{"scatter-add into a delay ring", ring + ", 8-byte synapses", Unit::millions_per_s, 1, {}};
  Limit four{"the same, sorted by delay", ring + ", 4-byte synapses", Unit::millions_per_s, 1, {}};
  for (int n = 1; n <= threads; ++n) ring_limits(loops, sizes, n, eight, four);
  std::vector<Limit> limits = {eight, four};

  std::vector<std::unique_ptr<Segments>> shards;
  for (int t = 0; t < threads; ++t)
    shards.push_back(std::make_unique<Segments>(sizes.synapse_bytes, sizes.least_operations, std::uint64_t(t) << 50));
  struct Variant {
    const char* detail;
    void (*loop)(const std::byte*, const Segment*, std::size_t, std::int32_t*);
    bool packed;
  };
  for (const auto& [detail, loop, packed] : {Variant{"4-byte synapses", loops.segments_4, false},
                                             Variant{"4-byte synapses, no prefetch", loops.segments_4_no_prefetch, false},
                                             Variant{"5-byte synapses", loops.segments_5, true}}) {
    Limit limit{"delay segments into the L2", detail, Unit::millions_per_s, 1, {}};
    for (std::size_t n = 1; n <= shards.size(); ++n) {
      std::vector<Work> works;
      std::vector<std::uint64_t> expected(n);
      for (std::size_t t = 0; t < n; ++t) {
        std::fill_n(shards[t]->sums.data(), shards[t]->sums.size(), 0);
        works.push_back({shards[t]->planned, [&s = *shards[t], loop = loop, packed = packed] {
                           const auto* bytes = packed ? s.packed.data() : reinterpret_cast<const std::byte*>(s.records.data());
                           loop(bytes, s.visits.data(), s.visits.size(), s.sums.data());
                           return std::uint64_t{0};
                         }});
      }
      limit.speeds.push_back(time_side_by_side(works, sizes.repeats, [&](std::size_t t, std::uint64_t) {
        expected[t] += shards[t]->weight_sum;
        expect_equal(limit.name, shards[t]->total(), expected[t]);
      }));
    }
    limits.push_back(limit);
  }
  return limits;
}

}  // namespace spikeloom::limits
