// What one shard does in a step: admit, drain, update.
#include "backends/cpu/shard.hpp"

#include <algorithm>
#include <bit>
#include <cstdlib>
#include <cstring>
#include <type_traits>

#include "core/run/guards.hpp"

namespace spikeloom::cpu {
namespace {

void grow(CursorList* list) {
  const std::uint32_t capacity = std::max<std::uint32_t>(16, 2 * list->capacity);
  void* data = std::realloc(list->data, capacity * sizeof *list->data);
  if (data == nullptr) throw Error("memory", {}, "no memory for spikes in flight", Exit::run_failed);
  list->data = static_cast<const std::byte**>(data);
  list->capacity = capacity;
}

void append(CursorList& list, const std::byte* at) {
  if (list.count == list.capacity) grow(&list);
  list.data[list.count++] = at;
}

static_assert(RecordPiles::slack <= overread_bytes);

template <class Sum>
const DeliveryKernels<Sum>& delivery_of(const KernelTable& kernels) {
  if constexpr (std::is_same_v<Sum, std::int32_t>) return kernels.deliver_32;
  else return kernels.deliver_64;
}

}  // namespace

template <class Real, class Sum>
Shard<Real, Sum>::Shard(const Shared<Real, Sum>& shared, std::uint32_t index)
    : shared_(shared),
      index_(index),
      input_(plan().slots),
      plastic_(shared.plastic, index, input_.data()),
      moving_(shared.plastic, shared.moving, index, input_.data()),
      capacity_(std::max<std::size_t>(plan().cells, 1)),
      spikes_(capacity_ * spike_slots),
      current_(block_cells),
      gain_(block_cells) {
  const auto& network = shared.network;
  for (std::uint32_t p = 0; p < network.populations.size(); ++p) {
    const auto& population = network.populations[p];
    const Slice& slice = plan().slices[p];
    const std::size_t count = slice.end - slice.begin;
    Cells cells;
    for (std::size_t s = 0; s < population.initial.size(); ++s) {
      cells.states.emplace_back(count);
      for (std::size_t i = 0; i < count; ++i) cells.states[s][i] = static_cast<Real>(population.initial[s][slice.begin + i]);
    }
    for (const auto& grid : population.grids) cells.input_step.push_back(static_cast<Real>(grid.step()));
    cells_.push_back(std::move(cells));
    set_coefficients(p, population.coefficients);
  }
  std::fill_n(input_.data(), input_.size(), Sum{0});
  ring_ = std::bit_ceil(std::min(network.max_delay(), max_gap) + 1);
  for (const Bundle& bundle : shared.synapses.bundles) {
    due_.push_back({RecordPiles(bundle.copies ? ring_ : 0), std::vector<CursorList>(bundle.copies ? 0 : ring_)});
  }
}

template <class Real, class Sum>
Shard<Real, Sum>::~Shard() {
  for (auto& due : due_)
    for (auto& list : due.cursors) std::free(list.data);
}

template <class Real, class Sum>
void Shard<Real, Sum>::set_coefficients(std::uint32_t p, const std::vector<Column>& columns) {
  const Slice& slice = plan().slices[p];
  Cells& cells = cells_[p];
  cells.shared.resize(columns.size());
  cells.coefficients.resize(columns.size());
  for (std::size_t c = 0; c < columns.size(); ++c) {
    cells.shared[c] = static_cast<Real>(columns[c].constant);
    const std::size_t count = columns[c].uniform() ? 0 : slice.end - slice.begin;
    if (cells.coefficients[c].size() != count) cells.coefficients[c] = Lines<Real>(count);
    for (std::size_t i = 0; i < count; ++i) cells.coefficients[c][i] = static_cast<Real>(columns[c].each[slice.begin + i]);
  }
}

template <class Real, class Sum>
void Shard<Real, Sum>::refresh_coefficients() {
  for (std::uint32_t p = 0; p < cells_.size(); ++p)
    if (shared_.modulator.modulates(p)) set_coefficients(p, shared_.modulator.coefficients(p));
}

template <class Real, class Sum>
void Shard<Real, Sum>::push(std::size_t bundle, const std::byte* at, std::int64_t due) {
  if (shared_.synapses.bundles[bundle].copies) copy_row(bundle, at, due);
  else append(due_[bundle].cursors[static_cast<std::size_t>(due) & (ring_ - 1)], at);
}

template <class Real, class Sum>
void Shard<Real, Sum>::copy_row(std::size_t bundle, const std::byte* at, std::int64_t due) {
  const std::uint32_t size = record_bytes(shared_.synapses.bundles[bundle].form);
  RecordPiles& records = due_[bundle].records;
  for (auto step = static_cast<std::uint32_t>(due);;) {
    const std::uint32_t head = load_head(at), gap = head_gap(head);
    const std::size_t bytes = std::size_t{head_count(head)} * size;
    at += head_bytes;
    records.add(step & (ring_ - 1), at, bytes, size);
    at += bytes;
    if (gap == 0) return;
    if (gap != gap_same_step) step += gap;
  }
}

template <class Real, class Sum>
void Shard<Real, Sum>::admit(std::int64_t emitted, std::span<const std::uint32_t> ids) {
  plastic_.admit(emitted, ids);
  moving_.admit(emitted, ids);
  const auto& rows = shared_.synapses.rows[index_];
  for (std::size_t b = 0; b < rows.size(); ++b) {
    const auto& row = rows[b].row;
    const std::uint32_t first = shared_.synapses.bundles[b].first_id;
    for (std::size_t k = 0; k < ids.size(); ++k) {
      constexpr std::size_t ahead = 8;
      // Where the row lies is itself far away: it must be there by the time the row is to be fetched.
      if (k + 2 * ahead < ids.size() && ids[k + 2 * ahead] - first < row.size())
        __builtin_prefetch(&row[ids[k + 2 * ahead] - first]);
      if (k + ahead < ids.size() && ids[k + ahead] - first < row.size()) {
        const std::byte* const next = row[ids[k + ahead] - first];
        __builtin_prefetch(next);
        if (shared_.synapses.bundles[b].copies)  // the whole of a short row
          for (int line = 1; line < 4; ++line) __builtin_prefetch(next + 64 * line);
      }
      if (ids[k] - first >= row.size()) continue;
      const std::byte* const at = row[ids[k] - first];
      if (at == nullptr) continue;
      // The first run of a row is empty: its gap is the delay of the first synapses.
      push(b, at + head_bytes, emitted + head_gap(load_head(at)));
    }
  }
}

template <class Real, class Sum>
void Shard<Real, Sum>::admit_late(std::int64_t emitted, std::uint32_t id, std::uint32_t count, std::int64_t now) {
  const auto& bundles = shared_.synapses.bundles;
  for (std::size_t b = 0; b < bundles.size(); ++b) {
    const auto& row = shared_.synapses.rows[index_][b].row;
    if (id - bundles[b].first_id >= row.size() || row[id - bundles[b].first_id] == nullptr) continue;
    const std::byte* at = row[id - bundles[b].first_id];
    std::int64_t due = emitted;
    while (at != nullptr && due <= now) {
      const std::uint32_t head = load_head(at), gap = head_gap(head);
      at += head_bytes + std::size_t{head_count(head)} * record_bytes(bundles[b].form);
      if (gap == 0) at = nullptr;
      else if (gap != gap_same_step) due += gap;
    }
    for (std::uint32_t k = 0; at != nullptr && k < count; ++k) push(b, at, due);
  }
}

template <class Real, class Sum>
void Shard<Real, Sum>::clear_in_flight() {
  for (auto& due : due_) {
    for (auto& list : due.cursors) list.count = 0;
    due.records.clear();
  }
  std::fill_n(input_.data(), input_.size(), Sum{0});
}

template <class Real, class Sum>
void Shard<Real, Sum>::drain(std::int64_t n) {
  const auto now = static_cast<std::uint32_t>(static_cast<std::size_t>(n) & (ring_ - 1));
  const auto& kernels = delivery_of<Sum>(shared_.kernels);
  std::uint64_t events = plastic_.drain(n) + moving_.drain(n);
  for (std::size_t b = 0; b < due_.size(); ++b) {
    const Bundle& bundle = shared_.synapses.bundles[b];
    const auto form = static_cast<std::size_t>(bundle.form);
    const bool gated = bundle.gain >= 0;
    const double gain = gated ? shared_.modulator.projection_gain(static_cast<std::uint32_t>(bundle.gain)) : 1.0;
    const auto constant = static_cast<Sum>(bundle.constant);
    if (shared_.synapses.bundles[b].copies) {
      const auto deliver = (gated ? kernels.copied_gated : kernels.copied)[form];
      due_[b].records.take(now, [&](const std::byte* begin, const std::byte* end) {
        deliver({begin, end, input_.data(), constant, gain});
        events += static_cast<std::size_t>(end - begin) / record_bytes(bundle.form);
      });
    } else if (CursorList& due = due_[b].cursors[now]; due.count > 0) {
      const Delivery<Sum> delivery{&due, due_[b].cursors.data(), ring_ - 1, now, input_.data(), constant, gain, grow};
      events += (gated ? kernels.runs_gated : kernels.runs)[form](delivery);
      due.count = 0;
    }
  }
  events_[static_cast<std::size_t>(n) % spike_slots] = events;
}

template <class Real, class Sum>
void Shard<Real, Sum>::add_poisson(std::uint32_t p, std::int64_t n, std::uint32_t first, std::uint32_t last) {
  const Slice& slice = plan().slices[p];
  for (const std::uint32_t index : shared_.poisson_of[p]) {
    const auto& poisson = shared_.network.poisson[index];
    const auto segment =
        std::find_if(poisson.segments.rbegin(), poisson.segments.rend(), [&](const auto& s) { return s.from_step <= n; });
    if (segment == poisson.segments.rend()) continue;
    const auto& grid = shared_.network.populations[p].grids[static_cast<std::size_t>(poisson.receptor)];
    const double scale = 1.0 / grid.step();
    Sum* const input = input_.data() + slice.slot[static_cast<std::size_t>(poisson.receptor)];
    const bool plain = poisson.stride == 1 && segment->tables.size() == 1 && poisson.weight.uniform();
    if (plain) {
      const std::uint32_t from = std::max(first, poisson.first), to = std::min(last, poisson.first + poisson.count);
      const auto& ladder = shared_.ladders[index][segment->tables[0]];
      if (from >= to || poisson.tables[segment->tables[0]].threshold.empty()) continue;
      const PoissonBlock<Sum> block{ladder,
                                    poisson.key,
                                    n,
                                    from,
                                    to,
                                    input + (from - slice.begin),
                                    static_cast<Sum>(grid_round(poisson.weight.constant, scale))};
      if constexpr (std::is_same_v<Sum, std::int32_t>) shared_.kernels.poisson_32(block);
      else shared_.kernels.poisson_64(block);
      continue;
    }
    for (std::uint32_t cell = first; cell < last; ++cell) {
      if (cell < poisson.first || (cell - poisson.first) % poisson.stride != 0) continue;
      const std::uint32_t k = (cell - poisson.first) / poisson.stride;
      if (k >= poisson.count) continue;
      const auto& table = poisson.tables[segment->tables.size() == 1 ? segment->tables[0] : segment->tables[k]];
      const auto count = poisson_count(table, poisson.key, cell, n);
      if (count != 0) input[cell - slice.begin] += static_cast<Sum>(count * grid_round(poisson.weight[k], scale));
    }
  }
}

template <class Real, class Sum>
std::uint32_t Shard<Real, Sum>::step_block(std::uint32_t p, std::int64_t n, std::uint32_t first, std::uint32_t count,
                                           std::uint32_t* spikes) {
  constexpr std::size_t max_columns = 64;
  const Slice& slice = plan().slices[p];
  const Cells& cells = cells_[p];
  const std::uint32_t at = first - slice.begin;
  Real* states[max_columns];
  const Real* coefficients[max_columns];
  Sum* input[max_columns];
  Real input_step[max_columns];
  const Real* gain[max_columns];
  for (std::size_t s = 0; s < cells.states.size(); ++s) states[s] = cells.states[s].data() + at;
  for (std::size_t c = 0; c < cells.coefficients.size(); ++c)
    coefficients[c] = cells.coefficients[c].size() == 0 ? nullptr : cells.coefficients[c].data() + at;
  const Column& gains = shared_.modulator.population_gain(p);
  if (!gains.uniform())
    for (std::uint32_t i = 0; i < count; ++i) gain_[i] = static_cast<Real>(gains.each[first + i]);
  for (std::size_t r = 0; r < cells.input_step.size(); ++r) {
    input[r] = slice.slot[r] == no_slot ? nullptr : input_.data() + slice.slot[r] + at;
    input_step[r] =
        gains.uniform() ? static_cast<Real>(static_cast<double>(cells.input_step[r]) * gains.constant) : cells.input_step[r];
    gain[r] = gain_.data();
  }
  const bool same_current = shared_.currents.uniform(p);
  if (!same_current) shared_.currents.fill(p, n, first, count, current_.data());
  const Block<Real, Sum> block{count,
                               states,
                               coefficients,
                               cells.shared.data(),
                               input,
                               input_step,
                               gains.uniform() ? nullptr : gain,
                               same_current ? nullptr : current_.data(),
                               same_current ? shared_.currents.shared(p, n) : Real(0),
                               spikes};
  const std::uint32_t fired = shared_.step[p](block);
  const std::uint32_t id = shared_.network.populations[p].first + first;
  for (std::uint32_t k = 0; k < fired; ++k) spikes[k] += id;
  return fired;
}

template <class Real, class Sum>
void Shard<Real, Sum>::update(std::int64_t n) {
  const std::size_t slot = static_cast<std::size_t>(n) % spike_slots;
  std::uint32_t* const spikes = spikes_.data() + slot * capacity_;
  std::uint32_t count = 0;
  for (std::uint32_t p = 0; p < cells_.size(); ++p) {
    const Slice& slice = plan().slices[p];
    for (std::uint32_t first = slice.begin; first < slice.end; first += block_cells) {
      const std::uint32_t last = std::min(first + block_cells, slice.end);
      add_poisson(p, n, first, last);
      count += step_block(p, n, first, last - first, spikes + count);
    }
  }
  spike_count_[slot] = count;
  plastic_.posts(n, {spikes, count});
  moving_.posts(n, {spikes, count});
}

template <class Real, class Sum>
Real& Shard<Real, Sum>::state(std::uint32_t population, int state, std::uint32_t cell) {
  return cells_[population].states[static_cast<std::size_t>(state)][cell - plan().slices[population].begin];
}

template <class Real, class Sum>
void Shard<Real, Sum>::check_state(std::uint32_t p, std::size_t state, std::int64_t n) const {
  const auto& column = cells_[p].states[state];
  check_finite(shared_.network, p, state, column.data(), column.size(), n, plan().slices[p].begin);
}

template class Shard<float, std::int32_t>;
template class Shard<float, std::int64_t>;
template class Shard<double, std::int64_t>;

}  // namespace spikeloom::cpu
