// What a kernel of plasticity is told: a run of synapses with what happened to its targets, and the presynaptic spikes that act.
//
// Steps here are in the clock of the posts: a step m of a target is the instant m + dendritic delay of its synapses, so an
// instant T is the step T - dendritic delay.
#pragma once

#include <cstdint>

#include "core/kernel.hpp"
#include "core/rule.hpp"

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

}  // namespace spikeloom
