// Runs windows of steps on the team's threads and records them; session.hpp says what runs when.
#include "backends/cpu/session.hpp"

#include <algorithm>
#include <optional>
#include <string>
#include <thread>

#include "backends/cpu/exact.hpp"
#include "backends/cpu/ladders.hpp"
#include "backends/cpu/plastic_view.hpp"
#include "backends/cpu/step_kernels.hpp"
#include "backends/cpu/window.hpp"
#include "core/math/flush.hpp"
#include "core/run/checkpoint.hpp"
#include "core/run/find.hpp"
#include "core/run/guards.hpp"
#include "core/run/pairing.hpp"
#include "core/run/phases.hpp"
#include "core/run/recorder.hpp"

namespace spikeloom::cpu {
namespace {

constexpr std::int64_t longest_lag = 32;
static_assert(longest_window + longest_lag < spike_slots);

std::vector<std::unique_ptr<SignalMemory>> memories_of(const CompiledNetwork& network) {
  std::vector<std::unique_ptr<SignalMemory>> memories;
  for (const auto& projection : network.projections) {
    if (!projection.learns_in_steps()) continue;
    memories.push_back(projection.plasticity->advances() ? std::make_unique<SignalMemory>(network, *projection.plasticity)
                                                         : nullptr);
  }
  return memories;
}

template <class Real, class Sum>
class CpuSession final : public Session {
 public:
  CpuSession(std::shared_ptr<const CompiledNetwork> network, const OpenOptions& options)
      : network_(std::move(network)),
        team_(useful_threads(*network_, options.threads)),
        partition_(*network_, team_.size()),
        recorder_(*network_, options),
        synapses_(pack(*network_, partition_, std::max(options.threads, team_.size()), layout_named(options.layout))),
        sources_(*network_),
        signals_(*network_),
        modulator_(*network_),
        currents_(*network_, signals_, modulator_),
        exact_currents_(*network_, signals_, modulator_),
        ladders_(*network_),
        pairings_(*network_),
        runaway_(*network_),
        plastic_rows_(pack_plastic<Real>(*network_, partition_, std::max(options.threads, team_.size()))),
        moving_rows_(pack_moving(*network_, partition_)),
        plastic_{*network_, partition_, plastic_rows_, choose_kernels(options.isa), modulator_, memories_of(*network_)},
        shared_{*network_, partition_, synapses_, choose_kernels(options.isa), currents_, modulator_, plastic_, moving_rows_, {},
                {},        {},         1} {
    shared_.ladders = ladders_.ladders;
    shared_.poisson_of.resize(network_->populations.size());
    for (std::uint32_t i = 0; i < network_->poisson.size(); ++i) shared_.poisson_of[network_->poisson[i].population].push_back(i);
    for (const auto& population : network_->populations)
      shared_.step.push_back(choose_step<Real, Sum>(shared_.kernels, population));
    shared_.lag = static_cast<std::uint32_t>(std::clamp<std::int64_t>(network_->min_delay(), 1, longest_lag));
    shards_.resize(partition_.size());
    team_.run([&](int thread) {  // memory is first touched by the thread that will use it
      for (std::uint32_t s = static_cast<std::uint32_t>(thread); s < partition_.size();
           s += static_cast<std::uint32_t>(team_.size()))
        shards_[s] = std::make_unique<Shard<Real, Sum>>(shared_, s);
    });
    std::vector<PlasticShard<Real, Sum>*> plastic;
    std::vector<MovingShard<Sum>*> moving;
    for (auto& shard : shards_) plastic.push_back(&shard->plastic()), moving.push_back(&shard->moving());
    view_.emplace(*network_, partition_, plastic_rows_, std::move(plastic));
    moving_view_.emplace(*network_, moving_rows_, std::move(moving));
    source_ids_.resize(spike_slots);
    source_spikes_.resize(spike_slots);
    step_spikes_.of_population.resize(network_->populations.size());
    step_spikes_.of_source.resize(network_->sources.size());
    signals_.start();
    if (network_->any_exact()) exact_ = std::make_unique<ExactEngine>(*network_, exact_currents_, modulator_, team_.size());
  }

