// A plain random generator for tests that choose: the same seed gives the same choices everywhere.
#pragma once

#include <cstdint>
#include <utility>
#include <vector>

#include "core/run/hash.hpp"

namespace spikeloom::testing {

class Dice {
 public:
  explicit Dice(std::uint64_t seed) : state_(mix64(seed + 1)) {}

  std::uint64_t next() { return mix64(state_ += 0x9e3779b97f4a7c15ULL); }
  std::uint64_t below(std::uint64_t n) { return next() % n; }
  std::uint32_t below32(std::uint64_t n) { return static_cast<std::uint32_t>(below(n)); }
  bool chance(double p) { return real(0, 1) < p; }
  double real(double low, double high) { return low + (high - low) * 0x1p-53 * static_cast<double>(next() >> 11); }
  /// With two decimals, as people write numbers.
  double rounded(double low, double high) { return static_cast<double>(static_cast<std::int64_t>(100 * real(low, high))) / 100; }
  template <class List>
  const auto& pick(const List& list) {
    return list[below(list.size())];
  }
  template <class T>
  void shuffle(std::vector<T>& list) {
    for (std::size_t i = list.size(); i > 1; --i) std::swap(list[i - 1], list[below(i)]);
  }

 private:
  std::uint64_t state_;
};

}  // namespace spikeloom::testing
