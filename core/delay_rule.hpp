// What a rule looks like that moves delays, and how its struct becomes the PlasticityRule that everybody else handles.
//
//   struct MyRule {
//     static constexpr std::string_view name;  std::array parameters, states;  RuleTable table();
//     static constexpr bool moves_delay = true;
//     struct Parameters { double ...; };      one member per row of `parameters`
//     struct Synapse { double d, ...; };      the delay in ms first; one member per row of `states`
//     struct Coefficients { double ...; };
//     static Coefficients prepare(const Parameters&, double unit_ms);       unit_ms: of what `elapsed` counts
//     static void bounds(const Parameters&, double& low_ms, double& high_ms);
//     static void on_pair(Synapse&, double late_ms, const Coefficients&);   keeps the delay within its bounds
//   };
//
// May be left out: check, and advance(Synapse&, elapsed, drive, c) with memory, which rules with a signal have.
//
// The order in step n of one synapse: spikes arrive (in order of their arrival times, which are real numbers within the step),
// each meeting the last postsynaptic spike before it; then a postsynaptic spike of step n meets the spike that arrived last; then
// a presynaptic spike of step n leaves, with the delay as it is now. It keeps that delay whatever happens to the synapse later.
// Before each of these the signal's effect since the last of them is taken in.
#pragma once

#include <cstdint>
#include <cstring>
#include <type_traits>

#include "core/model_erasure.hpp"
#include "core/rule.hpp"

namespace spikeloom {

namespace erasure {

template <class M>
inline constexpr RuleTable delay_rule_table = M::table();

template <class T>
T read(const double* numbers) {
  T value;
  std::memcpy(&value, numbers, sizeof value);
  return value;
}

/// One verb on the numbers of a synapse.
template <class M, class Verb>
void move(double* numbers, const double* c, const Verb& verb) {
  auto synapse = read<typename M::Synapse>(numbers);
  verb(synapse, read<typename M::Coefficients>(c));
  std::memcpy(numbers, &synapse, sizeof synapse);
}

}  // namespace erasure

/// The erased form. Throws Error("unsupported") where the calling file is compiled with contraction.
template <class M>
PlasticityRule describe_delay_rule() {
  static_assert(sizeof(typename M::Parameters) == M::parameters.size() * sizeof(double));
  static_assert(sizeof(typename M::Synapse) == M::states.size() * sizeof(double));
  static_assert(M::states.size() < max_synapse_reals);
  if (erasure::contracts<M, erasure::ThisFile>())
    throw Error("unsupported", {},
                "the file that adds the rule \"" + std::string(M::name) +
                    "\" must be compiled with -ffp-contract=off, or runs would not repeat bit for bit");
  PlasticityRule rule;
  rule.table = &erasure::delay_rule_table<M>;
  rule.synapse = 1 + static_cast<int>(M::states.size());
  rule.coefficient_count = sizeof(typename M::Coefficients) / sizeof(double);
  rule.changes_weight = false;
  rule.moves_delay = true;
  rule.variant = [](const int*) { return 0; };
  rule.check = [](const double* parameters, const int*) -> ParameterFault {
    if constexpr (requires { &M::check; }) return M::check(erasure::parameters_of<M>(parameters));
    else return {};
  };
  rule.prepare = [](const double* parameters, const int*, double unit_ms, double* coefficients) {
    const auto made = M::prepare(erasure::parameters_of<M>(parameters), unit_ms);
    std::memcpy(coefficients, &made, sizeof made);
  };
  rule.memory = [](const double* parameters, double* tau_ms, double* baseline) {
    *tau_ms = unbounded, *baseline = 0;
    if constexpr (requires { &M::memory; }) M::memory(erasure::parameters_of<M>(parameters), *tau_ms, *baseline);
  };
  rule.bounds = [](const double* parameters, double* low, double* high) {
    M::bounds(erasure::parameters_of<M>(parameters), *low, *high);
  };
  rule.delay.on_pair = [](double* numbers, double late_ms, const double* c) {
    erasure::move<M>(numbers, c, [&](auto& synapse, const auto& with) { M::on_pair(synapse, late_ms, with); });
  };
  if constexpr (requires { &M::advance; }) {
    rule.advances = true;
    rule.delay.advance = [](double* numbers, double elapsed, double drive, const double* c) {
      erasure::move<M>(numbers, c, [&](auto& synapse, const auto& with) { M::advance(synapse, elapsed, drive, with); });
    };
  }
  return rule;
}

/// With a delay that is not a number a spike leaves as with the shortest; its arrival reports it (WeightFault).
inline double usable_delay(double delay_ms, double shortest_ms) { return delay_ms == delay_ms ? delay_ms : shortest_ms; }

/// How long after the arrival of a spike that left in step `left` with `delay_ms` a postsynaptic spike of step `post` came. By
/// differences of steps, so that nothing is lost late in a run.
inline double late_ms(std::int64_t post, std::int64_t left, double delay_ms, double step_ms) {
  return static_cast<double>(post - left) * step_ms - delay_ms;
}

}  // namespace spikeloom
