// Signals, what they drive, and phases, back into JSON.
#include <cmath>

#include "core/json/write_value.hpp"

namespace spikeloom {
namespace {

Json texts_to_json(const std::vector<std::string>& texts) {
  Json list = Json::array();
  for (const std::string& text : texts) list.push(text);
  return list;
}

Json clip_to_json(const Clip& clip) {
  const auto bound = [](const Value& value) {
    const auto* literal = std::get_if<double>(&value.form);
    return literal != nullptr && std::isinf(*literal) ? Json() : to_json(value);
  };
  return json_pair(bound(clip.first), bound(clip.second));
}

struct SignalWriter {
  Json operator()(const PulseSignal& pulse) const {
    Json object = json_object("at_ms", to_json(pulse.at_ms));
    object.set("width_ms", to_json(pulse.width_ms));
    object.set("height", to_json(pulse.height));
    set_if(object, "every_ms", pulse.every_ms);
    return json_object("pulse", std::move(object));
  }
  Json operator()(const StepsSignal& steps) const { return json_object("steps", to_json(steps.steps)); }
  Json operator()(const GaussianSignal& gaussian) const {
    Json object = json_object("at_ms", json_scalars(gaussian.at_ms));
    object.set("sd_ms", to_json(gaussian.sd_ms));
    return json_object("gaussian", std::move(object));
  }
  Json operator()(const ChoiceSignal& choice) const {
    return json_object("choice", json_object("probabilities", json_scalars(choice.probabilities)));
  }
  Json operator()(const ExternalSignal& external) const { return json_object("external", to_json(external.size)); }
  Json operator()(const TraceSignal& trace) const {
    Json object = json_object("trace_of", slice_text(trace.of));
    object.set("tau_ms", json_scalars(trace.tau_ms));
    object.set("scale", to_json(trace.scale));
    return object;
  }
  Json operator()(const RateSignal& rate) const {
    Json object = json_object("rate_of", slice_text(rate.of));
    object.set("tau_ms", to_json(rate.tau_ms));
    return object;
  }
  Json operator()(const MeanSignal& mean) const {
    Json object = json_object("mean_of", mean.of);
    set_if(object, "from_ms", mean.from_ms);
    set_if(object, "to_ms", mean.to_ms);
    if (!mean.phases.empty()) object.set("phases", texts_to_json(mean.phases));
    return object;
  }
  Json operator()(const ProductSignal& product) const {
    Json object = json_object("product", texts_to_json(product.factors));
    if (product.clip.empty()) return object;
    Json& clips = object.set("clip", Json::array());
    for (const Clip& clip : product.clip) clips.push(clip_to_json(clip));
    return object;
  }
  Json operator()(const ObjectiveSignal& objective) const {
    Json object = json_object("target", objective.target);
    object.set("minus", objective.minus);
    return json_object("objective", std::move(object));
  }
  Json operator()(const DecaySignal& decay) const {
    Json object = json_object("tau_ms", to_json(decay.tau_ms));
    if (decay.driven_by) object.set("driven_by", slice_text(*decay.driven_by));
    object.set("jump", to_json(decay.jump));
    if (!decay.pulses.empty()) object.set("pulses", to_json(decay.pulses));
    return json_object("decay", std::move(object));
  }
  Json operator()(const InstantSignal& instant) const {
    return json_object("instant", json_object("pulses", to_json(instant.pulses)));
  }
  Json operator()(const ReadoutSignal& readout) const {
    Json object = json_object("of", readout.of);
    object.set("channels", to_json(readout.channels));
    object.set("weights", json_numbers(readout.weights));
    if (!readout.rule) return json_object("readout", std::move(object));
    Json rule = json_object("name", readout.rule->name);
    rule.set("at", readout.rule->at);
    if (readout.rule->normalise) rule.set("normalise", true);
    set_if(rule, "eta", readout.rule->eta);
    set_if(rule, "P0", readout.rule->P0);
    set_if(rule, "forget", readout.rule->forget);
    set_if(rule, "lambda", readout.rule->lambda);
    set_if(rule, "every_ms", readout.rule->every_ms);
    object.set("rule", std::move(rule));
    object.set("error", readout.error);
    set_if(object, "gate", readout.gate);
    return json_object("readout", std::move(object));
  }
};

}  // namespace

Json to_json(const Signal& signal) {
  Json result = std::visit(SignalWriter{}, signal.form);
  if (signal.clock != "run") result.set("clock", signal.clock);
  return result;
}

Json to_json(const SignalCurrent& current) {
  Json result = json_object("from", current.from);
  result.set("to", slice_text(current.to));
  result.set("weight", to_json(current.weight));
  if (current.clip) result.set("clip", clip_to_json(*current.clip));
  return result;
}

Json to_json(const Modulation& modulation) {
  Json result = json_object("signal", modulation.signal);
  result.set("to", modulation.to);
  result.set("target", modulation.target);
  result.set("scale", to_json(modulation.scale));
  return result;
}

Json to_json(const Phase& phase) {
  Json result = Json::object();
  set_if(result, "name", phase.name);
  result.set("run_ms", to_json(phase.run_ms));
  result.set("repeat", to_json(phase.repeat));
  if (!phase.reset.empty()) result.set("reset", texts_to_json(phase.reset));
  if (const auto* names = std::get_if<std::vector<std::string>>(&phase.plasticity))
    result.set("plasticity", texts_to_json(*names));
  else result.set("plasticity", std::get<bool>(phase.plasticity));
  if (phase.set.empty()) return result;
  Json& set = result.set("set", Json::object());
  for (const auto& [name, signal] : phase.set) set.set("signals." + name, to_json(signal));
  return result;
}

}  // namespace spikeloom
