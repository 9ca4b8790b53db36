// An object of the network file, checked against its table of keys before anything is read from it.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "core/json/document.hpp"
#include "core/json/keys.hpp"

namespace spikeloom {

/// Construction finds unknown keys, keys of later versions, values of a wrong shape, missing keys, several keys where one
/// is due, and keys that do not go together. Refers to the place, which must outlive it.
class Fields {
 public:
  Fields(const Place& place, const ObjectTable& table);
  Fields(Place&&, const ObjectTable&) = delete;

  std::optional<Place> find(std::string_view key) const;
  Place operator[](std::string_view key) const { return *find(key); }  ///< of a required key
  bool has(std::string_view key) const { return place_.json().find(key) != nullptr; }
  std::string text(std::string_view key, std::string otherwise = "") const;
  bool flag(std::string_view key, bool otherwise) const;
  /// The key that says which kind of object it is.
  std::string_view kind() const { return kind_; }
  const Place& place() const { return place_; }
  /// Refuses `key`, which means nothing beside `other`.
  void refuse_with(std::string_view key, std::string_view other) const;
  /// Throws Error("missing") unless the key stands.
  void require(std::string_view key) const;

 private:
  void check_company(const Key& key) const;

  const Place& place_;
  const ObjectTable& table_;
  std::string_view kind_;
};

/// Checks the outer shape of one value, and the choices of a text.
void check_shape(const Place& place, const Key& key);

/// A part of the format that this version does not have yet.
Error unsupported(const Place& place, const std::string& what);

}  // namespace spikeloom
