// Spikes become events of synapses; events of one instant are worked through together.
#include "backends/reference/plastic.hpp"

#include <algorithm>
#include <cmath>

#include "core/math/flush.hpp"
#include "core/run/plastic_hash.hpp"
#include "core/run/used_weights.hpp"

namespace spikeloom::reference {

namespace {

template <class Real>
std::vector<Real> narrowed(const std::optional<CompiledRule>& rule) {
  if (!rule) return {};
  return {rule->coefficients.begin(), rule->coefficients.end()};
}

}  // namespace

template <class Real>
PlasticSynapses<Real>::PlasticSynapses(const CompiledNetwork& network) : network_(network) {
  const auto here = [](const auto& p) { return p.learns_in_steps() && !p.rows->moving; };  // else moving.hpp, exact_learning.hpp
  if (std::ranges::none_of(network.projections, here)) return;
  pre_of_.resize(network.senders());
  post_of_.resize(network.neurons);
  for (std::uint32_t j = 0; j < network.projections.size(); ++j)
    if (here(network.projections[j])) add_projection(j);
}

template <class Real>
void PlasticSynapses<Real>::add_projection(std::uint32_t j) {
  const CompiledProjection& projection = network_.projections[j];
  const CompiledPlasticity& rules = *projection.plasticity;
  const auto index = static_cast<std::uint32_t>(plastic_.size());
  Plastic& plastic = plastic_.emplace_back();
  plastic.projection = j;
  plastic.rules = &rules;
  plastic.c = narrowed<Real>(rules.weight), plastic.short_c = narrowed<Real>(rules.short_term);
  plastic.pre_history = plastic_history(projection).pre, plastic.post_history = plastic_history(projection).post;
  if (rules.weight && rules.weight->rule->advances) plastic.memory = std::make_unique<SignalMemory>(network_, rules);
  plastic.low = static_cast<Real>(rules.low), plastic.high = static_cast<Real>(rules.high);
  plastic.pre.assign(projection.rows->sources, {Mark{never_spiked, start(plastic, true)}});
  plastic.post.assign(projection.rows->targets, {Mark{never_spiked, start(plastic, false)}});
  plastic.out.resize(projection.rows->sources), plastic.in.resize(projection.rows->targets);
  for (const EndSegment& from : projection.from)
    for (std::uint32_t k = 0; k < from.count; ++k)
      pre_of_[network_.first_sender(from.kind, from.index) + cell_of(from, from.offset + k)].push_back({index, from.offset + k});
  for (const EndSegment& to : projection.to)
    for (std::uint32_t k = 0; k < to.count; ++k)
      post_of_[network_.populations[to.index].first + cell_of(to, to.offset + k)].push_back({index, to.offset + k});
  each_synapse(*projection.rows, [&](const SynapseBatch& batch, std::uint32_t i) {
    const std::uint32_t source = batch.source[i], target = batch.target[i], delay = batch.delay[i];
    const std::size_t segment = segment_of(projection.to, target);
    const EndSegment& to = projection.to[segment];
    const std::uint32_t dendritic = rules.dendritic(delay);
    Synapse synapse{source,    target, to.index, cell_of(to, target), projection.receptor[segment], delay - dendritic,
                    dendritic, 0,      {}};
    synapse.numbers[0] = static_cast<Real>(batch.weight[i]);
    plastic.out[source].push_back(static_cast<std::uint32_t>(plastic.synapses.size()));
    plastic.in[target].push_back(static_cast<std::uint32_t>(plastic.synapses.size()));
    plastic.synapses.push_back(synapse);
  });
}

// Traces -----------------------------------------------------------------------------------------------------------------

template <class Real>
auto PlasticSynapses<Real>::start(const Plastic& plastic, bool pre) const -> Traces {
  Traces traces{};
  const auto take = [&](const std::optional<CompiledRule>& rule, Real* to) {
    if (!rule) return;
    double of_pre[max_traces] = {}, of_post[max_traces] = {};
    rule->rule->start(rule->coefficients.data(), of_pre, of_post);
    for (int k = 0; k < max_traces; ++k) to[k] = static_cast<Real>(pre ? of_pre[k] : of_post[k]);
  };
  take(plastic.rules->weight, traces.weight);
  take(plastic.rules->short_term, traces.short_term);
  return traces;
}

template <class Real>
auto PlasticSynapses<Real>::decayed(const Plastic& plastic, bool pre, const Mark& mark, std::int64_t step) const -> Traces {
  Traces traces = mark.traces;
  const auto elapsed = static_cast<Real>(elapsed_steps(mark.step, step));
  const auto decay = [&](const std::optional<CompiledRule>& rule, Real* numbers, const std::vector<Real>& c) {
    if (!rule) return;
    const auto& verbs = rule->rule->template verbs<Real>();
    (pre ? verbs.decay_pre : verbs.decay_post)(numbers, elapsed, c.data());
  };
  decay(plastic.rules->weight, traces.weight, plastic.c);
  decay(plastic.rules->short_term, traces.short_term, plastic.short_c);
  return traces;
}

template <class Real>
void PlasticSynapses<Real>::raise(const Plastic& plastic, bool pre, Marks& marks, std::int64_t n) const {
  Traces traces = decayed(plastic, pre, marks.back(), n);
  const auto raise = [&](const std::optional<CompiledRule>& rule, Real* numbers, const std::vector<Real>& c) {
    if (!rule) return;
    const auto& verbs = rule->rule->template verbs<Real>();
    (pre ? verbs.raise_pre : verbs.raise_post)(numbers, c.data());
  };
  raise(plastic.rules->weight, traces.weight, plastic.c);
  raise(plastic.rules->short_term, traces.short_term, plastic.short_c);
  marks.push_back({n, traces});
  const std::int64_t history = pre ? plastic.pre_history : plastic.post_history;
  while (marks.size() > 1 && marks[1].step <= n - history) marks.pop_front();
}

template <class Real>
auto PlasticSynapses<Real>::mark_before(const Marks& marks, std::int64_t step) -> typename Marks::const_iterator {
  auto at = std::prev(marks.end());
  while (at != marks.begin() && at->step >= step) --at;
  return at;
}

// Events -----------------------------------------------------------------------------------------------------------------

template <class Real>
void PlasticSynapses<Real>::spike(std::uint32_t sender, std::uint32_t count, std::int64_t n) {
  if (plastic_.empty()) return;
  for (const Member& member : pre_of_[sender]) {
    Plastic& plastic = plastic_[member.plastic];
    Marks& marks = plastic.pre[member.running];
    if (marks.back().step >= n) continue;  // of a checkpoint: its mark has been saved
    for (std::uint32_t k = 0; k < count; ++k) raise(plastic, true, marks, n);
    for (const std::uint32_t i : plastic.out[member.running]) {
      const Synapse& synapse = plastic.synapses[i];
      const std::int64_t instant = n + synapse.axonal;
      due_[instant + CompiledPlasticity::wait_of(synapse.dendritic)].push_back({member.plastic, i, count, 0});
      if (synapse.dendritic == 0) prompt_[instant].push_back({member.plastic, i, count, 0});
    }
  }
  if (sender >= network_.neurons) return;
  for (const Member& member : post_of_[sender]) {
    Plastic& plastic = plastic_[member.plastic];
    Marks& marks = plastic.post[member.running];
    if (marks.back().step >= n) continue;
    for (std::uint32_t k = 0; k < count; ++k) raise(plastic, false, marks, n);
    for (const std::uint32_t i : plastic.in[member.running]) {
      const std::uint32_t dendritic = plastic.synapses[i].dendritic;
      due_[n + dendritic + CompiledPlasticity::wait_of(dendritic)].push_back({member.plastic, i, 0, count});
    }
  }
}

template <class Real>
auto PlasticSynapses<Real>::joined(std::vector<Event> events) -> std::vector<Event> {
  std::ranges::stable_sort(events, std::less<>{});
  std::vector<Event> all;
  for (const Event& event : events) {
    if (all.empty() || all.back() < event) all.push_back({event.plastic, event.synapse, 0, 0});
    all.back().pres += event.pres, all.back().posts += event.posts;
  }
  return all;
}

template <class Real>
auto PlasticSynapses<Real>::sender_of(const Plastic& plastic, const Synapse& synapse, std::int64_t n, const Deliver& deliver)
    -> Send {
  return [this, &plastic, &synapse, n, &deliver](Real weight, Real release) {
    const auto grid = network_.populations[synapse.population].grids[static_cast<std::size_t>(synapse.receptor)];
    Real within = weight;
    if (!(weight >= plastic.low && weight <= plastic.high)) {
      fault_.add(n, plastic.projection, synapse.source, synapse.target, static_cast<double>(weight));
      within = weight > plastic.high ? plastic.high : weight < plastic.low ? plastic.low : Real(0);
    }
    deliver({plastic.projection, synapse.population, synapse.cell, synapse.receptor,
             grid_round(static_cast<double>(within * release), std::ldexp(1.0, grid.exponent))});
  };
}

template <class Real>
void PlasticSynapses<Real>::hear(std::int64_t n, const SignalBank& signals) {
  for (Plastic& plastic : plastic_) {
    if (plastic.memory == nullptr) continue;
    const int signal = plastic.rules->signal;
    const bool heard = signal >= 0 && network_.projections[plastic.projection].learns_at(n);
    plastic.memory->add(n, heard ? signals.values(static_cast<std::uint32_t>(signal)) : std::span<const double>{});
  }
}

template <class Real>
void PlasticSynapses<Real>::advance(std::int64_t n, const Deliver& deliver) {
  const auto taken = [n](auto& events) {
    const auto at = events.find(n);
    return at == events.end() ? std::vector<Event>{} : std::move(events.extract(at).mapped());
  };
  for (const Event& event : joined(taken(due_))) {
    Plastic& plastic = plastic_[event.plastic];
    Synapse& synapse = plastic.synapses[event.synapse];
    const bool sends = synapse.dendritic > 0;
    instant(plastic, synapse, n - CompiledPlasticity::wait_of(synapse.dendritic), event.pres, event.posts,
            sends ? sender_of(plastic, synapse, n, deliver) : Send([](Real, Real) {}));
  }
  for (const Event& event : joined(taken(prompt_))) {
    const Plastic& plastic = plastic_[event.plastic];
    Synapse copy = plastic.synapses[event.synapse];
    instant(plastic, copy, n, event.pres, 0, sender_of(plastic, plastic.synapses[event.synapse], n, deliver));
  }
}

// One instant --------------------------------------------------------------------------------------------------------------

template <class Real>
void PlasticSynapses<Real>::bring_to(const Plastic& plastic, Synapse& synapse, std::int64_t instant) const {
  if (plastic.memory != nullptr) {
    const auto& verbs = plastic.rules->weight->rule->template verbs<Real>();
    const std::uint32_t channel = plastic.rules->channel_of(synapse.target);
    for_stretches(plastic.memory->span_steps(), synapse.last, instant, [&](std::int64_t from, std::int64_t to) {
      verbs.advance(synapse.numbers, static_cast<Real>(to - from), static_cast<Real>(plastic.memory->drive(channel, from, to)),
                    plastic.c.data());
    });
  }
  synapse.last = instant;
}

template <class Real>
void PlasticSynapses<Real>::instant(const Plastic& plastic, Synapse& synapse, std::int64_t instant, std::uint32_t pres,
                                    std::uint32_t posts, const Send& send) const {
  const ZeroLag zero_lag = plastic.rules->zero_lag;
  const bool pres_see = zero_lag == ZeroLag::depress || zero_lag == ZeroLag::both;
  const bool posts_see = zero_lag == ZeroLag::potentiate || zero_lag == ZeroLag::both;
  bring_to(plastic, synapse, instant);
  if (!network_.projections[plastic.projection].learns_at(instant)) posts = 0;
  if (zero_lag != ZeroLag::potentiate) on_posts(plastic, synapse, instant, posts, posts_see && pres > 0);
  on_pres(plastic, synapse, instant, pres, pres_see && posts > 0, send);
  if (zero_lag == ZeroLag::potentiate) on_posts(plastic, synapse, instant, posts, pres > 0);
}

template <class Real>
void PlasticSynapses<Real>::on_pres(const Plastic& plastic, Synapse& synapse, std::int64_t instant, std::uint32_t pres,
                                    bool sees_posts, const Send& send) const {
  if (pres == 0) return;
  const bool learns = network_.projections[plastic.projection].learns_at(instant);
  const std::int64_t pre_step = instant - synapse.axonal, post_step = instant - synapse.dendritic;
  const Marks &pre = plastic.pre[synapse.source], &post = plastic.post[synapse.target];
  const Traces seen = decayed(plastic, false, sees_posts ? mark_upto(post, post_step) : *mark_before(post, post_step), post_step);
  auto own = mark_before(pre, pre_step);  // the marks of this instant lie behind it
  for (std::uint32_t k = 0; k < pres; ++k, ++own) {
    const Traces traces = decayed(plastic, true, *own, pre_step);
    if (const auto& rule = plastic.rules->weight; rule && learns)
      rule->rule->template verbs<Real>().on_pre(rule->variant, synapse.numbers, traces.weight, seen.weight, plastic.c.data());
    Real release = 1;
    if (const auto& rule = plastic.rules->short_term)
      release = rule->rule->template verbs<Real>().release(traces.short_term, plastic.short_c.data());
    send(synapse.numbers[0], release);
  }
}

template <class Real>
void PlasticSynapses<Real>::on_posts(const Plastic& plastic, Synapse& synapse, std::int64_t instant, std::uint32_t posts,
                                     bool sees_pres) const {
  if (posts == 0 || !plastic.rules->weight) return;
  const std::int64_t pre_step = instant - synapse.axonal, post_step = instant - synapse.dendritic;
  const Marks &pre = plastic.pre[synapse.source], &post = plastic.post[synapse.target];
  const Traces seen = decayed(plastic, true, sees_pres ? mark_upto(pre, pre_step) : *mark_before(pre, pre_step), pre_step);
  const Traces own = decayed(plastic, false, *mark_before(post, post_step), post_step);  // a cell spikes once a step
  const CompiledRule& rule = *plastic.rules->weight;
  rule.rule->template verbs<Real>().on_post(rule.variant, synapse.numbers, seen.weight, own.weight, plastic.c.data());
}

// What others see ----------------------------------------------------------------------------------------------------------

template <class Real>
void PlasticSynapses<Real>::visit(std::uint32_t projection, std::int64_t n, const SignalBank& signals,
                                  const std::function<void(const SettledSynapse&)>& take) const {
  const FlushDenormals flush;
  const auto found = std::ranges::find(plastic_, projection, &Plastic::projection);
  const Plastic& plastic = *found;
  const auto index = static_cast<std::uint32_t>(found - plastic_.begin());
  std::vector<Synapse> synapses = plastic.synapses;
  for (auto at = due_.upper_bound(n); at != due_.end(); ++at)
    for (const Event& event : joined(at->second)) {
      if (event.plastic != index) continue;
      Synapse& synapse = synapses[event.synapse];
      const std::int64_t when = at->first - CompiledPlasticity::wait_of(synapse.dendritic);
      if (when <= n) instant(plastic, synapse, when, event.pres, event.posts, [](Real, Real) {});
    }
  for (Synapse& synapse : synapses) {
    bring_to(plastic, synapse, n);
    const std::int64_t pre_step = n - synapse.axonal, post_step = n - synapse.dendritic;
    const Traces pre = decayed(plastic, true, mark_upto(plastic.pre[synapse.source], pre_step), pre_step);
    const Traces post = decayed(plastic, false, mark_upto(plastic.post[synapse.target], post_step), post_step);
    SettledSynapse settled{synapse.source, synapse.target, static_cast<double>(synapse.numbers[0]), {}};
    double* out = settled.states;
    if (const auto& rule = plastic.rules->weight) {
      for (int k = 0; k < rule->rule->pre; ++k) *out++ = static_cast<double>(pre.weight[k]);
      for (int k = 0; k < rule->rule->post; ++k) *out++ = static_cast<double>(post.weight[k]);
      for (int k = 1; k < rule->rule->synapse; ++k) *out++ = static_cast<double>(synapse.numbers[k]);
      if (rule->rule->table->uses_signal)
        *out++ = signals.values(static_cast<std::uint32_t>(plastic.rules->signal))[plastic.rules->channel_of(synapse.target)];
    }
    if (const auto& rule = plastic.rules->short_term)
      for (int k = 0; k < rule->rule->pre; ++k) *out++ = static_cast<double>(pre.short_term[k]);
    take(settled);
  }
}

template <class Real>
void PlasticSynapses<Real>::start_anew(std::int64_t n, const SignalBank& signals) {
  for (Plastic& plastic : plastic_) {
    auto synapse = plastic.synapses.begin();
    visit(plastic.projection, n, signals, [&](const SettledSynapse& settled) {
      std::fill(synapse->numbers, synapse->numbers + max_synapse_reals, Real(0));
      synapse->numbers[0] = static_cast<Real>(settled.weight);
      synapse->last = n;
      ++synapse;
    });
    std::ranges::fill(plastic.pre, Marks{Mark{never_spiked, start(plastic, true)}});
    std::ranges::fill(plastic.post, Marks{Mark{never_spiked, start(plastic, false)}});
  }
  due_.clear(), prompt_.clear();
}

template <class Real>
void PlasticSynapses<Real>::hash(std::int64_t n, const SignalBank& signals, WeightHash& hash) const {
  for (const Plastic& plastic : plastic_) {
    const PlasticHash add(network_, network_.projections[plastic.projection]);
    visit(plastic.projection, n, signals, [&](const SettledSynapse& synapse) { add.add(synapse, hash); });
  }
}

// Checkpoints ----------------------------------------------------------------------------------------------------------------

/// Where numbers change between events, the anchor that a checkpoint brings a synapse to at least.
template <class Real>
std::int64_t PlasticSynapses<Real>::anchor_of(const Plastic& plastic, const Synapse& synapse, std::int64_t n) const {
  return plastic.memory == nullptr ? 0 : last_anchor(network_, *plastic.rules, n, CompiledPlasticity::wait_of(synapse.dendritic));
}

template <class Real>
void PlasticSynapses<Real>::save(std::int64_t n, Checkpoint& checkpoint) const {
  const FlushDenormals flush;
  checkpoint.fault = fault_;
  for (const Plastic& plastic : plastic_) {
    PlasticRecord& record = checkpoint.plastic[record_of(network_, plastic.projection)];
    for (Synapse synapse : plastic.synapses) {
      if (const std::int64_t anchor = anchor_of(plastic, synapse, n); anchor > synapse.last) bring_to(plastic, synapse, anchor);
      record.numbers.insert(record.numbers.end(), synapse.numbers, synapse.numbers + plastic.rules->numbers());
    }
    if (plastic.memory != nullptr) {
      const auto& projection = network_.projections[plastic.projection];
      record.signal = plastic.memory->save(last_anchor(network_, *plastic.rules, n, longest_wait(projection)));
    }
    const auto put = [&](const std::vector<Marks>& all, std::int64_t history, std::vector<TraceMark>& out) {
      for (const Marks& marks : all) {
        const Mark& mark = mark_upto(marks, n - history);
        TraceMark& saved = out.emplace_back();
        saved.step = mark.step;
        std::copy_n(mark.traces.weight, max_traces, saved.traces);
        std::copy_n(mark.traces.short_term, max_traces, saved.traces + max_traces);
      }
    };
    put(plastic.pre, plastic.pre_history, record.pre);
    put(plastic.post, plastic.post_history, record.post);
  }
}

template <class Real>
void PlasticSynapses<Real>::load(const Checkpoint& checkpoint) {
  const std::int64_t n = checkpoint.step;
  fault_ = checkpoint.fault;
  due_.clear(), prompt_.clear();
  for (Plastic& plastic : plastic_) {
    const PlasticRecord& record = checkpoint.plastic[record_of(network_, plastic.projection)];
    const auto get = [](const std::vector<TraceMark>& saved, std::vector<Marks>& all) {
      for (std::size_t i = 0; i < all.size(); ++i) {
        Mark mark{saved[i].step, {}};
        for (int k = 0; k < max_traces; ++k) {
          mark.traces.weight[k] = static_cast<Real>(saved[i].traces[k]);
          mark.traces.short_term[k] = static_cast<Real>(saved[i].traces[max_traces + k]);
        }
        all[i] = {mark};
      }
    };
    if (plastic.memory != nullptr) {
      const auto& projection = network_.projections[plastic.projection];
      if (!plastic.memory->load(last_anchor(network_, *plastic.rules, n, longest_wait(projection)), n, record.signal))
        throw Error("checkpoint", {}, "the checkpoint has another length of the signal of projection " + projection.name);
    }
    get(record.pre, plastic.pre);
    get(record.post, plastic.post);
  }
  for (const SpikeInFlight& spike : checkpoint.in_flight) this->spike(spike.source, spike.count, spike.step);
  due_.erase(due_.begin(), due_.upper_bound(n));
  prompt_.erase(prompt_.begin(), prompt_.upper_bound(n));
  for (Plastic& plastic : plastic_) {
    auto number = checkpoint.plastic[record_of(network_, plastic.projection)].numbers.begin();
    for (Synapse& synapse : plastic.synapses) {
      for (int k = 0; k < plastic.rules->numbers(); ++k) synapse.numbers[k] = static_cast<Real>(*number++);
      const std::int64_t settled = n - CompiledPlasticity::wait_of(synapse.dendritic);
      const std::int64_t pre = mark_upto(plastic.pre[synapse.source], settled - synapse.axonal).step + synapse.axonal;
      const std::int64_t post = mark_upto(plastic.post[synapse.target], settled - synapse.dendritic).step + synapse.dendritic;
      synapse.last = std::max({anchor_of(plastic, synapse, n), pre, post});
    }
  }
}

template class PlasticSynapses<float>;
template class PlasticSynapses<double>;

}  // namespace spikeloom::reference
