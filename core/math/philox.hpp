// Counter-based random numbers: Philox4x32-10 (Salmon et al. 2011, doi:10.1145/2063384.2063405), keyed by names.
#pragma once

#include <array>
#include <cstdint>
#include <string_view>

#include "core/kernel.hpp"

namespace spikeloom {

using RandomBlock = std::array<std::uint32_t, 4>;

/// What a stream of random numbers is for; part of its key, never reordered.
enum class Purpose : std::uint32_t {
  parameter = 1,     ///< population values and draws: counter (cell, -, -, -)
  degree = 2,        ///< numbers of synapses: counter (node or cell, draw, -, -)
  synapse = 3,       ///< one block per synapse: word 0 partner, 1 weight, 2 delay; counter (k low, k high, row, -)
  synapse_draw = 4,  ///< named draws and slow laws of a synapse
  poisson = 5,       ///< private Poisson input
  source = 6,        ///< Poisson sources
  noise = 7,         ///< noise currents: counter (cell / 4, -, step low, step high)
  trial = 8,
};

/// FNV-1a of a name, mixed; part of every key.
constexpr std::uint64_t name_key(std::string_view name) {
  std::uint64_t h = 0xcbf29ce484222325ULL;
  for (const char c : name) h = (h ^ static_cast<unsigned char>(c)) * 0x100000001b3ULL;
  return h;
}

/// 64-bit Philox key of a stream.
constexpr std::uint64_t stream_key(std::uint64_t seed, Purpose purpose, std::uint64_t name, std::uint64_t name2 = 0) {
  const auto mix = [](std::uint64_t x) {
    x = (x ^ (x >> 30)) * 0xbf58476d1ce4e5b9ULL;
    x = (x ^ (x >> 27)) * 0x94d049bb133111ebULL;
    return x ^ (x >> 31);
  };
  return mix(mix(mix(mix(seed + 0x9e3779b97f4a7c15ULL) ^ static_cast<std::uint64_t>(purpose)) ^ name) + name2);
}

/// One block of four 32-bit words.
SPIKELOOM_INLINE constexpr RandomBlock philox(std::uint64_t key, std::uint32_t c0, std::uint32_t c1, std::uint32_t c2,
                                              std::uint32_t c3) {
  std::uint32_t k0 = static_cast<std::uint32_t>(key), k1 = static_cast<std::uint32_t>(key >> 32);
  for (int round = 0; round < 10; ++round) {
    const std::uint64_t p0 = std::uint64_t{0xD2511F53u} * c0, p1 = std::uint64_t{0xCD9E8D57u} * c2;
    const std::uint32_t n0 = static_cast<std::uint32_t>(p1 >> 32) ^ c1 ^ k0, n2 = static_cast<std::uint32_t>(p0 >> 32) ^ c3 ^ k1;
    c1 = static_cast<std::uint32_t>(p1);
    c3 = static_cast<std::uint32_t>(p0);
    c0 = n0;
    c2 = n2;
    k0 += 0x9E3779B9u;
    k1 += 0xBB67AE85u;
  }
  return {c0, c1, c2, c3};
}

/// Uniform in (0, 1), 2^-32 apart, never 0 or 1.
SPIKELOOM_INLINE constexpr double unit(std::uint32_t word) { return (word + 0.5) * 0x1p-32; }
/// Uniform in (0, 1), 2^-52 apart and symmetric: with one bit more, the largest would round to 1.
SPIKELOOM_INLINE constexpr double unit53(std::uint32_t high, std::uint32_t low) {
  return (static_cast<double>(((std::uint64_t{high} << 32) | low) >> 12) + 0.5) * 0x1p-52;
}

}  // namespace spikeloom
