// A state that is not finite is found and named.
#include "core/run/guards.hpp"

#include <gtest/gtest.h>
#include <cmath>

#include "core/errors.hpp"
#include "tests/core/run/tiny_network.hpp"

namespace spikeloom {
namespace {

TEST(CheckFinite, NamesPopulationCellTimeAndState) {
  auto network = tiny::network(0.1);
  tiny::add_population(network, "A", 1000);
  for (const float bad : {INFINITY, -INFINITY, NAN}) {
    std::vector<float> values(1000, 3e38f);
    EXPECT_NO_THROW(check_finite(network, 0, 0, values.data(), values.size(), 7)) << "large is not infinite";
    values[999] = bad;
    try {
      check_finite(network, 0, 0, values.data(), values.size(), 7);
      FAIL();
    } catch (const Error& error) {
      EXPECT_EQ(error.kind, "nan");
      EXPECT_EQ(error.exit, Exit::run_failed);
      for (const char* part : {"V", "cell 999", "A", "0.7 ms"})
        EXPECT_NE(std::string(error.what()).find(part), std::string::npos) << part;
    }
  }
}

}  // namespace
}  // namespace spikeloom
