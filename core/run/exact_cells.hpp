// The life of exact cells from event to event, the same for every backend: what happens to a cell at an instant, in which order.
//
// A cell is touched at its events only: arrivals, changes of its current, and what it announced (core/model.hpp). A backend owes
// each cell its events in order of time; at one instant own(), then arrive() with the sums of all arrivals, in any order with
// set_current(), which moves nothing. The end of the refractory time needs no event of its own: whatever comes next goes through
// it, as if it had. So nothing here depends on who looks when, and a quiet cell costs nothing.
//
// Cells are numbered over all exact populations, which stand in order of name.
#pragma once

#include <atomic>
#include <cstdint>
#include <span>
#include <vector>

#include "core/compile/compiled.hpp"
#include "core/exact_cell.hpp"
#include "core/run/bytes.hpp"
#include "core/run/guards.hpp"

namespace spikeloom {

class ExactCells {
 public:
  static constexpr ExactTime never{INT64_MAX, 0};
  static constexpr std::size_t most_receptors = 32;
  static constexpr std::uint32_t most_looks = 20'000;  ///< of one cell within a millisecond, some 15 ms of work

  explicit ExactCells(const CompiledNetwork& network);
  static std::uint64_t predict_bytes(const CompiledNetwork& network);

  std::uint32_t count() const { return static_cast<std::uint32_t>(cells_.size()); }
  /// Number of cell 0 of an exact population.
  std::uint32_t first(std::uint32_t population) const { return first_[population]; }
  struct Place {
    std::uint32_t population, cell;
  };
  Place place(std::uint32_t cell) const { return {cells_[cell].population, cell - first_[cells_[cell].population]}; }
  const TimeGrid& grid() const { return grid_; }
  /// The cell will be wanted soon.
  void prefetch(std::uint32_t cell) const {
    __builtin_prefetch(&cells_[cell]);
    __builtin_prefetch(states(cell));
  }
  std::size_t receptors(std::uint32_t cell) const { return kinds_[cells_[cell].population].receptors; }

  /// When the cell will do something if nothing arrives; `never`: not at all.
  ExactTime ahead(std::uint32_t cell) const { return cells_[cell].ahead; }
  /// It does nothing up to and including ahead(cell), and what it does later is not known yet: own() finds out.
  bool asks(std::uint32_t cell) const { return cells_[cell].what == Ahead::asks; }

  // The verbs; each says how often the cell spiked (at that time). What lies beyond `horizon` need not be known, so that the cell
  // asks; with `never` no cell does.
  /// Time 0, with the current of time 0.
  int start(std::uint32_t cell, CellCurrent current);
  /// What was announced for ahead(cell).
  int own(std::uint32_t cell, ExactTime horizon);
  /// The sums of all arrivals of one instant, one per receptor of the model, on their grids.
  int arrive(std::uint32_t i, ExactTime t, const std::int64_t* sums, ExactTime horizon) {
    Cell& cell = cells_[i];
    const Kind& kind = kinds_[cell.population];
    double input[most_receptors];
    const double* const step = kind.grid_step.data() + std::size_t{i - first_[cell.population]} * kind.steps_per_cell;
    for (std::size_t r = 0; r < kind.receptors; ++r) input[r] = static_cast<double>(sums[r]) * step[r];
    if (cell.held || cell.stopped || cell.current.slope != 0) return arrive_seldom(i, t, input, horizon);
    const double dt = grid_.between(cell.last, t), within = horizon == never ? unbounded : grid_.between(t, horizon);
    double* const state = states(i);
    Ahead next;
    cell.last = t, cell.ahead = never, cell.what = Ahead::moves;
    if (kind.life->meet(kind.variant, state, coefficients(kind, i), cell.current, dt, input, within, next))
      return arrive_and_fire(i, t, horizon);
    if (next.dt_ms != unbounded) announce(i, cell, t, next, horizon);
    watch(state);
    return 0;
  }
  /// From t on; the announcement may change.
  void set_current(std::uint32_t cell, ExactTime t, CellCurrent current, ExactTime horizon);

  /// Do these parameters of a modulated population differ from those that its cells live by?
  bool are_new(std::uint32_t population, const std::vector<Column>& parameters) const;
  /// From t on its cells live by them. Afterwards each must be given its current by begin_under(), which looks ahead.
  void set_parameters(std::uint32_t population, ExactTime t, const std::vector<Column>& parameters);
  void begin_under(std::uint32_t cell, CellCurrent current, ExactTime horizon);
  /// What all input of a population is multiplied by.
  void set_gain(std::uint32_t population, const Column& gain);

