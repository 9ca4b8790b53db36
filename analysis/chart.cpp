// Every panel is placed first, then drawn in its own coordinates: grid, bands, lines, points, legend.
#include "analysis/chart.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "analysis/svg.hpp"

namespace spikeloom {
namespace {

constexpr double panel_width = 470, panel_height = 330, title_height = 44;
constexpr double left = 62, right = 16, top = 34, bottom = 48;

struct Range {
  double low = std::numeric_limits<double>::infinity(), high = -low;
  void take(double v) {
    if (!std::isfinite(v)) return;
    low = std::min(low, v), high = std::max(high, v);
  }
  void widen(double share) {
    if (!(low <= high)) low = 0, high = 1;
    const double margin = high > low ? share * (high - low) : 0.5;
    low -= margin, high += margin;
  }
};

/// One panel: data in, pixels out.
class Panel {
 public:
  Panel(const Chart& chart, double x0, double y0) : chart_(chart), x0_(x0), y0_(y0) {
    for (const ChartSeries& s : chart.series) {
      for (const double v : s.x) x_.take(v);
      for (const auto* values : {&s.y, &s.low, &s.high})
        for (const double v : *values) y_.take(v);
    }
    x_.widen(0.02), y_.widen(0.05);
    const auto fix = [](double& bound, double wanted) {
      if (!std::isnan(wanted)) bound = wanted;
    };
    fix(x_.low, chart.x_from), fix(x_.high, chart.x_to), fix(y_.low, chart.y_from), fix(y_.high, chart.y_to);
  }

  std::string draw() const {
    std::string out = text_at(x0_ + left, y0_ + 20, chart_.title, " font-weight=\"bold\"");
    out += grid();
    for (const double at : chart_.marks)
      if (at >= x_.low && at <= x_.high)
        out += fmt::format("<path d=\"M{} {}v{}\" stroke=\"#999\" stroke-dasharray=\"3 3\"/>\n", tenth(px(at)), tenth(y0_ + top),
                           tenth(height()));
    for (const ChartSeries& s : chart_.series) out += band(s);
    for (const ChartSeries& s : chart_.series) out += curve(s);
    return out + legend() +
           fmt::format("<rect x=\"{}\" y=\"{}\" width=\"{}\" height=\"{}\" fill=\"none\" stroke=\"#444\"/>\n", tenth(x0_ + left),
                       tenth(y0_ + top), tenth(width()), tenth(height()));
  }

 private:
  static double width() { return panel_width - left - right; }
  static double height() { return panel_height - top - bottom; }
  double px(double x) const { return x0_ + left + width() * (x - x_.low) / (x_.high - x_.low); }
  double py(double y) const {
    return y0_ + top + height() * (1 - (std::clamp(y, y_.low, y_.high) - y_.low) / (y_.high - y_.low));
  }

  std::string grid() const {
    std::string out;
    const auto ticks = [](const Range& range, int parts, const auto& each) {
      const double step = nice_step(range.high - range.low, parts);
      for (double k = std::ceil(range.low / step - 1e-9); k * step <= range.high + 1e-9 * step; ++k) each(k * step + 0.0);
    };
    ticks(x_, 7, [&](double v) {
      out += fmt::format("<path d=\"M{} {}v5\" stroke=\"#444\"/>\n", tenth(px(v)), tenth(y0_ + top + height()));
      out += text_at(px(v), y0_ + top + height() + 18, fmt::format("{:.6g}", v), " text-anchor=\"middle\"");
    });
    ticks(y_, 6, [&](double v) {
      out += fmt::format("<path d=\"M{} {}h{}\" stroke=\"#e4e4e4\"/>\n", tenth(x0_ + left), tenth(py(v)), tenth(width()));
      out += text_at(x0_ + left - 6, py(v) + 4, fmt::format("{:.4g}", v), " text-anchor=\"end\"");
    });
    out += text_at(x0_ + left + width() / 2, y0_ + panel_height - 10, chart_.x_label, " text-anchor=\"middle\"");
    return out + vertical_label(x0_ + 16, y0_ + top + height() / 2, chart_.y_label);
  }

  std::string band(const ChartSeries& s) const {
    if (s.low.size() != s.x.size() || s.x.empty()) return "";
    std::string path;
    for (std::size_t k = 0; k < s.x.size(); ++k)
      path += fmt::format("{}{} {}", k == 0 ? "M" : "L", tenth(px(s.x[k])), tenth(py(s.high[k])));
    for (std::size_t k = s.x.size(); k-- > 0;) path += fmt::format("L{} {}", tenth(px(s.x[k])), tenth(py(s.low[k])));
    return fmt::format("<path d=\"{}Z\" fill=\"{}\" fill-opacity=\"0.15\"/>\n", path, colour(static_cast<std::size_t>(s.colour)));
  }

  std::string curve(const ChartSeries& s) const {
    std::string out, path;
    const char* const ink = colour(static_cast<std::size_t>(s.colour));
    bool pen_down = false;
    for (std::size_t k = 0; k < s.x.size(); ++k) {
      if (!std::isfinite(s.y[k])) {
        pen_down = false;
        continue;
      }
      path += fmt::format("{}{} {}", pen_down ? "L" : "M", tenth(px(s.x[k])), tenth(py(s.y[k])));
      pen_down = true;
      if (s.points)
        out += fmt::format("<circle cx=\"{}\" cy=\"{}\" r=\"3.5\" fill=\"{}\"/>\n", tenth(px(s.x[k])), tenth(py(s.y[k])), ink);
      if (k < s.labels.size()) out += text_at(px(s.x[k]) + 6, py(s.y[k]) - 5, s.labels[k], " font-size=\"10\" fill=\"#555\"");
    }
    if (s.line && !path.empty())
      out += fmt::format("<path d=\"{}\" fill=\"none\" stroke=\"{}\" stroke-width=\"1.6\"{}/>\n", path, ink,
                         s.dashed ? " stroke-dasharray=\"6 4\"" : "");
    return out;
  }

  std::string legend() const {
    std::string out;
    double y = y0_ + top + 15;
    for (const ChartSeries& s : chart_.series) {
      if (s.name.empty()) continue;
      const double x = x0_ + panel_width - right - 8;
      out += fmt::format(
          "<text x=\"{}\" y=\"{}\" text-anchor=\"end\" fill=\"{}\" stroke=\"#fff\" stroke-width=\"3\" "
          "paint-order=\"stroke\">{}{}</text>\n",
          tenth(x), tenth(y), colour(static_cast<std::size_t>(s.colour)), s.dashed ? "- - " : "", escaped(s.name));
      y += 15;
    }
    return out;
  }

  const Chart& chart_;
  double x0_, y0_;
  Range x_, y_;
};

}  // namespace

std::string chart_svg(const std::string& title, const std::vector<Chart>& panels, std::size_t columns) {
  const std::size_t across = std::min(columns, std::max<std::size_t>(panels.size(), 1));
  const std::size_t rows = (panels.size() + across - 1) / across;
  std::string out = svg_start(panel_width * static_cast<double>(across), title_height + panel_height * static_cast<double>(rows));
  out += text_at(20, 28, title, " font-size=\"16\" font-weight=\"bold\"");
  for (std::size_t k = 0; k < panels.size(); ++k)
    out += Panel(panels[k], panel_width * static_cast<double>(k % across),
                 title_height + panel_height * static_cast<double>(k / across))
               .draw();
  return out + "</svg>\n";
}

}  // namespace spikeloom
