// Claims about nmnist, held to written-down answers.
#include "core/events/nmnist.hpp"

#include <gtest/gtest.h>

#include <fstream>
#include <iterator>
#include <string>

#ifndef SPIKELOOM_SOURCE_DIR
#define SPIKELOOM_SOURCE_DIR "."
#endif

namespace spikeloom {
namespace {

std::string bytes_of(std::initializer_list<int> bytes) { return {bytes.begin(), bytes.end()}; }

/// FNV-1a over {t u64, x u16, y u16, p u8}, little-endian.
std::uint64_t digest(const EventRecording& recording) {
  std::uint64_t h = 14695981039346656037ULL;
  const auto add = [&](std::uint64_t value, int bytes) {
    for (int k = 0; k < bytes; ++k) h = (h ^ ((value >> (8 * k)) & 0xFF)) * 1099511628211ULL;
  };
  for (const auto& event : recording.events) {
    add(static_cast<std::uint64_t>(event.t_us), 8);
    add(event.x, 2);
    add(event.y, 2);
    add(event.polarity, 1);
  }
  return h;
}

TEST(Nmnist, DecodesFieldsMostSignificantByteFirst) {
  const auto recording = decode_nmnist(bytes_of({7, 15, 0x80 | 0x01, 0x02, 0x03}));
  ASSERT_EQ(recording.events.size(), 1u);
  EXPECT_EQ(recording.events[0].x, 7);
  EXPECT_EQ(recording.events[0].y, 15);
  EXPECT_EQ(recording.events[0].polarity, 1);
  EXPECT_EQ(recording.events[0].t_us, 0x010203);
}

TEST(Nmnist, AMarkerMovesAllLaterTimesByTwoToThe13) {
  const auto recording = decode_nmnist(bytes_of({1, 1, 0, 0, 5, 0, 240, 0, 0, 0, 1, 1, 0, 0, 6}));
  ASSERT_EQ(recording.events.size(), 2u);
  EXPECT_EQ(recording.events[0].t_us, 5);
  EXPECT_EQ(recording.events[1].t_us, 8192 + 6);
  EXPECT_EQ(recording.wraps, 1u);
}

TEST(Nmnist, CountsTrailingBytesAndStepsBack) {
  const auto recording = decode_nmnist(bytes_of({1, 1, 0, 0, 9, 1, 1, 0, 0, 4, 1, 1}));
  EXPECT_EQ(recording.events.size(), 2u);
  EXPECT_EQ(recording.trailing_bytes, 2u);
  EXPECT_EQ(recording.backward_steps, 1u);
  EXPECT_EQ(recording.max_backward_us, 5);
  EXPECT_TRUE(decode_nmnist("").events.empty());
}

TEST(Nmnist, ARealRecordingHasItsPublishedCountsAndDigest) {
  std::ifstream in(SPIKELOOM_SOURCE_DIR "/examples/event_motion/sample_nmnist.bin", std::ios::binary);
  ASSERT_TRUE(in) << "examples/event_motion/sample_nmnist.bin is not there";
  const std::string bytes((std::istreambuf_iterator<char>(in)), {});
  const auto recording = decode_nmnist(bytes);
  EXPECT_EQ(recording.events.size(), 4325u);
  EXPECT_EQ(recording.events_on, 2145u);
  EXPECT_EQ(recording.events_off, 2180u);
  EXPECT_EQ(recording.wraps, 0u);
  EXPECT_EQ(recording.backward_steps, 0u);
  EXPECT_EQ(recording.events.front().t_us, 654);
  EXPECT_EQ(recording.events.back().t_us, 311175);
  EXPECT_EQ(digest(recording), 0x3dc4edda7ef4b24fULL);
}

}  // namespace
}  // namespace spikeloom
