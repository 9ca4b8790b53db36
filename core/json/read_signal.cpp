// Signals of the network file, and what they drive.
#include <fmt/format.h>

#include "core/json/reader.hpp"

namespace spikeloom {

void Reader::read_signal(const std::string& name, const Place& place) {
  const Fields fields(place, tables::signal);
  const std::string_view kind = fields.kind();
  const Place inner = fields[kind];
  if (fields.text("clock", "run") == "phase") throw unsupported(fields["clock"], "the clock \"phase\"");
  if (kind != "trace_of" && kind != "rate_of") fields.refuse_with("tau_ms", kind);
  if (kind != "trace_of") fields.refuse_with("scale", kind);
  Signal signal;
  signal.where = place.where();
  if (kind == "pulse") {
    const Fields parts(inner, tables::pulse);
    signal.form = PulseSignal{read_scalar(parts["at_ms"]), read_scalar(parts["width_ms"]), scalar_or(parts, "height", 1),
                              optional_scalar(parts, "every_ms")};
  } else if (kind == "steps") {
    signal.form = StepsSignal{read_steps(inner)};
  } else if (kind == "external") {
    signal.form = ExternalSignal{read_scalar(inner)};
  } else if (kind == "readout") {
    signal.form = read_readout(inner);
  } else {
    fields.require("tau_ms");
    const Place tau = fields["tau_ms"];
    if (kind == "trace_of") signal.form = TraceSignal{read_slice(inner), read_one_or_more(tau), scalar_or(fields, "scale", 1)};
    else signal.form = RateSignal{read_slice(inner), read_scalar(tau)};
  }
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

ReadoutSignal Reader::read_readout(const Place& place) {
  const Fields fields(place, tables::readout);
  const Place weights = fields["weights"];
  ReadoutSignal readout;
  readout.of = fields.text("of");
  readout.channels = read_scalar(fields["channels"]);
  readout.weights = read_rows(weights);
  readout.weights_where = weights.where();
  return readout;
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
  if (const std::optional<Place> clip = fields.find("clip")) {
    std::vector<Value> bounds = read_scalars(*clip, 2, 2);
    current.clip = std::pair(std::move(bounds[0]), std::move(bounds[1]));
  }
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

}  // namespace spikeloom
