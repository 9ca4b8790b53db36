// Plastic synapses in exact time: lazy, between cells of which at least one side lives from event to event.
//
// A synapse has its own time (core/model.hpp): a presynaptic spike of t acts at the instant t + axonal delay, a postsynaptic one
// at t + dendritic delay, both exact. All happens when what a presynaptic spike sends on arrives at the target, a dendritic
// delay after its instant: the posts of the target up to the instant are taken in from a short history of its spikes, then the
// pre, and the weight is sent on. An arrival knows of posts before itself only; where the dendritic delay is 0 posts of the
// instant itself may be yet to come, and its pre stays pending until the synapse is looked at again.
//
// A history that has grown long is cut by taking it in at all synapses of its target. Neither that nor a look from outside
// changes a bit, as numbers change at events (and anchors of signals) alone, each worked through in order.
//
// Targets are neurons, by their number among all; a part has those that it was given, and is written by one thread.
#pragma once

#include <algorithm>
#include <deque>
#include <functional>
#include <map>
#include <memory>
#include <span>
#include <utility>
#include <vector>

#include "core/run/bytes.hpp"
#include "core/run/checkpoint.hpp"
#include "core/run/exact_delays.hpp"
#include "core/run/exact_drive.hpp"
#include "core/run/exact_instant.hpp"
#include "core/run/hash.hpp"

namespace spikeloom {

/// Sorts, then calls take(item, how many there are of it).
template <class Item, class Take>
void each_group(std::vector<Item>& items, const Take& take) {
  std::ranges::sort(items);
  for (std::size_t k = 0, end = 0; k < items.size(); k = end) {
    while (end < items.size() && items[end] == items[k]) ++end;
    take(items[k], static_cast<std::uint32_t>(end - k));
  }
}

class ExactLearningPart {
 public:
  ExactLearningPart(const CompiledNetwork& network, const ExactDrives& drives,
                    const std::function<bool(std::uint32_t neuron)>& has);

  bool empty() const { return sets_.empty(); }
  /// A spike leaves a sender: take(arrival, id of the synapse, neuron) for every synapse of its that this part has.
  template <class Take>
  void leave(std::uint32_t sender, std::uint32_t count, ExactTime t, const Take& take) {
    if (empty() || row_[sender] == row_[sender + 1]) return;
    flying_.push_back({t, sender, count});
    for (std::size_t k = row_[sender]; k < row_[sender + 1]; ++k)
      take(grid_.add(t, out_[k].delay), out_[k].id, sets_[out_[k].id >> 32].target_of(out_[k].id).neuron);
  }

  /// What the arrival of `pres` spikes at one synapse and time does to a receptor of its neuron; all earlier posts of the neuron
  /// are known. `q`: one number per spike, valid until the next call.
  struct Sent {
    std::uint32_t projection, neuron;
    int receptor;
    std::span<const std::int64_t> q;
  };
  Sent arrive(ExactTime t, std::uint64_t id, std::uint32_t pres);
  /// Arrivals at a stepped neuron wait here for their step; then give(sent) for all of step n.
  void wait(ExactTime arrival, std::uint64_t id, std::uint32_t count) {
    waiting_[TimeGrid::step_of(arrival)].insert(waiting_[TimeGrid::step_of(arrival)].end(), count, {arrival, id});
  }
  bool arrives_in(std::int64_t n) const { return !waiting_.empty() && waiting_.begin()->first <= n; }
  template <class Give>
  void arrive_in(std::int64_t n, const Give& give) {
    if (!arrives_in(n)) return;
    auto due = std::move(waiting_.extract(waiting_.begin()).mapped());
    each_group(due, [&](const auto& arrival, std::uint32_t pres) { give(arrive(arrival.first, arrival.second, pres)); });
  }
  /// The neuron spiked; arrivals before t have been worked through.
  void post(std::uint32_t neuron, ExactTime t, int times);

  /// Step n is over: spikes that have arrived are forgotten, and where signals are in play synapses are brought to an anchor.
  void keep_up(std::int64_t n);
  /// At the end of step n: weights stay as they are by then, all else is as at the start, and no spike is under way.
  void start_anew(std::int64_t n, std::span<const SpikeInFlight> more);

  const WeightFault& fault() const { return fault_; }

 private:
  friend class ExactLearning;

