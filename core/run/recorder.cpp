// Probes at work: which rows each takes from a step, kept in memory and written to its file.
#include "core/run/recorder.hpp"

#include <algorithm>
#include <atomic>
#include <cmath>
#include <exception>
#include <filesystem>
#include <limits>
#include <set>
#include <thread>

#include "core/atomic_file.hpp"
#include "core/run/pairing.hpp"
#include "core/run/spike_counts.hpp"
#include "core/run/table_writer.hpp"
#include "core/run/used_weights.hpp"

namespace spikeloom {

namespace {

using Kind = TableColumn::Kind;

constexpr std::int64_t never = std::numeric_limits<std::int64_t>::max();

const std::string& end_name(const CompiledNetwork& network, const EndSegment& segment) {
  return segment.kind == EndSegment::Kind::population ? network.populations[segment.index].name
                                                      : network.sources[segment.index].name;
}

bool holds(const EndSegment& segment, std::uint32_t cell) {
  return cell >= segment.first && (cell - segment.first) % segment.stride == 0 &&
         (cell - segment.first) / segment.stride < segment.count;
}

/// Some spike of the probe may have a time within a step: then all are written with both parts of it.
bool has_exact_times(const CompiledNetwork& network, const CompiledProbe& probe) {
  return std::ranges::any_of(probe.of, [&](const EndSegment& segment) {
    return segment.kind == EndSegment::Kind::population ? network.populations[segment.index].exact
                                                        : network.sources[segment.index].exact;
  });
}

/// Weights that have times within steps, and are then all written with both parts of it.
bool at_exact_times(const CompiledNetwork& network, const CompiledProbe& probe) {
  if (probe.kind == Probe::Kind::transmitted || probe.of_pairing) return true;
  return probe.kind == Probe::Kind::weights && !probe.of_readout && network.projections[probe.index].rows->exact &&
         network.projections[probe.index].learns_in_exact_time();
}

std::vector<TableColumn> columns_of(const CompiledNetwork& network, const CompiledProbe& probe) {
  std::size_t width = std::max<std::size_t>(1, probe.name.size());
  for (const EndSegment& segment : probe.of) width = std::max(width, end_name(network, segment).size());
  const TableColumn time{"time_ms", Kind::number, 0};
  switch (probe.kind) {
    case Probe::Kind::spikes: {
      std::vector<TableColumn> columns{{"population", Kind::text, width}, {"neuron", Kind::count, 0}, time};
      if (has_exact_times(network, probe)) {
        columns.push_back({"step", Kind::big_count, 0});
        columns.push_back({"offset_ms", Kind::number, 0});
      }
      return columns;
    }
    case Probe::Kind::state: {
      std::vector<TableColumn> columns{{"population", Kind::text, width}, {"neuron", Kind::count, 0}, time};
      for (const std::string& name : probe.state_names) columns.push_back({name, Kind::number, 0});
      return columns;
    }
    case Probe::Kind::signal:
      return {{"signal", Kind::text, width}, {"channel", Kind::count, 0}, time, {"value", Kind::number, 0}};
    case Probe::Kind::weights:
    case Probe::Kind::transmitted: break;
  }
  std::vector<TableColumn> columns{{"projection", Kind::text, width},
                                   {"source", Kind::count, 0},
                                   {"target", Kind::count, 0},
                                   {"synapse", Kind::big_count, 0},
                                   time,
                                   {"weight", Kind::number, 0}};
  for (const std::string& name : probe.state_names) columns.push_back({name, Kind::number, 0});
  if (at_exact_times(network, probe))
    columns.insert(columns.end(), {{"step", Kind::big_count, 0}, {"offset_ms", Kind::number, 0}});
  return columns;
}

/// The first step > n at which a sampling probe is due.
std::int64_t next_due(const CompiledProbe& probe, std::int64_t n) {
  if (probe.kind == Probe::Kind::spikes) return never;
  std::int64_t next = never;
  for (const std::int64_t at : probe.at_steps)
    if (at > n) next = std::min(next, at);
  if (probe.every_steps > 0) {
    const std::int64_t past = n < probe.start_step ? 0 : (n - probe.start_step) / probe.every_steps + 1;
    const std::int64_t at = probe.start_step + past * probe.every_steps;
    if (at <= probe.stop_step) next = std::min(next, at);
  }
  return next;
}

/// A file that is finished waits for the disk; many of them wait together. The error thrown is that of the first in order.
void finish_all(std::span<const std::unique_ptr<TableWriter>> tables) {
  constexpr std::size_t at_once = 32;
  std::vector<std::exception_ptr> errors(tables.size());
  std::atomic<std::size_t> next = 0;
  const auto work = [&] {
    for (std::size_t i = next++; i < tables.size(); i = next++) {
      try {
        if (tables[i] != nullptr) tables[i]->finish();
      } catch (...) { errors[i] = std::current_exception(); }
    }
  };
  {
    std::vector<std::jthread> waiting;
    while (waiting.size() + 1 < std::min(at_once, tables.size())) waiting.emplace_back(work);
    work();
  }
  for (const auto& error : errors)
    if (error) std::rethrow_exception(error);
}

}  // namespace

struct Recorder::State {
  /// What one spike probe takes from one population or source.
  struct SpikeTap {
    std::size_t probe;
    std::size_t train;
    std::vector<EndSegment> segments;
  };

