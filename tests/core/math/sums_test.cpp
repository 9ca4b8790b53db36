// Sums in a fixed order.
#include "core/math/sums.hpp"

#include <gtest/gtest.h>

#include "tests/core/math/measures.hpp"

namespace spikeloom {

TEST(Sums, FollowTheStatedOrder) {
  for (const std::size_t count : {0, 1, 7, 8, 9, 64, 1001}) {
    std::vector<double> x(count);
    double lanes[8] = {};
    for (std::uint32_t i = 0; i < count; ++i) {
      x[i] = (test::uniform_at(i) - 0.3) * std::pow(10.0, i % 17);
      lanes[i % 8] += x[i];
    }
    const double expected = ((lanes[0] + lanes[4]) + (lanes[2] + lanes[6])) + ((lanes[1] + lanes[5]) + (lanes[3] + lanes[7]));
    EXPECT_EQ(math::blocked_sum(x.data(), count), expected) << count;
  }
}

TEST(Sums, DotMeanAndVarianceAreRight) {
  const std::vector<float> x{1, 2, 3, 4};
  const std::vector<double> y{1, 10, 100, 1000};
  EXPECT_EQ(math::blocked_dot(x.data(), y.data(), 4), 4321.0);
  EXPECT_EQ(math::mean(x.data(), 4), 2.5);
  EXPECT_EQ(math::variance(x.data(), 4), 1.25);
  EXPECT_EQ(math::mean(x.data(), 0), 0.0);
  EXPECT_EQ(math::variance(x.data(), 0), 0.0);
}

TEST(Sums, VarianceDoesNotCancel) {
  std::vector<double> x(1000);
  for (std::size_t i = 0; i < x.size(); ++i) x[i] = 1e9 + static_cast<double>(i % 2);
  EXPECT_DOUBLE_EQ(math::variance(x.data(), x.size()), 0.25);
}

TEST(Sums, OneNumberThatIsNotFiniteIsFoundAmongMany) {
  for (const std::size_t at : {0, 7, 8, 20}) {
    std::vector<double> x(21, 1e308);
    EXPECT_TRUE(math::all_finite(x.data(), x.size()));
    for (const double bad : {__builtin_inf(), __builtin_nan("")}) {
      x[at] = bad;
      EXPECT_FALSE(math::all_finite(x.data(), x.size()));
    }
  }
}

}  // namespace spikeloom
