// The plastic synapses of one shard: lazy rows, the recent spikes of their targets, and presynaptic spikes under way.
//
// All happens when a presynaptic spike arrives at a run of its row: posts of the targets since the run was last looked at are
// taken in, then the pre, and what it sends on is added to the sums. What a rule needs of the presynaptic side lies with the
// spike, to which cursors point. When the history of a target is about to lose a post that some run has not taken in, all runs
// are brought up to date (a sweep); neither that nor a look from outside changes a bit, since numbers change at events alone.
//
// The order at one instant stands in core/model.hpp, the clock of steps in core/rule_run.hpp. Without a dendritic delay posts
// of the instant are not known when its pre arrives: then the pre is put in later (PlasticHead::pending).
#pragma once

#include <deque>
#include <functional>
#include <memory>
#include <vector>

#include "backends/cpu/kernels.hpp"
#include "backends/cpu/piles.hpp"
#include "backends/cpu/plastic_rows.hpp"
#include "core/run/checkpoint.hpp"
#include "core/run/guards.hpp"
#include "core/run/modulation.hpp"
#include "core/run/settled_synapse.hpp"
#include "core/run/signal_memory.hpp"

namespace spikeloom::cpu {

/// What all shards share.
struct PlasticShared {
  const CompiledNetwork& network;
  const Partition& partition;
  const PackedPlastic& packed;
  const KernelTable& kernels;
  const Modulator& modulator;
  std::vector<std::unique_ptr<SignalMemory>> memories;  ///< by plastic projection; nullptr: numbers change at events only
};

template <class Real, class Sum>
class PlasticShard {
 public:
  PlasticShard(const PlasticShared& shared, std::uint32_t shard, Sum* input);

  bool empty() const { return parts_.empty(); }
  /// Spikes of one emission step, equal ids beside each other.
  void admit(std::int64_t emitted, std::span<const std::uint32_t> ids);
  void admit(std::int64_t emitted, std::uint32_t id, std::uint32_t count);
  /// Add everything that arrives in step n to the sums; returns how much that was.
  std::uint64_t drain(std::int64_t n);
  /// Cells of this shard that spiked in step n, as ids.
  void posts(std::int64_t n, std::span<const std::uint32_t> ids);
  const WeightFault& fault() const { return fault_; }
  void set_fault(const WeightFault& fault) { fault_ = fault; }

  /// A run with its numbers as they are at some step, apart from the row.
  struct Settled {
    std::vector<std::byte> bytes;
    PlasticHead* head() { return reinterpret_cast<PlasticHead*>(bytes.data()); }
    /// Traces by trace: one pre per run, one post per synapse; the short-term rule's.
    Real pre[max_traces], short_term[max_traces];
    std::vector<Real> post[max_traces];
  };
  /// The run of `delay` in the row of `source`: with all of step n and before in, or (`waiting`) as a checkpoint holds it.
  Settled settled(std::uint32_t part, std::uint32_t source, std::uint32_t delay, std::int64_t n, bool waiting) const;

  /// Last marks that are at least so old (checkpoint.hpp).
  TraceMark pre_mark(std::uint32_t part, std::uint32_t source, std::int64_t n) const;
  TraceMark post_mark(std::uint32_t part, std::uint32_t local, std::int64_t n) const;
  /// Start anew from a checkpoint of step n: marks first, then the spikes in flight, then runs_loaded().
  void clear();
  void set_pre_mark(std::uint32_t part, std::uint32_t source, const TraceMark& mark);
  void set_post_mark(std::uint32_t part, std::uint32_t local, const TraceMark& mark);
  void load_spike(const SpikeInFlight& spike, std::int64_t n);
  /// A post of `step`; those that the marks of targets stand for are left out.
  void load_post(std::uint32_t id, std::int64_t step, std::int64_t n);
  void runs_loaded(std::int64_t n);
  /// As PlasticView's.
  void start_anew(std::int64_t n);

