// Every panel is placed first, then drawn in its own coordinates: grid, bands, lines and points, labels, legend.
#include "analysis/chart.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "analysis/svg.hpp"

namespace spikeloom {
namespace {

constexpr double panel_width = 470, panel_height = 330, title_height = 44;
constexpr double left_of_numbers = 62, left_of_names = 160, right = 16, top = 44, bottom = 48;

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
  Panel(const Chart& chart, double x0, double y0)
      : chart_(chart), x0_(x0), y0_(y0), left_(chart.rows.empty() ? left_of_numbers : left_of_names) {
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
    std::string out = text_at(x0_ + left_, y0_ + 18, chart_.title, " font-weight=\"bold\"");
    out += grid();
    for (const double at : chart_.marks)
      if (at >= x_.low && at <= x_.high)
        out += fmt::format("<path d=\"M{} {}v{}\" stroke=\"#999\" stroke-dasharray=\"3 3\"/>\n", tenth(px(at)), tenth(y0_ + top),
                           tenth(height()));
    for (const ChartSeries& s : chart_.series) out += band(s);
    for (const ChartSeries& s : chart_.series) out += curve(s);
    for (const ChartSeries& s : chart_.series)
      for (std::size_t k = 0; k < s.labels.size(); ++k)
        if (std::isfinite(s.y[k])) out += label(px(s.x[k]), py(s.y[k]), s.labels[k], s.labels_left);
    return out + legend() +
           fmt::format("<rect x=\"{}\" y=\"{}\" width=\"{}\" height=\"{}\" fill=\"none\" stroke=\"#444\"/>\n", tenth(x0_ + left_),
                       tenth(y0_ + top), tenth(width()), tenth(height()));
  }

 private:
  double width() const { return panel_width - left_ - right; }
  static double height() { return panel_height - top - bottom; }
  double px(double x) const { return x0_ + left_ + width() * (x - x_.low) / (x_.high - x_.low); }
  double py(double y) const {
    return y0_ + top + height() * (1 - (std::clamp(y, y_.low, y_.high) - y_.low) / (y_.high - y_.low));
  }

  std::string grid() const {
    std::string out;
    const auto ticks = [](const Range& range, int parts, const auto& each) {
      const double step = nice_step(range.high - range.low, parts);
      for (double k = std::ceil(range.low / step - 1e-9); k * step <= range.high + 1e-9 * step; ++k)
        each(k == 0 ? 0.0 : k * step);
    };
    ticks(x_, 7, [&](double v) {
      out += fmt::format("<path d=\"M{} {}v5\" stroke=\"#444\"/>\n", tenth(px(v)), tenth(y0_ + top + height()));
      out += text_at(px(v), y0_ + top + height() + 18, fmt::format("{:.6g}", v), " text-anchor=\"middle\"");
    });
    const auto line = [&](double v, const std::string& name) {
      out += fmt::format("<path d=\"M{} {}h{}\" stroke=\"#e4e4e4\"/>\n", tenth(x0_ + left_), tenth(py(v)), tenth(width()));
      out += text_at(x0_ + left_ - 6, py(v) + 4, name, " text-anchor=\"end\"");
    };
    for (std::size_t k = 0; k < chart_.rows.size(); ++k) line(-static_cast<double>(k), chart_.rows[k]);
    if (chart_.rows.empty()) ticks(y_, 6, [&](double v) { line(v, fmt::format("{:.4g}", v)); });
    out += text_at(x0_ + left_ + width() / 2, y0_ + panel_height - 10, chart_.x_label, " text-anchor=\"middle\"");
    return out + vertical_label(x0_ + 16, y0_ + top + height() / 2, chart_.y_label);
  }

  std::string band(const ChartSeries& s) const {
    if (s.low.size() != s.x.size()) return "";
    std::string there, back;
    for (std::size_t k = 0; k < s.x.size(); ++k) {
      if (!std::isfinite(s.low[k]) || !std::isfinite(s.high[k])) continue;
      there += fmt::format("{}{} {}", there.empty() ? "M" : "L", tenth(px(s.x[k])), tenth(py(s.high[k])));
      back = fmt::format("L{} {}", tenth(px(s.x[k])), tenth(py(s.low[k]))) + back;
    }
    if (there.empty()) return "";
    return fmt::format("<path d=\"{}{}Z\" fill=\"{}\" fill-opacity=\"0.15\"/>\n", there, back,
                       colour(static_cast<std::size_t>(s.colour)));
  }

  /// On the side that is wanted, or on the other one where it would leave the panel; legible on lines.
  std::string label(double x, double y, const std::string& text, bool to_left) const {
    const double length = 7 + 6.0 * static_cast<double>(text.size());
    const bool on_left = to_left ? x - length > x0_ + left_ : x + length > x0_ + panel_width - right;
    return text_at(x + (on_left ? -7 : 7), y + 4, text,
                   std::string(on_left ? " text-anchor=\"end\"" : "") +
                       " font-size=\"10\" fill=\"#555\" stroke=\"#fff\" stroke-width=\"3\" paint-order=\"stroke\"");
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
    }
    if (s.line && !path.empty())
      out += fmt::format("<path d=\"{}\" fill=\"none\" stroke=\"{}\" stroke-width=\"1.6\"{}/>\n", path, ink,
                         s.dashed ? " stroke-dasharray=\"6 4\"" : "");
    return out;
  }

  /// Above the frame at its right end, as one line of text, whose width whoever draws it knows.
  std::string legend() const {
    std::string out;
    for (const ChartSeries& s : chart_.series) {
      if (s.name.empty()) continue;
      const char* const mark = s.dashed ? "- -" : s.line ? "\u2014" : "\u2022";
      out += fmt::format("<tspan{} fill=\"{}\">{} {}</tspan>", out.empty() ? "" : " dx=\"12\"",
                         colour(static_cast<std::size_t>(s.colour)), mark, escaped(s.name));
    }
    return fmt::format("<text x=\"{}\" y=\"{}\" text-anchor=\"end\" font-size=\"11\">{}</text>\n",
                       tenth(x0_ + panel_width - right), tenth(y0_ + 37), out);
  }

  const Chart& chart_;
  double x0_, y0_, left_;
  Range x_, y_;
};

}  // namespace

std::string chart_svg(const std::string& title, const std::vector<Chart>& panels, std::size_t columns) {
  const std::size_t across = std::min(columns, std::max<std::size_t>(panels.size(), 1));
  const std::size_t rows = (panels.size() + across - 1) / across;
  std::string out = svg_start(panel_width * static_cast<double>(across), title_height + panel_height * static_cast<double>(rows));
  out += text_at(20, 28, title, " font-size=\"16\" font-weight=\"bold\"");
  for (std::size_t k = 0; k < panels.size(); ++k) {
    const std::size_t row = k / across, column = k % across;
    out += Panel(panels[k], panel_width * static_cast<double>(column), title_height + panel_height * static_cast<double>(row))
               .draw();
  }
  return out + "</svg>\n";
}

}  // namespace spikeloom