  void advance_to(std::int64_t step, const std::function<bool()>& stop) override {
    const FlushDenormals flush;
    if (now_ < step) start();
    while (now_ < step) {
      pass_idle_steps(step);
      if (now_ == step) break;
      run_window(inside_ > 0 ? now_ + 1 : window_end(step));
      if (stop && stop()) break;
    }
  }

  ExactTime time() const override { return {now_, inside_}; }
  const CompiledNetwork& network() const override { return *network_; }
  void flush(bool finished) override { recorder_.flush(now_, finished); }
  Recording recording() const override { return recorder_.recording(time()); }
  Hash128 spike_hash() const override { return recorder_.spike_hash(); }

  std::vector<double> state(std::string_view population, std::string_view name) const override {
    const std::uint32_t p = find_population(*network_, population);
    const auto k = static_cast<int>(find_state(*network_, p, name));
    std::vector<double> values(network_->populations[p].size);
    for (std::uint32_t i = 0; i < values.size(); ++i) values[i] = value(p, k, i, time());
    return values;
  }
  void set_state(std::string_view population, std::string_view name, std::span<const double> values) override {
    const std::uint32_t p = find_population(*network_, population);
    const std::size_t k = find_state(*network_, p, name);
    check_new_state(*network_, p, k, values);
    for (std::uint32_t i = 0; i < values.size(); ++i)
      if (network_->populations[p].exact) exact_->set_state(p, i, k, time(), values[i]);
      else cell(p, static_cast<int>(k), i) = static_cast<Real>(values[i]);
  }
  std::vector<double> signal(std::string_view name) const override {
    const auto values = signals_.values(find_signal(*network_, name));
    return {values.begin(), values.end()};
  }
  void set_signal(std::string_view name, std::span<const double> values) override {
    signals_.set(find_signal(*network_, name), values);
  }
  void emit_at(std::string_view input, std::span<const std::uint32_t> neurons, std::span<const double> times_ms) override {
    sources_.emit(find_source(*network_, input), time(), neurons, times_ms);
  }

  Hash128 state_hash() const override {
    require_step_end(*network_, time());
    Hash128 hash;
    for (std::uint32_t p = 0; p < network_->populations.size(); ++p) {
      const auto& population = network_->populations[p];
      for (std::uint32_t s = 0; s < population.initial.size(); ++s)
        for (std::uint32_t i = 0; i < population.size; ++i)
          if (population.exact) hash_state(hash, population.key, s, i, value(p, static_cast<int>(s), i, {now_, 0}));
          else hash_state(hash, population.key, s, i, cell(p, static_cast<int>(s), i));
    }
    if (!weights_) {
      weights_ = weight_hash(*network_, partition_, synapses_);
      if (exact_) *weights_ += exact_->weights();
    }
    WeightHash weights = *weights_;
    admit_early();
    view_->hash(now_, weights);
    moving_view_->hash(now_, weights);
    if (exact_) exact_->learning().hash(now_, signals_, exact_->unheard(), weights);
    hash_pairings(*network_, now_, weights);
    weights.into(hash);
    signals_.hash_into(hash);
    return hash;
  }

