// The two forms of a recorded table: text for people and spreadsheets, .npy for programs.
#include "core/run/table_writer.hpp"

#include <fmt/format.h>
#include <iterator>

#include "core/atomic_file.hpp"
#include "core/errors.hpp"
#include "core/npy.hpp"

namespace spikeloom {

namespace {

/// Numbers are the shortest decimals that read back the same double.
class CsvTable final : public TableWriter {
 public:
  CsvTable(const std::filesystem::path& path, bool overwrite, const std::vector<TableColumn>& columns) : file_(path, overwrite) {
    for (const TableColumn& column : columns) text(column.name);
    end_row();
    header_ = row_;
    file_.write(header_);
    row_.clear();
  }
  /// RFC 4180: quoted only where it must be.
  void text(std::string_view value) override {
    if (value.find_first_of(",\"\r\n") == std::string_view::npos) return add("{},", value);
    std::string quoted = "\"";
    for (const char c : value) quoted += c == '"' ? std::string("\"\"") : std::string(1, c);
    add("{}\",", quoted);
  }
  void count(std::uint32_t value) override { add("{},", value); }
  void big_count(std::uint64_t value) override { add("{},", value); }
  void number(double value) override { add("{},", value); }
  void end_row() override {
    row_.back() = '\n';
    if (header_.empty()) return;
    file_.write(row_);
    row_.clear();
  }
  void flush() override { file_.flush(); }
  void finish() override { file_.finish(); }
  void restart() override {
    file_.restart();
    file_.write(header_);
  }

 private:
  template <class T>
  void add(fmt::format_string<const T&> format, const T& value) {
    fmt::format_to(std::back_inserter(row_), format, value);
  }

  AtomicFile file_;
  std::string header_, row_;
};

class NpyTable final : public TableWriter {
 public:
  NpyTable(const std::filesystem::path& path, bool overwrite, std::vector<TableColumn> columns)
      : columns_(std::move(columns)), writer_(path, overwrite, fields(columns_)) {}
  void text(std::string_view value) override { writer_.text(value, columns_[at_++].width); }
  void count(std::uint32_t value) override { put(value); }
  void big_count(std::uint64_t value) override { put(value); }
  void number(double value) override { put(value); }
  void end_row() override {
    writer_.end_row();
    at_ = 0;
  }
  void flush() override { writer_.flush(); }
  void finish() override { writer_.finish(); }
  void restart() override { writer_.restart(); }

 private:
  template <class T>
  void put(T value) {
    writer_.number(value);
    ++at_;
  }
  static std::vector<NpyField> fields(const std::vector<TableColumn>& columns) {
    std::vector<NpyField> out;
    for (const TableColumn& column : columns) {
      using Kind = TableColumn::Kind;
      const std::string type = column.kind == Kind::text        ? fmt::format("S{}", column.width)
                               : column.kind == Kind::count     ? "<u4"
                               : column.kind == Kind::big_count ? "<u8"
                                                                : "<f8";
      out.push_back({column.name, type});
    }
    return out;
  }

  std::vector<TableColumn> columns_;
  std::size_t at_ = 0;
  NpyWriter writer_;
};

}  // namespace

std::unique_ptr<TableWriter> open_table(const std::filesystem::path& path, bool overwrite, std::vector<TableColumn> columns) {
  const auto ending = path.extension();
  if (ending == ".npy") return std::make_unique<NpyTable>(path, overwrite, std::move(columns));
  // A device such as /dev/full has no ending and takes text.
  if (ending == ".csv" || std::filesystem::is_character_file(path)) return std::make_unique<CsvTable>(path, overwrite, columns);
  throw Error("file", {}, fmt::format("{} cannot be recorded to: its ending is not known", path.string()))
      .with_value(path.string())
      .with_allowed(".csv, .npy");
}

}  // namespace spikeloom
