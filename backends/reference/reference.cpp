// The session of the reference backend; the order of a step stands in reference.hpp.
#include "backends/reference/reference.hpp"

#include <algorithm>
#include <bit>
#include <cmath>
#include <deque>
#include <utility>

#include "backends/reference/exact.hpp"
#include "backends/reference/moving.hpp"
#include "backends/reference/plastic.hpp"
#include "backends/reference/synapses.hpp"
#include "core/math/flush.hpp"
#include "core/run/checkpoint.hpp"
#include "core/run/currents.hpp"
#include "core/run/find.hpp"
#include "core/run/guards.hpp"
#include "core/run/pairing.hpp"
#include "core/run/phases.hpp"
#include "core/run/recorder.hpp"

namespace spikeloom::reference {

namespace {

template <class Real>
class ReferenceSession final : public Session {
 public:
  ReferenceSession(std::shared_ptr<const CompiledNetwork> network, const OpenOptions& options)
      : compiled_(std::move(network)),
        network_(*compiled_),
        recorder_(network_, options),
        sources_(network_),
        signals_(network_),
        modulator_(network_),
        currents_(network_, signals_, modulator_),
        exact_currents_(network_, signals_, modulator_),
        inputs_(network_),
        plastic_(network_),
        moving_(network_),
        exact_(network_, exact_currents_, modulator_, inputs_.first_of_sources()),
        any_exact_(network_.any_exact()),
        pairings_(network_),
        runaway_(network_) {
    spikes_.of_population.resize(network_.populations.size());
    spikes_.of_source.resize(network_.sources.size());
    set_initial_states();
  }

  void advance_to(std::int64_t step, const std::function<bool()>& stop) override {
    const FlushDenormals flush;
    while (step_ < step && !(stop && stop())) advance_one();
  }

  ExactTime time() const override { return {step_, inside_}; }
  const CompiledNetwork& network() const override { return network_; }
  void flush(bool finished) override { recorder_.flush(step_, finished); }
  Recording recording() const override { return recorder_.recording(time()); }

  std::vector<double> state(std::string_view population, std::string_view state) const override {
    const auto p = find_population(network_, population);
    const auto k = find_state(network_, p, state);
    std::vector<double> values(network_.populations[p].size);
    for (std::uint32_t i = 0; i < values.size(); ++i) values[i] = value(p, k, i, time());
    return values;
  }
  void set_state(std::string_view population, std::string_view state, std::span<const double> values) override {
    const auto p = find_population(network_, population);
    const auto k = find_state(network_, p, state);
    check_new_state(network_, p, k, values);
    for (std::uint32_t i = 0; i < values.size(); ++i) {
      if (!network_.populations[p].exact) {
        states_[p][k][i] = static_cast<Real>(values[i]);
        continue;
      }
      exact_.cells().set_state(exact_.cells().first(p) + i, k, time(), values[i]);
      exact_.announce(exact_.cells().first(p) + i);
    }
  }
  std::vector<double> signal(std::string_view name) const override {
    const auto values = signals_.values(find_signal(network_, name));
    return {values.begin(), values.end()};
  }
  void set_signal(std::string_view name, std::span<const double> values) override {
    signals_.set(find_signal(network_, name), values);
  }
  void emit_at(std::string_view input, std::span<const std::uint32_t> neurons, std::span<const double> times_ms) override {
    sources_.emit(find_source(network_, input), time(), neurons, times_ms);
  }

  Hash128 spike_hash() const override { return recorder_.spike_hash(); }
  Hash128 state_hash() const override {
    require_step_end(network_, time());
    Hash128 hash;
    for (std::size_t p = 0; p < states_.size(); ++p)
      for (std::uint32_t k = 0; k < states_[p].size(); ++k)
        for (std::uint32_t i = 0; i < states_[p][k].size(); ++i)
          if (network_.populations[p].exact) hash_state(hash, network_.populations[p].key, k, i, value(p, k, i, {step_, 0}));
          else hash_state(hash, network_.populations[p].key, k, i, states_[p][k][i]);
    WeightHash weights = inputs_.weights();
    weights += exact_.weights();
    plastic_.hash(step_, signals_, weights);
    moving_.hash(step_, signals_, weights);
    exact_.learning().hash(step_, signals_, {}, weights);
    hash_pairings(network_, step_, weights);
    weights.into(hash);
    signals_.hash_into(hash);
    return hash;
  }

  void save(const std::string& path) const override;
  void load(const std::string& path) override;

