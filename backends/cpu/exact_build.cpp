// Making the engine of exact cells: which shard has which cell, its synapses and trains, and what all that takes.
#include <algorithm>

#include "backends/cpu/exact_shard.hpp"
#include "backends/cpu/pack.hpp"
#include "core/run/used_weights.hpp"

namespace spikeloom::cpu {
namespace {

std::uint32_t shards_for(std::uint64_t cells, int threads) {
  return static_cast<std::uint32_t>(
      std::clamp<std::uint64_t>(cells / exact_grain, 1, static_cast<std::uint64_t>(std::max(threads, 1))));
}

/// The slice of cell i where `size` cells are cut in `slices`.
std::uint32_t slice_of(std::uint32_t i, std::uint32_t size, std::uint32_t slices) {
  return static_cast<std::uint32_t>(std::uint64_t{i} * slices / size);
}

}  // namespace

static_assert(exact_arrival_bytes == sizeof(Event));

ExactBytes predict_exact_bytes(const CompiledNetwork& network, int threads) {
  ExactBytes bytes;
  std::uint64_t cells = 0, plain = 0, gated = 0;
  for (const auto& population : network.populations)
    if (population.exact) cells += population.size;
  for (const auto& projection : network.projections)
    if (projection.rows->exact && projection.plasticity == nullptr)
      (projection.gain < 0 ? plain : gated) += projection.rows->count();
  if (cells == 0) return bytes;
  const std::uint64_t shards = shards_for(cells, threads);
  const ExactLearningBytes learning = predict_exact_learning_bytes(network, 2 * shards);
  bytes.cells += learning.rest;
  bytes.scratch = learning.scratch;
  bytes.cells += ExactCells::predict_bytes(network) + cells * (3 * sizeof(std::uint32_t) + sizeof(std::int64_t)) +
                 shards * cells / 8 + network.neurons * sizeof(std::uint32_t);
  for (const std::uint64_t row : {plain * sizeof(ExactSynapse) / shards, gated * sizeof(GatedSynapse) / shards})
    bytes.synapses += shards * (Arena::resident_bytes(row, row) + network.senders() * sizeof(std::size_t));
  bytes.synapses += learning.synapses;
  return bytes;
}

ExactEngine::ExactEngine(const CompiledNetwork& network, const CurrentRunner<double>& currents, const Modulator& modulator,
                         int shards)
    : network_(network),
      currents_(currents),
      modulator_(modulator),
      cells_(network),
      epoch_(network.epoch()),
      per_epoch_(1 / static_cast<double>(std::max<std::int64_t>(epoch_.steps, 1))),
      sender_of_(cells_.count()),
      shard_of_(cells_.count()),
      woken_(cells_.count(), -1),
      first_event_(cells_.count()),
      cell_of_(network.neurons),
      learning_(make_learning(shards_for(cells_.count(), shards))),
      due_(network.populations.size(), ExactCells::never),
      spikes_(network.populations.size()),
      taken_(network.populations.size()) {
  const std::uint32_t wanted = shards_for(cells_.count(), shards);
  for (std::uint32_t s = 0; s < wanted; ++s) {
    shards_.push_back(std::make_unique<Shard>(cells_.count()));
    if (!learning_.part(s).empty()) shards_.back()->learning = &learning_.part(s);
    if (!learning_.delays(s).empty()) shards_.back()->delays = &learning_.delays(s);
  }
  for (std::uint32_t p = 0; p < network.populations.size(); ++p) {
    const auto& population = network.populations[p];
    for (std::uint32_t i = 0; population.exact && i < population.size; ++i) {
      sender_of_[cells_.first(p) + i] = population.first + i;
      cell_of_[population.first + i] = cells_.first(p) + i;
      shard_of_[cells_.first(p) + i] = slice_of(i, population.size, wanted);
    }
  }
  build_rows();
  trains_.resize(network.sources.size());
  for (std::uint32_t s = 0; s < network.sources.size(); ++s)
    if (network.sources[s].exact && network.sources[s].kind == CompiledSource::Kind::poisson)
      trains_[s] = std::make_unique<ExactTrains>(exact_trains(network, network.sources[s]));
  for (const CompiledPoisson& poisson : network.poisson) {
    const auto& population = network.populations[poisson.population];
    if (!population.exact) continue;
    const double scale = 1 / population.grids[static_cast<std::size_t>(poisson.receptor)].step();
    for (std::uint32_t s = 0; s < shards_.size(); ++s) {
      Shard::Private part{&poisson, nullptr, {}, {}};
      std::vector<std::uint32_t> trains;
      for (std::uint32_t k = 0; k < poisson.count; ++k) {
        const std::uint32_t cell = cells_.first(poisson.population) + poisson.first + k * poisson.stride;
        if (shard_of_[cell] != s) continue;
        trains.push_back(k);
        part.cell.push_back(cell);
        part.q.push_back(grid_round(poisson.weight[k], scale));
      }
      part.trains = std::make_unique<ExactTrains>(exact_trains(network, poisson, trains));
      shards_[s]->privates.push_back(std::move(part));
    }
  }
}

ExactEngine::~ExactEngine() = default;

/// One part for each shard, and as many for stepped cells.
ExactLearning ExactEngine::make_learning(std::uint32_t shards) const {
  std::vector<std::uint32_t> part_of;
  for (const auto& population : network_.populations)
    for (std::uint32_t i = 0; i < population.size; ++i)
      part_of.push_back(slice_of(i, population.size, shards) + (population.exact ? 0 : shards));
  return {network_, std::move(part_of), 2 * shards, shards};
}

void ExactEngine::build_rows() {
  std::vector<RowMaker<ExactSynapse>> plain;
  std::vector<RowMaker<GatedSynapse>> gated;
  for (auto& shard : shards_) {
    plain.emplace_back(shard->row, network_.senders());
    gated.emplace_back(shard->gated, network_.senders());
  }
  const auto is_here = [](const CompiledProjection& projection) {
    return projection.rows->exact && projection.plasticity == nullptr;
  };
  const auto sender_of = [&](const CompiledProjection& projection, std::uint32_t source) {
    const EndSegment& from = projection.from[segment_of(projection.from, source)];
    return network_.first_sender(from.kind, from.index) + cell_of(from, source);
  };
  const auto target_cell = [&](const EndSegment& to, std::uint32_t target) {
    return cells_.first(to.index) + cell_of(to, target);
  };
  for (const CompiledProjection& projection : network_.projections) {
    if (!is_here(projection)) continue;
    each_synapse(*projection.rows, [&](const SynapseBatch& batch, std::uint32_t i) {
      const EndSegment& to = projection.to[segment_of(projection.to, batch.target[i])];
      const std::uint32_t shard = shard_of_[target_cell(to, batch.target[i])], sender = sender_of(projection, batch.source[i]);
      if (projection.gain < 0) plain[shard].count(sender);
      else gated[shard].count(sender);
    });
  }
  for (auto& maker : plain) maker.counted();
  for (auto& maker : gated) maker.counted();
  gate_of_.resize(network_.projections.size());
  for (const CompiledProjection& projection : network_.projections) {
    if (projection.gain >= 0 && projection.moves_in_exact_time()) {
      gates_.push_back(static_cast<std::uint32_t>(&projection - network_.projections.data()));
      gate_of_[gates_.back()] = static_cast<std::uint32_t>(gates_.size());
    }
    if (!is_here(projection)) continue;
    if (projection.gain >= 0) gates_.push_back(static_cast<std::uint32_t>(&projection - network_.projections.data()));
    visit_used(network_, projection, [&](const UsedSynapse& used) {
      const std::uint32_t cell = target_cell(projection.to[used.segment], used.target);
      const ExactTime delay = cells_.grid().exact(used.delay_ms);
      const std::uint32_t sender = sender_of(projection, used.source);
      const ExactSynapse synapse{delay.offset_ms, used.q, cell, static_cast<std::uint32_t>(delay.step) & 0x7FFFFFFu,
                                 static_cast<std::uint32_t>(used.receptor) & 31u};
      if (projection.gain < 0) plain[shard_of_[cell]].add(sender, synapse);
      else gated[shard_of_[cell]].add(sender, {synapse, static_cast<std::uint32_t>(gates_.size())});
    });
  }
  for (auto& maker : plain) maker.added();
  for (auto& maker : gated) maker.added();
}

WeightHash ExactEngine::weights() const {
  const auto senders = hash_senders(network_);
  WeightHash hash;
  const auto add = [&](const auto& row) {
    for (std::size_t sender = 0; sender < senders.size(); ++sender)
      for (std::size_t k = row.first[sender]; k < row.first[sender + 1]; ++k) {
        const ExactSynapse& synapse = row.synapses[k];
        const auto [population, cell] = cells_.place(synapse.cell);
        hash.add(senders[sender], hash_end(network_.populations[population].key, cell, synapse.receptor), synapse.q);
      }
  };
  for (const auto& shard : shards_) add(shard->row), add(shard->gated);
  return hash;
}

}  // namespace spikeloom::cpu
