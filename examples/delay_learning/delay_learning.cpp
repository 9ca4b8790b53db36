// Do cells find a motif that is hidden in noise by moving their delays? Runs the network with and without learning, and measures.
#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <cstdio>
#include <map>
#include <numeric>

#include "analysis/chart.hpp"
#include "backends/cpu/cpu.hpp"
#include "core/atomic_file.hpp"
#include "core/network_json.hpp"
#include "examples/example_main.hpp"
#include "models/models.hpp"

namespace {

using namespace spikeloom;

constexpr double window_ms =
    10;  ///< a hit is a spike in a window of this length, at a time after the onset that is the cell's own
constexpr double longest_ms = 100;  ///< motif and delays are over by then
constexpr std::size_t shown = 0;    ///< the cell of the picture

struct Cell {
  std::vector<double> spikes;
  std::vector<double> start, end;  ///< delays by channel
};

struct Run {
  std::vector<double> onsets, lags;  ///< lags of the channels of the motif
  std::vector<Cell> cells;
  double duration_ms = 0;
};

/// The lags that the network plants, from the network itself.
std::vector<double> lags_of(const CompiledNetwork& network) {
  struct Lags final : SynapseSink {
    std::vector<double> steps;
    void take(const SynapseBatch& batch) override { steps.insert(steps.end(), batch.delay, batch.delay + batch.count); }
  } lags;
  const auto planted = std::ranges::find(network.projections, "planted", &CompiledProjection::name);
  planted->rows->visit(0, 1, lags);
  for (double& lag : lags.steps) lag *= network.step_ms;
  return lags.steps;
}

Run run(const std::string& file, const Settings& settings) {
  const ModelSet models = builtin_models();
  const auto network = compile(read_network(file, settings), models);
  const auto session = cpu_backend()->open(network, {.threads = 1, .models = &models});
  session->advance_to(network->duration_steps);
  const Recording recording = session->recording();
  Run out{recording.spike_trains.at(0).time_ms, lags_of(*network), {}, recording.duration_ms};
  const SpikeTrain& spikes = recording.spike_trains.at(1);
  const auto& start = recording.weights.front();
  out.cells.resize(1 + *std::ranges::max_element(start.target));
  for (std::size_t k = 0; k < spikes.neuron.size(); ++k) out.cells[spikes.neuron[k]].spikes.push_back(spikes.time_ms[k]);
  for (std::size_t k = 0; k < start.target.size(); ++k) {  // source by source
    out.cells[start.target[k]].start.push_back(start.values[0][k]);
    out.cells[start.target[k]].end.push_back(recording.weights.back().values[0][k]);
  }
  return out;
}

struct Detection {
  double hits = 0;             ///< share of motifs that the cell answers
  double false_alarms_hz = 0;  ///< its other spikes
};

/// How well a cell tells onsets in (from, to]. When after an onset it should fire is its own affair: the best window counts.
Detection detection(const Run& run, const Cell& cell, double from, double to) {
  std::vector<double> onsets;
  for (const double t : run.onsets)
    if (t > from && t <= to - longest_ms) onsets.push_back(t);
  const auto first_spike_after = [&](double t) { return std::ranges::lower_bound(cell.spikes, t); };
  std::ptrdiff_t best = 0;
  for (double after = 0; after + window_ms <= longest_ms; after += 1)
    best = std::max(best, std::ranges::count_if(onsets, [&](double onset) {
                      const auto spike = first_spike_after(onset + after);
                      return spike != cell.spikes.end() && *spike < onset + after + window_ms;
                    }));
  const auto all = first_spike_after(to) - first_spike_after(from);
  const auto hits = static_cast<double>(best);
  return {hits / static_cast<double>(onsets.size()), 1000 * (static_cast<double>(all) - hits) / (to - from)};
}

double correlation(const std::vector<double>& x, const std::vector<double>& y, std::size_t n) {
  const double mx = std::accumulate(x.begin(), x.begin() + static_cast<std::ptrdiff_t>(n), 0.0) / static_cast<double>(n);
  const double my = std::accumulate(y.begin(), y.begin() + static_cast<std::ptrdiff_t>(n), 0.0) / static_cast<double>(n);
  double xx = 0, yy = 0, xy = 0;
  for (std::size_t i = 0; i < n; ++i)
    xx += (x[i] - mx) * (x[i] - mx), yy += (y[i] - my) * (y[i] - my), xy += (x[i] - mx) * (y[i] - my);
  return xy / std::sqrt(xx * yy);
}

/// Standard deviation of the times, after an onset, at which the motif's spikes reach the cell.
double spread(const std::vector<double>& delays, const std::vector<double>& lags) {
  double sum = 0, squares = 0;
  for (std::size_t i = 0; i < lags.size(); ++i) sum += delays[i] + lags[i], squares += std::pow(delays[i] + lags[i], 2);
  const auto n = static_cast<double>(lags.size());
  return std::sqrt(squares / n - std::pow(sum / n, 2));
}

struct Summary {
  double hits = 0, false_alarms_hz = 0, correlation = 0, spread_ms = 0;
};

/// Means over cells: of the last part of a run, with the delays at its end.
Summary summary(const Run& run, double last_ms) {
  Summary mean;
  for (const Cell& cell : run.cells) {
    const Detection found = detection(run, cell, run.duration_ms - last_ms, run.duration_ms);
    mean.hits += found.hits, mean.false_alarms_hz += found.false_alarms_hz;
    mean.correlation += correlation(run.lags, cell.end, run.lags.size());
    mean.spread_ms += spread(cell.end, run.lags);
  }
  const auto n = static_cast<double>(run.cells.size());
  return {mean.hits / n, mean.false_alarms_hz / n, mean.correlation / n, mean.spread_ms / n};
}

void print(const char* name, const Summary& s) {
  fmt::print("{:<22} {:>6.1f} %  {:>8.3f} Hz  {:>8.3f}  {:>8.2f} ms\n", name, 100 * s.hits, s.false_alarms_hz, s.correlation,
             s.spread_ms);
}

/// Delays of one cell against the lags, before and after; and the detection of all cells over time.
void draw(const Run& learning, const Run& frozen, const std::string& path) {
  Chart delays{"one cell: delays against planted lags", "lag of the channel (ms)", "delay (ms)", {}, 0, 32, 0, 52, {}};
  const Cell& cell = learning.cells[shown];
  for (const bool after : {false, true}) {
    ChartSeries series{after ? "learned" : "at the start", learning.lags, after ? cell.end : cell.start};
    series.y.resize(series.x.size());
    series.line = false, series.points = true, series.colour = after ? 1 : 0;
    delays.series.push_back(series);
  }
  Chart hits{"all cells: motifs found", "time (s)", "hits (%)", {}, 0, Chart::by_data, 0, 100, {}};
  const double part = learning.duration_ms / 20;
  for (const auto& [name, of, colour] : {std::tuple{"delays learn", &learning, 1}, {"delays frozen", &frozen, 0}}) {
    ChartSeries series{name};
    series.colour = colour;
    for (double from = 0; from + part <= of->duration_ms + 1; from += part) {
      double sum = 0;
      for (const Cell& each : of->cells) sum += detection(*of, each, from, from + part).hits;
      series.x.push_back((from + part / 2) / 1000);
      series.y.push_back(100 * sum / static_cast<double>(of->cells.size()));
    }
    hits.series.push_back(series);
  }
  write_file(path, chart_svg("A motif in noise, found by moving delays", {delays, hits}), true);
}

}  // namespace

