// What schedules are at a step: times are compared on the grid, so that decimals count as written.
#include "core/run/schedules.hpp"

#include <algorithm>
#include <cmath>

#include "core/math/functions.hpp"

namespace spikeloom {

double schedule_value(const CompiledSignal::Pulse& pulse, const StepGrid& grid, std::int64_t n) {
  const auto on = [&](double start) { return grid.ceil(start) <= n && n < grid.ceil(start + pulse.width_ms); };
  if (pulse.every_ms <= 0) return on(pulse.at_ms) ? pulse.height : 0;
  if (grid.ceil(pulse.at_ms) > n) return 0;
  if (pulse.width_ms >= pulse.every_ms) return pulse.height;
  // The repeat that time n h falls into, one earlier or later where the division errs.
  const double repeat = std::floor((grid.ms_of(n) - pulse.at_ms) / pulse.every_ms);
  for (const double off : {-1.0, 0.0, 1.0})
    if (repeat + off >= 0 && on(pulse.at_ms + (repeat + off) * pulse.every_ms)) return pulse.height;
  return 0;
}

double schedule_value(const CompiledSignal::Steps& table, const StepGrid& grid, std::int64_t n) {
  const auto later = std::partition_point(table.t_ms.begin(), table.t_ms.end(), [&](double t) { return grid.ceil(t) <= n; });
  return later == table.t_ms.begin() ? 0 : table.value[static_cast<std::size_t>(later - table.t_ms.begin()) - 1];
}

double schedule_value(const CompiledSignal::Gaussian& bumps, std::size_t channel, const StepGrid& grid, std::int64_t n) {
  const double z = (grid.ms_of(n) - bumps.at_ms[channel]) / bumps.sd_ms;
  return math::exp(-0.5 * z * z);
}

}  // namespace spikeloom
