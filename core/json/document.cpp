// Finding members, and turning places into paths, lines and columns only when somebody asks.
#include "core/json/document.hpp"

#include <fmt/format.h>

#include <algorithm>

namespace spikeloom {

const Json* Json::find(std::string_view key) const {
  if (!is_object()) return nullptr;
  for (const JsonMember& member : members()) {
    if (member.key == key) return &member.value;
  }
  return nullptr;
}

Json* Json::find(std::string_view key) { return const_cast<Json*>(std::as_const(*this).find(key)); }

Json& Json::set(std::string key, Json value) {
  if (Json* present = find(key)) return *present = std::move(value);
  members().push_back({std::move(key), std::move(value)});
  return members().back().value;
}

Json& Json::push(Json value) {
  items().push_back(std::move(value));
  return items().back();
}

std::string_view kind_of(const Json& value) {
  static constexpr std::string_view names[] = {"null", "true or false", "a number", "a string", "an array", "an object"};
  return names[value.form.index()];
}

namespace {

constexpr std::size_t block_bytes = 1024;

std::size_t begun_points(std::string_view text) {
  return static_cast<std::size_t>(
      std::count_if(text.begin(), text.end(), [](char c) { return (static_cast<unsigned char>(c) & 0xC0) != 0x80; }));
}

}  // namespace

SourceText::SourceText(std::string name, std::string text) : name_(std::move(name)), text_(std::move(text)) {
  line_starts_.push_back(0);
  for (std::size_t at = text_.find('\n'); at != std::string::npos; at = text_.find('\n', at + 1)) {
    line_starts_.push_back(static_cast<std::uint32_t>(at + 1));
  }
  std::uint32_t points = 0;
  for (std::size_t at = 0; at <= text_.size(); at += block_bytes) {
    block_points_.push_back(points);
    points += static_cast<std::uint32_t>(begun_points(std::string_view(text_).substr(at, block_bytes)));
  }
}

std::size_t SourceText::code_points(std::size_t offset) const {
  const std::size_t block = offset / block_bytes;
  return block_points_[block] + begun_points(std::string_view(text_).substr(block * block_bytes, offset % block_bytes));
}

Where SourceText::place(std::size_t offset, std::string path) const {
  offset = std::min(offset, text_.size());
  const auto line = std::upper_bound(line_starts_.begin(), line_starts_.end(), offset) - line_starts_.begin();
  std::size_t start = line_starts_[static_cast<std::size_t>(line) - 1];
  if (start == 0 && text_.starts_with("\xEF\xBB\xBF") && offset >= 3) start = 3;
  const std::size_t column = code_points(offset) - std::min(code_points(start), code_points(offset)) + 1;
  return Where{std::move(path), static_cast<int>(line), static_cast<int>(column)};
}

std::string pointer_token(std::string_view key) {
  std::string token;
  for (const char c : key) {
    if (c == '~') token += "~0";
    else if (c == '/') token += "~1";
    else token += c;
  }
  return token;
}

std::string Place::path() const {
  if (up_ == nullptr) return "";
  const std::string token = up_->json_->is_array() ? std::to_string(index_) : pointer_token(key_);
  return up_->path() + "/" + token;
}

Where Place::where() const {
  if (source_ == nullptr || !json_->from_text()) return Where{path(), 0, 0};
  return source_->place(json_->offset, path());
}

std::string Place::written() const {
  constexpr std::size_t longest = 60;
  std::string text;
  if (source_ != nullptr && json_->from_text() && !json_->is_array() && !json_->is_object()) {
    text = source_->text().substr(json_->offset, std::min<std::size_t>(json_->length, 4 * longest));
  } else if (json_->is_array() || json_->is_object()) {
    const std::size_t count = json_->is_array() ? json_->items().size() : json_->members().size();
    if (count > longest)
      return json_->is_array() ? fmt::format("[... {} items]", count) : fmt::format("{{... {} members}}", count);
    text = "";
    try {
      text = to_text(*json_, true);
    } catch (const Error&) { return std::string(kind_of(*json_)); }
  } else {
    text = json_->is_number() ? fmt::format("{}", json_->number()) : to_text(*json_, true);
  }
  if (text.size() <= longest) return text;
  std::size_t end = longest - 3;
  while (end > 0 && (static_cast<unsigned char>(text[end]) & 0xC0) == 0x80) --end;  // not within a code point
  return text.substr(0, end) + "...";
}

Error Place::error(std::string kind, const std::string& message, Exit exit) const {
  Error error(std::move(kind), where(), message, exit);
  error.with_value(written());
  if (source_ != nullptr) error.file = source_->name();
  return error;
}

}  // namespace spikeloom
