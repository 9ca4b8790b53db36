// From row visitors to packed rows: every projection is visited once, in parallel, straight into its final memory.
#pragma once

#include <cstdint>
#include <string_view>
#include <vector>

#include "backends/cpu/arena.hpp"
#include "backends/cpu/layout.hpp"
#include "backends/cpu/partition.hpp"
#include "core/compile/compiled.hpp"
#include "core/run/hash.hpp"

namespace spikeloom::cpu {

/// One projection, restricted to one segment of its targets.
struct Feed {
  std::uint32_t projection = 0;
  std::uint32_t segment = 0;
};

/// Synapses that share rows: one form, and where the form stores no weight, one weight; gated ones, one gain.
struct Bundle {
  Form form = Form::bits24;
  std::int64_t constant = 0;
  int gain = -1;        ///< projection whose gain scales these weights, or -1
  bool copies = false;  ///< rows are copied when a spike is admitted (layout.hpp), not walked run by run
  std::vector<Feed> feeds;
  std::uint32_t first_id = 0, last_id = 0;  ///< its sources lie in [first_id, last_id); rows are numbered from first_id
};

/// The rule by which rows are copied: where delays fit, and the runs of a bundle are short.
inline bool has_short_runs(double synapses, double runs, std::uint32_t max_delay) {
  return max_delay <= max_gap && synapses < few_records * runs;
}

/// Departures from the rules below, for tests and measurements: no layout changes a result.
enum class Layout {
  by_rule,
  runs,    ///< no row is copied
  copies,  ///< every row is, where delays are not longer than max_gap
  stored   ///< every synapse stores its weight
};
/// Throws Error("range") for a name that is none.
Layout layout_named(std::string_view name);

/// Which bundle every (projection, target segment) belongs to. The rule, in this order:
///   gated                                -> a bundle of its own
///   all weights equal                    -> Form::constant, shared with equal weights (at most 16 different ones)
///   weight_bits 16 in single             -> Form::bits16
///   single                               -> Form::bits24
///   double                               -> Form::bits56
std::vector<Bundle> choose_bundles(const CompiledNetwork& network, Layout layout = Layout::by_rule);

/// First id of a population or source: ids count neurons, then the cells of sources, each in order of name.
/// Sources of a projection that an id stands for, as running indices: once per segment that holds it.
template <class Take>
void for_sources(const CompiledNetwork& network, const CompiledProjection& projection, std::uint32_t id, const Take& take) {
  for (const EndSegment& from : projection.from) {
    const std::uint32_t offset = id - network.first_sender(from.kind, from.index) - from.first;
    if (from.count == 0 || offset % from.stride != 0 || offset / from.stride >= from.count) continue;
    take(from.offset + offset / from.stride);
  }
}

/// The rows of one bundle in one shard.
struct ShardRows {
  std::vector<const std::byte*> row;  ///< by id - first_id; nullptr: no synapse
};

struct PackedSynapses {
  std::vector<Bundle> bundles;
  std::vector<std::vector<ShardRows>> rows;  ///< [shard][bundle]
  std::vector<Arena> arenas;                 ///< one per shard
  std::uint64_t synapses = 0;
  std::uint64_t bytes() const;
};

/// Pack all projections with `threads` threads. The result depends on threads in addresses only. That the sums of a cell stay in
/// range is compile()'s promise: it chose the grids from bounds on in-degrees, which random ones exceed with probability < 2^-64.
PackedSynapses pack(const CompiledNetwork& network, const Partition& partition, int threads, Layout layout = Layout::by_rule);

/// The end of a synapse that each sender is, by id.
std::vector<std::uint64_t> hash_senders(const CompiledNetwork& network);
/// Of all packed weights; as the reference backend's, from the rows that deliver them.
WeightHash weight_hash(const CompiledNetwork& network, const Partition& partition, const PackedSynapses& packed);

/// What pack() would use, from packing a sample of rows: the rows, and beside them scratch memory (every thread works on one
/// chunk of sources at a time).
struct PackingBytes {
  std::uint64_t packed = 0, scratch = 0;
};
PackingBytes predict_packing(const CompiledNetwork& network, const Partition& partition, std::uint64_t threads);

}  // namespace spikeloom::cpu
