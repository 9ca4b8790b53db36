// Packing works on chunks: a few sources of one population (or input) with all their synapses of one bundle. A chunk is
// collected into scratch memory, sorted by (source, shard, delay) with a counting sort, and written into each shard's arena.
// Chunks are independent, so any thread may pack any of them; only addresses depend on which did.
#include "backends/cpu/pack.hpp"

#include <tbb/enumerable_thread_specific.h>
#include <tbb/global_control.h>
#include <tbb/parallel_for.h>
#include <tbb/task_arena.h>

#include <algorithm>
#include <cmath>
#include <map>
#include <numeric>

#include "core/run/modulation.hpp"

namespace spikeloom::cpu {
namespace {

constexpr std::uint64_t chunk_synapses = 1 << 16;  ///< what a chunk should hold: scratch memory stays in the L2
constexpr std::uint32_t max_bins = 1 << 22;        ///< beyond this a comparison sort takes less than clearing counters

/// Sources [first, last) of one population or input.
struct Chunk {
  std::uint32_t bundle = 0;
  EndSegment::Kind kind = EndSegment::Kind::population;
  std::uint32_t end = 0;
  std::uint32_t first = 0, last = 0;
  std::uint32_t id = 0;  ///< of source `first`
};

/// Collected synapses of a chunk; weights are already integers.
struct Scratch {
  std::vector<std::uint32_t> row;  ///< (source - chunk.first) * shards + shard
  std::vector<std::uint32_t> delay;
  std::vector<std::uint16_t> slot;
  std::vector<std::int64_t> weight;
  std::vector<std::uint32_t> start, order;
  std::vector<std::vector<std::byte>> bytes;     ///< per shard
  std::vector<std::vector<std::size_t>> offset;  ///< per shard and source: where its row begins, or none
  std::uint32_t min_delay = UINT32_MAX, max_delay = 0;

  void resize(std::size_t count, bool with_weights) {
    row.resize(count), delay.resize(count), slot.resize(count);
    if (with_weights) weight.resize(count);
  }
  void clear() {
    row.clear(), delay.clear(), slot.clear(), weight.clear();
    min_delay = UINT32_MAX, max_delay = 0;
  }
};

/// Turns visited synapses of one feed into scratch entries.
class Collector final : public SynapseSink {
 public:
  Collector(const CompiledNetwork& network, const Partition& partition, const CompiledProjection& projection,
            std::uint32_t segment, const EndSegment& from, const Chunk& chunk, bool stores_weights, Scratch& scratch)
      : partition_(partition),
        projection_(projection),
        segment_(segment),
        from_(from),
        to_(projection.to[segment]),
        chunk_(chunk),
        stores_weights_(stores_weights),
        scratch_(scratch),
        one_segment_(projection.to.size() == 1) {
    for (const auto& grid : network.populations[to_.index].grids) scale_.push_back(1.0 / grid.step());
  }

  void take(const SynapseBatch& batch) override {
    const std::size_t before = scratch_.row.size();
    scratch_.resize(before + batch.count, stores_weights_);
    std::size_t at = before;
    std::uint32_t shortest = scratch_.min_delay, longest = scratch_.max_delay;
    for (std::uint32_t i = 0; i < batch.count; ++i) {
      const std::uint32_t target = batch.target[i];
      if (!one_segment_ && target - to_.offset >= to_.count) continue;
      const std::uint32_t cell = to_.first + (target - to_.offset) * to_.stride;
      const std::uint32_t source = from_.first + (batch.source[i] - from_.offset) * from_.stride;
      const double weight = batch.weight[i];
      const int receptor = projection_.receptor_of(segment_, weight);
      const std::uint32_t shard = partition_.shard_of(to_.index, cell), delay = batch.delay[i];
      scratch_.row[at] = (source - chunk_.first) * partition_.size() + shard;
      scratch_.delay[at] = delay;
      scratch_.slot[at] = static_cast<std::uint16_t>(partition_.slot_of(shard, to_.index, receptor, cell));
      if (stores_weights_) scratch_.weight[at] = grid_round(weight, scale_[static_cast<std::size_t>(receptor)]);
      shortest = std::min(shortest, delay);
      longest = std::max(longest, delay);
      ++at;
    }
    scratch_.resize(at, stores_weights_);
    scratch_.min_delay = shortest, scratch_.max_delay = longest;
  }

