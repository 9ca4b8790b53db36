// Packing works on chunks (chunk.hpp), which are independent: any thread may pack any of them, and only addresses depend on
// which did.
#include "backends/cpu/pack.hpp"

#include <tbb/enumerable_thread_specific.h>
#include <tbb/global_control.h>
#include <tbb/parallel_for.h>
#include <tbb/task_arena.h>

#include <algorithm>
#include <atomic>
#include <map>

#include "backends/cpu/chunk.hpp"

namespace spikeloom::cpu {
namespace {

std::uint64_t mean_row(const CompiledNetwork& network, const Feed& feed) {
  const auto& rows = *network.projections[feed.projection].rows;
  return rows.sources == 0 ? 0 : rows.count() / rows.sources;
}

/// Chunks of one bundle: per population or input that feeds it, as many sources as make chunk_synapses, in whole grains.
void add_chunks(const CompiledNetwork& network, const std::vector<Bundle>& bundles, std::uint32_t b, std::vector<Chunk>& chunks) {
  struct End {
    std::uint64_t per_source = 0;
    std::uint32_t grain = 1, first = UINT32_MAX, last = 0;
    EndSegment segment;
  };
  std::map<std::pair<int, std::uint32_t>, End> ends;
  for (const auto& feed : bundles[b].feeds)
    for (const auto& from : network.projections[feed.projection].from) {
      if (from.count == 0) continue;
      End& end = ends[{static_cast<int>(from.kind), from.index}];
      end.segment = from;
      end.per_source += mean_row(network, feed);
      end.grain = std::max(end.grain, network.projections[feed.projection].rows->grain());
      end.first = std::min(end.first, from.first);
      end.last = std::max(end.last, from.first + from.stride * (from.count - 1) + 1);
    }
  for (const auto& [key, end] : ends) {
    const std::uint64_t wanted = std::max<std::uint64_t>(1, chunk_synapses / std::max<std::uint64_t>(end.per_source, 1));
    const std::uint64_t size = std::min<std::uint64_t>((wanted + end.grain - 1) / end.grain * end.grain, 1u << 20);
    const std::uint32_t id = network.first_sender(end.segment.kind, end.segment.index);
    for (std::uint64_t cell = end.first / end.grain * end.grain; cell < end.last; cell += size) {
      Chunk chunk{b, end.segment.kind, end.segment.index, 0, 0, 0, 0};
      chunk.first = static_cast<std::uint32_t>(std::max<std::uint64_t>(cell, end.first));
      chunk.last = static_cast<std::uint32_t>(std::min<std::uint64_t>(cell + size, end.last));
      chunk.id = id + chunk.first;
      chunk.expected = end.per_source * (chunk.last - chunk.first);
      chunks.push_back(chunk);
    }
  }
}

std::vector<Chunk> all_chunks(const CompiledNetwork& network, const std::vector<Bundle>& bundles) {
  std::vector<Chunk> chunks;
  for (std::uint32_t b = 0; b < bundles.size(); ++b) add_chunks(network, bundles, b, chunks);
  return chunks;
}

struct Tally {
  std::atomic<std::uint64_t> synapses{0}, runs{0};
};

void pack_chunk(ChunkPacker& packer, const Chunk& chunk, PackedSynapses& packed, std::vector<Tally>& tallies) {
  const Bundle& bundle = packed.bundles[chunk.bundle];
  packer.collect(bundle, chunk);
  std::vector<std::byte*> at;
  for (std::uint32_t s = 0; s < packed.arenas.size(); ++s)
    at.push_back(packer.bytes(s) == 0 ? nullptr : packed.arenas[s].take(packer.bytes(s)));
  packer.write(bundle, chunk, at, packed.rows);
  tallies[chunk.bundle].synapses += packer.synapses();
  tallies[chunk.bundle].runs += packer.runs();
}

/// A bound on what any shard can need: every synapse in a run of its own, every row with all its hops.
std::size_t reserve_bytes(const CompiledNetwork& network, const std::vector<Bundle>& bundles) {
  std::size_t bytes = overread_bytes + 64;
  for (const auto& bundle : bundles) {
    const std::uint64_t hops = network.max_delay() / max_gap + 2;
    bytes += (bundle.last_id - bundle.first_id) * hops * head_bytes;
    for (const auto& feed : bundle.feeds)
      bytes += network.projections[feed.projection].rows->count() * (record_bytes(bundle.form) + head_bytes);
  }
  return bytes;
}

PackedSynapses empty_rows(const CompiledNetwork& network, const Partition& partition, Layout layout) {
  PackedSynapses packed;
  packed.bundles = choose_bundles(network, layout);
  packed.rows.resize(partition.size());
  for (auto& shard : packed.rows)
    for (const auto& bundle : packed.bundles) shard.push_back({std::vector<const std::byte*>(bundle.last_id - bundle.first_id)});
  return packed;
}

}  // namespace

std::uint64_t PackedSynapses::bytes() const {
  std::uint64_t total = 0;
  for (const auto& arena : arenas) total += arena.used();
  for (const auto& shard : rows)
    for (const auto& bundle : shard) total += bundle.row.size() * sizeof bundle.row[0];
  return total;
}

PackedSynapses pack(const CompiledNetwork& network, const Partition& partition, int threads, Layout layout) {
  PackedSynapses packed = empty_rows(network, partition, layout);
  const std::size_t reserve = reserve_bytes(network, packed.bundles);
  for (std::uint32_t s = 0; s < partition.size(); ++s) packed.arenas.emplace_back(reserve);
  packed.synapses = network.synapses();

  const auto chunks = all_chunks(network, packed.bundles);
  std::vector<Tally> tallies(packed.bundles.size());
  tbb::global_control limit(tbb::global_control::max_allowed_parallelism, static_cast<std::size_t>(std::max(threads, 1)));
  tbb::task_arena workers(std::max(threads, 1));
  workers.execute([&] {
    tbb::enumerable_thread_specific<ChunkPacker> packers([&] { return ChunkPacker(network, partition); });
    tbb::parallel_for(std::size_t{0}, chunks.size(),
                      [&](std::size_t c) { pack_chunk(packers.local(), chunks[c], packed, tallies); });
  });
  for (auto& arena : packed.arenas) arena.take(overread_bytes);
  for (std::size_t b = 0; b < tallies.size() && network.max_delay() <= max_gap; ++b) {
    const auto synapses = static_cast<double>(tallies[b].synapses), runs = static_cast<double>(tallies[b].runs);
    packed.bundles[b].copies =
        layout == Layout::copies || (layout != Layout::runs && has_short_runs(synapses, runs, network.max_delay()));
  }
  return packed;
}

PackingBytes predict_packing(const CompiledNetwork& network, const Partition& partition, std::uint64_t threads) {
  // Per bundle up to 24 chunks, or some two million synapses. Of larger chunks only the records are counted.
  constexpr std::uint64_t most_samples = 24, largest_sample = std::uint64_t{1} << 21;
  const auto bundles = choose_bundles(network);
  PackingBytes bytes;
  std::uint64_t chunk_count = 0, largest = 0, rows = 0;
  ChunkPacker packer(network, partition);
  for (std::uint32_t b = 0; b < bundles.size(); ++b) {
    const std::uint64_t pointers = std::uint64_t{bundles[b].last_id - bundles[b].first_id} * partition.size();
    bytes.packed += pointers * sizeof(std::byte*);
    std::vector<Chunk> chunks;
    add_chunks(network, bundles, b, chunks);
    chunk_count += chunks.size();
    std::uint64_t sources = 0, sampled_sources = 0, sampled_bytes = 0, expected = 1;
    for (const auto& chunk : chunks) sources += chunk.last - chunk.first, expected = std::max(expected, chunk.expected);
    const std::uint64_t samples = std::clamp<std::uint64_t>(largest_sample / expected, 1, most_samples);
    for (std::size_t c = 0; c < chunks.size(); c += std::max<std::size_t>(1, chunks.size() / samples)) {
      sampled_sources += chunks[c].last - chunks[c].first;
      if (chunks[c].expected > largest_sample) {
        sampled_bytes += chunks[c].expected * record_bytes(bundles[b].form);
        largest = std::max(largest, chunks[c].expected * (ChunkPacker::synapse_bytes + sizeof(std::uint32_t)));
        continue;
      }
      packer.collect(bundles[b], chunks[c]);
      for (std::uint32_t s = 0; s < partition.size(); ++s) sampled_bytes += packer.bytes(s);
    }
    if (sampled_sources > 0)
      rows += static_cast<std::uint64_t>(static_cast<double>(sampled_bytes) * static_cast<double>(sources) /
                                         static_cast<double>(sampled_sources));
  }
  const std::uint64_t shards = std::max(partition.size(), 1u);
  bytes.packed += shards * Arena::resident_bytes(rows / shards, reserve_bytes(network, bundles));
  bytes.scratch = std::min(threads, chunk_count) * std::max(largest, packer.scratch_bytes());
  return bytes;
}

}  // namespace spikeloom::cpu
