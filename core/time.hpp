// Exact time: a whole step and an offset within it, so that a month and a picosecond fit together and nothing adds up errors.
//
// Times that people write are decimals. Where two of them are equal as decimals they must stay equal whatever the step and
// however they were added (1.07 + 0.05 and 1.09 + 0.03 meet). So offsets lie on a lattice of decimal ticks wherever they come
// within rounding of it: an offset that is k ticks is always the double nearest to k / 10^digits. Times that are no decimals
// (threshold crossings, drawn delays) keep all their bits.
#pragma once

#include <compare>
#include <cstdint>

namespace spikeloom {

/// step h + offset, offset in [0, h). Also a duration. Compared lexicographically.
struct ExactTime {
  std::int64_t step = 0;
  double offset_ms = 0;
  friend constexpr auto operator<=>(const ExactTime&, const ExactTime&) = default;
};

/// A decimal number units / 10^digits.
struct Decimal {
  std::int64_t units = 0;  ///< 0: no decimal found
  int digits = 0;
};
/// The shortest decimal of up to `most_digits` places (and 2^53 units) whose nearest double is `value` (>= 0).
Decimal decimal_of(double value, int most_digits);
/// 10^digits, exact.
double power_of_ten(int digits);

/// Arithmetic of exact times for one step length.
class TimeGrid {
 public:
  explicit TimeGrid(double step_ms = 0.1);
  double step_ms() const { return step_ms_; }

  /// The one normalising addition. Both offsets lie in [0, h), and so does the result's.
  ExactTime add(ExactTime a, ExactTime b) const { return normal(a.step + b.step, a.offset_ms + b.offset_ms); }
  /// `a` - `b`, exact as add() is; before time 0 where `b` is later.
  ExactTime difference(ExactTime a, ExactTime b) const {
    const double offset = a.offset_ms - b.offset_ms;
    return offset < 0 ? normal(a.step - b.step - 1, offset + step_ms_) : normal(a.step - b.step, offset);
  }
  /// `dt_ms` >= 0 later: for what a cell computes.
  ExactTime after(ExactTime t, double dt_ms) const {
    if (dt_ms < step_ms_) return normal(t.step, t.offset_ms + dt_ms);
    return add(t, split(dt_ms));
  }
  /// `to` - `from` in ms.
  double between(ExactTime from, ExactTime to) const {
    return static_cast<double>(to.step - from.step) * step_ms_ + (to.offset_ms - from.offset_ms);
  }

  /// A time or duration >= 0 as written: decimals mean what they say.
  ExactTime exact(double ms) const;
  /// A stamp of a recording in microseconds, times `scale`; by integers where scale is 1.
  ExactTime exact_us(std::int64_t us, double scale = 1) const;
  /// The double nearest to it, up to one rounding.
  double ms_of(ExactTime t) const;
  /// An offset that only has to come after a whole step: small, and yet no sum with it is taken for a whole step again.
  double soonest_ms() const { return 0x1p-48 * step_ms_; }
  /// The step n whose ((n-1) h, n h] holds t; 0 for time 0.
  static std::int64_t step_of(ExactTime t) { return t.step + (t.offset_ms > 0 ? 1 : 0); }

 private:
  /// Offset in [0, 2 h): onto the lattice where it comes within rounding of it, then below h.
  ExactTime normal(std::int64_t step, double offset) const {
    const double ticks = offset * ticks_per_ms_, whole = __builtin_rint(ticks);
    if (__builtin_fabs(ticks - whole) <= window_) return on_lattice(step, whole);
    return offset < step_ms_ ? ExactTime{step, offset} : ExactTime{step + 1, offset - step_ms_};
  }
  ExactTime on_lattice(std::int64_t step, double ticks) const {
    if (ticks >= ticks_per_step_) return {step + 1, (ticks - ticks_per_step_) / ticks_per_ms_};
    return {step, ticks / ticks_per_ms_};
  }
  ExactTime split(double ms) const;  ///< whole steps and rest of a computed duration

  double step_ms_;
  int digits_ = 0;             ///< a tick is 10^-digits ms
  double ticks_per_ms_ = 0;    ///< 0: no lattice, as the step is no decimal
  double ticks_per_step_ = 0;  ///< whole
  double window_ = -1;         ///< in ticks: what rounding can do to an offset on the lattice
};

}  // namespace spikeloom
