// What a network of Izhikevich cells at rest does when a few spikes arrive: only cells that heard something are computed.
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
  RestingNetwork(const spikeloom::TimedSynapses& synapses, std::uint32_t excitatory, const std::array<Kind, 2>& kinds)
      : synapses_(synapses), excitatory_(excitatory), kinds_(kinds), states_(synapses.cells()), awake_(synapses.cells(), 0) {}

  /// Who fires when, in order of step and cell. A response without end is cut at `most` firings or steps.
  std::vector<spikeloom::Firing> respond(std::span<const spikeloom::Arrival> arrivals) {
    std::vector<spikeloom::Firing> firings;
    for (const auto& a : arrivals) send(a.cell, a.step, a.weight);
    for (std::size_t step = 0; step <= last_ && firings.size() < most; ++step) {
      for (const auto& [cell, weight] : input_[step]) wake(cell).now += weight;
      std::vector<std::uint32_t> fired;
      for (const std::uint32_t cell : active_) {
        Cell::State<double>& s = states_[cell];
        const Kind& kind = kinds_[cell < excitatory_ ? 0 : 1];
        Cell::advance<half_step>(s, kind, 0.0);
        s.now = 0;
        if (Cell::fire<half_step>(s, kind)) fired.push_back(cell);
      }
      std::sort(fired.begin(), fired.end());
      for (const std::uint32_t cell : fired) {
        firings.push_back({cell, static_cast<std::uint32_t>(step)});
        for (const auto& s : synapses_.from(cell)) send(s.target, step + s.delay_steps, s.weight);
      }
    }
    for (const std::uint32_t cell : active_) awake_[cell] = 0;
    active_.clear();
    for (std::size_t step = 0; step <= last_; ++step) input_[step].clear();
    last_ = 0;
    return firings;
  }

 private:
  static constexpr std::size_t most = 1000, slow_response = 20;  ///< the last arrival may fire somebody within so many steps
  static constexpr int half_step = 2 * spikeloom::izhikevich::half_step;

  void send(std::uint32_t cell, std::size_t step, double weight) {
    if (step >= most) return;
    input_[step].emplace_back(cell, weight);
    last_ = std::min(std::max(last_, step + slow_response), most - 1);
  }
  /// A cell sleeps at v = -70, u = -14, where a step leaves it.
  Cell::State<double>& wake(std::uint32_t cell) {
    if (!awake_[cell]) {
      awake_[cell] = 1;
      active_.push_back(cell);
      states_[cell] = {};
      states_[cell].v = -70, states_[cell].u = -14;
    }
    return states_[cell];
  }

  const spikeloom::TimedSynapses& synapses_;
  std::uint32_t excitatory_;
  std::array<Kind, 2> kinds_;
  std::vector<Cell::State<double>> states_;
  std::vector<char> awake_;
  std::vector<std::uint32_t> active_;
  std::vector<std::vector<std::pair<std::uint32_t, double>>> input_{most};  ///< by step
  std::size_t last_ = 0;
};
