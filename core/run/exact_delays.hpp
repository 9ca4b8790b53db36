// Delays that learn onto cells that live exactly: real numbers of ms under the rules of core/delay_rule.hpp, at exact times.
//
// At one instant of a synapse what arrives comes first (it meets the last postsynaptic spike before the instant), then
// postsynaptic spikes (they meet what arrived last), then departures, with the delay as it is now. A spike that leaves at t needs
// everything up to t, so its departure waits until that is known (next(), tell()); it arrives a shortest delay later at least.
// Nothing else looks at a synapse but views, checkpoints, anchors of signals and histories that have grown long, all of which
// work through events in order and so change no bit.
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
#include "core/run/exact_drive.hpp"
#include "core/run/settled_synapse.hpp"

namespace spikeloom {

/// Third factors by projection; nullptr: numbers change at events alone, or not in exact time.
using ExactDrives = std::vector<std::unique_ptr<ExactDrive>>;

class ExactDelaysPart {
 public:
  static constexpr ExactTime never{INT64_MAX, 0};

  ExactDelaysPart(const CompiledNetwork& network, const ExactDrives& drives,
                  const std::function<bool(std::uint32_t neuron)>& has);

  bool empty() const { return sets_.empty(); }
  /// A spike leaves a sender; in any order, but not before what was told.
  void leave(std::uint32_t sender, std::uint32_t count, ExactTime t) {
    if (empty() || row_[sender] == row_[sender + 1]) return;
    departures_.push_back({t, sender, count});
    next_ = std::min(next_, t);
  }
  /// The neuron spiked; its spikes come in order of time.
  void post(std::uint32_t neuron, ExactTime t, int times);

  /// The first departure that was not told.
  ExactTime next() const { return next_; }
  struct Sent {
    ExactTime arrival;
    std::uint32_t projection, neuron;
    int receptor;
    std::int64_t q;
    std::uint32_t count;
  };
  /// take(sent) for all departures of which due(time), when everything up to them is known.
  template <class Due, class Take>
  void tell(const Due& due, const Take& take) {
    if (next_ != never && due(next_)) {
      const auto later = std::partition(departures_.begin(), departures_.end(), [&](const Departure& d) { return due(d.time); });
      std::vector<Departure> now(departures_.begin(), later);
      departures_.erase(departures_.begin(), later);
      next_ = never;
      for (const Departure& departure : departures_) next_ = std::min(next_, departure.time);
      std::ranges::sort(now, {}, &Departure::time);
      for (const Departure& departure : now)
        for (std::size_t k = row_[departure.sender]; k < row_[departure.sender + 1]; ++k) {
          constexpr std::size_t ahead = 6;
          if (k + ahead < row_[departure.sender + 1]) prefetch(out_[k + ahead]);
          take(depart(out_[k], departure));
        }
    }
    for (const Place place : long_) cut(place);
    long_.clear();
  }
  /// take(sent) for all that has not arrived by t.
  template <class Take>
  void under_way(ExactTime t, const Take& take) const {
    for (const Set& set : sets_)
      for (const Synapse& synapse : set.synapses)
        for (std::uint32_t f = synapse.flights; f != no_place; f = set.flights[f].next)
          if (set.flights[f].arrival > t) take(sent(set, synapse, set.flights[f]));
  }

  /// Step n is over: where signals are in play, synapses are brought to an anchor.
  void keep_up(std::int64_t n);
  /// At the end of step n: delays stay as they are by then, all else is as at the start, and no spike is under way.
  void start_anew(std::int64_t n);

  const WeightFault& fault() const { return fault_; }

 private:
  friend class ExactLearning;
  static constexpr std::uint32_t no_place = UINT32_MAX, usual_posts = 64;