 private:
  void set_initial_states();
  void start();
  void begin_repeat();
  void advance_one();
  void advance_within(double offset_ms) override;
  void open_step(ExactTime given_until);
  void close_step(ExactTime from);
  void step_population(std::uint32_t p, std::int64_t n);
  void add_poisson(std::int64_t n);
  void add_plastic(std::int64_t n);
  void send_sources(std::int64_t n);
  void send_given(ExactTime from, ExactTime to);
  void send(std::uint32_t sender, std::uint32_t count, std::int64_t n) { send(sender, count, {n, 0}); }
  void send(std::uint32_t sender, std::uint32_t count, ExactTime t) {
    const std::int64_t n = TimeGrid::step_of(t);
    inputs_.send(sender, count, n, n);
    plastic_.spike(sender, count, n);
    moving_.spike(sender, count, n);
    exact_.send(sender, count, t, t);
    history_.push_back({t.step, sender, count, t.offset_ms});
  }
  void run_exact(ExactTime from, ExactTime to);
  void take_trains(std::int64_t n);
  double value(std::uint32_t p, std::size_t state, std::uint32_t i, ExactTime t) const {
    return network_.populations[p].exact ? exact_.cells().settled(exact_.cells().first(p) + i, state, t)
                                         : static_cast<double>(states_[p][state][i]);
  }
  StateReader reader(ExactTime t) const {
    return [this, t](std::uint32_t p, int state, std::span<const std::uint32_t> cells, double* out) {
      for (std::size_t i = 0; i < cells.size(); ++i) out[i] = value(p, static_cast<std::size_t>(state), cells[i], t);
    };
  }
  SynapseReader synapse_reader(ExactTime t) const {
    return [this, t](std::uint32_t projection, const auto& take) {
      if (network_.projections[projection].learns_in_exact_time()) exact_.learning().visit(projection, t, signals_, {}, take);
      else if (network_.projections[projection].moves_in_steps()) moving_.visit(projection, t.step, signals_, take);
      else plastic_.visit(projection, t.step, signals_, take);
    };
  }
  std::int64_t kept_steps() const {
    return std::max({std::int64_t{inputs_.max_delay()}, runaway_.history_steps(), plastic_history(network_)});
  }
  void sample(std::int64_t n);
  WeightFault fault() const {
    WeightFault first = plastic_.fault();
    first.add(moving_.fault());
    exact_.learning().fault(first);
    return first;
  }
  void check_states() const;

