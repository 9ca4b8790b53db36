// Components and angles of vectors whose geometry is known.
#include "analysis/subspaces.hpp"

#include <gtest/gtest.h>

#include <cmath>

namespace spikeloom {
namespace {

TEST(Subspaces, ComponentsOfAnEllipseAreItsAxes) {
  // Points (3 cos t, sin t) turned by 30 degrees and shifted.
  std::vector<std::vector<double>> rows;
  const double c = std::cos(M_PI / 6), s = std::sin(M_PI / 6);
  for (int k = 0; k < 12; ++k) {
    const double a = 3 * std::cos(k * M_PI / 6), b = std::sin(k * M_PI / 6);
    rows.push_back({5 + c * a - s * b, -2 + s * a + c * b, 1});
  }
  const auto pc = principal_components(rows);
  EXPECT_NEAR(pc.share[0], 0.9, 1e-12);
  EXPECT_NEAR(pc.share[1], 0.1, 1e-12);
  EXPECT_NEAR(std::fabs(pc.axis[0][0]), c, 1e-12);
  EXPECT_NEAR(std::fabs(pc.axis[0][1]), s, 1e-12);
  for (std::size_t r = 0; r < rows.size(); ++r)
    for (std::size_t k = 0; k < 2; ++k) EXPECT_NEAR(pc.project(rows[r])[k], pc.score[r][k], 1e-12);
}

TEST(Subspaces, AnglesOfPlanesAreKnown) {
  // A plane turned by 40 degrees about one of its own directions.
  const double c = std::cos(40 * M_PI / 180), s = std::sin(40 * M_PI / 180);
  const auto angles = principal_angles_deg({{1, 0, 0}, {1, 1, 0}}, {{2, 0, 0}, {5, c, s}});
  ASSERT_EQ(angles.size(), 2u);
  EXPECT_NEAR(angles[0], 0, 1e-5);
  EXPECT_NEAR(angles[1], 40, 1e-9);
}

TEST(Subspaces, DependentVectorsSpanALine) {
  const auto angles = principal_angles_deg({{1, 1, 0}, {2, 2, 0}}, {{1, 0, 0}, {0, 0, 1}});
  ASSERT_EQ(angles.size(), 1u);
  EXPECT_NEAR(angles[0], 45, 1e-9);
}

TEST(Subspaces, TheCosineOfANullVectorIsZero) {
  EXPECT_EQ(cosine(std::vector<double>{0, 0}, std::vector<double>{1, 2}), 0);
  EXPECT_NEAR(cosine(std::vector<double>{1, 0}, std::vector<double>{1, 1}), std::sqrt(0.5), 1e-15);
}

}  // namespace
}  // namespace spikeloom