  struct Flight {
    ExactTime arrival, left;
    double delay_ms;
    std::uint32_t count;
    std::uint32_t next;  ///< of its synapse, or of those that nobody has
  };
  struct Synapse {
    std::uint32_t source, target;  ///< running; among `targets`
    std::int64_t q;
    double weight;
    int receptor;
    std::uint32_t seen = 0;            ///< posts that are in, counted from the start
    std::uint32_t flights = no_place;  ///< the first of its spikes under way, which stand in order of arrival
    ExactTime event;                   ///< its numbers are as of then
    ExactTime left{-1, 0};             ///< of what arrived last: when it left (step -1: nothing did), and its delay
    double left_with = 0;
    double numbers[max_synapse_reals - 1] = {};  ///< the delay first
  };
  /// What changes of a synapse, taken out of its set. Flights that were taken in are the set's until it is stored.
  struct State {
    std::uint32_t seen = 0, flights = no_place;
    ExactTime event, left;
    double left_with = 0;
    double numbers[max_synapse_reals - 1] = {};
  };
  struct Target {
    std::uint32_t running, neuron;
    std::uint32_t dropped = 0;      ///< posts that are no longer kept
    std::vector<ExactTime> times;   ///< of posts
    std::vector<std::uint32_t> in;  ///< its synapses
  };
  /// The synapses of one projection, source by source and then in their canonical order.
  struct Set {
    std::uint32_t projection = 0;
    const CompiledPlasticity* rules = nullptr;
    const ExactDrive* drive = nullptr;
    std::size_t numbers = 1;  ///< that its synapses have
    ExactTime shortest;
    std::vector<Target> targets;
    std::vector<std::uint32_t> place;  ///< by running target: among `targets`, or no_place
    std::vector<std::uint32_t> first;  ///< by source: its synapses, and one more
    std::vector<Synapse> synapses;
    std::deque<Flight> flights;      ///< of all of them
    std::uint32_t spare = no_place;  ///< the first that nobody has
    std::int64_t anchor = 0;         ///< every synapse has been brought to this step
  };
  struct Place {
    std::uint32_t set, index;  ///< of a synapse or a target
  };
  struct Departure {
    ExactTime time;
    std::uint32_t sender, count;
  };

  void add_set(std::uint32_t projection, const ExactDrives& drives, const std::function<bool(std::uint32_t)>& has);
  Sent sent(const Set& set, const Synapse& synapse, const Flight& flight) const {
    return {flight.arrival, set.projection, set.targets[synapse.target].neuron, synapse.receptor, synapse.q, flight.count};
  }
  Sent depart(Place place, const Departure& departure);
  /// Spikes under way to the synapses of a sender lie anywhere.
  void prefetch(Place place) const {
    const Set& set = sets_[place.set];
    const Synapse& synapse = set.synapses[place.index];
    if (synapse.flights != no_place) __builtin_prefetch(&set.flights[synapse.flights], 1);
  }
  const Flight& fly(Set& set, Synapse& synapse, ExactTime left, double delay_ms, std::uint32_t count) const;
  static State load(const Set& set, std::size_t i);
  static void store(Set& set, std::size_t i, const State& state);
  void bring_to(const Set& set, std::size_t i, State& state, ExactTime t) const;
  void meet(const Set& set, State& state, ExactTime post, ExactTime instant) const;
  /// What arrives and what the target sends up to and including `until`.
  void take_in(const Set& set, std::size_t i, State& state, ExactTime until) const;
  void cut(Place target);
  /// As it is when everything up to t has happened.
  SettledSynapse settled(const Set& set, std::size_t i, ExactTime t, double modulator) const;
  void bring_to_anchor(const Set& set, std::size_t i, State& state, std::int64_t anchor) const;
  /// Departures up to t that were not told, by place of their synapse.
  std::map<std::pair<std::uint32_t, std::uint32_t>, std::vector<Departure>> untold(ExactTime t) const;
  std::uint32_t set_of(std::uint32_t projection) const;  ///< sets_.size(): it has none of its synapses

  const CompiledNetwork& network_;
  TimeGrid grid_;
  std::vector<Set> sets_;
  std::vector<std::size_t> row_;  ///< by sender: where its synapses begin, and one more
  std::vector<Place> out_;
  std::vector<std::vector<Place>> members_;  ///< by neuron: where it is a target
  std::vector<Departure> departures_;        ///< that were not told
  ExactTime next_ = never;
  std::vector<Place> long_;  ///< targets whose history has grown long
  WeightFault fault_;
};

/// Bytes of a spike under way, without the event of its arrival; and of a synapse, which holds what arrived last until its next.
inline constexpr std::uint64_t exact_delay_flight_bytes = 48, exact_delay_bytes = 104 + 8 + 4 + exact_delay_flight_bytes;

}  // namespace spikeloom
