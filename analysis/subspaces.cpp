// A few long vectors: decompositions of thin matrices do it all.
#include "analysis/subspaces.hpp"

#include <Eigen/Dense>
#include <algorithm>
#include <cmath>
#include <numbers>

namespace spikeloom {

namespace {

using Vectors = std::vector<std::vector<double>>;

/// Vectors as columns.
Eigen::MatrixXd columns_of(const Vectors& vectors) {
  const auto rows = static_cast<Eigen::Index>(vectors.empty() ? 0 : vectors[0].size());
  Eigen::MatrixXd matrix(rows, static_cast<Eigen::Index>(vectors.size()));
  for (std::size_t k = 0; k < vectors.size(); ++k)
    matrix.col(static_cast<Eigen::Index>(k)) = Eigen::Map<const Eigen::VectorXd>(vectors[k].data(), rows);
  return matrix;
}

/// An orthonormal basis of the span; directions that rounding alone tells apart are left out.
Eigen::MatrixXd basis_of(const Vectors& vectors) {
  const Eigen::JacobiSVD<Eigen::MatrixXd> parts(columns_of(vectors), Eigen::ComputeThinU);
  Eigen::Index rank = 0;
  while (rank < parts.singularValues().size() && parts.singularValues()(rank) > 1e-12 * parts.singularValues()(0)) ++rank;
  return parts.matrixU().leftCols(rank);
}

}  // namespace

std::vector<double> PrincipalComponents::project(std::span<const double> row) const {
  std::vector<double> result;
  for (const auto& direction : axis) {
    double sum = 0;
    for (std::size_t i = 0; i < row.size(); ++i) sum += (row[i] - centre[i]) * direction[i];
    result.push_back(sum);
  }
  return result;
}

PrincipalComponents principal_components(const Vectors& rows) {
  Eigen::MatrixXd matrix = columns_of(rows);
  const Eigen::VectorXd centre = matrix.rowwise().mean();
  matrix.colwise() -= centre;
  const Eigen::JacobiSVD<Eigen::MatrixXd> parts(matrix, Eigen::ComputeThinU | Eigen::ComputeThinV);
  const double total = parts.singularValues().squaredNorm();
  PrincipalComponents result;
  result.centre.assign(centre.data(), centre.data() + centre.size());
  result.score.resize(rows.size());
  // Centring leaves one direction less than there are rows.
  const Eigen::Index count = std::min<Eigen::Index>(parts.singularValues().size(), static_cast<Eigen::Index>(rows.size()) - 1);
  for (Eigen::Index k = 0; k < count; ++k) {
    const double s = parts.singularValues()(k);
    result.share.push_back(total > 0 ? s * s / total : 0);
    const Eigen::VectorXd direction = parts.matrixU().col(k);
    result.axis.emplace_back(direction.data(), direction.data() + direction.size());
    for (std::size_t r = 0; r < rows.size(); ++r) result.score[r].push_back(s * parts.matrixV()(static_cast<Eigen::Index>(r), k));
  }
  return result;
}

std::vector<double> principal_angles_deg(const Vectors& a, const Vectors& b) {
  const Eigen::JacobiSVD<Eigen::MatrixXd> parts(basis_of(a).transpose() * basis_of(b));
  std::vector<double> angles;
  for (Eigen::Index k = 0; k < parts.singularValues().size(); ++k)
    angles.push_back(std::acos(std::clamp(parts.singularValues()(k), -1.0, 1.0)) * 180 / std::numbers::pi);
  return angles;
}

double cosine(std::span<const double> a, std::span<const double> b) {
  double ab = 0, aa = 0, bb = 0;
  for (std::size_t i = 0; i < a.size(); ++i) ab += a[i] * b[i], aa += a[i] * a[i], bb += b[i] * b[i];
  return aa > 0 && bb > 0 ? ab / std::sqrt(aa * bb) : 0;
}

}  // namespace spikeloom
