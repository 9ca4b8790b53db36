// Gathering synapses from row visitors, and sending spikes along them.
#include "backends/reference/synapses.hpp"

#include <algorithm>
#include <cassert>
#include <utility>

#include "core/math/philox.hpp"
#include "core/run/used_weights.hpp"

namespace spikeloom::reference {

namespace {

/// What compile promises: no sum can overflow.
std::int64_t add(std::int64_t a, std::int64_t b) {
  std::int64_t sum = 0;
  [[maybe_unused]] const bool overflow = __builtin_add_overflow(a, b, &sum);
  assert(!overflow);
  return sum;
}

}  // namespace

Inputs::Inputs(const CompiledNetwork& network) : slots_(network.max_delay() + 1) {
  std::uint32_t senders = network.neurons;
  for (const auto& source : network.sources) {
    first_of_source_.push_back(senders);
    senders += source.size;
  }
  std::size_t size = 0;
  for (const auto& population : network.populations) {
    start_.push_back(size);
    size_.push_back(population.size);
    size += population.size * population.grids.size();
  }
  sums_.assign(slots_, std::vector<std::int64_t>(size));
  gated_.resize(slots_);
  deliveries_.resize(slots_);
  rows_.resize(senders);
  for (std::size_t j = 0; j < network.projections.size(); ++j) {
    const CompiledProjection& projection = network.projections[j];
    if (projection.rows->exact) continue;  // exact.hpp
    visit_used(network, projection, [&](const UsedSynapse& used) {
      const EndSegment& from = projection.from[segment_of(projection.from, used.source)];
      const EndSegment& to = projection.to[used.segment];
      const std::uint32_t first =
          from.kind == EndSegment::Kind::population ? network.populations[from.index].first : first_of_source_[from.index];
      const std::uint64_t name = from.kind == EndSegment::Kind::population ? network.populations[from.index].key
                                                                           : name_key(network.sources[from.index].name);
      weights_.add(
          hash_end(name, cell_of(from, used.source)),
          hash_end(network.populations[to.index].key, cell_of(to, used.target), static_cast<std::uint32_t>(used.receptor)),
          used.q);
      rows_[first + cell_of(from, used.source)].push_back({to.index, cell_of(to, used.target), used.delay,
                                                           static_cast<std::uint16_t>(used.receptor),
                                                           projection.gain >= 0 ? static_cast<std::int32_t>(j) : -1, used.q});
    });
  }
}

std::int64_t& Inputs::sum(std::int64_t n, std::uint32_t p, std::size_t receptor, std::uint32_t cell) {
  return sums_[slot(n)][start_[p] + receptor * size_[p] + cell];
}

void Inputs::send(std::uint32_t sender, std::uint32_t count, std::int64_t n, std::int64_t done) {
  for (const Synapse& synapse : rows_[sender]) {
    const std::int64_t arrival = n + synapse.delay;
    if (arrival <= done) continue;
    deliveries_[slot(arrival)] += count;
    if (synapse.gate >= 0) {
      gated_[slot(arrival)].push_back({synapse, count});
    } else {
      auto& to = sum(arrival, synapse.population, synapse.receptor, synapse.cell);
      to = add(to, synapse.q * count);
    }
  }
}

void Inputs::open_gates(std::int64_t n, const Modulator& modulator) {
  for (const auto& [synapse, count] : gated_[slot(n)]) {
    const double gain = modulator.projection_gain(static_cast<std::uint32_t>(synapse.gate));
    auto& to = sum(n, synapse.population, synapse.receptor, synapse.cell);
    to = add(to, grid_round(static_cast<double>(synapse.q), gain) * count);
  }
}

std::uint64_t Inputs::close(std::int64_t n) {
  std::ranges::fill(sums_[slot(n)], 0);
  gated_[slot(n)].clear();
  return std::exchange(deliveries_[slot(n)], 0);
}

void Inputs::clear() {
  for (std::uint32_t i = 0; i < slots_; ++i) close(i);
}

}  // namespace spikeloom::reference
