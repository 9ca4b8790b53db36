// Polychronous groups in nets made by hand, whose groups can be counted on fingers.
#include "analysis/polychronous.hpp"

#include <gtest/gtest.h>
#include <tbb/global_control.h>

#include <map>

#include "core/errors.hpp"

namespace spikeloom {
namespace {

/// A cell fires in the step in which at least `needed` of its input arrives together; it does so once.
Response coincidence(const TimedSynapses& synapses, double needed) {
  return [&synapses, needed](std::span<const Arrival> arrivals) {
    std::map<std::uint32_t, std::map<std::uint32_t, double>> input;  // by step, cell
    for (const Arrival& a : arrivals) input[a.step][a.cell] += a.weight;
    std::vector<Firing> firings;
    std::vector<bool> done(synapses.cells(), false);
    for (auto step = input.begin(); step != input.end(); ++step)
      for (const auto& [cell, sum] : step->second) {
        if (sum < needed || done[cell]) continue;
        done[cell] = true;
        firings.push_back({cell, step->first});
        for (const TimedSynapse& s : synapses.from(cell)) input[step->first + s.delay_steps][s.target] += s.weight;
      }
    return firings;
  };
}

std::vector<PolychronousGroup> groups_of(const TimedSynapses& net, const GroupCriteria& criteria) {
  return polychronous_groups(
      net, [&] { return coincidence(net, 2); }, criteria);
}

/// Anchors 0, 1, 2 meet at cell 3; then pairs of cells meet at 4, 5, 6 and 7 by delays that differ.
std::vector<TimedSynapse> ladder() {
  return {{0, 3, 5, 1},  {1, 3, 8, 1}, {2, 3, 1, 1},  // fire at 3, 0, 7 and meet at 8
          {0, 4, 9, 1},  {3, 4, 4, 1},                // 12
          {1, 5, 17, 1}, {4, 5, 5, 1},                // 17
          {2, 6, 13, 1}, {5, 6, 3, 1},                // 20
          {3, 7, 15, 1}, {6, 7, 3, 1}};               // 23
}

TEST(PolychronousGroups, AreFoundWhereDelaysMakeSpikesMeet) {
  const TimedSynapses net(8, ladder());
  const auto groups = groups_of(net, {.window = 1, .least_path = 6, .least_firings = 8});
  ASSERT_EQ(groups.size(), 1u);
  EXPECT_EQ(groups[0].mother, 3u);
  const std::vector<Firing> right = {{0, 3}, {1, 0}, {2, 7}, {3, 8}, {4, 12}, {5, 17}, {6, 20}, {7, 23}};
  EXPECT_EQ(groups[0].firings, right);
  EXPECT_EQ(groups[0].links.size(), 11u);
  EXPECT_EQ(groups[0].longest_path, 6u);  // an anchor, 3, 4, 5, 6, 7
  EXPECT_EQ(groups[0].span_steps, 23u);
}

TEST(PolychronousGroups, ArePartedByOneDelayThatIsOff) {
  for (std::size_t k = 3; k < ladder().size(); ++k) {
    auto synapses = ladder();
    ++synapses[k].delay_steps;
    EXPECT_TRUE(groups_of(TimedSynapses(8, synapses), {.window = 1, .least_path = 6, .least_firings = 8}).empty()) << k;
  }
}

TEST(PolychronousGroups, DoNotCountWithAnAnchorThatOnlyReachesTheMother) {
  auto synapses = ladder();
  synapses.erase(synapses.begin() + 7);  // anchor 2 no longer reaches cell 6 ...
  synapses.push_back({3, 6, 12, 1});     // ... which its mother reaches in its place
  const TimedSynapses net(8, synapses);
  EXPECT_TRUE(groups_of(net, {.window = 1, .least_path = 6, .least_firings = 8}).empty());
}

TEST(PolychronousGroups, AreAsManyAsWaysToBeginThem) {
  // a fourth anchor like anchor 0: any three that hold the two others, and three without cell 0 or 8
  auto synapses = ladder();
  synapses.push_back({8, 3, 5, 1});
  synapses.push_back({8, 4, 9, 1});
  const TimedSynapses net(9, synapses);
  const auto groups = groups_of(net, {.window = 1, .least_path = 6, .least_firings = 8});
  EXPECT_EQ(groups.size(), 2u);  // {0, 1, 2} and {1, 2, 8}; with 0 and 8 together cell 5 or 6 lacks its second spike
}

TEST(PolychronousGroups, AreNotBegunAtInhibitoryCellsNorForThem) {
  const TimedSynapses net(8, ladder());
  EXPECT_TRUE(
      groups_of(net, {.window = 1, .least_path = 6, .least_firings = 8, .excitatory = 3}).empty());  // the mother is cell 3
  EXPECT_TRUE(groups_of(net, {.window = 1, .least_path = 6, .least_firings = 8, .excitatory = 6})
                  .empty());  // cell 6 is anchor 2's only use
  EXPECT_EQ(groups_of(net, {.window = 1, .least_path = 6, .least_firings = 8, .excitatory = 7}).size(), 1u);
}

TEST(PolychronousGroups, KeepToTheLeastPathAndTheLeastNumberOfFirings) {
  const TimedSynapses net(8, ladder());
  EXPECT_TRUE(groups_of(net, {.window = 1, .least_path = 7, .least_firings = 8}).empty());
  EXPECT_TRUE(groups_of(net, {.window = 1, .least_path = 6, .least_firings = 9}).empty());
}

TEST(PolychronousThreads, FindTheSameGroupsInTheSameOrder) {
  std::vector<TimedSynapse> many;  // forty ladders side by side
  for (std::uint32_t copy = 0; copy < 40; ++copy)
    for (TimedSynapse s : ladder()) {
      s.source += 8 * copy, s.target += 8 * copy;
      many.push_back(s);
    }
  const TimedSynapses net(320, many);
  for (const std::size_t threads : {1, 2, 4}) {
    const tbb::global_control limit(tbb::global_control::max_allowed_parallelism, threads);
    const auto groups = groups_of(net, {.window = 1, .least_path = 6, .least_firings = 8});
    ASSERT_EQ(groups.size(), 40u) << threads;
    for (std::uint32_t copy = 0; copy < 40; ++copy) EXPECT_EQ(groups[copy].mother, 3 + 8 * copy) << threads;
  }
}

TEST(TimeConsistentGraph, LinksOnlyWhatArrivesInTheWindowBeforeAFiring) {
  const TimedSynapses net(3, {{0, 1, 4, 1}, {1, 2, 6, 1}});
  const auto links = [&](std::uint32_t second, std::uint32_t third, std::uint32_t window) {
    return time_consistent(std::vector<Firing>{{0, 10}, {1, second}, {2, third}}, net, window);
  };
  EXPECT_EQ(links(14, 20, 1).longest_path, 3u);
  EXPECT_EQ(links(13, 19, 1).longest_path, 2u);  // the first spike comes too late for the second cell
  EXPECT_EQ(links(16, 24, 1).links.size(), 0u);
  EXPECT_EQ(links(16, 24, 3).longest_path, 3u);
  EXPECT_EQ(links(17, 24, 3).links.size(), 1u);
}

TEST(TimeConsistentGraph, TakesTheLongestOfSeveralPathsAndCellsThatFireTwice) {
  const TimedSynapses net(4, {{0, 1, 1, 1}, {1, 2, 1, 1}, {0, 2, 2, 1}, {2, 3, 1, 1}, {3, 1, 5, 1}});
  const std::vector<Firing> firings = {{0, 0}, {1, 1}, {2, 2}, {3, 3}, {1, 8}, {2, 9}};
  EXPECT_EQ(time_consistent(firings, net, 1).longest_path, 6u);
  EXPECT_EQ(time_consistent({}, net, 1).longest_path, 0u);
}

TEST(TimedSynapses, RefusesCellsOutsideTheNetworkAndMissingDelays) {
  EXPECT_THROW(TimedSynapses(2, {{0, 2, 1, 1}}), Error);
  EXPECT_THROW(TimedSynapses(2, {{0, 1, 0, 1}}), Error);
}

}  // namespace
}  // namespace spikeloom
