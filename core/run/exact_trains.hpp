// Poisson trains with real-valued times: intervals from a counter, so that a train is a function of its key and number alone.
#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "core/compile/compiled.hpp"
#include "core/run/bytes.hpp"

namespace spikeloom {

/// A number of trains with common rates in time. Asked for steps in order, each once.
class ExactTrains {
 public:
  /// Train k has the stream (key, numbers[k]) and, where rates are given one by one, the rate places[k].
  ExactTrains(const TimeGrid& grid, const std::vector<ExactRates>& rates, std::uint64_t key, std::vector<std::uint32_t> numbers,
              std::vector<std::uint32_t> places);

  /// Calls event(k, time) for every event of step n, each train's in order of time.
  template <class Event>
  void step(std::int64_t n, Event&& event) {
    auto& slot = due_[static_cast<std::size_t>(n) % slots];
    std::swap(slot, now_);
    slot.clear();
    for (const std::uint32_t k : now_) {
      while (TimeGrid::step_of(trains_[k].next) <= n) {
        event(k, trains_[k].next);
        draw(k);
      }
      put(k, n);
    }
  }
  /// The trains of all parts as they stand after step n, in order of number: how they are parted does not show.
  static void save(ByteWriter& out, std::span<const ExactTrains* const> parts);
  static void load(ByteReader& in, std::int64_t n, std::span<ExactTrains* const> parts);

  /// The number that stands in for a time that never comes.
  static constexpr ExactTime never{INT64_MAX, 0};

 private:
  struct Train {
    ExactTime next{0, 0};
    std::uint64_t drawn = 0;
  };
  static constexpr std::size_t slots = 256;
  void draw(std::uint32_t k);
  void put(std::uint32_t k, std::int64_t n);

  TimeGrid grid_;
  const std::vector<ExactRates>& rates_;
  std::uint64_t key_;
  std::vector<std::uint32_t> numbers_, places_;
  std::vector<Train> trains_;
  std::vector<std::vector<std::uint32_t>> due_;  ///< by step modulo slots: trains to look at then (far ones are put off again)
  std::vector<std::uint32_t> now_;
};

/// The trains of a Poisson source; train k is its cell k.
ExactTrains exact_trains(const CompiledNetwork& network, const CompiledSource& source);
/// Private trains onto the running cells `places` of the input.
ExactTrains exact_trains(const CompiledNetwork& network, const CompiledPoisson& poisson, std::vector<std::uint32_t> places);

}  // namespace spikeloom
