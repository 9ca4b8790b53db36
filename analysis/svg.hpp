// The words of SVG that all pictures share: numbers, texts, colours, round steps of an axis.
#pragma once

#include <cstddef>
#include <string>

namespace spikeloom::svg {

/// Colours that stay apart for colour-blind readers and on paper (Okabe and Ito 2008), over and over.
const char* colour(std::size_t k);
/// Text as it may stand in a document.
std::string escaped(const std::string& text);
/// A coordinate in tenths of a pixel, without trailing zeros.
std::string tenth(double v);
/// At most 16 letters.
std::string short_name(const std::string& name);
/// `more`: further attributes, with a space before them.
std::string text_at(double x, double y, const std::string& text, const std::string& more = "");
std::string vertical_label(double x, double y, const std::string& text);
/// Opens a document of that size, white, with the font of all pictures; it ends with "</svg>".
std::string opening(double width, double height);

/// A round number (1, 2 or 5 times a power of ten) of which about `parts` fit into `span`.
double nice_step(double span, int parts);

}  // namespace spikeloom::svg
