// What a shard's plastic synapses do in a step, and what they are when somebody looks.
#include "backends/cpu/plastic.hpp"

#include <algorithm>
#include <bit>
#include <cmath>
#include <cstring>

#include "backends/cpu/pack.hpp"
#include "core/run/used_weights.hpp"

namespace spikeloom::cpu {
namespace {

constexpr std::uint32_t longest_ring = 4096;  ///< steps

/// Posts of a target at first: the more, the rarer are sweeps, which cost as much as all synapses of a cell together.
std::uint32_t kept_posts(const CompiledProjection& projection) {
  constexpr std::uint64_t least = 16, most = 64, synapses_per_post = 128;
  const std::uint64_t per_target = projection.rows->count() / std::max(projection.rows->targets, 1u);
  return static_cast<std::uint32_t>(std::bit_ceil(std::clamp(per_target / synapses_per_post, least, most)));
}

template <class Real>
std::vector<Real> narrowed(const std::optional<CompiledRule>& rule) {
  if (!rule) return {};
  return {rule->coefficients.begin(), rule->coefficients.end()};
}

/// Where a weight that is out of its bounds was found.
struct Finding {
  WeightFault* fault;
  const CompiledProjection* projection;
  const EndSegment* to;
  std::uint32_t index, source, first_cell;
  const std::uint16_t* target;
  std::int64_t step;
};

template <class Real>
Real elapsed(std::int32_t from, std::int64_t to) {
  return static_cast<Real>(std::min<std::int64_t>(to - from, longest_elapsed));
}

}  // namespace

template <class Real, class Sum>
PlasticShard<Real, Sum>::PlasticShard(const PlasticShared& shared, std::uint32_t shard, Sum* input)
    : shared_(shared), shard_(shard), input_(input) {
  for (std::uint32_t p = 0; p < shared.packed.parts.size(); ++p) add_part(p);
  clear();
}

template <class Real, class Sum>
void PlasticShard<Real, Sum>::add_part(std::uint32_t p) {
  const PlasticPart& packed = shared_.packed.parts[p];
  const CompiledProjection& projection = shared_.network.projections[packed.projection];
  const EndSegment& to = projection.to[packed.segment];
  const Slice& slice = shared_.partition.shard(shard_).slices[to.index];
  const auto receptor = static_cast<std::size_t>(projection.receptor[packed.segment]);
  Part part{};
  part.projection = &projection;
  part.rules = projection.plasticity.get();
  part.rows = &packed.rows[shard_];
  if (part.rules->weight) part.kernels = shared_.kernels.rule_kernels_of(*part.rules->weight->rule);
  part.c = narrowed<Real>(part.rules->weight), part.short_c = narrowed<Real>(part.rules->short_term);
  part.numbers = part.rules->numbers();
  part.segment = packed.segment, part.population = to.index;
  part.first = slice.begin, part.cells = slice.end - slice.begin;
  part.input = input_ + (slice.slot[receptor] == no_slot ? 0 : slice.slot[receptor]);
  part.scale = static_cast<Real>(std::ldexp(1.0, shared_.network.populations[to.index].grids[receptor].exponent));
  part.low = static_cast<Real>(part.rules->low), part.high = static_cast<Real>(part.rules->high);
  part.history = plastic_history(projection);
  part.memory = shared_.memories[packed.index].get();
  for (std::uint32_t k = 0; k < part.cells && part.memory != nullptr && !part.rules->channel.empty(); ++k) {
    const std::uint32_t offset = part.first + k - to.first;  // cells that are no targets take any
    part.channel.push_back(
        offset % to.stride == 0 && offset / to.stride < to.count ? part.rules->channel[to.offset + offset / to.stride] : 0);
  }
  part.kept = kept_posts(projection);
  part.older.resize(part.rows->size()), part.last.resize(part.rows->size()), part.newest.resize(part.rows->size());
  part.due = Piles<Cursor>(std::bit_ceil(std::min(projection.rows->max_delay(), longest_ring - 1) + 1));
  const std::size_t cells = part.rules->weight ? part.cells : 0;
  part.steps.resize(cells * part.kept);
  for (int k = 0; k < max_traces; ++k) {
    const bool used = part.rules->weight && k < part.rules->weight->rule->post;
    part.traces[k].resize(used ? cells * part.kept : 0), part.traces_now[k].resize(used ? cells : 0);
  }
  parts_.push_back(std::move(part));
}

template <class Real, class Sum>
void PlasticShard<Real, Sum>::start_mark(const Part& part, Mark& mark) const {
  mark = {};
  const auto take = [](const std::optional<CompiledRule>& rule, Real* to) {
    if (!rule) return;
    double pre[max_traces] = {}, post[max_traces] = {};
    rule->rule->start(rule->coefficients.data(), pre, post);
    std::copy_n(pre, max_traces, to);
  };
  take(part.rules->weight, mark.after);
  take(part.rules->short_term, mark.short_after);
}

template <class Real, class Sum>
void PlasticShard<Real, Sum>::start_posts(Part& part, std::size_t from) const {
  double pre[max_traces] = {}, post[max_traces] = {};
  if (part.rules->weight) part.rules->weight->rule->start(part.rules->weight->coefficients.data(), pre, post);
  std::fill(part.steps.begin() + static_cast<std::ptrdiff_t>(from), part.steps.end(), never_kept);
  for (int k = 0; k < max_traces; ++k)
    if (auto& traces = part.traces[k]; !traces.empty())
      std::fill(traces.begin() + static_cast<std::ptrdiff_t>(from), traces.end(), static_cast<Real>(post[k]));
}

template <class Real, class Sum>
void PlasticShard<Real, Sum>::clear() {
  fault_ = {};
  for (Part& part : parts_) {
    Mark start;
    start_mark(part, start);
    std::fill(part.older.begin(), part.older.end(), start);
    std::fill(part.last.begin(), part.last.end(), start);
    part.flying.clear();
    part.landed = 0;
    std::fill(part.newest.begin(), part.newest.end(), 0);
    part.due.clear();
    start_posts(part, 0);
    part.swept = never_kept;
    part.anchor = 0;
  }
}

// Presynaptic spikes ---------------------------------------------------------------------------------------------------------

template <class Real, class Sum>
auto PlasticShard<Real, Sum>::raised(const Part& part, const Mark& from, std::int32_t step, std::uint32_t count) const -> Raised {
  Raised out;
  out.mark = from;
  out.mark.step = step, out.mark.count = count;
  std::int32_t before = from.step;
  for (std::uint32_t k = 0; k < count; ++k, before = step) {
    const auto time = elapsed<Real>(before, step);
    if (const auto& rule = part.rules->weight) {
      const auto& verbs = rule->rule->template verbs<Real>();
      verbs.decay_pre(out.mark.after, time, part.c.data());
      out.own.insert(out.own.end(), out.mark.after, out.mark.after + max_traces);
      verbs.raise_pre(out.mark.after, part.c.data());
    }
    if (const auto& rule = part.rules->short_term) {
      const auto& verbs = rule->rule->template verbs<Real>();
      verbs.decay_pre(out.mark.short_after, time, part.short_c.data());
      out.release.push_back(verbs.release(out.mark.short_after, part.short_c.data()));
      verbs.raise_pre(out.mark.short_after, part.short_c.data());
    }
  }
  return out;
}

template <class Real, class Sum>
void PlasticShard<Real, Sum>::admit(std::int64_t emitted, std::span<const std::uint32_t> ids) {
  if (parts_.empty()) return;
  for (std::size_t k = 0; k < ids.size();) {
    std::uint32_t count = 1;
    while (k + count < ids.size() && ids[k + count] == ids[k]) ++count;
    admit(emitted, ids[k], count);
    k += count;
  }
}

template <class Real, class Sum>
void PlasticShard<Real, Sum>::admit(std::int64_t emitted, std::uint32_t id, std::uint32_t count) {
  load_spike({emitted, id, count}, emitted);
}

/// Those of its arrivals that lie after step n are queued.
template <class Real, class Sum>
void PlasticShard<Real, Sum>::load_spike(const SpikeInFlight& spike, std::int64_t n) {
  for (Part& part : parts_) {
    for_sources(shared_.network, *part.projection, spike.source, [&](std::uint32_t source) {
      Mark& last = part.last[source];
      if (last.step >= spike.step) return;  // of a checkpoint: its mark has been saved
      const auto step = static_cast<std::int32_t>(spike.step);
      const Spike flying{source, part.older[source], last, raised(part, last, step, spike.count).mark};
      part.older[source] = last, last = flying.now;
      part.flying.push_back({flying, part.newest[source]});
      part.newest[source] = part.landed + part.flying.size();
      PlasticHead* run = (*part.rows)[source];
      if (run == nullptr) return;
      while (spike.step + run->delay <= n) {
        if (run->is_last) return;
        run = next_run<Real>(run, part.numbers);
      }
      push(part, {run, &part.flying.back().spike}, spike.step + run->delay, n);
    });
  }
}

template <class Real, class Sum>
void PlasticShard<Real, Sum>::push(Part& part, Cursor cursor, std::int64_t due, std::int64_t now) {
  const std::int64_t size = static_cast<std::int64_t>(part.due.size());
  part.due.add(static_cast<std::size_t>(std::min(due, now + size - 1) & (size - 1)), cursor);
}

template <class Real, class Sum>
std::uint64_t PlasticShard<Real, Sum>::drain(std::int64_t n) {
  std::uint64_t events = 0;
  for (Part& part : parts_) {
    const std::vector<Cursor>& cursors = part.arriving;
    part.due.take(static_cast<std::size_t>(n) & (part.due.size() - 1), part.arriving);
    know_posts_now(part, n);
    for (std::size_t k = 0; k < cursors.size(); ++k) {
      const Cursor& cursor = cursors[k];
      if (k + 1 < cursors.size()) fetch<Real>(cursors[k + 1].run, part.numbers);
      PlasticHead* run = cursor.run;
      const std::int64_t emitted = cursor.spike->now.step;
      if (emitted + run->delay > n) {  // only on its way
        push(part, cursor, emitted + run->delay, n);
        continue;
      }
      arrive(part, run, *cursor.spike, part.input);
      events += std::uint64_t{run->count} * cursor.spike->now.count;
      if (run->is_last) continue;
      run = next_run<Real>(run, part.numbers);
      push(part, {run, cursor.spike}, emitted + run->delay, n);
    }
    part.now = never_kept;
    keep_up_with_anchors(part, n);
    for (; !part.flying.empty() && part.flying.front().spike.now.step <= n - part.history.pre; ++part.landed)
      part.flying.pop_front();
  }
  return events;
}

// Runs -------------------------------------------------------------------------------------------------------------------------

template <class Real, class Sum>
PostHistory<Real> PlasticShard<Real, Sum>::history(const Part& part) const {
  PostHistory<Real> posts{part.kept, part.cells, part.steps.data(), {}};
  for (int k = 0; k < max_traces; ++k) posts.traces[k] = part.traces[k].data();
  return posts;
}

/// Where more synapses hear something in step n than there are targets, and all at one instant, the traces at that instant are
/// worked out by target.
template <class Real, class Sum>
void PlasticShard<Real, Sum>::know_posts_now(Part& part, std::int64_t n) {
  if (!part.rules->weight ||
      !(part.rules->dendritic_is_fixed || part.projection->rows->min_delay() == part.projection->rows->max_delay()))
    return;
  std::uint64_t synapses = 0;
  for (const Cursor& cursor : part.arriving)
    if (cursor.spike->now.step + std::int64_t{cursor.run->delay} == n) synapses += cursor.run->count;
  if (synapses < part.cells || synapses == 0) return;
  part.now =
      static_cast<std::int32_t>(n) - 2 * static_cast<std::int32_t>(part.rules->dendritic(part.projection->rows->max_delay()));
  Real* columns[max_traces];
  for (int k = 0; k < max_traces; ++k) columns[k] = part.traces_now[k].data();
  part.ties.resize(part.cells);
  const auto work = [&](auto kernel) { return kernel(history(part), part.now, part.c.data(), columns, part.ties.data()); };
  if constexpr (sizeof(Real) == 4) part.tie_count = work(part.kernels.now_float);
  else part.tie_count = work(part.kernels.now_double);
}

template <class Real, class Sum>
RuleRun<Real> PlasticShard<Real, Sum>::view(const Part& part, PlasticHead* run) const {
  RuleRun<Real> r{};
  r.count = run->count;
  r.target = targets_of(run);
  for (int k = 0; k < part.numbers; ++k) r.numbers[k] = column_of<Real>(run, k);
  r.posts = history(part);
  r.variant = part.rules->weight ? part.rules->weight->variant : 0;
  r.c = part.c.data();
  r.seen = run->seen;
  r.shift = part.rules->dendritic(run->delay);
  if (part.memory != nullptr) r.past = &part.memory->past();
  if (!part.channel.empty()) r.channel = part.channel.data();
  return r;
}

namespace {

/// A presynaptic spike in the clock of the posts.
std::int32_t in_posts_clock(std::int32_t step, std::uint32_t axonal, std::uint32_t dendritic) {
  if (step == never_kept) return never_kept;
  return step + static_cast<std::int32_t>(axonal) - static_cast<std::int32_t>(dendritic);
}

}  // namespace

/// In the clock of the posts: no event of a synapse but its posts is later. `last`: of the pres that are in, so that it is the
/// one before where the last is pending.
template <class Real, class Sum>
std::int32_t PlasticShard<Real, Sum>::last_event(const Part& part, const PlasticHead* run, const Mark& last) const {
  const std::uint32_t dendritic = part.rules->dendritic(run->delay);
  return std::max(in_posts_clock(last.step, run->delay - dendritic, dendritic),
                  static_cast<std::int32_t>(part.anchor - dendritic));
}

template <class Real, class Sum>
void PlasticShard<Real, Sum>::bring_to(const Part& part, PlasticHead* run, const Mark& last, std::int64_t instant) const {
  if (part.memory == nullptr) return;
  const std::uint32_t dendritic = part.rules->dendritic(run->delay);
  const std::int32_t event = last_event(part, run, last);
  const auto& verbs = part.rules->weight->rule->template verbs<Real>();
  for (std::uint32_t i = 0; i < run->count; ++i) {
    const std::uint16_t target = targets_of(run)[i];
    const std::int64_t from = std::int64_t{std::max(event, part.steps[last_post(part, target, run->seen)])} + dendritic;
    if (from >= instant) continue;
    Real numbers[max_synapse_reals] = {};
    for (int k = 0; k < part.numbers; ++k) numbers[k] = column_of<Real>(run, k)[i];
    for_stretches(part.memory->span_steps(), from, instant, [&](std::int64_t begin, std::int64_t end) {
      const double drive = signal_drive(part.memory->past(), part.channel.empty() ? 0 : part.channel[target], begin, end);
      verbs.advance(numbers, static_cast<Real>(end - begin), static_cast<Real>(drive), part.c.data());
    });
    for (int k = 0; k < part.numbers; ++k) column_of<Real>(run, k)[i] = numbers[k];
  }
}

template <class Real, class Sum>
void PlasticShard<Real, Sum>::take_posts(const Part& part, PlasticHead* run, std::int32_t until, const Mark& since) const {
  const std::int64_t dendritic = part.rules->dendritic(run->delay);
  while (run->seen < until) {
    const auto pause = part.projection->next_pause(run->seen + 1 + dendritic, until + dendritic);
    if (pause == part.projection->pauses.end()) return take_posts(part, run, until, since, false);
    const std::int64_t begin = pause->from - dendritic, end = pause->to - std::min(dendritic, pause->to);
    if (run->seen < begin) take_posts(part, run, static_cast<std::int32_t>(begin), since, false);
    take_posts(part, run, static_cast<std::int32_t>(std::min<std::int64_t>(end, until)), since, true);
  }
}

template <class Real, class Sum>
void PlasticShard<Real, Sum>::take_posts(const Part& part, PlasticHead* run, std::int32_t until, const Mark& since,
                                         bool paused) const {
  const std::uint32_t dendritic = part.rules->dendritic(run->delay);
  RuleRun<Real> r = view(part, run);
  r.until = until;
  r.paused = paused;
  r.since = in_posts_clock(since.step, run->delay - dendritic, dendritic);
  r.event = last_event(part, run, since);
  std::copy_n(since.after, max_traces, r.pre);
  if constexpr (sizeof(Real) == 4) part.kernels.posts_float(r);
  else part.kernels.posts_double(r);
  run->seen = until;
}

template <class Real, class Sum>
void PlasticShard<Real, Sum>::take_pres(const Part& part, PlasticHead* run, const Mark& before, const Mark& mark, bool keep,
                                        Sum* input) const {
  const std::uint32_t dendritic = part.rules->dendritic(run->delay), axonal = run->delay - dendritic;
  const Raised made = raised(part, before, mark.step, mark.count);
  RuleArrival<Real, Sum> a{};
  a.run = view(part, run);
  a.run.since = in_posts_clock(before.step, axonal, dendritic);
  a.run.event = last_event(part, run, before);
  a.now = in_posts_clock(mark.step, axonal, dendritic);
  PostsNow<Real> posts_now{{}, part.ties.data(), part.tie_count};
  for (int k = 0; k < max_traces; ++k) posts_now.traces[k] = part.traces_now[k].data();
  if (a.now == part.now) a.posts_now = &posts_now;
  a.pres = mark.count;
  a.own = reinterpret_cast<const Real(*)[max_traces]>(made.own.data());
  std::copy_n(made.mark.after, max_traces, a.after);
  a.zero_lag = part.rules->zero_lag;
  a.run.paused = !part.projection->learns_at(std::int64_t{mark.step} + axonal);
  a.keep = keep;
  a.input = input;
  a.release = made.release.empty() ? nullptr : made.release.data();
  a.scale = part.scale;
  const auto projection = static_cast<std::uint32_t>(part.projection - shared_.network.projections.data());
  a.gain = part.projection->gain >= 0 ? shared_.modulator.projection_gain(projection) : 1.0;
  a.low = part.low, a.high = part.high;
  Finding finding{&fault_,    part.projection, &part.projection->to[part.segment],  projection, 0,
                  part.first, a.run.target,    std::int64_t{mark.step} + run->delay};
  if (input != nullptr) {
    finding.source = current_source_;
    a.reporter = &finding;
    a.report = report;
  }
  if (!part.rules->weight) return rule_tile::send_all(a);
  if constexpr (sizeof(Real) == 8) part.kernels.pres_double_64(a);
  else if constexpr (sizeof(Sum) == 4) part.kernels.pres_float_32(a);
  else part.kernels.pres_float_64(a);
}

template <class Real, class Sum>
void PlasticShard<Real, Sum>::report(void* reporter, std::uint32_t synapse, double weight) {
  const auto& found = *static_cast<const Finding*>(reporter);
  const std::uint32_t cell = found.first_cell + found.target[synapse];
  found.fault->add(found.step, found.index, found.source, found.to->offset + (cell - found.to->first) / found.to->stride, weight);
}

template <class Real, class Sum>
void PlasticShard<Real, Sum>::finish_pending(const Part& part, PlasticHead* run, const Mark& older, const Mark& last) const {
  if (run->pending == 0) return;
  take_pres(part, run, older, last, true, nullptr);
  run->seen = in_posts_clock(last.step, run->delay, 0);
  run->pending = 0;
}

template <class Real, class Sum>
void PlasticShard<Real, Sum>::arrive(const Part& part, PlasticHead* run, const Spike& spike, Sum* input) const {
  if (input != nullptr) current_source_ = spike.source;
  if (!part.rules->weight) return take_pres(part, run, spike.last, spike.now, false, input);
  const std::uint32_t dendritic = part.rules->dendritic(run->delay);
  const std::int32_t now = in_posts_clock(spike.now.step, run->delay - dendritic, dendritic);
  if (dendritic > 0) {
    take_posts(part, run, now - 1, spike.last);
    take_pres(part, run, spike.last, spike.now, true, input);
    run->seen = now;
  } else {
    finish_pending(part, run, spike.older, spike.last);
    take_posts(part, run, now - 1, spike.last);
    take_pres(part, run, spike.last, spike.now, false, input);
    run->pending = 1;
  }
}

template <class Real, class Sum>
void PlasticShard<Real, Sum>::settle(const Part& part, PlasticHead* run, const Mark& older, const Mark& last,
                                     std::int64_t instant) const {
  if (!part.rules->weight) return;
  const std::uint32_t dendritic = part.rules->dendritic(run->delay);
  if (run->pending != 0 && std::int64_t{last.step} + run->delay - dendritic <= instant) finish_pending(part, run, older, last);
  take_posts(part, run, static_cast<std::int32_t>(instant - dendritic), last);
}

template <class Real, class Sum>
template <class See>
void PlasticShard<Real, Sum>::for_under_way(const Part& part, std::uint32_t source, std::int64_t delay, std::int64_t n,
                                            const See& see) const {
  for (std::uint64_t at = part.newest[source]; at > part.landed;) {
    const Flying& flying = part.flying[at - part.landed - 1];
    if (flying.spike.now.step + delay <= n) return;
    see(flying.spike);
    at = flying.previous;
  }
}

template <class Real, class Sum>
auto PlasticShard<Real, Sum>::last_arrived(const Part& part, std::uint32_t source, std::int64_t delay, std::int64_t n) const
    -> Arrived {
  Arrived arrived{&part.older[source], &part.last[source]};
  for_under_way(part, source, delay, n, [&](const Spike& spike) { arrived = {&spike.older, &spike.last}; });
  return arrived;
}

// Postsynaptic spikes
// ------------------------------------------------------------------------------------------------------------

template <class Real, class Sum>
void PlasticShard<Real, Sum>::posts(std::int64_t n, std::span<const std::uint32_t> ids) {
  for (Part& part : parts_) {
    if (!part.rules->weight) continue;
    const std::uint32_t first = shared_.network.populations[part.population].first + part.first;
    for (const std::uint32_t id : ids)
      if (id - first < part.cells) add_post(part, id - first, n);
  }
}

template <class Real, class Sum>
void PlasticShard<Real, Sum>::load_post(std::uint32_t id, std::int64_t step, std::int64_t n) {
  for (Part& part : parts_) {
    const std::uint32_t first = shared_.network.populations[part.population].first + part.first;
    if (part.rules->weight && id - first < part.cells && step > n - part.history.post) add_post(part, id - first, step);
  }
}

template <class Real, class Sum>
void PlasticShard<Real, Sum>::grow(Part& part) const {
  const std::size_t used = part.steps.size();
  part.kept *= 2;
  part.steps.resize(2 * used);
  for (auto& traces : part.traces) traces.resize(2 * traces.size());
  start_posts(part, used);
}

/// A sweep takes in all but the posts of the last history.post steps; where these are most of what is kept, sweeps would come
/// too often. Posts of a checkpoint are all of that kind: nothing is swept before the rows are there.
template <class Real, class Sum>
void PlasticShard<Real, Sum>::make_room(Part& part, std::uint32_t local, std::int64_t n) {
  const auto step_of = [&](std::uint32_t age) { return part.steps[std::size_t{age} * part.cells + local]; };
  if (step_of(part.kept - 2) <= part.swept) return;
  if (step_of(part.kept / 2) > n - part.history.post) grow(part);
  else sweep(part, n);
}

template <class Real, class Sum>
void PlasticShard<Real, Sum>::add_post(Part& part, std::uint32_t local, std::int64_t n) {
  const auto step = static_cast<std::int32_t>(n);
  const std::size_t cells = part.cells;
  make_room(part, local, n);
  std::int32_t* const steps = part.steps.data() + local;
  const CompiledRule& rule = *part.rules->weight;
  Real traces[max_traces] = {};
  for (int k = 0; k < rule.rule->post; ++k) traces[k] = part.traces[k][local];
  const auto& verbs = rule.rule->template verbs<Real>();
  verbs.decay_post(traces, elapsed<Real>(steps[0], n), part.c.data());
  verbs.raise_post(traces, part.c.data());
  std::size_t used = 1;  // columns that hold something
  while (used + 1 < part.kept && steps[(used - 1) * cells] != never_kept) ++used;
  for (std::size_t age = used; age > 0; --age) {
    steps[age * cells] = steps[(age - 1) * cells];
    for (int k = 0; k < rule.rule->post; ++k) part.traces[k][age * cells + local] = part.traces[k][(age - 1) * cells + local];
  }
  steps[0] = step;
  for (int k = 0; k < rule.rule->post; ++k) part.traces[k][local] = traces[k];
}

/// Where, in the history of a target, its last post up to `step` stands.
template <class Real, class Sum>
std::size_t PlasticShard<Real, Sum>::last_post(const Part& part, std::uint32_t local, std::int64_t step) {
  std::size_t at = local;
  while (at + part.cells < part.steps.size() && part.steps[at] > step) at += part.cells;
  return at;
}

template <class Real, class Sum>
template <class Take>
void PlasticShard<Real, Sum>::for_runs(const Part& part, std::int64_t n, const Take& take) const {
  for (std::uint32_t source = 0; source < part.rows->size(); ++source)
    for (PlasticHead* run = (*part.rows)[source]; run != nullptr;
         run = run->is_last ? nullptr : next_run<Real>(run, part.numbers)) {
      const Arrived arrived = last_arrived(part, source, run->delay, n);
      take(run, *arrived.older, *arrived.last);
    }
}

/// Within step n, everything that arrives in it being in and its posts not yet.
template <class Real, class Sum>
void PlasticShard<Real, Sum>::sweep(Part& part, std::int64_t n) {
  std::int64_t least = n;
  for_runs(part, n, [&](PlasticHead* run, const Mark& older, const Mark& last) {
    const std::uint32_t dendritic = part.rules->dendritic(run->delay);
    const std::int64_t instant = n - CompiledPlasticity::wait_of(dendritic);
    settle(part, run, older, last, instant);
    least = std::min(least, instant - dendritic);
  });
  part.swept = static_cast<std::int32_t>(least);
}

/// After all arrivals of step n.
template <class Real, class Sum>
void PlasticShard<Real, Sum>::keep_up_with_anchors(Part& part, std::int64_t n) {
  if (part.memory == nullptr) return;
  const std::int64_t anchor = last_anchor(shared_.network, *part.rules, n, longest_wait(*part.projection));
  if (anchor <= part.anchor) return;
  for_runs(part, n, [&](PlasticHead* run, const Mark& older, const Mark& last) {
    settle(part, run, older, last, anchor);
    bring_to(part, run, run->pending ? older : last, anchor);
  });
  part.anchor = anchor;
}

// What others see
// ------------------------------------------------------------------------------------------------------------------

template <class Real, class Sum>
auto PlasticShard<Real, Sum>::settled(std::uint32_t p, std::uint32_t source, std::uint32_t delay, std::int64_t n,
                                      bool waiting) const -> Settled {
  const Part& part = parts_[p];
  Settled out{};
  PlasticHead* run = (*part.rows)[source];
  while (run->delay != delay) run = next_run<Real>(run, part.numbers);
  const auto* bytes = reinterpret_cast<const std::byte*>(run);
  out.bytes.assign(bytes, bytes + run_bytes<Real>(run->count, part.numbers));
  PlasticHead* const head = out.head();
  const std::uint32_t dendritic = part.rules->dendritic(delay), axonal = delay - dendritic;
  const Arrived arrived = last_arrived(part, source, delay, n);
  const Mark *older = arrived.older, *last = arrived.last;
  if (waiting) {
    settle(part, head, *older, *last, n - CompiledPlasticity::wait_of(dendritic));
    if (part.memory != nullptr)
      bring_to(part, head, head->pending ? *older : *last,
               last_anchor(shared_.network, *part.rules, n, CompiledPlasticity::wait_of(dendritic)));
    return out;
  }
  std::vector<const Spike*> between;  // behind the axonal part of the delay, newest first
  for_under_way(part, source, delay, n, [&](const Spike& spike) {
    if (spike.now.step + std::int64_t{axonal} <= n) between.push_back(&spike);
  });
  for (auto spike = between.rbegin(); spike != between.rend(); ++spike) {
    if (part.rules->weight) arrive(part, head, **spike, nullptr);
    older = &(*spike)->last, last = &(*spike)->now;
  }
  settle(part, head, *older, *last, n);
  bring_to(part, head, *last, n);
  const auto decayed = elapsed<Real>(last->step, n - axonal);
  std::copy_n(last->after, max_traces, out.pre);
  std::copy_n(last->short_after, max_traces, out.short_term);
  if (const auto& rule = part.rules->short_term)
    rule->rule->template verbs<Real>().decay_pre(out.short_term, decayed, part.short_c.data());
  if (!part.rules->weight) return out;
  const CompiledRule& rule = *part.rules->weight;
  rule.rule->template verbs<Real>().decay_pre(out.pre, decayed, part.c.data());
  for (int k = 0; k < rule.rule->post; ++k) out.post[k].resize(head->count);
  for (std::uint32_t i = 0; i < head->count; ++i) {
    const std::size_t at = last_post(part, targets_of(head)[i], n - dendritic);
    Real traces[max_traces] = {};
    for (int k = 0; k < rule.rule->post; ++k) traces[k] = part.traces[k][at];
    rule.rule->template verbs<Real>().decay_post(traces, elapsed<Real>(part.steps[at], n - dendritic), part.c.data());
    for (int k = 0; k < rule.rule->post; ++k) out.post[k][i] = traces[k];
  }
  return out;
}

// Checkpoints
// --------------------------------------------------------------------------------------------------------------------

template <class Real, class Sum>
void PlasticShard<Real, Sum>::start_anew(std::int64_t n) {
  for (std::uint32_t p = 0; p < parts_.size(); ++p) {
    const Part& part = parts_[p];
    for (std::uint32_t source = 0; source < part.rows->size(); ++source)
      for (PlasticHead* run = (*part.rows)[source]; run != nullptr;
           run = run->is_last ? nullptr : next_run<Real>(run, part.numbers)) {
        Settled now = settled(p, source, run->delay, n, false);
        std::copy_n(column_of<Real>(now.head(), 0), run->count, column_of<Real>(run, 0));
        for (int k = 1; k < part.numbers; ++k) std::fill_n(column_of<Real>(run, k), run->count, Real(0));
        run->pending = 0;
      }
  }
  const WeightFault fault = fault_;
  clear();
  fault_ = fault;
  runs_loaded(n);
  for (Part& part : parts_) part.anchor = n;
}

template <class Real, class Sum>
TraceMark PlasticShard<Real, Sum>::pre_mark(std::uint32_t p, std::uint32_t source, std::int64_t n) const {
  const Part& part = parts_[p];
  const Mark& mark = *last_arrived(part, source, part.history.pre, n).last;
  TraceMark out;
  if (mark.step != never_kept) out.step = mark.step;
  std::copy_n(mark.after, max_traces, out.traces);
  std::copy_n(mark.short_after, max_traces, out.traces + max_traces);
  return out;
}

template <class Real, class Sum>
TraceMark PlasticShard<Real, Sum>::post_mark(std::uint32_t p, std::uint32_t local, std::int64_t n) const {
  const Part& part = parts_[p];
  TraceMark out;
  if (!part.rules->weight) return out;
  const std::size_t at = last_post(part, local, n - part.history.post);
  if (part.steps[at] != never_kept) out.step = part.steps[at];
  for (int k = 0; k < part.rules->weight->rule->post; ++k) out.traces[k] = static_cast<double>(part.traces[k][at]);
  return out;
}

template <class Real, class Sum>
void PlasticShard<Real, Sum>::set_pre_mark(std::uint32_t p, std::uint32_t source, const TraceMark& mark) {
  Mark& last = parts_[p].last[source];
  last.step = mark.step < 0 ? never_kept : static_cast<std::int32_t>(mark.step);
  std::copy_n(mark.traces, max_traces, last.after);
  std::copy_n(mark.traces + max_traces, max_traces, last.short_after);
}

template <class Real, class Sum>
void PlasticShard<Real, Sum>::set_post_mark(std::uint32_t p, std::uint32_t local, const TraceMark& mark) {
  Part& part = parts_[p];
  if (!part.rules->weight) return;
  part.steps[local] = mark.step < 0 ? never_kept : static_cast<std::int32_t>(mark.step);
  for (int k = 0; k < part.rules->weight->rule->post; ++k) part.traces[k][local] = static_cast<Real>(mark.traces[k]);
}

template <class Real, class Sum>
void PlasticShard<Real, Sum>::runs_loaded(std::int64_t n) {
  for (Part& part : parts_) {
    std::int64_t least = n;
    for_runs(part, n, [&](PlasticHead* run, const Mark&, const Mark& last) {
      const std::uint32_t dendritic = part.rules->dendritic(run->delay);
      const std::int64_t seen = n - CompiledPlasticity::wait_of(dendritic) - dendritic;
      run->seen = static_cast<std::int32_t>(seen);
      run->pending = dendritic == 0 && last.step != never_kept && std::int64_t{last.step} + run->delay == n;
      least = std::min(least, seen);
    });
    part.swept = static_cast<std::int32_t>(least);
    if (part.memory != nullptr) part.anchor = last_anchor(shared_.network, *part.rules, n, longest_wait(*part.projection));
  }
}

std::uint64_t predict_memory_bytes(const CompiledNetwork& network, const CompiledPlasticity& rules) {
  const std::uint64_t channels = rules.signal < 0 ? 1 : network.signals[static_cast<std::size_t>(rules.signal)].size;
  return channels * SignalMemory::predict_numbers(network, rules) * sizeof(double);
}

std::uint64_t predict_plastic_state_bytes(const CompiledNetwork& network, const Partition& partition) {
  const std::uint64_t real = network.precision == Precision::double_ ? 8 : 4;
  std::uint64_t bytes = 0;
  for (const auto& projection : network.projections) {
    if (!projection.learns_in_steps() || projection.rows->moving) continue;
    constexpr std::uint64_t marks = 2, mark_traces = 2 * max_traces, mark_head = 8;
    bytes += projection.to.size() * partition.size() * projection.rows->sources *
             (marks * (mark_head + mark_traces * real) + sizeof(std::uint64_t));
    const auto& rule = projection.plasticity->weight;
    if (!rule) continue;
    const std::uint64_t traces = static_cast<std::uint64_t>(rule->rule->post) * real;
    for (const auto& segment : projection.to)
      bytes += network.populations[segment.index].size *
               ((sizeof(std::int32_t) + traces) * kept_posts(projection) + traces + sizeof(std::uint16_t));
    if (rule->rule->advances) bytes += predict_memory_bytes(network, *projection.plasticity);
  }
  return bytes;
}

template class PlasticShard<float, std::int32_t>;
template class PlasticShard<float, std::int64_t>;
template class PlasticShard<double, std::int64_t>;

}  // namespace spikeloom::cpu
