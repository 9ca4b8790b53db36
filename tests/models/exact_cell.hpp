// One cell that lives from event to event, driven by hand: the shortest loop that keeps the order core/model.hpp asks for.
#pragma once

#include <algorithm>
#include <cmath>
#include <functional>
#include <map>
#include <stdexcept>
#include <string>
#include <vector>

#include "core/exact_cell.hpp"
#include "models/models.hpp"

namespace spikeloom::test {

struct ExactProblem {
  struct Arrival {
    std::string receptor;
    double time_ms, weight;
  };
  struct Segment {
    double from, to, start, slope;
  };
  std::string id, model;
  std::map<std::string, double> parameters, initial;
  double duration_ms = 0;
  std::vector<Arrival> arrivals;
  std::vector<Segment> currents;
  std::vector<double> read_ms;
};

struct ExactAnswer {
  std::vector<double> spikes_ms;
  std::vector<std::vector<double>> read;  ///< all states, at each of read_ms
  long expansions = 0;                    ///< events at which a cell only asked to be asked again
  bool runaway = false;
};

class ExactSolver {
 public:
  ExactSolver(const ExactProblem& problem, double tolerance_ms)
      : problem_(problem), set_(builtin_models()), model_(*set_.find(problem.model)), cell_(*model_.exact) {
    const ModelTable& table = *model_.table;
    std::vector<double> parameters;
    bool given[32] = {}, set[32] = {};
    for (std::size_t k = 0; k < table.parameters.size(); ++k) {
      const auto at = problem.parameters.find(std::string(table.parameters[k].name));
      given[k] = at != problem.parameters.end();
      parameters.push_back(given[k] ? at->second : table.parameters[k].initial);
      if (table.parameters[k].name == table.bias) bias_ = parameters.back();
    }
    for (std::size_t k = 0; k < table.states.size(); ++k) {
      const auto at = problem.initial.find(std::string(table.states[k].name));
      set[k] = at != problem.initial.end();
      states_.push_back(set[k] ? at->second : table.states[k].initial);
    }
    if (!model_.complete(given, parameters.data()).text.empty()) throw std::invalid_argument(problem.id);
    model_.start(parameters.data(), set, states_.data());
    variant_ = model_.variant(0, parameters.data(), states_.data());
    refractory_ms_ = cell_.refractory_ms(parameters.data());
    coefficients_.resize(cell_.coefficient_count);
    cell_.prepare(variant_, parameters.data(), tolerance_ms, coefficients_.data());
    for (const auto& a : problem.arrivals) stops_.push_back(a.time_ms);
    for (const auto& s : problem.currents) stops_.insert(stops_.end(), {s.from, s.to});
    stops_.insert(stops_.end(), problem.read_ms.begin(), problem.read_ms.end());
    stops_.push_back(problem.duration_ms);
    std::sort(stops_.begin(), stops_.end());
  }

  ExactAnswer solve() {
    happen(false);
    while (t_ < problem_.duration_ms && !answer_.runaway) {
      const double stop = *std::upper_bound(stops_.begin(), stops_.end(), t_);
      double until = std::min(stop, problem_.duration_ms);
      const bool held = t_ < held_until_;
      if (held) until = std::min(until, held_until_);
      const Ahead ahead = held ? Ahead{} : cell_.next(variant_, states_.data(), coefficients_.data(), current_, until - t_);
      const bool announced = ahead.what != Ahead::asks && t_ + ahead.dt_ms <= until;
      if (announced) until = t_ + ahead.dt_ms;
      cell_.advance(variant_, states_.data(), coefficients_.data(), current_, held, announced ? ahead.dt_ms : until - t_);
      t_ = until;
      if (announced && ahead.what == Ahead::moves) ++answer_.expansions;
      happen(announced && ahead.what == Ahead::spikes);
    }
    return answer_;
  }

 private:
  void happen(bool fires) {
    if (fires) spike();
    current_ = {bias_, 0};
    for (const auto& s : problem_.currents)
      if (s.from <= t_ && t_ < s.to) current_.value += s.start + s.slope * (t_ - s.from), current_.slope += s.slope;
    std::vector<double> input(model_.table->receptors.size());
    bool arrived = false;
    for (const auto& a : problem_.arrivals) {
      if (a.time_ms != t_) continue;
      arrived = true;
      for (std::size_t r = 0; r < input.size(); ++r)
        if (model_.table->receptors[r].name == a.receptor)
          input[static_cast<std::size_t>(model_.merged_receptor(variant_, static_cast<int>(r)))] += a.weight;
    }
    const bool held = t_ < held_until_;
    if (arrived) cell_.receive(variant_, states_.data(), coefficients_.data(), input.data(), held);
    if (!held && cell_.reached(states_.data(), coefficients_.data())) spike();
    if (std::find(problem_.read_ms.begin(), problem_.read_ms.end(), t_) != problem_.read_ms.end())
      answer_.read.push_back(states_);
  }
  void spike() {
    answer_.spikes_ms.push_back(t_);
    cell_.reset(states_.data(), coefficients_.data());
    held_until_ = t_ + refractory_ms_;
    const auto& all = answer_.spikes_ms;
    answer_.runaway = answer_.runaway || (all.size() > 200 && t_ - all[all.size() - 201] < 1);
  }

  const ExactProblem& problem_;
  ModelSet set_;
  const NeuronModel& model_;
  const ExactCell& cell_;
  int variant_ = 0;
  double bias_ = 0, refractory_ms_ = 0, t_ = 0, held_until_ = -1;
  std::vector<double> states_, coefficients_, stops_;
  CellCurrent current_;
  ExactAnswer answer_;
};

}  // namespace spikeloom::test
