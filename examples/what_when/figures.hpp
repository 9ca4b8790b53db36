// The figures of the experiment: which runs each needs, what is computed from them, how it is shown; and the acceptance test.
#pragma once

#include <functional>
#include <map>
#include <string>
#include <vector>

#include "core/json/document.hpp"
#include "experiment.hpp"

namespace what_when {

struct Options {
  Setup setup;
  std::vector<std::uint64_t> seeds = {1, 2, 3, 4, 5};
  std::size_t extra_seeds = 5;     ///< of the rules and ablations that are shown without a mark
  std::size_t geometry_seeds = 5;  ///< of the nine networks of the plane of weights
  Statistics base;                 ///< of the first block
  double timing_shift_A = 200, timing_shift_B = 150;
  int trials = 100;
  std::string out;  ///< folder
  int jobs = 2;
};

/// Runs of one figure, in the order of its tasks.
struct Runs {
  std::vector<Task> tasks;
  std::vector<Result> results;
};
using AllRuns = std::map<std::string, Runs>;

/// "learning", "sweep", "switches", "geometry", "ablations", in this order.
const std::vector<std::string>& figure_names();
/// The runs that a figure reads, its own and others'.
std::vector<std::string> runs_for(const std::string& figure);
/// Fills the tasks of one set of runs ("learning", "sweep", "local", "rivals", "extras", "plane", "ablations").
std::vector<Task> tasks_of(const Options& options, const std::string& runs);
/// Runs everything on `jobs` threads, longest first.
void run_all(const Options& options, AllRuns& all);

/// Prints tables, writes FIGURE.json and FIGURE.svg.
void show(const Options& options, const AllRuns& all, const std::string& figure);

/// One line of the acceptance test.
struct Criterion {
  std::string text;
  double value = 0;
  bool at_most = true;
  double bound = 0;
  bool passed() const { return at_most ? value <= bound : value >= bound; }
};
std::vector<Criterion> criteria(const Options& options, const AllRuns& all);

}  // namespace what_when
