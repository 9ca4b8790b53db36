// Packing sorts the synapses of a chunk of sources by row, delay and target, and remembers for each where it went.
#include "backends/cpu/plastic_rows.hpp"

#include <tbb/enumerable_thread_specific.h>
#include <tbb/global_control.h>
#include <tbb/parallel_for.h>
#include <tbb/task_arena.h>

#include <algorithm>
#include <array>
#include <numeric>
#include <utility>

#include "core/run/used_weights.hpp"

namespace spikeloom::cpu {
namespace {

constexpr std::uint64_t chunk_synapses = 1 << 15;

/// A visited synapse; sorted by (row, delay, local target, number).
struct Visited {
  std::uint32_t row;  ///< (source - first) * shards + shard
  std::uint32_t delay;
  std::uint16_t local;
  std::uint32_t number;  ///< in visiting order
  std::uint32_t target;
  double weight;
};

/// What was visited, and the order in which it is packed.
class VisitedSynapses {
 public:
  std::vector<Visited> all;  ///< in order of number

  /// Digit by digit; digits that all have in common are left out. Synapses stay where they are, only keys move.
  void sort() {
    keys_.clear();
    for (std::uint32_t k = 0; k < all.size(); ++k) keys_.push_back({key_of(all[k]), k});
    std::uint64_t differing = 0;
    for (const Key& key : keys_) differing |= key.value ^ keys_[0].value;
    for (int shift = 0; shift < 64; shift += digit_bits)
      if ((differing >> shift & digit_mask) != 0) by_digit(shift);
  }
  const Visited& sorted(std::size_t k) const { return all[keys_[k].index]; }
  /// Calls run(first, end) for each stretch of equal row and delay.
  template <class Run>
  void for_runs(const Run& run) const {
    for (std::size_t first = 0; first < keys_.size();) {
      std::size_t end = first;
      while (end < keys_.size() && keys_[end].value >> local_bits == keys_[first].value >> local_bits) ++end;
      run(first, end);
      first = end;
    }
  }

 private:
  static constexpr int digit_bits = 11, local_bits = 16;
  static constexpr std::uint64_t digit_mask = (1u << digit_bits) - 1;
  struct Key {
    std::uint64_t value;
    std::uint32_t index;
  };
  static_assert(sizeof(Visited) + 2 * sizeof(Key) == visited_synapse_bytes);
  /// Delays have at most 22 bits (two parts of max_delay_steps), rows of a chunk fewer than 27.
  static std::uint64_t key_of(const Visited& v) {
    return std::uint64_t{v.row} << 38 | std::uint64_t{v.delay} << local_bits | v.local;
  }
  void by_digit(int shift) {
    std::array<std::uint32_t, digit_mask + 1> begin{};
    for (const Key& key : keys_) ++begin[key.value >> shift & digit_mask];
    std::exclusive_scan(begin.begin(), begin.end(), begin.begin(), 0u);
    other_.resize(keys_.size());
    for (const Key& key : keys_) other_[begin[key.value >> shift & digit_mask]++] = key;
    keys_.swap(other_);
  }

  std::vector<Key> keys_, other_;
};

std::uint64_t mean_synapses(const Rows& rows, std::uint32_t first, std::uint32_t last) {
  return rows.count() / rows.sources * (last - first);
}

class VisitedSink final : public SynapseSink {
 public:
  VisitedSink(const CompiledNetwork& network, const Partition& partition, const PlasticPart& part, std::uint32_t first,
              std::vector<Visited>& out)
      : to_(network.projections[part.projection].to[part.segment]), partition_(partition), first_(first), out_(out) {}
  void take(const SynapseBatch& batch) override {
    for (std::uint32_t i = 0; i < batch.count; ++i, ++number_) {
      const std::uint32_t target = batch.target[i] - to_.offset;
      if (target >= to_.count) continue;  // another segment's
      const std::uint32_t cell = to_.first + target * to_.stride, shard = partition_.shard_of(to_.index, cell);
      out_.push_back({(batch.source[i] - first_) * partition_.size() + shard, batch.delay[i],
                      static_cast<std::uint16_t>(cell - partition_.shard(shard).slices[to_.index].begin), number_,
                      batch.target[i], batch.weight[i]});
    }
  }
  std::uint32_t seen() const { return number_; }

