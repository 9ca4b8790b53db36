// The threads of a team step the shards through a window of steps; session.hpp says what happens within a step.
//
// A thread steps its own shards. When it has to wait for another's shard longer than usual, that thread has lost its core to
// some other process; then it takes the shard over for as long as nobody works on it. Whoever steps a shard has taken it; its
// steps come in order, each once, so it does not matter who does them.
#pragma once

#include <memory>
#include <thread>
#include <vector>

#include "backends/cpu/shard.hpp"

namespace spikeloom::cpu {

template <class Real, class Sum>
class Window {
 public:
  using Shards = std::vector<std::unique_ptr<Shard<Real, Sum>>>;
  using Sources = std::vector<std::vector<std::uint32_t>>;  ///< ids of source spikes, by step modulo spike_slots

  /// Steps (from, end]. Spikes emitted up to step `admitted` are in the queues already.
  Window(Shards& shards, const Sources& sources, std::int64_t lag, std::int64_t admitted, std::int64_t from, std::int64_t end)
      : shards_(shards), sources_(sources), lag_(lag), admitted_(admitted), from_(from), end_(end) {
    for (auto& shard : shards) {
      shard->published.reset(static_cast<std::uint32_t>(from));
      shard->done = from;
    }
  }

  void run(std::size_t thread, std::size_t threads) {
    Patience patience;  // anew in each window, so that a long wait is soon forgotten
    for (;;) {
      Outcome mine = finished;
      Wait wait;
      for (std::size_t s = thread; s < shards_.size(); s += threads) mine = more_urgent(mine, step(*shards_[s], wait));
      if (mine == finished) return;
      if (mine == held) {  // perhaps only looked at, so there may be no step of it to wait for
        std::this_thread::yield();
        continue;
      }
      if (mine == stepped || wait.on->spin(wait.until, patience) || help(thread, threads)) continue;
      wait.on->sleep(wait.until);
    }
  }

 private:
  enum Outcome { finished, waits, held, stepped };  ///< ascending in urgency
  static Outcome more_urgent(Outcome a, Outcome b) { return a > b ? a : b; }
  struct Wait {
    Progress* on = nullptr;
    std::uint32_t until = 0;
  };

  /// One step of a shard, unless it is done, taken, or has to wait.
  Outcome step(Shard<Real, Sum>& shard, Wait& wait) {
    if (shard.published.is(static_cast<std::uint32_t>(end_))) return finished;
    if (shard.taken.exchange(true, std::memory_order_acquire)) return held;
    Outcome outcome = finished;
    if (const std::int64_t n = shard.done + 1; n <= end_) {
      outcome = ready(n, wait) ? stepped : waits;
      if (outcome == stepped) advance(shard, n);
    }
    shard.taken.store(false, std::memory_order_release);
    return outcome;
  }

  bool ready(std::int64_t n, Wait& wait) const {
    const std::int64_t emitted = n - lag_;
    if (emitted <= from_) return true;
    for (const auto& other : shards_)
      if (!other->published.is(static_cast<std::uint32_t>(emitted))) {
        wait = {&other->published, static_cast<std::uint32_t>(emitted)};
        return false;
      }
    return true;
  }

  void advance(Shard<Real, Sum>& shard, std::int64_t n) {
    const std::int64_t emitted = n - lag_;
    if (emitted > admitted_ && emitted >= 0) {
      if (emitted > 0)
        for (const auto& other : shards_) shard.admit(emitted, other->spikes_of(emitted));
      shard.admit(emitted, sources_[static_cast<std::size_t>(emitted) % spike_slots]);
    }
    shard.drain(n);
    shard.update(n);
    shard.done = n;
    shard.published.set(static_cast<std::uint32_t>(n));
  }

  /// A step of somebody else's shard; false where none can be taken.
  bool help(std::size_t thread, std::size_t threads) {
    Wait wait;
    for (std::size_t s = 0; s < shards_.size(); ++s)
      if (s % threads != thread && step(*shards_[s], wait) == stepped) return true;
    return false;
  }

  Shards& shards_;
  const Sources& sources_;
  const std::int64_t lag_, admitted_, from_, end_;
};

}  // namespace spikeloom::cpu
