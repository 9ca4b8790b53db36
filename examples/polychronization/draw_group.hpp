// A polychronous group as a picture: firings over time, a line for every link, the anchors marked.
#pragma once

#include <algorithm>
#include <cstdio>
#include <string>

#include "analysis/polychronous.hpp"

inline std::string draw_group(const spikeloom::PolychronousGroup& group, std::uint32_t excitatory) {
  constexpr double left = 60, top = 40, width = 860, height = 480;
  const double ms = width / std::max(group.span_steps, 1u);
  std::uint32_t cells = 1;
  for (const auto& firing : group.firings) cells = std::max(cells, firing.cell + 1);
  const double row = height / cells;
  const auto x = [&](std::uint32_t n) { return left + ms * group.firings[n].step; };
  const auto y = [&](std::uint32_t n) { return top + height - row * group.firings[n].cell; };
  char line[256];
  std::string svg = R"(<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 960 580" font-family="sans-serif" font-size="13">)"
                    "\n<rect width=\"960\" height=\"580\" fill=\"white\"/>\n";
  const auto add = [&](const char* format, auto... values) {
    std::snprintf(line, sizeof line, format, values...);
    svg += line;
  };
  add("<text x=\"%.0f\" y=\"24\">%zu firings, %zu links, longest path %u, %u ms</text>\n", left, group.firings.size(),
      group.links.size(), group.longest_path, group.span_steps);
  for (std::uint32_t t = 0; t <= group.span_steps; t += 10)
    add("<line x1=\"%.1f\" x2=\"%.1f\" y1=\"%.0f\" y2=\"%.0f\" stroke=\"#eee\"/><text x=\"%.1f\" y=\"%.0f\" "
        "text-anchor=\"middle\" "
        "fill=\"#666\">%u</text>\n",
        left + ms * t, left + ms * t, top, top + height, left + ms * t, top + height + 20, t);
  add("<text x=\"%.0f\" y=\"%.0f\" text-anchor=\"middle\" fill=\"#666\">ms</text>\n", left + width / 2, top + height + 40);
  for (const auto& link : group.links)
    add("<line x1=\"%.1f\" y1=\"%.1f\" x2=\"%.1f\" y2=\"%.1f\" stroke=\"#9ab\" stroke-width=\"0.7\"/>\n", x(link.from),
        y(link.from), x(link.to), y(link.to));
  for (std::uint32_t n = 0; n < group.firings.size(); ++n)
    add("<circle cx=\"%.1f\" cy=\"%.1f\" r=\"%.1f\" fill=\"%s\"/>\n", x(n), y(n), n < 3 ? 6.0 : 4.0,
        n < 3                                ? "#d62"
        : group.firings[n].cell < excitatory ? "#247"
                                             : "#c22");
  return svg + "</svg>\n";
}