 private:
  const Partition& partition_;
  const CompiledProjection& projection_;
  const std::uint32_t segment_;
  const EndSegment& from_;
  const EndSegment& to_;
  const Chunk& chunk_;
  const bool stores_weights_;
  Scratch& scratch_;
  const bool one_segment_;
  std::vector<double> scale_;
};

/// Visit all synapses of the chunk's sources in the chunk's bundle.
void collect(const CompiledNetwork& network, const Partition& partition, const Bundle& bundle, const Chunk& chunk,
             Scratch& scratch) {
  scratch.clear();
  for (const auto& feed : bundle.feeds) {
    const auto& projection = network.projections[feed.projection];
    for (const auto& from : projection.from) {
      if (from.kind != chunk.kind || from.index != chunk.end) continue;
      const auto member = [&](std::uint32_t cell) {  // first member of the segment at or after `cell`
        const std::uint64_t k = cell <= from.first ? 0 : (std::uint64_t{cell} - from.first + from.stride - 1) / from.stride;
        return static_cast<std::uint32_t>(std::min<std::uint64_t>(k, from.count));
      };
      const std::uint32_t first = member(chunk.first), last = member(chunk.last);
      if (first >= last) continue;
      Collector collector(network, partition, projection, feed.segment, from, chunk, bundle.form != Form::constant, scratch);
      projection.rows->visit(from.offset + first, from.offset + last, collector);
    }
  }
}

/// scratch.order lists the synapses by (row, delay); ties keep visiting order.
void sort_synapses(Scratch& scratch, std::uint32_t rows) {
  const auto count = static_cast<std::uint32_t>(scratch.row.size());
  scratch.order.resize(count);
  if (count == 0) return;
  const std::uint64_t delays = scratch.max_delay - scratch.min_delay + 1;
  const std::uint64_t bins = rows * delays;
  if (bins > max_bins) {
    std::iota(scratch.order.begin(), scratch.order.end(), 0u);
    std::stable_sort(scratch.order.begin(), scratch.order.end(), [&](std::uint32_t a, std::uint32_t b) {
      return scratch.row[a] != scratch.row[b] ? scratch.row[a] < scratch.row[b] : scratch.delay[a] < scratch.delay[b];
    });
    return;
  }
  scratch.start.assign(bins + 1, 0);
  const auto bin = [&](std::uint32_t i) { return scratch.row[i] * delays + (scratch.delay[i] - scratch.min_delay); };
  for (std::uint32_t i = 0; i < count; ++i) ++scratch.start[bin(i) + 1];
  for (std::uint64_t b = 0; b < bins; ++b) scratch.start[b + 1] += scratch.start[b];
  for (std::uint32_t i = 0; i < count; ++i) scratch.order[scratch.start[bin(i)]++] = i;
}

/// Writes rows one behind the other from `at` on; the buffer must have room (row_bound).
class RowWriter {
 public:
  RowWriter(Form form, std::byte* at) : form_(form), at_(at), head_(at) { open_head(); }

  void add(std::uint32_t delay, std::uint16_t slot, std::int64_t weight) {
    if (delay != delay_) {
      while (delay - delay_ > max_gap) {
        close_head(max_gap);
        open_head();
        delay_ += max_gap;
      }
      close_head(delay - delay_);
      open_head();
      delay_ = delay;
    } else if (count_ == max_run) {
      close_head(gap_same_step);
      open_head();
    }
    at_ = store_record(form_, at_, slot, weight);
    ++count_;
  }

  /// Closes the row; returns where the next may begin.
  std::byte* end() {
    close_head(0);
    return at_;
  }

 private:
  void open_head() {
    head_ = at_;
    at_ += head_bytes;
    count_ = 0;
  }
  void close_head(std::uint32_t gap) { store_head(head_, count_, gap); }