  struct Head {
    ExactTime last{-1, 0};  ///< instant of the last pre; step -1: none
    std::uint32_t source, target;
    std::uint32_t seen = 0;     ///< posts that are in, counted from the start
    std::uint32_t pending = 0;  ///< pres of `last` that are not in yet
  };
  struct Target {
    std::uint32_t running = 0, neuron = 0;
    int receptor = 0;
    double scale = 1;              ///< grid units
    std::uint32_t dropped = 0;     ///< posts that are no longer kept
    std::uint32_t limit = 0;       ///< so many posts, and the history is cut
    std::vector<ExactTime> times;  ///< of posts
    std::vector<double> traces;    ///< as each left them
  };
  /// The synapses of one projection, target by target.
  struct Set {
    std::uint32_t projection = 0;
    const CompiledPlasticity* rules = nullptr;
    const ExactDrive* drive = nullptr;
    int numbers = 1, pre = 0, post = 0, short_term = 0;
    ExactTime one_dendritic;
    std::vector<ExactTime> dendritic;  ///< by synapse; empty: one for all
    ExactTime longest;                 ///< delay
    std::vector<Target> targets;
    std::vector<std::uint32_t> place;  ///< by running target: among `targets`, or no_place
    std::vector<std::uint32_t> first;  ///< by target: its synapses, and one more
    std::vector<Head> heads;
    std::vector<double> reals;     ///< by synapse: numbers, traces of the pre side, of the short-term rule
    std::vector<ExactTime> event;  ///< where numbers change between events: the last instant or anchor
    std::int64_t anchor = 0;       ///< every synapse has been brought to this step
    const Target& target_of(std::uint64_t id) const { return targets[heads[static_cast<std::uint32_t>(id)].target]; }
    std::size_t stride() const {
      return static_cast<std::size_t>(numbers) + static_cast<std::size_t>(pre) + static_cast<std::size_t>(short_term);
    }
    ExactTime dendritic_of(std::uint32_t i) const { return dendritic.empty() ? one_dendritic : dendritic[i]; }
  };
  /// A synapse taken out of its set.
  struct State {
    double numbers[max_synapse_reals] = {}, pre[max_traces] = {}, short_term[max_traces] = {};
    ExactTime last, event;
    std::uint32_t seen = 0, pending = 0;
  };
  struct Out {
    ExactTime delay;
    std::uint64_t id;
  };
  struct Flying {
    ExactTime time;
    std::uint32_t sender, count;
  };
  static constexpr std::uint32_t no_place = UINT32_MAX, usual_posts = 64;

  void add_set(std::uint32_t projection, const ExactDrives& drives, const std::function<bool(std::uint32_t)>& has);
  ExactTime delay_of(const CompiledProjection& projection, const SynapseBatch& batch, std::uint32_t i) const;
  void start(Set& set) const;
  static State load(const Set& set, std::uint32_t i);
  static void store(Set& set, std::uint32_t i, const State& state);
  void bring_to(const Set& set, std::uint32_t i, State& state, ExactTime t) const;
  void fade_pre(const Set& set, State& state, ExactTime t) const;
  /// Traces of the post side right after the posts that are in, at t.
  void post_traces(const Set& set, std::uint32_t i, const State& state, ExactTime t, double* traces) const;
  /// How many of the posts not yet in are of this instant.
  std::uint32_t posts_of(const Set& set, std::uint32_t i, const State& state, ExactTime t) const;
  template <class Send>
  void instant(const Set& set, std::uint32_t i, State& state, ExactTime t, std::uint32_t pres, std::uint32_t posts,
               const Send& send) const;
  /// Everything of before `until` that is known, and with `with_end` of `until` itself.
  void take_in(const Set& set, std::uint32_t i, State& state, ExactTime until, bool with_end) const;
  ExactTime come_to(const Set& set, std::uint32_t i, State& state, ExactTime at) const;
  void cut(Set& set, std::uint32_t target, ExactTime t);
  void bring_to_anchor(const Set& set, std::uint32_t i, State& state, std::int64_t anchor) const;

  /// Instants up to t of spikes that arrive later, by synapse and time.
  struct UnderWay {
    std::uint32_t synapse;
    ExactTime instant;
    std::uint32_t count;
  };
  std::vector<UnderWay> under_way(std::uint32_t set, ExactTime t, std::span<const SpikeInFlight> more) const;
  /// `pres`: under_way() of the set.
  SettledSynapse settled(const Set& set, std::uint32_t i, ExactTime t, std::span<const UnderWay> pres, double modulator) const;
  std::uint32_t set_of(std::uint32_t projection) const;  ///< sets_.size(): it has none of its synapses

