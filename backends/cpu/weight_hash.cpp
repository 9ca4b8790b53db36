// Walks the packed rows of all shards and hashes every weight, so that a state hash says what was really delivered.
#include <tbb/blocked_range.h>
#include <tbb/parallel_reduce.h>

#include "backends/cpu/pack.hpp"
#include "core/math/philox.hpp"

namespace spikeloom::cpu {
namespace {

template <Form form>
WeightHash row_hash(const std::byte* at, std::int64_t constant, std::uint64_t sender, const std::vector<std::uint64_t>& target) {
  WeightHash hash;
  for (;;) {
    const std::uint32_t head = load_head(at);
    at += head_bytes;
    for (std::uint32_t i = 0; i < head_count(head); ++i, at += record_bytes(form)) {
      const Record record = load_record(form, at);
      hash.add(sender, target[record.slot], form == Form::constant ? constant : record.weight);
    }
    if (head_gap(head) == 0) return hash;
  }
}

WeightHash row_hash(const Bundle& bundle, const std::byte* at, std::uint64_t sender, const std::vector<std::uint64_t>& target) {
  switch (bundle.form) {
    case Form::constant: return row_hash<Form::constant>(at, bundle.constant, sender, target);
    case Form::bits16: return row_hash<Form::bits16>(at, 0, sender, target);
    case Form::bits24: return row_hash<Form::bits24>(at, 0, sender, target);
    case Form::bits56: return row_hash<Form::bits56>(at, 0, sender, target);
  }
  return {};
}

/// By slot of a shard.
std::vector<std::uint64_t> hash_targets(const CompiledNetwork& network, const ShardPlan& plan) {
  std::vector<std::uint64_t> targets(plan.slots);
  for (std::size_t p = 0; p < network.populations.size(); ++p) {
    const Slice& slice = plan.slices[p];
    for (std::uint32_t r = 0; r < slice.slot.size(); ++r)
      for (std::uint32_t cell = slice.begin; slice.slot[r] != no_slot && cell < slice.end; ++cell)
        targets[slice.slot[r] + (cell - slice.begin)] = hash_end(network.populations[p].key, cell, r);
  }
  return targets;
}

}  // namespace

std::vector<std::uint64_t> hash_senders(const CompiledNetwork& network) {
  std::vector<std::uint64_t> senders(network.senders());
  std::size_t id = 0;
  for (const auto& population : network.populations)
    for (std::uint32_t cell = 0; cell < population.size; ++cell) senders[id++] = hash_end(population.key, cell);
  for (const auto& source : network.sources)
    for (std::uint32_t cell = 0; cell < source.size; ++cell) senders[id++] = hash_end(name_key(source.name), cell);
  return senders;
}

WeightHash weight_hash(const CompiledNetwork& network, const Partition& partition, const PackedSynapses& packed) {
  const auto senders = hash_senders(network);
  WeightHash hash;
  for (std::uint32_t s = 0; s < partition.size(); ++s) {
    const auto targets = hash_targets(network, partition.shard(s));
    for (std::size_t b = 0; b < packed.bundles.size(); ++b) {
      const Bundle& bundle = packed.bundles[b];
      const auto& rows = packed.rows[s][b].row;
      const auto part = [&](const tbb::blocked_range<std::size_t>& range, WeightHash sum) {
        for (std::size_t r = range.begin(); r != range.end(); ++r)
          if (rows[r] != nullptr) sum += row_hash(bundle, rows[r], senders[bundle.first_id + r], targets);
        return sum;
      };
      hash += tbb::parallel_reduce(tbb::blocked_range<std::size_t>(0, rows.size(), 256), WeightHash{}, part,
                                   [](WeightHash a, const WeightHash& c) { return a += c; });
    }
  }
  return hash;
}

}  // namespace spikeloom::cpu
