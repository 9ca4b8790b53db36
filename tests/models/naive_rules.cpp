// The plain meaning of every plasticity rule; see naive_rules.hpp.
#include "tests/models/naive_rules.hpp"

#include <algorithm>
#include <cmath>
#include <stdexcept>

namespace spikeloom::naive {
namespace {

using nlohmann::json;
using Number = long double;
using Times = std::vector<Number>;

/// Terms of a sum of exponentials below e^-60 (1e-26) are left out.
constexpr Number far = 60;

Times shifted(const std::vector<double>& times, double by) {
  Times moved;
  for (const double t : times) moved.push_back(Number(t) + Number(by));
  return moved;
}

/// Exponential trace of the spikes before t (`with_t`: t itself included): their sum, or that of the nearest alone.
Number trace(const Times& spikes, Number t, Number tau, bool nearest, bool with_t) {
  auto end = with_t ? std::upper_bound(spikes.begin(), spikes.end(), t) : std::lower_bound(spikes.begin(), spikes.end(), t);
  Number sum = 0;
  while (end != spikes.begin()) {
    const Number age = (t - *--end) / tau;
    if (age > far) break;
    sum += expl(-age);
    if (nearest) break;
  }
  return sum;
}

std::string option(const json& rule, const std::string& name, const std::string& otherwise) {
  static const std::map<std::string, std::map<std::string, std::string>> presets = {
      {"nest", {{"zero_lag", "none"}, {"pairing", "all_to_all"}, {"amplitude", "times_w_max"}, {"u_rest", "zero"}}},
      {"brian2", {{"zero_lag", "potentiate"}, {"pairing", "all_to_all"}, {"amplitude", "absolute"}}},
      {"spynnaker", {{"zero_lag", "none"}, {"pairing", "all_to_all"}, {"amplitude", "absolute"}}}};
  if (rule.contains(name)) return rule.at(name).get<std::string>();
  const auto preset = presets.find(rule.value("preset", ""));
  if (preset != presets.end() && preset->second.contains(name)) return preset->second.at(name);
  return otherwise;
}

Number number(const json& rule, const std::string& name) { return rule.at(name).get<double>(); }
Number bound(const json& rule, const std::string& name, Number none) { return rule.contains(name) ? number(rule, name) : none; }

/// One synapse under one rule; what its two verbs do is set by name.
class Replay {
 public:
  Replay(const json& rules, const Synapse& synapse, const Protocol& protocol, const Modulator& modulator)
      : rule_(one_of(rules, false)),
        short_term_(one_of(rules, true)),
        name_(rule_.value("rule", "")),
        w_(synapse.weight),
        low_(bound(rule_, "w_min", -HUGE_VALL)),
        high_(bound(rule_, "w_max", HUGE_VALL)),
        nearest_(option(rule_, "pairing", "all_to_all") == "nearest"),
        zero_lag_(option(rule_, "zero_lag", "none")),
        pre_(shifted(protocol.pre_ms, synapse.axonal_ms)),
        post_(shifted(protocol.post_ms, synapse.dendritic_ms)),
        modulator_(modulator) {}

  Answer run(const std::vector<double>& at_ms) {
    std::vector<std::pair<Number, int>> instants;  // 0: spikes, 1: a pulse, 2: a question
    for (const Times* side : {&pre_, &post_})
      for (const Number t : *side) instants.emplace_back(t, 0);
    for (const auto& [t, amplitude] : modulator_.pulses) instants.emplace_back(t, 1);
    for (const double t : at_ms) instants.emplace_back(t, 2);
    std::sort(instants.begin(), instants.end());
    instants.erase(std::unique(instants.begin(), instants.end()), instants.end());
    for (const auto& [t, what] : instants) {
      if (what == 0) spikes(t);
      if (what == 1) pulses(t);
      if (what == 2) ask(t);
    }
    return answer_;
  }

 private:
  /// The short-term rule, or the one for the weight; an empty object where there is none.
  static json one_of(const json& rules, bool short_term) {
    for (const json& rule : rules.is_array() ? rules : json::array({rules}))
      if ((rule.at("rule") == "tsodyks_markram") == short_term) return rule;
    return json::object();
  }
  static bool has(const Times& spikes, Number t) { return std::binary_search(spikes.begin(), spikes.end(), t); }
  Number tau(const char* name) const { return number(rule_, name); }
  Number of_pre(const char* tau_name, Number t, bool with_t) const { return trace(pre_, t, tau(tau_name), nearest_, with_t); }
  Number of_post(const char* tau_name, Number t, bool with_t) const { return trace(post_, t, tau(tau_name), nearest_, with_t); }
  void add(Number change) { w_ = std::min(std::max(w_ + change, low_), high_); }