  void save(const std::string& path) const override {
    require_step_end(*network_, time());
    Checkpoint checkpoint;
    checkpoint.step = now_;
    for (std::uint32_t p = 0; p < network_->populations.size(); ++p) {
      auto& states = checkpoint.states.emplace_back();
      for (std::size_t s = 0; s < network_->populations[p].initial.size(); ++s) {
        auto& column = states.emplace_back(network_->populations[p].size);
        for (std::uint32_t i = 0; i < column.size(); ++i)  // exact cells have a part of their own
          column[i] = network_->populations[p].exact ? network_->populations[p].initial[s][i]
                                                     : static_cast<double>(cell(p, static_cast<int>(s), i));
      }
    }
    for (const SpikeInFlight& spike : in_flight_)
      if (spike.step > oldest_step()) checkpoint.in_flight.push_back(spike);
    std::sort(checkpoint.in_flight.begin(), checkpoint.in_flight.end(), [](const SpikeInFlight& a, const SpikeInFlight& b) {
      return a.time() != b.time() ? a.time() < b.time() : a.source < b.source;
    });
    if (exact_) {
      ByteWriter exact;
      exact_->save(exact);
      checkpoint.exact = exact.bytes();
    }
    admit_early();
    checkpoint.plastic.resize(record_of(*network_, static_cast<std::uint32_t>(network_->projections.size())));
    view_->save(now_, plastic_, checkpoint);
    moving_view_->save(now_, plastic_, checkpoint);
    checkpoint.fault = fault();
    save_parts(sources_, signals_, recorder_, checkpoint);
    write_checkpoint(path, *network_, checkpoint);
  }

  void load(const std::string& path) override {
    const Checkpoint checkpoint = read_checkpoint(path, *network_);
    for (std::uint32_t p = 0; p < network_->populations.size(); ++p)
      for (std::size_t s = 0; s < checkpoint.states[p].size(); ++s)
        for (std::uint32_t i = 0; i < network_->populations[p].size && !network_->populations[p].exact; ++i)
          cell(p, static_cast<int>(s), i) = static_cast<Real>(checkpoint.states[p][s][i]);
    load_parts(checkpoint, sources_, signals_, recorder_);
    now_ = checkpoint.step;
    inside_ = 0;
    exact_recorded_ = -1;
    started_ = now_ > 0;  // step 0 happens when step 1 is about to begin
    in_flight_ = checkpoint.in_flight;
    for (auto& shard : shards_) shard->clear_in_flight();
    if (exact_) {
      ByteReader exact(checkpoint.exact);
      exact_->load(exact, now_);
      if (!exact.at_end()) throw Error("checkpoint", {}, "the checkpoint is longer than it should be");
      exact_->learning().set_fault(checkpoint.fault);
    }
    for (const auto& spike : in_flight_) {
      for (auto& shard : shards_) shard->admit_late(TimeGrid::step_of(spike.time()), spike.source, spike.count, now_);
      if (exact_) exact_->send_again({spike.time(), spike.source, spike.count});
    }
    view_->load(plastic_, checkpoint);
    moving_view_->load(plastic_, checkpoint);
    runaway_.load(now_, in_flight_);
    admitted_ = now_ > 0 ? now_ : -1;
  }

 private:
  Real& cell(std::uint32_t p, int state, std::uint32_t i) const { return shards_[partition_.shard_of(p, i)]->state(p, state, i); }

  double value(std::uint32_t p, int state, std::uint32_t i, ExactTime t) const {
    if (!network_->populations[p].exact) return static_cast<double>(cell(p, state, i));
    return exact_->cells().settled(exact_->cells().first(p) + i, static_cast<std::size_t>(state), t);
  }
  StateReader reader(ExactTime t) const {
    return [this, t](std::uint32_t p, int state, std::span<const std::uint32_t> cells, double* out) {
      for (std::size_t i = 0; i < cells.size(); ++i) out[i] = value(p, state, cells[i], t);
    };
  }

  SynapseReader synapse_reader(ExactTime t) const {
    return [this, t](std::uint32_t projection, const auto& take) {
      if (network_->projections[projection].learns_in_exact_time())
        exact_->learning().visit(projection, t, signals_, exact_->unheard(), take);
      else if (network_->projections[projection].moves_in_steps()) {
        admit_early();
        moving_view_->visit(projection, t.step, signals_, take);
      } else {
        admit_early();
        view_->visit(projection, t.step, signals_, take);
      }
    };
  }

