// A checkpoint comes back whole or not at all, and says why not.
#include "core/run/checkpoint.hpp"

#include <gtest/gtest.h>
#include <cmath>

#include "core/run/hash.hpp"
#include "tests/core/run/tiny_network.hpp"

namespace spikeloom {
namespace {

using tiny::Folder;
using tiny::text_of;

CompiledNetwork two_cells() {
  auto network = tiny::network();
  tiny::add_population(network, "A", 2);
  return network;
}

Checkpoint filled() {
  Checkpoint checkpoint;
  checkpoint.step = 17;
  checkpoint.states = {{{1, 2}, {0.1, -0.0}, {5, 6}}};
  checkpoint.in_flight = {{16, 1, 1}, {17, 0, 3}};
  checkpoint.sources.assign(5, std::byte{7});
  checkpoint.recorder.assign(3, std::byte{9});
  return checkpoint;
}

template <class Read>
std::string refusal_of(Read&& read) {
  try {
    read();
  } catch (const Error& error) {
    EXPECT_EQ(error.kind, "checkpoint");
    EXPECT_EQ(error.exit, Exit::bad_input);
    return error.what();
  }
  return "";
}

std::string refusal(const std::string& path, const CompiledNetwork& network) {
  return refusal_of([&] { read_checkpoint(path, network); });
}

std::string refusal_of_bytes(const std::string& bytes, const CompiledNetwork& network) {
  return refusal_of([&] { parse_checkpoint(std::as_bytes(std::span(bytes.data(), bytes.size())), "bytes", network); });
}

/// The bytes of a right checkpoint of `network`.
std::string right_bytes(const CompiledNetwork& network) {
  const Folder folder;
  write_checkpoint(folder / "run.ckpt", network, filled());
  return text_of(folder / "run.ckpt");
}

void overwrite(const std::string& path, const std::string& bytes) {
  std::ofstream(path, std::ios::binary | std::ios::trunc) << bytes;
}

TEST(Checkpoint, ComesBackAsItWas) {
  const Folder folder;
  const std::string path = folder / "run.ckpt";
  const auto network = two_cells();
  write_checkpoint(path, network, filled());
  const Checkpoint back = read_checkpoint(path, network);
  EXPECT_EQ(back.step, 17);
  EXPECT_EQ(back.states, filled().states);
  EXPECT_TRUE(std::signbit(back.states[0][1][1]));
  EXPECT_EQ(back.in_flight, filled().in_flight);
  EXPECT_EQ(back.sources, filled().sources);
  EXPECT_EQ(back.signals, filled().signals);
  EXPECT_EQ(back.recorder, filled().recorder);
}

TEST(Checkpoint, TheOneBeforeIsKept) {
  const Folder folder;
  const std::string path = folder / "run.ckpt";
  const auto network = two_cells();
  auto checkpoint = filled();
  for (const std::int64_t step : {17, 18, 19}) {
    checkpoint.step = step;
    write_checkpoint(path, network, checkpoint);
  }
  EXPECT_EQ(read_checkpoint(path, network).step, 19);
  EXPECT_EQ(read_checkpoint(path + "_prev", network).step, 18);
  EXPECT_EQ(std::distance(std::filesystem::directory_iterator(folder.path()), {}), 2) << "and nothing else is left";
}

TEST(Checkpoint, OfAnotherNetworkIsRefusedWithTheDifference) {
  const Folder folder;
  const std::string path = folder / "run.ckpt";
  write_checkpoint(path, two_cells(), filled());
  auto other = two_cells();
  other.name = "huge";
  EXPECT_NE(refusal(path, other).find("\"tiny\""), std::string::npos);
  other = two_cells();
  other.step_ms = 0.2;
  EXPECT_NE(refusal(path, other).find("0.2 ms"), std::string::npos);
  other = two_cells();
  other.precision = Precision::single_;
  EXPECT_NE(refusal(path, other).find("double precision"), std::string::npos);
  other = two_cells();
  other.wiring_seed = 43;
  EXPECT_NE(refusal(path, other).find("the wiring seed of the run differs"), std::string::npos);
  other = two_cells();
  other.populations[0].size = 3;
  EXPECT_NE(refusal(path, other).find("another network: the size of population A differs"), std::string::npos)
      << refusal(path, other);
  other = two_cells();
  tiny::add_population(other, "B", 1);
  EXPECT_NE(refusal(path, other).find("population B is not in it"), std::string::npos) << refusal(path, other);
  write_checkpoint(folder / "more.ckpt", other, filled());
  EXPECT_NE(refusal(folder / "more.ckpt", two_cells()).find("population B is only in it"), std::string::npos);
  EXPECT_EQ(refusal(path, two_cells()), "") << "the control";
}

TEST(Checkpoint, EveryTruncationIsRefused) {
  const auto network = two_cells();
  const std::string bytes = right_bytes(network);
  EXPECT_EQ(refusal_of_bytes(bytes, network), "") << "the control";
  for (std::size_t size = 0; size < bytes.size(); ++size) EXPECT_NE(refusal_of_bytes(bytes.substr(0, size), network), "") << size;
  EXPECT_NE(refusal_of_bytes(bytes + "x", network), "");
}

TEST(Checkpoint, EveryFlippedBitIsRefused) {
  const auto network = two_cells();
  const std::string bytes = right_bytes(network);
  for (std::size_t bit = 0; bit < 8 * bytes.size(); ++bit) {
    std::string flipped = bytes;
    flipped[bit / 8] = static_cast<char>(flipped[bit / 8] ^ (1 << (bit % 8)));
    EXPECT_NE(refusal_of_bytes(flipped, network), "") << bit;
  }
}

TEST(Checkpoint, AnotherVersionIsNamed) {
  const auto network = two_cells();
  std::string bytes = right_bytes(network);
  bytes[8] = 9;
  EXPECT_NE(refusal_of_bytes(bytes, network).find("version 9"), std::string::npos);
}

/// Nonsense under a right checksum puts the reader of the body itself to the test.
TEST(Checkpoint, ABodyOfNonsenseUnderARightChecksumIsReadWithoutHarm) {
  const auto network = two_cells();
  const std::string bytes = right_bytes(network);
  constexpr std::size_t head = 24, tail = 16;
  std::size_t start = head + 8 + network.name.size() + 8 + 8;  // name, step and facts of the network stay right
  for (const DigestFact& fact : digest_facts(network)) start += 8 + fact.of.size() + 8 + fact.what.size() + 8;
  const std::size_t size = bytes.size() - tail;
  int refused = 0, accepted = 0;
  for (std::uint32_t trial = 0; trial < 20000; ++trial) {
    const auto random = philox(5, trial, 0, 0, 0);
    std::string changed = bytes;
    const std::size_t at = start + random[0] % (size - start);
    changed[at] = static_cast<char>(random[1]);
    if (trial % 3 == 0) std::memset(changed.data() + at, static_cast<int>(random[1]), std::min<std::size_t>(8, size - at));
    Hash128 sum;
    hash_add(sum, size, 0, 0);
    for (std::size_t k = 0; k < size; k += 16) {
      std::uint64_t words[2] = {};
      std::memcpy(words, changed.data() + k, std::min<std::size_t>(16, size - k));
      hash_add(sum, k, words[0], words[1]);
    }
    std::memcpy(changed.data() + size, &sum.high, 8);
    std::memcpy(changed.data() + size + 8, &sum.low, 8);
    ++(refusal_of_bytes(changed, network).empty() ? accepted : refused);
  }
  EXPECT_GT(refused, 2000);
  EXPECT_GT(accepted, 2000) << "a changed state value is a right checkpoint, so the checksum must have been right";
}

TEST(Checkpoint, WhatIsNoFileIsRefused) {
  const Folder folder;
  const auto network = two_cells();
  EXPECT_NE(refusal(folder / "absent", network), "");
  EXPECT_NE(refusal(folder.string(), network), "");
  EXPECT_NE(refusal("/dev/zero", network), "");
  overwrite(folder / "text", "{\"spikeloom\": 1}");
  EXPECT_NE(refusal(folder / "text", network).find("not a checkpoint"), std::string::npos);
}

}  // namespace
}  // namespace spikeloom
