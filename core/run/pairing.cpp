// One synapse after the other, instant by instant; the order at one instant stands in core/model.hpp.
#include "core/run/pairing.hpp"

#include <algorithm>
#include <bit>

#include "core/math/flush.hpp"
#include "core/math/functions.hpp"
#include "core/math/philox.hpp"
#include "core/run/plastic_hash.hpp"

namespace spikeloom {

PairingRunner::PairingRunner(const CompiledNetwork& network, const CompiledPairing& pairing)
    : grid_(network.step_ms), pairing_(pairing) {
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
  now_ = {-1, 0};
}

/// Pulses up to and including `time`, decayed.
double PairingRunner::modulator(ExactTime time) const {
  double value = 0;
  for (const auto& pulse : pairing_.pulses)
    if (pulse.time <= time && pairing_.modulator_tau_ms > 0)
      value += pulse.amplitude * math::exp(-grid_.between(pulse.time, time) / pairing_.modulator_tau_ms);
  return value;
}

/// The signal's effect from the last event to `time`: closed forms between its pulses; a pulse at `time` is not yet in.
void PairingRunner::bring_to(State& state, ExactTime time) const {
  const auto& rule = pairing_.plasticity.weight;
  if (!rule || !rule->rule->advances) {
    state.last = time;
    return;
  }
  double drive = 0;
  const double tau_e = pairing_.memory_ms, tau_d = pairing_.modulator_tau_ms;
  const auto faded = [&](ExactTime t) { return math::exp(-grid_.between(state.last, t) / tau_e); };
  if (tau_d > 0) {
    const double k = 1 / tau_e + 1 / tau_d;
    ExactTime from = state.last;
    const auto stretch = [&](ExactTime to) {
      const double d = grid_.between(from, to);
      drive += faded(from) * (modulator(from) * -math::expm1(-k * d) / k + pairing_.baseline * tau_e * math::expm1(-d / tau_e));
      from = to;
    };
    for (const auto& pulse : pairing_.pulses)
      if (pulse.time > state.last && pulse.time < time) stretch(pulse.time);
    stretch(time);
  } else {
    for (const auto& pulse : pairing_.pulses)
      if (pulse.time >= state.last && pulse.time < time) drive += faded(pulse.time) * pulse.amplitude;
  }
  rule->rule->verbs_double.advance(state.numbers, grid_.between(state.last, time), drive, rule->coefficients.data());
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
  const auto raise = [&](Side& side, const CompiledRule& rule, bool is_pre) {
    (is_pre ? rule.rule->verbs_double.raise_pre : rule.rule->verbs_double.raise_post)(side.traces, rule.coefficients.data());
    side.spiked = true;
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

    std::vector<double> release(pres, 1.0);
    if (const auto& rule = rules.short_term; rule && pres > 0)
      for (double& part : release) {
        decay(state.short_term, *rule, true, now);
        part = rule->rule->verbs_double.release(state.short_term.traces, rule->coefficients.data());
        raise(state.short_term, *rule, true);
      }
    if (!rules.weight) {
      for (const double part : release) send(now, state.numbers[0] * part);
      continue;
    }
    const CompiledRule& rule = *rules.weight;
    bring_to(state, now);
    decay(state.pre, rule, true, now), decay(state.post, rule, false, now);
    std::vector<Side> own_pre, own_post;  // before each spike of the instant
    for (std::uint32_t k = 0; k < pres; ++k) own_pre.push_back(state.pre), raise(state.pre, rule, true);
    for (std::uint32_t k = 0; k < posts; ++k) own_post.push_back(state.post), raise(state.post, rule, false);
    const Side pre_before = own_pre.empty() ? state.pre : own_pre[0], post_before = own_post.empty() ? state.post : own_post[0];
    const auto& verbs = rule.rule->verbs_double;
    const auto on_posts = [&] {
      const bool sees = rules.zero_lag == ZeroLag::potentiate || rules.zero_lag == ZeroLag::both;
      for (const Side& own : own_post)
        verbs.on_post(rule.variant, state.numbers, (sees ? state.pre : pre_before).traces, own.traces, rule.coefficients.data());
    };
    if (rules.zero_lag != ZeroLag::potentiate) on_posts();
    const bool sees = rules.zero_lag == ZeroLag::depress || rules.zero_lag == ZeroLag::both;
    for (std::uint32_t k = 0; k < pres; ++k) {
      verbs.on_pre(rule.variant, state.numbers, own_pre[k].traces, (sees ? state.post : post_before).traces,
                   rule.coefficients.data());
      send(now, state.numbers[0] * release[k]);
    }
    if (rules.zero_lag == ZeroLag::potentiate) on_posts();
  }
}

void PairingRunner::visit(ExactTime time, const std::function<void(const SettledSynapse&)>& take) {
  const FlushDenormals flush;
  if (time < now_) restart();
  now_ = time;
  const CompiledPlasticity& rules = pairing_.plasticity;
  for (std::size_t i = 0; i < states_.size(); ++i) {
    advance(i, states_[i], time, [](ExactTime, double) {});
    State copy = states_[i];
    bring_to(copy, time);
    const auto decayed = [&](Side& side, const CompiledRule& rule, bool is_pre) {
      if (side.spiked)
        (is_pre ? rule.rule->verbs_double.decay_pre : rule.rule->verbs_double.decay_post)(
            side.traces, grid_.between(side.since, time), rule.coefficients.data());
    };
    const double now = modulator(time);
    SettledSynapse settled{pairing_.synapses[i].source, pairing_.synapses[i].target, copy.numbers[0], {}};
    double* out = settled.states;
    if (const auto& rule = rules.weight) {
      if (rule->rule->advances)  // pulses at this very time
        for (const auto& pulse : pairing_.pulses)
          if (pulse.time == time && pairing_.modulator_tau_ms <= 0)
            rule->rule->verbs_double.advance(copy.numbers, 0, pulse.amplitude, rule->coefficients.data());
      settled.weight = copy.numbers[0];
      decayed(copy.pre, *rule, true), decayed(copy.post, *rule, false);
      for (int k = 0; k < rule->rule->pre; ++k) *out++ = copy.pre.traces[k];
      for (int k = 0; k < rule->rule->post; ++k) *out++ = copy.post.traces[k];
      for (int k = 1; k < rule->rule->synapse; ++k) *out++ = copy.numbers[k];
      if (rule->rule->table->uses_signal) *out++ = now;
    }
    if (const auto& rule = rules.short_term) {
      decayed(copy.short_term, *rule, true);
      for (int k = 0; k < rule->rule->pre; ++k) *out++ = copy.short_term.traces[k];
    }
    take(settled);
  }
}

std::vector<PairingRunner::Sent> PairingRunner::sent(ExactTime from, ExactTime to) {
  const FlushDenormals flush;
  if (from < now_) restart();
  now_ = to;
  std::vector<Sent> all;
  for (std::size_t i = 0; i < states_.size(); ++i) {
    const auto& of = pairing_.synapses[i];
    advance(i, states_[i], to, [&](ExactTime time, double weight) {
      if (time > from) all.push_back({time, of.source, of.target, i, weight});
    });
  }
  std::stable_sort(all.begin(), all.end(), [](const Sent& a, const Sent& b) { return a.time < b.time; });
  return all;
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
