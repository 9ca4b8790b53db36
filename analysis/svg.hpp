// Pieces of SVG that all pictures are made of.
#pragma once

#include <cstddef>
#include <string>

namespace spikeloom {

/// Colour p of a few that stay apart for colour-blind readers and on paper.
const char* colour(std::size_t p);
/// Safe inside a text element, whatever a name holds.
std::string escaped(const std::string& text);
std::string short_name(const std::string& name);
/// A coordinate in tenths of a pixel, without trailing zeros.
std::string tenth(double v);

/// Opening tag and white ground; the picture ends with "</svg>".
std::string svg_start(double width, double height);
/// `more`: further attributes, with a space before them.
std::string text_at(double x, double y, const std::string& text, const std::string& more = "");
std::string vertical_label(double x, double y, const std::string& text);

/// A round number (1, 2 or 5 times a power of ten) of which about `parts` fit into `span`.
double nice_step(double span, int parts);

}  // namespace spikeloom