 private:
  const EndSegment& to_;
  const Partition& partition_;
  const std::uint32_t first_;
  std::vector<Visited>& out_;
  std::uint32_t number_ = 0;
};

/// Returns how many synapses there are, those of other segments counted.
std::uint32_t collect(const CompiledNetwork& network, const Partition& partition, const PlasticPart& part, std::uint32_t first,
                      std::uint32_t last, VisitedSynapses& out) {
  const Rows& rows = *network.projections[part.projection].rows;
  out.all.clear();
  out.all.reserve(static_cast<std::size_t>(1.02 * static_cast<double>(mean_synapses(rows, first, last))));
  VisitedSink sink(network, partition, part, first, out.all);
  rows.visit(first, last, sink);
  out.sort();
  return sink.seen();
}

template <class Real>
void pack_chunk(const CompiledNetwork& network, const Partition& partition, PackedPlastic& packed, PlasticPart& part,
                std::uint32_t first, std::uint32_t last, VisitedSynapses& room) {
  const int numbers = network.projections[part.projection].plasticity->numbers();
  const std::uint32_t shards = partition.size();
  collect(network, partition, part, first, last, room);
  std::vector<std::size_t> bytes(shards, 0);
  room.for_runs(
      [&](std::size_t from, std::size_t end) { bytes[room.sorted(from).row % shards] += run_bytes<Real>(end - from, numbers); });
  std::vector<std::byte*> at(shards);
  for (std::uint32_t s = 0; s < shards; ++s)
    if (bytes[s] > 0) at[s] = packed.arenas[s].take(bytes[s], 8);
  room.for_runs([&](std::size_t from, std::size_t end) {
    const Visited& head_of = room.sorted(from);
    const std::uint32_t shard = head_of.row % shards;
    auto* const head = reinterpret_cast<PlasticHead*>(at[shard]);
    *head = {static_cast<std::uint32_t>(end - from), head_of.delay, end == room.all.size() || room.sorted(end).row != head_of.row,
             INT32_MIN / 2, 0};
    if (from == 0 || room.sorted(from - 1).row != head_of.row) part.rows[shard][first + head_of.row / shards] = head;
    std::uint16_t* const targets = targets_of(head);
    Real* const weight = column_of<Real>(head, 0);
    for (std::size_t k = from; k < end; ++k) {
      targets[k - from] = room.sorted(k).local;
      weight[k - from] = static_cast<Real>(room.sorted(k).weight);
    }
    for (int n = 1; n < numbers; ++n) std::fill_n(column_of<Real>(head, n), end - from, Real(0));
    at[shard] += run_bytes<Real>(end - from, numbers);
  });
}

std::vector<PlasticPart> parts_of(const CompiledNetwork& network) {
  std::vector<PlasticPart> parts;
  std::uint32_t index = 0;
  for (std::uint32_t p = 0; p < network.projections.size(); ++p) {
    const auto& projection = network.projections[p];
    if (!projection.learns_in_steps()) continue;
    for (std::uint32_t s = 0; s < projection.to.size() && !projection.rows->moving; ++s) parts.push_back({p, s, index, {}});
    ++index;
  }
  return parts;
}

/// Bytes of one part with every run as short as it can be, which is the most.
std::uint64_t bound_of(const CompiledNetwork& network, const PlasticPart& part, bool is_double, std::uint32_t shards) {
  const auto& projection = network.projections[part.projection];
  const std::uint64_t real = is_double ? 8 : 4, count = projection.rows->count(), sources = projection.rows->sources;
  const auto numbers = static_cast<std::uint64_t>(projection.plasticity->numbers());
  const std::uint64_t delays = projection.rows->max_delay() - projection.rows->min_delay() + 1;
  const std::uint64_t runs = std::min(count, sources * shards * delays);
  return count * (2 + numbers * real) + runs * (sizeof(PlasticHead) + 8 * (1 + numbers));
}

}  // namespace

std::vector<std::pair<std::uint32_t, std::uint32_t>> plastic_chunks(const CompiledProjection& projection) {
  std::vector<std::pair<std::uint32_t, std::uint32_t>> chunks;
  const Rows& rows = *projection.rows;
  if (rows.sources == 0) return chunks;
  const std::uint64_t mean = std::max<std::uint64_t>(1, rows.count() / rows.sources), grain = std::max(rows.grain(), 1u);
  const std::uint64_t wanted = std::max<std::uint64_t>(1, chunk_synapses / mean);
  const std::uint64_t size = (wanted + grain - 1) / grain * grain;
  for (std::uint64_t first = 0; first < rows.sources; first += size)
    chunks.emplace_back(static_cast<std::uint32_t>(first),
                        static_cast<std::uint32_t>(std::min<std::uint64_t>(first + size, rows.sources)));
  return chunks;
}

template <class Real>
PackedPlastic pack_plastic(const CompiledNetwork& network, const Partition& partition, int threads) {
  PackedPlastic packed;
  packed.parts = parts_of(network);
  if (packed.parts.empty()) return packed;
  std::size_t reserve = 64;
  for (PlasticPart& part : packed.parts) {
    reserve += bound_of(network, part, sizeof(Real) == 8, partition.size());
    part.rows.assign(partition.size(), std::vector<PlasticHead*>(network.projections[part.projection].rows->sources, nullptr));
  }
  for (std::uint32_t s = 0; s < partition.size(); ++s) packed.arenas.emplace_back(reserve);
  tbb::global_control limit(tbb::global_control::max_allowed_parallelism, static_cast<std::size_t>(std::max(threads, 1)));
  tbb::task_arena workers(std::max(threads, 1));
  workers.execute([&] {
    tbb::enumerable_thread_specific<VisitedSynapses> scratch;
    for (PlasticPart& part : packed.parts) {
      const auto chunks = plastic_chunks(network.projections[part.projection]);
      tbb::parallel_for(std::size_t{0}, chunks.size(), [&](std::size_t c) {
        pack_chunk<Real>(network, partition, packed, part, chunks[c].first, chunks[c].second, scratch.local());
      });
    }
  });
  return packed;
}

template PackedPlastic pack_plastic<float>(const CompiledNetwork&, const Partition&, int);
template PackedPlastic pack_plastic<double>(const CompiledNetwork&, const Partition&, int);

std::uint64_t predict_plastic_bytes(const CompiledNetwork& network, const Partition& partition) {
  std::uint64_t bytes = 0;
  std::uint32_t last = UINT32_MAX;
  for (const PlasticPart& part : parts_of(network)) {
    const std::uint64_t sources = network.projections[part.projection].rows->sources;
    bytes += sources * sizeof(void*) * partition.size();
    if (part.projection != last) bytes += bound_of(network, part, network.precision == Precision::double_, partition.size());
    last = part.projection;
  }
  return bytes;
}

std::uint64_t largest_plastic_chunk(const CompiledProjection& projection) {
  std::uint64_t largest = 0;
  for (const auto& [first, last] : plastic_chunks(projection))
    largest = std::max(largest, mean_synapses(*projection.rows, first, last));
  return largest;
}

std::uint64_t predict_plastic_packing_bytes(const CompiledNetwork& network, std::uint64_t threads) {
  std::uint64_t largest = 0;
  for (const PlasticPart& part : parts_of(network))
    largest = std::max(largest, largest_plastic_chunk(network.projections[part.projection]));
  return threads * largest * visited_synapse_bytes;
}

std::uint32_t visit_places(const CompiledNetwork& network, const Partition& partition, std::span<const PlasticPart> parts,
                           std::uint32_t first, std::uint32_t last, const std::function<void(const PlasticPlace&)>& place) {
  VisitedSynapses room;
  std::uint32_t all = 0;
  for (std::uint32_t p = 0; p < parts.size(); ++p) {
    all = collect(network, partition, parts[p], first, last, room);
    room.for_runs([&](std::size_t from, std::size_t end) {
      for (std::size_t k = from; k < end; ++k) {
        const Visited& synapse = room.sorted(k);
        place({p, first + synapse.row / partition.size(), synapse.target, synapse.row % partition.size(), synapse.delay,
               static_cast<std::uint32_t>(k - from), synapse.number, all});
      }
    });
  }
  return all;
}

}  // namespace spikeloom::cpu
