// Plasticity rules of projections: names, conventions, numbers, bounds, and where the delay lies.
#include <algorithm>
#include <cmath>

#include "core/compile/parts.hpp"
#include "core/run/checkpoint.hpp"
#include "core/run/signal_memory.hpp"

namespace spikeloom {
namespace {

constexpr double bound_over_start = 8;  ///< default of w_bound

std::vector<std::string> names_of(std::span<const RuleOption> options) {
  std::vector<std::string> names;
  for (const RuleOption& option : options) names.emplace_back(option.name);
  return names;
}

class RuleReader {
 public:
  RuleReader(const CompileContext& context, const Projection& projection, const Plasticity& written, std::string path,
             double unit_ms)
      : context_(context), written_(written), path_(std::move(path)), unit_ms_(unit_ms) {
    for (const auto& [name, value] : projection.constants) scope_.add(name, number(context, value, path_));
  }

  CompiledRule read() {
    CompiledRule out;
    out.rule = context_.models.find_rule(written_.rule);
    if (out.rule == nullptr) unknown("unknown_name", {path_ + "/rule"}, "the rule", written_.rule, context_.models.rule_names());
    check_names(*out.rule->table);
    read_options(out);
    read_parameters(out);
    refuse(out, out.rule->check(out.parameters.data(), out.options.data()));
    out.coefficients.resize(out.rule->coefficient_count);
    out.rule->prepare(out.parameters.data(), out.options.data(), unit_ms_, out.coefficients.data());
    out.variant = out.rule->variant(out.options.data());
    if (out.rule->table->uses_signal && written_.signal.empty())
      throw Error("missing", {path_}, "the rule " + written_.rule + " needs \"signal\", its third factor")
          .with_allowed("the name of a signal");
    if (!out.rule->table->uses_signal && !written_.signal.empty())
      throw Error("conflict", {path_ + "/signal"}, "the rule " + written_.rule + " has no third factor")
          .with_value(written_.signal);
    return out;
  }

 private:
  std::string at(std::string_view key) const { return path_ + "/" + pointer_part(std::string(key)); }

  void check_names(const RuleTable& table) {
    std::vector<std::string> parameters, all = names_of(table.options);
    for (const Quantity& row : table.parameters) parameters.emplace_back(row.name);
    const auto known = [](const std::vector<std::string>& names, const std::string& name) {
      return std::find(names.begin(), names.end(), name) != names.end();
    };
    const std::vector<std::string> options = all;
    all.insert(all.end(), parameters.begin(), parameters.end());
    const std::string what = "of the rule " + written_.rule + ", the key";
    for (const auto& [name, choice] : written_.options) {
      if (known(parameters, name))
        throw Error("type", {at(name)}, "\"" + name + "\" is a number; an expression starts with \"=\"").with_value(choice);
      if (!known(options, name)) unknown("unknown_key", {at(name)}, what, name, all);
    }
    for (const auto& [name, value] : written_.parameters) {
      if (known(options, name))
        throw Error("type", place(value, at(name)), "\"" + name + "\" takes one of its names").with_allowed(choices(table, name));
      if (!known(parameters, name)) unknown("unknown_key", place(value, at(name)), what, name, all);
    }
  }

  static std::string choices(const RuleTable& table, std::string_view name) {
    std::string text;
    for (const RuleOption& option : table.options)
      for (const auto choice : option.choices)
        if (option.name == name) text += (text.empty() ? "" : ", ") + std::string(choice);
    return text;
  }

  /// What is written goes before the preset, the preset before the default.
  void read_options(CompiledRule& out) {
    const RuleTable& table = *out.rule->table;
    bool known_preset = written_.preset.empty();
    for (const auto name : preset_names) known_preset = known_preset || name == written_.preset;
    if (!known_preset)
      unknown("unknown_name", {at("preset")}, "the preset", written_.preset, {std::begin(preset_names), std::end(preset_names)});
    for (const RuleOption& option : table.options) {
      std::string choice(option.choices[0]);
      for (const RulePreset& preset : table.presets)
        if (preset.preset == written_.preset && preset.option == option.name) choice = preset.choice;
      if (const auto given = written_.options.find(std::string(option.name)); given != written_.options.end())
        choice = given->second;
      const auto found = std::find(option.choices.begin(), option.choices.end(), choice);
      if (found == option.choices.end())
        unknown("unknown_name", {at(option.name)}, "of " + std::string(option.name) + ", the choice", choice,
                {option.choices.begin(), option.choices.end()});
      out.options.push_back(static_cast<int>(found - option.choices.begin()));
    }
  }

