// `--set a.b.0.c=VALUE`: changing a document along a dotted path before it is read.
#include <fmt/format.h>

#include <charconv>

#include "core/json/document.hpp"

namespace spikeloom {
namespace {

std::vector<std::string> split(std::string_view dotted) {
  std::vector<std::string> keys;
  for (;;) {
    const std::size_t dot = dotted.find('.');
    keys.emplace_back(dotted.substr(0, dot));
    if (dot == std::string_view::npos) return keys;
    dotted.remove_prefix(dot + 1);
  }
}

Error setting_error(const char* kind, const std::string& path, std::string_view dotted, const std::string& reason) {
  Error error(kind, Where{path, 0, 0}, fmt::format("cannot set \"{}\": {}", dotted.substr(0, 200), reason));
  error.with_value(std::string(dotted.substr(0, 200)));
  return error;
}

Json& item_at(Json& array, const std::string& key, const std::string& path, std::string_view dotted) {
  std::size_t index = 0;
  const auto [end, status] = std::from_chars(key.data(), key.data() + key.size(), index);
  const bool number = !key.empty() && status == std::errc() && end == key.data() + key.size();
  if (number && index < array.items().size()) return array.items()[index];
  const std::string allowed =
      array.items().empty() ? "none, the array is empty" : fmt::format("0 to {}", array.items().size() - 1);
  throw setting_error("unknown_name", path, dotted, fmt::format("\"{}\" is no index of the array", key.substr(0, 60)))
      .with_allowed(allowed);
}

}  // namespace

void set_path(Json& root, std::string_view dotted, Json value) {
  const std::vector<std::string> keys = split(dotted);
  if (keys.size() >= json_limits::depth)
    throw setting_error("limit", "", dotted, "the path is too deep").with_allowed("at most 63 steps");
  Json* at = &root;
  std::string path;
  for (const std::string& key : keys) {
    if (key.empty())
      throw setting_error("syntax", path, dotted, "a key of the path is empty").with_allowed("keys and indices joined by '.'");
    if (!at->is_object() && !at->is_array()) {
      throw setting_error(
          "type", path, dotted,
          fmt::format("{} is {}, which has no \"{}\"", path.empty() ? "the file" : path, kind_of(*at), key.substr(0, 60)))
          .with_allowed("a way through objects and arrays");
    }
    if (at->is_array()) {
      at = &item_at(*at, key, path + "/" + pointer_token(key), dotted);
    } else {
      Json* member = at->find(key);
      at = member != nullptr ? member : &at->set(key, Json::object());
    }
    path += "/" + pointer_token(key);
  }
  *at = std::move(value);
}

Json setting_value(const std::string& text) {
  // Kept without its place: a line number would point into the network file.
  struct Strip {
    static void places(Json& value) {
      value.offset = value.length = 0;
      if (value.is_array())
        for (Json& item : value.items()) places(item);
      if (value.is_object())
        for (JsonMember& member : value.members()) places(member.value);
    }
  };
  try {
    Json value = parse_json(text, "--set").root;
    Strip::places(value);
    return value;
  } catch (const Error& error) {
    if (error.kind != "syntax") throw;  // a number such as 1e400 is meant as a number
    return Json(text);
  }
}

}  // namespace spikeloom