  State(const CompiledNetwork& network_, const OpenOptions& options)
      : network(network_),
        grid(network_.step_ms),
        counts(network_),
        keep(options.keep_in_memory),
        tables(network_.probes.size()),
        runners(network_.probes.size()),
        of_population(network_.populations.size()),
        of_source(network_.sources.size()) {
    open_files(options);
    prepare_memory();
  }

  void open_files(const OpenOptions& options);
  void prepare_memory();
  void record(const SpikeTap& tap, const std::string& name, ExactTime time, double time_ms, std::uint32_t cell,
              std::uint32_t count);
  void sample_states(std::size_t i, double time_ms, const StateReader& read);
  void sample_signal(std::size_t i, std::int64_t n, const SignalBank& signals);
  void sample_weights(std::size_t i, ExactTime time, const SynapseReader& synapses);
  void sample_readout(std::size_t i, std::int64_t n, const SignalBank& signals);
  void sample_pairing(std::size_t i, std::int64_t n);
  void sample_transmissions(std::size_t i, std::int64_t n);
  template <class Visit>
  void take_snapshot(std::size_t i, const std::string& name, const std::vector<EndSegment>& from,
                     const std::vector<EndSegment>& to, ExactTime time, const Visit& visit);
  void restart();

  const CompiledNetwork& network;
  TimeGrid grid;
  SpikeCounts counts;
  bool keep;
  std::int64_t last_sample = -1;
  ExactTime last_exact_sample{-1, 0};
  std::unique_ptr<FolderLock> lock;
  std::unique_ptr<AtomicFile> description;              ///< network.json
  std::vector<std::unique_ptr<TableWriter>> tables;     ///< per probe, or null
  std::vector<std::unique_ptr<PairingRunner>> runners;  ///< per probe of a pairing
  std::vector<std::string> files;
  bool finished = false;
  std::vector<std::vector<SpikeTap>> of_population, of_source;
  std::vector<std::size_t> first_trace;  ///< per probe: its first state trace, or its signal trace
  Recording memory;
};

void Recorder::State::open_files(const OpenOptions& options) {
  if (options.output_folder.empty()) return;
  const std::filesystem::path folder = options.output_folder;
  make_folder(folder);
  lock = std::make_unique<FolderLock>(folder);
  std::set<std::filesystem::path> taken;
  const auto claim = [&](const std::string& name) {
    const auto path = folder / name;
    if (!taken.insert(path.lexically_normal()).second)
      throw Error("conflict", {}, "two outputs of this run have the same file").with_value(name);
    files.push_back(path.string());
    return path;
  };
  std::vector<std::filesystem::path> paths = {claim("network.json")};
  for (const CompiledProbe& probe : network.probes)
    if (!probe.file.empty()) paths.push_back(claim(probe.file));
  remove_leftovers(paths);
  description = std::make_unique<AtomicFile>(paths[0], options.overwrite);
  description->write(network.resolved_json);
  std::size_t next = 1;
  for (std::size_t i = 0; i < network.probes.size(); ++i) {
    const CompiledProbe& probe = network.probes[i];
    if (probe.file.empty()) continue;
    const auto& path = paths[next++];
    try {
      make_folder(path.parent_path());
      tables[i] = open_table(path, options.overwrite, columns_of(network, probe));
    } catch (Error& error) {
      if (error.where.path.empty()) error.where.path = "/probes/" + std::to_string(i) + "/file";
      throw;
    }
  }
}

/// One spike train per probe and population, one state trace per segment, one signal trace per probe.
void Recorder::State::prepare_memory() {
  memory = {};
  first_trace.assign(network.probes.size(), 0);
  for (auto* taps : {&of_population, &of_source})
    for (auto& list : *taps) list.clear();
  for (std::size_t i = 0; i < network.probes.size(); ++i) {
    const CompiledProbe& probe = network.probes[i];
    first_trace[i] = probe.kind == Probe::Kind::signal ? memory.signals.size() : memory.state_traces.size();
    if (probe.kind == Probe::Kind::transmitted) {
      first_trace[i] = memory.transmissions.size();
      memory.transmissions.push_back({probe.name, {}, {}, {}, {}, {}});
    }
    if (probe.kind == Probe::Kind::signal) memory.signals.push_back({probe.name, network.signals[probe.index].size, {}, {}});
    for (const EndSegment& segment : probe.of) {
      const std::string& name = end_name(network, segment);
      if (probe.kind == Probe::Kind::state) {
        StateTrace& trace = memory.state_traces.emplace_back(StateTrace{name, probe.state_names, {}, {}, {}});
        for (std::uint32_t k = 0; k < segment.count; ++k) trace.neuron.push_back(segment.first + k * segment.stride);
        trace.values.resize(probe.states.size());
      } else if (probe.kind == Probe::Kind::spikes) {
        auto& taps = segment.kind == EndSegment::Kind::population ? of_population[segment.index] : of_source[segment.index];
        if (taps.empty() || taps.back().probe != i) {
          taps.push_back({i, memory.spike_trains.size(), {}});
          memory.spike_trains.push_back({name, {}, {}, {}, {}});
        }
        taps.back().segments.push_back(segment);
      }
    }
  }
}

void Recorder::State::record(const SpikeTap& tap, const std::string& name, ExactTime time, double time_ms, std::uint32_t cell,
                             std::uint32_t count) {
  if (std::ranges::none_of(tap.segments, [cell](const EndSegment& segment) { return holds(segment, cell); })) return;
  const bool exact = has_exact_times(network, network.probes[tap.probe]);
  for (; count > 0; --count) {
    if (keep) {
      SpikeTrain& train = memory.spike_trains[tap.train];
      train.neuron.push_back(cell);
      train.time_ms.push_back(time_ms);
      if (exact) {
        train.step.push_back(time.step);
        train.offset_ms.push_back(time.offset_ms);
      }
    }
    if (TableWriter* table = finished ? nullptr : tables[tap.probe].get()) {
      table->text(name);
      table->count(cell);
      table->number(time_ms);
      if (exact) {
        table->big_count(static_cast<std::uint64_t>(time.step));
        table->number(time.offset_ms);
      }
      table->end_row();
    }
  }
}

void Recorder::State::sample_states(std::size_t i, double time_ms, const StateReader& read) {
  const CompiledProbe& probe = network.probes[i];
  TableWriter* const table = finished ? nullptr : tables[i].get();
  if (!keep && table == nullptr) return;
  std::vector<double> column;
  std::vector<std::vector<double>> rows(probe.of.size());  // per segment: cells, then states
  for (std::size_t s = 0; s < probe.of.size(); ++s) {
    const StateTrace& trace = memory.state_traces[first_trace[i] + s];
    const std::size_t cells = trace.neuron.size(), states = probe.states.size();
    column.resize(cells);
    rows[s].resize(cells * states);
    for (std::size_t k = 0; k < states; ++k) {
      read(probe.of[s].index, probe.states[k], trace.neuron, column.data());
      for (std::size_t c = 0; c < cells; ++c) rows[s][c * states + k] = column[c];
    }
    // The next check will stop the run (core/run/guards.hpp); until then nothing is worth recording.
    if (!std::ranges::all_of(rows[s], [](double value) { return std::isfinite(value); })) return;
  }
  for (std::size_t s = 0; s < probe.of.size(); ++s) {
    StateTrace& trace = memory.state_traces[first_trace[i] + s];
    const std::size_t cells = trace.neuron.size(), states = probe.states.size();
    for (std::size_t k = 0; keep && k < states; ++k)
      for (std::size_t c = 0; c < cells; ++c) trace.values[k].push_back(rows[s][c * states + k]);
    if (keep) trace.time_ms.push_back(time_ms);
    for (std::size_t c = 0; table != nullptr && c < cells; ++c) {
      table->text(trace.population);
      table->count(trace.neuron[c]);
      table->number(time_ms);
      for (std::size_t k = 0; k < states; ++k) table->number(rows[s][c * states + k]);
      table->end_row();
    }
  }
}

void Recorder::State::sample_signal(std::size_t i, std::int64_t n, const SignalBank& signals) {
  const CompiledProbe& probe = network.probes[i];
  const auto values = signals.values(probe.index);
  const double time_ms = network.ms_of(n);
  if (keep) {
    SignalTrace& trace = memory.signals[first_trace[i]];
    trace.time_ms.push_back(time_ms);
    trace.value.insert(trace.value.end(), values.begin(), values.end());
  }
  TableWriter* const table = finished ? nullptr : tables[i].get();
  for (std::uint32_t channel = 0; table != nullptr && channel < values.size(); ++channel) {
    table->text(probe.name);
    table->count(channel);
    table->number(time_ms);
    table->number(values[channel]);
    table->end_row();
  }
}

void Recorder::State::sample_weights(std::size_t i, ExactTime time, const SynapseReader& synapses) {
  const CompiledProbe& probe = network.probes[i];
  TableWriter* const table = finished ? nullptr : tables[i].get();
  if (!keep && table == nullptr) return;
  if (probe.of_pairing) return sample_pairing(i, time.step);
  const auto& projection = network.projections[probe.index];
  take_snapshot(i, projection.name, projection.from, projection.to, time, [&](const auto& take) {
    if (projection.plasticity != nullptr) {
      synapses(probe.index, take);
    } else {
      visit_used(network, projection, [&](const UsedSynapse& synapse) {
        take({synapse.source, synapse.target, synapse.weight, {}});
      });
    }
  });
}

void Recorder::State::sample_pairing(std::size_t i, std::int64_t n) {
  const CompiledProbe& probe = network.probes[i];
  const CompiledPairing& pairing = network.pairings[probe.index];
  auto& runner = runners[i];
  if (runner == nullptr) runner = std::make_unique<PairingRunner>(network, pairing);
  std::vector<ExactTime> times;
  if (probe.at.empty()) times.push_back({n, 0});
  for (const ExactTime& time : probe.at)
    if (TimeGrid::step_of(time) == n) times.push_back(time);
  for (const ExactTime& time : times)
    take_snapshot(i, pairing.name, pairing.from, pairing.to, time, [&](const auto& take) { runner->visit(time, take); });
}

void Recorder::State::sample_transmissions(std::size_t i, std::int64_t n) {
  const CompiledProbe& probe = network.probes[i];
  const CompiledPairing& pairing = network.pairings[probe.index];
  TableWriter* const table = finished ? nullptr : tables[i].get();
  if (!keep && table == nullptr) return;
  auto& runner = runners[i];
  if (runner == nullptr) runner = std::make_unique<PairingRunner>(network, pairing);
  const TimeGrid grid(network.step_ms);
  for (const PairingRunner::Sent& sent : runner->sent({n - 1, 0}, {n, 0})) {
    const std::uint32_t source = shown_index(pairing.from, sent.source), target = shown_index(pairing.to, sent.target);
    if (keep) {
      Transmissions& to = memory.transmissions[first_trace[i]];
      to.source.push_back(source), to.target.push_back(target), to.synapse.push_back(sent.synapse);
      to.time_ms.push_back(grid.ms_of(sent.time)), to.weight.push_back(sent.weight);
    }
    if (table == nullptr) continue;
    table->text(pairing.name);
    table->count(source);
    table->count(target);
    table->big_count(sent.synapse);
    table->number(grid.ms_of(sent.time));
    table->number(sent.weight);
    table->big_count(static_cast<std::uint64_t>(sent.time.step));
    table->number(sent.time.offset_ms);
    table->end_row();
  }
}

/// One row per synapse that `visit` hands over.
template <class Visit>
void Recorder::State::take_snapshot(std::size_t i, const std::string& name, const std::vector<EndSegment>& from,
                                    const std::vector<EndSegment>& to, ExactTime time, const Visit& visit) {
  const CompiledProbe& probe = network.probes[i];
  TableWriter* const table = finished ? nullptr : tables[i].get();
  const double time_ms = time.offset_ms == 0 ? network.ms_of(time.step) : TimeGrid(network.step_ms).ms_of(time);
  WeightSnapshot snapshot{name, time_ms, {}, {}, {}, {}, probe.state_names, {}};
  snapshot.values.resize(probe.states.size());
  std::uint64_t number = 0;
  const auto take = [&](const SettledSynapse& synapse) {
    const std::uint32_t source = shown_index(from, synapse.source), target = shown_index(to, synapse.target);
    if (keep) {
      snapshot.source.push_back(source);
      snapshot.target.push_back(target);
      snapshot.synapse.push_back(number);
      snapshot.weight.push_back(synapse.weight);
      for (std::size_t k = 0; k < probe.states.size(); ++k)
        snapshot.values[k].push_back(synapse.states[static_cast<std::size_t>(probe.states[k])]);
    }
    if (table != nullptr) {
      table->text(name);
      table->count(source);
      table->count(target);
      table->big_count(number);
      table->number(time_ms);
      table->number(synapse.weight);
      for (const int state : probe.states) table->number(synapse.states[static_cast<std::size_t>(state)]);
      if (at_exact_times(network, probe)) {
        table->big_count(static_cast<std::uint64_t>(time.step));
        table->number(time.offset_ms);
      }
      table->end_row();
    }
    ++number;
  };
  bool finite = true;  // as with states: what is not finite is not recorded
  visit([&](const SettledSynapse& synapse) { finite = finite && std::isfinite(synapse.weight); });
  if (!finite) return;
  visit(take);
  if (keep) memory.weights.push_back(std::move(snapshot));
}

/// Source: the value read; target: the channel.
void Recorder::State::sample_readout(std::size_t i, std::int64_t n, const SignalBank& signals) {
  const CompiledProbe& probe = network.probes[i];
  TableWriter* const table = finished ? nullptr : tables[i].get();
  if (!keep && table == nullptr) return;
  const std::span<const double> weights = signals.weights(probe.index);
  const std::size_t inputs = weights.size() / network.signals[probe.index].size;
  const double time_ms = network.ms_of(n);
  WeightSnapshot snapshot{probe.name, time_ms, {}, {}, {}, {}};
  for (std::size_t k = 0; k < weights.size(); ++k) {
    const auto source = static_cast<std::uint32_t>(k % inputs), target = static_cast<std::uint32_t>(k / inputs);
    if (keep) {
      snapshot.source.push_back(source);
      snapshot.target.push_back(target);
      snapshot.synapse.push_back(k);
      snapshot.weight.push_back(weights[k]);
    }
    if (table == nullptr) continue;
    table->text(probe.name);
    table->count(source);
    table->count(target);
    table->big_count(k);
    table->number(time_ms);
    table->number(weights[k]);
    table->end_row();
  }
  if (keep) memory.weights.push_back(std::move(snapshot));
}

void Recorder::State::restart() {
  prepare_memory();
  if (finished) return;
  for (auto& table : tables)
    if (table != nullptr) table->restart();
}

Recorder::Recorder(const CompiledNetwork& network, const OpenOptions& options)
    : state_(std::make_unique<State>(network, options)) {}
Recorder::~Recorder() = default;

void Recorder::spikes(std::int64_t n, std::uint32_t p, std::span<const std::uint32_t> cells) {
  if (cells.empty()) return;
  state_->counts.add(n, p, cells);
  const auto& population = state_->network.populations[p];
  for (const auto& tap : state_->of_population[p])
    for (const std::uint32_t cell : cells) {
      const std::int64_t label = n + population.label_shift;
      state_->record(tap, population.name, {label, 0}, state_->network.ms_of(label), cell, 1);
    }
}

void Recorder::exact_spikes(std::int64_t n, std::uint32_t p, std::span<const ExactSpike> spikes) {
  if (spikes.empty()) return;
  state_->counts.add(n, p, spikes);
  for (const auto& tap : state_->of_population[p])
    for (const ExactSpike& spike : spikes)
      state_->record(tap, state_->network.populations[p].name, spike.time, state_->grid.ms_of(spike.time), spike.cell, 1);
}

void Recorder::exact_source_spikes(std::uint32_t s, std::span<const ExactSpike> spikes) {
  for (const auto& tap : state_->of_source[s])
    for (const ExactSpike& spike : spikes)
      state_->record(tap, state_->network.sources[s].name, spike.time, state_->grid.ms_of(spike.time), spike.cell, 1);
}

void Recorder::source_spikes(std::int64_t n, std::uint32_t s, std::span<const SourceSpike> cells) {
  for (const auto& tap : state_->of_source[s])
    for (const SourceSpike& spike : cells)
      state_->record(tap, state_->network.sources[s].name, {n, 0}, state_->network.ms_of(n), spike.cell, spike.count);
}

bool Recorder::wants_sources() const {
  return std::ranges::any_of(state_->of_source, [](const auto& taps) { return !taps.empty(); });
}

void Recorder::events(std::int64_t n, std::uint64_t deliveries) { state_->counts.add_events(n, deliveries); }

std::int64_t Recorder::next_sample(std::int64_t n) const {
  std::int64_t next = never;
  for (const CompiledProbe& probe : state_->network.probes) next = std::min(next, next_due(probe, n));
  return next;
}

void Recorder::sample(std::int64_t n, const StateReader& states, const SynapseReader& synapses, const SignalBank& signals) {
  if (n <= state_->last_sample) return;
  state_->last_sample = n;
  for (std::size_t i = 0; i < state_->network.probes.size(); ++i) {
    const CompiledProbe& probe = state_->network.probes[i];
    if (next_due(probe, n - 1) != n) continue;
    if (probe.kind == Probe::Kind::state) state_->sample_states(i, state_->network.ms_of(n), states);
    if (probe.kind == Probe::Kind::signal) state_->sample_signal(i, n, signals);
    if (probe.kind == Probe::Kind::weights && probe.of_readout) state_->sample_readout(i, n, signals);
    if (probe.kind == Probe::Kind::weights && !probe.of_readout) state_->sample_weights(i, {n, 0}, synapses);
    if (probe.kind == Probe::Kind::transmitted) state_->sample_transmissions(i, n);
  }
}

ExactTime Recorder::next_exact_sample(ExactTime t) const {
  ExactTime next{never, 0};
  for (const CompiledProbe& probe : state_->network.probes) {
    const auto at = std::upper_bound(probe.at_times.begin(), probe.at_times.end(), t);
    if (at != probe.at_times.end()) next = std::min(next, *at);
  }
  return next;
}

void Recorder::sample_exact(ExactTime t, const StateReader& states, const SynapseReader& synapses) {
  if (t <= state_->last_exact_sample) return;
  state_->last_exact_sample = t;
  for (std::size_t i = 0; i < state_->network.probes.size(); ++i) {
    const CompiledProbe& probe = state_->network.probes[i];
    if (!std::ranges::binary_search(probe.at_times, t)) continue;
    if (probe.kind == Probe::Kind::weights) state_->sample_weights(i, t, synapses);
    else state_->sample_states(i, state_->grid.ms_of(t), states);
  }
}

void Recorder::flush(std::int64_t, bool finished) {
  if (state_->finished) return;
  if (finished) finish_all(state_->tables);
  for (auto& table : state_->tables)
    if (table != nullptr && !finished) table->flush();
  if (state_->description != nullptr) finished ? state_->description->finish() : state_->description->flush();
  if (!finished) return;
  state_->finished = true;
  state_->lock.reset();
}

Recording Recorder::recording(ExactTime end) const {
  Recording recording = state_->memory;
  recording.files = state_->files;
  state_->counts.report(end, recording);
  return recording;
}

Hash128 Recorder::spike_hash() const { return state_->counts.hash(); }

void Recorder::save(ByteWriter& out) const {
  state_->counts.save(out);
  out.put(state_->last_sample);
  out.put(state_->last_exact_sample);
}

void Recorder::load(ByteReader& in) {
  state_->counts.load(in);
  state_->last_sample = in.get<std::int64_t>();
  state_->last_exact_sample = in.get<ExactTime>();
  state_->restart();
}

static double weights_of(const CompiledNetwork& network, const CompiledProbe& probe) {
  if (probe.of_pairing) return static_cast<double>(network.pairings[probe.index].synapses.size());
  if (!probe.of_readout) return static_cast<double>(network.projections[probe.index].rows->count());
  const CompiledSignal& readout = network.signals[probe.index];
  return static_cast<double>(readout.size) * network.signals[std::get<CompiledSignal::Readout>(readout.form).of].size;
}

/// In doubles, because rows times bytes of a run of years leave 64 bits.
std::uint64_t predict_recording_bytes(const CompiledNetwork& network, const OpenOptions& options) {
  constexpr double buffer = 0x1p18, page = 0x1p12, text_row = 24, most = 0x1p60;
  double bytes = static_cast<double>(network.neurons) * SpikeCounts::bytes_per_neuron;
  for (const CompiledProbe& probe : network.probes) {
    double cells = 0, samples = 0;
    for (const EndSegment& segment : probe.of) cells += segment.count;
    for (std::int64_t at = next_due(probe, -1); at <= network.duration_steps && probe.every_steps == 0; at = next_due(probe, at))
      ++samples;
    if (const auto last = std::min(probe.stop_step, network.duration_steps); probe.every_steps > 0 && last >= probe.start_step)
      samples = static_cast<double>((last - probe.start_step) / probe.every_steps + 1);
    double rows = 0, row = 0;  // and bytes of a row in memory
    switch (probe.kind) {
      case Probe::Kind::spikes:
        rows = std::floor(guessed_hz * cells * network.ms_of(network.duration_steps) / 1000);
        row = 12;
        break;
      case Probe::Kind::state:
        rows = samples * cells;
        row = static_cast<double>(probe.states.size() * sizeof(double));
        bytes += cells * (row + sizeof(double));  // while a sample is taken
        break;
      case Probe::Kind::signal:
        rows = samples * network.signals[probe.index].size;
        row = sizeof(double);
        break;
      case Probe::Kind::weights:
        rows = samples * weights_of(network, probe);
        row = 24 + probe.states.size() * sizeof(double);
        break;
      case Probe::Kind::transmitted: break;
    }
    if (options.keep_in_memory) bytes += rows * row;
    if (!probe.file.empty() && !options.output_folder.empty()) bytes += std::clamp(rows * (text_row + row), page, buffer);
  }
  return static_cast<std::uint64_t>(std::min(bytes, most));
}

}  // namespace spikeloom
