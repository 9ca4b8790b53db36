// Set-up of a keyed permutation: round keys, or a shuffled table where n is small.
#include "core/math/permutation.hpp"

#include <algorithm>
#include <cassert>
#include <cmath>
#include <numeric>
#include <utility>

#include "core/math/random_kernel.hpp"
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

RandomStream words_of(std::uint64_t key) { return {key, 0, 0, 0x7065726du}; }

Feistel large(RandomStream& stream, std::uint64_t n) {
  Feistel feistel;
  feistel.n = n;
  feistel.rows = static_cast<std::uint64_t>(std::sqrt(static_cast<double>(n)));
  feistel.columns = (n + feistel.rows - 1) / feistel.rows;
  for (std::uint64_t& round_key : feistel.round_keys) round_key = stream.next64();
  return feistel;
}

}  // namespace

Permutation::Permutation(std::uint64_t key, std::uint64_t n) {
  assert(n <= std::uint64_t{1} << 48);
  RandomStream stream = words_of(key);
  if (n <= table_limit) table_ = shuffled(stream, n);
  else feistel_ = large(stream, n);
}

void Permutation::images(std::uint64_t first, std::uint32_t count, std::uint32_t* out) const {
  if (table_.empty()) return random_kernels().permuted(feistel_, first, count, out);
  std::copy_n(table_.begin() + static_cast<std::ptrdiff_t>(first), count, out);
}

void draw_distinct(std::uint64_t key, std::uint64_t n, std::uint32_t count, std::uint32_t* out) {
  assert(count <= n);
  RandomStream stream = words_of(key);
  if (n > table_limit) return random_kernels().permuted(large(stream, n), 0, count, out);
  // The beginning of Fisher and Yates' shuffle.
  std::uint8_t table[table_limit];
  std::iota(table, table + n, std::uint8_t{0});
  for (std::uint32_t k = 0; k < count; ++k) {
    const auto at = k + static_cast<std::size_t>((std::uint64_t{stream.next32()} * (n - k)) >> 32);
    out[k] = table[at];
    table[at] = table[k];
  }
}

}  // namespace spikeloom
