// Signals of the network file, and what they drive.
#include <fmt/format.h>

#include <algorithm>
#include <limits>

#include "core/json/reader.hpp"

namespace spikeloom {

Signal Reader::read_signal_of(const Place& place) {
  const Fields fields(place, tables::signal);
  Signal signal;
  signal.where = place.where();
  signal.clock = fields.text("clock", "run");
  signal.form = read_signal_form(fields);
  return signal;
}

void Reader::read_signal(const std::string& name, const Place& place) {
  Signal signal = read_signal_of(place);
  if (name.empty() || network_.find(name)) {
    const std::string reason = name.empty()
                                   ? "a signal needs a name"
                                   : fmt::format("the name \"{}\" is taken by a population, input or group", name.substr(0, 60));
    throw place.error(name.empty() ? "range" : "duplicate_key", reason)
        .with_value(name.substr(0, 60))
        .with_allowed("names unique over populations, inputs, groups and signals");
  }
  network_.signals.emplace(name, std::move(signal));
}

decltype(Signal::form) Reader::read_signal_form(const Fields& fields) {
  const std::string_view kind = fields.kind();
  const Place inner = fields[kind];
  if (kind == "steps") return StepsSignal{read_steps(inner)};
  if (kind == "external") return ExternalSignal{read_scalar(inner)};
  if (kind == "readout") return read_readout(inner);
  if (kind == "product") return read_product(fields, inner);
  if (kind == "mean_of") {
    MeanSignal mean{inner->text(), optional_scalar(fields, "from_ms"), optional_scalar(fields, "to_ms"), {}};
    if (const std::optional<Place> phases = fields.find("phases")) mean.phases = read_texts(*phases, "a phase's name");
    return mean;
  }
  if (kind == "trace_of" || kind == "rate_of") {
    const Place tau = fields["tau_ms"];
    if (kind == "rate_of") return RateSignal{read_slice(inner), read_scalar(tau)};
    return TraceSignal{read_slice(inner), read_one_or_more(tau), scalar_or(fields, "scale", 1)};
  }
  const Fields parts(inner, *tables::signal.find(kind)->table);
  const auto pulses = [&] {
    const std::optional<Place> table = parts.find("pulses");
    return table ? read_steps(*table) : StepTable{};
  };
  if (kind == "pulse")
    return PulseSignal{read_scalar(parts["at_ms"]), read_scalar(parts["width_ms"]), scalar_or(parts, "height", 1),
                       optional_scalar(parts, "every_ms")};
  if (kind == "gaussian") return GaussianSignal{read_one_or_more(parts["at_ms"]), read_scalar(parts["sd_ms"])};
  if (kind == "choice") return ChoiceSignal{read_one_or_more(parts["probabilities"])};
  if (kind == "objective") return ObjectiveSignal{parts.text("target"), parts.text("minus")};
  if (kind == "instant") return InstantSignal{pulses()};
  DecaySignal decay;
  decay.tau_ms = read_scalar(parts["tau_ms"]);
  if (const std::optional<Place> by = parts.find("driven_by")) decay.driven_by = read_slice(*by);
  decay.jump = scalar_or(parts, "jump", 1);
  decay.pulses = pulses();
  return decay;
}

ProductSignal Reader::read_product(const Fields& fields, const Place& inner) {
  ProductSignal product;
  product.factors = read_texts(inner, "a signal's name");
  if (product.factors.empty()) throw inner.error("range", "the product has no factors").with_allowed("at least one name");
  const std::optional<Place> clip = fields.find("clip");
  for (std::size_t k = 0; clip && k < (*clip)->items().size(); ++k) product.clip.push_back(read_clip(clip->at(k)));
  return product;
}

/// [low, high]; null: no bound.
Clip Reader::read_clip(const Place& place) {
  constexpr double infinity = std::numeric_limits<double>::infinity();
  if (!place->is_array() || place->items().size() != 2)
    throw place.error(place->is_array() ? "range" : "type", "bounds are [low, high]")
        .with_allowed("[low, high], null for no bound");
  const Place low = place.at(std::size_t{0}), high = place.at(1);
  return {low->is_null() ? Value(-infinity) : read_scalar(low), high->is_null() ? Value(infinity) : read_scalar(high)};
}

std::vector<std::string> Reader::read_texts(const Place& place, const char* what) {
  std::vector<std::string> texts;
  for (std::size_t k = 0; k < place->items().size(); ++k) {
    const Place item = place.at(k);
    if (!item->is_text())
      throw item.error("type", fmt::format("{} is wanted here, not {}", what, kind_of(item.json()))).with_allowed("a string");
    texts.push_back(item->text());
  }
  return texts;
}

ReadoutSignal Reader::read_readout(const Place& place) {
  const Fields fields(place, tables::readout);
  ReadoutSignal readout;
  readout.of = fields.text("of");
  readout.channels = read_scalar(fields["channels"]);
  if (const std::optional<Place> rule = fields.find("rule")) {
    readout.rule = read_readout_rule(*rule);
    readout.error = fields.text("error");
    readout.gate = fields.text("gate");
    if (readout.rule->name == "gated_delta") fields.require("gate");
    if (readout.rule->name == "delta" && fields.has("gate"))
      throw fields["gate"].error("conflict", "the rule delta has no gate").with_allowed("the rule gated_delta");
  }
  const std::optional<Place> weights = fields.find("weights");
  readout.weights = weights ? read_rows(*weights) : std::vector<double>{0};
  if (weights) readout.weights_where = weights->where();
  return readout;
}

ReadoutRule Reader::read_readout_rule(const Place& place) {
  const Fields fields(place, tables::readout_rule);
  ReadoutRule rule;
  rule.name = fields.text("name");
  rule.at = fields.text("at", "step");
  const bool delta = rule.name.ends_with("delta"), rls = rule.name == "rls";
  if (delta) fields.require("eta");
  if (rule.name == "ridge") fields.require("lambda");
  for (const char* key : {"eta", "normalise"})
    if (!delta) fields.refuse_with(key, rule.name);
  for (const char* key : {"P0", "forget"})
    if (!rls) fields.refuse_with(key, rule.name);
  if (delta || rls) fields.refuse_with("lambda", rule.name);
  if (delta) fields.refuse_with("every_ms", rule.name);
  if (rule.at == "phase_end") fields.refuse_with("every_ms", "phase_end");
  rule.normalise = fields.flag("normalise", false);
  rule.eta = optional_scalar(fields, "eta");
  rule.P0 = optional_scalar(fields, "P0");
  rule.forget = optional_scalar(fields, "forget");
  rule.lambda = optional_scalar(fields, "lambda");
  rule.every_ms = optional_scalar(fields, "every_ms");
  return rule;
}

void Reader::read_signal_current(const Place& place) {
  const Fields fields(place, tables::signal_current);
  SignalCurrent current;
  current.where = place.where();
  current.from = fields.text("from");
  current.to = read_slice(fields["to"]);
  if (const std::optional<Place> weight = fields.find("weight")) {
    const bool rows = (*weight)->is_array();
    current.weight = rows ? Value(read_rows(*weight)) : read_value(*weight);
    current.weight.where = weight->where();
  }
  if (const std::optional<Place> clip = fields.find("clip")) current.clip = read_clip(*clip);
  network_.currents.push_back(std::move(current));
}

void Reader::read_modulation(const Place& place) {
  const Fields fields(place, tables::modulation);
  Modulation modulation;
  modulation.where = place.where();
  modulation.signal = fields.text("signal");
  modulation.to = fields.text("to");
  modulation.target = fields.text("target");
  modulation.scale = scalar_or(fields, "scale", 1);
  network_.modulation.push_back(std::move(modulation));
}

void Reader::read_phase(const Place& place) {
  const Fields fields(place, tables::phase);
  Phase phase;
  phase.where = place.where();
  phase.name = fields.text("name");
  phase.run_ms = read_scalar(fields["run_ms"]);
  phase.repeat = scalar_or(fields, "repeat", 1);
  if (const std::optional<Place> reset = fields.find("reset")) {
    phase.reset = read_texts(*reset, "what starts anew");
    const std::vector<std::string> known = {"state", "signals", "rls"};
    for (std::size_t k = 0; k < phase.reset.size(); ++k)
      if (std::find(known.begin(), known.end(), phase.reset[k]) == known.end())
        throw reset->at(k)
            .error("unknown_name", fmt::format("a phase cannot reset \"{}\"", phase.reset[k].substr(0, 60)))
            .with_allowed(fmt::format("{}", fmt::join(known, ", ")))
            .with_nearest(nearest_name(phase.reset[k], known));
  }
  if (const std::optional<Place> plasticity = fields.find("plasticity")) {
    if ((*plasticity)->is_flag()) phase.plasticity = (*plasticity)->flag();
    else phase.plasticity = read_texts(*plasticity, "a projection's or readout's name");
  }
  if (const std::optional<Place> set = fields.find("set")) read_set(*set, phase);
  network_.phases.push_back(std::move(phase));
}

/// Each path changes the text of a signal as the phases before left it, and the whole signal is read anew.
void Reader::read_set(const Place& place, Phase& phase) {
  if (!place->is_object())
    throw place.error("type", fmt::format("\"set\" is an object, not {}", kind_of(place.json()))).with_allowed("an object");
  for (const JsonMember& member : place->members()) {
    const Place at = place.at(member);
    const std::string_view prefix = "signals.", path = member.key;
    std::vector<std::string> names;
    for (const auto& [name, signal] : network_.signals) names.push_back(name);
    // A name may hold dots itself: the longest that fits is meant.
    std::string name;
    for (const std::string& known : names)
      if (path.starts_with(prefix) &&
          (path.substr(prefix.size()) == known || path.substr(prefix.size()).starts_with(known + ".")) &&
          known.size() > name.size())
        name = known;
    if (name.empty())
      throw at.error("unknown_name", fmt::format("a phase can set signals, and \"{}\" leads to none", path.substr(0, 60)))
          .with_allowed(fmt::format("signals.NAME. and what stands in it; names: {}", fmt::join(names, ", ")));
    try {
      Json& signal = *signals_.root.find(name);
      const std::string_view rest = path.substr(prefix.size() + name.size());
      if (rest.empty()) signal = member.value;
      else set_path(signal, rest.substr(1), member.value);
      const JsonDocument changed{signal, nullptr};
      phase.set[name] = read_signal_of(Place(changed));
    } catch (const Error& error) {
      throw Error(error.kind, at.where(), fmt::format("with this, signal \"{}\" is wrong: {}", name, error.what()), error.exit)
          .with_value(error.value)
          .with_allowed(error.allowed)
          .with_nearest(error.nearest);
    }
  }
}

}  // namespace spikeloom
