// Lets a thousand cells learn, second by second, then counts their polychronous groups and draws the one with the longest path.
//
//   polychronization FILE.json [SECONDS] [SEED] [PICTURE.svg]
#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <fstream>

#include "backends/cpu/cpu.hpp"
#include "core/math/stream.hpp"
#include "core/network_json.hpp"
#include "examples/polychronization/draw_group.hpp"
#include "examples/polychronization/resting_network.hpp"
#include "models/models.hpp"

namespace {

using namespace spikeloom;

constexpr double strong_weight = 9.5;  // of 10
constexpr std::int64_t report_steps = 600'000;

/// A new cell every millisecond.
void kick(Session& session, std::int64_t until, std::uint32_t cells, RandomStream& draw) {
  while (session.step() < until) {
    const auto cell = static_cast<std::uint32_t>(draw.next53() * cells);
    session.emit("kicks", std::span(&cell, 1));
    session.advance_to(session.step() + 1);
  }
}

class Collect final : public SynapseSink {
 public:
  Collect(std::uint32_t first, std::vector<TimedSynapse>& out) : first_(first), out_(out) {}
  void take(const SynapseBatch& batch) override {
    for (std::uint32_t k = 0; k < batch.count; ++k)
      out_.push_back({first_ + batch.source[k], batch.target[k], batch.delay[k], batch.weight[k]});
  }

 private:
  std::uint32_t first_;
  std::vector<TimedSynapse>& out_;
};

/// Synapses of a projection whose sources begin at cell `first` of all; weights as they were at the start.
std::vector<TimedSynapse> synapses_of(const CompiledNetwork& network, const std::string& name, std::uint32_t first) {
  std::vector<TimedSynapse> synapses;
  for (const CompiledProjection& projection : network.projections) {
    Collect sink(first, synapses);
    if (projection.name == name) projection.rows->visit(0, projection.rows->sources, sink);
  }
  return synapses;
}

double share(const std::vector<double>& weights) {
  return static_cast<double>(std::count_if(weights.begin(), weights.end(), [](double w) { return w > strong_weight; })) /
         static_cast<double>(weights.size());
}

double median(std::vector<double> values) {
  if (values.empty()) return 0;
  std::nth_element(values.begin(), values.begin() + static_cast<std::ptrdiff_t>(values.size() / 2), values.end());
  return values[values.size() / 2];
}

void report(const std::vector<PolychronousGroup>& groups) {
  std::vector<double> firings, paths, spans;
  for (const PolychronousGroup& group : groups) {
    firings.push_back(static_cast<double>(group.firings.size()));
    paths.push_back(group.longest_path);
    spans.push_back(group.span_steps);
  }
  std::printf("groups %zu; median: %.0f firings, longest path %.0f, %.0f ms\n", groups.size(), median(firings), median(paths),
              median(spans));
}

}  // namespace

int main(int count, char** arguments) try {
  const ModelSet models = builtin_models();
  Network description = read_network(arguments[1]);
  const std::int64_t end = count > 2 ? std::atol(arguments[2]) * 1000 : 18'000'000;
  const double seed = count > 3 ? std::atof(arguments[3]) : 1;
  description.run.duration_ms = static_cast<double>(end);
  description.run.seed = seed;
  Probe weights;
  weights.kind = Probe::Kind::weights;
  weights.of.name = "learned";
  for (std::int64_t step = report_steps; step < end; step += report_steps) weights.at_ms.emplace_back(static_cast<double>(step));
  weights.at_ms.emplace_back(static_cast<double>(end));
  description.probes.push_back(weights);

  const auto network = compile(description, models);
  const auto session = cpu_backend()->open(network, {.threads = 1, .models = &models});
  const CompiledPopulation &E = network->populations.at(0), &I = network->populations.at(1);
  RandomStream draw(static_cast<std::uint64_t>(seed), 0, 0, 0x6b69636bu);
  std::printf("%8s %8s %8s %8s\n", "s", "E Hz", "I Hz", "strong");
  std::uint64_t before[2] = {};
  for (std::size_t n = 0; n < weights.at_ms.size(); ++n) {
    const std::int64_t from = session->step(), to = std::min(from + report_steps, end);
    kick(*session, to, E.size + I.size, draw);
    const Recording recording = session->recording();
    double rate[2];
    for (std::size_t p = 0; p < 2; ++p) {
      const PopulationCounts& counts = recording.populations.at(p);
      rate[p] = static_cast<double>(counts.spikes - before[p]) * 1000 / static_cast<double>(counts.neurons) /
                static_cast<double>(to - from);
      before[p] = counts.spikes;
    }
    std::printf("%8ld %8.2f %8.2f %8.3f\n", static_cast<long>(to / 1000), rate[0], rate[1],
                share(recording.weights.back().weight));
    std::fflush(stdout);
  }

  // strong synapses make groups; inhibition shapes the response too
  std::vector<TimedSynapse> strong = synapses_of(*network, "learned", 0);
  const std::vector<double> learned = session->recording().weights.back().weight;
  for (std::size_t n = 0; n < strong.size(); ++n) strong[n].weight = learned.at(n);
  std::erase_if(strong, [](const TimedSynapse& s) { return s.weight <= strong_weight; });
  std::vector<TimedSynapse> all = synapses_of(*network, "fixed", E.size);
  all.insert(all.end(), strong.begin(), strong.end());
  const TimedSynapses causes(E.size + I.size, std::move(strong)), responders(E.size + I.size, std::move(all));
  const auto groups =
      polychronous_groups(causes,
                          [&] {
                            auto resting = std::make_shared<RestingNetwork>(
                                responders, E.size, std::array{RestingNetwork::kind_of(E), RestingNetwork::kind_of(I)});
                            return Response([resting](std::span<const Arrival> arrivals) { return resting->respond(arrivals); });
                          },
                          {.excitatory = E.size});
  report(groups);
  const auto longest = std::max_element(groups.begin(), groups.end(),
                                        [](const auto& a, const auto& b) { return a.longest_path < b.longest_path; });
  if (count > 4 && longest != groups.end()) std::ofstream(arguments[4]) << draw_group(*longest, E.size);
} catch (const spikeloom::Error& error) {
  std::fprintf(stderr, "%s\n", describe(error).c_str());
  return static_cast<int>(error.exit);
}
