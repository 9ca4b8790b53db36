// How each kind of signal comes to its value after a step.
#include "core/run/signals.hpp"

#include <algorithm>
#include <cmath>
#include <string>

#include "core/math/functions.hpp"
#include "core/math/philox.hpp"
#include "core/math/stream.hpp"
#include "core/run/schedules.hpp"

namespace spikeloom {

namespace {

using Form = CompiledSignal;

/// Calls member(running index, spikes) for the spikes of one step that fall into the segments.
template <class Member>
void each_member(const std::vector<EndSegment>& segments, const StepSpikes& spikes, Member&& member) {
  for (const EndSegment& segment : segments) {
    const auto visit = [&](std::uint32_t cell, std::uint32_t count) {
      if (cell < segment.first || (cell - segment.first) % segment.stride != 0) return;
      const std::uint32_t k = (cell - segment.first) / segment.stride;
      if (k < segment.count) member(segment.offset + k, count);
    };
    if (segment.kind == EndSegment::Kind::population) {
      for (const std::uint32_t cell : spikes.of_population[segment.index]) visit(cell, 1);
    } else {
      for (const SourceSpike& spike : spikes.of_source[segment.index]) visit(spike.cell, spike.count);
    }
  }
}

std::uint64_t spikes_of(const std::vector<EndSegment>& segments, const StepSpikes& spikes) {
  std::uint64_t count = 0;
  each_member(segments, spikes, [&](std::uint32_t, std::uint32_t n) { count += n; });
  return count;
}

std::vector<double> time_constants(const CompiledSignal& signal) {
  if (const auto* trace = std::get_if<Form::Trace>(&signal.form)) return trace->tau_ms;
  if (const auto* rate = std::get_if<Form::Rate>(&signal.form)) return {rate->tau_ms};
  if (const auto* decay = std::get_if<Form::Decay>(&signal.form)) return {decay->tau_ms};
  return {};
}

/// A signal that keeps its values between two beginnings of repeats.
bool is_still(const CompiledSignal& signal) {
  const auto* table = std::get_if<Form::Steps>(&signal.form);
  return std::holds_alternative<Form::Choice>(signal.form) ||
         (table != nullptr && (table->t_ms.empty() || (table->t_ms.size() == 1 && table->t_ms[0] <= 0)));
}

}  // namespace

/// One signal at one step. `spikes`: those of the step; null where a repeat begins and nothing but the clock has moved.
struct SignalBank::Evaluation {
  SignalBank& bank;
  std::uint32_t signal;
  std::int64_t n;      ///< step of the run
  std::int64_t local;  ///< step of the signal's clock
  const StepSpikes* spikes;

  std::vector<double>& values() const { return bank.values_[signal]; }
  const std::vector<double>& of(std::uint32_t other) const { return bank.values_[other]; }
  double decay(std::size_t k = 0) const { return bank.decay_[signal][k]; }

  void operator()(const Form::Pulse& form) const { values()[0] = schedule_value(form, bank.grid_, local); }
  void operator()(const Form::Steps& form) const { values()[0] = schedule_value(form, bank.grid_, local); }
  void operator()(const Form::Gaussian& form) const {
    for (std::size_t c = 0; c < values().size(); ++c) values()[c] = schedule_value(form, c, bank.grid_, local);
  }
  void operator()(const Form::Instant& form) const {
    values()[0] = spikes == nullptr ? bank.carried_[signal] : 0;
    each_due(form.t_ms, bank.grid_, local, [&](std::size_t k) { values()[0] += form.amplitude[k]; });
  }
  void operator()(const Form::External&) const {}

  /// One draw for each repeat of a phase of this name, so that further phases of other names move none.
  void operator()(const Form::Choice& form) const {
    if (spikes != nullptr) return;
    std::uint64_t number = bank.repeat_.number, name = name_key("");
    if (!bank.network_.phases.empty()) {
      const CompiledPhase& phase = bank.network_.phases[bank.repeat_.phase];
      number += phase.earlier_repeats, name = name_key(phase.name);
    }
    RandomStream stream(sub_key(form.key, name), static_cast<std::uint32_t>(number), static_cast<std::uint32_t>(number >> 32), 0);
    const double u = stream.next53() * form.below.back();
    const auto chosen = std::upper_bound(form.below.begin(), form.below.end() - 1, u) - form.below.begin();
    std::ranges::fill(values(), 0.0);
    values()[static_cast<std::size_t>(chosen)] = 1;
  }

