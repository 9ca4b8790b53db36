// Plain passes over sorted trains; sums in double, as nothing here enters a run.
#include "analysis/statistics.hpp"

#include <algorithm>
#include <cmath>
#include <string>

#include "core/errors.hpp"

namespace spikeloom {

Trains trains_of(const SpikeTrain& recorded, std::size_t cells) {
  Trains trains(cells);
  for (std::size_t k = 0; k < recorded.neuron.size(); ++k) {
    const std::uint32_t cell = recorded.neuron[k];
    if (cell >= cells)
      throw Error("range", {},
                  "spike " + std::to_string(k) + " of \"" + recorded.population + "\" names cell " + std::to_string(cell) +
                      " of a population of " + std::to_string(cells));
    trains[cell].push_back(recorded.time_ms[k]);
  }
  for (auto& train : trains)
    if (!std::is_sorted(train.begin(), train.end())) std::sort(train.begin(), train.end());
  return trains;
}

double mean(std::span<const double> values) {
  double sum = 0;
  for (const double v : values) sum += v;
  return values.empty() ? 0 : sum / static_cast<double>(values.size());
}

double variance(std::span<const double> values) {
  const double m = mean(values);
  double sum = 0;
  for (const double v : values) sum += (v - m) * (v - m);
  return values.empty() ? 0 : sum / static_cast<double>(values.size());
}

std::vector<double> rates_hz(const Trains& trains, const Window& window) {
  std::vector<double> rates;
  rates.reserve(trains.size());
  for (const auto& train : trains) {
    const auto spikes = std::count_if(train.begin(), train.end(), [&](double t) { return window.holds(t); });
    rates.push_back(1000.0 * static_cast<double>(spikes) / window.length_ms());
  }
  return rates;
}

double mean_rate_hz(const Trains& trains, const Window& window) { return mean(rates_hz(trains, window)); }

std::optional<double> cv_isi(std::span<const double> times_ms, std::size_t least) {
  if (times_ms.size() < least + 1 || times_ms.size() < 2) return std::nullopt;
  std::vector<double> intervals;
  intervals.reserve(times_ms.size() - 1);
  for (std::size_t k = 1; k < times_ms.size(); ++k) intervals.push_back(times_ms[k] - times_ms[k - 1]);
  const double m = mean(intervals);
  if (!(m > 0)) return std::nullopt;
  return std::sqrt(variance(intervals)) / m;
}

std::optional<double> mean_cv_isi(const Trains& trains, std::size_t least) {
  std::vector<double> values;
  for (const auto& train : trains)
    if (const auto cv = cv_isi(train, least)) values.push_back(*cv);
  if (values.empty()) return std::nullopt;
  return mean(values);
}

std::vector<std::optional<double>> first_spikes_ms(const Trains& trains) {
  std::vector<std::optional<double>> first(trains.size());
  for (std::size_t i = 0; i < trains.size(); ++i)
    if (!trains[i].empty()) first[i] = trains[i].front();
  return first;
}

std::vector<double> intervals_ms(const Trains& trains) {
  std::vector<double> intervals;
  for (const auto& train : trains)
    for (std::size_t k = 1; k < train.size(); ++k) intervals.push_back(train[k] - train[k - 1]);
  return intervals;
}

namespace {

/// Add a train to bins of (from, to]: a spike on a bin's right edge belongs to it. The slack absorbs the rounding of decimal
/// times.
void add_to_bins(std::span<const double> times_ms, const Window& window, double bin_ms, std::vector<double>& bins) {
  for (const double t : times_ms) {
    const double k = std::ceil((t - window.from_ms) / bin_ms - 1e-9) - 1;
    if (k >= 0 && k < static_cast<double>(bins.size())) bins[static_cast<std::size_t>(k)] += 1;
  }
}

std::size_t whole_bins(const Window& window, double bin_ms) {
  return window.length_ms() > 0 && bin_ms > 0 ? static_cast<std::size_t>(window.length_ms() / bin_ms + 1e-9) : 0;
}

}  // namespace

std::vector<double> binned_counts(std::span<const double> times_ms, const Window& window, double bin_ms) {
  std::vector<double> bins(whole_bins(window, bin_ms), 0.0);
  add_to_bins(times_ms, window, bin_ms, bins);
  return bins;
}

std::vector<double> population_counts(const Trains& trains, const Window& window, double bin_ms) {
  std::vector<double> bins(whole_bins(window, bin_ms), 0.0);
  for (const auto& train : trains) add_to_bins(train, window, bin_ms, bins);
  return bins;
}

std::vector<double> psth_hz(const Trains& trains, std::span<const double> events_ms, double before_ms, double after_ms,
                            double bin_ms) {
  std::vector<double> bins(whole_bins({-before_ms, after_ms}, bin_ms), 0.0);
  for (const double event : events_ms)
    for (const auto& train : trains) add_to_bins(train, {event - before_ms, event + after_ms}, bin_ms, bins);
  const double per_bin = static_cast<double>(trains.size() * events_ms.size()) * bin_ms / 1000;
  if (per_bin > 0)
    for (double& bin : bins) bin /= per_bin;
  return bins;
}

std::optional<double> fano_factor(std::span<const double> counts) {
  const double m = mean(counts);
  if (!(m > 0)) return std::nullopt;
  return variance(counts) / m;
}

std::optional<double> correlation(std::span<const double> a, std::span<const double> b) {
  if (a.size() != b.size()) throw Error("range", {}, "correlation of series of different lengths");
  const double ma = mean(a), mb = mean(b);
  double ab = 0, aa = 0, bb = 0;
  for (std::size_t k = 0; k < a.size(); ++k) {
    ab += (a[k] - ma) * (b[k] - mb);
    aa += (a[k] - ma) * (a[k] - ma);
    bb += (b[k] - mb) * (b[k] - mb);
  }
  if (!(aa > 0) || !(bb > 0)) return std::nullopt;
  return ab / std::sqrt(aa * bb);
}

std::optional<double> mean_pair_correlation(const Trains& trains, const Window& window, double bin_ms, std::size_t cells) {
  std::vector<std::vector<double>> counts;
  for (std::size_t i = 0; i < std::min(cells, trains.size()); ++i) {
    auto bins = binned_counts(trains[i], window, bin_ms);
    if (variance(bins) > 0) counts.push_back(std::move(bins));
  }
  double sum = 0;
  std::size_t pairs = 0;
  for (std::size_t i = 0; i < counts.size(); ++i)
    for (std::size_t j = i + 1; j < counts.size(); ++j, ++pairs) sum += *correlation(counts[i], counts[j]);
  if (pairs == 0) return std::nullopt;
  return sum / static_cast<double>(pairs);
}

}  // namespace spikeloom