  void spikes(Number t) {
    const bool pre = has(pre_, t), post = has(post_, t);
    const bool post_sees = zero_lag_ == "potentiate" || zero_lag_ == "both";
    const bool pre_sees = zero_lag_ == "depress" || zero_lag_ == "both";
    const auto send = [&] {
      const Number weight = name_ == "stdp_eligibility" ? eligible_weight(t) : w_;
      answer_.sent.push_back(static_cast<double>(short_term_.empty() ? weight : weight * released(t)));
    };
    if (zero_lag_ != "potentiate" && post) on_post(t, post_sees);
    if (pre) {
      on_pre(t, pre_sees);
      send();
    }
    if (zero_lag_ == "potentiate" && post) on_post(t, post_sees);
  }

  void on_post(Number t, bool sees) {
    if (name_.empty()) return;
    if (name_ == "stdp_pair") add(upward() * of_pre("tau_plus_ms", t, sees));
    else if (name_ == "stdp_triplet")
      add(of_pre("tau_plus_ms", t, sees) * (number(rule_, "A2_plus") + number(rule_, "A3_plus") * of_post("tau_y_ms", t, false)));
    else if (name_ == "stdp_vogels") add(number(rule_, "eta") * of_pre("tau_ms", t, sees));
    else if (name_ == "oja") add(number(rule_, "eta") * (of_pre("tau_ms", t, sees) - w_ * of_post("tau_ms", t, false)));
    else if (name_ == "stdp_eligibility") jumps_.emplace_back(t, number(rule_, "A_plus") * of_pre("tau_plus_ms", t, sees));
    else if (name_ == "stdp_deferred") collected_ += number(rule_, "A_plus") * of_pre("tau_plus_ms", t, sees);
    else throw std::invalid_argument(name_);
  }

  void on_pre(Number t, bool sees) {
    if (name_ == "stdp_pair") add(downward() * of_post("tau_minus_ms", t, sees));
    else if (name_ == "stdp_triplet")
      add(-of_post("tau_minus_ms", t, sees) *
          (number(rule_, "A2_minus") + number(rule_, "A3_minus") * of_pre("tau_x_ms", t, false)));
    else if (name_ == "stdp_vogels") add(number(rule_, "eta") * (of_post("tau_ms", t, sees) - number(rule_, "alpha")));
    else if (name_ == "stdp_eligibility") jumps_.emplace_back(t, number(rule_, "A_minus") * of_post("tau_minus_ms", t, sees));
    else if (name_ == "stdp_deferred") collected_ += number(rule_, "A_minus") * of_post("tau_minus_ms", t, sees);
  }

  Number upward() const {
    const std::string form = option(rule_, "dependence", "additive");
    if (form == "additive") return number(rule_, "A_plus") * unit();
    if (form == "multiplicative") return number(rule_, "A_plus") * (high_ - w_);
    if (form == "guetig") return number(rule_, "lambda") * high_ * powl(1 - w_ / high_, number(rule_, "mu_plus"));
    return number(rule_, "lambda") * powl(w_, number(rule_, "mu"));
  }
  Number downward() const {
    const std::string form = option(rule_, "dependence", "additive");
    if (form == "additive") return number(rule_, "A_minus") * unit();
    if (form == "multiplicative") return number(rule_, "A_minus") * (w_ - low_);
    const Number rate = -number(rule_, "alpha") * number(rule_, "lambda");
    return form == "guetig" ? rate * high_ * powl(w_ / high_, number(rule_, "mu_minus")) : rate * w_;
  }
  Number unit() const { return option(rule_, "amplitude", "absolute") == "times_w_max" ? high_ : 1; }

