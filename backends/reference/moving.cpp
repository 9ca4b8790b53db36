// What happens to a synapse whose delay learns, in order of steps.
#include "backends/reference/moving.hpp"

#include <algorithm>
#include <cmath>
#include <tuple>

#include "backends/reference/plastic.hpp"
#include "core/delay_rule.hpp"
#include "core/math/flush.hpp"
#include "core/run/plastic_hash.hpp"
#include "core/run/used_weights.hpp"

namespace spikeloom::reference {

MovingDelays::MovingDelays(const CompiledNetwork& network) : network_(network), grid_(network.step_ms) {
  if (std::ranges::none_of(network.projections, [](const auto& p) { return p.moves_in_steps(); })) return;
  pre_of_.resize(network.senders());
  post_of_.resize(network.neurons);
  for (std::uint32_t j = 0; j < network.projections.size(); ++j)
    if (network.projections[j].moves_in_steps()) add_projection(j);
}

void MovingDelays::add_projection(std::uint32_t j) {
  const CompiledProjection& projection = network_.projections[j];
  const auto index = static_cast<std::uint32_t>(moving_.size());
  Moving& moving = moving_.emplace_back();
  moving.projection = j;
  if (projection.plasticity->advances()) moving.memory = std::make_shared<SignalMemory>(network_, *projection.plasticity);
  moving.post.assign(projection.rows->targets, -1);
  moving.out.resize(projection.rows->sources), moving.in.resize(projection.rows->targets);
  for (const EndSegment& from : projection.from)
    for (std::uint32_t k = 0; k < from.count; ++k)
      pre_of_[network_.first_sender(from.kind, from.index) + cell_of(from, from.offset + k)].push_back({index, from.offset + k});
  for (const EndSegment& to : projection.to)
    for (std::uint32_t k = 0; k < to.count; ++k)
      post_of_[network_.populations[to.index].first + cell_of(to, to.offset + k)].push_back({index, to.offset + k});
  each_synapse(*projection.rows, [&](const SynapseBatch& batch, std::uint32_t i) {
    const std::uint32_t source = batch.source[i], target = batch.target[i];
    const std::size_t segment = segment_of(projection.to, target);
    const EndSegment& to = projection.to[segment];
    const int receptor = projection.receptor_of(segment, batch.weight[i]);
    const int exponent = network_.populations[to.index].grids[static_cast<std::size_t>(receptor)].exponent;
    const std::int64_t q = grid_round(batch.weight[i], std::ldexp(1.0, exponent));
    moving.out[source].push_back(static_cast<std::uint32_t>(moving.synapses.size()));
    moving.in[target].push_back(static_cast<std::uint32_t>(moving.synapses.size()));
    moving.synapses.push_back({source,
                               target,
                               to.index,
                               cell_of(to, target),
                               receptor,
                               q,
                               std::ldexp(static_cast<double>(q), -exponent),
                               {batch.delay_ms[i]}});
  });
}

// Events -----------------------------------------------------------------------------------------------------------------

void MovingDelays::spike(std::uint32_t sender, std::uint32_t count, std::int64_t) {
  if (moving_.empty()) return;
  for (const Member& member : pre_of_[sender]) moving_[member.moving].departures.push_back({member.running, count});
  if (sender >= network_.neurons) return;
  for (const Member& member : post_of_[sender]) moving_[member.moving].posts.push_back(member.running);
}

void MovingDelays::hear(std::int64_t n, const SignalBank& signals) {
  for (Moving& moving : moving_) {
    if (moving.memory == nullptr) continue;
    const int signal = rules(moving).signal;
    const bool heard = signal >= 0 && network_.projections[moving.projection].learns_at(n);
    moving.memory->add(n, heard ? signals.values(static_cast<std::uint32_t>(signal)) : std::span<const double>{});
  }
}

void MovingDelays::bring_to(const Moving& moving, Synapse& synapse, std::int64_t n) const {
  if (moving.memory != nullptr && synapse.last < n) {
    const CompiledRule& rule = *rules(moving).delay;
    const std::uint32_t channel = rules(moving).channel_of(synapse.target);
    for_stretches(moving.memory->span_steps(), synapse.last, n, [&](std::int64_t from, std::int64_t to) {
      rule.rule->delay.advance(synapse.numbers, static_cast<double>(to - from), moving.memory->drive(channel, from, to),
                               rule.coefficients.data());
    });
  }
  synapse.last = n;
}

void MovingDelays::meet(const Moving& moving, Synapse& synapse, std::int64_t n, std::int64_t post) const {
  if (post < 0 || synapse.left < 0 || !network_.projections[moving.projection].learns_at(n)) return;
  const CompiledRule& rule = *rules(moving).delay;
  rule.rule->delay.on_pair(synapse.numbers, late_ms(post, synapse.left, synapse.left_with, network_.step_ms),
                           rule.coefficients.data());
}

void MovingDelays::leave(Moving& moving, std::uint32_t synapse, std::uint32_t count, std::int64_t n, double delay_ms) const {
  const double used = usable_delay(delay_ms, rules(moving).shortest_ms);
  const std::int64_t steps = grid_.ceil(used);
  moving.due[n + steps].push_back({synapse, used - static_cast<double>(steps) * network_.step_ms, n, delay_ms, count});
}

void MovingDelays::end_step(Moving& moving, std::int64_t n) const {
  for (const std::uint32_t target : moving.posts) {
    for (const std::uint32_t i : moving.in[target]) {
      Synapse& synapse = moving.synapses[i];
      bring_to(moving, synapse, n);
      meet(moving, synapse, n, n);
    }
    moving.post[target] = n;
  }
  for (const Departure& departure : moving.departures)
    for (const std::uint32_t i : moving.out[departure.source]) {
      bring_to(moving, moving.synapses[i], n);
      leave(moving, i, departure.count, n, moving.synapses[i].numbers[0]);
    }
  moving.posts.clear(), moving.departures.clear();
}

void MovingDelays::advance(std::int64_t n, const Deliver& deliver) {
  for (Moving& moving : moving_) {
    end_step(moving, n - 1);
    const auto at = moving.due.find(n);
    if (at == moving.due.end()) continue;
    std::vector<Arrival> arrivals = std::move(moving.due.extract(at).mapped());
    std::ranges::sort(arrivals, {}, [](const Arrival& a) { return std::tuple(a.synapse, a.within, a.left); });
    for (const Arrival& arrival : arrivals) {
      Synapse& synapse = moving.synapses[arrival.synapse];
      if (std::isnan(arrival.delay_ms)) fault_.add(n, moving.projection, synapse.source, synapse.target, arrival.delay_ms);
      bring_to(moving, synapse, n);
      synapse.left = arrival.left, synapse.left_with = usable_delay(arrival.delay_ms, rules(moving).shortest_ms);
      for (std::uint32_t k = 0; k < arrival.count; ++k) {
        deliver(moving.projection, synapse.population, synapse.receptor, synapse.cell, synapse.q);
        meet(moving, synapse, n, moving.post[synapse.target]);
      }
    }
  }
}

// What others see ----------------------------------------------------------------------------------------------------------

auto MovingDelays::ended(const Moving& moving, std::int64_t n) const -> Moving {
  const FlushDenormals flush;
  Moving copy = moving;
  end_step(copy, n);
  return copy;
}

void MovingDelays::visit(std::uint32_t projection, std::int64_t n, const SignalBank& signals,
                         const std::function<void(const SettledSynapse&)>& take) const {
  const FlushDenormals flush;
  Moving moving = ended(*std::ranges::find(moving_, projection, &Moving::projection), n);
  for (Synapse& synapse : moving.synapses) {
    bring_to(moving, synapse, n);
    SettledSynapse settled{synapse.source, synapse.target, synapse.weight, {}};
    double* out = settled.states;
    for (int k = 0; k + 1 < rules(moving).numbers(); ++k) *out++ = same_nan(synapse.numbers[k]);
    if (const int signal = rules(moving).signal; signal >= 0)
      *out++ = signals.values(static_cast<std::uint32_t>(signal))[rules(moving).channel_of(synapse.target)];
    take(settled);
  }
}

void MovingDelays::start_anew(std::int64_t n) {
  const FlushDenormals flush;
  for (Moving& moving : moving_) {
    end_step(moving, n);
    for (Synapse& synapse : moving.synapses) {
      bring_to(moving, synapse, n);
      std::fill(synapse.numbers + 1, std::end(synapse.numbers), 0.0);
      synapse.last = n, synapse.left = -1, synapse.left_with = 0;
    }
    std::ranges::fill(moving.post, -1);
    moving.due.clear();
  }
}

void MovingDelays::hash(std::int64_t n, const SignalBank& signals, WeightHash& hash) const {
  for (const Moving& moving : moving_) {
    const PlasticHash add(network_, network_.projections[moving.projection]);
    visit(moving.projection, n, signals, [&](const SettledSynapse& synapse) { add.add(synapse, hash); });
  }
}

// Checkpoints ----------------------------------------------------------------------------------------------------------------

void MovingDelays::save(std::int64_t n, Checkpoint& checkpoint) const {
  const FlushDenormals flush;
  for (const Moving& each : moving_) {
    const CompiledProjection& projection = network_.projections[each.projection];
    PlasticRecord& record = checkpoint.plastic[record_of(network_, each.projection)];
    Moving moving = ended(each, n);
    const std::int64_t anchor = moving.memory == nullptr ? 0 : last_anchor(network_, rules(moving), n, longest_wait(projection));
    for (Synapse& synapse : moving.synapses) {
      if (anchor > synapse.last) bring_to(moving, synapse, anchor);
      record.numbers.push_back(synapse.weight);
      for (int k = 0; k + 1 < rules(moving).numbers(); ++k) record.numbers.push_back(same_nan(synapse.numbers[k]));
      const double last = moving.memory == nullptr ? 0 : static_cast<double>(synapse.last);
      record.travel.insert(record.travel.end(), {last, static_cast<double>(synapse.left), synapse.left_with});
    }
    record.pre.resize(projection.rows->sources);
    for (std::size_t j = 0; j < moving.post.size(); ++j)  // of targets that somebody reaches
      record.post.push_back({moving.post[j] < 0 || moving.in[j].empty() ? never_spiked : moving.post[j], {}});
    if (moving.memory != nullptr) record.signal = moving.memory->save(anchor);

    std::map<std::pair<std::uint32_t, std::int64_t>, double> flying;  // by synapse and step in which it left
    for (const auto& [step, arrivals] : moving.due)
      for (const Arrival& arrival : arrivals)
        if (step > n) flying[{arrival.synapse, arrival.left}] = same_nan(arrival.delay_ms);
    const auto index = static_cast<std::uint32_t>(&each - moving_.data());
    for (const SpikeInFlight& spike : checkpoint.in_flight)
      for (const Member& member : pre_of_[spike.source]) {
        if (member.moving != index || spike.step <= n - projection.rows->max_delay()) continue;
        for (const std::uint32_t i : moving.out[member.running]) {
          const auto found = flying.find({i, spike.step});
          record.travel.push_back(found == flying.end() ? 0 : found->second);
        }
      }
  }
}

void MovingDelays::load(const Checkpoint& checkpoint) {
  const std::int64_t n = checkpoint.step;
  fault_ = {};
  for (Moving& moving : moving_) {
    const CompiledProjection& projection = network_.projections[moving.projection];
    const PlasticRecord& record = checkpoint.plastic[record_of(network_, moving.projection)];
    const auto refuse = [&](const char* what) {
      throw Error("checkpoint", {}, std::string("the checkpoint has another ") + what + " of projection " + projection.name);
    };
    auto number = record.numbers.begin();
    auto travel = record.travel.begin();
    for (Synapse& synapse : moving.synapses) {
      ++number;  // the weight stays
      for (int k = 0; k + 1 < rules(moving).numbers(); ++k) synapse.numbers[k] = *number++;
      synapse.last = static_cast<std::int64_t>(*travel++);
      synapse.left = static_cast<std::int64_t>(*travel++);
      synapse.left_with = *travel++;
    }
    for (std::size_t j = 0; j < moving.post.size(); ++j) moving.post[j] = std::max<std::int64_t>(record.post[j].step, -1);
    if (moving.memory != nullptr &&
        !moving.memory->load(last_anchor(network_, rules(moving), n, longest_wait(projection)), n, record.signal))
      refuse("length of the signal");
    moving.due.clear(), moving.posts.clear(), moving.departures.clear();
    const auto index = static_cast<std::uint32_t>(&moving - moving_.data());
    for (const SpikeInFlight& spike : checkpoint.in_flight)
      for (const Member& member : pre_of_[spike.source]) {
        if (member.moving != index || spike.step <= n - projection.rows->max_delay()) continue;
        for (const std::uint32_t i : moving.out[member.running]) {
          if (travel == record.travel.end()) refuse("number of spikes in flight");
          if (*travel != 0) leave(moving, i, spike.count, spike.step, *travel);
          ++travel;
        }
      }
    if (travel != record.travel.end()) refuse("number of spikes in flight");
    if (!moving.due.empty() && moving.due.begin()->first <= n) refuse("time");
  }
}

}  // namespace spikeloom::reference
