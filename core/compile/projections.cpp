// Projections: ends, names, receptors and row visitors, in order of name; the short form of an input is one more projection.
#include <algorithm>
#include <map>

#include "core/compile/parts.hpp"
#include "core/math/philox.hpp"

namespace spikeloom {
namespace {

struct Written {
  std::string name, path;
  Projection projection;
};

std::string text_of(const Slice& slice) {
  if (slice.first == 0 && !slice.last && slice.stride == 1) return slice.name;
  std::string text = slice.name + "[" + std::to_string(slice.first) + ":" + (slice.last ? std::to_string(*slice.last) : "");
  if (slice.stride != 1) text += ":" + std::to_string(slice.stride);
  return text + "]";
}

/// All projections with their names, sorted; unnamed ones are from->to, numbered in order of declaration if repeated.
std::vector<Written> named_projections(const CompileContext& context) {
  std::vector<Written> all;
  const Graph& graph = context.network.graph();
  for (auto [e, end] = boost::edges(graph); e != end; ++e) {
    const Projection& projection = graph[*e];
    const std::string path = projection.where.path.empty() ? "/projections/" + std::to_string(all.size()) : projection.where.path;
    all.push_back({projection.name, path, projection});
  }
  for (auto [v, end] = boost::vertices(graph); v != end; ++v) {
    const auto* input = std::get_if<Input>(&graph[*v].what);
    if (input == nullptr || !input->drive || std::holds_alternative<CurrentInput>(input->source)) continue;
    if (const auto* poisson = std::get_if<PoissonInput>(&input->source); poisson != nullptr && !poisson->size) continue;
    Projection projection;  // short form
    projection.from.name = graph[*v].name;
    projection.to = input->drive->to;
    projection.connect.kind = Connector::Kind::one_to_one;
    projection.weight = input->drive->weight;
    projection.delay_ms = input->drive->delay_ms;
    projection.receptor = input->drive->receptor;
    all.push_back({graph[*v].name, "/inputs/" + pointer_part(graph[*v].name), projection});
  }
  std::map<std::string, int> seen;
  for (auto& each : all) {
    const bool named = !each.name.empty();
    if (!named) each.name = text_of(each.projection.from) + "->" + text_of(each.projection.to);
    const int times = ++seen[each.name];
    if (times > 1 && named)
      throw Error("duplicate_key", {each.path + "/name"}, "two projections have the name \"" + each.name + "\"")
          .with_value(each.name);
    if (times > 1) each.name += "#" + std::to_string(times);
  }
  std::stable_sort(all.begin(), all.end(), [](const Written& a, const Written& b) { return a.name < b.name; });
  return all;
}

/// A probe, a modulation or a phase names the projection; then it must exist, even where chance made no synapse.
bool is_referred_to(const Network& network, const std::string& name) {
  const auto learns = [&](const Phase& phase) {
    const auto* names = std::get_if<std::vector<std::string>>(&phase.plasticity);
    return names != nullptr && std::find(names->begin(), names->end(), name) != names->end();
  };
  return std::any_of(network.phases.begin(), network.phases.end(), learns) ||
         std::any_of(network.modulation.begin(), network.modulation.end(), [&](const auto& m) { return m.to == name; }) ||
         std::any_of(network.probes.begin(), network.probes.end(),
                     [&](const auto& probe) { return probe.kind == Probe::Kind::weights && probe.of.name == name; });
}

void check_weights(const CompileContext& context, const CompiledProjection& out, const Where& where) {
  for (std::size_t s = 0; s < out.to.size(); ++s) {
    const auto& population = context.out.populations[out.to[s].index];
    const auto receptor = [&](int r) { return population.model.table->receptors[static_cast<std::size_t>(r)].conductance; };
    const bool conductance = out.receptor[s] >= 0 ? receptor(out.receptor[s]) : receptor(out.receptor_negative[s]);
    if (!conductance) continue;
    check_weight_sign(population, out.receptor[s] >= 0 ? out.receptor[s] : out.receptor_negative[s], out.rows->lowest_weight(),
                      where);
  }
}

/// All targets live exactly, or none does.
bool lives_exactly(const CompileContext& context, const CompiledProjection& out, const std::string& path) {
  const auto exact = [&](const EndSegment& segment) { return context.out.populations[segment.index].exact; };
  const bool any = std::any_of(out.to.begin(), out.to.end(), exact);
  if (any && !std::all_of(out.to.begin(), out.to.end(), exact))
    throw Error("conflict", {path + "/to"}, "some of these cells are stepped and some live exactly; a projection goes to either")
        .with_allowed("populations of one \"update\"; write two projections");
  return any;
}

}  // namespace

void compile_projections(CompileContext& context) {
  for (const auto& written : named_projections(context)) {
    const Projection& projection = written.projection;
    const Ends from = resolve_ends(context, projection.from, written.path + "/from", EndKind::spiking);
    const bool pairing = is_pairing(context, projection);
    const Ends to = resolve_ends(context, projection.to, written.path + "/to", pairing ? EndKind::spiking : EndKind::populations);
    if (pairing) {
      if (moves_delays(context, projection))
        throw Error("unsupported", {written.path + "/plasticity"},
                    "this version has delays that learn onto cells only, not onto inputs", Exit::refused)
            .with_value(written.name);
      compile_pairing(context, {written.name, written.path, name_key(written.name), from, to, projection});
      continue;
    }
    CompiledProjection out;
    out.name = written.name;
    out.key = name_key(written.name);
    out.from = from.segments, out.to = to.segments;
    for (const auto& segment : out.to) {
      const auto choice =
          choose_receptor(context.out.populations[segment.index], projection.receptor, Where{written.path + "/receptor"});
      out.receptor.push_back(choice.positive == choice.negative ? choice.positive : -1);
      out.receptor_positive.push_back(choice.positive);
      out.receptor_negative.push_back(choice.negative);
    }
    RowRequest request{written.name, written.path, out.key, from, to, projection};
    request.exact = lives_exactly(context, out, written.path);
    request.min_delay_ms = TimeGrid(context.out.step_ms).ms_of(context.out.min_delay_time);
    request.raise = context.network.run.below_min_delay == "raise";
    const bool moving = moves_delays(context, projection);
    if (moving) compile_moving_delays(context, request, out);
    else out.rows = make_rows(context, request, out.rounding);
    if (out.rows->count() == 0 && !is_referred_to(context.network, written.name)) continue;  // nothing to deliver
    if (!moving && !projection.plasticity.empty()) compile_plasticity(context, request, out);
    check_weights(context, out, place(projection.weight.value_or(Value(1.0)), written.path + "/weight"));
    context.out.projections.push_back(std::move(out));
  }
}

}  // namespace spikeloom
