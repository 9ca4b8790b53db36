// Times the performance workloads; each checks its answer first, and a wrong one makes the program fail.
#include <benchmark/benchmark.h>

#include <CLI/CLI.hpp>
#include <cstdio>
#include <string>
#include <vector>

#include "bench/measure.hpp"

namespace {

using namespace spikeloom::bench;

void report(benchmark::State& state, const Figures& figures) {
  const auto per = [](double a, double b) { return b > 0 ? a / b : 0; };
  const double events = static_cast<double>(figures.events), biological_s = figures.biological_s;
  const double peak = static_cast<double>(figures.peak_bytes);
  auto& counters = state.counters;
  counters["RTF"] = per(figures.wall_s, biological_s);
  counters["cpu_s/bio_s"] = per(figures.cpu_s, biological_s);
  counters["build_s"] = figures.build_s;
  counters["spikes/bio_s"] = per(static_cast<double>(figures.spikes), biological_s);
  counters["events/bio_s"] = per(events, biological_s);
  counters["events/s"] = per(events, figures.wall_s);
  counters["ns/event"] = per(figures.wall_s * 1e9, events);
  counters["ns/neuron_step"] = per(figures.wall_s * 1e9, figures.neuron_steps);
  counters["peak_MiB"] = peak / 1048576;
  counters["B/synapse"] = per(peak, static_cast<double>(figures.synapses));
}

/// Runs what the options select; returns the exit code.
int run(const std::vector<Workload>& workloads, const std::string& isa) {
  int failures = 0;
  for (const Workload& workload : workloads)
    for (const int threads : {1, 2})
      benchmark::RegisterBenchmark((workload.name + "/threads").c_str(),
                                   [&workload, &isa, &failures](benchmark::State& state) {
                                     for (auto _ : state) try {
                                         const Figures figures = measure(workload, {static_cast<int>(state.range(0)), isa});
                                         state.SetIterationTime(figures.wall_s);
                                         report(state, figures);
                                       } catch (const std::exception& error) {
                                         ++failures;
                                         state.SkipWithError(error.what());
                                         break;
                                       }
                                   })
          ->Arg(threads)
          ->Unit(benchmark::kMillisecond)
          ->Iterations(1)
          ->UseManualTime();
  if (benchmark::RunSpecifiedBenchmarks() == 0) return 2;
  if (failures > 0) std::fprintf(stderr, "workloads: %d benchmarks failed\n", failures);
  return failures > 0 ? 1 : 0;
}

}  // namespace

int main(int argc, char** argv) {
  CLI::App app(
      "Times the performance workloads with 1 and 2 threads, each in a process of its own, after a check of its answer.\n"
      "Other options are those of Google Benchmark, such as --benchmark_filter=coba, --benchmark_repetitions=5,\n"
      "--benchmark_enable_random_interleaving=true, --benchmark_list_tests=true and --benchmark_format=json.");
  std::string list = std::string(SPIKELOOM_SOURCE_DIR) + "/bench/workloads.json", isa;
  app.add_option("--list", list, "The workloads and their answers")->capture_default_str();
  app.add_option("--isa", isa, "Instruction set of the kernels: v2, v3 or v4 (default: the best that runs)");
  app.allow_extras();
  CLI11_PARSE(app, argc, argv);
  std::vector<std::string> rest = app.remaining();
  std::vector<char*> arguments = {argv[0]};
  for (std::string& text : rest) arguments.push_back(text.data());
  int count = static_cast<int>(arguments.size());
  arguments.push_back(nullptr);
  benchmark::Initialize(&count, arguments.data());
  if (benchmark::ReportUnrecognizedArguments(count, arguments.data())) return 2;
  try {
    return run(read_workloads(list), isa);
  } catch (const std::exception& error) {
    std::fprintf(stderr, "workloads: %s\n", error.what());
    return 2;
  }
}
