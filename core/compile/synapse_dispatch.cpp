// Picks the kernels of synapse_kernel.cpp for the machine that runs: the newest instruction set that was built and is there.
#include "core/compile/synapse_kernel.hpp"

namespace spikeloom {
namespace synapse_isa {
namespace baseline {
extern const SynapseKernels kernels;
}
#ifdef SPIKELOOM_SYNAPSE_ISAS
namespace v2 {
extern const SynapseKernels kernels;
}
namespace v3 {
extern const SynapseKernels kernels;
}
namespace v4 {
extern const SynapseKernels kernels;
}
#endif
}  // namespace synapse_isa

const SynapseKernels& synapse_kernels() {
#ifdef SPIKELOOM_SYNAPSE_ISAS
  const bool v4 = __builtin_cpu_supports("avx512f") && __builtin_cpu_supports("avx512bw") && __builtin_cpu_supports("avx512vl") &&
                  __builtin_cpu_supports("avx512dq") && __builtin_cpu_supports("avx512cd");
  const bool v3 = __builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma") && __builtin_cpu_supports("bmi2");
  if (v4 && v3) return synapse_isa::v4::kernels;
  if (v3) return synapse_isa::v3::kernels;
  if (__builtin_cpu_supports("sse4.2") && __builtin_cpu_supports("popcnt")) return synapse_isa::v2::kernels;
#endif
  return synapse_isa::baseline::kernels;
}

}  // namespace spikeloom
