// One synapse after the other, instant by instant; the order at one instant stands in core/model.hpp.
#include "core/run/pairing.hpp"

#include <algorithm>
#include <bit>
#include <cmath>

#include "core/math/flush.hpp"
#include "core/math/philox.hpp"
#include "core/run/exact_instant.hpp"
#include "core/run/guards.hpp"
#include "core/run/plastic_hash.hpp"
#include "core/run/used_weights.hpp"

namespace spikeloom {

PairingRunner::PairingRunner(const CompiledNetwork& network, const CompiledPairing& pairing)
    : grid_(network.step_ms),
      pairing_(pairing),
      drive_(grid_, pairing.pulses, pairing.modulator_tau_ms, pairing.memory_ms, pairing.baseline) {
  const auto sort_out = [](const std::vector<EndSegment>& ends, const std::vector<CompiledPairing::Spike>& spikes) {
    std::vector<std::vector<ExactTime>> trains(ends.empty() ? 0 : ends.back().offset + ends.back().count);
    for (const auto& spike : spikes) trains[spike.cell].push_back(spike.time);
    return trains;
  };
  pre_ = sort_out(pairing.from, pairing.pre);
  post_ = sort_out(pairing.to, pairing.post);
  restart();
}

PairingRunner::State PairingRunner::start(std::size_t synapse) const {
  State state{};
  state.numbers[0] = pairing_.synapses[synapse].weight;
  double unused[max_traces] = {};
  if (const auto& rule = pairing_.plasticity.weight)
    rule->rule->start(rule->coefficients.data(), state.pre.traces, state.post.traces);
  if (const auto& rule = pairing_.plasticity.short_term)
    rule->rule->start(rule->coefficients.data(), state.short_term.traces, unused);
  return state;
}

void PairingRunner::restart() {
  states_.clear();
  for (std::size_t i = 0; i < pairing_.synapses.size(); ++i) states_.push_back(start(i));
  fault_.reset();
  now_ = {-1, 0};
}

/// The signal's effect from the last event to `time`; a pulse at `time` is not yet in.
void PairingRunner::bring_to(State& state, ExactTime time) const {
  if (const auto& rule = pairing_.plasticity.weight; rule && rule->rule->advances)
    drive_.over(0, state.last, time, [&](double elapsed_ms, double drive) {
      rule->rule->verbs_double.advance(state.numbers, elapsed_ms, drive, rule->coefficients.data());
    });
  state.last = time;
}

void PairingRunner::advance(std::size_t synapse, State& state, ExactTime until, const Send& send) const {
  const CompiledPairing::Synapse& of = pairing_.synapses[synapse];
  const CompiledPlasticity& rules = pairing_.plasticity;
  const auto& pre = pre_[of.source];
  const auto& post = post_[of.target];
  const auto decay = [&](Side& side, const CompiledRule& rule, bool is_pre, ExactTime time) {
    if (side.spiked)
      (is_pre ? rule.rule->verbs_double.decay_pre : rule.rule->verbs_double.decay_post)(
          side.traces, grid_.between(side.since, time), rule.coefficients.data());
    side.since = time;
  };
  for (;;) {
    constexpr ExactTime never{INT64_MAX, 0};
    const ExactTime next_pre = state.next_pre < pre.size() ? grid_.add(pre[state.next_pre], of.axonal) : never;
    const ExactTime next_post = state.next_post < post.size() ? grid_.add(post[state.next_post], of.dendritic) : never;
    const ExactTime now = std::min(next_pre, next_post);
    if (now > until || now == never) return;
    std::uint32_t pres = 0, posts = 0;
    while (state.next_pre < pre.size() && grid_.add(pre[state.next_pre], of.axonal) == now) ++pres, ++state.next_pre;
    while (state.next_post < post.size() && grid_.add(post[state.next_post], of.dendritic) == now) ++posts, ++state.next_post;

    if (pres > 0 && rules.short_term) decay(state.short_term, *rules.short_term, true, now);
    if (rules.weight) {
      bring_to(state, now);
      decay(state.pre, *rules.weight, true, now), decay(state.post, *rules.weight, false, now);
    }
    const auto take_in = [&](State& at, std::uint32_t with_posts, const auto& give) {
      happen(rules, {at.numbers, at.pre.traces, at.post.traces, at.short_term.traces}, pres, with_posts, true, give);
    };
    const auto sent = [&](double weight, double part) { send(now, weight, part); };
    if (of.dendritic == ExactTime{} && posts > 0) {  // what is sent on arrives now, and knows of no post of now
      State copy = state;
      take_in(copy, 0, sent);
      take_in(state, posts, [](double, double) {});
    } else {
      take_in(state, posts, sent);
    }
    state.pre.spiked = state.pre.spiked || pres > 0, state.short_term.spiked = state.short_term.spiked || pres > 0;
    state.post.spiked = state.post.spiked || posts > 0;
  }
}

void PairingRunner::visit(ExactTime time, const std::function<void(const SettledSynapse&)>& take) {
  const FlushDenormals flush;
  if (time < now_) restart();
  now_ = time;
  const CompiledPlasticity& rules = pairing_.plasticity;
  for (std::size_t i = 0; i < states_.size(); ++i) {
    advance(i, states_[i], time, [](ExactTime, double, double) {});
    State copy = states_[i];
    bring_to(copy, time);
    const auto decayed = [&](Side& side, const CompiledRule& rule, bool is_pre) {
      if (side.spiked)
        (is_pre ? rule.rule->verbs_double.decay_pre : rule.rule->verbs_double.decay_post)(
            side.traces, grid_.between(side.since, time), rule.coefficients.data());
    };
    if (const auto& rule = rules.weight) {
      if (const double pulse = drive_.at_once(time); rule->rule->advances && pulse != 0)
        rule->rule->verbs_double.advance(copy.numbers, 0, pulse, rule->coefficients.data());
      decayed(copy.pre, *rule, true), decayed(copy.post, *rule, false);
    }
    if (const auto& rule = rules.short_term) decayed(copy.short_term, *rule, true);
    take(shown(rules, pairing_.synapses[i].source, pairing_.synapses[i].target,
               {copy.numbers, copy.pre.traces, copy.post.traces, copy.short_term.traces}, drive_.value(time)));
  }
}

std::vector<PairingRunner::Sent> PairingRunner::sent(ExactTime from, ExactTime to) {
  const FlushDenormals flush;
  if (from < now_) restart();
  now_ = to;
  std::vector<Sent> all;
  for (std::size_t i = 0; i < states_.size(); ++i) {
    const auto& of = pairing_.synapses[i];
    advance(i, states_[i], to, [&](ExactTime time, double weight, double part) {
      if (time > from) all.push_back({time, of.source, of.target, i, weight * part});
    });
  }
  std::stable_sort(all.begin(), all.end(), [](const Sent& a, const Sent& b) { return a.time < b.time; });
  return all;
}

void PairingRunner::check(std::int64_t n) {
  const FlushDenormals flush;
  const ExactTime end{n, 0};
  if (end < now_) restart();
  now_ = end;
  const auto found = [&](ExactTime time, std::size_t synapse, double weight) {
    if (!fault_ || time < fault_->time) fault_ = {time, synapse, weight};
  };
  for (std::size_t i = 0; i < states_.size(); ++i) {
    advance(i, states_[i], end, [&](ExactTime time, double weight, double) {
      if (!(weight >= pairing_.plasticity.low && weight <= pairing_.plasticity.high)) found(time, i, weight);
    });
    State copy = states_[i];
    bring_to(copy, end);
    if (!std::isfinite(copy.numbers[0])) found(end, i, copy.numbers[0]);
  }
  if (!fault_) return;
  const auto& of = pairing_.synapses[fault_->synapse];
  stop_for_synapse(pairing_.name, pairing_.plasticity, shown_index(pairing_.from, of.source), shown_index(pairing_.to, of.target),
                   grid_.ms_of(fault_->time), fault_->weight);
}

PairingGuard::PairingGuard(const CompiledNetwork& network) {
  for (const auto& pairing : network.pairings) runners_.push_back(std::make_unique<PairingRunner>(network, pairing));
}

void hash_pairings(const CompiledNetwork& network, std::int64_t n, WeightHash& hash) {
  for (const CompiledPairing& pairing : network.pairings) {
    PairingRunner runner(network, pairing);
    std::uint64_t number = 0;
    runner.visit({n, 0}, [&](const SettledSynapse& synapse) {
      hash.add(mix64(pairing.key + number++), mix64((std::uint64_t{synapse.source} << 32) | synapse.target),
               static_cast<std::int64_t>(std::bit_cast<std::uint64_t>(synapse.weight == 0 ? 0.0 : synapse.weight)));
    });
  }
}

}  // namespace spikeloom
