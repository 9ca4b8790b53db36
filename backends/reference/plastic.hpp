// Plastic synapses, one plain record each, worked through event by event; the order at one instant stands in core/model.hpp.
//
// An instant of a synapse (in its own time) is worked through when what it sends on arrives: a dendritic delay later, or a step
// later where there is none. By then all spikes of the instant are known. Without a dendritic delay the arrival comes first.
#pragma once

#include <deque>
#include <functional>
#include <map>
#include <memory>
#include <tuple>
#include <vector>

#include "core/run/checkpoint.hpp"
#include "core/run/guards.hpp"
#include "core/run/hash.hpp"
#include "core/run/settled_synapse.hpp"
#include "core/run/signal_memory.hpp"
#include "core/run/signals.hpp"

namespace spikeloom::reference {

template <class Real>
class PlasticSynapses {
 public:
  /// What arrives at a cell: on the grid of its receptor.
  struct Arrival {
    std::uint32_t projection = 0, population = 0, cell = 0;
    int receptor = 0;
    std::int64_t q = 0;
  };
  using Deliver = std::function<void(const Arrival&)>;

  explicit PlasticSynapses(const CompiledNetwork& network);

  /// `count` spikes of a sender (a neuron, or behind them a source cell) in step n. A neuron's are postsynaptic ones as well.
  void spike(std::uint32_t sender, std::uint32_t count, std::int64_t n);
  /// The signals as they act on step n.
  void hear(std::int64_t n, const SignalBank& signals);
  /// Before the cells move in step n: everything that arrives in it.
  void advance(std::int64_t n, const Deliver& deliver);
  /// At the end of step n: weights stay as they are by then, all else is as at the start, and no spike is under way.
  void start_anew(std::int64_t n, const SignalBank& signals);
  /// Every synapse of a projection as it is at the end of step n.
  void visit(std::uint32_t projection, std::int64_t n, const SignalBank& signals,
             const std::function<void(const SettledSynapse&)>& take) const;
  void hash(std::int64_t n, const SignalBank& signals, WeightHash& hash) const;
  const WeightFault& fault() const { return fault_; }

  void save(std::int64_t n, Checkpoint& checkpoint) const;
  void load(const Checkpoint& checkpoint);

 private:
  struct Traces {
    Real weight[max_traces], short_term[max_traces];
  };
  struct Mark {
    std::int64_t step;
    Traces traces;
  };
  /// Marks of one neuron: the first is the last one of the past that anybody may still ask for.
  using Marks = std::deque<Mark>;
  struct Synapse {
    std::uint32_t source, target;  ///< running indices
    std::uint32_t population, cell;
    int receptor;
    std::uint32_t axonal, dendritic;
    std::int64_t last;  ///< instant of its last event
    Real numbers[max_synapse_reals];
  };
  struct Plastic {
    std::uint32_t projection;
    const CompiledPlasticity* rules;
    std::vector<Real> c, short_c;  ///< coefficients
    Real low, high;
    std::int64_t pre_history, post_history;           ///< plastic_history()
    std::unique_ptr<SignalMemory> memory;             ///< where numbers change between events
    std::vector<Synapse> synapses;                    ///< canonical order
    std::vector<Marks> pre, post;                     ///< by running index
    std::vector<std::vector<std::uint32_t>> out, in;  ///< synapses by running index
  };
  struct Member {
    std::uint32_t plastic, running;
  };
  struct Event {
    std::uint32_t plastic, synapse, pres, posts;
    friend bool operator<(const Event& a, const Event& b) {
      return std::tie(a.plastic, a.synapse) < std::tie(b.plastic, b.synapse);
    }
  };
  using Send = std::function<void(Real weight, Real release)>;

  void add_projection(std::uint32_t projection);
  Traces start(const Plastic& plastic, bool pre) const;
  Traces decayed(const Plastic& plastic, bool pre, const Mark& mark, std::int64_t step) const;
  void raise(const Plastic& plastic, bool pre, Marks& marks, std::int64_t n) const;
  /// The last mark before a step, and the last up to it.
  static typename Marks::const_iterator mark_before(const Marks& marks, std::int64_t step);
  static const Mark& mark_upto(const Marks& marks, std::int64_t step) { return *mark_before(marks, step + 1); }
  static std::vector<Event> joined(std::vector<Event> events);

  std::int64_t anchor_of(const Plastic& plastic, const Synapse& synapse, std::int64_t n) const;
  void bring_to(const Plastic& plastic, Synapse& synapse, std::int64_t instant) const;
  void instant(const Plastic& plastic, Synapse& synapse, std::int64_t instant, std::uint32_t pres, std::uint32_t posts,
               const Send& send) const;
  void on_pres(const Plastic& plastic, Synapse& synapse, std::int64_t instant, std::uint32_t pres, bool sees_posts,
               const Send& send) const;
  void on_posts(const Plastic& plastic, Synapse& synapse, std::int64_t instant, std::uint32_t posts, bool sees_pres) const;
  Send sender_of(const Plastic& plastic, const Synapse& synapse, std::int64_t n, const Deliver& deliver);

  const CompiledNetwork& network_;
  std::vector<Plastic> plastic_;
  std::vector<std::vector<Member>> pre_of_, post_of_;  ///< by sender, by neuron
  std::map<std::int64_t, std::vector<Event>> due_;     ///< instants by the step in which they are worked through
  std::map<std::int64_t, std::vector<Event>> prompt_;  ///< arrivals without dendritic delay, by step
  WeightFault fault_;
};

}  // namespace spikeloom::reference
