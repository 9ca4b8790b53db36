// Structural mistakes are found here, from the tables alone, so that every kind of object answers them alike.
#include "core/json/fields.hpp"

#include <fmt/format.h>

#include <algorithm>

namespace spikeloom {
namespace {

constexpr std::uint32_t array_shapes = Shape::numbers | Shape::steps | Shape::matrix | Shape::texts | Shape::objects |
                                       Shape::mixture | Shape::edges | Shape::bounds | Shape::clips;
constexpr std::uint32_t object_shapes = Shape::random | Shape::file_column | Shape::object | Shape::object_map |
                                        Shape::value_map | Shape::scalar_map | Shape::text_map | Shape::with_map;

bool fits(const Json& json, const Key& key) {
  if (key.shapes & Shape::anything) return true;
  if (json.is_number()) return (key.shapes & Shape::number) != 0;
  if (json.is_flag()) return (key.shapes & Shape::flag) != 0;
  if (json.is_array()) return (key.shapes & array_shapes) != 0;
  if (json.is_object()) return (key.shapes & object_shapes) != 0;
  if (!json.is_text()) return false;
  return (key.shapes & (Shape::text | Shape::prose)) != 0 ||
         ((key.shapes & Shape::expression) != 0 && json.text().starts_with('='));
}

std::string allowed_text(const Key& key) {
  std::string text = shapes_text(key);
  if (!key.allowed.empty() && key.choices().empty()) text += fmt::format("; {}", key.allowed);
  return text;
}

Error unknown_key(const Place& place, const std::string& name, const ObjectTable& table) {
  const std::vector<std::string> names = table.names();
  Error error = place.error("unknown_key", fmt::format("{} has no key \"{}\"", table.name, name.substr(0, 60)));
  error.with_value(name.substr(0, 60))
      .with_allowed(fmt::format("{}", fmt::join(names, ", ")))
      .with_nearest(nearest_name(name, names));
  return error;
}

}  // namespace

Error unsupported(const Place& place, const std::string& what) {
  return place.error("unsupported", fmt::format("{} is part of the format, but this version does not have it yet", what),
                     Exit::refused);
}

void check_shape(const Place& place, const Key& key) {
  if (!fits(place.json(), key)) {
    const bool plain_text = place->is_text() && (key.shapes & Shape::expression);
    const std::string hint = plain_text ? "; an expression starts with \"=\"" : "";
    throw place.error("type", fmt::format("\"{}\" cannot be {}{}", key.name, kind_of(place.json()), hint))
        .with_allowed(allowed_text(key));
  }
  if (place->is_text() && place->text().empty() && (key.shapes & Shape::prose) == 0)
    throw place.error("range", fmt::format("\"{}\" is empty", key.name)).with_allowed(allowed_text(key));
  const std::vector<std::string> choices = key.choices();
  if (!place->is_text() || choices.empty() || std::find(choices.begin(), choices.end(), place->text()) != choices.end()) return;
  if ((key.shapes & Shape::expression) && place->text().starts_with('=')) return;
  throw place.error("unknown_name", fmt::format("\"{}\" has no choice \"{}\"", key.name, place->text().substr(0, 60)))
      .with_allowed(allowed_text(key))
      .with_nearest(nearest_name(place->text(), choices));
}

Fields::Fields(const Place& place, const ObjectTable& table) : place_(place), table_(table) {
  if (!place->is_object()) {
    throw place.error("type", fmt::format("{} is an object, not {}", table.name, kind_of(place.json())))
        .with_allowed("an object");
  }
  for (const JsonMember& member : place->members()) {
    const Place at = place.at(member);
    const Key* key = table.find(member.key);
    if (key == nullptr && table.open) {
      check_shape(at, {member.key, Shape::scalar | Shape::text, Key::optional, "", "", nullptr});
      continue;
    }
    if (key == nullptr) throw unknown_key(at, member.key, table);
    if (!key->supported()) throw unsupported(at, fmt::format("\"{}\" of {}", key->name, table.name));
    check_shape(at, *key);
    if (!key->names_the_kind()) continue;
    if (!kind_.empty()) {
      throw at.error("conflict", fmt::format("{} takes \"{}\" or \"{}\", not both", table.name, kind_, key->name))
          .with_allowed("one of the two");
    }
    kind_ = key->name;
  }
  std::vector<std::string> kinds;
  for (const Key& key : table.keys) {
    if (key.status == Key::required && !has(key.name)) {
      throw place.error("missing", fmt::format("{} needs \"{}\"", table.name, key.name))
          .with_value("")
          .with_allowed(allowed_text(key));
    }
    if (key.status == Key::one_of) kinds.emplace_back(key.name);
  }
  if (kind_.empty() && !kinds.empty()) {
    throw place.error("missing", fmt::format("{} needs one of \"{}\"", table.name, fmt::join(kinds, "\", \"")))
        .with_allowed(fmt::format("one of {}", fmt::join(kinds, ", ")));
  }
  for (const JsonMember& member : place->members())
    if (const Key* key = table.find(member.key)) check_company(*key);
}

/// The keys that stand beside this one are those that it goes with.
void Fields::check_company(const Key& key) const {
  const auto kinds = split(key.beside, '|');
  if (!kinds.empty() && std::find(kinds.begin(), kinds.end(), kind_) == kinds.end()) refuse_with(key.name, kind_);
  for (const std::string& group : split(key.needs, ',')) {
    const auto needs = split(group, '|');
    if (std::any_of(needs.begin(), needs.end(), [this](const std::string& need) { return has(need); })) continue;
    const std::string names = fmt::format("\"{}\"", fmt::join(needs, "\" or \""));
    if (key.status == Key::optional)
      throw find(key.name)->error("conflict", fmt::format("\"{}\" of {} means nothing without {}", key.name, table_.name, names));
    throw place_.error("missing", fmt::format("{} needs {}", table_.name, names))
        .with_value("")
        .with_allowed(allowed_text(*table_.find(needs.front())));
  }
}

std::optional<Place> Fields::find(std::string_view key) const {
  for (const JsonMember& member : place_->members()) {
    if (member.key == key) return place_.at(member);
  }
  return std::nullopt;
}

std::string Fields::text(std::string_view key, std::string otherwise) const {
  const std::optional<Place> place = find(key);
  if (!place) return otherwise;
  if ((*place)->text().find('\0') != std::string::npos) throw place->error("range", fmt::format("\"{}\" holds a zero byte", key));
  return (*place)->text();
}

bool Fields::flag(std::string_view key, bool otherwise) const {
  const std::optional<Place> place = find(key);
  return place ? (*place)->flag() : otherwise;
}

void Fields::refuse_with(std::string_view key, std::string_view other) const {
  const std::optional<Place> place = find(key);
  if (place) throw place->error("conflict", fmt::format("\"{}\" of {} means nothing beside \"{}\"", key, table_.name, other));
}

void Fields::require(std::string_view key) const {
  if (has(key)) return;
  throw place_.error("missing", fmt::format("{} needs \"{}\"", table_.name, key))
      .with_value("")
      .with_allowed(allowed_text(*table_.find(key)));
}

}  // namespace spikeloom
