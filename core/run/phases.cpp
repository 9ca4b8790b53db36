// Finding a step among the phases by division, however many repeats they have.
#include "core/run/phases.hpp"

#include <algorithm>

namespace spikeloom {

Repeat repeat_of(const CompiledNetwork& network, std::int64_t n) {
  const auto& phases = network.phases;
  if (phases.empty()) return {};
  // The last phase that starts before n.
  const auto later = std::partition_point(phases.begin() + 1, phases.end(), [&](const auto& p) { return p.start_step < n; });
  const CompiledPhase& phase = *(later - 1);
  const std::int64_t within = std::max<std::int64_t>(n - phase.start_step - 1, 0);
  const std::uint64_t number = std::min(static_cast<std::uint64_t>(within / phase.repeat_steps), phase.repeats - 1);
  const std::int64_t start = phase.start_step + static_cast<std::int64_t>(number) * phase.repeat_steps;
  return {static_cast<std::uint32_t>(&phase - phases.data()), number, start, start + phase.repeat_steps};
}

std::int64_t next_change(const CompiledNetwork& network, std::int64_t n) {
  if (network.phases.empty()) return Repeat::never;
  const Repeat next = repeat_of(network, n + 1);
  return next.end > n && next.end < network.duration_steps ? next.end : Repeat::never;
}

std::int64_t last_reset(const CompiledNetwork& network, std::int64_t n) {
  if (network.phases.empty() || n == 0) return 0;
  const Repeat now = repeat_of(network, n);
  if (network.phases[now.phase].reset_state) return now.start;
  for (std::uint32_t k = now.phase; k-- > 0;) {
    const CompiledPhase& phase = network.phases[k];
    if (phase.reset_state) return phase.start_step + static_cast<std::int64_t>(phase.repeats - 1) * phase.repeat_steps;
  }
  return 0;
}

bool begins_after(const CompiledNetwork& network, std::int64_t n) {
  return n == 0 || (!network.phases.empty() && n < network.duration_steps && repeat_of(network, n + 1).start == n);
}

}  // namespace spikeloom
