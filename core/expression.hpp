// Arithmetic texts such as "-65+15*r^2" become functions of named numbers, with the same bits on every machine.
#pragma once

#include <cstddef>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "core/network.hpp"
#include "core/value.hpp"

namespace spikeloom {

/// One expression, ready to be evaluated many times. Knows + - * / ^ ( ), sqrt exp log min max round floor ceil abs, pi.
/// evaluate() writes to the object's own variables, so an object belongs to one thread at a time; a copy is independent.
class CompiledExpression {
 public:
  /// `names` are the variables it may use (it need not use them all); of equal names the first counts, so list the nearest
  /// scope first. Throws Error("expression") with the text and the position, for an unknown name also the nearest one.
  CompiledExpression(const std::string& text, const std::vector<std::string>& names, const Where& where = {});
  CompiledExpression(const CompiledExpression& other);
  CompiledExpression(CompiledExpression&&) noexcept;
  CompiledExpression& operator=(CompiledExpression other) noexcept;
  ~CompiledExpression();

  /// Indices into `names` of the variables that occur, ascending. Empty: a constant.
  const std::vector<std::size_t>& used() const;
  /// `values` in the order of `names`; only the used ones are read. Throws Error("expression") where the result is not finite.
  double evaluate(const double* values);
  /// The same with `values[k]` of variable used()[k] only.
  double evaluate_used(const double* values);
  const std::string& text() const;

 private:
  struct Machine;
  std::unique_ptr<Machine> machine_;
};

/// The names that occur in `text`, sorted, each once (functions and pi left out). Throws Error("expression").
std::vector<std::string> variables(const std::string& text, const Where& where = {});

/// Letters, digits and '_', not starting with a digit, and neither pi nor the name of a function.
bool is_variable_name(const std::string& name);

/// Fix named numbers that may be expressions of each other, in any order. Throws Error("expression") for a circle (named),
/// for an unknown name, and where a value is neither a number nor an expression; "range" where a number is not finite.
std::map<std::string, double> resolve_parameters(const NamedValues& parameters);

}  // namespace spikeloom
