// Statistics of random wiring: degrees, laws of pairs, and the two-level test (many seeds, chi-square, uniform p-values).
#include <fmt/format.h>
#include <gtest/gtest.h>

#include <cmath>
#include <functional>
#include <map>
#include <set>

#include "analysis/fit_tests.hpp"
#include "core/math/functions.hpp"
#include "tests/core/compile/edges.hpp"

namespace spikeloom {
namespace {

using test::compiled, test::Edge, test::edges_of, test::fault_of, test::joined, test::two, test::wired;
using Kind = Connector::Kind;

std::vector<double> in_degrees(const std::vector<Edge>& edges, std::uint32_t targets) {
  std::vector<double> degree(targets, 0);
  for (const Edge& edge : edges) ++degree[edge.target];
  return degree;
}

std::vector<double> out_degrees(const std::vector<Edge>& edges, std::uint32_t sources) {
  std::vector<double> degree(sources, 0);
  for (const Edge& edge : edges) ++degree[edge.source];
  return degree;
}

bool has_multapse(const std::vector<Edge>& edges) {
  std::set<std::pair<std::uint32_t, std::uint32_t>> seen;
  for (const Edge& edge : edges)
    if (!seen.emplace(edge.source, edge.target).second) return true;
  return false;
}

bool has_autapse(const std::vector<Edge>& edges) {
  return std::any_of(edges.begin(), edges.end(), [](const Edge& edge) { return edge.source == edge.target; });
}

/// Chi-square p-values over 200 seeds must be uniform.
double two_level(const std::function<ChiSquare(double seed)>& one) {
  std::vector<double> p;
  for (int seed = 1; seed <= 200; ++seed) p.push_back(one(seed).p_value);
  return ks_p_value(ks_statistic(p, [](double x) { return std::clamp(x, 0.0, 1.0); }), 200);
}

std::vector<double> all(double value, std::size_t n) { return std::vector<double>(n, value); }

TEST(Connectivity, FixedInDegreeGivesEveryTargetItsDegreeAndMultinomialOutDegrees) {
  const double p = two_level([](double seed) {
    const auto net = joined(wired(Kind::fixed_in_degree, 100.0), 100, 100, seed);
    const auto edges = edges_of(*net->projections[0].rows);
    EXPECT_EQ(in_degrees(edges, 100), all(100, 100));
    return chi_square(out_degrees(edges, 100), all(100, 100));
  });
  EXPECT_GT(p, 0.05);
}

TEST(Connectivity, FixedOutDegreeGivesEverySourceItsDegreeAndMultinomialInDegrees) {
  const double p = two_level([](double seed) {
    const auto net = joined(wired(Kind::fixed_out_degree, 10.0), 100, 100, seed);
    const auto edges = edges_of(*net->projections[0].rows);
    EXPECT_EQ(out_degrees(edges, 100), all(10, 100));
    return chi_square(in_degrees(edges, 100), all(10, 100));
  });
  EXPECT_GT(p, 0.05);
}

TEST(Connectivity, FixedTotalGivesMultinomialDegreesOnBothSides) {
  for (const bool by_source : {true, false}) {
    const double p = two_level([&](double seed) {
      const auto net = joined(wired(Kind::fixed_total, 2000.0), 80, 100, seed);
      const auto edges = edges_of(*net->projections[0].rows);
      EXPECT_EQ(edges.size(), 2000u);
      return by_source ? chi_square(out_degrees(edges, 80), all(25, 80)) : chi_square(in_degrees(edges, 100), all(20, 100));
    });
    EXPECT_GT(p, 0.05);
  }
}

TEST(Connectivity, TheTwoLevelTestSeesDegreesThatAreTooEven) {
  const double p = two_level([](double seed) {
    Projection projection = wired(Kind::fixed_in_degree, 50.0);
    projection.multapses = false;
    const auto net = joined(projection, 100, 100, seed);
    return chi_square(out_degrees(edges_of(*net->projections[0].rows), 100), all(50, 100));  // variance is halved here
  });
  EXPECT_LT(p, 0.001);
}

TEST(Connectivity, FixedProbabilityHasBinomialInDegreesAndDistinctTargets) {
  Network net = two(1000, 1);
  Projection projection = wired(Kind::fixed_probability, 0.1);
  projection.autapses = false;
  net.connect("A", "A", projection);
  const auto network = compiled(net);
  const auto& rows = *network->projections[0].rows;
  const auto edges = edges_of(rows);
  EXPECT_EQ(edges.size(), rows.count());
  EXPECT_NEAR(static_cast<double>(edges.size()), 99900, 3.5 * 300);
  EXPECT_FALSE(has_autapse(edges));
  EXPECT_FALSE(has_multapse(edges));
  for (const auto& degree : {in_degrees(edges, 1000), out_degrees(edges, 1000)}) {
    std::vector<double> counts(201, 0), expected(201);
    for (const double d : degree) ++counts[std::min<std::size_t>(static_cast<std::size_t>(d), 200)];
    for (int d = 0; d <= 200; ++d)
      expected[static_cast<std::size_t>(d)] = 1000 * std::exp(std::lgamma(1000) - std::lgamma(d + 1) - std::lgamma(1000 - d) +
                                                              d * std::log(0.1) + (999 - d) * std::log(0.9));
    EXPECT_GT(chi_square(counts, expected).p_value, 0.003);
  }
}

TEST(Connectivity, FixedProbabilityTreatsEveryPairAlike) {
  std::vector<double> counts(20 * 30, 0);
  for (int seed = 1; seed <= 500; ++seed)
    for (const Edge& edge : edges_of(*joined(wired(Kind::fixed_probability, 0.2), 20, 30, seed)->projections[0].rows))
      ++counts[edge.source * 30 + edge.target];
  double statistic = 0;
  for (const double count : counts) statistic += (count - 100) * (count - 100) / 80;
  EXPECT_GT(chi_square_p_value(statistic, 600), 0.003);
  EXPECT_LT(chi_square_p_value(statistic, 600), 0.997);
}

TEST(Connectivity, EveryPairOfAFixedTotalIsEquallyLikelyWithoutMultapsesToo) {
  for (const bool multapses : {true, false}) {
    std::vector<double> counts(12 * 12, 0);
    for (int seed = 1; seed <= 1000; ++seed) {
      Projection projection = wired(Kind::fixed_total, 44.0);
      projection.autapses = false;
      projection.multapses = multapses;
      const auto edges = edges_of(*joined(projection, 12, 1, seed, "A")->projections[0].rows);
      EXPECT_EQ(edges.size(), 44u);
      for (const Edge& edge : edges) ++counts[edge.source * 12 + edge.target];
    }
    std::vector<double> off_diagonal;
    for (std::size_t i = 0; i < 144; ++i) {
      if (i / 12 == i % 12) EXPECT_EQ(counts[i], 0);
      else off_diagonal.push_back(counts[i]);
    }
    double statistic = 0;
    const double expected = 44000.0 / 132, variance = multapses ? expected : expected * (1 - 44.0 / 132);
    for (const double count : off_diagonal) statistic += (count - expected) * (count - expected) / variance;
    EXPECT_GT(chi_square_p_value(statistic, 131), 0.003) << multapses;
  }
}

class Combinations : public ::testing::TestWithParam<std::tuple<Kind, bool, bool>> {};

TEST_P(Combinations, OfAutapsesAndMultapsesAreKept) {
  const auto [kind, autapses, multapses] = GetParam();
  Projection projection = wired(kind, kind == Kind::fixed_total ? 700.0 : 20.0);
  projection.autapses = autapses;
  projection.multapses = multapses;
  const auto net = joined(projection, 40, 1, 3, "A");
  const auto& rows = *net->projections[0].rows;
  const auto edges = edges_of(rows);
  EXPECT_EQ(edges.size(), kind == Kind::fixed_total ? 700u : 800u);
  EXPECT_EQ(edges.size(), rows.count());
  EXPECT_EQ(has_autapse(edges), autapses);
  EXPECT_EQ(has_multapse(edges), multapses);
  if (kind == Kind::fixed_in_degree) { EXPECT_EQ(in_degrees(edges, 40), all(20, 40)); }
  if (kind == Kind::fixed_out_degree) { EXPECT_EQ(out_degrees(edges, 40), all(20, 40)); }
  const auto degrees = in_degrees(edges, 40);
  EXPECT_LE(*std::max_element(degrees.begin(), degrees.end()), static_cast<double>(rows.max_in_degree()));
}

INSTANTIATE_TEST_SUITE_P(All, Combinations,
                         ::testing::Combine(::testing::Values(Kind::fixed_in_degree, Kind::fixed_out_degree, Kind::fixed_total),
                                            ::testing::Bool(), ::testing::Bool()));

TEST(Connectivity, AutapsesAreFoundThroughSlicesAndGroups) {
  Network net = two(10, 10);
  net.group("G", {parse_slice("B", {}), parse_slice("A[2:6]", {})});
  Projection projection = wired(Kind::all_to_all);
  projection.autapses = false;
  net.connect("A[0:10:2]", "G", projection);
  const auto network = compiled(net);
  const auto edges = edges_of(*network->projections[0].rows);
  EXPECT_EQ(edges.size(), 5u * 14 - 2);
  for (const Edge& edge : edges) EXPECT_FALSE(edge.target >= 10 && edge.source * 2 == edge.target - 10 + 2);
}

/// Segments cost a backend a row per source each, so that one per cell would make rows as many as pairs of cells.
TEST(Connectivity, ASliceOfAGroupIsOneStrideOfEachMember) {
  Network net = two(10, 10);
  net.group("G", {parse_slice("B", {}), parse_slice("A[1:10:2]", {}), parse_slice("B[0:3]", {}), parse_slice("A", {})});
  const std::uint32_t member[] = {1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 0, 0, 0, 0, 0, 1, 1, 1, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0};
  const std::uint32_t cell[] = {0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 1, 3, 5, 7, 9, 0, 1, 2, 0, 1, 2, 3, 4, 5, 6, 7, 8, 9};
  for (std::uint32_t first = 0; first < std::size(cell); ++first)
    for (std::uint32_t stride = 1; stride < 12; ++stride) {
      const auto all = static_cast<std::uint32_t>(std::size(cell)), last = std::min(all, first + 1 + 7 * stride % 25);
      Network sliced = net;
      sliced.connect("A", fmt::format("G[{}:{}:{}]", first, last, stride), wired(Kind::all_to_all));
      const auto network = compiled(sliced);
      const auto& to = network->projections[0].to;
      EXPECT_LE(to.size(), 4u);
      std::uint32_t at = first, running = 0;
      for (const EndSegment& segment : to) {
        EXPECT_EQ(segment.offset, running);
        for (std::uint32_t k = 0; k < segment.count; ++k, ++running, at += stride) {
          ASSERT_LT(at, last);
          EXPECT_EQ(segment.index, member[at]);
          EXPECT_EQ(segment.first + k * segment.stride, cell[at]);
        }
      }
      EXPECT_EQ(running, network->projections[0].rows->targets);
      EXPECT_GE(at, last) << "cells are missing";
    }
}

TEST(Connectivity, DegreesBeyondThePossibleAreErrorsAtTheirKey) {
  for (const auto& [kind, key] :
       {std::pair(Kind::fixed_in_degree, "fixed_in_degree"), std::pair(Kind::fixed_out_degree, "fixed_out_degree")}) {
    for (const bool autapses : {true, false}) {
      Projection projection = wired(kind, autapses ? 11.0 : 10.0);
      projection.multapses = false;
      projection.autapses = autapses;
      Network net = two(10, 10);
      net.connect("A", "A", projection);
      const Error error = fault_of(net);
      EXPECT_EQ(error.kind, "range");
      EXPECT_EQ(error.where.path, std::string("/projections/0/connect/") + key);
      EXPECT_EQ(error.allowed, autapses ? "at most 10" : "at most 9");
    }
  }
  Projection projection = wired(Kind::fixed_total, 101.0);
  projection.multapses = false;
  Network net = two(10, 10);
  net.connect("A", "B", projection);
  EXPECT_EQ(fault_of(net).allowed, "at most 100");
}

TEST(Connectivity, AFullProjectionWithoutMultapsesIsEveryPair) {
  for (const Kind kind : {Kind::fixed_in_degree, Kind::fixed_out_degree, Kind::fixed_total}) {
    Projection projection = wired(kind, kind == Kind::fixed_total ? 300.0 * 300 : 300.0);
    projection.multapses = false;
    const auto edges = edges_of(*joined(projection, 300, 300)->projections[0].rows);
    EXPECT_EQ(edges.size(), 90000u);
    EXPECT_FALSE(has_multapse(edges));
  }
}

TEST(Connectivity, BlocksOfOneNameAndTwoAreIndependent) {
  Network net = two(200, 200);
  Projection projection = wired(Kind::fixed_probability, 0.2);
  projection.name = "first";
  net.connect("A", "B", projection);
  projection.name = "second";
  net.connect("A", "B", projection);
  const auto network = compiled(net);
  std::vector<double> a(40000, 0), b(40000, 0);
  for (const Edge& edge : edges_of(*network->projections[0].rows)) a[edge.source * 200 + edge.target] = 1;
  for (const Edge& edge : edges_of(*network->projections[1].rows)) b[edge.source * 200 + edge.target] = 1;
  double covariance = 0;
  for (std::size_t i = 0; i < a.size(); ++i) covariance += (a[i] - 0.2) * (b[i] - 0.2);
  EXPECT_LT(std::fabs(covariance / (40000 * 0.16)), 4 / std::sqrt(40000.0));
}

TEST(Connectivity, ATailBoundIsRarelyAndNeverFarExceeded) {
  const auto net = joined(wired(Kind::fixed_total, 100000.0), 1000, 100);
  EXPECT_GT(net->projections[0].rows->max_in_degree(), 1000u);
  EXPECT_LT(net->projections[0].rows->max_in_degree(), 1500u);
}

}  // namespace
}  // namespace spikeloom
