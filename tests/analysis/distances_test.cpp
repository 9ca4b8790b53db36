// Spike-train distances where their values are known in closed form.
#include "analysis/distances.hpp"

#include <gtest/gtest.h>

#include <cmath>

#include "core/errors.hpp"

namespace spikeloom {
namespace {

using Times = std::vector<double>;

TEST(VanRossum, IsZeroOnlyForEqualTrains) {
  const Times a = {1, 2, 30};
  EXPECT_EQ(van_rossum(a, a, 10), 0);
  EXPECT_GT(van_rossum(a, Times{1, 2, 30.1}, 10), 0);
}

TEST(VanRossum, OneSpikeAndTwoShiftedSpikesHaveTheirClosedForms) {
  EXPECT_NEAR(van_rossum(Times{5}, Times{}, 10), std::sqrt(0.5), 1e-15);
  for (const double shift : {0.1, 1.0, 10.0, 100.0})
    EXPECT_NEAR(van_rossum(Times{50}, Times{50 + shift}, 10), std::sqrt(1 - std::exp(-shift / 10)), 1e-14) << shift;
}

TEST(VanRossum, IsSymmetricAndKeepsTheTriangle) {
  const Times a = {1, 5, 9}, b = {2, 5}, c = {4, 8, 9, 20};
  EXPECT_EQ(van_rossum(a, b, 3), van_rossum(b, a, 3));
  EXPECT_LE(van_rossum(a, c, 3), van_rossum(a, b, 3) + van_rossum(b, c, 3));
}

TEST(VictorPurpura, MovesNearSpikesAndReplacesFarOnes) {
  EXPECT_NEAR(victor_purpura(Times{10}, Times{11}, 10), 0.2, 1e-15);
  EXPECT_EQ(victor_purpura(Times{10}, Times{100}, 10), 2);
  EXPECT_EQ(victor_purpura(Times{}, Times{1, 2, 3}, 10), 3);
  EXPECT_NEAR(victor_purpura(Times{1, 50}, Times{1, 30, 51}, 10), 1.2, 1e-14);
}

TEST(Distances, ArePerCellMeansOfEqualPopulations) {
  EXPECT_NEAR(mean_van_rossum({{5}, {7}}, {{5}, {}}, 10), std::sqrt(0.5) / 2, 1e-15);
  EXPECT_THROW(mean_van_rossum({{5}}, {{5}, {}}, 10), Error);
}

TEST(Distances, FirstSpikesCountWhereBothCellsSpike) {
  EXPECT_EQ(mean_first_spike_shift({{5, 6}, {7}, {}, {1}}, {{4.5}, {9, 10}, {3}, {}}), 1.25);
  EXPECT_EQ(mean_first_spike_shift({{5}, {}}, {{}, {5}}), std::nullopt);
  EXPECT_EQ(mean_first_spike_shift({}, {}), std::nullopt);
  EXPECT_THROW(mean_first_spike_shift({{5}}, {{5}, {}}), Error);
  EXPECT_EQ(first_spikes_ms({{2, 3}, {}}), (std::vector<std::optional<double>>{2, std::nullopt}));
}

}  // namespace
}  // namespace spikeloom
