// Cuts every population into as many slices as there are shards.
#include "backends/cpu/partition.hpp"

#include <algorithm>

#include "backends/cpu/layout.hpp"

namespace spikeloom::cpu {
namespace {

std::uint64_t blocks_of(const CompiledPopulation& population) {
  return population.exact ? 0 : (std::uint64_t{population.size} + slice_grain - 1) / slice_grain;
}

/// Something arrives at receptor r, and it is not merged into another.
bool keeps_sums(const CompiledPopulation& population, std::size_t r) {
  const int receptor = static_cast<int>(r);
  return !population.exact && population.grids[r].used &&
         population.model.merged_receptor(population.variant, receptor) == receptor;
}

std::uint32_t own_receptors(const CompiledPopulation& population) {
  std::uint32_t count = 0;
  for (std::size_t r = 0; r < population.grids.size(); ++r) count += keeps_sums(population, r);
  return count;
}

ShardPlan plan_shard(const CompiledNetwork& network, std::uint64_t s, std::uint64_t shards) {
  ShardPlan plan;
  for (const auto& population : network.populations) {
    const std::uint64_t blocks = blocks_of(population);
    Slice slice;
    slice.begin = static_cast<std::uint32_t>(std::min<std::uint64_t>(blocks * s / shards * slice_grain, population.size));
    slice.end = static_cast<std::uint32_t>(std::min<std::uint64_t>(blocks * (s + 1) / shards * slice_grain, population.size));
    for (std::size_t r = 0; r < population.grids.size(); ++r) {
      slice.slot.push_back(keeps_sums(population, r) ? plan.slots : no_slot);
      if (keeps_sums(population, r)) plan.slots += slice.end - slice.begin;
    }
    plan.cells += slice.end - slice.begin;
    plan.slices.push_back(std::move(slice));
  }
  return plan;
}

}  // namespace

Partition::Partition(const CompiledNetwork& network, int threads) {
  std::uint64_t slots = 0;
  for (const auto& population : network.populations) slots += std::uint64_t{population.size} * own_receptors(population);
  std::uint64_t shards =
      std::max<std::uint64_t>(static_cast<std::uint64_t>(std::max(threads, 1)), (slots + max_slots - 1) / max_slots);
  for (bool fits = false; !fits; ++shards) {  // whole blocks may tip a shard over its slots: then one shard more
    shards_.clear();
    for (std::uint64_t s = 0; s < shards; ++s) shards_.push_back(plan_shard(network, s, shards));
    fits = std::all_of(shards_.begin(), shards_.end(), [](const ShardPlan& plan) { return plan.slots <= max_slots; });
  }
  for (std::uint32_t p = 0; p < network.populations.size(); ++p) {
    first_block_.push_back(static_cast<std::uint32_t>(shard_of_block_.size()));
    shard_of_block_.resize(shard_of_block_.size() + blocks_of(network.populations[p]));
    for (std::uint32_t s = 0; s < shards_.size(); ++s)
      for (std::uint32_t cell = shards_[s].slices[p].begin; cell < shards_[s].slices[p].end; cell += slice_grain)
        shard_of_block_[first_block_[p] + cell / slice_grain] = static_cast<std::uint16_t>(s);
  }
}

}  // namespace spikeloom::cpu
