// Named things that depend on each other, put into an order in which they can be evaluated; or the circle that forbids it.
#pragma once

#include <boost/graph/adjacency_list.hpp>
#include <cstddef>
#include <string>
#include <vector>

namespace spikeloom {

/// An edge leads from what depends to what it depends on.
using Dependence = boost::adjacency_list<boost::vecS, boost::vecS, boost::directedS>;

struct Ordered {
  std::vector<std::size_t> order;   ///< each after all it depends on; among free ones by number
  std::vector<std::size_t> circle;  ///< each depends on the next, the last on the first; empty: there is none, and an order
};
Ordered in_order(const Dependence& graph);

/// "a -> b -> a", shortened where it is long.
std::string circle_text(const std::vector<std::size_t>& circle, const std::vector<std::string>& names);

}  // namespace spikeloom
