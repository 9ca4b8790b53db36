// Probes: what is recorded, of whom, at which steps, into which file.
#include <algorithm>
#include <filesystem>
#include <map>

#include "core/compile/parts.hpp"

namespace spikeloom {
namespace {

void check_file(const Probe& probe, const Where& where, std::map<std::string, std::string>& files, const std::string& path) {
  if (probe.file.empty()) return;
  if (probe.file.ends_with(".h5"))
    throw Error("unsupported", where, "this version writes .csv and .npy; HDF5 files come later", Exit::refused)
        .with_value(probe.file)
        .with_allowed(".csv, .npy");
  if (!probe.file.ends_with(".csv") && !probe.file.ends_with(".npy"))
    throw Error("range", where, "the ending of the file chooses its format").with_value(probe.file).with_allowed(".csv, .npy");
  const auto [at, added] = files.try_emplace(std::filesystem::path(probe.file).lexically_normal().string(), path);
  if (!added)
    throw Error("conflict", where, "two probes write the same file (the other is " + at->second + ")").with_value(probe.file);
}

void fix_times(const CompileContext& context, const Probe& probe, const std::string& path, CompiledProbe& out) {
  const auto step = [&](const Value& value, const std::string& key) {
    const double ms = number(context, value, path + "/" + key, {0, unbounded});
    return steps_with_warning(context, ms, place(value, path + "/" + key), "the time");
  };
  out.start_step = 0;
  out.stop_step = context.out.duration_steps;
  if (probe.start_ms) out.start_step = step(*probe.start_ms, "start_ms");
  if (probe.stop_ms) out.stop_step = step(*probe.stop_ms, "stop_ms");
  if (out.stop_step < out.start_step)
    throw Error("range", place(*probe.stop_ms, path + "/stop_ms"), "the probe stops before it starts")
        .with_value(show(context.grid.ms_of(out.stop_step)))
        .with_allowed(">= start_ms, " + show(context.grid.ms_of(out.start_step)));
  if (probe.every_ms) {
    const double ms = number(context, *probe.every_ms, path + "/every_ms", {0, unbounded, true});
    out.every_steps =
        std::max<std::int64_t>(1, steps_with_warning(context, ms, place(*probe.every_ms, path + "/every_ms"), "the interval"));
  }
  const bool exact = probe.kind == Probe::Kind::state && !out.of.empty() &&
                     std::all_of(out.of.begin(), out.of.end(),
                                 [&](const EndSegment& segment) { return context.out.populations[segment.index].exact; });
  for (std::size_t k = 0; k < probe.at_ms.size(); ++k) {
    const std::string key = "at_ms/" + std::to_string(k);
    if (!exact) {
      out.at_steps.push_back(step(probe.at_ms[k], key));
      continue;
    }
    const double ms = number(context, probe.at_ms[k], path + "/" + key, {0, context.grid.ms_of(max_steps / 2)});
    out.at_times.push_back(TimeGrid(context.out.step_ms).exact(ms));
  }
  if (!probe.every_ms && probe.at_ms.empty()) {  // weights once, at the end; everything else at every step
    if (probe.kind == Probe::Kind::weights) out.at_steps.push_back(context.out.duration_steps);
    else out.every_steps = 1;
  }
  std::sort(out.at_steps.begin(), out.at_steps.end());
  out.at_steps.erase(std::unique(out.at_steps.begin(), out.at_steps.end()), out.at_steps.end());
  std::sort(out.at_times.begin(), out.at_times.end());
  out.at_times.erase(std::unique(out.at_times.begin(), out.at_times.end()), out.at_times.end());
}

void fix_states(const CompileContext& context, const Probe& probe, const std::string& path, CompiledProbe& out) {
  const auto& states = context.out.populations[out.of.empty() ? 0 : out.of[0].index].model.table->states;
  std::vector<std::string> names;
  for (const auto& state : states) names.emplace_back(state.name);
  for (const auto& segment : out.of)
    if (context.out.populations[segment.index].model.table != context.out.populations[out.of[0].index].model.table)
      throw Error("conflict", place(probe.of.where, path + "/of"),
                  "the members of the group have different models, so their states differ")
          .with_value(probe.of.name);
  for (std::size_t k = 0; k < probe.states.size(); ++k) {
    const auto at = std::find(names.begin(), names.end(), probe.states[k]);
    if (at == names.end())
      unknown("unknown_name", {path + "/state" + (probe.states.size() > 1 ? "/" + std::to_string(k) : "")}, "the state",
              probe.states[k], names);
    out.states.push_back(static_cast<int>(at - names.begin()));
    out.state_names.push_back(probe.states[k]);
  }
}

}  // namespace

void compile_probes(CompileContext& context) {
  std::map<std::string, std::string> files;
  for (std::size_t k = 0; k < context.network.probes.size(); ++k) {
    const Probe& probe = context.network.probes[k];
    const std::string path = "/probes/" + std::to_string(k);
    CompiledProbe out;
    out.kind = probe.kind;
    out.name = probe.of.name;
    out.file = probe.file;
    check_file(probe, {path + "/file"}, files, path);
    if (probe.kind != Probe::Kind::state) fix_times(context, probe, path, out);  // a state's depend on whose it is
    const auto named = [&](const auto& list, const char* key, const char* what) {
      std::vector<std::string> names;
      for (std::uint32_t i = 0; i < list.size(); ++i) {
        if (list[i].name == probe.of.name) return i;
        names.push_back(list[i].name);
      }
      unknown("unknown_name", place(probe.of.where, path + "/" + key), what, probe.of.name, names);
    };
    switch (probe.kind) {
      case Probe::Kind::spikes: out.of = resolve_ends(context, probe.of, path + "/spikes", EndKind::spiking).segments; break;
      case Probe::Kind::state:
        out.of = resolve_ends(context, probe.of, path + "/of", EndKind::populations).segments;
        fix_states(context, probe, path, out);
        fix_times(context, probe, path, out);
        break;
      case Probe::Kind::weights: {
        const auto& signals = context.out.signals;
        const auto readout = std::find_if(signals.begin(), signals.end(), [&](const CompiledSignal& signal) {
          return signal.name == probe.of.name && std::holds_alternative<CompiledSignal::Readout>(signal.form);
        });
        const auto& all = context.out.projections;
        out.of_readout = readout != signals.end() &&
                         std::none_of(all.begin(), all.end(), [&](const auto& p) { return p.name == probe.of.name; });
        if (out.of_readout) out.index = static_cast<std::uint32_t>(readout - signals.begin());
        else out.index = named(all, "weights", "the projection or readout");
        break;
      }
      case Probe::Kind::signal: out.index = named(context.out.signals, "signal", "the signal"); break;
      case Probe::Kind::transmitted:
        throw Error("unsupported", {path + "/transmitted"}, "this version does not record what synapses transmit", Exit::refused);
    }
    context.out.probes.push_back(std::move(out));
  }
}

}  // namespace spikeloom
