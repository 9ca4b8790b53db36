// One depth-first search finds a circle, another one the order.
#include "core/dependence.hpp"

#include <algorithm>
#include <boost/graph/depth_first_search.hpp>
#include <boost/graph/topological_sort.hpp>

namespace spikeloom {
namespace {

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

}  // namespace

Ordered in_order(const Dependence& graph) {
  Ordered result;
  std::vector<std::size_t> parent(num_vertices(graph));
  boost::depth_first_search(graph, boost::visitor(CircleFinder(parent, result.circle)));
  if (result.circle.empty()) boost::topological_sort(graph, std::back_inserter(result.order));
  return result;
}

std::string circle_text(const std::vector<std::size_t>& circle, const std::vector<std::string>& names) {
  std::string text;
  for (std::size_t k = 0; k < std::min<std::size_t>(circle.size(), 20); ++k) text += names[circle[k]] + " -> ";
  return text + (circle.size() > 20 ? "... -> " : "") + names[circle[0]];
}

}  // namespace spikeloom
