// Lists that are long by turns, as of what arrives in each step to come. Their memory is chunks of one pool, so that all together
// take what they hold at a time, and not each what it has held at its longest.
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstring>
#include <memory>
#include <type_traits>
#include <utility>
#include <vector>

namespace spikeloom::cpu {

/// Chunks have a pointer to the one `below` them in their pile, or among those that nobody has.
template <class Chunk>
class ChunkPool {
 public:
  /// The topmost of a pile from now on.
  Chunk* take(Chunk* below) {
    Chunk* const chunk = spare_ != nullptr ? std::exchange(spare_, spare_->below) : new_chunk();
    chunk->below = below;
    return chunk;
  }
  /// Returns the chunk that was below it.
  Chunk* give_back(Chunk* chunk) { return std::exchange(chunk->below, std::exchange(spare_, chunk)); }
  std::size_t bytes() const { return bytes_; }

 private:
  static constexpr std::size_t few = 8, many = 128;
  /// Pages are touched as they are needed, and few of them where little is ever under way.
  Chunk* new_chunk() {
    if (new_ == 0) {
      new_ = memory_.size() < 4 ? few : many;
      memory_.push_back(std::make_unique_for_overwrite<Chunk[]>(new_));
      bytes_ += new_ * sizeof(Chunk);
    }
    return &memory_.back()[--new_];
  }

  Chunk* spare_ = nullptr;
  std::vector<std::unique_ptr<Chunk[]>> memory_;
  std::size_t new_ = 0;  ///< chunks of the last piece of memory that were never used: its first ones
  std::size_t bytes_ = 0;
};

/// Small chunks leave little unused where there are many short piles, large ones are quicker where a few are long.
template <class Item, std::size_t chunk_bytes = 512>
class Piles {
  static_assert(std::is_trivially_copyable_v<Item>);

 public:
  Piles() = default;
  explicit Piles(std::size_t piles) : piles_(piles) {}
  Piles(Piles&&) = default;
  Piles& operator=(Piles&&) = default;

  std::size_t size() const { return piles_.size(); }
  bool empty(std::size_t pile) const { return piles_[pile].top == nullptr; }
  /// Of the memory that they share.
  std::size_t bytes() const { return pool_.bytes(); }
  void add(std::size_t pile, const Item& item) {
    Pile& to = piles_[pile];
    if (to.at == to.end) extend(to);
    *to.at++ = item;
  }
  /// All of a pile, in no order, in place of what `out` held.
  void take(std::size_t pile, std::vector<Item>& out) {
    out.clear();
    const Pile from = std::exchange(piles_[pile], {});
    if (from.top == nullptr) return;
    auto count = static_cast<std::size_t>(from.at - from.top->items);
    for (const Chunk* chunk = from.top->below; chunk != nullptr; chunk = chunk->below) count += chunk_items;
    if (count > out.capacity()) {  // by doubling it would hold two copies, and half as much again as it needs
      std::vector<Item>().swap(out);
      out.reserve(count + count / 8);
    }
    const Item* end = from.at;
    for (Chunk* chunk = from.top; chunk != nullptr;) {
      out.insert(out.end(), static_cast<const Item*>(chunk->items), end);
      chunk = pool_.give_back(chunk);
      if (chunk != nullptr) end = chunk->items + chunk_items;
    }
  }
  void clear() {
    for (Pile& pile : piles_) {
      for (Chunk* chunk = pile.top; chunk != nullptr;) chunk = pool_.give_back(chunk);
      pile = {};
    }
  }

 private:
  static constexpr std::size_t chunk_items = (chunk_bytes - sizeof(void*)) / sizeof(Item);
  struct Chunk {
    Chunk* below;
    Item items[chunk_items];
  };
  struct Pile {
    Item *at = nullptr, *end = nullptr;  ///< within the topmost chunk
    Chunk* top = nullptr;
  };

  void extend(Pile& pile) {
    Chunk* const chunk = pool_.take(pile.top);
    pile = {chunk->items, chunk->items + chunk_items, chunk};
  }

  std::vector<Pile> piles_;
  ChunkPool<Chunk> pool_;
};

/// The same for records of a few bytes, which come in runs and are worked through in stretches. Whole vectors are copied, so that
/// what is put here must be readable for `slack` bytes more, and what is taken is too.
class RecordPiles {
 public:
  static constexpr std::size_t slack = 16, chunk_bytes = 1000;

  explicit RecordPiles(std::size_t piles) : piles_(piles) {}

  void add(std::size_t pile, const std::byte* from, std::size_t bytes, std::size_t record_bytes) {
    Pile& to = piles_[pile];
    if (bytes - 1 >= static_cast<std::size_t>(to.end - to.at))
      return add_more(to, from, bytes, record_bytes);  // none, or too many
    std::memcpy(to.at, from, slack);                   // most runs are that short
    for (std::size_t done = slack; done < bytes; done += slack) std::memcpy(to.at + done, from + done, slack);
    to.at += bytes;
  }
  /// Calls see(begin, end) for all stretches of a pile, which is empty afterwards.
  template <class See>
  void take(std::size_t pile, const See& see) {
    const Pile from = std::exchange(piles_[pile], {});
    if (from.top == nullptr) return;
    from.top->end = from.at;
    for (Chunk* chunk = from.top; chunk != nullptr; chunk = pool_.give_back(chunk))
      see(static_cast<const std::byte*>(chunk->records), static_cast<const std::byte*>(chunk->end));
  }
  void clear() {
    for (std::size_t pile = 0; pile < piles_.size(); ++pile) take(pile, [](const std::byte*, const std::byte*) {});
  }

 private:
  struct Chunk {
    Chunk* below;
    std::byte* end;
    std::byte records[chunk_bytes + slack];
  };
  struct Pile {
    std::byte *at = nullptr, *end = nullptr;
    Chunk* top = nullptr;
  };
  [[gnu::noinline]] void add_more(Pile& to, const std::byte* from, std::size_t bytes, std::size_t record_bytes) {
    while (bytes > 0) {
      const std::size_t room = static_cast<std::size_t>(to.end - to.at) / record_bytes * record_bytes;
      const std::size_t part = std::min(bytes, room);
      if (part > 0) std::memcpy(to.at, from, part);
      to.at += part, from += part, bytes -= part;
      if (bytes == 0) return;
      if (to.top != nullptr) to.top->end = to.at;
      Chunk* const chunk = pool_.take(to.top);
      to = {chunk->records, chunk->records + chunk_bytes, chunk};
    }
  }

  std::vector<Pile> piles_;
  ChunkPool<Chunk> pool_;
};

}  // namespace spikeloom::cpu
