// Synapses whose delays learn, one plain record each, worked through step by step; the order stands in core/delay_rule.hpp.
#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <vector>

#include "core/run/checkpoint.hpp"
#include "core/run/hash.hpp"
#include "core/run/settled_synapse.hpp"
#include "core/run/signal_memory.hpp"
#include "core/run/signals.hpp"

namespace spikeloom::reference {

class MovingDelays {
 public:
  /// One arrival at a cell: on the grid of its receptor.
  using Deliver =
      std::function<void(std::uint32_t projection, std::uint32_t population, int receptor, std::uint32_t cell, std::int64_t q)>;

  explicit MovingDelays(const CompiledNetwork& network);

  /// `count` spikes of a sender (a neuron, or behind them a source cell) in step n. A neuron's are postsynaptic ones as well.
  void spike(std::uint32_t sender, std::uint32_t count, std::int64_t n);
  /// The signals as they act on step n.
  void hear(std::int64_t n, const SignalBank& signals);
  /// Ends step n - 1, then takes in what arrives in step n.
  void advance(std::int64_t n, const Deliver& deliver);
  /// At the end of step n: delays stay as they are by then, all else is as at the start, and no spike is under way.
  void start_anew(std::int64_t n);
  /// Every synapse of a projection as it is at the end of step n.
  void visit(std::uint32_t projection, std::int64_t n, const SignalBank& signals,
             const std::function<void(const SettledSynapse&)>& take) const;
  void hash(std::int64_t n, const SignalBank& signals, WeightHash& hash) const;
  const WeightFault& fault() const { return fault_; }

  /// Into and out of the projections' records; the spikes in flight are in the checkpoint already.
  void save(std::int64_t n, Checkpoint& checkpoint) const;
  void load(const Checkpoint& checkpoint);

 private:
  struct Synapse {
    std::uint32_t source, target;  ///< running indices
    std::uint32_t population, cell;
    int receptor;
    std::int64_t q;
    double weight;
    double numbers[max_synapse_reals - 1];  ///< delay first
    std::int64_t last = 0;                  ///< step of its last event
    std::int64_t left = -1;                 ///< of the spike that arrived last: when it left (-1: none did), and its delay
    double left_with = 0;
  };
  struct Arrival {
    std::uint32_t synapse;
    double within;      ///< of its step, when: (-h, 0]
    std::int64_t left;  ///< step
    double delay_ms;
    std::uint32_t count;
  };
  struct Departure {
    std::uint32_t source, count;
  };
  struct Moving {
    std::uint32_t projection;
    std::shared_ptr<SignalMemory> memory;             ///< where numbers change between events
    std::vector<Synapse> synapses;                    ///< canonical order
    std::vector<std::vector<std::uint32_t>> out, in;  ///< synapses by running index
    std::vector<std::int64_t> post;                   ///< last spike of each target (-1: none), up to the step before
    std::map<std::int64_t, std::vector<Arrival>> due;
    std::vector<std::uint32_t> posts;  ///< of the step that is not ended yet
    std::vector<Departure> departures;
  };
  struct Member {
    std::uint32_t moving, running;
  };

  void add_projection(std::uint32_t projection);
  const CompiledPlasticity& rules(const Moving& moving) const { return *network_.projections[moving.projection].plasticity; }
  void bring_to(const Moving& moving, Synapse& synapse, std::int64_t n) const;
  /// In step n.
  void meet(const Moving& moving, Synapse& synapse, std::int64_t n, std::int64_t post) const;
  /// Postsynaptic spikes of step n, then departures.
  void end_step(Moving& moving, std::int64_t n) const;
  void leave(Moving& moving, std::uint32_t synapse, std::uint32_t count, std::int64_t n, double delay_ms) const;
  /// As it is when step n has ended.
  Moving ended(const Moving& moving, std::int64_t n) const;

  const CompiledNetwork& network_;
  const StepGrid grid_;
  std::vector<Moving> moving_;
  std::vector<std::vector<Member>> pre_of_, post_of_;  ///< by sender, by neuron
  WeightFault fault_;
};

}  // namespace spikeloom::reference
