// Delivering a list of cursors: the loop where most time of a dense network goes. Included by kernels.cpp only.
#pragma once

#include "backends/cpu/kernels.hpp"

namespace spikeloom::cpu {

/// The slot and weight of the record at `at`. Reads up to 8 bytes from `at` (9 for bits56): rows end with overread_bytes.
template <Form form, bool gated, class Sum>
SPIKELOOM_INLINE void add_record(const std::byte* at, Sum* input, Sum constant, double gain) {
  std::uint32_t slot;
  std::int64_t weight;
  if constexpr (form == Form::constant) {
    std::uint16_t s;
    __builtin_memcpy(&s, at, 2);
    slot = s;
    weight = constant;
  } else if constexpr (form == Form::bits16) {
    std::uint32_t word;
    __builtin_memcpy(&word, at, 4);
    slot = word & 0xFFFF;
    weight = static_cast<std::int32_t>(word) >> 16;
  } else if constexpr (form == Form::bits24) {
    std::uint64_t word;
    __builtin_memcpy(&word, at, 8);
    slot = static_cast<std::uint32_t>(word) & 0xFFFF;
    weight = static_cast<std::int64_t>(word << 24) >> 40;
  } else {
    std::uint16_t s;
    std::uint64_t word;
    __builtin_memcpy(&s, at, 2);
    __builtin_memcpy(&word, at + 1, 8);  // one byte of the slot below, 56 bits of weight above
    slot = s;
    weight = static_cast<std::int64_t>(word) >> 8;
  }
  if constexpr (gated) weight = static_cast<std::int64_t>(__builtin_rint(static_cast<double>(weight) * gain));
  input[slot] += static_cast<Sum>(weight);
}

/// Adds the records in [at, end); returns end.
template <Form form, bool gated, class Sum>
SPIKELOOM_INLINE const std::byte* add_records(const std::byte* at, const std::byte* end, Sum* input, Sum constant, double gain) {
  constexpr std::uint32_t size = record_bytes(form);
  for (; at + 3 * size < end; at += 4 * size) {
    add_record<form, gated>(at, input, constant, gain);
    add_record<form, gated>(at + size, input, constant, gain);
    add_record<form, gated>(at + 2 * size, input, constant, gain);
    add_record<form, gated>(at + 3 * size, input, constant, gain);
  }
  for (; at < end; at += size) add_record<form, gated>(at, input, constant, gain);
  return end;
}

template <Form form, bool gated, class Sum>
static void deliver_copied(const CopiedDelivery<Sum>& d) {
  add_records<form, gated>(d.begin, d.end, d.input, d.constant, d.gain);
}

/// Cursors between the fetch of a run and its delivery: far enough for memory, near enough for the L1.
inline constexpr std::uint32_t fetch_ahead = 6;

/// Fetch the lines of a run but for the first, which holds the head and must be there: so neither long runs wait for memory nor
/// short ones fetch what belongs to others.
template <Form form>
SPIKELOOM_INLINE void fetch_run(const std::byte* at) {
  const std::byte* const end = at + head_bytes + std::size_t{record_bytes(form)} * head_count(load_head(at));
  for (at += 64; at < end; at += 64) __builtin_prefetch(at);
}

template <Form form, bool gated, class Sum>
static std::uint64_t deliver(const Delivery<Sum>& d) {
  constexpr std::uint32_t size = record_bytes(form);
  Sum* const input = d.input;
  const std::byte* const* const cursors = d.due->data;
  const std::uint32_t count = d.due->count;
  std::uint64_t events = 0;
  for (std::uint32_t c = 0; c < count; ++c) {
    if (c + 2 * fetch_ahead < count) __builtin_prefetch(cursors[c + 2 * fetch_ahead]);
    if (c + fetch_ahead < count) fetch_run<form>(cursors[c + fetch_ahead]);
    const std::byte* at = cursors[c];
    for (;;) {
      const std::uint32_t head = load_head(at), n = head_count(head), gap = head_gap(head);
      at += head_bytes;
      at = add_records<form, gated>(at, at + std::size_t{size} * n, input, d.constant, d.gain);
      events += n;
      if (gap == gap_same_step) continue;
      if (gap != 0) {
        CursorList& next = d.ring[(d.now + gap) & d.ring_mask];
        if (next.count == next.capacity) d.grow(&next);
        next.data[next.count++] = at;
      }
      break;
    }
  }
  return events;
}

}  // namespace spikeloom::cpu
