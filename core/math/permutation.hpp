// A keyed bijection on [0, n): draws K distinct partners of N as the images of 0 ... K - 1, without memory of those before.
#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

#include "core/math/feistel.hpp"

namespace spikeloom {

/// Small n (up to 256): a shuffled table, so that all n! orders are equally likely. Larger n, up to 2^48: a Feistel network.
class Permutation {
 public:
  Permutation(std::uint64_t key, std::uint64_t n);

  /// The image of i < n.
  std::uint64_t operator()(std::uint64_t i) const { return table_.empty() ? feistel_(i) : table_[static_cast<std::size_t>(i)]; }
  /// The images of first ... first + count - 1, many at a time; n is at most 2^32. Room for a multiple of 16.
  void images(std::uint64_t first, std::uint32_t count, std::uint32_t* out) const;

 private:
  Feistel feistel_;
  std::vector<std::uint8_t> table_;
};

/// `count` distinct numbers below n <= 2^32, every choice of them equally likely, in random order. Room for a multiple of 16.
void draw_distinct(std::uint64_t key, std::uint64_t n, std::uint32_t count, std::uint32_t* out);

}  // namespace spikeloom
