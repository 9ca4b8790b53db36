// Decimals of doubles, and the conversions between milliseconds and exact times that respect them.
#include "core/time.hpp"

#include <cmath>

namespace spikeloom {
namespace {

__extension__ typedef __int128 Wide;

constexpr double most_units = 0x1p53;
constexpr double furthest = 0x1p60;             ///< steps; whatever lies beyond all runs is taken to be there
constexpr int usual_digits = 9;                 ///< a tick is a picosecond unless the step asks for a finer one
constexpr double most_ticks_per_step = 0x1p44;  ///< more, and rounding would reach from tick to tick

}  // namespace

double power_of_ten(int digits) {
  double power = 1;
  for (; digits > 0; --digits) power *= 10;  // exact up to 10^22
  return power;
}

Decimal decimal_of(double value, int most_digits) {
  double scale = 1;
  for (int digits = 0; digits <= most_digits; ++digits, scale *= 10) {
    const double units = std::rint(value * scale);
    if (units > most_units) break;
    if (units >= 1 && units / scale == value) return {static_cast<std::int64_t>(units), digits};
  }
  return {};
}

TimeGrid::TimeGrid(double step_ms) : step_ms_(step_ms) {
  const Decimal step = decimal_of(step_ms, 15);
  if (step.units == 0) return;
  int digits = step.digits;
  double ticks = static_cast<double>(step.units);
  for (; digits < usual_digits && ticks * 10 < most_ticks_per_step; ++digits) ticks *= 10;
  if (ticks > most_ticks_per_step) return;
  digits_ = digits;
  ticks_per_ms_ = power_of_ten(digits);
  ticks_per_step_ = ticks;
  window_ = ticks * 0x1p-50;
}

ExactTime TimeGrid::split(double ms) const {
  double steps = std::floor(ms / step_ms_);
  const double at =
      ticks_per_ms_ > 0 && steps * ticks_per_step_ < most_units ? steps * ticks_per_step_ / ticks_per_ms_ : steps * step_ms_;
  double rest = ms - at;
  for (; rest < 0; --steps) rest += step_ms_;
  for (; rest >= step_ms_; ++steps) rest -= step_ms_;
  return {static_cast<std::int64_t>(steps), rest};
}

ExactTime TimeGrid::exact(double ms) const {
  if (!(ms / step_ms_ < furthest)) return {static_cast<std::int64_t>(furthest), 0};
  if (ticks_per_ms_ > 0) {
    int digits = digits_;
    double scale = ticks_per_ms_;
    for (; digits > 0 && ms * scale >= most_units; --digits) scale = power_of_ten(digits - 1);
    const double units = std::rint(ms * scale);
    if (std::fabs(units / scale - ms) <= 0x1p-50 * ms) {
      const Wide ticks = static_cast<Wide>(units) * static_cast<Wide>(power_of_ten(digits_ - digits));
      const auto per_step = static_cast<Wide>(ticks_per_step_);
      return {static_cast<std::int64_t>(ticks / per_step), static_cast<double>(ticks % per_step) / ticks_per_ms_};
    }
  }
  const ExactTime time = split(ms);
  return normal(time.step, time.offset_ms);
}

ExactTime TimeGrid::exact_us(std::int64_t us, double scale) const {
  if (scale == 1 && digits_ >= 3 && us >= 0) {
    const Wide ticks = static_cast<Wide>(us) * static_cast<Wide>(power_of_ten(digits_ - 3));
    const auto per_step = static_cast<Wide>(ticks_per_step_);
    return {static_cast<std::int64_t>(ticks / per_step), static_cast<double>(ticks % per_step) / ticks_per_ms_};
  }
  return exact(static_cast<double>(us) * scale / 1000);
}

double TimeGrid::ms_of(ExactTime t) const {
  // On the lattice the whole time is one integer over a power of ten, so it prints as it was written.
  const double ticks = t.offset_ms * ticks_per_ms_, whole = std::rint(ticks);
  if (ticks_per_ms_ > 0 && std::fabs(ticks - whole) <= window_) {
    const double all = static_cast<double>(t.step) * ticks_per_step_ + whole;
    if (std::fabs(all) < most_units) return all / ticks_per_ms_;
  }
  return static_cast<double>(t.step) * step_ms_ + t.offset_ms;
}

}  // namespace spikeloom
