// compile(): from a description to numbers, one part after the other; nothing here looks ahead.
#include <bit>
#include <cmath>

#include "core/compile/parts.hpp"
#include "core/expression.hpp"
#include "core/network_json.hpp"
#include "core/run/hash.hpp"

namespace spikeloom {

std::uint64_t CompiledNetwork::synapses() const {
  std::uint64_t total = 0;
  for (const auto& projection : projections) total += projection.rows->count();
  return total;
}

std::uint32_t CompiledNetwork::min_delay() const {
  std::uint32_t least = UINT32_MAX;
  for (const auto& projection : projections) least = std::min(least, projection.rows->min_delay());
  return projections.empty() ? 1 : least;
}

std::uint32_t CompiledNetwork::max_delay() const {
  std::uint32_t most = 1;
  for (const auto& projection : projections) most = std::max(most, projection.rows->max_delay());
  return most;
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
  constexpr std::uint64_t largest_seed = std::uint64_t{1} << 53;  // beyond, a JSON number no longer tells seeds apart
  if (run.seed) out.seed = whole_number(context, *run.seed, "/run/seed", 0, largest_seed);
  const auto seed = [&](const char* name) {
    const auto at = run.seeds.find(name);
    return at == run.seeds.end() ? out.seed : whole_number(context, at->second, std::string("/run/seeds/") + name, 0, largest_seed);
  };
  out.wiring_seed = seed("wiring"), out.noise_seed = seed("noise"), out.trials_seed = seed("trials");
  if (run.threads) out.threads = static_cast<int>(whole_number(context, *run.threads, "/run/threads", 1, 4096));
  if (run.weight_bits) {
    const std::uint64_t bits = whole_number(context, *run.weight_bits, "/run/weight_bits", 16, 24);
    const Where where = place(*run.weight_bits, "/run/weight_bits");
    if (bits != 16 && bits != 24) throw Error("range", where, "weights have 16 or 24 bits").with_value(std::to_string(bits)).with_allowed("16, 24");
    if (out.precision == Precision::double_) throw Error("conflict", where, "\"weight_bits\" belongs to \"precision\": \"single\"").with_value(std::to_string(bits));
    out.weight_bits = static_cast<int>(bits);
  }
  if (run.duration_ms) {
    const double ms = number(context, *run.duration_ms, "/run/duration_ms", {0, unbounded, true});
    out.duration_steps = steps_with_warning(context, ms, place(*run.duration_ms, "/run/duration_ms"), "the duration");
    if (out.duration_steps < 1)
      throw Error("range", place(*run.duration_ms, "/run/duration_ms"), "the run is shorter than a step").with_value(show(ms)).with_allowed("at least " + show(out.step_ms));
  } else {
    out.duration_steps = context.grid.nearest(1000);
  }
  if (run.warmup_ms) {
    const double ms = number(context, *run.warmup_ms, "/run/warmup_ms", {0, context.grid.ms_of(out.duration_steps)});
    out.warmup_steps = steps_with_warning(context, ms, place(*run.warmup_ms, "/run/warmup_ms"), "the warm-up");
  }
  if (run.min_delay_ms) number(context, *run.min_delay_ms, "/run/min_delay_ms", {0, unbounded, true});
}

namespace {

/// One number for all that a checkpoint depends on; the order of declaration does not show.
class Digest {
 public:
  void add(std::uint64_t what, std::uint64_t value) { hash_add(hash_, what, value, 0); }
  void add(std::uint64_t what, double value) { hash_add(hash_, what, std::bit_cast<std::uint64_t>(value == 0 ? 0.0 : value), 1); }
  void add(std::uint64_t what, const Column& column) {
    add(what, column.constant);
    for (std::size_t i = 0; i < column.each.size(); ++i) add(what + 3 + i, column.each[i]);
  }
  std::uint64_t value() const { return mix64(hash_.high ^ mix64(hash_.low)); }

 private:
  Hash128 hash_;
};

struct FirstSynapses final : SynapseSink {
  FirstSynapses(Digest& digest, std::uint64_t key) : digest(digest), key(key) {}
  void take(const SynapseBatch& batch) override {
    for (std::uint32_t i = 0; i < batch.count; ++i, ++number) {
      digest.add(key + number, (std::uint64_t{batch.source[i]} << 32) | batch.target[i]);
      digest.add(key + number, batch.weight[i] + 1e-3 * batch.delay[i]);
    }
  }
  Digest& digest;
  std::uint64_t key, number = 0;
};

std::uint64_t digest_of(const CompiledNetwork& network) {
  Digest digest;
  digest.add(1, network.step_ms);
  digest.add(2, network.precision == Precision::double_ ? std::uint64_t{1} : std::uint64_t{0});
  digest.add(3, network.wiring_seed), digest.add(4, network.noise_seed), digest.add(5, network.trials_seed);
  digest.add(6, static_cast<std::uint64_t>(network.weight_bits));
  for (const auto& population : network.populations) {
    digest.add(population.key, (std::uint64_t{population.size} << 8) | static_cast<std::uint64_t>(population.variant));
    digest.add(population.key + 1, name_key(population.model.table->name));
    for (std::size_t k = 0; k < population.parameters.size(); ++k) digest.add(mix64(population.key + 2 + k), population.parameters[k]);
    for (std::size_t k = 0; k < population.initial.size(); ++k) digest.add(mix64(population.key + 1002 + k), population.initial[k]);
    for (const auto& grid : population.grids) digest.add(population.key + 7, static_cast<std::uint64_t>(grid.exponent));
  }
  for (const auto& projection : network.projections) {
    digest.add(projection.key, projection.rows->count());
    digest.add(projection.key + 1, projection.rows->max_abs_weight());
    digest.add(projection.key + 2, (std::uint64_t{projection.rows->min_delay()} << 32) | projection.rows->max_delay());
    FirstSynapses first(digest, mix64(projection.key));
    projection.rows->visit(0, std::min(projection.rows->sources, 1u), first);
  }
  for (const auto& poisson : network.poisson) {
    digest.add(poisson.key, poisson.weight);
    for (const auto& table : poisson.tables) digest.add(poisson.key + 1, table.mean);
  }
  for (const auto& source : network.sources) {
    digest.add(source.key, (std::uint64_t{source.size} << 32) ^ source.steps.size());
    for (std::size_t k = 0; k < source.steps.size(); ++k) digest.add(mix64(source.key + k), static_cast<std::uint64_t>(source.steps[k]) ^ (std::uint64_t{source.cells[k]} << 40));
  }
  for (const auto& signal : network.signals) digest.add(signal.key, std::uint64_t{signal.size});
  for (const auto& current : network.currents) digest.add(name_key(current.name), std::uint64_t{current.count});
  return digest.value();
}

}  // namespace

std::shared_ptr<const CompiledNetwork> compile(const Network& network, const ModelSet& models) {
  auto out = std::make_shared<CompiledNetwork>();
  CompileContext context{network, models, *out, StepGrid(), {}};
  try {
    compile_run(context);
    compile_populations(context);
    compile_sources(context);
    compile_projections(context);
    compile_drives(context);
    compile_signals(context);
    compile_grids(context);
    compile_probes(context);
  } catch (Error& error) {
    if (error.file.empty()) error.file = network.file;
    throw;
  }
  out->digest = digest_of(*out);
  out->resolved_json = to_text(to_json(network));
  return out;
}

}  // namespace spikeloom
