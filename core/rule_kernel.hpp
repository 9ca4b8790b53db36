// Plasticity of many synapses at a time. A run of synapses has one source and one delay; what happened to its targets since
// they were last looked at is read from a short history of each target's spikes, so no list of synapses by target is needed.
//
// Steps here are in the clock of the posts: a step m of a target is the instant m + dendritic delay of its synapses, so an
// instant T is the step T - dendritic delay. Work goes in tiles of synapses; lanes that need something are picked out
// (core/pick.hpp), what is rare is done one by one. As in core/tile.hpp everything is a template with a tag `Isa` or inlined.
#pragma once

#include <cstdint>
#include <utility>

#include "core/pick.hpp"
#include "core/rule.hpp"
#include "core/rule_shape.hpp"
#include "core/tile.hpp"

namespace spikeloom {

inline constexpr std::int32_t never_kept = -(1 << 30);  ///< a post that never was
inline constexpr std::int64_t last_kept_step = (std::int64_t{1} << 30) - 1;

/// The last spikes of targets, in columns by age: column 0 has the newest of each target, and the traces as it left them. The
/// oldest of a target has been taken in by all its synapses.
template <class Real>
struct PostHistory {
  std::uint32_t kept;   ///< columns
  std::uint32_t cells;  ///< length of a column
  const std::int32_t* steps;
  const Real* traces[max_traces];
  SPIKELOOM_INLINE const std::int32_t* steps_of(std::uint32_t age) const { return steps + std::uint64_t{age} * cells; }
  SPIKELOOM_INLINE const Real* traces_of(int k, std::uint32_t age) const { return traces[k] + std::uint64_t{age} * cells; }
};

/// What a signal did, added up so that its effect over any stretch on what fades with one time constant is two differences.
/// Steps are cut into spans of whole blocks. sums[channel][block][k]: over the steps i <= k of the block, decay[i - 1] x effect
/// of step i. A stretch never leaves its span, as every synapse takes in what the signal did at each span's end (an anchor).
struct SignalPast {
  const double* spans[4] = {};    ///< by number of the span modulo 4; channels x blocks x (block_steps + 1)
  const double* decay = nullptr;  ///< block_steps + 1: e^(-k h / tau)
  const double* grow = nullptr;   ///< its inverse
  std::int64_t span_steps = 1;
  std::uint32_t blocks = 1, block_steps = 1;
};

/// The signal's effects over (from, to], each faded as what was there at `from` has faded by then.
SPIKELOOM_INLINE double signal_drive(const SignalPast& past, std::uint32_t channel, std::int64_t from, std::int64_t to) {
  if (to <= from) return 0;
  const std::uint32_t size = past.block_steps;
  const std::int64_t span = from / past.span_steps, origin = span * past.span_steps;
  const auto k1 = static_cast<std::uint32_t>(from - origin), k2 = static_cast<std::uint32_t>(to - origin);
  std::uint32_t block = k1 / size;
  const std::uint32_t last = (k2 - 1) / size, a = k1 - block * size, b = k2 - last * size;
  const double* sums = past.spans[span & 3] + (std::uint64_t{channel} * past.blocks + block) * (size + 1);
  if (block == last) return past.grow[a] * (sums[b] - sums[a]);
  double total = past.grow[a] * (sums[size] - sums[a]), weight = past.decay[size - a];
  for (++block, sums += size + 1; block < last; ++block, sums += size + 1) {
    total += weight * sums[size];
    weight *= past.decay[size];
  }
  return total + weight * sums[b];
}

/// Calls advance(from, to) for each stretch of (from, to] between anchors.
template <class Advance>
SPIKELOOM_INLINE void for_stretches(std::int64_t span_steps, std::int64_t from, std::int64_t to, const Advance& advance) {
  for (;;) {
    const std::int64_t anchor = (from / span_steps + 1) * span_steps;
    if (anchor >= to) return advance(from, to);
    advance(from, anchor);
    from = anchor;
  }
}

/// Posts with seen < step <= until are taken in. Targets ascend.
template <class Real>
struct RuleRun {
  std::uint32_t count;
  const std::uint16_t* target;
  Real* numbers[max_synapse_reals];  ///< columns of the synapses' numbers
  PostHistory<Real> posts;
  int variant;
  const Real* c;
  std::int32_t seen, until;
  std::int32_t since;            ///< the last pre spike
  std::int32_t event;            ///< no event of a synapse but its posts is later
  Real pre[max_traces];          ///< traces as that spike left them
  const SignalPast* past;        ///< rules whose numbers change between events
  const std::uint32_t* channel;  ///< by target; nullptr: 0
  std::int64_t shift;            ///< instant of step 0
  bool paused;                   ///< events change nothing (a phase without plasticity)
};

/// What posts before `now` left of their traces at `now`, by target, where somebody has worked it out for many synapses.
template <class Real>
struct PostsNow {
  const Real* traces[max_traces];
  const std::uint16_t* ties;  ///< targets with a post at `now`, ascending
  std::uint32_t tie_count;
};

/// All posts before `now` have been taken in; `pres` pre spikes act now, and posts of now in the order of `zero_lag`.
template <class Real, class Sum>
struct RuleArrival {
  RuleRun<Real> run;
  const PostsNow<Real>* posts_now;  ///< nullptr: everybody looks for himself
  std::int32_t now;
  std::uint32_t pres;
  const Real (*own)[max_traces];  ///< traces before each of the pres
  Real after[max_traces];         ///< and after all of them
  ZeroLag zero_lag;
  bool changes;         ///< a rule for the weight is there
  bool keep;            ///< numbers stay as they become
  Sum* input;           ///< sums of the targets' receptor; nullptr: nothing is sent on
  const Real* release;  ///< per pre: what part of the weight is sent on; nullptr: all
  Real scale;           ///< grid units
  double gain;          ///< of the projection; 1: none
  Real low, high;
  void* reporter;
  void (*report)(void* reporter, std::uint32_t synapse, double weight);  ///< a weight that is out of its bounds
};

namespace rule_tile {

inline constexpr std::uint32_t lanes = 256;

/// Loops that compute go over whole vectors; the lanes beyond `n` repeat the first and are dropped.
SPIKELOOM_INLINE std::uint32_t whole(std::uint32_t n) { return (n + 15) & ~15u; }
template <class T>
SPIKELOOM_INLINE void fill_up(T* values, std::uint32_t n) {
  for (std::uint32_t i = n; i < whole(n); ++i) values[i] = values[0];
}

template <class Real>
SPIKELOOM_INLINE Real elapsed(std::int32_t from, std::int32_t to) {
  const std::int32_t steps = to - from;
  return static_cast<Real>(steps < (1 << 30) ? steps : (1 << 30));
}

template <class M, class Real, class Isa>
struct Tile {
  using Pre = typename M::template Pre<Real>;
  using Post = typename M::template Post<Real>;
  using Synapse = typename M::template Synapse<Real>;
  using C = typename M::template Coefficients<Real>;
  using Shape = RuleShape<M>;
  static constexpr int post_columns = Shape::post > 0 ? Shape::post : 1;

