// Distances by one merged pass (van Rossum) and by dynamic programming over two rows (Victor and Purpura).
#include "analysis/distances.hpp"

#include <algorithm>
#include <cmath>
#include <limits>
#include <vector>

#include "core/errors.hpp"

namespace spikeloom {

double van_rossum(std::span<const double> a_ms, std::span<const double> b_ms, double tau_ms) {
  // Between spikes the difference of traces decays from `difference`; its squared integral over a gap g is
  // difference^2 * tau / 2 * (1 - exp(-2 g / tau)).
  double difference = 0, integral = 0, last = 0;
  std::size_t i = 0, j = 0;
  while (i < a_ms.size() || j < b_ms.size()) {
    const double t = std::min(i < a_ms.size() ? a_ms[i] : std::numeric_limits<double>::infinity(),
                              j < b_ms.size() ? b_ms[j] : std::numeric_limits<double>::infinity());
    const double gap = t - last;
    integral += 0.5 * difference * difference * -std::expm1(-2 * gap / tau_ms);
    difference *= std::exp(-gap / tau_ms);
    for (; i < a_ms.size() && a_ms[i] == t; ++i) difference += 1;
    for (; j < b_ms.size() && b_ms[j] == t; ++j) difference -= 1;
    last = t;
  }
  return std::sqrt(integral + 0.5 * difference * difference);
}

double victor_purpura(std::span<const double> a_ms, std::span<const double> b_ms, double tau_ms) {
  const double per_ms = 2 / tau_ms;
  std::vector<double> before(b_ms.size() + 1), now(b_ms.size() + 1);
  for (std::size_t j = 0; j <= b_ms.size(); ++j) before[j] = static_cast<double>(j);
  for (std::size_t i = 1; i <= a_ms.size(); ++i) {
    now[0] = static_cast<double>(i);
    for (std::size_t j = 1; j <= b_ms.size(); ++j) {
      const double move = before[j - 1] + per_ms * std::fabs(a_ms[i - 1] - b_ms[j - 1]);
      now[j] = std::min({before[j] + 1, now[j - 1] + 1, move});
    }
    std::swap(before, now);
  }
  return before.back();
}

namespace {

void require_equal_sizes(const Trains& a, const Trains& b) {
  if (a.size() != b.size()) throw Error("conflict", {}, "the two populations differ in size");
}

}  // namespace

double mean_van_rossum(const Trains& a, const Trains& b, double tau_ms) {
  require_equal_sizes(a, b);
  double sum = 0;
  for (std::size_t i = 0; i < a.size(); ++i) sum += van_rossum(a[i], b[i], tau_ms);
  return a.empty() ? 0 : sum / static_cast<double>(a.size());
}

std::optional<double> mean_first_spike_shift(const Trains& a, const Trains& b) {
  require_equal_sizes(a, b);
  const auto first_a = first_spikes_ms(a), first_b = first_spikes_ms(b);
  std::vector<double> shifts;
  for (std::size_t i = 0; i < a.size(); ++i)
    if (first_a[i] && first_b[i]) shifts.push_back(std::fabs(*first_b[i] - *first_a[i]));
  return shifts.empty() ? std::nullopt : std::optional(mean(shifts));
}

}  // namespace spikeloom
