// Named numbers that are expressions of each other, brought into an order in which they can be evaluated.
#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "core/dependence.hpp"
#include "core/expression.hpp"

namespace spikeloom {
namespace {

void check_kinds(const NamedValues& parameters) {
  for (const auto& [name, value] : parameters) {
    const double* number = std::get_if<double>(&value.form);
    if (number == nullptr && !std::holds_alternative<Expression>(value.form)) {
      throw Error("expression", value.where, fmt::format("the parameter \"{}\" must be one number", name))
          .with_allowed("a number or an \"=expression\"");
    }
    if (number != nullptr && !std::isfinite(*number)) {
      throw Error("range", value.where, fmt::format("the parameter \"{}\" is not finite", name)).with_allowed("finite numbers");
    }
  }
}

}  // namespace

std::map<std::string, double> resolve_parameters(const NamedValues& parameters) {
  check_kinds(parameters);
  std::vector<std::string> names;
  for (const auto& [name, value] : parameters) names.push_back(name);
  std::vector<std::unique_ptr<CompiledExpression>> expressions(names.size());
  Dependence graph(names.size());
  for (std::size_t k = 0; k < names.size(); ++k) {
    const Value& value = parameters.at(names[k]);
    const auto* expression = std::get_if<Expression>(&value.form);
    if (expression == nullptr) continue;
    expressions[k] = std::make_unique<CompiledExpression>(expression->text, names, value.where);
    for (const std::size_t other : expressions[k]->used()) add_edge(k, other, graph);
  }
  const auto [order, circle] = in_order(graph);
  if (!circle.empty()) {
    const std::string& first = names[circle[0]];
    const std::string path = circle_text(circle, names);
    throw Error("expression", parameters.at(first).where, fmt::format("the parameter \"{}\" depends on itself: {}", first, path))
        .with_value(path);
  }
  std::vector<double> values(names.size());
  std::map<std::string, double> result;
  for (const std::size_t k : order) {
    values[k] = expressions[k] ? expressions[k]->evaluate(values.data()) : std::get<double>(parameters.at(names[k]).form);
    result[names[k]] = values[k];
  }
  return result;
}

}  // namespace spikeloom
