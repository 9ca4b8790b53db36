// How a hash is shown to people and programs.
#include "core/run/hash.hpp"

namespace spikeloom {

std::string Hash128::hex() const {
  std::string text(32, '0');
  for (int i = 0; i < 32; ++i) {
    const std::uint64_t word = i < 16 ? high : low;
    text[static_cast<std::size_t>(i)] = "0123456789abcdef"[(word >> (60 - 4 * (i % 16))) & 15];
  }
  return text;
}

}  // namespace spikeloom
