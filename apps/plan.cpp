// `spikeloom plan`: what a run will take and what was rounded on the way, before anything is allocated.
#include <fmt/format.h>

#include <algorithm>

#include "apps/backends.hpp"
#include "apps/loading.hpp"
#include "apps/memory.hpp"
#include "apps/options.hpp"
#include "apps/report.hpp"
#include "apps/version.hpp"

namespace spikeloom {
namespace {

/// All receptors that share the grid of receptor r: "exc" or "exc, inh".
std::string receptors_of(const CompiledPopulation& population, int r) {
  std::vector<std::string> names;
  const auto& receptors = population.model.table->receptors;
  for (std::size_t k = 0; k < receptors.size(); ++k)
    if (population.model.merged_receptor(population.variant, static_cast<int>(k)) == r) names.emplace_back(receptors[k].name);
  return fmt::format("{}", fmt::join(names, ", "));
}

/// One entry per receptor where something can arrive: the grid's step, and what rounding onto it can cost the largest weight.
Report grids_report(const CompiledNetwork& network) {
  Report grids = Report::array();
  for (const auto& population : network.populations) {
    for (std::size_t r = 0; r < population.grids.size(); ++r) {
      const Grid& grid = population.grids[r];
      if (!grid.used || population.model.merged_receptor(population.variant, static_cast<int>(r)) != static_cast<int>(r))
        continue;
      const auto& receptor = population.model.table->receptors[r];
      grids.push_back(
          {{"population", population.name},
           {"receptor", receptors_of(population, static_cast<int>(r))},
           {"unit", std::string(receptor.unit)},
           {"step", grid.step()},
           {"exponent", grid.exponent},
           {"largest_weight", grid.largest_weight},
           {"largest_sum", grid.largest_sum},
           {"relative_rounding", grid.largest_weight > 0 ? Report(0.5 * grid.step() / grid.largest_weight) : Report(nullptr)}});
    }
  }
  return grids;
}

Report delays_report(const CompiledNetwork& network) {
  Report projections = Report::object();
  std::uint64_t rounded = 0, raised = 0, below_min = 0;
  double largest = 0;
  for (const auto& projection : network.projections) {
    const DelayRounding& rounding = projection.rounding;
    rounded += rounding.rounded;
    raised += rounding.raised;
    below_min += rounding.below_min;
    largest = std::max(largest, rounding.largest_ms);
    if (rounding.rounded > 0 || rounding.raised > 0 || rounding.below_min > 0)
      projections[projection.name] = {{"rounded", rounding.rounded},
                                      {"raised", rounding.raised},
                                      {"below_min", rounding.below_min},
                                      {"largest_ms", rounding.largest_ms}};
  }
  return {
      {"rounded", rounded}, {"raised", raised}, {"below_min", below_min}, {"largest_ms", largest}, {"projections", projections}};
}

/// How long the stretches are that need no exchange of spikes, and what decides it.
std::pair<double, std::string> epoch_of(const CompiledNetwork& network) {
  if (!network.any_exact()) return {network.ms_of(network.min_delay()), "the smallest delay"};
  const Epoch epoch = network.epoch();
  const double ms = epoch.steps > 0 ? network.ms_of(epoch.steps) : network.step_ms / static_cast<double>(epoch.parts);
  const std::string delay = fmt::format("the smallest delay between exact cells is {:g} ms", epoch.shortest_ms);
  if (epoch.steps == 0) return {ms, delay + fmt::format(": a {}th of a step", epoch.parts)};
  if (epoch.shortest_ms > 0 && ms + network.step_ms > epoch.shortest_ms) return {ms, delay + ", in whole steps"};
  if (network.any_stepped() && epoch.steps == network.lead()) {
    const bool learns = std::any_of(network.projections.begin(), network.projections.end(), [](const auto& projection) {
      return !projection.rows->exact && projection.learns_in_exact_time();
    });
    return {ms, learns ? "synapses onto stepped cells learn in exact time" : "the smallest delay onto stepped cells"};
  }
  if (epoch.steps == 1) return {ms, "a signal reads spikes"};
  return {ms, epoch.shortest_ms > 0 ? delay + "; no epoch is longer" : "no exact cell reaches another"};
}

/// The largest relative rounding of any static weight's own grid, for people to see at a glance.
std::string grids_text(const Report& grids) {
  std::string text;
  for (const auto& grid : grids) {
    const std::string relative =
        grid["relative_rounding"].is_null() ? "-" : fmt::format("{:.2g}", grid["relative_rounding"].get<double>());
    text += fmt::format("  {:<16} {:<10} step {:.4g} {}, rounding at most {} of the largest weight\n",
                        grid["population"].get<std::string>(), grid["receptor"].get<std::string>(), grid["step"].get<double>(),
                        grid["unit"].get<std::string>(), relative);
  }
  return text;
}

std::string plan_text(const Report& plan, const std::string& title) {
  const auto size = [&](const char* key) { return bytes_text(plan["bytes"][key].get<std::uint64_t>()); };
  std::string text =
      fmt::format("{}: {} neurons, {} synapses, {:g} ms in steps of {:g} ms\n\n", title, plan["neurons"].get<std::uint64_t>(),
                  plan["synapses"].get<std::uint64_t>(), plan["duration_ms"].get<double>(), plan["step_ms"].get<double>());
  text +=
      fmt::format("  memory {} (synapses {}, neurons {}, recording {}, scratch {}, process {}); {} available\n", size("total"),
                  size("synapses"), size("neurons"), size("recording"), size("scratch"), size("process"), size("available"));
  text += fmt::format("  about {:.3g} x real time on {} threads of the {} backend, {:.3g} s in all\n",
                      plan["predicted_real_time_factor"].get<double>(), plan["threads"].get<int>(),
                      plan["backend"].get<std::string>(), plan["predicted_run_s"].get<double>());
  text += fmt::format("  epoch {:g} ms ({}), largest delay {:g} ms\n", plan["epoch_ms"].get<double>(),
                      plan["epoch_because"].get<std::string>(), plan["max_delay_ms"].get<double>());
  const Report& delays = plan["rounded_delays"];
  text += fmt::format("  delays: {} rounded to the step (by at most {:g} ms), {} raised to one step\n",
                      delays["rounded"].get<std::uint64_t>(), delays["largest_ms"].get<double>(),
                      delays["raised"].get<std::uint64_t>());
  if (plan.contains("min_delay_ms"))
    text += fmt::format("  delays onto exact cells: real-valued, at least {:g} ms, {} raised to that\n",
                        plan["min_delay_ms"].get<double>(), delays["below_min"].get<std::uint64_t>());
  if (!plan["grids"].empty()) text += "\ngrids of the input sums\n" + grids_text(plan["grids"]);
  for (const auto& warning : plan["warnings"]) text += fmt::format("  warning: {}\n", warning.get<std::string>());
  return text;
}

}  // namespace

int plan_command(const Options& options) {
  const auto network = compile_network(load_network(options), options);
  const auto backend = make_backend(network->backend);
  require_support(*backend, *network);
  const OpenOptions open = run_options(*network, options);
  const MemoryPlan memory = plan_memory(*backend, *network, open);
  const double real_time_factor = backend->predict_real_time_factor(*network, open);
  const double duration_ms = network->ms_of(network->duration_steps);
  Report plan;
  plan["spikeloom"] = SPIKELOOM_VERSION;
  plan["backend"] = std::string(backend->name());
  plan["threads"] = threads_of(*network);
  plan["precision"] = network->precision == Precision::single_ ? "single" : "double";
  plan["bytes"] = {{"total", memory.total()},
                   {"neurons", memory.session.neurons},
                   {"synapses", memory.session.synapses},
                   {"recording", memory.session.recording},
                   {"scratch", memory.session.scratch},
                   {"process", memory.total() - memory.needed()},
                   {"available", memory.available}};
  plan["neurons"] = network->neurons;
  plan["synapses"] = network->synapses();
  plan["duration_ms"] = duration_ms;
  plan["step_ms"] = network->step_ms;
  plan["predicted_real_time_factor"] = real_time_factor;
  plan["predicted_run_s"] = real_time_factor * duration_ms / 1000;
  const auto [epoch_ms, because] = epoch_of(*network);
  plan["epoch_ms"] = epoch_ms;
  plan["epoch_because"] = because;
  if (network->any_exact()) plan["min_delay_ms"] = TimeGrid(network->step_ms).ms_of(network->min_delay_time);
  plan["max_delay_ms"] = network->ms_of(network->max_delay());
  plan["rounded_delays"] = delays_report(*network);
  plan["grids"] = grids_report(*network);
  plan["warnings"] = network->warnings;
  require_memory(memory);
  if (options.json) print_report(plan);
  else print_text(plan_text(plan, options.file));
  return 0;
}

}  // namespace spikeloom
