// The N-MNIST recording format: 5 bytes an event, no header, time in microseconds.
#pragma once

#include <cstdint>
#include <string_view>
#include <vector>

namespace spikeloom {

/// One polarity event as stored: pixel, polarity (1 ON, 0 OFF) and unwrapped time.
struct PixelEvent {
  std::int64_t t_us = 0;
  std::uint16_t x = 0, y = 0;
  std::uint8_t polarity = 0;
};

/// Events in file order and what was met on the way. Every record is an event, a time marker or trailing bytes.
struct EventRecording {
  std::vector<PixelEvent> events;
  std::uint64_t bytes = 0, events_on = 0, events_off = 0, wraps = 0, backward_steps = 0, trailing_bytes = 0;
  std::int64_t max_backward_us = 0;
};

/// Decodes any bytes: nothing is refused, all faults are counted.
EventRecording decode_nmnist(std::string_view bytes);

}  // namespace spikeloom
