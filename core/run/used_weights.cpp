// Rows through the grid: the one place where a weight becomes an integer for recordings and for the reference backend.
#include "core/run/used_weights.hpp"

#include <algorithm>
#include <cmath>

namespace spikeloom {

std::size_t segment_of(const std::vector<EndSegment>& ends, std::uint32_t i) {
  const auto after =
      std::upper_bound(ends.begin(), ends.end(), i, [](std::uint32_t k, const EndSegment& s) { return k < s.offset; });
  return static_cast<std::size_t>(after - ends.begin()) - 1;
}

std::uint32_t shown_index(const std::vector<EndSegment>& ends, std::uint32_t i) {
  return ends.size() == 1 ? cell_of(ends[0], i) : i;
}

namespace {

class UsedSink final : public SynapseSink {
 public:
  UsedSink(const CompiledNetwork& network, const CompiledProjection& projection,
           const std::function<void(const UsedSynapse&)>& take)
      : network_(network), projection_(projection), take_(take) {}

  void take(const SynapseBatch& batch) override {
    for (std::uint32_t k = 0; k < batch.count; ++k) {
      const std::size_t segment = segment_of(projection_.to, batch.target[k]);
      const int receptor = projection_.receptor_of(segment, batch.weight[k]);
      const Grid& grid = network_.populations[projection_.to[segment].index].grids[static_cast<std::size_t>(receptor)];
      const std::int64_t q = grid_round(batch.weight[k], std::ldexp(1.0, grid.exponent));
      take_({batch.source[k], batch.target[k], static_cast<std::uint32_t>(segment), receptor, q,
             std::ldexp(static_cast<double>(q), -grid.exponent), batch.delay[k],
             projection_.rows->exact ? batch.delay_ms[k] : 0});
    }
  }

 private:
  const CompiledNetwork& network_;
  const CompiledProjection& projection_;
  const std::function<void(const UsedSynapse&)>& take_;
};

}  // namespace

void visit_used(const CompiledNetwork& network, const CompiledProjection& projection,
                const std::function<void(const UsedSynapse&)>& take) {
  UsedSink sink(network, projection, take);
  projection.rows->visit(0, projection.rows->sources, sink);
}

}  // namespace spikeloom
