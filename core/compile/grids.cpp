// The integer grids: for each receptor the finest power of two on which no sum of one step can overflow, whoever fires.
#include <algorithm>
#include <cmath>
#include <map>

#include "core/compile/parts.hpp"
#include "core/run/guards.hpp"
#include "core/run/modulation.hpp"

namespace spikeloom {
namespace {

/// What may arrive at one cell's receptor within one step.
struct Load {
  bool used = false;
  double sum = 0;       ///< of |weight|
  double largest = 0;   ///< |weight|
  double arrivals = 0;  ///< how many; each is rounded by up to half a unit

  void add(double weight, double count, double gain) {
    used = true;
    sum += weight * count * gain;
    arrivals += count;
    largest = std::max(largest, weight);
  }
};

using Loads = std::vector<std::vector<Load>>;  ///< by population and receptor

/// Cells [first, last] of one population.
struct Interval {
  std::uint64_t first, last;
};

template <class Part>
Interval interval_of(const Part& part) {
  return {part.first, part.first + std::uint64_t{part.count - 1} * part.stride};
}

/// How many of the intervals hold one cell at most.
double depth_of(const std::vector<Interval>& intervals) {
  std::vector<std::pair<std::uint64_t, int>> ends;  // at equal numbers beginnings come before ends, which are past the last cell
  for (const auto& interval : intervals) {
    ends.emplace_back(interval.first, -1);
    ends.emplace_back(interval.last, 1);
  }
  std::sort(ends.begin(), ends.end());
  int depth = 0, most = 0;
  for (const auto& end : ends) most = std::max(most, depth -= end.second);
  return most;
}

/// Most spikes of an exact cell within a step: its refractory time limits them, or the guard against runaway.
double most_within_step(const CompiledNetwork& network, const CompiledPopulation& population) {
  double shortest = population.refractory_ms.constant;
  for (const double each : population.refractory_ms.each) shortest = std::min(shortest, each);
  const double guard = (std::ceil(network.step_ms) + 1) * (RunawayGuard::most_spikes + 1);
  return std::min(guard, shortest > 0 ? std::floor(network.step_ms / shortest) + 2 : guard);
}

/// Most spikes that one source sends within a step; onto exact cells, at one instant (a list may hold a spike many times).
double multiplicity(const CompiledNetwork& network, const CompiledProjection& projection) {
  double most = 1;
  for (const auto& from : projection.from) {
    if (from.kind == EndSegment::Kind::input) {
      const auto& source = network.sources[from.index];
      if (!projection.rows->exact || source.kind == CompiledSource::Kind::list)
        most = std::max<double>(most, source.multiplicity);
    } else if (const auto& population = network.populations[from.index]; population.exact) {
      most = std::max(most, projection.rows->exact ? 2.0 : most_within_step(network, population));
    }
  }
  return most;
}

void add_projection(const CompiledNetwork& network, const CompiledProjection& projection, Loads& loads) {
  const Rows& rows = *projection.rows;
  if (rows.count() == 0) return;
  std::map<std::uint32_t, std::vector<std::size_t>> onto;  // population: segments
  for (std::size_t s = 0; s < projection.to.size(); ++s)
    if (projection.to[s].count > 0) onto[projection.to[s].index].push_back(s);
  for (const auto& [population, segments] : onto) {
    std::vector<Interval> intervals;
    for (const std::size_t s : segments) intervals.push_back(interval_of(projection.to[s]));
    // Delays that shrink make spikes of several steps arrive in one.
    const double together = rows.moving ? rows.max_delay() - rows.min_delay() + 1.0 : 1.0;
    const double count =
        static_cast<double>(rows.max_in_degree()) * multiplicity(network, projection) * together * depth_of(intervals);
    const double gain = projection.gain >= 0 ? max_gain : 1.0;
    auto& load = loads[population];
    const auto add = [&](int receptor, double weight) {
      load[static_cast<std::size_t>(receptor)].add(std::fabs(weight), count, gain);
    };
    if (projection.plasticity != nullptr && !rows.moving) {
      add(projection.receptor[segments.front()], std::max(-projection.plasticity->low, projection.plasticity->high));
      continue;
    }
    const int low = projection.receptor_of(segments.front(), rows.lowest_weight());
    const int high = projection.receptor_of(segments.front(), rows.highest_weight());
    if (low == high) {
      add(low, rows.max_abs_weight());
    } else {
      add(low, rows.lowest_weight());
      add(high, rows.highest_weight());
    }
  }
}

double largest_weight(const Column& column) {
  double largest = column.uniform() ? std::fabs(column.constant) : 0;
  for (const double weight : column.each) largest = std::max(largest, std::fabs(weight));
  return largest;
}

/// The private trains of one input onto one receptor of a population may come as several slices.
void add_private_poisson(const CompiledNetwork& network, Loads& loads) {
  struct Parts {
    std::vector<Interval> intervals;
    double weight = 0, count = 0;
  };
  std::map<std::tuple<std::string, std::uint32_t, int>, Parts> inputs;
  for (const auto& poisson : network.poisson) {
    if (poisson.count == 0) continue;
    Parts& parts = inputs[{poisson.name, poisson.population, poisson.receptor}];
    parts.intervals.push_back(interval_of(poisson));
    parts.weight = std::max(parts.weight, largest_weight(poisson.weight));
    for (const auto& table : poisson.tables) parts.count = std::max<double>(parts.count, table.largest());
    if (!poisson.rates.empty()) parts.count = 1;  // one at an instant
  }
  for (const auto& [key, parts] : inputs)
    loads[std::get<1>(key)][static_cast<std::size_t>(std::get<2>(key))].add(parts.weight, parts.count * depth_of(parts.intervals),
                                                                            1.0);
}

struct Limits {
  double sum, weight;
  int exponent;  ///< |exponent| at most, so that its power is a normal number of the run's type
};

/// The largest e with |weight| 2^e <= limits.weight and sum 2^e + a unit for each arrival <= limits.sum; false: none.
bool exponent_of(const Load& load, const Limits& limits, int& exponent) {
  exponent = 0;
  if (!(load.largest > 0)) return true;
  if (!(load.arrivals < limits.sum / 2) || !std::isfinite(load.sum)) return false;
  int e = std::min(limits.exponent, std::ilogb(limits.weight) + 1 - std::ilogb(load.largest));
  while (e >= -limits.exponent &&
         (std::ldexp(load.largest, e) > limits.weight || std::ldexp(load.sum, e) + load.arrivals > limits.sum))
    --e;
  exponent = e;
  return e >= -limits.exponent;
}

/// 32-bit sums are enough where they leave 16 bits for the largest weight (as many as it has, in the compact form).
bool fits_32_bits(const Load& load, const Limits& narrow) {
  int e = 0;
  if (!exponent_of(load, narrow, e)) return false;
  return !(load.largest > 0) || e == narrow.exponent || std::ldexp(load.largest, e) >= std::min(0x1p15, narrow.weight / 2);
}

}  // namespace

double Grid::step() const { return std::ldexp(1.0, -exponent); }

void compile_grids(CompileContext& context) {
  CompiledNetwork& network = context.out;
  Loads loads;
  for (const auto& population : network.populations) loads.emplace_back(population.grids.size());
  for (const auto& projection : network.projections) add_projection(network, projection, loads);
  add_private_poisson(network, loads);

  const bool is_double = network.precision == Precision::double_;
  const double weight_limit = is_double ? 0x1.fffffffffffffp54 : network.weight_bits == 16 ? 0x1p15 - 1 : 0x1p23 - 1;
  const Limits narrow{0x1p31 - 1, weight_limit, 100}, wide{0x1p62, weight_limit, is_double ? 900 : 100};
  network.wide_sums = is_double;
  for (const auto& population : loads)
    for (const Load& load : population) network.wide_sums = network.wide_sums || !fits_32_bits(load, narrow);

  for (std::size_t p = 0; p < loads.size(); ++p) {
    auto& population = network.populations[p];
    for (std::size_t r = 0; r < loads[p].size(); ++r) {
      const Load& load = loads[p][r];
      int exponent = 0;
      if (!exponent_of(load, network.wide_sums ? wide : narrow, exponent))
        throw Error("range", {"/populations/" + pointer_part(population.name)},
                    "the input of this population may grow too large to be summed")
            .with_value(show(load.sum) + " in one step")
            .with_allowed(is_double ? "sums below 1e280" : "sums below 1e37 (single precision)");
      population.grids[r] = {exponent, load.used, load.sum, load.largest};
    }
    for (std::size_t r = 0; r < loads[p].size(); ++r)
      population.grids[r] =
          population.grids[static_cast<std::size_t>(population.model.merged_receptor(population.variant, static_cast<int>(r)))];
  }
}

}  // namespace spikeloom