  Form form_;
  std::byte *at_, *head_;
  std::uint32_t count_ = 0, delay_ = 0;
};

/// Bytes of a row at most: every synapse in a run of its own, and all hops of the longest delay.
std::size_t row_bound(Form form, std::uint64_t synapses, std::uint32_t longest_delay) {
  return synapses * (record_bytes(form) + head_bytes) + (longest_delay / max_gap + 2) * std::size_t{head_bytes};
}

constexpr std::size_t no_row = SIZE_MAX;

/// Encode the sorted chunk: scratch.bytes and scratch.offset per shard.
void encode(const Bundle& bundle, const Chunk& chunk, std::uint32_t shards, Scratch& scratch) {
  const std::uint32_t sources = chunk.last - chunk.first;
  scratch.bytes.resize(shards);
  scratch.offset.resize(shards);
  for (std::uint32_t s = 0; s < shards; ++s) {
    scratch.bytes[s].clear();
    scratch.offset[s].assign(sources, no_row);
  }
  const bool stores_weights = bundle.form != Form::constant;
  for (std::size_t k = 0; k < scratch.order.size();) {
    const std::uint32_t row = scratch.row[scratch.order[k]], shard = row % shards;
    std::size_t end = k;
    while (end < scratch.order.size() && scratch.row[scratch.order[end]] == row) ++end;
    auto& bytes = scratch.bytes[shard];
    const std::size_t start = bytes.size();
    scratch.offset[shard][row / shards] = start;
    bytes.resize(start + row_bound(bundle.form, end - k, scratch.max_delay));
    RowWriter writer(bundle.form, bytes.data() + start);
    for (; k < end; ++k) {
      const std::uint32_t i = scratch.order[k];
      writer.add(scratch.delay[i], scratch.slot[i], stores_weights ? scratch.weight[i] : 0);
    }
    bytes.resize(static_cast<std::size_t>(writer.end() - bytes.data()));
  }
}

void store(const Bundle& bundle, const Chunk& chunk, Scratch& scratch, PackedSynapses& packed) {
  for (std::size_t s = 0; s < packed.arenas.size(); ++s) {
    const auto& bytes = scratch.bytes[s];
    if (bytes.empty()) continue;
    std::byte* const at = packed.arenas[s].take(bytes.size());
    std::memcpy(at, bytes.data(), bytes.size());
    auto& rows = packed.rows[s][chunk.bundle].row;
    for (std::uint32_t i = 0; i < scratch.offset[s].size(); ++i)
      if (scratch.offset[s][i] != no_row) rows[chunk.id - bundle.first_id + i] = at + scratch.offset[s][i];
  }
}

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
    const std::uint32_t id = first_id(network, end.segment);
    for (std::uint64_t cell = end.first / end.grain * end.grain; cell < end.last; cell += size) {
      Chunk chunk{b, end.segment.kind, end.segment.index, 0, 0, 0};
      chunk.first = static_cast<std::uint32_t>(std::max<std::uint64_t>(cell, end.first));
      chunk.last = static_cast<std::uint32_t>(std::min<std::uint64_t>(cell + size, end.last));
      chunk.id = id + chunk.first;
      chunks.push_back(chunk);
    }
  }
}

std::vector<Chunk> all_chunks(const CompiledNetwork& network, const std::vector<Bundle>& bundles) {
  std::vector<Chunk> chunks;
  for (std::uint32_t b = 0; b < bundles.size(); ++b) add_chunks(network, bundles, b, chunks);
  return chunks;
}

