// How signal values become parameters, coefficients and gains.
#include "core/run/modulation.hpp"

#include <algorithm>
#include <memory>

#include <fmt/format.h>

#include "core/exact_cell.hpp"

namespace spikeloom {

namespace {

/// A signal of one channel speaks to all cells, any other to each cell by its channel.
double value_for(std::span<const double> values, std::size_t cell) { return values.size() == 1 ? values[0] : values[cell]; }

[[noreturn]] void out_of_range(const CompiledModulation& modulation, const CompiledNetwork& network, std::string_view target,
                               std::string_view of, std::size_t cell, double value, std::string allowed,
                               std::string_view reason = "which is not allowed") {
  const std::string& signal = network.signals[modulation.signal].name;
  throw Error("range", {"/signals/" + signal, 0, 0},
              fmt::format("signal {} drives {} of {} (cell {}) to {}, {}", signal, target, of, cell, value, reason),
              Exit::run_failed)
      .with_value(fmt::format("{}", value))
      .with_allowed(std::move(allowed));
}

bool allowed(const Quantity& q, double value) { return value <= q.high && (q.open_low ? value > q.low : value >= q.low); }

}  // namespace

Modulator::Modulator(const CompiledNetwork& network)
    : network_(network),
      gain_of_population_(network.populations.size()),
      gain_of_projection_(network.projections.size()),
      of_population_(network.populations.size()),
      projection_gain_(network.projections.size(), 1.0) {
  using Target = CompiledModulation::Target;
  for (std::uint32_t m = 0; m < network.modulations.size(); ++m) {
    const auto& modulation = network.modulations[m];
    any_ = true;
    if (modulation.target == Target::parameter) of_population_[modulation.index].push_back(m);
    if (modulation.target == Target::population_gain) gain_of_population_[modulation.index].push_back(m);
    if (modulation.target == Target::projection_gain) gain_of_projection_[modulation.index].push_back(m);
  }
  const auto one_channel = [&](const Drivers& drivers) {
    return std::ranges::all_of(drivers, [&](auto m) { return network.signals[network.modulations[m].signal].size == 1; });
  };
  for (std::uint32_t p = 0; p < network.populations.size(); ++p) {
    const auto& population = network.populations[p];
    parameters_.push_back(population.parameters);
    coefficients_.push_back(population.coefficients);
    population_gain_.push_back({1.0, {}});
    // Shapes are fixed here, so that `uniform` never changes during a run.
    if (!one_channel(gain_of_population_[p])) population_gain_[p].each.assign(population.size, 1.0);
    for (const std::uint32_t m : of_population_[p]) {
      auto& column = parameters_[p][static_cast<std::size_t>(network.modulations[m].parameter)];
      if (!one_channel({m}) && column.uniform()) column.each.assign(population.size, column.constant);
    }
    if (!of_population_[p].empty() && !std::ranges::all_of(parameters_[p], &Column::uniform))
      for (Column& column : coefficients_[p])
        if (column.uniform()) column.each.assign(population.size, column.constant);
  }
  last_parameters_.resize(network.populations.size());
  last_gain_.resize(network.populations.size());
}

/// Have the values of these modulations' signals changed since `last`? Keeps them there.
bool Modulator::drive(const Drivers& drivers, std::vector<double>& last, const SignalBank& signals) const {
  std::vector<double> now;
  for (const std::uint32_t m : drivers) {
    const auto values = signals.values(network_.modulations[m].signal);
    now.insert(now.end(), values.begin(), values.end());
  }
  if (now == last) return false;
  last = std::move(now);
  return true;
}

void Modulator::prepare(std::uint32_t p, const SignalBank& signals) {
  const auto& population = network_.populations[p];
  const auto& table = *population.model.table;
  auto& parameters = parameters_[p];
  const std::size_t cells =
      std::ranges::all_of(parameters, &Column::uniform) ? std::min<std::size_t>(1, population.size) : population.size;
  std::uint32_t receptors = 0;
  for (std::size_t r = 0; r < population.grids.size(); ++r) receptors |= (population.grids[r].used ? 1u : 0u) << r;
  std::vector<double> cell(parameters.size()), coefficients(population.model.coefficient_count);
  const auto driven = std::make_unique<bool[]>(parameters.size());
  for (const std::uint32_t m : of_population_[p]) driven[static_cast<std::size_t>(network_.modulations[m].parameter)] = true;

  const auto store = [](Column& column, std::size_t i, double value) {
    (column.uniform() ? column.constant : column.each[i]) = value;
  };
  /// Parameters of cell i under the signals, but for one parameter.
  const auto drive_cell = [&](std::size_t i, int but) {
    for (std::size_t k = 0; k < cell.size(); ++k) cell[k] = population.parameters[k][i];
    for (const std::uint32_t m : of_population_[p]) {
      const auto& modulation = network_.modulations[m];
      if (modulation.parameter != but)
        cell[static_cast<std::size_t>(modulation.parameter)] +=
            modulation.scale * value_for(signals.values(modulation.signal), i);
    }
  };
  /// What is wrong between parameters, each of which lies in its range.
  const auto fault_of_cell = [&] {
    ParameterFault fault;
    if (population.model.complete != nullptr) fault = population.model.complete(driven.get(), cell.data());
    if (fault.text.empty() && population.model.check != nullptr) fault = population.model.check(cell.data());
    if (fault.text.empty() && population.exact) fault = population.model.exact->check(cell.data(), receptors);
    return fault;
  };
  for (std::size_t i = 0; i < cells; ++i) {
    drive_cell(i, -1);
    for (const std::uint32_t m : of_population_[p]) {
      const auto& modulation = network_.modulations[m];
      const auto k = static_cast<std::size_t>(modulation.parameter);
      const Quantity& q = table.parameters[k];
      // A parameter that is absent (not a number) stays absent.
      if (!allowed(q, cell[k]) && population.parameters[k][i] == population.parameters[k][i])
        out_of_range(modulation, network_, q.name, population.name, i, cell[k],
                     fmt::format("{}{} .. {}", q.open_low ? "> " : "", q.low, q.high));
    }
    if (const ParameterFault fault = fault_of_cell(); !fault.text.empty()) {
      // Of several, the one without which nothing would be wrong.
      const auto is_culprit = [&](std::uint32_t m) {
        drive_cell(i, network_.modulations[m].parameter);
        return fault_of_cell().text.empty();
      };
      const auto found = std::ranges::find_if(of_population_[p], is_culprit);
      const auto& modulation = network_.modulations[found == of_population_[p].end() ? of_population_[p].front() : *found];
      drive_cell(i, -1);
      const auto k = static_cast<std::size_t>(modulation.parameter);
      out_of_range(modulation, network_, table.parameters[k].name, population.name, i, cell[k],
                   fmt::format("{} {}", fault.parameter, fault.allowed), "but " + fault.text);
    }
    population.model.prepare(population.variant, cell.data(), network_.step_ms, coefficients.data());
    for (std::size_t k = 0; k < cell.size(); ++k)
      if (driven[k] || !parameters[k].uniform()) store(parameters[k], i, cell[k]);
    for (std::size_t k = 0; k < coefficients.size(); ++k) store(coefficients_[p][k], i, coefficients[k]);
  }
}

void Modulator::prepare_gain(std::uint32_t p, const Drivers& drivers, const SignalBank& signals) {
  Column& gain = population_gain_[p];
  const std::size_t cells = gain.uniform() ? 1 : gain.each.size();
  for (std::size_t i = 0; i < cells; ++i) {
    double value = 1;
    for (const std::uint32_t m : drivers)
      value += network_.modulations[m].scale * value_for(signals.values(network_.modulations[m].signal), i);
    if (!(value >= 0 && value <= max_gain))
      out_of_range(network_.modulations[drivers.front()], network_, "gain", network_.populations[p].name, i, value,
                   fmt::format("0 .. {}", max_gain));
    (gain.uniform() ? gain.constant : gain.each[i]) = value;
  }
}

void Modulator::update(const SignalBank& signals) {
  if (!any_) return;
  for (std::uint32_t p = 0; p < of_population_.size(); ++p) {
    if (!of_population_[p].empty() && drive(of_population_[p], last_parameters_[p], signals)) prepare(p, signals);
    if (!gain_of_population_[p].empty() && drive(gain_of_population_[p], last_gain_[p], signals))
      prepare_gain(p, gain_of_population_[p], signals);
  }
  for (std::uint32_t j = 0; j < gain_of_projection_.size(); ++j) {
    if (gain_of_projection_[j].empty()) continue;
    double value = 1;
    for (const std::uint32_t m : gain_of_projection_[j])
      value += network_.modulations[m].scale * signals.values(network_.modulations[m].signal)[0];
    if (!(value >= 0 && value <= max_gain))
      out_of_range(network_.modulations[gain_of_projection_[j].front()], network_, "gain", network_.projections[j].name, 0, value,
                   fmt::format("0 .. {}", max_gain));
    projection_gain_[j] = value;
  }
}

}  // namespace spikeloom
