// What the engine of exact cells is made of: shards, and where their threads meet.
#pragma once

#include <barrier>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <vector>

#include "backends/cpu/calendar.hpp"
#include "backends/cpu/exact.hpp"
#include "backends/cpu/exact_rows.hpp"
#include "backends/cpu/marks.hpp"

namespace spikeloom::cpu {

struct ExactEngine::Shard {
  explicit Shard(std::size_t cells) : marks(cells) {}
  Calendar calendar;
  Row<ExactSynapse> row;
  Row<GatedSynapse> gated;
  struct Private {
    const CompiledPoisson* poisson;
    std::unique_ptr<ExactTrains> trains;
    std::vector<std::uint32_t> cell;  ///< per train
    std::vector<std::int64_t> q;
  };
  std::vector<Private> privates;
  std::int64_t drawn = 0;                 ///< private trains are in the calendar up to this step
  std::vector<Event> events;              ///< of this epoch, in no order
  std::vector<std::uint32_t> following;   ///< per event: one more than the place of another of its cell, 0: none
  Marks marks;                            ///< cells that have events
  std::vector<std::uint32_t> cells;       ///< the same, ascending
  std::vector<Event> own;                 ///< one cell's
  ExactLearningPart* learning = nullptr;  ///< none: no synapse onto its cells learns
  ExactDelaysPart* delays = nullptr;      ///< none: no delay onto its cells learns
  std::vector<std::uint64_t> plastic;     ///< synapses that something arrives at
  std::vector<Spike> spikes;              ///< of this epoch
  std::vector<Spike> all_spikes;          ///< since they were collected
  std::uint64_t deliveries = 0;
  ExactCells::Runaway runaway;
  alignas(64) std::int64_t next[2] = {};  ///< the first epoch with events, by turns
};

struct ExactEngine::Meeting {
  explicit Meeting(std::ptrdiff_t size) : barrier(size), threads(size) {}
  void wait() {
    if (threads > 1) barrier.arrive_and_wait();
  }
  std::barrier<> barrier;
  std::ptrdiff_t threads;
};

}  // namespace spikeloom::cpu
