// Weights and delays of a projection's synapses: fast laws drawn many at a time, everything else one by one.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "core/compile/parts.hpp"
#include "core/compile/synapse_kernel.hpp"
#include "core/compile/values.hpp"

namespace spikeloom {

/// Up to kernel_lanes synapses on their way from a connector to a sink. Synapse k of row `row` has the block
/// philox(key, k, row, plane, 0).
struct Lanes {
  std::uint32_t count = 0;
  std::uint32_t source[kernel_lanes], target[kernel_lanes];
  std::uint32_t k[kernel_lanes], row[kernel_lanes];
  std::uint64_t listed[kernel_lanes];  ///< index into arrays of weights and delays
};

/// One quantity of the synapses: a fast law, or an ElementValue per synapse.
struct SynapseQuantity {
  bool fast = true;
  FastLaw law;
  std::shared_ptr<const ElementValue> slow;
};

class SynapseNumbers {
 public:
  SynapseNumbers(const CompileContext& context, const RowRequest& request, std::optional<std::uint64_t> array_size);

  /// Fill weights (receptor's unit) and delays (steps) of the lanes; word 0 of each block is left in `partner`.
  void fill(const Lanes& lanes, std::uint32_t plane, bool wants_partner, std::uint32_t* partner, double* weight, std::uint32_t* delay) const;
  std::uint64_t key() const { return key_; }
  bool draws_words() const;
  bool is_slow() const { return !weight_.fast || !delay_.fast || (two_delays_ && !second_.fast); }
  bool weight_is_constant() const { return weight_.fast && weight_.law.kind == FastLaw::Kind::constant; }
  double constant_weight() const { return weight_.law.a; }
  /// Extremes of fast laws (slow ones: found by a visit).
  double max_abs_weight() const;
  std::uint32_t min_delay() const;
  std::uint32_t max_delay() const;
  const Where& weight_where() const { return weight_where_; }
  const Where& delay_where() const { return delay_where_; }
  /// Rounding of a delay in ms that is written, not drawn.
  void count_rounding(std::uint64_t synapses, DelayRounding& rounding) const;
  std::uint32_t steps_of(double ms) const;

 private:
  SynapseQuantity quantity(const CompileContext& context, const RowRequest& request, const Value& value, const std::string& path,
                           std::optional<std::uint64_t> array_size, const Range& range);
  void fill_slow(const SynapseQuantity& quantity, std::uint64_t name, const Lanes& lanes, double* out) const;

  std::uint64_t key_ = 0, slow_key_ = 0;
  double step_ms_ = 0.1;
  std::uint32_t from_size_ = 0, to_size_ = 0;
  SynapseQuantity weight_, delay_, second_;  ///< second: the dendritic part, where two are given
  bool two_delays_ = false;
  Where weight_where_, delay_where_;
  std::vector<std::string> names_;                                   ///< draws, then i, j
  std::vector<std::shared_ptr<const ElementValue>> draws_;
};

}  // namespace spikeloom
