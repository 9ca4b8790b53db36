// Probes: what is recorded, of whom, at which steps, into which file.
#include <algorithm>
#include <filesystem>
#include <map>

#include "core/compile/parts.hpp"

namespace spikeloom {
namespace {

void check_twice(const CompiledProbe& out, const std::string& state, const Where& where) {
  if (std::find(out.state_names.begin(), out.state_names.end(), state) == out.state_names.end()) return;
  throw Error("conflict", where, "the probe names a state twice").with_value(state);
}

void check_file(const Probe& probe, const Where& where, std::map<std::string, std::string>& files, const std::string& path) {
  if (probe.file.empty()) return;
  if (probe.file.ends_with(".h5"))
    throw Error("unsupported", where, "this version writes .csv and .npy; HDF5 files come later", Exit::refused)
        .with_value(probe.file)
        .with_allowed(".csv, .npy");
  const auto ending = std::filesystem::path(probe.file).extension();
  if (ending != ".csv" && ending != ".npy")
    throw Error("range", where, "the ending of the file chooses its format").with_value(probe.file).with_allowed(".csv, .npy");
  const std::filesystem::path inside = std::filesystem::path(probe.file).lexically_normal();
  if (inside.is_absolute() || *inside.begin() == "..")
    throw Error("range", where, "a probe's file lies in the output folder")
        .with_value(probe.file)
        .with_allowed("paths from there");
  const auto [at, added] = files.try_emplace(std::filesystem::path(probe.file).lexically_normal().string(), path);
  if (!added)
    throw Error("conflict", where, "two probes write the same file (the other is " + at->second + ")").with_value(probe.file);
}

bool has_pairing(const CompileContext& context, const std::string& name) {
  return std::any_of(context.out.pairings.begin(), context.out.pairings.end(), [&](const auto& p) { return p.name == name; });
}

/// A pairing, or a projection that learns onto exact cells.
bool is_exact_synapse(const CompileContext& context, const std::string& name) {
  return has_pairing(context, name) ||
         std::any_of(context.out.projections.begin(), context.out.projections.end(),
                     [&](const auto& p) { return p.name == name && p.rows->exact && p.learns_in_exact_time(); });
}

bool names_readout(const CompileContext& context, const std::string& name) {
  const auto named_so = [&](const auto& thing) { return thing.name == name; };
  return std::none_of(context.out.projections.begin(), context.out.projections.end(), named_so) &&
         std::any_of(context.out.signals.begin(), context.out.signals.end(), [&](const CompiledSignal& signal) {
           return named_so(signal) && std::holds_alternative<CompiledSignal::Readout>(signal.form);
         });
}

/// Times ascending, each once.
void order(CompiledProbe& out) {
  const auto once = [](auto& times) {
    std::sort(times.begin(), times.end());
    times.erase(std::unique(times.begin(), times.end()), times.end());
  };
  once(out.at_steps), once(out.at_times);
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
  else out.stop_step = std::max(out.stop_step, out.start_step);
  if (out.stop_step < out.start_step)
    throw Error("range", place(*probe.stop_ms, path + "/stop_ms"), "the probe stops before it starts")
        .with_value(show(context.grid.ms_of(out.stop_step)))
        .with_allowed(">= start_ms, " + show(context.grid.ms_of(out.start_step)));
  if (probe.every_ms) {
    const double ms = number(context, *probe.every_ms, path + "/every_ms", {0, unbounded, true});
    if (context.grid.nearest(ms) > 0) {
      out.every_steps = steps_with_warning(context, ms, place(*probe.every_ms, path + "/every_ms"), "the interval");
    } else {
      out.every_steps = 1;
      context.warn(path + "/every_ms: the interval of " + show(ms) + " ms is less than a step; every step is recorded");
    }
  }
  const bool later = probe.kind == Probe::Kind::weights && is_exact_synapse(context, probe.of.name);  // with times of their own
  const bool exact = probe.kind == Probe::Kind::state && !out.of.empty() &&
                     std::all_of(out.of.begin(), out.of.end(),
                                 [&](const EndSegment& segment) { return context.out.populations[segment.index].exact; });
  for (std::size_t k = 0; k < probe.at_ms.size() && !later; ++k) {
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
  order(out);
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
    check_twice(out, probe.states[k], {path + "/state/" + std::to_string(k)});
    out.states.push_back(static_cast<int>(at - names.begin()));
    out.state_names.push_back(probe.states[k]);
  }
}

/// Weights onto exact cells are sampled at real-valued times, too: those on the grid as others are, after everything of the step.
void fix_weight_times(const CompileContext& context, const Probe& probe, const std::string& path, CompiledProbe& out) {
  const CompiledProjection& projection = context.out.projections[out.index];
  if (!projection.rows->exact || !projection.learns_in_exact_time()) return;
  out.at_steps.clear();
  for (std::size_t k = 0; k < probe.at_ms.size(); ++k) {
    const double ms =
        number(context, probe.at_ms[k], path + "/at_ms/" + std::to_string(k), {0, context.grid.ms_of(max_steps / 2)});
    const ExactTime time = TimeGrid(context.out.step_ms).exact(ms);
    if (time.offset_ms == 0) out.at_steps.push_back(time.step);
    else out.at_times.push_back(time);
  }
  if (!probe.every_ms && probe.at_ms.empty()) out.at_steps.push_back(context.out.duration_steps);
  order(out);
}

/// A pairing is sampled at real-valued times.
void fix_exact_times(const CompileContext& context, const Probe& probe, const std::string& path, CompiledProbe& out) {
  const TimeGrid grid(context.out.step_ms);
  for (std::size_t k = 0; k < probe.at_ms.size(); ++k)
    out.at.push_back(grid.exact(number(context, probe.at_ms[k], path + "/at_ms/" + std::to_string(k), {0, unbounded})));
  if (probe.at_ms.empty() && !probe.every_ms) out.at.push_back({context.out.duration_steps, 0});
  std::sort(out.at.begin(), out.at.end());
  out.at_steps.clear();
  for (const ExactTime& time : out.at) out.at_steps.push_back(TimeGrid::step_of(time));
  out.at_steps.erase(std::unique(out.at_steps.begin(), out.at_steps.end()), out.at_steps.end());
}

/// States of a plastic projection's rules, recorded with its weights.
void fix_rule_states(const CompileContext& context, const Probe& probe, const std::string& path, CompiledProbe& out) {
  const CompiledPlasticity* rules =
      out.of_pairing ? &context.out.pairings[out.index].plasticity : context.out.projections[out.index].plasticity.get();
  const auto names = rules != nullptr ? rules->state_names : std::vector<std::string>{};
  for (std::size_t k = 0; k < probe.states.size(); ++k) {
    const Where where{path + "/states" + (probe.states.size() > 1 ? "/" + std::to_string(k) : "")};
    if (rules == nullptr)
      throw Error("conflict", where, "the projection is static, so its synapses have no states").with_value(probe.states[k]);
    const auto at = std::find(names.begin(), names.end(), probe.states[k]);
    if (at == names.end()) unknown("unknown_name", where, "the state", probe.states[k], names);
    check_twice(out, probe.states[k], where);
    out.states.push_back(static_cast<int>(at - names.begin()));
    out.state_names.push_back(probe.states[k]);
  }
}

/// Samples that the run as described does not reach; a caller may still advance to them.
void warn_of_late(const CompileContext& context, const std::string& path, const CompiledProbe& out) {
  const std::int64_t end = context.out.duration_steps;
  if (end == 0) return;  // no end was given
  const auto late = [end](const auto& times, auto last) {
    return std::count_if(times.begin(), times.end(), [&](const auto& time) { return time > last; });
  };
  const std::string tail = " after the end of the run, " + show(context.grid.ms_of(end)) + " ms";
  if (out.start_step > end && (out.every_steps > 0 || out.kind == Probe::Kind::spikes))
    context.warn(path + "/start_ms: nothing is recorded, as it is" + tail);
  const bool given = out.of_pairing && !out.at.empty();  // its at_steps repeat them
  const auto count = given ? late(out.at, ExactTime{end, 0}) : late(out.at_steps, end) + late(out.at_times, ExactTime{end, 0});
  const std::size_t of = given ? out.at.size() : out.at_steps.size() + out.at_times.size();
  if (count > 0)
    context.warn(path + "/at_ms: " + std::to_string(count) + " of " + std::to_string(of) + (of == 1 ? " time is" : " times are") +
                 tail);
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
      case Probe::Kind::weights:
        out.of_pairing = has_pairing(context, probe.of.name);
        out.of_readout = !out.of_pairing && names_readout(context, probe.of.name);
        out.index = out.of_pairing   ? named(context.out.pairings, "weights", "the projection")
                    : out.of_readout ? named(context.out.signals, "weights", "the readout")
                                     : named(context.out.projections, "weights", "the projection or readout");
        if (out.of_pairing) fix_exact_times(context, probe, path, out);
        if (!out.of_pairing && !out.of_readout) fix_weight_times(context, probe, path, out);
        if (!out.of_readout) fix_rule_states(context, probe, path, out);
        break;
      case Probe::Kind::signal: out.index = named(context.out.signals, "signal", "the signal"); break;
      case Probe::Kind::transmitted:
        if (!has_pairing(context, probe.of.name)) {
          named(context.out.projections, "transmitted", "the projection");
          throw Error("unsupported", {path + "/transmitted"}, "this version records what synapses transmit onto inputs only",
                      Exit::refused)
              .with_value(probe.of.name);
        }
        out.of_pairing = true;
        out.index = named(context.out.pairings, "transmitted", "the projection");
        out.every_steps = 1;
        break;
    }
    warn_of_late(context, path, out);
    context.out.probes.push_back(std::move(out));
  }
}

}  // namespace spikeloom
