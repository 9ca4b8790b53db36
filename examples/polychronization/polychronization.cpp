// Which groups of cells fire in exact patterns once a network has learned? Lets it learn, counts them, and counts again with
// the delays of the strong synapses exchanged.
//
//   polychronization FILE.json [SECONDS [SEED [PICTURE.svg [CONTROLS]]]]
#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <cstdio>
#include <limits>

#include "analysis/chart.hpp"
#include "backends/cpu/cpu.hpp"
#include "core/atomic_file.hpp"
#include "core/math/stream.hpp"
#include "core/network_json.hpp"
#include "examples/example_main.hpp"
#include "examples/polychronization/resting_network.hpp"
#include "models/models.hpp"

namespace {

using namespace spikeloom;
using Synapses = std::vector<TimedSynapse>;
using Groups = std::vector<PolychronousGroup>;

constexpr double strong_weight = 9.5;  // of 10
constexpr std::int64_t second = 1000, report_steps = 600 * second;

std::uint32_t below(RandomStream& draw, std::uint32_t bound) { return static_cast<std::uint32_t>(draw.next53() * bound); }

/// A new cell every millisecond; a second of them is given ahead.
void kick(Session& session, std::int64_t until, std::uint32_t cells, RandomStream& draw) {
  std::vector<std::uint32_t> kicked;
  std::vector<double> times_ms;
  while (session.step() < until) {
    kicked.clear(), times_ms.clear();
    const std::int64_t next = std::min(session.step() + second, until);
    for (std::int64_t step = session.step(); step < next; ++step)
      kicked.push_back(below(draw, cells)), times_ms.push_back(static_cast<double>(step));
    session.emit_at("kicks", kicked, times_ms);
    session.advance_to(next);
  }
}

/// Synapses of a projection whose sources begin at cell `first` of all; weights as they were at the start.
Synapses synapses_of(const CompiledNetwork& network, const std::string& name, std::uint32_t first) {
  struct Collect final : SynapseSink {
    std::uint32_t first = 0;
    Synapses synapses;
    void take(const SynapseBatch& batch) override {
      for (std::uint32_t k = 0; k < batch.count; ++k)
        synapses.push_back({first + batch.source[k], batch.target[k], batch.delay[k], batch.weight[k]});
    }
  } sink;
  sink.first = first;
  const auto projection = std::ranges::find(network.projections, name, &CompiledProjection::name);
  projection->rows->visit(0, projection->rows->sources, sink);
  return sink.synapses;
}

/// The same cells, targets and weights; delays are dealt anew among the synapses onto excitatory and those onto inhibitory cells.
Synapses with_delays_exchanged(Synapses strong, std::uint32_t excitatory, RandomStream& draw) {
  for (const bool onto_excitatory : {true, false}) {
    std::vector<TimedSynapse*> some;
    for (TimedSynapse& s : strong)
      if ((s.target < excitatory) == onto_excitatory) some.push_back(&s);
    for (std::size_t k = some.size(); k > 1; --k)
      std::swap(some[k - 1]->delay_steps, some[below(draw, static_cast<std::uint32_t>(k))]->delay_steps);
  }
  return strong;
}

/// Strong synapses make groups; inhibition shapes what the network answers.
Groups groups_of(const CompiledNetwork& network, const Synapses& strong, const Synapses& inhibitory) {
  const CompiledPopulation &E = network.populations.at(0), &I = network.populations.at(1);
  Synapses all = inhibitory;
  all.insert(all.end(), strong.begin(), strong.end());
  const TimedSynapses causes(E.size + I.size, strong), responders(E.size + I.size, all);
  const std::array kinds{RestingNetwork::kind_of(E), RestingNetwork::kind_of(I)};
  const auto make_response = [&] {
    auto resting = std::make_shared<RestingNetwork>(responders, E.size, kinds);
    return Response([resting](std::span<const Arrival> arrivals) { return resting->respond(arrivals); });
  };
  return polychronous_groups(causes, make_response, {.excitatory = E.size});
}

double median(std::vector<double> values) {
  if (values.empty()) return 0;
  std::nth_element(values.begin(), values.begin() + static_cast<std::ptrdiff_t>(values.size() / 2), values.end());
  return values[values.size() / 2];
}

void print(const char* name, const Groups& groups) {
  std::vector<double> firings, paths, spans;
  for (const PolychronousGroup& group : groups) {
    firings.push_back(static_cast<double>(group.firings.size()));
    paths.push_back(group.longest_path);
    spans.push_back(group.span_steps);
  }
  fmt::print("{:<20} {:>6}   median: {:>3} firings, path {:>2}, {:>3} ms\n", name, groups.size(), median(firings), median(paths),
             median(spans));
  std::fflush(stdout);
}

/// A group's firings, and a line for every link.
Chart picture_of(const PolychronousGroup& group, std::uint32_t excitatory) {
  Chart chart{fmt::format("a group: {} firings, longest path {}", group.firings.size(), group.longest_path),
              "time after the first anchor (ms)",
              "cell",
              {},
              Chart::by_data,
              Chart::by_data,
              Chart::by_data,
              Chart::by_data,
              {}};
  ChartSeries links, anchors{"anchors"}, E{"excitatory"}, I{"inhibitory"};
  links.colour = 7, anchors.colour = 1, E.colour = 0, I.colour = 3;
  const auto add = [&](ChartSeries& series, std::uint32_t n) {
    series.x.push_back(group.firings[n].step), series.y.push_back(group.firings[n].cell);
  };
  for (const FiringLink& link : group.links) {
    add(links, link.from), add(links, link.to);
    links.x.push_back(0), links.y.push_back(std::numeric_limits<double>::quiet_NaN());  // lifts the pen
  }
  for (std::uint32_t n = 0; n < group.firings.size(); ++n) add(n < 3 ? anchors : group.firings[n].cell < excitatory ? E : I, n);
  for (ChartSeries* series : {&anchors, &E, &I}) series->line = false, series->points = true;
  chart.series = {links, E, I, anchors};
  return chart;
}

/// How many groups have a longest path of at least so many firings.
Chart paths_of(const Groups& learned, const Groups& exchanged) {
  Chart chart{"how long they are",
              "longest path (firings) at least",
              "groups",
              {},
              Chart::by_data,
              Chart::by_data,
              0,
              Chart::by_data,
              {}};
  std::uint32_t longest = 7;
  for (const Groups* groups : {&learned, &exchanged})
    for (const PolychronousGroup& group : *groups) longest = std::max(longest, group.longest_path);
  for (const auto& [name, groups, colour] : {std::tuple{"learned", &learned, 1}, {"delays exchanged", &exchanged, 0}}) {
    ChartSeries series{name};
    series.colour = colour, series.points = true;
    for (std::uint32_t least = 7; least <= longest; ++least) {
      series.x.push_back(least);
      series.y.push_back(static_cast<double>(
          std::ranges::count_if(*groups, [&](const PolychronousGroup& group) { return group.longest_path >= least; })));
    }
    chart.series.push_back(series);
  }
  return chart;
}

struct Options {
  std::string file, picture;
  std::int64_t seconds = 3600;
  std::uint64_t seed = 1;
  int controls = 3;
};

void run(const Options& options) {
  const ModelSet models = builtin_models();
  Network description = read_network(options.file);
  const std::int64_t end = options.seconds * second;
  description.run.duration_ms = static_cast<double>(end);
  description.run.seed = static_cast<double>(options.seed);
  Probe weights;
  weights.kind = Probe::Kind::weights;
  weights.of.name = "learned";
  for (std::int64_t step = report_steps; step < end; step += report_steps) weights.at_ms.emplace_back(static_cast<double>(step));
  weights.at_ms.emplace_back(static_cast<double>(end));
  description.probes.push_back(weights);

  const auto network = compile(description, models);
  const auto session = cpu_backend()->open(network, {.threads = 1, .models = &models});
  const CompiledPopulation &E = network->populations.at(0), &I = network->populations.at(1);
  RandomStream draw(options.seed, 0, 0, 0x6b69636bu);
  fmt::print("{:>8} {:>8} {:>8} {:>8}\n", "s", "E Hz", "I Hz", "strong");
  std::uint64_t before[2] = {};
  std::vector<double> learned;
  while (session->step() < end) {
    const std::int64_t from = session->step(), to = std::min(from + report_steps, end);
    kick(*session, to, E.size + I.size, draw);
    const Recording recording = session->recording();
    learned = recording.weights.back().weight;
    fmt::print("{:>8}", to / second);
    for (std::size_t p = 0; p < 2; ++p) {
      const PopulationCounts& counts = recording.populations.at(p);
      fmt::print(" {:>8.2f}", 1000.0 * static_cast<double>(counts.spikes - before[p]) /
                                  static_cast<double>(counts.neurons * static_cast<std::uint64_t>(to - from)));
      before[p] = counts.spikes;
    }
    const auto strong = std::ranges::count_if(learned, [](double w) { return w > strong_weight; });
    fmt::print(" {:>8.3f}\n", static_cast<double>(strong) / static_cast<double>(learned.size()));
    std::fflush(stdout);
  }

  Synapses strong = synapses_of(*network, "learned", 0);
  for (std::size_t n = 0; n < strong.size(); ++n) strong[n].weight = learned.at(n);
  std::erase_if(strong, [](const TimedSynapse& s) { return s.weight <= strong_weight; });
  const Synapses inhibitory = synapses_of(*network, "fixed", E.size);
  const Groups groups = groups_of(*network, strong, inhibitory);
  print("groups", groups);
  Groups exchanged;
  for (int control = 0; control < options.controls; ++control) {
    exchanged = groups_of(*network, with_delays_exchanged(strong, E.size, draw), inhibitory);
    print("delays exchanged", exchanged);
  }
  if (!options.picture.empty() && !groups.empty()) {
    const auto longest = std::ranges::max_element(groups, {}, &PolychronousGroup::longest_path);
    write_file(options.picture, chart_svg("Polychronous groups", {picture_of(*longest, E.size), paths_of(groups, exchanged)}),
               true);
  }
}

}  // namespace

int main(int count, char** arguments) {
  Options options;
  CLI::App app(
      "Lets a network learn, counts its polychronous groups, and counts again with the delays of its strong synapses exchanged.");
  app.add_option("file", options.file, "the network")->required()->check(CLI::ExistingFile);
  app.add_option("seconds", options.seconds, "biological time (3600)")->check(within(1, 1e6));
  app.add_option("seed", options.seed, "of network, kicks and exchanges (1)")->check(within(0, 1e15));
  app.add_option("picture", options.picture, "an SVG file");
  app.add_option("controls", options.controls, "how often delays are exchanged (3)")->check(within(0, 1000));
  return run_example(app, count, arguments, [&] {
    run(options);
    return 0;
  });
}
