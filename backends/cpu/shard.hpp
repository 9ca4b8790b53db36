// The mutable state of one shard, and the four things that happen to it in a step. One thread writes it; others read its
// spike lists once `published` says that they are complete.
#pragma once

#include <atomic>
#include <cstdint>
#include <memory>
#include <span>
#include <vector>

#include "backends/cpu/kernels.hpp"
#include "backends/cpu/moving.hpp"
#include "backends/cpu/pack.hpp"
#include "backends/cpu/partition.hpp"
#include "backends/cpu/piles.hpp"
#include "backends/cpu/plastic.hpp"
#include "backends/cpu/team.hpp"
#include "core/run/currents.hpp"
#include "core/run/modulation.hpp"

namespace spikeloom::cpu {

inline constexpr std::uint32_t spike_slots = 128;   ///< steps whose spikes are kept: a window and its lag
inline constexpr std::uint32_t block_cells = 1024;  ///< cells per kernel call: their columns stay in the L1

/// Uninitialised array on a cache line of its own.
template <class T>
class Lines {
 public:
  explicit Lines(std::size_t count = 0)
      : data_(static_cast<T*>(::operator new (count * sizeof(T) + 64, std::align_val_t{64}))), count_(count) {}
  T* data() const { return data_.get(); }
  T& operator[](std::size_t i) const { return data_.get()[i]; }
  std::size_t size() const { return count_; }

 private:
  struct Free {
    void operator()(T* p) const { ::operator delete (p, std::align_val_t{64}); }
  };
  std::unique_ptr<T, Free> data_;
  std::size_t count_;
};

/// What all shards share and none changes while a window runs.
template <class Real, class Sum>
struct Shared {
  const CompiledNetwork& network;
  const Partition& partition;
  const PackedSynapses& synapses;
  const KernelTable& kernels;
  const CurrentRunner<Real>& currents;
  const Modulator& modulator;
  const PlasticShared& plastic;
  PackedMoving& moving;
  std::vector<BlockKernel<Real, Sum>> step;            ///< per population
  std::vector<std::vector<PoissonLadder>> ladders;     ///< per private Poisson input and table
  std::vector<std::vector<std::uint32_t>> poisson_of;  ///< per population: indices into network.poisson
  std::uint32_t lag = 1;                               ///< steps from a spike's emission to its admission; <= smallest delay
};

template <class Real, class Sum>
class Shard {
 public:
  Shard(const Shared<Real, Sum>& shared, std::uint32_t index);
  ~Shard();

  /// Queue the spikes of one emission step: each becomes one cursor per bundle, due with the first run of its row.
  void admit(std::int64_t emitted, std::span<const std::uint32_t> ids);
  /// The same for one spike of the past, from the first run due after `now` on; `count` spikes of one source.
  void admit_late(std::int64_t emitted, std::uint32_t id, std::uint32_t count, std::int64_t now);
  /// More of what arrives in the next step.
  void add_input(std::uint32_t population, int receptor, std::uint32_t cell, std::int64_t q) {
    const Slice& slice = plan().slices[population];
    input_[slice.slot[static_cast<std::size_t>(receptor)] + (cell - slice.begin)] += static_cast<Sum>(q);
  }
  /// Add everything due in step n to the input sums.
  void drain(std::int64_t n);
  /// Poisson input, currents, and the step of every cell; the spikes become readable as spikes_of(n).
  void update(std::int64_t n);

  std::span<const std::uint32_t> spikes_of(std::int64_t n) const {
    const std::size_t slot = static_cast<std::size_t>(n) % spike_slots;
    return {spikes_.data() + slot * capacity_, spike_count_[slot]};
  }
  std::uint64_t events_of(std::int64_t n) const { return events_[static_cast<std::size_t>(n) % spike_slots]; }
  /// Take the modulator's present coefficients of every modulated population.
  void refresh_coefficients();
  void clear_in_flight();
  PlasticShard<Real, Sum>& plastic() { return plastic_; }
  MovingShard<Sum>& moving() { return moving_; }

  Real& state(std::uint32_t population, int state, std::uint32_t cell);
  /// Throws Error("nan") where a value of one state column after step n is not finite.
  void check_state(std::uint32_t population, std::size_t state, std::int64_t n) const;

  Progress published;                           ///< low 32 bits of the last step whose spikes may be read
  alignas(128) std::atomic<bool> taken{false};  ///< by the thread that steps it at the moment, which alone may touch the rest
  std::int64_t done = 0;                        ///< last step

 private:
  struct Cells {  ///< a slice of one population
    std::vector<Lines<Real>> states;
    std::vector<Lines<Real>> coefficients;  ///< size 0 where all cells share the value
    std::vector<Real> shared, input_step;
  };

  void set_coefficients(std::uint32_t p, const std::vector<Column>& columns);
  void push(std::size_t bundle, const std::byte* at, std::int64_t due);
  /// Copy all records from the head `at` on to the lists of the steps when they are due, the first at `due`.
  void copy_row(std::size_t bundle, const std::byte* at, std::int64_t due);
  void add_poisson(std::uint32_t p, std::int64_t n, std::uint32_t first, std::uint32_t last);
  std::uint32_t step_block(std::uint32_t p, std::int64_t n, std::uint32_t first, std::uint32_t count, std::uint32_t* spikes);
  const ShardPlan& plan() const { return shared_.partition.shard(index_); }

  const Shared<Real, Sum>& shared_;
  const std::uint32_t index_;
  std::vector<Cells> cells_;  ///< per population
  Lines<Sum> input_;          ///< by slot
  PlasticShard<Real, Sum> plastic_;
  MovingShard<Sum> moving_;
  std::uint32_t ring_ = 1;  ///< buckets: a power of two above the longest hop
  struct Due {              ///< what arrives, by step modulo ring_
    RecordPiles records;
    std::vector<CursorList> cursors;
  };
  std::vector<Due> due_;  ///< per bundle
  std::size_t capacity_;
  Lines<std::uint32_t> spikes_;  ///< spike_slots lists of up to all cells, as source ids
  std::uint32_t spike_count_[spike_slots] = {};
  std::uint64_t events_[spike_slots] = {};
  Lines<Real> current_, gain_;  ///< of one block
};

}  // namespace spikeloom::cpu
