// A figure is a table on the terminal, the same numbers as JSON, and a picture.
#include "figures.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <filesystem>
#include <functional>
#include <numeric>

#include "analysis/chart.hpp"
#include "core/atomic_file.hpp"
#include "core/json/document.hpp"
#include "measures.hpp"

namespace what_when {

using namespace spikeloom;

namespace {

Json json_of(const Numbers& values) {
  Json list = Json::array();
  for (const double v : values) list.push(std::isfinite(v) ? Json(v) : Json());
  return list;
}

void write(const Options& options, const std::string& name, const std::string& text) {
  make_folder(options.out);
  write_file(std::filesystem::path(options.out) / name, text, true);
}

ChartSeries band(std::string name, int colour, const Numbers& x, const std::vector<Numbers>& samples) {
  ChartSeries series{.name = std::move(name), .x = x, .colour = colour, .points = true};
  for (const Numbers& values : samples) {
    const double m = mean_of(values), s = sd_of(values);
    series.y.push_back(m), series.low.push_back(m - s), series.high.push_back(m + s);
  }
  return series;
}

Numbers times(std::size_t count) {
  Numbers t(count);
  std::iota(t.begin(), t.end(), 0.0);
  return t;
}

Chart output_chart(const Setup& setup, const Test& test, const Statistics& statistics, std::uint64_t seed) {
  Chart chart{fmt::format("Prediction after {} trials, seed {}", test.trial, seed), "time after the cue (ms)", "output", {}};
  chart.y_from = -0.05, chart.y_to = 1;
  for (std::size_t c = 0; c < channels; ++c) {
    const Numbers t = times(test.output[c].size());
    Numbers wanted;
    for (const double at : t) {
      const double z = (at - statistics.latency(c)) / setup.width_ms;
      wanted.push_back(statistics.probability(c) * std::exp(-0.5 * z * z));
    }
    chart.series.push_back({.name = c == 0 ? "A" : "B", .x = t, .y = test.output[c], .colour = static_cast<int>(c)});
    chart.series.push_back(
        {.name = c == 0 ? "A wanted" : "B wanted", .x = t, .y = wanted, .colour = static_cast<int>(c), .dashed = true});
  }
  return chart;
}

void show_learning(const Options& options, const AllRuns& all) {
  const Runs& runs = all.at("learning");
  const auto results = of_rule(runs, "");
  const std::vector<int> tests = tests_up_to(options.trials);
  fmt::print("Learning: p(A) = {:g}, A at {:g} ms, B at {:g} ms, {} seeds; an output of zero has the error {:.3f}\n",
             options.base.p_A, options.base.t_A, options.base.t_B, results.size(), error_of_silence(options.setup, options.base));
  fmt::print("{:>8} {:>8} {:>8} {:>8}\n", "trials", "error", "sd", "ratio");
  Json json = Json::object();
  Json& rows = json.set("error", Json::array());
  std::vector<Numbers> samples;
  Numbers x;
  for (const int n : tests) {
    const Numbers e = errors(results, 0, n);
    fmt::print("{:>8} {:>8.3f} {:>8.3f} {:>8.2f}\n", n, mean_of(e), sd_of(e), mean_of(e) / mean_of(errors(results, 0, 0)));
    samples.push_back(e);
    x.push_back(n);
    Json& row = rows.push(Json::object());
    row.set("trials", n), row.set("mean", mean_of(e)), row.set("sd", sd_of(e)), row.set("each", json_of(e));
  }
  const Numbers rates = each(results, [](const Result& r) { return r.rate_hz; });
  fmt::print("mean rate {:.1f} Hz\n\n", mean_of(rates));
  json.set("rate_hz", json_of(rates));
  std::vector<Chart> panels{
      {"Error against trials", "training trials", "error (root mean square of the output)", {band("local rule", 0, x, samples)}}};
  panels[0].y_from = 0;
  for (const int n : {tests[std::min<std::size_t>(2, tests.size() - 1)], tests.back()})
    panels.push_back(output_chart(options.setup, results[0]->at(0, n), options.base, options.seeds[0]));
  panels[0].series.push_back({.name = "zero output", .x = {x.front(), x.back()}, .colour = 7, .dashed = true});
  panels[0].series.back().y.assign(2, error_of_silence(options.setup, options.base));
  write(options, "learning.svg", chart_svg("Learning what comes and when (mean and standard deviation of the seeds)", panels, 3));
  write(options, "learning.json", to_text(json));
}

void show_sweep(const Options& options, const AllRuns& all) {
  const auto seeds = sweeps(options, all.at("sweep"));
  const Numbers p = levels();
  fmt::print("Sweep of p(A): amplitude and peak after {} trials, means of {} seeds\n", options.trials, seeds.size());
  fmt::print("{:>6} {:>8} {:>8} {:>9} {:>9}\n", "p(A)", "A", "B", "peak A", "peak B");
  std::vector<Numbers> amplitude[channels], peak[channels];
  for (std::size_t k = 0; k < p.size(); ++k) {
    for (std::size_t c = 0; c < channels; ++c) {
      Numbers a, t;
      for (const Sweep& sweep : seeds) a.push_back(sweep.amplitude[c][k]), t.push_back(sweep.peak_ms[c][k]);
      amplitude[c].push_back(a), peak[c].push_back(t);
    }
    const auto text = [](double v) { return std::isfinite(v) ? fmt::format("{:.0f}", v) : std::string("-"); };
    fmt::print("{:>6.1f} {:>8.3f} {:>8.3f} {:>9} {:>9}\n", p[k], mean_of(amplitude[0][k]), mean_of(amplitude[1][k]),
               text(mean_of(peak[0][k])), text(mean_of(peak[1][k])));
  }
  Json json = Json::object();
  Json& rows = json.set("seeds", Json::array());
  fmt::print("{:>6} {:>8} {:>8} {:>8} {:>14} {:>14}\n", "seed", "r A", "r B", "slope A", "median |peak|", "mean |peak|");
  for (std::size_t s = 0; s < seeds.size(); ++s) {
    fmt::print("{:>6} {:>8.3f} {:>8.3f} {:>8.3f} {:>11.1f} ms {:>11.1f} ms\n", options.seeds[s], seeds[s].r(0), seeds[s].r(1),
               seeds[s].slope_A(), seeds[s].median_peak_error(), mean_of(seeds[s].peak_errors));
    Json& row = rows.push(Json::object());
    row.set("seed", static_cast<double>(options.seeds[s]));
    row.set("p_A", json_of(seeds[s].p)), row.set("amplitude_A", json_of(seeds[s].amplitude[0]));
    row.set("amplitude_B", json_of(seeds[s].amplitude[1])), row.set("peak_A_ms", json_of(seeds[s].peak_ms[0]));
    row.set("peak_B_ms", json_of(seeds[s].peak_ms[1])), row.set("r_A", seeds[s].r(0)), row.set("r_B", seeds[s].r(1));
    row.set("slope_A", seeds[s].slope_A()), row.set("peak_errors_ms", json_of(seeds[s].peak_errors));
  }
  fmt::print("\n");
  std::vector<Chart> panels{{"Amplitude against probability",
                             "p(A)",
                             "mean output within 1 sd of the latency",
                             {band("A", 0, p, amplitude[0]), band("B", 1, p, amplitude[1])}},
                            {"Peak times (channels of 0.2 or more)",
                             "p(A)",
                             "peak (ms after the cue)",
                             {band("A", 0, p, peak[0]), band("B", 1, p, peak[1])}}};
  for (std::size_t c = 0; c < channels; ++c) {
    ChartSeries perfect{.name = c == 0 ? "perfect" : "", .x = p, .colour = 7, .dashed = true};
    for (const double level : p) perfect.y.push_back(0.856 * (c == 0 ? level : 1 - level));
    panels[0].series.push_back(perfect);
    panels[1].series.push_back(
        {.name = c == 0 ? "latency" : "", .x = {0, 1}, .y = Numbers(2, options.base.latency(c)), .colour = 7, .dashed = true});
  }
  panels[1].y_from = 0, panels[1].y_to = options.setup.T_ms;
  write(options, "sweep.svg",
        chart_svg("Amplitude follows probability, time follows latency (mean and standard deviation of the seeds)", panels));
  write(options, "sweep.json", to_text(json));
}

struct Contender {
  Rule rule;
  const Runs* runs;
  int colour;
};

std::vector<Contender> contenders(const AllRuns& all) {
  std::vector<Contender> list{{local, &all.at("local"), 0}, {rls, &all.at("rivals"), 1}, {merged, &all.at("rivals"), 2}};
  if (const auto extras = all.find("extras"); extras != all.end()) {
    list.push_back({rls_reset, &extras->second, 3});
    list.push_back({rls_forget, &extras->second, 4});
  }
  return list;
}

/// One curve per block, with its tests; x counts trials over all blocks.
std::vector<ChartSeries> over_blocks(const Options& options, const Contender& who,
                                     const std::function<double(const Result&, std::size_t, int)>& of) {
  std::vector<ChartSeries> curves;
  const auto results = of_rule(*who.runs, who.rule.name);
  for (std::size_t block = 0; block < 4; ++block) {
    Numbers x;
    std::vector<Numbers> samples;
    for (const int n : tests_up_to(options.trials)) {
      x.push_back(static_cast<double>(block) * options.trials + n);
      samples.push_back(each(results, [&](const Result& r) { return of(r, block, n); }));
    }
    curves.push_back(band(block == 0 ? who.rule.name : "", who.colour, x, samples));
    curves.back().points = false;
  }
  return curves;
}

void show_switches(const Options& options, const AllRuns& all) {
  const auto blocks = switch_blocks(options);
  Json json = Json::object();
  const std::vector<int> tests = tests_up_to(options.trials);
  fmt::print("Switches: error after trials of each block (mean of the seeds of each rule)\n{:<28}", "");
  for (const int n : tests) fmt::print("{:>8}", n);
  fmt::print("\n");
  for (std::size_t b = 0; b < blocks.size(); ++b) {
    fmt::print("block {}: A at {:g}, B at {:g} ms, p(A) = {:g}\n", b + 1, blocks[b].t_A, blocks[b].t_B, blocks[b].p_A);
    for (const Contender& who : contenders(all)) {
      const auto results = of_rule(*who.runs, who.rule.name);
      fmt::print("  {:<22} ({})", who.rule.name, results.size());
      for (const int n : tests) fmt::print("{:>8.3f}", mean_of(errors(results, b, n)));
      fmt::print("\n");
    }
  }
  Json& rules = json.set("rules", Json::array());
  for (const Contender& who : contenders(all)) {
    Json& rule = rules.push(Json::object());
    rule.set("rule", who.rule.name);
    Json& runs = rule.set("runs", Json::array());
    for (const Result* result : of_rule(*who.runs, who.rule.name)) {
      Json& list = runs.push(Json::array());
      for (const Test& test : result->tests) {
        Json& row = list.push(Json::object());
        row.set("block", static_cast<double>(test.block + 1)), row.set("trials", test.trial), row.set("error", test.error);
        row.set("amplitude", json_of({test.amplitude[0], test.amplitude[1]}));
        row.set("peak_ms", json_of({test.peak_ms[0], test.peak_ms[1]}));
      }
    }
  }
  fmt::print("\n");

  const std::string trials = "training trials (switches: timing, then probability, then both)";
  Chart error{"Error", trials, "error (root mean square of the output)", {}}, fair = error;
  fair.title = "Error of RLS that is told, or forgets";
  Chart amplitude{"Amplitude of A", trials, "mean output within 1 sd of the latency", {}};
  Chart peaks{"Peak times of A (lower) and B", trials, "peak (ms after the cue)", {}};
  const auto add = [](Chart& chart, std::vector<ChartSeries> curves) {
    for (ChartSeries& curve : curves) chart.series.push_back(std::move(curve));
  };
  for (const Contender& who : contenders(all)) {
    const auto of_error = over_blocks(options, who, [](const Result& r, std::size_t b, int n) { return r.at(b, n).error; });
    if (who.colour < 3) {
      add(error, of_error);
      add(amplitude, over_blocks(options, who, [](const Result& r, std::size_t b, int n) { return r.at(b, n).amplitude[0]; }));
    }
    if (who.colour != 2) add(fair, of_error);
    if (who.colour < 2)
      for (std::size_t c = 0; c < channels; ++c) {
        auto curves = over_blocks(options, who, [c](const Result& r, std::size_t b, int n) {
          return b == 0 && n == 0 ? Chart::by_data : r.at(b, n).peak_ms[c];  // nothing is learned yet, so nothing peaks
        });
        if (c == 1) curves[0].name = "";
        add(peaks, std::move(curves));
      }
  }
  for (std::size_t c = 0; c < channels; ++c) {
    ChartSeries wanted{.name = c == 0 ? "target" : "", .colour = 7, .dashed = true};
    ChartSeries level{.name = c == 0 ? "perfect" : "", .colour = 7, .dashed = true};
    for (std::size_t b = 0; b < blocks.size(); ++b)
      for (const double end : {0.0, 1.0}) {
        wanted.x.push_back((static_cast<double>(b) + end) * options.trials), wanted.y.push_back(blocks[b].latency(c));
        level.x.push_back(wanted.x.back()), level.y.push_back(0.856 * blocks[b].p_A);
      }
    peaks.series.push_back(wanted);
    if (c == 0) amplitude.series.push_back(level);
  }
  peaks.y_from = 0, peaks.y_to = options.setup.T_ms;
  for (Chart* chart : {&error, &fair, &amplitude, &peaks})
    for (int b = 1; b < 4; ++b) chart->marks.push_back(b * options.trials);
  error.y_from = fair.y_from = amplitude.y_from = 0;
  write(options, "switches.svg",
        chart_svg("After a switch of timing, of probability, of both (mean and standard deviation of the seeds)",
                  {error, fair, amplitude, peaks}));
  write(options, "switches.json", to_text(json));
}

void show_geometry(const Options& options, const AllRuns& all) {
  Json json = Json::object();
  const auto learned = of_rule(all.at("learning"), ""), switched = of_rule(all.at("local"), "");
  std::vector<Chart> panels;
  Json& planes = json.set("planes", Json::array());
  for (std::size_t s = 0; s < options.geometry_seeds; ++s) {
    const Plane plane = plane_of(all.at("plane"), options.seeds[s], switched[s]);
    const auto& pc = plane.components;
    fmt::print(
        "Plane of weights, seed {}: PC1 {:.0f} % of the variance, |r| with p(A) {:.3f}; PC2 {:.0f} %, |r| with latency {:.3f}\n",
        options.seeds[s], 100 * pc.share[0], plane.r_probability, 100 * pc.share[1], plane.r_latency);
    Json& row = planes.push(Json::object());
    row.set("seed", static_cast<double>(options.seeds[s])), row.set("share", json_of(pc.share));
    row.set("r_probability", plane.r_probability), row.set("r_latency", plane.r_latency);
    Json& scores = row.set("scores", Json::array());
    for (const auto& score : pc.score) scores.push(json_of(score));
    if (s > 0) continue;
    const auto axis = [&](int k) {
      return fmt::format("PC {} ({:.0f} % of the variance)", k + 1, 100 * pc.share[static_cast<std::size_t>(k)]);
    };
    Chart chart{"Nine networks and a run with switches", axis(0), axis(1), {}};
    for (int k = 0; k < 3; ++k) {
      ChartSeries series{.name = fmt::format("p(A) = {:g}", plane_p[k]), .colour = k, .line = false, .points = true};
      for (std::size_t i = 0; i < plane.p.size(); ++i) {
        if (plane.p[i] != plane_p[k]) continue;
        series.x.push_back(pc.score[i][0]), series.y.push_back(pc.score[i][1]);
        series.labels.push_back(fmt::format("+{:g} ms", plane.shift[i]));
      }
      chart.series.push_back(series);
    }
    ChartSeries path{.name = "ends of blocks 1 to 4", .colour = 7, .points = true, .dashed = true, .labels_left = true};
    for (std::size_t b = 0; b < plane.path.size(); ++b) {
      path.x.push_back(plane.path[b][0]), path.y.push_back(plane.path[b][1]);
      path.labels.push_back(fmt::format("{}", b + 1));
    }
    chart.series.push_back(path);
    panels.push_back(chart);
  }
  ChartSeries found{.name = "what against when", .line = false, .points = true};
  ChartSeries control{.name = "shuffled control", .colour = 1, .line = false, .points = true};
  std::vector<std::string> seeds;
  fmt::print("{:>6} {:>16} {:>18} {:>14} {:>24}\n", "seed", "angles (deg)", "shuffled (deg)", "largest |cos|",
             "distance to block 1 end");
  Json& rows = json.set("angles", Json::array());
  for (std::size_t s = 0; s < learned.size(); ++s) {
    const Angles a = angles_of(learned[s]->ends[0], options.seeds[s]);
    double largest = 0;
    for (const double c : a.cosines) largest = std::max(largest, std::fabs(c));
    const auto& ends = switched[s]->ends;
    const double three = direction_distance(ends[2], ends[0]), four = direction_distance(ends[3], ends[0]);
    fmt::print("{:>6} {:>8.1f} {:>7.1f} {:>10.1f} {:>7.1f} {:>14.3f} {:>11.3f} -> {:.3f}\n", options.seeds[s], a.angles[0],
               a.angles.back(), a.shuffled[0], a.shuffled.back(), largest, three, four);
    Json& row = rows.push(Json::object());
    row.set("seed", static_cast<double>(options.seeds[s])), row.set("angles_deg", json_of(a.angles));
    row.set("shuffled_deg", json_of(a.shuffled)), row.set("cosines", json_of(a.cosines));
    row.set("distance_after_block_3", three), row.set("distance_after_block_4", four);
    const double place = -static_cast<double>(s);
    found.x.push_back(a.angles[0]), found.y.push_back(place), control.x.push_back(a.shuffled[0]), control.y.push_back(place);
    seeds.push_back(fmt::format("seed {}", options.seeds[s]));
  }
  fmt::print("\n");
  Chart angles{"Smallest angle of what and when", "degrees", "", {found, control}};
  angles.x_from = 0, angles.x_to = 95, angles.y_from = -static_cast<double>(seeds.size()), angles.y_to = 1;
  angles.rows = std::move(seeds);
  panels.push_back(angles);
  write(options, "geometry.svg", chart_svg("Where the weights lie", panels));
  write(options, "geometry.json", to_text(json));
}

void show_ablations(const Options& options, const AllRuns& all) {
  const Runs& runs = all.at("ablations");
  fmt::print("Ablations: error after {} trials, {} seeds\n", options.trials, std::min(options.extra_seeds, options.seeds.size()));
  Json json = Json::object();
  Chart chart{"Error after training, one row per change", "error (root mean square of the output)", "", {}};
  ChartSeries series{.name = "one seed", .line = false, .points = true};
  for (const Rule& rule : ablations()) {
    const Numbers e = errors(of_rule(runs, rule.name), 0, options.trials);
    const std::string name = rule.name == local.name ? "none" : rule.name;
    fmt::print("  {:<26} {:.3f} - {:.3f}\n", name, *std::ranges::min_element(e), *std::ranges::max_element(e));
    json.set(name, json_of(e));
    for (const double value : e) series.x.push_back(value), series.y.push_back(-static_cast<double>(chart.rows.size()));
    chart.rows.push_back(name);
  }
  fmt::print("\n");
  const double silence = error_of_silence(options.setup, options.base);
  chart.y_from = -static_cast<double>(chart.rows.size()), chart.y_to = 1;
  chart.series = {series,
                  {.name = "zero output", .x = {silence, silence}, .y = {chart.y_from, chart.y_to}, .colour = 7, .dashed = true}};
  chart.x_from = 0;
  write(options, "ablations.svg", chart_svg("What is needed", {chart}));
  write(options, "ablations.json", to_text(json));
}

}  // namespace

const std::vector<std::string>& figure_names() {
  static const std::vector<std::string> names = {"learning", "sweep", "switches", "geometry", "ablations"};
  return names;
}

std::vector<std::string> runs_for(const std::string& figure) {
  if (figure == "switches") return {"local", "rivals", "extras"};
  if (figure == "geometry") return {"learning", "local", "plane"};
  if (figure == "acceptance") return {"learning", "sweep", "local", "rivals", "plane", "frozen"};
  return {figure};
}

void show(const Options& options, const AllRuns& all, const std::string& figure) {
  if (figure == "learning") show_learning(options, all);
  if (figure == "sweep") show_sweep(options, all);
  if (figure == "switches") show_switches(options, all);
  if (figure == "geometry") show_geometry(options, all);
  if (figure == "ablations") show_ablations(options, all);
}

}  // namespace what_when
