// A small reader of comma-separated numbers: from_chars throughout, so that no locale changes what a file says.
#include "core/csv.hpp"

#include <algorithm>
#include <charconv>
#include <cmath>
#include <filesystem>
#include <fstream>
#include <system_error>

namespace spikeloom {
namespace {

constexpr std::uint64_t max_csv_bytes = std::uint64_t{8} << 30;

std::string_view trimmed(std::string_view text) {
  const auto blank = [](char c) { return c == ' ' || c == '\t' || c == '\r'; };
  while (!text.empty() && blank(text.front())) text.remove_prefix(1);
  while (!text.empty() && blank(text.back())) text.remove_suffix(1);
  if (text.size() >= 2 && text.front() == '"' && text.back() == '"') text = text.substr(1, text.size() - 2);
  return text;
}

/// Takes the part of `rest` before `separator` and moves behind it.
std::string_view take_until(std::string_view& rest, char separator) {
  const auto at = rest.find(separator);
  const auto part = rest.substr(0, at);
  rest = at == std::string_view::npos ? std::string_view{} : rest.substr(at + 1);
  return part;
}

constexpr std::string_view row_mark = ", row ";

Error fault(const std::string& path, std::size_t line, const Where& where, const std::string& what) {
  return Error("file", where, path + ", line " + std::to_string(line) + ": " + what).with_value(path);
}

double number_of(std::string_view field, const std::string& path, std::size_t line, const Where& where) {
  auto text = trimmed(field);
  if (!text.empty() && text.front() == '+') text.remove_prefix(1);
  double value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (text.empty() || error != std::errc{} || end != text.data() + text.size() || !std::isfinite(value))
    throw fault(path, line, where, "\"" + std::string(text.substr(0, 40)) + "\" is not a finite number")
        .with_value(std::string(text.substr(0, 40)))
        .with_allowed("finite numbers");
  return value;
}

}  // namespace

std::string path_in(const std::string& folder, const std::string& file) {
  const std::filesystem::path path(file);
  return path.is_absolute() ? file : (std::filesystem::path(folder) / path).string();
}

std::string read_whole_file(const std::string& path, std::uint64_t limit, const Where& where) {
  std::error_code ignored;
  if (std::filesystem::is_directory(path, ignored))
    throw Error("file", where, "\"" + path + "\" is a folder, not a file").with_value(path);
  if (std::filesystem::exists(path, ignored) && !std::filesystem::is_regular_file(path, ignored))
    throw Error("file", where, "\"" + path + "\" is a device or a pipe, not a file").with_value(path);
  std::ifstream in(path, std::ios::binary);
  if (!in) throw Error("file", where, "cannot read the file \"" + path + "\"").with_value(path);
  std::string text;
  std::vector<char> block(1 << 16);
  while (in.read(block.data(), static_cast<std::streamsize>(block.size())), in.gcount() > 0) {
    text.append(block.data(), static_cast<std::size_t>(in.gcount()));
    if (text.size() > limit)
      throw Error("file", where, "the file \"" + path + "\" is too large")
          .with_value(path)
          .with_allowed("at most " + std::to_string(limit) + " bytes");
  }
  if (in.bad()) throw Error("file", where, "cannot read the file \"" + path + "\"").with_value(path);
  return text;
}

CsvColumns read_csv(const std::string& path, const std::vector<std::string>& wanted, const Where& where) {
  const std::string text = read_whole_file(path, max_csv_bytes, where);
  std::string_view rest = text;
  if (rest.starts_with("\xEF\xBB\xBF")) rest.remove_prefix(3);
  CsvColumns table;
  table.values.resize(wanted.size());
  table.found.assign(wanted.size(), false);
  std::vector<int> place;  // of each column of the file: its index in `wanted`, or -1
  for (std::size_t line = 1; !rest.empty(); ++line) {
    std::string_view row = take_until(rest, '\n');
    if (const auto seen = trimmed(row); seen.empty() || seen.front() == '#') continue;
    if (table.header.empty()) {
      while (true) {
        const bool last = row.find(',') == std::string_view::npos;
        table.header.emplace_back(trimmed(take_until(row, ',')));
        const auto found = std::find(wanted.begin(), wanted.end(), table.header.back());
        place.push_back(found == wanted.end() ? -1 : static_cast<int>(found - wanted.begin()));
        if (found != wanted.end()) {
          if (table.found[found - wanted.begin()]) throw fault(path, line, where, "column \"" + *found + "\" stands twice");
          table.found[found - wanted.begin()] = true;
        }
        if (last) break;
      }
      continue;
    }
    for (std::size_t column = 0; column < place.size(); ++column) {
      const bool last = row.find(',') == std::string_view::npos;
      if (last != (column + 1 == place.size()))
        throw fault(path, line, where, "the row does not have " + std::to_string(place.size()) + " columns");
      const auto field = take_until(row, ',');
      if (place[column] >= 0) table.values[place[column]].push_back(number_of(field, path, line, where));
    }
    ++table.rows;
  }
  if (table.header.empty())
    throw Error("file", where, "the file \"" + path + "\" is empty; its first line must name its columns").with_value(path);
  return table;
}

Where at_row(const Where& file, std::size_t row) {
  Where where = file;
  where.path += std::string(row_mark) + std::to_string(row);
  return where;
}

void tell_row(const Error& error, const std::string& path) {
  const std::size_t at = error.where.path.find(row_mark);
  if (at == std::string::npos) throw Error(error);
  Where where = error.where;
  where.path.resize(at);
  Error told(error.kind, where, path + error.where.path.substr(at) + ": " + error.what(), error.exit);
  told.with_value(error.value).with_allowed(error.allowed).with_nearest(error.nearest);
  throw told;
}

}  // namespace spikeloom
