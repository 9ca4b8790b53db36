// Which runs there are: the rules that are compared, the blocks they live through, and all of them run side by side.
#pragma once

#include <map>
#include <string>
#include <vector>

#include "experiment.hpp"

namespace what_when {

using Numbers = std::vector<double>;

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

extern const Rule local, rls, merged, rls_reset, rls_forget;
/// The local rule first, as it is.
std::vector<Rule> ablations();

/// The nine networks of the plane of weights: p(A), by how much both latencies are later, and where they begin.
constexpr double plane_p[] = {0.2, 0.5, 0.8}, plane_shift[] = {0, 100, 200};
constexpr Statistics plane_base{250, 600, 0.5};

/// Four blocks: as given; later; later and p(A) mirrored; as given.
std::vector<Statistics> switch_blocks(const Options& options);
/// Training trials after which a block is tested.
std::vector<int> tests_up_to(int trials);
/// p(A) of the sweep: 0, 0.1 ... 1.
Numbers levels();

/// Runs of one figure, in the order of its tasks.
struct Runs {
  std::vector<Task> tasks;
  std::vector<Result> results;
};
using AllRuns = std::map<std::string, Runs>;

/// Runs everything that `all` names ("learning", "sweep", "local", "rivals", "extras", "plane", "ablations", "frozen") on `jobs`
/// threads, longest first.
void run_all(const Options& options, AllRuns& all);

}  // namespace what_when
