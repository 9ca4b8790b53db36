// Exact cells simulated in the plainest way there is: look at every cell for the earliest instant, do what happens then, again.
//
// It shares with the engines what a model says about itself and the arithmetic of time; queues, epochs, order and sums are its
// own.
#pragma once

#include <cmath>
#include <cstdint>
#include <map>
#include <vector>

#include "core/exact_cell.hpp"
#include "core/time.hpp"

namespace spikeloom::test {

class NaiveNetwork {
 public:
  struct Synapse {
    std::uint32_t target = 0;
    int receptor = 0;
    std::int64_t q = 0;
    ExactTime delay;
  };
  struct Spike {
    ExactTime time;
    std::uint32_t cell = 0;
    friend auto operator<=>(const Spike&, const Spike&) = default;
  };
  struct Cell {
    const ExactCell* life = nullptr;
    int variant = 0;
    double t_ref_ms = 0;
    std::vector<double> states, coefficients;
    std::vector<double> grid_step;  ///< per receptor: the weight that q = 1 stands for
    CellCurrent current;
    std::vector<std::pair<ExactTime, double>> currents;  ///< changes to come, ascending
    std::multimap<ExactTime, std::pair<int, std::int64_t>> arrivals;
    std::vector<Synapse> synapses;
    ExactTime last, release;
    bool held = false;
    ExactTime ahead;
    bool announced = false, fires = false;
  };

  explicit NaiveNetwork(double step_ms) : grid(step_ms) {}

  /// Before the first run: what is known of the state leads to its first consequences.
  void start() {
    for (std::uint32_t i = 0; i < cells.size(); ++i) {
      if (!cells[i].held && cells[i].life->reached(cells[i].states.data(), cells[i].coefficients.data())) fire(i, {});
      look_ahead(i);
    }
  }
  /// Everything that happens up to and including `end`.
  void run(ExactTime end) {
    for (;;) {
      ExactTime now = end;
      bool any = false;
      for (const Cell& cell : cells) {
        const auto consider = [&](ExactTime t) {
          if (t <= now) now = t, any = true;
        };
        if (cell.held) consider(cell.release);
        if (cell.announced) consider(cell.ahead);
        if (!cell.arrivals.empty()) consider(cell.arrivals.begin()->first);
        if (!cell.currents.empty()) consider(cell.currents.front().first);
      }
      if (!any) return;
      for (std::uint32_t i = 0; i < cells.size(); ++i) happen(i, now);
    }
  }
  /// A state as it is at `t`, when everything up to then has happened.
  std::vector<double> settled(std::uint32_t i, ExactTime t) const {
    Cell copy = cells[i];
    advance(copy, t);
    return copy.states;
  }

  TimeGrid grid;
  std::vector<Cell> cells;
  std::vector<Spike> spikes;

 private:
  void advance(Cell& cell, ExactTime t) const {
    const double dt = grid.between(cell.last, t);
    if (dt > 0) cell.life->advance(cell.variant, cell.states.data(), cell.coefficients.data(), cell.current, cell.held, dt);
    cell.last = t;
  }
  void fire(std::uint32_t i, ExactTime t) {
    Cell& cell = cells[i];
    cell.life->reset(cell.states.data(), cell.coefficients.data());
    spikes.push_back({t, i});
    if (cell.t_ref_ms > 0) {
      cell.held = true;
      cell.release = grid.add(t, grid.exact(cell.t_ref_ms));
    }
    for (const Synapse& s : cell.synapses) cells[s.target].arrivals.insert({grid.add(t, s.delay), {s.receptor, s.q}});
  }
  void look_ahead(std::uint32_t i) {
    Cell& cell = cells[i];
    cell.announced = false;
    if (cell.held) return;
    const Ahead next = cell.life->next(cell.variant, cell.states.data(), cell.coefficients.data(), cell.current, unbounded);
    if (next.dt_ms == unbounded) return;
    cell.announced = true, cell.fires = next.what == Ahead::spikes;
    cell.ahead = grid.after(cell.last, next.dt_ms);
  }
  void happen(std::uint32_t i, ExactTime t) {
    Cell& cell = cells[i];
    const bool released = cell.held && cell.release == t, announced = cell.announced && cell.ahead == t;
    const bool changes = !cell.currents.empty() && cell.currents.front().first == t;
    const bool arrives = !cell.arrivals.empty() && cell.arrivals.begin()->first == t;
    if (!released && !announced && !changes && !arrives) return;
    advance(cell, t);
    if (released) cell.held = false;
    if (announced && cell.fires) fire(i, t);
    if (changes) {
      cell.current.value = cell.currents.front().second;
      cell.currents.erase(cell.currents.begin());
    }
    if (arrives) {
      std::vector<std::int64_t> sum(cell.grid_step.size());
      while (!cell.arrivals.empty() && cell.arrivals.begin()->first == t) {
        const auto [receptor, q] = cell.arrivals.begin()->second;
        sum[static_cast<std::size_t>(receptor)] += q;
        cell.arrivals.erase(cell.arrivals.begin());
      }
      std::vector<double> input;
      for (std::size_t r = 0; r < sum.size(); ++r) input.push_back(static_cast<double>(sum[r]) * cell.grid_step[r]);
      cell.life->receive(cell.variant, cell.states.data(), cell.coefficients.data(), input.data(), cell.held);
      if (!cell.held && cell.life->reached(cell.states.data(), cell.coefficients.data())) fire(i, t);
    }
    look_ahead(i);
  }
};

}  // namespace spikeloom::test
