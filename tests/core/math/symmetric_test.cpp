// Triangles hold what full matrices hold; their solutions satisfy the system.
#include "core/math/symmetric.hpp"

#include <gtest/gtest.h>

#include <cmath>
#include <vector>

namespace spikeloom {
namespace {

using Matrix = std::vector<std::vector<double>>;

double entry(std::size_t i, std::size_t j) { return std::sin(static_cast<double>(3 * i * i + 7 * j * j + i * j)); }

/// B B^T + shift I of a fixed matrix B, full and as a triangle.
void make(std::size_t n, double shift, Matrix& full, std::vector<double>& triangle) {
  full.assign(n, std::vector<double>(n));
  triangle.resize(math::triangle_size(n));
  for (std::size_t i = 0; i < n; ++i)
    for (std::size_t j = 0; j < n; ++j) {
      for (std::size_t k = 0; k < n; ++k) full[i][j] += entry(i, k) * entry(j, k);
      if (i == j) full[i][j] += shift;
      if (j <= i) triangle[math::triangle_size(i) + j] = full[i][j];
    }
}

std::vector<double> times(const Matrix& full, const std::vector<double>& x) {
  std::vector<double> y(x.size());
  for (std::size_t i = 0; i < x.size(); ++i)
    for (std::size_t j = 0; j < x.size(); ++j) y[i] += full[i][j] * x[j];
  return y;
}

TEST(Symmetric, TimesAVectorIsTheFullProduct) {
  for (const std::size_t n : {1, 2, 7, 8, 9, 33}) {
    Matrix full;
    std::vector<double> triangle, x, y(n);
    make(n, 0, full, triangle);
    for (std::size_t i = 0; i < n; ++i) x.push_back(entry(i, 2));
    math::symmetric_times(triangle.data(), n, x.data(), y.data());
    const auto expected = times(full, x);
    for (std::size_t i = 0; i < n; ++i) EXPECT_NEAR(y[i], expected[i], 1e-12) << n << " " << i;
  }
}

TEST(Symmetric, AnUpdateAddsTheOuterProductAndScales) {
  const std::size_t n = 11;
  Matrix full;
  std::vector<double> triangle, u;
  make(n, 1, full, triangle);
  for (std::size_t i = 0; i < n; ++i) u.push_back(entry(1, i));
  math::symmetric_update(triangle.data(), n, -0.3, u.data(), 1.25);
  for (std::size_t i = 0; i < n; ++i)
    for (std::size_t j = 0; j <= i; ++j)
      EXPECT_NEAR(triangle[math::triangle_size(i) + j], (full[i][j] - 0.3 * u[i] * u[j]) * 1.25, 1e-13);
}

TEST(Symmetric, AnUpdateOnTheWayToAProductHasTheBitsOfTheTwo) {
  for (const std::size_t n : {1, 2, 7, 8, 9, 16, 33}) {
    Matrix full;
    std::vector<double> apart, together, u, x, y(n), z(n);
    make(n, 1, full, apart);
    together = apart;
    for (std::size_t i = 0; i < n; ++i) u.push_back(entry(1, i)), x.push_back(entry(i, 2));
    math::symmetric_update(apart.data(), n, -0.3, u.data(), 1.25);
    math::symmetric_times(apart.data(), n, x.data(), y.data());
    math::symmetric_update_times(together.data(), n, -0.3, u.data(), 1.25, x.data(), z.data());
    EXPECT_EQ(together, apart) << n;
    EXPECT_EQ(z, y) << n;
  }
}

TEST(Symmetric, CholeskySolvesTheSystem) {
  for (const std::size_t n : {1, 2, 9, 40}) {
    Matrix full;
    std::vector<double> triangle, b;
    make(n, 0.1, full, triangle);
    for (std::size_t i = 0; i < n; ++i) b.push_back(entry(i, 5));
    std::vector<double> x = b;
    ASSERT_TRUE(math::cholesky(triangle.data(), n));
    math::cholesky_solve(triangle.data(), n, x.data());
    const auto back = times(full, x);
    for (std::size_t i = 0; i < n; ++i) EXPECT_NEAR(back[i], b[i], 1e-11) << n << " " << i;
  }
}

TEST(Symmetric, CholeskyRefusesWhatIsNotPositiveDefinite) {
  std::vector<double> indefinite = {1, 2, 1};
  EXPECT_FALSE(math::cholesky(indefinite.data(), 2));
  std::vector<double> not_a_number = {std::nan("")};
  EXPECT_FALSE(math::cholesky(not_a_number.data(), 1));
}

}  // namespace
}  // namespace spikeloom
