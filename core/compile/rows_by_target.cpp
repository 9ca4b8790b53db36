// The connector that fixes the number of synapses of every target, visited by source all the same.
#include <algorithm>
#include <mutex>

#include "core/compile/connected.hpp"
#include "core/math/multinomial.hpp"
#include "core/math/permutation.hpp"

namespace spikeloom {
namespace {

constexpr std::uint64_t synapses_per_block = 32;

/// Sources are cut into blocks of grain(). A target's synapses fall into the blocks by its own tree of binomial (without
/// multapses: hypergeometric) numbers, so a block can be visited without the others; within it, sources are uniform.
class FixedInDegree final : public Connected {
 public:
  FixedInDegree(const CompileContext& context, const RowRequest& request, std::uint64_t degree, const Where& where)
      : Connected(context, request, std::nullopt),
        degree_(static_cast<std::uint32_t>(degree)),
        multapses_(request.projection.multapses) {
    const std::uint64_t most = multapses_ ? (least_sources() > 0 ? degree : 0) : least_sources();
    if (targets > 0 && degree > most)
      throw Error("range", where, "there are not enough sources")
          .with_value(std::to_string(degree))
          .with_allowed("at most " + std::to_string(most));
    if (!self_.empty()) {
      source_of_target_.assign(targets, no_cell);
      for (std::uint32_t i = 0; i < sources; ++i)
        if (self_[i] != no_cell) source_of_target_[self_[i]] = i;
    }
    count_ = degree * targets;
    max_in_degree_ = degree;
    block_ = std::max(sources, 1u);
    if (degree > synapses_per_block)
      block_ = static_cast<std::uint32_t>(std::min<std::uint64_t>(block_, (block_ * synapses_per_block + degree - 1) / degree));
    blocks_ = (std::max(sources, 1u) + block_ - 1) / block_;
    if (blocks_ > 1) require_memory(4.0 * blocks_ * targets, where, "the in-degrees by block");
  }

  std::uint32_t grain() const override { return block_; }

 private:
  void visit_pairs(std::uint32_t first, std::uint32_t last, Out& out) const override {
    for (std::uint32_t block = first / block_; std::uint64_t{block} * block_ < last; ++block) {
      const std::uint32_t base = block * block_, range = std::min(block_, sources - base);
      if (!multapses_) {
        visit_distinct(block, base, range, out);
        continue;
      }
      out.draw_sources(base, range, block);
      for (std::uint32_t j = 0; j < targets; ++j) out.add_drawn(j, in_block(block, j));
    }
  }

  void visit_distinct(std::uint32_t block, std::uint32_t base, std::uint32_t range, Out& out) const {
    out.by_target(block);
    std::vector<std::uint32_t> drawn;
    for (std::uint32_t j = 0; j < targets; ++j) {
      const std::uint32_t count = in_block(block, j);
      const std::uint32_t self = self_.empty() ? no_cell : source_of_target_[j] - base;
      drawn.resize(count + 16);
      draw_distinct(sub_key(sub_key(degree_key_, j), block), range - (self < range), count, drawn.data());
      for (std::uint32_t k = 0; k < count; ++k) out.add(base + drawn[k] + (drawn[k] >= self), j, k, j);
    }
  }

  /// Filled at the first visit, so that a network which is only looked at needs none of it; an eighth of a byte per synapse.
  std::uint32_t in_block(std::uint32_t block, std::uint32_t target) const {
    if (blocks_ == 1) return degree_;
    std::call_once(counted_, [this] {
      counts_.resize(std::size_t{blocks_} * targets);
      for (std::uint32_t j = 0; j < targets; ++j) {
        Cells cells{sources, block_, Cells::none, !multapses_};
        if (!self_.empty() && source_of_target_[j] != no_cell) cells.excluded = source_of_target_[j];
        const auto counts = split_multinomial(degree_, cells, sub_key(degree_key_, j));
        for (std::uint32_t b = 0; b < blocks_; ++b) counts_[std::size_t{b} * targets + j] = counts[b];
      }
    });
    return counts_[std::size_t{block} * targets + target];
  }

  std::uint32_t degree_;
  bool multapses_;
  std::uint32_t block_ = 1, blocks_ = 1;
  mutable std::once_flag counted_;
  mutable std::vector<std::uint32_t> counts_;  ///< by block, then target
};

}  // namespace

MadeRows fixed_in_degree(const CompileContext& context, const RowRequest& request, std::uint64_t degree, const Where& where) {
  return std::make_shared<FixedInDegree>(context, request, degree, where);
}

}  // namespace spikeloom
