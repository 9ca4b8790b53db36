// Flush-to-zero lasts for its scope.
#include "core/math/flush.hpp"

#include <gtest/gtest.h>

namespace spikeloom {

TEST(FlushDenormals, LastsForItsScope) {
#if defined(__SSE2__)
  volatile double smallest = 0x1p-1022, half = 0.5, denormal = 0x1p-1040;
  EXPECT_NE(smallest * half, 0.0);
  {
    const FlushDenormals flush;
    EXPECT_TRUE(smallest * half == 0.0);
    EXPECT_TRUE(denormal == 0.0);
    {
      const FlushDenormals inner;
      EXPECT_TRUE(smallest * half == 0.0);
    }
    EXPECT_TRUE(smallest * half == 0.0);
  }
  EXPECT_NE(smallest * half, 0.0);
  EXPECT_NE(denormal, 0.0);
#endif
}

}  // namespace spikeloom
