// Plastic projections onto inputs: both trains are known, so compile() can list every spike at its exact time.
#include <algorithm>
#include <cmath>
#include <functional>

#include "core/compile/parts.hpp"
#include "core/csv.hpp"

namespace spikeloom {
namespace {

/// The spikes of a list input, each at its own time; `take` gets the cell of the input.
void read_spikes(const CompileContext& context, const std::string& name, const Where& where,
                 const std::function<void(std::uint32_t, ExactTime)>& take) {
  const TimeGrid grid(context.out.step_ms);
  const auto& what = context.network.graph()[*context.network.find(name)].what;
  const auto* list = std::get_if<SpikeListInput>(&std::get<Input>(what).source);
  if (list == nullptr)
    throw Error("unsupported", where, "only inputs with given spikes can be paired without a neuron", Exit::refused)
        .with_value(name);
  if (!list->file.empty()) {  // read and checked before, with the sources
    const CsvColumns columns = read_csv(path_in(context.network.folder, list->file), {"neuron", "time_ms"}, where);
    for (std::size_t row = 0; row < columns.rows; ++row)
      take(static_cast<std::uint32_t>(columns.values[0][row]), grid.exact(columns.values[1][row]));
  }
  for (std::uint32_t cell = 0; cell < list->times_ms.size(); ++cell)
    for (const double ms : list->times_ms[cell]) take(cell, grid.exact(ms));
}

std::vector<CompiledPairing::Spike> spikes_of(const CompileContext& context, const std::vector<EndSegment>& ends,
                                              const Where& where) {
  std::vector<CompiledPairing::Spike> spikes;
  for (const EndSegment& end : ends) {
    if (end.kind != EndSegment::Kind::input)
      throw Error("unsupported", where, "a pairing without neurons needs inputs on both sides", Exit::refused);
    read_spikes(context, context.out.sources[end.index].name, where, [&](std::uint32_t cell, ExactTime time) {
      if (cell < end.first || (cell - end.first) % end.stride != 0 || (cell - end.first) / end.stride >= end.count) return;
      spikes.push_back({time, end.offset + (cell - end.first) / end.stride});
    });
  }
  std::stable_sort(spikes.begin(), spikes.end(), [](const auto& a, const auto& b) { return a.time < b.time; });
  return spikes;
}

/// A delay, or a part of one, that all synapses share.
ExactTime part_of_delay(const CompileContext& context, const std::optional<Value>& value, const std::string& path, bool alone) {
  if (!value) return TimeGrid(context.out.step_ms).exact(alone ? 1.0 : 0.0);
  if (!value->is_number() && !std::holds_alternative<Expression>(value->form))
    throw Error("unsupported", place(*value, path), "a pairing without neurons has one delay for all its synapses",
                Exit::refused);
  return TimeGrid(context.out.step_ms).exact(number(context, *value, path, {0, max_delay_steps * context.out.step_ms, alone}));
}

}  // namespace

bool is_pairing(const CompileContext& context, const Projection& projection) {
  const auto to = context.network.find(projection.to.name);
  return !projection.plasticity.empty() && to && std::holds_alternative<Input>(context.network.graph()[*to].what);
}

void compile_pairing(CompileContext& context, const RowRequest& request) {
  const Projection& projection = request.projection;
  for (const auto& edge : projection.connect.edges)
    if (!std::isnan(edge.delay_ms))
      throw Error("unsupported", {request.path + "/connect"}, "a pairing without neurons has one delay for all its synapses",
                  Exit::refused);
  CompiledPairing out;
  out.name = request.name;
  out.key = request.key;
  out.from = request.from.segments, out.to = request.to.segments;
  DelayRounding unused;
  const auto rows = make_rows(context, request, unused);
  out.plasticity = rules_of(context, request, *rows, 1.0);
  const std::string path = request.path + "/delay_ms";
  ExactTime axonal, dendritic;
  if (projection.axonal_ms || projection.dendritic_ms) {
    axonal = part_of_delay(context, projection.axonal_ms, path + "/axonal_ms", false);
    dendritic = part_of_delay(context, projection.dendritic_ms, path + "/dendritic_ms", false);
  } else {
    const ExactTime delay = part_of_delay(context, projection.delay_ms, path, true);
    (out.plasticity.dendritic_is_fixed ? axonal : dendritic) = delay;
  }
  each_synapse(*rows, [&](const SynapseBatch& batch, std::uint32_t i) {
    out.synapses.push_back({batch.source[i], batch.target[i], batch.weight[i], axonal, dendritic});
  });
  out.pre = spikes_of(context, out.from, {request.path + "/from"});
  out.post = spikes_of(context, out.to, {request.path + "/to"});
  context.out.pairings.push_back(std::move(out));
}

}  // namespace spikeloom
