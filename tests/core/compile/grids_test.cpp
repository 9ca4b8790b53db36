// No sum of one step can overflow its grid, and the grid is as fine as that allows.
#include <fmt/format.h>
#include <gtest/gtest.h>

#include <cmath>
#include <map>

#include "core/math/philox.hpp"
#include "core/math/random_kernel.hpp"
#include "core/run/modulation.hpp"
#include "tests/core/compile/edges.hpp"

namespace spikeloom {
namespace {

using test::compiled, test::Edge, test::edges_of, test::fault_of, test::two, test::wired;
using Kind = Connector::Kind;

/// The largest sum of |q| onto any cell and receptor if everything fires at once and every Poisson train gives its most.
std::map<std::pair<std::uint32_t, int>, double> worst_sums(const CompiledNetwork& network) {
  std::map<std::tuple<std::uint32_t, int, std::uint32_t>, double> sums;
  for (const auto& projection : network.projections)
    for (const Edge& edge : edges_of(*projection.rows)) {
      std::size_t s = 0;
      while (edge.target - projection.to[s].offset >= projection.to[s].count) ++s;
      const auto& to = projection.to[s];
      const int receptor = projection.receptor_of(s, edge.weight);
      const auto& grid = network.populations[to.index].grids[static_cast<std::size_t>(receptor)];
      EXPECT_TRUE(grid.used);
      const auto q = static_cast<double>(grid_round(edge.weight, 1 / grid.step()));
      sums[{to.index, receptor, to.first + (edge.target - to.offset) * to.stride}] +=
          std::fabs(q) * (projection.gain >= 0 ? max_gain : 1);
    }
  for (const auto& poisson : network.poisson)
    for (std::uint32_t k = 0; k < poisson.count; ++k) {
      const auto& grid = network.populations[poisson.population].grids[static_cast<std::size_t>(poisson.receptor)];
      std::uint32_t most = 0;
      for (const auto& table : poisson.tables) most = std::max(most, table.largest());
      sums[{poisson.population, poisson.receptor, poisson.first + k * poisson.stride}] +=
          most * std::fabs(static_cast<double>(grid_round(poisson.weight[k], 1 / grid.step())));
    }
  std::map<std::pair<std::uint32_t, int>, double> worst;
  for (const auto& [key, sum] : sums) {
    auto& most = worst[{std::get<0>(key), std::get<1>(key)}];
    most = std::max(most, sum);
  }
  return worst;
}

Network random_network(std::uint32_t number, Precision precision) {
  const auto random = [&](std::uint32_t what) { return unit(philox(99, number, what, 0, 0)[0]); };
  Network net = two(30, 20, number);
  net.run.precision = precision;
  net.group("G", {parse_slice("A[0:10]", {}), parse_slice("B", {}), parse_slice("A[10:30:2]", {})});
  const Kind kinds[] = {Kind::all_to_all, Kind::fixed_total, Kind::fixed_probability, Kind::fixed_in_degree};
  for (std::uint32_t p = 0; p < 4; ++p) {
    const Kind kind = kinds[static_cast<int>(random(p) * 4)];
    const double size = std::pow(10.0, 12 * random(10 + p) - 6), mean = (random(20 + p) - 0.5) * size;
    Projection projection = wired(kind,
                                  kind == Kind::fixed_total       ? 500.0
                                  : kind == Kind::fixed_in_degree ? 40.0
                                                                  : 0.4,
                                  normal(mean, size));
    projection.name = fmt::format("p{}", p);
    net.connect(p % 2 ? "A" : "B", p == 3 ? "G" : p > 1 ? "A" : "B", projection);
  }
  PoissonInput poisson;
  poisson.rate_hz = {{0.0, 20000 * random(40)}};
  net.input("drive", {poisson, Drive{parse_slice("G", {}), 50 * random(41), 1.0, ""}});
  if (random(42) < 0.5) {
    net.signals["gate"] = {StepsSignal{{{0.0, 1.0}}}, {}};
    net.modulation.push_back({"gate", "p0", "gain", 1.0, {}});
  }
  return net;
}

TEST(Grids, NoSumOfARandomNetworkCanOverflow) {
  for (std::uint32_t number = 0; number < 60; ++number)
    for (const Precision precision : {Precision::single_, Precision::double_}) {
      const auto network = compiled(random_network(number, precision));
      const double limit = network->wide_sums ? 0x1p62 : 0x1p31 - 1;
      for (const auto& [key, sum] : worst_sums(*network)) EXPECT_LE(sum, limit) << number;
      for (const auto& population : network->populations)
        for (const auto& grid : population.grids)
          EXPECT_LE(std::rint(grid.largest_weight / grid.step()),
                    precision == Precision::single_ ? 0x1p23 - 1 : 0x1.fffffffffffffp54);
    }
}

TEST(Grids, AreTheFinestThatFit) {
  Network net = two(100, 100);
  net.run.precision = Precision::single_;
  net.connect("A", "B", wired(Kind::all_to_all, 0.0, 1.0));
  const auto network = compiled(net);
  const Grid& grid = network->populations[1].grids[0];
  EXPECT_EQ(grid.largest_sum, 100);
  EXPECT_EQ(grid.exponent, 22);  // weights below 2^23 units; sums would allow 24
  net.run.weight_bits = 16.0;
  EXPECT_EQ(compiled(net)->populations[1].grids[0].exponent, 14);
  net.run.weight_bits.reset();
  net.run.precision = Precision::double_;
  EXPECT_EQ(compiled(net)->populations[1].grids[0].exponent, 54);
}

TEST(Grids, SumsBecomeWideWhereNarrowOnesWouldLeaveTooFewBits) {
  Network net = two(300, 10);
  net.run.precision = Precision::single_;
  net.connect("A", "B", wired(Kind::all_to_all, 0.0, 1.0));
  EXPECT_FALSE(compiled(net)->wide_sums);
  SpikeListInput burst;
  burst.times_ms = {std::vector<double>(70000, 1.0)};  // that many spikes of one source within one step
  net.input("burst", {burst, std::nullopt});
  net.connect("burst", "B", wired(Kind::all_to_all, 0.0, 1.0));
  EXPECT_TRUE(compiled(net)->wide_sums);
}

TEST(Grids, WhatNothingReachesIsNotUsed) {
  Network net = two(5, 5);
  net.connect("A", "B", wired(Kind::all_to_all, 0.0, -1.0));
  const auto network = compiled(net);
  EXPECT_FALSE(network->populations[0].grids[0].used);
  EXPECT_TRUE(network->populations[1].grids[1].used);
}

TEST(Grids, InDoubleRoundingIsBelowOneInTenToTheTwelve) {
  Network net = two(20000, 10);
  net.connect("A", "B", wired(Kind::fixed_in_degree, 1e6, normal(100, 10)));
  const Grid grid = compiled(net)->populations[1].grids[0];
  EXPECT_LT(0.5 * grid.step() / grid.largest_weight, 1e-12);
}

TEST(Grids, WeightsTooLargeToBeSummedAreAnError) {
  for (const double weight : {1e308, -1e308, 1e300}) {
    Network net = two(5, 5);
    net.connect("A", "B", wired(Kind::all_to_all, 0.0, weight));
    EXPECT_EQ(fault_of(net).kind, "range") << weight;
  }
  Network net = two(5, 5);
  net.run.precision = Precision::single_;
  net.connect("A", "B", wired(Kind::all_to_all, 0.0, 1e38));
  EXPECT_EQ(fault_of(net).kind, "range");
}

TEST(Grids, TinyWeightsNeitherHangNorOverflow) {
  for (const double weight : {1e-308, 5e-324, 1e-40, 0.0})
    for (const Precision precision : {Precision::single_, Precision::double_}) {
      Network net = two(5, 5);
      net.run.precision = precision;
      net.connect("A", "B", wired(Kind::all_to_all, 0.0, weight));
      const auto network = compiled(net);
      EXPECT_TRUE(std::isfinite(1 / network->populations[1].grids[0].step()));
    }
}

TEST(Grids, SlicesOfAGroupDoNotMakeThemCoarser) {
  Network net = two(100, 100);
  net.group("G", {parse_slice("B", {}), parse_slice("A", {})});
  net.connect("A", "G[0:100]", wired(Kind::all_to_all, 0.0, 1.0));
  EXPECT_EQ(compiled(net)->populations[1].grids[0].largest_sum, 100);
}

}  // namespace
}  // namespace spikeloom
