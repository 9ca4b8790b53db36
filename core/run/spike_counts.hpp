// What every run keeps of its spikes without being asked: the hash of all, and counts and intervals after the warm-up.
#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "core/compile/compiled.hpp"
#include "core/recording.hpp"
#include "core/run/bytes.hpp"
#include "core/run/hash.hpp"
#include "core/run/sources.hpp"

namespace spikeloom {

/// Interval statistics are integers (intervals in steps; of exact cells in nanoseconds), so they are exact for runs of any
/// length.
class SpikeCounts {
 public:
  explicit SpikeCounts(const CompiledNetwork& network);

  /// Cells of population p that fired in step n.
  void add(std::int64_t n, std::uint32_t p, std::span<const std::uint32_t> cells);
  /// Spikes of exact cells of population p within step n.
  void add(std::int64_t n, std::uint32_t p, std::span<const ExactSpike> spikes);
  void add_events(std::int64_t n, std::uint64_t deliveries);

  const Hash128& hash() const { return hash_; }
  /// Counts, rates and CVs of a run that has reached `end`, into `recording`.
  void report(ExactTime end, Recording& recording) const;

  void save(ByteWriter& out) const;
  void load(ByteReader& in);

  static constexpr std::uint64_t bytes_per_neuron = 32;

 private:
  /// One cell after the warm-up: intervals so far, their sum and the sum of their squares (96 bits: high, low).
  struct Intervals {
    std::int64_t last = never, sum = 0;
    std::uint64_t square_low = 0;
    std::uint32_t count = 0, square_high = 0;
  };
  static_assert(sizeof(Intervals) == bytes_per_neuron);
  static constexpr std::int64_t never = INT64_MIN;
  void add_interval(std::uint32_t p, std::uint32_t cell, std::int64_t label);
  static double cv(const Intervals& cell);
  double mean_cv(const std::vector<Intervals>& cells) const;
  static double count_sd(const std::vector<Intervals>& cells);

  const CompiledNetwork& network_;
  TimeGrid grid_;
  Hash128 hash_;
  std::uint64_t events_ = 0;
  std::vector<std::uint64_t> spikes_;  ///< per population
  std::vector<std::vector<Intervals>> intervals_;
};

}  // namespace spikeloom
