// Synapses whose delays learn, of all shards together and in canonical order.
#include <algorithm>
#include <cmath>

#include "backends/cpu/moving.hpp"
#include "backends/cpu/pack.hpp"
#include "core/math/flush.hpp"
#include "core/run/plastic_hash.hpp"
#include "core/run/used_weights.hpp"

namespace spikeloom::cpu {
namespace {

/// Where each synapse of a part is, by number.
struct Place {
  std::uint32_t shard, source, index, target;
};

template <class Sum>
std::vector<Place> places_of(const std::vector<MovingShard<Sum>*>& shards, std::uint32_t p, std::int64_t n, std::uint64_t count) {
  std::vector<Place> places(count);
  for (std::uint32_t s = 0; s < shards.size(); ++s)
    shards[s]->visit(p, n, [&](std::uint32_t source, std::uint32_t i, std::uint32_t target) {
      places[shards[s]->rows(p).synapses[i].number] = {s, source, i, target};
    });
  return places;
}

/// Calls take(shard, index in its row) for each synapse of a source, in canonical order.
template <class Sum, class Take>
void for_row(const std::vector<MovingShard<Sum>*>& shards, std::uint32_t p, std::uint32_t source, const Take& take) {
  std::vector<std::uint32_t> at(shards.size(), 0);
  for (;;) {
    std::uint32_t next = UINT32_MAX, of = 0;
    for (std::uint32_t s = 0; s < shards.size(); ++s) {
      const MovingRows& rows = shards[s]->rows(p);
      const std::uint32_t i = rows.first[source] + at[s];
      if (i < rows.first[source + 1] && rows.synapses[i].number < next) next = rows.synapses[i].number, of = s;
    }
    if (next == UINT32_MAX) return;
    take(of, at[of]++);
  }
}

}  // namespace

template <class Sum>
SettledSynapse MovingView<Sum>::settled(std::uint32_t p, std::uint32_t s, std::uint32_t i, std::int64_t n) const {
  const CompiledProjection& projection = network_.projections[packed_.parts[p].projection];
  const MovingRows& rows = shards_[s]->rows(p);
  const MovingSynapse& synapse = rows.synapses[i];
  SettledSynapse out;
  out.target = rows.targets[synapse.target];
  const std::size_t segment = segment_of(projection.to, out.target);
  const auto& grids = network_.populations[projection.to[segment].index].grids;
  // The receptor of a weight is told by its sign, which the grid keeps (0 is as good as positive).
  const int receptor = projection.receptor_of(segment, static_cast<double>(synapse.q));
  out.weight = std::ldexp(static_cast<double>(synapse.q), -grids[static_cast<std::size_t>(receptor)].exponent);
  shards_[s]->copy_numbers(p, i, n, out.states);
  return out;
}

template <class Sum>
void MovingView<Sum>::visit(std::uint32_t projection, std::int64_t n, const SignalBank& signals,
                            const std::function<void(const SettledSynapse&)>& take) const {
  const FlushDenormals flush;
  const auto found = std::ranges::find(packed_.parts, projection, &PackedMoving::Part::projection);
  const auto p = static_cast<std::uint32_t>(found - packed_.parts.begin());
  const CompiledProjection& of = network_.projections[projection];
  for (const Place& place : places_of(shards_, p, n, of.rows->count())) {
    SettledSynapse synapse = settled(p, place.shard, place.index, n);
    synapse.source = place.source;
    if (const CompiledPlasticity& rules = *of.plasticity; rules.signal >= 0)
      synapse.states[rules.numbers() - 1] =
          signals.values(static_cast<std::uint32_t>(rules.signal))[rules.channel_of(place.target)];
    take(synapse);
  }
}

template <class Sum>
void MovingView<Sum>::hash(std::int64_t n, WeightHash& hash) const {
  const FlushDenormals flush;
  for (std::uint32_t p = 0; p < packed_.parts.size(); ++p) {
    const PlasticHash add(network_, network_.projections[packed_.parts[p].projection]);
    for (std::uint32_t s = 0; s < shards_.size(); ++s)
      shards_[s]->visit(p, n, [&](std::uint32_t source, std::uint32_t i, std::uint32_t) {
        SettledSynapse synapse = settled(p, s, i, n);
        synapse.source = source;
        add.add(synapse, hash);
      });
  }
}

template <class Sum>
void MovingView<Sum>::save(std::int64_t n, const PlasticShared& shared, Checkpoint& checkpoint) const {
  const FlushDenormals flush;
  for (std::uint32_t p = 0; p < packed_.parts.size(); ++p) {
    const CompiledProjection& projection = network_.projections[packed_.parts[p].projection];
    const CompiledPlasticity& rules = *projection.plasticity;
    const SignalMemory* memory = shared.memories[packed_.parts[p].index].get();
    PlasticRecord& record = checkpoint.plastic[packed_.parts[p].index];
    const std::int64_t anchor = memory == nullptr ? 0 : last_anchor(network_, rules, n, longest_wait(projection));
    record.pre.resize(projection.rows->sources);
    record.post.resize(projection.rows->targets);
    for (const Place& place : places_of(shards_, p, n, projection.rows->count())) {
      MovingShard<Sum>& shard = *shards_[place.shard];
      const MovingSynapse& synapse = shard.rows(p).synapses[place.index];
      const std::int64_t last = std::max(shard.last_event(p, place.index), anchor);
      const SettledSynapse as_of_last = settled(p, place.shard, place.index, last);
      record.numbers.push_back(as_of_last.weight);
      record.numbers.insert(record.numbers.end(), as_of_last.states, as_of_last.states + rules.numbers() - 1);
      record.travel.insert(record.travel.end(),
                           {static_cast<double>(last), static_cast<double>(synapse.left), synapse.left_with});
      record.post[place.target].step = shard.last_post(p, synapse.target);
    }
    if (memory != nullptr) record.signal = memory->save(anchor);
    for (const SpikeInFlight& spike : checkpoint.in_flight) {
      if (spike.step <= n - projection.rows->max_delay()) continue;
      for_sources(network_, projection, spike.source, [&](std::uint32_t source) {
        for_row(shards_, p, source, [&](std::uint32_t s, std::uint32_t k) {
          record.travel.push_back(shards_[s]->left_with(p, source, k, spike.step, n));
        });
      });
    }
  }
}

template <class Sum>
void MovingView<Sum>::load(const PlasticShared& shared, const Checkpoint& checkpoint) const {
  const std::int64_t n = checkpoint.step;
  for (auto* shard : shards_) shard->clear(n);
  for (std::uint32_t p = 0; p < packed_.parts.size(); ++p) {
    const CompiledProjection& projection = network_.projections[packed_.parts[p].projection];
    const CompiledPlasticity& rules = *projection.plasticity;
    const PlasticRecord& record = checkpoint.plastic[packed_.parts[p].index];
    const auto refuse = [&](const char* what) {
      throw Error("checkpoint", {}, std::string("the checkpoint has another ") + what + " of projection " + projection.name);
    };
    if (const auto& memory = shared.memories[packed_.parts[p].index];
        memory != nullptr && !memory->load(last_anchor(network_, rules, n, longest_wait(projection)), n, record.signal))
      refuse("length of the signal");
    const auto numbers = static_cast<std::size_t>(rules.numbers());
    const std::span<const double> all(record.numbers), travel(record.travel);
    const auto places = places_of(shards_, p, n, projection.rows->count());
    for (std::size_t k = 0; k < places.size(); ++k)
      shards_[places[k].shard]->set(p, places[k].index, all.subspan(k * numbers + 1, numbers - 1),
                                    travel.subspan(k * travel_numbers, travel_numbers));
    for (auto* shard : shards_)
      for (std::uint32_t t = 0; t < shard->rows(p).targets.size(); ++t)
        shard->set_last_post(p, t, record.post[shard->rows(p).targets[t]].step);
    std::size_t at = places.size() * travel_numbers;
    for (const SpikeInFlight& spike : checkpoint.in_flight) {
      if (spike.step <= n - projection.rows->max_delay()) continue;
      for_sources(network_, projection, spike.source, [&](std::uint32_t source) {
        std::vector<std::vector<double>> delays(shards_.size());
        for_row(shards_, p, source, [&](std::uint32_t s, std::uint32_t) {
          if (at == travel.size()) refuse("number of spikes in flight");
          delays[s].push_back(travel[at++]);
        });
        for (std::size_t s = 0; s < shards_.size(); ++s)
          if (!shards_[s]->set_departure(p, source, spike, std::move(delays[s]), n)) refuse("time");
      });
    }
    if (at != travel.size()) refuse("number of spikes in flight");
  }
}

template <class Sum>
WeightFault MovingView<Sum>::fault() const {
  WeightFault first;
  for (const auto* shard : shards_) first.add(shard->fault());
  return first;
}

std::uint64_t predict_moving_view_bytes(const CompiledNetwork& network) {
  std::uint64_t bytes = 0;
  for (const CompiledProbe& probe : network.probes) {
    if (probe.kind != Probe::Kind::weights || probe.of_pairing || probe.of_readout) continue;
    const Rows& rows = *network.projections[probe.index].rows;
    if (rows.moving) bytes = std::max(bytes, rows.count() * sizeof(Place));
  }
  return bytes;
}

template class MovingView<std::int32_t>;
template class MovingView<std::int64_t>;

}  // namespace spikeloom::cpu
