// One cell driven by hand, step by step, in double: what the tests of the models need and nothing else.
#pragma once

#include <cstdint>
#include <map>
#include <stdexcept>
#include <string>
#include <vector>

#include "models/models.hpp"

namespace spikeloom::test {

class Cell {
 public:
  using Numbers = std::map<std::string, double>;

  Cell(const std::string& model, double step_ms, const Numbers& parameters = {}, const Numbers& initial = {},
       const std::string& scheme = "")
      : set_(builtin_models()), model_(*set_.find(model)), table_(*model_.table), step_ms_(step_ms) {
    bool given[32] = {};
    for (const Quantity& q : table_.parameters) parameters_.push_back(q.initial);
    for (const auto& [name, value] : parameters) {
      const auto k = row(table_.parameters, name);
      parameters_[k] = value;
      given[k] = true;
    }
    fault = model_.complete(given, parameters_.data());
    if (fault.text.empty()) fault = model_.check(parameters_.data());
    bool set[32] = {};
    for (const Quantity& q : table_.states) states_.push_back(q.initial);
    for (const auto& [name, value] : initial) {
      const auto k = row(table_.states, name);
      states_[k] = value;
      set[k] = true;
    }
    model_.start(parameters_.data(), set, states_.data());
    int scheme_index = 0;
    for (std::size_t k = 0; k < table_.schemes.size(); ++k)
      if (table_.schemes[k] == scheme) scheme_index = static_cast<int>(k);
    variant = model_.variant(scheme_index, parameters_.data(), states_.data());
    coefficients_.resize(model_.coefficient_count);
    model_.prepare(variant, parameters_.data(), step_ms, coefficients_.data());
    input_.resize(table_.receptors.size());
    for (std::size_t k = 0; k < table_.parameters.size(); ++k)
      if (table_.parameters[k].name == table_.bias) bias_ = parameters_[k];
  }

  /// A weight that arrives in the coming step.
  void arrive(const std::string& receptor, double weight) {
    const int r = static_cast<int>(row(table_.receptors, receptor));
    input_[static_cast<std::size_t>(model_.merged_receptor(variant, r))] += weight;
  }
  bool step(double current = 0) {
    const bool fired = model_.step_double(variant, states_.data(), coefficients_.data(), input_.data(), bias_ + current);
    input_.assign(input_.size(), 0.0);
    ++steps_;
    if (fired) spikes.push_back(static_cast<double>(steps_ - (model_.labels_step_start(variant) ? 1 : 0)) * step_ms_);
    return fired;
  }
  void run_to(double t_ms, double current = 0) {
    while (static_cast<double>(steps_) * step_ms_ < t_ms - 1e-9) step(current);
  }
  double state(const std::string& name) const { return states_[row(table_.states, name)]; }
  double parameter(const std::string& name) const { return parameters_[row(table_.parameters, name)]; }
  double V() const { return state(std::string(table_.membrane)); }
  std::int64_t steps() const { return steps_; }

  std::vector<double> spikes;  ///< labels in ms
  ParameterFault fault;
  int variant = 0;

 private:
  template <class Rows>
  static std::size_t row(const Rows& rows, const std::string& name) {
    for (std::size_t k = 0; k < rows.size(); ++k)
      if (rows[k].name == name) return k;
    throw std::out_of_range(name);
  }

  ModelSet set_;
  const NeuronModel& model_;
  const ModelTable& table_;
  double step_ms_, bias_ = 0;
  std::int64_t steps_ = 0;
  std::vector<double> parameters_, states_, coefficients_, input_;
};

}  // namespace spikeloom::test
