// What a shard's synapses do whose delays learn, and what they are when somebody looks.
#include "backends/cpu/moving.hpp"

#include <algorithm>
#include <bit>
#include <cmath>
#include <tuple>

#include "backends/cpu/pack.hpp"
#include "core/delay_rule.hpp"
#include "core/math/flush.hpp"
#include "core/run/plastic_hash.hpp"
#include "core/run/used_weights.hpp"

namespace spikeloom::cpu {
namespace {

/// Posts that are kept before all rows are brought up to date: far more than can come while spikes wait to be admitted.
std::size_t most_posts(std::size_t targets) { return 256 + 64 * targets; }

std::size_t ring_size(const CompiledProjection& projection) { return std::bit_ceil(projection.rows->max_delay() + 1); }

/// Rows of one projection in all shards: visited once to count, once to fill.
class Packer final : public SynapseSink {
 public:
  Packer(const CompiledNetwork& network, const Partition& partition, const CompiledProjection& projection,
         std::vector<MovingRows>& rows)
      : network_(network), partition_(partition), projection_(projection), rows_(rows) {
    for (MovingRows& each : rows_)
      each.first.assign(projection.rows->sources + 1, 0), each.targets.assign(projection.rows->targets, 0);
  }
  void take(const SynapseBatch& batch) override {
    for (std::uint32_t i = 0; i < batch.count; ++i, ++number_) {
      const std::size_t segment = segment_of(projection_.to, batch.target[i]);
      const EndSegment& to = projection_.to[segment];
      const std::uint32_t cell = cell_of(to, batch.target[i]), shard = partition_.shard_of(to.index, cell);
      MovingRows& rows = rows_[shard];
      if (rows.synapses.empty()) {  // counting; here `targets` says which there are
        ++rows.first[batch.source[i] + 1], rows.targets[batch.target[i]] = 1;
        continue;
      }
      const int receptor = projection_.receptor_of(segment, batch.weight[i]);
      const int exponent = network_.populations[to.index].grids[static_cast<std::size_t>(receptor)].exponent;
      rows.synapses[at_[shard][batch.source[i]]++] = {batch.delay_ms[i],
                                                      0,
                                                      grid_round(batch.weight[i], std::ldexp(1.0, exponent)),
                                                      -1,
                                                      place_[batch.target[i]],
                                                      partition_.slot_of(shard, to.index, receptor, cell),
                                                      number_};
    }
  }
  void counted() {
    place_.resize(projection_.rows->targets);
    for (MovingRows& rows : rows_) {
      for (std::size_t k = 1; k < rows.first.size(); ++k) rows.first[k] += rows.first[k - 1];
      at_.emplace_back(rows.first.begin(), rows.first.end() - 1);
      rows.synapses.resize(rows.first.back());
      std::vector<std::uint32_t> targets;
      for (std::uint32_t j = 0; j < rows.targets.size(); ++j)
        if (rows.targets[j] != 0) place_[j] = static_cast<std::uint32_t>(targets.size()), targets.push_back(j);
      rows.targets = std::move(targets);
    }
    number_ = 0;
  }

