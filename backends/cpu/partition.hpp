// Which shard owns which cell and where its input sums lie: a shard is a slice of every population.
#pragma once

#include <cstdint>
#include <vector>

#include "core/compile/compiled.hpp"

namespace spikeloom::cpu {

inline constexpr std::uint32_t slice_grain = 128;  ///< slices begin at multiples of this: whole tiles, whole Poisson blocks
inline constexpr std::uint32_t no_slot = UINT32_MAX;

struct Slice {
  std::uint32_t begin = 0, end = 0;  ///< cells of the population
  std::vector<std::uint32_t> slot;   ///< per receptor: slot of cell `begin`, or no_slot where nothing arrives
};

struct ShardPlan {
  std::vector<Slice> slices;  ///< one per population
  std::uint32_t slots = 0, cells = 0;
};

class Partition {
 public:
  /// As many shards as `threads`, and more where one would have over 65,536 slots.
  Partition(const CompiledNetwork& network, int threads);

  std::uint32_t size() const { return static_cast<std::uint32_t>(shards_.size()); }
  const ShardPlan& shard(std::uint32_t s) const { return shards_[s]; }
  std::uint32_t shard_of(std::uint32_t population, std::uint32_t cell) const {
    return shard_of_block_[first_block_[population] + cell / slice_grain];
  }
  std::uint32_t slot_of(std::uint32_t shard, std::uint32_t population, int receptor, std::uint32_t cell) const {
    const Slice& slice = shards_[shard].slices[population];
    return slice.slot[static_cast<std::size_t>(receptor)] + (cell - slice.begin);
  }

 private:
  std::vector<ShardPlan> shards_;
  std::vector<std::uint32_t> first_block_;  ///< per population, into shard_of_block_
  std::vector<std::uint16_t> shard_of_block_;
};

}  // namespace spikeloom::cpu
