// What a network of Izhikevich cells at rest does when a few spikes arrive: only cells that may fire are computed.
#pragma once

#include <algorithm>
#include <array>
#include <cstdint>
#include <cstring>
#include <span>
#include <utility>
#include <vector>

#include "analysis/polychronous.hpp"
#include "core/compile/compiled.hpp"
#include "models/izhikevich.hpp"

/// Most cells hear one spike of a response, which fires nobody. Such a cell only notes it; what that spike did is made up for
/// when a second one comes. The firings are those of all cells stepped one by one.
class RestingNetwork {
 public:
  using Cell = spikeloom::Izhikevich;
  using Kind = Cell::Coefficients<double>;

  /// A population's cells as the run steps them (in steps of 1 ms, currents of one step).
  static Kind kind_of(const spikeloom::CompiledPopulation& population) {
    std::array<double, sizeof(Kind) / sizeof(double)> numbers{};
    for (std::size_t k = 0; k < numbers.size(); ++k) numbers[k] = population.coefficients.at(k)[0];
    Kind kind;
    std::memcpy(&kind, numbers.data(), sizeof kind);
    return kind;
  }

  /// The first `excitatory` cells are of the first kind, the rest of the second; `synapses` carry the response.
  /// `patient`: a lone spike wakes nobody. Without it every cell that hears something is stepped, as a check.
  RestingNetwork(const spikeloom::TimedSynapses& synapses, std::uint32_t excitatory, const std::array<Kind, 2>& kinds,
                 bool patient = true)
      : synapses_(synapses), excitatory_(excitatory), kinds_(kinds), cells_(synapses.cells()) {
    double low = 0, high = 0;
    for (std::uint32_t cell = 0; cell < synapses.cells(); ++cell)
      for (const auto& s : synapses.from(cell)) low = std::min(low, s.weight), high = std::max(high, s.weight);
    for (std::size_t k = 0; k < kinds_.size(); ++k)
      dozes_[k] = patient && !fires_alone(kinds_[k], low) && !fires_alone(kinds_[k], high);
  }

  /// Who fires when, in order of step and cell. A response without end is cut at `most` firings or steps.
  std::vector<spikeloom::Firing> respond(std::span<const spikeloom::Arrival> arrivals) {
    std::vector<spikeloom::Firing> firings;
    for (const auto& a : arrivals) send(a.cell, a.step, a.weight);
    for (std::size_t step = 0; step <= last_ && firings.size() < most; ++step) {
      for (const auto& [cell, weight] : input_[step]) hear(cell, step, weight);
      fired_.clear();
      for (const std::uint32_t cell : awake_)
        if (move(cells_[cell].state, kind(cell))) fired_.push_back(cell);
      std::sort(fired_.begin(), fired_.end());
      for (const std::uint32_t cell : fired_) {
        firings.push_back({cell, static_cast<std::uint32_t>(step)});
        for (const auto& s : synapses_.from(cell)) send(s.target, step + s.delay_steps, s.weight);
      }
    }
    for (const std::uint32_t cell : touched_) cells_[cell].sleep = Sleep::deep;
    touched_.clear(), awake_.clear();
    for (std::size_t step = 0; step <= last_; ++step) input_[step].clear();
    last_ = 0;
    return firings;
  }

 private:
  static constexpr std::size_t most = 1000, slow_response = 20;  ///< the last arrival may fire somebody within so many steps
  static constexpr int half_step = 2 * spikeloom::izhikevich::half_step;

  enum class Sleep : std::uint8_t { deep, dozing, none };
  struct Sleeper {
    Cell::State<double> state{};
    Sleep sleep = Sleep::deep;
    std::size_t heard = 0;  ///< while dozing: the step of the one spike
  };

  const Kind& kind(std::uint32_t cell) const { return kinds_[cell < excitatory_ ? 0 : 1]; }

  /// A cell sleeps at v = -70, u = -14, where a step leaves it.
  static Cell::State<double> at_rest(double now) {
    Cell::State<double> s{};
    s.v = -70, s.u = -14, s.now = now;
    return s;
  }
  static bool move(Cell::State<double>& s, const Kind& kind) {
    Cell::advance<half_step>(s, kind, 0.0);
    s.now = 0;
    return Cell::fire<half_step>(s, kind);
  }
  static bool fires_alone(const Kind& kind, double weight) {
    Cell::State<double> s = at_rest(weight);
    for (std::size_t step = 0; step < most; ++step)
      if (move(s, kind)) return true;
    return false;
  }

  void send(std::uint32_t cell, std::size_t step, double weight) {
    if (step >= most) return;
    input_[step].emplace_back(cell, weight);
    last_ = std::min(std::max(last_, step + slow_response), most - 1);
  }
  void hear(std::uint32_t cell, std::size_t step, double weight) {
    Sleeper& sleeper = cells_[cell];
    if (sleeper.sleep == Sleep::none) {
      sleeper.state.now += weight;
      return;
    }
    if (sleeper.sleep == Sleep::deep) {
      touched_.push_back(cell);
      sleeper.state = at_rest(weight);
      sleeper.heard = step;
      sleeper.sleep = Sleep::dozing;
      if (dozes_[cell < excitatory_ ? 0 : 1]) return;
    } else {
      for (; sleeper.heard < step; ++sleeper.heard) move(sleeper.state, kind(cell));
      sleeper.state.now += weight;
    }
    sleeper.sleep = Sleep::none;
    awake_.push_back(cell);
  }

  const spikeloom::TimedSynapses& synapses_;
  std::uint32_t excitatory_;
  std::array<Kind, 2> kinds_;
  std::array<bool, 2> dozes_{};
  std::vector<Sleeper> cells_;
  std::vector<std::uint32_t> touched_, awake_, fired_;
  std::vector<std::vector<std::pair<std::uint32_t, double>>> input_{most};  ///< by step
  std::size_t last_ = 0;
};
