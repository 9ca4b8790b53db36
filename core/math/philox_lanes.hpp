// Philox for many counters side by side, as wide as the instruction set that the including file is compiled for.
//
// A register holds 64-bit lanes with a 32-bit number in each, so that one multiplication gives both halves of a product: the
// one operation that compilers do not find in plain loops. The upper halves of lanes may hold anything (products read lower
// halves only). Everything here is always inlined; include it only where nothing can be shared between instruction sets.
#pragma once

#if defined(__SSE2__)
#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wuninitialized"  // GCC 12 on its own _mm512_undefined
#ifndef __clang__
#pragma GCC diagnostic ignored "-Wmaybe-uninitialized"
#endif
#include <immintrin.h>
#pragma GCC diagnostic pop
#endif

#include <cstdint>

#include "core/kernel.hpp"

namespace spikeloom {

#if defined(__AVX512F__)
inline constexpr std::uint32_t wide_lanes = 8;
typedef std::uint64_t WideLanes __attribute__((vector_size(64)));
SPIKELOOM_INLINE WideLanes product(WideLanes a, WideLanes b) { return (WideLanes)_mm512_mul_epu32((__m512i)a, (__m512i)b); }
#elif defined(__AVX2__)
inline constexpr std::uint32_t wide_lanes = 4;
typedef std::uint64_t WideLanes __attribute__((vector_size(32)));
SPIKELOOM_INLINE WideLanes product(WideLanes a, WideLanes b) { return (WideLanes)_mm256_mul_epu32((__m256i)a, (__m256i)b); }
#elif defined(__SSE2__)
inline constexpr std::uint32_t wide_lanes = 2;
typedef std::uint64_t WideLanes __attribute__((vector_size(16)));
SPIKELOOM_INLINE WideLanes product(WideLanes a, WideLanes b) { return (WideLanes)_mm_mul_epu32((__m128i)a, (__m128i)b); }
#else
inline constexpr std::uint32_t wide_lanes = 2;
typedef std::uint64_t WideLanes __attribute__((vector_size(16)));
SPIKELOOM_INLINE WideLanes product(WideLanes a, WideLanes b) { return (a & 0xFFFFFFFFu) * (b & 0xFFFFFFFFu); }
#endif

/// `n` registers of counters (x0, x1, x2, x3) become words 0 to 3; more than one register hides the latency of the products.
template <std::uint32_t n>
SPIKELOOM_INLINE void philox_lanes(std::uint64_t key, WideLanes (&x0)[n], WideLanes (&x1)[n], WideLanes (&x2)[n],
                                   WideLanes (&x3)[n]) {
  const WideLanes m0 = WideLanes{} + 0xD2511F53u, m1 = WideLanes{} + 0xCD9E8D57u;
  std::uint32_t k0 = static_cast<std::uint32_t>(key), k1 = static_cast<std::uint32_t>(key >> 32);
  for (int round = 0; round < 10; ++round) {
    for (std::uint32_t r = 0; r < n; ++r) {
      const WideLanes p0 = product(x0[r], m0), p1 = product(x2[r], m1);
      x0[r] = (p1 >> 32) ^ x1[r] ^ k0;
      x2[r] = (p0 >> 32) ^ x3[r] ^ k1;
      x1[r] = p1;
      x3[r] = p0;
    }
    k0 += 0x9E3779B9u;
    k1 += 0xBB67AE85u;
  }
}

/// Of two registers of blocks, a with words 0 and 1 and b with words 2 and 3, the first and the second half of the blocks.
SPIKELOOM_INLINE void zip(WideLanes a, WideLanes b, WideLanes& first, WideLanes& second) {
#if defined(__AVX512F__)
  first = __builtin_shufflevector(a, b, 0, 8, 1, 9, 2, 10, 3, 11);
  second = __builtin_shufflevector(a, b, 4, 12, 5, 13, 6, 14, 7, 15);
#elif defined(__AVX2__)
  first = __builtin_shufflevector(a, b, 0, 4, 1, 5);
  second = __builtin_shufflevector(a, b, 2, 6, 3, 7);
#else
  first = __builtin_shufflevector(a, b, 0, 2);
  second = __builtin_shufflevector(a, b, 1, 3);
#endif
}

/// n * wide_lanes blocks with counters (first + k, 0, step low, step high), their words in order.
template <std::uint32_t n>
SPIKELOOM_INLINE void philox_in_order(std::uint64_t key, std::uint32_t first, std::uint64_t step, WideLanes (&words)[2 * n]) {
  WideLanes x0[n], x1[n], x2[n], x3[n], index;
  for (std::uint32_t lane = 0; lane < wide_lanes; ++lane) index[lane] = first + lane;
  const WideLanes zero = index ^ index;
  for (std::uint32_t r = 0; r < n; ++r) {
    x0[r] = index + r * wide_lanes;
    x1[r] = zero;
    x2[r] = zero + static_cast<std::uint32_t>(step);
    x3[r] = zero + static_cast<std::uint32_t>(step >> 32);
  }
  philox_lanes(key, x0, x1, x2, x3);
  for (std::uint32_t r = 0; r < n; ++r)
    zip((x0[r] & 0xFFFFFFFFu) | x1[r] << 32, (x2[r] & 0xFFFFFFFFu) | x3[r] << 32, words[2 * r], words[2 * r + 1]);
}

}  // namespace spikeloom