 private:
  /// A presynaptic spike (or several at once) and the traces it left.
  struct Mark {
    std::int32_t step = never_kept;
    std::uint32_t count = 0;
    Real after[max_traces] = {}, short_after[max_traces] = {};
  };
  struct Spike {
    std::uint32_t source;
    Mark older, last, now;
  };
  struct Flying {
    Spike spike;
    std::uint64_t previous;  ///< of this source: the how manieth of all it is; 0: none
  };
  /// Its spike lies in `flying`, where it stays for the longest delay.
  struct Cursor {
    PlasticHead* run;
    const Spike* spike;
  };
  struct Part {
    const CompiledProjection* projection;
    const CompiledPlasticity* rules;
    const std::vector<PlasticHead*>* rows;
    RuleKernels kernels;
    std::vector<Real> c, short_c;
    int numbers;
    std::uint32_t segment, population;  ///< of the targets
    std::uint32_t first, cells;         ///< cells of the population in this shard
    Sum* input;
    Real scale, low, high;
    PlasticHistory history;
    std::vector<Mark> older, last;      ///< by source
    std::deque<Flying> flying;          ///< of the last history.pre steps
    std::uint64_t landed = 0;           ///< how many were in `flying` before its first
    std::vector<std::uint64_t> newest;  ///< by source, as Flying::previous
    std::uint32_t kept;                 ///< posts of a target
    std::vector<std::int32_t> steps;    ///< as in PostHistory
    std::vector<Real> traces[max_traces];
    std::int32_t now = never_kept;  ///< the instant of traces_now and ties, as in PostsNow; within a step
    std::vector<Real> traces_now[max_traces];
    std::vector<std::uint16_t> ties;
    std::uint32_t tie_count = 0;
    const SignalMemory* memory;
    std::vector<std::uint32_t> channel;  ///< of the signal, by target; empty: 0
    std::int64_t anchor = 0;             ///< every synapse has been brought to this instant
    std::int32_t swept = never_kept;     ///< every run has seen posts up to here
    Piles<Cursor> due;                   ///< by step modulo its size
    std::vector<Cursor> arriving;        ///< those of the present step
  };
  /// What a Mark becomes with `count` spikes at `step`, and the traces before each.
  struct Raised {
    Mark mark;
    std::vector<Real> own;      ///< count x max_traces
    std::vector<Real> release;  ///< count
  };

  void add_part(std::uint32_t p);
  Raised raised(const Part& part, const Mark& from, std::int32_t step, std::uint32_t count) const;
  void start_mark(const Part& part, Mark& mark) const;
  PostHistory<Real> history(const Part& part) const;
  void know_posts_now(Part& part, std::int64_t n);
  RuleRun<Real> view(const Part& part, PlasticHead* run) const;
  void take_posts(const Part& part, PlasticHead* run, std::int32_t until, const Mark& since) const;
  void take_posts(const Part& part, PlasticHead* run, std::int32_t until, const Mark& since, bool paused) const;
  void take_pres(const Part& part, PlasticHead* run, const Mark& before, const Mark& mark, bool keep, Sum* input) const;
  void finish_pending(const Part& part, PlasticHead* run, const Mark& older, const Mark& last) const;
  /// The spike reaches the run; `input` nullptr: it sends nothing on.
  void arrive(const Part& part, PlasticHead* run, const Spike& spike, Sum* input) const;
  /// Brings a run, whose last arrived spike is `last`, to an instant.
  void settle(const Part& part, PlasticHead* run, const Mark& older, const Mark& last, std::int64_t instant) const;
  /// Calls see(spike) for those of a source that have not come that far by step n, newest first.
  template <class See>
  void for_under_way(const Part& part, std::uint32_t source, std::int64_t delay, std::int64_t n, const See& see) const;
  /// What had arrived before the oldest of these: the last mark and that before it.
  struct Arrived {
    const Mark *older, *last;
  };
  Arrived last_arrived(const Part& part, std::uint32_t source, std::int64_t delay, std::int64_t n) const;
  void push(Part& part, Cursor cursor, std::int64_t due, std::int64_t now);
  /// Calls take(run, older, last) for every run with the spikes that arrived last by step n.
  template <class Take>
  void for_runs(const Part& part, std::int64_t n, const Take& take) const;
  void sweep(Part& part, std::int64_t n);
  void keep_up_with_anchors(Part& part, std::int64_t n);
  std::int32_t last_event(const Part& part, const PlasticHead* run, const Mark& last) const;
  void bring_to(const Part& part, PlasticHead* run, const Mark& last, std::int64_t instant) const;
  void add_post(Part& part, std::uint32_t local, std::int64_t n);
  void make_room(Part& part, std::uint32_t local, std::int64_t n);
  void grow(Part& part) const;
  /// Columns from this place on become those of cells that never spiked.
  void start_posts(Part& part, std::size_t from) const;
  static std::size_t last_post(const Part& part, std::uint32_t local, std::int64_t step);
  static void report(void* reporter, std::uint32_t synapse, double weight);

  const PlasticShared& shared_;
  const std::uint32_t shard_;
  Sum* const input_;
  std::vector<Part> parts_;
  mutable WeightFault fault_;
  mutable std::uint32_t current_source_ = 0;  ///< of what is being sent
};

/// Bytes of the memory of a signal: two spans of it.
std::uint64_t predict_memory_bytes(const CompiledNetwork& network, const CompiledPlasticity& rules);
/// Bytes of all shards beside the rows: traces of both sides, histories of posts, memories of signals.
std::uint64_t predict_plastic_state_bytes(const CompiledNetwork& network, const Partition& partition);

}  // namespace spikeloom::cpu
