// Gauss-Legendre quadrature over one panel: enough for the smooth integrands of theory, with nodes computed once.
#pragma once

#include <array>
#include <cmath>
#include <numbers>

namespace spikeloom {

/// Nodes and weights on [-1, 1].
template <int N>
struct GaussLegendre {
  std::array<double, N> node{}, weight{};

  GaussLegendre() {
    for (int i = 0; i < N; ++i) {
      double x = std::cos(std::numbers::pi * (i + 0.75) / (N + 0.5)), slope = 1;
      for (int newton = 0; newton < 10; ++newton) {
        double p = 1, before = 0;
        for (int k = 1; k <= N; ++k) {
          const double next = ((2 * k - 1) * x * p - (k - 1) * before) / k;
          before = p;
          p = next;
        }
        slope = N * (x * p - before) / (x * x - 1);
        x -= p / slope;
      }
      node[i] = x;
      weight[i] = 2 / ((1 - x * x) * slope * slope);
    }
  }

  template <class F>
  double integrate(double low, double high, F f) const {
    const double middle = 0.5 * (low + high), half = 0.5 * (high - low);
    double sum = 0;
    for (int i = 0; i < N; ++i) sum += weight[i] * f(middle + half * node[i]);
    return sum * half;
  }
};

}  // namespace spikeloom
