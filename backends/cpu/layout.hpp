// How static synapses lie in memory: rows of runs, walked by cursors.
//
//   row   = run, run, ...                  one row per (source, shard, bundle); the first run is empty and only gives a gap
//   run   = head (4 bytes), records        all records of a run arrive at the same step
//   head  = count (16 bits) | gap (16 bits)
//   gap   = steps from this run to the next: 0 ends the row, gap_same_step continues within the step, else 1 .. max_gap
//           (a longer gap hops over empty runs)
//   record, by form:  constant  slot                  2 bytes, all records have the bundle's weight
//                     bits16    slot, 16-bit weight   4 bytes
//                     bits24    slot, 24-bit weight   5 bytes
//                     bits56    slot, 56-bit weight   9 bytes
//   slot  = index into the shard's input sums; weight = integer on the receptor's grid
//
// A spike in flight is one pointer to a head (a cursor): when its step is due, the records behind the head are added and the
// cursor hops on by the gap. So there is no table of delays, no ring of inputs, and an absent delay costs nothing.
//
// A hop costs as much as some ten records. Where runs are shorter than few_records on average, a row is copied when its spike is
// admitted instead: the records of each run to the end of a list for the step when they are due. Sums have no order, so
// neither way shows in a result.
#pragma once

#include <cstddef>
#include <cstdint>
#include <cstring>

namespace spikeloom::cpu {

enum class Form : std::uint8_t { constant, bits16, bits24, bits56 };
inline constexpr int form_count = 4;

constexpr std::uint32_t record_bytes(Form form) {
  switch (form) {
    case Form::constant: return 2;
    case Form::bits16: return 4;
    case Form::bits24: return 5;
    case Form::bits56: return 9;
  }
  __builtin_unreachable();
}

/// Largest |weight| that a form can hold.
constexpr std::int64_t largest_weight(Form form) {
  switch (form) {
    case Form::constant: return INT64_MAX;
    case Form::bits16: return (std::int64_t{1} << 15) - 1;
    case Form::bits24: return (std::int64_t{1} << 23) - 1;
    case Form::bits56: return (std::int64_t{1} << 55) - 1;
  }
  return 0;
}

inline constexpr std::uint32_t head_bytes = 4;
inline constexpr std::uint32_t max_run = 0xFFFF;
inline constexpr std::uint32_t gap_same_step = 0xFFFF;
inline constexpr std::uint32_t max_gap = 4095;       ///< so that a ring of 4096 buckets serves any delay
inline constexpr std::uint32_t overread_bytes = 16;  ///< readers load up to 9 bytes at a record of 5
inline constexpr double few_records = 8;             ///< mean records of a run below which rows are copied
inline constexpr std::uint32_t max_slots = 65536;    ///< of one shard

inline std::uint32_t head_count(std::uint32_t head) { return head & 0xFFFF; }
inline std::uint32_t head_gap(std::uint32_t head) { return head >> 16; }
inline std::uint32_t load_head(const std::byte* at) {
  std::uint32_t head;
  std::memcpy(&head, at, sizeof head);
  return head;
}
inline std::byte* store_head(std::byte* at, std::uint32_t count, std::uint32_t gap) {
  const std::uint32_t head = count | gap << 16;
  std::memcpy(at, &head, sizeof head);
  return at + head_bytes;
}

/// Write one record and return the place of the next. Form::constant ignores the weight.
template <Form form>
std::byte* store_record(std::byte* at, std::uint16_t slot, std::int64_t weight) {
  constexpr std::size_t bytes = record_bytes(form) - 2;
  std::memcpy(at, &slot, 2);
  if constexpr (bytes > 0) std::memcpy(at + 2, &weight, bytes);  // little-endian: the low bytes
  return at + 2 + bytes;
}

struct Record {
  std::uint16_t slot;
  std::int64_t weight;  ///< 0 for Form::constant
};
/// Read one record, plainly; the kernel's form of this is in deliver.hpp.
inline Record load_record(Form form, const std::byte* at) {
  Record record{0, 0};
  std::memcpy(&record.slot, at, 2);
  const int bits = 8 * static_cast<int>(record_bytes(form) - 2);
  if (bits == 0) return record;
  std::memcpy(&record.weight, at + 2, static_cast<std::size_t>(bits / 8));
  record.weight = static_cast<std::int64_t>(static_cast<std::uint64_t>(record.weight) << (64 - bits)) >> (64 - bits);
  return record;
}

/// A growing list of cursors due at one step. The kernel appends; `grow` makes room.
struct CursorList {
  const std::byte** data = nullptr;
  std::uint32_t count = 0, capacity = 0;
};

}  // namespace spikeloom::cpu
