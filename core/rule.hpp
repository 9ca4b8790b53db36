// What a plasticity rule is: tables that describe it once, traces of the two neurons, numbers of the synapse, and pure verbs.
//
// Whose time it is, and what comes first at one instant, stands at the top of core/model.hpp. Numbers of the synapse (its weight
// first) change at events of either side, and at no other time: what a signal does is added up and taken in at the next event.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "core/model.hpp"

namespace spikeloom {

/// A named convention; the choices in the order of the index that the rule reads, the default first.
struct RuleOption {
  std::string_view name;
  std::span<const std::string_view> choices;
  std::string_view text;
};

/// What a preset sets an option to: conventions, never numbers.
struct RulePreset {
  std::string_view preset, option, choice;
};

enum class ZeroLag : std::uint8_t { none, potentiate, depress, both };
inline constexpr std::string_view zero_lag_name = "zero_lag";  ///< of the option, in every rule that has one
inline constexpr std::string_view zero_lag_names[] = {"none", "potentiate", "depress", "both"};
inline constexpr std::string_view preset_names[] = {"nest", "brian2", "spynnaker"};

struct RuleTable {
  std::string_view name;
  std::string_view text;       ///< one sentence
  std::string_view equations;  ///< lines separated by '\n'
  std::string_view reference;
  std::span<const Quantity> parameters;
  std::span<const RuleOption> options;
  std::span<const RulePreset> presets;
  std::span<const Quantity> states;  ///< presynaptic traces, postsynaptic traces, then numbers of the synapse
  bool uses_signal = false;
};

inline constexpr int max_traces = 4;  ///< of one side
/// Events further apart than this count as this far apart: everything has decayed long before, and it fits a float exactly.
inline constexpr std::int64_t longest_elapsed = std::int64_t{1} << 30;
inline constexpr std::int64_t never_spiked = -(std::int64_t{1} << 60);  ///< long before anything that is asked
inline std::int64_t elapsed_steps(std::int64_t from, std::int64_t to) {
  return to - from < longest_elapsed ? to - from : longest_elapsed;
}
inline constexpr int max_synapse_reals = 4;  ///< weight included
/// Of a weight rule with its signal and a short-term rule.
inline constexpr int max_rule_states = 2 * max_traces + max_synapse_reals + max_traces;

/// The verbs on one number type, for one synapse at a time. Arrays have the rule's own counts; `c` are its coefficients.
template <class Real>
struct RuleVerbs {
  void (*decay_pre)(Real* pre, Real elapsed, const Real* c) = nullptr;
  void (*raise_pre)(Real* pre, const Real* c) = nullptr;
  void (*decay_post)(Real* post, Real elapsed, const Real* c) = nullptr;
  void (*raise_post)(Real* post, const Real* c) = nullptr;
  /// Over a stretch without events: `drive` is what the signal adds up to (RuleTable::uses_signal), seen from its start.
  void (*advance)(Real* synapse, Real elapsed, Real drive, const Real* c) = nullptr;
  void (*on_pre)(int variant, Real* synapse, const Real* own, const Real* seen, const Real* c) = nullptr;
  void (*on_post)(int variant, Real* synapse, const Real* seen, const Real* own, const Real* c) = nullptr;
  /// What a presynaptic spike sends on, as a part of the weight, from the traces before it.
  Real (*release)(const Real* pre, const Real* c) = nullptr;
};

/// Many synapses at a time (core/rule_kernel.hpp): all posts of a stretch; the pres of one instant, and what they send on.
template <class Real>
struct RuleRun;
template <class Real, class Sum>
struct RuleArrival;
template <class Real>
struct PostHistory;
/// Traces of all targets at `now` as posts before it left them; writes targets with a post at `now` and returns their number.
template <class Real>
using PostsNowKernel = std::uint32_t (*)(const PostHistory<Real>& posts, std::int32_t now, const Real* c, Real* const* traces,
                                         std::uint16_t* ties);
struct RuleKernels {
  PostsNowKernel<float> now_float = nullptr;
  PostsNowKernel<double> now_double = nullptr;
  void (*posts_float)(const RuleRun<float>&) = nullptr;
  void (*posts_double)(const RuleRun<double>&) = nullptr;
  void (*pres_float_32)(const RuleArrival<float, std::int32_t>&) = nullptr;
  void (*pres_float_64)(const RuleArrival<float, std::int64_t>&) = nullptr;
  void (*pres_double_64)(const RuleArrival<double, std::int64_t>&) = nullptr;
};

/// The verbs of a rule that moves delays (core/delay_rule.hpp), for one synapse at a time. `numbers` are those of the synapse
/// without its weight, its delay in ms first. Delays are times, so these are doubles whatever the run's precision.
struct DelayVerbs {
  /// A spike that arrived and a postsynaptic one meet: the latter came `late_ms` after the arrival (before it: negative).
  void (*on_pair)(double* numbers, double late_ms, const double* c) = nullptr;
  /// As in RuleVerbs.
  void (*advance)(double* numbers, double elapsed, double drive, const double* c) = nullptr;
};

/// The type-erased form of a rule, made by describe_rule<R>().
struct PlasticityRule {
  const RuleTable* table = nullptr;
  int pre = 0, post = 0, synapse = 1;  ///< how many numbers each has
  std::size_t coefficient_count = 0;
  int variant_count = 1;
  bool changes_weight = true;   ///< false: a short-term rule, which only scales what is sent on
  bool scales_release = false;  ///< release() is not always 1
  bool advances = false;        ///< numbers of the synapse change between events
  bool moves_delay = false;     ///< changes the delay and nothing else: only `delay` and what comes before it are there

  /// The variant of the verbs that fits the options (indices into their choices).
  int (*variant)(const int* options) = nullptr;
  /// Parameters that are missing or contradict each other (each given one lies in its range).
  ParameterFault (*check)(const double* parameters, const int* options) = nullptr;
  /// Coefficients from parameters; `unit_ms`: what a unit of elapsed time is.
  void (*prepare)(const double* parameters, const int* options, double unit_ms, double* coefficients) = nullptr;
  /// Traces before the first spike: what decay leaves as it is.
  void (*start)(const double* coefficients, double* pre, double* post) = nullptr;
  /// The time constant with which the past of a signal fades, and the level it is measured from.
  void (*memory)(const double* parameters, double* tau_ms, double* baseline) = nullptr;
  /// Bounds of the weight (or of the delay, in ms) that the rule keeps.
  void (*bounds)(const double* parameters, double* low, double* high) = nullptr;

  DelayVerbs delay;
  RuleKernels kernels;  ///< compiled for the baseline instruction set
  RuleVerbs<float> verbs_float;
  RuleVerbs<double> verbs_double;
  template <class Real>
  const RuleVerbs<Real>& verbs() const {
    if constexpr (sizeof(Real) == sizeof(float)) return verbs_float;
    else return verbs_double;
  }
};

}  // namespace spikeloom
