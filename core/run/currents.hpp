// The continuous current of every cell in a step: bias, then inputs, then signals, each in order of name.
#pragma once

#include <cstdint>
#include <vector>

#include "core/compile/compiled.hpp"
#include "core/compile/steps.hpp"
#include "core/exact_cell.hpp"
#include "core/run/modulation.hpp"
#include "core/run/signals.hpp"

namespace spikeloom {

/// Real is the number type of the run: each term is rounded to Real, then added in order.
template <class Real>
class CurrentRunner {
 public:
  CurrentRunner(const CompiledNetwork& network, const SignalBank& signals, const Modulator& modulator);

  /// One number serves all cells of population p (whatever the step).
  bool uniform(std::uint32_t p) const { return uniform_[p]; }
  /// Current of step n where uniform(p).
  Real shared(std::uint32_t p, std::int64_t n) const;
  /// Currents of the cells [first, first + count) of population p in step n; thread-safe.
  void fill(std::uint32_t p, std::int64_t n, std::uint32_t first, std::uint32_t count, Real* out) const;
  /// Currents from `at` on, of exact cells: tables at their own times, everything else as it stands in the step.
  void fill_exact(std::uint32_t p, ExactTime at, std::uint32_t first, std::uint32_t count, CellCurrent* out) const;
  /// The first time after `at` at which the currents of exact cells may change; `never`: they stay.
  ExactTime next_change(std::uint32_t p, ExactTime at) const;
  /// The same from the end of step n on, a change at that very time included: what a run that comes back there still has to do.
  ExactTime next_change_from(std::uint32_t p, std::int64_t n) const {
    return n > 0 ? next_change(p, {n - 1, exact_grid_.step_ms() * (1 - 0x1p-52)}) : ExactTime{};
  }
  static constexpr ExactTime never{INT64_MAX, 0};
  /// The current of p can differ between steps.
  bool changes(std::uint32_t p) const { return changes_[p]; }

 private:
  struct Place;
  /// The term that current c adds to all cells in the step of `place`, where it is one number.
  Real shared_term(const CompiledCurrent& c, const Place& place) const;
  void add_noise(const CompiledCurrent& c, const CompiledCurrent::Noise& noise, const Place& place, std::uint32_t first,
                 std::uint32_t count, Real* out) const;
  void add(const CompiledCurrent& c, const Place& place, std::uint32_t first, std::uint32_t count, Real* out) const;
  Place place(std::uint32_t p, std::int64_t n) const;

  const CompiledNetwork& network_;
  const SignalBank& signals_;
  const Modulator& modulator_;
  StepGrid grid_;
  TimeGrid exact_grid_;
  std::vector<int> bias_;  ///< per population: the parameter that is its constant current, or -1
  std::vector<bool> uniform_, changes_;
  std::vector<std::vector<std::uint32_t>> of_population_;  ///< indices into network.currents, in order
};

}  // namespace spikeloom
