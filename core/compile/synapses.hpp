// Weights and delays of a projection's synapses: fast laws drawn many at a time, everything else one by one.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "core/compile/delay_table.hpp"
#include "core/compile/parts.hpp"
#include "core/compile/values.hpp"
#include "core/math/random_kernel.hpp"

namespace spikeloom {

/// Up to kernel_lanes synapses on their way from a connector to a sink. Synapse k of row `row` has the block
/// philox(key, k, row, plane, 0): word 0 may choose the partner, 1 the weight, 2 the delay, 3 its dendritic part.
struct Lanes {
  std::uint32_t count = 0;
  std::uint32_t source[kernel_lanes], target[kernel_lanes];
  std::uint32_t k[kernel_lanes], row[kernel_lanes];
  std::uint64_t listed[kernel_lanes] = {};  ///< index into arrays of weights and delays
};

/// One quantity of the synapses: a fast law, or an ElementValue per synapse.
struct SynapseQuantity {
  bool fast = true;
  FastLaw law;
  std::shared_ptr<const ElementValue> slow;
  bool is_constant() const { return fast && law.kind == FastLaw::Kind::constant; }
};

/// How delays in ms fit the step.
class DelayTally {
 public:
  explicit DelayTally(double step_ms) : step_ms_(step_ms) {}
  /// `ms` became `steps`.
  void add(double ms, std::uint32_t steps);
  /// A delay onto an exact cell was below the least.
  void raise() { ++counted_.below_min; }
  /// What was seen so far, as if it had been `synapses` synapses.
  DelayRounding scaled_to(std::uint64_t synapses) const;

 private:
  double step_ms_;
  std::uint64_t seen_ = 0;
  DelayRounding counted_;
};

class SynapseNumbers {
 public:
  SynapseNumbers(const CompileContext& context, const RowRequest& request, std::optional<std::uint64_t> array_size);

  std::uint64_t key() const { return key_; }
  double step_ms() const { return step_ms_; }
  /// Some law needs random words.
  bool draws_words() const;
  bool is_slow() const { return !weight_.fast || !delay_.fast || !second_.fast; }
  bool weight_is_constant() const { return weight_.is_constant(); }
  double constant_weight() const { return weight_.law.a; }
  std::uint32_t steps_of(double ms) const;

  // Extremes of fast laws (of slow ones: found by a visit). max_delay throws Error("limit").
  double lowest_weight() const;
  double highest_weight() const;
  std::uint32_t min_delay() const;
  std::uint32_t max_delay() const;
  /// Steps straight from word 2, where one fast law is the whole delay; else empty.
  DelayTable delay_table() const;
  /// Of fast laws: exact for constants, else from 2^12 evenly spread draws.
  DelayRounding rounding(std::uint64_t synapses) const;

  const Where& weight_where() const { return weight_where_; }
  const Where& delay_where() const { return delay_where_; }

  /// One thread's copy of what cannot be shared; for one visit.
  class Filler {
   public:
    explicit Filler(const SynapseNumbers& numbers);
    /// Weights (receptor's unit) from word 1 of each lane.
    void weights(const Lanes& lanes, const std::uint32_t* word1, double* weight);
    /// Delays (ms, not yet whole steps) from words 2 and 3.
    void delays(const Lanes& lanes, const std::uint32_t* word2, const std::uint32_t* word3, double* ms);

   private:
    void fill_slow(ElementValue& value, std::uint64_t name, const Lanes& lanes, double* out);
    const SynapseNumbers& numbers_;
    std::vector<ElementValue> draws_;  ///< in the order of the names; empty where all is fast
    std::vector<bool> used_;
    std::vector<double> variables_;
    std::optional<ElementValue> weight_, delay_, second_;
  };

 private:
  SynapseQuantity quantity(const CompileContext& context, const RowRequest& request, const Value& value, const std::string& path,
                           std::optional<std::uint64_t> array_size, const Range& range);
  void read_delay(const CompileContext& context, const RowRequest& request, std::optional<std::uint64_t> array_size);

  std::uint64_t key_ = 0, slow_key_ = 0;
  double step_ms_ = 0.1;
  SynapseQuantity weight_, delay_, second_;  ///< second: the dendritic part where two are given, else the constant 0
  Where weight_where_, delay_where_;
  Scope scope_;                     ///< constants of the block, then N_from, N_to
  std::vector<std::string> names_;  ///< draws, then i, j
  std::vector<std::shared_ptr<const ElementValue>> draws_;
};

}  // namespace spikeloom
