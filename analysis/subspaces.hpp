// Where vectors lie in a space of many dimensions: principal components of a few, and angles between what they span.
#pragma once

#include <span>
#include <vector>

namespace spikeloom {

/// Principal components of rows (observations). Rows are centred first.
struct PrincipalComponents {
  std::vector<double> share;               ///< of the variance, descending; one per component
  std::vector<std::vector<double>> score;  ///< per row: its coordinate on every component
  std::vector<std::vector<double>> axis;   ///< per component: a unit vector
  std::vector<double> centre;
  /// Coordinates of another vector.
  std::vector<double> project(std::span<const double> row) const;
};
PrincipalComponents principal_components(const std::vector<std::vector<double>>& rows);

/// Principal angles in degrees between the spans of two sets of vectors, ascending: the smaller number of dimensions many.
/// A. Bjorck, G. H. Golub, Math. Comput. 27 (1973) 579.
std::vector<double> principal_angles_deg(const std::vector<std::vector<double>>& a, const std::vector<std::vector<double>>& b);

/// Cosine of the angle between two vectors; 0 where one is 0.
double cosine(std::span<const double> a, std::span<const double> b);

}  // namespace spikeloom
