// Measures read results alone: nothing here runs a network.
#include "measures.hpp"

#include <algorithm>
#include <cmath>
#include <numeric>

#include "analysis/chart.hpp"
#include "analysis/statistics.hpp"
#include "core/math/permutation.hpp"

namespace what_when {

using namespace spikeloom;

namespace {

double correlation_of(const Numbers& a, const Numbers& b) { return correlation(a, b).value_or(0); }

}  // namespace

double mean_of(const Numbers& values) { return spikeloom::mean(values); }
double sd_of(const Numbers& values) { return std::sqrt(spikeloom::variance(values)); }

std::vector<const Result*> of_rule(const Runs& runs, const std::string& name) {
  std::vector<const Result*> found;
  for (std::size_t k = 0; k < runs.tasks.size(); ++k)
    if (name.empty() || runs.tasks[k].rule.name == name) found.push_back(&runs.results[k]);
  return found;
}

Numbers errors(const std::vector<const Result*>& results, std::size_t block, int trial) {
  return each(results, [&](const Result& r) { return r.at(block, trial).error; });
}

double Sweep::r(std::size_t c) const { return correlation_of(p, amplitude[c]); }

double Sweep::slope_A() const {
  double xy = 0, xx = 0;
  for (std::size_t k = 0; k < p.size(); ++k)
    xy += (p[k] - mean_of(p)) * amplitude[0][k], xx += (p[k] - mean_of(p)) * (p[k] - mean_of(p));
  return xy / xx;
}

double Sweep::median_peak_error() const {
  Numbers sorted = peak_errors;
  std::ranges::sort(sorted);
  return sorted.empty() ? 0 : 0.5 * (sorted[(sorted.size() - 1) / 2] + sorted[sorted.size() / 2]);
}

std::vector<Sweep> sweeps(const Options& options, const Runs& runs) {
  std::vector<Sweep> result;
  for (const std::uint64_t seed : options.seeds) {
    Sweep& sweep = result.emplace_back();
    for (std::size_t k = 0; k < runs.tasks.size(); ++k) {
      if (runs.tasks[k].seed != seed) continue;
      const Statistics& statistics = runs.tasks[k].blocks[0];
      const Test& test = runs.results[k].at(0, options.trials);
      sweep.p.push_back(statistics.p_A);
      for (std::size_t c = 0; c < channels; ++c) {
        const bool often = statistics.probability(c) >= 0.2 - 1e-9;
        sweep.amplitude[c].push_back(test.amplitude[c]);
        sweep.peak_ms[c].push_back(often ? test.peak_ms[c] : Chart::by_data);
        if (often) sweep.peak_errors.push_back(test.peak_error_ms[c]);
      }
    }
  }
  return result;
}

Numbers joined(const Weights& weights, double what_scale, double when_scale) {
  Numbers row;
  for (const auto& w : weights.what)
    for (const double v : w) row.push_back(v * what_scale);
  for (const auto& w : weights.when)
    for (const double v : w) row.push_back(v * when_scale);
  return row;
}

namespace {

/// 1 / sqrt of the total variance of one part over the conditions.
double unit_variance(const std::vector<const Weights*>& conditions, bool what) {
  double total = 0;
  const auto part = [&](const Weights& w) { return what ? joined(w, 1, 0) : joined(w, 0, 1); };
  std::vector<Numbers> rows;
  for (const Weights* w : conditions) rows.push_back(part(*w));
  for (std::size_t i = 0; i < rows[0].size(); ++i) {
    Numbers column;
    for (const Numbers& row : rows) column.push_back(row[i]);
    total += spikeloom::variance(column);
  }
  return total > 0 ? 1 / std::sqrt(total) : 0;
}

}  // namespace

Plane plane_of(const Runs& runs, std::uint64_t seed, const Result* switched) {
  Plane plane;
  std::vector<const Weights*> conditions;
  for (std::size_t k = 0; k < runs.tasks.size(); ++k) {
    if (runs.tasks[k].seed != seed) continue;
    conditions.push_back(&runs.results[k].ends[0]);
    plane.p.push_back(runs.tasks[k].blocks[0].p_A);
    plane.shift.push_back(runs.tasks[k].blocks[0].t_A - plane_base.t_A);
  }
  const double what = unit_variance(conditions, true), when = unit_variance(conditions, false);
  std::vector<Numbers> rows;
  for (const Weights* w : conditions) rows.push_back(joined(*w, what, when));
  plane.components = principal_components(rows);
  Numbers first, second;
  for (const auto& score : plane.components.score) first.push_back(score[0]), second.push_back(score[1]);
  plane.r_probability = std::fabs(correlation_of(first, plane.p));
  plane.r_latency = std::fabs(correlation_of(second, plane.shift));
  for (const Weights& end : switched->ends) plane.path.push_back(plane.components.project(joined(end, what, when)));
  return plane;
}

Angles angles_of(const Weights& weights, std::uint64_t seed) {
  Angles result;
  result.angles = principal_angles_deg(weights.what, weights.when);
  std::vector<std::vector<double>> mixed = weights.when;
  const auto size = static_cast<std::uint32_t>(mixed[0].size());
  const Permutation order(size, 1000 + seed);
  for (std::size_t c = 0; c < mixed.size(); ++c)
    for (std::uint32_t i = 0; i < size; ++i) mixed[c][i] = weights.when[c][order(i)];
  result.shuffled = principal_angles_deg(weights.what, mixed);
  for (const auto& a : weights.what)
    for (const auto& b : weights.when) result.cosines.push_back(cosine(a, b));
  return result;
}

double direction_distance(const Weights& a, const Weights& b) {
  const auto unit = [](const Weights& w) {
    const auto norm = [](const Numbers& v) { return std::sqrt(std::inner_product(v.begin(), v.end(), v.begin(), 0.0)); };
    const double what = norm(joined(w, 1, 0)), when = norm(joined(w, 0, 1));
    return joined(w, what > 0 ? 1 / what : 0, when > 0 ? 1 / when : 0);
  };
  const Numbers x = unit(a), y = unit(b);
  double sum = 0;
  for (std::size_t i = 0; i < x.size(); ++i) sum += (x[i] - y[i]) * (x[i] - y[i]);
  return std::sqrt(sum);
}

}  // namespace what_when
