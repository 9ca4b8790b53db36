// Milliseconds to steps at the edge of a session.
#include "core/backend.hpp"

#include <fmt/format.h>
#include <cmath>

#include "core/compile/steps.hpp"

namespace spikeloom {

void Session::advance(double ms) {
  const StepGrid grid(network().step_ms);
  const bool anywhere = network().any_exact() && !network().any_stepped();
  if (!(ms >= 0) || !(ms / grid.step_ms() <= static_cast<double>(max_steps)) || !(anywhere || grid.on_grid(ms)))
    throw Error("range", {}, anywhere ? "a session does not go back" : "a session with stepped cells advances by whole steps")
        .with_value(fmt::format("{} ms", ms))
        .with_allowed(anywhere ? "not negative" : fmt::format("a multiple of {} ms, not negative", grid.step_ms()));
  const TimeGrid exact(grid.step_ms());
  const ExactTime by = grid.on_grid(ms) ? ExactTime{grid.nearest(ms), 0} : exact.exact(ms), target = exact.add(time(), by);
  if (target.step >= max_steps)
    throw Error("limit", {}, "the run would exceed 2^53 steps", Exit::refused).with_value(fmt::format("{} ms", ms));
  advance_to(target.step);
  if (target.offset_ms > 0) advance_within(target.offset_ms);
}

}  // namespace spikeloom
