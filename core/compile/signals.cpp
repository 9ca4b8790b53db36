// Signals in the order of their dependence, the currents made of them, and what they modulate.
#include <algorithm>
#include <boost/graph/adjacency_list.hpp>
#include <boost/graph/topological_sort.hpp>
#include <cmath>
#include <map>
#include <tuple>

#include "core/compile/parts.hpp"
#include "core/math/philox.hpp"

namespace spikeloom {
namespace {

std::string signal_path(const std::string& name) { return "/signals/" + pointer_part(name); }

template <class Map>
std::vector<std::string> keys_of(const Map& map) {
  std::vector<std::string> names;
  for (const auto& [name, unused] : map) names.push_back(name);
  return names;
}

/// Names so that each comes after what it reads; among free ones in order of name. Only readouts read other signals.
std::vector<std::string> evaluation_order(const Network& network) {
  using Dependence = boost::adjacency_list<boost::vecS, boost::vecS, boost::directedS>;
  const auto names = keys_of(network.signals);
  Dependence graph(names.size());
  for (std::size_t i = 0; i < names.size(); ++i) {
    const auto* readout = std::get_if<ReadoutSignal>(&network.signals.at(names[i]).form);
    if (readout == nullptr) continue;
    const auto of = std::find(names.begin(), names.end(), readout->of);
    if (of == names.end()) unknown("unknown_name", {signal_path(names[i]) + "/readout/of"}, "the signal", readout->of, names);
    boost::add_edge(i, static_cast<std::size_t>(of - names.begin()), graph);
  }
  std::vector<std::size_t> order;
  try {
    boost::topological_sort(graph, std::back_inserter(order));
  } catch (const boost::not_a_dag&) {
    throw Error("conflict", {"/signals"}, "signals depend on each other in a circle; a circle must pass through the network");
  }
  std::vector<std::string> sorted;
  for (const std::size_t i : order) sorted.push_back(names[i]);
  return sorted;
}

class SignalCompiler {
 public:
  SignalCompiler(const CompileContext& context, const std::string& name, CompiledSignal& out)
      : context_(context), path_(signal_path(name)), out_(out) {}

  void operator()(const PulseSignal& pulse) {
    const std::string at = path_ + "/pulse";
    CompiledSignal::Pulse form{number(context_, pulse.at_ms, at + "/at_ms", {0, unbounded}),
                               number(context_, pulse.width_ms, at + "/width_ms", {0, unbounded, true}),
                               number(context_, pulse.height, at + "/height"), 0};
    if (pulse.every_ms) form.every_ms = number(context_, *pulse.every_ms, at + "/every_ms", {0, unbounded, true});
    out_.form = form;
  }
  void operator()(const StepsSignal& written) {
    CompiledSignal::Steps form;
    for (std::size_t row = 0; row < written.steps.size(); ++row) {
      const std::string at = path_ + "/steps/" + std::to_string(row);
      const double t = number(context_, written.steps[row].first, at + "/0");
      if (!form.t_ms.empty() && !(t > form.t_ms.back()))
        throw Error("range", place(written.steps[row].first, at + "/0"), "times must ascend")
            .with_value(show(t))
            .with_allowed("> " + show(form.t_ms.back()));
      form.t_ms.push_back(t);
      form.value.push_back(number(context_, written.steps[row].second, at + "/1"));
    }
    out_.form = form;
  }
  void operator()(const ExternalSignal& external) {
    out_.size = static_cast<std::uint32_t>(whole_number(context_, external.size, path_ + "/external", 1, 1u << 24));
    out_.form = CompiledSignal::External{};
  }
  void operator()(const TraceSignal& trace) {
    const Ends of = resolve_ends(context_, trace.of, path_ + "/trace_of", EndKind::spiking);
    CompiledSignal::Trace form{of.segments, {}, number(context_, trace.scale, path_ + "/scale")};
    for (std::size_t k = 0; k < trace.tau_ms.size(); ++k)
      form.tau_ms.push_back(number(context_, trace.tau_ms[k], path_ + "/tau_ms/" + std::to_string(k), {0, unbounded, true}));
    const std::uint64_t size = std::uint64_t{of.size} * form.tau_ms.size();
    require_memory(16.0 * static_cast<double>(size), {path_}, "the trace");
    out_.size = static_cast<std::uint32_t>(size);
    out_.form = std::move(form);
  }
  void operator()(const RateSignal& rate) {
    const Ends of = resolve_ends(context_, rate.of, path_ + "/rate_of", EndKind::spiking);
    if (of.size == 0) throw Error("range", place(rate.of.where, path_ + "/rate_of"), "the rate of nobody is not a number");
    out_.form =
        CompiledSignal::Rate{of.segments, number(context_, rate.tau_ms, path_ + "/tau_ms", {0, unbounded, true}), of.size};
  }
  void operator()(const ReadoutSignal& readout) {
    const std::string at = path_ + "/readout";
    const auto of = std::find_if(context_.out.signals.begin(), context_.out.signals.end(),
                                 [&](const auto& s) { return s.name == readout.of; });
    out_.size = static_cast<std::uint32_t>(whole_number(context_, readout.channels, at + "/channels", 1, 1u << 24));
    const std::uint64_t wanted = std::uint64_t{out_.size} * of->size;
    if (readout.weights.size() != wanted)
      throw Error("range", place(readout.weights_where, at + "/weights"),
                  "channels x size of \"" + readout.of + "\" weights are wanted")
          .with_value(std::to_string(readout.weights.size()))
          .with_allowed(std::to_string(wanted));
    out_.form = CompiledSignal::Readout{static_cast<std::uint32_t>(of - context_.out.signals.begin()), readout.weights};
  }

