// Inputs of the network file: sources of spikes and currents.
#include <fmt/format.h>

#include <algorithm>

#include "core/expression.hpp"
#include "core/json/reader.hpp"

namespace spikeloom {
namespace {

bool is_table(const Json& json) { return json.is_array() && (json.items().empty() || json.items()[0].is_array()); }

bool uses_index(const Value& value) {
  const auto* expression = std::get_if<Expression>(&value.form);
  if (expression == nullptr) return false;
  const std::vector<std::string> names = variables(expression->text);
  return std::find(names.begin(), names.end(), "index") != names.end();
}

}  // namespace

void Reader::read_input(const std::string& name, const Place& place) {
  const Fields fields(place, tables::input);
  const std::string_view kind = fields.kind();
  const Place inner = fields[kind];
  std::optional<Value> size = optional_scalar(fields, "size");
  Input input;
  if (kind == "poisson") {
    input.source = read_poisson(inner, std::move(size));
  } else if (kind == "spikes") {
    input.source = read_spike_list(inner, std::move(size));
  } else {
    if (kind == "external") input.source = ExternalInput{read_scalar(inner)};
    if (kind == "events") input.source = read_events(inner);
    if (kind == "current") input.source = read_current(inner);
  }
  if (fields.has("to")) {
    Drive drive;
    drive.to = read_slice(fields["to"]);
    drive.weight = optional_value(fields, "weight").value_or(Value(1.0));
    drive.delay_ms = optional_value(fields, "delay_ms").value_or(Value(1.0));
    drive.receptor = fields.text("receptor");
    input.drive = std::move(drive);
  }
  network_.input(name, std::move(input), place.where());
}

PoissonInput Reader::read_poisson(const Place& place, std::optional<Value> size) {
  const Fields fields(place, tables::poisson);
  const Place rate = fields["rate_hz"];
  PoissonInput poisson;
  poisson.size = std::move(size);
  if (is_table(rate.json())) {
    poisson.rate_hz = read_steps(rate);
    return poisson;
  }
  Value value = read_value(rate);
  const bool one_for_all = value.is_number() || (std::holds_alternative<Expression>(value.form) && !uses_index(value));
  if (one_for_all) poisson.rate_hz.emplace_back(0.0, std::move(value));
  else poisson.rate_each = std::move(value);
  return poisson;
}

SpikeListInput Reader::read_spike_list(const Place& place, std::optional<Value> size) {
  const Fields fields(place, tables::spike_list);
  SpikeListInput list;
  list.size = std::move(size);
  list.file = fields.text("file");
  if (fields.has("file") && !list.file.ends_with(".csv")) {
    throw fields["file"].error("range", "the file of spikes has an unknown ending").with_allowed("names that end with .csv");
  }
  const std::optional<Place> times = fields.find("times_ms");
  for (std::size_t k = 0; times && k < (*times)->items().size(); ++k) {
    const Place train = times->at(k);
    list.times_ms.push_back(read_numbers(train));
  }
  return list;
}

EventsInput Reader::read_events(const Place& place) {
  const Fields fields(place, tables::events);
  EventsInput events;
  events.file = fields.text("file");
  events.format = fields.text("format");
  if (const std::optional<Place> sensor = fields.find("sensor")) events.sensor = read_scalars(*sensor, 2, 2);
  if (const std::optional<Place> region = fields.find("region")) events.region = read_scalars(*region, 4, 4);
  events.downsample = scalar_or(fields, "downsample", 1);
  events.polarity = fields.text("polarity", "both");
  events.time_scale = scalar_or(fields, "time_scale", 1);
  return events;
}

CurrentInput Reader::read_current(const Place& place) {
  const Fields fields(place, tables::current);
  const Place value = fields["value"];
  CurrentInput current;
  const auto names_a_form = [&](const JsonMember& member) { return tables::current_form.find(member.key) != nullptr; };
  if (value->is_object() && std::any_of(value->members().begin(), value->members().end(), names_a_form)) {
    current.form = read_current_form(value);
  } else if (value->is_array() && is_table(value.json())) {
    current.form = read_steps(value);
  } else {
    current.form = read_value(value);
  }
  return current;
}

decltype(CurrentInput::form) Reader::read_current_form(const Place& place) {
  const Fields fields(place, tables::current_form);
  const Place inner = fields[fields.kind()];
  if (fields.kind() == "ramp") {
    std::vector<CurrentInput::Ramp> ramps;
    for (std::size_t k = 0; k < inner->items().size(); ++k) {
      const Place item = inner.at(k);
      const Fields parts(item, tables::ramp);
      ramps.push_back(
          {read_scalar(parts["from_ms"]), read_scalar(parts["to_ms"]), read_scalar(parts["start"]), read_scalar(parts["slope"])});
    }
    return ramps;
  }
  if (fields.kind() == "sine") {
    const Fields parts(inner, tables::sine);
    return CurrentInput::Sine{read_scalar(parts["amplitude"]), read_scalar(parts["frequency_hz"]),
                              scalar_or(parts, "phase_rad", 0), scalar_or(parts, "offset", 0)};
  }
  const Fields parts(inner, tables::noise);
  return CurrentInput::Noise{optional_value(parts, "mean").value_or(Value(0.0)), read_value(parts["sd"]),
                             optional_scalar(parts, "every_ms")};
}

}  // namespace spikeloom
