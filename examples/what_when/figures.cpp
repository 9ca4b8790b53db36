// What is computed stands first, once; tables, pictures and the acceptance test read it.
#include "figures.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <atomic>
#include <cmath>
#include <filesystem>
#include <fstream>
#include <mutex>
#include <numeric>
#include <thread>

#include "analysis/chart.hpp"
#include "analysis/statistics.hpp"
#include "analysis/subspaces.hpp"
#include "core/math/permutation.hpp"

namespace what_when {

using namespace spikeloom;

namespace {

using Numbers = std::vector<double>;

constexpr int tested[] = {0, 1, 10, 20, 50, 100};
constexpr double plane_p[] = {0.2, 0.5, 0.8}, plane_shift[] = {0, 100, 200};
constexpr Statistics plane_base{250, 600, 0.5};

double mean_of(const Numbers& values) { return spikeloom::mean(values); }
double sd_of(const Numbers& values) { return std::sqrt(spikeloom::variance(values)); }
double correlation_of(const Numbers& a, const Numbers& b) { return correlation(a, b).value_or(0); }

// Rules ------------------------------------------------------------------------------------------------------------------

Rule plain(std::string name, std::string changes = "") { return {.name = std::move(name), .changes = std::move(changes)}; }
const Rule local = plain("local");
const Rule rls = plain("RLS, no reset", "rls");
const Rule merged = {.name = "merged", .changes = "merged", .merged = true};
const Rule rls_reset = {.name = "RLS, reset", .changes = "rls", .reset_rls = true};
const Rule rls_forget = plain("RLS, forgetting", "rls_forget");

std::vector<Rule> ablations() {
  const auto with = [](std::string name, const char* path, const char* value) {
    Rule rule = plain(std::move(name));
    rule.set = {{path, value}};
    return rule;
  };
  Rule gate_150 = plain("gate within 150 ms", "narrow_gate");
  gate_150.set = {{"parameters.gate_ms", "150"}};
  Rule no_reset = plain("no reset between trials", "no_reset");
  no_reset.keep_state = true;
  return {local,
          plain("one a, c, d per type", "homogeneous"),
          plain("trace not centred", "raw_trace"),
          plain("gate within 100 ms", "narrow_gate"),
          gate_150,
          plain("no feedback", "no_feedback"),
          plain("events drive the cells", "events_drive"),
          no_reset,
          with("no noise", "parameters.noise", "0"),
          with("noise 1", "parameters.noise", "1"),
          with("eta 0.015", "parameters.eta", "0.015"),
          with("eta 0.02", "parameters.eta", "0.02")};
}

// Tasks ------------------------------------------------------------------------------------------------------------------

std::vector<Statistics> switch_blocks(const Options& options) {
  const Statistics a = options.base;
  const Statistics later{a.t_A + options.timing_shift_A, a.t_B + options.timing_shift_B, a.p_A};
  return {a, later, {later.t_A, later.t_B, 1 - a.p_A}, a};
}

std::vector<int> tests_up_to(int trials) {
  std::vector<int> tests;
  for (const int at : tested)
    if (at < trials) tests.push_back(at);
  tests.push_back(trials);
  return tests;
}

Numbers levels() {
  Numbers p;
  for (int k = 0; k <= 10; ++k) p.push_back(k / 10.0);
  return p;
}

/// Nothing can be tested early in a network that is asked once, at the end.
std::vector<int> at_end(const Options& options) { return {options.trials}; }

// Numbers ----------------------------------------------------------------------------------------------------------------

/// Results of one rule (all seeds), or of everything where `name` is "".
std::vector<const Result*> of_rule(const Runs& runs, const std::string& name) {
  std::vector<const Result*> found;
  for (std::size_t k = 0; k < runs.tasks.size(); ++k)
    if (name.empty() || runs.tasks[k].rule.name == name) found.push_back(&runs.results[k]);
  return found;
}

template <class Of>
Numbers each(const std::vector<const Result*>& results, Of of) {
  Numbers values;
  for (const Result* result : results) values.push_back(of(*result));
  return values;
}

Numbers errors(const std::vector<const Result*>& results, std::size_t block, int trial) {
  return each(results, [&](const Result& r) { return r.at(block, trial).error; });
}

/// One seed of the sweep: amplitudes and peaks by level of p(A).
struct Sweep {
  Numbers p, amplitude[channels], peak_ms[channels], peak_errors;
  double r(std::size_t c) const { return correlation_of(p, amplitude[c]); }
  double slope_A() const {
    double xy = 0, xx = 0;
    for (std::size_t k = 0; k < p.size(); ++k)
      xy += (p[k] - mean_of(p)) * amplitude[0][k], xx += (p[k] - mean_of(p)) * (p[k] - mean_of(p));
    return xy / xx;
  }
  double median_peak_error() const {
    Numbers sorted = peak_errors;
    std::ranges::sort(sorted);
    return sorted.empty() ? 0 : 0.5 * (sorted[(sorted.size() - 1) / 2] + sorted[sorted.size() / 2]);
  }
};

std::vector<Sweep> sweeps(const Options& options, const Runs& runs) {
  std::vector<Sweep> result;
  for (const std::uint64_t seed : options.seeds) {
    Sweep& sweep = result.emplace_back();
    for (std::size_t k = 0; k < runs.tasks.size(); ++k) {
      if (runs.tasks[k].seed != seed) continue;
      const Statistics& statistics = runs.tasks[k].blocks[0];
      const Test& test = runs.results[k].at(0, options.trials);
      sweep.p.push_back(statistics.p_A);
      for (std::size_t c = 0; c < channels; ++c) {
        const bool often = statistics.probability(c) >= 0.2 - 1e-9;
        sweep.amplitude[c].push_back(test.amplitude[c]);
        sweep.peak_ms[c].push_back(often ? test.peak_ms[c] : Chart::by_data);
        if (often) sweep.peak_errors.push_back(test.peak_error_ms[c]);
      }
    }
  }
  return result;
}

/// One set of nine networks on the plane of their weights, and where a run with switches passes through it.
struct Plane {
  PrincipalComponents components;
  Numbers p, shift;
  std::vector<Numbers> path;  ///< ends of the blocks
  double r_probability = 0, r_latency = 0;
};

/// [what | when], each part as `scale` says.
Numbers joined(const Weights& weights, double what_scale, double when_scale) {
  Numbers row;
  for (const auto& w : weights.what)
    for (const double v : w) row.push_back(v * what_scale);
  for (const auto& w : weights.when)
    for (const double v : w) row.push_back(v * when_scale);
  return row;
}

/// 1 / sqrt of the total variance of one part over the conditions.
double unit_variance(const std::vector<const Weights*>& conditions, bool what) {
  double total = 0;
  const auto part = [&](const Weights& w) { return what ? joined(w, 1, 0) : joined(w, 0, 1); };
  std::vector<Numbers> rows;
  for (const Weights* w : conditions) rows.push_back(part(*w));
  for (std::size_t i = 0; i < rows[0].size(); ++i) {
    Numbers column;
    for (const Numbers& row : rows) column.push_back(row[i]);
    total += spikeloom::variance(column);
  }
  return total > 0 ? 1 / std::sqrt(total) : 0;
}

Plane plane_of(const Runs& runs, std::uint64_t seed, const Result* switched) {
  Plane plane;
  std::vector<const Weights*> conditions;
  for (std::size_t k = 0; k < runs.tasks.size(); ++k) {
    if (runs.tasks[k].seed != seed) continue;
    conditions.push_back(&runs.results[k].ends[0]);
    plane.p.push_back(runs.tasks[k].blocks[0].p_A);
    plane.shift.push_back(runs.tasks[k].blocks[0].t_A - plane_base.t_A);
  }
  const double what = unit_variance(conditions, true), when = unit_variance(conditions, false);
  std::vector<Numbers> rows;
  for (const Weights* w : conditions) rows.push_back(joined(*w, what, when));
  plane.components = principal_components(rows);
  Numbers first, second;
  for (const auto& score : plane.components.score) first.push_back(score[0]), second.push_back(score[1]);
  plane.r_probability = std::fabs(correlation_of(first, plane.p));
  plane.r_latency = std::fabs(correlation_of(second, plane.shift));
  for (const Weights& end : switched->ends) plane.path.push_back(plane.components.project(joined(end, what, when)));
  return plane;
}

/// What and when readouts of one network in the space of neurons.
struct Angles {
  Numbers angles, shuffled, cosines;
};

Angles angles_of(const Weights& weights, std::uint64_t seed) {
  Angles result;
  result.angles = principal_angles_deg(weights.what, weights.when);
  std::vector<std::vector<double>> mixed = weights.when;
  const auto size = static_cast<std::uint32_t>(mixed[0].size());
  const Permutation order(size, 1000 + seed);
  for (std::size_t c = 0; c < mixed.size(); ++c)
    for (std::uint32_t i = 0; i < size; ++i) mixed[c][i] = weights.when[c][order(i)];
  result.shuffled = principal_angles_deg(weights.what, mixed);
  for (const auto& a : weights.what)
    for (const auto& b : weights.when) result.cosines.push_back(cosine(a, b));
  return result;
}

/// Distance between the directions of two sets of weights.
double direction_distance(const Weights& a, const Weights& b) {
  const auto unit = [](const Weights& w) {
    const auto norm = [](const Numbers& v) { return std::sqrt(std::inner_product(v.begin(), v.end(), v.begin(), 0.0)); };
    const double what = norm(joined(w, 1, 0)), when = norm(joined(w, 0, 1));
    return joined(w, what > 0 ? 1 / what : 0, when > 0 ? 1 / when : 0);
  };
  const Numbers x = unit(a), y = unit(b);
  double sum = 0;
  for (std::size_t i = 0; i < x.size(); ++i) sum += (x[i] - y[i]) * (x[i] - y[i]);
  return std::sqrt(sum);
}

// Showing ----------------------------------------------------------------------------------------------------------------

Json json_of(const Numbers& values) {
  Json list = Json::array();
  for (const double v : values) list.push(std::isfinite(v) ? Json(v) : Json());
  return list;
}

void write(const Options& options, const std::string& name, const std::string& text) {
  std::filesystem::create_directories(options.out);
  std::ofstream(std::filesystem::path(options.out) / name) << text;
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

std::vector<Task> tasks_of(const Options& options, const std::string& runs) {
  std::vector<Task> tasks;
  const std::vector<int> tests = tests_up_to(options.trials);
  const auto add = [&](const Rule& rule, std::uint64_t seed, std::vector<Statistics> blocks, std::vector<int> at) {
    tasks.push_back({rule, seed, std::move(blocks), std::move(at)});
  };
  for (std::size_t s = 0; s < options.seeds.size(); ++s) {
    const std::uint64_t seed = options.seeds[s];
    const bool extra = s < options.extra_seeds;
    if (runs == "learning") add(local, seed, {options.base}, tests);
    if (runs == "sweep")
      for (const double p : levels()) add(local, seed, {{options.base.t_A, options.base.t_B, p}}, at_end(options));
    if (runs == "local") add(local, seed, switch_blocks(options), tests);
    if (runs == "rivals") add(rls, seed, switch_blocks(options), tests), add(merged, seed, switch_blocks(options), tests);
    if (runs == "extras" && extra)
      add(rls_reset, seed, switch_blocks(options), tests), add(rls_forget, seed, switch_blocks(options), tests);
    if (runs == "plane" && s < options.geometry_seeds)
      for (const double p : plane_p)
        for (const double shift : plane_shift)
          add(local, seed, {{plane_base.t_A + shift, plane_base.t_B + shift, p}}, at_end(options));
    if (runs == "ablations" && extra)
      for (const Rule& rule : ablations()) add(rule, seed, {options.base}, at_end(options));
    if (runs == "frozen" && s == 0) {
      Rule still = local;
      still.frozen = true;
      add(still, seed, {options.base}, {0, 1});
      add(local, seed, {options.base}, {0, 1});
      add(local, seed, {options.base}, {0, 1});
    }
  }
  return tasks;
}

void run_all(const Options& options, AllRuns& all) {
  struct Job {
    const Task* task;
    Result* result;
    double cost;
  };
  std::vector<Job> jobs;
  for (auto& [name, runs] : all) {
    runs.tasks = tasks_of(options, name);
    runs.results.resize(runs.tasks.size());
    for (std::size_t k = 0; k < runs.tasks.size(); ++k) {
      const Task& task = runs.tasks[k];
      const double trials =
          static_cast<double>(task.blocks.size()) * (task.tests.back() + 5.0 * static_cast<double>(task.tests.size()));
      jobs.push_back({&task, &runs.results[k], trials * (task.rule.changes.starts_with("rls") ? 4 : 1)});
    }
  }
  std::ranges::stable_sort(jobs, std::greater<>(), &Job::cost);
  const double total = std::accumulate(jobs.begin(), jobs.end(), 0.0, [](double sum, const Job& job) { return sum + job.cost; });
  std::atomic<std::size_t> next = 0;
  std::mutex mutex;
  double done = 0;
  std::exception_ptr failed;
  const auto work = [&] {
    for (std::size_t k = next++; k < jobs.size(); k = next++) {
      try {
        *jobs[k].result = run(options.setup, *jobs[k].task);
      } catch (...) {
        const std::scoped_lock lock(mutex);
        if (!failed) failed = std::current_exception();
        next = jobs.size();
      }
      const std::scoped_lock lock(mutex);
      done += jobs[k].cost;
      fmt::print(stderr, "\r{:3.0f} % of {} runs", 100 * done / total, jobs.size());
      std::fflush(stderr);
    }
  };
  {
    std::vector<std::jthread> threads;
    for (int k = 1; k < options.jobs; ++k) threads.emplace_back(work);
    work();
  }
  fmt::print(stderr, "\n");
  if (failed) std::rethrow_exception(failed);
}

void show(const Options& options, const AllRuns& all, const std::string& figure) {
  if (figure == "learning") show_learning(options, all);
  if (figure == "sweep") show_sweep(options, all);
  if (figure == "switches") show_switches(options, all);
  if (figure == "geometry") show_geometry(options, all);
  if (figure == "ablations") show_ablations(options, all);
}

std::vector<Criterion> criteria(const Options& options, const AllRuns& all) {
  std::vector<Criterion> list;
  const auto at_most = [&](std::string text, double value, double bound) {
    list.push_back({std::move(text), value, true, bound});
  };
  const auto at_least = [&](std::string text, double value, double bound) {
    list.push_back({std::move(text), value, false, bound});
  };
  const int last = options.trials;

  const auto learned = of_rule(all.at("learning"), "");
  const auto learning_ratio = [&](int n) { return mean_of(errors(learned, 0, n)) / mean_of(errors(learned, 0, 0)); };
  at_most("1 learning: E(10) / E(0)", learning_ratio(10), 0.80);
  at_most("1 learning: E(50) / E(0)", learning_ratio(50), 0.48);
  at_most("1 learning: E(100) / E(0)", learning_ratio(last), 0.44);

  const auto sweep = sweeps(options, all.at("sweep"));
  Numbers r_A, r_B, slope, median, mean_peak;
  for (const Sweep& s : sweep)
    r_A.push_back(s.r(0)), r_B.push_back(s.r(1)), slope.push_back(s.slope_A()), median.push_back(s.median_peak_error()),
        mean_peak.push_back(mean_of(s.peak_errors));
  at_least("2 probability: smallest r of A", *std::ranges::min_element(r_A), 0.95);
  at_most("2 probability: largest r of B", *std::ranges::max_element(r_B), -0.95);
  at_least("2 probability: mean |r| of A", mean_of(r_A), 0.97);
  at_least("2 probability: mean |r| of B", -mean_of(r_B), 0.97);
  at_least("2 probability: mean slope of A, low end", mean_of(slope), 0.7);
  at_most("2 probability: mean slope of A, high end", mean_of(slope), 1.0);
  at_most("3 timing: largest median of |peak - latency| (ms)", *std::ranges::max_element(median), 15);
  at_most("3 timing: mean of |peak - latency| (ms)", mean_of(mean_peak), 15);

  const auto blocks = switch_blocks(options);
  const auto switched = of_rule(all.at("local"), "");
  double worst_peak = 0;
  for (const Result* result : switched)
    for (std::size_t b = 0; b < blocks.size(); ++b)
      for (std::size_t c = 0; c < channels; ++c)
        if (blocks[b].probability(c) >= 0.2 - 1e-9)
          worst_peak = std::max(worst_peak, std::fabs(result->at(b, last).peak_ms[c] - blocks[b].latency(c)));
  at_most("3 timing: worst |mean peak - latency| at the end of a block (ms)", worst_peak, 40);

  const auto E = [&](const std::vector<const Result*>& results, std::size_t b, int n) { return mean_of(errors(results, b, n)); };
  for (std::size_t b = 1; b < blocks.size(); ++b) {
    at_most(fmt::format("4 switch, block {}: E(20) / E(0)", b + 1), E(switched, b, 20) / E(switched, b, 0), 0.60);
    at_most(fmt::format("4 switch, block {}: E(100) / E(0)", b + 1), E(switched, b, last) / E(switched, b, 0), 0.40);
    for (std::size_t c = 0; c < channels; ++c) {
      const double before = blocks[b - 1].probability(c), after = blocks[b].probability(c), larger = std::max(before, after);
      double bound = 1.3 * 0.856 * larger;
      if (larger < 0.5) bound = 0.856 * larger + 0.10;
      double highest = 0;
      for (const int n : tests_up_to(last))
        if (n > 0) highest = std::max(highest, mean_of(each(switched, [&](const Result& r) { return r.at(b, n).amplitude[c]; })));
      at_most(fmt::format("4 switch, block {}: highest amplitude of {}", b + 1, c == 0 ? "A" : "B"), highest, bound);
    }
  }

  const auto force = of_rule(all.at("rivals"), rls.name), one = of_rule(all.at("rivals"), merged.name);
  at_most("5 RLS without reset, block 1: E(10) over that of the local rule", E(force, 0, 10) / E(switched, 0, 10), 1);
  for (std::size_t b = 1; b < blocks.size(); ++b)
    at_least(fmt::format("5 RLS without reset, block {}: E(20) over that of the local rule", b + 1),
             E(force, b, 20) / E(switched, b, 20), 1.4);
  for (std::size_t b = 2; b < blocks.size(); ++b)
    at_least(fmt::format("5 RLS without reset, block {}: E(100) over that of the local rule", b + 1),
             E(force, b, last) / E(switched, b, last), 1.3);
  double better = 0;
  for (std::size_t s = 0; s < switched.size(); ++s)
    better += switched[s]->at(3, last).error < force[s]->at(3, last).error ? 1 : 0;
  at_least("5 share of seeds with local below RLS without reset, block 4", better / static_cast<double>(switched.size()), 0.8);
  Numbers apart, own;
  for (std::size_t b = 1; b < blocks.size(); ++b) apart.push_back(E(one, b, last)), own.push_back(E(switched, b, last));
  at_least("6 merged over local, blocks 2 to 4, trial 100", mean_of(apart) / mean_of(own), 1.5);

  for (std::size_t s = 0; s < options.geometry_seeds; ++s) {
    const Plane plane = plane_of(all.at("plane"), options.seeds[s], switched[s]);
    at_least(fmt::format("7 geometry, seed {}: |r| of PC1 with p(A)", options.seeds[s]), plane.r_probability, 0.9);
    at_least(fmt::format("7 geometry, seed {}: |r| of PC2 with latency", options.seeds[s]), plane.r_latency, 0.9);
  }
  Numbers angle, returned;
  for (std::size_t s = 0; s < learned.size(); ++s) {
    angle.push_back(angles_of(learned[s]->ends[0], options.seeds[s]).angles[0]);
    const auto& ends = switched[s]->ends;
    returned.push_back(direction_distance(ends[3], ends[0]) / direction_distance(ends[2], ends[0]));
  }
  at_least("7 geometry: smallest angle between what and when (deg)", *std::ranges::min_element(angle), 70);
  at_most("7 geometry: distance to block 1 after block 4 over that after block 3, mean", mean_of(returned), 1);

  const auto& frozen = all.at("frozen").results;
  const double silence = error_of_silence(options.setup, options.base);
  at_most("9 engineering: |E without learning - E of zero|", std::fabs(frozen[0].at(0, 1).error - silence), 5e-4);
  at_most("9 engineering: difference of two runs of one seed", std::fabs(frozen[1].at(0, 1).error - frozen[2].at(0, 1).error), 0);
  double wrong = 0;
  for (const auto& [name, runs] : all)
    for (const Result& result : runs.results) {
      wrong += result.dale ? 0 : 1;
      for (const Weights& end : result.ends)
        for (const double v : joined(end, 1, 1)) wrong += std::isfinite(v) ? 0 : 1;
    }
  at_most("9 engineering: runs against Dale's law, or weights that are not finite", wrong, 0);
  return list;
}

}  // namespace what_when
