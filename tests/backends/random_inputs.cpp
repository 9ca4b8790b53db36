// Random sources of spikes, Poisson trains and currents.
#include "tests/backends/random_maker.hpp"

#include <fmt/format.h>

namespace spikeloom::testing {

void Maker::add_source() {
  End end{fresh(), 0, false, "", false};
  Input input;
  switch (dice_.below(4)) {
    case 0: {
      use("Poisson source");
      PoissonInput poisson;
      end.size = 1 + dice_.below32(80);
      poisson.size = static_cast<double>(end.size);
      const double top = 1500 / step_;
      if (dice_.chance(0.4)) poisson.rate_each = uniform(0, top), use("rate for each");
      else poisson.rate_hz = {{0.0, dice_.rounded(0, top)}, {time() + step_, 0.0}, {2 * duration_ms_, 5.0}};
      input.source = poisson;
      break;
    }
    case 1: {
      use("spike list");
      SpikeListInput list;
      list.times_ms.resize(1 + dice_.below(60));
      for (auto& times : list.times_ms)
        for (std::uint64_t k = dice_.below(5); k > 0; --k) {
          times.push_back(dice_.chance(0.15) ? 0.0 : time());
          if (dice_.chance(0.2)) times.push_back(times.back()), use("equal times");
        }
      end.size = static_cast<std::uint32_t>(list.times_ms.size());
      input.source = list;
      break;
    }
    case 2: {
      use("external input");
      end.size = 1 + dice_.below32(50);
      input.source = ExternalInput{static_cast<double>(end.size)};
      for (int k = 0; k < 5; ++k) {
        std::set<std::uint32_t> cells;
        for (std::uint64_t c = 1 + dice_.below(6); c > 0; --c) cells.insert(dice_.below32(end.size));
        when(
            k == 0 ? 0 : static_cast<std::int64_t>(dice_.below(static_cast<std::uint64_t>(steps_))),
            [name = end.name, list = std::vector<std::uint32_t>(cells.begin(), cells.end()), ahead = dice_.rounded(0, 3),
             spread = dice_.chance(0.5)](Session& session) {
              std::vector<double> times_ms;
              for (std::size_t c = 0; spread && c < list.size(); ++c)
                times_ms.push_back(session.network().ms_of(session.step()) + ahead * static_cast<double>(c + 1));
              try {
                session.emit_at(name, list, times_ms);
              } catch (const Error&) {}  // one spike more of a neuron in a step than declared: refused everywhere
            },
            end.name);
      }
      break;
    }
    default: {
      use("events");
      EventsInput events;
      events.file = std::string(SPIKELOOM_SOURCE_DIR) + "/examples/event_motion/sample_nmnist.bin";
      events.region = {4.0, 6.0, 20.0, 16.0};
      events.downsample = 2.0;
      events.time_scale = 0.03;
      events.polarity = dice_.pick(std::vector<std::string>{"both", "split", "on", "off"});
      end.size = 10 * 8 * (events.polarity == "split" ? 2 : 1);
      end.grid = true;
      input.source = events;
      break;
    }
  }
  const End& target = any_population();
  if (dice_.chance(0.15) && target.size >= end.size && target.model != "lif_cond_exp") {
    use("short form");
    Drive drive;
    drive.to.name = target.name;
    if (target.size != end.size) drive.to.last = end.size;
    drive.weight = number(2 * facts_of(target.model).weight, false, false, end.size, "j");
    drive.delay_ms = dice_.rounded(step_, 4 * step_) + step_;
    input.drive = drive;
  }
  net().input(end.name, input);
  ends_.push_back(end);
}

void Maker::add_drive() {
  const End& target = any_population();
  const ModelFacts& model = facts_of(target.model);
  Drive drive;
  drive.to = part_of(target);
  const std::uint32_t count = size_of(target, drive.to);
  Input input;
  if (dice_.chance(0.5)) {
    use("private Poisson");
    PoissonInput poisson;
    if (dice_.chance(0.3)) poisson.rate_each = number(1000, false, true, count, "index");
    else if (dice_.chance(0.5)) poisson.rate_hz = {{0.0, dice_.rounded(0, 2000)}};
    else poisson.rate_hz = {{time(), dice_.rounded(0, 2000)}, {2 * duration_ms_, 0.0}};
    drive.delay_ms = dice_.rounded(step_, 5 * step_) + step_;
    drive.weight = number(2 * model.weight, false, true, count, "index");
    if (target.model == "lif_cond_exp") drive.receptor = "exc";
    input.source = poisson;
  } else {
    CurrentInput current;
    const double size = dice_.rounded(0.1, 0.5) * model.bias_high;
    switch (dice_.below(5)) {
      case 0:
        use("current steps"), current.form = StepTable{{-step_, 0.1 * size}, {time(), size}, {2 * duration_ms_, 0.0}};
        break;
      case 1: use("current each"), current.form = number(size, true, true, count, "index"); break;
      case 2:
        use("ramp"), current.form = std::vector<CurrentInput::Ramp>{{step_, 20 * step_, 0.0, 0.1 * size},
                                                                    {time(), 2 * duration_ms_, size, -0.01 * size}};
        break;
      case 3: use("sine"), current.form = CurrentInput::Sine{size, dice_.rounded(1, 300), 0.5, 0.1 * size}; break;
      default: {
        use("noise");
        CurrentInput::Noise noise{0.1 * size, number(size, false, true, count, "index"), std::nullopt};
        if (dice_.chance(0.5)) noise.every_ms = step_ * static_cast<double>(1 + dice_.below(9)), use("slow noise");
        current.form = noise;
      }
    }
    input.source = current;
  }
  input.drive = drive;
  net().input(fresh(), input);
}

}  // namespace spikeloom::testing
