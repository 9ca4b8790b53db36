// The loop over instants.
#include "backends/reference/exact.hpp"

#include <algorithm>
#include <cmath>
#include <numeric>

#include "core/math/philox.hpp"
#include "core/run/used_weights.hpp"

namespace spikeloom::reference {

static bool learns_in_exact_time(const CompiledNetwork& network) {
  return std::ranges::any_of(network.projections, [](const CompiledProjection& p) { return p.learns_in_exact_time(); });
}

ExactPart::ExactPart(const CompiledNetwork& network, const CurrentRunner<double>& currents, const Modulator& modulator,
                     std::vector<std::uint32_t> first_of_source)
    : network_(network),
      currents_(currents),
      modulator_(modulator),
      first_of_source_(std::move(first_of_source)),
      cells_(network),
      learning_(network, std::vector<std::uint32_t>(learns_in_exact_time(network) ? network.neurons : 0), 1),
      due_(network.populations.size(), ExactCells::never),
      spikes_(network.populations.size()),
      trains_spikes_(network.sources.size()) {
  std::uint32_t senders = network.neurons;
  for (const auto& source : network.sources) senders += source.size;
  if (std::ranges::any_of(network.projections, [](const CompiledProjection& projection) {
        return projection.rows->exact && projection.plasticity == nullptr;
      }))
    rows_.resize(senders);
  for (const CompiledProjection& projection : network.projections) {
    if (!projection.rows->exact || projection.plasticity != nullptr) continue;
    visit_used(network, projection, [&](const UsedSynapse& used) {
      const EndSegment& from = projection.from[segment_of(projection.from, used.source)];
      const EndSegment& to = projection.to[used.segment];
      const bool neuron = from.kind == EndSegment::Kind::population;
      const std::uint32_t first = neuron ? network.populations[from.index].first : first_of_source_[from.index];
      const std::uint64_t name = neuron ? network.populations[from.index].key : name_key(network.sources[from.index].name);
      const std::uint32_t target = cell_of(to, used.target);
      weights_.add(hash_end(name, cell_of(from, used.source)),
                   hash_end(network.populations[to.index].key, target, static_cast<std::uint32_t>(used.receptor)), used.q);
      rows_[first + cell_of(from, used.source)].push_back(
          {cells_.first(to.index) + target, static_cast<std::size_t>(used.receptor), used.q, cells_.grid().exact(used.delay_ms),
           static_cast<std::uint32_t>(&projection - network.projections.data())});
    });
  }
  for (std::uint32_t s = 0; s < network.sources.size(); ++s)
    if (network.sources[s].exact && network.sources[s].kind == CompiledSource::Kind::poisson)
      source_trains_.emplace_back(s, exact_trains(network, network.sources[s]));
  for (std::uint32_t i = 0; i < network.poisson.size(); ++i)
    if (network.populations[network.poisson[i].population].exact) {
      std::vector<std::uint32_t> all(network.poisson[i].count);
      std::iota(all.begin(), all.end(), 0u);
      private_trains_.emplace_back(i, exact_trains(network, network.poisson[i], std::move(all)));
    }
}

void ExactPart::announce(std::uint32_t cell) {
  if (const ExactTime t = cells_.ahead(cell); t != ExactCells::never) own_[t].push_back(cell);
}

void ExactPart::start() {
  for (std::uint32_t p = 0; p < network_.populations.size(); ++p) {
    const auto& population = network_.populations[p];
    if (!population.exact) continue;
    due_[p] = currents_.next_change(p, {});
    std::vector<CellCurrent> current(population.size);
    currents_.fill_exact(p, {}, 0, population.size, current.data());
    for (std::uint32_t i = 0; i < population.size; ++i) {
      const std::uint32_t cell = cells_.first(p) + i;
      if (cells_.start(cell, current[i]) > 0) started_.push_back(cell);
      announce(cell);
    }
  }
}

void ExactPart::change(std::uint32_t p, ExactTime t) {
  const auto& population = network_.populations[p];
  std::vector<CellCurrent> current(population.size);
  currents_.fill_exact(p, t, 0, population.size, current.data());
  for (std::uint32_t i = 0; i < population.size; ++i) {
    cells_.set_current(cells_.first(p) + i, t, current[i], ExactCells::never);
    announce(cells_.first(p) + i);
  }
}

/// Parameters have changed by the end of a step, after all that happened then.
void ExactPart::modulate(std::uint32_t p, ExactTime t) {
  const auto& population = network_.populations[p];
  cells_.set_parameters(p, t, modulator_.parameters(p));
  std::vector<CellCurrent> current(population.size);
  currents_.fill_exact(p, t, 0, population.size, current.data());
  for (std::uint32_t i = 0; i < population.size; ++i) {
    cells_.begin_under(cells_.first(p) + i, current[i], ExactCells::never);
    announce(cells_.first(p) + i);
  }
}

/// A weight as the projection's gain lets it through now.
std::int64_t ExactPart::gated(std::uint32_t projection, std::int64_t q) const {
  if (network_.projections[projection].gain < 0) return q;
  return grid_round(static_cast<double>(q), modulator_.projection_gain(projection));
}

void ExactPart::begin_step(std::int64_t n) {
  const ExactTime start{n - 1, 0}, end{n, 0};
  for (std::uint32_t p = 0; p < network_.populations.size(); ++p) {
    if (!network_.populations[p].exact) continue;
    if (modulator_.modulates_gain(p)) cells_.set_gain(p, modulator_.population_gain(p));
    if (modulator_.modulates(p) && cells_.are_new(p, modulator_.parameters(p))) modulate(p, start);
    else if (due_[p] <= start) change(p, start);
    for (due_[p] = currents_.next_change(p, start); due_[p] < end; due_[p] = currents_.next_change(p, due_[p]))
      changes_[due_[p]].push_back(p);
  }
  for (auto& [s, trains] : source_trains_)
    trains.step(n, [&, s = s](std::uint32_t k, ExactTime t) {
      trains_spikes_[s].push_back({t, k});
      send(first_of_source_[s] + k, 1, t, start);
    });
  for (auto& [i, trains] : private_trains_) {
    const CompiledPoisson& poisson = network_.poisson[i];
    const auto receptor = static_cast<std::size_t>(poisson.receptor);
    const double scale = 1 / network_.populations[poisson.population].grids[receptor].step();
    trains.step(n, [&](std::uint32_t k, ExactTime t) {
      const std::uint32_t cell = cells_.first(poisson.population) + poisson.first + k * poisson.stride;
      arrivals_[t].push_back({cell, receptor, grid_round(poisson.weight[k], scale)});
    });
  }
}

void ExactPart::send(std::uint32_t sender, std::uint32_t count, ExactTime t, ExactTime done) {
  learning_.delays(0).leave(sender, count, t);
  send_again(sender, count, t, done);
}

void ExactPart::arrive_later(const ExactDelaysPart::Sent& sent) {
  arrivals_[sent.arrival].insert(
      arrivals_[sent.arrival].end(), sent.count,
      {*exact_cell(sent.neuron), static_cast<std::size_t>(sent.receptor), sent.q, false, sent.projection});
}

std::optional<std::uint32_t> ExactPart::exact_cell(std::uint32_t neuron) const {
  const std::uint32_t p = network_.population_of(neuron);
  if (!network_.populations[p].exact) return std::nullopt;
  return cells_.first(p) + neuron - network_.populations[p].first;
}

void ExactPart::send_again(std::uint32_t sender, std::uint32_t count, ExactTime t, ExactTime done) {
  learning_.part(0).leave(sender, count, t, [&](ExactTime arrival, std::uint64_t id, std::uint32_t neuron) {
    const auto cell = exact_cell(neuron);
    if (!cell) {
      if (TimeGrid::step_of(arrival) > done.step) learning_.part(0).wait(arrival, id, count);
    } else if (arrival > done) {
      arrivals_[arrival].insert(arrivals_[arrival].end(), count, {*cell, 0, static_cast<std::int64_t>(id), true});
    }
  });
  if (rows_.empty()) return;
  for (const Synapse& synapse : rows_[sender])
    if (const ExactTime arrival = cells_.grid().add(t, synapse.delay); arrival > done)
      for (std::uint32_t k = 0; k < count; ++k)
        arrivals_[arrival].push_back({synapse.cell, synapse.receptor, synapse.q, false, synapse.projection});
}

void ExactPart::spiked(std::uint32_t cell, ExactTime t, int times, const Sent& sent) {
  const auto [population, index] = cells_.place(cell);
  if (times > 0) {
    learning_.part(0).post(network_.populations[population].first + index, t, times);
    learning_.delays(0).post(network_.populations[population].first + index, t, times);
  }
  for (; times > 0; --times) {
    spikes_[population].push_back({t, index});
    send(network_.populations[population].first + index, 1, t, t);
    sent(network_.populations[population].first + index, t);
  }
}

void ExactPart::run(ExactTime until, const Sent& sent) {
  for (const std::uint32_t cell : started_) spiked(cell, {}, 1, sent);
  started_.clear();
  for (;;) {
    ExactTime t = ExactCells::never;
    const auto earliest = [&](const auto& events) {
      if (!events.empty()) t = std::min(t, events.begin()->first);
    };
    earliest(own_), earliest(changes_), earliest(arrivals_);
    // What leaves at an instant has its delay when all of the instant is over.
    for (auto& delays = learning_.delays(0); delays.next() < t && delays.next() <= until; earliest(arrivals_))
      delays.tell([left = delays.next()](ExactTime time) { return time == left; },
                  [&](const ExactDelaysPart::Sent& sent) { arrive_later(sent); });
    if (t > until) return;
    while (!own_.empty() && own_.begin()->first == t) {  // a cell without refractory time may announce the same instant again
      const std::vector<std::uint32_t> cells = std::move(own_.extract(own_.begin()).mapped());
      for (const std::uint32_t cell : cells) {
        if (cells_.ahead(cell) != t) continue;
        spiked(cell, t, cells_.own(cell, ExactCells::never), sent);
        announce(cell);
      }
    }
    if (const auto at = changes_.find(t); at != changes_.end()) {
      for (const std::uint32_t p : at->second) change(p, t);
      changes_.erase(at);
    }
    if (const auto at = arrivals_.find(t); at != arrivals_.end()) arrive(t, std::move(arrivals_.extract(at).mapped()), sent);
  }
}

void ExactPart::arrive(ExactTime t, std::vector<Arrival> arrivals, const Sent& sent) {
  std::ranges::sort(arrivals, {}, &Arrival::cell);
  for (std::size_t k = 0; k < arrivals.size();) {
    const std::uint32_t cell = arrivals[k].cell;
    std::vector<std::int64_t> sums(network_.populations[cells_.place(cell).population].grids.size());
    std::vector<std::uint64_t> plastic;
    for (; k < arrivals.size() && arrivals[k].cell == cell; ++k) {
      const Arrival& each = arrivals[k];
      if (each.plastic) plastic.push_back(static_cast<std::uint64_t>(each.q));
      else sums[each.receptor] += each.projection < 0 ? each.q : gated(static_cast<std::uint32_t>(each.projection), each.q);
      if (each.delivery() && TimeGrid::step_of(t) > network_.warmup_steps) ++deliveries_;
    }
    each_group(plastic, [&](std::uint64_t id, std::uint32_t pres) {
      const auto given = learning_.part(0).arrive(t, id, pres);
      for (const std::int64_t q : given.q) sums[static_cast<std::size_t>(given.receptor)] += gated(given.projection, q);
    });
    spiked(cell, t, cells_.arrive(cell, t, sums.data(), ExactCells::never), sent);
    announce(cell);
  }
}

std::vector<ExactSpike> ExactPart::take_population(std::uint32_t p) {
  std::vector<ExactSpike> spikes = std::exchange(spikes_[p], {});
  std::ranges::sort(spikes);
  return spikes;
}

std::vector<ExactSpike> ExactPart::take_source(std::uint32_t s) {
  std::vector<ExactSpike> spikes = std::exchange(trains_spikes_[s], {});
  std::ranges::sort(spikes);
  return spikes;
}

ExactCells::Runaway ExactPart::runaway() const {
  ExactCells::Runaway first;
  for (std::uint32_t cell = 0; cell < cells_.count(); ++cell) first = std::min(first, cells_.runaway(cell));
  return first;
}

void ExactPart::save(ByteWriter& out, std::int64_t n) const {
  cells_.save(out);
  for (const auto* list : {&source_trains_, &private_trains_})
    for (const auto& [index, trains] : *list) ExactTrains::save(out, std::vector{&trains});
  learning_.save(out, n);
}

void ExactPart::load(ByteReader& in, std::int64_t n) {
  cells_.load(in, n);
  for (auto* list : {&source_trains_, &private_trains_})
    for (auto& [index, trains] : *list) ExactTrains::load(in, n, std::vector{&trains});
  learning_.load(in, n);
  forget_events();
  learning_.delays(0).under_way({n, 0}, [&](const ExactDelaysPart::Sent& sent) { arrive_later(sent); });
  for (std::uint32_t p = 0; p < network_.populations.size(); ++p)
    if (network_.populations[p].exact) due_[p] = currents_.next_change_from(p, n);
}

void ExactPart::restart(std::int64_t n) {
  cells_.restart(n);
  learning_.start_anew(n, {});
  forget_events();
}

/// All that is left to come is what the cells announce themselves.
void ExactPart::forget_events() {
  arrivals_.clear();
  own_.clear();
  changes_.clear();
  started_.clear();
  for (std::uint32_t cell = 0; cell < cells_.count(); ++cell) announce(cell);
}

}  // namespace spikeloom::reference