  /// Once, before step 1: spikes of step 0 and the first sample.
  void start() {
    if (started_) return;
    started_ = true;
    collect_sources(0);
    for (std::uint32_t s = 0; s < network_->sources.size(); ++s) {
      step_spikes_.of_source[s] = source_spikes_[0][s];
      record_source(0, s);
    }
    if (exact_) {
      exact_->start();
      sample_exact({-1, 0}, {0, 0});
      record_exact(0);
    }
    update_signals(0);
    if (recorder_.next_sample(-1) == 0) sample();
  }

  void update_signals(std::int64_t n) {
    if (signals_.empty()) return;
    signals_.update(n, step_spikes_);
    check_finite(*network_, signals_, n);
  }

  std::int64_t window_end(std::int64_t step) const {
    std::int64_t end = std::min({step, now_ + longest_window, recorder_.next_sample(now_), next_finite_check(*network_, now_),
                                 runaway_.first_possible(now_), sources_.next_given(now_), next_change(*network_, now_)});
    if (!signals_.empty() && signals_.changes()) end = now_ + 1;
    if (exact_) end = std::min(end, exact_->chunk_end(now_));
    if (exact_ && network_->any_stepped()) end = std::min(end, now_ + std::min(network_->lead(), longest_lag));
    return std::max(end, now_ + 1);
  }

  /// Where all cells live exactly and nothing is due, time passes at no cost.
  void pass_idle_steps(std::int64_t step) {
    if (!exact_ || inside_ > 0 || network_->any_stepped() || !signals_.empty() || !network_->pairings.empty()) return;
    if (begins_after(*network_, now_) || sources_.next_given(now_ - 1) == now_) return;
    const std::int64_t until =
        std::min({step, exact_->idle_until(now_), sources_.next_step_with_spikes(now_) - 1, recorder_.next_sample(now_) - 1,
                  next_change(*network_, now_), TimeGrid::step_of(recorder_.next_exact_sample({now_, 0})) - 1});
    if (until > now_ + longest_window) now_ = until;
  }

  /// Between windows: a repeat of a phase begins when its first step is about to.
  void begin_repeat() {
    if (!network_->phases.empty() && network_->phases[repeat_of(*network_, now_ + 1).phase].reset_state) {
      for (std::uint32_t p = 0; p < network_->populations.size(); ++p)
        for (std::size_t s = 0; s < network_->populations[p].initial.size(); ++s)
          for (std::uint32_t i = 0; i < network_->populations[p].size && !network_->populations[p].exact; ++i)
            cell(p, static_cast<int>(s), i) = static_cast<Real>(network_->populations[p].initial[s][i]);
      admit_early();
      view_->start_anew(now_);
      for (auto& shard : shards_) shard->moving().start_anew(now_);
      for (auto& shard : shards_) shard->clear_in_flight();
      if (exact_) exact_->restart(now_);
      in_flight_.clear();
      runaway_.load(now_, {});
      admitted_ = now_;
    }
    signals_.begin(now_);
  }

  /// To the end of step `end`; a step that has been entered comes to its own.
  void run_window(std::int64_t end) {
    const ExactTime from = time(), given_until{now_ + 1, 0};
    if (inside_ > 0) gather_external(from, given_until);
    else open_window(end, given_until);
    close_window(from, end);
  }

  void advance_within(double offset_ms) override {
    if (offset_ms <= inside_) return;
    const FlushDenormals flush;
    start();
    const ExactTime from = time(), to{now_, offset_ms};
    if (inside_ > 0) gather_external(from, to);
    else open_window(now_ + 1, to);
    sample_exact(from, to);
    inside_ = offset_ms;
    if (exact_->runaway().time != ExactCells::never) return run_window(now_ + 1);
    record_exact(now_ + 1);
  }

