// The part of a state hash that plastic synapses make: their own numbers, whatever the order they come in.
#pragma once

#include <bit>

#include "core/compile/compiled.hpp"
#include "core/math/philox.hpp"
#include "core/run/hash.hpp"
#include "core/run/settled_synapse.hpp"
#include "core/run/used_weights.hpp"

namespace spikeloom {

/// The sender's and the target's names and cells tell synapses apart; traces follow from spikes and are left out.
class PlasticHash {
 public:
  PlasticHash(const CompiledNetwork& network, const CompiledProjection& projection) : network_(network), projection_(projection) {
    if (const auto& rule = projection.plasticity->weight) first_ = rule->rule->pre + rule->rule->post;
  }
  void add(const SettledSynapse& synapse, WeightHash& hash) const {
    const EndSegment& from = projection_.from[segment_of(projection_.from, synapse.source)];
    const std::size_t segment = segment_of(projection_.to, synapse.target);
    const EndSegment& to = projection_.to[segment];
    const bool is_population = from.kind == EndSegment::Kind::population;
    const std::uint64_t sender =
        hash_end(is_population ? network_.populations[from.index].key : name_key(network_.sources[from.index].name),
                 cell_of(from, synapse.source));
    const std::uint64_t target = hash_end(network_.populations[to.index].key, cell_of(to, synapse.target),
                                          static_cast<std::uint32_t>(projection_.receptor_of(segment, synapse.weight)));
    for (int k = 0; k < projection_.plasticity->numbers(); ++k) {
      const double number = k == 0 ? synapse.weight : synapse.states[first_ + k - 1];
      hash.add(mix64(sender + static_cast<std::uint64_t>(k)), target,
               static_cast<std::int64_t>(std::bit_cast<std::uint64_t>(number == 0 ? 0.0 : number)));
    }
  }

 private:
  const CompiledNetwork& network_;
  const CompiledProjection& projection_;
  int first_ = 0;
};

}  // namespace spikeloom
