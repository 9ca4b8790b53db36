// Runs one network in every way and says where the first number differs.
#include "tests/backends/contract.hpp"

#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <atomic>
#include <bit>
#include <filesystem>

#include "backends/cpu/cpu.hpp"
#include "backends/reference/reference.hpp"
#include "core/network_json.hpp"
#include "models/models.hpp"

namespace spikeloom::testing {
namespace {

bool same_bits(double a, double b) { return std::bit_cast<std::uint64_t>(a) == std::bit_cast<std::uint64_t>(b); }

bool same_row(const std::pair<double, std::vector<double>>& a, const std::pair<double, std::vector<double>>& b) {
  return same_bits(a.first, b.first) && std::equal(a.second.begin(), a.second.end(), b.second.begin(), b.second.end(), same_bits);
}

std::string row_text(const Stream& stream, std::size_t row) {
  if (row >= stream.rows.size()) return "no row";
  std::string text = fmt::format("{} ms:", stream.rows[row].first);
  for (const double value : stream.rows[row].second) text += fmt::format(" {}", value);
  return text.size() > 400 ? text.substr(0, 400) + " ..." : text;
}

std::string difference(const Stream& reference, const Stream& other, double from_ms) {
  if (reference.name != other.name) return fmt::format("{} in the place of {}", other.name, reference.name);
  std::size_t skip = 0;
  if (from_ms >= 0 && reference.rows.size() >= other.rows.size()) {
    skip = reference.rows.size() - other.rows.size();
    if (skip > 0 && reference.rows[skip - 1].first > from_ms)
      return fmt::format("{}: {} of {} rows, {} is lost", other.name, other.rows.size(), reference.rows.size(),
                         row_text(reference, skip - 1));
  }
  for (std::size_t i = 0; i < std::max(reference.rows.size() - skip, other.rows.size()); ++i)
    if (skip + i >= reference.rows.size() || i >= other.rows.size() || !same_row(reference.rows[skip + i], other.rows[i]))
      return fmt::format("{} row {}: {}, the reference has {}", other.name, i, row_text(other, i), row_text(reference, skip + i));
  return "";
}

/// The first state that differs, of the two runs made anew step by step.
std::string first_different_state(const Contract& contract, const std::function<std::unique_ptr<Session>()>& other) {
  const auto a = open(*reference_backend(), contract.network, 1), b = other();
  Driver drive_a(*a, contract.actions), drive_b(*b, contract.actions);
  for (std::int64_t step = 0; step <= contract.network->duration_steps; ++step) {
    drive_a.to(step);
    drive_b.to(step);
    for (const auto& population : contract.network->populations)
      for (const auto& quantity : population.model.table->states) {
        const auto x = a->state(population.name, quantity.name), y = b->state(population.name, quantity.name);
        for (std::size_t i = 0; i < x.size(); ++i)
          if (!same_bits(x[i], y[i]))
            return fmt::format("; {} of {} cell {} after step {} is {}, the reference has {}", quantity.name, population.name, i,
                               step, y[i], x[i]);
      }
  }
  return "; step by step they are equal";
}

}  // namespace

std::ostream& operator<<(std::ostream& out, const Hashes& h) {
  return out << h.spikes << " " << h.states << " (" << h.count << " spikes, " << h.events << " events)";
}

Hashes hashes_of(const Session& session) {
  const Recording recording = session.recording();
  return {session.spike_hash().hex(), session.state_hash().hex(), recording.synaptic_events, recording.spikes};
}

Outcome outcome_of(const Session& session) {
  Outcome outcome;
  outcome.hashes = hashes_of(session);
  outcome.step = session.step();
  const Recording recording = session.recording();
  for (const auto& train : recording.spike_trains) {
    auto& stream = outcome.streams.emplace_back(Stream{"spikes of " + train.population, {}});
    for (std::size_t i = 0; i < train.neuron.size(); ++i)
      stream.rows.push_back({train.time_ms[i], {static_cast<double>(train.neuron[i])}});
  }
  for (const auto& trace : recording.state_traces)
    for (std::size_t s = 0; s < trace.states.size(); ++s) {
      auto& stream = outcome.streams.emplace_back(Stream{trace.states[s] + " of " + trace.population, {}});
      const auto width = static_cast<std::ptrdiff_t>(trace.neuron.size());
      for (std::size_t i = 0; i < trace.time_ms.size(); ++i) {
        const auto row = trace.values[s].begin() + static_cast<std::ptrdiff_t>(i) * width;
        stream.rows.push_back({trace.time_ms[i], {row, row + width}});
      }
    }
  for (const auto& trace : recording.signals) {
    auto& stream = outcome.streams.emplace_back(Stream{"signal " + trace.signal, {}});
    for (std::size_t i = 0; i < trace.time_ms.size(); ++i) {
      const auto row = trace.value.begin() + static_cast<std::ptrdiff_t>(i * trace.channels);
      stream.rows.push_back({trace.time_ms[i], {row, row + trace.channels}});
    }
  }
  std::map<std::string, Stream> weights;
  for (const auto& snapshot : recording.weights) {
    Stream& stream = weights[snapshot.projection];
    stream.name = "weights of " + snapshot.projection;
    for (std::size_t i = 0; i < snapshot.weight.size(); ++i)
      stream.rows.push_back({snapshot.time_ms,
                             {static_cast<double>(snapshot.source[i]), static_cast<double>(snapshot.target[i]),
                              static_cast<double>(snapshot.synapse[i]), snapshot.weight[i]}});
  }
  for (auto& [name, stream] : weights) outcome.streams.push_back(std::move(stream));
  return outcome;
}

std::string difference(const Outcome& reference, const Outcome& other, double from_ms) {
  if (reference.error != other.error)
    return fmt::format("ended with \"{}\", the reference with \"{}\"", other.error, reference.error);
  if (reference.step != other.step) return fmt::format("ended at step {}, the reference at {}", other.step, reference.step);
  if (reference.hashes.spikes != other.hashes.spikes) return "other spikes";
  if (reference.hashes.states != other.hashes.states) return "other states";
  if (!(reference.hashes == other.hashes))
    return fmt::format("{} spikes and {} events, the reference has {} and {}", other.hashes.count, other.hashes.events,
                       reference.hashes.count, reference.hashes.events);
  if (from_ms < 0 && reference.streams.size() != other.streams.size()) return "another number of recorded streams";
  std::size_t at = 0;
  for (const auto& stream : other.streams) {
    while (from_ms >= 0 && at < reference.streams.size() && reference.streams[at].name != stream.name) ++at;
    if (at == reference.streams.size()) return stream.name + " is not in the reference";
    if (auto text = difference(reference.streams[at++], stream, from_ms); !text.empty()) return text;
  }
  return "";
}

TemporaryFile::TemporaryFile() {
  static std::atomic<int> count{0};
  path_ = (std::filesystem::temp_directory_path() / fmt::format("spikeloom_contract_{}_{}", getpid(), count++)).string();
}
TemporaryFile::~TemporaryFile() {
  std::error_code ignored;
  std::filesystem::remove(path_, ignored);
  std::filesystem::remove(path_ + "_prev", ignored);
}

std::unique_ptr<Session> open(const Backend& backend, std::shared_ptr<const CompiledNetwork> network, int threads,
                              const std::string& isa) {
  OpenOptions options;
  options.threads = threads;
  options.isa = isa;
  return backend.open(std::move(network), options);
}

std::shared_ptr<const CompiledNetwork> compiled(const Network& network) { return compile(network, builtin_models()); }

std::shared_ptr<const CompiledNetwork> network_of(const std::string& text) {
  return compiled(network_from_json(parse_json(text, "test.json")));
}

Network in_single(Network network) {
  network.run.precision = Precision::single_;
  return network;
}

void Driver::to(std::int64_t step, const std::vector<std::int64_t>& stops) {
  std::vector<std::int64_t> all = stops;
  for (const auto& [at, action] : actions_) all.push_back(at);
  all.push_back(step);
  std::ranges::sort(all);
  for (const std::int64_t at : all) {
    if (at < session_.step() || at > step) continue;
    session_.advance_to(at);
    if (const auto action = actions_.find(at); action != actions_.end() && at > done_) action->second(session_);
    done_ = std::max(done_, at);
  }
}

Outcome Driver::finish(const std::vector<std::int64_t>& stops) {
  std::string error;
  try {
    to(session_.network().duration_steps, stops);
  } catch (const Error& e) { error = e.what(); }
  Outcome outcome = outcome_of(session_);
  outcome.error = error;
  return outcome;
}

std::vector<std::int64_t> every_step(std::int64_t last) {
  std::vector<std::int64_t> steps;
  for (std::int64_t n = 0; n <= last; ++n) steps.push_back(n);
  return steps;
}

namespace {

std::string broken_by_checkpoints(const Contract& contract, const Outcome& expected) {
  const auto cpu = cpu_backend(), reference = reference_backend();
  const TemporaryFile file;
  // One session of each backend walks through the steps and saves at each in turn; another goes on from there.
  const auto cpu_walk = open(*cpu, contract.network, 3), reference_walk = open(*reference, contract.network, 1);
  Driver drive_cpu(*cpu_walk, contract.actions), drive_reference(*reference_walk, contract.actions);
  int turn = 0;
  for (const std::int64_t step : contract.checkpoints) {
    if (!expected.error.empty() && step >= expected.step) break;  // the walk would end here as well
    drive_cpu.to(step);
    drive_reference.to(step);
    const bool from_cpu = turn % 2 == 0, to_cpu = turn % 4 < 3;
    const int threads = 1 + turn++ % 3;
    (from_cpu ? *cpu_walk : *reference_walk).save(file.path());
    const auto next = open(to_cpu ? *cpu : *reference, contract.network, threads);
    next->load(file.path());
    std::string text;
    if (next->step() != step) text = fmt::format("stands at step {}", next->step());
    else text = difference(expected, Driver(*next, contract.actions, step).finish(), contract.network->ms_of(step));
    if (!text.empty())
      return fmt::format("saved by {} at step {}, continued by {} ({} threads): {}", from_cpu ? "cpu" : "reference", step,
                         to_cpu ? "cpu" : "reference", threads, text);
  }
  return "";
}

}  // namespace

std::string broken(const Contract& contract, Outcome* expected_out) {
  const auto cpu = cpu_backend(), reference = reference_backend();
  const auto session = open(*reference, contract.network, 1);
  const Outcome expected = Driver(*session, contract.actions).finish();
  if (expected_out != nullptr) *expected_out = expected;
  const auto check = [&](const std::string& how, const Backend& backend, int threads, const std::string& isa,
                         const std::vector<std::int64_t>& stops) -> std::string {
    const auto make = [&] { return open(backend, contract.network, threads, isa); };
    const auto made = make();
    const auto text = difference(expected, Driver(*made, contract.actions).finish(stops));
    return text.empty() ? "" : how + ": " + text + (expected.error.empty() ? first_different_state(contract, make) : "");
  };
  for (const auto& isa : contract.isas)
    for (const int threads : contract.threads)
      if (auto text = check(fmt::format("{} threads {}", threads, isa), *cpu, threads, isa, {}); !text.empty()) return text;
  if (!contract.stops.empty()) {
    if (auto text = check("reference, split", *reference, 1, "", contract.stops); !text.empty()) return text;
    if (auto text = check("2 threads, split", *cpu, 2, "", contract.stops); !text.empty()) return text;
  }
  return broken_by_checkpoints(contract, expected);
}

}  // namespace spikeloom::testing
