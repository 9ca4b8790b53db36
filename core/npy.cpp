// The header of .npy files, and rows behind it.
#include "core/npy.hpp"

#include <fmt/format.h>
#include <algorithm>
#include <bit>

namespace spikeloom {

static_assert(std::endian::native == std::endian::little, "rows are written as they lie in memory");

namespace {

/// A Python string literal; field names are ours or come from model tables, yet nothing may break the header.
std::string python_text(std::string_view text) {
  std::string out = "'";
  for (const char c : text) {
    if (c == '\'' || c == '\\') out += '\\';
    out += c;
  }
  return out + "'";
}

}  // namespace

std::string npy_header(const std::vector<NpyField>& fields, std::uint64_t rows) {
  std::string text = "{'descr': [";
  for (const NpyField& field : fields) text += fmt::format("({}, {}), ", python_text(field.name), python_text(field.type));
  text += fmt::format("], 'fortran_order': False, 'shape': ({},), }}", rows);
  // Room for any 64-bit count, so that the length can be patched without moving the rows; a multiple of 64 with the preamble.
  constexpr std::size_t preamble = 10, digits = 20;
  const std::size_t longest = text.size() - fmt::formatted_size("{}", rows) + digits;
  const std::size_t size = (preamble + longest + 1 + 63) / 64 * 64;
  text.resize(size - preamble - 1, ' ');
  text += '\n';
  std::string header("\x93NUMPY\x01\x00", 8);
  header += static_cast<char>(text.size() & 0xFF);
  header += static_cast<char>(text.size() >> 8);
  return header + text;
}

NpyWriter::NpyWriter(const std::filesystem::path& path, bool overwrite, std::vector<NpyField> fields)
    : file_(path, overwrite), fields_(std::move(fields)) {
  file_.write(npy_header(fields_, 0));
}

void NpyWriter::text(std::string_view value, std::size_t width) {
  row_.append(value.substr(0, width));
  row_.append(width - std::min(width, value.size()), '\0');
}

void NpyWriter::end_row() {
  file_.write(row_);
  row_.clear();
  ++rows_;
}

void NpyWriter::flush() { file_.replace(0, npy_header(fields_, rows_)); }

void NpyWriter::finish() {
  flush();
  file_.finish();
}

void NpyWriter::restart() {
  file_.restart();
  row_.clear();
  rows_ = 0;
  file_.write(npy_header(fields_, 0));
}

}  // namespace spikeloom
