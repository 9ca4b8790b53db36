// Chooses which synapses share rows, and in which form.
#include <algorithm>
#include <map>
#include <tuple>

#include "backends/cpu/pack.hpp"

namespace spikeloom::cpu {
namespace {

constexpr std::size_t max_constants = 16;

const CompiledPopulation& target_of(const CompiledNetwork& network, const EndSegment& segment) {
  return network.populations[segment.index];
}

void widen(const CompiledNetwork& network, const CompiledProjection& projection, Bundle& bundle) {
  for (const auto& segment : projection.from) {
    if (segment.count == 0) continue;
    const std::uint32_t first = network.first_sender(segment.kind, segment.index) + segment.first;
    const std::uint32_t last = first + segment.stride * (segment.count - 1) + 1;
    bundle.first_id = bundle.feeds.size() == 1 && bundle.last_id == 0 ? first : std::min(bundle.first_id, first);
    bundle.last_id = std::max(bundle.last_id, last);
  }
}

}  // namespace

Layout layout_named(std::string_view name) {
  constexpr std::pair<std::string_view, Layout> known[] = {
      {"", Layout::by_rule}, {"runs", Layout::runs}, {"copies", Layout::copies}, {"stored", Layout::stored}};
  for (const auto& [known_name, layout] : known)
    if (name == known_name) return layout;
  throw Error("range", {}, "unknown layout of synapses").with_value(std::string(name)).with_allowed("\"\", runs, copies, stored");
}

std::vector<Bundle> choose_bundles(const CompiledNetwork& network, Layout layout) {
  const Form stored = network.precision == Precision::double_ ? Form::bits56
                      : network.weight_bits == 16             ? Form::bits16
                                                              : Form::bits24;
  std::vector<Bundle> bundles;
  std::map<std::tuple<Form, std::int64_t, int>, std::size_t> known;
  std::size_t constants = 0;
  for (std::uint32_t p = 0; p < network.projections.size(); ++p) {
    const auto& projection = network.projections[p];
    if (projection.plasticity != nullptr || projection.rows->exact) continue;  // plastic_rows.hpp, exact.hpp
    for (std::uint32_t s = 0; s < projection.to.size(); ++s) {
      Form form = stored;
      std::int64_t constant = 0;
      const int gain = projection.gain >= 0 ? static_cast<int>(p) : -1;
      if (layout != Layout::stored && projection.rows->weight_is_constant()) {
        const double weight = projection.rows->constant_weight();
        const auto receptor = static_cast<std::size_t>(projection.receptor_of(s, weight));
        const auto& grid = target_of(network, projection.to[s]).grids[receptor];
        constant = grid_round(weight, 1.0 / grid.step());
        const bool listed = known.count({Form::constant, constant, gain}) != 0;
        if (listed || constants < max_constants) form = Form::constant;
        else constant = 0;
        constants += form == Form::constant && !listed;
      }
      const auto [at, added] = known.try_emplace({form, constant, gain}, bundles.size());
      if (added) bundles.push_back({form, constant, gain, false, {}, 0, 0});
      Bundle& bundle = bundles[at->second];
      bundle.feeds.push_back({p, s});
      widen(network, projection, bundle);
    }
  }
  return bundles;
}

}  // namespace spikeloom::cpu
