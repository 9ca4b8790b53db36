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

TEST(Chart, BandsLeaveOutWhatIsNotThere) {
  ChartSeries band{"band", {0, 1, 2}, {1, Chart::by_data, 3}, {0, Chart::by_data, 2}, {2, Chart::by_data, 4}};
  const std::string svg = chart_svg("", {{"a", "x", "y", {band}}});
  EXPECT_EQ(svg.find("nan"), std::string::npos) << svg;
  EXPECT_NE(svg.find("fill-opacity"), std::string::npos) << "the band";
}

TEST(Chart, RowsHaveNamesInPlaceOfNumbersAndLabelsStandOverLines) {
  ChartSeries points{.name = "p", .x = {1, 2}, .y = {0, -1}, .line = false, .points = true, .labels = {"one", "two"}};
  ChartSeries line{.name = "l", .x = {1, 2}, .y = {-1, 0}};
  const std::string svg = chart_svg("", {{.title = "a", .x_label = "x", .series = {points, line}, .rows = {"upper", "lower"}}});
  EXPECT_LT(svg.find(">upper<"), svg.find(">lower<"));
  EXPECT_EQ(svg.find(">-1<"), std::string::npos) << svg;
  EXPECT_GT(svg.find(">two<"), svg.find("stroke-width=\"1.6\"")) << "the line is drawn before all labels";
}

TEST(Chart, AnEmptyOrFlatPanelIsNoFault) {
  EXPECT_NE(chart_svg("nothing", {}).find("</svg>"), std::string::npos);
  const std::string svg = chart_svg("flat", {Chart{"", "", "", {ChartSeries{"", {1, 1}, {3, 3}, {}, {}}}}});
  EXPECT_EQ(svg.find("nan"), std::string::npos);
  EXPECT_EQ(svg.find("inf"), std::string::npos);
}

}  // namespace
}  // namespace spikeloom
