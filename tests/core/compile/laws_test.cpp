// Weights and delays follow their laws, whichever way they are drawn, and delays become whole steps as documented.
#include <gtest/gtest.h>

#include <cmath>
#include <functional>

#include "analysis/fit_tests.hpp"
#include "tests/core/compile/edges.hpp"

namespace spikeloom {
namespace {

using test::compiled, test::Edge, test::edges_of, test::fault_of, test::joined, test::two, test::wired;
using Kind = Connector::Kind;

double phi(double x) { return 0.5 * std::erfc(-x / std::sqrt(2.0)); }

double weight_fit(const Value& weight, const std::function<double(double)>& cdf) {
  const auto net = joined(wired(Kind::fixed_total, 40000.0, weight), 200, 200, 11);
  std::vector<double> sample;
  for (const Edge& edge : edges_of(*net->projections[0].rows)) sample.push_back(edge.weight);
  return ks_p_value(ks_statistic(sample, cdf), static_cast<double>(sample.size()));
}

TEST(Laws, OfWeightsPassKolmogorovSmirnov) {
  const double alpha = 0.002;  // ten comparisons: 1 - 0.98^(1/10)
  EXPECT_GT(weight_fit(uniform(-1, 0), [](double x) { return x + 1; }), alpha);
  EXPECT_GT(weight_fit(normal(87.81, 8.781), [](double x) { return phi((x - 87.81) / 8.781); }), alpha);
  const double cut = phi(-1.0);
  EXPECT_GT(weight_fit(normal(1, 1, 0, unbounded), [&](double x) { return x < 0 ? 0 : (phi(x - 1) - cut) / (1 - cut); }), alpha);
  EXPECT_GT(weight_fit(normal(-3, 1, 0, 0.5),
                       [&](double x) { return (phi(std::clamp(x, 0.0, 0.5) + 3) - phi(3)) / (phi(3.5) - phi(3)); }),
            alpha);
  const double sigma = std::sqrt(std::log1p(0.25));
  EXPECT_GT(
      weight_fit(lognormal(2, 1), [&](double x) { return phi((std::log(x) - std::log(2.0) + 0.5 * sigma * sigma) / sigma); }),
      alpha);
  EXPECT_GT(weight_fit(exponential(3), [](double x) { return 1 - std::exp(-x / 3); }), alpha);
  EXPECT_GT(weight_fit(log_uniform(1, 100), [](double x) { return std::log(x) / std::log(100.0); }), alpha);
  EXPECT_GT(weight_fit(gamma(2, 1), [](double x) { return 1 - std::exp(-x / 2); }), alpha);
}

TEST(Laws, NamedDrawsAreSharedByTheExpressionsOfAProjection) {
  Projection projection = wired(Kind::fixed_total, 5000.0, expr("r^2"), expr("1 + 2*r"));
  projection.draw["r"] = uniform(0, 1);
  const auto net = joined(projection, 100, 100);
  std::vector<double> r;
  for (const Edge& edge : edges_of(*net->projections[0].rows)) {
    r.push_back(std::sqrt(edge.weight));
    EXPECT_EQ(edge.delay, static_cast<std::uint32_t>(std::floor((1 + 2 * r.back()) / 0.1 + 0.5)));
  }
  EXPECT_GT(ks_p_value(ks_statistic(r, [](double x) { return x; }), 5000), 0.003);
}

TEST(Laws, ExpressionsKnowIndicesSizesAndConstantsOfTheBlock) {
  Projection projection = wired(Kind::all_to_all, 0.0, expr("100*i + j + C*N_from + 1000*N_to"));
  projection.constants["C"] = 0.5;
  Network net = two(4, 3);
  net.parameters["C"] = 77.0;  // the nearest counts
  net.connect("A", "B", projection);
  for (const Edge& edge : edges_of(*compiled(net)->projections[0].rows))
    EXPECT_EQ(edge.weight, 100.0 * edge.source + edge.target + 2 + 3000);
}

TEST(Laws, MixturesDrawEachPartByItsShare) {
  Distribution mixture{Distribution::Law::mixture, {0.25, 1.0, 0.75, uniform(2, 3)}, {}, false};
  const auto net = joined(wired(Kind::fixed_total, 20000.0, mixture), 100, 100);
  double ones = 0;
  for (const Edge& edge : edges_of(*net->projections[0].rows)) ones += edge.weight == 1;
  EXPECT_NEAR(ones, 5000, 4 * std::sqrt(20000 * 0.25 * 0.75));
}

TEST(Laws, ClippingPutsTheRestOntoTheBounds) {
  const auto net = joined(wired(Kind::fixed_total, 20000.0, normal(0, 1, -1, 1, true)), 100, 100);
  double low = 0;
  for (const Edge& edge : edges_of(*net->projections[0].rows)) {
    EXPECT_LE(std::fabs(edge.weight), 1);
    low += edge.weight == -1;
  }
  EXPECT_NEAR(low, 20000 * phi(-1), 4 * std::sqrt(20000 * phi(-1)));
}

TEST(Laws, WholeStepsOfDrawnDelaysHaveTheProbabilitiesOfTheLaw) {
  const auto net = joined(wired(Kind::fixed_total, 100000.0, 1.0, normal(1.5, 0.75, 0.05, unbounded)), 200, 200);
  std::vector<double> counts(60, 0), expected(60);
  for (const Edge& edge : edges_of(*net->projections[0].rows)) ++counts[std::min(edge.delay, 59u)];
  const double cut = phi((0.05 - 1.5) / 0.75);
  for (int d = 1; d < 60; ++d) {
    const auto below = [&](double x) { return std::max(0.0, phi((x - 1.5) / 0.75) - cut) / (1 - cut); };
    expected[static_cast<std::size_t>(d)] = 100000 * ((d == 59 ? 1 : below(0.1 * d + 0.05)) - below(0.1 * d - 0.05));
  }
  EXPECT_EQ(counts[0], 0);
  EXPECT_GT(chi_square(counts, expected).p_value, 0.003);
}

TEST(Delays, ThatAreWrittenRoundHalvesUpAndAreCounted) {
  const auto net = joined(wired(Kind::all_to_all, 0.0, 1.0, 0.25), 10, 10);
  EXPECT_EQ(net->projections[0].rows->min_delay(), 3u);
  EXPECT_EQ(net->projections[0].rows->max_delay(), 3u);
  EXPECT_EQ(net->projections[0].rounding.rounded, 100u);
  EXPECT_EQ(net->projections[0].rounding.raised, 0u);
  EXPECT_NEAR(net->projections[0].rounding.largest_ms, 0.05, 1e-12);
  const auto exact = joined(wired(Kind::all_to_all, 0.0, 1.0, 0.3), 10, 10);
  EXPECT_EQ(exact->projections[0].rounding.rounded, 0u);
  const auto raised = joined(wired(Kind::all_to_all, 0.0, 1.0, 0.01), 10, 10);
  EXPECT_EQ(raised->projections[0].rows->min_delay(), 1u);
  EXPECT_EQ(raised->projections[0].rounding.raised, 100u);
}

TEST(Delays, ThatAreDrawnBelowAStepAreRaisedAndCounted) {
  const auto net = joined(wired(Kind::fixed_total, 100000.0, 1.0, uniform(-0.05, 0.15)), 100, 100);
  EXPECT_EQ(net->projections[0].rows->min_delay(), 1u);
  EXPECT_EQ(net->projections[0].rows->max_delay(), 2u);
  EXPECT_NEAR(static_cast<double>(net->projections[0].rounding.raised), 50000, 300);
  EXPECT_NEAR(net->projections[0].rounding.largest_ms, 0.15, 0.001);
}

TEST(Delays, AxonalAndDendriticPartsAdd) {
  Projection projection = wired(Kind::all_to_all);
  projection.delay_ms.reset();
  projection.axonal_ms = 0.14;
  projection.dendritic_ms = 0.11;  // 0.25 together: rounded once, not twice
  EXPECT_EQ(joined(projection, 3, 3)->projections[0].rows->max_delay(), 3u);
  projection.axonal_ms = 0.0;
  EXPECT_EQ(joined(projection, 3, 3)->projections[0].rows->max_delay(), 1u);
  projection.axonal_ms = uniform(1, 2);
  projection.dendritic_ms = uniform(3, 4);
  const auto net = joined(projection, 100, 100);
  EXPECT_EQ(net->projections[0].rows->min_delay(), 40u);
  EXPECT_EQ(net->projections[0].rows->max_delay(), 60u);
  double mean = 0;
  for (const Edge& edge : edges_of(*net->projections[0].rows)) mean += edge.delay / 1e4;
  EXPECT_NEAR(mean, 50, 0.2);
}

TEST(Delays, ThatAreWrittenAndNotPositiveAreErrorsAtTheirKey) {
  for (const double bad : {0.0, -1.0, -0.0, std::nan(""), HUGE_VAL, 2e5}) {
    Network net = two(3, 3);
    net.connect("A", "B", wired(Kind::all_to_all, 0.0, 1.0, bad));
    const Error error = fault_of(net);
    EXPECT_EQ(error.kind, "range") << bad;
    EXPECT_EQ(error.where.path, "/projections/0/delay_ms") << bad;
  }
  Network net = two(3, 3);
  Projection projection = wired(Kind::all_to_all);
  projection.delay_ms.reset();
  projection.axonal_ms = 0.0;
  net.connect("A", "B", projection);
  EXPECT_EQ(fault_of(net).where.path, "/projections/0/delay_ms/axonal_ms");
}

}  // namespace
}  // namespace spikeloom
