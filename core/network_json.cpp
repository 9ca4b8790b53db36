// Reading a network file as a whole: text, changes of the command line, structure.
#include "core/network_json.hpp"

#include <charconv>
#include <filesystem>

#include "core/json/reader.hpp"

namespace spikeloom {
namespace {

/// "populations.E.size" as a pointer, for messages about a value that cannot be read at all.
std::string pointer_of(const std::string& dotted) {
  std::string path = "/";
  for (const char c : dotted) path += c == '.' ? "/" : pointer_token(std::string_view(&c, 1));
  return path;
}

void change(JsonDocument& document, const std::string& key, const std::string& text) {
  Json value;
  try {
    value = setting_value(text);
  } catch (Error& error) {
    error.where = Where{pointer_of(key), 0, 0};
    error.file.clear();
    throw;
  }
  set_path(document.root, key, std::move(value));
}

JsonDocument changed_document(const std::string& file_path, const Settings& settings) {
  JsonDocument document = read_json(file_path);
  for (const auto& [key, text] : settings) change(document, key, text);
  return document;
}

/// The member or item that a token of a pointer means; nullptr: none.
const Json* child(const Json& parent, std::string_view token) {
  if (parent.is_array()) {
    std::size_t index = 0;
    const auto [end, status] = std::from_chars(token.data(), token.data() + token.size(), index);
    const bool whole = status == std::errc() && end == token.data() + token.size();
    return whole && index < parent.items().size() ? &parent.items()[index] : nullptr;
  }
  if (!parent.is_object()) return nullptr;
  for (const JsonMember& member : parent.members())
    if (pointer_token(member.key) == token) return &member.value;
  return nullptr;
}

}  // namespace

Settings::value_type setting_of(const std::string& text) {
  const std::size_t equals = text.find('=');
  if (equals == std::string::npos || equals == 0)
    throw Error("syntax", {}, "a setting is KEY=VALUE, for example parameters.g=5").with_value(text).with_allowed("KEY=VALUE");
  return {text.substr(0, equals), text.substr(equals + 1)};
}

Network network_from_json(const JsonDocument& document, const std::string& folder) {
  Network network;
  network.folder = folder;
  if (document.source) network.file = document.source->name();
  try {
    Reader(network).read(Place(document));
  } catch (Error& error) {
    if (error.file.empty()) error.file = network.file;
    throw;
  }
  return network;
}

Network read_network(const std::string& file_path, const Settings& settings) {
  const JsonDocument document = changed_document(file_path, settings);
  const std::filesystem::path folder = std::filesystem::path(file_path).parent_path();
  return network_from_json(document, folder.empty() ? "." : folder.string());
}

void locate(Error& error, const std::string& file_path, const Settings& settings) {
  std::error_code ignored;  // a pipe cannot be read twice
  if (error.where.line > 0 || !error.where.path.starts_with('/') || !std::filesystem::is_regular_file(file_path, ignored)) return;
  const JsonDocument document = changed_document(file_path, settings);
  const Json* at = &document.root;
  for (std::string_view rest = std::string_view(error.where.path).substr(1);;) {
    const std::size_t slash = rest.find('/');
    const Json* const next = child(*at, rest.substr(0, slash));
    if (next == nullptr) break;
    at = next;
    if (slash == std::string_view::npos) break;
    rest.remove_prefix(slash + 1);
  }
  if (at != &document.root && at->from_text()) error.where = document.source->place(at->offset, error.where.path);
}

}  // namespace spikeloom
