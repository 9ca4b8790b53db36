// Runs are settled as copies, one after the other; what was read of them is held for a chunk of sources, to be put in order.
#include "backends/cpu/plastic_view.hpp"

#include <tbb/blocked_range.h>
#include <tbb/parallel_for.h>
#include <tbb/parallel_reduce.h>

#include <algorithm>

#include "core/math/flush.hpp"
#include "core/run/plastic_hash.hpp"

namespace spikeloom::cpu {
namespace {

struct Ends {
  std::uint32_t source, target;  ///< running indices
};

}  // namespace

template <class Real, class Sum>
std::span<const PlasticPart> PlasticView<Real, Sum>::parts_of(std::uint32_t projection) const {
  const auto& all = packed_.parts;
  const auto begin = std::ranges::lower_bound(all, projection, {}, &PlasticPart::projection);
  return {begin, std::ranges::upper_bound(begin, all.end(), projection, {}, &PlasticPart::projection)};
}

template <class Real, class Sum>
SettledSynapse PlasticView<Real, Sum>::synapse(const CompiledPlasticity& rules, Settled& run, std::uint32_t position) const {
  SettledSynapse out;
  PlasticHead* const head = run.head();
  out.weight = static_cast<double>(column_of<Real>(head, 0)[position]);
  double* state = out.states;
  if (const auto& rule = rules.weight) {
    for (int k = 0; k < rule->rule->pre; ++k) *state++ = static_cast<double>(run.pre[k]);
    for (int k = 0; k < rule->rule->post; ++k) *state++ = static_cast<double>(run.post[k][position]);
    for (int k = 1; k < rule->rule->synapse; ++k) *state++ = static_cast<double>(column_of<Real>(head, k)[position]);
    if (rule->rule->table->uses_signal) *state++ = 0;
  }
  if (const auto& rule = rules.short_term)
    for (int k = 0; k < rule->rule->pre; ++k) *state++ = static_cast<double>(run.short_term[k]);
  return out;
}

template <class Real, class Sum>
template <class Read, class Take>
void PlasticView<Real, Sum>::visit_settled(std::uint32_t projection, std::int64_t n, bool waiting, std::size_t width,
                                           const Read& read, const Take& take) const {
  const auto parts = parts_of(projection);
  std::vector<Ends> ends;
  std::vector<double> numbers;
  for (const auto& chunk : plastic_chunks(network_.projections[projection])) {
    Settled run;
    const std::uint32_t all =
        visit_places(network_, partition_, parts, chunk.first, chunk.second, [&](const PlasticPlace& place) {
          if (place.position == 0)
            run = shards_[place.shard]->settled(index_of(parts[place.part]), place.source, place.delay, n, waiting);
          if (ends.size() < place.all) ends.resize(place.all), numbers.resize(place.all * width);
          ends[place.number] = {place.source, place.target};
          read(run, place.position, numbers.data() + place.number * width);
        });
    for (std::size_t i = 0; i < all; ++i) take(ends[i].source, ends[i].target, numbers.data() + i * width);
  }
}

template <class Real, class Sum>
void PlasticView<Real, Sum>::visit(std::uint32_t projection, std::int64_t n, const SignalBank& signals,
                                   const std::function<void(const SettledSynapse&)>& take) const {
  const FlushDenormals flush;
  const CompiledPlasticity& rules = *network_.projections[projection].plasticity;
  const std::size_t states = rules.state_names.size();
  visit_settled(
      projection, n, false, 1 + states,
      [&](Settled& run, std::uint32_t position, double* numbers) {
        const SettledSynapse settled = synapse(rules, run, position);
        numbers[0] = settled.weight;
        std::copy_n(settled.states, states, numbers + 1);
      },
      [&](std::uint32_t source, std::uint32_t target, const double* numbers) {
        SettledSynapse settled{source, target, numbers[0], {}};
        std::copy_n(numbers + 1, states, settled.states);
        if (rules.signal >= 0) {
          const RuleTable& table = *rules.weight->rule->table;  // the modulator comes after the rule's own states
          settled.states[table.states.size()] =
              signals.values(static_cast<std::uint32_t>(rules.signal))[rules.channel_of(target)];
        }
        take(settled);
      });
}

template <class Real, class Sum>
void PlasticView<Real, Sum>::hash(std::int64_t n, WeightHash& hash) const {
  for (const PlasticPart& part : packed_.parts) {
    const auto& projection = network_.projections[part.projection];
    const PlasticHash add(network_, projection);
    const EndSegment& to = projection.to[part.segment];
    for (std::uint32_t s = 0; s < shards_.size(); ++s) {
      const std::uint32_t first_cell = partition_.shard(s).slices[to.index].begin;
      const auto some = [&](const tbb::blocked_range<std::uint32_t>& range, WeightHash sum) {
        const FlushDenormals flush;
        for (std::uint32_t source = range.begin(); source != range.end(); ++source)
          for (PlasticHead* head = part.rows[s][source]; head != nullptr;
               head = head->is_last ? nullptr : next_run<Real>(head, projection.plasticity->numbers())) {
            Settled run = shards_[s]->settled(index_of(part), source, head->delay, n, false);
            for (std::uint32_t i = 0; i < head->count; ++i) {
              SettledSynapse settled = synapse(*projection.plasticity, run, i);
              settled.source = source;
              settled.target = to.offset + (first_cell + targets_of(head)[i] - to.first) / to.stride;
              add.add(settled, sum);
            }
          }
        return sum;
      };
      hash += tbb::parallel_reduce(tbb::blocked_range<std::uint32_t>(0, projection.rows->sources, 16), WeightHash{}, some,
                                   [](WeightHash a, const WeightHash& b) { return a += b; });
    }
  }
}

template <class Real, class Sum>
void PlasticView<Real, Sum>::save(std::int64_t n, const PlasticShared& shared, Checkpoint& checkpoint) const {
  const FlushDenormals flush;
  for (std::uint32_t p = 0; p < network_.projections.size(); ++p) {
    const auto& projection = network_.projections[p];
    if (!projection.learns_in_steps() || projection.rows->moving) continue;
    const auto parts = parts_of(p);
    PlasticRecord& record = checkpoint.plastic[record_of(network_, p)];
    const auto width = static_cast<std::size_t>(projection.plasticity->numbers());
    visit_settled(
        p, n, true, width,
        [&](Settled& run, std::uint32_t position, double* numbers) {
          for (std::size_t k = 0; k < width; ++k)
            numbers[k] = static_cast<double>(column_of<Real>(run.head(), static_cast<int>(k))[position]);
        },
        [&](std::uint32_t, std::uint32_t, const double* numbers) {
          record.numbers.insert(record.numbers.end(), numbers, numbers + width);
        });
    if (const auto& memory = shared.memories[parts[0].index])
      record.signal = memory->save(last_anchor(network_, *projection.plasticity, n, longest_wait(projection)));
    const std::uint32_t any = index_of(parts[0]);
    for (std::uint32_t source = 0; source < projection.rows->sources; ++source)
      record.pre.push_back(shards_[0]->pre_mark(any, source, n));
    for (const PlasticPart& part : parts) {
      const EndSegment& to = projection.to[part.segment];
      for (std::uint32_t k = 0; k < to.count; ++k) {
        const std::uint32_t cell = to.first + k * to.stride, s = partition_.shard_of(to.index, cell);
        record.post.push_back(shards_[s]->post_mark(index_of(part), cell - partition_.shard(s).slices[to.index].begin, n));
      }
    }
  }
}

template <class Real, class Sum>
void PlasticView<Real, Sum>::load(const PlasticShared& shared, const Checkpoint& checkpoint) const {
  const FlushDenormals flush;
  const std::int64_t n = checkpoint.step;
  for (auto* shard : shards_) shard->clear();
  if (!shards_.empty()) shards_[0]->set_fault(checkpoint.fault);
  for (std::uint32_t p = 0; p < network_.projections.size(); ++p) {
    const auto& projection = network_.projections[p];
    if (!projection.learns_in_steps() || projection.rows->moving) continue;
    const auto parts = parts_of(p);
    const int numbers = projection.plasticity->numbers();
    const PlasticRecord& record = checkpoint.plastic[record_of(network_, p)];
    if (const auto& memory = shared.memories[parts[0].index];
        memory != nullptr &&
        !memory->load(last_anchor(network_, *projection.plasticity, n, longest_wait(projection)), n, record.signal))
      throw Error("checkpoint", {}, "the checkpoint has another length of the signal of projection " + projection.name);
    const double* of_chunk = record.numbers.data();
    for (const auto& [first, last] : plastic_chunks(projection)) {
      PlasticHead* run = nullptr;
      const std::uint32_t all = visit_places(network_, partition_, parts, first, last, [&](const PlasticPlace& place) {
        if (place.position == 0) run = parts[place.part].rows[place.shard][place.source];
        while (run->delay != place.delay) run = next_run<Real>(run, numbers);
        const double* const own = of_chunk + std::size_t{place.number} * static_cast<std::size_t>(numbers);
        for (int k = 0; k < numbers; ++k) column_of<Real>(run, k)[place.position] = static_cast<Real>(own[k]);
      });
      of_chunk += std::size_t{all} * static_cast<std::size_t>(numbers);
    }
    std::size_t target = 0;
    for (const PlasticPart& part : parts) {
      for (auto* shard : shards_)
        for (std::uint32_t source = 0; source < projection.rows->sources; ++source)
          shard->set_pre_mark(index_of(part), source, record.pre[source]);
      const EndSegment& to = projection.to[part.segment];
      for (std::uint32_t k = 0; k < to.count; ++k) {
        const std::uint32_t cell = to.first + k * to.stride, s = partition_.shard_of(to.index, cell);
        shards_[s]->set_post_mark(index_of(part), cell - partition_.shard(s).slices[to.index].begin, record.post[target++]);
      }
    }
  }
  for (auto* shard : shards_) {
    for (const SpikeInFlight& spike : checkpoint.in_flight) {
      shard->load_spike(spike, n);
      if (spike.source < network_.neurons) shard->load_post(spike.source, spike.step, n);
    }
    shard->runs_loaded(n);
  }
}

template <class Real, class Sum>
void PlasticView<Real, Sum>::start_anew(std::int64_t n) const {
  tbb::parallel_for(std::size_t{0}, shards_.size(), [&](std::size_t s) {
    const FlushDenormals flush;
    shards_[s]->start_anew(n);
  });
}

template <class Real, class Sum>
WeightFault PlasticView<Real, Sum>::fault() const {
  WeightFault first;
  for (const auto* shard : shards_)
    if (const WeightFault& own = shard->fault(); own.found)
      first.add(own.step, own.projection, own.source, own.target, own.value);
  return first;
}

std::uint64_t predict_plastic_view_bytes(const CompiledNetwork& network) {
  std::uint64_t bytes = 0;
  for (const CompiledProbe& probe : network.probes) {
    if (probe.kind != Probe::Kind::weights || probe.of_pairing || probe.of_readout) continue;
    const CompiledProjection& projection = network.projections[probe.index];
    if (!projection.learns_in_steps() || projection.rows->moving) continue;
    const std::uint64_t numbers = sizeof(Ends) + (1 + projection.plasticity->state_names.size()) * sizeof(double);
    bytes = std::max(bytes, largest_plastic_chunk(projection) * (numbers + visited_synapse_bytes));
  }
  return bytes;
}

template class PlasticView<float, std::int32_t>;
template class PlasticView<float, std::int64_t>;
template class PlasticView<double, std::int64_t>;

}  // namespace spikeloom::cpu
