// `spikeloom compare`: two output folders, or one network run by several backends or at several steps.
#include <fmt/format.h>

#include <algorithm>
#include <optional>

#include "analysis/distances.hpp"
#include "analysis/svg.hpp"
#include "apps/backends.hpp"
#include "apps/difference.hpp"
#include "apps/loading.hpp"
#include "apps/memory.hpp"
#include "apps/options.hpp"
#include "apps/output.hpp"
#include "apps/recorded_run.hpp"
#include "apps/step_plot.hpp"
#include "apps/summary.hpp"
#include "core/atomic_file.hpp"

namespace spikeloom {
namespace {

/// Time constant of the van Rossum distance.
constexpr double distance_tau_ms = 10;
/// The step of a run from event to event.
constexpr const char* exact_step = "exact";

std::vector<std::string> list_of(const std::string& text) {
  std::vector<std::string> items;
  for (std::size_t at = 0; at <= text.size();) {
    const std::size_t end = std::min(text.find(',', at), text.size());
    items.push_back(text.substr(at, end - at));
    at = end + 1;
  }
  if (items.size() < 2 || std::find(items.begin(), items.end(), "") != items.end())
    throw Error("syntax", {}, "a comparison needs a list of at least two, separated by commas").with_value(text);
  return items;
}

const SpikeTrain* train_of(const RecordedRun& run, const std::string& population) {
  for (const auto& train : run.spikes)
    if (train.population == population) return &train;
  return nullptr;
}

Report entry(const Report& object, const std::string& key) { return object.contains(key) ? object[key] : Report(nullptr); }

Report difference_of(const Report& a, const Report& b) {
  return a.is_number() && b.is_number() ? Report(b.get<double>() - a.get<double>()) : Report(nullptr);
}

/// The trains of one population in both runs, where both recorded it and agree on its size.
std::optional<std::pair<Trains, Trains>> paired_trains(const RecordedRun& a, const RecordedRun& b,
                                                       const std::string& population) {
  const SpikeTrain *x = train_of(a, population), *y = train_of(b, population);
  const auto size_a = a.cells.find(population), size_b = b.cells.find(population);
  if ((x == nullptr && y == nullptr) || size_a == a.cells.end() || size_b == b.cells.end() || size_a->second != size_b->second)
    return std::nullopt;
  const SpikeTrain none;
  return std::pair{trains_of(x != nullptr ? *x : none, size_a->second), trains_of(y != nullptr ? *y : none, size_b->second)};
}

Report or_null(const std::optional<double>& value) { return value ? Report(*value) : Report(nullptr); }

/// Per population: rate and CV of b minus those of a, how far their trains are apart, and by how much first spikes differ.
Report distances(const RecordedRun& a, const RecordedRun& b) {
  Report report = Report::object();
  for (const auto& [population, rate] : a.summary["rates_hz"].items()) {
    if (!b.summary["rates_hz"].contains(population)) continue;
    const auto trains = paired_trains(a, b, population);
    report[population] = {
        {"rate_hz", difference_of(rate, b.summary["rates_hz"][population])},
        {"cv_isi", difference_of(entry(a.summary["cv_isi"], population), entry(b.summary["cv_isi"], population))},
        {"van_rossum", trains ? Report(mean_van_rossum(trains->first, trains->second, distance_tau_ms)) : Report(nullptr)},
        {"first_spike_ms", trains ? or_null(mean_first_spike_shift(trains->first, trains->second)) : Report(nullptr)}};
  }
  return report;
}

/// Per population: when its first spike is, the mean of its cells' first spikes, and how many cells that is.
Report first_spikes(const RecordedRun& run) {
  Report report = Report::object();
  for (const auto& [population, cells] : run.cells) {
    const SpikeTrain* train = train_of(run, population);
    std::vector<double> first;
    if (train != nullptr)
      for (const auto& time : first_spikes_ms(trains_of(*train, cells)))
        if (time) first.push_back(*time);
    report[population] = {
        {"earliest_ms", first.empty() ? Report(nullptr) : Report(*std::min_element(first.begin(), first.end()))},
        {"mean_ms", first.empty() ? Report(nullptr) : Report(mean(first))},
        {"cells", first.size()}};
  }
  return report;
}

bool same_hashes(const RecordedRun& a, const RecordedRun& b) {
  return a.summary["spike_hash"] == b.summary["spike_hash"] && a.summary["state_hash"] == b.summary["state_hash"];
}

Report difference(const RecordedRun& a, const RecordedRun& b) {
  Report found = first_spike_difference(a.spikes, b.spikes);
  if (found.is_null() && !same_hashes(a, b))
    found = {{"kind", a.summary["spike_hash"] == b.summary["spike_hash"] ? "state_hash" : "spike_hash"}};
  if (!found.is_null()) found["between"] = Report::array({a.name, b.name});
  return found;
}

/// All populations from event to event, or all stepped. A scheme is about steps.
void set_update(Network& network, bool exact) {
  Graph& graph = network.graph();
  for (auto [v, end] = boost::vertices(graph); v != end; ++v)
    if (auto* population = std::get_if<Population>(&graph[*v].what)) {
      population->update = exact ? "exact" : "stepped";
      if (exact) population->scheme.clear();
    }
}

/// Run one variant in memory.
RecordedRun play(const Options& options, const std::string& name, bool step) {
  Network network = load_network(options);
  if (step) set_update(network, name == exact_step);
  network.probes.clear();
  const auto plain = compile_network(network, options);
  for (const auto& population : plain->populations) network.probe_spikes(population.name);
  const auto compiled = compile_network(network, options);
  const auto backend = make_backend(compiled->backend);
  require_support(*backend, *compiled);
  OpenOptions open = open_options(*compiled, options);
  open.keep_in_memory = true;
  require_memory(plan_memory(*backend, *compiled, open));
  const auto session = backend->open(compiled, open);
  session->advance_to(compiled->duration_steps);
  Recording recording = session->recording();
  RecordedRun run;
  run.name = name;
  run.summary = {{"rates_hz", rates_report(recording)},
                 {"cv_isi", cvs_report(recording)},
                 {"spike_hash", session->spike_hash().hex()},
                 {"state_hash", session->state_hash().hex()},
                 {"warnings", compiled->warnings}};
  run.spikes = std::move(recording.spike_trains);
  for (const auto& population : compiled->populations) run.cells[population.name] = population.size;
  return run;
}

std::vector<RecordedRun> play_variants(const Options& options) {
  std::vector<RecordedRun> runs;
  for (const std::string& item : list_of(options.backends.empty() ? options.steps : options.backends)) {
    Options one = options;
    const bool step = options.backends.empty();
    if (!step) one.backend = item;
    else if (item != exact_step) one.set.push_back("run.step_ms=" + item);
    runs.push_back(play(one, item, step));
  }
  return runs;
}

std::string measured(const Report& value) { return value.is_null() ? "-" : fmt::format("{:.6g}", value.get<double>()); }

std::string pair_text(const RecordedRun& a, const RecordedRun& b) {
  std::string text = fmt::format("{}  against  {}\n  {:<16} {:>10} {:>10} {:>8} {:>8} {:>11}\n", b.name, a.name, "population",
                                 "rate (Hz)", "of other", "CV", "of other", "van Rossum");
  const Report measures = distances(a, b);
  for (const auto& [population, d] : measures.items())
    text += fmt::format("  {:<16} {:>10} {:>10} {:>8} {:>8} {:>11}\n", population, measured(b.summary["rates_hz"][population]),
                        measured(a.summary["rates_hz"][population]), measured(entry(b.summary["cv_isi"], population)),
                        measured(entry(a.summary["cv_isi"], population)), measured(d["van_rossum"]));
  return text;
}

/// What the step does: one column per step, a few rows per population.
std::string steps_text(const std::vector<RecordedRun>& runs, const Report& report) {
  std::string text = fmt::format("{:<16} {:<28}", "step (ms)", "");
  for (const RecordedRun& run : runs) text += fmt::format(" {:>11}", run.name);
  for (const auto& [population, cells] : runs.back().cells) {
    const auto row = [&, name = population](const std::string& title, auto&& value) {
      text += fmt::format("\n{:<16} {:<28}", title == "rate (Hz)" ? short_name(name) : "", title);
      for (std::size_t k = 0; k < runs.size(); ++k) text += fmt::format(" {:>11}", measured(value(k)));
    };
    const auto against_last = [&, name = population](const char* measure) {
      return [&, name, measure](std::size_t k) {
        return k + 1 == runs.size() ? Report(nullptr) : report["distances"][runs[k].name][name][measure];
      };
    };
    row("rate (Hz)", [&, name = population](std::size_t k) { return entry(report["rates_hz"][k], name); });
    row("CV of intervals", [&, name = population](std::size_t k) { return entry(report["cv_isi"][k], name); });
    row("earliest spike (ms)", [&, name = population](std::size_t k) { return report["first_spikes"][k][name]["earliest_ms"]; });
    row("first spikes, mean (ms)", [&, name = population](std::size_t k) { return report["first_spikes"][k][name]["mean_ms"]; });
    row("  moved against the last by", against_last("first_spike_ms"));
    row("van Rossum to the last", against_last("van_rossum"));
  }
  return text + "\n";
}

StepPlot step_plot(const std::vector<RecordedRun>& runs, const Report& report, const std::string& title) {
  StepPlot plot;
  plot.title = title;
  const auto number = [](const Report& value) { return value.is_number() ? std::optional(value.get<double>()) : std::nullopt; };
  for (const RecordedRun& run : runs) plot.variants.push_back(run.name);
  for (const auto& [population, cells] : runs.back().cells) {
    StepPlot::Population p{population, {}, {}, {}};
    for (std::size_t k = 0; k < runs.size(); ++k) {
      p.rate_hz.push_back(number(entry(report["rates_hz"][k], population)));
      p.cv_isi.push_back(number(entry(report["cv_isi"][k], population)));
      p.first_spike_shift_ms.push_back(
          k + 1 == runs.size() ? std::nullopt : number(report["distances"][runs[k].name][population]["first_spike_ms"]));
    }
    plot.populations.push_back(std::move(p));
  }
  return plot;
}

/// What changes a network, or how it is run, has no meaning for what was recorded already.
void refuse_network_options(const Options& options) {
  const std::pair<const char*, bool> given[] = {
      {"--set", !options.set.empty()},         {"--duration-ms", !options.duration_ms.empty()},
      {"--seed", !options.seed.empty()},       {"--threads", !options.threads.empty()},
      {"--backend", !options.backend.empty()}, {"--precision", !options.precision.empty()},
      {"--isa", !options.isa.empty()},         {"--weight-bits", !options.weight_bits.empty()}};
  for (const auto& [name, is_given] : given)
    if (is_given)
      throw Error("conflict", {}, fmt::format("two output folders are compared as they are, so {} means nothing", name))
          .with_allowed(fmt::format("{} beside a network file with --backends or --steps", name));
}

}  // namespace

int compare_command(const Options& options) {
  const bool variants = !options.backends.empty() || !options.steps.empty();
  if (variants == !options.second.empty() || (!options.backends.empty() && !options.steps.empty()))
    throw Error("missing", {}, "compare takes two output folders, or one network file with --backends or --steps");
  if (!options.plot.empty() && options.steps.empty())
    throw Error("missing", {}, "compare draws what the step does: --plot needs --steps").with_value(options.plot);
  require_picture(options);
  if (!variants) refuse_network_options(options);
  const auto runs =
      variants ? play_variants(options) : std::vector{read_recorded_run(options.file), read_recorded_run(options.second)};
  // The reference backend comes first by custom, the finest step last.
  const RecordedRun& base = options.steps.empty() ? runs.front() : runs.back();
  Report report = {{"identical", true},           {"first_difference", nullptr}, {"runs", Report::array()},
                   {"rates_hz", Report::array()}, {"cv_isi", Report::array()},   {"distances", Report::object()}};
  std::string text, warnings;
  for (const RecordedRun& run : runs) {
    report["runs"].push_back(
        {{"name", run.name}, {"spike_hash", run.summary["spike_hash"]}, {"state_hash", run.summary["state_hash"]}});
    if (variants) report["runs"].back()["warnings"] = run.summary["warnings"];
    for (const auto& warning : report["runs"].back().value("warnings", Report::array()))
      warnings += fmt::format("  warning ({}): {}\n", run.name, warning.get<std::string>());
    report["rates_hz"].push_back(run.summary["rates_hz"]);
    report["cv_isi"].push_back(run.summary["cv_isi"]);
    if (&run == &base) continue;
    if (report["first_difference"].is_null()) report["first_difference"] = difference(base, run);
    if (variants) report["distances"][run.name] = distances(base, run);
    else report["distances"] = distances(base, run);
    if (options.steps.empty()) text += pair_text(base, run);
  }
  if (!options.steps.empty()) {
    report["first_spikes"] = Report::array();
    for (const RecordedRun& run : runs) report["first_spikes"].push_back(first_spikes(run));
    text = steps_text(runs, report);
    if (!options.plot.empty()) write_file(options.plot, step_plot_svg(step_plot(runs, report, options.file)), options.overwrite);
  }
  report["identical"] = report["first_difference"].is_null();
  if (options.json) print_report(report);
  else
    print_text(text + warnings +
               (report["identical"] == true
                    ? "identical\n"
                    : "not identical; first difference: " + report_text(report["first_difference"], -1) + "\n"));
  return static_cast<int>(Exit::done);
}

}  // namespace spikeloom