  const CompiledNetwork& network_;
  TimeGrid grid_;
  std::vector<Set> sets_;
  std::vector<std::size_t> row_;  ///< by sender: where its synapses begin, and one more
  std::vector<Out> out_;
  struct Member {
    std::uint32_t set, target;
  };
  std::vector<std::uint32_t> member_row_;  ///< by neuron: where it is a target, and one more
  std::vector<Member> members_;
  std::deque<Flying> flying_;                                                         ///< spikes that may not have arrived
  std::map<std::int64_t, std::vector<std::pair<ExactTime, std::uint64_t>>> waiting_;  ///< by step
  std::vector<std::int64_t> sent_;
  WeightFault fault_;
};

/// The neuron that a target, by running index, is.
std::uint32_t neuron_of(const CompiledNetwork& network, const CompiledProjection& projection, std::uint32_t target);
/// The last anchor that synapses are brought to by the end of step n; 0 where there are none.
std::int64_t anchor_by(const CompiledNetwork& network, const CompiledProjection& projection, const ExactDrive* drive,
                       std::int64_t n);

/// All of them: parts, third factors, and what is seen from outside.
class ExactLearning {
 public:
  /// `part_of`: by neuron, below `parts`. Parts below `behind` have not heard of the spikes in the `more` of those who look.
  ExactLearning(const CompiledNetwork& network, std::vector<std::uint32_t> part_of, std::uint32_t parts,
                std::uint32_t behind = 0);

  bool empty() const { return empty_; }
  ExactLearningPart& part(std::uint32_t k) { return *parts_[k]; }
  const ExactLearningPart& part(std::uint32_t k) const { return *parts_[k]; }
  std::uint32_t parts() const { return static_cast<std::uint32_t>(parts_.size()); }
  /// Of synapses whose delays learn: as many parts.
  ExactDelaysPart& delays(std::uint32_t k) { return *delays_[k]; }
  const ExactDelaysPart& delays(std::uint32_t k) const { return *delays_[k]; }
  /// Before step n, when step `done` is over: the signals that act on step n.
  void hear(std::int64_t n, std::int64_t done, const SignalBank& signals);
  /// At the end of step n: ExactLearningPart::start_anew().
  void start_anew(std::int64_t n, std::span<const SpikeInFlight> more);

  /// Every synapse of a projection as it is at t, when everything has happened that happens up to t.
  void visit(std::uint32_t projection, ExactTime t, const SignalBank& signals, std::span<const SpikeInFlight> more,
             const std::function<void(const SettledSynapse&)>& take) const;
  void hash(std::int64_t n, const SignalBank& signals, std::span<const SpikeInFlight> more, WeightHash& hash) const;

  /// The first fault of all parts, added to `fault`.
  void fault(WeightFault& fault) const;
  void set_fault(const WeightFault& fault);
  /// As after step n; faults are kept apart (Checkpoint::fault).
  void save(ByteWriter& out, std::int64_t n) const;
  /// Nothing is under way any more; spikes leave again.
  void load(ByteReader& in, std::int64_t n);

 private:
  using Part = ExactLearningPart;
  /// Calls take(part, index of its set, synapse) in canonical order.
  using Take = std::function<void(Part&, std::uint32_t set, std::uint32_t synapse)>;
  void each(std::uint32_t projection, const Take& take) const;
  /// Which of its sets each part keeps a projection in, and where in it the next synapse of each row lies.
  struct Places {
    std::vector<std::uint32_t> set;
    std::vector<std::vector<std::uint32_t>> next;
  };
  template <class Parts>
  static Places places_of(const Parts& parts, std::uint32_t projection);
  void save_posts(std::uint32_t projection, const std::vector<std::uint32_t>& behind, ByteWriter& out) const;
  // The same of delays that learn:
  void each_delay(std::uint32_t projection,
                  const std::function<void(std::uint32_t part, ExactDelaysPart::Set&, std::size_t synapse)>& take) const;
  void visit_delays(std::uint32_t projection, ExactTime t, const SignalBank& signals,
                    const std::function<void(const SettledSynapse&)>& take) const;
  void save_delays(std::uint32_t projection, ByteWriter& out, std::int64_t n) const;
  void load_delays(std::uint32_t projection, ByteReader& in, std::int64_t n);

  const CompiledNetwork& network_;
  std::vector<std::uint32_t> part_of_;
  std::uint32_t behind_;
  ExactDrives drives_;
  std::vector<std::unique_ptr<Part>> parts_;
  std::vector<std::unique_ptr<ExactDelaysPart>> delays_;
  bool empty_ = true;
};

/// Bytes that exact learning takes, and once more its synapses while it is made.
struct ExactLearningBytes {
  std::uint64_t synapses = 0, rest = 0, scratch = 0;
};
ExactLearningBytes predict_exact_learning_bytes(const CompiledNetwork& network, std::uint64_t parts);

}  // namespace spikeloom
