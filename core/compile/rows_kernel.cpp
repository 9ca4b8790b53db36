// The convolution connector: cell (x, y) of the target's shape hears (x + dx, y + dy) of the source's. It holds one record per
// entry, whatever the size of the two shapes.
#include <algorithm>
#include <cmath>

#include "core/compile/connected.hpp"

namespace spikeloom {
namespace {

struct Grid2 {
  std::int64_t planes = 1, rows = 1, columns = 1;
};

class Kernel final : public Connected {
 public:
  Kernel(const CompileContext& context, const RowRequest& request)
      : Connected(context, request, std::nullopt), entries_(request.projection.connect.kernel) {
    const Where where = place(request.projection.connect.where, request.path + "/connect/kernel");
    from_ = grid_of(request.from, where, "source");
    to_ = grid_of(request.to, where, "target");
    if (to_.planes != 1) throw Error("range", where, "a kernel needs a target with \"shape\": [rows, columns]");
    for (std::size_t e = 0; e < entries_.size(); ++e) check(e, context, request);
    max_in_degree_ = entries_.size() * static_cast<std::uint64_t>(from_.planes);
    for (const auto& entry : entries_) count_ += pairs_of(entry);
    if (!self_.empty())
      for (std::uint32_t i = 0; i < sources; ++i)
        for (const auto& entry : entries_) count_ -= has_self(i) && hears(entry, i) == self_[i];
  }

 private:
  void visit_pairs(std::uint32_t first, std::uint32_t last, Out& out) const override {
    for (std::uint32_t i = first; i < last; ++i)
      for (std::uint32_t e = 0; e < entries_.size(); ++e) {
        const std::uint32_t target = hears(entries_[e], i);
        if (target != no_cell && !is_self(i, target)) out.add(i, target, e, i);
      }
  }
  bool plain_numbers() const override {
    return std::all_of(entries_.begin(), entries_.end(),
                       [](const auto& e) { return std::isnan(e.weight) && std::isnan(e.delay_ms); });
  }
  void adjust(const Lanes& lanes, double* weight, double* ms) const override {
    for (std::uint32_t i = 0; i < lanes.count; ++i) {
      const auto& entry = entries_[lanes.k[i]];
      if (!std::isnan(entry.weight)) weight[i] = entry.weight;
      if (!std::isnan(entry.delay_ms)) ms[i] = entry.delay_ms;
    }
  }

  static Grid2 grid_of(const Ends& ends, const Where& where, const char* what) {
    if (ends.shape.size() < 2)
      throw Error("range", where,
                  std::string("a kernel needs a ") + what + " with a shape: a whole population with \"shape\", or events");
    const std::size_t last = ends.shape.size() - 1;
    return {ends.shape.size() == 3 ? ends.shape[0] : 1, ends.shape[last - 1], ends.shape[last]};
  }

  void check(std::size_t e, const CompileContext& context, const RowRequest& request) const {
    Where at = request.projection.connect.where;
    at.path = request.path + "/connect/kernel/" + std::to_string(e);
    const auto& entry = entries_[e];
    if (entry.polarity >= 0 && entry.polarity >= from_.planes)
      throw Error("conflict", at, "\"polarity\" needs an event input with \"polarity\": \"split\"")
          .with_value(std::to_string(entry.polarity));
    const double longest = max_delay_steps * context.out.step_ms;
    if (!std::isnan(entry.delay_ms) && !(entry.delay_ms > 0 && entry.delay_ms <= longest))
      throw Error("range", {at.path + "/delay_ms", at.line, at.column}, "the delay is out of range")
          .with_value(show(entry.delay_ms))
          .with_allowed(Range{0, longest, true}.text() + " (ms)");
    if (std::isinf(entry.weight)) throw Error("range", {at.path + "/weight", at.line, at.column}, "the weight is not finite");
  }

  /// The target that hears source i through the entry, or no_cell.
  std::uint32_t hears(const Connector::KernelEntry& entry, std::uint32_t i) const {
    const std::int64_t plane = i / (from_.rows * from_.columns), y = i / from_.columns % from_.rows, x = i % from_.columns;
    if (entry.polarity >= 0 && entry.polarity != plane) return no_cell;
    const std::int64_t tx = x - entry.dx, ty = y - entry.dy;
    if (tx < 0 || ty < 0 || tx >= to_.columns || ty >= to_.rows) return no_cell;
    return static_cast<std::uint32_t>(ty * to_.columns + tx);
  }

  std::uint64_t pairs_of(const Connector::KernelEntry& entry) const {
    const auto overlap = [](std::int64_t from, std::int64_t to, std::int64_t shift) {
      return static_cast<std::uint64_t>(std::max<std::int64_t>(0, std::min(from, to + shift) - std::max<std::int64_t>(0, shift)));
    };
    const auto planes = static_cast<std::uint64_t>(entry.polarity >= 0 ? 1 : from_.planes);
    return planes * overlap(from_.columns, to_.columns, entry.dx) * overlap(from_.rows, to_.rows, entry.dy);
  }

  std::vector<Connector::KernelEntry> entries_;
  Grid2 from_, to_;
};

}  // namespace

MadeRows kernel(const CompileContext& context, const RowRequest& request) { return std::make_shared<Kernel>(context, request); }

}  // namespace spikeloom
