// The tree of binomial numbers behind split_multinomial, walked whole or along one path.
#include "core/math/multinomial.hpp"

#include <algorithm>
#include <bit>
#include <string>

#include "core/errors.hpp"
#include "core/math/binomial.hpp"

namespace spikeloom {

namespace {

struct Node {
  std::uint32_t level;
  std::uint64_t index;
  std::uint64_t balls;

  std::uint64_t begin() const { return index << level; }
  std::uint64_t middle() const { return (2 * index + 1) << (level - 1); }
  std::uint64_t end() const { return (index + 1) << level; }
};

class Tree {
 public:
  Tree(const Cells& cells, std::uint64_t key) : cells_(cells), key_(key), count_(cells.count()) {}

  /// The smallest node that holds all cells.
  Node root(std::uint64_t total) const {
    const auto level = static_cast<std::uint32_t>(count_ > 1 ? std::bit_width(count_ - 1) : 0);
    return {level, 0, cells_.weight(0, count_) > 0 ? total : 0};
  }

  Node left(const Node& node) const {
    const std::uint64_t all = weight(node.begin(), node.end()), half = weight(node.begin(), node.middle());
    std::uint64_t balls = half == all ? node.balls : 0;
    if (half != 0 && half != all) {
      RandomStream stream(key_, node.level, static_cast<std::uint32_t>(node.index), static_cast<std::uint32_t>(node.index >> 32));
      balls = cells_.distinct ? hypergeometric(stream, half, all - half, node.balls)
                              : binomial(stream, node.balls, static_cast<double>(half) / static_cast<double>(all));
    }
    return {node.level - 1, 2 * node.index, balls};
  }
  static Node right(const Node& node, const Node& left) { return {left.level, left.index + 1, node.balls - left.balls}; }

  void fill(const Node& node, std::vector<std::uint32_t>& counts) const {
    if (node.balls == 0) return;
    if (node.level == 0) {
      if (node.balls > 0xffffffffu) {
        throw Error("limit", {}, "one cell gets " + std::to_string(node.balls) + " of the total, more than 4294967295",
                    Exit::refused);
      }
      counts[static_cast<std::size_t>(node.index)] = static_cast<std::uint32_t>(node.balls);
      return;
    }
    const Node first = left(node);
    fill(first, counts);
    fill(right(node, first), counts);
  }

 private:
  std::uint64_t weight(std::uint64_t begin, std::uint64_t end) const {
    return cells_.weight(std::min(begin, count_), std::min(end, count_));
  }

  Cells cells_;
  std::uint64_t key_, count_;
};

}  // namespace

std::uint64_t Cells::weight(std::uint64_t begin, std::uint64_t end) const {
  const auto item = [this](std::uint64_t cell) { return cell > items / block ? items : std::min(cell * block, items); };
  const std::uint64_t first = item(begin), last = item(end);
  return last - first - (excluded >= first && excluded < last ? 1 : 0);
}

std::vector<std::uint32_t> split_multinomial(std::uint64_t total, const Cells& cells, std::uint64_t key) {
  if (cells.count() > std::uint64_t{1} << 32) {
    throw Error("limit", {}, "more than 4294967296 cells to share a total", Exit::refused);
  }
  const Tree tree(cells, key);
  std::vector<std::uint32_t> counts(static_cast<std::size_t>(cells.count()), 0);
  if (!counts.empty()) tree.fill(tree.root(total), counts);
  return counts;
}

std::vector<std::uint32_t> split_multinomial(std::uint64_t total, std::uint64_t cells, std::uint64_t key) {
  return split_multinomial(total, Cells{cells}, key);
}

std::uint64_t split_node(std::uint64_t total, const Cells& cells, std::uint64_t key, std::uint32_t level, std::uint64_t index) {
  const Tree tree(cells, key);
  Node node = tree.root(total);
  if (level >= node.level) return index == 0 ? node.balls : 0;
  if (index >> (node.level - level) != 0) return 0;
  while (node.level > level && node.balls > 0) {
    const Node first = tree.left(node);
    const bool go_right = (index >> (node.level - 1 - level)) & 1u;
    node = go_right ? Tree::right(node, first) : first;
  }
  return node.balls;
}

std::uint64_t split_prefix(std::uint64_t total, const Cells& cells, std::uint64_t key, std::uint64_t end) {
  const Tree tree(cells, key);
  Node node = tree.root(total);
  if (end >= cells.count()) return node.balls;
  std::uint64_t before = 0;
  while (node.level > 0 && node.balls > 0) {
    const Node first = tree.left(node);
    const bool go_right = end >= node.middle();
    if (go_right) before += first.balls;
    node = go_right ? Tree::right(node, first) : first;
  }
  return before;
}

}  // namespace spikeloom
