// Key names are those of docs/network-file.md, "Command and JSON".
#include "apps/summary.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <functional>

#include "apps/machine.hpp"
#include "apps/memory.hpp"
#include "apps/version.hpp"

namespace spikeloom {
namespace {

Report number_or_null(double value) { return std::isfinite(value) ? Report(value) : Report(nullptr); }

std::string number_text(const Report& value, int digits) {
  return value.is_null() ? "-" : fmt::format("{:.{}f}", value.get<double>(), digits);
}

/// One member for each of `items`, whose names differ. Looking each up first would take their number squared.
template <class Items, class Name, class Value>
Report by_name(const Items& items, const Name& name, const Value& value) {
  using Members = Report::object_t;
  Members members;
  for (const auto& item : items) members.Members::Container::emplace_back(std::invoke(name, item), value(item));
  return Report(std::move(members));
}

}  // namespace

Report rates_report(const Recording& recording) {
  return by_name(recording.populations, &PopulationCounts::population,
                 [](const PopulationCounts& counts) { return number_or_null(counts.rate_hz); });
}

Report cvs_report(const Recording& recording) {
  return by_name(recording.populations, &PopulationCounts::population,
                 [](const PopulationCounts& counts) { return number_or_null(counts.cv_isi); });
}

Report rate_sds_report(const Recording& recording) {
  return by_name(recording.populations, &PopulationCounts::population,
                 [](const PopulationCounts& counts) { return number_or_null(counts.rate_sd_hz); });
}

Report run_summary(const Session& session, std::string_view backend, int threads, const RunCosts& costs, bool stopped,
                   const std::vector<std::string>& files) {
  const CompiledNetwork& network = session.network();
  const Recording recording = session.recording();
  const std::uint64_t synapses = network.synapses(), peak = peak_bytes();
  Report report;
  report["spikeloom"] = SPIKELOOM_VERSION;
  report["backend"] = std::string(backend);
  report["threads"] = threads;
  report["precision"] = network.precision == Precision::single_ ? "single" : "double";
  report["seed"] = network.seed;
  report["step_ms"] = network.step_ms;
  report["biological_ms"] = network.ms_of(std::max<std::int64_t>(session.step() - network.warmup_steps, 0));
  report["warmup_ms"] = network.ms_of(network.warmup_steps);
  if (stopped) report["stopped_at_ms"] = network.ms_of(session.step());
  report["build_s"] = costs.build_s;
  report["warmup_s"] = costs.warmup_s;
  report["run_s"] = costs.run_s;
  report["cpu_s"] = costs.cpu_s;
  report["real_time_factor"] = costs.advanced_ms > 0 ? Report(costs.run_s / (costs.advanced_ms / 1000)) : Report(nullptr);
  report["neurons"] = network.neurons;
  report["synapses"] = synapses;
  report["spikes"] = recording.spikes;
  report["synaptic_events"] = recording.synaptic_events;
  report["sizes"] = by_name(network.populations, &CompiledPopulation::name,
                            [](const CompiledPopulation& population) { return Report(population.size); });
  report["rates_hz"] = rates_report(recording);
  report["cv_isi"] = cvs_report(recording);
  report["rate_sd_hz"] = rate_sds_report(recording);
  report["peak_bytes"] = peak;
  report["bytes_per_synapse"] =
      synapses > 0 ? Report(static_cast<double>(peak) / static_cast<double>(synapses)) : Report(nullptr);
  report["spike_hash"] = session.spike_hash().hex();
  report["state_hash"] = session.state_hash().hex();
  report["files"] = recording.files;
  for (const std::string& file : files)
    if (std::find(recording.files.begin(), recording.files.end(), file) == recording.files.end()) report["files"].push_back(file);
  report["warnings"] = network.warnings;
  return report;
}

std::string summary_text(const Report& s, const std::string& title) {
  std::string text = fmt::format("{}: {} neurons, {} synapses, {:g} ms\n\n", title, s["neurons"].get<std::uint64_t>(),
                                 s["synapses"].get<std::uint64_t>(), s["biological_ms"].get<double>());
  std::size_t width = 10;
  for (const auto& [name, rate] : s["rates_hz"].items()) width = std::max(width, name.size());
  text += fmt::format("  {:<{}}  {:>10}  {:>7}\n", "population", width, "rate (Hz)", "CV ISI");
  for (const auto& [name, rate] : s["rates_hz"].items())
    text += fmt::format("  {:<{}}  {:>10}  {:>7}\n", name, width, number_text(rate, 3), number_text(s["cv_isi"][name], 3));
  text += fmt::format("\n  {} spikes, {} synaptic events\n", s["spikes"].get<std::uint64_t>(),
                      s["synaptic_events"].get<std::uint64_t>());
  text += fmt::format("  build {:.2f} s, run {:.2f} s ({} x real time), {:.2f} CPU s, {} threads, {} backend, {}\n",
                      s["build_s"].get<double>(), s["run_s"].get<double>(), number_text(s["real_time_factor"], 3),
                      s["cpu_s"].get<double>(), s["threads"].get<int>(), s["backend"].get<std::string>(),
                      s["precision"].get<std::string>());
  text += fmt::format("  peak memory {}", bytes_text(s["peak_bytes"].get<std::uint64_t>()));
  if (!s["bytes_per_synapse"].is_null()) text += fmt::format(" ({:.1f} bytes per synapse)", s["bytes_per_synapse"].get<double>());
  text +=
      fmt::format("\n  spike hash {}\n  state hash {}\n", s["spike_hash"].get<std::string>(), s["state_hash"].get<std::string>());
  if (s.contains("stopped_at_ms")) text += fmt::format("  stopped at {:g} ms\n", s["stopped_at_ms"].get<double>());
  for (const auto& file : s["files"]) text += fmt::format("  wrote {}\n", file.get<std::string>());
  for (const auto& warning : s["warnings"]) text += fmt::format("  warning: {}\n", warning.get<std::string>());
  return text;
}

}  // namespace spikeloom
