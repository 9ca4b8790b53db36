// Cells without a closed form, held to answers of high precision: tests/data/oracle_izhikevich.json and integrated_cells.json.
#include <gtest/gtest.h>

#include <cstdio>

#include "tests/models/integrated_cases.hpp"

namespace spikeloom::test {
namespace {

/// Every case within these bounds.
void hold(const std::vector<Known>& all, double tolerance_ms, double spike_ms, double state) {
  Errors worst;
  for (const Known& known : all) {
    const Errors e = errors_of(known, ExactSolver(known.problem, tolerance_ms).solve());
    EXPECT_FALSE(e.counts_differ) << known.problem.id << ": " << e.spikes << " spikes instead of " << known.spikes_ms.size();
    EXPECT_LE(e.spike_ms, spike_ms) << known.problem.id;
    EXPECT_LE(e.state, state) << known.problem.id;
    worst.spike_ms = std::max(worst.spike_ms, e.spike_ms);
    worst.state = std::max(worst.state, e.state);
    worst.expansions += e.expansions;
    worst.spikes += e.spikes;
  }
  std::printf("tolerance %g ms: largest spike-time error %.2g ms, state %.2g; %ld expansions, %ld spikes\n", tolerance_ms,
              worst.spike_ms, worst.state, worst.expansions, worst.spikes);
}

TEST(Integrated, OracleCellsKeepTheDefaultTolerance) { hold(oracle_cells(), 0.01, 0.01, 1); }
TEST(Integrated, OracleCellsKeepTheStrictestTolerance) { hold(oracle_cells(), 1e-6, 1e-6, 1e-5); }
TEST(Integrated, FurtherCellsKeepTheDefaultTolerance) { hold(further_cells(), 0.01, 0.01, 1); }
TEST(Integrated, FurtherCellsKeepTheStrictestTolerance) { hold(further_cells(), 1e-6, 1e-6, 1e-5); }
TEST(Integrated, TolerancesBetweenAreKeptAsWell) {
  for (const double tolerance : {1e-3, 1e-4, 1e-5}) {
    hold(oracle_cells(), tolerance, tolerance, 1);
    hold(further_cells(), tolerance, tolerance, 1);
  }
}

TEST(Integrated, AFarLooserToleranceShows) {
  double worst = 0;
  for (const Known& known : further_cells())
    if (const Errors e = errors_of(known, ExactSolver(known.problem, 1000).solve()); !e.counts_differ)
      worst = std::max(worst, e.spike_ms);
  EXPECT_GT(worst, 0.01);
}

}  // namespace
}  // namespace spikeloom::test
