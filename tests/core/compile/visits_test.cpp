// A row visitor is pure: any cut into ranges, any thread and any order of declaration see the same synapses.
#include <gtest/gtest.h>

#include <cmath>
#include <thread>

#include "tests/core/compile/edges.hpp"

namespace spikeloom {
namespace {

using test::cells, test::compiled, test::Edge, test::edges_of, test::joined, test::two, test::wired;
using Kind = Connector::Kind;

std::vector<Projection> every_kind() {
  std::vector<Projection> projections;
  const Value weight = normal(2, 0.5), delay = normal(1.5, 0.75, 0.05, 30.0);
  for (const auto& [kind, count] :
       {std::pair(Kind::all_to_all, 0.0), std::pair(Kind::one_to_one, 0.0), std::pair(Kind::fixed_probability, 0.3),
        std::pair(Kind::fixed_in_degree, 500.0), std::pair(Kind::fixed_out_degree, 50.0), std::pair(Kind::fixed_total, 5000.0)})
    for (const bool autapses : {true, false})
      for (const bool multapses : {true, false}) {
        Projection projection = wired(kind, kind == Kind::fixed_in_degree && !multapses ? 50.0 : count, weight, delay);
        projection.autapses = autapses, projection.multapses = multapses;
        projections.push_back(projection);
      }
  Projection list = wired(Kind::list, 0.0, weight, delay);
  const double none = std::nan("");
  list.connect.edges = {{7, 3, 5.0, 2.0}, {1, 2, none, none}, {7, 1, none, 0.3}, {0, 99, -1.0, none}, {7, 3, none, none}};
  projections.push_back(list);
  Projection slow = wired(Kind::fixed_total, 500.0, expr("r * i + j"), expr("1 + r"));
  slow.draw["r"] = uniform(0, 1);
  projections.push_back(slow);
  return projections;
}

TEST(Visits, AnyCutIntoRangesSeesTheSameSynapses) {
  int number = 0;
  for (const Projection& projection : every_kind()) {
    SCOPED_TRACE(number++);
    const auto net = joined(projection, 100, 100, 1, "A");
    if (net->projections.empty()) continue;  // one_to_one onto oneself without autapses
    const Rows& rows = *net->projections[0].rows;
    auto whole = edges_of(rows);
    EXPECT_EQ(whole.size(), rows.count());
    EXPECT_EQ(edges_of(rows), whole) << "not repeatable";
    std::vector<Edge> pieces;
    for (std::uint32_t first = 0, width = 1; first < 100; first += width, width = width * 2 % 17 + 1) {
      const auto part = edges_of(rows, first, std::min(100u, first + width));
      for (const Edge& edge : part) EXPECT_TRUE(edge.source >= first && edge.source < first + width);
      pieces.insert(pieces.end(), part.begin(), part.end());
    }
    std::sort(whole.begin(), whole.end());
    std::sort(pieces.begin(), pieces.end());
    EXPECT_EQ(pieces, whole);
    for (const Edge& edge : whole) {
      EXPECT_TRUE(edge.source < 100 && edge.target < 100);
      EXPECT_TRUE(edge.delay >= rows.min_delay() && edge.delay <= rows.max_delay());
      EXPECT_LE(std::fabs(edge.weight), rows.max_abs_weight());
      EXPECT_GE(edge.weight, rows.lowest_weight());
    }
  }
}

TEST(Visits, ThreadsMayVisitAtOnceFromTheFirstVisitOn) {
  const auto net = joined(wired(Kind::fixed_in_degree, 500.0, normal(2, 0.5)), 100, 100);
  const auto slow = joined(wired(Kind::fixed_total, 5000.0, expr("i + j")), 100, 100);
  for (const auto* network : {net.get(), slow.get()}) {
    const Rows& rows = *network->projections[0].rows;
    std::vector<std::vector<Edge>> seen(4);
    {
      std::vector<std::jthread> threads;
      for (auto& mine : seen) threads.emplace_back([&rows, &mine] { mine = edges_of(rows, 0, 100); });
    }
    for (const auto& mine : seen) EXPECT_EQ(mine, seen[0]);
    EXPECT_EQ(seen[0].size(), rows.count());
  }
}

TEST(Visits, ListsAreStoredStablyBySource) {
  Projection list = wired(Kind::list, 0.0, std::vector<double>{10, 11, 12, 13});
  const double none = std::nan("");
  list.connect.edges = {{3, 0, none, none}, {1, 5, none, 0.3}, {3, 2, 99.0, none}, {1, 4, none, none}};
  const auto edges = edges_of(*joined(list, 10, 10)->projections[0].rows);
  const std::vector<Edge> expected = {{1, 5, 3, 11}, {1, 4, 10, 13}, {3, 0, 10, 10}, {3, 2, 10, 99}};
  EXPECT_EQ(edges, expected);
}

TEST(Visits, ArraysOfDenseConnectorsGoSourceBySource) {
  const auto edges =
      edges_of(*joined(wired(Kind::all_to_all, 0.0, std::vector<double>{1, 2, 3, 4, 5, 6}), 2, 3)->projections[0].rows);
  ASSERT_EQ(edges.size(), 6u);
  for (std::size_t k = 0; k < 6; ++k) EXPECT_EQ(edges[k].weight, static_cast<double>(k + 1));
  EXPECT_EQ(edges[4].source, 1u);
  EXPECT_EQ(edges[4].target, 1u);
}

TEST(Visits, PermutedDeclarationsGiveTheSameNetwork) {
  const auto build = [](bool turned) {
    Network net;
    net.run.seed = 5.0;
    const std::vector<std::string> names =
        turned ? std::vector<std::string>{"C", "A", "B"} : std::vector<std::string>{"A", "B", "C"};
    for (const auto& name : names) {
      Population population = cells(50);
      population.initial["V_m_mV"] = normal(-65, 3);
      population.parameters["tau_m_ms"] = uniform(9, 11);
      net.population(name, population);
    }
    for (const auto& from : names)
      for (const auto& to : names) net.connect(from, to, wired(Kind::fixed_total, 300.0, normal(5, 1), uniform(0.5, 3)));
    return compiled(net);
  };
  const auto one = build(false), other = build(true);
  EXPECT_EQ(digest_of(*one), digest_of(*other));
  ASSERT_EQ(one->projections.size(), 9u);
  for (std::size_t p = 0; p < 9; ++p) {
    EXPECT_EQ(one->projections[p].name, other->projections[p].name);
    EXPECT_EQ(edges_of(*one->projections[p].rows), edges_of(*other->projections[p].rows));
  }
  for (std::size_t p = 0; p < 3; ++p) {
    EXPECT_EQ(one->populations[p].initial[0].each, other->populations[p].initial[0].each);
    EXPECT_EQ(one->populations[p].grids[0].exponent, other->populations[p].grids[0].exponent);
  }
}

TEST(Visits, AddingAnEntityMovesNoOther) {
  Network net = two(50, 50);
  net.connect("A", "B", wired(Kind::fixed_total, 300.0, normal(5, 1), uniform(0.5, 3)));
  const auto before = edges_of(*compiled(net)->projections[0].rows);
  net.population("0", cells(7));
  net.connect("0", "A", wired(Kind::all_to_all));
  const auto after = compiled(net);
  EXPECT_EQ(after->projections[1].name, "A->B");
  EXPECT_EQ(edges_of(*after->projections[1].rows), before);
}

TEST(Visits, KernelsHearWhatBruteForceSays) {
  Network net;
  EXPECT_TRUE(net.probes.empty());
  Population from = cells(1), to = cells(1);
  from.shape = {7.0, 9.0};
  to.shape = {6.0, 11.0};
  net.population("A", from);
  net.population("B", to);
  Projection projection = wired(Kind::kernel, 0.0, 7.5, 0.4);
  const double none = std::nan("");
  projection.connect.kernel = {{0, 0, 1.0, 1.0, -1}, {-2, 1, 2.0, 0.25, -1}, {3, -3, none, none, -1}, {100, 0, 9.0, 9.0, -1}};
  net.connect("A", "B", projection);
  const auto network = compiled(net);
  const Rows& rows = *network->projections[0].rows;
  std::vector<Edge> expected;
  for (int y = 0; y < 6; ++y)
    for (int x = 0; x < 11; ++x)
      for (const auto& entry : projection.connect.kernel) {
        const int sx = x + entry.dx, sy = y + entry.dy;
        if (sx < 0 || sy < 0 || sx >= 9 || sy >= 7) continue;
        const double ms = std::isnan(entry.delay_ms) ? 0.4 : entry.delay_ms;
        expected.push_back({static_cast<std::uint32_t>(sy * 9 + sx), static_cast<std::uint32_t>(y * 11 + x),
                            static_cast<std::uint32_t>(std::floor(ms / 0.1 + 0.5 + 1e-9)),
                            std::isnan(entry.weight) ? 7.5 : entry.weight});
      }
  auto edges = edges_of(rows);
  EXPECT_EQ(rows.count(), edges.size());
  std::sort(edges.begin(), edges.end());
  std::sort(expected.begin(), expected.end());
  EXPECT_EQ(edges, expected);
  EXPECT_EQ(network->projections[0].rounding.rounded, 6u * 9);  // those of 0.25 ms: rows 0 to 5, columns 2 to 10
}

}  // namespace
}  // namespace spikeloom
