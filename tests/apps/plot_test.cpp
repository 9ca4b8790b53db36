// The picture of a run: bounded size, every name safe, rates from all cells.
#include "apps/plot.hpp"

#include <gtest/gtest.h>

#include "analysis/svg.hpp"
#include "apps/step_plot.hpp"
#include "core/math/philox.hpp"

namespace spikeloom {
namespace {

Plot busy(std::uint64_t cells, std::size_t spikes) {
  Plot plot;
  plot.title = "busy";
  plot.to_ms = 1000;
  PlotPopulation population{"E", cells, {}, {}};
  for (std::uint32_t k = 0; k < spikes; ++k) {
    const auto block = philox(1, k, 0, 0, 0);
    population.neuron.push_back(static_cast<std::uint32_t>(unit(block[0]) * static_cast<double>(cells)));
    population.time_ms.push_back(1000 * unit(block[1]));
  }
  plot.populations.push_back(population);
  return plot;
}

TEST(Plot, StaysLightHoweverManySpikesThereAre) {
  EXPECT_LT(plot_svg(busy(100'000, 1'000'000)).size(), 600'000u);
  EXPECT_LT(plot_svg(busy(100, 1'000'000)).size(), 600'000u);
}

TEST(Plot, EscapesNamesAndTitles) {
  Plot plot = busy(10, 10);
  plot.title = "<script> & \"co\"";
  plot.populations[0].name = "a<b";
  const std::string svg = plot_svg(plot);
  EXPECT_EQ(svg.find("<script"), std::string::npos);
  EXPECT_NE(svg.find("a&lt;b"), std::string::npos);
}

TEST(Plot, RatesCountEveryCell) { EXPECT_NE(plot_svg(busy(10'000, 50'000)).find("E 5 Hz"), std::string::npos); }

TEST(Plot, NothingToShowIsAnEmptyFrameNotAFault) {
  EXPECT_NE(plot_svg(Plot{}).find("</svg>"), std::string::npos);
  EXPECT_NE(plot_svg(busy(10, 0)).find("10 cells"), std::string::npos);
  EXPECT_NE(plot_svg(busy(0, 0)).find("</svg>"), std::string::npos);
}

TEST(StepPlot, DrawsWhatIsThereAndEscapesNames) {
  StepPlot plot{.title = "a & b", .variants = {"1", "exact"}, .populations = {}};
  EXPECT_NE(step_plot_svg(plot).find("</svg>"), std::string::npos);
  plot.populations.push_back({"<E>", {10, 11}, {std::nullopt, std::nullopt}, {0.25, std::nullopt}});
  const std::string svg = step_plot_svg(plot);
  EXPECT_NE(svg.find("&lt;E&gt;"), std::string::npos);
  EXPECT_EQ(svg.find("nan"), std::string::npos);
  EXPECT_EQ(svg.find("inf"), std::string::npos);
  std::size_t dots = 0;
  for (std::size_t at = svg.find("<circle"); at != std::string::npos; at = svg.find("<circle", at + 1)) ++dots;
  EXPECT_EQ(dots, 3u);
}

TEST(NiceStep, IsOneTwoOrFiveTimesAPowerOfTen) {
  EXPECT_EQ(nice_step(1000, 8), 200);
  EXPECT_NEAR(nice_step(0.3, 3), 0.1, 1e-15);
  EXPECT_EQ(nice_step(40, 10), 5);
}

}  // namespace
}  // namespace spikeloom
