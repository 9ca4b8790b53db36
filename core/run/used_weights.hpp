// The weights of a projection as they act in a run: on the receptor's grid, one call per synapse in canonical order.
#pragma once

#include <cstdint>
#include <functional>

#include "core/compile/compiled.hpp"

namespace spikeloom {

/// The segment of `ends` that holds running index i.
std::size_t segment_of(const std::vector<EndSegment>& ends, std::uint32_t i);
/// The number people see: within the population where the end is one population or slice, else the running index.
std::uint32_t shown_index(const std::vector<EndSegment>& ends, std::uint32_t i);
/// The cell that running index i stands for.
inline std::uint32_t cell_of(const EndSegment& segment, std::uint32_t i) {
  return segment.first + (i - segment.offset) * segment.stride;
}

struct UsedSynapse {
  std::uint32_t source = 0, target = 0;  ///< running indices
  std::uint32_t segment = 0;             ///< of the target, in projection.to
  int receptor = 0;
  std::int64_t q = 0;  ///< weight in units of the grid
  double weight = 0;   ///< q * 2^-exponent: what is added to the input
  std::uint32_t delay = 1;
  double delay_ms = 0;  ///< onto exact cells
};

void visit_used(const CompiledNetwork& network, const CompiledProjection& projection,
                const std::function<void(const UsedSynapse&)>& take);

}  // namespace spikeloom
