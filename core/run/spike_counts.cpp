// Counts, rates and coefficients of variation from integer intervals.
#include "core/run/spike_counts.hpp"

#include <cmath>
#include <limits>

namespace spikeloom {

__extension__ typedef unsigned __int128 Wide;

SpikeCounts::SpikeCounts(const CompiledNetwork& network)
    : network_(network), grid_(network.step_ms), spikes_(network.populations.size()) {
  for (const auto& population : network.populations) intervals_.emplace_back(population.size);
}

void SpikeCounts::add(std::int64_t n, std::uint32_t p, std::span<const std::uint32_t> cells) {
  const auto& population = network_.populations[p];
  const std::int64_t label = n + population.label_shift;
  for (const std::uint32_t cell : cells) hash_spike(hash_, population.key, cell, label);
  if (label <= network_.warmup_steps) return;
  spikes_[p] += cells.size();
  for (const std::uint32_t i : cells) add_interval(p, i, label);
}

void SpikeCounts::add(std::int64_t n, std::uint32_t p, std::span<const ExactSpike> spikes) {
  for (const ExactSpike& spike : spikes)
    hash_exact_spike(hash_, network_.populations[p].key, spike.cell, spike.time.step, spike.time.offset_ms);
  if (n <= network_.warmup_steps && network_.warmup_steps > 0) return;  // without a warm-up time 0 counts
  spikes_[p] += spikes.size();
  for (const ExactSpike& spike : spikes) add_interval(p, spike.cell, __builtin_llrint(grid_.ms_of(spike.time) * 1e6));
}

void SpikeCounts::add_interval(std::uint32_t p, std::uint32_t i, std::int64_t label) {
  Intervals& cell = intervals_[p][i];
  if (cell.last != never) {
    const std::int64_t interval = label - cell.last;
    const Wide square =
        ((Wide{cell.square_high} << 64) | cell.square_low) + static_cast<Wide>(interval) * static_cast<Wide>(interval);
    cell.square_low = static_cast<std::uint64_t>(square);
    cell.square_high = static_cast<std::uint32_t>(square >> 64);
    cell.sum += interval;
    ++cell.count;
  }
  cell.last = label;
}

void SpikeCounts::add_events(std::int64_t n, std::uint64_t deliveries) {
  if (n > network_.warmup_steps) events_ += deliveries;
}

/// Population standard deviation over mean: sqrt(N S2 - S1^2) / S1, the difference taken in integers.
double SpikeCounts::cv(const Intervals& cell) {
  const Wide squares = ((Wide{cell.square_high} << 64) | cell.square_low) * cell.count;
  const Wide sum = static_cast<Wide>(cell.sum);
  return std::sqrt(static_cast<double>(squares - sum * sum)) / static_cast<double>(cell.sum);
}

double SpikeCounts::mean_cv(const std::vector<Intervals>& cells) const {
  constexpr std::uint32_t enough = 3;
  double sum = 0;
  std::uint64_t used = 0;
  for (const Intervals& cell : cells)
    if (cell.count >= enough) {
      sum += cv(cell);
      ++used;
    }
  return used > 0 ? sum / static_cast<double>(used) : std::numeric_limits<double>::quiet_NaN();
}

/// Standard deviation over cells of the number of spikes: as many as intervals, and one more where there was any.
double SpikeCounts::count_sd(const std::vector<Intervals>& cells) {
  Wide sum = 0, squares = 0;
  for (const Intervals& cell : cells) {
    const std::uint64_t spikes = cell.last == never ? 0 : std::uint64_t{cell.count} + 1;
    sum += spikes;
    squares += Wide{spikes} * spikes;
  }
  const auto number = static_cast<Wide>(cells.size());
  return cells.empty() ? 0 : std::sqrt(static_cast<double>(number * squares - sum * sum)) / static_cast<double>(number);
}

void SpikeCounts::report(ExactTime end, Recording& recording) const {
  const std::int64_t counted = end.step - network_.warmup_steps;
  const double seconds = counted >= 0 ? (network_.ms_of(counted) + end.offset_ms) / 1000 : 0;
  recording.duration_ms = network_.ms_of(end.step) + end.offset_ms;
  recording.warmup_ms = network_.ms_of(network_.warmup_steps);
  recording.synaptic_events = events_;
  for (std::size_t p = 0; p < spikes_.size(); ++p) {
    const auto& population = network_.populations[p];
    const double cells_times_seconds = population.size * seconds;
    const double rate = cells_times_seconds > 0 ? static_cast<double>(spikes_[p]) / cells_times_seconds : 0;
    const double rate_sd = seconds > 0 ? count_sd(intervals_[p]) / seconds : 0;
    recording.populations.push_back({population.name, population.size, spikes_[p], rate, mean_cv(intervals_[p]), rate_sd});
    recording.spikes += spikes_[p];
  }
}

void SpikeCounts::save(ByteWriter& out) const {
  out.put(hash_);
  out.put(events_);
  out.put_array(std::span<const std::uint64_t>(spikes_));
  for (const auto& cells : intervals_) out.put_array(std::span<const Intervals>(cells));
}

void SpikeCounts::load(ByteReader& in) {
  hash_ = in.get<Hash128>();
  events_ = in.get<std::uint64_t>();
  auto spikes = in.get_array<std::uint64_t>();
  bool fits = spikes.size() == spikes_.size();
  for (auto& cells : intervals_) {
    if (!fits) break;
    auto loaded = in.get_array<Intervals>();
    fits = loaded.size() == cells.size();
    cells = std::move(loaded);
  }
  if (!fits) throw Error("checkpoint", {}, "the checkpoint counts spikes of other populations");
  spikes_ = std::move(spikes);
}

}  // namespace spikeloom
