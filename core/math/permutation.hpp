// A keyed bijection on [0, n): draws K distinct partners of N as the images of 0 ... K - 1, without memory of those before.
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <vector>

namespace spikeloom {

/// Small n (up to 256): a shuffled table, so that all n! orders are equally likely. Larger n, up to 2^48: a Feistel network of
/// ten half rounds on pairs (left, right) with left < rows and right < columns, where rows x columns exceeds n by less than
/// sqrt(n); what falls outside [0, n) goes round again, which keeps it a bijection.
class Permutation {
 public:
  Permutation(std::uint64_t key, std::uint64_t n);

  /// The image of i < n.
  std::uint64_t operator()(std::uint64_t i) const {
    if (!table_.empty()) return table_[static_cast<std::size_t>(i)];
    do i = round_trip(i);
    while (i >= n_);
    return i;
  }

 private:
  static constexpr int half_rounds = 10;

  /// A number below `range` from a number and a round key.
  static std::uint64_t scatter(std::uint64_t x, std::uint64_t round_key, std::uint64_t range) {
    __extension__ using Wide = unsigned __int128;
    x = (x ^ round_key) * 0x9e3779b97f4a7c15ULL;
    x = (x ^ (x >> 32)) * 0xd6e8feb86659fd93ULL;
    return static_cast<std::uint64_t>((static_cast<Wide>(x) * range) >> 64);
  }
  /// x modulo range, for x below 2 range; as a minimum, since no branch could be foreseen.
  static std::uint64_t wrapped(std::uint64_t x, std::uint64_t range) { return std::min(x, x - range); }

  std::uint64_t round_trip(std::uint64_t i) const {
    std::uint64_t left = i / columns_, right = i % columns_;
    for (int r = 0; r < half_rounds; r += 2) {
      left = wrapped(left + scatter(right, round_keys_[r], rows_), rows_);
      right = wrapped(right + scatter(left, round_keys_[r + 1], columns_), columns_);
    }
    return left * columns_ + right;
  }

  std::uint64_t n_, rows_ = 1, columns_ = 1;
  std::uint64_t round_keys_[half_rounds] = {};
  std::vector<std::uint8_t> table_;
};

}  // namespace spikeloom
