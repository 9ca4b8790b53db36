// One number for each thing that a checkpoint depends on, so that a difference can be named. The order of declaration does not
// show, nor do probes, threads and duration.
#include <fmt/format.h>
#include <algorithm>
#include <bit>
#include <deque>

#include "core/compile/parts.hpp"
#include "core/math/philox.hpp"
#include "core/run/hash.hpp"

namespace spikeloom {
namespace {

/// Facts about one side of one thing, in the order they are added.
class Facts {
 public:
  Facts(std::string_view of, std::string_view what) : h_(mix64(name_key(of)) ^ name_key(what)) {}
  Facts& add(std::uint64_t value) {
    h_ = mix64(h_ + 0x9e3779b97f4a7c15ULL) ^ mix64(value + 0x632be59bd9b4e019ULL);
    return *this;
  }
  Facts& add(double value) { return add(std::bit_cast<std::uint64_t>(value == 0 ? 0.0 : value)); }
  Facts& add(const std::vector<double>& values) {
    add(std::uint64_t{values.size()});
    for (const double value : values) add(value);
    return *this;
  }
  Facts& add(const Column& column) { return add(column.constant).add(column.each); }
  template <class Cells>
  Facts& add_cells(const Cells& cells) {
    return add(std::uint64_t{cells.first}).add(std::uint64_t{cells.stride}).add(std::uint64_t{cells.count});
  }
  Facts& add(const std::vector<EndSegment>& ends) {
    for (const auto& end : ends) add(static_cast<std::uint64_t>(end.kind)).add(std::uint64_t{end.index}).add_cells(end);
    return *this;
  }
  Facts& add(const std::vector<CompiledPoisson::Segment>& segments, const std::vector<PoissonTable>& tables) {
    for (const auto& segment : segments) {
      add(static_cast<std::uint64_t>(segment.from_step));
      for (const std::uint32_t table : segment.tables) add(tables[table].mean);
    }
    return *this;
  }
  Facts& add(ExactTime time) { return add(static_cast<std::uint64_t>(time.step)).add(time.offset_ms); }
  Facts& add(const std::vector<ExactRates>& rates) {
    for (const auto& from : rates) add(from.from).add(from.per_ms);
    return *this;
  }
  std::uint64_t value() const { return h_; }

 private:
  std::uint64_t h_;
};

class AllFacts {
 public:
  Facts& about(const std::string& of, const char* what) {
    names_.emplace_back(of, what);
    return facts_.emplace_back(of, what);
  }
  std::vector<DigestFact> values() const {
    std::vector<DigestFact> values;
    for (std::size_t i = 0; i < names_.size(); ++i) values.push_back({names_[i].first, names_[i].second, facts_[i].value()});
    return values;
  }

 private:
  std::vector<std::pair<std::string, std::string>> names_;
  std::deque<Facts> facts_;  ///< references to them stay good
};

class SynapseFacts final : public SynapseSink {
 public:
  SynapseFacts(Facts& facts, bool exact) : facts_(facts), exact_(exact) {}
  void take(const SynapseBatch& batch) override {
    for (std::uint32_t i = 0; i < batch.count; ++i)
      facts_.add((std::uint64_t{batch.source[i]} << 32) | batch.target[i])
          .add(batch.weight[i])
          .add(exact_ ? std::bit_cast<std::uint64_t>(batch.delay_ms[i]) : std::uint64_t{batch.delay[i]});
  }

