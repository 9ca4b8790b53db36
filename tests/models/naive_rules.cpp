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
    std::vector<std::pair<Number, int>> instants;  // 0: spikes, 1: the signal, 2: a question
    for (const Times* side : {&pre_, &post_})
      for (const Number t : *side) instants.emplace_back(t, 0);
    for (const auto* changes : {&modulator_.pulses, &modulator_.steps})
      for (const auto& [t, value] : *changes) instants.emplace_back(t, 1);
    for (const double t : at_ms) instants.emplace_back(t, 2);
    std::sort(instants.begin(), instants.end());
    instants.erase(std::unique(instants.begin(), instants.end()), instants.end());
    for (const auto& [t, what] : instants) {
      if (what == 2) {
        ask(t);
        continue;
      }
      bring_to(t);
      if (what == 0) spikes(t);
      else signal(t);
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

  bool has_eligibility() const { return name_.ends_with("_eligibility"); }

  void spikes(Number t) {
    add(0);  // bounds are kept at the events of the synapse
    const bool pre = has(pre_, t), post = has(post_, t);
    const bool post_sees = zero_lag_ == "potentiate" || zero_lag_ == "both";
    const bool pre_sees = zero_lag_ == "depress" || zero_lag_ == "both";
    const auto send = [&] { answer_.sent.push_back(static_cast<double>(short_term_.empty() ? w_ : w_ * released(t))); };
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
    else if (name_ == "stdp_eligibility" || name_ == "stdp_deferred")
      c_ += number(rule_, "A_plus") * of_pre("tau_plus_ms", t, sees);
    else if (name_ == "covariance_eligibility")
      c_ += number(rule_, "A") * (of_pre("tau_ms", t, sees) - share("pre") * of_pre("tau_mean_ms", t, sees));
    else if (name_ != "pre_eligibility") throw std::invalid_argument(name_);
  }

  void on_pre(Number t, bool sees) {
    if (name_ == "stdp_pair") add(downward() * of_post("tau_minus_ms", t, sees));
    else if (name_ == "stdp_triplet")
      add(-of_post("tau_minus_ms", t, sees) *
          (number(rule_, "A2_minus") + number(rule_, "A3_minus") * of_pre("tau_x_ms", t, false)));
    else if (name_ == "stdp_vogels") add(number(rule_, "eta") * (of_post("tau_ms", t, sees) - number(rule_, "alpha")));
    else if (name_ == "stdp_eligibility" || name_ == "stdp_deferred")
      c_ += number(rule_, "A_minus") * of_post("tau_minus_ms", t, sees);
    else if (name_ == "covariance_eligibility")
      c_ += number(rule_, "A") * (of_post("tau_ms", t, sees) - share("post") * of_post("tau_mean_ms", t, sees));
    else if (name_ == "pre_eligibility") c_ += number(rule_, "A");
  }
  /// What of a side's slow trace is its mean, where the rule takes that off.
  Number share(const char* side) const {
    const std::string about = option(rule_, "about", "both");
    return about == "both" || about == side ? tau("tau_ms") / tau("tau_mean_ms") : 0;
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

  /// dc/dt = -c / tau_e, dw/dt = gain c (m - baseline), where the decaying part of m and c fade together.
  void bring_to(Number t) {
    const Number d = t - last_event_;
    last_event_ = t;
    if (!has_eligibility()) return;
    const Number e = tau("tau_e_ms");
    Number drive = (level_ - number(rule_, "baseline")) * e * -expm1l(-d / e);
    if (modulator_.tau_ms > 0) {
      const Number k = 1 / e + 1 / Number(modulator_.tau_ms);
      drive += decaying_ * -expm1l(-k * d) / k;
      decaying_ *= expl(-d / modulator_.tau_ms);
    }
    w_ += number(rule_, "gain") * c_ * drive;
    c_ *= expl(-d / e);
  }
  void signal(Number t) {
    for (const auto& [at, value] : modulator_.steps)
      if (at == t) level_ = value;
    for (const auto& [at, amplitude] : modulator_.pulses) {
      if (at != t) continue;
      if (modulator_.tau_ms > 0) decaying_ += amplitude;
      else if (name_ == "stdp_deferred") add(number(rule_, "drift") + (c_ *= number(rule_, "keep")));
      else w_ += number(rule_, "gain") * amplitude * c_;
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
    const Number w = w_, c = c_, decaying = decaying_, last_event = last_event_;  // looking changes nothing
    bring_to(t);
    add(0);
    answer_.weight.push_back(static_cast<double>(w_));
    if (rule_.contains("tau_plus_ms") && name_ != "stdp_triplet") {
      state("x", of_pre("tau_plus_ms", t, true));
      state("y", of_post("tau_minus_ms", t, true));
    }
    if (rule_.contains("tau_ms")) {
      state("x", of_pre("tau_ms", t, true));
      state("y", of_post("tau_ms", t, true));
    }
    if (name_ == "covariance_eligibility") {
      state("x_mean", of_pre("tau_mean_ms", t, true));
      state("y_mean", of_post("tau_mean_ms", t, true));
    }
    if (name_ == "stdp_triplet") {
      state("r1", of_pre("tau_plus_ms", t, true));
      state("r2", of_pre("tau_x_ms", t, true));
      state("o1", of_post("tau_minus_ms", t, true));
      state("o2", of_post("tau_y_ms", t, true));
    }
    if (has_eligibility()) state("eligibility", c_), state("modulator", level_ + decaying_);
    if (name_ == "stdp_deferred") state("collected", c_);
    w_ = w, c_ = c, decaying_ = decaying, last_event_ = last_event;
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
  Number c_ = 0, last_event_ = 0;     // eligibility (of stdp_deferred: what was collected), and when that was
  Number level_ = 0, decaying_ = 0;   // the two parts of the signal
  Number u_ = 0, x_ = 1, last_ = -1;  // u and x after the last spike, and its time
  Answer answer_;
};

}  // namespace

Answer replay(const json& rules, const Synapse& synapse, const Protocol& protocol, const std::vector<double>& at_ms,
              const Modulator& modulator) {
  return Replay(rules, synapse, protocol, modulator).run(at_ms);
}

}  // namespace spikeloom::naive
