// The reference backend: scalar, one thread, the meaning of the program; every other backend must give its bits.
//
// Before step 1: source spikes of time 0 are sent (a delay of d acts in step d), signals read them, probes sample time 0.
// One step n, which covers ((n-1) h, n h]:
//   0. where a repeat of a phase begins: what the phase resets starts anew, choices are drawn (core/run/phases.hpp)
//   1. spikes that the caller emitted at the end of step n - 1 are sent (labelled n - 1)
//   2. signals as they stood after step n - 1 set parameters and gains
//   3. every cell: arrivals of step n (grid sums, gated ones rounded under the gain of this step, private Poisson) and the
//      continuous current of step n go through the model's step
//   4. spike sources emit their spikes of step n
//   5. spikes of step n are sent: a synapse with a delay of d steps adds to the sums of step n + d
//   6. spikes are recorded: populations by name, cells ascending; then sources
//   7. signals come to their values after step n, reading the spikes of step n; then readouts learn from these values; all of
//   them must be finite
//   8. probes sample; every 100 steps, and after the last, all states must be finite; no cell may run away
//   (core/run/guards.hpp)
#pragma once

#include <memory>

#include "core/backend.hpp"

namespace spikeloom {

std::unique_ptr<Backend> reference_backend();

}  // namespace spikeloom
