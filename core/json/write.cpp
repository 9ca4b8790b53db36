// JSON text of a value, laid out so that people can read it and numbers come back as the same double.
#include <fmt/format.h>

#include <cmath>

#include "core/json/document.hpp"

namespace spikeloom {
namespace {

void write_string(const std::string& text, std::string& out) {
  out += '"';
  for (const char c : text) {
    if (c == '"' || c == '\\') (out += '\\') += c;
    else if (c == '\n') out += "\\n";
    else if (c == '\t') out += "\\t";
    else if (c == '\r') out += "\\r";
    else if (static_cast<unsigned char>(c) < 0x20) out += fmt::format("\\u{:04x}", static_cast<unsigned>(c));
    else out += c;
  }
  out += '"';
}

void write_number(double number, std::string& out) {
  if (!std::isfinite(number)) throw Error("range", {}, "JSON has no infinity and no nan").with_value(fmt::format("{}", number));
  constexpr double whole_limit = 9007199254740992.0;  // 2^53: whole numbers up to here are written out
  if (number == std::floor(number) && std::fabs(number) <= whole_limit) {
    out += fmt::format("{}", static_cast<long long>(number));
  } else {
    out += fmt::format("{}", number);  // shortest text that reads back as the same double
  }
}

bool holds_containers(const Json& array) {
  for (const Json& item : array.items()) {
    if (item.is_object() || item.is_array()) return true;
  }
  return false;
}

void write(const Json& value, int indent, bool compact, std::string& out) {
  const auto new_line = [&](int to) {
    if (compact) return;
    out += '\n';
    out.append(static_cast<std::size_t>(to), ' ');
  };
  if (value.is_null()) {
    out += "null";
  } else if (value.is_flag()) {
    out += value.flag() ? "true" : "false";
  } else if (value.is_number()) {
    write_number(value.number(), out);
  } else if (value.is_text()) {
    write_string(value.text(), out);
  } else if (value.is_array()) {
    const bool flat = !holds_containers(value);
    out += '[';
    for (std::size_t k = 0; k < value.items().size(); ++k) {
      if (k > 0) out += flat && !compact ? ", " : ",";
      if (!flat) new_line(indent + 2);
      write(value.items()[k], indent + 2, compact, out);
    }
    if (!flat) new_line(indent);
    out += ']';
  } else {
    out += '{';
    for (std::size_t k = 0; k < value.members().size(); ++k) {
      if (k > 0) out += ',';
      new_line(indent + 2);
      write_string(value.members()[k].key, out);
      out += compact ? ":" : ": ";
      write(value.members()[k].value, indent + 2, compact, out);
    }
    if (!value.members().empty()) new_line(indent);
    out += '}';
  }
}

}  // namespace

std::string to_text(const Json& value, bool compact) {
  std::string out;
  write(value, 0, compact, out);
  if (!compact) out += '\n';
  return out;
}

}  // namespace spikeloom