  /// All that comes before exact cells in the steps up to `end`, with what the caller has given for times before `given_until`.
  void open_window(std::int64_t end, ExactTime given_until) {
    if (end > last_kept_step && !(plastic_rows_.parts.empty() && moving_rows_.parts.empty()))
      throw Error("limit", {}, "plastic synapses run for 2^30 steps at most", Exit::refused);
    if (now_ > 0 && begins_after(*network_, now_)) begin_repeat();
    gather_external({now_, 0}, given_until);
    if (modulator_.any()) {
      modulator_.update(signals_);
      for (auto& shard : shards_) shard->refresh_coefficients();
    }
    for (std::int64_t n = now_ + 1; n <= end; ++n) {
      collect_sources(n);
      hear_signals(n);
    }
    given_ = exact_ ? give_exact(end) : 0;
    if (network_->any_stepped()) {
      Window<Real, Sum> window(shards_, source_ids_, shared_.lag, admitted_, now_, end);
      team_.run([&](int thread) { window.run(static_cast<std::size_t>(thread), static_cast<std::size_t>(team_.size())); });
    }
    if (!exact_) return;
    send_stepped(now_, end);
    exact_->begin(now_, end);
  }

  void close_window(ExactTime from, std::int64_t end) {
    ExactCells::Runaway runaway;
    if (exact_) {
      sample_exact(from, {end, 0});
      runaway = exact_->runaway();
      if (runaway.time != ExactCells::never) end = std::min(end, std::max(from.step + 1, TimeGrid::step_of(runaway.time)));
    }
    now_ = end;
    inside_ = 0;
    for (std::int64_t n = from.step + 1; n <= end; ++n) record(n);
    if (exact_) recorder_.events(end, given_ + exact_->take_deliveries());
    forget_arrived();
    update_signals(end);
    if (runaway.time == ExactCells::never && recorder_.next_sample(end - 1) == end) sample();
    if (finite_check_due(*network_, end)) check_states(), pairings_.check(end);
    runaway_.check(end);
    if (runaway.time != ExactCells::never) exact_->cells().stop(runaway);
  }

  /// Spikes of stepped cells in (from, end], to exact ones.
  void send_stepped(std::int64_t from, std::int64_t end) {
    for (std::int64_t n = from + 1; n <= end; ++n)
      for (const auto& shard : shards_)
        for (const std::uint32_t id : shard->spikes_of(n)) exact_->post(id, n), exact_->send({{n, 0}, id, 1});
  }

  /// Exact cells from `from` to `end`, sampled on the way where probes ask for it.
  void sample_exact(ExactTime from, ExactTime end) {
    for (ExactTime t = recorder_.next_exact_sample(from); t <= end; t = recorder_.next_exact_sample(t)) {
      exact_->run(team_, t);
      if (exact_->runaway().time != ExactCells::never) break;
      recorder_.sample_exact(t, reader(t), synapse_reader(t));
    }
    exact_->run(team_, end);
  }

  /// What plastic synapses in exact time give to stepped cells in step n, the only one of its window.
  std::uint64_t give_exact(std::int64_t n) {
    return exact_->give(team_, n, [&](const ExactLearningPart::Sent& sent) {
      const std::uint32_t p = network_->population_of(sent.neuron);
      const std::uint32_t cell = sent.neuron - network_->populations[p].first;
      const bool gated = network_->projections[sent.projection].gain >= 0;
      for (const std::int64_t q : sent.q)
        shards_[partition_.shard_of(p, cell)]->add_input(
            p, sent.receptor, cell, gated ? grid_round(static_cast<double>(q), modulator_.projection_gain(sent.projection)) : q);
    });
  }

  /// Before somebody looks at plastic synapses. Spikes that no shard has admitted yet, being fewer than `lag` steps old, may have
  /// reached synapses already; those that come early into a queue are not admitted again.
  void admit_early() const {
    if (plastic_rows_.parts.empty() && moving_rows_.parts.empty()) return;
    for (const SpikeInFlight& spike : in_flight_) {
      if (spike.step <= now_ - shared_.lag) continue;
      for (const auto& shard : shards_) {
        shard->plastic().load_spike(spike, spike.step);
        shard->moving().admit(spike.step, spike.source, spike.count);
      }
    }
  }
  WeightFault fault() const {
    WeightFault first = view_->fault();
    first.add(moving_view_->fault());
    if (exact_) exact_->learning().fault(first);
    return first;
  }

