// Tables as .npy files (NumPy format 1.0): rows of named little-endian fields, appended one by one, length patched at the end.
#pragma once

#include <cstdint>
#include <cstring>
#include <filesystem>
#include <string>
#include <string_view>
#include <vector>

#include "core/atomic_file.hpp"

namespace spikeloom {

/// One field of a row; `type` as NumPy writes it: "<u4", "<u8", "<f8", "S12".
struct NpyField {
  std::string name, type;
};

/// The header of a table with `rows` rows, always of the same length for the same fields.
std::string npy_header(const std::vector<NpyField>& fields, std::uint64_t rows);

class NpyWriter {
 public:
  NpyWriter(const std::filesystem::path& path, bool overwrite, std::vector<NpyField> fields);

  /// Append the values of a row in order of fields, then call end_row().
  void number(double value) { raw(&value, sizeof value); }
  void number(std::uint32_t value) { raw(&value, sizeof value); }
  void number(std::uint64_t value) { raw(&value, sizeof value); }
  /// Cut or filled with zeros to `width` bytes.
  void text(std::string_view value, std::size_t width);
  void end_row();

  AtomicFile& file() { return file_; }
  void flush();  ///< rows so far, with a header that counts them
  void finish();
  void restart();

 private:
  void raw(const void* data, std::size_t size) { row_.append(static_cast<const char*>(data), size); }

  AtomicFile file_;
  std::vector<NpyField> fields_;
  std::string row_;
  std::uint64_t rows_ = 0;
};

}  // namespace spikeloom
