// Prints what this machine can do at best, for everything that a simulation asks of it.
#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <cstdio>
#include <fstream>
#include <iterator>
#include <nlohmann/json.hpp>

#include "apps/machine.hpp"
#include "backends/cpu/kernels.hpp"
#include "bench/limits/limit.hpp"

namespace {

using namespace spikeloom::limits;
using nlohmann::ordered_json;

const Loops& choose(std::string isa) {
  const auto names = spikeloom::cpu::runnable_isas();
  if (names.empty()) throw std::runtime_error("this machine is older than x86-64-v2");
  if (isa.empty()) isa = names.back();
  for (const auto name : names)
    if (name == isa) return isa == "v4" ? loops_v4() : isa == "v3" ? loops_v3() : loops_v2();
  throw std::runtime_error("this machine does not run " + isa);
}

const char* unit_name(Unit unit) {
  switch (unit) {
    case Unit::gigabytes_per_s: return "GB/s";
    case Unit::millions_per_s: return "M/s";
    case Unit::ns_each: return "ns";
  }
  return "";
}

double in_unit(const Limit& limit, double per_second) {
  switch (limit.unit) {
    case Unit::gigabytes_per_s: return per_second * limit.bytes_each * 1e-9;
    case Unit::millions_per_s: return per_second * 1e-6;
    case Unit::ns_each: return 1e9 / per_second;
  }
  return 0;
}

double load_average() {
  double load = 0;
  std::ifstream("/proc/loadavg") >> load;
  return load;
}

std::string processor() {
  std::ifstream in("/proc/cpuinfo");
  for (std::string line; std::getline(in, line);)
    if (line.starts_with("model name")) return line.substr(line.find(':') + 2);
  return "unknown";
}

ordered_json to_json(const std::vector<Limit>& limits) {
  ordered_json list = ordered_json::array();
  for (const Limit& limit : limits) {
    ordered_json entry = {{"name", limit.name}, {"detail", limit.detail}, {"unit", unit_name(limit.unit)}};
    for (const Speed& speed : limit.speeds)
      entry["threads"][std::to_string(speed.threads)] = {{"best", in_unit(limit, speed.best)},
                                                         {"median", in_unit(limit, speed.median)},
                                                         {"worst", in_unit(limit, speed.worst)},
                                                         {"by_cpu_clock", in_unit(limit, speed.by_cpu)}};
    list.push_back(entry);
  }
  return list;
}

std::string cell(const Limit& limit, std::size_t k) {
  if (k >= limit.speeds.size()) return fmt::format("{:>28}", "");
  const Speed& s = limit.speeds[k];
  return fmt::format("{:>8.4g} {:>8.4g} {:>10.4g}", in_unit(limit, s.best), in_unit(limit, s.median), in_unit(limit, s.by_cpu));
}

void print_table(const std::vector<Limit>& limits, int threads) {
  std::string head = fmt::format("{:<38} {:<38} {:<5}", "limit", "of", "unit");
  for (int n = 1; n <= threads; ++n) head += fmt::format(" | {} thread{}: best median by CPU", n, n > 1 ? "s" : "");
  std::puts(head.c_str());
  for (const Limit& limit : limits) {
    std::string line = fmt::format("{:<38} {:<38} {:<5}", limit.name, limit.detail, unit_name(limit.unit));
    for (int n = 0; n < threads; ++n) line += " | " + cell(limit, static_cast<std::size_t>(n));
    std::puts(line.c_str());
  }
}

struct Options {
  Sizes sizes;
  std::string isa;
  std::uint64_t mib = 1024;
  int threads = 2;
  bool json = false;
};

int run(Options& options) {
  options.sizes.large_bytes = options.mib << 20;
  options.sizes.synapse_bytes = options.sizes.large_bytes / 4;
  options.sizes.least_operations = std::min<std::uint64_t>(std::uint64_t{1} << 24, options.sizes.large_bytes / 64);
  const double load = load_average();
  if (load > 0.3)
    std::fprintf(stderr, "limits: load average %.2f: other processes make these figures worse than the machine is\n", load);
  const Loops& loops = choose(options.isa);
  std::vector<Limit> limits = memory_limits(loops, options.sizes, options.threads);
  for (Limit& limit : delivery_limits(loops, options.sizes, options.threads)) limits.push_back(std::move(limit));
  for (Limit& limit : neuron_limits(loops, options.sizes, options.threads)) limits.push_back(std::move(limit));
  if (options.json) {
    const ordered_json report = {{"processor", processor()},
                                 {"hardware_threads", spikeloom::hardware_threads()},
                                 {"isa", loops.isa},
                                 {"load_average", load},
                                 {"limits", to_json(limits)}};
    std::puts(report.dump(2).c_str());
  } else {
    fmt::print("{}, {} hardware threads, x86-64-{}, load average {:.2f} at the start\n\n", processor(),
               spikeloom::hardware_threads(), loops.isa, load);
    print_table(limits, options.threads);
  }
  return 0;
}

}  // namespace

int main(int argc, char** argv) {
  CLI::App app(
      "Measures what this machine can do: memory, delivery of spikes and steps of neurons in bare loops. Every result is\n"
      "checked; a wrong one makes the program fail. \"best\" is the least disturbed repeat; \"by CPU\" counts CPU seconds\n"
      "and so leaves out what other processes took.");
  Options options;
  app.add_flag("--json", options.json, "One JSON object on standard output");
  app.add_option("--threads", options.threads, "Most threads")->check(CLI::Range(1, 256))->capture_default_str();
  app.add_option("--isa", options.isa, "Instruction set of the loops: v2, v3 or v4 (default: the best that runs)");
  app.add_option("--size-mib", options.mib, "Memory of the largest measurement, a power of two; others follow")
      ->check(CLI::Range(1, 1 << 20))
      ->capture_default_str();
  app.add_option("--repeats", options.sizes.repeats, "Runs of each measurement")
      ->check(CLI::Range(1, 1000))
      ->capture_default_str();
  CLI11_PARSE(app, argc, argv);
  try {
    if ((options.mib & (options.mib - 1)) != 0) throw std::runtime_error("--size-mib must be a power of two");
    return run(options);
  } catch (const std::exception& error) {
    std::fprintf(stderr, "limits: %s\n", error.what());
    return 1;
  }
}
