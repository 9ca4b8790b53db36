// How each kind of signal comes to its value after a step.
#include "core/run/signals.hpp"

#include <algorithm>
#include <cmath>
#include <string>

#include "core/math/functions.hpp"
#include "core/math/sums.hpp"

namespace spikeloom {

namespace {

using Form = CompiledSignal;

double pulse_value(const Form::Pulse& pulse, const StepGrid& grid, std::int64_t n) {
  const auto on = [&](double start) { return grid.ceil(start) <= n && n < grid.ceil(start + pulse.width_ms); };
  if (pulse.every_ms <= 0) return on(pulse.at_ms) ? pulse.height : 0;
  if (grid.ceil(pulse.at_ms) > n) return 0;
  if (pulse.width_ms >= pulse.every_ms) return pulse.height;
  // The repeat that time n h falls into, one earlier or later where the division errs.
  const double repeat = std::floor((grid.ms_of(n) - pulse.at_ms) / pulse.every_ms);
  for (double k = std::max(0.0, repeat - 1); k <= repeat + 1; ++k)
    if (on(pulse.at_ms + k * pulse.every_ms)) return pulse.height;
  return 0;
}

double table_value(const Form::Steps& table, const StepGrid& grid, std::int64_t n) {
  const auto later = std::partition_point(table.t_ms.begin(), table.t_ms.end(), [&](double t) { return grid.ceil(t) <= n; });
  return later == table.t_ms.begin() ? 0 : table.value[static_cast<std::size_t>(later - table.t_ms.begin()) - 1];
}

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

void follow(const Form::Trace& trace, const std::vector<double>& decay, const StepSpikes& spikes, std::vector<double>& values) {
  const std::size_t cells = values.size() / trace.tau_ms.size();
  for (std::size_t t = 0; t < trace.tau_ms.size(); ++t)
    for (std::size_t i = 0; i < cells; ++i) values[t * cells + i] *= decay[t];
  each_member(trace.of, spikes, [&](std::uint32_t i, std::uint32_t count) {
    for (std::size_t t = 0; t < trace.tau_ms.size(); ++t) values[t * cells + i] += count * trace.scale;
  });
}

void follow(const Form::Rate& rate, const std::vector<double>& decay, const StepSpikes& spikes, std::vector<double>& values) {
  std::uint64_t count = 0;
  each_member(rate.of, spikes, [&](std::uint32_t, std::uint32_t n) { count += n; });
  values[0] *= decay[0];
  if (rate.cells > 0) values[0] += static_cast<double>(count) * 1000.0 / (rate.cells * rate.tau_ms);
}

}  // namespace

SignalBank::SignalBank(const CompiledNetwork& network) : network_(network), grid_(network.step_ms) {
  const auto factor = [&](double tau_ms) { return math::exp(-network.step_ms / tau_ms); };
  for (const CompiledSignal& signal : network.signals) {
    values_.emplace_back(signal.size, 0.0);
    auto& decay = decay_.emplace_back();
    if (const auto* trace = std::get_if<Form::Trace>(&signal.form))
      for (const double tau : trace->tau_ms) decay.push_back(factor(tau));
    if (const auto* rate = std::get_if<Form::Rate>(&signal.form)) decay.push_back(factor(rate->tau_ms));
    reads_spikes_ |= !decay.empty();
    const auto* table = std::get_if<Form::Steps>(&signal.form);
    const bool still = table != nullptr && (table->t_ms.empty() || (table->t_ms.size() == 1 && table->t_ms[0] <= 0));
    changes_ |= !still;
  }
  start();
}

void SignalBank::schedule(std::uint32_t i, std::int64_t n) {
  const auto& form = network_.signals[i].form;
  if (const auto* pulse = std::get_if<Form::Pulse>(&form)) std::ranges::fill(values_[i], pulse_value(*pulse, grid_, n));
  if (const auto* table = std::get_if<Form::Steps>(&form)) std::ranges::fill(values_[i], table_value(*table, grid_, n));
}

void SignalBank::read_out(std::uint32_t i) {
  const auto& readout = std::get<Form::Readout>(network_.signals[i].form);
  const auto& x = values_[readout.of];
  for (std::size_t channel = 0; channel < values_[i].size(); ++channel)
    values_[i][channel] = math::blocked_dot(readout.weights.data() + channel * x.size(), x.data(), x.size());
}

void SignalBank::start() {
  for (std::uint32_t i = 0; i < values_.size(); ++i) {
    std::ranges::fill(values_[i], 0.0);
    schedule(i, 0);
    if (std::holds_alternative<Form::Readout>(network_.signals[i].form)) read_out(i);
  }
}

void SignalBank::update(std::int64_t n, const StepSpikes& spikes) {
  for (std::uint32_t i = 0; i < values_.size(); ++i) {
    const auto& form = network_.signals[i].form;
    schedule(i, n);
    if (const auto* trace = std::get_if<Form::Trace>(&form)) follow(*trace, decay_[i], spikes, values_[i]);
    if (const auto* rate = std::get_if<Form::Rate>(&form)) follow(*rate, decay_[i], spikes, values_[i]);
    if (std::holds_alternative<Form::Readout>(form)) read_out(i);
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
  for (const auto& values : values_) out.put_array(std::span<const double>(values));
}

void SignalBank::load(ByteReader& in) {
  if (in.get<std::uint64_t>() != values_.size()) throw Error("checkpoint", {}, "the checkpoint has another number of signals");
  std::vector<std::vector<double>> loaded;
  for (const auto& values : values_) {
    loaded.push_back(in.get_array<double>());
    if (loaded.back().size() != values.size()) throw Error("checkpoint", {}, "the checkpoint has a signal of another size");
  }
  values_ = std::move(loaded);
}

}  // namespace spikeloom
