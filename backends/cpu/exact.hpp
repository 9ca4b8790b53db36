// Exact cells on a team of threads: shards of cells, each with its own calendar of events, in step with each other by epochs.
//
// Within an epoch no exact cell can reach another (CompiledNetwork::epoch), so the shards need nobody:
//
//   for each epoch in which some shard has an event (all others are skipped):
//     process   every shard: its events of the epoch, handed to their cells; each cell lives through its own, in order of time,
//               and through what it announces for itself; spikes go to the shard's list
//     barrier
//     deliver   every shard: its synapses of all spikes of the epoch, each arrival into its calendar
//     barrier
//
// A cell's announced spike is looked at in the cell itself; a `wake` in the calendar only makes sure that somebody looks, so a
// wake that has become stale does no harm and needs no number. Sums of one instant are integers and cells know nothing of each
// other within an epoch, so neither threads, shards, cuts of the run nor the order within a pile can show.
//
// Plastic synapses in exact time (core/run/exact_learning.hpp) belong to the shard of their target, and a cell's arrivals and
// spikes reach them in order of time. Those onto stepped cells are kept in parts of their own, behind the shards': they hear of
// every spike between runs, and give what arrives in a step before it.
//
// Who may write what: a shard's calendar and cells are written by the thread that processes it; its spikes by that thread in
// `process`, read by all in `deliver`. Between runs everything belongs to the calling thread.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <span>
#include <vector>

#include "backends/cpu/team.hpp"
#include "core/run/currents.hpp"
#include "core/run/exact_cells.hpp"
#include "core/run/exact_learning.hpp"
#include "core/run/exact_trains.hpp"
#include "core/run/hash.hpp"

namespace spikeloom::cpu {

/// Cells that one shard keeps at least, where there are as many.
inline constexpr std::uint32_t exact_grain = 64;

/// An arrival that is to come, and while its epoch is worked through.
inline constexpr std::uint64_t exact_arrival_bytes = 32, exact_epoch_arrival_bytes = exact_arrival_bytes + 4;

/// Bytes that the exact cells and their synapses take, and what is needed beside them while they are made.
struct ExactBytes {
  std::uint64_t cells = 0, synapses = 0, scratch = 0;
};
ExactBytes predict_exact_bytes(const CompiledNetwork& network, int threads);

struct Event;

class ExactEngine {
 public:
  struct Spike {
    ExactTime time;
    std::uint32_t sender = 0;
    std::uint32_t count = 1;
  };

  ExactEngine(const CompiledNetwork& network, const CurrentRunner<double>& currents, const Modulator& modulator, int shards);
  ~ExactEngine();

  /// Time 0.
  void start();
  /// The end of the longest chunk from step n on within which no current changes but by tables.
  std::int64_t chunk_end(std::int64_t n) const;
  /// From the end of step n to that of the step returned nothing happens, unless something is sent.
  std::int64_t idle_until(std::int64_t n) const;
  /// Before anything of the steps (n, end]: currents as they are from the end of step n on, and changes within.
  void begin(std::int64_t n, std::int64_t end);
  /// Spikes of the trains of source s within step n, in order of (time, cell); steps in order, each once.
  void draw(std::uint32_t s, std::int64_t n, std::vector<ExactSpike>& out);
  /// Spikes from elsewhere; they reach the shards with the next run().
  void send(const Spike& spike);
  /// The same of one that left before a load(), which knows already what delays that learn make of it.
  void send_again(const Spike& spike);
  /// Everything after the last run up to and including `until`.
  void run(Team& team, ExactTime until);