  /// A window is one step long where signals change.
  void hear_signals(std::int64_t n) {
    if (exact_) exact_->learning().hear(n, now_, signals_);
    std::size_t index = 0;
    for (const auto& projection : network_->projections) {
      if (!projection.learns_in_steps()) continue;
      const auto& memory = plastic_.memories[index++];
      if (memory == nullptr) continue;
      const int signal = projection.plasticity->signal;
      memory->forget(last_anchor(*network_, *projection.plasticity, now_, longest_wait(projection)));
      const bool heard = signal >= 0 && projection.learns_at(n);
      memory->add(n, heard ? signals_.values(static_cast<std::uint32_t>(signal)) : std::span<const double>{});
    }
  }

  std::uint32_t source_id(std::uint32_t s) const { return network_->first_sender(EndSegment::Kind::input, s); }

  /// Spikes of all sources in step n, as ids (one per spike) and as the recorder and signals see them.
  void collect_sources(std::int64_t n) {
    const std::size_t slot = static_cast<std::size_t>(n) % spike_slots;
    auto& ids = source_ids_[slot];
    ids.clear();
    source_spikes_[slot].resize(network_->sources.size());
    for (std::uint32_t s = 0; s < network_->sources.size(); ++s) {
      auto& spikes = source_spikes_[slot][s];
      spikes.clear();
      if (network_->sources[s].exact) {
        collect_exact_source(n, s, slot);
        continue;
      }
      if (network_->sources[s].kind != CompiledSource::Kind::external) sources_.spikes(s, n, spikes);
      for (const auto& spike : spikes) {
        ids.insert(ids.end(), spike.count, source_id(s) + spike.cell);
        if (n == 0) in_flight_.push_back({0, source_id(s) + spike.cell, spike.count});
      }
    }
  }

  /// The same of one that has exact targets; it also sends the spikes to them.
  void collect_exact_source(std::int64_t n, std::uint32_t s, std::size_t slot) {
    exact_source_spikes_.resize(spike_slots);
    exact_source_spikes_[slot].resize(network_->sources.size());
    auto& exact = exact_source_spikes_[slot][s];
    exact.clear();
    const auto& source = network_->sources[s];
    if (source.kind == CompiledSource::Kind::list) sources_.exact_spikes(s, n, exact);
    else if (source.kind == CompiledSource::Kind::poisson && n > 0) exact_->draw(s, n, exact);
    std::vector<std::uint32_t> cells;
    for (const ExactSpike& spike : exact) {
      cells.push_back(spike.cell);
      source_ids_[slot].push_back(source_id(s) + spike.cell);
      exact_->send({spike.time, source_id(s) + spike.cell, 1});
      if (n == 0) in_flight_.push_back({spike.time.step, source_id(s) + spike.cell, 1, spike.time.offset_ms});
    }
    if (source.kind == CompiledSource::Kind::list) {  // signals take what a cell sends in one step together
      sources_.spikes(s, n, source_spikes_[slot][s]);
      return;
    }
    std::sort(cells.begin(), cells.end());
    for (const std::uint32_t cell : cells) source_spikes_[slot][s].push_back({cell, 1});
  }
  /// To the recorder, and from step 1 on to the list of spikes under way.
  void record_source(std::int64_t n, std::uint32_t s) {
    const std::size_t slot = static_cast<std::size_t>(n) % spike_slots;
    if (!network_->sources[s].exact) {
      recorder_.source_spikes(n, s, source_spikes_[slot][s]);
      for (const auto& spike : source_spikes_[slot][s])
        if (n > 0) in_flight_.push_back({n, source_id(s) + spike.cell, spike.count});
      return;
    }
    recorder_.exact_source_spikes(s, exact_source_spikes_[slot][s]);
    for (const ExactSpike& spike : exact_source_spikes_[slot][s])
      if (n > 0) in_flight_.push_back({spike.time.step, source_id(s) + spike.cell, 1, spike.time.offset_ms});
  }
  /// Spikes of exact cells in step n that were not taken yet: to the recorder, the signals, and stepped targets.
  void record_exact(std::int64_t n) {
    auto& ids = source_ids_[static_cast<std::size_t>(n) % spike_slots];
    for (std::uint32_t p = 0; p < network_->populations.size(); ++p) {
      const auto& population = network_->populations[p];
      if (!population.exact) continue;
      const auto spikes = exact_->take(p, n);
      recorder_.exact_spikes(n, p, spikes);
      auto& cells = step_spikes_.of_population[p];
      if (n != exact_recorded_) cells.clear();
      for (const ExactSpike& spike : spikes) {
        cells.push_back(spike.cell);
        ids.push_back(population.first + spike.cell);
        in_flight_.push_back({spike.time.step, population.first + spike.cell, 1, spike.time.offset_ms});
      }
      std::sort(cells.begin(), cells.end());
    }
    exact_recorded_ = n;
  }

