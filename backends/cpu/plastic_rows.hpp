// How plastic synapses lie in memory: rows of runs, as static ones, but with their numbers in columns and a head that says how
// far the run has been brought.
//
//   row = run, run, ...                       one row per (source, shard); runs in order of delay, the last one marked
//   run = head, targets (16 bits each, padded), then for each number of the rule a column of reals, weights first
//
// Within a run synapses are in order of target, then as the projection's visitor gave them.
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <span>
#include <utility>
#include <vector>

#include "backends/cpu/arena.hpp"
#include "backends/cpu/partition.hpp"
#include "core/compile/compiled.hpp"

namespace spikeloom::cpu {

struct PlasticHead {
  std::uint32_t count;
  std::uint32_t delay : 31;
  std::uint32_t is_last : 1;
  std::int32_t seen;      ///< posts up to this step (core/rule_run.hpp) are in
  std::uint32_t pending;  ///< pres of the last arrival that are not in yet, as posts of their instant were not known
};
static_assert(sizeof(PlasticHead) == 16);

/// Columns begin at multiples of this.
constexpr std::size_t padded(std::size_t bytes) { return (bytes + 7) & ~std::size_t{7}; }

inline std::uint16_t* targets_of(PlasticHead* head) { return reinterpret_cast<std::uint16_t*>(head + 1); }
template <class Real>
Real* column_of(PlasticHead* head, int k) {
  auto* at = reinterpret_cast<std::byte*>(head + 1) + padded(std::size_t{head->count} * sizeof(std::uint16_t));
  return reinterpret_cast<Real*>(at + static_cast<std::size_t>(k) * padded(head->count * sizeof(Real)));
}
template <class Real>
constexpr std::size_t run_bytes(std::size_t count, int numbers) {
  return sizeof(PlasticHead) + padded(count * sizeof(std::uint16_t)) +
         static_cast<std::size_t>(numbers) * padded(count * sizeof(Real));
}
template <class Real>
PlasticHead* next_run(PlasticHead* head, int numbers) {
  return reinterpret_cast<PlasticHead*>(reinterpret_cast<std::byte*>(head) + run_bytes<Real>(head->count, numbers));
}

/// What is worked on first of a run, before its turn comes; kernels fetch the rest as they go.
template <class Real>
void fetch(PlasticHead* head, int numbers) {
  constexpr std::size_t line = 64, begin = 512;  ///< synapses
  const auto part = [&](const void* from, std::size_t bytes) {
    for (std::size_t at = 0; at < bytes; at += line) __builtin_prefetch(static_cast<const std::byte*>(from) + at, 1);
  };
  const std::size_t count = head->count < begin ? head->count : begin;
  part(targets_of(head), count * sizeof(std::uint16_t));
  for (int k = 0; k < numbers; ++k) part(column_of<Real>(head, k), count * sizeof(Real));
}

/// One plastic projection, restricted to one segment of its targets.
struct PlasticPart {
  std::uint32_t projection = 0, segment = 0;
  std::uint32_t index = 0;                      ///< of the projection among plastic ones
  std::vector<std::vector<PlasticHead*>> rows;  ///< [shard][source], nullptr: none
};

struct PackedPlastic {
  std::vector<PlasticPart> parts;
  std::vector<Arena> arenas;  ///< one per shard
};

template <class Real>
PackedPlastic pack_plastic(const CompiledNetwork& network, const Partition& partition, int threads);

/// Bytes that pack_plastic() uses, and the scratch memory it holds at most beside them.
std::uint64_t predict_plastic_bytes(const CompiledNetwork& network, const Partition& partition);
std::uint64_t predict_plastic_packing_bytes(const CompiledNetwork& network, std::uint64_t threads);

/// Ranges of sources whose synapses are worked on together: whole grains of some thousand synapses.
std::vector<std::pair<std::uint32_t, std::uint32_t>> plastic_chunks(const CompiledProjection& projection);
/// How many synapses the largest chunk has, about, and bytes that each takes while it is visited.
std::uint64_t largest_plastic_chunk(const CompiledProjection& projection);
inline constexpr std::uint64_t visited_synapse_bytes = 64;

/// Where a synapse lies.
struct PlasticPlace {
  std::uint32_t part = 0;                ///< among the projection's
  std::uint32_t source = 0, target = 0;  ///< running indices
  std::uint32_t shard = 0, delay = 0;
  std::uint32_t position = 0;         ///< within its run
  std::uint32_t number = 0, all = 0;  ///< in canonical order, among all of the sources asked for
};
/// All synapses of the sources [first, last) of one projection, run by run; `parts` are the projection's. Returns how many.
std::uint32_t visit_places(const CompiledNetwork& network, const Partition& partition, std::span<const PlasticPart> parts,
                           std::uint32_t first, std::uint32_t last, const std::function<void(const PlasticPlace&)>& place);

}  // namespace spikeloom::cpu
