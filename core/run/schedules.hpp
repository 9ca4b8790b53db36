// Signals that time alone decides: pulses, tables, bumps and pulses without duration, at a step of their clock.
#pragma once

#include <cstdint>
#include <vector>

#include "core/compile/compiled.hpp"
#include "core/compile/steps.hpp"

namespace spikeloom {

/// The value at time n h.
double schedule_value(const CompiledSignal::Pulse& pulse, const StepGrid& grid, std::int64_t n);
double schedule_value(const CompiledSignal::Steps& table, const StepGrid& grid, std::int64_t n);
/// The same of one channel.
double schedule_value(const CompiledSignal::Gaussian& bumps, std::size_t channel, const StepGrid& grid, std::int64_t n);

/// Calls due(k) for the times within ((n-1) h, n h]; those of step 0 are at 0.
template <class Due>
void each_due(const std::vector<double>& t_ms, const StepGrid& grid, std::int64_t n, Due&& due) {
  std::size_t k = 0, last = t_ms.size();
  while (k < last)  // the first that is not before step n
    if (const std::size_t middle = (k + last) / 2; grid.ceil(t_ms[middle]) < n) k = middle + 1;
    else last = middle;
  for (; k < t_ms.size() && grid.ceil(t_ms[k]) == n; ++k) due(k);
}

}  // namespace spikeloom
