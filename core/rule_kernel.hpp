// Plasticity of many synapses at a time. A run of synapses has one source and one delay; what happened to its targets since
// they were last looked at is read from a short history of each target's spikes, so no list of synapses by target is needed.
//
// Work goes in tiles of synapses (core/rule_tile.hpp); what is rare is done one by one.
#pragma once

#include <cstdint>
#include <utility>

#include "core/rule_tile.hpp"

namespace spikeloom {

namespace rule_tile {

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
  if (n > lanes) __builtin_unreachable();  // so that compilers see that the columns hold them
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