  /// State of a cell as everything up to `t` has left it.
  double settled(std::uint32_t cell, std::size_t state, ExactTime t) const;
  /// The caller writes a state at time t; the other states are settled with it.
  void set_state(std::uint32_t cell, std::size_t state, ExactTime t, double value);
  /// All cells begin anew at the end of step n, under the currents of that time.
  void restart(std::int64_t n);
  /// Throws the errors of core/run/guards.hpp: a state that is not finite.
  void check(std::int64_t n) const;
  /// When a cell stopped, since it spiked or had to be looked at too often within a millisecond; `never`: it did not.
  struct Runaway {
    ExactTime time = never;
    std::uint32_t cell = 0;
    friend auto operator<=>(const Runaway&, const Runaway&) = default;
  };
  bool has_stopped(std::uint32_t cell) const { return cells_[cell].stopped; }
  Runaway runaway(std::uint32_t cell) const { return cells_[cell].stopped ? Runaway{guards_[cell].stopped, cell} : Runaway{}; }
  [[noreturn]] void stop(const Runaway& runaway) const;

  void save(ByteWriter& out) const;
  /// Everything is as it was saved after step n; announcements are found anew.
  void load(ByteReader& in, std::int64_t n);

 private:
  /// What every event touches, in a line of its own.
  struct alignas(64) Cell {
    ExactTime last, ahead = never;
    CellCurrent current;
    std::uint32_t population = 0;
    Ahead::What what = Ahead::moves;
    bool held = false, stopped = false;
  };
  /// What only spikes and looks touch.
  struct Guard {
    ExactTime release{-1, 0}, stopped = never;
    std::int64_t millisecond = -1;        ///< of the last spike or look
    std::uint32_t spikes = 0, looks = 0;  ///< within it; looks: announced events that were no spikes
  };
  struct alignas(64) Line {
    double states[8];
  };
  /// What the cells of a population share.
  struct Kind {
    const ExactCell* life = nullptr;
    int variant = 0;
    std::size_t states = 0;                 ///< numbers per cell
    std::vector<double> coefficients;       ///< one set, or one per cell
    std::size_t coefficients_per_cell = 0;  ///< 0: one set for all
    std::size_t receptors = 0;
    std::vector<double> grid_step;      ///< times the gain: one per receptor, or so many for each cell
    std::size_t steps_per_cell = 0;     ///< 0: one for all
    std::vector<ExactTime> refractory;  ///< one, or one per cell
    std::vector<Column> modulated;      ///< parameters in the place of the compiled ones, if any
  };
  double* states(std::uint32_t i) { return &lines_[0].states[0] + std::size_t{i} * stride_; }
  const double* states(std::uint32_t i) const { return const_cast<ExactCells*>(this)->states(i); }
  const double* coefficients(const Kind& kind, std::uint32_t i) const {
    return kind.coefficients.data() + std::size_t{i - first_[cells_[i].population]} * kind.coefficients_per_cell;
  }
  void set_initial(std::uint32_t i, ExactTime t);
  void live_by(std::uint32_t population, const std::vector<Column>& parameters);
  void move(const Kind& kind, Cell& cell, double* states, const double* coefficients, ExactTime t) const;
  void bring(const Kind& kind, Cell& cell, ExactTime release, double* states, const double* coefficients, ExactTime t) const;
  void count(Cell& cell, Guard& guard, std::uint32_t Guard::*what, std::uint32_t most, ExactTime t) const;
  void spike(const Kind& kind, std::uint32_t i, Cell& cell, double* states, const double* coefficients, ExactTime t);
  void look_ahead(const Kind& kind, std::uint32_t i, Cell& cell, const double* states, const double* coefficients,
                  ExactTime horizon);
  void announce(std::uint32_t i, Cell& cell, ExactTime from, const Ahead& next, ExactTime horizon);
  int arrive_seldom(std::uint32_t i, ExactTime t, const double* input, ExactTime horizon);
  int arrive_and_fire(std::uint32_t i, ExactTime t, ExactTime horizon);
  void watch(const double* states) {
    double sum = 0;  // as in check_finite: 0 if all are finite; what is between a cell's states and the next's is 0
    for (std::size_t k = 0; k < stride_; k += 4) {
      const double* const s = states + k;
      sum += ((s[0] - s[0]) + (s[1] - s[1])) + ((s[2] - s[2]) + (s[3] - s[3]));
    }
    if (!(sum == 0)) broken_.store(true, std::memory_order_relaxed);
  }

  const CompiledNetwork& network_;
  TimeGrid grid_;
  std::vector<std::uint32_t> first_;  ///< per population
  std::vector<Kind> kinds_;           ///< per population
  std::vector<Cell> cells_;
  std::vector<Guard> guards_;
  std::size_t stride_ = 4;  ///< numbers from one cell's states to the next's: no cell's straddle more lines than they must
  std::vector<Line> lines_;
  std::atomic<bool> broken_{false};  ///< some state is not finite: states change at events only, so none is missed
};

}  // namespace spikeloom
