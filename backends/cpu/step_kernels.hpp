// Which kernel steps a population: built-in models have one per instruction set, others the one they brought.
#pragma once

#include <cstdint>
#include <type_traits>

#include "backends/cpu/kernels.hpp"
#include "core/compile/compiled.hpp"
#include "models/models.hpp"

namespace spikeloom::cpu {

template <class Real, class Sum>
BlockKernel<Real, Sum> kernel_of(const BlockKernels& kernels, int variant) {
  if constexpr (std::is_same_v<Real, double>) return kernels.double_64[variant];
  else if constexpr (std::is_same_v<Sum, std::int64_t>) return kernels.float_64[variant];
  else return kernels.float_32[variant];
}

/// A model that came from outside under a built-in name keeps its own kernels.
inline bool is_builtin(const NeuronModel& model) {
  static const ModelSet builtin = builtin_models();
  const NeuronModel* ours = builtin.find(model.table->name);
  return ours != nullptr && ours->step_double == model.step_double;
}

template <class Real, class Sum>
BlockKernel<Real, Sum> choose_step(const KernelTable& table, const CompiledPopulation& population) {
  for (std::uint32_t m = 0; m < table.model_count; ++m)
    if (table.models[m].model == population.model.table->name) {
      const auto ours = kernel_of<Real, Sum>(table.models[m].kernels, population.variant);
      if (is_builtin(population.model)) return ours;
    }
  return kernel_of<Real, Sum>(population.model.kernels, population.variant);
}

}  // namespace spikeloom::cpu
