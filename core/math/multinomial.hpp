// Balls in cells: fixed totals split over many cells by a binary tree of binomial numbers, any part of it without the rest.
//
// Node (level, index) holds the cells [index 2^level, (index + 1) 2^level). Its balls fall into its left half with the share
// of the weight found there; the number comes from the stream (key; level, index low, index high). So every node has one number,
// however it is reached, and the counts have the multinomial law (where items are distinct: the multivariate hypergeometric).
#pragma once

#include <cstdint>
#include <vector>

namespace spikeloom {

/// Cells of equal weight, or blocks of `block` items each with a shorter last block, and perhaps one item that is left out.
struct Cells {
  static constexpr std::uint64_t none = ~std::uint64_t{0};

  std::uint64_t items = 0;
  std::uint64_t block = 1;
  std::uint64_t excluded = none;  ///< an item that gets nothing (no autapse)
  bool distinct = false;          ///< an item gets at most one ball

  std::uint64_t count() const { return items / block + (items % block != 0 ? 1 : 0); }
  /// The number of items in the cells [begin, end), the excluded one not counted.
  std::uint64_t weight(std::uint64_t begin, std::uint64_t end) const;
};

/// The count of every cell. Throws Error("limit") if the number of cells is past 2^32 or a cell holds 2^32 balls or more;
/// if all weight is 0, nobody gets anything.
std::vector<std::uint32_t> split_multinomial(std::uint64_t total, const Cells& cells, std::uint64_t key);
std::vector<std::uint32_t> split_multinomial(std::uint64_t total, std::uint64_t cells, std::uint64_t key);

/// The balls in the cells of node (level, index): one cell for level 0.
std::uint64_t split_node(std::uint64_t total, const Cells& cells, std::uint64_t key, std::uint32_t level, std::uint64_t index);

/// The balls in the cells [0, end).
std::uint64_t split_prefix(std::uint64_t total, const Cells& cells, std::uint64_t key, std::uint64_t end);

}  // namespace spikeloom
