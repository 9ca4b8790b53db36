// All exact learning together: what is seen of its synapses from outside, and what a checkpoint holds of them.
#include "core/run/exact_learning.hpp"

#include <algorithm>
#include <numeric>

#include "core/delay_rule.hpp"
#include "core/errors.hpp"
#include "core/math/flush.hpp"
#include "core/run/plastic_hash.hpp"
#include "core/run/used_weights.hpp"

namespace spikeloom {
namespace {

constexpr std::uint32_t most_pending = 1 << 20;  ///< spikes of one instant at a synapse, of a checkpoint

[[noreturn]] void refuse() { throw Error("checkpoint", {}, "the checkpoint has plastic synapses that cannot be"); }

}  // namespace

ExactLearning::ExactLearning(const CompiledNetwork& network, std::vector<std::uint32_t> part_of, std::uint32_t parts,
                             std::uint32_t behind)
    : network_(network), part_of_(std::move(part_of)), behind_(behind), drives_(network.projections.size()) {
  for (std::uint32_t p = 0; p < network.projections.size(); ++p) {
    const CompiledProjection& projection = network.projections[p];
    if (!projection.learns_in_exact_time()) continue;
    empty_ = false;
    if (projection.plasticity->advances()) drives_[p] = std::make_unique<ExactDrive>(network, projection);
  }
  for (std::uint32_t k = 0; k < parts; ++k) {
    const auto has = [&](std::uint32_t neuron) { return part_of_[neuron] == k; };
    parts_.push_back(std::make_unique<Part>(network, drives_, has));
    delays_.push_back(std::make_unique<ExactDelaysPart>(network, drives_, has));
  }
}

void ExactLearning::hear(std::int64_t n, std::int64_t done, const SignalBank& signals) {
  if (empty_) return;
  const FlushDenormals flush;
  for (auto& part : parts_) part->keep_up(done);
  for (auto& part : delays_) part->keep_up(done);
  for (std::uint32_t p = 0; p < drives_.size(); ++p) {
    if (drives_[p] == nullptr) continue;
    drives_[p]->forget(anchor_by(network_, network_.projections[p], drives_[p].get(), done));
    drives_[p]->add(n, signals, network_.projections[p].learns_at(n));
  }
}

void ExactLearning::start_anew(std::int64_t n, std::span<const SpikeInFlight> more) {
  const FlushDenormals flush;
  for (std::uint32_t k = 0; k < parts_.size(); ++k)
    parts_[k]->start_anew(n, k < behind_ ? more : std::span<const SpikeInFlight>{});
  for (auto& part : delays_) part->start_anew(n);
}

template <class Parts>
ExactLearning::Places ExactLearning::places_of(const Parts& parts, std::uint32_t projection) {
  Places at;
  for (const auto& part : parts) {
    at.set.push_back(part->set_of(projection));
    at.next.emplace_back();
    if (at.set.back() < part->sets_.size()) at.next.back() = part->sets_[at.set.back()].first;
  }
  return at;
}

void ExactLearning::each(std::uint32_t projection, const Take& take) const {
  const CompiledProjection& of = network_.projections[projection];
  Places at = places_of(parts_, projection);
  each_synapse(*of.rows, [&](const SynapseBatch& batch, std::uint32_t i) {
    const std::uint32_t k = part_of_[neuron_of(network_, of, batch.target[i])];
    take(*parts_[k], at.set[k], at.next[k][parts_[k]->sets_[at.set[k]].place[batch.target[i]]]++);
  });
}

void ExactLearning::visit(std::uint32_t projection, ExactTime t, const SignalBank& signals, std::span<const SpikeInFlight> more,
                          const std::function<void(const SettledSynapse&)>& take) const {
  const FlushDenormals flush;
  if (network_.projections[projection].moves_in_exact_time()) return visit_delays(projection, t, signals, take);
  std::vector<std::vector<Part::UnderWay>> under_way;
  for (std::uint32_t k = 0; k < parts_.size(); ++k) {
    const std::uint32_t set = parts_[k]->set_of(projection);
    under_way.emplace_back();
    if (set < parts_[k]->sets_.size())
      under_way.back() = parts_[k]->under_way(set, t, k < behind_ ? more : std::span<const SpikeInFlight>{});
  }
  const CompiledPlasticity& rules = *network_.projections[projection].plasticity;
  each(projection, [&](Part& part, std::uint32_t s, std::uint32_t i) {
    const Part::Set& set = part.sets_[s];
    const auto& pres = under_way[part_of_[set.target_of(i).neuron]];
    const double modulator =
        rules.signal < 0 ? 0
                         : signals.values(static_cast<std::uint32_t>(rules.signal))[rules.channel_of(set.target_of(i).running)];
    take(part.settled(set, i, t, pres, modulator));
  });
}

void ExactLearning::hash(std::int64_t n, const SignalBank& signals, std::span<const SpikeInFlight> more, WeightHash& hash) const {
  for (std::uint32_t p = 0; p < network_.projections.size(); ++p) {
    if (!network_.projections[p].learns_in_exact_time()) continue;
    const PlasticHash add(network_, network_.projections[p]);
    visit(p, {n, 0}, signals, more, [&](const SettledSynapse& synapse) { add.add(synapse, hash); });
  }
}

void ExactLearning::fault(WeightFault& fault) const {
  for (const auto& part : parts_) fault.add(part->fault_);
  for (const auto& part : delays_) fault.add(part->fault_);
}

void ExactLearning::set_fault(const WeightFault& fault) {
  for (auto& part : parts_) part->fault_ = fault;
  for (auto& part : delays_) part->fault_ = fault;
}

// Checkpoints ----------------------------------------------------------------------------------------------------------------

void ExactLearning::save(ByteWriter& out, std::int64_t n) const {
  const FlushDenormals flush;
  for (std::uint32_t p = 0; p < network_.projections.size(); ++p) {
    const CompiledProjection& projection = network_.projections[p];
    if (!projection.learns_in_exact_time()) continue;
    if (projection.moves_in_exact_time()) {
      save_delays(p, out, n);
      continue;
    }
    std::vector<double> reals;
    std::vector<ExactTime> last, event;
    std::vector<std::uint32_t> behind, pending, most_behind(projection.rows->targets);
    const std::int64_t anchor = anchor_by(network_, projection, drives_[p].get(), n);
    each(p, [&](Part& part, std::uint32_t s, std::uint32_t i) {
      const Part::Set& set = part.sets_[s];
      Part::State state = Part::load(set, i);
      part.bring_to_anchor(set, i, state, anchor);
      reals.insert(reals.end(), state.numbers, state.numbers + set.numbers);
      reals.insert(reals.end(), state.pre, state.pre + set.pre);
      reals.insert(reals.end(), state.short_term, state.short_term + set.short_term);
      const Part::Target& target = set.target_of(i);
      last.push_back(state.last), pending.push_back(state.pending);
      if (!set.event.empty()) event.push_back(state.event);
      behind.push_back(target.dropped + static_cast<std::uint32_t>(target.times.size()) - state.seen);
      most_behind[target.running] = std::max(most_behind[target.running], behind.back());
    });
    out.put_array(std::span<const double>(reals));
    for (const auto* times : {&last, &event}) out.put_array(std::span<const ExactTime>(*times));
    for (const auto* counts : {&behind, &pending}) out.put_array(std::span<const std::uint32_t>(*counts));
    save_posts(p, most_behind, out);
    if (drives_[p] != nullptr) drives_[p]->save(out, anchor);
  }
}

/// Of each target the posts that some synapse has not taken in, and the one before them.
void ExactLearning::save_posts(std::uint32_t projection, const std::vector<std::uint32_t>& behind, ByteWriter& out) const {
  std::vector<std::uint32_t> counts;
  std::vector<ExactTime> times;
  std::vector<double> traces;
  for (std::uint32_t running = 0; running < behind.size(); ++running) {
    const Part& part = *parts_[part_of_[neuron_of(network_, network_.projections[projection], running)]];
    const std::uint32_t s = part.set_of(projection);
    counts.push_back(0);
    if (s == part.sets_.size() || part.sets_[s].place[running] == Part::no_place) continue;
    const Part::Set& set = part.sets_[s];
    const Part::Target& target = set.targets[set.place[running]];
    const auto kept = std::min<std::ptrdiff_t>(std::ptrdiff_t{behind[running]} + 1, std::ssize(target.times));
    counts.back() = static_cast<std::uint32_t>(kept);
    times.insert(times.end(), target.times.end() - kept, target.times.end());
    traces.insert(traces.end(), target.traces.end() - kept * set.post, target.traces.end());
  }
  out.put_array(std::span<const std::uint32_t>(counts));
  out.put_array(std::span<const ExactTime>(times));
  out.put_array(std::span<const double>(traces));
}

void ExactLearning::load(ByteReader& in, std::int64_t n) {
  const TimeGrid grid(network_.step_ms);
  const auto has_been = [&](ExactTime t) {
    return t.step >= 0 && t.offset_ms >= 0 && t.offset_ms < grid.step_ms() && t <= ExactTime{n, 0};
  };
  for (auto& part : parts_) {
    part->flying_.clear(), part->waiting_.clear();
    part->fault_ = {};
  }
  for (std::uint32_t p = 0; p < network_.projections.size(); ++p) {
    const CompiledProjection& projection = network_.projections[p];
    if (!projection.learns_in_exact_time()) continue;
    if (projection.moves_in_exact_time()) {
      load_delays(p, in, n);
      continue;
    }
    const auto reals = in.get_array<double>();
    const auto last = in.get_array<ExactTime>(), event = in.get_array<ExactTime>();
    const auto behind = in.get_array<std::uint32_t>(), pending = in.get_array<std::uint32_t>();
    const auto counts = in.get_array<std::uint32_t>();
    const auto times = in.get_array<ExactTime>();
    const auto traces = in.get_array<double>();
    const std::size_t synapses = projection.rows->count();
    const auto post = static_cast<std::size_t>(projection.plasticity->weight ? projection.plasticity->weight->rule->post : 0);
    const std::uint64_t total = std::accumulate(counts.begin(), counts.end(), std::uint64_t{0});
    if (last.size() != synapses || behind.size() != synapses || pending.size() != synapses ||
        event.size() != (projection.plasticity->advances() ? synapses : 0) || counts.size() != projection.rows->targets ||
        times.size() != total || traces.size() != total * post || !std::ranges::all_of(times, has_been) ||
        !std::ranges::all_of(event, has_been))
      refuse();
    for (std::size_t running = 0, at = 0; running < counts.size(); at += counts[running++]) {
      if (!std::is_sorted(times.begin() + static_cast<std::ptrdiff_t>(at),
                          times.begin() + static_cast<std::ptrdiff_t>(at + counts[running])))
        refuse();
      Part& part = *parts_[part_of_[neuron_of(network_, projection, static_cast<std::uint32_t>(running))]];
      const std::uint32_t s = part.set_of(p);
      if (s == part.sets_.size() || part.sets_[s].place[running] == Part::no_place) {
        if (counts[running] > 0) refuse();
        continue;
      }
      Part::Target& target = part.sets_[s].targets[part.sets_[s].place[running]];
      const auto from = static_cast<std::ptrdiff_t>(at), to = static_cast<std::ptrdiff_t>(at + counts[running]);
      target.dropped = 0;
      target.times.assign(times.begin() + from, times.begin() + to);
      target.traces.assign(traces.begin() + from * std::ssize(traces) / std::max<std::ptrdiff_t>(std::ssize(times), 1),
                           traces.begin() + to * std::ssize(traces) / std::max<std::ptrdiff_t>(std::ssize(times), 1));
      target.limit = std::max<std::uint32_t>(Part::usual_posts, 2 * counts[running]);
    }
    std::size_t k = 0;
    const std::int64_t anchor = anchor_by(network_, projection, drives_[p].get(), n);
    each(p, [&](Part& part, std::uint32_t s, std::uint32_t i) {
      Part::Set& set = part.sets_[s];
      const Part::Target& target = set.target_of(i);
      set.anchor = anchor;
      const bool spiked = last[k].step >= 0;
      if ((spiked && !has_been(last[k])) || pending[k] > (spiked ? most_pending : 0) || behind[k] > target.times.size() ||
          reals.size() != synapses * set.stride() || (!event.empty() && event[k] < ExactTime{anchor, 0}))
        refuse();
      std::copy_n(reals.data() + k * set.stride(), set.stride(), set.reals.data() + i * set.stride());
      Part::Head& head = set.heads[i];
      head.last = spiked ? last[k] : ExactTime{-1, 0};
      head.pending = pending[k];
      head.seen = static_cast<std::uint32_t>(target.times.size()) - behind[k];
      if (!event.empty()) set.event[i] = event[k];
      ++k;
    });
    if (drives_[p] != nullptr) drives_[p]->load(in, anchor, n);
  }
}

// Delays that learn ----------------------------------------------------------------------------------------------------------

/// In canonical order.
void ExactLearning::each_delay(std::uint32_t projection,
                               const std::function<void(std::uint32_t, ExactDelaysPart::Set&, std::size_t)>& take) const {
  const CompiledProjection& of = network_.projections[projection];
  Places at = places_of(delays_, projection);
  each_synapse(*of.rows, [&](const SynapseBatch& batch, std::uint32_t i) {
    const std::uint32_t k = part_of_[neuron_of(network_, of, batch.target[i])];
    take(k, delays_[k]->sets_[at.set[k]], at.next[k][batch.source[i]]++);
  });
}

void ExactLearning::visit_delays(std::uint32_t projection, ExactTime t, const SignalBank& signals,
                                 const std::function<void(const SettledSynapse&)>& take) const {
  const CompiledPlasticity& rules = *network_.projections[projection].plasticity;
  each_delay(projection, [&](std::uint32_t part, const ExactDelaysPart::Set& set, std::size_t i) {
    const std::uint32_t running = set.targets[set.synapses[i].target].running;
    const double modulator =
        rules.signal < 0 ? 0 : signals.values(static_cast<std::uint32_t>(rules.signal))[rules.channel_of(running)];
    take(delays_[part]->settled(set, i, t, modulator));
  });
}

/// Everything of step n has happened, but for departures of its very end that were not told: they are, here.
void ExactLearning::save_delays(std::uint32_t projection, ByteWriter& out, std::int64_t n) const {
  const CompiledPlasticity& rules = *network_.projections[projection].plasticity;
  std::vector<double> reals, left_with, delays;
  std::vector<ExactTime> event, arrived, left, posts(network_.projections[projection].rows->targets, ExactTime{-1, 0});
  std::vector<std::uint32_t> flights, counts;
  const std::int64_t anchor = anchor_by(network_, network_.projections[projection], drives_[projection].get(), n);
  std::vector<decltype(delays_[0]->untold({}))> untold;
  for (const auto& part : delays_) untold.push_back(part->untold({n, 0}));
  each_delay(projection, [&](std::uint32_t k, const ExactDelaysPart::Set& set, std::size_t i) {
    const ExactDelaysPart& part = *delays_[k];
    ExactDelaysPart::State state = part.load(set, i);
    part.take_in(set, i, state, {n, 0});
    part.bring_to_anchor(set, i, state, anchor);
    flights.push_back(0);
    const auto add = [&](ExactTime time, double delay_ms, std::uint32_t count) {
      ++flights.back();
      left.push_back(time), delays.push_back(delay_ms), counts.push_back(count);
    };
    for (std::uint32_t f = state.flights; f != ExactDelaysPart::no_place; f = set.flights[f].next)
      add(set.flights[f].left, set.flights[f].delay_ms, set.flights[f].count);
    if (const auto leaving = untold[k].find({part.set_of(projection), static_cast<std::uint32_t>(i)}); leaving != untold[k].end())
      for (const auto& departure : leaving->second) {
        part.bring_to(set, i, state, departure.time);
        add(departure.time, usable_delay(state.numbers[0], rules.shortest_ms), departure.count);
      }
    reals.insert(reals.end(), state.numbers, state.numbers + set.numbers);
    if (set.drive != nullptr) event.push_back(state.event);
    arrived.push_back(state.left), left_with.push_back(state.left_with);
    const ExactDelaysPart::Target& target = set.targets[set.synapses[i].target];
    if (!target.times.empty()) posts[target.running] = target.times.back();
  });
  for (const auto* numbers : {&reals, &left_with, &delays}) out.put_array(std::span<const double>(*numbers));
  for (const auto* times : {&event, &arrived, &left, &posts}) out.put_array(std::span<const ExactTime>(*times));
  for (const auto* numbers : {&flights, &counts}) out.put_array(std::span<const std::uint32_t>(*numbers));
  if (drives_[projection] != nullptr) drives_[projection]->save(out, anchor);
}

void ExactLearning::load_delays(std::uint32_t projection, ByteReader& in, std::int64_t n) {
  const CompiledProjection& of = network_.projections[projection];
  const TimeGrid grid(network_.step_ms);
  const ExactTime now{n, 0};
  const auto has_been = [&](ExactTime t) { return t.step >= 0 && t.offset_ms >= 0 && t.offset_ms < grid.step_ms() && t <= now; };
  const auto reals = in.get_array<double>(), left_with = in.get_array<double>(), delays = in.get_array<double>();
  const auto event = in.get_array<ExactTime>(), arrived = in.get_array<ExactTime>(), left = in.get_array<ExactTime>(),
             posts = in.get_array<ExactTime>();
  const auto flights = in.get_array<std::uint32_t>(), counts = in.get_array<std::uint32_t>();
  const std::size_t synapses = of.rows->count(), numbers = static_cast<std::size_t>(of.plasticity->numbers()) - 1;
  const std::uint64_t under_way = std::accumulate(flights.begin(), flights.end(), std::uint64_t{0});
  const auto happened = [&](ExactTime t) { return t.step == -1 || has_been(t); };
  const auto within = [&](double ms) { return ms >= of.plasticity->shortest_ms && ms <= of.plasticity->longest_ms; };
  const auto is_count = [](std::uint32_t count) { return count > 0 && count <= most_pending; };
  if (reals.size() != synapses * numbers || left_with.size() != synapses || arrived.size() != synapses ||
      event.size() != (of.plasticity->advances() ? synapses : 0) || flights.size() != synapses || left.size() != under_way ||
      delays.size() != under_way || counts.size() != under_way || posts.size() != of.rows->targets ||
      !std::ranges::all_of(event, has_been) || !std::ranges::all_of(left, has_been) || !std::ranges::all_of(arrived, happened) ||
      !std::ranges::all_of(posts, happened) || !std::ranges::all_of(delays, within) || !std::ranges::all_of(counts, is_count))
    refuse();
  const std::int64_t anchor = anchor_by(network_, of, drives_[projection].get(), n);
  for (auto& part : delays_) {
    part->departures_.clear(), part->next_ = ExactDelaysPart::never, part->fault_ = {};
    const std::uint32_t s = part->set_of(projection);
    if (s == part->sets_.size()) continue;
    ExactDelaysPart::Set& set = part->sets_[s];
    set.anchor = anchor;
    set.flights.clear(), set.spare = ExactDelaysPart::no_place;
    for (ExactDelaysPart::Target& target : set.targets) {
      target.dropped = 0;
      target.times.clear();
      if (posts[target.running].step >= 0) target.times.push_back(posts[target.running]);
    }
  }
  std::size_t k = 0, flight = 0;
  each_delay(projection, [&](std::uint32_t part, ExactDelaysPart::Set& set, std::size_t i) {
    ExactDelaysPart::Synapse& synapse = set.synapses[i];
    std::copy_n(reals.data() + k * numbers, numbers, synapse.numbers);
    synapse.seen = static_cast<std::uint32_t>(set.targets[synapse.target].times.size());
    synapse.event = event.empty() ? now : event[k];
    synapse.left = arrived[k], synapse.left_with = left_with[k];
    synapse.flights = ExactDelaysPart::no_place;
    for (std::uint32_t f = 0; f < flights[k]; ++f, ++flight)
      if (delays_[part]->fly(set, synapse, left[flight], delays[flight], counts[flight]).arrival <= now) refuse();
    if (synapse.event < ExactTime{anchor, 0}) refuse();
    ++k;
  });
  if (drives_[projection] != nullptr) drives_[projection]->load(in, anchor, n);
}

ExactLearningBytes predict_exact_learning_bytes(const CompiledNetwork& network, std::uint64_t parts) {
  ExactLearningBytes bytes;
  constexpr std::uint64_t head = 32, out = 24, target_bytes = 96, time = sizeof(ExactTime), real = sizeof(double),
                          usual_posts = 64;
  bool any = false;
  for (const CompiledProjection& projection : network.projections) {
    if (!projection.learns_in_exact_time()) continue;
    any = true;
    const CompiledPlasticity& rules = *projection.plasticity;
    if (rules.advances()) bytes.rest += ExactDrive::predict_bytes(network, projection);
    if (projection.moves_in_exact_time()) {
      bytes.synapses += projection.rows->count() * exact_delay_bytes;
      bytes.rest += projection.rows->targets * (target_bytes + parts * sizeof(std::uint32_t) + usual_posts * time);
      continue;
    }
    std::uint64_t reals = static_cast<std::uint64_t>(rules.numbers()), post = 0;
    if (rules.weight)
      reals += static_cast<std::uint64_t>(rules.weight->rule->pre), post = static_cast<std::uint64_t>(rules.weight->rule->post);
    if (rules.short_term) reals += static_cast<std::uint64_t>(rules.short_term->rule->pre);
    const std::uint64_t synapses = projection.rows->count(), targets = projection.rows->targets;
    bytes.synapses +=
        synapses * (head + out + reals * real + (rules.dendritic_is_fixed ? 0 : time) + (rules.advances() ? time : 0));
    bytes.scratch = std::max(bytes.scratch, synapses * time / parts);
    bytes.rest += targets * (target_bytes + parts * sizeof(std::uint32_t));
    if (rules.weight) bytes.rest += targets * usual_posts * (time + post * real);
  }
  if (any) bytes.rest += parts * (network.senders() * sizeof(std::size_t) + network.neurons * sizeof(std::uint32_t));
  return bytes;
}

}  // namespace spikeloom
