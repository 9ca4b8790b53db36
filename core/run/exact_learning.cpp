// Lazy synapses in exact time at work.
#include "core/run/exact_learning.hpp"

#include <algorithm>
#include <cmath>
#include <numeric>

#include "core/run/used_weights.hpp"

namespace spikeloom {

std::uint32_t neuron_of(const CompiledNetwork& network, const CompiledProjection& projection, std::uint32_t target) {
  const EndSegment& to = projection.to[segment_of(projection.to, target)];
  return network.populations[to.index].first + cell_of(to, target);
}

std::int64_t anchor_by(const CompiledNetwork& network, const CompiledProjection& projection, const ExactDrive* drive,
                       std::int64_t n) {
  if (drive == nullptr || drive->is_known()) return 0;
  return last_anchor(network, *projection.plasticity, n, longest_wait(projection));
}

// Making ---------------------------------------------------------------------------------------------------------------------

ExactLearningPart::ExactLearningPart(const CompiledNetwork& network, const ExactDrives& drives,
                                     const std::function<bool(std::uint32_t)>& has)
    : network_(network), grid_(network.step_ms) {
  for (std::uint32_t p = 0; p < network.projections.size(); ++p)
    if (const auto& projection = network.projections[p]; projection.learns_in_exact_time() && !projection.moves_in_exact_time())
      add_set(p, drives, has);
  std::erase_if(sets_, [](const Set& set) { return set.heads.empty(); });
  if (empty()) return;
  row_.assign(network.senders() + 1, 0);
  member_row_.assign(network.neurons + 1, 0);
  const auto each_out = [&](const auto& take) {
    for (std::uint32_t s = 0; s < sets_.size(); ++s) {
      const Set& set = sets_[s];
      const CompiledProjection& projection = network.projections[set.projection];
      std::vector<std::uint32_t> at(set.first.begin(), set.first.end() - 1);
      each_synapse(*projection.rows, [&](const SynapseBatch& batch, std::uint32_t i) {
        const std::uint32_t place = set.place[batch.target[i]];
        if (place == no_place) return;
        const EndSegment& from = projection.from[segment_of(projection.from, batch.source[i])];
        take(network.first_sender(from.kind, from.index) + cell_of(from, batch.source[i]), std::uint64_t{s} << 32 | at[place]++,
             delay_of(projection, batch, i));
      });
    }
  };
  each_out([&](std::uint32_t sender, std::uint64_t, ExactTime) { ++row_[sender + 1]; });
  std::partial_sum(row_.begin(), row_.end(), row_.begin());
  out_.resize(row_.back());
  std::vector<std::size_t> at(row_.begin(), row_.end() - 1);
  each_out([&](std::uint32_t sender, std::uint64_t id, ExactTime delay) { out_[at[sender]++] = {delay, id}; });
  for (const Set& set : sets_)
    for (const Target& target : set.targets) ++member_row_[target.neuron + 1];
  std::partial_sum(member_row_.begin(), member_row_.end(), member_row_.begin());
  members_.resize(member_row_.back());
  std::vector<std::uint32_t> next(member_row_.begin(), member_row_.end() - 1);
  for (std::uint32_t s = 0; s < sets_.size(); ++s)
    for (std::uint32_t k = 0; k < sets_[s].targets.size(); ++k) members_[next[sets_[s].targets[k].neuron]++] = {s, k};
}

void ExactLearningPart::add_set(std::uint32_t p, const ExactDrives& drives, const std::function<bool(std::uint32_t)>& has) {
  const CompiledProjection& projection = network_.projections[p];
  Set& set = sets_.emplace_back();
  set.projection = p;
  set.rules = projection.plasticity.get();
  set.drive = drives[p].get();
  set.numbers = set.rules->numbers();
  if (const auto& rule = set.rules->weight) set.pre = rule->rule->pre, set.post = rule->rule->post;
  if (const auto& rule = set.rules->short_term) set.short_term = rule->rule->pre;
  set.place.assign(projection.rows->targets, no_place);
  std::vector<std::uint32_t> count;
  each_synapse(*projection.rows, [&](const SynapseBatch& batch, std::uint32_t k) {
    const std::uint32_t running = batch.target[k];
    const std::uint32_t neuron = neuron_of(network_, projection, running);
    if (!has(neuron)) return;
    if (set.place[running] == no_place) {
      const std::size_t segment = segment_of(projection.to, running);
      Target target;
      target.running = running, target.neuron = neuron, target.limit = usual_posts;
      target.receptor = projection.receptor[segment];
      const auto& grids = network_.populations[projection.to[segment].index].grids;
      target.scale = std::ldexp(1.0, grids[static_cast<std::size_t>(target.receptor)].exponent);
      set.place[running] = static_cast<std::uint32_t>(set.targets.size());
      set.targets.push_back(std::move(target));
      count.push_back(0);
    }
    ++count[set.place[running]];
  });
  set.first.push_back(0);
  for (const std::uint32_t n : count) set.first.push_back(set.first.back() + n);
  set.heads.resize(set.first.back());
  set.reals.resize(set.heads.size() * set.stride());
  if (set.rules->advances()) set.event.resize(set.heads.size());
  const bool fixed = set.rules->dendritic_is_fixed;
  set.one_dendritic = set.rules->fixed_time;
  ExactTime shortest{INT64_MAX, 0};
  std::vector<std::uint32_t> at(set.first.begin(), set.first.end() - 1);
  std::vector<ExactTime> dendritic(set.heads.size());
  each_synapse(*projection.rows, [&](const SynapseBatch& batch, std::uint32_t k) {
    const std::uint32_t place = set.place[batch.target[k]];
    if (place == no_place) return;
    const std::uint32_t i = at[place]++;
    set.heads[i].source = batch.source[k], set.heads[i].target = place;
    set.reals[i * set.stride()] = batch.weight[k];
    const ExactTime delay = delay_of(projection, batch, k);
    const ExactTime part = std::min(set.rules->fixed_time, delay);
    dendritic[i] = fixed ? part : grid_.difference(delay, part);
    set.longest = std::max(set.longest, delay), shortest = std::min(shortest, delay);
  });
  if (!fixed || shortest < set.rules->fixed_time) set.dendritic = std::move(dendritic);
  start(set);
}

ExactTime ExactLearningPart::delay_of(const CompiledProjection& projection, const SynapseBatch& batch, std::uint32_t i) const {
  return projection.rows->exact ? grid_.exact(batch.delay_ms[i]) : ExactTime{batch.delay[i], 0};
}

void ExactLearningPart::start(Set& set) const {
  double pre[max_traces] = {}, short_term[max_traces] = {}, unused[max_traces] = {};
  if (const auto& rule = set.rules->weight) rule->rule->start(rule->coefficients.data(), pre, unused);
  if (const auto& rule = set.rules->short_term) rule->rule->start(rule->coefficients.data(), short_term, unused);
  for (std::size_t i = 0; i < set.heads.size(); ++i) {
    double* const reals = set.reals.data() + i * set.stride();
    std::copy_n(pre, set.pre, reals + set.numbers);
    std::copy_n(short_term, set.short_term, reals + set.numbers + set.pre);
  }
}

auto ExactLearningPart::load(const Set& set, std::uint32_t i) -> State {
  State state;
  const double* at = set.reals.data() + i * set.stride();
  std::copy_n(at, set.numbers, state.numbers);
  std::copy_n(at + set.numbers, set.pre, state.pre);
  std::copy_n(at + set.numbers + set.pre, set.short_term, state.short_term);
  const Head& head = set.heads[i];
  state.last = head.last, state.seen = head.seen, state.pending = head.pending;
  if (!set.event.empty()) state.event = set.event[i];
  return state;
}

void ExactLearningPart::store(Set& set, std::uint32_t i, const State& state) {
  double* const at = set.reals.data() + i * set.stride();
  std::copy_n(state.numbers, set.numbers, at);
  std::copy_n(state.pre, set.pre, at + set.numbers);
  std::copy_n(state.short_term, set.short_term, at + set.numbers + set.pre);
  Head& head = set.heads[i];
  head.last = state.last, head.seen = state.seen, head.pending = state.pending;
  if (!set.event.empty()) set.event[i] = state.event;
}

// One synapse ----------------------------------------------------------------------------------------------------------------

void ExactLearningPart::bring_to(const Set& set, std::uint32_t i, State& state, ExactTime t) const {
  if (set.drive == nullptr) return;
  const CompiledRule& rule = *set.rules->weight;
  const std::uint32_t channel = set.rules->channel_of(set.targets[set.heads[i].target].running);
  set.drive->over(channel, state.event, t, [&](double elapsed_ms, double drive) {
    rule.rule->verbs_double.advance(state.numbers, elapsed_ms, drive, rule.coefficients.data());
  });
  state.event = t;
}

void ExactLearningPart::fade_pre(const Set& set, State& state, ExactTime t) const {
  if (state.last.step < 0 || state.last == t) return;
  const double ms = grid_.between(state.last, t);
  if (const auto& rule = set.rules->weight) rule->rule->verbs_double.decay_pre(state.pre, ms, rule->coefficients.data());
  if (const auto& rule = set.rules->short_term)
    rule->rule->verbs_double.decay_pre(state.short_term, ms, rule->coefficients.data());
}

void ExactLearningPart::post_traces(const Set& set, std::uint32_t i, const State& state, ExactTime t, double* traces) const {
  const Target& target = set.targets[set.heads[i].target];
  const CompiledRule& rule = *set.rules->weight;
  if (state.seen == 0) {
    double unused[max_traces] = {};
    return rule.rule->start(rule.coefficients.data(), unused, traces);
  }
  const std::uint32_t last = state.seen - 1 - target.dropped;
  std::copy_n(target.traces.data() + std::size_t{last} * static_cast<std::size_t>(set.post), set.post, traces);
  const double ms = grid_.between(grid_.add(target.times[last], set.dendritic_of(i)), t);
  if (ms != 0) rule.rule->verbs_double.decay_post(traces, ms, rule.coefficients.data());
}

std::uint32_t ExactLearningPart::posts_of(const Set& set, std::uint32_t i, const State& state, ExactTime t) const {
  const Target& target = set.targets[set.heads[i].target];
  std::uint32_t count = 0;
  for (std::size_t k = state.seen - target.dropped; k < target.times.size(); ++k, ++count)
    if (grid_.add(target.times[k], set.dendritic_of(i)) != t) break;
  return count;
}

template <class Send>
void ExactLearningPart::instant(const Set& set, std::uint32_t i, State& state, ExactTime t, std::uint32_t pres,
                                std::uint32_t posts, const Send& send) const {
  const bool learns = network_.projections[set.projection].learns_at(TimeGrid::step_of(t));
  double post[max_traces] = {};
  if (set.rules->weight) {
    bring_to(set, i, state, t);
    post_traces(set, i, state, t, post);
  }
  if (pres > 0) {
    fade_pre(set, state, t);
    state.last = t;
    happen(*set.rules, {state.numbers, state.pre, post, state.short_term}, pres, posts, learns, send);
  } else {
    State faded = state;
    fade_pre(set, faded, t);
    happen(*set.rules, {state.numbers, faded.pre, post, faded.short_term}, 0, posts, learns, send);
  }
  state.seen += posts;
}

void ExactLearningPart::take_in(const Set& set, std::uint32_t i, State& state, ExactTime until, bool with_end) const {
  const auto is_due = [&](ExactTime t) { return t < until || (with_end && t == until); };
  const auto nobody = [](double, double) {};
  if (state.pending > 0) {
    if (!is_due(state.last)) return;
    instant(set, i, state, state.last, std::exchange(state.pending, 0), posts_of(set, i, state, state.last), nobody);
  }
  const Target& target = set.targets[set.heads[i].target];
  while (state.seen - target.dropped < target.times.size()) {
    const ExactTime t = grid_.add(target.times[state.seen - target.dropped], set.dendritic_of(i));
    if (!is_due(t)) return;
    instant(set, i, state, t, 0, posts_of(set, i, state, t), nobody);
  }
}

/// Everything before a pre that reaches the synapse at `at`; returns the instant of both where a post lies within rounding of it.
/// The pre's is an arrival less a delay, the post's a spike more one: equal times that are no decimals may differ in the last
/// bit.
ExactTime ExactLearningPart::come_to(const Set& set, std::uint32_t i, State& state, ExactTime at) const {
  const double rounding = 0x1p-49 * grid_.step_ms();
  take_in(set, i, state, grid_.difference(at, {0, rounding}), false);
  const Target& target = set.targets[set.heads[i].target];
  if (const std::size_t next = state.seen - target.dropped; set.rules->weight && next < target.times.size()) {
    const ExactTime post = grid_.add(target.times[next], set.dendritic_of(i));
    if (__builtin_fabs(grid_.between(at, post)) <= rounding) at = post;
  }
  take_in(set, i, state, at, false);
  return at;
}

auto ExactLearningPart::arrive(ExactTime t, std::uint64_t id, std::uint32_t pres) -> Sent {
  Set& set = sets_[id >> 32];
  const auto i = static_cast<std::uint32_t>(id);
  const Target& target = set.targets[set.heads[i].target];
  sent_.clear();
  const auto send = [&](double weight, double part) {
    double within = weight;
    if (!(weight >= set.rules->low && weight <= set.rules->high)) {
      fault_.add(TimeGrid::step_of(t), set.projection, set.heads[i].source, target.running, weight);
      within = weight > set.rules->high ? set.rules->high : weight < set.rules->low ? set.rules->low : 0;
    }
    sent_.push_back(grid_round(within * part, target.scale));
  };
  State state = load(set, i);
  const ExactTime at = come_to(set, i, state, grid_.difference(t, set.dendritic_of(i)));
  if (at < t) {
    instant(set, i, state, at, pres, posts_of(set, i, state, at), send);
  } else {  // posts of this instant may be yet to come, caused by this arrival
    State copy = state;
    instant(set, i, copy, at, pres, 0, send);
    fade_pre(set, state, at);
    state.last = at, state.pending = pres;
  }
  store(set, i, state);
  return {set.projection, target.neuron, target.receptor, sent_};
}

// Posts ----------------------------------------------------------------------------------------------------------------------

void ExactLearningPart::post(std::uint32_t neuron, ExactTime t, int times) {
  if (empty()) return;
  for (std::uint32_t m = member_row_[neuron]; m < member_row_[neuron + 1]; ++m) {
    Set& set = sets_[members_[m].set];
    if (!set.rules->weight) continue;
    const CompiledRule& rule = *set.rules->weight;
    Target& target = set.targets[members_[m].target];
    for (int k = 0; k < times; ++k) {
      double traces[max_traces] = {}, unused[max_traces] = {};
      if (target.times.empty()) {
        rule.rule->start(rule.coefficients.data(), unused, traces);
      } else {
        std::copy_n(target.traces.end() - set.post, set.post, traces);
        if (const double ms = grid_.between(target.times.back(), t); ms != 0)
          rule.rule->verbs_double.decay_post(traces, ms, rule.coefficients.data());
      }
      rule.rule->verbs_double.raise_post(traces, rule.coefficients.data());
      target.times.push_back(t);
      target.traces.insert(target.traces.end(), traces, traces + set.post);
    }
    if (target.times.size() >= target.limit) cut(set, members_[m].target, t);
  }
}

/// Posts that lie a dendritic delay back at the synapse can be taken in: all pres before them have arrived. A step more, so that
/// no rounding matters.
void ExactLearningPart::cut(Set& set, std::uint32_t place, ExactTime t) {
  Target& target = set.targets[place];
  std::uint32_t least = target.dropped + static_cast<std::uint32_t>(target.times.size());
  for (std::uint32_t i = set.first[place]; i < set.first[place + 1]; ++i) {
    ExactTime until = grid_.difference(t, set.dendritic_of(i));
    --until.step;
    State state = load(set, i);
    take_in(set, i, state, until, false);
    store(set, i, state);
    least = std::min(least, state.seen);
  }
  const std::uint32_t gone = least > target.dropped ? least - 1 - target.dropped : 0;  // the last one that is in is asked for
  target.times.erase(target.times.begin(), target.times.begin() + gone);
  target.traces.erase(target.traces.begin(), target.traces.begin() + std::ptrdiff_t{gone} * set.post);
  target.dropped += gone;
  target.limit = std::max<std::uint32_t>(usual_posts, 2 * static_cast<std::uint32_t>(target.times.size()));
}

// Anchors --------------------------------------------------------------------------------------------------------------------

void ExactLearningPart::bring_to_anchor(const Set& set, std::uint32_t i, State& state, std::int64_t anchor) const {
  if (anchor == 0) return;
  take_in(set, i, state, {anchor, 0}, true);
  if (state.event < ExactTime{anchor, 0}) bring_to(set, i, state, {anchor, 0});
}

void ExactLearningPart::keep_up(std::int64_t n) {
  ExactTime longest;
  for (Set& set : sets_) {
    longest = std::max(longest, set.longest);
    const std::int64_t anchor = anchor_by(network_, network_.projections[set.projection], set.drive, n);
    if (anchor <= set.anchor) continue;
    for (std::uint32_t i = 0; i < set.heads.size(); ++i) {
      State state = load(set, i);
      bring_to_anchor(set, i, state, anchor);
      store(set, i, state);
    }
    set.anchor = anchor;
  }
  while (!flying_.empty() && grid_.add(flying_.front().time, longest) <= ExactTime{n, 0}) flying_.pop_front();
}

// Phases ---------------------------------------------------------------------------------------------------------------------

void ExactLearningPart::start_anew(std::int64_t n, std::span<const SpikeInFlight> more) {
  for (std::uint32_t s = 0; s < sets_.size(); ++s) {
    Set& set = sets_[s];
    const auto pres = under_way(s, {n, 0}, more);
    for (std::uint32_t i = 0; i < set.heads.size(); ++i) {
      double* const reals = set.reals.data() + i * set.stride();
      reals[0] = settled(set, i, {n, 0}, pres, 0).weight;
      std::fill_n(reals + 1, set.numbers - 1, 0.0);
    }
    for (Head& head : set.heads) head = {.source = head.source, .target = head.target};
    std::ranges::fill(set.event, ExactTime{n, 0});
    for (Target& target : set.targets) {
      target.times.clear(), target.traces.clear();
      target.dropped = 0, target.limit = usual_posts;
    }
    start(set);
  }
  flying_.clear(), waiting_.clear();
}

// Looking --------------------------------------------------------------------------------------------------------------------

std::uint32_t ExactLearningPart::set_of(std::uint32_t projection) const {
  return static_cast<std::uint32_t>(std::ranges::find(sets_, projection, &Set::projection) - sets_.begin());
}

auto ExactLearningPart::under_way(std::uint32_t s, ExactTime t, std::span<const SpikeInFlight> more) const
    -> std::vector<UnderWay> {
  std::vector<UnderWay> all;
  const auto add = [&](ExactTime time, std::uint32_t sender, std::uint32_t count) {
    for (std::size_t k = row_[sender]; k < row_[sender + 1]; ++k) {
      const ExactTime arrival = grid_.add(time, out_[k].delay);
      if (out_[k].id >> 32 != s || arrival <= t) continue;
      const auto i = static_cast<std::uint32_t>(out_[k].id);
      if (const ExactTime at = grid_.difference(arrival, sets_[s].dendritic_of(i)); at <= t) all.push_back({i, at, count});
    }
  };
  for (const Flying& spike : flying_) add(spike.time, spike.sender, spike.count);
  for (const SpikeInFlight& spike : more) add(spike.time(), spike.source, spike.count);
  std::ranges::sort(all, [](const UnderWay& a, const UnderWay& b) {
    return a.synapse != b.synapse ? a.synapse < b.synapse : a.instant < b.instant;
  });
  std::vector<UnderWay> joined;
  for (const UnderWay& each : all)
    if (!joined.empty() && joined.back().synapse == each.synapse && joined.back().instant == each.instant)
      joined.back().count += each.count;
    else joined.push_back(each);
  return joined;
}

SettledSynapse ExactLearningPart::settled(const Set& set, std::uint32_t i, ExactTime t, std::span<const UnderWay> pres,
                                          double modulator) const {
  State state = load(set, i);
  for (auto pre = std::ranges::lower_bound(pres, i, {}, &UnderWay::synapse); pre != pres.end() && pre->synapse == i; ++pre) {
    const ExactTime at = come_to(set, i, state, pre->instant);
    instant(set, i, state, at, pre->count, posts_of(set, i, state, at), [](double, double) {});
  }
  take_in(set, i, state, t, true);
  double post[max_traces] = {};
  if (const auto& rule = set.rules->weight) {
    bring_to(set, i, state, t);
    if (set.drive != nullptr && set.drive->is_known()) {
      if (const double pulse = set.drive->at_once(t); pulse != 0)
        rule->rule->verbs_double.advance(state.numbers, 0, pulse, rule->coefficients.data());
      modulator = set.drive->value(t);
    }
    post_traces(set, i, state, t, post);
  }
  fade_pre(set, state, t);
  return shown(*set.rules, set.heads[i].source, set.targets[set.heads[i].target].running,
               {state.numbers, state.pre, post, state.short_term}, modulator);
}

}  // namespace spikeloom
