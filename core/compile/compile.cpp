// compile(): from a description to numbers, one part after the other; nothing here looks ahead.
#include <fmt/format.h>
#include <algorithm>
#include <cmath>

#include "core/compile/parts.hpp"
#include "core/expression.hpp"
#include "core/network_json.hpp"

namespace spikeloom {
namespace {

constexpr double default_min_delay_ms = 0.1;
constexpr double finest_min_delay_ms = 1e-9;      ///< what times are told apart by; an epoch is no shorter
constexpr std::int64_t longest_epoch_steps = 64;  ///< where nothing limits it: what one turn of the loop may be

}  // namespace

std::uint64_t CompiledNetwork::synapses() const {
  std::uint64_t total = 0;
  for (const auto& projection : projections) total += projection.rows->count();
  return total;
}

std::uint64_t CompiledNetwork::senders() const {
  std::uint64_t count = neurons;
  for (const auto& source : sources) count += source.size;
  return count;
}

std::uint32_t CompiledNetwork::first_sender(EndSegment::Kind kind, std::uint32_t index) const {
  if (kind == EndSegment::Kind::population) return populations[index].first;
  std::uint32_t first = neurons;
  for (std::uint32_t s = 0; s < index; ++s) first += sources[s].size;
  return first;
}

std::uint32_t CompiledNetwork::population_of(std::uint32_t neuron) const {
  const auto after = std::ranges::upper_bound(populations, neuron, {}, &CompiledPopulation::first);
  return static_cast<std::uint32_t>(after - populations.begin() - 1);
}

std::uint32_t CompiledNetwork::min_delay() const {
  std::uint32_t least = UINT32_MAX;
  for (const auto& projection : projections)
    if (!projection.rows->exact) least = std::min(least, projection.rows->min_delay());
  return least == UINT32_MAX ? 1 : least;
}

std::uint32_t CompiledNetwork::max_delay() const {
  std::uint32_t most = 1;
  for (const auto& projection : projections) {
    const bool within_steps = std::any_of(projection.from.begin(), projection.from.end(), [&](const EndSegment& from) {
      return from.kind == EndSegment::Kind::population ? populations[from.index].exact : sources[from.index].exact;
    });
    most = std::max(most, projection.rows->max_delay() + (projection.rows->exact ? 2 : within_steps ? 1 : 0));
  }
  return most;
}

bool CompiledNetwork::any_exact() const {
  return std::any_of(populations.begin(), populations.end(), [](const auto& population) { return population.exact; });
}

bool CompiledNetwork::any_stepped() const {
  return std::any_of(populations.begin(), populations.end(),
                     [](const auto& population) { return !population.exact && population.size > 0; });
}

std::int64_t CompiledNetwork::lead() const {
  std::int64_t steps = longest_epoch_steps;
  for (const auto& projection : projections) {
    if (projection.rows->exact || projection.rows->count() == 0) continue;
    steps = projection.learns_in_exact_time() ? 1 : std::min<std::int64_t>(steps, projection.rows->min_delay());
    if (steps == 1) break;
  }
  return steps;
}

Epoch CompiledNetwork::epoch() const {
  const auto from_exact = [&](const CompiledProjection& projection) {
    return std::any_of(projection.from.begin(), projection.from.end(), [&](const EndSegment& from) {
      return from.kind == EndSegment::Kind::population && populations[from.index].exact;
    });
  };
  Epoch epoch;
  for (const auto& projection : projections)
    if (projection.rows->exact && projection.rows->count() > 0 &&
        (from_exact(projection) || projection.rows->moving) &&  // what leaves has its delay when its epoch is over
        (epoch.shortest_ms == 0 || projection.rows->shortest_ms < epoch.shortest_ms))
      epoch.shortest_ms = projection.rows->shortest_ms;
  const TimeGrid grid(step_ms);
  if (epoch.shortest_ms == 0) {
    epoch.steps = longest_epoch_steps;
  } else if (const std::int64_t steps = grid.exact(epoch.shortest_ms).step; steps > 0) {
    epoch.steps = std::min(steps, longest_epoch_steps);
  } else {
    epoch.steps = 0;
    epoch.parts = static_cast<std::int64_t>(step_ms / epoch.shortest_ms) + 1;  // strictly shorter than the delay
  }
  const bool reads = std::any_of(signals.begin(), signals.end(), [](const CompiledSignal& signal) {
    return std::holds_alternative<CompiledSignal::Trace>(signal.form) ||
           std::holds_alternative<CompiledSignal::Rate>(signal.form) ||
           std::holds_alternative<CompiledSignal::Decay>(signal.form);
  });
  if (epoch.steps > 1 && reads) epoch.steps = 1;
  if (any_stepped()) epoch.steps = std::min(epoch.steps, lead());
  return epoch;
}

std::int64_t CompiledNetwork::steps_of(double ms) const { return StepGrid(step_ms).nearest(ms); }
double CompiledNetwork::ms_of(std::int64_t step) const { return StepGrid(step_ms).ms_of(step); }

void compile_run(CompileContext& context) {
  const RunSettings& run = context.network.run;
  CompiledNetwork& out = context.out;
  for (const auto& [name, value] : resolve_parameters(context.network.parameters)) context.globals.add(name, value);
  out.name = context.network.name;
  out.precision = run.precision;
  out.backend = run.backend;
  out.step_ms = run.step_ms ? number(context, *run.step_ms, "/run/step_ms", {1e-6, 1e6}) : 0.1;
  context.grid = StepGrid(out.step_ms);
  constexpr std::uint64_t largest_seed = (std::uint64_t{1} << 53) - 1;  // beyond, a JSON number no longer tells seeds apart
  if (run.seed) out.seed = whole_number(context, *run.seed, "/run/seed", 0, largest_seed);
  const auto seed = [&](const char* name) {
    const auto at = run.seeds.find(name);
    return at == run.seeds.end() ? out.seed
                                 : whole_number(context, at->second, std::string("/run/seeds/") + name, 0, largest_seed);
  };
  out.wiring_seed = seed("wiring"), out.noise_seed = seed("noise"), out.trials_seed = seed("trials");
  if (run.threads) out.threads = static_cast<int>(whole_number(context, *run.threads, "/run/threads", 1, 4096));
  if (run.weight_bits) {
    const std::uint64_t bits = whole_number(context, *run.weight_bits, "/run/weight_bits", 16, 24);
    const Where where = place(*run.weight_bits, "/run/weight_bits");
    if (bits != 16 && bits != 24)
      throw Error("range", where, "weights have 16 or 24 bits").with_value(std::to_string(bits)).with_allowed("16, 24");
    if (out.precision == Precision::double_)
      throw Error("conflict", where, "\"weight_bits\" belongs to \"precision\": \"single\"").with_value(std::to_string(bits));
    out.weight_bits = static_cast<int>(bits);
  }
  if (run.duration_ms) {
    const double ms = number(context, *run.duration_ms, "/run/duration_ms", {0, unbounded, true});
    out.duration_steps = steps_with_warning(context, ms, place(*run.duration_ms, "/run/duration_ms"), "the duration");
    if (out.duration_steps < 1)
      throw Error("range", place(*run.duration_ms, "/run/duration_ms"), "the run is shorter than a step")
          .with_value(show(ms))
          .with_allowed("at least " + show(out.step_ms));
  } else {
    out.duration_steps = context.grid.nearest(1000);
  }
  compile_phases(context);
  if (run.warmup_ms) {
    const double ms = number(context, *run.warmup_ms, "/run/warmup_ms", {0, context.grid.ms_of(out.duration_steps)});
    out.warmup_steps = steps_with_warning(context, ms, place(*run.warmup_ms, "/run/warmup_ms"), "the warm-up");
  }
  const double longest_ms = static_cast<double>(max_delay_steps) * out.step_ms;
  const double min_delay_ms = run.min_delay_ms
                                  ? number(context, *run.min_delay_ms, "/run/min_delay_ms", {finest_min_delay_ms, longest_ms})
                                  : default_min_delay_ms;
  out.min_delay_time = TimeGrid(out.step_ms).exact(min_delay_ms);
}

/// Groups that nothing uses hold right names too.
static void check_groups(const CompileContext& context) {
  const Graph& graph = context.network.graph();
  for (auto [v, end] = boost::vertices(graph); v != end; ++v)
    if (std::holds_alternative<Group>(graph[*v].what))
      resolve_ends(context, {.name = graph[*v].name}, "/groups/" + graph[*v].name, EndKind::spiking);
}

/// A float of some -70 mV is a multiple of 2^-17 mV, so what moves it by less than half of that in a step does not move it.
static void warn_of_lost_drift(const CompileContext& context) {
  constexpr double half_unit_mV = 0x1p-18, finest_step_ms = 0.05;
  const CompiledNetwork& out = context.out;
  if (out.precision != Precision::single_ || !out.any_stepped() || out.step_ms >= finest_step_ms) return;
  context.warn(
      fmt::format("/run/precision: in single precision and steps of {:g} ms a potential near -70 mV does not follow what "
                  "drives it by less than {:.2g} mV per ms; \"double\" does",
                  out.step_ms, half_unit_mV / out.step_ms));
}

std::shared_ptr<const CompiledNetwork> compile(const Network& network, const ModelSet& models) {
  auto out = std::make_shared<CompiledNetwork>();
  CompileContext context{network, models, *out, StepGrid(), {}};
  try {
    compile_run(context);
    compile_populations(context);
    compile_sources(context);
    check_groups(context);
    compile_projections(context);
    compile_drives(context);
    compile_signals(context);
    connect_third_factors(context);
    compile_phase_plasticity(context);
    compile_grids(context);
    check_exact_populations(context);
    compile_probes(context);
    warn_of_lost_drift(context);
  } catch (Error& error) {
    if (error.file.empty()) error.file = network.file;
    throw;
  }
  out->resolved_json = to_text(to_json(network));
  return out;
}

}  // namespace spikeloom