  /// Spikes that the caller gave for the present step, and for exact targets in [from, to): they leave and are recorded now,
  /// whatever the lag.
  void gather_external(ExactTime from, ExactTime to) {
    for (std::uint32_t s = 0; s < network_->sources.size(); ++s) {
      if (network_->sources[s].kind != CompiledSource::Kind::external) continue;
      if (network_->sources[s].exact) {
        const auto given = sources_.given(s, from, to);
        for (const ExactSpike& spike : given) give(spike.time, source_id(s) + spike.cell, 1);
        recorder_.exact_source_spikes(s, given);
      } else if (from.offset_ms == 0) {
        std::vector<SourceSpike> spikes;
        sources_.spikes(s, now_, spikes);
        for (const auto& spike : spikes) give({now_, 0}, source_id(s) + spike.cell, spike.count);
        recorder_.source_spikes(now_, s, spikes);
      }
    }
  }

  void give(ExactTime time, std::uint32_t id, std::uint32_t count) {
    in_flight_.push_back({time.step, id, count, time.offset_ms});
    for (auto& shard : shards_) {
      shard->admit_late(TimeGrid::step_of(time), id, count, now_);
      shard->plastic().admit(TimeGrid::step_of(time), id, count);
      shard->moving().admit(TimeGrid::step_of(time), id, count);
    }
    if (exact_) exact_->send({time, id, count});
  }

  /// Everything about step n that outlives its window: counts, hashes, files, spikes still travelling, input of signals.
  void record(std::int64_t n) {
    std::vector<std::size_t> read(shards_.size(), 0);
    std::uint64_t events = 0;
    for (const auto& shard : shards_) events += shard->events_of(n);
    for (std::uint32_t p = 0; p < network_->populations.size(); ++p) {
      const auto& population = network_->populations[p];
      if (population.exact) continue;
      auto& cells = step_spikes_.of_population[p];
      cells.clear();
      for (std::size_t s = 0; s < shards_.size(); ++s) {
        const auto ids = shards_[s]->spikes_of(n);
        for (; read[s] < ids.size() && ids[read[s]] - population.first < population.size; ++read[s]) {
          cells.push_back(ids[read[s]] - population.first);
          in_flight_.push_back({n, ids[read[s]], 1});
        }
      }
      recorder_.spikes(n, p, cells);
    }
    if (exact_) record_exact(n);
    auto& sources = source_spikes_[static_cast<std::size_t>(n) % spike_slots];
    for (std::uint32_t s = 0; s < network_->sources.size(); ++s) {
      if (network_->sources[s].kind == CompiledSource::Kind::external) {
        sources_.spikes(s, n - 1, step_spikes_.of_source[s]);  // recorded when they left
        continue;
      }
      step_spikes_.of_source[s] = sources[s];
      record_source(n, s);
    }
    recorder_.events(n, events);
    runaway_.count(n, step_spikes_);
  }

