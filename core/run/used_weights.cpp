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

void visit_used(const CompiledNetwork& network, const CompiledProjection& projection,
                const std::function<void(const UsedSynapse&)>& take) {
  each_synapse(*projection.rows, [&](const SynapseBatch& batch, std::uint32_t i) {
    const std::size_t segment = segment_of(projection.to, batch.target[i]);
    const int receptor = projection.receptor_of(segment, batch.weight[i]);
    const Grid& grid = network.populations[projection.to[segment].index].grids[static_cast<std::size_t>(receptor)];
    const std::int64_t q = grid_round(batch.weight[i], std::ldexp(1.0, grid.exponent));
    take({batch.source[i], batch.target[i], static_cast<std::uint32_t>(segment), receptor, q,
          std::ldexp(static_cast<double>(q), -grid.exponent), batch.delay[i], projection.rows->exact ? batch.delay_ms[i] : 0});
  });
}

}  // namespace spikeloom
