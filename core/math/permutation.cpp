// Set-up of a keyed permutation: round keys, or a shuffled table where n is small.
#include "core/math/permutation.hpp"

#include <cassert>
#include <cmath>
#include <utility>

#include "core/math/stream.hpp"

namespace spikeloom {

namespace {

constexpr std::uint64_t table_limit = 256;

/// Fisher and Yates' shuffle of 0 ... n - 1.
std::vector<std::uint8_t> shuffled(RandomStream& stream, std::uint64_t n) {
  std::vector<std::uint8_t> table(static_cast<std::size_t>(n));
  for (std::size_t i = 0; i < table.size(); ++i) {
    const auto j = static_cast<std::size_t>((std::uint64_t{stream.next32()} * (i + 1)) >> 32);
    table[i] = table[j];
    table[j] = static_cast<std::uint8_t>(i);
  }
  return table;
}

}  // namespace

Permutation::Permutation(std::uint64_t key, std::uint64_t n) : n_(n) {
  assert(n <= std::uint64_t{1} << 48);
  RandomStream stream(key, 0, 0, 0x7065726du);
  if (n <= table_limit) {
    table_ = shuffled(stream, n);
    return;
  }
  rows_ = static_cast<std::uint64_t>(std::sqrt(static_cast<double>(n)));
  columns_ = (n + rows_ - 1) / rows_;
  for (std::uint64_t& round_key : round_keys_) round_key = stream.next64();
}

}  // namespace spikeloom
