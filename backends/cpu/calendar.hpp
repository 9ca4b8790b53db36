// Events to come by epoch: a ring of piles, and one list for what lies beyond it. Nothing is kept in order until it is due.
#pragma once

#include <algorithm>
#include <cstdint>
#include <vector>

#include "backends/cpu/piles.hpp"
#include "core/time.hpp"

namespace spikeloom::cpu {

/// Something that concerns one exact cell at a time.
struct Event {
  ExactTime time;
  std::int64_t q = 0;  ///< weight on the receptor's grid; of a change, its number; of a plastic synapse, its id
  std::uint32_t cell = 0;
  std::uint32_t what = 0;  ///< a receptor, with `delivery` where it came through a projection; or one of the following

  static constexpr std::uint32_t delivery = 1u << 8, change = 1u << 9, wake = 1u << 10, plastic = 1u << 11;
  static constexpr std::uint32_t receptor = delivery - 1;
  /// Of what comes through a projection with a gain: which of the gates, counted from 1.
  static constexpr int gate_shift = 12;
};

class Calendar {
 public:
  static constexpr std::int64_t none = INT64_MAX;

  /// An event of epoch e, not before the epoch last begun.
  void add(std::int64_t e, const Event& event) {
    if (e - base_ < slots) {
      const std::size_t slot = static_cast<std::size_t>(e) & mask;
      if (ring_.empty(slot)) used_[slot / 64] |= std::uint64_t{1} << (e & 63);
      ring_.add(slot, event);
    } else {
      far_.push_back({e, event});
      far_first_ = std::min(far_first_, e);
    }
  }
  /// The first epoch that has events, or `none`.
  std::int64_t next() const {
    for (std::int64_t e = base_; e < base_ + slots;) {
      const std::uint64_t word = used_[(static_cast<std::size_t>(e) & mask) / 64] >> (e & 63);
      if (word != 0) return std::min(e + __builtin_ctzll(word), far_first_);
      e += 64 - (e & 63);
    }
    return far_first_;
  }
  /// Epoch e begins (all before it are over): its events, which leave the calendar.
  void take(std::int64_t e, std::vector<Event>& events) {
    base_ = e;
    if (far_first_ - base_ < slots / 2) gather();
    const std::size_t slot = static_cast<std::size_t>(e) & mask;
    ring_.take(slot, events);
    used_[slot / 64] &= ~(std::uint64_t{1} << (e & 63));
  }
  void clear(std::int64_t e) {
    ring_.clear();
    for (auto& word : used_) word = 0;
    far_.clear();
    far_first_ = none;
    base_ = e;
  }

 private:
  static constexpr std::int64_t slots = 1024;
  static constexpr std::size_t mask = slots - 1;
  struct Far {
    std::int64_t epoch;
    Event event;
  };
  void gather() {
    std::vector<Far> far = std::move(far_);
    far_.clear();
    far_first_ = none;
    for (const Far& each : far) add(each.epoch, each.event);
  }

  Piles<Event, 8192> ring_{slots};
  std::uint64_t used_[slots / 64] = {};
  std::vector<Far> far_;
  std::int64_t far_first_ = none, base_ = 0;
};

}  // namespace spikeloom::cpu
