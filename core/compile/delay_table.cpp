// Finds the intervals of words by a search that asks the kernel for 16 words at a time.
#include "core/compile/delay_table.hpp"

#include <algorithm>

namespace spikeloom {
namespace {

constexpr std::uint32_t lanes = 16;

/// The least word (after `flip`) whose delay takes more than `steps`; 2^32 if none does. `low` is known not to.
std::uint64_t first_beyond(const FastLaw& law, double step_ms, std::uint32_t flip, std::uint32_t steps, std::uint64_t low) {
  std::uint64_t high = std::uint64_t{1} << 32;  // beyond, or the end
  while (high - low > 1) {
    std::uint32_t word[lanes], taken[lanes];
    double ms[lanes];
    std::uint64_t probe[lanes];
    for (std::uint32_t i = 0; i < lanes; ++i) {
      probe[i] = std::min(low + 1 + (high - low - 1) * (i + 1) / (lanes + 1), high - 1);
      word[i] = static_cast<std::uint32_t>(probe[i]) ^ flip;
    }
    random_kernels().values(law, word, lanes, ms);
    random_kernels().steps(ms, lanes, step_ms, taken);
    for (std::uint32_t i = 0; i < lanes; ++i) {
      if (taken[i] > steps) {
        high = probe[i];
        break;
      }
      low = probe[i];
    }
  }
  return high;
}

}  // namespace

DelayTable::DelayTable(const FastLaw& law, double step_ms, std::uint32_t shortest, std::uint32_t longest) : shortest_(shortest) {
  if (longest - shortest >= most_steps) return;
  flip_ = law.kind == FastLaw::Kind::exponential ? 0xFFFFFFFFu : 0;  // the one law that falls
  std::uint64_t low = 0;
  for (std::uint32_t steps = shortest; steps < longest; ++steps) {
    const std::uint64_t end = first_beyond(law, step_ms, flip_, steps, low);
    end_.push_back(end);
    low = end - 1;
  }
  end_.push_back(std::uint64_t{1} << 32);
  if (longest == shortest) return;
  std::uint16_t step = 0;
  for (std::uint64_t bucket = 0; bucket < (1u << bucket_bits); ++bucket) {
    while (bucket << (32 - bucket_bits) >= end_[step]) ++step;
    first_.push_back(step);
  }
}

void DelayTable::steps(const std::uint32_t* word, std::uint32_t n, std::uint32_t* out) const {
  if (end_.size() == 1) {
    std::fill_n(out, n, shortest_);
    return;
  }
  const std::uint64_t* const end = end_.data();
  const std::uint16_t* const first = first_.data();
  for (std::uint32_t i = 0; i < n; ++i) {
    const std::uint32_t w = word[i] ^ flip_;
    std::uint32_t step = first[w >> (32 - bucket_bits)];
    while (w >= end[step]) ++step;
    out[i] = shortest_ + step;
  }
}

}  // namespace spikeloom
