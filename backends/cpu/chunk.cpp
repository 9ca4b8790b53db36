// Packing a chunk takes three passes over its synapses: draw them, count them by (row, delay), store each in its place.
#include "backends/cpu/chunk.hpp"

#include <algorithm>
#include <numeric>

namespace spikeloom::cpu {

/// Turns visited synapses of one feed into scratch entries.
class Collector final : public SynapseSink {
 public:
  Collector(ChunkPacker& packer, const CompiledProjection& projection, std::uint32_t segment, const EndSegment& from,
            const Chunk& chunk, bool stores_weights)
      : packer_(packer),
        from_(from),
        to_(projection.to[segment]),
        first_(chunk.first),
        shards_(packer.partition_.size()),
        stores_weights_(stores_weights) {
    const auto& grids = packer.network_.populations[to_.index].grids;
    for (int negative = 0; negative < 2; ++negative) {
      const int receptor = projection.receptor_of(segment, negative != 0 ? -1.0 : 1.0);
      scale_[negative] = receptor < 0 ? 0.0 : 1.0 / grids[static_cast<std::size_t>(receptor)].step();
      for (std::uint32_t s = 0; s < shards_; ++s)
        base_[negative].push_back(receptor < 0 ? 0 : packer.partition_.slot_of(s, to_.index, receptor, 0));
    }
  }

  void take(const SynapseBatch& batch) override {
    packer_.reserve(packer_.count_ + batch.count, stores_weights_);
    std::size_t at = packer_.count_;
    std::uint32_t shortest = packer_.shortest_, longest = packer_.longest_;
    for (std::uint32_t i = 0; i < batch.count; ++i) {
      const std::uint32_t target = batch.target[i] - to_.offset;
      if (target >= to_.count) continue;  // another segment's
      const std::uint32_t cell = to_.first + target * to_.stride;
      const std::uint32_t source = from_.first + (batch.source[i] - from_.offset) * from_.stride;
      const double weight = batch.weight[i];
      const bool negative = weight < 0;
      const std::uint32_t shard = packer_.partition_.shard_of(to_.index, cell), delay = batch.delay[i];
      packer_.row_[at] = (source - first_) * shards_ + shard;
      packer_.delay_[at] = delay;
      packer_.slot_[at] = static_cast<std::uint16_t>(base_[negative][shard] + cell);
      if (stores_weights_) packer_.weight_[at] = grid_round(weight, scale_[negative]);
      shortest = std::min(shortest, delay);
      longest = std::max(longest, delay);
      ++at;
    }
    packer_.count_ = at;
    packer_.shortest_ = shortest, packer_.longest_ = longest;
  }

