// Numbers from comma-separated files: columns by name, every fault named by file and line.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "core/errors.hpp"

namespace spikeloom {

/// The columns that were asked for; other columns of the file may hold anything.
struct CsvColumns {
  std::vector<std::string> header;          ///< all names of the file
  std::vector<std::vector<double>> values;  ///< one per wanted name; empty where the file has no such column
  std::vector<bool> found;
  std::size_t rows = 0;
};

/// Reads the columns `wanted` of a file whose first line names its columns. Blank lines and lines that begin with '#' are
/// skipped. Throws Error("file"): not readable, no header, ragged row, not a finite number.
CsvColumns read_csv(const std::string& path, const std::vector<std::string>& wanted, const Where& where);

/// A row of a file while it is checked; as a path is a JSON pointer, tell_row() throws the error again with the row in its
/// message instead. Errors of other places are thrown as they are.
Where at_row(const Where& file, std::size_t row);
[[noreturn]] void tell_row(const Error& error, const std::string& path);

/// The whole of a file, at most `limit` bytes. Throws Error("file").
std::string read_whole_file(const std::string& path, std::uint64_t limit, const Where& where);

/// `file` as seen from `folder`: absolute paths stay as they are.
std::string path_in(const std::string& folder, const std::string& file);

}  // namespace spikeloom
