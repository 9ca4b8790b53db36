// Whole steps of a drawn delay straight from its random word, without the law's arithmetic.
#pragma once

#include <cstdint>
#include <vector>

#include "core/math/random_kernel.hpp"

namespace spikeloom {

/// Laws are monotone in their word, so the words of each number of steps are an interval; its ends are found once, by search.
/// (Normal numbers are monotone up to their last bit: about one word in a million lies where it matters, and there the table
/// is the meaning.)
class DelayTable {
 public:
  DelayTable() = default;
  /// `shortest` and `longest` are the law's extremes in steps.
  DelayTable(const FastLaw& law, double step_ms, std::uint32_t shortest, std::uint32_t longest);

  /// More steps than this would make the table larger than what it saves.
  static constexpr std::uint32_t most_steps = 4096;
  bool empty() const { return end_.empty(); }
  /// Steps of n words; constant delays look at none.
  void steps(const std::uint32_t* word, std::uint32_t n, std::uint32_t* out) const;

 private:
  static constexpr std::uint32_t bucket_bits = 12;
  std::uint32_t shortest_ = 1, flip_ = 0;
  std::vector<std::uint64_t> end_;    ///< by steps - shortest: the first word past the interval
  std::vector<std::uint16_t> first_;  ///< by the upper bits of a word: steps - shortest of the lowest such word
};

}  // namespace spikeloom
