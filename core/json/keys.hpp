// The vocabulary of the network file: one table per kind of object, from which the reader checks and the schema is printed.
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace spikeloom {

struct ObjectTable;

/// Shapes of JSON that a key takes; any of several may be allowed.
enum Shape : std::uint32_t {
  number = 1u << 0,       ///< a number
  expression = 1u << 1,   ///< "=arithmetic"
  numbers = 1u << 2,      ///< array of numbers or expressions of parameters
  random = 1u << 3,       ///< an object with one key that names a distribution
  file_column = 1u << 4,  ///< {"file": ..., "column": ...}
  steps = 1u << 5,        ///< [[t_ms, value], ...]
  matrix = 1u << 6,       ///< array of arrays of numbers
  text = 1u << 7,         ///< string, not empty
  texts = 1u << 8,        ///< array of strings
  flag = 1u << 9,         ///< true or false
  object = 1u << 10,      ///< an object of the key's table
  objects = 1u << 11,     ///< array of such objects
  object_map = 1u << 12,  ///< name -> such an object
  value_map = 1u << 13,   ///< name -> value
  scalar_map = 1u << 14,  ///< name -> number or expression
  text_map = 1u << 15,    ///< name -> array of strings
  mixture = 1u << 16,     ///< [[share, value], ...]
  edges = 1u << 17,       ///< [[source, target, weight?, delay_ms?], ...]
  with_map = 1u << 18,    ///< name -> number, matrix or an object of the key's table
  anything = 1u << 19,    ///< not looked at, as this version has no use for it
  bounds = 1u << 20,      ///< [low, high], each a number or null
  clips = 1u << 21,       ///< array of such bounds
  prose = 1u << 22,       ///< string for people, may be empty

  scalar = number | expression,
  value = scalar | numbers | random | file_column,
};

/// One key of an object: a fact stands here and nowhere else.
struct Key {
  enum Status : std::uint8_t {
    optional,
    required,
    one_of,        ///< exactly one key of this status stands in the object
    later,         ///< part of the format, not of this version: refused as unsupported
    one_of_later,  ///< both
  };
  std::string_view name;
  std::uint32_t shapes = 0;
  Status status = optional;
  std::string_view text;     ///< one sentence
  std::string_view allowed;  ///< range or choices; choices are separated by '|'
  const ObjectTable* table = nullptr;
  std::string_view beside = "";  ///< kinds that it may stand beside, separated by '|'; empty: all
  std::string_view needs = "";   ///< keys that must stand beside it: "a,b|c" is a, and one of b and c

  bool names_the_kind() const { return status == one_of || status == one_of_later; }
  bool supported() const { return status != later && status != one_of_later; }
  /// The choices of a text; empty: free text.
  std::vector<std::string> choices() const;
};

/// A kind of object.
struct ObjectTable {
  std::string_view name;  ///< as in "a population"
  std::string_view text;
  std::span<const Key> keys;
  bool open = false;  ///< other keys may stand beside these: numbers, expressions and texts

  const Key* find(std::string_view key) const;
  std::vector<std::string> names() const;
};

/// Shapes as people say them: "a number, an \"=expression\" or an array of numbers".
std::string shapes_text(const Key& key);

/// "a|b" -> {"a", "b"}; "" -> {}.
std::vector<std::string> split(std::string_view text, char separator);

namespace tables {
extern const ObjectTable network, run, seeds, population;
extern const ObjectTable distribution, normal, lognormal, exponential, gamma, file_column;
extern const ObjectTable input, poisson, regular_input, gamma_input, spike_list, events, current, current_form, ramp, sine, noise;
extern const ObjectTable projection, plasticity, connector, kernel_entry, delay_parts, with_entry;
extern const ObjectTable signal, pulse, gaussian, choice, objective, decay, instant, readout, readout_rule, signal_current,
    modulation, phase, probe;
}  // namespace tables

}  // namespace spikeloom
