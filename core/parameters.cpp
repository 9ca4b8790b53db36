// Named numbers that are expressions of each other, brought into an order in which they can be evaluated.
#include <fmt/format.h>

#include <algorithm>
#include <boost/graph/adjacency_list.hpp>
#include <boost/graph/depth_first_search.hpp>
#include <boost/graph/topological_sort.hpp>
#include <cmath>

#include "core/expression.hpp"

namespace spikeloom {
namespace {

using Dependence = boost::adjacency_list<boost::vecS, boost::vecS, boost::directedS>;

/// Remembers how the search came to each vertex, so that the first backward edge yields its circle.
struct CircleFinder : boost::default_dfs_visitor {
  std::vector<std::size_t>& parent;
  std::vector<std::size_t>& circle;
  CircleFinder(std::vector<std::size_t>& parents, std::vector<std::size_t>& found) : parent(parents), circle(found) {}

  void tree_edge(Dependence::edge_descriptor edge, const Dependence& graph) { parent[target(edge, graph)] = source(edge, graph); }
  void back_edge(Dependence::edge_descriptor edge, const Dependence& graph) {
    if (!circle.empty()) return;
    const std::size_t first = target(edge, graph);
    for (std::size_t at = source(edge, graph); at != first; at = parent[at]) circle.push_back(at);
    circle.push_back(first);
    std::reverse(circle.begin(), circle.end());
  }
};

[[noreturn]] void report_circle(const Dependence& graph, const std::vector<std::string>& names, const NamedValues& parameters) {
  std::vector<std::size_t> parent(names.size()), circle;
  boost::depth_first_search(graph, boost::visitor(CircleFinder(parent, circle)));
  std::string path;
  for (std::size_t k = 0; k < std::min<std::size_t>(circle.size(), 20); ++k) path += names[circle[k]] + " -> ";
  path += circle.size() > 20 ? "... -> " + names[circle[0]] : names[circle[0]];
  const std::string& first = names[circle[0]];
  throw Error("expression", parameters.at(first).where, fmt::format("the parameter \"{}\" depends on itself: {}", first, path))
      .with_value(path);
}

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
  std::vector<std::size_t> order;  // a name comes after all it depends on
  try {
    boost::topological_sort(graph, std::back_inserter(order));
  } catch (const boost::not_a_dag&) { report_circle(graph, names, parameters); }
  std::vector<double> values(names.size());
  std::map<std::string, double> result;
  for (const std::size_t k : order) {
    values[k] = expressions[k] ? expressions[k]->evaluate(values.data()) : std::get<double>(parameters.at(names[k]).form);
    result[names[k]] = values[k];
  }
  return result;
}

}  // namespace spikeloom
