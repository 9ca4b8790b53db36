// Memory in huge pages where the system grants them, as the simulator asks for it too.
#pragma once

#include <sys/mman.h>

#include <cstddef>
#include <new>

namespace spikeloom::limits {

template <class T>
class Buffer {
 public:
  explicit Buffer(std::size_t count) : bytes_((count * sizeof(T) + huge - 1) / huge * huge), count_(count) {
    // one huge page more than needed, so that the part used can begin at one
    map_ = mmap(nullptr, bytes_ + huge, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
    if (map_ == MAP_FAILED) throw std::bad_alloc();
    data_ = reinterpret_cast<T*>((reinterpret_cast<std::size_t>(map_) + huge - 1) / huge * huge);
    madvise(static_cast<void*>(data_), bytes_, MADV_HUGEPAGE);
  }
  ~Buffer() { munmap(map_, bytes_ + huge); }
  Buffer(const Buffer&) = delete;
  Buffer& operator=(const Buffer&) = delete;

  T* data() const { return data_; }
  std::size_t size() const { return count_; }
  T& operator[](std::size_t i) const { return data_[i]; }

 private:
  static constexpr std::size_t huge = std::size_t{2} << 20;
  std::size_t bytes_, count_;
  void* map_;
  T* data_;
};

}  // namespace spikeloom::limits
