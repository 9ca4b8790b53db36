// Milliseconds to steps at the edge of a session.
#include "core/backend.hpp"

#include <fmt/format.h>
#include <cmath>

#include "core/compile/steps.hpp"

namespace spikeloom {

void Session::advance(double ms) {
  const StepGrid grid(network().step_ms);
  if (!(ms >= 0) || !(ms / grid.step_ms() <= static_cast<double>(max_steps)) || !grid.on_grid(ms))
    throw Error("range", {}, "a session advances by whole steps")
        .with_value(fmt::format("{} ms", ms))
        .with_allowed(fmt::format("a multiple of {} ms, not negative", grid.step_ms()));
  const std::int64_t target = step() + grid.nearest(ms);
  if (target > max_steps)
    throw Error("limit", {}, "the run would exceed 2^53 steps", Exit::refused).with_value(fmt::format("{} ms", ms));
  advance_to(target);
}

}  // namespace spikeloom
