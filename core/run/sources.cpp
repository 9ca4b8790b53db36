// Spikes of lists, Poisson sources and the caller, step by step, the same for every backend.
#include "core/run/sources.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <limits>

#include "core/compile/steps.hpp"

namespace spikeloom {

namespace {

constexpr std::int64_t never = std::numeric_limits<std::int64_t>::max();

void add_spike(std::vector<SourceSpike>& out, std::uint32_t cell, std::uint32_t count) {
  if (!out.empty() && out.back().cell == cell) out.back().count += count;
  else out.push_back({cell, count});
}

/// Of spikes that stood in order of time.
void order_by_cell(std::vector<SourceSpike>& out) {
  if (out.size() < 2) return;
  std::ranges::stable_sort(out, {}, &SourceSpike::cell);
  std::size_t kept = 0;
  for (std::size_t i = 1; i < out.size(); ++i)
    if (out[i].cell == out[kept].cell) out[kept].count += out[i].count;
    else out[++kept] = out[i];
  out.resize(kept + 1);
}

void list_spikes(const CompiledSource& source, std::int64_t n, std::vector<SourceSpike>& out) {
  const auto first = std::lower_bound(source.steps.begin(), source.steps.end(), n);
  for (auto i = static_cast<std::size_t>(first - source.steps.begin()); i < source.steps.size() && source.steps[i] == n; ++i)
    add_spike(out, source.cells[i], 1);
  if (source.exact) order_by_cell(out);
}

void poisson_spikes(const CompiledSource& source, std::int64_t n, std::vector<SourceSpike>& out) {
  const auto* segment = segment_at(source.segments, n);
  if (segment == nullptr) return;
  for (std::uint32_t cell = 0; cell < source.size; ++cell) {
    const std::uint32_t table = segment->tables[segment->tables.size() == 1 ? 0 : cell];
    if (const auto count = poisson_count(source.tables[table], source.key, cell, n); count > 0) out.push_back({cell, count});
  }
}

/// A time of the caller's, which must not lie before the present. Between two steps it stays where it is for exact targets.
ExactTime time_of(const CompiledNetwork& network, bool exact, double ms, ExactTime present, const Where& where) {
  const TimeGrid grid(network.step_ms);
  const double now = present.offset_ms > 0 ? grid.ms_of(present) : network.ms_of(present.step);
  if (!(ms >= now) || !(ms / network.step_ms < static_cast<double>(max_steps)))
    throw Error("range", where, "a spike can be given only for a time that is still to come")
        .with_value(fmt::format("{} ms", ms))
        .with_allowed(fmt::format("from {} ms on", now));
  return exact ? std::max(grid.exact(ms), present) : ExactTime{StepGrid(network.step_ms).ceil(ms), 0};
}

/// Refuses more spikes of one cell within a step than were declared: input sums would overflow.
void require_multiplicity(const CompiledSource& source, const std::vector<ExactSpike>& given, const Where& where) {
  std::vector<std::pair<std::int64_t, std::uint32_t>> steps;
  for (const ExactSpike& spike : given) steps.emplace_back(TimeGrid::step_of(spike.time), spike.cell);
  std::sort(steps.begin(), steps.end());
  for (std::size_t i = source.multiplicity; i < steps.size(); ++i)
    if (steps[i] == steps[i - source.multiplicity])
      throw Error("range", where, "neuron " + std::to_string(steps[i].second) + " is given more spikes in one step than declared")
          .with_allowed("at most " + std::to_string(source.multiplicity) + " per step");
}

}  // namespace

const CompiledPoisson::Segment* segment_at(std::span<const CompiledPoisson::Segment> segments, std::int64_t n) {
  const auto next = std::upper_bound(segments.begin(), segments.end(), n,
                                     [](std::int64_t step, const auto& segment) { return step < segment.from_step; });
  return next == segments.begin() ? nullptr : &*(next - 1);
}

SourceRunner::SourceRunner(const CompiledNetwork& network) : network_(network), external_(network.sources.size()) {}

void SourceRunner::spikes(std::uint32_t s, std::int64_t n, std::vector<SourceSpike>& out) const {
  out.clear();
  const auto& source = network_.sources[s];
  switch (source.kind) {
    case CompiledSource::Kind::list: return list_spikes(source, n, out);
    case CompiledSource::Kind::poisson: return poisson_spikes(source, n, out);
    case CompiledSource::Kind::external: break;
  }
  for (auto i = given_from(s, n); i != external_[s].end() && i->time.step == n; ++i) add_spike(out, i->cell, 1);
  if (source.exact) order_by_cell(out);
}

std::vector<ExactSpike>::const_iterator SourceRunner::given_from(std::uint32_t s, std::int64_t n) const {
  return std::ranges::lower_bound(external_[s], ExactSpike{{n, 0}, 0});
}

std::int64_t SourceRunner::next_given(std::int64_t n) const {
  std::int64_t next = never;
  for (std::uint32_t s = 0; s < external_.size(); ++s)
    if (const auto later = given_from(s, n + 1); later != external_[s].end()) next = std::min(next, later->time.step);
  return next;
}

void SourceRunner::exact_spikes(std::uint32_t s, std::int64_t n, std::vector<ExactSpike>& out) const {
  out.clear();
  const auto& source = network_.sources[s];
  const auto first = std::lower_bound(source.steps.begin(), source.steps.end(), n);
  for (auto i = static_cast<std::size_t>(first - source.steps.begin()); i < source.steps.size() && source.steps[i] == n; ++i)
    out.push_back({source.times[i], source.cells[i]});
}

std::span<const ExactSpike> SourceRunner::given(std::uint32_t s, ExactTime from, ExactTime to) const {
  const auto first = std::ranges::lower_bound(external_[s], ExactSpike{from, 0});
  return {first, std::ranges::lower_bound(first, external_[s].end(), ExactSpike{to, 0})};
}

std::int64_t SourceRunner::next_step_with_spikes(std::int64_t n) const {
  std::int64_t next = never;
  for (std::size_t s = 0; s < network_.sources.size(); ++s) {
    const auto& source = network_.sources[s];
    if (source.kind == CompiledSource::Kind::poisson) return n + 1;
    const auto later = std::upper_bound(source.steps.begin(), source.steps.end(), n);
    if (later != source.steps.end()) next = std::min(next, *later);
  }
  return std::min(next, next_given(n));
}

void SourceRunner::emit(std::uint32_t s, ExactTime now, std::span<const std::uint32_t> cells, std::span<const double> times_ms) {
  const auto& source = network_.sources[s];
  const Where where{"/inputs/" + source.name, 0, 0};
  if (source.kind != CompiledSource::Kind::external)
    throw Error("conflict", where, "spikes can be given only to an external input");
  if (!times_ms.empty() && times_ms.size() != cells.size())
    throw Error("range", where, "spikes at times of their own need one time each")
        .with_value(std::to_string(times_ms.size()))
        .with_allowed(std::to_string(cells.size()));
  auto given = external_[s];
  std::erase_if(given, [now](const ExactSpike& spike) { return spike.time.step < now.step; });
  for (std::size_t i = 0; i < cells.size(); ++i) {
    if (cells[i] >= source.size)
      throw Error("range", where, "neuron " + std::to_string(cells[i]) + " is not in this input")
          .with_value(std::to_string(cells[i]))
          .with_allowed(source.size == 0 ? "none (the input is empty)" : "0 .. " + std::to_string(source.size - 1));
    const ExactTime present = source.exact ? now : ExactTime{TimeGrid::step_of(now), 0};
    given.push_back({times_ms.empty() ? present : time_of(network_, source.exact, times_ms[i], now, where), cells[i]});
  }
  std::sort(given.begin(), given.end());
  require_multiplicity(source, given, where);
  external_[s] = std::move(given);
}

void SourceRunner::save(ByteWriter& out) const {
  out.put<std::uint64_t>(external_.size());
  for (const auto& entries : external_) {
    out.put<std::uint64_t>(entries.size());
    for (const ExactSpike& spike : entries) {
      out.put(spike.time);
      out.put(spike.cell);
    }
  }
}

void SourceRunner::load(ByteReader& in) {
  if (in.get<std::uint64_t>() != external_.size()) throw Error("checkpoint", {}, "the checkpoint has another number of inputs");
  auto loaded = external_;
  for (std::size_t s = 0; s < loaded.size(); ++s) {
    loaded[s].clear();
    for (auto left = in.get<std::uint64_t>(); left > 0; --left) {
      const auto time = in.get<ExactTime>();
      const auto cell = in.get<std::uint32_t>();
      if (cell >= network_.sources[s].size || !(time.offset_ms >= 0 && time.offset_ms < network_.step_ms))
        throw Error("checkpoint", {}, "the checkpoint has a spike of a neuron that does not exist, or at no time");
      loaded[s].push_back({time, cell});
    }
    std::sort(loaded[s].begin(), loaded[s].end());  // what was saved is; what only looks like it need not be
  }
  external_ = std::move(loaded);
}

}  // namespace spikeloom