  /// Spikes of a population in steps up to n that were not taken yet, in order of (time, cell).
  std::span<const ExactSpike> take(std::uint32_t population, std::int64_t n);
  /// Deliveries through projections since the last call, without those of the warm-up.
  std::uint64_t take_deliveries();
  /// The first cell that spikes without bound.
  ExactCells::Runaway runaway() const;
  ExactCells& cells() { return cells_; }
  const ExactCells& cells() const { return cells_; }
  WeightHash weights() const;
  const ExactLearning& learning() const { return learning_; }
  ExactLearning& learning() { return learning_; }
  /// Before step n, when all spikes of earlier ones have been sent: what plastic synapses in exact time give to stepped cells.
  using Give = std::function<void(const ExactLearningPart::Sent&)>;
  std::uint64_t give(Team& team, std::int64_t n, const Give& take);
  /// A stepped neuron spiked in step n.
  void post(std::uint32_t neuron, std::int64_t n);
  /// Spikes that the shards' plastic synapses will hear of with the next run().
  std::vector<SpikeInFlight> unheard() const;
  void set_state(std::uint32_t population, std::uint32_t cell, std::size_t state, ExactTime t, double value);

  /// Cells begin anew at the end of step n, and nothing is under way any more.
  void restart(std::int64_t n);

  void save(ByteWriter& out) const;
  /// Nothing is under way any more; the caller sends again what was.
  void load(ByteReader& in, std::int64_t n);

 private:
  struct Shard;
  std::int64_t epoch_of(ExactTime t) const;
  std::int64_t epoch_after(ExactTime t) const;
  ExactTime look_until(std::int64_t e) const;
  void wake(Shard& shard, std::uint32_t cell, std::int64_t begun);
  void change(std::uint32_t p, ExactTime t);
  void change_now(std::uint32_t p, ExactTime t, bool parameters_too);
  std::int64_t gated(std::uint32_t projection, std::int64_t q) const;
  void forget_events(std::int64_t n);
  void draw_private(Shard& shard, std::int64_t until);
  void process(Shard& shard, std::int64_t e, ExactTime until);
  void live(Shard& shard, std::uint32_t cell, std::span<const Event> events, std::int64_t e, ExactTime until, ExactTime horizon);
  void deliver(Shard& shard, const Spike& spike);
  void work(std::size_t thread, std::size_t threads, ExactTime until);
  void collect();
  void build_rows();
  ExactLearning make_learning(std::uint32_t shards) const;
  void leave(const Spike& spike);
  void leave_by_delays(Shard& shard, const Spike& spike) const;
  template <class Due>
  void tell_delays(Shard& shard, const Due& due);
  void arrive_later(Shard& shard, const ExactDelaysPart::Sent& sent) const;
  std::int64_t next_epoch(const Shard& shard) const;
  void take_plastic(Shard& shard, ExactTime t, std::int64_t* sums) const;
  template <class Row>
  void deliver_row(Shard& shard, const Row& row, const Spike& spike) const;

  const CompiledNetwork& network_;
  const CurrentRunner<double>& currents_;
  const Modulator& modulator_;
  std::vector<std::uint32_t> gates_;    ///< projections with a gain whose synapses are onto exact cells and have constant weights
  std::vector<std::uint32_t> gate_of_;  ///< by projection whose delays learn: its gate, counted from 1, or 0
  ExactCells cells_;
  Epoch epoch_;
  double per_epoch_;                        ///< epochs in a step
  std::vector<std::uint32_t> sender_of_;    ///< per exact cell: its id among all senders
  std::vector<std::uint32_t> shard_of_;     ///< per exact cell
  std::vector<std::int64_t> woken_;         ///< per exact cell: an epoch in which somebody will look at it, or -1
  std::vector<std::uint32_t> first_event_;  ///< per exact cell: while its shard hands out events, one more than the place of one
  std::vector<std::uint32_t> cell_of_;      ///< per neuron: its number among exact cells, where it is one
  std::vector<std::unique_ptr<Shard>> shards_;
  ExactLearning learning_;
  std::vector<std::unique_ptr<ExactTrains>> trains_;  ///< per source; null where it is no exact Poisson source
  std::vector<Spike> outside_;
  std::vector<ExactTime> due_;  ///< per population: its next change of currents
  std::vector<CellCurrent> changes_;
  std::vector<std::vector<ExactSpike>> spikes_;  ///< per population
  std::vector<std::size_t> taken_;
  ExactTime now_;
  struct Meeting;
  std::unique_ptr<Meeting> meeting_;
};

}  // namespace spikeloom::cpu