 private:
  const CompiledNetwork& network_;
  const Partition& partition_;
  const CompiledProjection& projection_;
  std::vector<MovingRows>& rows_;
  std::vector<std::vector<std::uint32_t>> at_;  ///< by shard and source: where the next synapse goes
  std::vector<std::uint32_t> place_;            ///< of each target among its shard's
  std::uint32_t number_ = 0;
};

}  // namespace

PackedMoving pack_moving(const CompiledNetwork& network, const Partition& partition) {
  PackedMoving packed;
  for (std::uint32_t p = 0; p < network.projections.size(); ++p) {
    const CompiledProjection& projection = network.projections[p];
    if (!projection.moves_in_steps()) continue;
    auto& part = packed.parts.emplace_back();
    part.projection = p;
    part.index = static_cast<std::uint32_t>(record_of(network, p));
    part.rows.resize(partition.size());
    Packer packer(network, partition, projection, part.rows);
    projection.rows->visit(0, projection.rows->sources, packer);
    packer.counted();
    projection.rows->visit(0, projection.rows->sources, packer);
  }
  return packed;
}

template <class Sum>
MovingShard<Sum>::MovingShard(const PlasticShared& shared, PackedMoving& packed, std::uint32_t shard, Sum* input)
    : shared_(shared), grid_(shared.network.step_ms), input_(input) {
  for (auto& part : packed.parts) add_part(part, shard);
}

template <class Sum>
void MovingShard<Sum>::add_part(PackedMoving::Part& packed, std::uint32_t shard) {
  Part& part = parts_.emplace_back();
  part.projection = &shared_.network.projections[packed.projection];
  part.rules = part.projection->plasticity.get();
  part.rows = &packed.rows[shard];
  part.memory = shared_.memories[packed.index].get();
  part.row.resize(part.projection->rows->sources);
  part.more.resize(part.rows->synapses.size() * static_cast<std::size_t>(part.rules->numbers() - 2));
  part.last.resize(part.memory != nullptr ? part.rows->synapses.size() : 0);
  part.posts.resize(part.rows->targets.size());
  part.due = Piles<Contribution>(ring_size(*part.projection));
  for (std::uint32_t t = 0; t < part.rows->targets.size(); ++t) {
    const EndSegment& to = part.projection->to[segment_of(part.projection->to, part.rows->targets[t])];
    part.target_of.emplace_back(shared_.network.populations[to.index].first + cell_of(to, part.rows->targets[t]), t);
  }
  std::ranges::sort(part.target_of);
}

// Events -----------------------------------------------------------------------------------------------------------------

/// `numbers`: the synapse's delay and what comes behind it.
template <class Sum>
void MovingShard<Sum>::bring_to(Part& part, std::uint32_t i, double* numbers, std::int64_t step) const {
  if (part.memory == nullptr || part.last[i] >= step) return;
  const CompiledRule& rule = *part.rules->delay;
  const std::uint32_t channel = part.rules->channel_of(part.rows->targets[part.rows->synapses[i].target]);
  for_stretches(part.memory->span_steps(), part.last[i], step, [&](std::int64_t from, std::int64_t to) {
    rule.rule->delay.advance(numbers, static_cast<double>(to - from), part.memory->drive(channel, from, to),
                             rule.coefficients.data());
  });
  part.last[i] = static_cast<std::int32_t>(step);
}

/// The numbers of a synapse while they are worked on.
template <class Sum>
class MovingShard<Sum>::Numbers {
 public:
  Numbers(Part& part, std::uint32_t i) : part_(part), i_(i), more_(static_cast<std::size_t>(part.rules->numbers() - 2)) {
    numbers_[0] = part.rows->synapses[i].delay_ms;
    std::copy_n(part.more.data() + i * more_, more_, numbers_ + 1);
  }
  double* data() { return numbers_; }
  void put() const {
    part_.rows->synapses[i_].delay_ms = numbers_[0];
    std::copy_n(numbers_ + 1, more_, part_.more.data() + i_ * more_);
  }

