// Hashes that do not depend on the order in which things are added: sums of well-mixed 128-bit words.
#pragma once

#include <bit>
#include <cstdint>
#include <limits>
#include <string>

namespace spikeloom {

/// 128 bits, printed as 32 hex digits. Sums of mixed words: independent of the order of what was added.
struct Hash128 {
  std::uint64_t high = 0, low = 0;
  friend bool operator==(const Hash128&, const Hash128&) = default;
  std::string hex() const;
};

/// Final mixing step of splitmix64 (Steele, Lea and Flood 2014, doi:10.1145/2714064.2660195).
constexpr std::uint64_t mix64(std::uint64_t x) {
  x = (x ^ (x >> 30)) * 0xbf58476d1ce4e5b9ULL;
  x = (x ^ (x >> 27)) * 0x94d049bb133111ebULL;
  return x ^ (x >> 31);
}

/// Add one fact (a, b, c) to a hash. Commutes with every other addition.
constexpr void hash_add(Hash128& hash, std::uint64_t a, std::uint64_t b, std::uint64_t c) {
  const std::uint64_t x = mix64(mix64(mix64(a + 0x9e3779b97f4a7c15ULL) ^ b) ^ c);
  const std::uint64_t low = mix64(x ^ 0xd1b54a32d192ed03ULL), high = mix64(x + 0x8cb92ba72f3d8dd7ULL);
  hash.low += low;
  hash.high += high + (hash.low < low ? 1 : 0);
}

/// A spike: (population key, cell, label step).
constexpr void hash_spike(Hash128& hash, std::uint64_t population_key, std::uint32_t cell, std::int64_t step) {
  hash_add(hash, population_key, cell, static_cast<std::uint64_t>(step));
}

/// A spike of an exact cell: step and offset; on the grid it is that of a stepped cell.
constexpr void hash_exact_spike(Hash128& hash, std::uint64_t population_key, std::uint32_t cell, std::int64_t step,
                                double offset_ms) {
  const std::uint64_t within = offset_ms == 0 ? 0 : mix64(std::bit_cast<std::uint64_t>(offset_ms));
  hash_add(hash, population_key, cell, static_cast<std::uint64_t>(step) ^ within);
}

/// The value itself, or the one NaN that stands for all: sign and payload of a NaN depend on compiler and instruction set.
template <class Real>
constexpr Real same_nan(Real value) {
  return value != value ? std::numeric_limits<Real>::quiet_NaN() : value;
}

/// A state value: (population key, state index and cell, bits of the run's number type; -0 counts as 0, all NaN as one).
template <class Real>
constexpr void hash_state(Hash128& hash, std::uint64_t population_key, std::uint32_t state, std::uint32_t cell, Real value) {
  const Real v = value == 0 ? Real(0) : same_nan(value);
  std::uint64_t bits = 0;
  if constexpr (sizeof(Real) == 4) bits = std::bit_cast<std::uint32_t>(v);
  else bits = std::bit_cast<std::uint64_t>(v);
  hash_add(hash, population_key ^ 0x5bd1e995a3c59ac3ULL, (std::uint64_t{state} << 32) | cell, bits);
}

/// One end of a synapse: a cell of a population or source by the hash of its name, at the target with the receptor.
constexpr std::uint64_t hash_end(std::uint64_t name, std::uint32_t cell, std::uint32_t receptor = 0) {
  return mix64(mix64(name + 0x6a09e667f3bcc909ULL) ^ (std::uint64_t{receptor} << 32 | cell));
}

/// The weights of static synapses: a sum of one well-mixed word per synapse, so that any layout can be walked in any order.
struct WeightHash {
  std::uint64_t low = 0, high = 0;

  /// `q` on the receptor's grid.
  constexpr void add(std::uint64_t sender, std::uint64_t target, std::int64_t q) {
    const std::uint64_t x = (sender ^ std::rotl(target, 32)) * (2 * static_cast<std::uint64_t>(q) + 1);
    low += x ^ (x >> 29);
    high += (x ^ (x >> 32)) * 0x9e3779b97f4a7c15ULL;
  }
  constexpr WeightHash& operator+=(const WeightHash& other) {
    low += other.low, high += other.high;
    return *this;
  }
  constexpr void into(Hash128& hash) const { hash_add(hash, low, high, 0x3c6ef372fe94f82bULL); }
};

}  // namespace spikeloom
