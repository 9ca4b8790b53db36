// Runs the example networks by name as benchmarks; each checks its firing rates before it reports a number.
#include <benchmark/benchmark.h>

#include <chrono>
#include <map>
#include <string>
#include <vector>

#include "apps/machine.hpp"
#include "backends/cpu/cpu.hpp"
#include "core/network_json.hpp"
#include "models/models.hpp"

namespace {

using namespace spikeloom;

struct Workload {
  std::string name, file;
  double warmup_ms, duration_ms;  ///< timed: from warm-up to duration
  Settings settings;
  std::map<std::string, std::pair<double, double>> rates_hz;  ///< allowed range by population, over the timed part
};

// Ranges hold for the short times here; the tests in tests/examples are stricter, over longer ones.
const std::vector<Workload> workloads = {
    {"microcircuit",
     "microcircuit/microcircuit.json",
     100,
     1100,
     {},
     {{"L23E", {0.7, 1.1}},
      {"L23I", {2.5, 3.4}},
      {"L4E", {3.9, 4.9}},
      {"L4I", {5.3, 6.4}},
      {"L5E", {6.4, 8.8}},
      {"L5I", {7.8, 9.5}},
      {"L6E", {0.9, 1.3}},
      {"L6I", {7.2, 8.5}}}},
    {"microcircuit_dc",
     "microcircuit/microcircuit_dc.json",
     100,
     1100,
     {},
     {{"L23E", {0.7, 1.1}},
      {"L23I", {2.5, 3.4}},
      {"L4E", {3.8, 4.7}},
      {"L4I", {5.2, 6.3}},
      {"L5E", {6.8, 9.3}},
      {"L5I", {7.6, 9.4}},
      {"L6E", {0.9, 1.3}},
      {"L6I", {7.0, 8.3}}}},
    {"microcircuit_tenth",
     "microcircuit/microcircuit.json",
     100,
     1100,
     {{"parameters.scale", "0.1"}},
     {{"L23E", {0.3, 0.8}}, {"L4E", {3.2, 4.8}}, {"L5E", {4.5, 8.5}}, {"L6I", {6.0, 8.0}}}},
    {"brunel", "balanced/brunel.json", 100, 1100, {}, {{"E", {35.5, 39.3}}}},
    {"brunel_alpha", "balanced/brunel_alpha.json", 100, 400, {}, {{"E", {27.9, 29.6}}, {"I", {27.9, 29.7}}}},
    {"coba", "balanced/coba.json", 0, 10000, {}, {{"E", {15.5, 20.0}}, {"I", {16.0, 18.5}}}},
    {"izhikevich_2003", "izhikevich_2003/izhikevich_2003.json", 0, 2000, {}, {{"E", {6.7, 8.0}}, {"I", {6.0, 7.8}}}},
    {"izhikevich_100k", "izhikevich_100k/izhikevich_100k.json", 0, 1000, {}, {{"E", {4.6, 5.5}}, {"I", {16.2, 19.1}}}},
};

/// What is wrong with the rates, or "".
std::string fault(const Workload& workload, const Recording& recording) {
  for (const PopulationCounts& counts : recording.populations) {
    const auto range = workload.rates_hz.find(counts.population);
    if (range == workload.rates_hz.end()) continue;
    const auto [low, high] = range->second;
    if (!(counts.rate_hz >= low && counts.rate_hz <= high))
      return counts.population + " fires at " + std::to_string(counts.rate_hz) + " Hz";
  }
  return "";
}

void run(benchmark::State& state, const Workload& workload) {
  const ModelSet models = builtin_models();
  Settings settings = workload.settings;
  settings.emplace_back("run.warmup_ms", std::to_string(workload.warmup_ms));
  settings.emplace_back("run.duration_ms", std::to_string(workload.duration_ms));
  const int threads = static_cast<int>(state.range(0));
  for (auto _ : state) {
    state.PauseTiming();
    const auto begin = std::chrono::steady_clock::now();
    const auto network =
        compile(read_network(std::string(SPIKELOOM_SOURCE_DIR) + "/examples/" + workload.file, settings), models);
    const auto session = cpu_backend()->open(network, {.threads = threads, .models = &models});
    session->advance_to(network->warmup_steps > 0 ? 1 : 0);
    const std::chrono::duration<double> build = std::chrono::steady_clock::now() - begin;
    session->advance_to(network->warmup_steps);
    const double cpu_before = cpu_seconds();
    state.ResumeTiming();
    const auto start = std::chrono::steady_clock::now();
    session->advance_to(network->duration_steps);
    const std::chrono::duration<double> wall = std::chrono::steady_clock::now() - start;
    state.PauseTiming();

    const Recording recording = session->recording();
    if (const std::string text = fault(workload, recording); !text.empty()) {
      state.SkipWithError(text.c_str());
      return;
    }
    const double steps = static_cast<double>(network->duration_steps - network->warmup_steps);
    const double biological_s = (workload.duration_ms - workload.warmup_ms) / 1000;
    const double events = static_cast<double>(recording.synaptic_events);
    state.counters["RTF"] = wall.count() / biological_s;
    state.counters["build_s"] = build.count();
    state.counters["cpu_s"] = cpu_seconds() - cpu_before;
    state.counters["events/bio_s"] = events / biological_s;
    state.counters["ns/event"] = events > 0 ? wall.count() * 1e9 / events : 0;
    state.counters["ns/neuron_step"] = wall.count() * 1e9 / (steps * network->neurons);
    state.counters["B/synapse"] = static_cast<double>(resident_bytes()) / static_cast<double>(network->synapses());
    state.ResumeTiming();
  }
}

}  // namespace

// usage: workloads [Google Benchmark options], for example --benchmark_filter=coba --benchmark_repetitions=5
int main(int argc, char** argv) {
  for (const Workload& workload : workloads)
    for (const int threads : {1, 2})
      benchmark::RegisterBenchmark((workload.name + "/threads").c_str(),
                                   [&workload](benchmark::State& state) { run(state, workload); })
          ->Arg(threads)
          ->Unit(benchmark::kMillisecond)
          ->Iterations(1)
          ->UseRealTime();
  benchmark::Initialize(&argc, argv);
  if (benchmark::ReportUnrecognizedArguments(argc, argv)) return 2;
  benchmark::RunSpecifiedBenchmarks();
  return 0;
}
