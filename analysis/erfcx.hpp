// The scaled complementary error function exp(x^2) erfc(x), which first-passage integrals need where its factors over- and
// underflow.
#pragma once

namespace spikeloom {

/// exp(x^2) erfc(x), to about 1e-14 relative; +inf below -26.6 where the value itself overflows.
double erfcx(double x);

}  // namespace spikeloom