  /// Eligibility at t, the sum over all jumps so far.
  Number eligibility(Number t) const {
    Number sum = 0;
    for (const auto& [from, size] : jumps_) sum += size * expl(-(t - from) / tau("tau_e_ms"));
    return sum;
  }
  /// The weight at t as a double sum over jumps and pulses; bounds are left out.
  Number eligible_weight(Number t) const {
    Number w = w_;
    if (modulator_.tau_ms == 0) return w;
    const Number e = tau("tau_e_ms"), d = modulator_.tau_ms, k = 1 / e + 1 / d, gain = number(rule_, "gain");
    for (const auto& [from, size] : jumps_) {
      w -= gain * number(rule_, "baseline") * size * e * (1 - expl(-(t - from) / e));
      for (const auto& [at, amplitude] : modulator_.pulses) {
        const Number later = std::max(from, Number(at));
        if (later >= t) continue;
        w += gain * size * amplitude * expl(-(later - from) / e - (later - at) / d) * (1 - expl(-k * (t - later))) / k;
      }
    }
    return w;
  }
  void pulses(Number t) {
    if (modulator_.tau_ms > 0) return;
    for (const auto& [at, amplitude] : modulator_.pulses) {
      if (at != t) continue;
      if (name_ == "stdp_deferred") add(number(rule_, "drift") + (collected_ *= number(rule_, "keep")));
      else w_ += number(rule_, "gain") * amplitude * eligibility(t);
    }
  }

  /// Short-term plasticity: u and x brought to t from their values after the spike before.
  void recover(Number t) {
    const Number fac = number(short_term_, "tau_fac_ms");
    const Number rest = option(short_term_, "u_rest", "zero") == "U" ? number(short_term_, "U") : 0;
    if (last_ < 0) u_ = rest, x_ = 1;
    else {
      u_ = fac > 0 ? rest + (u_ - rest) * expl(-(t - last_) / fac) : rest;
      x_ = 1 - (1 - x_) * expl(-(t - last_) / number(short_term_, "tau_rec_ms"));
    }
    last_ = t;
  }
  /// The part of the weight that a spike at t sends on.
  Number released(Number t) {
    recover(t);
    const Number U = number(short_term_, "U");
    u_ = number(short_term_, "tau_fac_ms") > 0 ? u_ + U * (1 - u_) : U;
    const Number part = u_ * x_;
    x_ -= part;
    return part;
  }

  void ask(Number t) {
    const auto state = [&](const char* name, Number value) { answer_.states[name].push_back(static_cast<double>(value)); };
    answer_.weight.push_back(static_cast<double>(name_ == "stdp_eligibility" ? eligible_weight(t) : w_));
    if (name_ == "stdp_pair" || name_ == "stdp_eligibility" || name_ == "stdp_deferred") {
      state("x", of_pre("tau_plus_ms", t, true));
      state("y", of_post("tau_minus_ms", t, true));
    }
    if (name_ == "stdp_vogels" || name_ == "oja") {
      state("x", of_pre("tau_ms", t, true));
      state("y", of_post("tau_ms", t, true));
    }
    if (name_ == "stdp_triplet") {
      state("r1", of_pre("tau_plus_ms", t, true));
      state("r2", of_pre("tau_x_ms", t, true));
      state("o1", of_post("tau_minus_ms", t, true));
      state("o2", of_post("tau_y_ms", t, true));
    }
    if (name_ == "stdp_eligibility") {
      state("eligibility", eligibility(t));
      Number m = 0;
      for (const auto& [at, amplitude] : modulator_.pulses)
        if (at <= t && modulator_.tau_ms > 0) m += amplitude * expl(-(t - at) / modulator_.tau_ms);
      state("modulator", m);
    }
    if (name_ == "stdp_deferred") state("collected", collected_);
    if (!short_term_.empty()) {
      const Number u = u_, x = x_, last = last_;
      recover(t);
      state("u", u_);
      state(answer_.states.contains("y") ? "tsodyks_markram.x" : "x", x_);
      u_ = u, x_ = x, last_ = last;
    }
  }

  const json rule_, short_term_;
  std::string name_;
  Number w_, low_, high_;
  bool nearest_;
  std::string zero_lag_;
  Times pre_, post_;
  const Modulator& modulator_;
  std::vector<std::pair<Number, Number>> jumps_;  // of the eligibility: time, size
  Number collected_ = 0;                          // of stdp_deferred
  Number u_ = 0, x_ = 1, last_ = -1;              // u and x after the last spike, and its time
  Answer answer_;
};

}  // namespace

Answer replay(const json& rules, const Synapse& synapse, const Protocol& protocol, const std::vector<double>& at_ms,
              const Modulator& modulator) {
  return Replay(rules, synapse, protocol, modulator).run(at_ms);
}

}  // namespace spikeloom::naive
