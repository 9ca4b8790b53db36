// One portion of packing: a few sources of one population or input with all their synapses of one bundle, drawn once, sorted
// by counting, and written where they stay.
#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "backends/cpu/pack.hpp"

namespace spikeloom::cpu {

/// Sources [first, last) of one population or input.
struct Chunk {
  std::uint32_t bundle = 0;
  EndSegment::Kind kind = EndSegment::Kind::population;
  std::uint32_t end = 0;
  std::uint32_t first = 0, last = 0;
  std::uint32_t id = 0;        ///< of source `first`
  std::uint64_t expected = 0;  ///< synapses, about
};

/// What a chunk should hold, so that its scratch memory stays in the L2.
inline constexpr std::uint64_t chunk_synapses = 1 << 13;

/// One thread's scratch memory. collect(), then write() once memory of bytes(shard) is there for every shard.
class ChunkPacker {
 public:
  /// Its row, delay, slot and weight.
  static constexpr std::uint64_t synapse_bytes = 18;

  ChunkPacker(const CompiledNetwork& network, const Partition& partition) : network_(network), partition_(partition) {}

  /// Draws the synapses of the chunk and lays out its rows.
  void collect(const Bundle& bundle, const Chunk& chunk);
  /// Of the chunk's rows in a shard.
  std::uint64_t bytes(std::uint32_t shard) const { return bytes_[shard]; }
  std::size_t synapses() const { return count_; }
  std::size_t runs() const { return groups_.size(); }
  /// Held by this packer: what its largest chunk needed.
  std::uint64_t scratch_bytes() const;
  /// Writes the rows, those of shard s from at[s] on, and enters where each begins into rows[s][bundle].
  void write(const Bundle& bundle, const Chunk& chunk, std::span<std::byte* const> at, std::vector<std::vector<ShardRows>>& rows);

 private:
  /// Synapses of one row with one delay: one run, or several where they are more than a run holds.
  struct Group {
    std::uint32_t row, delay, count, bin;
    std::uint32_t way = 0, way_on = 0;  ///< steps that empty runs take before it, and after it
    std::uint32_t gap = 0;              ///< what its last head says
    std::byte* start = nullptr;         ///< its first head
  };
  friend class Collector;

  void reserve(std::size_t synapses, bool with_weights);
  void find_groups(std::uint32_t rows);
  void find_groups_by_sorting();
  void measure(Form form);
  template <Form form>
  void scatter();

  const CompiledNetwork& network_;
  const Partition& partition_;
  std::size_t count_ = 0;
  std::vector<std::uint32_t> row_;    ///< (source - chunk.first) * shards + shard; later the bin
  std::vector<std::uint32_t> delay_;  ///< in steps
  std::vector<std::uint16_t> slot_;
  std::vector<std::int64_t> weight_;  ///< grid units
  std::uint32_t shortest_ = UINT32_MAX, longest_ = 0;
  std::vector<std::uint32_t> tally_;
  std::vector<Group> groups_;      ///< by row, then delay
  std::vector<std::byte*> place_;  ///< by bin: of the next record
  std::vector<std::uint64_t> bytes_;
};

}  // namespace spikeloom::cpu
