// Charts show their data, and only it.
#include "analysis/chart.hpp"

#include <gtest/gtest.h>

namespace spikeloom {
namespace {

TEST(Chart, DrawsEverySeriesWithinItsPanel) {
  ChartSeries line{"rising", {0, 1, 2}, {0, 10, 20}, {}, {}};
  ChartSeries gap{"broken", {0, 1, 2}, {5, Chart::by_data, 7}, {}, {}, 1};
  gap.points = true;
  const std::string svg = chart_svg("t < 1", {{"a", "x", "y", {line, gap}}});
  EXPECT_NE(svg.find("t &lt; 1"), std::string::npos);
  EXPECT_NE(svg.find("rising"), std::string::npos);
  EXPECT_EQ(svg.find("nan"), std::string::npos) << svg;
  std::size_t circles = 0;
  for (std::size_t at = svg.find("<circle"); at != std::string::npos; at = svg.find("<circle", at + 1)) ++circles;
  EXPECT_EQ(circles, 2u);
}

TEST(Chart, AnEmptyOrFlatPanelIsNoFault) {
  EXPECT_NE(chart_svg("nothing", {}).find("</svg>"), std::string::npos);
  const std::string svg = chart_svg("flat", {Chart{"", "", "", {ChartSeries{"", {1, 1}, {3, 3}, {}, {}}}}});
  EXPECT_EQ(svg.find("nan"), std::string::npos);
  EXPECT_EQ(svg.find("inf"), std::string::npos);
}

}  // namespace
}  // namespace spikeloom
