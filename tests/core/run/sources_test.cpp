// Sources give, for every step, ascending cells with counts, whoever asks and however often.
#include "core/run/sources.hpp"

#include <gtest/gtest.h>

#include <cmath>

#include "tests/core/run/tiny_network.hpp"

namespace spikeloom {
namespace {

using Spikes = std::vector<std::pair<std::uint32_t, std::uint32_t>>;

Spikes spikes_of(const SourceRunner& runner, std::uint32_t s, std::int64_t n) {
  std::vector<SourceSpike> spikes;
  runner.spikes(s, n, spikes);
  Spikes out;
  for (const auto& spike : spikes) out.emplace_back(spike.cell, spike.count);
  return out;
}

TEST(SourceRunner, EqualEntriesOfAListAreSeveralSpikes) {
  auto network = tiny::network();
  network.sources.push_back(tiny::list_source("L", 5, {2, 2, 2, 7}, {1, 4, 4, 0}));
  const SourceRunner runner(network);
  EXPECT_EQ(spikes_of(runner, 0, 2), (Spikes{{1, 1}, {4, 2}}));
  EXPECT_EQ(spikes_of(runner, 0, 3), Spikes{});
  EXPECT_EQ(runner.next_step_with_spikes(0), 2);
  EXPECT_EQ(runner.next_step_with_spikes(2), 7);
  EXPECT_GT(runner.next_step_with_spikes(7), 1'000'000'000'000);
}

TEST(SourceRunner, PoissonRatesChangeAtTheirSteps) {
  auto network = tiny::network();
  CompiledSource source = tiny::list_source("P", 2000, {}, {});
  source.kind = CompiledSource::Kind::poisson;
  source.tables = {poisson_table(0.2), poisson_table(0)};
  source.segments = {{10, {0}}, {20, {1}}};
  network.sources.push_back(source);
  const SourceRunner runner(network);
  const auto total = [&](std::int64_t first, std::int64_t last) {
    std::uint64_t sum = 0;
    for (std::int64_t n = first; n < last; ++n)
      for (const auto& [cell, count] : spikes_of(runner, 0, n)) sum += count;
    return static_cast<double>(sum);
  };
  EXPECT_EQ(total(1, 10), 0);
  EXPECT_NEAR(total(10, 20), 4000, 4 * std::sqrt(4000.0));
  EXPECT_EQ(total(20, 40), 0);
  EXPECT_EQ(runner.next_step_with_spikes(5), 6);
}

TEST(SourceRunner, ExternalSpikesHoldForTheirStepOnly) {
  auto network = tiny::network();
  network.sources.push_back(tiny::external_source("X", 3));
  SourceRunner runner(network);
  const std::uint32_t cells[] = {2, 0};
  runner.emit(0, {5, 0}, cells);
  EXPECT_EQ(spikes_of(runner, 0, 5), (Spikes{{0, 1}, {2, 1}}));
  EXPECT_EQ(spikes_of(runner, 0, 6), Spikes{});
  const std::uint32_t beyond[] = {3}, twice[] = {1, 1};
  EXPECT_THROW(runner.emit(0, {5, 0}, beyond), Error);
  EXPECT_THROW(runner.emit(0, {5, 0}, twice), Error) << "one spike per step is declared";
  EXPECT_EQ(spikes_of(runner, 0, 5), (Spikes{{0, 1}, {2, 1}})) << "a refused call changes nothing";
}

TEST(SourceRunner, SpikesOfTheCallerWaitForTheirStep) {
  auto network = tiny::network(0.1);
  network.sources.push_back(tiny::external_source("X", 3));
  SourceRunner runner(network);
  const std::uint32_t cells[] = {2, 0, 1};
  const double times[] = {0.9, 0.5, 0.61};  // the last between two steps
  runner.emit(0, {5, 0}, cells, times);
  EXPECT_EQ(spikes_of(runner, 0, 5), (Spikes{{0, 1}}));
  EXPECT_EQ(spikes_of(runner, 0, 7), (Spikes{{1, 1}}));
  EXPECT_EQ(spikes_of(runner, 0, 9), (Spikes{{2, 1}}));
  EXPECT_EQ(runner.next_given(5), 7);
  EXPECT_EQ(runner.next_given(7), 9);
  EXPECT_GT(runner.next_given(9), 1'000'000'000'000);
  const double past[] = {0.9, 0.4, 1}, no_time[] = {1, std::nan(""), 1}, endless[] = {1, 1e300, 1};
  for (const auto& wrong : {past, no_time, endless}) EXPECT_THROW(runner.emit(0, {5, 0}, cells, std::span(wrong, 3)), Error);
  EXPECT_THROW(runner.emit(0, {5, 0}, cells, std::span(times, 2)), Error) << "one time each";
  const std::uint32_t again[] = {1};
  const double same_step[] = {0.7};
  EXPECT_THROW(runner.emit(0, {5, 0}, again, same_step), Error) << "one spike per step is declared";
}

TEST(SourceRunner, ComesBackFromItsBytes) {
  auto network = tiny::network();
  network.sources.push_back(tiny::external_source("X", 3));
  SourceRunner runner(network), other(network);
  const std::uint32_t cells[] = {1};
  runner.emit(0, {5, 0}, cells);
  ByteWriter out;
  runner.save(out);
  ByteReader in(out.bytes());
  other.load(in);
  EXPECT_EQ(spikes_of(other, 0, 5), (Spikes{{1, 1}}));
}

TEST(PoissonArrivals, AreKeyedByTheCellAndWeightedByTheRunningIndex) {
  CompiledPoisson poisson;
  poisson.key = 99;
  poisson.first = 4;
  poisson.stride = 3;
  poisson.count = 10;
  poisson.tables = {poisson_table(1.5)};
  poisson.segments = {{1, {0}}};
  std::uint32_t seen = 0;
  poisson_arrivals(poisson, 3, [&](std::uint32_t k, std::uint32_t cell, std::uint32_t count) {
    EXPECT_EQ(cell, 4 + 3 * k);
    EXPECT_EQ(count, poisson_count(poisson.tables[0], 99, cell, 3));
    ++seen;
  });
  EXPECT_GT(seen, 3u);
  poisson_arrivals(poisson, 0, [&](auto, auto, auto) { FAIL() << "nothing arrives before the first segment"; });
}

}  // namespace
}  // namespace spikeloom
