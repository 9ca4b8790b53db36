// The kernels of random_kernel.hpp for one instruction set: SPIKELOOM_ISA names its namespace, and the file is compiled once
// for each (with -march to match). Without the macro it is the baseline.
#include "core/math/random_kernel.hpp"

#include "core/math/functions.hpp"
#include "core/math/philox_lanes.hpp"

#ifndef SPIKELOOM_ISA
#define SPIKELOOM_ISA baseline
#endif
#define SPIKELOOM_TEXT_OF(name) #name
#define SPIKELOOM_TEXT(name) SPIKELOOM_TEXT_OF(name)

namespace spikeloom::random_isa::SPIKELOOM_ISA {
namespace {

constexpr std::uint32_t padded(std::uint32_t n) { return (n + 15u) & ~15u; }

typedef std::uint32_t Halves __attribute__((vector_size(wide_lanes * 4)));
SPIKELOOM_INLINE WideLanes widened(const std::uint32_t* from) {
  Halves halves;
  __builtin_memcpy(&halves, from, sizeof halves);
  return __builtin_convertvector(halves, WideLanes);
}
SPIKELOOM_INLINE void narrow(WideLanes lanes, std::uint32_t* to) {
  const Halves halves = __builtin_convertvector(lanes, Halves);
  __builtin_memcpy(to, &halves, sizeof halves);
}

void words(std::uint64_t key, const std::uint32_t* c0, const std::uint32_t* c1, std::uint32_t c2, std::uint32_t n,
           std::uint32_t* w0, std::uint32_t* w1, std::uint32_t* w2, std::uint32_t* w3) {
  const std::uint32_t end = padded(n);
  for (std::uint32_t i = 0; i < end; i += 2 * wide_lanes) {
    WideLanes x0[2] = {widened(c0 + i), widened(c0 + i + wide_lanes)};
    WideLanes x1[2] = {widened(c1 + i), widened(c1 + i + wide_lanes)};
    WideLanes x2[2] = {WideLanes{} + c2, WideLanes{} + c2}, x3[2] = {};
    philox_lanes(key, x0, x1, x2, x3);
    for (std::uint32_t r = 0; r < 2; ++r) {
      const std::uint32_t at = i + r * wide_lanes;
      narrow(x0[r], w0 + at);
      narrow(x1[r], w1 + at);
      narrow(x2[r], w2 + at);
      narrow(x3[r], w3 + at);
    }
  }
}

SPIKELOOM_INLINE std::uint32_t scaled(std::uint32_t word, std::uint32_t range) {
  return static_cast<std::uint32_t>((std::uint64_t{word} * range) >> 32);
}

void partners(const std::uint32_t* word, std::uint32_t n, std::uint32_t base, std::uint32_t range, std::uint32_t* out) {
  const std::uint32_t end = padded(n);
  for (std::uint32_t i = 0; i < end; ++i) out[i] = base + scaled(word[i], range);
}

void partners_but(const std::uint32_t* word, std::uint32_t n, std::uint32_t base, std::uint32_t range, const std::uint32_t* self,
                  std::uint32_t* out) {
  const std::uint32_t end = padded(n);
  for (std::uint32_t i = 0; i < end; ++i) {
    const std::uint32_t left_out = self[i] - base, is_in = left_out < range ? 1u : 0u;
    const std::uint32_t at = scaled(word[i], range - is_in);
    out[i] = base + at + (is_in & (at >= left_out ? 1u : 0u));
  }
}

/// A word as a number without a sign, by the instruction for signed ones.
SPIKELOOM_INLINE double from_word(std::uint32_t word) {
  return static_cast<double>(static_cast<std::int32_t>(word ^ 0x80000000u)) + 0x1p31;
}

SPIKELOOM_INLINE double clamped(const FastLaw& law, double x) {
  x = x < law.low ? law.low : x;
  return x > law.high ? law.high : x;
}

/// Words mapped evenly to [first_word, first_word + words]: drawing again outside bounds is drawing between them.
void map_words(const FastLaw& law, const std::uint32_t* word, std::uint32_t end, std::uint32_t* out) {
  typedef std::uint32_t Words __attribute__((vector_size(sizeof(WideLanes))));
  const bool all = law.words == 0xFFFFFFFFu;
  const WideLanes range = WideLanes{} + (std::uint64_t{law.words} + 1);  // 32 bits unless `all`
  for (std::uint32_t i = 0; i < end; i += 2 * wide_lanes) {
    WideLanes x;
    __builtin_memcpy(&x, word + i, sizeof x);
    const WideLanes mapped = (product(x, range) >> 32) | (product(x >> 32, range) & 0xFFFFFFFF00000000u);
    const Words words = (Words)(all ? x : mapped) + law.first_word;
    __builtin_memcpy(out + i, &words, sizeof words);
  }
}

/// Standard normal numbers in single precision: 24 of a word's 32 bits.
void normals(const FastLaw& law, const std::uint32_t* word, std::uint32_t end, float* out) {
  std::uint32_t mapped[kernel_lanes];
  map_words(law, word, end, mapped);
  for (std::uint32_t i = 0; i < end; ++i) out[i] = math::normal_from_word<float>(mapped[i]);
}

void values(const FastLaw& given, const std::uint32_t* word, std::uint32_t n, double* out) {
  const FastLaw law = given;  // a local copy: the compiler sees that `out` does not change it
  const std::uint32_t end = padded(n);
  float normal[kernel_lanes];
  switch (law.kind) {
    case FastLaw::Kind::constant:
      for (std::uint32_t i = 0; i < end; ++i) out[i] = law.a;
      return;
    case FastLaw::Kind::uniform:
      for (std::uint32_t i = 0; i < end; ++i) out[i] = clamped(law, law.a + law.b * ((from_word(word[i]) + 0.5) * 0x1p-32));
      return;
    case FastLaw::Kind::normal:
      normals(law, word, end, normal);
      for (std::uint32_t i = 0; i < end; ++i) out[i] = clamped(law, law.a + law.b * static_cast<double>(normal[i]));
      return;
    case FastLaw::Kind::lognormal:
      normals(law, word, end, normal);
      for (std::uint32_t i = 0; i < end; ++i) out[i] = clamped(law, math::exp(law.a + law.b * static_cast<double>(normal[i])));
      return;
    case FastLaw::Kind::exponential:
      for (std::uint32_t i = 0; i < end; ++i) out[i] = clamped(law, -law.a * math::log((from_word(word[i]) + 0.5) * 0x1p-32));
      return;
    case FastLaw::Kind::uniform_int:
      for (std::uint32_t i = 0; i < end; ++i)
        out[i] = clamped(law, law.a + __builtin_floor(from_word(word[i]) * 0x1p-32 * law.b));
      return;
    case FastLaw::Kind::log_uniform:
      for (std::uint32_t i = 0; i < end; ++i)
        out[i] = clamped(law, math::exp(law.a + law.b * ((from_word(word[i]) + 0.5) * 0x1p-32)));
      return;
  }
}

template <class Real>
SPIKELOOM_INLINE void noise(std::uint64_t key, std::uint32_t first_block, std::uint32_t blocks, std::uint64_t step, Real* out) {
  constexpr std::uint32_t registers = wide_lanes == 8 ? 4 : 8 / wide_lanes, blocks_at_once = registers * wide_lanes;
  static_assert(kernel_lanes % (4 * blocks_at_once) == 0);
  std::uint32_t word[kernel_lanes];
  for (std::uint32_t done = 0; done < blocks; done += blocks_at_once) {
    WideLanes lanes[2 * registers];
    philox_in_order<registers>(key, first_block + done, step, lanes);
    __builtin_memcpy(word + 4 * done, lanes, sizeof lanes);
  }
  const std::uint32_t end = padded(4 * blocks);
  for (std::uint32_t i = 0; i < end; ++i) out[i] = math::normal_from_word<Real>(word[i]);
}
void noise_single(std::uint64_t key, std::uint32_t first_block, std::uint32_t blocks, std::uint64_t step, float* out) {
  noise(key, first_block, blocks, step, out);
}
void noise_double(std::uint64_t key, std::uint32_t first_block, std::uint32_t blocks, std::uint64_t step, double* out) {
  noise(key, first_block, blocks, step, out);
}

void steps(const double* ms, std::uint32_t n, double step_ms, std::uint32_t* out) {
  const std::uint32_t end = padded(n);
  for (std::uint32_t i = 0; i < end; ++i) {
    // Truncation is the floor of what is not negative.
    double nearest = ms[i] / step_ms + (0.5 + 1e-9);
    nearest = nearest < 1.0 ? 1.0 : nearest;
    nearest = nearest > 0x1p30 ? 0x1p30 : nearest;
    out[i] = static_cast<std::uint32_t>(static_cast<std::int32_t>(nearest));
  }
}

/// Feistel::scatter, with rows and columns below 2^32.
SPIKELOOM_INLINE WideLanes scattered(WideLanes x, std::uint64_t round_key, WideLanes range) {
  x = (x ^ round_key) * Feistel::first_factor;
  x = (x ^ (x >> 32)) * Feistel::second_factor;
  return (product(x >> 32, range) + (product(x, range) >> 32)) >> 32;
}
SPIKELOOM_INLINE WideLanes wrapped(WideLanes x, WideLanes range) {
  typedef std::int64_t Signs __attribute__((vector_size(sizeof(WideLanes))));
  const WideLanes less = x - range;
  return less + ((WideLanes)((Signs)less >> 63) & range);
}

void permuted(const Feistel& given, std::uint64_t first, std::uint32_t n, std::uint32_t* out) {
  const Feistel feistel = given;
  const std::uint32_t end = padded(n);
  const WideLanes rows = WideLanes{} + feistel.rows, columns = WideLanes{} + feistel.columns;
  WideLanes left0 = WideLanes{} + first / feistel.columns, right0 = WideLanes{} + first % feistel.columns;
  for (std::uint32_t lane = 0; lane < wide_lanes; ++lane) right0[lane] += lane;
  for (std::uint32_t i = 0; i < end; i += 2 * wide_lanes) {
    // Two registers hide the latency of the products. Columns are at least 16, so that one step wraps once.
    WideLanes left[2], right[2];
    for (std::uint32_t r = 0; r < 2; ++r) {
      const WideLanes over = (WideLanes)(right0 >= columns);
      left0 -= over;
      right0 -= over & columns;
      left[r] = left0, right[r] = right0;
      right0 += wide_lanes;
    }
    for (int round = 0; round < Feistel::half_rounds; round += 2)
      for (std::uint32_t r = 0; r < 2; ++r) {
        left[r] = wrapped(left[r] + scattered(right[r], feistel.round_keys[round], rows), rows);
        right[r] = wrapped(right[r] + scattered(left[r], feistel.round_keys[round + 1], columns), columns);
      }
    for (std::uint32_t r = 0; r < 2; ++r) {
      const WideLanes image = product(left[r], columns) + right[r];
      narrow(image, out + i + r * wide_lanes);
      for (std::uint32_t lane = 0, at = i + r * wide_lanes; lane < wide_lanes; ++lane, ++at)
        if (image[lane] >= feistel.n && at < n) out[at] = static_cast<std::uint32_t>(feistel(image[lane]));
    }
  }
}

}  // namespace

extern const RandomKernels kernels;
const RandomKernels kernels = {
    SPIKELOOM_TEXT(SPIKELOOM_ISA), words, partners, partners_but, values, noise_single, noise_double, steps, permuted};

}  // namespace spikeloom::random_isa::SPIKELOOM_ISA
