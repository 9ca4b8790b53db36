// A table of recorded rows as .csv or .npy, behind one small interface; rows go to the file as they come.
#pragma once

#include <cstdint>
#include <filesystem>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

namespace spikeloom {

struct TableColumn {
  enum class Kind { text, count, big_count, number };
  std::string name;
  Kind kind = Kind::number;
  std::size_t width = 0;  ///< text: most bytes
};

/// Values of a row in order of columns, then end_row().
class TableWriter {
 public:
  virtual ~TableWriter() = default;
  virtual void text(std::string_view value) = 0;
  virtual void count(std::uint32_t value) = 0;
  virtual void big_count(std::uint64_t value) = 0;
  virtual void number(double value) = 0;
  virtual void end_row() = 0;
  virtual void flush() = 0;
  virtual void finish() = 0;
  virtual void restart() = 0;
};

/// By the ending of the name. Throws Error("file") for another ending, and what AtomicFile throws.
std::unique_ptr<TableWriter> open_table(const std::filesystem::path& path, bool overwrite, std::vector<TableColumn> columns);

}  // namespace spikeloom
