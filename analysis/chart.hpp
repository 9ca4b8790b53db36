// Line and point charts as one SVG file: panels side by side, each with its axes, series, bands and marks.
#pragma once

#include <limits>
#include <string>
#include <vector>

namespace spikeloom {

struct ChartSeries {
  std::string name;  ///< in the legend; "": not there
  std::vector<double> x, y;
  std::vector<double> low, high;  ///< a band around y, or empty
  int colour = 0;                 ///< number of a colour of analysis/svg.hpp
  bool line = true, points = false, dashed = false;
  std::vector<std::string> labels;  ///< beside each point, or empty
  bool labels_left = false;         ///< and on which side of it
};

struct Chart {
  static constexpr double by_data = std::numeric_limits<double>::quiet_NaN();
  std::string title, x_label, y_label;
  std::vector<ChartSeries> series;
  double x_from = by_data, x_to = by_data, y_from = by_data, y_to = by_data;
  std::vector<double> marks;      ///< vertical lines at these x
  std::vector<std::string> rows;  ///< names of y = 0, -1, -2, ... in place of numbers, or empty
};

/// Panels in rows of `columns`, under one title.
std::string chart_svg(const std::string& title, const std::vector<Chart>& panels, std::size_t columns = 2);

}  // namespace spikeloom
