// Inputs: spike sources become lists or Poisson tables by step, private Poisson input and currents attach to their targets.
#include <fmt/format.h>
#include <algorithm>
#include <cmath>
#include <map>
#include <numeric>

#include "core/compile/parts.hpp"
#include "core/compile/values.hpp"
#include "core/csv.hpp"
#include "core/events/nmnist.hpp"
#include "core/math/philox.hpp"
#include "core/math/stream.hpp"

namespace spikeloom {
namespace {

constexpr std::uint64_t most_cells = 0xFFFFFFFEu;
constexpr double most_per_step = 1000;  ///< mean Poisson count of one step
constexpr double most_exact_hz = 1e9;   ///< of one exact train

std::string input_path(const std::string& name) { return "/inputs/" + pointer_part(name); }

/// Inputs in order of name.
std::map<std::string, const Input*> inputs_of(const Network& network) {
  std::map<std::string, const Input*> inputs;
  const Graph& graph = network.graph();
  for (auto [v, end] = boost::vertices(graph); v != end; ++v)
    if (const auto* input = std::get_if<Input>(&graph[*v].what)) inputs[graph[*v].name] = input;
  return inputs;
}

bool is_private_poisson(const Input& input) {
  const auto* poisson = std::get_if<PoissonInput>(&input.source);
  return poisson != nullptr && !poisson->size;
}

/// Rates in time as segments of tables; `shift` steps are added to the first step of each.
/// Rates given one by one are those of the running indices [first, first + cells) of `all`. `by_step`: nobody takes the times as
/// they are, so that rounding is told.
void fix_rates(const CompileContext& context, const PoissonInput& poisson, const std::string& path, std::uint32_t first,
               std::uint32_t cells, std::uint32_t all, std::uint64_t key, std::int64_t shift, bool by_step,
               std::vector<CompiledPoisson::Segment>& segments, std::vector<PoissonTable>& tables) {
  const double step_s = context.out.step_ms / 1000;
  std::map<double, std::uint32_t> known;
  const auto table_of = [&](double rate, const Where& where) {
    if (!(rate * step_s <= most_per_step))
      throw Error("range", where, "the rate is too high for the step")
          .with_value(show(rate))
          .with_allowed("at most " + show(most_per_step / step_s) + " Hz");
    const auto [at, added] = known.try_emplace(rate, static_cast<std::uint32_t>(tables.size()));
    if (added) tables.push_back(poisson_table(rate * step_s));
    return at->second;
  };
  if (poisson.rate_each) {
    ElementValue rate(context, *poisson.rate_each, path, {"index"}, {}, all, {0, unbounded});
    CompiledPoisson::Segment segment{1 + shift, {}};
    if (rate.is_constant()) {  // as a network file would say it
      segments.push_back({1 + shift, {table_of(rate.constant(), rate.where())}});
      return;
    }
    for (std::uint32_t i = first; i < first + cells; ++i) {
      const double index = i;
      RandomStream stream(stream_key(context.out.wiring_seed, Purpose::parameter, key, name_key("rate_hz")), i, 0, 0);
      segment.tables.push_back(table_of(rate(i, &index, stream), rate.where()));
    }
    segments.push_back(std::move(segment));
    return;
  }
  double before = -1;
  for (std::size_t row = 0; row < poisson.rate_hz.size(); ++row) {
    const std::string at = poisson.rate_hz.size() == 1 ? path : path + "/" + std::to_string(row);
    const double t = number(context, poisson.rate_hz[row].first, at + "/0", {0, unbounded});
    const double rate =
        number(context, poisson.rate_hz[row].second, poisson.rate_hz.size() == 1 ? at : at + "/1", {0, unbounded});
    if (!(t > before))
      throw Error("range", place(poisson.rate_hz[row].first, at + "/0"), "times must ascend")
          .with_value(show(t))
          .with_allowed("> " + show(before));
    before = t;
    const std::int64_t from = by_step ? steps_with_warning(context, t, place(poisson.rate_hz[row].first, at), "the time")
                                      : context.grid.nearest(std::min(t, context.grid.ms_of(max_steps)));
    segments.push_back({from + 1 + shift, {table_of(rate, place(poisson.rate_hz[row].second, at))}});
  }
}

/// The same for trains with real-valued times: from when on which rate; `delay` shifts all of it.
std::vector<ExactRates> exact_rates(const CompileContext& context, const PoissonInput& poisson, const std::string& path,
                                    std::uint32_t first, std::uint32_t cells, std::uint32_t all, std::uint64_t key,
                                    ExactTime delay) {
  const TimeGrid grid(context.out.step_ms);
  const Range range{0, most_exact_hz};
  std::vector<ExactRates> rates;
  if (poisson.rate_each) {
    ElementValue rate(context, *poisson.rate_each, path, {"index"}, {}, all, range);
    rates.push_back({delay, {}});
    for (std::uint32_t i = first; i < first + cells; ++i) {
      const double index = i;
      RandomStream stream(stream_key(context.out.wiring_seed, Purpose::parameter, key, name_key("rate_hz")), i, 0, 0);
      rates.back().per_ms.push_back(rate(i, &index, stream) / 1000);
    }
    auto& per_ms = rates.back().per_ms;  // one rate for all is the same network, however it was said
    if (!per_ms.empty() && std::equal(per_ms.begin() + 1, per_ms.end(), per_ms.begin())) per_ms = {per_ms.front()};
    return rates;
  }
  const bool one = poisson.rate_hz.size() == 1;
  double before = -1;
  for (std::size_t row = 0; row < poisson.rate_hz.size(); ++row) {
    const std::string at = one ? path : path + "/" + std::to_string(row);
    const auto& [time, value] = poisson.rate_hz[row];
    const double t = number(context, time, at + "/0", {0, static_cast<double>(max_steps) / 2 * context.out.step_ms});
    if (!(t > before))
      throw Error("range", place(time, at + "/0"), "times must ascend").with_value(show(t)).with_allowed("> " + show(before));
    before = t;
    rates.push_back({grid.add(grid.exact(t), delay), {number(context, value, one ? at : at + "/1", range) / 1000}});
  }
  return rates;
}

std::uint32_t largest_count(const std::vector<PoissonTable>& tables) {
  std::uint32_t most = 0;
  for (const auto& table : tables) most = std::max(most, table.largest());
  return most;
}

/// The step decides, or where some target lives exactly, the time within it.
struct ListedSpike {
  std::int64_t step = 0;
  ExactTime time;
  std::uint32_t cell = 0;
  friend auto operator<=>(const ListedSpike&, const ListedSpike&) = default;
};

/// Sort spikes by (step or time, cell) and note the most of one cell within one step.
void store_spikes(CompiledSource& source, std::vector<ListedSpike> spikes) {
  std::sort(spikes.begin(), spikes.end());
  std::map<std::uint32_t, std::uint32_t> run;  // of the present step
  for (std::size_t k = 0; k < spikes.size(); ++k) {
    if (k > 0 && spikes[k].step != spikes[k - 1].step) run.clear();
    source.multiplicity = std::max(source.multiplicity, ++run[spikes[k].cell]);
    source.steps.push_back(spikes[k].step);
    source.cells.push_back(spikes[k].cell);
    if (source.exact) source.times.push_back(spikes[k].time);
  }
}

ListedSpike listed_spike(const CompileContext& context, double t_ms, std::uint64_t cell, const Where& where,
                         CompiledSource& source) {
  if (!(t_ms >= 0))
    throw Error("range", where, "a spike time cannot be negative").with_value(show(t_ms)).with_allowed(">= 0 (ms)");
  if (!(t_ms / context.out.step_ms < static_cast<double>(max_steps)))
    throw Error("range", where, "the spike time is too late").with_value(show(t_ms)).with_allowed("at most 2^53 steps");
  source.moved_to_step += !context.grid.on_grid(t_ms);
  ListedSpike spike{context.grid.ceil(t_ms), {}, static_cast<std::uint32_t>(cell)};
  if (source.exact) {
    spike.time = TimeGrid(context.out.step_ms).exact(t_ms);
    spike.step = TimeGrid::step_of(spike.time);
  }
  return spike;
}

void fix_list(const CompileContext& context, const SpikeListInput& list, const std::string& path, CompiledSource& source) {
  std::vector<ListedSpike> spikes;
  std::uint64_t size = list.times_ms.size();
  const std::string inside = path + "/spikes";
  if (!list.file.empty()) {
    const Where where{inside + "/file"};
    const std::string file = path_in(context.network.folder, list.file);
    const CsvColumns columns = read_csv(file, {"neuron", "time_ms"}, where);
    if (!columns.found[0] || !columns.found[1])
      throw Error("missing", where, file + ": the columns \"neuron\" and \"time_ms\" are wanted");
    try {
      for (std::size_t row = 0; row < columns.rows; ++row) {
        const Where at = at_row(where, row + 1);
        const std::uint64_t cell = whole(columns.values[0][row], at, 0, most_cells - 1);
        size = std::max(size, cell + 1);
        spikes.push_back(listed_spike(context, columns.values[1][row], cell, at, source));
      }
    } catch (const Error& error) { tell_row(error, file); }
  }
  for (std::size_t cell = 0; cell < list.times_ms.size(); ++cell)
    for (std::size_t k = 0; k < list.times_ms[cell].size(); ++k) {
      const Where at{inside + "/times_ms/" + std::to_string(cell) + "/" + std::to_string(k)};
      spikes.push_back(listed_spike(context, list.times_ms[cell][k], cell, at, source));
    }
  if (list.size) size = whole_number(context, *list.size, path + "/size", size, most_cells);
  source.size = static_cast<std::uint32_t>(size);
  source.shape = {source.size};
  store_spikes(source, std::move(spikes));
}

/// The file does not say: the least of the sizes in use that holds all events.
std::pair<std::uint32_t, std::uint32_t> least_sensor(const EventRecording& recording) {
  std::uint32_t width = 0, height = 0;
  for (const auto& event : recording.events) {
    width = std::max<std::uint32_t>(width, event.x + 1u);
    height = std::max<std::uint32_t>(height, event.y + 1u);
  }
  if (width <= 34 && height <= 34) return {34, 34};
  if (width <= 240 && height <= 180) return {240, 180};
  return {width, height};
}

void fix_events(const CompileContext& context, const EventsInput& events, const std::string& path, CompiledSource& source) {
  const std::string inside = path + "/events";
  const Where where{inside + "/file"};
  const std::string file = path_in(context.network.folder, events.file);
  const bool by_ending = file.ends_with(".bin");
  if (events.format.empty() ? !by_ending : events.format != "nmnist")
    throw Error("unsupported", {inside + (events.format.empty() ? "/file" : "/format")},
                "this version reads N-MNIST recordings (.bin) only", Exit::refused)
        .with_value(events.format.empty() ? events.file : events.format)
        .with_allowed("nmnist");
  const EventRecording recording = decode_nmnist(read_whole_file(file, std::uint64_t{1} << 32, where));
  if (recording.trailing_bytes > 0)
    context.warn(inside + ": " + std::to_string(recording.trailing_bytes) + " bytes after the last whole event");

  const auto extent = [&](const std::vector<Value>& list, std::size_t k, const char* key, std::uint64_t low, std::uint64_t high) {
    return static_cast<std::uint32_t>(whole_number(context, list[k], inside + "/" + key + "/" + std::to_string(k), low, high));
  };
  auto [width, height] = least_sensor(recording);
  if (events.sensor.empty() && (width > 34 || height > 34))
    context.warn(
        fmt::format("{}: the file does not say its sensor; {} x {} holds all events and is taken", inside, width, height));
  if (events.sensor.size() == 2)
    width = extent(events.sensor, 0, "sensor", 1, 65536), height = extent(events.sensor, 1, "sensor", 1, 65536);
  std::uint32_t x0 = 0, y0 = 0, w = width, h = height;
  if (events.region.size() == 4) {
    x0 = extent(events.region, 0, "region", 0, width > 0 ? width - 1 : 0),
    y0 = extent(events.region, 1, "region", 0, height > 0 ? height - 1 : 0);
    w = extent(events.region, 2, "region", 1, std::max(1u, width - x0)),
    h = extent(events.region, 3, "region", 1, std::max(1u, height - y0));
  }
  const auto down = static_cast<std::uint32_t>(whole_number(context, events.downsample, inside + "/downsample", 1, 65536));
  const double scale = number(context, events.time_scale, inside + "/time_scale", {0, 1e9, true});
  const bool split = events.polarity == "split";
  const std::uint32_t columns = (w + down - 1) / down, rows = (h + down - 1) / down;
  source.shape = split ? std::vector<std::uint32_t>{2, rows, columns} : std::vector<std::uint32_t>{rows, columns};
  source.size = (split ? 2 : 1) * rows * columns;

  std::vector<ListedSpike> spikes;
  const TimeGrid exact_grid(context.out.step_ms);
  std::uint64_t outside = 0, backward = 0;
  std::int64_t last = 0;
  for (const auto& event : recording.events) {
    if (event.x >= width || event.y >= height) {
      ++outside;
      continue;
    }
    if ((events.polarity == "on" && event.polarity == 0) || (events.polarity == "off" && event.polarity != 0)) continue;
    if (event.x < x0 || event.x >= x0 + w || event.y < y0 || event.y >= y0 + h) continue;
    const std::int64_t t = std::max(event.t_us, last);  // time that runs backwards is held
    backward += t != event.t_us;
    last = t;
    bool exact = true;
    ListedSpike spike{context.grid.ceil_us(t, scale, exact), {}, 0};
    source.moved_to_step += !exact;
    if (source.exact) {
      spike.time = exact_grid.exact_us(t, scale);
      spike.step = TimeGrid::step_of(spike.time);
    }
    const std::uint32_t plane = split && event.polarity != 0 ? 1 : 0;
    spike.cell = (plane * rows + (event.y - y0) / down) * columns + (event.x - x0) / down;
    spikes.push_back(spike);
  }
  if (outside > 0) context.warn(inside + ": " + std::to_string(outside) + " events outside the sensor were dropped");
  if (backward > 0)
    context.warn(inside + ": " + std::to_string(backward) + " events whose time ran backwards were held at the time before");
  store_spikes(source, std::move(spikes));
}

/// At least what a run keeps for each: where its row of synapses begins.
constexpr double source_cell_bytes = 8;

/// Does the name lead to this input, itself or as a member of groups? (Circles are refused where ends are resolved.)
bool stands_for(const CompileContext& context, const std::string& name, const std::string& input, int depth = 0) {
  if (name == input) return true;
  const auto vertex = context.network.find(name);
  const Group* group = vertex ? std::get_if<Group>(&context.network.graph()[*vertex].what) : nullptr;
  if (group == nullptr || depth > 16) return false;
  return std::any_of(group->members.begin(), group->members.end(),
                     [&](const Slice& member) { return stands_for(context, member.name, input, depth + 1); });
}

/// Some cell that this input reaches lives exactly, or its plastic synapses do, as a cell does that sends through the same ones.
bool reaches_exact(const CompileContext& context, const std::string& name, const Input& input) {
  if (!context.out.any_exact()) return false;
  const auto exact = [&](const Slice& to) {
    return std::any_of(context.out.populations.begin(), context.out.populations.end(),
                       [&](const auto& population) { return population.exact && stands_for(context, to.name, population.name); });
  };
  if (input.drive && exact(input.drive->to)) return true;
  const Graph& graph = context.network.graph();
  for (auto [e, end] = boost::edges(graph); e != end; ++e)
    if (stands_for(context, graph[*e].from.name, name) &&
        (exact(graph[*e].to) || (!graph[*e].plasticity.empty() && exact(graph[*e].from))))
      return true;
  return false;
}

/// Somebody takes its spikes by step; pairings take them at the times that were given.
bool is_taken_by_step(const CompileContext& context, const std::string& name, const Input& input) {
  const auto is_it = [&](const Slice& slice) { return stands_for(context, slice.name, name); };
  if (input.drive) return true;
  bool is_paired = false;
  const Graph& graph = context.network.graph();
  for (auto [e, end] = boost::edges(graph); e != end; ++e) {
    if (!is_it(graph[*e].from) && !is_it(graph[*e].to)) continue;
    if (!is_pairing(context, graph[*e])) return true;
    is_paired = true;
  }
  const auto reads = [&](const auto& named) {
    const auto& form = named.second.form;
    if (const auto* trace = std::get_if<TraceSignal>(&form)) return is_it(trace->of);
    if (const auto* rate = std::get_if<RateSignal>(&form)) return is_it(rate->of);
    const auto* decay = std::get_if<DecaySignal>(&form);
    return decay != nullptr && decay->driven_by && is_it(*decay->driven_by);
  };
  return !is_paired || std::any_of(context.network.signals.begin(), context.network.signals.end(), reads) ||
         std::any_of(context.network.probes.begin(), context.network.probes.end(),
                     [&](const Probe& probe) { return probe.kind == Probe::Kind::spikes && is_it(probe.of); });
}

CompiledSource fix_source(const CompileContext& context, const std::string& name, const Input& input) {
  const std::string path = input_path(name);
  CompiledSource source;
  source.name = name;
  source.key = stream_key(context.out.noise_seed, Purpose::source, name_key(name));
  source.exact = reaches_exact(context, name, input);
  if (const auto* poisson = std::get_if<PoissonInput>(&input.source)) {
    source.kind = CompiledSource::Kind::poisson;
    source.size = static_cast<std::uint32_t>(whole_number(context, *poisson->size, path + "/size", 0, most_cells));
    source.shape = {source.size};
    require_memory(source_cell_bytes * source.size, place(*poisson->size, path + "/size"), "input " + name);
    fix_rates(context, *poisson, path + "/poisson/rate_hz", 0, source.size, source.size, name_key(name), 0, !source.exact,
              source.segments, source.tables);
    source.multiplicity = std::max(1u, largest_count(source.tables));
    if (source.exact)
      source.rates = exact_rates(context, *poisson, path + "/poisson/rate_hz", 0, source.size, source.size, name_key(name), {});
  } else if (const auto* list = std::get_if<SpikeListInput>(&input.source)) {
    fix_list(context, *list, path, source);
  } else if (const auto* external = std::get_if<ExternalInput>(&input.source)) {
    source.kind = CompiledSource::Kind::external;
    source.size = static_cast<std::uint32_t>(whole_number(context, external->size, path + "/external", 0, most_cells));
    source.shape = {source.size};
    require_memory(source_cell_bytes * source.size, place(external->size, path + "/external"), "input " + name);
  } else {
    fix_events(context, std::get<EventsInput>(input.source), path, source);
  }
  if (source.moved_to_step > 0 && !source.exact && is_taken_by_step(context, name, input))
    context.warn(path + ": " + std::to_string(source.moved_to_step) +
                 (source.moved_to_step == 1 ? " spike time was" : " spike times were") +
                 " not on the step's grid; each acts in the step that holds it");
  return source;
}

void add_private_poisson(CompileContext& context, const std::string& name, const Input& input) {
  const auto& poisson = std::get<PoissonInput>(input.source);
  const std::string path = input_path(name);
  if (!input.drive)
    throw Error("missing", {path}, "a Poisson input needs \"to\" (private trains) or \"size\" (trains that projections wire up)");
  const Ends ends = resolve_ends(context, input.drive->to, path + "/to", EndKind::populations);
  const double delay_ms =
      number(context, input.drive->delay_ms, path + "/delay_ms", {0, max_delay_steps * context.out.step_ms, true});
  const std::int64_t delay = std::max<std::int64_t>(1, context.grid.nearest(delay_ms));
  ElementValue weight(context, input.drive->weight, path + "/weight", {"index"}, {}, ends.size);
  for (const auto& segment : ends.segments) {
    const auto& population = context.out.populations[segment.index];
    CompiledPoisson out;
    out.name = name;
    out.key = stream_key(context.out.noise_seed, Purpose::poisson, name_key(name), population.key);
    out.population = segment.index, out.first = segment.first, out.stride = segment.stride, out.count = segment.count;
    if (weight.is_constant()) {
      out.weight.constant = weight.constant();
    } else {
      for (std::uint32_t k = 0; k < segment.count; ++k) {
        const double index = segment.offset + k;
        RandomStream stream(stream_key(context.out.wiring_seed, Purpose::parameter, name_key(name), name_key("weight")),
                            segment.offset + k, 0, 0);
        out.weight.each.push_back(weight(segment.offset + k, &index, stream));
      }
    }
    const ReceptorChoice choice = choose_receptor(population, input.drive->receptor, {path + "/receptor"});
    bool positive = false, negative = false;
    for (std::uint32_t k = 0; k < (out.weight.uniform() ? 1u : segment.count); ++k) {
      (out.weight[k] < 0 ? negative : positive) = true;
      check_weight_sign(population, out.weight[k] < 0 ? choice.negative : choice.positive, out.weight[k], weight.where());
    }
    if (positive && negative && choice.positive != choice.negative)
      throw Error("range", weight.where(), "weights of both signs need an explicit \"receptor\" here");
    out.receptor = negative ? choice.negative : choice.positive;
    if (population.exact)
      out.rates = exact_rates(context, poisson, path + "/poisson/rate_hz", segment.offset, segment.count, ends.size,
                              name_key(name), TimeGrid(context.out.step_ms).exact(delay_ms));
    else
      fix_rates(context, poisson, path + "/poisson/rate_hz", segment.offset, segment.count, ends.size, name_key(name), delay,
                true, out.segments, out.tables);
    context.out.poisson.push_back(std::move(out));
  }
}

void add_current(CompileContext& context, const std::string& name, const Input& input) {
  const auto& current = std::get<CurrentInput>(input.source);
  const std::string path = input_path(name), inside = path + "/current";
  if (!input.drive) throw Error("missing", {path}, "a current needs \"to\"");
  const Ends ends = resolve_ends(context, input.drive->to, path + "/to", EndKind::populations);
  const auto column = [&](const Value& value, const std::string& at, const EndSegment& segment, const Range& range = {}) {
    ElementValue each(context, value, at, {"index"}, {}, ends.size, range);
    Column out;
    out.constant = each.is_constant() ? each.constant() : 0;
    if (each.is_constant()) return out;
    for (std::uint32_t k = 0; k < segment.count; ++k) {
      const double index = segment.offset + k;
      RandomStream stream(stream_key(context.out.wiring_seed, Purpose::parameter, name_key(name), name_key(at)),
                          segment.offset + k, 0, 0);
      out.each.push_back(each(segment.offset + k, &index, stream));
    }
    return out;
  };
  for (const auto& segment : ends.segments) {
    CompiledCurrent out;
    out.name = name;
    out.key = stream_key(context.out.noise_seed, Purpose::noise, name_key(name), context.out.populations[segment.index].key);
    out.population = segment.index, out.first = segment.first, out.stride = segment.stride, out.count = segment.count;
    if (const auto* value = std::get_if<Value>(&current.form)) {
      out.form = CompiledCurrent::Steps{{0.0}, {column(*value, inside + "/value", segment)}};
    } else if (const auto* table = std::get_if<StepTable>(&current.form)) {
      CompiledCurrent::Steps steps;
      for (std::size_t row = 0; row < table->size(); ++row) {
        const std::string at = inside + "/value/" + std::to_string(row);
        const double t = number(context, (*table)[row].first, at + "/0");
        if (!steps.t_ms.empty() && !(t > steps.t_ms.back()))
          throw Error("range", place((*table)[row].first, at + "/0"), "times must ascend")
              .with_value(show(t))
              .with_allowed("> " + show(steps.t_ms.back()));
        steps.t_ms.push_back(t);
        steps.value.push_back(column((*table)[row].second, at + "/1", segment));
      }
      out.form = std::move(steps);
    } else if (const auto* ramps = std::get_if<std::vector<CurrentInput::Ramp>>(&current.form)) {
      std::vector<CompiledCurrent::Ramp> list;
      for (std::size_t r = 0; r < ramps->size(); ++r) {
        const std::string at = inside + "/ramp/" + std::to_string(r);
        const auto& ramp = (*ramps)[r];
        list.push_back({number(context, ramp.from_ms, at + "/from_ms"), number(context, ramp.to_ms, at + "/to_ms"),
                        number(context, ramp.start, at + "/start"), number(context, ramp.slope, at + "/slope")});
        if (!(list.back().to_ms >= list.back().from_ms))
          throw Error("range", place(ramp.to_ms, at + "/to_ms"), "the ramp ends before it begins")
              .with_value(show(list.back().to_ms))
              .with_allowed(">= " + show(list.back().from_ms));
      }
      out.form = std::move(list);
    } else if (const auto* sine = std::get_if<CurrentInput::Sine>(&current.form)) {
      const std::string at = inside + "/sine";
      out.form = CompiledCurrent::Sine{number(context, sine->amplitude, at + "/amplitude"),
                                       number(context, sine->frequency_hz, at + "/frequency_hz", {0, unbounded}),
                                       number(context, sine->phase_rad, at + "/phase_rad"),
                                       number(context, sine->offset, at + "/offset")};
    } else {
      const auto& noise = std::get<CurrentInput::Noise>(current.form);
      const std::string at = inside + "/noise";
      std::int64_t every = 1;
      if (noise.every_ms) {
        const double ms = number(context, *noise.every_ms, at + "/every_ms", {0, unbounded, true});
        every =
            std::max<std::int64_t>(1, steps_with_warning(context, ms, place(*noise.every_ms, at + "/every_ms"), "the interval"));
      }
      out.form = CompiledCurrent::Noise{column(noise.mean, at + "/mean", segment),
                                        column(noise.sd, at + "/sd", segment, {0, unbounded}), every};
    }
    context.out.currents.push_back(std::move(out));
  }
}

}  // namespace

void compile_sources(CompileContext& context) {
  std::uint64_t cells = context.out.neurons;
  for (const auto& [name, input] : inputs_of(context.network)) {
    if (std::holds_alternative<CurrentInput>(input->source) || is_private_poisson(*input)) continue;
    context.out.sources.push_back(fix_source(context, name, *input));
    cells += context.out.sources.back().size;
    if (cells > most_cells)
      throw Error("limit", {input_path(name)}, "more than 2^32 - 2 neurons and source cells", Exit::refused);
  }
}

void compile_drives(CompileContext& context) {
  for (const auto& [name, input] : inputs_of(context.network)) {
    if (std::holds_alternative<CurrentInput>(input->source)) add_current(context, name, *input);
    else if (is_private_poisson(*input)) add_private_poisson(context, name, *input);
  }
}

}  // namespace spikeloom
