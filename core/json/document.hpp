// A JSON text as a tree of values that remember where they stand, small enough for lists of millions of numbers.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <variant>
#include <vector>

#include "core/errors.hpp"

namespace spikeloom {

/// Owns one T on the heap and copies it when copied, so that a Json of a number stays small.
template <class T>
class Box {
 public:
  Box() : held_(std::make_unique<T>()) {}
  explicit Box(T value) : held_(std::make_unique<T>(std::move(value))) {}
  Box(const Box& other) : held_(std::make_unique<T>(*other.held_)) {}
  Box(Box&&) noexcept = default;
  Box& operator=(Box other) noexcept {
    held_.swap(other.held_);
    return *this;
  }
  ~Box() = default;
  T& operator*() { return *held_; }
  const T& operator*() const { return *held_; }

 private:
  std::unique_ptr<T> held_;  ///< null only after a move
};

struct Json;
struct JsonMember;
using JsonArray = std::vector<Json>;
using JsonObject = std::vector<JsonMember>;  ///< in the order of the text

/// One value. Implicit from plain C++ values, so that documents can be built as they read.
struct Json {
  using Form = std::variant<std::nullptr_t, bool, double, Box<std::string>, Box<JsonArray>, Box<JsonObject>>;

  Json() : form(nullptr) {}
  Json(bool flag) : form(flag) {}                                      // NOLINT(google-explicit-constructor)
  Json(double number) : form(number) {}                                // NOLINT(google-explicit-constructor)
  Json(int number) : form(static_cast<double>(number)) {}              // NOLINT(google-explicit-constructor)
  Json(std::string text) : form(Box<std::string>(std::move(text))) {}  // NOLINT(google-explicit-constructor)
  Json(std::string_view text) : Json(std::string(text)) {}             // NOLINT(google-explicit-constructor)
  Json(const char* text) : Json(std::string(text)) {}                  // NOLINT(google-explicit-constructor)
  Json(JsonArray items);                                               // NOLINT(google-explicit-constructor)
  Json(JsonObject members);                                            // NOLINT(google-explicit-constructor)
  static Json array();
  static Json object();

  bool is_null() const { return form.index() == 0; }
  bool is_flag() const { return form.index() == 1; }
  bool is_number() const { return form.index() == 2; }
  bool is_text() const { return form.index() == 3; }
  bool is_array() const { return form.index() == 4; }
  bool is_object() const { return form.index() == 5; }

  bool flag() const { return std::get<1>(form); }
  double number() const { return std::get<2>(form); }
  const std::string& text() const { return *std::get<3>(form); }
  const JsonArray& items() const { return *std::get<4>(form); }
  JsonArray& items() { return *std::get<4>(form); }
  const JsonObject& members() const { return *std::get<5>(form); }
  JsonObject& members() { return *std::get<5>(form); }

  const Json* find(std::string_view key) const;  ///< member of an object; nullptr: none, or no object
  Json* find(std::string_view key);
  Json& set(std::string key, Json value);  ///< adds or replaces a member; returns it
  Json& push(Json value);                  ///< adds an item to an array; returns it

  Form form;
  std::uint32_t offset = 0;  ///< of its first byte in the text
  std::uint32_t length = 0;  ///< in bytes; containers have 1 (their bracket); 0: not from a text
  bool from_text() const { return length != 0; }
};

struct JsonMember {
  std::string key;
  Json value;
};

inline Json::Json(JsonArray items) : form(Box<JsonArray>(std::move(items))) {}
inline Json::Json(JsonObject members) : form(Box<JsonObject>(std::move(members))) {}
inline Json Json::array() { return JsonArray{}; }
inline Json Json::object() { return JsonObject{}; }

/// Kind as people say it: "null", "true or false", "a number", "a string", "an array", "an object".
std::string_view kind_of(const Json& value);

/// The text a document was read from; turns offsets into lines and columns (1-based; columns count code points).
class SourceText {
 public:
  SourceText(std::string name, std::string text);
  const std::string& name() const { return name_; }
  const std::string& text() const { return text_; }
  Where place(std::size_t offset, std::string path = "") const;

 private:
  std::string name_, text_;
  std::size_t code_points(std::size_t offset) const;  ///< that begin before `offset`

  std::vector<std::uint32_t> line_starts_;
  std::vector<std::uint32_t> block_points_;  ///< code points before each block: a file may be one long line
};

struct JsonDocument {
  Json root;
  std::shared_ptr<const SourceText> source;  ///< null: built in memory
};

/// A value together with the way to it from the root: what knows its path only when asked. Lives on the stack while its
/// parent does.
class Place {
 public:
  explicit Place(const JsonDocument& document) : json_(&document.root), source_(document.source.get()) {}

  const Json& json() const { return *json_; }
  const Json* operator->() const { return json_; }
  Place at(const JsonMember& member) const { return {*this, member.value, member.key, 0}; }
  Place at(std::size_t index) const { return {*this, json_->items()[index], {}, index}; }

  Where where() const;
  std::string path() const;
  /// The value as written, shortened to at most 60 bytes.
  std::string written() const;
  /// An error of this place that carries what is written here.
  Error error(std::string kind, const std::string& message, Exit exit = Exit::bad_input) const;

 private:
  Place(const Place& up, const Json& json, std::string_view key, std::size_t index)
      : json_(&json), source_(up.source_), up_(&up), key_(key), index_(index) {}

  const Json* json_;
  const SourceText* source_;
  const Place* up_ = nullptr;
  std::string_view key_;
  std::size_t index_ = 0;
};

/// One step of a JSON pointer: ~ and / escaped.
std::string pointer_token(std::string_view key);

/// Limits of what is read; beyond them Error("limit").
namespace json_limits {
inline constexpr std::size_t depth = 64;
inline constexpr std::size_t file_bytes = 256u << 20;
inline constexpr std::size_t string_bytes = 1u << 20;
inline constexpr std::size_t values = 32u << 20;
}  // namespace json_limits

/// Read a text: standard JSON with // and /* */ comments. Throws Error("syntax", "duplicate_key", "range", "limit") with line
/// and column; `name` is the file for messages.
JsonDocument parse_json(std::string text, const std::string& name = "");
/// Read a file. Throws also Error("file").
JsonDocument read_json(const std::string& file_path);

/// Text of a value: one line per member and per item of long arrays of containers; numbers read back as the same double.
/// Throws Error("range") for a number that is not finite.
std::string to_text(const Json& value, bool compact = false);

/// Put `value` at a dotted path ("populations.E.size", "projections.0.weight"); a missing last key of an object is made, and
/// missing objects on the way. Throws Error("unknown_name") for an index beyond an array, "type" for a way through a number.
void set_path(Json& root, std::string_view dotted, Json value);
/// The value that VALUE of `--set KEY=VALUE` means: JSON, or else the text itself.
Json setting_value(const std::string& text);

}  // namespace spikeloom
