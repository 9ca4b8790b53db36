// A tile of synapses under the verbs of one rule: gathered from their columns, brought to an instant, stored again.
//
// Lanes that need something are picked out (core/pick.hpp). As in core/tile.hpp everything is a template with a tag `Isa` or
// inlined.
#pragma once

#include <cstdint>

#include "core/pick.hpp"
#include "core/rule_run.hpp"
#include "core/rule_shape.hpp"
#include "core/tile.hpp"

namespace spikeloom::rule_tile {

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

}  // namespace spikeloom::rule_tile
