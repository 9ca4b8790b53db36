// What happens to a synapse whose delay learns in exact time, in order of its events.
#include "core/run/exact_delays.hpp"

#include <cmath>
#include <numeric>
#include <utility>

#include "core/delay_rule.hpp"
#include "core/run/exact_learning.hpp"
#include "core/run/used_weights.hpp"

namespace spikeloom {

// Making ---------------------------------------------------------------------------------------------------------------------

ExactDelaysPart::ExactDelaysPart(const CompiledNetwork& network, const ExactDrives& drives,
                                 const std::function<bool(std::uint32_t)>& has)
    : network_(network), grid_(network.step_ms) {
  for (std::uint32_t p = 0; p < network.projections.size(); ++p)
    if (network.projections[p].moves_in_exact_time()) add_set(p, drives, has);
  std::erase_if(sets_, [](const Set& set) { return set.synapses.empty(); });
  if (empty()) return;
  row_.assign(network.senders() + 1, 0);
  members_.resize(network.neurons);
  const auto each = [&](const auto& take) {
    for (std::uint32_t s = 0; s < sets_.size(); ++s) {
      const CompiledProjection& projection = network.projections[sets_[s].projection];
      for (std::uint32_t i = 0; i < sets_[s].synapses.size(); ++i) {
        const std::uint32_t source = sets_[s].synapses[i].source;
        const EndSegment& from = projection.from[segment_of(projection.from, source)];
        take(network.first_sender(from.kind, from.index) + cell_of(from, source), Place{s, i});
      }
    }
  };
  each([&](std::uint32_t sender, Place) { ++row_[sender + 1]; });
  std::partial_sum(row_.begin(), row_.end(), row_.begin());
  out_.resize(row_.back());
  std::vector<std::size_t> at(row_.begin(), row_.end() - 1);
  each([&](std::uint32_t sender, Place place) { out_[at[sender]++] = place; });
  for (std::uint32_t s = 0; s < sets_.size(); ++s)
    for (std::uint32_t k = 0; k < sets_[s].targets.size(); ++k) members_[sets_[s].targets[k].neuron].push_back({s, k});
}

void ExactDelaysPart::add_set(std::uint32_t p, const ExactDrives& drives, const std::function<bool(std::uint32_t)>& has) {
  static_assert(sizeof(Synapse) + sizeof(Place) + sizeof(std::uint32_t) + sizeof(Flight) == exact_delay_bytes &&
                sizeof(Flight) == exact_delay_flight_bytes);
  const CompiledProjection& projection = network_.projections[p];
  Set& set = sets_.emplace_back();
  set.projection = p;
  set.rules = projection.plasticity.get();
  set.drive = drives[p].get();
  set.numbers = static_cast<std::size_t>(set.rules->numbers()) - 1;  // weights stay
  set.shortest = grid_.exact(set.rules->shortest_ms);
  set.place.assign(projection.rows->targets, no_place);
  set.first.assign(projection.rows->sources + 1, 0);
  each_synapse(*projection.rows, [&](const SynapseBatch& batch, std::uint32_t k) {
    const std::uint32_t running = batch.target[k], neuron = neuron_of(network_, projection, running);
    if (!has(neuron)) return;
    ++set.first[batch.source[k] + 1];
    if (set.place[running] != no_place) return;
    set.place[running] = static_cast<std::uint32_t>(set.targets.size());
    set.targets.push_back({.running = running, .neuron = neuron});
  });
  std::partial_sum(set.first.begin(), set.first.end(), set.first.begin());
  set.synapses.resize(set.first.back());
  std::vector<std::uint32_t> at(set.first.begin(), set.first.end() - 1);
  each_synapse(*projection.rows, [&](const SynapseBatch& batch, std::uint32_t k) {
    const std::uint32_t running = batch.target[k];
    if (set.place[running] == no_place) return;
    const std::uint32_t i = at[batch.source[k]]++;
    const std::size_t segment = segment_of(projection.to, running);
    const int receptor = projection.receptor_of(segment, batch.weight[k]);
    const int exponent = network_.populations[projection.to[segment].index].grids[static_cast<std::size_t>(receptor)].exponent;
    const std::int64_t q = grid_round(batch.weight[k], std::ldexp(1.0, exponent));
    set.targets[set.place[running]].in.push_back(i);
    set.synapses[i] = {.source = batch.source[k],
                       .target = set.place[running],
                       .q = q,
                       .weight = std::ldexp(static_cast<double>(q), -exponent),
                       .receptor = receptor,
                       .numbers = {batch.delay_ms[k]}};
  });
}

std::uint32_t ExactDelaysPart::set_of(std::uint32_t projection) const {
  return static_cast<std::uint32_t>(std::ranges::find(sets_, projection, &Set::projection) - sets_.begin());
}

// One synapse ----------------------------------------------------------------------------------------------------------------

auto ExactDelaysPart::load(const Set& set, std::size_t i) -> State {
  const Synapse& synapse = set.synapses[i];
  State state{synapse.seen, synapse.flights, synapse.event, synapse.left, synapse.left_with, {}};
  std::ranges::copy(synapse.numbers, state.numbers);
  return state;
}

void ExactDelaysPart::store(Set& set, std::size_t i, const State& state) {
  Synapse& synapse = set.synapses[i];
  while (synapse.flights != state.flights) {
    std::uint32_t& next = set.flights[synapse.flights].next;
    set.spare = std::exchange(synapse.flights, std::exchange(next, set.spare));
  }
  synapse.seen = state.seen, synapse.event = state.event, synapse.left = state.left, synapse.left_with = state.left_with;
  std::ranges::copy(state.numbers, synapse.numbers);
}

void ExactDelaysPart::bring_to(const Set& set, std::size_t i, State& state, ExactTime t) const {
  if (set.drive != nullptr) {
    const CompiledRule& rule = *set.rules->delay;
    const std::uint32_t channel = set.rules->channel_of(set.targets[set.synapses[i].target].running);
    set.drive->over(channel, state.event, t, [&](double elapsed_ms, double drive) {
      rule.rule->delay.advance(state.numbers, elapsed_ms, drive, rule.coefficients.data());
    });
  }
  state.event = t;
}

void ExactDelaysPart::meet(const Set& set, State& state, ExactTime post, ExactTime instant) const {
  if (state.left.step < 0 || !network_.projections[set.projection].learns_at(TimeGrid::step_of(instant))) return;
  const CompiledRule& rule = *set.rules->delay;
  rule.rule->delay.on_pair(state.numbers, grid_.between(state.left, post) - state.left_with, rule.coefficients.data());
}

void ExactDelaysPart::take_in(const Set& set, std::size_t i, State& state, ExactTime until) const {
  const Target& target = set.targets[set.synapses[i].target];
  for (;;) {
    const std::size_t next = state.seen - target.dropped;
    const ExactTime arrival = state.flights == no_place ? never : set.flights[state.flights].arrival;
    const ExactTime post = next < target.times.size() ? target.times[next] : never;
    const ExactTime t = std::min(arrival, post);
    if (t > until) return;
    bring_to(set, i, state, t);
    if (arrival == t) {
      const Flight& flight = set.flights[state.flights];
      state.flights = flight.next, state.left = flight.left, state.left_with = flight.delay_ms;
      for (std::uint32_t k = 0; k < flight.count && next > 0; ++k) meet(set, state, target.times[next - 1], t);
    } else {
      ++state.seen;
      meet(set, state, t, t);
    }
  }
}

auto ExactDelaysPart::fly(Set& set, Synapse& synapse, ExactTime left, double delay_ms, std::uint32_t count) const
    -> const Flight& {
  if (set.spare == no_place) {
    set.spare = static_cast<std::uint32_t>(set.flights.size());
    set.flights.push_back({.next = no_place});
  }
  // Rounding shall not make it arrive within the epoch in which it left.
  const ExactTime arrival = std::max(grid_.after(left, delay_ms), grid_.add(left, set.shortest));
  std::uint32_t* place = &synapse.flights;
  while (*place != no_place && set.flights[*place].arrival <= arrival) place = &set.flights[*place].next;
  const std::uint32_t mine = std::exchange(set.spare, set.flights[set.spare].next);
  set.flights[mine] = {arrival, left, delay_ms, count, std::exchange(*place, mine)};
  return set.flights[mine];
}

auto ExactDelaysPart::depart(Place place, const Departure& departure) -> Sent {
  Set& set = sets_[place.set];
  Synapse& synapse = set.synapses[place.index];
  State state = load(set, place.index);
  take_in(set, place.index, state, departure.time);
  bring_to(set, place.index, state, departure.time);
  store(set, place.index, state);
  const double delay_ms = state.numbers[0];
  if (std::isnan(delay_ms))
    fault_.add(TimeGrid::step_of(departure.time), set.projection, synapse.source, set.targets[synapse.target].running, delay_ms);
  return sent(set, synapse, fly(set, synapse, departure.time, usable_delay(delay_ms, set.rules->shortest_ms), departure.count));
}

// Posts ----------------------------------------------------------------------------------------------------------------------

void ExactDelaysPart::post(std::uint32_t neuron, ExactTime t, int times) {
  if (empty()) return;
  for (const Place member : members_[neuron]) {
    Target& target = sets_[member.set].targets[member.index];
    target.times.insert(target.times.end(), static_cast<std::size_t>(times), t);
    if (target.times.size() >= usual_posts) long_.push_back(member);
  }
}

/// What left before the posts that are kept has been told.
void ExactDelaysPart::cut(Place place) {
  Set& set = sets_[place.set];
  Target& target = set.targets[place.index];
  if (target.times.size() < usual_posts) return;
  for (const std::uint32_t i : target.in) {
    State state = load(set, i);
    take_in(set, i, state, target.times.back());
    store(set, i, state);
  }
  target.dropped += static_cast<std::uint32_t>(target.times.size()) - 1;  // the last one is asked for
  target.times.erase(target.times.begin(), target.times.end() - 1);
}

// From outside ---------------------------------------------------------------------------------------------------------------

SettledSynapse ExactDelaysPart::settled(const Set& set, std::size_t i, ExactTime t, double modulator) const {
  State state = load(set, i);
  take_in(set, i, state, t);
  bring_to(set, i, state, t);
  if (set.drive != nullptr && set.drive->is_known()) {
    const CompiledRule& rule = *set.rules->delay;
    if (const double pulse = set.drive->at_once(t); pulse != 0)
      rule.rule->delay.advance(state.numbers, 0, pulse, rule.coefficients.data());
    modulator = set.drive->value(t);
  }
  const Synapse& synapse = set.synapses[i];
  SettledSynapse out{synapse.source, set.targets[synapse.target].running, synapse.weight, {}};
  for (std::size_t k = 0; k < set.numbers; ++k) out.states[k] = same_nan(state.numbers[k]);
  if (set.rules->signal >= 0) out.states[set.numbers] = modulator;
  return out;
}

void ExactDelaysPart::bring_to_anchor(const Set& set, std::size_t i, State& state, std::int64_t anchor) const {
  if (anchor == 0) return;
  take_in(set, i, state, {anchor, 0});
  if (state.event < ExactTime{anchor, 0}) bring_to(set, i, state, {anchor, 0});
}

void ExactDelaysPart::keep_up(std::int64_t n) {
  for (Set& set : sets_) {
    const std::int64_t anchor = anchor_by(network_, network_.projections[set.projection], set.drive, n);
    if (anchor <= set.anchor) continue;
    for (std::size_t i = 0; i < set.synapses.size(); ++i) {
      State state = load(set, i);
      bring_to_anchor(set, i, state, anchor);
      store(set, i, state);
    }
    set.anchor = anchor;
  }
}

auto ExactDelaysPart::untold(ExactTime t) const -> std::map<std::pair<std::uint32_t, std::uint32_t>, std::vector<Departure>> {
  std::map<std::pair<std::uint32_t, std::uint32_t>, std::vector<Departure>> by_place;
  for (const Departure& departure : departures_)
    for (std::size_t k = row_[departure.sender]; departure.time <= t && k < row_[departure.sender + 1]; ++k)
      by_place[{out_[k].set, out_[k].index}].push_back(departure);
  return by_place;
}

void ExactDelaysPart::start_anew(std::int64_t n) {
  const ExactTime now{n, 0};
  departures_.clear(), long_.clear(), next_ = never;
  for (Set& set : sets_) {
    for (std::size_t i = 0; i < set.synapses.size(); ++i) {
      Synapse& synapse = set.synapses[i];
      synapse.numbers[0] = settled(set, i, now, 0).states[0];
      std::fill(std::begin(synapse.numbers) + 1, std::end(synapse.numbers), 0.0);
    }
    for (Synapse& synapse : set.synapses) {
      synapse.seen = 0, synapse.flights = no_place;
      synapse.event = now, synapse.left = {-1, 0}, synapse.left_with = 0;
    }
    set.flights.clear(), set.spare = no_place;
    for (Target& target : set.targets) target.dropped = 0, target.times.clear();
  }
}

}  // namespace spikeloom
