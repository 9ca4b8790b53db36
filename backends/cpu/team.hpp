// A team of worker threads that live as long as a session, and the waiting that does not burn a core a neighbour needs.
#pragma once

#include <atomic>
#include <cstdint>
#include <functional>
#include <memory>
#include <thread>
#include <vector>

namespace spikeloom::cpu {

/// How long to look before giving up. A balanced step waits less than a few microseconds. A longer wait means that the other
/// thread is not running: then to spin keeps it from this core, so each such wait halves the patience and each short one
/// restores some.
struct Patience {
  static constexpr int shortest = 16, longest = 2000;
  int spins = longest;
};

/// A counter that one thread raises and others wait on: spin a little, yield a little, then sleep in the kernel.
class alignas(128) Progress {
 public:
  void set(std::uint32_t value) {
    value_.store(value, std::memory_order_seq_cst);  // before the look at sleepers, or a wake-up is lost
    if (sleepers_.load(std::memory_order_seq_cst) != 0) value_.notify_all();
  }
  void reset(std::uint32_t value) { value_.store(value, std::memory_order_relaxed); }
  /// Whether the counter is at least `value` (counters may wrap; differences stay below 2^31).
  bool is(std::uint32_t value) const { return reached(value_.load(std::memory_order_acquire), value); }
  /// Look for a while; false if it does not come.
  bool spin(std::uint32_t value, Patience& patience) const;
  /// Return once it is; leaves the core to others.
  void sleep(std::uint32_t value);
  void wait_for(std::uint32_t value) {
    Patience patience;
    if (!spin(value, patience)) sleep(value);
  }

 private:
  static bool reached(std::uint32_t now, std::uint32_t value) { return static_cast<std::int32_t>(now - value) >= 0; }
  std::atomic<std::uint32_t> value_{0};
  std::atomic<std::uint32_t> sleepers_{0};
};

/// `run(job)` calls job(0) .. job(size - 1) at the same time, job(0) on the calling thread, and returns when all are done.
/// Unlike tasks of a pool, the jobs may wait for each other.
class Team {
 public:
  explicit Team(int size);
  ~Team();
  Team(const Team&) = delete;
  Team& operator=(const Team&) = delete;

  int size() const { return static_cast<int>(done_.size()); }
  void run(const std::function<void(int)>& job);

 private:
  void work(int index);

  const std::function<void(int)>* job_ = nullptr;
  bool stopping_ = false;
  std::uint32_t round_ = 0;
  Progress start_;
  std::vector<std::unique_ptr<Progress>> done_;
  std::vector<std::thread> threads_;
};

}  // namespace spikeloom::cpu
