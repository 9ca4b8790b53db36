// Learning rules of readouts against what they are meant to compute, by other means.
#include "core/run/readout.hpp"

#include <gtest/gtest.h>

#include <cmath>
#include <numeric>

namespace spikeloom {
namespace {

using Learning = CompiledSignal::Learning;
using Vector = std::vector<double>;

constexpr std::size_t inputs = 6;

double pseudo(std::size_t k, std::size_t i) {
  return std::sin(12.9898 * static_cast<double>(k) + 78.233 * static_cast<double>(i));
}
Vector sample(std::size_t k) {
  Vector x;
  for (std::size_t i = 0; i < inputs; ++i) x.push_back(pseudo(k, i));
  return x;
}
double target(std::size_t k, std::size_t channel) {
  return std::cos(0.7 * static_cast<double>(k) + static_cast<double>(channel));
}

Readout untaught(const Learning& rule, std::uint32_t channels) {
  return Readout({0, Vector(channels * inputs), rule}, channels, inputs);
}

/// Shows samples [0, count) to a readout, with a gate per sample.
template <class Gate>
void teach(Readout& readout, const Learning& rule, std::uint32_t channels, std::size_t count, Gate gate) {
  for (std::size_t k = 0; k < count; ++k) {
    const Vector x = sample(k);
    Vector z(channels), error(channels);
    readout.read(x, z);
    for (std::size_t c = 0; c < channels; ++c) error[c] = target(k, c) - z[c];
    readout.learn(rule, x, z, error, gate(k));
  }
  readout.settle(rule, "test");
}
const auto always = [](std::size_t) { return Vector{1}; };

/// The w that minimises sum_k weight(k) (target - w . x)^2 + penalty |w|^2, by elimination with pivots.
template <class Weight>
Vector least_squares(std::size_t count, std::size_t channel, double penalty, Weight weight) {
  std::vector<Vector> a(inputs, Vector(inputs + 1));
  for (std::size_t k = 0; k < count; ++k) {
    const Vector x = sample(k);
    for (std::size_t i = 0; i < inputs; ++i) {
      for (std::size_t j = 0; j < inputs; ++j) a[i][j] += weight(k) * x[i] * x[j];
      a[i][inputs] += weight(k) * x[i] * target(k, channel);
    }
  }
  for (std::size_t i = 0; i < inputs; ++i) a[i][i] += penalty;
  for (std::size_t i = 0; i < inputs; ++i) {
    std::size_t pivot = i;
    for (std::size_t r = i; r < inputs; ++r)
      if (std::fabs(a[r][i]) > std::fabs(a[pivot][i])) pivot = r;
    std::swap(a[i], a[pivot]);
    for (std::size_t r = 0; r < inputs; ++r) {
      if (r == i) continue;
      const double f = a[r][i] / a[i][i];
      for (std::size_t j = i; j <= inputs; ++j) a[r][j] -= f * a[i][j];
    }
  }
  Vector w;
  for (std::size_t i = 0; i < inputs; ++i) w.push_back(a[i][inputs] / a[i][i]);
  return w;
}

void expect_weights(const Readout& readout, std::size_t channel, const Vector& expected, double tolerance) {
  for (std::size_t i = 0; i < inputs; ++i) EXPECT_NEAR(readout.weights()[channel * inputs + i], expected[i], tolerance) << i;
}

TEST(Readout, DeltaFollowsItsRecursion) {
  for (const bool normalise : {false, true}) {
    Learning rule;
    rule.eta = 0.3, rule.normalise = normalise;
    Readout readout = untaught(rule, 2);
    teach(readout, rule, 2, 50, always);
    for (std::size_t c = 0; c < 2; ++c) {
      Vector w(inputs);
      for (std::size_t k = 0; k < 50; ++k) {
        const Vector x = sample(k);
        const double z = std::inner_product(w.begin(), w.end(), x.begin(), 0.0);
        const double norm = normalise ? std::inner_product(x.begin(), x.end(), x.begin(), 0.0) : 1;
        for (std::size_t i = 0; i < inputs; ++i) w[i] += 0.3 * (target(k, c) - z) * x[i] / norm;
      }
      expect_weights(readout, c, w, 1e-13);
    }
  }
}

TEST(Readout, AGateOfZeroKeepsAChannelAndAHalfGateHalvesItsStep) {
  Learning rule;
  rule.eta = 0.5, rule.gated = true, rule.gates = 2;
  Readout readout = untaught(rule, 2);
  const Vector x = sample(3);
  readout.learn(rule, x, Vector{0, 0}, Vector{1, 1}, Vector{0, 0.5});
  for (std::size_t i = 0; i < inputs; ++i) {
    EXPECT_EQ(readout.weights()[i], 0);
    EXPECT_DOUBLE_EQ(readout.weights()[inputs + i], 0.25 * x[i]);
  }
}

TEST(Readout, NormalisedDeltaLeavesAStateOfZeroAlone) {
  Learning rule;
  rule.eta = 1, rule.normalise = true;
  Readout readout = untaught(rule, 1);
  readout.learn(rule, Vector(inputs), Vector{0}, Vector{1}, Vector{1});
  for (const double w : readout.weights()) EXPECT_EQ(w, 0);
}

TEST(Readout, RecursiveLeastSquaresIsTheBatchSolution) {
  Learning rule;
  rule.kind = Learning::Kind::rls;
  for (const double p0 : {1.0, 1e3}) {
    rule.P0 = p0;
    Readout readout = untaught(rule, 2);
    teach(readout, rule, 2, 300, always);
    for (std::size_t c = 0; c < 2; ++c)
      expect_weights(readout, c, least_squares(300, c, 1 / p0, [](std::size_t) { return 1.0; }), 1e-11);
  }
}

TEST(Readout, ForgettingWeighsSamplesByTheirAge) {
  Learning rule;
  rule.kind = Learning::Kind::rls;
  rule.forget = 0.97;
  Readout readout = untaught(rule, 1);
  teach(readout, rule, 1, 200, always);
  const auto age = [](std::size_t k) { return std::pow(0.97, 199 - static_cast<double>(k)); };
  expect_weights(readout, 0, least_squares(200, 0, std::pow(0.97, 200), age), 1e-10);
}

TEST(Readout, GatesWeighSamplesOfRecursiveLeastSquares) {
  Learning rule;
  rule.kind = Learning::Kind::rls;
  rule.gated = true, rule.gates = 2;
  const auto gate = [](std::size_t k) { return Vector{k % 3 == 0 ? 0.0 : 1.0, k % 2 == 0 ? 0.5 : 2.0}; };
  Readout readout = untaught(rule, 2);
  teach(readout, rule, 2, 120, gate);
  for (std::size_t c = 0; c < 2; ++c)
    expect_weights(readout, c, least_squares(120, c, 1, [&](std::size_t k) { return gate(k)[c]; }), 1e-11);
}

TEST(Readout, ForgettingAllSamplesMakesRecursiveLeastSquaresQuickAgain) {
  Learning rule;
  rule.kind = Learning::Kind::rls;
  Readout readout = untaught(rule, 1);
  teach(readout, rule, 1, 200, always);
  const Vector before(readout.weights().begin(), readout.weights().end());
  readout.forget_samples(rule);
  EXPECT_EQ(before, Vector(readout.weights().begin(), readout.weights().end()));
  // The first sample after it moves the weights as P0 = 1 says: by e x / (1 + |x|^2).
  const Vector x = sample(7);
  readout.learn(rule, x, Vector{0}, Vector{0.5}, Vector{1});
  const double norm = std::inner_product(x.begin(), x.end(), x.begin(), 0.0);
  for (std::size_t i = 0; i < inputs; ++i) EXPECT_NEAR(readout.weights()[i] - before[i], 0.5 * x[i] / (1 + norm), 1e-15);
}

TEST(Readout, RidgeIsTheBatchSolutionWhateverTheWeightsWere) {
  Learning rule;
  rule.kind = Learning::Kind::ridge;
  rule.lambda = 0.2, rule.gated = true, rule.gates = 2;
  Readout readout({0, Vector(2 * inputs, 0.4), rule}, 2, inputs);
  const auto gate = [](std::size_t k) { return Vector{1.0, k < 40 ? 0.0 : 3.0}; };
  teach(readout, rule, 2, 90, gate);
  for (std::size_t c = 0; c < 2; ++c)
    expect_weights(readout, c, least_squares(90, c, 0.2, [&](std::size_t k) { return gate(k)[c]; }), 1e-11);
}

TEST(Readout, OneGateForAllChannelsGivesWhatOneForEachGives) {
  for (const auto kind : {Learning::Kind::rls, Learning::Kind::ridge}) {
    Learning one;
    one.kind = kind, one.lambda = 0.1;
    Learning each = one;
    each.gated = true, each.gates = 2;
    Readout a = untaught(one, 2), b = untaught(each, 2);
    teach(a, one, 2, 60, always);
    teach(b, each, 2, 60, [](std::size_t) { return Vector{1, 1}; });
    for (std::size_t k = 0; k < 2 * inputs; ++k) EXPECT_EQ(a.weights()[k], b.weights()[k]);
  }
}

TEST(Readout, ComesBackFromItsBytesWithItsSamples) {
  for (const auto kind : {Learning::Kind::delta, Learning::Kind::rls, Learning::Kind::ridge}) {
    Learning rule;
    rule.kind = kind, rule.eta = 0.1, rule.lambda = 0.1;
    Readout readout = untaught(rule, 2), other = untaught(rule, 2), third = untaught(rule, 3);
    teach(readout, rule, 2, 20, always);
    ByteWriter out;
    readout.save(out);
    ByteReader in(out.bytes()), again(out.bytes());
    other.load(in);
    EXPECT_THROW(third.load(again), Error);
    teach(readout, rule, 2, 20, always);
    teach(other, rule, 2, 20, always);
    for (std::size_t k = 0; k < 2 * inputs; ++k) EXPECT_EQ(readout.weights()[k], other.weights()[k]);
  }
}

TEST(Readout, SaysThatASystemCannotBeSolved) {
  Learning rule;
  rule.kind = Learning::Kind::ridge;
  rule.lambda = 1e-300;
  Readout readout = untaught(rule, 1);
  readout.learn(rule, Vector(inputs, 1e200), Vector{0}, Vector{1}, Vector{1});
  EXPECT_THROW(readout.settle(rule, "w"), Error);
}

}  // namespace
}  // namespace spikeloom
