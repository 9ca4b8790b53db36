// Integrals of a signal over stretches between exact times.
#include "core/run/exact_drive.hpp"

#include <algorithm>
#include <cmath>

#include "core/errors.hpp"
#include "core/math/functions.hpp"
#include "core/run/phases.hpp"

namespace spikeloom {
namespace {

/// Some phase starts the signals anew or gives this one another form, or it counts its time from a phase's start.
bool is_in_phases(const CompiledNetwork& network, std::uint32_t signal) {
  return network.signals[signal].phase_clock || std::ranges::any_of(network.phases, [&](const CompiledPhase& phase) {
           return phase.reset_signals || std::ranges::any_of(phase.set, [&](const auto& set) { return set.first == signal; });
         });
}

/// The integral of what fades from 1 with `tau_ms`.
double faded_for(double ms, double tau_ms) { return std::isinf(tau_ms) ? ms : -tau_ms * math::expm1(-ms / tau_ms); }

}  // namespace

ExactDrive::ExactDrive(const TimeGrid& grid, std::vector<Pulse> pulses, double tau_ms, double memory_ms, double baseline)
    : grid_(grid), memory_ms_(memory_ms), baseline_(baseline), pulses_(std::move(pulses)), tau_ms_(tau_ms) {
  prepare();
}

ExactDrive::ExactDrive(const CompiledNetwork& network, const CompiledProjection& projection)
    : grid_(network.step_ms), network_(&network), pauses_(projection.pauses) {
  const CompiledPlasticity& plasticity = *projection.plasticity;
  memory_ms_ = plasticity.memory_ms, baseline_ = plasticity.baseline, signal_ = plasticity.signal;
  const auto take = [&](const std::vector<double>& t_ms, const std::vector<double>& amplitude) {
    for (std::size_t k = 0; k < t_ms.size(); ++k) pulses_.push_back({grid_.exact(t_ms[k]), amplitude[k]});
    if (!(tau_ms_ > 0))
      std::erase_if(pulses_, [&](const Pulse& pulse) { return !projection.learns_at(TimeGrid::step_of(pulse.time)); });
    prepare();
  };
  if (signal_ < 0) return;
  const CompiledSignal& signal = network.signals[static_cast<std::size_t>(signal_)];
  const bool is_free = !is_in_phases(network, static_cast<std::uint32_t>(signal_));
  const auto* const decay = std::get_if<CompiledSignal::Decay>(&signal.form);
  const auto* const instant = std::get_if<CompiledSignal::Instant>(&signal.form);
  if (is_free && decay != nullptr && decay->driven_by.empty()) {
    tau_ms_ = decay->tau_ms;
    take(decay->t_ms, decay->amplitude);
  } else if (is_free && instant != nullptr) {
    take(instant->t_ms, instant->amplitude);
  } else {
    is_instant_ = plasticity.signal_is_instant;
    channels_ = signal.size;
    memory_ = std::make_unique<SignalMemory>(network, plasticity);
    values_.reserve(most_values(network, projection) * channels_);  // so that no copy is made while they grow
  }
}

std::uint64_t ExactDrive::most_values(const CompiledNetwork& network, const CompiledProjection& projection) {
  const CompiledPlasticity& rules = *projection.plasticity;
  const std::int64_t kept = rules.anchor_steps + rules.longest_wait(projection.rows->max_delay()) + 1;
  return static_cast<std::uint64_t>(network.duration_steps > 0 ? std::min(network.duration_steps, kept) : kept);
}

std::uint64_t ExactDrive::predict_bytes(const CompiledNetwork& network, const CompiledProjection& projection) {
  const CompiledPlasticity& rules = *projection.plasticity;
  if (ExactDrive(network, projection).is_known()) return 0;
  const std::uint64_t channels = network.signals[static_cast<std::size_t>(rules.signal)].size;
  return channels * (SignalMemory::predict_numbers(network, rules) + most_values(network, projection)) * sizeof(double);
}

void ExactDrive::prepare() {
  std::ranges::stable_sort(pulses_, {}, &Pulse::time);
  double left = 0;
  for (std::size_t k = 0; k < pulses_.size() && tau_ms_ > 0; ++k) {
    if (k > 0) left *= math::exp(-grid_.between(pulses_[k - 1].time, pulses_[k].time) / tau_ms_);
    after_.push_back(left += pulses_[k].amplitude);
  }
}

double ExactDrive::value(ExactTime time) const {
  const auto next = std::ranges::upper_bound(pulses_, time, {}, &Pulse::time);
  if (next == pulses_.begin() || !(tau_ms_ > 0)) return 0;
  const auto last = next - pulses_.begin() - 1;
  return after_[static_cast<std::size_t>(last)] *
         math::exp(-grid_.between(pulses_[static_cast<std::size_t>(last)].time, time) / tau_ms_);
}

double ExactDrive::at_once(ExactTime time) const {
  double sum = 0;
  if (tau_ms_ > 0) return sum;
  for (auto at = std::ranges::lower_bound(pulses_, time, {}, &Pulse::time); at != pulses_.end() && at->time == time; ++at)
    sum += at->amplitude;
  return sum;
}

/// Synapses began anew then: pulses of that time have acted on what was before.
bool ExactDrive::begins_anew_at(ExactTime time) const {
  return network_ != nullptr && time.offset_ms == 0 && time.step > 0 && last_reset(*network_, time.step + 1) == time.step;
}

/// Closed forms between pulses; a pulse at `to` is not yet in.
double ExactDrive::of_pulses(ExactTime start, ExactTime to) const {
  double drive = 0;
  const auto faded = [&](ExactTime t) { return math::exp(-grid_.between(start, t) / memory_ms_); };
  if (!(tau_ms_ > 0)) {
    auto at = std::ranges::lower_bound(pulses_, start, {}, &Pulse::time);
    if (at != pulses_.end() && at->time == start && begins_anew_at(start))
      at = std::ranges::upper_bound(pulses_, start, {}, &Pulse::time);
    for (; at != pulses_.end() && at->time < to; ++at) drive += faded(at->time) * at->amplitude;
    return drive;
  }
  const double k = 1 / memory_ms_ + 1 / tau_ms_;
  ExactTime from = start;
  const auto stretch = [&](ExactTime end) {
    const double d = grid_.between(from, end);
    drive += faded(from) * (value(from) * -math::expm1(-k * d) / k - baseline_ * faded_for(d, memory_ms_));
    from = end;
  };
  const auto heard = [&](ExactTime begin, ExactTime end) {
    from = begin;
    for (auto at = std::ranges::upper_bound(pulses_, begin, {}, &Pulse::time); at != pulses_.end() && at->time < end; ++at)
      stretch(at->time);
    stretch(end);
  };
  ExactTime begin = start;
  for (const Pause& pause : pauses_) {
    const ExactTime rests{pause.from, 0}, goes_on{pause.to, 0};
    if (rests >= to) break;
    if (goes_on <= begin) continue;
    if (begin < rests) heard(begin, rests);
    begin = goes_on;
  }
  if (begin < to) heard(begin, to);
  return drive;
}

/// The ends of the stretch are parts of steps; between them lie whole ones. The pulse of an instant signal stands at the
/// beginning of the step that it acts on.
double ExactDrive::of_steps(std::uint32_t channel, ExactTime from, ExactTime to) const {
  if (signal_ < 0 || from >= to) return 0;
  const auto value_in = [&](std::int64_t step) {
    return values_[static_cast<std::size_t>(step - first_) * channels_ + channel] - baseline_;
  };
  const auto part = [&](std::int64_t step, double ms, bool has_start) {
    if (is_instant_) return has_start ? value_in(step) : 0.0;
    return value_in(step) * faded_for(ms, memory_ms_);
  };
  if (from.step == to.step) return part(from.step + 1, to.offset_ms - from.offset_ms, from.offset_ms == 0);
  double drive = 0, since = 0;  // ms since `from`
  std::int64_t whole = from.step;
  if (from.offset_ms > 0) {
    since = grid_.step_ms() - from.offset_ms;
    drive = part(++whole, since, false);
  }
  drive += math::exp(-since / memory_ms_) * memory_->drive(channel, whole, to.step);
  if (to.offset_ms > 0)
    drive += math::exp(-grid_.between(from, {to.step, 0}) / memory_ms_) * part(to.step + 1, to.offset_ms, true);
  return drive;
}

void ExactDrive::add(std::int64_t n, const SignalBank& signals, bool heard) {
  if (is_known()) return;
  if (values_.empty()) first_ = n;
  if (!heard) {
    memory_->add(n, {});
    values_.insert(values_.end(), channels_, baseline_);
    return;
  }
  const auto values = signals.values(static_cast<std::uint32_t>(signal_));
  memory_->add(n, values);
  values_.insert(values_.end(), values.begin(), values.end());
}

void ExactDrive::forget(std::int64_t step) {
  if (is_known()) return;
  memory_->forget(step);
  if (step < first_) return;
  const auto gone = std::min(static_cast<std::size_t>(step + 1 - first_) * channels_, values_.size());
  values_.erase(values_.begin(), values_.begin() + static_cast<std::ptrdiff_t>(gone));
  first_ = step + 1;
}

void ExactDrive::save(ByteWriter& out, std::int64_t from) const {
  if (is_known()) return;
  out.put_array(std::span<const double>(memory_->save(from)));
  const auto gone = from < first_ ? 0 : std::min(static_cast<std::size_t>(from + 1 - first_) * channels_, values_.size());
  out.put_array(std::span<const double>(values_).subspan(gone));
}

void ExactDrive::load(ByteReader& in, std::int64_t from, std::int64_t n) {
  if (is_known()) return;
  const auto sums = in.get_array<double>();
  values_ = in.get_array<double>();
  first_ = from + 1;
  if (values_.size() != static_cast<std::size_t>(n - from) * channels_ || !memory_->load(from, n, sums))
    throw Error("checkpoint", {}, "the checkpoint has another length of a signal that synapses learn from");
}

}  // namespace spikeloom