 private:
  Part& part_;
  const std::size_t i_, more_;
  double numbers_[max_synapse_reals - 1];
};

template <class Sum>
double MovingShard<Sum>::delay_of(const Part& part, const Departure& flying, std::uint32_t source, std::uint32_t in_row) {
  return flying.delay_ms.empty() ? part.rows->synapses[part.rows->first[source] + in_row].delay_ms : flying.delay_ms[in_row];
}

/// 0 where the spike has arrived.
template <class Sum>
std::int64_t MovingShard<Sum>::steps_of(const Part& part, double delay_ms) const {
  return delay_ms == 0 ? 0 : grid_.ceil(usable_delay(delay_ms, part.rules->shortest_ms));
}

template <class Sum>
void MovingShard<Sum>::update_synapse(Part& part, std::uint32_t source, std::uint32_t in_row, std::int64_t until) {
  const Row& row = part.row[source];
  const std::uint32_t i = part.rows->first[source] + in_row;
  MovingSynapse& synapse = part.rows->synapses[i];
  const auto& posts = part.posts[synapse.target];
  auto post = std::ranges::upper_bound(posts, row.seen);
  auto& arrivals = arrivals_;
  arrivals.clear();
  for (const Departure& flying : row.flying) {
    const double delay_ms = delay_of(part, flying, source, in_row);
    const std::int64_t steps = steps_of(part, delay_ms), due = flying.step + steps;
    if (due <= row.seen || due > until) continue;
    const double used = usable_delay(delay_ms, part.rules->shortest_ms);
    arrivals.push_back({due, used - static_cast<double>(steps) * grid_.step_ms(), flying.step, used, flying.count});
  }
  if (arrivals.empty() && (post == posts.end() || *post > until)) return;
  if (arrivals.size() > 1) std::ranges::sort(arrivals, {}, [](const Arrival& a) { return std::tuple(a.due, a.within, a.left); });
  Numbers numbers(part, i);
  const CompiledRule& rule = *part.rules->delay;
  const auto meet = [&](std::int64_t n, std::int64_t of_post) {
    if (!part.projection->learns_at(n)) return;
    rule.rule->delay.on_pair(numbers.data(), late_ms(of_post, synapse.left, synapse.left_with, grid_.step_ms()),
                             rule.coefficients.data());
  };
  for (auto arrival = arrivals.begin();;) {
    const bool has_post = post != posts.end() && *post <= until;
    if (arrival != arrivals.end() && (!has_post || arrival->due <= *post)) {
      bring_to(part, i, numbers.data(), arrival->due);
      synapse.left = static_cast<std::int32_t>(arrival->left), synapse.left_with = arrival->delay_ms;
      for (std::uint32_t k = 0; k < arrival->count && post != posts.begin(); ++k) meet(arrival->due, *std::prev(post));
      ++arrival;
    } else if (has_post) {
      bring_to(part, i, numbers.data(), *post);
      if (synapse.left >= 0) meet(*post, *post);
      ++post;
    } else {
      break;
    }
  }
  numbers.put();
}

template <class Sum>
void MovingShard<Sum>::update_row(Part& part, std::uint32_t source, std::int64_t until) {
  Row& row = part.row[source];
  if (row.seen >= until) return;
  const std::uint32_t first = part.rows->first[source], end = part.rows->first[source + 1];
  for (Departure& flying : row.flying) {
    if (!flying.delay_ms.empty() || flying.step + flying.longest <= until) continue;
    flying.delay_ms.reserve(end - first);
    for (std::uint32_t i = first; i < end; ++i) flying.delay_ms.push_back(part.rows->synapses[i].delay_ms);
  }
  for (std::uint32_t k = 0; k < end - first; ++k) update_synapse(part, source, k, until);
  row.seen = until;
  std::erase_if(row.flying, [&](const Departure& flying) { return flying.step + flying.longest <= until; });
}

template <class Sum>
void MovingShard<Sum>::sweep(Part& part, std::int64_t until) {
  for (std::uint32_t source = 0; source < part.row.size(); ++source) update_row(part, source, until);
  part.kept = 0;
  for (auto& posts : part.posts) {
    const auto seen = std::ranges::upper_bound(posts, until);
    if (seen - posts.begin() > 1) posts.erase(posts.begin(), std::prev(seen));
    part.kept += posts.size();
  }
}

/// Puts a spike that leaves or has left on its way: what arrives after step `now` goes on the lists.
template <class Sum>
bool MovingShard<Sum>::depart(Part& part, std::uint32_t source, Departure departure, std::int64_t now) {
  const std::uint32_t first = part.rows->first[source], count = part.rows->first[source + 1] - first;
  for (std::uint32_t k = 0; k < count; ++k) {
    const double delay_ms = delay_of(part, departure, source, k);
    const std::int64_t steps = steps_of(part, delay_ms), due = departure.step + steps;
    if (steps == 0) continue;
    if (due <= now) return false;
    departure.longest = std::max(departure.longest, static_cast<std::uint32_t>(steps));
    const MovingSynapse& synapse = part.rows->synapses[first + k];
    const Contribution contribution{static_cast<Sum>(synapse.q), synapse.slot};
    for (std::uint32_t c = 0; c < departure.count; ++c)
      part.due.add(static_cast<std::size_t>(due) & (part.due.size() - 1), contribution);
    if (std::isnan(delay_ms))
      coming_faults_[due].add(due, static_cast<std::uint32_t>(part.projection - shared_.network.projections.data()), source,
                              part.rows->targets[synapse.target], delay_ms);
  }
  part.row[source].flying.push_back(std::move(departure));
  return true;
}

template <class Sum>
void MovingShard<Sum>::admit(std::int64_t emitted, std::span<const std::uint32_t> ids) {
  admitted_ = emitted;
  if (parts_.empty()) return;
  for (std::size_t k = 0; k < ids.size();) {
    std::uint32_t count = 1;
    while (k + count < ids.size() && ids[k + count] == ids[k]) ++count;
    admit(emitted, ids[k], count);
    k += count;
  }
}

template <class Sum>
void MovingShard<Sum>::admit(std::int64_t emitted, std::uint32_t id, std::uint32_t count) {
  for (Part& part : parts_)
    for_sources(shared_.network, *part.projection, id, [&](std::uint32_t source) {
      const std::uint32_t first = part.rows->first[source], end = part.rows->first[source + 1];
      if (first == end || part.row[source].newest >= emitted) return;  // none, or it was taken in when somebody looked
      update_row(part, source, emitted);
      part.row[source].newest = emitted;
      for (std::uint32_t i = first; i < end && part.memory != nullptr; ++i) {
        Numbers numbers(part, i);
        bring_to(part, i, numbers.data(), emitted);
        numbers.put();
      }
      depart(part, source, {emitted, count, 0, {}}, emitted);
    });
}

template <class Sum>
std::uint64_t MovingShard<Sum>::drain(std::int64_t n) {
  std::uint64_t events = 0;
  for (Part& part : parts_) {
    const auto& due = arriving_;
    part.due.take(static_cast<std::size_t>(n) & (part.due.size() - 1), arriving_);
    if (part.projection->gain < 0) {
      for (const Contribution& each : due) input_[each.slot] += each.q;
    } else {
      const double gain =
          shared_.modulator.projection_gain(static_cast<std::uint32_t>(part.projection - shared_.network.projections.data()));
      for (const Contribution& each : due) input_[each.slot] += static_cast<Sum>(grid_round(static_cast<double>(each.q), gain));
    }
    events += due.size();
    if (part.memory == nullptr) continue;
    const std::int64_t anchor = last_anchor(shared_.network, *part.rules, n, longest_wait(*part.projection));
    if (anchor <= part.anchor) continue;
    sweep(part, anchor);
    for (std::uint32_t i = 0; i < part.rows->synapses.size(); ++i) {
      Numbers numbers(part, i);
      bring_to(part, i, numbers.data(), anchor);
      numbers.put();
    }
    part.anchor = anchor;
  }
  while (!coming_faults_.empty() && coming_faults_.begin()->first <= n) {
    fault_.add(coming_faults_.begin()->second);
    coming_faults_.erase(coming_faults_.begin());
  }
  return events;
}

template <class Sum>
void MovingShard<Sum>::posts(std::int64_t n, std::span<const std::uint32_t> ids) {
  for (Part& part : parts_) {
    for (const std::uint32_t id : ids)
      for (auto at = std::ranges::lower_bound(part.target_of, std::pair(id, 0u)); at != part.target_of.end() && at->first == id;
           ++at, ++part.kept)
        part.posts[at->second].push_back(static_cast<std::int32_t>(n));
    if (part.kept > most_posts(part.posts.size())) sweep(part, admitted_);
  }
}

// What others see ----------------------------------------------------------------------------------------------------------

template <class Sum>
void MovingShard<Sum>::visit(std::uint32_t p, std::int64_t n, const Take& take) {
  Part& part = parts_[p];
  for (std::uint32_t source = 0; source < part.row.size(); ++source) {
    update_row(part, source, n);
    for (std::uint32_t i = part.rows->first[source]; i < part.rows->first[source + 1]; ++i)
      take(source, i, part.rows->targets[part.rows->synapses[i].target]);
  }
}

template <class Sum>
void MovingShard<Sum>::copy_numbers(std::uint32_t p, std::uint32_t i, std::int64_t step, double* out) {
  Part& part = parts_[p];
  Numbers numbers(part, i);
  const auto last = part.memory == nullptr ? std::int32_t{0} : part.last[i];
  bring_to(part, i, numbers.data(), step);
  if (part.memory != nullptr) part.last[i] = last;
  std::transform(numbers.data(), numbers.data() + part.rules->numbers() - 1, out, same_nan<double>);
}

template <class Sum>
std::int64_t MovingShard<Sum>::last_event(std::uint32_t p, std::uint32_t i) const {
  return parts_[p].memory == nullptr ? 0 : parts_[p].last[i];
}

template <class Sum>
double MovingShard<Sum>::left_with(std::uint32_t p, std::uint32_t source, std::uint32_t in_row, std::int64_t step,
                                   std::int64_t n) const {
  const Part& part = parts_[p];
  for (const Departure& flying : part.row[source].flying) {
    if (flying.step != step) continue;
    const double delay_ms = delay_of(part, flying, source, in_row);
    return step + steps_of(part, delay_ms) > n ? same_nan(delay_ms) : 0;
  }
  return 0;
}

template <class Sum>
std::int64_t MovingShard<Sum>::last_post(std::uint32_t p, std::uint32_t target) const {
  const auto& posts = parts_[p].posts[target];
  return posts.empty() ? never_spiked : posts.back();
}

template <class Sum>
void MovingShard<Sum>::start_anew(std::int64_t n) {
  for (Part& part : parts_)
    for (std::uint32_t source = 0; source < part.row.size(); ++source) {
      update_row(part, source, n);
      for (std::uint32_t i = part.rows->first[source]; i < part.rows->first[source + 1]; ++i) {
        Numbers numbers(part, i);
        bring_to(part, i, numbers.data(), n);
        numbers.put();
        part.rows->synapses[i].left = -1, part.rows->synapses[i].left_with = 0;
      }
    }
  const WeightFault fault = fault_;
  clear(n);
  fault_ = fault;
  for (Part& part : parts_) {
    std::ranges::fill(part.more, 0.0);
    if (part.memory != nullptr) std::ranges::fill(part.last, static_cast<std::int32_t>(n));
    part.anchor = n;
  }
}

template <class Sum>
void MovingShard<Sum>::clear(std::int64_t n) {
  admitted_ = n;
  fault_ = {};
  coming_faults_.clear();
  for (Part& part : parts_) {
    std::ranges::fill(part.row, Row{n, n - 1, {}});
    for (auto& posts : part.posts) posts.clear();
    part.due.clear();
    part.kept = 0;
    part.anchor = part.memory == nullptr ? 0 : last_anchor(shared_.network, *part.rules, n, longest_wait(*part.projection));
  }
}

template <class Sum>
void MovingShard<Sum>::set(std::uint32_t p, std::uint32_t i, std::span<const double> numbers, std::span<const double> travel) {
  Part& part = parts_[p];
  MovingSynapse& synapse = part.rows->synapses[i];
  synapse.delay_ms = numbers[0];
  std::ranges::copy(numbers.subspan(1), part.more.begin() + static_cast<std::ptrdiff_t>(i * (numbers.size() - 1)));
  if (part.memory != nullptr) part.last[i] = static_cast<std::int32_t>(travel[0]);
  synapse.left = static_cast<std::int32_t>(travel[1]);
  synapse.left_with = travel[2];
}

template <class Sum>
void MovingShard<Sum>::set_last_post(std::uint32_t p, std::uint32_t target, std::int64_t step) {
  if (step >= 0) parts_[p].posts[target] = {static_cast<std::int32_t>(step)};
  parts_[p].kept += step >= 0;
}

template <class Sum>
bool MovingShard<Sum>::set_departure(std::uint32_t p, std::uint32_t source, const SpikeInFlight& spike,
                                     std::vector<double> delays, std::int64_t n) {
  parts_[p].row[source].newest = std::max(parts_[p].row[source].newest, spike.step);
  return depart(parts_[p], source, {spike.step, spike.count, 0, std::move(delays)}, n);
}

template class MovingShard<std::int32_t>;
template class MovingShard<std::int64_t>;

std::uint64_t predict_moving_bytes(const CompiledNetwork& network, const Partition& partition) {
  std::uint64_t bytes = 0;
  for (const auto& projection : network.projections) {
    if (!projection.moves_in_steps()) continue;
    const CompiledPlasticity& rules = *projection.plasticity;
    const std::uint64_t synapse = sizeof(MovingSynapse) + static_cast<std::uint64_t>(rules.numbers() - 2) * sizeof(double) +
                                  (rules.advances() ? sizeof(std::int32_t) : 0);
    constexpr std::uint64_t row = 48, target = 4 + 8 + 24 + 64, list = 24;
    bytes += projection.rows->count() * synapse + projection.rows->targets * target;
    bytes += partition.size() * (projection.rows->sources * row + ring_size(projection) * list);
    if (rules.advances()) bytes += predict_memory_bytes(network, rules);
  }
  return bytes;
}

}  // namespace spikeloom::cpu
