// The plastic synapses of all shards together, in canonical order: for probes, hashes and checkpoints.
#pragma once

#include <functional>
#include <vector>

#include "backends/cpu/plastic.hpp"
#include "core/run/hash.hpp"

namespace spikeloom::cpu {

template <class Real, class Sum>
class PlasticView {
 public:
  using Shards = std::vector<PlasticShard<Real, Sum>*>;
  PlasticView(const CompiledNetwork& network, const Partition& partition, const PackedPlastic& packed, Shards shards)
      : network_(network), partition_(partition), packed_(packed), shards_(std::move(shards)) {}

  /// Every synapse of a projection as it is at the end of step n.
  void visit(std::uint32_t projection, std::int64_t n, const SignalBank& signals,
             const std::function<void(const SettledSynapse&)>& take) const;
  void hash(std::int64_t n, WeightHash& hash) const;
  void save(std::int64_t n, const PlasticShared& shared, Checkpoint& checkpoint) const;
  /// Into rows, marks, queues and memories of signals.
  void load(const PlasticShared& shared, const Checkpoint& checkpoint) const;
  /// At the end of step n: weights stay as they are by then, all else is as at the start, and no spike is under way.
  void start_anew(std::int64_t n) const;
  /// The first fault of all shards.
  WeightFault fault() const;

 private:
  using Settled = typename PlasticShard<Real, Sum>::Settled;
  std::span<const PlasticPart> parts_of(std::uint32_t projection) const;
  /// Calls take(source, target, numbers) for every synapse of a projection, in canonical order, with the `width` numbers that
  /// read(run, position, numbers) found in its run; `waiting` as in PlasticShard::settled().
  template <class Read, class Take>
  void visit_settled(std::uint32_t projection, std::int64_t n, bool waiting, std::size_t width, const Read& read,
                     const Take& take) const;
  std::uint32_t index_of(const PlasticPart& part) const { return static_cast<std::uint32_t>(&part - packed_.parts.data()); }
  SettledSynapse synapse(const CompiledPlasticity& rules, Settled& run, std::uint32_t position) const;

  const CompiledNetwork& network_;
  const Partition& partition_;
  const PackedPlastic& packed_;
  const Shards shards_;
};

/// Bytes held while the weights that probes ask for are read.
std::uint64_t predict_plastic_view_bytes(const CompiledNetwork& network);

}  // namespace spikeloom::cpu
