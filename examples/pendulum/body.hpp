// The body that the network controls: a pendulum standing on its head, and fibres that tell how it stands.
#pragma once

#include <cstdint>
#include <vector>

#include "core/math/functions.hpp"

/// angle'' = gravity sin(angle) - friction angle' + push; angle in radians from upright, to the right, time in seconds.
struct Pendulum {
  static constexpr double gravity = 19.62, friction = 0.1;  // half a metre long
  double angle = 0, speed = 0;

  double acceleration(double at, double turning, double push) const {
    return gravity * spikeloom::math::sin(at) - friction * turning + push;
  }
  /// The midpoint rule over one control step.
  void move(double push, double seconds) {
    const double half = 0.5 * seconds, middle = speed + half * acceleration(angle, speed, push);
    const double turned = acceleration(angle + half * speed, middle, push);
    angle += seconds * middle;
    speed += seconds * turned;
  }
  bool fell() const { return angle > 1.5 || angle < -1.5; }
};

/// A bundle of fibres: half of them fire in proportion to a value, the other half to its negative, each with a phase of its own.
class Fibres {
 public:
  Fibres(std::uint32_t half, double hz_per_unit) : half_(half), hz_per_unit_(hz_per_unit) {
    for (std::uint32_t i = 0; i < 2 * half; ++i) phase_.push_back((i % half + 0.5) / half);
  }
  /// Fills in the spikes between now and `ms` later, at their own times.
  void fire(double value, double now_ms, double ms) {
    cells.clear();
    times_ms.clear();
    for (std::uint32_t i = 0; i < phase_.size(); ++i) {
      const double drive = i < half_ ? value : -value, per_ms = drive > 0 ? 1e-3 * hz_per_unit_ * drive : 0;
      const double phase = phase_[i] + per_ms * ms;
      if (phase >= 1) {
        cells.push_back(i);
        times_ms.push_back(now_ms + (1 - phase_[i]) / per_ms);
      }
      phase_[i] = phase >= 1 ? phase - 1 : phase;
    }
  }
  std::vector<std::uint32_t> cells;
  std::vector<double> times_ms;

 private:
  std::uint32_t half_;
  double hz_per_unit_;
  std::vector<double> phase_;  ///< 1: a spike
};
