// Signals with every number fixed, in the order of their dependence.
#include <algorithm>
#include <cmath>

#include "core/compile/parts.hpp"
#include "core/dependence.hpp"
#include "core/math/philox.hpp"

namespace spikeloom {
namespace {

std::string signal_path(const std::string& name) { return "/signals/" + pointer_part(name); }

constexpr double unbounded_time = 1e300;

/// A signal that another one reads, and where the name is written.
struct Read {
  std::string name, path;
};

/// What a signal must come after. What teaches or gates a readout is not among it: readouts learn last.
std::vector<Read> reads_of(const Signal& signal, const std::string& path) {
  if (const auto* mean = std::get_if<MeanSignal>(&signal.form)) return {{mean->of, path + "/mean_of"}};
  if (const auto* objective = std::get_if<ObjectiveSignal>(&signal.form))
    return {{objective->target, path + "/objective/target"}, {objective->minus, path + "/objective/minus"}};
  if (const auto* readout = std::get_if<ReadoutSignal>(&signal.form)) return {{readout->of, path + "/readout/of"}};
  std::vector<Read> reads;
  if (const auto* product = std::get_if<ProductSignal>(&signal.form))
    for (std::size_t k = 0; k < product->factors.size(); ++k)
      reads.push_back({product->factors[k], path + "/product/" + std::to_string(k)});
  return reads;
}

/// Names so that each comes after what it reads; among free ones in order of name.
std::vector<std::string> evaluation_order(const Network& network) {
  const auto names = signal_names(network);
  Dependence graph(names.size());
  for (std::size_t i = 0; i < names.size(); ++i)
    for (const Read& read : reads_of(network.signals.at(names[i]), signal_path(names[i]))) {
      const auto of = std::find(names.begin(), names.end(), read.name);
      if (of == names.end()) unknown("unknown_name", {read.path}, "the signal", read.name, names);
      boost::add_edge(i, static_cast<std::size_t>(of - names.begin()), graph);
    }
  const auto [order, circle] = in_order(graph);
  if (!circle.empty()) {
    const std::string& next = names[circle[1 % circle.size()]];
    const auto reads = reads_of(network.signals.at(names[circle[0]]), signal_path(names[circle[0]]));
    const auto at = std::find_if(reads.begin(), reads.end(), [&](const Read& read) { return read.name == next; });
    throw Error("conflict", {at->path}, "signals depend on each other in a circle; a circle must pass through the network")
        .with_value(circle_text(circle, names));
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
    table(written.steps, path_ + "/steps", form.t_ms, form.value);
    out_.form = form;
  }
  void operator()(const GaussianSignal& gaussian) {
    const std::string at = path_ + "/gaussian";
    CompiledSignal::Gaussian form;
    for (std::size_t k = 0; k < gaussian.at_ms.size(); ++k)
      form.at_ms.push_back(number(context_, gaussian.at_ms[k], at + "/at_ms/" + std::to_string(k)));
    form.sd_ms = number(context_, gaussian.sd_ms, at + "/sd_ms", {0, unbounded, true});
    out_.size = static_cast<std::uint32_t>(form.at_ms.size());
    out_.form = form;
  }
  void operator()(const ChoiceSignal& choice) {
    const std::string at = path_ + "/choice/probabilities";
    CompiledSignal::Choice form{{}, stream_key(context_.out.trials_seed, Purpose::trial, out_.key)};
    double sum = 0;
    for (std::size_t k = 0; k < choice.probabilities.size(); ++k) {
      sum += number(context_, choice.probabilities[k], at + "/" + std::to_string(k), {0, 1});
      form.below.push_back(sum);
    }
    if (!(std::fabs(sum - 1) <= 1e-9))
      throw Error("range", {at}, "the probabilities must sum to 1").with_value(show(sum)).with_allowed("1");
    out_.size = static_cast<std::uint32_t>(form.below.size());
    out_.form = form;
  }
  void operator()(const ExternalSignal& external) {
    out_.size = static_cast<std::uint32_t>(whole_number(context_, external.size, path_ + "/external", 1, 1u << 24));
    out_.form = CompiledSignal::External{};
  }
  void operator()(const TraceSignal& trace) {
    const Ends of = resolve_ends(context_, trace.of, path_ + "/trace_of", EndKind::spiking);
    CompiledSignal::Trace form{of.segments, {}, number(context_, trace.scale, path_ + "/scale")};
    if (trace.tau_ms.empty() || trace.tau_ms.size() > 2)
      throw Error("range", {path_ + "/tau_ms"}, "a trace has one time constant, or two")
          .with_value(std::to_string(trace.tau_ms.size()))
          .with_allowed("1 or 2 numbers");
    for (std::size_t k = 0; k < trace.tau_ms.size(); ++k)
      form.tau_ms.push_back(number(context_, trace.tau_ms[k], path_ + "/tau_ms/" + std::to_string(k), {0, unbounded, true}));
    require_memory(24.0 * of.size, {path_}, "the trace");
    out_.size = of.size;
    out_.form = std::move(form);
  }
  void operator()(const RateSignal& rate) {
    const Ends of = resolve_ends(context_, rate.of, path_ + "/rate_of", EndKind::spiking);
    if (of.size == 0) throw Error("range", place(rate.of.where, path_ + "/rate_of"), "the rate of nobody is not a number");
    out_.form =
        CompiledSignal::Rate{of.segments, number(context_, rate.tau_ms, path_ + "/tau_ms", {0, unbounded, true}), of.size};
  }
  void operator()(const MeanSignal& mean) {
    CompiledSignal::Mean form{index_of(mean.of), 0, unbounded_time, mean.phases};
    if (mean.from_ms) form.from_ms = number(context_, *mean.from_ms, path_ + "/from_ms", {0, 1e15});
    if (mean.to_ms) form.to_ms = number(context_, *mean.to_ms, path_ + "/to_ms", {0, unbounded});
    if (!(form.to_ms > form.from_ms))
      throw Error("range", place(*mean.to_ms, path_ + "/to_ms"), "the window is empty")
          .with_value(show(form.to_ms))
          .with_allowed("> " + show(form.from_ms));
    std::vector<std::string> names;
    for (const Phase& phase : context_.network.phases) names.push_back(phase.name);
    for (std::size_t k = 0; k < mean.phases.size(); ++k)
      if (std::find(names.begin(), names.end(), mean.phases[k]) == names.end())
        unknown("unknown_name", {path_ + "/phases/" + std::to_string(k)}, "the phase", mean.phases[k], names);
    out_.size = context_.out.signals[form.of].size;
    out_.form = std::move(form);
  }
  void operator()(const ProductSignal& product) {
    CompiledSignal::Product form;
    for (std::size_t k = 0; k < product.factors.size(); ++k) {
      form.factors.push_back(index_of(product.factors[k]));
      fit(form.factors.back(), path_ + "/product/" + std::to_string(k));
    }
    if (!product.clip.empty() && product.clip.size() != product.factors.size())
      throw Error("range", {path_ + "/clip"}, "one pair of bounds per factor is wanted")
          .with_value(std::to_string(product.clip.size()))
          .with_allowed(std::to_string(product.factors.size()));
    for (std::size_t k = 0; k < product.factors.size(); ++k) {
      const auto [low, high] = product.clip.empty()
                                   ? std::pair(-unbounded, unbounded)
                                   : clip_bounds(context_, product.clip[k], path_ + "/clip/" + std::to_string(k));
      form.low.push_back(low);
      form.high.push_back(high);
    }
    out_.form = std::move(form);
  }
  void operator()(const ObjectiveSignal& objective) {
    const CompiledSignal::Objective form{index_of(objective.target), index_of(objective.minus)};
    fit(form.target, path_ + "/objective/target");
    fit(form.minus, path_ + "/objective/minus");
    out_.form = form;
  }
  void operator()(const DecaySignal& decay) {
    const std::string at = path_ + "/decay";
    CompiledSignal::Decay form;
    form.tau_ms = number(context_, decay.tau_ms, at + "/tau_ms", {0, unbounded, true});
    form.jump = number(context_, decay.jump, at + "/jump");
    if (decay.driven_by) form.driven_by = resolve_ends(context_, *decay.driven_by, at + "/driven_by", EndKind::spiking).segments;
    table(decay.pulses, at + "/pulses", form.t_ms, form.amplitude, 0);
    out_.form = std::move(form);
  }
  void operator()(const InstantSignal& instant) {
    CompiledSignal::Instant form;
    table(instant.pulses, path_ + "/instant/pulses", form.t_ms, form.amplitude, 0);
    out_.form = std::move(form);
  }
  void operator()(const ReadoutSignal& readout) {
    const std::string at = path_ + "/readout";
    const std::uint32_t of = index_of(readout.of);
    out_.size = static_cast<std::uint32_t>(whole_number(context_, readout.channels, at + "/channels", 1, 1u << 24));
    const std::uint64_t wanted = std::uint64_t{out_.size} * context_.out.signals[of].size;
    require_memory(8.0 * static_cast<double>(wanted), {at + "/channels"}, "the readout");
    if (readout.weights.size() != wanted && readout.weights.size() != 1)
      throw Error("range", place(readout.weights_where, at + "/weights"),
                  "channels x size of \"" + readout.of + "\" weights are wanted, or one for all")
          .with_value(std::to_string(readout.weights.size()))
          .with_allowed("1 or " + std::to_string(wanted));
    CompiledSignal::Readout form{of, readout.weights, std::nullopt};
    if (readout.rule) form.learning = learning(*readout.rule, at + "/rule");
    out_.form = std::move(form);
  }

 private:
  /// Of a signal that was compiled before, as the order of evaluation ensures.
  std::uint32_t index_of(const std::string& name) const {
    const auto& signals = context_.out.signals;
    return static_cast<std::uint32_t>(
        std::find_if(signals.begin(), signals.end(), [&](const auto& s) { return s.name == name; }) - signals.begin());
  }
  CompiledSignal::Learning learning(const ReadoutRule& rule, const std::string& at) const {
    CompiledSignal::Learning out;
    out.kind = rule.name == "rls"     ? CompiledSignal::Learning::Kind::rls
               : rule.name == "ridge" ? CompiledSignal::Learning::Kind::ridge
                                      : CompiledSignal::Learning::Kind::delta;
    out.at_phase_end = rule.at == "phase_end";
    out.normalise = rule.normalise;
    if (rule.eta) out.eta = number(context_, *rule.eta, at + "/eta", {0, unbounded});
    if (rule.P0) out.P0 = number(context_, *rule.P0, at + "/P0", {0, unbounded, true});
    if (rule.forget) out.forget = number(context_, *rule.forget, at + "/forget", {0, 1, true});
    if (rule.lambda) out.lambda = number(context_, *rule.lambda, at + "/lambda", {0, unbounded, true});
    if (rule.every_ms) {
      const double ms = number(context_, *rule.every_ms, at + "/every_ms", {0, unbounded, true});
      out.every_steps = std::max<std::int64_t>(
          1, steps_with_warning(context_, ms, place(*rule.every_ms, at + "/every_ms"), "the time between samples"));
    }
    return out;
  }
  /// A signal of one channel spreads; all others here must have equal sizes.
  void fit(std::uint32_t part, const std::string& path) {
    const std::uint32_t size = context_.out.signals[part].size;
    if (size == 1 || size == out_.size) return;
    if (out_.size != 1)
      throw Error("range", {path}, "the signals that are joined here have other numbers of channels")
          .with_value(context_.out.signals[part].name + " with " + std::to_string(size))
          .with_allowed("1 or " + std::to_string(out_.size) + " channels");
    out_.size = size;
  }
  void table(const StepTable& written, const std::string& at, std::vector<double>& t_ms, std::vector<double>& value,
             double earliest = -unbounded) {
    for (std::size_t row = 0; row < written.size(); ++row) {
      const std::string path = at + "/" + std::to_string(row);
      const double t = number(context_, written[row].first, path + "/0", {earliest, unbounded});
      if (!t_ms.empty() && !(t > t_ms.back()))
        throw Error("range", place(written[row].first, path + "/0"), "times must ascend")
            .with_value(show(t))
            .with_allowed("> " + show(t_ms.back()));
      t_ms.push_back(t);
      value.push_back(number(context_, written[row].second, path + "/1"));
    }
  }

  const CompileContext& context_;
  std::string path_;
  CompiledSignal& out_;
};

}  // namespace

namespace {

/// The signals that teach and gate a readout are known when all signals are: they may depend on it.
void join_learning(const CompileContext& context, const ReadoutSignal& written, const Where& at, CompiledSignal& signal) {
  auto* form = std::get_if<CompiledSignal::Readout>(&signal.form);
  if (form == nullptr || !form->learning) return;
  const auto& signals = context.out.signals;
  const auto find = [&](const std::string& name, const char* key) {
    const Where where{at.path + "/readout/" + key, at.line, at.column};
    const auto of = std::find_if(signals.begin(), signals.end(), [&](const auto& s) { return s.name == name; });
    if (of == signals.end()) unknown("unknown_name", where, "the signal", name, signal_names(context.network));
    if (of->size != 1 && of->size != signal.size)
      throw Error("range", where, "the signal needs one channel, or one for each of the readout")
          .with_value(name + " with " + std::to_string(of->size))
          .with_allowed("1 or " + std::to_string(signal.size));
    return static_cast<std::uint32_t>(of - signals.begin());
  };
  auto& learning = *form->learning;
  learning.error = find(written.error, "error");
  learning.gated = !written.gate.empty();
  if (learning.gated) learning.gate = find(written.gate, "gate");
  learning.gates = learning.gated ? signals[learning.gate].size : 1;
  if (learning.kind == CompiledSignal::Learning::Kind::delta) return;
  const double size = signals[form->of].size, triangle = size * (size + 1) / 2;
  require_memory(8 * triangle * (learning.gates + (learning.kind == CompiledSignal::Learning::Kind::ridge ? 1 : 0)), at,
                 "what the readout learns from");
}

}  // namespace

std::vector<std::string> signal_names(const Network& network) {
  std::vector<std::string> names;
  for (const auto& [name, unused] : network.signals) names.push_back(name);
  return names;
}

std::pair<double, double> clip_bounds(const CompileContext& context, const Clip& written, const std::string& path) {
  const auto bound = [&](const Value& value, int k, double absent) {
    const auto* literal = std::get_if<double>(&value.form);
    return literal != nullptr && std::isinf(*literal) ? absent : number(context, value, path + "/" + std::to_string(k));
  };
  const double low = bound(written.first, 0, -unbounded), high = bound(written.second, 1, unbounded);
  if (!(low <= high))
    throw Error("range", place(written.second, path + "/1"), "the clip is empty")
        .with_value(show(high))
        .with_allowed(">= " + show(low));
  return {low, high};
}

namespace {

/// Another form of a signal, from a phase on. What is built on it stays valid: same kind, channels and order of evaluation.
void compile_set(CompileContext& context, std::size_t phase, const std::string& name, const Signal& written) {
  const Where where{written.where.path.empty() ? "/phases/" + std::to_string(phase) + "/set" : written.where.path,
                    written.where.line, written.where.column};
  const auto& signals = context.out.signals;
  const auto known = std::find_if(signals.begin(), signals.end(), [&](const auto& s) { return s.name == name; });
  if (known == signals.end()) unknown("unknown_name", where, "the signal", name, signal_names(context.network));
  const auto refuse = [&](const std::string& reason) {
    throw Error("conflict", where, "a phase cannot set signal \"" + name + "\" so: " + reason);
  };
  if (written.form.index() != context.network.signals.at(name).form.index()) refuse("its kind must stay");
  for (const Read& read : reads_of(written, where.path))
    if (std::none_of(signals.begin(), known, [&](const auto& s) { return s.name == read.name; }))
      refuse("\"" + read.name + "\" is not evaluated before it");
  CompiledSignal out;
  out.name = name;
  out.key = known->key;
  out.phase_clock = written.clock == "phase";
  try {
    std::visit(SignalCompiler(context, name, out), written.form);
    if (const auto* readout = std::get_if<ReadoutSignal>(&written.form)) join_learning(context, *readout, where, out);
  } catch (Error& error) {
    error.where = where;  // the text that was read is not in the file
    throw;
  }
  if (out.size != known->size) refuse("its number of channels must stay");
  if (const auto* readout = std::get_if<CompiledSignal::Readout>(&out.form)) {
    const auto& was = std::get<CompiledSignal::Readout>(known->form);
    if (readout->of != was.of) refuse("what it reads must stay");
    if (was.learning.has_value() != readout->learning.has_value() ||
        (was.learning && (readout->learning->kind != was.learning->kind || readout->learning->gates != was.learning->gates)))
      refuse("its rule must stay");
    if (was.learning && readout->weights != was.weights) refuse("weights that learn are not set");
  }
  const auto *trace = std::get_if<CompiledSignal::Trace>(&out.form), *before = std::get_if<CompiledSignal::Trace>(&known->form);
  if (trace != nullptr && trace->tau_ms.size() != before->tau_ms.size()) refuse("its number of time constants must stay");
  context.out.phases[phase].set.emplace_back(static_cast<std::uint32_t>(known - signals.begin()), std::move(out));
}

}  // namespace

void compile_signals(CompileContext& context) {
  for (const auto& name : evaluation_order(context.network)) {
    const Signal& written = context.network.signals.at(name);
    CompiledSignal signal;
    signal.name = name;
    signal.key = name_key(name);
    signal.phase_clock = written.clock == "phase";
    std::visit(SignalCompiler(context, name, signal), written.form);
    context.out.signals.push_back(std::move(signal));
  }
  for (auto& signal : context.out.signals) {
    const Signal& written = context.network.signals.at(signal.name);
    if (const auto* readout = std::get_if<ReadoutSignal>(&written.form))
      join_learning(context, *readout, {signal_path(signal.name)}, signal);
  }
  for (std::size_t k = 0; k < context.network.phases.size(); ++k)
    for (const auto& [name, written] : context.network.phases[k].set) compile_set(context, k, name, written);
  compile_signal_uses(context);
}

}  // namespace spikeloom
