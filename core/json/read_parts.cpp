// The network file from the top: run, populations, groups and probes; and the order in which the parts are read.
#include <fmt/format.h>

#include "core/expression.hpp"
#include "core/json/reader.hpp"

namespace spikeloom {

void Reader::read(const Place& root) {
  const Fields fields(root, tables::network);
  const Place version = fields["spikeloom"];
  if (version->number() != 1) throw version.error("range", "this version reads network files of format 1").with_allowed("1");
  network_.name = fields.text("name");
  network_.description = fields.text("description");
  const auto each_named = [&](const char* key, auto read_one) {
    const std::optional<Place> objects = fields.find(key);
    if (!objects) return;
    for (const JsonMember& member : (*objects)->members()) read_one(member.key, objects->at(member));
  };
  const auto each_item = [&](const char* key, auto read_one) {
    const std::optional<Place> items = fields.find(key);
    if (!items) return;
    for (std::size_t k = 0; k < (*items)->items().size(); ++k) read_one(items->at(k));
  };

  if (const std::optional<Place> parameters = fields.find("parameters")) {
    for (const JsonMember& member : (*parameters)->members()) read_scalar(parameters->at(member));  // numbers only
    network_.parameters = read_named(*parameters, true);
  }
  if (const std::optional<Place> run = fields.find("run")) read_run(*run);
  each_named("populations", [&](const std::string& name, const Place& at) { read_population(name, at); });
  each_named("inputs", [&](const std::string& name, const Place& at) { read_input(name, at); });
  each_named("groups", [&](const std::string& name, const Place& at) { read_group(name, at); });
  each_item("projections", [&](const Place& at) { read_projection(at); });
  each_named("signals", [&](const std::string& name, const Place& at) { read_signal(name, at); });
  each_item("currents", [&](const Place& at) { read_signal_current(at); });
  each_item("modulation", [&](const Place& at) { read_modulation(at); });
  if (const std::optional<Place> signals = fields.find("signals")) signals_.root = signals->json();
  each_item("phases", [&](const Place& at) { read_phase(at); });
  each_item("probes", [&](const Place& at) { read_probe(at); });
}

void Reader::read_run(const Place& place) {
  const Fields fields(place, tables::run);
  RunSettings& run = network_.run;
  run.where = place.where();
  run.duration_ms = optional_scalar(fields, "duration_ms");
  run.step_ms = optional_scalar(fields, "step_ms");
  run.seed = optional_scalar(fields, "seed");
  if (const std::optional<Place> seeds = fields.find("seeds")) {
    const Fields parts(*seeds, tables::seeds);
    for (const JsonMember& member : (*seeds)->members()) run.seeds.emplace(member.key, read_scalar(seeds->at(member)));
  }
  run.precision = fields.text("precision", "double") == "single" ? Precision::single_ : Precision::double_;
  run.backend = fields.text("backend", "cpu");
  run.threads = optional_scalar(fields, "threads");
  run.min_delay_ms = optional_scalar(fields, "min_delay_ms");
  run.below_min_delay = fields.text("below_min_delay", "refuse");
  run.weight_bits = optional_scalar(fields, "weight_bits");
  run.warmup_ms = optional_scalar(fields, "warmup_ms");
}

void Reader::read_population(const std::string& name, const Place& place) {
  const Fields fields(place, tables::population);
  Population population;
  if (const std::optional<Place> size = fields.find("size")) population.shape = {read_scalar(*size)};
  if (const std::optional<Place> shape = fields.find("shape")) population.shape = read_scalars(*shape, 2, 2);
  population.model = fields.text("model");
  population.update = fields.text("update", "stepped");
  population.scheme = fields.text("scheme");
  population.tolerance_ms = optional_scalar(fields, "tolerance_ms");
  if (const std::optional<Place> draw = fields.find("draw")) population.draw = read_named(*draw, true);
  if (const std::optional<Place> parameters = fields.find("parameters")) population.parameters = read_named(*parameters, false);
  if (const std::optional<Place> initial = fields.find("initial")) population.initial = read_named(*initial, false);
  network_.population(name, std::move(population), place.where());
}

void Reader::read_group(const std::string& name, const Place& place) {
  if (!place->is_array())
    throw place.error("type", fmt::format("a group is an array of names, not {}", kind_of(place.json())))
        .with_allowed("an array of names or slices");
  std::vector<Slice> members;
  for (std::size_t k = 0; k < place->items().size(); ++k) members.push_back(read_slice(place.at(k)));
  network_.group(name, std::move(members), place.where());
}

std::vector<std::string> Reader::read_names(const Place& place, const char* what) {
  if (place->is_text()) return {place->text()};
  std::vector<std::string> names;
  for (std::size_t k = 0; k < place->items().size(); ++k) {
    const Place name = place.at(k);
    if (!name->is_text())
      throw name.error("type", fmt::format("a {}'s name is wanted here, not {}", what, kind_of(name.json())))
          .with_allowed(fmt::format("names of {}s", what));
    names.push_back(name->text());
  }
  if (names.empty()) throw place.error("range", fmt::format("no {} is named", what)).with_allowed("at least one name");
  return names;
}

void Reader::read_probe(const Place& place) {
  const Fields fields(place, tables::probe);
  const Place what = fields[fields.kind()];
  Probe probe;
  probe.where = place.where();
  if (fields.kind() == "spikes") {
    probe.kind = Probe::Kind::spikes;
    probe.of = read_slice(what);
  } else if (fields.kind() == "state") {
    probe.kind = Probe::Kind::state;
    probe.of = read_slice(fields["of"]);
    probe.states = read_names(what, "state");
  } else {
    probe.kind = fields.kind() == "weights"  ? Probe::Kind::weights
                 : fields.kind() == "signal" ? Probe::Kind::signal
                                             : Probe::Kind::transmitted;
    probe.of.name = what->text();  // a projection's name may hold the slices of its ends
    probe.of.where = what.where();
  }
  if (const std::optional<Place> states = fields.find("states")) probe.states = read_names(*states, "state");
  if (fields.has("every_ms")) fields.refuse_with("at_ms", "every_ms");
  probe.every_ms = optional_scalar(fields, "every_ms");
  probe.start_ms = optional_scalar(fields, "start_ms");
  probe.stop_ms = optional_scalar(fields, "stop_ms");
  if (const std::optional<Place> at = fields.find("at_ms")) probe.at_ms = read_one_or_more(*at);
  probe.file = fields.text("file");
  if (probe.file.ends_with(".h5")) throw unsupported(fields["file"], "a probe file of the kind .h5");
  if (fields.has("file") && !probe.file.ends_with(".csv") && !probe.file.ends_with(".npy")) {
    throw fields["file"]
        .error("range", "the probe's file has an unknown ending")
        .with_allowed("names that end with .csv or .npy");
  }
  network_.probes.push_back(std::move(probe));
}

}  // namespace spikeloom
