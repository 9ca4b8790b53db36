// One instant of a synapse in exact time: the order of pres and posts (core/model.hpp), the same wherever such synapses live.
#pragma once

#include <algorithm>
#include <cstdint>

#include "core/compile/compiled.hpp"
#include "core/run/settled_synapse.hpp"

namespace spikeloom {

/// A synapse brought to an instant: its numbers, and traces as they have decayed by then.
struct SynapseAtInstant {
  double* numbers;
  double* pre;         ///< of the weight rule
  double* post;        ///< likewise
  double* short_term;  ///< of the short-term rule
};

/// `pres` and `posts` spikes at this instant; raises the traces of both sides. `send(weight, part)` after each pre: what is sent
/// on is that part of the weight. Unless it `learns`, its numbers stay.
template <class Send>
void happen(const CompiledPlasticity& rules, const SynapseAtInstant& at, std::uint32_t pres, std::uint32_t posts, bool learns,
            const Send& send) {
  const auto release = [&] {
    if (!rules.short_term) return 1.0;
    const auto& verbs = rules.short_term->rule->verbs_double;
    const double* const c = rules.short_term->coefficients.data();
    const double part = verbs.release(at.short_term, c);
    verbs.raise_pre(at.short_term, c);
    return part;
  };
  if (!rules.weight) {
    for (std::uint32_t k = 0; k < pres; ++k) send(at.numbers[0], release());
    return;
  }
  const auto& verbs = rules.weight->rule->verbs_double;
  const double* const c = rules.weight->coefficients.data();
  const int variant = rules.weight->variant;
  double pre_before[max_traces], post_before[max_traces];
  std::copy_n(at.pre, max_traces, pre_before);
  std::copy_n(at.post, max_traces, post_before);
  for (std::uint32_t k = 0; k < pres; ++k) verbs.raise_pre(at.pre, c);
  for (std::uint32_t k = 0; k < posts; ++k) verbs.raise_post(at.post, c);
  const auto on_posts = [&] {
    const bool sees = rules.zero_lag == ZeroLag::potentiate || rules.zero_lag == ZeroLag::both;
    double own[max_traces];
    std::copy_n(post_before, max_traces, own);
    for (std::uint32_t k = 0; learns && k < posts; ++k) {
      if (k > 0) verbs.raise_post(own, c);
      verbs.on_post(variant, at.numbers, sees ? at.pre : pre_before, own, c);
    }
  };
  if (rules.zero_lag != ZeroLag::potentiate) on_posts();
  const bool sees = rules.zero_lag == ZeroLag::depress || rules.zero_lag == ZeroLag::both;
  double own[max_traces];
  std::copy_n(pre_before, max_traces, own);
  for (std::uint32_t k = 0; k < pres; ++k) {
    if (k > 0) verbs.raise_pre(own, c);
    if (learns) verbs.on_pre(variant, at.numbers, own, sees ? at.post : post_before, c);
    send(at.numbers[0], release());
  }
  if (rules.zero_lag == ZeroLag::potentiate) on_posts();
}

/// A synapse as it stands, in the order of CompiledPlasticity::state_names.
inline SettledSynapse shown(const CompiledPlasticity& rules, std::uint32_t source, std::uint32_t target,
                            const SynapseAtInstant& at, double modulator) {
  SettledSynapse settled{source, target, at.numbers[0], {}};
  double* out = settled.states;
  if (const auto& rule = rules.weight) {
    out = std::copy_n(at.pre, rule->rule->pre, out);
    out = std::copy_n(at.post, rule->rule->post, out);
    out = std::copy_n(at.numbers + 1, rule->rule->synapse - 1, out);
    if (rule->rule->table->uses_signal) *out++ = modulator;
  }
  if (const auto& rule = rules.short_term) std::copy_n(at.short_term, rule->rule->pre, out);
  return settled;
}

}  // namespace spikeloom
