// Layout: title, bands of the raster from top to bottom in order of name, rates below on the same time axis, names at the right.
#include "apps/plot.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "analysis/svg.hpp"

namespace spikeloom {
namespace {

constexpr double left = 86, right = 150, width = 1000, top = 46, raster_height = 400, gap = 34, rate_height = 170, bottom = 48;
constexpr double plot_width = width - left - right;
constexpr double height = top + raster_height + gap + rate_height + bottom;
constexpr std::size_t most_dots = 25'000;
constexpr std::uint64_t most_cells = 200;
constexpr int rate_bins = 300;

/// Time axis in ms, or in s for long runs.
struct TimeAxis {
  double from_ms, to_ms;
  bool seconds() const { return to_ms - from_ms >= 20'000; }
  double x(double t_ms) const { return left + plot_width * (t_ms - from_ms) / std::max(to_ms - from_ms, 1e-9); }
};

/// How many cells of each population are drawn: most_cells, or less where all dots together would be too many.
std::vector<std::uint64_t> cells_drawn(const Plot& plot) {
  std::vector<std::uint64_t> drawn;
  double dots = 0;
  for (const auto& p : plot.populations) {
    drawn.push_back(std::min<std::uint64_t>(p.cells, most_cells));
    if (p.cells > 0)
      dots += static_cast<double>(p.time_ms.size()) * static_cast<double>(drawn.back()) / static_cast<double>(p.cells);
  }
  if (dots > most_dots)
    for (auto& d : drawn)
      d = std::max<std::uint64_t>(std::min<std::uint64_t>(d, 8),
                                  static_cast<std::uint64_t>(static_cast<double>(d) * most_dots / dots));
  return drawn;
}

struct Band {
  double top = 0, height = 0;
  std::uint64_t drawn = 0;
};

/// Heights follow the cells drawn, but every band can be read.
std::vector<Band> bands_of(const Plot& plot) {
  const auto drawn = cells_drawn(plot);
  double total = 0;
  std::vector<double> share;
  for (const auto d : drawn) share.push_back(static_cast<double>(std::max<std::uint64_t>(d, 30))), total += share.back();
  std::vector<Band> bands;
  double y = top;
  for (std::size_t p = 0; p < drawn.size(); ++p) {
    const double h = raster_height * share[p] / total;
    bands.push_back({y, h, drawn[p]});
    y += h;
  }
  return bands;
}

/// Spikes of evenly spaced cells as one path of dots: "M x y h0" draws a dot with a round pen. Dots on one place are drawn once.
std::string raster_path(const PlotPopulation& population, const Band& band, const TimeAxis& axis, const char* colour) {
  std::vector<std::pair<int, int>> dots;
  const double row = band.height / static_cast<double>(std::max<std::uint64_t>(band.drawn, 1));
  for (std::size_t k = 0; k < population.time_ms.size(); ++k) {
    // Row r shows cell floor(r cells / drawn); a cell without a row is not drawn.
    const std::uint64_t cell = population.neuron[k];
    const std::uint64_t r = (cell * band.drawn + population.cells - 1) / population.cells;
    if (r >= band.drawn || r * population.cells / band.drawn != cell) continue;
    const double y = band.top + (static_cast<double>(r) + 0.5) * row;
    dots.emplace_back(static_cast<int>(std::lround(10 * y)), static_cast<int>(std::lround(10 * axis.x(population.time_ms[k]))));
  }
  std::sort(dots.begin(), dots.end());
  dots.erase(std::unique(dots.begin(), dots.end()), dots.end());
  std::string path;
  int x = 0, y = 0;
  for (const auto& [dot_y, dot_x] : dots) {
    path += fmt::format("m{} {}h0", tenth((dot_x - x) / 10.0), tenth((dot_y - y) / 10.0));
    x = dot_x;
    y = dot_y;
  }
  // Sparse rasters take larger dots: together they cover about a tenth of the band.
  const double area = plot_width * band.height / static_cast<double>(std::max<std::size_t>(dots.size(), 1));
  const double pen = std::clamp(std::sqrt(0.1 * area), 1.4, 3.2);
  return fmt::format("<path d=\"M0 0{}\" fill=\"none\" stroke=\"{}\" stroke-width=\"{}\" stroke-linecap=\"round\"/>\n", path,
                     colour, tenth(pen));
}

/// Rate in Hz per cell in bins of `bin_ms`.
std::vector<double> rates_of(const PlotPopulation& population, const TimeAxis& axis, double bin_ms) {
  std::vector<double> rates(static_cast<std::size_t>(std::max(1.0, std::ceil((axis.to_ms - axis.from_ms) / bin_ms - 1e-9))), 0.0);
  for (const double t : population.time_ms) {
    const double k = std::ceil((t - axis.from_ms) / bin_ms - 1e-9) - 1;
    if (k >= 0 && k < static_cast<double>(rates.size())) rates[static_cast<std::size_t>(k)] += 1;
  }
  for (double& rate : rates) rate *= 1000 / (bin_ms * static_cast<double>(std::max<std::uint64_t>(population.cells, 1)));
  return rates;
}

std::string staircase(const std::vector<double>& rates, double bin_ms, const TimeAxis& axis, double base, double largest,
                      const char* colour) {
  std::string path;
  for (std::size_t k = 0; k < rates.size(); ++k) {
    const double y = base - rate_height * rates[k] / largest;
    const double x0 = axis.x(axis.from_ms + static_cast<double>(k) * bin_ms);
    const double x1 = axis.x(std::min(axis.to_ms, axis.from_ms + static_cast<double>(k + 1) * bin_ms));
    path += k == 0 ? fmt::format("M{} {}", tenth(x0), tenth(y)) : fmt::format("V{}", tenth(y));
    path += fmt::format("H{}", tenth(x1));
  }
  return fmt::format("<path d=\"{}\" fill=\"none\" stroke=\"{}\" stroke-width=\"1.3\" stroke-linejoin=\"round\"/>\n", path,
                     colour);
}

std::string frame(double y, double h) {
  return fmt::format("<rect x=\"{}\" y=\"{}\" width=\"{}\" height=\"{}\" fill=\"none\" stroke=\"#444\"/>\n", tenth(left),
                     tenth(y), tenth(plot_width), tenth(h));
}

std::string time_ticks(const TimeAxis& axis) {
  std::string svg;
  const double unit = axis.seconds() ? 1000 : 1, base = top + raster_height + gap + rate_height;
  const double step = nice_step((axis.to_ms - axis.from_ms) / unit, 8);
  for (double t = std::ceil(axis.from_ms / unit / step - 1e-9) * step; t * unit <= axis.to_ms * (1 + 1e-12); t += step) {
    const double x = axis.x(t * unit);
    svg += fmt::format("<path d=\"M{0} {1}v5M{0} {2}v5\" stroke=\"#444\"/>\n", tenth(x), tenth(base), tenth(top + raster_height));
    svg += text_at(x, base + 19, fmt::format("{:g}", std::fabs(t) < step * 1e-6 ? 0.0 : t), " text-anchor=\"middle\"");
  }
  return svg + text_at(left + plot_width / 2, base + 39, axis.seconds() ? "time (s)" : "time (ms)", " text-anchor=\"middle\"");
}

std::string rate_ticks(double base, double largest) {
  std::string svg;
  const double step = nice_step(largest, 4);
  for (double v = 0; v <= largest * (1 + 1e-12); v += step) {
    const double y = base - rate_height * v / largest;
    svg += fmt::format("<path d=\"M{} {}h{}\" stroke=\"#ddd\"/>\n", tenth(left), tenth(y), tenth(plot_width));
    svg += text_at(left - 7, y + 4, fmt::format("{:g}", v), " text-anchor=\"end\"");
  }
  return svg;
}

std::string raster(const Plot& plot, const TimeAxis& axis) {
  std::string svg;
  const auto bands = bands_of(plot);
  for (std::size_t p = 0; p < bands.size(); ++p) {
    const auto& population = plot.populations[p];
    const double middle = bands[p].top + bands[p].height / 2;
    if (p > 0)
      svg += fmt::format("<path d=\"M{} {}h{}\" stroke=\"#bbb\"/>\n", tenth(left), tenth(bands[p].top), tenth(plot_width));
    svg += raster_path(population, bands[p], axis, colour(p));
    svg += fmt::format("<text x=\"{}\" y=\"{}\" text-anchor=\"end\" fill=\"{}\" font-weight=\"bold\">{}</text>\n",
                       tenth(left - 7), tenth(middle + 4), colour(p), escaped(short_name(population.name)));
    const std::string counts = bands[p].drawn == population.cells
                                   ? fmt::format("{} cells", population.cells)
                                   : fmt::format("{} of {} cells", bands[p].drawn, population.cells);
    svg += text_at(left + plot_width + 8, middle + 4, counts, " fill=\"#555\"");
  }
  return svg + frame(top, raster_height);
}

std::string rate_panel(const Plot& plot, const TimeAxis& axis) {
  const double span = axis.to_ms - axis.from_ms, base = top + raster_height + gap + rate_height;
  // Whole steps per bin, or the rates would beat against the grid.
  const double bin_ms =
      plot.step_ms * std::max(1.0, std::round(std::max(nice_step(span, rate_bins), std::min(1.0, span)) / plot.step_ms));
  double largest = 0;
  std::vector<std::vector<double>> rates;
  for (const auto& population : plot.populations) {
    rates.push_back(rates_of(population, axis, bin_ms));
    largest = std::max(largest, *std::max_element(rates.back().begin(), rates.back().end()));
  }
  largest = largest > 0 ? largest * 1.05 : 1;
  std::string svg = rate_ticks(base, largest);
  for (std::size_t p = plot.populations.size(); p-- > 0;) svg += staircase(rates[p], bin_ms, axis, base, largest, colour(p));
  const double line = std::min(17.0, (rate_height - 20) / static_cast<double>(std::max<std::size_t>(plot.populations.size(), 1)));
  for (std::size_t p = 0; p < plot.populations.size(); ++p) {
    const auto& population = plot.populations[p];
    const double mean = span > 0 && population.cells > 0 ? 1000.0 * static_cast<double>(population.time_ms.size()) / span /
                                                               static_cast<double>(population.cells)
                                                         : 0;
    svg += fmt::format("<text x=\"{}\" y=\"{}\" fill=\"{}\">{}</text>\n", tenth(left + plot_width + 8),
                       tenth(base - rate_height + 12 + line * static_cast<double>(p)), colour(p),
                       escaped(fmt::format("{} {:.3g} Hz", short_name(population.name), mean)));
  }
  svg += text_at(left + plot_width + 8, base, fmt::format("bins of {:g} ms", bin_ms), " fill=\"#555\"");
  return svg + frame(base - rate_height, rate_height);
}

}  // namespace

std::string plot_svg(const Plot& plot) {
  const TimeAxis axis{plot.from_ms, plot.to_ms};
  std::string svg = svg_start(width, height) + text_at(left, 28, plot.title, " font-size=\"16\" font-weight=\"bold\"");
  if (!plot.populations.empty()) svg += raster(plot, axis) + rate_panel(plot, axis);
  else svg += text_at(left, top + 20, "no populations") + frame(top, raster_height);
  svg += time_ticks(axis);
  svg += vertical_label(20, top + raster_height / 2, "neurons");
  svg += vertical_label(20, top + raster_height + gap + rate_height / 2, "rate (Hz)");
  return svg + "</svg>\n";
}

}  // namespace spikeloom
