// Bisection by replay: no run has to keep its past, whatever its length.
#include "apps/difference.hpp"

#include <algorithm>
#include <bit>
#include <cstdint>
#include <string>
#include <tuple>

namespace spikeloom {
namespace {

using Spike = std::tuple<double, std::string, std::uint32_t>;

std::vector<Spike> spikes_of(const std::vector<SpikeTrain>& trains) {
  std::vector<Spike> spikes;
  for (const auto& train : trains)
    for (std::size_t k = 0; k < train.neuron.size(); ++k)
      spikes.emplace_back(train.time_ms[k], train.population, train.neuron[k]);
  std::sort(spikes.begin(), spikes.end());
  return spikes;
}

Report spike_report(const Spike& spike, int only_in) {
  return {{"time_ms", std::get<0>(spike)},
          {"kind", "spike"},
          {"population", std::get<1>(spike)},
          {"neuron", std::get<2>(spike)},
          {"only_in", only_in}};
}

bool same_bits(double a, double b) { return std::bit_cast<std::uint64_t>(a) == std::bit_cast<std::uint64_t>(b); }

/// The first state that differs, populations and states in the order of the network.
Report state_difference(const Session& a, const Session& b) {
  for (const auto& population : a.network().populations) {
    for (const auto& quantity : population.model.table->states) {
      const auto x = a.state(population.name, quantity.name), y = b.state(population.name, quantity.name);
      for (std::size_t i = 0; i < std::min(x.size(), y.size()); ++i)
        if (!same_bits(x[i], y[i]) && !(x[i] == 0 && y[i] == 0))
          return {{"time_ms", a.network().ms_of(a.step())}, {"kind", "state"},
                  {"population", population.name},          {"neuron", i},
                  {"state", std::string(quantity.name)},    {"values", Report::array({x[i], y[i]})}};
    }
  }
  return nullptr;
}

}  // namespace

bool same_hashes(const Session& a, const Session& b) {
  return a.spike_hash() == b.spike_hash() && a.state_hash() == b.state_hash();
}

Report first_spike_difference(const std::vector<SpikeTrain>& a, const std::vector<SpikeTrain>& b) {
  const auto x = spikes_of(a), y = spikes_of(b);
  const auto [i, j] = std::mismatch(x.begin(), x.end(), y.begin(), y.end());
  if (i == x.end() && j == y.end()) return nullptr;
  if (j == y.end() || (i != x.end() && *i < *j)) return spike_report(*i, 0);
  return spike_report(*j, 1);
}

Report first_difference(const Player& a, const Player& b, std::int64_t last_step) {
  if (same_hashes(*a(last_step), *b(last_step))) return nullptr;
  std::int64_t same = -1, differs = last_step;  // before the start nothing differs
  while (differs - same > 1) {
    const std::int64_t middle = same + (differs - same) / 2;
    (same_hashes(*a(middle), *b(middle)) ? same : differs) = middle;
  }
  const auto x = a(differs), y = b(differs);
  if (Report spike = first_spike_difference(x->recording().spike_trains, y->recording().spike_trains); !spike.is_null())
    return spike;
  if (Report state = state_difference(*x, *y); !state.is_null()) return state;
  return {{"time_ms", x->network().ms_of(differs)}, {"kind", "hash"}};
}

}  // namespace spikeloom
