// The bijection behind large permutations, as plain numbers that kernels can hold.
#pragma once

#include <cstdint>

#include "core/kernel.hpp"

namespace spikeloom {

/// Ten half rounds on pairs (left, right) with left < rows and right < columns, where rows x columns exceeds n <= 2^48 by less
/// than sqrt(n); what falls outside [0, n) goes round again, which keeps it a bijection.
struct Feistel {
  static constexpr int half_rounds = 10;
  static constexpr std::uint64_t first_factor = 0x9e3779b97f4a7c15ULL, second_factor = 0xd6e8feb86659fd93ULL;

  std::uint64_t n = 0, rows = 1, columns = 1;
  std::uint64_t round_keys[half_rounds] = {};

  SPIKELOOM_INLINE std::uint64_t once(std::uint64_t i) const {
    std::uint64_t left = i / columns, right = i % columns;
    for (int r = 0; r < half_rounds; r += 2) {
      left = wrapped(left + scatter(right, round_keys[r], rows), rows);
      right = wrapped(right + scatter(left, round_keys[r + 1], columns), columns);
    }
    return left * columns + right;
  }
  /// Goes round until within [0, n).
  SPIKELOOM_INLINE std::uint64_t operator()(std::uint64_t i) const {
    do i = once(i);
    while (i >= n);
    return i;
  }

 private:
  /// A number below `range` from a number and a round key.
  SPIKELOOM_INLINE static std::uint64_t scatter(std::uint64_t x, std::uint64_t round_key, std::uint64_t range) {
    __extension__ using Wide = unsigned __int128;
    x = (x ^ round_key) * first_factor;
    x = (x ^ (x >> 32)) * second_factor;
    return static_cast<std::uint64_t>((static_cast<Wide>(x) * range) >> 64);
  }
  /// x modulo range, for x below 2 range; as a minimum, since no branch could be foreseen.
  SPIKELOOM_INLINE static std::uint64_t wrapped(std::uint64_t x, std::uint64_t range) { return x - range < x ? x - range : x; }
};

}  // namespace spikeloom
