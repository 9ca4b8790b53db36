// What goes wrong, and where: one exception type that names file, JSON path, value, allowed range and exit code.
#pragma once

#include <stdexcept>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace spikeloom {

/// Where in a description a value stands. `path` is a JSON pointer ("/populations/E/size"); line 0: not read from a file.
struct Where {
  std::string path;
  int line = 0;
  int column = 0;
};

/// Exit codes of the command; each Error knows its own.
enum class Exit : int {
  done = 0,
  run_failed = 1,     ///< numerical failure or I/O during a run
  bad_input = 2,      ///< the command line or the file is wrong
  refused = 3,        ///< refused before allocation: memory, limits, unsupported by the backend
  interrupted = 130,  ///< stopped cleanly after a signal
};

/// The one exception the library throws for a user's mistake or a failed run. `kind` is a stable word for programs
/// ("syntax", "unknown_key", "duplicate_key", "type", "range", "missing", "unknown_name", "conflict", "expression",
/// "file", "io", "memory", "limit", "unsupported", "checkpoint", "nan", "runaway"); what() is a sentence for people.
class Error : public std::runtime_error {
 public:
  Error(std::string kind_, Where where_, const std::string& message, Exit exit_ = Exit::bad_input)
      : std::runtime_error(message), kind(std::move(kind_)), where(std::move(where_)), exit(exit_) {}

  Error& with_value(std::string text) {
    value = std::move(text);
    return *this;
  }
  Error& with_allowed(std::string text) {
    allowed = std::move(text);
    return *this;
  }
  Error& with_nearest(std::string text) {
    nearest = std::move(text);
    return *this;
  }

  std::string kind;
  Where where;
  Exit exit;
  std::string file;     ///< set by the reader of the file
  std::string value;    ///< the value at fault, as written (shortened)
  std::string allowed;  ///< the allowed range or choices
  std::string nearest;  ///< nearest valid name, if any is near
};

/// The candidate nearest to `name` by edit distance (at most a third of its length, at least 2; a lacking unit counts as one
/// edit: "V_th" is near "V_th_mV"), or "".
std::string nearest_name(std::string_view name, const std::vector<std::string>& candidates);

/// `file:line:column: /path: message (value …, allowed …; did you mean "…"?)`: the form printed to people.
std::string describe(const Error& error);

}  // namespace spikeloom
