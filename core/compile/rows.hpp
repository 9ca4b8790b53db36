// A compiled projection as a row visitor: pure, re-runnable, holding no list of edges unless the user gave one.
#pragma once

#include <cstdint>
#include <memory>

namespace spikeloom {

/// Up to `capacity` synapses in visiting order. Indices count within the projection's ends (groups and slices as written).
struct SynapseBatch {
  static constexpr std::uint32_t capacity = 1024;
  std::uint32_t count = 0;
  std::uint32_t source[capacity];
  std::uint32_t target[capacity];
  double weight[capacity];        ///< in the receptor's unit, not yet on the grid
  std::uint32_t delay[capacity];  ///< whole steps, at least 1
  double delay_ms[capacity];      ///< as drawn, where Rows::exact or Rows::moving
};

class SynapseSink {
 public:
  virtual ~SynapseSink() = default;
  virtual void take(const SynapseBatch& batch) = 0;
};

/// How often delays were rounded to the step, and raised to one step.
struct DelayRounding {
  std::uint64_t rounded = 0, raised = 0;
  double largest_ms = 0;        ///< largest |change|
  std::uint64_t below_min = 0;  ///< onto exact cells: raised to the smallest delay that the run declares
};

/// The least a stored synapse takes in any layout: what cannot fit even so is refused before its rows are looked at.
inline constexpr std::uint64_t least_synapse_bytes = 2;

/// The order of synapses (by source range, then the visitor's own order) is part of the meaning: a synapse's number within
/// its projection is its position when 0 .. sources is visited in ranges aligned to grain().
class Rows {
 public:
  virtual ~Rows() = default;
  std::uint32_t sources = 0, targets = 0;
  bool exact = false;                      ///< the targets live exactly: batches say delays in ms too
  double shortest_ms = 0, longest_ms = 0;  ///< of those, where there is any synapse
  bool moving = false;  ///< delays learn: batches say them as they start, min_delay() and max_delay() bound them

  /// Visit every synapse whose source lies in [first, last). Any range works; ranges aligned to grain() cost least and
  /// give the canonical order. Thread-safe.
  virtual void visit(std::uint32_t first, std::uint32_t last, SynapseSink& sink) const = 0;
  virtual std::uint32_t grain() const { return 1; }
  /// Synapses: exact where the connector fixes it, else counted once (visitors are deterministic).
  virtual std::uint64_t count() const = 0;
  /// No target hears more synapses of this projection than this (random degrees: exceeded with probability < 2^-64; the
  /// packer checks).
  virtual std::uint64_t max_in_degree() const = 0;
  virtual double max_abs_weight() const = 0;
  /// No weight lies outside [lowest_weight(), highest_weight()].
  virtual double lowest_weight() const { return weight_is_constant() ? constant_weight() : -max_abs_weight(); }
  virtual double highest_weight() const { return weight_is_constant() ? constant_weight() : max_abs_weight(); }
  virtual std::uint32_t min_delay() const = 0;
  virtual std::uint32_t max_delay() const = 0;
  /// All weights equal: then `constant_weight()` is it.
  virtual bool weight_is_constant() const = 0;
  virtual double constant_weight() const { return 0; }
  virtual bool delay_is_constant() const { return min_delay() == max_delay(); }
};

/// Calls take(batch, i) for synapse i of a batch, for all synapses in visiting order.
template <class Take>
void each_synapse(const Rows& rows, const Take& take) {
  class Each final : public SynapseSink {
   public:
    explicit Each(const Take& each) : each_(each) {}
    void take(const SynapseBatch& batch) override {
      for (std::uint32_t i = 0; i < batch.count; ++i) each_(batch, i);
    }

   private:
    const Take& each_;
  };
  Each sink(take);
  rows.visit(0, rows.sources, sink);
}

}  // namespace spikeloom