 private:
  const CompileContext& context_;
  std::string path_;
  CompiledSignal& out_;
};

std::uint32_t signal_index(const CompileContext& context, const std::string& name, const Where& where) {
  for (std::uint32_t s = 0; s < context.out.signals.size(); ++s)
    if (context.out.signals[s].name == name) return s;
  unknown("unknown_name", where, "the signal", name, keys_of(context.network.signals));
}

void add_signal_current(CompileContext& context, std::size_t number_of, const SignalCurrent& written) {
  const std::string path = "/currents/" + std::to_string(number_of);
  const std::uint32_t signal = signal_index(context, written.from, {path + "/from"});
  const std::uint32_t channels = context.out.signals[signal].size;
  const Ends to = resolve_ends(context, written.to, path + "/to", EndKind::populations);
  std::vector<double> weights;
  if (const auto* list = std::get_if<std::vector<double>>(&written.weight.form)) {
    weights = *list;
    const std::uint64_t full = std::uint64_t{channels} * to.size;
    if (weights.size() != 1 && weights.size() != channels && weights.size() != full)
      throw Error("range", place(written.weight, path + "/weight"),
                  "one weight, one per channel, or one per channel and neuron is wanted")
          .with_value(std::to_string(weights.size()))
          .with_allowed("1, " + std::to_string(channels) + " or " + std::to_string(full));
  } else {
    weights = {number(context, written.weight, path + "/weight")};
  }
  double low = -unbounded, high = unbounded;
  if (written.clip) {
    const auto bound = [&](const Value& value, int k, double absent) {
      const auto* literal = std::get_if<double>(&value.form);
      return literal != nullptr && std::isinf(*literal) ? absent : number(context, value, path + "/clip/" + std::to_string(k));
    };
    low = bound(written.clip->first, 0, -unbounded), high = bound(written.clip->second, 1, unbounded);
    if (!(low <= high))
      throw Error("range", place(written.clip->second, path + "/clip/1"), "the clip is empty")
          .with_value(show(high))
          .with_allowed(">= " + show(low));
  }
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

/// Parameters and gains of exact cells stand still.
void refuse_exact(bool exact, const std::string& path, const Modulation& written) {
  if (exact)
    throw Error("unsupported", {path + "/to"}, "this version modulates stepped cells only; exact cells take signals as currents",
                Exit::refused)
        .with_value(written.to);
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
    refuse_exact(population.exact, path, written);
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
    refuse_exact(context.out.projections[p].rows->exact, path, written);
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

void compile_signals(CompileContext& context) {
  for (const auto& name : evaluation_order(context.network)) {
    CompiledSignal signal;
    signal.name = name;
    signal.key = name_key(name);
    std::visit(SignalCompiler(context, name, signal), context.network.signals.at(name).form);
    context.out.signals.push_back(std::move(signal));
  }
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