 private:
  Facts& facts_;
  bool exact_;
};

/// All synapses of a small projection; of a large one the first rows, beside the bounds of all.
void add_rows(const Rows& rows, Facts& facts) {
  facts.add(rows.count()).add(rows.max_in_degree()).add(rows.lowest_weight()).add(rows.highest_weight());
  facts.add(std::uint64_t{rows.min_delay()}).add(std::uint64_t{rows.max_delay()});
  constexpr std::uint64_t enough = 1 << 18;
  SynapseFacts synapses(facts, rows.exact || rows.moving);
  if (rows.count() <= 4 * enough) return rows.visit(0, rows.sources, synapses);
  if (rows.grain() > 1) return;  // a few rows would cost as much as all
  const std::uint64_t some = rows.sources * enough / rows.count();
  rows.visit(0, static_cast<std::uint32_t>(std::max<std::uint64_t>(some, 1)), synapses);
}

void add_plasticity(const CompiledPlasticity& plasticity, Facts& facts) {
  for (const auto* rule : {&plasticity.weight, &plasticity.short_term, &plasticity.delay}) {
    if (!*rule) continue;
    facts.add(name_key((*rule)->rule->table->name)).add((*rule)->coefficients);
    for (const int option : (*rule)->options) facts.add(static_cast<std::uint64_t>(option));
  }
  facts.add(plasticity.low).add(plasticity.high).add(static_cast<std::uint64_t>(plasticity.dendritic_is_fixed));
  facts.add(std::uint64_t{plasticity.fixed_part}).add(static_cast<std::uint64_t>(plasticity.signal));
  if (plasticity.exact_time) facts.add(plasticity.fixed_time);
  facts.add(static_cast<std::uint64_t>(plasticity.anchor_steps)).add(plasticity.memory_ms).add(plasticity.baseline);
}

void add_current(const CompiledCurrent& current, Facts& facts) {
  facts.add(current.key).add(std::uint64_t{current.population}).add_cells(current).add(std::uint64_t{current.form.index()});
  if (const auto* steps = std::get_if<CompiledCurrent::Steps>(&current.form)) {
    facts.add(steps->t_ms);
    for (const auto& value : steps->value) facts.add(value);
  } else if (const auto* ramps = std::get_if<std::vector<CompiledCurrent::Ramp>>(&current.form)) {
    for (const auto& ramp : *ramps) facts.add(ramp.from_ms).add(ramp.to_ms).add(ramp.start).add(ramp.slope);
  } else if (const auto* sine = std::get_if<CompiledCurrent::Sine>(&current.form)) {
    facts.add(sine->amplitude).add(sine->frequency_hz).add(sine->phase_rad).add(sine->offset);
  } else if (const auto* noise = std::get_if<CompiledCurrent::Noise>(&current.form)) {
    facts.add(noise->mean).add(noise->sd).add(static_cast<std::uint64_t>(noise->every_steps));
  } else {
    const auto& from = std::get<CompiledCurrent::FromSignal>(current.form);
    facts.add(std::uint64_t{from.signal}).add(from.weight).add(from.clip_low).add(from.clip_high);
  }
}

void add_readout(const CompiledSignal::Readout& readout, Facts& facts) {
  facts.add(std::uint64_t{readout.of}).add(readout.weights);
  if (!readout.learning) return;
  const auto& rule = *readout.learning;
  facts.add(static_cast<std::uint64_t>(rule.kind)).add(std::uint64_t{rule.at_phase_end}).add(std::uint64_t{rule.normalise});
  facts.add(static_cast<std::uint64_t>(rule.every_steps)).add(rule.eta).add(rule.P0).add(rule.forget).add(rule.lambda);
  facts.add(std::uint64_t{rule.error}).add(std::uint64_t{rule.gated}).add(std::uint64_t{rule.gate});
}

void add_signal(const CompiledSignal& signal, Facts& facts) {
  facts.add(signal.key).add(std::uint64_t{signal.size}).add(std::uint64_t{signal.form.index()});
  facts.add(std::uint64_t{signal.phase_clock});
  if (const auto* pulse = std::get_if<CompiledSignal::Pulse>(&signal.form))
    facts.add(pulse->at_ms).add(pulse->width_ms).add(pulse->height).add(pulse->every_ms);
  else if (const auto* steps = std::get_if<CompiledSignal::Steps>(&signal.form)) facts.add(steps->t_ms).add(steps->value);
  else if (const auto* trace = std::get_if<CompiledSignal::Trace>(&signal.form))
    facts.add(trace->of).add(trace->tau_ms).add(trace->scale);
  else if (const auto* rate = std::get_if<CompiledSignal::Rate>(&signal.form)) facts.add(rate->of).add(rate->tau_ms);
  else if (const auto* bumps = std::get_if<CompiledSignal::Gaussian>(&signal.form)) facts.add(bumps->at_ms).add(bumps->sd_ms);
  else if (const auto* choice = std::get_if<CompiledSignal::Choice>(&signal.form)) facts.add(choice->below);
  else if (const auto* product = std::get_if<CompiledSignal::Product>(&signal.form)) {
    for (const std::uint32_t factor : product->factors) facts.add(std::uint64_t{factor});
    facts.add(product->low).add(product->high);
  } else if (const auto* objective = std::get_if<CompiledSignal::Objective>(&signal.form))
    facts.add(std::uint64_t{objective->target}).add(std::uint64_t{objective->minus});
  else if (const auto* mean = std::get_if<CompiledSignal::Mean>(&signal.form)) {
    facts.add(std::uint64_t{mean->of}).add(mean->from_ms).add(mean->to_ms);
    for (const std::string& phase : mean->phases) facts.add(name_key(phase));
  } else if (const auto* decay = std::get_if<CompiledSignal::Decay>(&signal.form))
    facts.add(decay->tau_ms).add(decay->driven_by).add(decay->jump).add(decay->t_ms).add(decay->amplitude);
  else if (const auto* instant = std::get_if<CompiledSignal::Instant>(&signal.form))
    facts.add(instant->t_ms).add(instant->amplitude);
  else if (const auto* readout = std::get_if<CompiledSignal::Readout>(&signal.form)) add_readout(*readout, facts);
}

void add_phase(const CompiledNetwork& network, const CompiledPhase& phase, Facts& facts) {
  facts.add(static_cast<std::uint64_t>(phase.start_step)).add(static_cast<std::uint64_t>(phase.repeat_steps)).add(phase.repeats);
  facts.add(std::uint64_t{phase.reset_state}).add(std::uint64_t{phase.reset_signals});
  facts.add(std::uint64_t{phase.reset_rls});
  for (std::size_t p = 0; p < network.projections.size(); ++p)
    if (network.projections[p].rows->count() > 0) facts.add(std::uint64_t{phase.plastic_projections[p] != 0});
  for (const char mark : phase.plastic_signals) facts.add(std::uint64_t{mark != 0});
  for (const auto& [index, signal] : phase.set) {
    facts.add(std::uint64_t{index});
    add_signal(signal, facts);
  }
}

void add_population(const CompiledPopulation& population, AllFacts& all) {
  const std::string of = "population " + population.name;
  all.about(of, "size").add(std::uint64_t{population.size});
  all.about(of, "model").add(name_key(population.model.table->name)).add(static_cast<std::uint64_t>(population.variant));
  Facts& update = all.about(of, "update");
  if (population.exact) update.add(population.tolerance_ms);
  Facts& parameters = all.about(of, "parameters");
  for (const auto* columns : {&population.parameters, &population.coefficients})
    for (const auto& column : *columns) parameters.add(column);
  Facts& initial = all.about(of, "initial states");
  for (const auto& column : population.initial) initial.add(column);
}

void add_source(const CompiledSource& source, AllFacts& all) {
  const std::string of = "input " + source.name;
  all.about(of, "size").add(std::uint64_t{source.size});
  Facts& spikes = all.about(of, "spikes");
  spikes.add(source.key).add(static_cast<std::uint64_t>(source.kind)).add(std::uint64_t{source.multiplicity});
  for (std::size_t k = 0; k < source.steps.size(); ++k)
    spikes.add(static_cast<std::uint64_t>(source.steps[k])).add(std::uint64_t{source.cells[k]});
  for (const ExactTime time : source.times) spikes.add(time);
  spikes.add(source.segments, source.tables).add(source.rates);
}

void add_poisson(const CompiledPoisson& poisson, AllFacts& all) {
  const std::string of = "input " + poisson.name;
  all.about(of, "targets")
      .add(std::uint64_t{poisson.population})
      .add_cells(poisson)
      .add(static_cast<std::uint64_t>(poisson.receptor));
  all.about(of, "weight").add(poisson.weight);
  all.about(of, "rate").add(poisson.key).add(poisson.segments, poisson.tables).add(poisson.rates);
}

void add_projection(const CompiledProjection& projection, AllFacts& all) {
  const std::string of = "projection " + projection.name;
  all.about(of, "ends").add(projection.from).add(projection.to);
  Facts& receptors = all.about(of, "receptor");
  for (const auto* some : {&projection.receptor, &projection.receptor_negative, &projection.receptor_positive})
    for (const int receptor : *some) receptors.add(static_cast<std::uint64_t>(receptor));
  add_rows(*projection.rows, all.about(of, "synapses"));
  Facts& rules = all.about(of, "rules");
  if (projection.plasticity != nullptr) add_plasticity(*projection.plasticity, rules);
}

void add_pairing(const CompiledPairing& pairing, AllFacts& all) {
  const std::string of = "projection " + pairing.name;
  all.about(of, "ends").add(pairing.from).add(pairing.to);
  add_plasticity(pairing.plasticity, all.about(of, "rules"));
  Facts& signal = all.about(of, "signal");
  for (const auto& pulse : pairing.pulses) signal.add(pulse.amplitude).add(pulse.time.offset_ms);
  signal.add(pairing.modulator_tau_ms).add(pairing.memory_ms).add(pairing.baseline);
  Facts& synapses = all.about(of, "synapses");
  for (const auto& synapse : pairing.synapses)
    synapses.add((std::uint64_t{synapse.source} << 32) | synapse.target).add(synapse.weight).add(synapse.axonal.offset_ms);
}

}  // namespace

std::vector<DigestFact> digest_facts(const CompiledNetwork& network) {
  AllFacts all;
  all.about("the run", "precision").add(static_cast<std::uint64_t>(network.precision == Precision::double_));
  all.about("the run", "step").add(network.step_ms);
  all.about("the run", "wiring seed").add(network.wiring_seed);
  all.about("the run", "noise seed").add(network.noise_seed);
  all.about("the run", "trials seed").add(network.trials_seed);
  all.about("the run", "weight bits").add(static_cast<std::uint64_t>(network.weight_bits));
  all.about("the run", "warm-up").add(static_cast<std::uint64_t>(network.warmup_steps));
  for (const auto& population : network.populations) add_population(population, all);
  for (const auto& source : network.sources) add_source(source, all);
  for (const auto& poisson : network.poisson) add_poisson(poisson, all);
  for (const auto& projection : network.projections)
    if (projection.rows->count() > 0) add_projection(projection, all);  // empty: there only where a probe or a gain names it
  for (const auto& pairing : network.pairings) add_pairing(pairing, all);
  for (const auto& current : network.currents) add_current(current, all.about("current " + current.name, "value"));
  for (const auto& signal : network.signals) add_signal(signal, all.about("signal " + signal.name, "form"));
  for (std::size_t i = 0; i < network.phases.size(); ++i)
    add_phase(network, network.phases[i], all.about(fmt::format("phase {} ({})", i + 1, network.phases[i].name), "course"));
  for (const auto& modulation : network.modulations)
    all.about("modulation " + modulation.name, "scale").add(modulation.scale).add(std::uint64_t{modulation.index});
  // These follow from the rest, so they are named last.
  for (const auto& population : network.populations) {
    Facts& grids = all.about("population " + population.name, "weight grid");
    for (const auto& grid : population.grids) grids.add(static_cast<std::uint64_t>(grid.exponent));
  }
  return all.values();
}

std::uint64_t digest_of(const CompiledNetwork& network) {
  std::uint64_t sum = 0;
  for (const DigestFact& fact : digest_facts(network)) sum += mix64(fact.value);
  return mix64(sum);
}

}  // namespace spikeloom
