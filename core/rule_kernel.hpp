// Plasticity of many synapses at a time. A run of synapses has one source and one delay; what happened to its targets since
// they were last looked at is read from a short history of each target's spikes, so no list of synapses by target is needed.
//
// Steps here are in the clock of the posts: a step m of a target is the instant m + dendritic delay of its synapses, so an
// instant T is the step T - dendritic delay. Work goes in tiles of 64 synapses; lanes that need more than the usual are picked
// out and, where they are few, done one by one. As in core/tile.hpp everything is a template with a tag `Isa` or inlined.
#pragma once

#include <cstdint>
#include <utility>

#include "core/rule.hpp"
#include "core/rule_shape.hpp"
#include "core/tile.hpp"

namespace spikeloom {

inline constexpr std::int32_t never_kept = -(1 << 30);  ///< a post that never was
inline constexpr std::int64_t last_kept_step = (std::int64_t{1} << 30) - 1;

/// The last spikes of targets: for each, `kept` steps, ascending, with the traces as each left them; the newest also apart. The
/// oldest of a target has been taken in by all its synapses.
template <class Real>
struct PostHistory {
  std::uint32_t kept;  ///< a power of two
  const std::int32_t* steps;
  const Real* traces[max_traces];
  const std::int32_t* last;
  const Real* last_traces[max_traces];
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

/// Posts with seen < step <= until are taken in.
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

/// All posts before `now` have been taken in; `pres` pre spikes act now, and posts of now in the order of `zero_lag`.
template <class Real, class Sum>
struct RuleArrival {
  RuleRun<Real> run;
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

inline constexpr std::uint32_t lanes = 64;

template <class Real>
SPIKELOOM_INLINE Real elapsed(std::int32_t from, std::int32_t to) {
  const std::int32_t steps = to - from;
  return static_cast<Real>(steps < (1 << 30) ? steps : (1 << 30));
}

template <class M, class Real>
struct Tile {
  using Pre = typename M::template Pre<Real>;
  using Post = typename M::template Post<Real>;
  using Synapse = typename M::template Synapse<Real>;
  using C = typename M::template Coefficients<Real>;
  using Shape = RuleShape<M>;

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
  /// Traces that a post left, decayed to `step`; `entry` counts through the histories of all targets.
  SPIKELOOM_INLINE static Post post_at(const RuleRun<Real>& r, std::uint32_t entry, std::int32_t step, const C& c) {
    Post post{};
    if constexpr (Shape::post > 0) {
      Real* members = reinterpret_cast<Real*>(&post);
      for (int k = 0; k < Shape::post; ++k) members[k] = r.posts.traces[k][entry];
      M::decay(post, elapsed<Real>(r.posts.steps[entry], step), c);
    }
    return post;
  }
  SPIKELOOM_INLINE static void bring_to(const RuleRun<Real>& r, Synapse& s, std::uint16_t target, std::int32_t event,
                                        std::int32_t step, const C& c) {
    if constexpr (Shape::advances) {
      const std::uint32_t channel = r.channel != nullptr ? r.channel[target] : 0;
      for_stretches(r.past->span_steps, event + r.shift, step + r.shift, [&](std::int64_t from, std::int64_t to) {
        const auto drive = static_cast<Real>(signal_drive(*r.past, channel, from, to));
        M::advance(s, static_cast<Real>(to - from), drive, c);
      });
    }
  }
};

/// Lanes with posts to take in, compacted; round by round each takes in its next one.
template <class M, int Variant, class Real>
SPIKELOOM_INLINE void take_posts(const RuleRun<Real>& r) {
  using T = Tile<M, Real>;
  const auto c = erasure::load<typename T::C>(r.c);
  const auto after = erasure::load<typename T::Pre>(r.pre);
  const std::uint32_t kept = r.posts.kept;
  for (std::uint32_t first = 0; first < r.count; first += lanes) {
    const std::uint32_t n = r.count - first < lanes ? r.count - first : lanes;
    const std::uint16_t* const target = r.target + first;
    std::uint32_t lane[lanes], entry[lanes];
    std::int32_t event[lanes], step[lanes];
    std::uint32_t count = 0;
    for (std::uint32_t i = 0; i < n; ++i) {
      lane[count] = i;
      count += r.posts.last[target[i]] > r.seen;
    }
    for (std::uint32_t a = 0; a < count; ++a) {
      const std::uint32_t base = target[lane[a]] * kept;
      const std::int32_t* const steps = r.posts.steps + base;
      std::uint32_t k = kept - 1;
      while (k > 0 && steps[k - 1] > r.seen) --k;
      entry[a] = base + k;
      event[a] = k > 0 && steps[k - 1] > r.event ? steps[k - 1] : r.event;
    }
    while (count > 0) {
      Real columns[T::Shape::synapse][lanes], own[T::Shape::post > 0 ? T::Shape::post : 1][lanes];
      std::uint32_t left = 0;
      for (std::uint32_t a = 0; a < count; ++a) {
        const std::uint32_t at = entry[a];
        step[left] = r.posts.steps[at];
        lane[left] = lane[a], entry[left] = at, event[left] = event[a];
        left += step[left] <= r.until;
      }
      count = left;
      for (std::uint32_t a = 0; a < count; ++a)
        for (int k = 0; k < T::Shape::synapse; ++k) columns[k][a] = r.numbers[k][first + lane[a]];
      if constexpr (T::Shape::post_sees_own)
        for (std::uint32_t a = 0; a < count; ++a) {
          const auto post = T::post_at(r, entry[a] - 1, step[a], c);
          const Real* members = reinterpret_cast<const Real*>(&post);
          for (int k = 0; k < T::Shape::post; ++k) own[k][a] = members[k];
        }
      if constexpr (T::Shape::advances)
        for (std::uint32_t a = 0; a < count; ++a) {
          auto s = T::gather(columns, a);
          T::bring_to(r, s, target[lane[a]], event[a], step[a], c);
          T::scatter(s, columns, a);
        }
      const std::uint32_t changed = r.paused ? 0 : count;
      SPIKELOOM_LANES
      for (std::uint32_t a = 0; a < changed; ++a) {
        auto s = T::gather(columns, a);
        auto seen = after;
        M::decay(seen, elapsed<Real>(r.since, step[a]), c);
        typename T::Post post{};
        if constexpr (T::Shape::post_sees_own) {
          Real* members = reinterpret_cast<Real*>(&post);
          for (int k = 0; k < T::Shape::post; ++k) members[k] = own[k][a];
        }
        M::template on_post<Variant, Real>(s, seen, post, c);
        T::scatter(s, columns, a);
      }
      left = 0;
      for (std::uint32_t a = 0; a < count; ++a) {
        for (int k = 0; k < T::Shape::synapse; ++k) r.numbers[k][first + lane[a]] = columns[k][a];
        lane[left] = lane[a], event[left] = step[a];
        const bool more = (entry[a] & (kept - 1)) != kept - 1;
        entry[left] = entry[a] + 1;
        left += more;
      }
      count = left;
    }
  }
}

/// One synapse through the whole instant (core/model.hpp); `send` takes the weight after each pre.
template <class M, int Variant, class Real, class Sum, class Send>
SPIKELOOM_INLINE void arrive(const RuleArrival<Real, Sum>& a, std::uint32_t i, const Send& send) {
  using T = Tile<M, Real>;
  const RuleRun<Real>& r = a.run;
  const auto c = erasure::load<typename T::C>(r.c);
  const std::uint16_t target = r.target[i];
  const std::uint32_t base = target * r.posts.kept;
  const std::int32_t* const steps = r.posts.steps + base;
  std::uint32_t k = r.posts.kept - 1;  // the last before now
  while (k > 0 && steps[k] >= a.now) --k;
  const bool tie = k + 1 < r.posts.kept && steps[k + 1] == a.now;
  auto s = T::load(r, i);
  T::bring_to(r, s, target, steps[k] > r.event ? steps[k] : r.event, a.now, c);
  const auto on_post = [&] {
    if (!tie || r.paused) return;
    const bool sees = a.zero_lag == ZeroLag::potentiate || a.zero_lag == ZeroLag::both;
    typename T::Pre seen = erasure::load<typename T::Pre>(a.own[0]);
    if (sees) {
      seen = erasure::load<typename T::Pre>(a.after);
      M::decay(seen, Real(0), c);
    }
    M::template on_post<Variant, Real>(s, seen, T::post_at(r, base + k, a.now, c), c);
  };
  if (a.zero_lag != ZeroLag::potentiate) on_post();
  const bool sees = tie && (a.zero_lag == ZeroLag::depress || a.zero_lag == ZeroLag::both);
  const auto seen = T::post_at(r, base + k + (sees ? 1 : 0), a.now, c);
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

/// One pre and no late post: the usual. Lanes whose target spiked at `now` or later are done one by one.
template <class M, int Variant, class Real, class Sum>
SPIKELOOM_INLINE void take_pres(const RuleArrival<Real, Sum>& a) {
  using T = Tile<M, Real>;
  const RuleRun<Real>& r = a.run;
  if (a.pres != 1 || r.paused) {
    for (std::uint32_t i = 0; i < r.count; ++i) arrive<M, Variant>(a, i, [&](std::uint32_t p, Real w) { send_one(a, i, p, w); });
    return;
  }
  const auto c = erasure::load<typename T::C>(r.c);
  const auto own = erasure::load<typename T::Pre>(a.own[0]);
  const Real release = a.release != nullptr ? a.release[0] : Real(1);
  for (std::uint32_t first = 0; first < r.count; first += lanes) {
    const std::uint32_t n = r.count - first < lanes ? r.count - first : lanes;
    const std::uint16_t* const target = r.target + first;
    Real columns[T::Shape::synapse][lanes], traces[T::Shape::post > 0 ? T::Shape::post : 1][lanes];
    std::int32_t last[lanes];
    LaneFlag<Real> wrong[lanes];
    std::int32_t late = 0;
    SPIKELOOM_LANES
    for (std::uint32_t i = 0; i < n; ++i) {
      last[i] = r.posts.last[target[i]];
      late |= last[i] >= a.now;
    }
    for (int k = 0; k < T::Shape::post; ++k) {
      const Real* const column = r.posts.last_traces[k];
      SPIKELOOM_LANES
      for (std::uint32_t i = 0; i < n; ++i) traces[k][i] = column[target[i]];
    }
    for (int k = 0; k < T::Shape::synapse; ++k) {
      const Real* const column = r.numbers[k] + first;
      SPIKELOOM_LANES
      for (std::uint32_t i = 0; i < n; ++i) columns[k][i] = column[i];
    }
    if constexpr (T::Shape::advances)
      for (std::uint32_t i = 0; i < n; ++i) {
        if (last[i] >= a.now) continue;
        auto s = T::gather(columns, i);
        T::bring_to(r, s, target[i], last[i] > r.event ? last[i] : r.event, a.now, c);
        T::scatter(s, columns, i);
      }
    LaneFlag<Real> any_wrong = 0;
    SPIKELOOM_LANES
    for (std::uint32_t i = 0; i < n; ++i) {
      auto s = T::gather(columns, i);
      typename T::Post post{};
      if constexpr (T::Shape::post > 0) {
        Real* members = reinterpret_cast<Real*>(&post);
        for (int k = 0; k < T::Shape::post; ++k) members[k] = traces[k][i];
        M::decay(post, elapsed<Real>(last[i], a.now), c);
      }
      M::template on_pre<Variant, Real>(s, own, post, c);
      T::scatter(s, columns, i);
      wrong[i] = !((s.w >= a.low) & (s.w <= a.high));
      any_wrong |= wrong[i];
    }
    if (late) {
      for (std::uint32_t i = 0; i < n; ++i) {
        if (last[i] < a.now) continue;
        wrong[i] = 0;
        const bool keep = a.keep;
        arrive<M, Variant>(a, first + i, [&](std::uint32_t p, Real w) { send_one(a, first + i, p, w); });
        if (keep)
          for (int k = 0; k < T::Shape::synapse; ++k) columns[k][i] = r.numbers[k][first + i];
      }
    }
    if (a.keep)
      for (int k = 0; k < T::Shape::synapse; ++k) {
        Real* const column = r.numbers[k] + first;
        SPIKELOOM_LANES
        for (std::uint32_t i = 0; i < n; ++i) column[i] = columns[k][i];
      }
    if (a.input == nullptr) continue;
    if (late | (any_wrong != 0) | (a.gain != 1)) {
      for (std::uint32_t i = 0; i < n; ++i)
        if (last[i] < a.now) send_one(a, first + i, 0, columns[0][i]);
      continue;
    }
    Sum q[lanes];
    SPIKELOOM_LANES
    for (std::uint32_t i = 0; i < n; ++i) {
      if constexpr (sizeof(Real) == 4 && sizeof(Sum) == 4)  // scaling by a power of two is exact: the same rounding
        q[i] = static_cast<Sum>(__builtin_rintf(columns[0][i] * release * a.scale));
      else q[i] = static_cast<Sum>(__builtin_rint(static_cast<double>(columns[0][i] * release) * static_cast<double>(a.scale)));
    }
    for (std::uint32_t i = 0; i < n; ++i) a.input[target[i]] += q[i];
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
void posts(const RuleRun<Real>& r) {
  of_variant<M>(r.variant, [&](auto v) { take_posts<M, decltype(v)::value>(r); });
}
template <class M, class Real, class Sum, class Isa>
void pres(const RuleArrival<Real, Sum>& a) {
  of_variant<M>(a.run.variant, [&](auto v) { take_pres<M, decltype(v)::value>(a); });
}

}  // namespace rule_tile

/// The kernels of one rule; a rule that leaves the weight alone has none of its own.
template <class M, class Isa>
constexpr RuleKernels rule_kernels() {
  using namespace rule_tile;
  if constexpr (!RuleShape<M>::changes_weight) return {};
  else
    return {posts<M, float, Isa>, posts<M, double, Isa>, pres<M, float, std::int32_t, Isa>, pres<M, float, std::int64_t, Isa>,
            pres<M, double, std::int64_t, Isa>};
}

}  // namespace spikeloom