  SPIKELOOM_INLINE static Synapse gather(const Real (&columns)[Shape::synapse][lanes], std::uint32_t i) {
    Synapse s{};
    Real* members = reinterpret_cast<Real*>(&s);
    for (int k = 0; k < Shape::synapse; ++k) members[k] = columns[k][i];
    return s;
  }
  SPIKELOOM_INLINE static void scatter(const Synapse& s, Real (&columns)[Shape::synapse][lanes], std::uint32_t i) {
    const Real* members = reinterpret_cast<const Real*>(&s);
    for (int k = 0; k < Shape::synapse; ++k) columns[k][i] = members[k];
  }
  SPIKELOOM_INLINE static Post gather_post(const Real (&columns)[post_columns][lanes], std::uint32_t i) {
    Post post{};
    if constexpr (Shape::post > 0) {
      Real* members = reinterpret_cast<Real*>(&post);
      for (int k = 0; k < Shape::post; ++k) members[k] = columns[k][i];
    }
    return post;
  }
  SPIKELOOM_INLINE static Synapse load(const RuleRun<Real>& r, std::uint32_t i) {
    Synapse s{};
    Real* members = reinterpret_cast<Real*>(&s);
    for (int k = 0; k < Shape::synapse; ++k) members[k] = r.numbers[k][i];
    return s;
  }
  SPIKELOOM_INLINE static void store(const Synapse& s, const RuleRun<Real>& r, std::uint32_t i) {
    const Real* members = reinterpret_cast<const Real*>(&s);
    for (int k = 0; k < Shape::synapse; ++k) r.numbers[k][i] = members[k];
  }
  /// Traces that the post of that age left, decayed to `step`.
  SPIKELOOM_INLINE static Post post_at(const PostHistory<Real>& posts, std::uint32_t age, std::uint32_t target, std::int32_t step,
                                       const C& c) {
    Post post{};
    if constexpr (Shape::post > 0) {
      Real* members = reinterpret_cast<Real*>(&post);
      for (int k = 0; k < Shape::post; ++k) members[k] = posts.traces_of(k, age)[target];
      M::decay(post, elapsed<Real>(posts.steps_of(age)[target], step), c);
    }
    return post;
  }
  SPIKELOOM_INLINE static void bring_to(const RuleRun<Real>& r, Synapse& s, std::uint32_t target, std::int32_t event,
                                        std::int32_t step, const C& c) {
    if constexpr (Shape::advances) {
      const std::uint32_t channel = r.channel != nullptr ? r.channel[target] : 0;
      for_stretches(r.past->span_steps, event + r.shift, step + r.shift, [&](std::int64_t from, std::int64_t to) {
        const auto drive = static_cast<Real>(signal_drive(*r.past, channel, from, to));
        M::advance(s, static_cast<Real>(to - from), drive, c);
      });
    }
  }
  /// The same for many, filled up, from `event` to `step` each. Most stretches lie in the last two blocks of the signal up to
  /// `latest`.
  SPIKELOOM_INLINE static void bring_many_to(const RuleRun<Real>& r, Real (&columns)[Shape::synapse][lanes],
                                             const std::int32_t* target, const std::int32_t* event, const std::int32_t* step,
                                             std::int32_t latest, std::uint32_t count, const C& c) {
    if constexpr (Shape::advances) {
      const SignalPast& past = *r.past;
      const auto size = static_cast<std::int32_t>(past.block_steps);
      const std::int64_t end = std::int64_t{latest} + r.shift;
      const std::int64_t span = (end - 1) / past.span_steps, origin = span * past.span_steps;
      const auto block = static_cast<std::int32_t>((end - 1 - origin) / size);
      // in steps after the last block's begin; the block before it begins at -size, or is not there
      const auto begin = static_cast<std::int32_t>(origin + std::int64_t{block} * size - r.shift);
      const std::int32_t least = block > 0 ? -size : 0;
      const bool usual = end > origin;
      const std::int64_t stride = std::int64_t{past.blocks} * (past.block_steps + 1);
      const double* const last =
          usual ? past.spans[span & 3] + static_cast<std::uint64_t>(block) * (past.block_steps + 1) : nullptr;
      std::int32_t odd[lanes], same[lanes], begun_at[lanes], begins[lanes], ends[lanes], rest_ends[lanes];
      std::int32_t any_odd = !usual, any_rest = 0;
      double drive[lanes];
      const std::uint32_t padded = whole(count);
      // places among the sums of the last block; those of the block before it stand just before
      SPIKELOOM_LANES
      for (std::uint32_t i = 0; i < padded; ++i) {
        const std::int32_t from = event[i] - begin, to = step[i] - begin;
        const std::int32_t is_odd = (from < least) | (to <= from), late = from >= 0, in_one = late | (to <= 0);
        const std::int32_t a = late ? from : from + size;
        const std::int32_t end = late ? to : to <= 0 ? to + size : size;
        const std::int32_t block_of = late ? 0 : -(size + 1);
        odd[i] = is_odd, same[i] = in_one;
        begun_at[i] = is_odd ? 0 : a;
        begins[i] = is_odd ? 0 : block_of + a;
        ends[i] = is_odd ? 0 : block_of + end;
        rest_ends[i] = is_odd | in_one ? 0 : to;
        any_odd |= is_odd;
        any_rest |= !in_one;
      }
      const auto work = [&](auto row_of) {
        SPIKELOOM_LANES
        for (std::uint32_t i = 0; i < padded; ++i) {
          const double* const sums = last + row_of(i);
          drive[i] = past.grow[begun_at[i]] * (sums[ends[i]] - sums[begins[i]]);
        }
        if (!any_rest) return;
        for (std::uint32_t i = 0; i < padded; ++i) {
          const double rest = past.decay[size - begun_at[i]] * (last + row_of(i))[rest_ends[i]];
          drive[i] = same[i] ? drive[i] : drive[i] + rest;
        }
      };
      if (!usual)
        for (std::uint32_t i = 0; i < padded; ++i) odd[i] = 1, drive[i] = 0;
      else if (r.channel == nullptr) work([](std::uint32_t) { return std::int64_t{0}; });
      else work([&](std::uint32_t i) { return static_cast<std::int64_t>(r.channel[target[i]]) * stride; });
      Real kept[Shape::synapse][lanes];
      if (any_odd)
        for (int k = 0; k < Shape::synapse; ++k)
          for (std::uint32_t i = 0; i < count; ++i) kept[k][i] = columns[k][i];
      SPIKELOOM_LANES
      for (std::uint32_t i = 0; i < padded; ++i) {
        auto s = gather(columns, i);
        M::advance(s, static_cast<Real>(step[i] - event[i]), static_cast<Real>(drive[i]), c);
        scatter(s, columns, i);
      }
      if (any_odd)
        for (std::uint32_t i = 0; i < count; ++i) {
          if (!odd[i]) continue;
          auto s = gather(kept, i);
          bring_to(r, s, static_cast<std::uint32_t>(target[i]), event[i], step[i], c);
          scatter(s, columns, i);
        }
    }
  }
  /// The posts of that age of some lanes of a tile are taken in; `lane` and `step` have room for being filled up.
  template <int Variant>
  __attribute__((noinline)) static void take(const RuleRun<Real>& r, std::uint32_t first, const std::int32_t* target,
                                             std::int32_t* lane, std::int32_t* step, std::uint32_t count, std::uint32_t age,
                                             const Pre& after, const C& c) {
    Real columns[Shape::synapse][lanes], own[post_columns][lanes];
    std::int32_t cell[lanes], before[lanes];
    const std::uint32_t padded = whole(count);
    fill_up(lane, count), fill_up(step, count);
    if constexpr (Shape::post_sees_own || Shape::advances) look_up(target, lane, padded, cell);
    for (int k = 0; k < Shape::synapse; ++k) look_up(r.numbers[k] + first, lane, padded, columns[k]);
    if constexpr (Shape::post_sees_own || Shape::advances) { look_up(r.posts.steps_of(age + 1), cell, padded, before); }
    if constexpr (Shape::post_sees_own)
      for (int k = 0; k < Shape::post; ++k) look_up(r.posts.traces_of(k, age + 1), cell, padded, own[k]);
    if constexpr (Shape::advances) {
      std::int32_t event[lanes];
      SPIKELOOM_LANES
      for (std::uint32_t a = 0; a < padded; ++a) event[a] = before[a] > r.event ? before[a] : r.event;
      bring_many_to(r, columns, cell, event, step, r.until, count, c);
    }
    const std::uint32_t changed = r.paused ? 0 : padded;
    SPIKELOOM_LANES
    for (std::uint32_t a = 0; a < changed; ++a) {
      auto s = gather(columns, a);
      auto seen = after;
      M::decay(seen, elapsed<Real>(r.since, step[a]), c);
      Post post{};
      if constexpr (Shape::post_sees_own) {
        post = gather_post(own, a);
        M::decay(post, elapsed<Real>(before[a], step[a]), c);
      }
      M::template on_post<Variant, Real>(s, seen, post, c);
      scatter(s, columns, a);
    }
    for (int k = 0; k < Shape::synapse; ++k) {
      Real* const column = r.numbers[k] + first;
      for (std::uint32_t a = 0; a < count; ++a) column[lane[a]] = columns[k][a];
    }
  }
};

/// Rows come from memory one after the other; what hardware fetches by itself ends at each page.
template <class M, class Real>
SPIKELOOM_INLINE void fetch_ahead(const RuleRun<Real>& r, std::uint32_t first) {
  constexpr std::uint32_t line = 64, ahead = 2 * lanes;
  if (first + ahead >= r.count) return;
  for (int k = 0; k < RuleShape<M>::synapse; ++k)
    for (std::uint32_t b = 0; b < lanes * sizeof(Real); b += line)
      __builtin_prefetch(reinterpret_cast<const char*>(r.numbers[k] + first + ahead) + b, 1);
  for (std::uint32_t b = 0; b < lanes * sizeof(std::uint16_t); b += line)
    __builtin_prefetch(reinterpret_cast<const char*>(r.target + first + ahead) + b);
}

/// Lanes with at least so many posts to take in, fewer and fewer, then from the oldest post to the newest; in each round all
/// lanes that have one.
template <class M, int Variant, class Real, class Isa>
SPIKELOOM_INLINE void take_posts(const RuleRun<Real>& r) {
  using T = Tile<M, Real, Isa>;
  constexpr std::uint32_t rounds = 8;
  const auto c = erasure::load<typename T::C>(r.c);
  const auto after = erasure::load<typename T::Pre>(r.pre);
  for (std::uint32_t first = 0; first < r.count; first += lanes) {
    const std::uint32_t n = r.count - first < lanes ? r.count - first : lanes;
    std::int32_t target[lanes + pick_slack], newest[lanes];
    std::int32_t lane[rounds][lanes + pick_slack], step[rounds][lanes + pick_slack];
    std::uint32_t count[rounds] = {};
    const std::int32_t* const column = r.posts.steps_of(0);
    fetch_ahead<M>(r, first);
    SPIKELOOM_LANES
    for (std::uint32_t i = 0; i < n; ++i) target[i] = r.target[first + i];
    look_up(column, target, n, newest);
    count[0] = pick_above(newest, r.seen, n, lane[0], step[0]);
    std::uint32_t age = 0;
    while (count[age] > 0) {
      if (age + 1 == rounds || age + 1 == r.posts.kept) break;
      std::int32_t older[lanes];
      const std::int32_t* const steps = r.posts.steps_of(age + 1);
      std::int32_t cell[lanes];
      look_up(target, lane[age], count[age], cell);
      look_up(steps, cell, count[age], older);
      count[age + 1] = pick_above(older, r.seen, lane[age], count[age], lane[age + 1], step[age + 1]);
      ++age;
    }
    if (count[age] > 0 && age + 1 < r.posts.kept) {  // few have more: their older ones, one by one
      for (std::uint32_t a = 0; a < count[age]; ++a) {
        std::uint32_t oldest = age;
        const auto cell = static_cast<std::uint32_t>(target[lane[age][a]]);
        while (oldest + 1 < r.posts.kept && r.posts.steps_of(oldest + 1)[cell] > r.seen) ++oldest;
        for (; oldest > age; --oldest) {
          std::int32_t which[pick_slack] = {lane[age][a]}, at[pick_slack] = {r.posts.steps_of(oldest)[cell]};
          if (at[0] <= r.until) T::template take<Variant>(r, first, target, which, at, 1, oldest, after, c);
        }
      }
    }
    for (++age; age-- > 0;) {
      const std::uint32_t due = pick_upto(step[age], r.until, lane[age], count[age]);
      if (due > 0) T::template take<Variant>(r, first, target, lane[age], step[age], due, age, after, c);
    }
  }
}

/// One synapse through the whole instant (core/model.hpp); `send` takes the weight after each pre.
template <class M, int Variant, class Real, class Isa, class Sum, class Send>
SPIKELOOM_INLINE void arrive(const RuleArrival<Real, Sum>& a, std::uint32_t i, const Send& send) {
  using T = Tile<M, Real, Isa>;
  const RuleRun<Real>& r = a.run;
  const auto c = erasure::load<typename T::C>(r.c);
  const std::uint32_t target = r.target[i];
  std::uint32_t age = 0;  // of the last before now
  while (age + 1 < r.posts.kept && r.posts.steps_of(age)[target] >= a.now) ++age;
  const std::int32_t last = r.posts.steps_of(age)[target];
  const bool tie = age > 0 && r.posts.steps_of(age - 1)[target] == a.now;
  auto s = T::load(r, i);
  T::bring_to(r, s, target, last > r.event ? last : r.event, a.now, c);
  const auto on_post = [&] {
    if (!tie || r.paused) return;
    const bool sees = a.zero_lag == ZeroLag::potentiate || a.zero_lag == ZeroLag::both;
    typename T::Pre seen = erasure::load<typename T::Pre>(a.own[0]);
    if (sees) {
      seen = erasure::load<typename T::Pre>(a.after);
      M::decay(seen, Real(0), c);
    }
    M::template on_post<Variant, Real>(s, seen, T::post_at(r.posts, age, target, a.now, c), c);
  };
  if (a.zero_lag != ZeroLag::potentiate) on_post();
  const bool sees = tie && (a.zero_lag == ZeroLag::depress || a.zero_lag == ZeroLag::both);
  const auto seen = T::post_at(r.posts, sees ? age - 1 : age, target, a.now, c);
  for (std::uint32_t p = 0; p < a.pres; ++p) {
    if (!r.paused) M::template on_pre<Variant, Real>(s, erasure::load<typename T::Pre>(a.own[p]), seen, c);
    send(p, s.w);
  }
  if (a.zero_lag == ZeroLag::potentiate) on_post();
  if (a.keep) T::store(s, r, i);
}

/// What is sent on, in grid units.
template <class Real, class Sum>
SPIKELOOM_INLINE Sum units(const RuleArrival<Real, Sum>& a, Real weight, Real release) {
  const Real low = weight < a.low ? a.low : weight;
  const Real within = low > a.high ? a.high : low == low ? low : Real(0);
  return static_cast<Sum>(__builtin_rint(static_cast<double>(within * release) * static_cast<double>(a.scale)));
}

template <class Real, class Sum>
SPIKELOOM_INLINE void send_one(const RuleArrival<Real, Sum>& a, std::uint32_t i, std::uint32_t p, Real weight) {
  if (a.input == nullptr) return;
  if (!(weight >= a.low && weight <= a.high)) a.report(a.reporter, i, static_cast<double>(weight));
  Sum q = units(a, weight, a.release != nullptr ? a.release[p] : Real(1));
  if (a.gain != 1) q = static_cast<Sum>(__builtin_rint(static_cast<double>(q) * a.gain));
  a.input[a.run.target[i]] += q;
}

/// Some synapses of a run, at most `lanes`, one pre. Those whose target has a post at this very instant go through it one by one.
template <class M, int Variant, class Real, class Isa, class Sum>
__attribute__((noinline)) void take_pre(const RuleArrival<Real, Sum>& a, std::uint32_t first, std::uint32_t n) {
  using T = Tile<M, Real, Isa>;
  const RuleRun<Real>& r = a.run;
  const auto c = erasure::load<typename T::C>(r.c);
  const auto own = erasure::load<typename T::Pre>(a.own[0]);
  const Real release = a.release != nullptr ? a.release[0] : Real(1);
  const bool known = a.posts_now != nullptr;
  Real columns[T::Shape::synapse][lanes], traces[T::post_columns][lanes];
  std::int32_t target[lanes], last[lanes];
  std::uint32_t tied[lanes], ties = 0;
  const std::uint32_t padded = whole(n);
  SPIKELOOM_LANES
  for (std::uint32_t i = 0; i < n; ++i) target[i] = r.target[first + i];
  fill_up(target, n);
  for (int k = 0; k < T::Shape::post; ++k)
    look_up(known ? a.posts_now->traces[k] : r.posts.traces_of(k, 0), target, padded, traces[k]);
  if (!known || T::Shape::advances) {
    std::int32_t late = 0;
    look_up(r.posts.steps_of(0), target, padded, last);
    SPIKELOOM_LANES
    for (std::uint32_t i = 0; i < padded; ++i) late |= last[i] >= a.now;
    for (std::uint32_t i = 0; late && i < padded; ++i) {
      if (last[i] < a.now) continue;
      std::uint32_t age = 0;  // of the last before now
      while (age + 1 < r.posts.kept && r.posts.steps_of(age)[target[i]] >= a.now) ++age;
      if (age > 0 && r.posts.steps_of(age - 1)[target[i]] == a.now && i < n) tied[ties++] = i;
      last[i] = r.posts.steps_of(age)[target[i]];
      for (int k = 0; !known && k < T::Shape::post; ++k) traces[k][i] = r.posts.traces_of(k, age)[target[i]];
    }
  }
  for (int k = 0; k < T::Shape::synapse; ++k) {
    const Real* const column = r.numbers[k] + first;
    SPIKELOOM_LANES
    for (std::uint32_t i = 0; i < n; ++i) columns[k][i] = column[i];
    fill_up(columns[k], n);
  }
  if constexpr (T::Shape::advances) {
    std::int32_t event[lanes], step[lanes];
    SPIKELOOM_LANES
    for (std::uint32_t i = 0; i < padded; ++i) {
      event[i] = last[i] > r.event ? last[i] : r.event;
      step[i] = a.now;
    }
    T::bring_many_to(r, columns, target, event, step, a.now, n, c);
  }
  if constexpr (T::Shape::post > 0)
    if (!known) {
      SPIKELOOM_LANES
      for (std::uint32_t i = 0; i < padded; ++i) {
        auto post = T::gather_post(traces, i);
        M::decay(post, elapsed<Real>(last[i], a.now), c);
        const Real* members = reinterpret_cast<const Real*>(&post);
        for (int k = 0; k < T::Shape::post; ++k) traces[k][i] = members[k];
      }
    }
  LaneFlag<Real> any_wrong = 0;
  SPIKELOOM_LANES
  for (std::uint32_t i = 0; i < padded; ++i) {
    auto s = T::gather(columns, i);
    const auto post = T::gather_post(traces, i);
    M::template on_pre<Variant, Real>(s, own, post, c);
    T::scatter(s, columns, i);
    any_wrong |= !((s.w >= a.low) & (s.w <= a.high));
  }
  for (std::uint32_t t = 0; t < ties; ++t) {
    const std::uint32_t i = tied[t];
    arrive<M, Variant, Real, Isa>(a, first + i, [&](std::uint32_t p, Real w) { send_one(a, first + i, p, w); });
    for (int k = 0; a.keep && k < T::Shape::synapse; ++k) columns[k][i] = r.numbers[k][first + i];
  }
  if (a.keep)
    for (int k = 0; k < T::Shape::synapse; ++k) {
      Real* const column = r.numbers[k] + first;
      SPIKELOOM_LANES
      for (std::uint32_t i = 0; i < n; ++i) column[i] = columns[k][i];
    }
  if (a.input == nullptr) return;
  if ((any_wrong != 0) | (a.gain != 1)) {
    for (std::uint32_t i = 0, t = 0; i < n; ++i) {
      if (t < ties && tied[t] == i) ++t;  // has sent already
      else send_one(a, first + i, 0, columns[0][i]);
    }
    return;
  }
  Sum q[lanes];
  SPIKELOOM_LANES
  for (std::uint32_t i = 0; i < padded; ++i) {
    if constexpr (sizeof(Real) == 4 && sizeof(Sum) == 4)  // scaling by a power of two is exact: the same rounding
      q[i] = static_cast<Sum>(__builtin_rintf(columns[0][i] * release * a.scale));
    else q[i] = static_cast<Sum>(__builtin_rint(static_cast<double>(columns[0][i] * release) * static_cast<double>(a.scale)));
  }
  for (std::uint32_t t = 0; t < ties; ++t) q[tied[t]] = 0;
  for (std::uint32_t i = 0; i < n; ++i) a.input[target[i]] += q[i];
}

/// One pre is the usual. Synapses whose target has a post at this very instant go through it one by one.
template <class M, int Variant, class Real, class Isa, class Sum>
SPIKELOOM_INLINE void take_pres(const RuleArrival<Real, Sum>& a) {
  const RuleRun<Real>& r = a.run;
  const auto one = [&](std::uint32_t i) {
    arrive<M, Variant, Real, Isa>(a, i, [&](std::uint32_t p, Real w) { send_one(a, i, p, w); });
  };
  if (a.pres != 1 || a.run.paused) {
    for (std::uint32_t i = 0; i < r.count; ++i) one(i);
    return;
  }
  const std::uint32_t ties = a.posts_now != nullptr ? a.posts_now->tie_count : 0;
  std::uint32_t first = 0;
  for (std::uint32_t t = 0; t <= ties; ++t) {
    std::uint32_t end = r.count;
    if (t < ties) {
      std::uint32_t low = first;
      while (low < end) {
        const std::uint32_t middle = low + (end - low) / 2;
        if (r.target[middle] < a.posts_now->ties[t]) low = middle + 1;
        else end = middle;
      }
    }
    while (first < end) {
      const std::uint32_t n = end - first < lanes ? end - first : lanes;
      take_pre<M, Variant, Real, Isa>(a, first, n);
      first += n;
    }
    for (; t < ties && first < r.count && r.target[first] == a.posts_now->ties[t]; ++first) one(first);
  }
}

/// Only sends: a projection whose weights do not change.
template <class Real, class Sum>
SPIKELOOM_INLINE void send_all(const RuleArrival<Real, Sum>& a) {
  for (std::uint32_t p = 0; p < a.pres; ++p)
    for (std::uint32_t i = 0; i < a.run.count; ++i) send_one(a, i, p, a.run.numbers[0][i]);
}

template <class M, class Verb>
SPIKELOOM_INLINE void of_variant(int variant, const Verb& verb) {
  [&]<int... v>(std::integer_sequence<int, v...>) { ((variant == v ? verb(std::integral_constant<int, v>{}) : void()), ...); }
  (std::make_integer_sequence<int, RuleShape<M>::variants>{});
}

template <class M, class Real, class Isa>
std::uint32_t posts_now(const PostHistory<Real>& posts, std::int32_t now, const Real* coefficients, Real* const* traces,
                        std::uint16_t* ties) {
  using T = Tile<M, Real, Isa>;
  const auto c = erasure::load<typename T::C>(coefficients);
  const std::int32_t* const newest = posts.steps_of(0);
  std::int32_t late = 0;
  SPIKELOOM_LANES
  for (std::uint32_t i = 0; i < posts.cells; ++i) {
    late |= newest[i] >= now;
    if constexpr (T::Shape::post > 0) {
      typename T::Post post{};
      Real* members = reinterpret_cast<Real*>(&post);
      for (int k = 0; k < T::Shape::post; ++k) members[k] = posts.traces[k][i];
      M::decay(post, elapsed<Real>(newest[i], now), c);
      for (int k = 0; k < T::Shape::post; ++k) traces[k][i] = members[k];
    }
  }
  std::uint32_t count = 0;
  for (std::uint32_t i = 0; late && i < posts.cells; ++i) {
    if (newest[i] < now) continue;
    std::uint32_t age = 0;
    for (; age + 1 < posts.kept && posts.steps_of(age)[i] >= now; ++age)
      if (posts.steps_of(age)[i] == now) ties[count++] = static_cast<std::uint16_t>(i);
    const auto post = T::post_at(posts, age, i, now, c);
    const Real* members = reinterpret_cast<const Real*>(&post);
    for (int k = 0; k < T::Shape::post; ++k) traces[k][i] = members[k];
  }
  return count;
}

template <class M, class Real, class Isa>
void posts(const RuleRun<Real>& r) {
  of_variant<M>(r.variant, [&](auto v) { take_posts<M, decltype(v)::value, Real, Isa>(r); });
}
template <class M, class Real, class Sum, class Isa>
void pres(const RuleArrival<Real, Sum>& a) {
  of_variant<M>(a.run.variant, [&](auto v) { take_pres<M, decltype(v)::value, Real, Isa>(a); });
}

}  // namespace rule_tile

/// The kernels of one rule; a rule that leaves the weight alone has none of its own.
template <class M, class Isa>
constexpr RuleKernels rule_kernels() {
  using namespace rule_tile;
  if constexpr (!RuleShape<M>::changes_weight) return {};
  else
    return {posts_now<M, float, Isa>,
            posts_now<M, double, Isa>,
            posts<M, float, Isa>,
            posts<M, double, Isa>,
            pres<M, float, std::int32_t, Isa>,
            pres<M, float, std::int64_t, Isa>,
            pres<M, double, std::int64_t, Isa>};
}

}  // namespace spikeloom
