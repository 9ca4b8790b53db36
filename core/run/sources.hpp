// Spikes that come from outside the populations, step by step; the same for every backend.
#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "core/compile/compiled.hpp"
#include "core/run/bytes.hpp"

namespace spikeloom {

/// `count` spikes of one source cell within one step.
struct SourceSpike {
  std::uint32_t cell = 0, count = 1;
};

/// A spike of an exact cell of some population or source.
struct ExactSpike {
  ExactTime time;
  std::uint32_t cell = 0;
  friend auto operator<=>(const ExactSpike&, const ExactSpike&) = default;
};

/// The rates that hold in step n: the last segment that has begun, or nullptr before the first.
const CompiledPoisson::Segment* segment_at(std::span<const CompiledPoisson::Segment> segments, std::int64_t n);

/// Calls arrival(k, cell, count) for every cell with arrivals in step n; k is the running index within the covered cells.
template <class Arrival>
void poisson_arrivals(const CompiledPoisson& poisson, std::int64_t n, Arrival&& arrival) {
  const auto* segment = segment_at(poisson.segments, n);
  if (segment == nullptr) return;
  for (std::uint32_t k = 0; k < poisson.count; ++k) {
    const std::uint32_t cell = poisson.first + k * poisson.stride;
    const std::uint32_t table = segment->tables[segment->tables.size() == 1 ? 0 : k];
    if (const std::uint32_t count = poisson_count(poisson.tables[table], poisson.key, cell, n); count > 0)
      arrival(k, cell, count);
  }
}

/// The caller gives the spikes of an external source of step n after that step is done, or before: a session asks for them at the
/// start of step n + 1, together with those that exact targets meet within step n + 1, and shows them to the signals of step n
/// + 1.
class SourceRunner {
 public:
  explicit SourceRunner(const CompiledNetwork& network);

  /// Spikes of source `s` emitted in step n, ascending by cell. Pure but for external sources.
  void spikes(std::uint32_t s, std::int64_t n, std::vector<SourceSpike>& out) const;
  /// Spikes of exact list `s` within step n, in order of (time, cell); trains keep their own.
  void exact_spikes(std::uint32_t s, std::int64_t n, std::vector<ExactSpike>& out) const;
  /// No spike of any list or external source is emitted in (n, result): lets a backend skip. Poisson sources give n + 1.
  std::int64_t next_step_with_spikes(std::int64_t n) const;
  /// Spikes of exact external source `s` in [from, to), in order of (time, cell).
  std::span<const ExactSpike> given(std::uint32_t s, ExactTime from, ExactTime to) const;
  /// External source: each of `cells` spikes at its time, or now where there are no times. A time between two steps belongs to
  /// the end of its step, but exact targets meet it as it is. Forgets spikes of earlier steps. Throws Error("range").
  void emit(std::uint32_t s, ExactTime now, std::span<const std::uint32_t> cells, std::span<const double> times_ms = {});
  /// The first step after n for which the caller has given spikes; INT64_MAX: none.
  std::int64_t next_given(std::int64_t n) const;

  void save(ByteWriter& out) const;
  void load(ByteReader& in);

 private:
  /// The caller's spikes of source s from time n h on.
  std::vector<ExactSpike>::const_iterator given_from(std::uint32_t s, std::int64_t n) const;

  const CompiledNetwork& network_;
  std::vector<std::vector<ExactSpike>> external_;  ///< per source, sorted; within a step only where there are exact targets
};

}  // namespace spikeloom