  const std::shared_ptr<const CompiledNetwork> compiled_;
  const CompiledNetwork& network_;
  Recorder recorder_;
  SourceRunner sources_;
  SignalBank signals_;
  Modulator modulator_;
  CurrentRunner<Real> currents_;
  CurrentRunner<double> exact_currents_;
  Inputs inputs_;
  PlasticSynapses<Real> plastic_;
  MovingDelays moving_;
  ExactPart exact_;
  const bool any_exact_;
  PairingGuard pairings_;
  RunawayGuard runaway_;
  std::int64_t step_ = 0;
  double inside_ = 0;                                   ///< how far the exact cells are within the step that follows, ms
  std::uint64_t deliveries_ = 0;                        ///< of that step, to stepped cells
  std::vector<std::vector<std::vector<Real>>> states_;  ///< population, state, cell
  StepSpikes spikes_;
  std::deque<SpikeInFlight> history_;  ///< in order of steps; core/run/checkpoint.hpp says how far back
};

template <class Real>
void ReferenceSession<Real>::set_initial_states() {
  states_.clear();
  for (const auto& population : network_.populations) {
    auto& states = states_.emplace_back();
    for (const Column& column : population.initial) {
      auto& values = states.emplace_back(population.size);
      for (std::uint32_t i = 0; i < population.size; ++i) values[i] = static_cast<Real>(column[i]);
    }
  }
}

/// Time 0, done when the first step is about to begin, so that a checkpoint of step 0 is always one of before it.
template <class Real>
void ReferenceSession<Real>::start() {
  for (auto& fired : spikes_.of_population) fired.clear();
  for (auto& sent : spikes_.of_source) sent.clear();
  send_sources(0);
  for (std::uint32_t s = 0; s < network_.sources.size(); ++s)
    if (!network_.sources[s].exact) recorder_.source_spikes(0, s, spikes_.of_source[s]);  // else send_sources did
  exact_.start();
  if (any_exact_) run_exact({-1, 0}, {0, 0}), take_trains(0);
  signals_.update(0, spikes_);
  check_finite(network_, signals_, 0);
  sample(0);
}

/// A repeat of a phase begins when its first step is about to, so that what stands at its border is the end of the one before.
template <class Real>
void ReferenceSession<Real>::begin_repeat() {
  if (!network_.phases.empty() && network_.phases[repeat_of(network_, step_ + 1).phase].reset_state) {
    set_initial_states();
    exact_.restart(step_);
    inputs_.clear();
    history_.clear();
    plastic_.start_anew(step_, signals_);
    moving_.start_anew(step_);
    runaway_.load(step_, {});
  }
  signals_.begin(step_);
}

/// A step that has been entered comes to its end.
template <class Real>
void ReferenceSession<Real>::advance_one() {
  const ExactTime from = time(), end{step_ + 1, 0};
  if (inside_ > 0) send_given(from, end);
  else open_step(end);
  close_step(from);
}

template <class Real>
void ReferenceSession<Real>::advance_within(double offset_ms) {
  if (offset_ms <= inside_) return;
  const FlushDenormals flush;
  const ExactTime from = time(), to{step_, offset_ms};
  if (inside_ > 0) send_given(from, to);
  else open_step(to);
  run_exact(from, to);
  inside_ = offset_ms;
  if (exact_.runaway().time != ExactCells::never) advance_one();
}

/// All that comes before exact cells in the step that follows, with what the caller has given for times before `given_until`.
template <class Real>
void ReferenceSession<Real>::open_step(ExactTime given_until) {
  const std::int64_t n = step_ + 1;
  if (n == 1) start();
  else if (begins_after(network_, step_)) begin_repeat();
  send_given({step_, 0}, given_until);
  modulator_.update(signals_);
  plastic_.hear(n, signals_);
  moving_.hear(n, signals_);
  exact_.learning().hear(n, n - 1, signals_);
  inputs_.open_gates(n, modulator_);
  add_plastic(n);
  add_poisson(n);
  if (any_exact_) exact_.begin_step(n);
  for (std::uint32_t p = 0; p < network_.populations.size(); ++p)
    if (!network_.populations[p].exact) step_population(p, n);
  deliveries_ = inputs_.close(n);
  send_sources(n);
  for (std::uint32_t p = 0; p < network_.populations.size(); ++p)
    if (network_.populations[p].exact) spikes_.of_population[p].clear();
}

template <class Real>
void ReferenceSession<Real>::close_step(ExactTime from) {
  const std::int64_t n = step_ + 1;
  if (any_exact_) run_exact(from, {n, 0}), take_trains(n);
  deliveries_ += exact_.take_deliveries();
  for (std::uint32_t s = 0; s < network_.sources.size(); ++s)
    if (network_.sources[s].kind == CompiledSource::Kind::external) sources_.spikes(s, n - 1, spikes_.of_source[s]);
  for (std::uint32_t p = 0; p < network_.populations.size(); ++p)
    if (!network_.populations[p].exact)
      for (const std::uint32_t cell : spikes_.of_population[p]) {
        exact_.post(network_.populations[p].first + cell, n);
        send(network_.populations[p].first + cell, 1, n);
      }
  const std::int64_t kept = kept_steps();
  while (!history_.empty() && history_.front().step <= n - kept) history_.pop_front();
  step_ = n;
  inside_ = 0;

  for (std::uint32_t p = 0; p < network_.populations.size(); ++p)
    if (!network_.populations[p].exact) recorder_.spikes(n, p, spikes_.of_population[p]);
  for (std::uint32_t s = 0; s < network_.sources.size(); ++s)
    if (network_.sources[s].kind != CompiledSource::Kind::external && !network_.sources[s].exact)
      recorder_.source_spikes(n, s, spikes_.of_source[s]);
  recorder_.events(n, deliveries_);
  signals_.update(n, spikes_);
  check_finite(network_, signals_, n);
  runaway_.count(n, spikes_);
  if (exact_.runaway().time == ExactCells::never) sample(n);
  if (finite_check_due(network_, n)) check_states(), pairings_.check(n);
  runaway_.check(n);
  if (const auto runaway = exact_.runaway(); any_exact_ && runaway.time != ExactCells::never) exact_.cells().stop(runaway);
}

/// Exact cells in (from, to], which lies within one step, sampled on the way where probes ask for it; then their spikes.
template <class Real>
void ReferenceSession<Real>::run_exact(ExactTime from, ExactTime to) {
  const auto sent = [&](std::uint32_t sender, ExactTime t) {
    inputs_.send(sender, 1, TimeGrid::step_of(t), TimeGrid::step_of(t));
    history_.push_back({t.step, sender, 1, t.offset_ms});
  };
  for (ExactTime t = recorder_.next_exact_sample(from); t <= to; t = recorder_.next_exact_sample(t)) {
    exact_.run(t, sent);
    if (exact_.runaway().time != ExactCells::never) break;
    recorder_.sample_exact(t, reader(t), synapse_reader(t));
  }
  exact_.run(to, sent);
  for (std::uint32_t p = 0; p < network_.populations.size(); ++p) {
    if (!network_.populations[p].exact) continue;
    const auto spikes = exact_.take_population(p);
    recorder_.exact_spikes(TimeGrid::step_of(to), p, spikes);
    for (const ExactSpike& spike : spikes) spikes_.of_population[p].push_back(spike.cell);
    std::ranges::sort(spikes_.of_population[p]);
  }
}

/// Spikes of step n of sources that have exact targets.
template <class Real>
void ReferenceSession<Real>::take_trains(std::int64_t n) {
  for (std::uint32_t s = 0; s < network_.sources.size(); ++s) {
    if (!network_.sources[s].exact || network_.sources[s].kind != CompiledSource::Kind::poisson) continue;
    const auto spikes = exact_.take_source(s);
    recorder_.exact_source_spikes(s, spikes);
    auto& cells = spikes_.of_source[s];
    cells.clear();
    for (const ExactSpike& spike : spikes) cells.push_back({spike.cell, 1});
    std::ranges::sort(cells, {}, &SourceSpike::cell);
    for (const ExactSpike& spike : spikes) {
      const std::uint32_t sender = inputs_.first_of_source(s) + spike.cell;
      inputs_.send(sender, 1, n, n);
      history_.push_back({spike.time.step, sender, 1, spike.time.offset_ms});
    }
  }
}

/// Spikes of sources in step n, but for those that the caller gives.
template <class Real>
void ReferenceSession<Real>::send_sources(std::int64_t n) {
  for (std::uint32_t s = 0; s < network_.sources.size(); ++s) {
    const auto& source = network_.sources[s];
    if (source.kind == CompiledSource::Kind::external) continue;
    if (source.exact && source.kind == CompiledSource::Kind::poisson) continue;  // trains, with the exact cells
    auto& spikes = spikes_.of_source[s];
    sources_.spikes(s, n, spikes);
    if (source.exact) {
      std::vector<ExactSpike> exact;
      sources_.exact_spikes(s, n, exact);
      for (const ExactSpike& spike : exact) send(inputs_.first_of_source(s) + spike.cell, 1, spike.time);
      recorder_.exact_source_spikes(s, exact);
      continue;
    }
    for (const SourceSpike& spike : spikes) send(inputs_.first_of_source(s) + spike.cell, spike.count, n);
  }
}

/// What the caller gave for the present step, and for exact targets in [from, to).
template <class Real>
void ReferenceSession<Real>::send_given(ExactTime from, ExactTime to) {
  for (std::uint32_t s = 0; s < network_.sources.size(); ++s) {
    if (network_.sources[s].kind != CompiledSource::Kind::external) continue;
    if (network_.sources[s].exact) {
      const auto given = sources_.given(s, from, to);
      for (const ExactSpike& spike : given) send(inputs_.first_of_source(s) + spike.cell, 1, spike.time);
      recorder_.exact_source_spikes(s, given);
    } else if (from.offset_ms == 0) {
      std::vector<SourceSpike> spikes;
      sources_.spikes(s, step_, spikes);
      for (const SourceSpike& spike : spikes) send(inputs_.first_of_source(s) + spike.cell, spike.count, step_);
      recorder_.source_spikes(step_, s, spikes);
    }
  }
}

template <class Real>
void ReferenceSession<Real>::add_poisson(std::int64_t n) {
  for (const CompiledPoisson& poisson : network_.poisson) {
    const auto receptor = static_cast<std::size_t>(poisson.receptor);
    const double scale = std::ldexp(1.0, network_.populations[poisson.population].grids[receptor].exponent);
    poisson_arrivals(poisson, n, [&](std::uint32_t k, std::uint32_t cell, std::uint32_t count) {
      inputs_.sum(n, poisson.population, receptor, cell) += grid_round(poisson.weight[k], scale) * count;
    });
  }
}

template <class Real>
void ReferenceSession<Real>::add_plastic(std::int64_t n) {
  const auto deliver = [&](std::uint32_t projection, std::uint32_t population, int receptor, std::uint32_t cell, std::int64_t q) {
    if (network_.projections[projection].gain >= 0)
      q = grid_round(static_cast<double>(q), modulator_.projection_gain(projection));
    inputs_.deliver(n, population, static_cast<std::size_t>(receptor), cell, q);
  };
  plastic_.advance(n, [&](const auto& a) { deliver(a.projection, a.population, a.receptor, a.cell, a.q); });
  moving_.advance(n, deliver);
  exact_.give(n, [&](const ExactLearningPart::Sent& sent) {
    const std::uint32_t population = network_.population_of(sent.neuron);
    const std::uint32_t cell = sent.neuron - network_.populations[population].first;
    for (const std::int64_t q : sent.q) deliver(sent.projection, population, sent.receptor, cell, q);
  });
}

template <class Real>
void ReferenceSession<Real>::step_population(std::uint32_t p, std::int64_t n) {
  const auto& population = network_.populations[p];
  const auto& coefficients = modulator_.coefficients(p);
  const std::size_t receptors = population.grids.size();
  std::vector<Real> state(states_[p].size()), coefficient(coefficients.size()), input(receptors), current(population.size);
  currents_.fill(p, n, 0, population.size, current.data());
  auto& fired = spikes_.of_population[p];
  fired.clear();
  for (std::uint32_t i = 0; i < population.size; ++i) {
    for (std::size_t k = 0; k < state.size(); ++k) state[k] = states_[p][k][i];
    for (std::size_t k = 0; k < coefficient.size(); ++k) coefficient[k] = static_cast<Real>(coefficients[k][i]);
    const Real gain = static_cast<Real>(modulator_.population_gain(p)[i]);
    for (std::size_t r = 0; r < receptors; ++r) {
      const Real grid_step = static_cast<Real>(std::ldexp(1.0, -population.grids[r].exponent));
      input[r] = static_cast<Real>(inputs_.sum(n, p, r, i)) * grid_step * gain;
    }
    bool spike = false;
    if constexpr (sizeof(Real) == sizeof(float))
      spike = population.model.step_float(population.variant, state.data(), coefficient.data(), input.data(), current[i]);
    else spike = population.model.step_double(population.variant, state.data(), coefficient.data(), input.data(), current[i]);
    if (spike) fired.push_back(i);
    for (std::size_t k = 0; k < state.size(); ++k) states_[p][k][i] = state[k];
  }
}

template <class Real>
void ReferenceSession<Real>::sample(std::int64_t n) {
  if (recorder_.next_sample(n - 1) != n) return;
  recorder_.sample(n, reader({n, 0}), synapse_reader({n, 0}), signals_);
}

template <class Real>
void ReferenceSession<Real>::check_states() const {
  for (std::uint32_t p = 0; p < states_.size(); ++p)
    for (std::size_t k = 0; k < states_[p].size(); ++k)
      check_finite(network_, p, k, states_[p][k].data(), states_[p][k].size(), step_);
  fault().check(network_);
  exact_.cells().check(step_);
}

template <class Real>
void ReferenceSession<Real>::save(const std::string& path) const {
  require_step_end(network_, time());
  Checkpoint checkpoint;
  checkpoint.step = step_;
  for (const auto& states : states_) {
    auto& columns = checkpoint.states.emplace_back();
    for (const auto& values : states) columns.emplace_back(values.begin(), values.end());
  }
  const std::int64_t kept = kept_steps();
  for (const SpikeInFlight& spike : history_)
    if (spike.step > step_ - kept) checkpoint.in_flight.push_back(spike);
  std::ranges::sort(checkpoint.in_flight, {}, [](const SpikeInFlight& spike) { return std::pair(spike.time(), spike.source); });
  checkpoint.plastic.resize(record_of(network_, static_cast<std::uint32_t>(network_.projections.size())));
  plastic_.save(step_, checkpoint);
  moving_.save(step_, checkpoint);
  checkpoint.fault = fault();
  if (any_exact_) {
    ByteWriter exact;
    exact_.save(exact, step_);
    checkpoint.exact = exact.bytes();
  }
  save_parts(sources_, signals_, recorder_, checkpoint);
  write_checkpoint(path, network_, checkpoint);
}

template <class Real>
void ReferenceSession<Real>::load(const std::string& path) {
  const FlushDenormals flush;
  const Checkpoint checkpoint = read_checkpoint(path, network_);
  load_parts(checkpoint, sources_, signals_, recorder_);
  step_ = checkpoint.step;
  inside_ = 0;
  for (std::size_t p = 0; p < states_.size(); ++p)
    for (std::size_t k = 0; k < states_[p].size(); ++k)
      for (std::size_t i = 0; i < states_[p][k].size(); ++i) states_[p][k][i] = static_cast<Real>(checkpoint.states[p][k][i]);
  inputs_.clear();
  history_.assign(checkpoint.in_flight.begin(), checkpoint.in_flight.end());
  plastic_.load(checkpoint);
  moving_.load(checkpoint);
  if (any_exact_) {
    ByteReader exact(checkpoint.exact);
    exact_.load(exact, step_);
    if (!exact.at_end()) throw Error("checkpoint", {}, "the checkpoint is longer than it should be");
    exact_.learning().set_fault(checkpoint.fault);
  }
  for (const SpikeInFlight& spike : history_) {
    inputs_.send(spike.source, spike.count, TimeGrid::step_of(spike.time()), step_);
    exact_.send_again(spike.source, spike.count, spike.time(), {step_, 0});
  }
  runaway_.load(step_, checkpoint.in_flight);
}

/// Rows grow by doubling. A block below a page is held whole; of a larger one about half of what is not used is touched.
std::uint64_t row_bytes(const CompiledNetwork& network) {
  constexpr std::uint64_t page = 4096, header = 16;
  double bytes = 0;
  for (const auto& projection : network.projections) {
    const std::uint64_t sources = projection.rows->sources, synapses = projection.rows->count();
    if (sources == 0 || synapses == 0) continue;
    const std::uint64_t used = std::max<std::uint64_t>(1, synapses / sources) * sizeof(Synapse);
    const std::uint64_t held = std::bit_ceil(used), touched = std::min(held, (used + page - 1) / page * page);
    const std::uint64_t each = (held + touched) / 2 + header;
    bytes += static_cast<double>(synapses * sizeof(Synapse)) * static_cast<double>(each) / static_cast<double>(used);
  }
  return static_cast<std::uint64_t>(bytes);
}

class ReferenceBackend final : public Backend {
 public:
  std::string_view name() const override { return "reference"; }

