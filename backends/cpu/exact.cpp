// Epochs of exact cells; exact.hpp says what runs when.
#include "backends/cpu/exact.hpp"

#include <algorithm>
#include <atomic>
#include <utility>

#include "backends/cpu/exact_shard.hpp"

namespace spikeloom::cpu {

namespace {

void sort_by_time(std::vector<Event>& events) {
  const auto before = [](const Event& a, const Event& b) {
    return a.time.step != b.time.step ? a.time.step < b.time.step : a.time.offset_ms < b.time.offset_ms;
  };
  if (events.size() > 24) return std::sort(events.begin(), events.end(), before);
  for (std::size_t i = 1; i < events.size(); ++i)
    for (std::size_t k = i; k > 0 && before(events[k], events[k - 1]); --k) std::swap(events[k], events[k - 1]);
}

}  // namespace

/// Monotone in t, and one more at least where t is later by the shortest delay. Every arrival asks, so it is always inlined.
[[gnu::always_inline]] inline std::int64_t ExactEngine::epoch_of(ExactTime t) const {
  const std::int64_t step = std::max<std::int64_t>(TimeGrid::step_of(t), 1) - 1;
  if (epoch_.steps == 1) return step;
  if (epoch_.steps > 1) {
    constexpr std::int64_t far = std::int64_t{1} << 50;  // below it the product is exact enough, and much faster than a division
    return step < far ? static_cast<std::int64_t>((static_cast<double>(step) + 0.5) * per_epoch_) : step / epoch_.steps;
  }
  const double scaled = t.offset_ms / network_.step_ms * static_cast<double>(epoch_.parts);
  std::int64_t part = static_cast<std::int64_t>(scaled);
  if (static_cast<double>(part) == scaled) --part;                 // parts contain their end
  if (t.offset_ms == 0) part = t.step > 0 ? epoch_.parts - 1 : 0;  // time 0 comes before all parts, and joins the first
  return step * epoch_.parts + std::clamp<std::int64_t>(part, 0, epoch_.parts - 1);
}

/// The epoch of the instant that follows t.
std::int64_t ExactEngine::epoch_after(ExactTime t) const {
  if (epoch_.steps >= 1) return t.step / epoch_.steps;
  const double scaled = t.offset_ms / network_.step_ms * static_cast<double>(epoch_.parts);
  return t.step * epoch_.parts + std::min(static_cast<std::int64_t>(scaled), epoch_.parts - 1);
}

/// How far a cell that is asked in epoch e should look: to the end of it at least.
ExactTime ExactEngine::look_until(std::int64_t e) const {
  return {epoch_.steps >= 1 ? (e + 1) * epoch_.steps : e / epoch_.parts + 1, 0};
}

/// Unless somebody will look anyway; epoch `begun` has been begun, so that who was to look in it has looked.
void ExactEngine::wake(Shard& shard, std::uint32_t cell, std::int64_t begun) {
  const ExactTime t = cells_.ahead(cell);
  if (t == ExactCells::never) {
    if (cells_.has_stopped(cell)) shard.runaway = std::min(shard.runaway, cells_.runaway(cell));
    return;
  }
  const std::int64_t e = cells_.asks(cell) ? epoch_after(t) : epoch_of(t);
  if (woken_[cell] == e && e != begun) return;
  woken_[cell] = e;
  shard.calendar.add(e, {t, 0, cell, Event::wake});
}

void ExactEngine::start() {
  for (std::uint32_t p = 0; p < network_.populations.size(); ++p) {
    const auto& population = network_.populations[p];
    if (!population.exact) continue;
    due_[p] = currents_.next_change(p, {});
    std::vector<CellCurrent> current(population.size);
    currents_.fill_exact(p, {}, 0, population.size, current.data());
    constexpr std::uint32_t ahead = 16;
    for (std::uint32_t i = 0; i < population.size; ++i) {
      const std::uint32_t cell = cells_.first(p) + i;
      if (i + ahead < population.size) cells_.prefetch(cell + ahead);
      Shard& shard = *shards_[shard_of_[cell]];
      if (cells_.start(cell, current[i]) > 0) {
        if (shard.learning != nullptr) shard.learning->post(sender_of_[cell], {}, 1);
        if (shard.delays != nullptr) shard.delays->post(sender_of_[cell], {}, 1);
        shard.all_spikes.push_back({{}, sender_of_[cell], 1});
        outside_.push_back(shard.all_spikes.back());
        for (auto& each : shards_) leave_by_delays(*each, outside_.back());
      }
      wake(shard, cell, -1);
    }
  }
  collect();
}

std::int64_t ExactEngine::chunk_end(std::int64_t n) const {
  std::int64_t end = INT64_MAX;
  for (std::uint32_t p = 0; p < network_.populations.size(); ++p) {
    if (!network_.populations[p].exact) continue;
    const ExactTime next = due_[p] > ExactTime{n, 0} ? due_[p] : currents_.next_change(p, {n, 0});
    end = std::min(end, std::max(next.step, n + 1));
  }
  return end;
}

std::int64_t ExactEngine::idle_until(std::int64_t n) const {
  std::int64_t until = outside_.empty() ? INT64_MAX : n;
  for (std::uint32_t p = 0; p < network_.populations.size(); ++p)
    if (network_.populations[p].exact) until = std::min(until, due_[p].step);
  for (const auto& shard : shards_) {
    if (!shard->privates.empty()) return n;  // trains are drawn step by step
    const std::int64_t e = next_epoch(*shard);
    if (e != Calendar::none) until = std::min(until, epoch_.steps >= 1 ? e * epoch_.steps : e / epoch_.parts);
  }
  return std::max(until, n);
}

void ExactEngine::change(std::uint32_t p, ExactTime t) {
  const auto& population = network_.populations[p];
  std::vector<CellCurrent> current(population.size);
  currents_.fill_exact(p, t, 0, population.size, current.data());
  for (std::uint32_t i = 0; i < population.size; ++i) {
    const std::uint32_t cell = cells_.first(p) + i;
    Shard& shard = *shards_[shard_of_[cell]];
    shard.calendar.add(epoch_of(t), {t, static_cast<std::int64_t>(changes_.size()), cell, Event::change});
    changes_.push_back(current[i]);
  }
}

void ExactEngine::change_now(std::uint32_t p, ExactTime t, bool parameters_too) {
  const auto& population = network_.populations[p];
  if (parameters_too) cells_.set_parameters(p, t, modulator_.parameters(p));
  std::vector<CellCurrent> current(population.size);
  currents_.fill_exact(p, t, 0, population.size, current.data());
  const ExactTime horizon = look_until(epoch_after(t));
  for (std::uint32_t i = 0; i < population.size; ++i) {
    const std::uint32_t cell = cells_.first(p) + i;
    if (parameters_too) cells_.begin_under(cell, current[i], horizon);
    else cells_.set_current(cell, t, current[i], horizon);
    wake(*shards_[shard_of_[cell]], cell, epoch_of(t));
  }
}

/// A weight as the projection's gain lets it through now.
std::int64_t ExactEngine::gated(std::uint32_t projection, std::int64_t q) const {
  if (network_.projections[projection].gain < 0) return q;
  return grid_round(static_cast<double>(q), modulator_.projection_gain(projection));
}

void ExactEngine::begin(std::int64_t n, std::int64_t end) {
  const ExactTime start{n, 0};
  changes_.clear();
  for (std::uint32_t p = 0; p < network_.populations.size(); ++p) {
    if (!network_.populations[p].exact) continue;
    if (modulator_.modulates_gain(p)) cells_.set_gain(p, modulator_.population_gain(p));
    const bool modulated = modulator_.modulates(p) && cells_.are_new(p, modulator_.parameters(p));
    if (modulated || due_[p] <= start) change_now(p, start, modulated);
    if (due_[p] <= start) due_[p] = currents_.next_change(p, start);
    for (; due_[p] < ExactTime{end, 0}; due_[p] = currents_.next_change(p, due_[p])) change(p, due_[p]);
  }
}

void ExactEngine::draw(std::uint32_t s, std::int64_t n, std::vector<ExactSpike>& out) {
  out.clear();
  trains_[s]->step(n, [&](std::uint32_t k, ExactTime t) { out.push_back({t, k}); });
  std::sort(out.begin(), out.end());
}

void ExactEngine::draw_private(Shard& shard, std::int64_t until) {
  if (shard.privates.empty()) shard.drawn = until;
  for (; shard.drawn < until; ++shard.drawn)
    for (auto& part : shard.privates)
      part.trains->step(shard.drawn + 1, [&](std::uint32_t k, ExactTime t) {
        shard.calendar.add(epoch_of(t), {t, part.q[k], part.cell[k], static_cast<std::uint32_t>(part.poisson->receptor)});
      });
}

template <class Row>
void ExactEngine::deliver_row(Shard& shard, const Row& row, const Spike& spike) const {
  const std::size_t end = row.first[spike.sender + 1];
  const ExactTime begun = now_;
  const auto* const synapses = row.synapses;
  for (std::size_t k = row.first[spike.sender]; k < end; ++k) {
    const auto& synapse = synapses[k];
    __builtin_prefetch(&synapses[k + 24]);
    const ExactTime t = cells_.grid().add(spike.time, {synapse.step, synapse.offset_ms});
    if (t <= begun) continue;  // sent again after a load: that one has arrived
    const Event event{t, synapse.q, synapse.cell, synapse.receptor | Event::delivery | gate_of(synapse) << Event::gate_shift};
    const std::int64_t e = epoch_of(t);
    for (std::uint32_t i = 0; i < spike.count; ++i) shard.calendar.add(e, event);
  }
}

void ExactEngine::deliver(Shard& shard, const Spike& spike) {
  const ExactTime begun = now_;
  deliver_row(shard, shard.row, spike);
  if (!shard.gated.empty()) deliver_row(shard, shard.gated, spike);
  if (shard.learning == nullptr) return;
  shard.learning->leave(spike.sender, spike.count, spike.time, [&](ExactTime t, std::uint64_t id, std::uint32_t neuron) {
    if (t <= begun) return;
    const Event event{t, static_cast<std::int64_t>(id), cell_of_[neuron], Event::plastic | Event::delivery};
    for (std::uint32_t i = 0; i < spike.count; ++i) shard.calendar.add(epoch_of(t), event);
  });
}

/// What arrives at plastic synapses of one cell at t.
void ExactEngine::take_plastic(Shard& shard, ExactTime t, std::int64_t* sums) const {
  each_group(shard.plastic, [&](std::uint64_t id, std::uint32_t pres) {
    const auto sent = shard.learning->arrive(t, id, pres);
    for (const std::int64_t q : sent.q) sums[sent.receptor] += gated(sent.projection, q);
  });
  shard.plastic.clear();
}

void ExactEngine::send(const Spike& spike) {
  for (auto& shard : shards_) leave_by_delays(*shard, spike);
  send_again(spike);
}

void ExactEngine::send_again(const Spike& spike) {
  if (outside_.empty())  // run() fetches the rows of the others one ahead
    for (auto& shard : shards_) shard->row.prefetch(spike.sender);
  outside_.push_back(spike);
  leave(spike);
}

void ExactEngine::leave_by_delays(Shard& shard, const Spike& spike) const {
  if (shard.delays != nullptr) shard.delays->leave(spike.sender, spike.count, spike.time);
}

/// When everything up to those departures has happened.
template <class Due>
void ExactEngine::tell_delays(Shard& shard, const Due& due) {
  if (shard.delays == nullptr) return;
  shard.delays->tell(due, [&](const ExactDelaysPart::Sent& sent) { arrive_later(shard, sent); });
}

void ExactEngine::arrive_later(Shard& shard, const ExactDelaysPart::Sent& sent) const {
  const Event event{sent.arrival, sent.q, cell_of_[sent.neuron],
                    static_cast<std::uint32_t>(sent.receptor) | Event::delivery | gate_of_[sent.projection] << Event::gate_shift};
  for (std::uint32_t k = 0; k < sent.count; ++k) shard.calendar.add(epoch_of(sent.arrival), event);
}

/// The first epoch with an event, or a departure to be told.
std::int64_t ExactEngine::next_epoch(const Shard& shard) const {
  const std::int64_t e = shard.calendar.next();
  if (shard.delays == nullptr || shard.delays->next() == ExactDelaysPart::never) return e;
  return std::min(e, epoch_of(shard.delays->next()));
}

/// Synapses onto stepped cells hear of it at once.
void ExactEngine::leave(const Spike& spike) {
  for (auto k = static_cast<std::uint32_t>(shards_.size()); k < learning_.parts(); ++k) {
    ExactLearningPart& part = learning_.part(k);
    part.leave(spike.sender, spike.count, spike.time, [&](ExactTime t, std::uint64_t id, std::uint32_t) {
      if (TimeGrid::step_of(t) > now_.step) part.wait(t, id, spike.count);
    });
  }
}

std::uint64_t ExactEngine::give(Team& team, std::int64_t n, const Give& take) {
  std::atomic<std::uint64_t> given{0};
  const auto first = static_cast<std::uint32_t>(shards_.size());
  const auto work = [&](std::uint32_t thread, std::uint32_t threads) {
    for (std::uint32_t k = first + thread; k < learning_.parts(); k += threads)
      learning_.part(k).arrive_in(n, [&](const ExactLearningPart::Sent& sent) {
        take(sent);
        given.fetch_add(sent.q.size(), std::memory_order_relaxed);
      });
  };
  bool any = false;
  for (std::uint32_t k = first; k < learning_.parts(); ++k) any = any || learning_.part(k).arrives_in(n);
  if (!any) return 0;
  if (first == 1 || team.size() == 1) work(0, 1);
  else team.run([&](int thread) { work(static_cast<std::uint32_t>(thread), static_cast<std::uint32_t>(team.size())); });
  return given;
}

void ExactEngine::post(std::uint32_t neuron, std::int64_t n) {
  for (auto k = static_cast<std::uint32_t>(shards_.size()); k < learning_.parts(); ++k) learning_.part(k).post(neuron, {n, 0}, 1);
}

std::vector<SpikeInFlight> ExactEngine::unheard() const {
  std::vector<SpikeInFlight> spikes;
  for (const Spike& spike : outside_) spikes.push_back({spike.time.step, spike.sender, spike.count, spike.time.offset_ms});
  return spikes;
}

/// The life of one cell through its events of epoch e, which are in order of time and no wakes. `horizon`: the end of the epoch.
void ExactEngine::live(Shard& shard, std::uint32_t cell, std::span<const Event> events, std::int64_t e, ExactTime until,
                       ExactTime horizon) {
  const auto spiked = [&](ExactTime t, int times) {
    if (times > 0 && shard.learning != nullptr) shard.learning->post(sender_of_[cell], t, times);
    if (times > 0 && shard.delays != nullptr) shard.delays->post(sender_of_[cell], t, times);
    for (; times > 0; --times) shard.spikes.push_back({t, sender_of_[cell], 1});
  };
  const std::size_t receptors = cells_.receptors(cell);
  std::size_t k = 0;
  for (;;) {
    const ExactTime next = k < events.size() ? events[k].time : ExactCells::never, look = std::min(next, horizon);
    const ExactTime own = cells_.ahead(cell);
    if (cells_.asks(cell) ? own < look : own <= next && own <= until && own != ExactCells::never && epoch_of(own) <= e) {
      spiked(own, cells_.own(cell, look));
      continue;
    }
    if (k == events.size()) break;
    std::int64_t sums[ExactCells::most_receptors];
    sums[0] = sums[1] = 0;  // nearly all cells have no more; memset() would make what follows wait for its store
    if (receptors > 2) std::fill_n(sums + 2, receptors - 2, 0);
    bool arrives = false;
    const bool counts = TimeGrid::step_of(next) > network_.warmup_steps;
    for (; k < events.size() && events[k].time == next; ++k) {
      const Event& event = events[k];
      if (event.what == Event::change) {
        cells_.set_current(cell, next, changes_[static_cast<std::size_t>(event.q)], look);
        continue;
      }
      if (event.what < Event::plastic) sums[event.what & Event::receptor] += event.q;
      else if ((event.what & Event::plastic) != 0) shard.plastic.push_back(static_cast<std::uint64_t>(event.q));
      else sums[event.what & Event::receptor] += gated(gates_[(event.what >> Event::gate_shift) - 1], event.q);
      arrives = true;
      if (counts && (event.what & Event::delivery) != 0) ++shard.deliveries;
    }
    if (!shard.plastic.empty()) take_plastic(shard, next, sums);
    if (arrives) spiked(next, cells_.arrive(cell, next, sums, k < events.size() ? std::min(events[k].time, horizon) : horizon));
  }
  if (cells_.ahead(cell) != ExactCells::never || cells_.has_stopped(cell)) wake(shard, cell, e);
}

void ExactEngine::process(Shard& shard, std::int64_t e, ExactTime until) {
  auto& events = shard.events;
  shard.calendar.take(e, events);
  if (epoch_of(until) == e) {  // the rest of the epoch comes with a later run
    // A wake stands for whatever its cell has announced since, which may come before the wake's own time.
    const auto due = [&](const Event& event) {
      return (event.what == Event::wake ? std::min(event.time, cells_.ahead(event.cell)) : event.time) <= until;
    };
    const auto later = std::partition(events.begin(), events.end(), due);
    for (auto at = later; at != events.end(); ++at) shard.calendar.add(e, *at);
    events.erase(later, events.end());
  }
  constexpr std::size_t ahead = 16;
  shard.following.resize(events.size());
  for (std::size_t k = 0; k < events.size(); ++k) {
    if (k + ahead < events.size()) __builtin_prefetch(&first_event_[events[k + ahead].cell], 1);
    const std::uint32_t cell = events[k].cell;
    shard.following[k] = std::exchange(first_event_[cell], static_cast<std::uint32_t>(k) + 1);
    shard.marks.add(cell);
  }
  shard.marks.take(shard.cells);
  const ExactTime horizon = look_until(e);
  for (std::size_t i = 0; i < std::min(ahead, shard.cells.size()); ++i) cells_.prefetch(shard.cells[i]);
  for (std::size_t i = 0; i < shard.cells.size(); ++i) {
    if (i + ahead < shard.cells.size()) {
      cells_.prefetch(shard.cells[i + ahead]);
      __builtin_prefetch(&events[first_event_[shard.cells[i + ahead / 2]] - 1]);
    }
    const std::uint32_t cell = shard.cells[i];
    const std::uint32_t first = std::exchange(first_event_[cell], 0);
    if (shard.following[first - 1] == 0 && events[first - 1].what != Event::wake) {
      live(shard, cell, {&events[first - 1], 1}, e, until, horizon);
      continue;
    }
    auto& own = shard.own;
    own.clear();
    for (std::uint32_t k = first; k != 0; k = shard.following[k - 1])
      if (events[k - 1].what != Event::wake) own.push_back(events[k - 1]);
    sort_by_time(own);
    live(shard, cell, own, e, until, horizon);
  }
}

void ExactEngine::work(std::size_t thread, std::size_t threads, ExactTime until) {
  const std::int64_t last = epoch_of(until), last_step = TimeGrid::step_of(until);
  for (std::size_t s = thread; s < shards_.size(); s += threads) {
    Shard& shard = *shards_[s];
    draw_private(shard, last_step);
    for (std::size_t k = 0; k < outside_.size(); ++k) {
      if (k + 1 < outside_.size()) shard.row.prefetch(outside_[k + 1].sender);
      deliver(shard, outside_[k]);
    }
    shard.next[0] = next_epoch(shard);
  }
  for (std::size_t turn = 0;; turn ^= 1) {
    meeting_->wait();
    std::int64_t e = Calendar::none;
    for (const auto& shard : shards_) e = std::min(e, shard->next[turn]);
    if (e > last) return;
    for (std::size_t s = thread; s < shards_.size(); s += threads) {
      Shard& shard = *shards_[s];
      shard.spikes.clear();
      process(shard, e, until);
      shard.all_spikes.insert(shard.all_spikes.end(), shard.spikes.begin(), shard.spikes.end());
    }
    meeting_->wait();
    for (std::size_t s = thread; s < shards_.size(); s += threads) {
      Shard& shard = *shards_[s];
      for (const auto& other : shards_)
        for (std::size_t k = 0; k < other->spikes.size(); ++k) {
          if (k + 1 < other->spikes.size()) shard.row.prefetch(other->spikes[k + 1].sender);
          deliver(shard, other->spikes[k]);
          leave_by_delays(shard, other->spikes[k]);
        }
      tell_delays(shard, [&](ExactTime t) { return t <= until && epoch_of(t) <= e; });
      const std::int64_t next = next_epoch(shard);
      shard.next[turn ^ 1] = next == e ? Calendar::none : next;  // what is left of this epoch is after `until`
    }
  }
}

void ExactEngine::run(Team& team, ExactTime until) {
  const std::size_t threads = std::min(static_cast<std::size_t>(team.size()), shards_.size());
  if (meeting_ == nullptr || meeting_->threads != static_cast<std::ptrdiff_t>(threads))
    meeting_ = std::make_unique<Meeting>(static_cast<std::ptrdiff_t>(threads));
  if (threads == 1) work(0, 1, until);
  else
    team.run([&](int thread) {
      if (static_cast<std::size_t>(thread) < threads) work(static_cast<std::size_t>(thread), threads, until);
    });
  outside_.clear();
  now_ = until;
  collect();
}

void ExactEngine::collect() {
  for (std::size_t p = 0; p < spikes_.size(); ++p) {
    spikes_[p].erase(spikes_[p].begin(), spikes_[p].begin() + static_cast<std::ptrdiff_t>(taken_[p]));
    taken_[p] = 0;
  }
  for (auto& shard : shards_) {
    for (const Spike& spike : shard->all_spikes) {
      leave(spike);
      const std::uint32_t p = network_.population_of(spike.sender);
      spikes_[p].push_back({spike.time, spike.sender - network_.populations[p].first});
    }
    shard->all_spikes.clear();
  }
  for (auto& spikes : spikes_) std::sort(spikes.begin(), spikes.end());
}

std::span<const ExactSpike> ExactEngine::take(std::uint32_t population, std::int64_t n) {
  const auto& spikes = spikes_[population];
  std::size_t& taken = taken_[population];
  const std::size_t first = taken;
  while (taken < spikes.size() && TimeGrid::step_of(spikes[taken].time) <= n) ++taken;
  return {spikes.data() + first, taken - first};
}

std::uint64_t ExactEngine::take_deliveries() {
  std::uint64_t sum = 0;
  for (auto& shard : shards_) sum += std::exchange(shard->deliveries, 0);
  return sum;
}

ExactCells::Runaway ExactEngine::runaway() const {
  ExactCells::Runaway first;
  for (const auto& shard : shards_) first = std::min(first, shard->runaway);
  return first;
}

void ExactEngine::set_state(std::uint32_t population, std::uint32_t cell, std::size_t state, ExactTime t, double value) {
  const std::uint32_t number = cells_.first(population) + cell;
  cells_.set_state(number, state, t, value);
  wake(*shards_[shard_of_[number]], number, epoch_of(t));
}

void ExactEngine::save(ByteWriter& out) const {
  cells_.save(out);
  for (const auto& trains : trains_)
    if (trains != nullptr) ExactTrains::save(out, std::vector<const ExactTrains*>{trains.get()});
  for (std::size_t i = 0; i < shards_[0]->privates.size(); ++i) {
    std::vector<const ExactTrains*> parts;
    for (const auto& shard : shards_) parts.push_back(shard->privates[i].trains.get());
    ExactTrains::save(out, parts);
  }
  learning_.save(out, now_.step);
}

void ExactEngine::load(ByteReader& in, std::int64_t n) {
  cells_.load(in, n);
  for (const auto& trains : trains_)
    if (trains != nullptr) ExactTrains::load(in, n, std::vector{trains.get()});
  for (std::size_t i = 0; i < shards_[0]->privates.size(); ++i) {
    std::vector<ExactTrains*> parts;
    for (const auto& shard : shards_) parts.push_back(shard->privates[i].trains.get());
    ExactTrains::load(in, n, parts);
  }
  learning_.load(in, n);
  forget_events(n);
  for (auto& shard : shards_)
    if (shard->delays != nullptr)
      shard->delays->under_way(now_, [&](const ExactDelaysPart::Sent& sent) { arrive_later(*shard, sent); });
  for (std::uint32_t p = 0; p < network_.populations.size(); ++p)
    if (network_.populations[p].exact) due_[p] = currents_.next_change_from(p, n);
}

void ExactEngine::restart(std::int64_t n) {
  cells_.restart(n);
  learning_.start_anew(n, unheard());
  forget_events(n);
}

/// All that is left to come is what the cells announce themselves.
void ExactEngine::forget_events(std::int64_t n) {
  now_ = {n, 0};
  outside_.clear();
  for (auto& shard : shards_) {
    shard->calendar.clear(epoch_of(now_));
    shard->drawn = n;
    shard->runaway = {};
    shard->all_spikes.clear();
  }
  std::fill(woken_.begin(), woken_.end(), -1);
  for (std::size_t p = 0; p < spikes_.size(); ++p) spikes_[p].clear(), taken_[p] = 0;
  for (std::uint32_t cell = 0; cell < cells_.count(); ++cell) wake(*shards_[shard_of_[cell]], cell, -1);
}

}  // namespace spikeloom::cpu
