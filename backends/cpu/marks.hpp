// Which cells have something to do: a set that an epoch fills in any order and reads in that of the cells.
#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

namespace spikeloom::cpu {

/// A set of cells that gives them back in order, at the cost of its members and next to nothing for the others.
class Marks {
 public:
  explicit Marks(std::size_t size) : words_(size / 64 + 1), groups_(size / 4096 + 1) {}
  void add(std::uint32_t i) {
    words_[i / 64] |= std::uint64_t{1} << (i % 64);
    groups_[i / 4096] |= std::uint64_t{1} << (i / 64 % 64);
  }
  void take(std::vector<std::uint32_t>& out) {
    out.clear();
    for (std::size_t g = 0; g < groups_.size(); ++g)
      for (; groups_[g] != 0; groups_[g] &= groups_[g] - 1) {
        const std::size_t w = 64 * g + static_cast<std::size_t>(__builtin_ctzll(groups_[g]));
        for (; words_[w] != 0; words_[w] &= words_[w] - 1)
          out.push_back(static_cast<std::uint32_t>(64 * w) + static_cast<std::uint32_t>(__builtin_ctzll(words_[w])));
      }
  }

 private:
  std::vector<std::uint64_t> words_, groups_;
};

}  // namespace spikeloom::cpu
