// Conversions between milliseconds and steps that respect decimals as they were written.
#include "core/compile/steps.hpp"

#include <algorithm>
#include <cmath>

#include "core/time.hpp"

namespace spikeloom {
namespace {

/// Times beyond all runs stay beyond them.
double bounded(double steps) { return std::clamp(steps, -0x1p62, 0x1p62); }

}  // namespace

StepGrid::StepGrid(double step_ms) : step_ms_(step_ms), numerator_(0), denominator_(0) {
  const Decimal step = decimal_of(step_ms, 9);
  if (step.units < 1 || step.units > 1'000'000'000) return;
  numerator_ = step.units;
  denominator_ = static_cast<std::int64_t>(power_of_ten(step.digits));
}

double StepGrid::tolerance(double steps) const { return step_slack + 4 * 0x1p-52 * std::fabs(steps); }

double StepGrid::ms_of(std::int64_t step) const {
  std::int64_t product = 0;
  if (denominator_ > 0 && !__builtin_mul_overflow(step, numerator_, &product) && product < max_steps && product > -max_steps)
    return static_cast<double>(product) / static_cast<double>(denominator_);
  return static_cast<double>(step) * step_ms_;
}

std::int64_t StepGrid::nearest(double ms) const {
  const double steps = bounded(ms / step_ms_);
  return static_cast<std::int64_t>(std::floor(steps + 0.5 + tolerance(steps)));
}

std::int64_t StepGrid::ceil(double ms) const {
  const double steps = bounded(ms / step_ms_);
  return static_cast<std::int64_t>(std::ceil(steps - tolerance(steps)));
}

bool StepGrid::on_grid(double ms) const {
  const double steps = ms / step_ms_;
  return std::fabs(steps - std::rint(steps)) <= tolerance(steps);
}

std::int64_t StepGrid::ceil_us(std::int64_t us, double scale, bool& exact) const {
  const double step_us = denominator_ > 0 ? 1000.0 * static_cast<double>(numerator_) / static_cast<double>(denominator_) : 0.5;
  if (scale == 1 && step_us == std::rint(step_us)) {
    const auto divisor = static_cast<std::int64_t>(step_us);
    exact = us % divisor == 0;
    return us / divisor + (exact ? 0 : 1);
  }
  const double ms = static_cast<double>(us) * scale / 1000;
  exact = on_grid(ms);
  return ceil(ms);
}

}  // namespace spikeloom
