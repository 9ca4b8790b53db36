// What a neuron model is: tables that describe it once, and three pure verbs that every backend runs.
//
// The order within step n, which covers ((n-1) h, n h]:
//   arrivals join last (LIF family):       advance -> receive -> fire
//   arrivals join first (Izhikevich):      receive -> advance -> fire
// so a spike of step n with a delay of d steps acts in step n + d of either family; in the first it moves V from the
// following step on (unless the model adds it to V itself, as lif_delta does), in the second within that step.
// Between advance and fire a verb may read nothing but the cell's own state, its coefficients, its input and its current.
//
// Plasticity (core/rule.hpp) lives in the synapse's own time: a presynaptic spike of step n acts at n + axonal delay, a
// postsynaptic one of step m at m + dendritic delay. Traces belong to the neurons, change at their own spikes only, and are
// read decayed. At one instant of a synapse:
//   first      what the signal did since the last event of the synapse takes effect
//   none       posts, then pres; neither side sees the other's spike of this instant
//   potentiate pres, then posts; the posts see the pres
//   depress    posts, then pres; the pres see the posts
//   both       posts, then pres; each sees the other: all traces are raised first
//   last       a pulse of the signal at this very instant
// A spike reads its own side's traces as they were before it; several pres of one instant follow each other. What a pre spike
// sends on is the weight after its on_pre, and it arrives a dendritic delay later. Where the dendritic delay is 0 it arrives at
// this very instant, before the cells move, so it cannot know of posts that it may yet cause: then what is sent on is the weight
// as if there were no posts at this instant; the weight that stays keeps to the order above.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <limits>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "core/kernel.hpp"

namespace spikeloom {

inline constexpr double unbounded = std::numeric_limits<double>::infinity();

/// One row of a parameter or state table. The allowed range is low .. high; `open_low` leaves low itself out.
struct Quantity {
  std::string_view name;
  std::string_view unit;
  double initial = 0.0;  ///< default of a parameter, start value of a state; not finite: absent unless given
  double low = -unbounded;
  double high = unbounded;
  bool open_low = false;
  std::string_view text;
};

/// A way for spikes to act on the model. `sign`: +1 takes weights >= 0 by default, -1 negative ones, 0 either.
struct Receptor {
  std::string_view name;
  std::string_view unit;  ///< of the weight
  int sign = 0;
  bool conductance = false;  ///< a negative weight is an error
  std::string_view text;
};

enum class Arrivals { last, first };

/// All that is said about a model; JSON keys, help, documentation, validation, probes and checkpoints come from it.
struct ModelTable {
  std::string_view name;
  std::string_view text;       ///< one sentence
  std::string_view equations;  ///< lines separated by '\n'
  std::string_view reference;
  std::span<const Quantity> parameters;
  std::span<const Quantity> states;
  std::span<const Receptor> receptors;
  std::span<const std::string_view> schemes;  ///< names of integration schemes, the default first; may be empty
  std::string_view current_unit;              ///< of injected currents
  std::string_view bias;                      ///< the parameter that is a constant current, first term of the current sum
  std::string_view membrane;                  ///< the state that is the potential
  Arrivals arrivals = Arrivals::last;
  bool fire_sees_arrivals = true;  ///< false: receive touches nothing that fire or its reset touches, so it may be done later
};

/// What prepare() made of one cell's parameters that were wrong together; empty text: nothing wrong.
struct ParameterFault {
  std::string_view parameter;
  std::string text;  ///< sentence
  std::string allowed;
};

struct ExactCell;  // core/exact_cell.hpp

/// The type-erased form of a model, made by describe_model<M>() and listed in a ModelSet. Column order is table order.
/// Real is float or double; Sum is the integer that inputs are summed in.
struct NeuronModel {
  const ModelTable* table = nullptr;
  std::size_t coefficient_count = 0;

  /// The variant of the step that fits: `scheme` is an index into table->schemes, `parameters` one cell's, `initial` its
  /// start states. Cells that differ in variant cannot share a population; compile takes the largest.
  int (*variant)(int scheme, const double* parameters, const double* initial) = nullptr;
  int variant_count = 1;
  /// Spikes of this variant are labelled with the start of their step (true) or its end (false).
  bool (*labels_step_start)(int variant) = nullptr;
  /// Where an injected current jumps at the very start of a step, that step still takes the value from before the jump
  /// (true: "strictly after its onset"), or the value from the jump on (false).
  bool (*inputs_after_onset)(int variant) = nullptr;
  /// False: this variant neither reads nor writes the state, which keeps its start value.
  bool (*uses_state)(int variant, int state) = nullptr;
  /// Receptor whose input this one joins in this variant (itself when kept apart).
  int (*merged_receptor)(int variant, int receptor) = nullptr;

  /// Fills in parameters that follow from others where the user did not give them (g_L from C_m and tau_m); `given` and
  /// `parameters` in table order. To be called before check, start and prepare, and again whenever a parameter changes.
  ParameterFault (*complete)(const bool* given, double* parameters) = nullptr;
  /// Parameters that contradict each other (each alone lies in its range). To be called after complete.
  ParameterFault (*check)(const double* parameters) = nullptr;
  /// Start states that follow from parameters where `initial` says nothing (V = E_L, u = b v). Writes only such states.
  void (*start)(const double* parameters, const bool* given, double* states) = nullptr;
  /// Step coefficients of one cell from its parameters, in double whatever the run's precision.
  void (*prepare)(int variant, const double* parameters, double step_ms, double* coefficients) = nullptr;

  /// One step of one cell. `input` has one value per receptor; returns whether it fired.
  template <class Real>
  using CellStep = bool (*)(int variant, Real* states, const Real* coefficients, const Real* input, Real current);
  CellStep<float> step_float = nullptr;
  CellStep<double> step_double = nullptr;

  const ExactCell* exact = nullptr;  ///< nullptr: the model can only be stepped

  /// One step of many cells (core/kernel.hpp), compiled for the baseline instruction set.
  BlockKernels kernels;
};

struct PlasticityRule;  // core/rule.hpp

/// The models and plasticity rules a network may use. Built-in ones come from models/models.hpp; add<M>() adds one from outside.
class ModelSet {
 public:
  template <class M>
  ModelSet& add();  // defined in core/model_erasure.hpp

  template <class M>
  ModelSet& add_rule();  // defined in core/rule_erasure.hpp

  ModelSet& add(NeuronModel model);
  ModelSet& add(const PlasticityRule& rule);
  const NeuronModel* find(std::string_view name) const;
  std::shared_ptr<const PlasticityRule> find_rule(std::string_view name) const;  ///< nullptr: none
  std::vector<std::string> names() const;
  std::vector<std::string> rule_names() const;
  const std::vector<NeuronModel>& all() const { return models_; }
  const std::vector<std::shared_ptr<const PlasticityRule>>& rules() const { return rules_; }

 private:
  std::vector<NeuronModel> models_;
  std::vector<std::shared_ptr<const PlasticityRule>> rules_;
};

}  // namespace spikeloom
