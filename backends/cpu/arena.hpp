// Memory for synapses: reserved once at its upper bound, given out in pieces by any thread, touched only where used.
#pragma once

#include <atomic>
#include <cstddef>
#include <cstdint>

namespace spikeloom::cpu {

/// Address space of a fixed size, in huge pages where the system grants them. Throws Error("memory", exit 3).
class Arena {
 public:
  Arena() = default;
  explicit Arena(std::size_t reserve_bytes);
  ~Arena();
  Arena(Arena&& other) noexcept;
  Arena& operator=(Arena&& other) noexcept;

  /// A piece of `bytes`, aligned to `alignment`; thread-safe. Exceeding the reservation is a bug and throws.
  std::byte* take(std::size_t bytes, std::size_t alignment = 1);
  /// What `used` bytes of such a reservation take in memory: whole huge pages, where the system grants them.
  static std::size_t resident_bytes(std::size_t used, std::size_t reserved);
  std::size_t used() const { return used_.load(std::memory_order_relaxed); }
  const std::byte* begin() const { return begin_; }

 private:
  std::byte* begin_ = nullptr;
  std::size_t reserved_ = 0;
  std::atomic<std::size_t> used_{0};
};

}  // namespace spikeloom::cpu