  /// Two time constants: x takes up the h of the step before; then h decays; then spikes add to it.
  void operator()(const Form::Trace& form) const {
    if (spikes == nullptr) return;
    const bool two = form.tau_ms.size() == 2;
    double* const x = values().data();
    double* const h = two ? bank.inner_[signal].data() : x;
    const std::size_t cells = values().size();
    const double first = decay(), last = decay(form.tau_ms.size() - 1);
    if (two)
      for (std::size_t i = 0; i < cells; ++i) x[i] = x[i] * first + h[i];
    for (std::size_t i = 0; i < cells; ++i) h[i] *= last;
    each_member(form.of, *spikes, [&](std::uint32_t i, std::uint32_t count) { h[i] += count * form.scale; });
  }
  void operator()(const Form::Rate& form) const {
    if (spikes == nullptr) return;
    values()[0] *= decay();
    if (form.cells > 0) values()[0] += static_cast<double>(spikes_of(form.of, *spikes)) * 1000.0 / (form.cells * form.tau_ms);
  }
  void operator()(const Form::Decay& form) const {
    double& value = values()[0];
    const bool moved = n > bank.repeat_.start;  // the pulses of time 0 came when the repeat began
    if (spikes != nullptr) {
      if (moved) value *= decay();
      value += form.jump * static_cast<double>(spikes_of(form.driven_by, *spikes));
    }
    if (spikes != nullptr ? moved : local == 0)
      each_due(form.t_ms, bank.grid_, local, [&](std::size_t k) {
        value += form.amplitude[k] * math::exp((form.t_ms[k] - bank.grid_.ms_of(local)) / form.tau_ms);
      });
  }
  void operator()(const Form::Mean& form) const {
    if (spikes == nullptr || bank.sampled_[signal] == 0) return;
    const std::int64_t at = n - bank.repeat_.start;
    if (at < 1 || at < bank.grid_.ceil(form.from_ms) || bank.grid_.ms_of(at) >= form.to_ms) return;
    const auto& x = of(form.of);
    double* const sum = bank.inner_[signal].data();
    const auto count = static_cast<double>(++bank.count_[signal]);
    for (std::size_t i = 0; i < x.size(); ++i) sum[i] += x[i];
    for (std::size_t i = 0; i < x.size(); ++i) values()[i] = sum[i] / count;
  }
  void operator()(const Form::Product& form) const {
    for (std::size_t c = 0; c < values().size(); ++c) {
      double product = 1;
      for (std::size_t k = 0; k < form.factors.size(); ++k) {
        const auto& x = of(form.factors[k]);
        product *= std::clamp(x[x.size() == 1 ? 0 : c], form.low[k], form.high[k]);
      }
      values()[c] = product;
    }
  }
  void operator()(const Form::Objective& form) const {
    const auto &target = of(form.target), &minus = of(form.minus);
    for (std::size_t c = 0; c < values().size(); ++c)
      values()[c] = target[target.size() == 1 ? 0 : c] - minus[minus.size() == 1 ? 0 : c];
  }
  void operator()(const Form::Readout& form) const { bank.readouts_[signal]->read(of(form.of), values()); }
};

SignalBank::SignalBank(const CompiledNetwork& network)
    : network_(network),
      grid_(network.step_ms),
      inner_(network.signals.size()),
      count_(network.signals.size()),
      decay_(network.signals.size()),
      sampled_(network.signals.size(), 1),
      carried_(network.signals.size()),
      present_(network.signals.size()),
      readouts_(network.signals.size()) {
  for (std::uint32_t i = 0; i < network.signals.size(); ++i) {
    const CompiledSignal& signal = network.signals[i];
    values_.emplace_back(signal.size, 0.0);
    if (time_constants(signal).size() == 2 || std::holds_alternative<Form::Mean>(signal.form)) inner_[i].resize(signal.size);
    changes_ |= !is_still(signal);
    for (const CompiledPhase& phase : network.phases)
      for (const auto& [index, form] : phase.set) changes_ |= index == i && !is_still(form);
  }
  start();
}

void SignalBank::start() {
  for (auto& values : values_) std::ranges::fill(values, 0.0);
  for (auto& inner : inner_) std::ranges::fill(inner, 0.0);
  std::ranges::fill(count_, 0);
  std::ranges::fill(present_, nullptr);
  for (std::uint32_t i = 0; i < values_.size(); ++i)
    if (const auto* form = std::get_if<Form::Readout>(&network_.signals[i].form))
      readouts_[i].emplace(*form, network_.signals[i].size, network_.signals[form->of].size);
  begin(0);
}

/// From now on the signal has this form.
void SignalBank::take(std::uint32_t i, const CompiledSignal& form) {
  present_[i] = &form;
  decay_[i].clear();
  for (const double tau_ms : time_constants(form)) decay_[i].push_back(math::exp(-network_.step_ms / tau_ms));
  if (const auto* readout = std::get_if<Form::Readout>(&form.form); readout != nullptr && !readout->learning)
    readouts_[i]->set_weights(readout->weights);
}

/// Take up the repeat that `step` belongs to.
void SignalBank::enter(std::int64_t step) {
  const Repeat before = repeat_;
  repeat_ = repeat_of(network_, step);
  if (present_.empty() || (present_[0] != nullptr && before.phase == repeat_.phase)) return;
  for (std::uint32_t i = 0; i < values_.size(); ++i) take(i, network_.signals[i]);
  if (network_.phases.empty()) return;
  for (std::uint32_t p = 0; p <= repeat_.phase; ++p)
    for (const auto& [index, form] : network_.phases[p].set) take(index, form);
  const std::string& name = network_.phases[repeat_.phase].name;
  for (std::uint32_t i = 0; i < values_.size(); ++i)
    if (const auto* mean = std::get_if<Form::Mean>(&present(i).form))
      sampled_[i] = mean->phases.empty() || std::ranges::find(mean->phases, name) != mean->phases.end() ? 1 : 0;
}

void SignalBank::reset() {
  const CompiledPhase* const phase = network_.phases.empty() ? nullptr : &network_.phases[repeat_.phase];
  const bool all = phase != nullptr && phase->reset_signals;
  for (std::uint32_t i = 0; i < values_.size(); ++i) {
    const auto& form = present(i).form;
    if (const auto* readout = std::get_if<Form::Readout>(&form);
        readout != nullptr && readout->learning && phase != nullptr && phase->reset_rls)
      readouts_[i]->forget_samples(*readout->learning);
    const auto* mean = std::get_if<Form::Mean>(&form);
    const bool anew = mean != nullptr ? mean->phases.empty() : all && !std::holds_alternative<Form::External>(form);
    if (!anew) continue;
    std::ranges::fill(values_[i], 0.0);
    std::ranges::fill(inner_[i], 0.0);
    count_[i] = 0;
  }
}

void SignalBank::evaluate(std::int64_t n, const StepSpikes* spikes) {
  now_ = n;
  for (std::uint32_t i = 0; i < values_.size(); ++i)
    std::visit(Evaluation{*this, i, n, present(i).phase_clock ? n - repeat_.start : n, spikes}, present(i).form);
}

/// Pulses of the last step of a repeat act on the step that follows, whatever clock they are written in, and so does all that is
/// made of them.
void SignalBank::begin(std::int64_t n) {
  for (std::uint32_t i = 0; i < values_.size(); ++i) {
    const bool carries = n > 0 && std::holds_alternative<Form::Instant>(present(i).form) && present(i).phase_clock;
    carried_[i] = carries ? values_[i][0] : 0;
  }
  enter(n + 1);
  if (n > 0) reset();  // at 0 everything stands at its start
  evaluate(n, nullptr);
}

void SignalBank::update(std::int64_t n, const StepSpikes& spikes) {
  evaluate(n, &spikes);
  if (n > 0) learn(n);
}

void SignalBank::sample(std::uint32_t i, const Form::Readout& form) {
  static constexpr double open[] = {1};
  const auto& rule = *form.learning;
  readouts_[i]->learn(rule, values_[form.of], values_[i], values_[rule.error],
                      rule.gated ? std::span<const double>(values_[rule.gate]) : open);
}

template <class Take>
void SignalBank::each_learning(const Take& take) {
  for (std::uint32_t i = 0; i < values_.size(); ++i) {
    const auto* form = std::get_if<Form::Readout>(&present(i).form);
    if (form == nullptr || !form->learning) continue;
    if (network_.phases.empty() || network_.phases[repeat_.phase].plastic_signals[i] != 0) take(i, *form);
  }
}

/// All readouts learn from the values after step n, so their order does not matter.
void SignalBank::learn(std::int64_t n) {
  before_end_.clear();
  each_learning([&](std::uint32_t i, const Form::Readout& form) {
    if (!form.learning->at_phase_end && (n - repeat_.start) % form.learning->every_steps == 0) sample(i, form);
  });
  if (n == (network_.phases.empty() ? network_.duration_steps : repeat_.end)) end_repeat();
}

/// A run without phases ends where its caller says, and one that goes on from there has not ended: then readouts are kept as they
/// were.
void SignalBank::end_repeat() {
  if (network_.phases.empty()) before_end_.resize(values_.size());
  each_learning([&](std::uint32_t i, const Form::Readout& form) {
    const auto& rule = *form.learning;
    const bool changes = rule.at_phase_end || rule.kind == Form::Learning::Kind::ridge;
    if (network_.phases.empty() && changes) before_end_[i] = *readouts_[i];
    if (rule.at_phase_end) sample(i, form);
    readouts_[i]->settle(rule, network_.signals[i].name);
  });
}

void SignalBank::hash_into(Hash128& hash) const {
  for (std::uint32_t i = 0; i < values_.size(); ++i) {
    const auto* form = std::get_if<Form::Readout>(&network_.signals[i].form);
    if (form == nullptr || !form->learning) continue;
    const auto weights = readouts_[i]->weights();
    for (std::size_t k = 0; k < weights.size(); ++k)
      hash_state(hash, network_.signals[i].key, static_cast<std::uint32_t>(k >> 32), static_cast<std::uint32_t>(k), weights[k]);
  }
}

void SignalBank::set(std::uint32_t i, std::span<const double> values) {
  const CompiledSignal& signal = network_.signals[i];
  const Where where{"/signals/" + signal.name, 0, 0};
  if (!std::holds_alternative<Form::External>(signal.form)) throw Error("conflict", where, "only an external signal can be set");
  if (values.size() != signal.size)
    throw Error("range", where, "the signal has " + std::to_string(signal.size) + " channels")
        .with_value(std::to_string(values.size()) + " values");
  for (const double value : values)
    if (!std::isfinite(value)) throw Error("range", where, "a signal's values must be finite").with_value(std::to_string(value));
  std::ranges::copy(values, values_[i].begin());
}

void SignalBank::save(ByteWriter& out) const {
  out.put<std::uint64_t>(values_.size());
  out.put(now_);
  for (std::uint32_t i = 0; i < values_.size(); ++i) {
    out.put_array(std::span<const double>(values_[i]));
    out.put_array(std::span<const double>(inner_[i]));
    out.put(count_[i]);
    if (readouts_[i]) (before_end_.empty() || !before_end_[i] ? readouts_[i] : before_end_[i])->save(out);
  }
}

void SignalBank::load(ByteReader& in) {
  if (in.get<std::uint64_t>() != values_.size()) throw Error("checkpoint", {}, "the checkpoint has another number of signals");
  const auto now = in.get<std::int64_t>();
  const auto part = [&](const std::vector<double>& like) {
    auto loaded = in.get_array<double>();
    if (loaded.size() != like.size()) throw Error("checkpoint", {}, "the checkpoint has a signal of another size");
    return loaded;
  };
  SignalBank loaded(network_);
  for (std::uint32_t i = 0; i < values_.size(); ++i) {
    loaded.values_[i] = part(values_[i]);
    loaded.inner_[i] = part(inner_[i]);
    loaded.count_[i] = in.get<std::uint64_t>();
    if (readouts_[i]) loaded.readouts_[i]->load(in);
  }
  values_ = std::move(loaded.values_), inner_ = std::move(loaded.inner_), count_ = std::move(loaded.count_);
  readouts_ = std::move(loaded.readouts_);
  now_ = now;
  enter(std::max<std::int64_t>(now, 0));
  before_end_.clear();
  if (network_.phases.empty() && now == network_.duration_steps) end_repeat();
}

double predict_signal_ns(const CompiledNetwork& network) {
  // Assumed costs: a value brought up to date, a weight read or changed, an entry of a triangle read and changed.
  constexpr double value_ns = 1.5, weight_ns = 0.5, entry_ns = 0.6;
  double ns = 0;
  for (const CompiledSignal& signal : network.signals) {
    ns += value_ns * signal.size;
    const auto* readout = std::get_if<Form::Readout>(&signal.form);
    if (readout == nullptr) continue;
    const double inputs = network.signals[readout->of].size, channels = signal.size;
    ns += weight_ns * channels * inputs;
    if (!readout->learning || readout->learning->at_phase_end) continue;
    const auto& rule = *readout->learning;
    const double triangle = inputs * (inputs + 1) / 2 * rule.gates;
    ns += rule.kind == Form::Learning::Kind::delta ? 2 * weight_ns * channels * inputs
                                                   : entry_ns * triangle / static_cast<double>(rule.every_steps);
  }
  return ns;
}

std::uint64_t predict_signal_bytes(const CompiledNetwork& network) {
  std::uint64_t bytes = 0;
  for (const CompiledSignal& signal : network.signals) {
    bytes += 2 * sizeof(double) * signal.size;
    if (const auto* readout = std::get_if<Form::Readout>(&signal.form))
      bytes += Readout::bytes(*readout, signal.size, network.signals[readout->of].size);
  }
  return bytes;
}

}  // namespace spikeloom
