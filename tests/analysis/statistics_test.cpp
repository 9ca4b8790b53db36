// Statistics on trains whose answers are known by construction.
#include "analysis/statistics.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>

#include "core/errors.hpp"
#include "core/math/philox.hpp"

namespace spikeloom {
namespace {

/// Dead time plus exponential waiting, from numbered random words.
Trains renewal(std::size_t cells, double rate_hz, double dead_ms, double end_ms) {
  Trains trains(cells);
  for (std::uint32_t i = 0; i < cells; ++i) {
    double t = 0;
    for (std::uint32_t k = 0;; ++k) {
      const auto block = philox(stream_key(3, Purpose::trial, i), k, 0, 0, 0);
      t += dead_ms - std::log(unit53(block[0], block[1])) * 1000 / rate_hz;
      if (t > end_ms) break;
      trains[i].push_back(t);
    }
  }
  return trains;
}

TEST(Statistics, DeadTimeLowersRateAndCvAsRenewalTheorySays) {
  const auto trains = renewal(200, 100, 2, 20000);
  EXPECT_NEAR(mean_rate_hz(trains, {0, 20000}), 83.3333, 0.2);
  EXPECT_NEAR(*mean_cv_isi(trains), .83333, 0.005);
}

TEST(Statistics, PoissonCountsHaveFanoFactorOneAndNoCorrelation) {
  const auto trains = renewal(60, 100, 0, 20000);
  std::vector<double> counts;
  for (const auto& train : trains)
    for (const double c : binned_counts(train, {0, 20000}, 50)) counts.push_back(c);
  EXPECT_NEAR(*fano_factor(counts), 1, 0.03);
  EXPECT_NEAR(*mean_pair_correlation(trains, {0, 20000}, 10), 0, 0.003);
}

TEST(Statistics, CommonSpikesShowAsCorrelation) {
  auto trains = renewal(3, 100, 0, 20000);
  // Cells 0 and 1 both hear cell 2, each with private spikes of equal rate: correlation 1/2.
  for (int i = 0; i < 2; ++i) {
    trains[i].insert(trains[i].end(), trains[2].begin(), trains[2].end());
    std::sort(trains[i].begin(), trains[i].end());
  }
  trains.resize(2);
  EXPECT_NEAR(*mean_pair_correlation(trains, {0, 20000}, 10), 0.5, 0.05);
}

TEST(Statistics, CvNeedsThreeIntervalsAndIsZeroForAClock) {
  EXPECT_FALSE(cv_isi(std::vector<double>{1, 2, 3}).has_value());
  EXPECT_EQ(*cv_isi(std::vector<double>{1, 2, 3, 4}), 0);
  EXPECT_NEAR(*cv_isi(std::vector<double>{0, 1, 4, 5, 8}), 0.5, 1e-15);  // intervals 1 3 1 3
  EXPECT_FALSE(mean_cv_isi({{}, {1.0}}).has_value());
}

TEST(Statistics, WindowsAndBinsTakeTheirRightEdgeOnly) {
  const Trains trains = {{0.1, 0.2, 0.3, 1.0}, {1.0000000000000002}};
  EXPECT_EQ(mean_rate_hz(trains, {0.1, 0.3}), 1000 * 1 / 0.2);  // 0.2 and 0.3 of the first cell, none of the second
  EXPECT_EQ(binned_counts(trains[0], {0, 1}, 0.1), (std::vector<double>{1, 1, 1, 0, 0, 0, 0, 0, 0, 1}));
  EXPECT_EQ(population_counts(trains, {0, 2}, 1), (std::vector<double>{5, 0}));
}

TEST(Statistics, PsthFindsTheResponseAtItsLatency) {
  const Trains trains = {{105, 205, 305}, {105, 250}};
  const std::vector<double> events = {100, 200, 300};
  const auto psth = psth_hz(trains, events, 10, 10, 5);
  ASSERT_EQ(psth.size(), 4u);
  EXPECT_EQ(psth[0], 0);
  EXPECT_NEAR(psth[2], 4 / (2 * 3 * 0.005), 1e-9);  // (0, 5] after the event
  EXPECT_EQ(psth[3], 0);
}

TEST(Statistics, ASpikeOfACellThatDoesNotExistIsRefused) {
  SpikeTrain recorded{"E", {0, 7}, {1, 2}};
  EXPECT_THROW(trains_of(recorded, 5), Error);
  EXPECT_EQ(trains_of(recorded, 8)[7], std::vector<double>{2});
}

}  // namespace
}  // namespace spikeloom
