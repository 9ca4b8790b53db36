// How a user gives a number per neuron or per synapse: constant, expression, array, distribution or file column.
#pragma once

#include <cstddef>
#include <cstdint>
#include <initializer_list>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <variant>
#include <vector>

#include "core/errors.hpp"

namespace spikeloom {

struct Value;

/// An arithmetic text such as "-65+15*r^2" (without the leading '=').
struct Expression {
  std::string text;
};

/// A column of a .csv or .npy file; the path is relative to the network file.
struct FileColumn {
  std::string file;
  std::string column;  ///< csv only
};

/// A probability law; its arguments are Values themselves, and usually constants.
struct Distribution {
  enum class Law { uniform, normal, lognormal, exponential, gamma, log_uniform, uniform_int, mixture };
  Law law = Law::uniform;
  std::vector<Value> arguments;  ///< uniform a b | normal mean sd | lognormal mean sd (of the value) | exponential mean |
                                 ///< gamma mean shape | log_uniform a b | uniform_int a b | mixture share value share value ...
  std::vector<Value> bounds;     ///< normal only: empty, or {min, max}; an absent side is -inf or +inf
  bool clip = false;             ///< normal only: clip to the bounds instead of drawing again
};

/// A number per neuron, synapse or projection, not yet fixed. Implicit from double, so that C++ descriptions read well.
struct Value {
  using Form = std::variant<double, Expression, std::vector<double>, Distribution, FileColumn>;

  Value() : form(0.0) {}
  Value(double number) : form(number) {}                               // NOLINT(google-explicit-constructor)
  Value(Expression expression) : form(std::move(expression)) {}        // NOLINT(google-explicit-constructor)
  Value(std::vector<double> numbers) : form(std::move(numbers)) {}     // NOLINT(google-explicit-constructor)
  Value(Distribution distribution) : form(std::move(distribution)) {}  // NOLINT(google-explicit-constructor)
  Value(FileColumn column) : form(std::move(column)) {}                // NOLINT(google-explicit-constructor)

  bool is_number() const { return std::holds_alternative<double>(form); }

  Form form;
  Where where;  ///< empty path: written in C++; then the compiler names the place
};

// Short forms for C++ descriptions.
inline Value expr(std::string text) { return Expression{std::move(text)}; }
inline Value uniform(Value a, Value b) {
  return Distribution{Distribution::Law::uniform, {std::move(a), std::move(b)}, {}, false};
}
inline Value normal(Value mean, Value sd) {
  return Distribution{Distribution::Law::normal, {std::move(mean), std::move(sd)}, {}, false};
}
/// Normal, drawn again outside [min, max] (or clipped).
inline Value normal(Value mean, Value sd, Value min, Value max, bool clip = false) {
  return Distribution{Distribution::Law::normal, {std::move(mean), std::move(sd)}, {std::move(min), std::move(max)}, clip};
}
inline Value lognormal(Value mean, Value sd) {
  return Distribution{Distribution::Law::lognormal, {std::move(mean), std::move(sd)}, {}, false};
}
inline Value exponential(Value mean) { return Distribution{Distribution::Law::exponential, {std::move(mean)}, {}, false}; }
inline Value gamma(Value mean, Value shape) {
  return Distribution{Distribution::Law::gamma, {std::move(mean), std::move(shape)}, {}, false};
}
inline Value log_uniform(Value a, Value b) {
  return Distribution{Distribution::Law::log_uniform, {std::move(a), std::move(b)}, {}, false};
}
inline Value uniform_int(Value a, Value b) {
  return Distribution{Distribution::Law::uniform_int, {std::move(a), std::move(b)}, {}, false};
}

}  // namespace spikeloom
