// Reading JSON text through nlohmann's event parser, which does not recurse; a tracker walks the text in step with the
// events, because they do not say where they come from.
#include <fmt/format.h>

#include <cmath>
#include <filesystem>
#include <fstream>
#include <nlohmann/json.hpp>
#include <unordered_map>

#include "core/json/document.hpp"

namespace spikeloom {
namespace {

/// Walks over text that the parser has already accepted, one token per event.
class Tracker {
 public:
  explicit Tracker(const std::string& text) : text_(text), at_(text.starts_with("\xEF\xBB\xBF") ? 3 : 0) {}

  /// Start of the next token: past blanks, comments, commas and colons.
  std::size_t start() {
    while (at_ < text_.size()) {
      const char c = text_[at_];
      if (c == ' ' || c == '\t' || c == '\n' || c == '\r' || c == ',' || c == ':') ++at_;
      else if (c == '/' && at_ + 1 < text_.size()) skip_comment();
      else break;
    }
    return at_;
  }

  void skip(std::size_t count) { at_ += count; }

  void skip_string() {
    for (++at_; at_ < text_.size() && text_[at_] != '"'; ++at_) {
      if (text_[at_] == '\\') ++at_;
    }
    ++at_;
  }

  void skip_number() { at_ = std::min(text_.find_first_not_of("+-.0123456789eE", at_), text_.size()); }

  std::size_t at() const { return at_; }

 private:
  void skip_comment() {
    const bool line = text_[at_ + 1] == '/';
    const std::size_t end = line ? text_.find('\n', at_) : text_.find("*/", at_ + 2);
    at_ = end == std::string::npos ? text_.size() : end + (line ? 1 : 2);
  }

  const std::string& text_;
  std::size_t at_;
};

/// An object or array that is not closed yet.
struct Open {
  Json value;
  std::string key;       ///< of an object: waiting for its value
  bool waiting = false;  ///< `key` has no value yet
  std::uint32_t key_offset = 0;
  std::vector<std::uint32_t> key_offsets;
  std::unordered_map<std::string, std::size_t> keys;  ///< filled only for objects of many members
};

class Builder final : public nlohmann::json_sax<nlohmann::json> {
 public:
  explicit Builder(const SourceText& source) : source_(source), tracker_(source.text()) {}

  Json take() { return std::move(root_); }

  bool null() override { return literal(Json(), 4); }
  bool boolean(bool flag) override { return literal(Json(flag), flag ? 4 : 5); }
  bool number_integer(number_integer_t number) override { return put_number(static_cast<double>(number)); }
  bool number_unsigned(number_unsigned_t number) override { return put_number(static_cast<double>(number)); }
  bool number_float(number_float_t number, const string_t&) override { return put_number(number); }

  bool string(string_t& text) override {
    const std::size_t from = tracker_.start();
    tracker_.skip_string();
    check_length(text.size(), from);
    return put(Json(std::move(text)), from, tracker_.at() - from);
  }

  bool key(string_t& text) override {
    const std::size_t from = tracker_.start();
    tracker_.skip_string();
    check_length(text.size(), from);
    Open& object = open_.back();
    object.key = std::move(text);
    object.waiting = true;
    object.key_offset = static_cast<std::uint32_t>(from);
    check_new(object);
    return true;
  }

  bool start_object(std::size_t) override { return descend(Json::object()); }
  bool start_array(std::size_t) override { return descend(Json::array()); }
  bool end_object() override { return ascend(); }
  bool end_array() override { return ascend(); }
  bool binary(binary_t&) override { return false; }

  bool parse_error(std::size_t position, const std::string&, const nlohmann::detail::exception& problem) override {
    const std::size_t token = tracker_.start();
    if (problem.id == 406) {
      tracker_.skip_number();
      throw error("range", token, "the number is outside the range of double precision")
          .with_value(excerpt(token, tracker_.at() - token))
          .with_allowed("finite numbers, at most about 1.8e308");
    }
    const std::size_t at = position > 0 ? position - 1 : 0;
    for (const std::string_view word : {"NaN", "nan", "Infinity", "-Infinity", "-NaN", "inf", "-inf"}) {
      if (std::string_view(source_.text()).substr(token, word.size()) == word) {
        throw error("syntax", token, fmt::format("{} is not a number in JSON", word))
            .with_value(std::string(word))
            .with_allowed("finite numbers");
      }
    }
    throw error("syntax", at, sentence(problem.what()));
  }

 private:
  bool literal(Json value, std::size_t length) {
    const std::size_t from = tracker_.start();
    tracker_.skip(length);
    return put(std::move(value), from, length);
  }

  bool put_number(double number) {
    const std::size_t from = tracker_.start();
    tracker_.skip_number();
    if (!std::isfinite(number)) {
      throw error("range", from, "the number is outside the range of double precision")
          .with_value(excerpt(from, tracker_.at() - from));
    }
    return put(Json(number == 0 ? 0.0 : number), from, tracker_.at() - from);  // -0 is 0
  }

  bool put(Json value, std::size_t from, std::size_t length) {
    if (++count_ > json_limits::values) {
      throw error("limit", from,
                  fmt::format("the text holds more than {} values; put long lists into a .csv or .npy file", json_limits::values))
          .with_allowed(fmt::format("at most {} values", json_limits::values));
    }
    value.offset = static_cast<std::uint32_t>(from);
    value.length = static_cast<std::uint32_t>(length);
    keep(std::move(value));
    return true;
  }

  void keep(Json value) {
    if (open_.empty()) root_ = std::move(value);
    else if (open_.back().value.is_array()) open_.back().value.items().push_back(std::move(value));
    else {
      open_.back().value.members().push_back({std::move(open_.back().key), std::move(value)});
      open_.back().waiting = false;
    }
  }

