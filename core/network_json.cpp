// Reading a network file as a whole: text, changes of the command line, structure.
#include "core/network_json.hpp"

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

}  // namespace

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
  JsonDocument document = read_json(file_path);
  for (const auto& [key, text] : settings) change(document, key, text);
  const std::filesystem::path folder = std::filesystem::path(file_path).parent_path();
  return network_from_json(document, folder.empty() ? "." : folder.string());
}

}  // namespace spikeloom
