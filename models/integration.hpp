// What the integrated cells share: how large an error a series may make for the spike-time error that is asked for.
#pragma once

#include "core/exact_cell.hpp"
#include "core/math/taylor.hpp"

namespace spikeloom::integration {

/// Of the potential, in mV per expansion. An error of v shifts the spike by error / v', and cells creep to their threshold at
/// 0.01 mV/ms and less; some fifty expansions make an interval. tests/models/integrated_test.cpp holds the sum to its promise.
inline double series_error_mV(double tolerance_ms) { return 1e-5 * tolerance_ms; }

inline Ahead ahead_of(const math::Taylor& potential, double level, double error) {
  const math::Outlook outlook = math::outlook(potential, level, error);
  return {outlook.dt, outlook.reaches ? Ahead::spikes : Ahead::moves};
}

}  // namespace spikeloom::integration
