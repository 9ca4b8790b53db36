// Parameters and gains under modulation: signal values in, parameter columns, step coefficients and gains out.
#pragma once

#include <cstdint>
#include <vector>

#include "core/compile/compiled.hpp"
#include "core/run/signals.hpp"

namespace spikeloom {

/// Gains outside [0, max_gain] stop a run: the integer grid is chosen for at most this factor.
inline constexpr double max_gain = 8.0;

class Modulator {
 public:
  explicit Modulator(const CompiledNetwork& network);

  /// Does anything modulate population p's parameters (then its coefficients may change every step)?
  bool modulates(std::uint32_t p) const { return !of_population_[p].empty(); }
  bool any() const { return any_; }
  /// Take the signal values that act on the next step. Throws Error("range", exit 1) naming signal, target, cell and value
  /// where a parameter leaves its range or a gain leaves [0, max_gain].
  void update(const SignalBank& signals);

  /// Present parameters and step coefficients of population p, table order.
  const std::vector<Column>& parameters(std::uint32_t p) const { return parameters_[p]; }
  const std::vector<Column>& coefficients(std::uint32_t p) const { return coefficients_[p]; }
  /// Gain of population p's input (1 where not modulated) and of a projection.
  const Column& population_gain(std::uint32_t p) const { return population_gain_[p]; }
  bool modulates_gain(std::uint32_t p) const { return !gain_of_population_[p].empty(); }
  double projection_gain(std::uint32_t projection) const { return projection_gain_[projection]; }

 private:
  using Drivers = std::vector<std::uint32_t>;
  bool drive(const Drivers& drivers, std::vector<double>& last, const SignalBank& signals) const;
  void prepare(std::uint32_t p, const SignalBank& signals);
  void prepare_gain(std::uint32_t p, const Drivers& drivers, const SignalBank& signals);

  const CompiledNetwork& network_;
  bool any_ = false;
  std::vector<Drivers> gain_of_population_, gain_of_projection_;  ///< indices into network.modulations
  std::vector<std::vector<double>> last_parameters_, last_gain_;  ///< signal values last seen, to spare equal work
  std::vector<std::vector<std::uint32_t>> of_population_;
  std::vector<std::vector<Column>> parameters_, coefficients_;
  std::vector<Column> population_gain_;
  std::vector<double> projection_gain_;
};

}  // namespace spikeloom
