// The command line of the experiment: which figure, from which parameters, into which folder.
#include <fmt/format.h>
#include <CLI/CLI.hpp>

#include <cstdio>
#include <filesystem>

#include "acceptance.hpp"
#include "examples/example_main.hpp"
#include "figures.hpp"

namespace {

using what_when::Options;

int accept(const Options& options, const what_when::AllRuns& all) {
  int failed = 0;
  for (const auto& c : what_when::criteria(options, all)) {
    fmt::print("{} {:<74} {:8.3f} {} {:.3f}\n", c.passed() ? "ok  " : "FAIL", c.text, c.value, c.at_most ? "<=" : ">=", c.bound);
    failed += c.passed() ? 0 : 1;
  }
  fmt::print("{}\n", failed == 0 ? "passed" : fmt::format("{} failed", failed));
  return failed == 0 ? 0 : 1;
}

}  // namespace

int main(int count, char** arguments) {
  Options options;
  options.setup.file = std::filesystem::path(WHAT_WHEN_FOLDER) / "what_when.json";
  options.out = "what_when.out";
  std::string figure;
  std::vector<std::string> set;
  std::vector<double> latency = {300, 700}, shift = {200, 150};
  std::optional<double> width, cells, delay, eta, alpha, noise;

  CLI::App app("A spiking reservoir that learns what comes and when: figures and acceptance test of the experiment.");
  app.add_option("figure", figure, "learning, sweep, switches, geometry, ablations, acceptance, or all")
      ->required()
      ->check(CLI::IsMember({"learning", "sweep", "switches", "geometry", "ablations", "acceptance", "all"}));
  app.add_option("--seeds", options.seeds, "seeds of the networks (1,2,3,4,5)")->delimiter(',');
  app.add_option("--extra-seeds", options.extra_seeds, "how many of them serve ablations and further baselines (5)")
      ->check(CLI::Range(1, 1000));
  app.add_option("--geometry-seeds", options.geometry_seeds, "how many of them serve the plane of weights (5)")
      ->check(CLI::Range(1, 1000));
  app.add_option("--latency", latency, "latencies of A and B in ms (300,700)")->delimiter(',')->expected(2);
  app.add_option("--shift", shift, "by how much they move in a switch of timing (200,150)")->delimiter(',')->expected(2);
  app.add_option("--probability", options.base.p_A, "p(A) (0.8)")->check(CLI::Range(0.0, 1.0));
  app.add_option("--width", width, "standard deviation of the target bumps in ms (40)");
  app.add_option("--cells", cells, "number of cells (1000)");
  app.add_option("--delay", delay, "synaptic delay in ms (1)");
  app.add_option("--eta", eta, "rate of the when readout (0.05)");
  app.add_option("--alpha", alpha, "rate of the what readout (0.05)");
  app.add_option("--noise", noise, "standard deviation of the noise current (0.5)");
  app.add_option("--trials", options.trials, "training trials per block (100)")->check(CLI::Range(1, 100000));
  app.add_option("--file", options.setup.file, "the network file; variants/ stands beside it")->check(CLI::ExistingFile);
  app.add_option("--set", set, "KEY=VALUE: change the network file, as in spikeloom run");
  app.add_option("--jobs", options.jobs, "runs at a time (2)")->check(CLI::Range(1, 1024));
  app.add_option("--out", options.out, "folder of tables and pictures");
  return spikeloom::run_example(app, count, arguments, [&] {
    const std::pair<const char*, std::optional<double>> numbers[] = {{"width", width}, {"N", cells},     {"delay_ms", delay},
                                                                     {"eta", eta},     {"alpha", alpha}, {"noise", noise}};
    for (const auto& [name, value] : numbers)
      if (value) options.setup.set.emplace_back(std::string("parameters.") + name, fmt::format("{}", *value));
    for (const std::string& text : set) options.setup.set.push_back(spikeloom::setting_of(text));
    options.base.t_A = latency[0], options.base.t_B = latency[1];
    options.timing_shift_A = shift[0], options.timing_shift_B = shift[1];
    options.geometry_seeds = std::min(options.geometry_seeds, options.seeds.size());
    what_when::check(options.setup);
    if ((figure == "acceptance" || figure == "all") && options.trials <= 50) {
      fmt::print(stderr, "the acceptance test asks for errors after 50 trials, so it needs more of them\n");
      return 2;
    }

    what_when::AllRuns all;
    const auto want = [&](const std::string& name) {
      for (const std::string& runs : what_when::runs_for(name)) all[runs];
    };
    if (figure != "all") want(figure);
    else
      for (const std::string& name : what_when::figure_names()) want(name);
    if (figure == "all") want("acceptance");
    what_when::run_all(options, all);
    for (const std::string& name : what_when::figure_names())
      if (figure == name || figure == "all") what_when::show(options, all, name);
    return figure == "acceptance" || figure == "all" ? accept(options, all) : 0;
  });
}
