// Reserves address space and hands out pieces of it.
#include "backends/cpu/arena.hpp"

#include <sys/mman.h>

#include <fstream>
#include <stdexcept>
#include <string>
#include <utility>

#include "core/errors.hpp"

namespace spikeloom::cpu {

namespace {

constexpr std::size_t huge_page = std::size_t{2} << 20;

std::size_t in_huge_pages(std::size_t bytes) { return (bytes + huge_page - 1) / huge_page * huge_page; }

/// Worth asking for, so that an arena's last page is small beside it.
bool wants_huge_pages(std::size_t reserved) { return reserved >= 4 * huge_page; }

bool has_huge_pages() {
  std::ifstream file("/sys/kernel/mm/transparent_hugepage/enabled");
  std::string words;
  std::getline(file, words);
  return words.find("[always]") != words.npos || words.find("[madvise]") != words.npos;
}

}  // namespace

std::size_t Arena::resident_bytes(std::size_t used, std::size_t reserved) {
  return wants_huge_pages(in_huge_pages(reserved)) && has_huge_pages() ? in_huge_pages(used) : used;
}

Arena::Arena(std::size_t reserve_bytes) {
  reserved_ = in_huge_pages(reserve_bytes);
  if (reserved_ == 0) return;
  void* at = mmap(nullptr, reserved_, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
  if (at == MAP_FAILED)
    throw Error("memory", {}, "cannot reserve " + std::to_string(reserved_) + " bytes of address space for synapses",
                Exit::refused);
  if (wants_huge_pages(reserved_)) madvise(at, reserved_, MADV_HUGEPAGE);  // a wish: smaller pages do as well
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
