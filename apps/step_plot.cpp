// Three panels side by side, one line per population, names at the right.
#include "apps/step_plot.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "analysis/svg.hpp"

namespace spikeloom {
namespace {

using Values = std::vector<std::optional<double>>;

constexpr double width = 1000, height = 300, top = 66, panel_width = 208, panel_height = 180, first_left = 66, stride = 278;

struct Panel {
  double left;
  double low, high;
  std::size_t variants;
  double x(std::size_t k) const {
    return left + panel_width * (static_cast<double>(k) + 0.5) / static_cast<double>(std::max<std::size_t>(variants, 1));
  }
  double y(double value) const { return top + panel_height * (high - value) / (high - low); }
};

/// The range of all values with some air; from 0 where it is asked for.
std::pair<double, double> range_of(const std::vector<const Values*>& lines, bool from_zero) {
  double low = from_zero ? 0 : INFINITY, high = -INFINITY;
  for (const Values* line : lines)
    for (const auto& value : *line)
      if (value && std::isfinite(*value)) low = std::min(low, *value), high = std::max(high, *value);
  if (!(high >= low)) return {0, 1};
  const double air = high > low ? 0.08 * (high - low) : 0.5 * std::max(std::fabs(high), 1e-3);
  return {from_zero && low == 0 ? 0 : low - air, high + air};
}

std::string frame_and_ticks(const Panel& panel, const std::vector<std::string>& variants, const std::string& title) {
  std::string svg = text_at(panel.left + panel_width / 2, top - 12, title, " text-anchor=\"middle\"");
  const double step = nice_step(panel.high - panel.low, 5);
  for (double k = std::ceil(panel.low / step - 1e-9); k * step <= panel.high + 1e-9 * step; ++k) {
    const double v = std::fabs(k) < 0.5 ? 0 : k * step;
    svg += fmt::format("<path d=\"M{} {}h{}\" stroke=\"#ddd\"/>\n", tenth(panel.left), tenth(panel.y(v)), tenth(panel_width));
    svg += text_at(panel.left - 6, panel.y(v) + 4, fmt::format("{:g}", v), " text-anchor=\"end\"");
  }
  for (std::size_t k = 0; k < variants.size(); ++k)
    svg += text_at(panel.x(k), top + panel_height + 18, variants[k], " text-anchor=\"middle\"");
  return svg + fmt::format("<rect x=\"{}\" y=\"{}\" width=\"{}\" height=\"{}\" fill=\"none\" stroke=\"#444\"/>\n",
                           tenth(panel.left), tenth(top), tenth(panel_width), tenth(panel_height));
}

std::string line_and_dots(const Panel& panel, const Values& values, const char* colour) {
  std::string path, dots;
  for (std::size_t k = 0; k < values.size(); ++k) {
    if (!values[k] || !std::isfinite(*values[k])) continue;
    const std::string x = tenth(panel.x(k)), y = tenth(panel.y(*values[k]));
    path += fmt::format("{}{} {}", path.empty() ? "M" : "L", x, y);
    dots += fmt::format("<circle cx=\"{}\" cy=\"{}\" r=\"3.5\" fill=\"{}\"/>\n", x, y, colour);
  }
  if (path.empty()) return {};
  return fmt::format("<path d=\"{}\" fill=\"none\" stroke=\"{}\" stroke-width=\"1.5\"/>\n", path, colour) + dots;
}

std::string panel_svg(const StepPlot& plot, std::size_t column, const std::string& title, bool from_zero,
                      Values StepPlot::Population::*values) {
  std::vector<const Values*> lines;
  for (const auto& population : plot.populations) lines.push_back(&(population.*values));
  const auto [low, high] = range_of(lines, from_zero);
  const Panel panel{first_left + stride * static_cast<double>(column), low, high, plot.variants.size()};
  std::string svg = frame_and_ticks(panel, plot.variants, title);
  for (std::size_t p = 0; p < lines.size(); ++p) svg += line_and_dots(panel, *lines[p], colour(p));
  return svg + text_at(panel.left + panel_width / 2, top + panel_height + 38, "step (ms)", " text-anchor=\"middle\"");
}

}  // namespace

std::string step_plot_svg(const StepPlot& plot) {
  std::string svg = svg_start(width, height) + text_at(first_left, 26, plot.title, " font-size=\"16\" font-weight=\"bold\"");
  svg += panel_svg(plot, 0, "rate (Hz)", false, &StepPlot::Population::rate_hz);
  svg += panel_svg(plot, 1, "CV of intervals", false, &StepPlot::Population::cv_isi);
  svg += panel_svg(plot, 2, "first spikes moved by (ms)", true, &StepPlot::Population::first_spike_shift_ms);
  const double at = first_left + 2 * stride + panel_width + 10;
  const double line = std::min(17.0, panel_height / static_cast<double>(std::max<std::size_t>(plot.populations.size(), 1)));
  for (std::size_t p = 0; p < plot.populations.size(); ++p)
    svg += text_at(at, top + 12 + line * static_cast<double>(p), short_name(plot.populations[p].name),
                   fmt::format(" fill=\"{}\" font-weight=\"bold\"", colour(p)));
  return svg + "</svg>\n";
}

}  // namespace spikeloom
