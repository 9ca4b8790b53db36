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
      known.size = size_of(of, trace.of) * static_cast<std::uint32_t>(trace.tau_ms.size());
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
  if (signal.size == 1 && dice_.chance(0.4) && !projections_.empty()) {
    use("projection gain");
    modulation.to = dice_.pick(projections_);
  } else if (!fits) {
    return;
  } else if (dice_.chance(0.6)) {
    const bool bias = dice_.chance(0.5);
    use(bias ? "modulated bias" : "modulated threshold");
    modulation.target = bias ? facts_of(to.model).bias : facts_of(to.model).threshold;
    modulation.scale = (bias ? 0.2 * facts_of(to.model).bias_high : 1.0) / signal.largest;
  } else {
    use(signal.size == 1 ? "gain" : "gain of each");
  }
  net().modulation.push_back(modulation);
}

void Maker::add_probe() {
  Probe probe;
  switch (dice_.below(4)) {
    case 0: use("spike probe"), probe.of = part_of(dice_.pick(ends_)); break;
    case 1: {
      use("state probe");
      const End& of = any_population();
      probe.kind = Probe::Kind::state;
      probe.of = part_of(of);
      probe.states = {facts_of(of.model).potential};
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
  }
  net().probes.push_back(probe);
}

}  // namespace spikeloom::testing
