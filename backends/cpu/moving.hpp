// Synapses of one shard whose delays learn: rows by source, brought up to date when their source spikes.
//
// A spike leaves with the delay that each synapse of its row has then, so that is the moment when a row must be up to date:
// arrivals of earlier spikes and postsynaptic spikes since it was last looked at are taken in, in order. Where the spike will
// arrive is known from then on: what it adds is put on the list of that step. Targets keep their spikes until every row has
// taken them in; when these are many, all rows are brought up to date (a sweep). Neither that nor a look from outside changes a
// bit, since numbers change at events alone. The order at one instant stands in core/delay_rule.hpp.
#pragma once

#include <functional>
#include <map>
#include <memory>
#include <span>
#include <vector>

#include "backends/cpu/piles.hpp"
#include "backends/cpu/plastic.hpp"
#include "core/run/checkpoint.hpp"
#include "core/run/hash.hpp"
#include "core/run/settled_synapse.hpp"

namespace spikeloom::cpu {

struct MovingSynapse {
  double delay_ms;
  double left_with;      ///< of the spike that arrived last: its delay
  std::int64_t q;        ///< weight on the receptor's grid
  std::int32_t left;     ///< and when it left; -1: none did
  std::uint32_t target;  ///< among the part's targets
  std::uint32_t slot;    ///< of the input sums
  std::uint32_t number;  ///< within the projection, in canonical order
};
static_assert(sizeof(MovingSynapse) == 40);

/// One projection in one shard.
struct MovingRows {
  std::vector<MovingSynapse> synapses;  ///< by source, then canonical
  std::vector<std::uint32_t> first;     ///< by source; one more than sources
  std::vector<std::uint32_t> targets;   ///< running indices, ascending
};
struct PackedMoving {
  struct Part {
    std::uint32_t projection = 0;
    std::uint32_t index = 0;       ///< of the projection among plastic ones
    std::vector<MovingRows> rows;  ///< by shard
  };
  std::vector<Part> parts;
};
/// What an arrival that is to come takes.
inline constexpr std::uint64_t moving_arrival_bytes = 16;
PackedMoving pack_moving(const CompiledNetwork& network, const Partition& partition);

template <class Sum>
class MovingShard {
 public:
  MovingShard(const PlasticShared& shared, PackedMoving& packed, std::uint32_t shard, Sum* input);

  /// Spikes of one emission step, equal ids beside each other; every other spike of that step has come or comes before drain().
  void admit(std::int64_t emitted, std::span<const std::uint32_t> ids);
  void admit(std::int64_t emitted, std::uint32_t id, std::uint32_t count);
  /// Add everything that arrives in step n to the sums; returns how much that was.
  std::uint64_t drain(std::int64_t n);
  /// Cells of this shard that spiked in step n, as ids.
  void posts(std::int64_t n, std::span<const std::uint32_t> ids);
  const WeightFault& fault() const { return fault_; }

  /// All synapses of a part once step n is in: index in rows().synapses, target as a running index.
  using Take = std::function<void(std::uint32_t source, std::uint32_t synapse, std::uint32_t target)>;
  void visit(std::uint32_t part, std::int64_t n, const Take& take);
  const MovingRows& rows(std::uint32_t part) const { return *parts_[part].rows; }
  /// The numbers of a synapse brought to a step without event since its last one; the synapse stays as it is.
  void copy_numbers(std::uint32_t part, std::uint32_t synapse, std::int64_t step, double* out);
  /// Its step; 0 where numbers change at events only.
  std::int64_t last_event(std::uint32_t part, std::uint32_t synapse) const;
  /// The delay with which a spike left, 0 where it has arrived by step n.
  double left_with(std::uint32_t part, std::uint32_t source, std::uint32_t in_row, std::int64_t step, std::int64_t n) const;
  std::int64_t last_post(std::uint32_t part, std::uint32_t target) const;

  /// At the end of step n: delays stay as they are by then, all else is as at the start, and no spike is under way.
  void start_anew(std::int64_t n);
  /// Before a checkpoint of step n is put in.
  void clear(std::int64_t n);
  void set(std::uint32_t part, std::uint32_t synapse, std::span<const double> numbers, std::span<const double> travel);
  void set_last_post(std::uint32_t part, std::uint32_t target, std::int64_t step);
  /// A spike that has left; `delays` by synapse of the row, 0 where it has arrived. False where it had to arrive before n.
  bool set_departure(std::uint32_t part, std::uint32_t source, const SpikeInFlight& spike, std::vector<double> delays,
                     std::int64_t n);

