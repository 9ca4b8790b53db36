// Milliseconds and whole steps: decimals are taken as written, so 0.15 of 0.1 is one step and a half, whatever binary says.
#pragma once

#include <cstdint>

namespace spikeloom {

/// The run's grid of time. The step is kept as a ratio of decimals where it is one (0.1 = 1 / 10), so that products print as
/// written.
class StepGrid {
 public:
  StepGrid() = default;
  explicit StepGrid(double step_ms);

  double step_ms() const { return step_ms_; }
  double ms_of(std::int64_t step) const;  ///< the double nearest to the decimal product
  std::int64_t nearest(double ms) const;  ///< halves up
  std::int64_t ceil(double ms) const;     ///< the step whose ((n-1) h, n h] holds `ms`; 0 for ms = 0
  bool on_grid(double ms) const;          ///< a whole number of steps, up to the rounding of its decimals
  /// Microseconds (as cameras write them), scaled: the step whose ((n-1) h, n h] holds them, by integers where h allows.
  std::int64_t ceil_us(std::int64_t us, double scale, bool& exact) const;

 private:
  double tolerance(double steps) const;
  double step_ms_ = 0.1;
  std::int64_t numerator_ = 1, denominator_ = 10;  ///< step = numerator / denominator; denominator 0: no short decimal
};

/// Largest number of steps that a duration, time or delay sum may have; beyond, doubles no longer count single steps.
inline constexpr std::int64_t max_steps = std::int64_t{1} << 53;
/// Longest delay in steps.
inline constexpr std::uint32_t max_delay_steps = 1u << 20;
/// Added before rounding down to the nearest step: far above the error of a division, far below anything meant.
inline constexpr double step_slack = 1e-9;

}  // namespace spikeloom