int main(int count, char** arguments) {
  std::string file, picture;
  double seconds = 200;
  std::vector<std::string> changes;
  CLI::App app(
      "Do cells find a motif that is hidden in noise by moving their delays? Runs the network with and without learning.");
  app.add_option("file", file, "the network")->required()->check(CLI::ExistingFile);
  app.add_option("seconds", seconds, "biological time (200)")->check(within(1, 1e6));
  app.add_option("picture", picture, "an SVG file");
  app.add_option("changes", changes, "KEY=VALUE: change the network file, as in spikeloom run --set");
  return run_example(app, count, arguments, [&] {
    Settings settings = {{"parameters.T", fmt::format("{}", 1000 * seconds)}};
    for (const std::string& text : changes) settings.push_back(setting_of(text));
    Settings control = settings;
    control.emplace_back("parameters.eta", "0");
    const Run learning = run(file, settings), frozen = run(file, control);
    const double last_ms = 1000 * seconds / 4;
    fmt::print("{:<22} {:>8}  {:>11}  {:>8}  {:>11}\n", "last quarter", "hits", "other spikes", "corr.", "spread");
    print("delays learn", summary(learning, last_ms));
    print("delays frozen", summary(frozen, last_ms));
    if (!picture.empty()) draw(learning, frozen, picture);
    return 0;
  });
}
