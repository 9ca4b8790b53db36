// Reserves address space and hands out pieces of it.
#include "backends/cpu/arena.hpp"

#include <sys/mman.h>

#include <stdexcept>
#include <utility>

#include "core/errors.hpp"

namespace spikeloom::cpu {

namespace {
constexpr std::size_t huge_page = std::size_t{2} << 20;
}

Arena::Arena(std::size_t reserve_bytes) {
  reserved_ = (reserve_bytes + huge_page - 1) / huge_page * huge_page;
  if (reserved_ == 0) return;
  void* at = mmap(nullptr, reserved_, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
  if (at == MAP_FAILED)
    throw Error("memory", {}, "cannot reserve " + std::to_string(reserved_) + " bytes of address space for synapses",
                Exit::refused);
  if (reserved_ >= 4 * huge_page) madvise(at, reserved_, MADV_HUGEPAGE);  // a wish: smaller pages do as well
  begin_ = static_cast<std::byte*>(at);
}

Arena::~Arena() {
  if (begin_ != nullptr) munmap(begin_, reserved_);
}

Arena::Arena(Arena&& other) noexcept { *this = std::move(other); }

Arena& Arena::operator=(Arena&& other) noexcept {
  std::swap(begin_, other.begin_);
  std::swap(reserved_, other.reserved_);
  used_.store(other.used_.exchange(used_.load()));
  return *this;
}

std::byte* Arena::take(std::size_t bytes, std::size_t alignment) {
  const std::size_t padded = bytes + alignment - 1;
  const std::size_t at = used_.fetch_add(padded, std::memory_order_relaxed);
  if (at + padded > reserved_) throw std::logic_error("arena: the bound on synapse memory was too small");
  return begin_ + (at + alignment - 1) / alignment * alignment;
}

}  // namespace spikeloom::cpu
