// A sequence of random words for laws that take a varying number of them: word 0 of the counter walks, the others name it.
#pragma once

#include "core/math/philox.hpp"

namespace spikeloom {

/// A key below a key: one per index, for families of streams that use all of their counter.
constexpr std::uint64_t sub_key(std::uint64_t key, std::uint64_t index) {
  const RandomBlock block =
      philox(key, static_cast<std::uint32_t>(index), static_cast<std::uint32_t>(index >> 32), 0x6b657973u, 0);
  return (std::uint64_t{block[1]} << 32) | block[0];
}

class RandomStream {
 public:
  constexpr RandomStream(std::uint64_t key, std::uint32_t c1, std::uint32_t c2, std::uint32_t c3)
      : key_(key), c1_(c1), c2_(c2), c3_(c3) {}

  constexpr std::uint32_t next32() {
    if (used_ == 4) {
      block_ = philox(key_, counter_++, c1_, c2_, c3_);
      used_ = 0;
    }
    return block_[used_++];
  }
  constexpr std::uint64_t next64() {
    const std::uint64_t low = next32();
    return (std::uint64_t{next32()} << 32) | low;
  }
  /// Uniform in (0, 1), 2^-52 apart.
  constexpr double next53() {
    const std::uint32_t high = next32();
    return unit53(high, next32());
  }

 private:
  std::uint64_t key_;
  std::uint32_t c1_, c2_, c3_;
  std::uint32_t counter_ = 0;
  std::uint32_t used_ = 4;
  RandomBlock block_{};
};

}  // namespace spikeloom
