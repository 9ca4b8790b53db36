// What signals act on: the currents made of them, and the parameters and gains they modulate.
#include <algorithm>
#include <tuple>

#include "core/compile/parts.hpp"
#include "core/compile/values.hpp"
#include "core/math/philox.hpp"

namespace spikeloom {
namespace {

/// The text of a slice as a key: equal for equal ends, however they were written.
std::string slice_key(const Slice& slice) {
  return slice.name + "[" + std::to_string(slice.first) + ":" + (slice.last ? std::to_string(*slice.last) : "") + ":" +
         std::to_string(slice.stride) + "]";
}

std::uint32_t signal_index(const CompileContext& context, const std::string& name, const Where& where) {
  for (std::uint32_t s = 0; s < context.out.signals.size(); ++s)
    if (context.out.signals[s].name == name) return s;
  unknown("unknown_name", where, "the signal", name, signal_names(context.network));
}

/// One weight; one per channel; or one per channel and neuron, row by row. A law is drawn for each channel and neuron.
std::vector<double> current_weights(const CompileContext& context, const SignalCurrent& written, const std::string& path,
                                    std::uint32_t channels, std::uint32_t cells) {
  const std::uint64_t full = std::uint64_t{channels} * cells;
  if (const auto* list = std::get_if<std::vector<double>>(&written.weight.form)) {
    if (list->size() != 1 && list->size() != channels && list->size() != full)
      throw Error("range", place(written.weight, path), "one weight, one per channel, or one per channel and neuron is wanted")
          .with_value(std::to_string(list->size()))
          .with_allowed("1, " + std::to_string(channels) + " or " + std::to_string(full));
    return *list;
  }
  require_memory(8.0 * static_cast<double>(full), place(written.weight, path), "the weights of the current");
  ElementValue value(context, written.weight, path, {"channel", "index"}, {}, full);
  if (value.is_constant()) return {value.constant()};
  const std::uint64_t key =
      stream_key(context.out.wiring_seed, Purpose::parameter, name_key(written.from), name_key(slice_key(written.to)));
  std::vector<double> weights;
  weights.reserve(full);
  for (std::uint32_t c = 0; c < channels; ++c)
    for (std::uint32_t k = 0; k < cells; ++k) {
      const double variables[] = {static_cast<double>(c), static_cast<double>(k)};
      RandomStream stream(key, k, c, 0);
      weights.push_back(value(std::uint64_t{c} * cells + k, variables, stream));
    }
  return weights;
}

void add_signal_current(CompileContext& context, std::size_t number_of, const SignalCurrent& written) {
  const std::string path = "/currents/" + std::to_string(number_of);
  const std::uint32_t signal = signal_index(context, written.from, {path + "/from"});
  const std::uint32_t channels = context.out.signals[signal].size;
  const Ends to = resolve_ends(context, written.to, path + "/to", EndKind::populations);
  const std::vector<double> weights = current_weights(context, written, path + "/weight", channels, to.size);
  const auto [low, high] = written.clip ? clip_bounds(context, *written.clip, path + "/clip") : std::pair(-unbounded, unbounded);
  for (const auto& segment : to.segments) {
    CompiledCurrent out;
    out.name = written.from;
    out.population = segment.index, out.first = segment.first, out.stride = segment.stride, out.count = segment.count;
    CompiledCurrent::FromSignal form{signal, weights, low, high};
    if (weights.size() == std::uint64_t{channels} * to.size && weights.size() != channels && weights.size() != 1) {
      form.weight.clear();
      for (std::uint32_t c = 0; c < channels; ++c)
        for (std::uint32_t k = 0; k < segment.count; ++k)
          form.weight.push_back(weights[std::size_t{c} * to.size + segment.offset + k]);
    }
    out.form = std::move(form);
    context.out.currents.push_back(std::move(out));
  }
}

void add_modulation(CompileContext& context, std::size_t number_of, const Modulation& written) {
  const std::string path = "/modulation/" + std::to_string(number_of);
  CompiledModulation out;
  out.signal = signal_index(context, written.signal, {path + "/signal"});
  out.scale = number(context, written.scale, path + "/scale");
  out.name = written.signal + "->" + written.to + "." + written.target;
  const std::uint32_t channels = context.out.signals[out.signal].size;
  std::vector<std::string> names;
  for (std::uint32_t p = 0; p < context.out.populations.size(); ++p) {
    const auto& population = context.out.populations[p];
    names.push_back(population.name);
    if (population.name != written.to) continue;
    out.index = p;
    if (channels != 1 && channels != population.size)
      throw Error("range", {path + "/signal"}, "the signal needs one channel, or one for each neuron of \"" + written.to + "\"")
          .with_value(std::to_string(channels))
          .with_allowed("1 or " + std::to_string(population.size));
    if (written.target == "gain") {
      out.target = CompiledModulation::Target::population_gain;
    } else {
      std::vector<std::string> parameters{"gain"};
      for (const auto& row : population.model.table->parameters) parameters.emplace_back(row.name);
      const auto at = std::find(parameters.begin(), parameters.end(), written.target);
      if (at == parameters.end()) unknown("unknown_name", {path + "/target"}, "the target", written.target, parameters);
      out.parameter = static_cast<int>(at - parameters.begin()) - 1;
    }
    context.out.modulations.push_back(out);
    return;
  }
  for (std::uint32_t p = 0; p < context.out.projections.size(); ++p) {
    names.push_back(context.out.projections[p].name);
    if (context.out.projections[p].name != written.to) continue;
    if (written.target != "gain")
      throw Error("unknown_name", {path + "/target"}, "a projection has one target, its gain")
          .with_value(written.target)
          .with_allowed("gain");
    if (channels != 1)
      throw Error("range", {path + "/signal"}, "the gain of a projection takes a signal of one channel")
          .with_value(std::to_string(channels))
          .with_allowed("1");
    out.index = p;
    out.target = CompiledModulation::Target::projection_gain;
    context.out.modulations.push_back(out);
    return;
  }
  unknown("unknown_name", {path + "/to"}, "the population or projection", written.to, names);
}

/// By name; several of one name by what they are, so that the order of declaration never shows in a sum.
bool before(const CompiledCurrent& a, const CompiledCurrent& b) {
  const auto& x = std::get<CompiledCurrent::FromSignal>(a.form);
  const auto& y = std::get<CompiledCurrent::FromSignal>(b.form);
  return std::tie(a.name, a.population, a.first, a.stride, a.count, x.weight, x.clip_low, x.clip_high) <
         std::tie(b.name, b.population, b.first, b.stride, b.count, y.weight, y.clip_low, y.clip_high);
}

}  // namespace

void compile_signal_uses(CompileContext& context) {
  const std::size_t inputs = context.out.currents.size();
  for (std::size_t k = 0; k < context.network.currents.size(); ++k) add_signal_current(context, k, context.network.currents[k]);
  std::stable_sort(context.out.currents.begin() + static_cast<std::ptrdiff_t>(inputs), context.out.currents.end(), before);
  for (std::size_t k = 0; k < context.network.modulation.size(); ++k) add_modulation(context, k, context.network.modulation[k]);
  std::stable_sort(context.out.modulations.begin(), context.out.modulations.end(),
                   [](const auto& a, const auto& b) { return std::tie(a.name, a.scale) < std::tie(b.name, b.scale); });
  for (std::uint32_t m = 0; m < context.out.modulations.size(); ++m)
    if (context.out.modulations[m].target == CompiledModulation::Target::projection_gain)
      context.out.projections[context.out.modulations[m].index].gain = static_cast<int>(m);
}

}  // namespace spikeloom
