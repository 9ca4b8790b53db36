// Every synapse of a network as a plain record, and the sums that spikes under way will add to.
#pragma once

#include <cstdint>
#include <vector>

#include "core/compile/compiled.hpp"
#include "core/run/hash.hpp"
#include "core/run/modulation.hpp"

namespace spikeloom::reference {

/// Senders are neurons (population.first + cell), then the cells of sources in order of name.
struct Synapse {
  std::uint32_t population = 0, cell = 0;  ///< target
  std::uint32_t delay = 1;
  std::uint16_t receptor = 0;
  std::int32_t gate = -1;  ///< the projection, where its gain is modulated
  std::int64_t q = 0;      ///< weight on the receptor's grid
};

/// Integer sums of the steps to come, one slot per step, and what waits to be gated.
class Inputs {
 public:
  explicit Inputs(const CompiledNetwork& network);

  std::uint64_t senders() const { return rows_.size(); }
  std::uint32_t max_delay() const { return slots_ - 1; }
  std::uint32_t first_of_source(std::uint32_t s) const { return first_of_source_[s]; }
  const std::vector<std::uint32_t>& first_of_sources() const { return first_of_source_; }

  /// `count` spikes of a sender in step n; arrivals at or before `done` are left out (they have happened).
  void send(std::uint32_t sender, std::uint32_t count, std::int64_t n, std::int64_t done);
  /// Bring gated contributions of step n into its sums, under the gains of that step.
  void open_gates(std::int64_t n, const Modulator& modulator);
  std::int64_t& sum(std::int64_t n, std::uint32_t p, std::size_t receptor, std::uint32_t cell);
  /// The step is over: empties its slot and returns how many deliveries it had.
  std::uint64_t close(std::int64_t n);
  const WeightHash& weights() const { return weights_; }
  /// Nothing is under way any more.
  void clear();

 private:
  struct Gated {
    Synapse synapse;
    std::uint32_t count;
  };
  std::size_t slot(std::int64_t n) const { return static_cast<std::size_t>(n % slots_); }

  std::uint32_t slots_ = 2;
  std::vector<std::vector<Synapse>> rows_;  ///< per sender, in order of projection and synapse
  std::vector<std::uint32_t> first_of_source_;
  std::vector<std::size_t> start_;  ///< per population: where its sums begin within a slot
  std::vector<std::uint32_t> size_;
  std::vector<std::vector<std::int64_t>> sums_;  ///< per slot
  std::vector<std::vector<Gated>> gated_;
  std::vector<std::uint64_t> deliveries_;
  WeightHash weights_;
};

}  // namespace spikeloom::reference
