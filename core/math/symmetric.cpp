// Row by row: every loop runs along memory, and the lower triangle halves what must be fetched.
#include "core/math/symmetric.hpp"

#include <cmath>

#include "core/math/sums.hpp"

namespace spikeloom::math {

void symmetric_times(const double* a, std::size_t n, const double* x, double* y) {
  for (std::size_t i = 0; i < n; ++i) y[i] = 0;
  for (std::size_t i = 0; i < n; ++i) {
    const double* const row = a + triangle_size(i);
    const double xi = x[i];
    for (std::size_t j = 0; j < i; ++j) y[j] += row[j] * xi;
    y[i] += blocked_dot(row, x, i + 1);
  }
}

void symmetric_update(double* a, std::size_t n, double c, const double* u, double factor) {
  for (std::size_t i = 0; i < n; ++i) {
    double* const row = a + triangle_size(i);
    const double cu = c * u[i];
    for (std::size_t j = 0; j <= i; ++j) row[j] = (row[j] + cu * u[j]) * factor;
  }
}

void symmetric_update_times(double* a, std::size_t n, double c, const double* u, double factor, const double* x, double* y) {
  for (std::size_t i = 0; i < n; ++i) {
    double* const row = a + triangle_size(i);
    const double cu = c * u[i], xi = x[i];
    y[i] = 0;
    y[i] = detail::sum_of(i + 1, [=](std::size_t j) {
      const double value = row[j] = (row[j] + cu * u[j]) * factor;
      y[j] += value * xi;  // too much for j = i, where the whole sum then replaces it
      return value * x[j];
    });
  }
}

bool cholesky(double* a, std::size_t n) {
  for (std::size_t i = 0; i < n; ++i) {
    double* const row = a + triangle_size(i);
    for (std::size_t j = 0; j < i; ++j) {
      const double* const other = a + triangle_size(j);
      row[j] = (row[j] - blocked_dot(row, other, j)) / other[j];
    }
    const double square = row[i] - blocked_dot(row, row, i);
    if (!(square > 0)) return false;
    row[i] = std::sqrt(square);
  }
  return true;
}

void cholesky_solve(const double* l, std::size_t n, double* b) {
  for (std::size_t i = 0; i < n; ++i) {
    const double* const row = l + triangle_size(i);
    b[i] = (b[i] - blocked_dot(row, b, i)) / row[i];
  }
  for (std::size_t i = n; i-- > 0;) {
    const double* const row = l + triangle_size(i);
    b[i] /= row[i];
    for (std::size_t j = 0; j < i; ++j) b[j] -= row[j] * b[i];
  }
}

}  // namespace spikeloom::math