 private:
  ChunkPacker& packer_;
  const EndSegment &from_, &to_;
  const std::uint32_t first_, shards_;
  const bool stores_weights_;
  double scale_[2];                     ///< by sign of the weight, which may choose the receptor
  std::vector<std::uint32_t> base_[2];  ///< and by shard: the slot of cell 0, as if it were there
};

namespace {

std::uint64_t runs_of(std::uint64_t synapses) { return (synapses + max_run - 1) / max_run; }

/// Empty runs that lead over `gap` steps.
std::byte* store_way(std::byte* at, std::uint32_t gap) {
  for (; gap > max_gap; gap -= max_gap) at = store_head(at, 0, max_gap);
  return store_head(at, 0, gap);
}
std::uint32_t heads_on_way(std::uint32_t gap) { return (gap - 1) / max_gap + 1; }

}  // namespace

std::uint64_t ChunkPacker::scratch_bytes() const {
  const auto bytes = [](const auto& vector) { return vector.capacity() * sizeof vector[0]; };
  return bytes(row_) + bytes(delay_) + bytes(slot_) + bytes(weight_) + bytes(tally_) + bytes(groups_) + bytes(place_);
}

namespace {

/// Room for `count`, with some to spare for the next chunk; what grows lets go of its old memory first.
template <class T>
void make_room(std::vector<T>& vector, std::size_t count) {
  if (vector.capacity() >= count) return;
  vector = {};
  vector.reserve(count + count / 16);
}

}  // namespace

void ChunkPacker::reserve(std::size_t synapses, bool with_weights) {
  if (row_.size() < synapses) {
    const std::size_t size = std::max(synapses, row_.size() + row_.size() / 4);
    row_.resize(size), delay_.resize(size), slot_.resize(size);
  }
  if (with_weights && weight_.size() < row_.size()) weight_.resize(row_.size());
}

void ChunkPacker::collect(const Bundle& bundle, const Chunk& chunk) {
  count_ = 0;
  shortest_ = UINT32_MAX, longest_ = 0;
  // At once, as vectors that grow hold twice what they need while they move; random numbers may take a little more.
  const std::uint64_t expected = chunk.expected + chunk.expected / 16 + SynapseBatch::capacity;
  if (row_.size() < expected) {
    row_ = {}, delay_ = {}, slot_ = {}, weight_ = {};
    reserve(expected, bundle.form != Form::constant);
  }
  for (const auto& feed : bundle.feeds) {
    const auto& projection = network_.projections[feed.projection];
    for (const auto& from : projection.from) {
      if (from.kind != chunk.kind || from.index != chunk.end) continue;
      const auto member = [&](std::uint32_t cell) {  // first member of the segment at or after `cell`
        const std::uint64_t k = cell <= from.first ? 0 : (std::uint64_t{cell} - from.first + from.stride - 1) / from.stride;
        return static_cast<std::uint32_t>(std::min<std::uint64_t>(k, from.count));
      };
      const std::uint32_t first = member(chunk.first), last = member(chunk.last);
      if (first >= last) continue;
      Collector collector(*this, projection, feed.segment, from, chunk, bundle.form != Form::constant);
      projection.rows->visit(from.offset + first, from.offset + last, collector);
    }
  }
  find_groups((chunk.last - chunk.first) * partition_.size());
  measure(bundle.form);
}

void ChunkPacker::find_groups(std::uint32_t rows) {
  groups_.clear();
  if (count_ == 0) return;
  const std::uint32_t delays = longest_ - shortest_ + 1;
  const std::uint64_t bins = std::uint64_t{rows} * delays;
  if (bins > 8 * count_ + 4096) return find_groups_by_sorting();
  make_room(tally_, bins);
  tally_.assign(bins, 0);
  std::size_t filled = 0;
  for (std::size_t i = 0; i < count_; ++i) {
    row_[i] = row_[i] * delays + (delay_[i] - shortest_);
    filled += tally_[row_[i]]++ == 0;
  }
  make_room(groups_, filled);
  std::uint32_t bin = 0;
  for (std::uint32_t row = 0; row < rows; ++row)
    for (std::uint32_t delay = shortest_; delay <= longest_; ++delay, ++bin)
      if (tally_[bin] != 0) groups_.push_back({row, delay, tally_[bin], bin});
  make_room(place_, bins);
  place_.resize(bins);
}

/// Where there are far more possible delays than synapses.
void ChunkPacker::find_groups_by_sorting() {
  tally_.resize(count_);
  std::iota(tally_.begin(), tally_.end(), 0u);
  std::sort(tally_.begin(), tally_.end(), [&](std::uint32_t a, std::uint32_t b) {
    return row_[a] != row_[b] ? row_[a] < row_[b] : delay_[a] != delay_[b] ? delay_[a] < delay_[b] : a < b;
  });
  for (const std::uint32_t i : tally_) {
    if (groups_.empty() || groups_.back().row != row_[i] || groups_.back().delay != delay_[i])
      groups_.push_back({row_[i], delay_[i], 0, static_cast<std::uint32_t>(groups_.size())});
    ++groups_.back().count;
  }
  std::size_t k = 0;
  for (const Group& group : groups_)
    for (std::uint32_t i = 0; i < group.count; ++i) row_[tally_[k++]] = group.bin;
  place_.resize(groups_.size());
}

void ChunkPacker::measure(Form form) {
  bytes_.assign(partition_.size(), 0);
  for (std::size_t g = 0; g < groups_.size(); ++g) {
    Group& group = groups_[g];
    const bool begins = g == 0 || groups_[g - 1].row != group.row,
               ends = g + 1 == groups_.size() || groups_[g + 1].row != group.row;
    // A gap takes the last head of a group; what is longer goes on over empty runs. A row begins with one in any case.
    group.way = begins ? group.delay : groups_[g - 1].way_on;
    const std::uint32_t gap = ends ? 0 : groups_[g + 1].delay - group.delay;
    group.gap = std::min(gap, max_gap);
    group.way_on = gap - group.gap;
    bytes_[group.row % partition_.size()] += (runs_of(group.count) + (group.way > 0 ? heads_on_way(group.way) : 0)) * head_bytes +
                                             std::uint64_t{group.count} * record_bytes(form);
  }
}

template <Form form>
void ChunkPacker::scatter() {
  for (std::size_t i = 0; i < count_; ++i) {
    std::byte*& at = place_[row_[i]];
    at = store_record<form>(at, slot_[i], form == Form::constant ? 0 : weight_[i]);
  }
}

void ChunkPacker::write(const Bundle& bundle, const Chunk& chunk, std::span<std::byte* const> begin,
                        std::vector<std::vector<ShardRows>>& rows) {
  const std::uint32_t shards = partition_.size(), size = record_bytes(bundle.form);
  std::vector<std::byte*> at(begin.begin(), begin.end());
  for (std::size_t g = 0; g < groups_.size(); ++g) {
    Group& group = groups_[g];
    const std::uint32_t shard = group.row % shards;
    std::byte*& next = at[shard];
    if (g == 0 || groups_[g - 1].row != group.row)
      rows[shard][chunk.bundle].row[chunk.id - bundle.first_id + group.row / shards] = next;
    if (group.way > 0) next = store_way(next, group.way);
    group.start = next;
    place_[group.bin] = next + head_bytes;
    next += runs_of(group.count) * head_bytes + std::size_t{group.count} * size;
  }
  switch (bundle.form) {
    case Form::constant: scatter<Form::constant>(); break;
    case Form::bits16: scatter<Form::bits16>(); break;
    case Form::bits24: scatter<Form::bits24>(); break;
    case Form::bits56: scatter<Form::bits56>(); break;
  }
  for (const Group& group : groups_) {
    std::uint32_t left = group.count;
    // More records than one run holds lie together now; move them apart, the last first, and put heads between.
    std::uint64_t run = runs_of(group.count) - 1;
    for (std::uint32_t next = group.gap; run > 0; --run, next = gap_same_step) {
      const std::uint32_t in_run = left - static_cast<std::uint32_t>(run * max_run);
      std::byte* const head = group.start + run * (head_bytes + std::size_t{max_run} * size);
      std::memmove(head + head_bytes, group.start + head_bytes + run * max_run * size, std::size_t{in_run} * size);
      store_head(head, in_run, next);
      left -= in_run;
    }
    store_head(group.start, left, group.count > max_run ? gap_same_step : group.gap);
  }
}

}  // namespace spikeloom::cpu
