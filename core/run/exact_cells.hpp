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
#include "core/run/bytes.hpp"
#include "core/run/guards.hpp"

namespace spikeloom {

class ExactCells {
 public:
  static constexpr ExactTime never{INT64_MAX, 0};
  static constexpr std::uint64_t bytes_per_cell = 112;  ///< beside its states
  static constexpr std::uint32_t most_looks = 20'000;   ///< of one cell within a millisecond, some 15 ms of work

  explicit ExactCells(const CompiledNetwork& network);

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
    const char* const at = reinterpret_cast<const char*>(&cells_[cell]);
    __builtin_prefetch(at);
    __builtin_prefetch(at + 64);
    __builtin_prefetch(states(cell));
  }

  /// When the cell will do something if nothing arrives; `never`: not at all.
  ExactTime ahead(std::uint32_t cell) const { return cells_[cell].ahead; }

  // The verbs; each says how often the cell spiked (at that time). `horizon`: no event of this cell comes before, or `never`.
  /// Time 0, with the current of time 0.
  int start(std::uint32_t cell, CellCurrent current);
  /// What was announced for ahead(cell).
  int own(std::uint32_t cell, ExactTime horizon);
  /// The sums of all arrivals of one instant, one per receptor of the model, on their grids.
  int arrive(std::uint32_t cell, ExactTime t, const std::int64_t* sums, ExactTime horizon);
  /// From t on; the announcement may change.
  void set_current(std::uint32_t cell, ExactTime t, CellCurrent current);

  /// State of a cell as everything up to `t` has left it.
  double settled(std::uint32_t cell, std::size_t state, ExactTime t) const;
  /// The caller writes a state at time t; the other states are settled with it.
  void set_state(std::uint32_t cell, std::size_t state, ExactTime t, double value);
  /// Throws the errors of core/run/guards.hpp: a state that is not finite.
  void check(std::int64_t n) const;
  /// When a cell stopped, since it spiked or had to be looked at too often within a millisecond; `never`: it did not.
  struct Runaway {
    ExactTime time = never;
    std::uint32_t cell = 0;
    friend auto operator<=>(const Runaway&, const Runaway&) = default;
  };
  Runaway runaway(std::uint32_t cell) const {
    return cells_[cell].stopped == never ? Runaway{} : Runaway{cells_[cell].stopped, cell};
  }
  [[noreturn]] void stop(const Runaway& runaway) const;

  void save(ByteWriter& out) const;
  /// Everything is as it was saved after step n; announcements are found anew.
  void load(ByteReader& in, std::int64_t n);

 private:
  struct Cell {
    ExactTime last, release{-1, 0}, ahead = never, stopped = never;
    CellCurrent current;
    std::int64_t millisecond = -1;        ///< of the last spike or look
    std::uint32_t spikes = 0, looks = 0;  ///< within it; looks: announced events that were no spikes
    std::uint32_t population = 0;
    bool held = false, fires = false;
  };
  /// What the cells of a population share.
  struct Kind {
    const ExactCell* life = nullptr;
    int variant = 0;
    std::size_t states = 0, state_at = 0;   ///< numbers per cell, and where cell 0's are
    std::vector<double> coefficients;       ///< one set, or one per cell
    std::size_t coefficients_per_cell = 0;  ///< 0: one set for all
    std::vector<double> grid_step;
    std::vector<ExactTime> refractory;  ///< one, or one per cell
  };
  double* states(std::uint32_t i) {
    const Kind& kind = kinds_[cells_[i].population];
    return states_.data() + kind.state_at + std::size_t{i - first_[cells_[i].population]} * kind.states;
  }
  const double* states(std::uint32_t i) const { return const_cast<ExactCells*>(this)->states(i); }
  const double* coefficients(const Kind& kind, std::uint32_t i) const {
    return kind.coefficients.data() + std::size_t{i - first_[cells_[i].population]} * kind.coefficients_per_cell;
  }
  void move(const Kind& kind, Cell& cell, double* states, const double* coefficients, ExactTime t) const;
  void bring(const Kind& kind, Cell& cell, double* states, const double* coefficients, ExactTime t) const;
  void count(Cell& cell, std::uint32_t Cell::*what, std::uint32_t most, ExactTime t) const;
  void spike(const Kind& kind, std::uint32_t i, Cell& cell, double* states, const double* coefficients, ExactTime t);
  void look_ahead(const Kind& kind, Cell& cell, const double* states, const double* coefficients, ExactTime horizon) const;
  void watch(const Kind& kind, const double* states);

  static_assert(sizeof(Cell) <= bytes_per_cell);

  const CompiledNetwork& network_;
  TimeGrid grid_;
  std::vector<std::uint32_t> first_;  ///< per population
  std::vector<Kind> kinds_;           ///< per population
  std::vector<Cell> cells_;
  std::vector<double> states_;
  std::atomic<bool> broken_{false};  ///< some state is not finite: states change at events only, so none is missed
};

}  // namespace spikeloom
