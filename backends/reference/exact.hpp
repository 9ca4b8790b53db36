// Exact cells in the plainest order: always the earliest instant, and at it first what cells announced, then changes of
// currents, then all arrivals, cell by cell.
#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <optional>
#include <utility>
#include <vector>

#include "core/run/currents.hpp"
#include "core/run/exact_cells.hpp"
#include "core/run/exact_learning.hpp"
#include "core/run/exact_trains.hpp"
#include "core/run/hash.hpp"

namespace spikeloom::reference {

class ExactPart {
 public:
  /// Hears of every spike of a cell, at its time (its synapses onto exact cells are served).
  using Sent = std::function<void(std::uint32_t sender, ExactTime time)>;

  ExactPart(const CompiledNetwork& network, const CurrentRunner<double>& currents, const Modulator& modulator,
            std::vector<std::uint32_t> first_of_source);

  /// Time 0; spikes of it come with the first run().
  void start();
  /// Before anything of step n: currents as they are from its start on, changes within it, trains through it.
  void begin_step(std::int64_t n);
  /// Spikes of a sender at t; arrivals up to `done` have happened.
  void send(std::uint32_t sender, std::uint32_t count, ExactTime t, ExactTime done);
  /// The same of one that left before a load(), which knows already what delays that learn make of it.
  void send_again(std::uint32_t sender, std::uint32_t count, ExactTime t, ExactTime done);
  /// Everything up to and including `until`.
  void run(ExactTime until, const Sent& sent);

  /// Spikes since the last call, in order of (time, cell): of a population, or of the trains of a source.
  std::vector<ExactSpike> take_population(std::uint32_t p);
  std::vector<ExactSpike> take_source(std::uint32_t s);
  /// Deliveries through projections since the last call, without those of the warm-up.
  std::uint64_t take_deliveries() { return std::exchange(deliveries_, 0); }
  ExactCells& cells() { return cells_; }
  const ExactCells& cells() const { return cells_; }
  /// The first cell that spikes without bound.
  ExactCells::Runaway runaway() const;
  const WeightHash& weights() const { return weights_; }
  /// Plastic synapses in exact time, those onto stepped cells too.
  ExactLearning& learning() { return learning_; }
  const ExactLearning& learning() const { return learning_; }
  /// What they give to stepped cells in step n, before it; and a spike of such a cell.
  void give(std::int64_t n, const std::function<void(const ExactLearningPart::Sent&)>& take) {
    learning_.part(0).arrive_in(n, take);
  }
  void post(std::uint32_t neuron, std::int64_t n) { learning_.part(0).post(neuron, {n, 0}, 1); }
  /// The cell was changed from outside.
  void announce(std::uint32_t cell);

  /// Cells begin anew at the end of step n, and nothing is under way any more.
  void restart(std::int64_t n);

  void save(ByteWriter& out, std::int64_t n) const;
  /// Nothing is under way any more; the caller sends again what was.
  void load(ByteReader& in, std::int64_t n);

 private:
  void forget_events();
  struct Synapse {
    std::uint32_t cell;
    std::size_t receptor;
    std::int64_t q;
    ExactTime delay;
    std::uint32_t projection;
  };
  struct Arrival {
    std::uint32_t cell;
    std::size_t receptor;
    std::int64_t q;
    bool plastic = false;          ///< then q is the synapse's id
    std::int64_t projection = -1;  ///< through which it comes, where it is static; private trains have none
    bool delivery() const { return plastic || projection >= 0; }
  };
  void spiked(std::uint32_t cell, ExactTime t, int times, const Sent& sent);
  void change(std::uint32_t p, ExactTime t);
  void modulate(std::uint32_t p, ExactTime t);
  std::int64_t gated(std::uint32_t projection, std::int64_t q) const;
  void arrive(ExactTime t, std::vector<Arrival> arrivals, const Sent& sent);
  void arrive_later(const ExactDelaysPart::Sent& sent);
  /// The number of a neuron among exact cells, where it is one.
  std::optional<std::uint32_t> exact_cell(std::uint32_t neuron) const;

  const CompiledNetwork& network_;
  const CurrentRunner<double>& currents_;
  const Modulator& modulator_;
  std::vector<std::uint32_t> first_of_source_;
  ExactCells cells_;
  std::vector<std::vector<Synapse>> rows_;  ///< per sender
  WeightHash weights_;
  ExactLearning learning_;
  std::vector<std::pair<std::uint32_t, ExactTrains>> source_trains_, private_trains_;  ///< with the source or private input
  std::map<ExactTime, std::vector<Arrival>> arrivals_;
  std::map<ExactTime, std::vector<std::uint32_t>>
      own_;  ///< cells to look at; those that announce something else by then are passed over
  std::map<ExactTime, std::vector<std::uint32_t>> changes_;  ///< populations whose tables change then
  std::vector<ExactTime> due_;                               ///< per population: its next change of currents
  std::vector<std::uint32_t> started_;                       ///< cells that spiked at time 0
  std::vector<std::vector<ExactSpike>> spikes_, trains_spikes_;
  std::uint64_t deliveries_ = 0;
};

}  // namespace spikeloom::reference
