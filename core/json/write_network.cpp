// A description back into JSON, so that a recording can carry the network it came from.
#include <cmath>

#include "core/json/write_value.hpp"
#include "core/network_json.hpp"

namespace spikeloom {
namespace {

Json to_json(const RunSettings& run) {
  Json result = Json::object();
  set_if(result, "duration_ms", run.duration_ms);
  set_if(result, "step_ms", run.step_ms);
  set_if(result, "seed", run.seed);
  set_if(result, "seeds", run.seeds);
  result.set("precision", run.precision == Precision::single_ ? "single" : "double");
  result.set("backend", run.backend);
  set_if(result, "threads", run.threads);
  set_if(result, "min_delay_ms", run.min_delay_ms);
  if (run.below_min_delay != "refuse") result.set("below_min_delay", run.below_min_delay);
  set_if(result, "weight_bits", run.weight_bits);
  set_if(result, "warmup_ms", run.warmup_ms);
  return result;
}

Json to_json(const Population& population) {
  Json result = Json::object();
  if (population.shape.size() == 1) result.set("size", to_json(population.shape[0]));
  else result.set("shape", json_scalars(population.shape));
  result.set("model", population.model);
  if (population.update != "stepped") result.set("update", population.update);
  set_if(result, "scheme", population.scheme);
  set_if(result, "tolerance_ms", population.tolerance_ms);
  set_if(result, "draw", population.draw);
  set_if(result, "parameters", population.parameters);
  set_if(result, "initial", population.initial);
  return result;
}

Json current_to_json(const CurrentInput& current) {
  struct Visitor {
    Json operator()(const StepTable& table) const { return json_object("value", to_json(table)); }
    Json operator()(const Value& value) const { return json_object("value", to_json(value)); }
    Json operator()(const std::vector<CurrentInput::Ramp>& ramps) const {
      Json list = Json::array();
      for (const auto& ramp : ramps) {
        Json& item = list.push(Json::object());
        item.set("from_ms", to_json(ramp.from_ms));
        item.set("to_ms", to_json(ramp.to_ms));
        item.set("start", to_json(ramp.start));
        item.set("slope", to_json(ramp.slope));
      }
      return json_object("value", json_object("ramp", std::move(list)));
    }
    Json operator()(const CurrentInput::Sine& sine) const {
      Json object = json_object("amplitude", to_json(sine.amplitude));
      object.set("frequency_hz", to_json(sine.frequency_hz));
      object.set("phase_rad", to_json(sine.phase_rad));
      object.set("offset", to_json(sine.offset));
      return json_object("value", json_object("sine", std::move(object)));
    }
    Json operator()(const CurrentInput::Noise& noise) const {
      Json object = json_object("mean", to_json(noise.mean));
      object.set("sd", to_json(noise.sd));
      set_if(object, "every_ms", noise.every_ms);
      return json_object("value", json_object("noise", std::move(object)));
    }
  };
  return std::visit(Visitor{}, current.form);
}

Json events_to_json(const EventsInput& events) {
  Json result = json_object("file", events.file);
  set_if(result, "format", events.format);
  if (!events.sensor.empty()) result.set("sensor", json_scalars(events.sensor));
  if (!events.region.empty()) result.set("region", json_scalars(events.region));
  result.set("downsample", to_json(events.downsample));
  result.set("polarity", events.polarity);
  result.set("time_scale", to_json(events.time_scale));
  return result;
}

bool constant(const StepTable& table) {
  return table.size() == 1 && table[0].first.is_number() && std::get<double>(table[0].first.form) == 0;
}

Json to_json(const Input& input) {
  struct Visitor {
    Json operator()(const PoissonInput& poisson) const {
      Json rate = poisson.rate_each           ? to_json(*poisson.rate_each)
                  : constant(poisson.rate_hz) ? to_json(poisson.rate_hz[0].second)
                                              : to_json(poisson.rate_hz);
      Json result = json_object("poisson", json_object("rate_hz", std::move(rate)));
      set_if(result, "size", poisson.size);
      return result;
    }
    Json operator()(const SpikeListInput& list) const {
      Json trains = Json::array();
      for (const auto& train : list.times_ms) trains.push(json_numbers(train));
      Json result =
          json_object("spikes", list.file.empty() ? json_object("times_ms", std::move(trains)) : json_object("file", list.file));
      set_if(result, "size", list.size);
      return result;
    }
    Json operator()(const ExternalInput& external) const { return json_object("external", to_json(external.size)); }
    Json operator()(const EventsInput& events) const { return json_object("events", events_to_json(events)); }
    Json operator()(const CurrentInput& current) const { return json_object("current", current_to_json(current)); }
  };
  Json result = std::visit(Visitor{}, input.source);
  if (!input.drive) return result;
  result.set("to", slice_text(input.drive->to));
  if (std::holds_alternative<CurrentInput>(input.source)) return result;
  result.set("weight", to_json(input.drive->weight));
  result.set("delay_ms", to_json(input.drive->delay_ms));
  set_if(result, "receptor", input.drive->receptor);
  return result;
}

Json edges_to_json(const std::vector<Connector::Edge>& edges) {
  Json list = Json::array();
  list.items().reserve(edges.size());
  for (const auto& edge : edges) {
    Json item = json_pair(static_cast<double>(edge.source), static_cast<double>(edge.target));
    const bool delayed = !std::isnan(edge.delay_ms), weighted = !std::isnan(edge.weight);
    if (weighted) item.push(edge.weight);
    else if (delayed) item.push(Json());  // null: the weight of the projection
    if (delayed) item.push(edge.delay_ms);
    list.push(std::move(item));
  }
  return list;
}

Json kernel_to_json(const std::vector<Connector::KernelEntry>& entries) {
  Json list = Json::array();
  for (const auto& entry : entries) {
    Json& item = list.push(Json::object());
    item.set("dx", entry.dx);
    item.set("dy", entry.dy);
    if (!std::isnan(entry.weight)) item.set("weight", entry.weight);
    if (!std::isnan(entry.delay_ms)) item.set("delay_ms", entry.delay_ms);
    if (entry.polarity >= 0) item.set("polarity", entry.polarity);
  }
  return list;
}

Json to_json(const Connector& connector) {
  using Kind = Connector::Kind;
  switch (connector.kind) {
    case Kind::all_to_all: return "all_to_all";
    case Kind::one_to_one: return "one_to_one";
    case Kind::fixed_probability: return json_object("fixed_probability", to_json(connector.count));
    case Kind::fixed_in_degree: return json_object("fixed_in_degree", to_json(connector.count));
    case Kind::fixed_out_degree: return json_object("fixed_out_degree", to_json(connector.count));
    case Kind::fixed_total: return json_object("fixed_total", to_json(connector.count));
    case Kind::list: return json_object("list", edges_to_json(connector.edges));
    case Kind::file: return json_object("file", connector.file);
    case Kind::kernel: return json_object("kernel", kernel_to_json(connector.kernel));
  }
  return Json();
}

Json to_json(const Projection& projection) {
  Json result = Json::object();
  set_if(result, "name", projection.name);
  result.set("from", slice_text(projection.from));
  result.set("to", slice_text(projection.to));
  set_if(result, "receptor", projection.receptor);
  result.set("connect", to_json(projection.connect));
  if (!projection.autapses) result.set("autapses", false);
  if (!projection.multapses) result.set("multapses", false);
  set_if(result, "weight", projection.weight);
  if (projection.axonal_ms || projection.dendritic_ms) {
    Json parts = Json::object();
    set_if(parts, "axonal_ms", projection.axonal_ms);
    set_if(parts, "dendritic_ms", projection.dendritic_ms);
    result.set("delay_ms", std::move(parts));
  } else {
    set_if(result, "delay_ms", projection.delay_ms);
  }
  set_if(result, "draw", projection.draw);
  set_if(result, "with", projection.constants);
  return result;
}

Json to_json(const Probe& probe) {
  Json result = Json::object();
  switch (probe.kind) {
    case Probe::Kind::spikes: result.set("spikes", slice_text(probe.of)); break;
    case Probe::Kind::weights: result.set("weights", probe.of.name); break;
    case Probe::Kind::signal: result.set("signal", probe.of.name); break;
    case Probe::Kind::transmitted: result.set("transmitted", probe.of.name); break;
    case Probe::Kind::state: {
      Json names = Json::array();
      for (const std::string& state : probe.states) names.push(state);
      result.set("state", std::move(names));
      result.set("of", slice_text(probe.of));
    }
  }
  set_if(result, "every_ms", probe.every_ms);
  set_if(result, "start_ms", probe.start_ms);
  set_if(result, "stop_ms", probe.stop_ms);
  if (!probe.at_ms.empty()) result.set("at_ms", json_scalars(probe.at_ms));
  set_if(result, "file", probe.file);
  return result;
}

Json to_json(const Group& group) {
  Json result = Json::array();
  for (const Slice& member : group.members) result.push(slice_text(member));
  return result;
}

template <class Parts>
Json list_of(const Parts& parts) {
  Json result = Json::array();
  for (const auto& part : parts) result.push(to_json(part));
  return result;
}

/// Members sorted by name: then equal networks have equal texts, whatever the order of their declarations.
template <class Kind>
void set_vertices(Json& result, const char* key, const Graph& graph) {
  std::map<std::string, Json> sorted;
  for (const auto vertex : boost::make_iterator_range(boost::vertices(graph))) {
    if (const auto* what = std::get_if<Kind>(&graph[vertex].what)) sorted.emplace(graph[vertex].name, to_json(*what));
  }
  if (sorted.empty()) return;
  JsonObject members;
  for (auto& [name, value] : sorted) members.push_back({name, std::move(value)});
  result.set(key, std::move(members));
}

}  // namespace

Json to_json(const Network& network) {
  Json result = json_object("spikeloom", 1);
  set_if(result, "name", network.name);
  set_if(result, "description", network.description);
  set_if(result, "parameters", network.parameters);
  result.set("run", to_json(network.run));
  set_vertices<Population>(result, "populations", network.graph());
  set_vertices<Input>(result, "inputs", network.graph());
  set_vertices<Group>(result, "groups", network.graph());
  if (boost::num_edges(network.graph()) > 0) {
    Json& projections = result.set("projections", Json::array());
    for (const auto edge : boost::make_iterator_range(boost::edges(network.graph())))
      projections.push(to_json(network.graph()[edge]));
  }
  Json signals = Json::object();
  for (const auto& [name, signal] : network.signals) signals.set(name, to_json(signal));
  if (!network.signals.empty()) result.set("signals", std::move(signals));
  if (!network.currents.empty()) result.set("currents", list_of(network.currents));
  if (!network.modulation.empty()) result.set("modulation", list_of(network.modulation));
  if (!network.phases.empty()) result.set("phases", list_of(network.phases));
  if (!network.probes.empty()) result.set("probes", list_of(network.probes));
  return result;
}

}  // namespace spikeloom
