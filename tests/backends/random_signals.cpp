// Random signals, what they drive and change, and what is recorded.
#include "tests/backends/random_maker.hpp"

#include <fmt/format.h>

namespace spikeloom::testing {

void Maker::add_signal() {
  const std::string name = fresh();
  Known known{name, 1, 1};
  Signal signal;
  switch (dice_.below(6)) {
    case 0: {
      use("pulse");
      PulseSignal pulse{time(), 5 * step_, dice_.rounded(-1, 1), std::nullopt};
      if (dice_.chance(0.5)) pulse.every_ms = 13 * step_;
      signal.form = pulse;
      break;
    }
    case 1:
      use("signal steps"), signal.form = StepsSignal{{{0.0, dice_.rounded(-1, 1)}, {time() + step_, dice_.rounded(-1, 1)}}};
      break;
    case 2: {
      use("external signal");
      const End& like = any_population();
      known.size = dice_.chance(0.5) && like.size > 0 ? like.size : 1 + dice_.below32(4);
      signal.form = ExternalSignal{static_cast<double>(known.size)};
      for (int k = 0; k < 4; ++k) {
        std::vector<double> values;
        for (std::uint32_t c = 0; c < known.size; ++c) values.push_back(dice_.rounded(-1, 1));
        when(
            k == 0 ? 0 : static_cast<std::int64_t>(dice_.below(static_cast<std::uint64_t>(steps_))),
            [name, values](Session& session) { session.set_signal(name, values); }, name);
      }
      break;
    }
    case 3: {
      use("trace");
      const End& of = dice_.pick(ends_);
      TraceSignal trace{part_of(of), {5 * step_}, 0.5};
      if (dice_.chance(0.4)) trace.tau_ms.emplace_back(40 * step_);
      known.size = size_of(of, trace.of);
      known.largest = 5;
      signal.form = trace;
      break;
    }
    case 4: {
      use("rate");
      const End& of = dice_.pick(ends_);
      RateSignal rate{part_of(of), 8 * step_};
      if (size_of(of, rate.of) == 0) rate.of = Slice{of.name, 0, std::nullopt, 1, {}};
      if (of.size == 0) {
        signal.form = StepsSignal{{{0.0, 0.3}}};
        break;
      }
      known.largest = 300 / step_;
      signal.form = rate;
      break;
    }
    default: {
      if (signals_.empty()) {
        signal.form = PulseSignal{0.0, step_, 1.0, std::nullopt};
        break;
      }
      use("readout");
      const Known& of = dice_.pick(signals_);
      ReadoutSignal readout{of.name, 0.0, {}, {}};
      known.size = 1 + dice_.below32(3);
      readout.channels = static_cast<double>(known.size);
      for (std::uint64_t k = 0; k < std::uint64_t{known.size} * of.size; ++k)
        readout.weights.push_back(dice_.rounded(-1, 1) / (1 + of.size / 10.0));
      known.largest = of.largest;
      signal.form = readout;
    }
  }
  net().signals[name] = signal;
  signals_.push_back(known);
}

/// Signals made of time, chance and other signals.
void Maker::add_composed_signal() {
  const std::string name = fresh();
  Known known{name, 1, 1};
  Signal signal;
  const auto fitting = [&](std::uint32_t size) -> const Known* {  // a signal that joins one of that size
    std::vector<const Known*> all;
    for (const Known& other : signals_)
      if (other.size == 1 || other.size == size || size == 1) all.push_back(&other);
    return all.empty() ? nullptr : dice_.pick(all);
  };
  const auto pulses = [&] { return StepTable{{2 * step_, 0.5}, {time() + 3 * step_, dice_.rounded(-1, 1)}}; };
  switch (dice_.below(signals_.empty() ? 4 : 7)) {
    case 0: {
      use("gaussian");
      GaussianSignal bumps{{}, 6 * step_};
      for (known.size = 1 + dice_.below32(3); bumps.at_ms.size() < known.size;) bumps.at_ms.emplace_back(time());
      signal.form = bumps;
      break;
    }
    case 1: use("choice"), signal.form = ChoiceSignal{{0.5, 0.25, 0.25}}, known.size = 3; break;
    case 2: {
      use("decay");
      DecaySignal decay{9 * step_, std::nullopt, 0.1, pulses()};
      if (dice_.chance(0.7)) decay.driven_by = part_of(dice_.pick(ends_));
      known.largest = 100;
      signal.form = decay;
      break;
    }
    case 3: use("instant"), signal.form = InstantSignal{pulses()}; break;
    case 4: {
      use("mean");
      const Known& of = dice_.pick(signals_);
      MeanSignal mean{of.name, std::nullopt, std::nullopt, {}};
      if (dice_.chance(0.5)) mean.from_ms = 4 * step_;
      if (dice_.chance(0.5)) mean.to_ms = 15 * step_;
      if (!net().phases.empty() && dice_.chance(0.5)) mean.phases = {net().phases.back().name}, use("mean over phases");
      known.size = of.size, known.largest = of.largest;
      signal.form = mean;
      break;
    }
    default: {
      const Known& a = dice_.pick(signals_);
      const Known* b = fitting(a.size);
      known.size = std::max(a.size, b->size);
      if (dice_.chance(0.5)) {
        use("product");
        signal.form = ProductSignal{{a.name, b->name}, {{-1.0, 1.0}, {0.0, std::numeric_limits<double>::infinity()}}};
        known.largest = b->largest;
      } else {
        use("objective"), signal.form = ObjectiveSignal{a.name, b->name};
        known.largest = a.largest + b->largest;
      }
    }
  }
  if (dice_.chance(0.5)) signal.clock = "phase", use("clock of the phase");
  net().signals[name] = signal;
  signals_.push_back(known);
  Phase* const last = net().phases.empty() ? nullptr : &net().phases.back();
  if (auto* bumps = std::get_if<GaussianSignal>(&signal.form); bumps != nullptr && last != nullptr && dice_.chance(0.6)) {
    use("set");
    bumps->sd_ms = 3 * step_;
    last->set[name] = signal;
  }
}

/// A readout that learns what another signal is, from spikes.
void Maker::add_learning() {
  const std::string rules[] = {"delta", "gated_delta", "rls", "ridge"};
  const End& of = any_population();
  const std::string trace = fresh(), readout = fresh(), error = fresh(), target = fresh();
  net().signals[trace] = {TraceSignal{Slice{of.name, 0, std::min<std::uint64_t>(of.size, 60), 1, {}}, {4 * step_}, 1.0}, {}};
  net().signals[target] = {GaussianSignal{{12 * step_, 30 * step_}, 8 * step_}, {}, "phase"};
  net().signals[error] = {ObjectiveSignal{target, readout}, {}};
  ReadoutSignal learner{trace, 2.0, {0}, {}};
  ReadoutRule rule;
  rule.name = dice_.pick(std::vector<std::string>(std::begin(rules), std::end(rules)));
  use("rule " + rule.name);
  if (rule.name.ends_with("delta")) rule.eta = 0.1, rule.normalise = true;
  if (rule.name == "rls") rule.forget = dice_.pick(std::vector<double>{1, 0.98});
  if (rule.name == "ridge") rule.lambda = 0.5;
  if (dice_.chance(0.3)) rule.at = "phase_end", use("learning at the end of a phase");
  else if (!rule.name.ends_with("delta") && dice_.chance(0.7)) rule.every_ms = 3 * step_;
  learner.rule = rule;
  learner.error = error;
  if (rule.name == "gated_delta" || (rule.name != "delta" && dice_.chance(0.5))) learner.gate = target;
  net().signals[readout] = {learner, {}};
  signals_.push_back({readout, 2, 2});
  for (Phase& phase : net().phases)
    if (dice_.chance(0.3)) phase.plasticity = std::vector<std::string>{readout}, use("plasticity by name");
  if (!dice_.chance(0.5)) return;
  use("readout weights");
  Probe probe;
  probe.kind = Probe::Kind::weights;
  probe.of.name = readout;
  probe.at_ms = {0.0, 25 * step_};
  net().probes.push_back(probe);
}

/// In place of a duration: repeats that end somewhere, then the rest.
void Maker::add_phases() {
  use("phases");
  net().run.duration_ms.reset();
  std::int64_t left = steps_;
  for (const char* name : {"early", "late", "early"}) {
    Phase phase;
    phase.name = name;
    const std::int64_t length = 1 + static_cast<std::int64_t>(dice_.below(20));
    const auto repeats = static_cast<std::int64_t>(1 + dice_.below(4));
    if (length * repeats >= left) break;
    left -= length * repeats;
    phase.run_ms = static_cast<double>(length) * step_, phase.repeat = static_cast<double>(repeats);
    net().phases.push_back(phase);
  }
  Phase rest;
  rest.name = "rest";
  rest.run_ms = static_cast<double>(left) * step_;
  net().phases.push_back(rest);
  for (Phase& phase : net().phases) {
    for (const char* what : {"state", "signals", "rls"})
      if (dice_.chance(0.4)) phase.reset.emplace_back(what), use(std::string("reset of ") + what);
    if (dice_.chance(0.2)) phase.plasticity = false;
  }
}

void Maker::add_signal_current() {
  const Known& signal = dice_.pick(signals_);
  const End& to = any_population();
  use("signal current");
  SignalCurrent current{signal.name, part_of(to), 1.0, std::nullopt, {}};
  const double size = 0.4 * facts_of(to.model).bias_high / signal.largest;
  const std::uint64_t cells = size_of(to, current.to);
  if (dice_.chance(0.4)) {
    const std::uint64_t count = dice_.chance(0.5) ? signal.size : signal.size * cells;
    std::vector<double> weights;
    for (std::uint64_t k = 0; k < count; ++k) weights.push_back(dice_.real(-size, size));
    if (!weights.empty()) current.weight = weights;
  } else {
    current.weight = size;
  }
  if (dice_.chance(0.4)) current.clip = std::pair<Value, Value>{-0.1 * size, size}, use("clip");
  net().currents.push_back(current);
}

void Maker::add_modulation() {
  const Known& signal = dice_.pick(signals_);
  const End& to = any_population();
  const bool fits = signal.size == 1 || signal.size == to.size;
  Modulation modulation{signal.name, to.name, "gain", 0.3 / signal.largest, {}};
  if (signal.size == 1 && dice_.chance(0.4) && !gated_.empty()) {
    use("projection gain");
    modulation.to = dice_.pick(gated_);
  } else if (!fits) {
    return;
  } else if (dice_.chance(0.6)) {
    const bool bias = dice_.chance(0.5);
    use(bias ? "modulated bias" : "modulated threshold");
    modulation.target = bias ? facts_of(to.model).bias : facts_of(to.model).threshold;
    modulation.scale = (bias ? 0.2 * facts_of(to.model).bias_high : 1.0) / signal.largest;
  } else {
    if (signal.size == 1 && to.size > 1 && dice_.chance(0.5)) {  // that of each cell follows its own spikes
      modulation.signal = fresh();
      net().signals[modulation.signal] = {TraceSignal{Slice{to.name, 0, std::nullopt, 1, {}}, {5 * step_}, 0.5}, {}};
      modulation.scale = 0.06;
    }
    use(modulation.signal == signal.name && signal.size == 1 ? "gain" : "gain of each");
  }
  if (to.exact && modulation.to == to.name) use("exact cells modulated");
  net().modulation.push_back(modulation);
}

void Maker::add_probe() {
  Probe probe;
  bool exact = false;
  switch (dice_.below(4)) {
    case 0: use("spike probe"), probe.of = part_of(dice_.pick(ends_)); break;
    case 1: {
      use("state probe");
      const End& of = any_population();
      probe.kind = Probe::Kind::state;
      probe.of = part_of(of);
      probe.states = {facts_of(of.model).potential};
      exact = of.exact;
      break;
    }
    case 2:
      if (signals_.empty()) return;
      use("signal probe"), probe.kind = Probe::Kind::signal;
      probe.of.name = dice_.pick(signals_).name;
      break;
    default:
      use("weight probe"), probe.kind = Probe::Kind::weights;
      probe.of.name = dice_.pick(projections_);
      probe.at_ms = {0.0, 11 * step_};
      net().probes.push_back(probe);
      return;
  }
  if (probe.kind != Probe::Kind::spikes) {
    probe.every_ms = step_ * static_cast<double>(1 + dice_.below(20));
    if (dice_.chance(0.3)) probe.start_ms = 3 * step_, probe.stop_ms = 41 * step_;
    if (exact && dice_.chance(0.5)) {
      use("probe between steps");
      probe.every_ms.reset(), probe.start_ms.reset(), probe.stop_ms.reset();
      for (int k = 1; k < 6; ++k) probe.at_ms.emplace_back(dice_.real(duration_ms_ * (k - 1) / 6, duration_ms_ * k / 6));
    }
  }
  net().probes.push_back(probe);
}

}  // namespace spikeloom::testing
