// Looking things up in the tables of keys, and saying what they allow.
#include "core/json/keys.hpp"

#include <fmt/format.h>

namespace spikeloom {

std::vector<std::string> split(std::string_view text, char separator) {
  std::vector<std::string> names;
  if (text.empty()) return names;
  for (;;) {
    const std::size_t bar = text.find(separator);
    names.emplace_back(text.substr(0, bar));
    if (bar == std::string_view::npos) return names;
    text.remove_prefix(bar + 1);
  }
}

std::vector<std::string> Key::choices() const {
  if ((shapes & Shape::text) == 0) return {};
  return split(allowed, '|');
}

const Key* ObjectTable::find(std::string_view key) const {
  for (const Key& candidate : keys) {
    if (candidate.name == key) return &candidate;
  }
  return nullptr;
}

std::vector<std::string> ObjectTable::names() const {
  std::vector<std::string> result;
  for (const Key& key : keys) result.emplace_back(key.name);
  return result;
}

std::string shapes_text(const Key& key) {
  struct Word {
    std::uint32_t shape;
    const char* text;
  };
  static constexpr Word words[] = {{Shape::number, "a number"},
                                   {Shape::expression, "an \"=expression\""},
                                   {Shape::numbers, "an array of numbers"},
                                   {Shape::random, "a distribution"},
                                   {Shape::file_column, "{\"file\": ...}"},
                                   {Shape::steps, "[[t_ms, value], ...]"},
                                   {Shape::matrix, "an array of arrays of numbers"},
                                   {Shape::text, "a string"},
                                   {Shape::texts, "an array of strings"},
                                   {Shape::flag, "true or false"},
                                   {Shape::object, "an object"},
                                   {Shape::objects, "an array of objects"},
                                   {Shape::object_map, "an object of named objects"},
                                   {Shape::value_map, "an object of named values"},
                                   {Shape::scalar_map, "an object of named numbers"},
                                   {Shape::text_map, "an object of named arrays of strings"},
                                   {Shape::mixture, "[[share, value], ...]"},
                                   {Shape::edges, "[[source, target, weight?, delay_ms?], ...]"},
                                   {Shape::with_map, "an object of named matrices"},
                                   {Shape::bounds, "[low, high]"},
                                   {Shape::clips, "[[low, high], ...]"},
                                   {Shape::prose, "a string"},
                                   {Shape::anything, "any value"}};
  std::vector<std::string> parts;
  for (const Word& word : words) {
    if (key.shapes & word.shape) parts.emplace_back(word.text);
  }
  const std::vector<std::string> choices = key.choices();
  if (!choices.empty()) {
    for (std::string& part : parts) {
      if (part == "a string") part = fmt::format("\"{}\"", fmt::join(choices, "\", \""));
    }
  }
  return fmt::format("{}", fmt::join(parts, " or "));
}

}  // namespace spikeloom
