// What to make of recorded spikes: rates, irregularity, counts over windows, correlation. One definition each, stated here.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <vector>

#include "core/recording.hpp"

namespace spikeloom {

/// Spike times in ms of every cell, ascending; cells without spikes are present and empty.
using Trains = std::vector<std::vector<double>>;

/// Split a recorded train by cell. `cells`: size of the population (larger cell numbers are an Error).
Trains trains_of(const SpikeTrain& recorded, std::size_t cells);

/// A stretch of time: from < t <= to, the convention of step labels (step n covers ((n-1) h, n h]).
struct Window {
  double from_ms = 0, to_ms = 0;
  double length_ms() const { return to_ms - from_ms; }
  bool holds(double t_ms) const { return t_ms > from_ms && t_ms <= to_ms; }
};

/// Spikes in the window per cell and second; 0 for no cells.
double mean_rate_hz(const Trains& trains, const Window& window);
std::vector<double> rates_hz(const Trains& trains, const Window& window);

/// Standard deviation (over n, not n - 1) of the inter-spike intervals divided by their mean. Fewer than `least` intervals: none.
std::optional<double> cv_isi(std::span<const double> times_ms, std::size_t least = 3);
/// Mean over the cells that have at least `least` intervals; none where no cell has.
std::optional<double> mean_cv_isi(const Trains& trains, std::size_t least = 3);
/// All intervals of all cells.
std::vector<double> intervals_ms(const Trains& trains);

/// When each cell spikes first; none where it never does.
std::vector<std::optional<double>> first_spikes_ms(const Trains& trains);

/// Spikes in consecutive bins that start at window.from_ms; a last bin that would leave the window is left out.
std::vector<double> binned_counts(std::span<const double> times_ms, const Window& window, double bin_ms);
/// Counts of all cells together.
std::vector<double> population_counts(const Trains& trains, const Window& window, double bin_ms);
/// Peri-stimulus time histogram: rate in Hz per cell and trial in bins over (-before, after] around every event.
std::vector<double> psth_hz(const Trains& trains, std::span<const double> events_ms, double before_ms, double after_ms,
                            double bin_ms);

/// Variance (over n) divided by mean; none where the mean is 0.
std::optional<double> fano_factor(std::span<const double> counts);
/// Pearson's correlation; none where one side is constant.
std::optional<double> correlation(std::span<const double> a, std::span<const double> b);
/// Mean correlation of binned counts over all pairs of the first `cells` cells whose counts vary; none without a pair.
std::optional<double> mean_pair_correlation(const Trains& trains, const Window& window, double bin_ms, std::size_t cells = 200);

double mean(std::span<const double> values);
double variance(std::span<const double> values);  ///< over n

}  // namespace spikeloom