  /// Spikes of this step and before have arrived everywhere.
  std::int64_t oldest_step() const {
    return now_ - std::max({std::int64_t{network_->max_delay()}, runaway_.history_steps(), plastic_history(*network_)});
  }
  void forget_arrived() {
    const auto travelling =
        std::find_if(in_flight_.begin(), in_flight_.end(), [&](const auto& spike) { return spike.step > oldest_step(); });
    in_flight_.erase(in_flight_.begin(), travelling);
  }

  void sample() { recorder_.sample(now_, reader({now_, 0}), synapse_reader({now_, 0}), signals_); }

  /// By population, state and cell, so that the state named does not depend on the number of shards.
  void check_states() const {
    for (std::uint32_t p = 0; p < network_->populations.size(); ++p)
      for (std::size_t k = 0; k < network_->populations[p].initial.size(); ++k)
        for (const auto& shard : shards_) shard->check_state(p, k, now_);
    fault().check(*network_);
    if (exact_) exact_->cells().check(now_);
  }

  std::shared_ptr<const CompiledNetwork> network_;
  Team team_;
  Partition partition_;
  Recorder recorder_;
  PackedSynapses synapses_;
  mutable std::optional<WeightHash> weights_;  ///< once it was asked for
  SourceRunner sources_;
  SignalBank signals_;
  Modulator modulator_;
  CurrentRunner<Real> currents_;
  CurrentRunner<double> exact_currents_;
  Ladders ladders_;
  PairingGuard pairings_;
  RunawayGuard runaway_;
  PackedPlastic plastic_rows_;
  PackedMoving moving_rows_;
  PlasticShared plastic_;
  Shared<Real, Sum> shared_;
  std::vector<std::unique_ptr<Shard<Real, Sum>>> shards_;
  std::optional<PlasticView<Real, Sum>> view_;
  std::optional<MovingView<Sum>> moving_view_;
  std::int64_t now_ = 0;
  double inside_ = 0;                 ///< how far the exact cells are within the step that follows, ms
  std::int64_t exact_recorded_ = -1;  ///< step of the last record_exact()
  std::uint64_t given_ = 0;           ///< deliveries of the open window by synapses that learn in exact time
  std::int64_t admitted_ = -1;        ///< spikes up to this step are in the queues already (after a load)
  bool started_ = false;
  std::vector<std::vector<std::uint32_t>> source_ids_;                     ///< by step modulo spike_slots
  std::vector<std::vector<std::vector<SourceSpike>>> source_spikes_;       ///< likewise, by source
  std::vector<std::vector<std::vector<ExactSpike>>> exact_source_spikes_;  ///< likewise, of sources that have exact targets
  std::vector<SpikeInFlight> in_flight_;                                   ///< those that a checkpoint holds
  StepSpikes step_spikes_;
  std::unique_ptr<ExactEngine> exact_;  ///< where some population lives exactly
};

}  // namespace

int useful_threads(const CompiledNetwork& network, int asked) {
  const int machine = std::max(1, static_cast<int>(std::thread::hardware_concurrency()));
  const auto work = network.neurons / slice_grain + network.synapses() / 100'000;
  return static_cast<int>(std::clamp<std::uint64_t>(work, 1, static_cast<std::uint64_t>(asked > 0 ? asked : machine)));
}

std::unique_ptr<Session> open_session(std::shared_ptr<const CompiledNetwork> network, const OpenOptions& options) {
  if (network->precision == Precision::double_) return std::make_unique<CpuSession<double, std::int64_t>>(network, options);
  if (network->wide_sums) return std::make_unique<CpuSession<float, std::int64_t>>(network, options);
  return std::make_unique<CpuSession<float, std::int32_t>>(network, options);
}

}  // namespace spikeloom::cpu
