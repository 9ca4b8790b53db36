// N-MNIST / N-Caltech101 records: x, y, then one bit of polarity and 23 bits of time, most significant byte first.
#include "core/events/nmnist.hpp"

#include <algorithm>

namespace spikeloom {

EventRecording decode_nmnist(std::string_view bytes) {
  constexpr std::size_t record = 5;
  constexpr unsigned marker_row = 240;  // y of a record that is no event: all later times are 2^13 us later
  constexpr std::int64_t marker_us = 1 << 13;
  EventRecording out;
  out.bytes = bytes.size();
  out.trailing_bytes = bytes.size() % record;
  out.events.reserve(bytes.size() / record);
  std::int64_t base = 0, last = 0;
  for (std::size_t at = 0; at + record <= bytes.size(); at += record) {
    const auto byte = [&](std::size_t k) { return static_cast<unsigned char>(bytes[at + k]); };
    if (byte(1) == marker_row) {
      base += marker_us;
      ++out.wraps;
      continue;
    }
    PixelEvent event;
    event.x = byte(0);
    event.y = byte(1);
    event.polarity = byte(2) >> 7;
    event.t_us = base + ((std::int64_t{byte(2) & 0x7Fu} << 16) | (std::int64_t{byte(3)} << 8) | byte(4));
    if (!out.events.empty() && event.t_us < last) {
      ++out.backward_steps;
      out.max_backward_us = std::max(out.max_backward_us, last - event.t_us);
    }
    last = event.t_us;
    ++(event.polarity ? out.events_on : out.events_off);
    out.events.push_back(event);
  }
  return out;
}

}  // namespace spikeloom
