// What a run left, and a picture of it: the angle, the push, and the motor cells that made it.
#pragma once

#include <cmath>
#include <cstdio>
#include <map>
#include <string>
#include <vector>

#include "core/atomic_file.hpp"
#include "core/recording.hpp"

struct Story {
  std::vector<double> angle, push;  ///< one per millisecond
  bool fell = false;
  spikeloom::Recording recording;
};

namespace picture {

inline constexpr double left = 90, width = 760, duration_ms = 8000;
inline double x(double t_ms) { return left + width * t_ms / duration_ms; }

inline std::string format(const char* pattern, double a, double b, double c = 0, double d = 0) {
  char text[200];
  std::snprintf(text, sizeof text, pattern, a, b, c, d);
  return text;
}

/// A line through one value a millisecond, every eighth drawn; `base` is where 0 lies.
inline std::string line(const std::vector<double>& values, double base, double scale, const char* look) {
  std::string path;
  for (std::size_t k = 0; k < values.size(); k += 8)
    path += format(k == 0 ? "M%.1f %.1f" : "L%.1f %.1f", x(static_cast<double>(k)), base - scale * values[k]);
  return "<path d=\"" + path + "\" fill=\"none\" " + look + "/>\n";
}

/// Every other cell, a row of dots each.
inline std::string raster(const spikeloom::SpikeTrain& train, double top, const char* colour) {
  std::map<std::uint32_t, std::string> rows;
  std::map<std::uint32_t, double> pen;
  for (std::size_t k = 0; k < train.neuron.size(); ++k) {
    const std::uint32_t cell = train.neuron[k];
    if (cell % 2 != 0) continue;
    if (rows[cell].empty()) rows[cell] = format("M%.0f %.1f", left, top + 1.6 * cell), pen[cell] = left;
    const double at = std::round(10 * x(train.time_ms[k])) / 10;
    rows[cell] += format("m%.1f 0h0", at - pen[cell], 0);
    pen[cell] = at;
  }
  std::string path;
  for (const auto& [cell, row] : rows) path += row;
  return "<path d=\"" + path + "\" fill=\"none\" stroke=\"" + colour + "\" stroke-width=\"1.8\" stroke-linecap=\"round\"/>\n";
}

inline std::string text(double at_x, double at_y, const std::string& words, const std::string& more = "") {
  return format("<text x=\"%.1f\" y=\"%.1f\" ", at_x, at_y) + more + ">" + words + "</text>\n";
}

inline std::string panel(double top, double height, const std::string& name, double base, double scale,
                         const std::vector<double>& ticks) {
  std::string svg = format("<rect x=\"%.1f\" y=\"%.1f\" width=\"%.1f\" height=\"%.1f\" fill=\"none\" stroke=\"#444\"/>\n", left,
                           top, width, height);
  for (const double tick : ticks) {
    svg += format("<path d=\"M%.1f %.1fh%.1f\" stroke=\"#ddd\"/>\n", left, base - scale * tick, width);
    svg += text(left - 6, base - scale * tick + 4, format("%g", tick, 0), "text-anchor=\"end\"");
  }
  return svg + format("<text transform=\"translate(%.1f %.1f) rotate(-90)\" text-anchor=\"middle\">", 40, top + height / 2) +
         name + "</text>\n";
}

}  // namespace picture

inline void draw(const Story& held, const Story& alone, const std::string& path) {
  using namespace picture;
  constexpr double degrees = 180 / 3.14159265358979;
  std::string svg =
      "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 900 520\" width=\"900\" height=\"520\" font-family=\"Helvetica, "
      "Arial, "
      "sans-serif\" font-size=\"12\">\n<rect width=\"100%\" height=\"100%\" fill=\"#fff\"/>\n";
  svg += "<clipPath id=\"angle\"><rect x=\"90\" y=\"30\" width=\"760\" height=\"150\"/></clipPath>\n";
  svg += panel(30, 150, "angle (degrees)", 105, 5, {-10, 0, 10});
  svg += "<g clip-path=\"url(#angle)\">\n" + line(alone.angle, 105, 5 * degrees, "stroke=\"#7A7A7A\" stroke-dasharray=\"4 3\"");
  svg += line(held.angle, 105, 5 * degrees, "stroke=\"#009E73\" stroke-width=\"1.5\"") + "</g>\n";
  svg += text(x(330), 48, "nobody pushes", "fill=\"#7A7A7A\"");
  for (const double t : {3000.0, 5500.0}) svg += text(x(t), 24, "knock", "text-anchor=\"middle\" fill=\"#555\"");
  svg += panel(200, 80, "push (1/s\u00b2)", 240, 1.6, {-20, 0, 20}) + line(held.push, 240, 1.6, "stroke=\"#009E73\"");
  const char* colours[] = {"#0072B2", "#D55E00"};
  for (std::size_t p = 0; p < 2; ++p) {
    const double top = 300 + 92 * static_cast<double>(p);
    svg += panel(top, 82, p == 0 ? "push left" : "push right", 0, 0, {}) +
           raster(held.recording.spike_trains.at(p), top + 1, colours[p]);
  }
  for (int s = 0; s <= 8; ++s) svg += text(x(1000.0 * s), 490, format("%g", s, 0), "text-anchor=\"middle\"");
  svg += text(left + width / 2, 508, "time (s)", "text-anchor=\"middle\"") + "</svg>\n";
  spikeloom::write_file(path, svg, true);
}
