// The integer grids: for each receptor the finest power of two on which no sum of one step can overflow.
#include <algorithm>
#include <cmath>

#include "core/compile/parts.hpp"
#include "core/run/modulation.hpp"

namespace spikeloom {
namespace {

struct Load {
  double sum = 0, largest = 0, synapses = 0;
  bool used = false;
};

double gain_of(const CompiledNetwork& network, std::uint32_t population, int projection) {
  bool scaled = false;
  for (const auto& modulation : network.modulations) {
    using Target = CompiledModulation::Target;
    scaled = scaled || (modulation.target == Target::projection_gain && static_cast<int>(modulation.index) == projection);
  }
  (void)population;
  return scaled ? max_gain : 1.0;
}

std::uint32_t multiplicity(const CompiledNetwork& network, const CompiledProjection& projection) {
  std::uint32_t most = 1;
  for (const auto& from : projection.from)
    if (from.kind == EndSegment::Kind::input) most = std::max(most, network.sources[from.index].multiplicity);
  return most;
}

std::vector<std::vector<Load>> loads_of(const CompiledNetwork& network) {
  std::vector<std::vector<Load>> loads;
  for (const auto& population : network.populations) loads.emplace_back(population.grids.size());
  for (std::size_t p = 0; p < network.projections.size(); ++p) {
    const auto& projection = network.projections[p];
    const Rows& rows = *projection.rows;
    const double most = static_cast<double>(rows.max_in_degree()) * multiplicity(network, projection);
    for (std::size_t s = 0; s < projection.to.size(); ++s) {
      const auto add = [&](int receptor) {
        Load& load = loads[projection.to[s].index][static_cast<std::size_t>(receptor)];
        load.used = true;
        load.sum += most * rows.max_abs_weight() * gain_of(network, projection.to[s].index, static_cast<int>(p));
        load.synapses += most;
        load.largest = std::max(load.largest, rows.max_abs_weight());
      };
      if (projection.receptor[s] >= 0) add(projection.receptor[s]);
      else if (rows.weight_is_constant()) add(projection.receptor_of(s, rows.constant_weight()));
      else add(projection.receptor_positive[s]), projection.receptor_negative[s] != projection.receptor_positive[s] ? add(projection.receptor_negative[s]) : void();
    }
  }
  for (const auto& poisson : network.poisson) {
    Load& load = loads[poisson.population][static_cast<std::size_t>(poisson.receptor)];
    double largest = 0, count = 0;
    for (const auto& table : poisson.tables) count = std::max<double>(count, table.largest());
    if (poisson.weight.uniform()) largest = std::fabs(poisson.weight.constant);
    for (const double weight : poisson.weight.each) largest = std::max(largest, std::fabs(weight));
    load.used = true;
    load.sum += count * largest;
    load.synapses += count;
    load.largest = std::max(load.largest, largest);
  }
  return loads;
}

/// The largest e with sum 2^e + rounding <= sum_limit and largest 2^e <= weight_limit.
int exponent_of(const Load& load, double sum_limit, double weight_limit) {
  if (!(load.largest > 0)) return 0;
  int e = std::ilogb(weight_limit / load.largest);
  while (std::ldexp(load.largest, e) > weight_limit || std::ldexp(load.sum, e) + load.synapses > sum_limit) --e;
  return e;
}

}  // namespace

double Grid::step() const { return std::ldexp(1.0, -exponent); }

void compile_grids(CompileContext& context) {
  CompiledNetwork& network = context.out;
  const auto loads = loads_of(network);
  const bool is_double = network.precision == Precision::double_;
  network.wide_sums = is_double;
  if (!is_double)
    for (const auto& population : loads)
      for (const Load& load : population)
        if (load.largest > 0 && std::ldexp(load.largest, exponent_of(load, 0x1p31 - 1, 0x1p31)) < 0x1p15) network.wide_sums = true;
  const double sum_limit = network.wide_sums ? 0x1p62 : 0x1p31 - 1;
  const double weight_limit = is_double ? 0x1p55 - 1 : network.weight_bits == 16 ? 0x1p15 - 1 : 0x1p23 - 1;
  for (std::size_t p = 0; p < loads.size(); ++p) {
    auto& population = network.populations[p];
    for (std::size_t r = 0; r < loads[p].size(); ++r) {
      const Load& load = loads[p][r];
      Grid& grid = population.grids[r];
      if (load.largest > 1e300 || load.sum > 1e300)
        throw Error("range", {"/populations/" + pointer_part(population.name)}, "the weights onto this population are too large to be summed")
            .with_value(show(load.largest)).with_allowed("at most 1e300 in all");
      grid = {exponent_of(load, sum_limit, weight_limit), load.used, load.sum, load.largest};
      if (load.largest > 0 && (grid.exponent > 1000 || grid.exponent < -1000))
        throw Error("range", {"/populations/" + pointer_part(population.name)}, "the weights onto this population are too small or too large")
            .with_value(show(load.largest));
    }
    for (std::size_t r = 0; r < loads[p].size(); ++r)
      population.grids[r] = population.grids[static_cast<std::size_t>(population.model.merged_receptor(population.variant, static_cast<int>(r)))];
  }
}

}  // namespace spikeloom