  bool descend(Json container) {
    const std::size_t from = tracker_.start();
    tracker_.skip(1);
    if (open_.size() >= json_limits::depth) {
      throw error("limit", from, fmt::format("the text is nested deeper than {} levels", json_limits::depth))
          .with_allowed(fmt::format("at most {} levels", json_limits::depth));
    }
    container.offset = static_cast<std::uint32_t>(from);
    container.length = 1;
    open_.push_back({std::move(container), {}, false, 0, {}, {}});
    return true;
  }

  bool ascend() {
    tracker_.start();
    tracker_.skip(1);
    Json value = std::move(open_.back().value);
    open_.pop_back();
    if (value.is_array() && value.items().capacity() > value.items().size()) value.items().shrink_to_fit();
    const auto [offset, length] = std::pair(value.offset, value.length);
    return put(std::move(value), offset, length);
  }

  void check_length(std::size_t bytes, std::size_t from) const {
    if (bytes > json_limits::string_bytes) {
      throw error("limit", from, fmt::format("a string of {} bytes is too long", bytes)).with_allowed("at most 1048576 bytes");
    }
  }

  /// Both places of a duplicate are named, as the wrong one may be either.
  void check_new(Open& object) {
    const JsonObject& members = object.value.members();
    std::size_t same = members.size();
    constexpr std::size_t few = 16;  // up to here a search is faster than a table
    if (members.size() <= few) {
      for (std::size_t k = 0; k < members.size() && same == members.size(); ++k) {
        if (members[k].key == object.key) same = k;
      }
    } else {
      for (std::size_t k = object.keys.size(); k < members.size(); ++k) object.keys.emplace(members[k].key, k);
      const auto found = object.keys.find(object.key);
      if (found != object.keys.end()) same = found->second;
    }
    if (same == members.size()) {
      object.key_offsets.push_back(object.key_offset);
      return;
    }
    const Where first = source_.place(object.key_offsets[same]);
    const Where where = source_.place(object.key_offset, path());
    const std::string shown = object.key.substr(0, 60);
    Error problem("duplicate_key", where,
                  fmt::format("the key \"{}\" stands twice: at line {}, column {}, and at line {}, column {}", shown, first.line,
                              first.column, where.line, where.column));
    problem.with_value(shown);
    problem.file = source_.name();
    throw problem;
  }

  /// Pointer to the value that is due next.
  std::string path() const {
    std::string text;
    for (const Open& container : open_) {
      if (container.value.is_object() && !container.waiting) break;
      text += "/";
      text += container.value.is_array() ? std::to_string(container.value.items().size())
                                         : pointer_token(container.key.substr(0, 200));
    }
    return text;
  }

  Error error(const char* kind, std::size_t offset, const std::string& message) const {
    Error problem(kind, source_.place(offset, path()), message);
    problem.file = source_.name();
    return problem;
  }

  std::string excerpt(std::size_t from, std::size_t length) const {
    return length <= 60 ? source_.text().substr(from, length)
                        : source_.text().substr(from, 57) + fmt::format("... ({} characters)", length);
  }

  /// The part of the parser's message that says what is wrong, without its own position and without the text it read.
  static std::string sentence(const std::string& message) {
    std::size_t from = message.find("syntax error");
    if (from == std::string::npos) from = message.find("] ") == std::string::npos ? 0 : message.find("] ") + 2;
    std::string text = message.substr(from, std::min<std::size_t>(message.size() - from, 400));
    const std::size_t read = text.find("; last read: ");
    if (read != std::string::npos) {
      const std::size_t expected = message.rfind("; expected ");
      text.erase(read);
      if (expected != std::string::npos && expected > from + read) text += message.substr(expected, 100);
    }
    return text;
  }

  const SourceText& source_;
  Tracker tracker_;
  std::vector<Open> open_;
  Json root_;
  std::size_t count_ = 0;
};

[[noreturn]] void file_error(const std::string& path, const std::string& reason) {
  Error error("file", {}, fmt::format("cannot read \"{}\": {}", path, reason));
  error.with_value(path).with_allowed("a readable file");
  error.file = path;
  throw error;
}

[[noreturn]] void too_large(const std::string& name) {
  Error error("limit", {}, "the file is larger than 256 MB; put long lists into .csv or .npy files");
  error.with_allowed("at most 268435456 bytes");
  error.file = name;
  throw error;
}

}  // namespace

JsonDocument parse_json(std::string text, const std::string& name) {
  if (text.size() > json_limits::file_bytes) too_large(name);
  JsonDocument document;
  document.source = std::make_shared<SourceText>(name, std::move(text));
  Builder builder(*document.source);
  const std::string& content = document.source->text();
  nlohmann::json::sax_parse(content.begin(), content.end(), &builder, nlohmann::json::input_format_t::json, true, true);
  document.root = builder.take();
  return document;
}

JsonDocument read_json(const std::string& file_path) {
  std::error_code ignored;
  if (std::filesystem::is_character_file(file_path, ignored)) file_error(file_path, "it is a device");
  std::ifstream file(file_path, std::ios::binary);
  if (!file) file_error(file_path, "it cannot be opened");
  std::string text;
  std::string chunk(1u << 20, '\0');
  while (file.read(chunk.data(), static_cast<std::streamsize>(chunk.size())), file.gcount() > 0) {
    text.append(chunk, 0, static_cast<std::size_t>(file.gcount()));
    if (text.size() > json_limits::file_bytes) too_large(file_path);
  }
  if (file.bad() || !file.eof()) file_error(file_path, "reading failed (a folder?)");
  return parse_json(std::move(text), file_path);
}

}  // namespace spikeloom
