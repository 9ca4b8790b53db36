// Sums of a signal by blocks of about one time constant, so that no difference of two sums loses digits.
#include "core/run/signal_memory.hpp"

#include <algorithm>
#include <cmath>

#include "core/math/functions.hpp"

namespace spikeloom {
namespace {

constexpr std::int64_t usual_span = 1 << 16, most_numbers = 1 << 20;

/// Steps of a block: about one time constant.
std::int64_t block_steps(double memory_steps) {
  return static_cast<std::int64_t>(std::clamp(std::floor(memory_steps), 1.0, static_cast<double>(usual_span)));
}

}  // namespace

std::int64_t anchor_steps(double memory_steps, std::uint32_t channels, std::uint32_t longest_wait) {
  const std::int64_t block = block_steps(memory_steps);
  const std::int64_t wanted =
      std::max<std::int64_t>(std::min(usual_span, most_numbers / std::max(channels, 1u)), longest_wait + 1);
  return (wanted + block - 1) / block * block;
}

SignalMemory::SignalMemory(const CompiledNetwork& network, const CompiledPlasticity& plasticity) {
  const double memory_steps = plasticity.memory_ms / network.step_ms;
  const std::int64_t block = block_steps(memory_steps);
  if (plasticity.signal >= 0) {
    const auto& signal = network.signals[static_cast<std::size_t>(plasticity.signal)];
    channels_ = signal.size;
    baseline_ = plasticity.baseline;
    effect_ = plasticity.signal_is_instant ? 1.0
              : std::isinf(memory_steps)   ? network.step_ms
                                           : -plasticity.memory_ms * math::expm1(-1 / memory_steps);
  }
  for (std::int64_t k = 0; k <= block; ++k) {
    decay_.push_back(math::exp(-static_cast<double>(k) / memory_steps));
    grow_.push_back(math::exp(static_cast<double>(k) / memory_steps));
  }
  past_.span_steps = plasticity.anchor_steps;
  past_.block_steps = static_cast<std::uint32_t>(block);
  past_.blocks = static_cast<std::uint32_t>(plasticity.anchor_steps / block);
  past_.decay = decay_.data(), past_.grow = grow_.data();
  span_of(1);
}

std::uint64_t SignalMemory::predict_numbers(const CompiledNetwork& network, const CompiledPlasticity& plasticity) {
  const std::int64_t block = block_steps(plasticity.memory_ms / network.step_ms), blocks = plasticity.anchor_steps / block;
  const bool one = network.duration_steps > 0 && network.duration_steps <= plasticity.anchor_steps;
  return static_cast<std::uint64_t>((one ? 1 : 2) * blocks * (block + 1));
}

std::vector<double>& SignalMemory::span_of(std::int64_t step) {
  const std::int64_t number = (step - 1) / past_.span_steps;
  auto [at, added] = spans_.try_emplace(number);
  if (added) {
    at->second = std::move(spare_);  // large: allocators keep what is given back
    at->second.assign(std::size_t{channels_} * past_.blocks * (past_.block_steps + 1), 0.0);
    show();
  }
  return at->second;
}

void SignalMemory::show() {
  for (const auto& [number, sums] : spans_) past_.spans[number & 3] = sums.data();  // the newest of a slot comes last
}

void SignalMemory::add(std::int64_t n, std::span<const double> values) {
  std::vector<double>& sums = span_of(n);
  const auto k = static_cast<std::uint64_t>((n - 1) % past_.span_steps);
  const std::uint64_t block = k / past_.block_steps, in_block = k % past_.block_steps;
  for (std::uint32_t channel = 0; channel < channels_; ++channel) {
    double* const of_block = sums.data() + (std::uint64_t{channel} * past_.blocks + block) * (past_.block_steps + 1);
    const double value = channel < values.size() ? values[channel] - baseline_ : 0;
    of_block[in_block + 1] = of_block[in_block] + decay_[in_block] * effect_ * value;
  }
}

double SignalMemory::drive(std::uint32_t channel, std::int64_t from, std::int64_t to) const {
  if (to <= from) return 0;
  SignalPast past = past_;
  const std::int64_t number = from / past_.span_steps;
  past.spans[number & 3] = spans_.at(number).data();
  return signal_drive(past, channel, from, to);
}

void SignalMemory::forget(std::int64_t step) {
  const std::int64_t first = step / past_.span_steps;
  if (spans_.begin()->first >= first || spans_.size() < 2) return;
  while (spans_.size() > 1 && spans_.begin()->first < first) {
    spare_ = std::move(spans_.begin()->second);
    spans_.erase(spans_.begin());
  }
  show();
}

std::vector<double> SignalMemory::save(std::int64_t from) const {
  std::vector<double> out;
  for (const auto& [number, sums] : spans_)
    if (number >= from / past_.span_steps) out.insert(out.end(), sums.begin(), sums.end());
  return out;
}

bool SignalMemory::load(std::int64_t from, std::int64_t n, std::span<const double> saved) {
  const std::size_t size = std::size_t{channels_} * past_.blocks * (past_.block_steps + 1);
  const std::int64_t first = from / past_.span_steps, last = std::max<std::int64_t>(n - 1, 0) / past_.span_steps;
  const auto spans = static_cast<std::size_t>(std::max<std::int64_t>(last - first + 1, 1));
  if (saved.size() % size != 0 || saved.size() / size < spans || saved.size() / size > spans + 1) return false;
  spans_.clear();
  for (std::size_t k = 0; k < saved.size() / size; ++k) {
    const auto part = saved.subspan(k * size, size);
    spans_[first + static_cast<std::int64_t>(k)].assign(part.begin(), part.end());
  }
  show();
  return true;
}

}  // namespace spikeloom
