// Names of populations, inputs, groups and slices as running lists of cells.
#pragma once

#include <string>
#include <vector>

#include "core/compile/context.hpp"

namespace spikeloom {

struct Ends {
  std::vector<EndSegment> segments;
  std::uint32_t size = 0;
  std::vector<std::uint32_t> shape;  ///< of the one whole population or input this is; else {size}
};

/// What a name may stand for here.
enum class EndKind { populations, spiking };  ///< spiking: populations and inputs that make spikes

/// Populations and sources must be in context.out already (sizes and names). Throws Error("unknown_name", "range").
Ends resolve_ends(const CompileContext& context, const Slice& slice, const std::string& path, EndKind kind);

/// The first member that is the same cell in both; used to exclude autapses.
/// `self[i]` is the running index in `b` of cell i of `a`, or `none`.
inline constexpr std::uint32_t no_cell = UINT32_MAX;
std::vector<std::uint32_t> same_cells(const Ends& a, const Ends& b);

}  // namespace spikeloom