  void read_parameters(CompiledRule& out) {
    for (const Quantity& row : out.rule->table->parameters) {
      const auto given = written_.parameters.find(std::string(row.name));
      double value = row.initial;
      if (given != written_.parameters.end())
        value = number(context_, given->second, at(row.name), {row.low, row.high, row.open_low}, &scope_);
      out.parameters.push_back(value);
    }
  }

  void refuse(const CompiledRule& out, const ParameterFault& fault) const {
    if (fault.text.empty()) return;
    const auto given = written_.parameters.find(std::string(fault.parameter));
    Error error(given == written_.parameters.end() ? "missing" : "range", {at(fault.parameter)}, fault.text);
    if (given == written_.parameters.end()) error.where = {path_};
    else error.where = place(given->second, at(fault.parameter));
    for (std::size_t k = 0; k < out.parameters.size(); ++k)
      if (out.rule->table->parameters[k].name == fault.parameter && given != written_.parameters.end())
        error.with_value(show(out.parameters[k]));
    throw error.with_allowed(fault.allowed);
  }

  const CompileContext& context_;
  const Plasticity& written_;
  std::string path_;
  double unit_ms_;
  Scope scope_;
};

/// How much of the delay lies on the side that all synapses share.
void split_delay(const CompileContext& context, const RowRequest& request, CompiledPlasticity& out) {
  const Projection& projection = request.projection;
  if (!projection.axonal_ms && !projection.dendritic_ms) return;  // all on one side
  const auto is_one_number = [](const std::optional<Value>& part) {
    return !part || part->is_number() || std::holds_alternative<Expression>(part->form);
  };
  const bool dendritic = is_one_number(projection.dendritic_ms);
  const std::string path = request.path + "/delay_ms";
  if (!dendritic && !is_one_number(projection.axonal_ms))
    throw Error("unsupported", {path}, "of a plastic projection one part of the delay must be the same for all synapses",
                Exit::refused);
  out.dendritic_is_fixed = dendritic;
  const auto& part = dendritic ? projection.dendritic_ms : projection.axonal_ms;
  if (!part) return;
  Scope scope;
  for (const auto& [name, value] : projection.constants) scope.add(name, number(context, value, request.path));
  scope.add("N_from", request.from.size);
  scope.add("N_to", request.to.size);
  const double ms = number(context, *part, path + (dendritic ? "/dendritic_ms" : "/axonal_ms"),
                           {0, max_delay_steps * context.out.step_ms}, &scope);
  out.fixed_part = static_cast<std::uint32_t>(context.grid.nearest(ms));
  out.fixed_time = request.exact ? TimeGrid(context.out.step_ms).exact(ms) : ExactTime{out.fixed_part, 0};
}

/// Bounds of the weight: the rule's, and where it has none, w_bound.
void find_bounds(const CompileContext& context, const RowRequest& request, const Rows& rows, const Plasticity& written,
                 const std::string& path, CompiledPlasticity& out) {
  const CompiledRule& rule = *out.weight;
  rule.rule->bounds(rule.parameters.data(), &out.low, &out.high);
  const bool open = std::isinf(out.low) || std::isinf(out.high);
  if (!open && written.w_bound)
    throw Error("conflict", place(*written.w_bound, path + "/w_bound"), "the rule has both bounds, so \"w_bound\" means nothing");
  double bound = bound_over_start * rows.max_abs_weight();
  if (written.w_bound) bound = number(context, *written.w_bound, path + "/w_bound", {0, unbounded, true});
  if (open && !(bound > 0) && rows.count() > 0)
    throw Error("missing", {path}, "all weights start at 0 and the rule has no bound, so the largest weight must be stated")
        .with_allowed("\"w_bound\", a number > 0");
  if (std::isinf(out.low)) out.low = -std::max(bound, std::fabs(out.high) < unbounded ? std::fabs(out.high) : 0.0);
  if (std::isinf(out.high)) out.high = std::max(bound, std::fabs(out.low));
  double low = rows.lowest_weight(), high = rows.highest_weight();
  if (rows.count() > 0 && (low < out.low || high > out.high)) {  // what the law may draw; what it has drawn decides
    low = unbounded, high = -unbounded;
    each_synapse(rows, [&](const SynapseBatch& batch, std::uint32_t i) {
      low = std::min(low, batch.weight[i]), high = std::max(high, batch.weight[i]);
    });
  }
  if (rows.count() > 0 && (low < out.low || high > out.high))
    throw Error("range", place(request.projection.weight.value_or(Value(1.0)), request.path + "/weight"),
                "a weight starts outside the bounds of its rule")
        .with_value(show(low < out.low ? low : high))
        .with_allowed(show(out.low) + " .. " + show(out.high));
}

/// One receptor for all weights, as they may change their sign.
void fix_receptors(const CompileContext& context, const RowRequest& request, CompiledProjection& out) {
  const CompiledPlasticity& plasticity = *out.plasticity;
  for (std::size_t s = 0; s < out.to.size(); ++s) {
    const auto& population = context.out.populations[out.to[s].index];
    if (out.receptor[s] < 0) {
      const double low = plasticity.low >= 0 || plasticity.high <= 0 ? plasticity.low : out.rows->lowest_weight();
      const double high = plasticity.low >= 0 || plasticity.high <= 0 ? plasticity.high : out.rows->highest_weight();
      if (low < 0 && high > 0)
        throw Error("missing", {request.path}, "plastic weights of both signs need an explicit \"receptor\"")
            .with_allowed("the name of a receptor of " + population.name);
      out.receptor[s] = low < 0 ? out.receptor_negative[s] : out.receptor_positive[s];
    }
    const Receptor& receptor = population.model.table->receptors[static_cast<std::size_t>(out.receptor[s])];
    if (receptor.conductance && plasticity.low < 0)
      throw Error("range", {request.path + "/plasticity/w_min"}, "a conductance cannot become negative: give a lower bound")
          .with_value(show(plasticity.low))
          .with_allowed(">= 0");
  }
}

std::vector<std::string> state_names(const CompiledPlasticity& plasticity) {
  std::vector<std::string> names;
  if (const auto& learning = plasticity.learning()) {
    for (const Quantity& state : learning->rule->table->states) names.emplace_back(state.name);
    if (learning->rule->table->uses_signal) names.emplace_back("modulator");
  }
  if (!plasticity.short_term) return names;
  const RuleTable& table = *plasticity.short_term->rule->table;
  for (const Quantity& state : table.states) {
    const bool taken = std::find(names.begin(), names.end(), state.name) != names.end();
    names.push_back(taken ? std::string(table.name) + "." + std::string(state.name) : std::string(state.name));
  }
  return names;
}

}  // namespace

CompiledPlasticity rules_of(const CompileContext& context, const RowRequest& request, const Rows& rows, double unit_ms) {
  const auto& written = request.projection.plasticity;
  const std::string path = request.path + "/plasticity";
  CompiledPlasticity made;
  made.path = request.path;
  for (std::size_t k = 0; k < written.size(); ++k) {
    const std::string inside = written.size() == 1 ? path : path + "/" + std::to_string(k);
    CompiledRule rule = RuleReader(context, request.projection, written[k], inside, unit_ms).read();
    auto& place_of_rule = rule.rule->moves_delay ? made.delay : rule.rule->changes_weight ? made.weight : made.short_term;
    if (place_of_rule)
      throw Error("conflict", {inside + "/rule"}, "of two rules one is a short-term rule and the other changes the weight")
          .with_value(written[k].rule);
    place_of_rule = std::move(rule);
    if (made.delay && written.size() > 1)
      throw Error("unsupported", {path}, "where delays learn, this version leaves weights as they are: the rule stands alone",
                  Exit::refused)
          .with_value(std::string(made.delay->rule->table->name));
    if (place_of_rule->rule->moves_delay || place_of_rule->rule->changes_weight)
      made.signal_name = written[k].signal, made.signal_path = inside;
    if (!made.weight || !place_of_rule->rule->changes_weight) continue;
    find_bounds(context, request, rows, written[k], inside, made);
    const RuleTable& table = *made.weight->rule->table;
    for (std::size_t o = 0; o < table.options.size(); ++o)
      if (table.options[o].name == zero_lag_name) made.zero_lag = static_cast<ZeroLag>(made.weight->options[o]);
  }
  if (!made.weight) made.low = rows.lowest_weight(), made.high = rows.highest_weight();
  const bool nest = std::any_of(written.begin(), written.end(), [](const auto& rule) { return rule.preset == "nest"; });
  made.dendritic_is_fixed = !nest;  // of a plain delay
  made.state_names = state_names(made);
  return made;
}

void compile_plasticity(const CompileContext& context, const RowRequest& request, CompiledProjection& out) {
  const auto exact = [&](const EndSegment& from) {
    return from.kind == EndSegment::Kind::population ? context.out.populations[from.index].exact
                                                     : context.out.sources[from.index].exact;
  };
  const bool exact_time = out.rows->exact || std::any_of(out.from.begin(), out.from.end(), exact);
  auto made = std::make_shared<CompiledPlasticity>(rules_of(context, request, *out.rows, exact_time ? 1.0 : context.out.step_ms));
  made->exact_time = exact_time;
  split_delay(context, request, *made);
  out.plasticity = std::move(made);
  fix_receptors(context, request, out);
}

namespace {

/// The signal of this name; `path`: where the rule is written.
int signal_named(const CompileContext& context, const std::string& name, const std::string& path) {
  std::vector<std::string> names;
  for (const auto& signal : context.out.signals) {
    if (signal.name == name) return static_cast<int>(names.size());
    names.push_back(signal.name);
  }
  unknown("unknown_name", {path + "/signal"}, "the signal", name, names);
}

/// Only what lasts can be measured from a level: pulses without duration lie a whole impulse above any.
void refuse_baseline(double baseline, const CompiledPlasticity& rules) {
  if (baseline == 0) return;
  throw Error("conflict", {rules.signal_path + "/baseline"},
              "the pulses of an \"instant\" signal have no duration, so that a level to measure them from means nothing")
      .with_value(show(baseline))
      .with_allowed("0, or a signal that lasts, such as \"decay\"");
}

/// A pairing without neurons takes the pulses of a modulator at their own times.
void take_pulses(const CompileContext& context, CompiledPairing& pairing) {
  CompiledPlasticity& rules = pairing.plasticity;
  if (!rules.weight || !rules.weight->rule->advances) return;
  rules.weight->rule->memory(rules.weight->parameters.data(), &pairing.memory_ms, &pairing.baseline);
  if (rules.signal_name.empty()) return;
  rules.signal = signal_named(context, rules.signal_name, rules.signal_path);
  const CompiledSignal& signal = context.out.signals[static_cast<std::size_t>(rules.signal)];
  const TimeGrid grid(context.out.step_ms);
  const auto take = [&](const std::vector<double>& t_ms, const std::vector<double>& amplitude) {
    for (std::size_t k = 0; k < t_ms.size(); ++k) pairing.pulses.push_back({grid.exact(t_ms[k]), amplitude[k]});
  };
  if (const auto* decay = std::get_if<CompiledSignal::Decay>(&signal.form); decay != nullptr && decay->driven_by.empty()) {
    pairing.modulator_tau_ms = decay->tau_ms;
    take(decay->t_ms, decay->amplitude);
  } else if (const auto* instant = std::get_if<CompiledSignal::Instant>(&signal.form)) {
    refuse_baseline(pairing.baseline, rules);
    take(instant->t_ms, instant->amplitude);
  } else {
    throw Error("unsupported", {rules.signal_path + "/signal"},
                "a pairing without neurons takes signals whose pulses are given (\"decay\" or \"instant\")", Exit::refused)
        .with_value(rules.signal_name);
  }
}

}  // namespace

void connect_third_factors(CompileContext& context) {
  for (auto& pairing : context.out.pairings) take_pulses(context, pairing);
  for (auto& projection : context.out.projections) {
    if (projection.plasticity == nullptr || !projection.plasticity->advances()) continue;
    auto made = std::make_shared<CompiledPlasticity>(*projection.plasticity);
    const CompiledRule& rule = *made->learning();
    std::uint32_t channels = 1;
    if (!made->signal_name.empty()) {
      const Where where{made->signal_path + "/signal"};
      made->signal = signal_named(context, made->signal_name, made->signal_path);
      const CompiledSignal& signal = context.out.signals[static_cast<std::size_t>(made->signal)];
      made->signal_is_instant = std::holds_alternative<CompiledSignal::Instant>(signal.form);
      channels = signal.size;
      const std::uint32_t targets = projection.rows->targets;
      if (channels == targets && channels > 1) {
        for (std::uint32_t j = 0; j < targets; ++j) made->channel.push_back(j);
      } else if (channels == projection.to.size() && channels > 1) {
        for (std::uint32_t s = 0; s < projection.to.size(); ++s)
          made->channel.insert(made->channel.end(), projection.to[s].count, s);
      } else if (channels != 1 && targets > 0) {
        throw Error("conflict", where, "the signal does not fit the targets")
            .with_value(std::to_string(channels) + " values")
            .with_allowed("1 value, one per target (" + std::to_string(targets) + ") or one per member of the target group (" +
                          std::to_string(projection.to.size()) + ")");
      }
    }
    rule.rule->memory(rule.parameters.data(), &made->memory_ms, &made->baseline);
    if (made->signal_is_instant) refuse_baseline(made->baseline, *made);
    made->anchor_steps = anchor_steps(made->memory_ms / context.out.step_ms, channels, longest_wait(projection));
    projection.plasticity = std::move(made);
  }
}

}  // namespace spikeloom
