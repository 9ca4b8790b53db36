// Phases: when each begins, what it starts anew, and what may learn in it.
#include <algorithm>
#include <map>

#include "core/compile/parts.hpp"

namespace spikeloom {
namespace {

std::string phase_path(std::size_t k) { return "/phases/" + std::to_string(k); }

/// The marks of those of `all` that `names` holds; takes what it knows out of `left`.
template <class Things>
std::vector<char> marks(const Things& all, const std::vector<std::string>& names, std::vector<std::string>& left) {
  std::vector<char> marked;
  for (const auto& thing : all) {
    marked.push_back(std::find(names.begin(), names.end(), thing.name) != names.end() ? 1 : 0);
    if (marked.back() != 0) left.erase(std::remove(left.begin(), left.end(), thing.name), left.end());
  }
  return marked;
}

/// Pairing protocols know no phases: what they cannot do is refused rather than ignored.
void refuse_pairings(const CompileContext& context) {
  if (context.out.pairings.empty() || context.network.phases.empty()) return;
  throw Error("unsupported", {"/phases"}, "a projection onto an input pairs given spikes in one go, without phases",
              Exit::refused)
      .with_value(context.out.pairings.front().name);
}

/// The last phase goes on for as long as the run does.
void set_pauses(CompileContext& context) {
  const auto& phases = context.out.phases;
  for (std::size_t p = 0; p < context.out.projections.size(); ++p) {
    CompiledProjection& projection = context.out.projections[p];
    if (projection.plasticity == nullptr) continue;
    for (std::size_t k = 0; k < phases.size(); ++k) {
      if (phases[k].plastic_projections[p] != 0) continue;
      const std::int64_t from = phases[k].start_step;
      const std::int64_t to = k + 1 < phases.size() ? phases[k + 1].start_step : std::numeric_limits<std::int64_t>::max();
      if (projection.pauses.empty() || projection.pauses.back().to < from) projection.pauses.push_back({from, to});
      else projection.pauses.back().to = to;
    }
  }
}

}  // namespace

void compile_phases(CompileContext& context) {
  const auto& written = context.network.phases;
  if (!written.empty() && context.network.run.duration_ms)
    throw Error("conflict", place(*context.network.run.duration_ms, "/run/duration_ms"),
                "the phases say how long the run is, so it has no duration of its own");
  std::map<std::string, std::uint64_t> earlier;
  std::int64_t at = 0;
  for (std::size_t k = 0; k < written.size(); ++k) {
    const Phase& phase = written[k];
    const std::string path = phase_path(k);
    CompiledPhase out;
    out.name = phase.name;
    out.start_step = at;
    const double ms = number(context, phase.run_ms, path + "/run_ms", {0, unbounded, true});
    out.repeat_steps = steps_with_warning(context, ms, place(phase.run_ms, path + "/run_ms"), "the phase");
    if (out.repeat_steps < 1)
      throw Error("range", place(phase.run_ms, path + "/run_ms"), "the phase is shorter than a step")
          .with_value(show(ms))
          .with_allowed("at least " + show(context.out.step_ms));
    out.repeats = whole_number(context, phase.repeat, path + "/repeat", 1, std::uint64_t{1} << 40);
    if (static_cast<double>(out.repeat_steps) * static_cast<double>(out.repeats) > static_cast<double>(max_steps - at))
      throw Error("range", {path}, "the phases are longer than a run can be").with_value(show(ms));
    out.earlier_repeats = earlier[phase.name];
    earlier[phase.name] += out.repeats;
    for (const std::string& what : phase.reset)
      (what == "state" ? out.reset_state : what == "rls" ? out.reset_rls : out.reset_signals) = true;
    at += out.repeat_steps * static_cast<std::int64_t>(out.repeats);
    context.out.phases.push_back(std::move(out));
  }
  if (!written.empty()) context.out.duration_steps = at;
}

void compile_phase_plasticity(CompileContext& context) {
  refuse_pairings(context);
  for (std::size_t k = 0; k < context.network.phases.size(); ++k) {
    const auto& plasticity = context.network.phases[k].plasticity;
    CompiledPhase& out = context.out.phases[k];
    if (const auto* all = std::get_if<bool>(&plasticity)) {
      out.plastic_projections.assign(context.out.projections.size(), *all ? 1 : 0);
      out.plastic_signals.assign(context.out.signals.size(), *all ? 1 : 0);
      continue;
    }
    const auto& names = std::get<std::vector<std::string>>(plasticity);
    std::vector<std::string> left = names;
    out.plastic_projections = marks(context.out.projections, names, left);
    out.plastic_signals = marks(context.out.signals, names, left);
    if (left.empty()) continue;
    std::vector<std::string> known = signal_names(context.network);
    for (const auto& projection : context.out.projections) known.push_back(projection.name);
    const auto wrong = std::find(names.begin(), names.end(), left.front()) - names.begin();
    unknown("unknown_name", {phase_path(k) + "/plasticity/" + std::to_string(wrong)}, "the projection or readout", left.front(),
            known);
  }
  set_pauses(context);
}

}  // namespace spikeloom
