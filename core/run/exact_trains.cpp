// Intervals of Poisson trains: a unit exponential is used up at the rate of the time.
#include "core/run/exact_trains.hpp"

#include <algorithm>
#include <numeric>

#include "core/math/functions.hpp"
#include "core/math/philox.hpp"

namespace spikeloom {

ExactTrains::ExactTrains(const TimeGrid& grid, const std::vector<ExactRates>& rates, std::uint64_t key,
                         std::vector<std::uint32_t> numbers, std::vector<std::uint32_t> places)
    : grid_(grid),
      rates_(rates),
      key_(key),
      numbers_(std::move(numbers)),
      places_(std::move(places)),
      trains_(numbers_.size()),
      due_(slots) {
  for (std::uint32_t k = 0; k < trains_.size(); ++k) {
    draw(k);
    put(k, -1);
  }
}

void ExactTrains::draw(std::uint32_t k) {
  Train& train = trains_[k];
  const auto block = philox(key_, static_cast<std::uint32_t>(train.drawn), numbers_[k],
                            static_cast<std::uint32_t>(train.drawn >> 32), 0x74726169u);
  ++train.drawn;
  double left = -math::log(unit53(block[0], block[1]));
  ExactTime from = train.next;
  for (std::size_t r = 0; r < rates_.size(); ++r) {
    const ExactTime end = r + 1 < rates_.size() ? rates_[r + 1].from : never;
    if (end <= from) continue;
    from = std::max(from, rates_[r].from);
    const auto& each = rates_[r].per_ms;
    const double rate = each.size() == 1 ? each[0] : each[places_[k]];
    if (rate > 0) {
      const double dt = left / rate, span = end == never ? 1e300 : grid_.between(from, end);
      if (dt < span) {
        constexpr double longest = 0x1p52;  // steps; beyond, the train is silent
        train.next = dt < longest * grid_.step_ms() ? grid_.after(from, dt) : never;
        return;
      }
      left -= span * rate;
    }
    from = end;
  }
  train.next = never;
}

void ExactTrains::put(std::uint32_t k, std::int64_t n) {
  if (trains_[k].next == never) return;
  const std::int64_t at = std::min(TimeGrid::step_of(trains_[k].next), n + static_cast<std::int64_t>(slots));
  due_[static_cast<std::size_t>(at) % slots].push_back(k);
}

namespace {

/// Part and train, in order of the trains' numbers.
template <class Trains, class Number>
std::vector<std::pair<std::size_t, std::uint32_t>> in_order(std::span<Trains* const> parts, const Number& number) {
  std::vector<std::pair<std::size_t, std::uint32_t>> order;
  for (std::size_t p = 0; p < parts.size(); ++p)
    for (std::uint32_t k = 0; k < number(*parts[p]).size(); ++k) order.emplace_back(p, k);
  std::ranges::sort(order, {}, [&](const auto& at) { return number(*parts[at.first])[at.second]; });
  return order;
}

}  // namespace

void ExactTrains::save(ByteWriter& out, std::span<const ExactTrains* const> parts) {
  std::vector<Train> trains;
  for (const auto& [p, k] : in_order(
           parts, [](const ExactTrains& part) -> const auto& { return part.numbers_; }))
    trains.push_back(parts[p]->trains_[k]);
  out.put_array(std::span<const Train>(trains));
}

void ExactTrains::load(ByteReader& in, std::int64_t n, std::span<ExactTrains* const> parts) {
  const auto trains = in.get_array<Train>();
  const auto order = in_order(
      parts, [](const ExactTrains& part) -> const auto& { return part.numbers_; });
  if (trains.size() != order.size()) throw Error("checkpoint", {}, "the checkpoint has another number of trains");
  for (ExactTrains* part : parts)
    for (auto& slot : part->due_) slot.clear();
  for (std::size_t i = 0; i < trains.size(); ++i) {
    ExactTrains& part = *parts[order[i].first];
    const ExactTime next = trains[i].next;
    if (TimeGrid::step_of(next) <= n || !(next.offset_ms >= 0 && next.offset_ms < part.grid_.step_ms()))
      throw Error("checkpoint", {}, "the checkpoint has a train that is behind");
    part.trains_[order[i].second] = trains[i];
    part.put(order[i].second, n);
  }
}

ExactTrains exact_trains(const CompiledNetwork& network, const CompiledSource& source) {
  std::vector<std::uint32_t> numbers(source.size);
  std::iota(numbers.begin(), numbers.end(), 0u);
  return {TimeGrid(network.step_ms), source.rates, source.key, numbers, numbers};
}

ExactTrains exact_trains(const CompiledNetwork& network, const CompiledPoisson& poisson, std::vector<std::uint32_t> places) {
  std::vector<std::uint32_t> numbers;
  for (const std::uint32_t k : places) numbers.push_back(poisson.first + k * poisson.stride);
  return {TimeGrid(network.step_ms), poisson.rates, poisson.key, std::move(numbers), std::move(places)};
}

}  // namespace spikeloom