 private:
  /// A spike under way: of each synapse of its row the delay it left with, 0 where it has arrived. Of a row's last spike they are
  /// written down only if synapses are to change while it is under way; until then it has left with the delays they have.
  struct Departure {
    std::int64_t step;
    std::uint32_t count, longest;  ///< steps until the last arrival
    std::vector<double> delay_ms;  ///< empty: those of the synapses
  };
  struct Row {
    std::int64_t seen = 0;     ///< everything up to this step is in
    std::int64_t newest = -1;  ///< step of the last spike that left
    std::vector<Departure> flying;
  };
  struct Arrival {
    std::int64_t due;
    double within;  ///< of its step, when: (-h, 0]
    std::int64_t left;
    double delay_ms;
    std::uint32_t count;
  };
  class Numbers;
  struct Contribution {
    Sum q;
    std::uint32_t slot;
  };
  static_assert(sizeof(Contribution) <= moving_arrival_bytes);
  struct Part {
    const CompiledProjection* projection;
    const CompiledPlasticity* rules;
    MovingRows* rows;
    std::vector<Row> row;                          ///< by source
    std::vector<double> more;                      ///< numbers of a synapse behind its delay
    std::vector<std::int32_t> last;                ///< steps of last events, where numbers change between events
    std::vector<std::vector<std::int32_t>> posts;  ///< by target: the last that every row has seen, and all since
    std::vector<std::pair<std::uint32_t, std::uint32_t>> target_of;  ///< (neuron, target), ascending
    std::size_t kept = 0;                                            ///< posts of all targets
    const SignalMemory* memory;
    std::int64_t anchor = 0;  ///< every synapse has been brought to this step
    Piles<Contribution> due;  ///< by step modulo its size
  };

  void add_part(PackedMoving::Part& packed, std::uint32_t shard);
  void bring_to(Part& part, std::uint32_t synapse, double* numbers, std::int64_t step) const;
  void update_row(Part& part, std::uint32_t source, std::int64_t until);
  void update_synapse(Part& part, std::uint32_t source, std::uint32_t in_row, std::int64_t until);
  void sweep(Part& part, std::int64_t until);
  static double delay_of(const Part& part, const Departure& flying, std::uint32_t source, std::uint32_t in_row);
  std::int64_t steps_of(const Part& part, double delay_ms) const;
  bool depart(Part& part, std::uint32_t source, Departure departure, std::int64_t now);

  const PlasticShared& shared_;
  const StepGrid grid_;
  Sum* const input_;
  std::vector<Part> parts_;
  std::vector<Arrival> arrivals_;       ///< of the synapse that is being worked on
  std::vector<Contribution> arriving_;  ///< of the present step
  std::int64_t admitted_ = -1;
  WeightFault fault_;
  std::map<std::int64_t, WeightFault> coming_faults_;  ///< by the step in which they arrive
};

/// All shards together, in canonical order: for probes, hashes and checkpoints.
template <class Sum>
class MovingView {
 public:
  using Shards = std::vector<MovingShard<Sum>*>;
  MovingView(const CompiledNetwork& network, const PackedMoving& packed, Shards shards)
      : network_(network), packed_(packed), shards_(std::move(shards)) {}

  void visit(std::uint32_t projection, std::int64_t n, const SignalBank& signals,
             const std::function<void(const SettledSynapse&)>& take) const;
  void hash(std::int64_t n, WeightHash& hash) const;
  /// Into and out of the projections' records; the spikes in flight are in the checkpoint already.
  void save(std::int64_t n, const PlasticShared& shared, Checkpoint& checkpoint) const;
  void load(const PlasticShared& shared, const Checkpoint& checkpoint) const;
  WeightFault fault() const;

 private:
  SettledSynapse settled(std::uint32_t part, std::uint32_t shard, std::uint32_t synapse, std::int64_t n) const;

  const CompiledNetwork& network_;
  const PackedMoving& packed_;
  const Shards shards_;
};

std::uint64_t predict_moving_bytes(const CompiledNetwork& network, const Partition& partition);
/// Bytes held while the weights that probes ask for are read.
std::uint64_t predict_moving_view_bytes(const CompiledNetwork& network);

}  // namespace spikeloom::cpu
