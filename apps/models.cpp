// `spikeloom models`: the model tables as text for people, as JSON for programs, as the page docs/models.md.
#include <fmt/format.h>

#include <cmath>

#include "apps/loading.hpp"
#include "apps/options.hpp"
#include "apps/report.hpp"
#include "core/rule.hpp"

namespace spikeloom {
namespace {

std::string range_text(const Quantity& q) {
  const bool low = std::isfinite(q.low), high = std::isfinite(q.high);
  if (low && high) return fmt::format("{}{:g} .. {:g}", q.open_low ? "above " : "", q.low, q.high);
  if (low) return fmt::format("{} {:g}", q.open_low ? ">" : ">=", q.low);
  if (high) return fmt::format("<= {:g}", q.high);
  return "any";
}

std::string default_text(const Quantity& q) { return std::isfinite(q.initial) ? fmt::format("{:g}", q.initial) : "none"; }

std::string unit_text(std::string_view unit) { return unit.empty() ? "1" : std::string(unit); }

std::string receptor_name(const Receptor& r) { return r.name.empty() ? "(one)" : std::string(r.name); }

std::string weights_text(const Receptor& r) {
  if (r.conductance) return "weights >= 0 (conductance)";
  return r.sign > 0 ? "weights >= 0 by default" : r.sign < 0 ? "weights < 0 by default" : "weights of either sign";
}

Report bound(double value) { return std::isfinite(value) ? Report(value) : Report(nullptr); }

Report quantities_report(std::span<const Quantity> rows) {
  Report report = Report::array();
  for (const Quantity& q : rows)
    report.push_back({{"name", std::string(q.name)},
                      {"unit", std::string(q.unit)},
                      {"default", bound(q.initial)},
                      {"range", {bound(q.low), bound(q.high)}},
                      {"open_low", q.open_low},
                      {"text", std::string(q.text)}});
  return report;
}

Report model_report(const ModelTable& t) {
  Report receptors = Report::array(), schemes = Report::array();
  for (const Receptor& r : t.receptors)
    receptors.push_back({{"name", std::string(r.name)},
                         {"unit", std::string(r.unit)},
                         {"sign", r.sign},
                         {"conductance", r.conductance},
                         {"text", std::string(r.text)}});
  for (const auto scheme : t.schemes) schemes.push_back(std::string(scheme));
  return {{"name", std::string(t.name)},
          {"kind", "neuron"},
          {"text", std::string(t.text)},
          {"equations", std::string(t.equations)},
          {"reference", std::string(t.reference)},
          {"current_unit", std::string(t.current_unit)},
          {"parameters", quantities_report(t.parameters)},
          {"states", quantities_report(t.states)},
          {"receptors", receptors},
          {"schemes", schemes}};
}

Report rule_report(const PlasticityRule& rule) {
  const RuleTable& t = *rule.table;
  Report options = Report::array(), presets = Report::object();
  for (const RuleOption& o : t.options) {
    Report choices = Report::array();
    for (const auto choice : o.choices) choices.push_back(std::string(choice));
    options.push_back({{"name", std::string(o.name)}, {"choices", choices}, {"text", std::string(o.text)}});
  }
  for (const RulePreset& p : t.presets) presets[std::string(p.preset)][std::string(p.option)] = std::string(p.choice);
  return {{"name", std::string(t.name)},
          {"kind", rule.moves_delay      ? "delay plasticity"
                   : rule.changes_weight ? "plasticity"
                                         : "short-term plasticity"},
          {"text", std::string(t.text)},
          {"equations", std::string(t.equations)},
          {"reference", std::string(t.reference)},
          {"parameters", quantities_report(t.parameters)},
          {"options", options},
          {"presets", presets},
          {"states", quantities_report(t.states)},
          {"uses_signal", t.uses_signal},
          {"receptors", Report::array()}};
}

std::string quantities_text(std::span<const Quantity> rows) {
  std::string text;
  for (const Quantity& q : rows)
    text += fmt::format("  {:<18} {:<6} {:>10}  {:<18} {}\n", q.name, unit_text(q.unit), default_text(q), range_text(q), q.text);
  return text;
}

std::string indented(std::string_view lines) {
  std::string text(lines);
  for (std::size_t at = 0; (at = text.find('\n', at)) != std::string::npos; at += 3) text.replace(at, 1, "\n  ");
  return text;
}

std::string model_text(const ModelTable& t) {
  std::string text = fmt::format("{}: {}\n\n", t.name, t.text);
  text += fmt::format("  {}\n\n", indented(t.equations));
  text += fmt::format("parameters\n  {:<18} {:<6} {:>10}  {:<18}\n", "name", "unit", "default", "range") +
          quantities_text(t.parameters);
  text += "\nstates\n" + quantities_text(t.states) + "\nreceptors\n";
  for (const Receptor& r : t.receptors)
    text += fmt::format("  {:<18} {:<6} {}; {}\n", receptor_name(r), unit_text(r.unit), weights_text(r), r.text);
  if (!t.schemes.empty()) text += fmt::format("\nschemes (the first is the default): {}\n", fmt::join(t.schemes, ", "));
  text += fmt::format("\ninjected currents are in {}\nreference: {}\n", unit_text(t.current_unit), t.reference);
  return text;
}

/// "zero_lag: none, potentiate, depress, both", the default first.
std::string option_text(const RuleOption& option) { return fmt::format("{}: {}", option.name, fmt::join(option.choices, ", ")); }

std::string presets_text(const RuleTable& t) {
  std::string text;
  for (const auto preset : preset_names) {
    std::string choices;
    for (const RulePreset& p : t.presets)
      if (p.preset == preset) choices += fmt::format("{}{} {}", choices.empty() ? "" : ", ", p.option, p.choice);
    if (!choices.empty()) text += fmt::format("{}{}: {}", text.empty() ? "" : "; ", preset, choices);
  }
  return text;
}

std::string rule_text(const RuleTable& t) {
  std::string text = fmt::format("{}: {}\n\n  {}\n\n", t.name, t.text, indented(t.equations));
  text += fmt::format("parameters\n  {:<18} {:<6} {:>10}  {:<18}\n", "name", "unit", "default", "range") +
          quantities_text(t.parameters);
  text += "\nstates\n" + quantities_text(t.states);
  if (!t.options.empty()) text += "\noptions (the first choice is the default)\n";
  for (const RuleOption& o : t.options) text += fmt::format("  {:<58} {}\n", option_text(o), o.text);
  if (!t.presets.empty()) text += fmt::format("\npresets: {}\n", presets_text(t));
  return text + fmt::format("\nreference: {}\n", t.reference);
}

std::string list_text(const ModelSet& models) {
  std::string text;
  for (const auto& model : models.all()) text += fmt::format("{:<16} {}\n", model.table->name, model.table->text);
  text += "\nplasticity rules\n";
  for (const auto& rule : models.rules()) text += fmt::format("{:<16} {}\n", rule->table->name, rule->table->text);
  return text + "\n`spikeloom models NAME` shows one with its equations, parameters, states and all else.\n";
}

/// A cell of a Markdown table may hold no bar.
std::string cell(std::string_view text) {
  std::string out;
  for (const char c : text) out += c == '|' ? std::string("\\|") : std::string(1, c);
  return out;
}

std::string markdown_table(std::string_view title, std::span<const Quantity> rows) {
  std::string text = fmt::format("\n{}\n\n| name | unit | default | range | meaning |\n|---|---|---|---|---|\n", title);
  for (const Quantity& q : rows)
    text +=
        fmt::format("| `{}` | {} | {} | {} | {} |\n", q.name, unit_text(q.unit), default_text(q), range_text(q), cell(q.text));
  return text;
}

std::string markdown(const ModelSet& models) {
  std::string text = "# Models\n\nWritten by `spikeloom models --markdown` from the tables in `models/`; change it there.\n";
  for (const auto& model : models.all()) {
    const ModelTable& t = *model.table;
    text += fmt::format("\n## {}\n\n{}\n\n```\n{}\n```\n", t.name, t.text, t.equations);
    text += markdown_table("Parameters:", t.parameters) + markdown_table("States:", t.states);
    text += "\nReceptors:\n\n| name | unit of the weight | weights | meaning |\n|---|---|---|---|\n";
    for (const Receptor& r : t.receptors)
      text += fmt::format("| {} | {} | {} | {} |\n", r.name.empty() ? "(one, needs no name)" : fmt::format("`{}`", r.name),
                          unit_text(r.unit), weights_text(r), cell(r.text));
    if (!t.schemes.empty()) text += fmt::format("\nSchemes, the default first: `{}`.\n", fmt::join(t.schemes, "`, `"));
    text += fmt::format("\nInjected currents are in {}. Reference: {}\n", unit_text(t.current_unit), t.reference);
  }
  for (const auto& rule : models.rules()) {
    const RuleTable& t = *rule->table;
    text += fmt::format("\n## {}\n\nA plasticity rule. {}\n\n```\n{}\n```\n", t.name, t.text, t.equations);
    text += markdown_table("Parameters:", t.parameters) + markdown_table("States:", t.states);
    if (!t.options.empty()) text += "\nOptions, the default first:\n\n";
    for (const RuleOption& o : t.options) text += fmt::format("- `{}`: `{}`; {}\n", o.name, fmt::join(o.choices, "`, `"), o.text);
    if (!t.presets.empty()) text += fmt::format("\nPresets: {}.\n", presets_text(t));
    text += fmt::format("\nReference: {}\n", t.reference);
  }
  return text;
}

/// Rules as well as models.
std::vector<std::string> all_names(const ModelSet& models) {
  std::vector<std::string> names = models.names();
  for (auto& name : models.rule_names()) names.push_back(std::move(name));
  return names;
}

}  // namespace

int models_command(const Options& options) {
  const ModelSet& models = command_models();
  const NeuronModel* one = options.model.empty() ? nullptr : models.find(options.model);
  const auto rule = options.model.empty() ? nullptr : models.find_rule(options.model);
  if (!options.model.empty() && one == nullptr && rule == nullptr)
    throw Error("unknown_name", {}, fmt::format("there is no model \"{}\"", options.model))
        .with_value(options.model)
        .with_allowed(fmt::format("{}", fmt::join(all_names(models), ", ")))
        .with_nearest(nearest_name(options.model, all_names(models)));
  if (options.json) {
    Report list = Report::array();
    for (const auto& model : models.all())
      if (options.model.empty() || &model == one) list.push_back(model_report(*model.table));
    for (const auto& each : models.rules())
      if (options.model.empty() || each == rule) list.push_back(rule_report(*each));
    print_report(list);
  } else if (options.markdown) {
    print_text(markdown(models));
  } else {
    print_text(one != nullptr ? model_text(*one->table) : rule != nullptr ? rule_text(*rule->table) : list_text(models));
  }
  return 0;
}

}  // namespace spikeloom