  std::vector<std::string> unsupported(const CompiledNetwork&) const override { return {}; }

  std::unique_ptr<Session> open(std::shared_ptr<const CompiledNetwork> network, const OpenOptions& options) const override {
    if (const auto reasons = unsupported(*network); !reasons.empty())
      throw Error("unsupported", {}, "the reference backend does not run " + reasons.front(), Exit::refused);
    if (network->precision == Precision::single_) return std::make_unique<ReferenceSession<float>>(std::move(network), options);
    return std::make_unique<ReferenceSession<double>>(std::move(network), options);
  }

  Bytes predict_bytes(const CompiledNetwork& network, const OpenOptions& options) const override {
    Bytes bytes;
    const std::uint64_t real = network.precision == Precision::single_ ? sizeof(float) : sizeof(double);
    for (const auto& population : network.populations) {
      bytes.neurons += population.size * population.model.table->states.size() * real;
      bytes.scratch +=
          population.size * population.grids.size() * sizeof(std::int64_t) * (std::uint64_t{network.max_delay()} + 1);
    }
    bytes.neurons +=
        (network.any_exact() ? 2 : 1) * network.neurons * sizeof(std::vector<Synapse>) + predict_signal_bytes(network);
    bytes.synapses = row_bytes(network);
    bytes.recording = predict_recording_bytes(network, options);
    return bytes;
  }

  /// Assumed costs and an assumed rate of spikes: for orientation only.
  double predict_real_time_factor(const CompiledNetwork& network, const OpenOptions&) const override {
    constexpr double neuron_ns = 25, poisson_ns = 25, event_ns = 8;
    double cells = 0;
    for (const auto& poisson : network.poisson) cells += poisson.count;
    const double steps_per_s = 1000 / network.step_ms;
    return 1e-9 * (steps_per_s * (neuron_ns * network.neurons + poisson_ns * cells + predict_signal_ns(network)) +
                   event_ns * guessed_hz * static_cast<double>(network.synapses()));
  }
};

}  // namespace

}  // namespace spikeloom::reference

namespace spikeloom {

std::unique_ptr<Backend> reference_backend() { return std::make_unique<reference::ReferenceBackend>(); }

}  // namespace spikeloom
