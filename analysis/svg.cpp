// Text, colours and numbers of the pictures.
#include "analysis/svg.hpp"

#include <fmt/format.h>

#include <cmath>

namespace spikeloom {
namespace {

constexpr const char* colours[] = {"#0072B2", "#D55E00", "#009E73", "#CC79A7",
                                   "#E69F00", "#56B4E9", "#5D3A9B", "#7A7A7A"};  // Okabe and Ito 2008

}  // namespace

const char* colour(std::size_t p) { return colours[p % std::size(colours)]; }

std::string escaped(const std::string& text) {
  std::string out;
  for (const char c : text) {
    if (c == '<') out += "&lt;";
    else if (c == '>') out += "&gt;";
    else if (c == '&') out += "&amp;";
    else if (c == '"') out += "&quot;";
    else if (static_cast<unsigned char>(c) >= 32) out += c;
  }
  return out;
}

std::string short_name(const std::string& name) { return name.size() <= 16 ? name : name.substr(0, 15) + "."; }

std::string tenth(double v) { return fmt::format("{:g}", std::round(v * 10) / 10); }

std::string svg_start(double width, double height) {
  return fmt::format(
      "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 {0} {1}\" width=\"{0}\" height=\"{1}\" font-family=\"Helvetica, "
      "Arial, sans-serif\" "
      "font-size=\"12\">\n<rect width=\"100%\" height=\"100%\" fill=\"#fff\"/>\n",
      tenth(width), tenth(height));
}

std::string text_at(double x, double y, const std::string& text, const std::string& more) {
  return fmt::format("<text x=\"{}\" y=\"{}\"{}>{}</text>\n", tenth(x), tenth(y), more, escaped(text));
}

std::string vertical_label(double x, double y, const std::string& text) {
  return fmt::format("<text transform=\"translate({} {}) rotate(-90)\" text-anchor=\"middle\">{}</text>\n", tenth(x), tenth(y),
                     escaped(text));
}

double nice_step(double span, int parts) {
  if (!(span > 0)) return 1;
  const double raw = span / parts, power = std::pow(10, std::floor(std::log10(raw)));
  for (const double digit : {1.0, 2.0, 5.0})
    if (raw <= digit * power * (1 + 1e-9)) return digit * power;
  return 10 * power;
}

}  // namespace spikeloom