void pack_chunk(const CompiledNetwork& network, const Partition& partition, const std::vector<Bundle>& bundles,
                const Chunk& chunk, Scratch& scratch) {
  collect(network, partition, bundles[chunk.bundle], chunk, scratch);
  sort_synapses(scratch, (chunk.last - chunk.first) * partition.size());
  encode(bundles[chunk.bundle], chunk, partition.size(), scratch);
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

/// Calls visit(slot, weight) for every record of the row at `at`.
template <class Visit>
void each_record(Form form, const std::byte* at, const Visit& visit) {
  for (;;) {
    const std::uint32_t head = load_head(at);
    at += head_bytes;
    for (std::uint32_t i = 0; i < head_count(head); ++i, at += record_bytes(form)) {
      const Record record = load_record(form, at);
      visit(record.slot, record.weight);
    }
    if (head_gap(head) == 0) return;
  }
}

double multiplicity_of(const CompiledNetwork& network, std::uint32_t id) {
  if (id < network.neurons) return 1;
  id -= network.neurons;
  for (const auto& source : network.sources) {
    if (id < source.size) return source.multiplicity;
    id -= source.size;
  }
  return 1;
}

/// What private Poisson input can add at most, on top of the synapses.
void add_poisson(const CompiledNetwork& network, const Partition& partition, std::uint32_t s, std::vector<double>& sums) {
  for (const auto& poisson : network.poisson) {
    double largest = 0;
    for (const auto& table : poisson.tables) largest = std::max<double>(largest, table.largest());
    const auto& grid = network.populations[poisson.population].grids[static_cast<std::size_t>(poisson.receptor)];
    for (std::uint32_t k = 0; k < poisson.count; ++k) {
      const std::uint32_t cell = poisson.first + k * poisson.stride;
      if (partition.shard_of(poisson.population, cell) != s) continue;
      const double weight = static_cast<double>(grid_round(poisson.weight[k], 1.0 / grid.step()));
      sums[partition.slot_of(s, poisson.population, poisson.receptor, cell)] += largest * std::fabs(weight);
    }
  }
}

/// The proof behind exact sums: whatever arrives at a cell within one step stays in range. compile() chose the grid from
/// bounds; random degrees could exceed theirs with a probability below 2^-64.
void check_sums(const CompiledNetwork& network, const Partition& partition, const PackedSynapses& packed, std::uint32_t s) {
  std::vector<double> sums(partition.shard(s).slots, 0.0);
  for (std::size_t b = 0; b < packed.bundles.size(); ++b) {
    const Bundle& bundle = packed.bundles[b];
    const double constant = std::fabs(static_cast<double>(bundle.constant)), gain = bundle.gain >= 0 ? max_gain : 1.0;
    const auto& rows = packed.rows[s][b].row;
    for (std::size_t r = 0; r < rows.size(); ++r) {
      if (rows[r] == nullptr) continue;
      const double times = gain * multiplicity_of(network, bundle.first_id + static_cast<std::uint32_t>(r));
      each_record(bundle.form, rows[r], [&](std::uint16_t slot, std::int64_t weight) {
        sums[slot] += times * (bundle.form == Form::constant ? constant : std::fabs(static_cast<double>(weight)));
      });
    }
  }
  add_poisson(network, partition, s, sums);
  const double limit = network.wide_sums ? 0x1p62 : 0x1p31 - 1;
  for (const double sum : sums)
    if (sum > limit)
      throw Error("range", {"/projections"},
                  "the input of a cell could overflow its integer sum; another seed or smaller weights help");
}

PackedSynapses empty_rows(const CompiledNetwork& network, const Partition& partition) {
  PackedSynapses packed;
  packed.bundles = choose_bundles(network);
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

PackedSynapses pack(const CompiledNetwork& network, const Partition& partition, int threads) {
  PackedSynapses packed = empty_rows(network, partition);
  const std::size_t reserve = reserve_bytes(network, packed.bundles);
  for (std::uint32_t s = 0; s < partition.size(); ++s) packed.arenas.emplace_back(reserve);
  packed.synapses = network.synapses();

  const auto chunks = all_chunks(network, packed.bundles);
  tbb::global_control limit(tbb::global_control::max_allowed_parallelism, static_cast<std::size_t>(std::max(threads, 1)));
  tbb::task_arena workers(std::max(threads, 1));
  workers.execute([&] {
    tbb::enumerable_thread_specific<Scratch> scratch;
    tbb::parallel_for(std::size_t{0}, chunks.size(), [&](std::size_t c) {
      Scratch& mine = scratch.local();
      pack_chunk(network, partition, packed.bundles, chunks[c], mine);
      store(packed.bundles[chunks[c].bundle], chunks[c], mine, packed);
    });
    for (auto& arena : packed.arenas) arena.take(overread_bytes);
    tbb::parallel_for(std::uint32_t{0}, partition.size(), [&](std::uint32_t s) { check_sums(network, partition, packed, s); });
  });
  return packed;
}

std::uint64_t predict_packed_bytes(const CompiledNetwork& network, const Partition& partition) {
  constexpr std::size_t samples = 24;  // per bundle
  const auto bundles = choose_bundles(network);
  std::uint64_t total = 0;
  Scratch scratch;
  for (std::uint32_t b = 0; b < bundles.size(); ++b) {
    total += std::uint64_t{bundles[b].last_id - bundles[b].first_id} * sizeof(std::byte*) * partition.size();
    std::vector<Chunk> chunks;
    add_chunks(network, bundles, b, chunks);
    std::uint64_t sources = 0, sampled_sources = 0, sampled_bytes = 0;
    for (const auto& chunk : chunks) sources += chunk.last - chunk.first;
    for (std::size_t c = 0; c < chunks.size(); c += std::max<std::size_t>(1, chunks.size() / samples)) {
      pack_chunk(network, partition, bundles, chunks[c], scratch);
      sampled_sources += chunks[c].last - chunks[c].first;
      for (const auto& bytes : scratch.bytes) sampled_bytes += bytes.size();
    }
    if (sampled_sources > 0)
      total += static_cast<std::uint64_t>(static_cast<double>(sampled_bytes) * static_cast<double>(sources) /
                                          static_cast<double>(sampled_sources));
  }
  return total;
}

}  // namespace spikeloom::cpu
