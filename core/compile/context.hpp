// What every part of compile() needs at hand: the description, the network being made, the time grid and the global numbers.
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <vector>

#include "core/compile/compiled.hpp"
#include "core/compile/steps.hpp"
#include "core/errors.hpp"
#include "core/network.hpp"

namespace spikeloom {

/// Named numbers of an expression, nearest scope first; of equal names the first counts.
struct Scope {
  std::vector<std::string> names;
  std::vector<double> values;
  void add(std::string name, double value) {
    names.push_back(std::move(name));
    values.push_back(value);
  }
};

struct CompileContext {
  const Network& network;
  const ModelSet& models;
  CompiledNetwork& out;
  StepGrid grid;
  Scope globals;  ///< "parameters" of the network

  void warn(std::string text) const { out.warnings.push_back(std::move(text)); }
};

/// A name as one part of a JSON pointer.
std::string pointer_part(const std::string& name);

/// Where a value stands: as its reader noted, else at `path`.
Where place(const Where& written, const std::string& path);
inline Where place(const Value& value, const std::string& path) { return place(value.where, path); }

/// A number as people read it in a message.
std::string show(double value);

/// The allowed values of a single number.
struct Range {
  double low = -unbounded, high = unbounded;
  bool open_low = false;
  bool holds(double value) const { return value <= high && (open_low ? value > low : value >= low); }
  std::string text() const;  ///< "> 0", ">= 0 and <= 1", "any finite number"
};

/// One finite number: as written, or an expression of the scope's (then the network's) names. Throws Error("type",
/// "expression", "range") at the value's place, else at `path`.
double number(const CompileContext& context, const Value& value, const std::string& path, const Range& range = {},
              const Scope* scope = nullptr);
/// The same for a whole number (within 1e-9) of [low, high].
std::uint64_t whole_number(const CompileContext& context, const Value& value, const std::string& path, std::uint64_t low,
                           std::uint64_t high, const Scope* scope = nullptr);
std::uint64_t whole(double written, const Where& where, std::uint64_t low, std::uint64_t high);

/// A time or duration in whole steps; not on the grid: rounded to the nearest step with a warning.
std::int64_t steps_with_warning(const CompileContext& context, double ms, const Where& where, const char* what);

/// Throws Error("memory", exit 3) where `bytes` exceed the machine's memory: called before anything large is allocated.
void require_memory(double bytes, const Where& where, const std::string& what);

/// Error("unknown_name") or another kind, with the nearest of the candidates.
[[noreturn]] void unknown(const std::string& kind, const Where& where, const std::string& what, const std::string& name,
                          const std::vector<std::string>& candidates);

}  // namespace spikeloom
