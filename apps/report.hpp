// Answers and errors in their two printed forms: sentences for people, one JSON object for programs.
#pragma once

#include <nlohmann/json.hpp>
#include <string>

#include "core/errors.hpp"

namespace spikeloom {

using Report = nlohmann::ordered_json;

/// The object under "error": kind, file, line, path, value, allowed, message, nearest; null where there is nothing to say.
Report error_report(const Error& error);

/// Standard output receives exactly one JSON object and a newline. Throws Error("io") when it cannot be written.
void print_report(const Report& report);
/// Text with replacement characters where it was not UTF-8.
std::string report_text(const Report& report, int indent);

/// Text to standard output. Throws Error("io").
void print_text(const std::string& text);

}  // namespace spikeloom
