// Picking out the lanes that need something, in order: the one loop of a kernel that compilers do not vectorise by themselves.
//
// It moves numbers and computes none, so every instruction set gives the same. Arrays that are written need `pick_slack` places
// more.
#pragma once

#include <cstdint>

#if defined(__AVX512F__)
#include <immintrin.h>
#endif

#include "core/kernel.hpp"

namespace spikeloom {

inline constexpr std::uint32_t pick_slack = 16;

namespace detail {

/// Lanes whose value is > level, or (`at_most`) <= level; lane nullptr: 0, 1, 2, ... Input may be output: what is written has
/// been read.
template <bool at_most>
SPIKELOOM_INLINE std::uint32_t pick(const std::int32_t* value, std::int32_t level, const std::int32_t* lane, std::uint32_t n,
                                    std::int32_t* lane_out, std::int32_t* value_out) {
  std::uint32_t count = 0, i = 0;
#if defined(__AVX512F__)
  const __m512i levels = _mm512_set1_epi32(level);
  __m512i numbers = _mm512_set_epi32(15, 14, 13, 12, 11, 10, 9, 8, 7, 6, 5, 4, 3, 2, 1, 0);
  for (; i + 16 <= n; i += 16) {
    const __m512i values = _mm512_loadu_si512(value + i);
    const __m512i of = lane != nullptr ? _mm512_loadu_si512(lane + i) : numbers;
    numbers = _mm512_add_epi32(numbers, _mm512_set1_epi32(16));
    const __mmask16 mask = at_most ? _mm512_cmple_epi32_mask(values, levels) : _mm512_cmpgt_epi32_mask(values, levels);
    // GCC 12 with a thread sanitizer spills 16 bits of the mask and counts 32 of them; a number in a register is counted whole.
    std::uint32_t bits = mask;
    asm volatile("" : "+r"(bits));
    _mm512_storeu_si512(lane_out + count, _mm512_maskz_compress_epi32(mask, of));
    _mm512_storeu_si512(value_out + count, _mm512_maskz_compress_epi32(mask, values));
    count += static_cast<std::uint32_t>(__builtin_popcount(bits));
  }
#endif
  for (; i < n; ++i) {
    const std::int32_t v = value[i], of = lane != nullptr ? lane[i] : static_cast<std::int32_t>(i);
    lane_out[count] = of, value_out[count] = v;
    count += at_most ? v <= level : v > level;
  }
  return count;
}

}  // namespace detail

/// out[i] = column[index[i]].
template <class T, class Index>
SPIKELOOM_INLINE void look_up(const T* column, const Index* index, std::uint32_t n, T* out) {
  std::uint32_t i = 0;
#if defined(__AVX512F__)
  if constexpr (sizeof(T) == 4)
    for (; i + 16 <= n; i += 16) {
      __m512i at;
      if constexpr (sizeof(Index) == 2)
        at = _mm512_maskz_cvtepu16_epi32(0xffff, _mm256_loadu_si256(reinterpret_cast<const __m256i*>(index + i)));
      else at = _mm512_loadu_si512(index + i);
      _mm512_storeu_si512(out + i, _mm512_mask_i32gather_epi32(_mm512_setzero_si512(), 0xffff, at, column, 4));
    }
#endif
  for (; i < n; ++i) out[i] = column[index[i]];
}

/// Numbers 0 .. n of the values above `level`, and the values.
SPIKELOOM_INLINE std::uint32_t pick_above(const std::int32_t* value, std::int32_t level, std::uint32_t n, std::int32_t* lane_out,
                                          std::int32_t* value_out) {
  return detail::pick<false>(value, level, nullptr, n, lane_out, value_out);
}
/// Lanes whose values are above `level`, and the values.
SPIKELOOM_INLINE std::uint32_t pick_above(const std::int32_t* value, std::int32_t level, const std::int32_t* lane,
                                          std::uint32_t n, std::int32_t* lane_out, std::int32_t* value_out) {
  return detail::pick<false>(value, level, lane, n, lane_out, value_out);
}
/// Of values and their lanes, those up to `level` stay.
SPIKELOOM_INLINE std::uint32_t pick_upto(std::int32_t* value, std::int32_t level, std::int32_t* lane, std::uint32_t n) {
  return detail::pick<true>(value, level, lane, n, lane, value);
}

}  // namespace spikeloom
