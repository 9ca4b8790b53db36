// Picks the kernels of random_kernel.cpp for the machine that runs: the newest instruction set that was built and is there.
#include "core/math/random_kernel.hpp"

namespace spikeloom {
namespace random_isa {
namespace baseline {
extern const RandomKernels kernels;
}
#ifdef SPIKELOOM_RANDOM_ISAS
namespace v2 {
extern const RandomKernels kernels;
}
namespace v3 {
extern const RandomKernels kernels;
}
namespace v4 {
extern const RandomKernels kernels;
}
#endif
}  // namespace random_isa

const RandomKernels& random_kernels() {
#ifdef SPIKELOOM_RANDOM_ISAS
  const bool v4 = __builtin_cpu_supports("avx512f") && __builtin_cpu_supports("avx512bw") && __builtin_cpu_supports("avx512vl") &&
                  __builtin_cpu_supports("avx512dq") && __builtin_cpu_supports("avx512cd");
  const bool v3 = __builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma") && __builtin_cpu_supports("bmi2");
  if (v4 && v3) return random_isa::v4::kernels;
  if (v3) return random_isa::v3::kernels;
  if (__builtin_cpu_supports("sse4.2") && __builtin_cpu_supports("popcnt")) return random_isa::v2::kernels;
#endif
  return random_isa::baseline::kernels;
}

}  // namespace spikeloom
