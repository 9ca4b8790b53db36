// How a model lives from event to event, beside the steps of core/model.hpp.
#pragma once

#include <cstddef>

#include "core/model.hpp"

namespace spikeloom {

/// The continuous current of an exact cell: `value` at the cell's last event, changing by `slope` per ms until its next.
struct CellCurrent {
  double value = 0, slope = 0;
};

/// What an exact cell does next if nothing arrives, `dt_ms` after its last event. Infinite: nothing, ever.
struct Ahead {
  enum What {
    spikes,
    moves,  ///< it only wants to be advanced and asked again (an integrated cell at the end of what it looked at)
    asks    ///< nothing up to and including then, which is not before the horizon; it is asked again in the same state
  };
  double dt_ms = unbounded;
  What what = moves;
};

/// How a model lives from event to event ("update": "exact"); core/exact_erasure.hpp says what a model's struct offers.
/// Events of a cell are arrivals, changes of its current, the end of its refractory time and what next() announced. Order at
/// one instant t: advance to t; end of the refractory time; a spike announced for t (arrivals at t then find the cell
/// refractory); the current changes; all arrivals of t, summed, join at once; `reached` is tested; next() is asked.
/// While held (refractory) the potential stays and currents go on. State changes at events only: a verb sees the state of the
/// last event and nothing else, so the result never depends on who looked in between. All times in ms, all numbers double.
struct ExactCell {
  std::size_t coefficient_count = 0;
  bool takes_slopes = false;  ///< false: its currents are constant within a step, and CellCurrent::slope is 0
  int refractory_state = -1;  ///< the state that shows how much of the refractory time is left, in steps; -1: none
  /// `tolerance_ms`: the spike-time error asked of an integrated cell.
  void (*prepare)(int variant, const double* parameters, double tolerance_ms, double* coefficients) = nullptr;
  double (*refractory_ms)(const double* parameters) = nullptr;
  /// What is wrong with one cell that is to live exactly; bit r of `receptors`: something arrives at receptor r.
  ParameterFault (*check)(const double* parameters, std::uint32_t receptors) = nullptr;
  /// From the last event to `dt_ms` later, at most to what next() announced.
  void (*advance)(int variant, double* states, const double* coefficients, const CellCurrent& current, bool held,
                  double dt_ms) = nullptr;
  /// Of a cell that is not held and has not reached its threshold. What lies beyond `horizon_ms` (which may be infinite) need
  /// not be found if the cell then asks; what is found must not depend on it.
  Ahead (*next)(int variant, const double* states, const double* coefficients, const CellCurrent& current,
                double horizon_ms) = nullptr;
  /// The sums of all arrivals of one instant, one per receptor.
  void (*receive)(int variant, double* states, const double* coefficients, const double* input, bool held) = nullptr;
  /// All that arrives at one instant at a cell that is free: advance(), receive(), and unless the threshold is reached, next().
  /// Whether it is reached.
  bool (*meet)(int variant, double* states, const double* coefficients, const CellCurrent& current, double dt_ms,
               const double* input, double horizon_ms, Ahead& ahead) = nullptr;
  bool (*reached)(const double* states, const double* coefficients) = nullptr;  ///< the potential is at its threshold or above
  void (*reset)(double* states, const double* coefficients) = nullptr;          ///< what a spike does to the state
};

}  // namespace spikeloom
