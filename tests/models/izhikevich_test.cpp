// Izhikevich's cell against published spike times, in each of the four schemes.
#include "models/izhikevich.hpp"

#include <gtest/gtest.h>

#include <cmath>

#include "tests/models/cell.hpp"
#include "tests/models/izhikevich_patterns.hpp"

namespace spikeloom::test {
namespace {

double current_at(const Pattern& p, double t, bool after_onset) {
  const auto begun = [&](double from) { return from <= 0 || (after_onset ? t > from + 1e-9 : t > from - 1e-9); };
  double value = 0;
  for (const auto& [from, level] : p.steps)
    if (begun(from)) value = level;
  for (const auto& ramp : p.ramps)
    if (begun(ramp.from_ms) && !(after_onset ? t > ramp.to_ms + 1e-9 : t > ramp.to_ms - 1e-9))
      value += ramp.start + ramp.slope * (t - ramp.from_ms);
  return value;
}

Cell cell_of(const Pattern& p, double h, const std::string& scheme) {
  Cell::Numbers parameters = {{"a", p.a}, {"b", p.b}, {"c", p.c}, {"d", p.d}, {"q1", p.q1}, {"q0", p.q0}};
  if (!std::isnan(p.u_shift)) parameters["u_shift_mV"] = p.u_shift;
  Cell::Numbers initial = {{"v_mV", p.v0}};
  if (!std::isnan(p.u0)) initial["u"] = p.u0;
  return Cell("izhikevich", h, parameters, initial, scheme);
}

std::vector<double> run(const Pattern& p, double h, const std::string& scheme, double duration_ms) {
  Cell cell = cell_of(p, h, scheme);
  const auto steps = static_cast<std::int64_t>(std::floor(duration_ms / h + 0.5));
  for (std::int64_t n = 1; n <= steps; ++n) cell.step(current_at(p, static_cast<double>(n - 1) * h, scheme == "published"));
  return cell.spikes;
}

const Pattern& pattern(char letter) {
  for (const Pattern& p : izhikevich_patterns())
    if (p.letter == letter) return p;
  throw std::out_of_range("pattern");
}

void expect_times(const std::vector<double>& spikes, const std::vector<double>& expected, double tolerance = 1e-9) {
  ASSERT_EQ(spikes.size(), expected.size());
  for (std::size_t k = 0; k < expected.size(); ++k) EXPECT_NEAR(spikes[k], expected[k], tolerance) << k;
}

TEST(Izhikevich, PublishedSchemeGivesThePublishedSpikesOfEveryPattern) {
  ASSERT_EQ(izhikevich_patterns().size(), 20u);
  for (const Pattern& p : izhikevich_patterns()) {
    SCOPED_TRACE(std::string(1, p.letter) + " " + p.name);
    const auto spikes = run(p, p.h, "published", p.duration_ms);
    if (p.spikes < 0) continue;
    ASSERT_EQ(static_cast<int>(spikes.size()), p.spikes);
    for (std::size_t k = 0; k < p.first.size(); ++k) EXPECT_NEAR(spikes[k], p.first[k], 1e-9);
    for (std::size_t k = 0; k < p.last.size(); ++k) EXPECT_NEAR(spikes[spikes.size() - p.last.size() + k], p.last[k], 1e-9);
  }
}

TEST(Izhikevich, HalfStepSchemeSpikesAsTheProgramOf2003) {
  expect_times(run(pattern('A'), 1, "half_step", 100), {14, 21, 59, 88});
  expect_times(run(pattern('A'), 1, "", 100), {14, 21, 59, 88});  // the default
}

TEST(Izhikevich, EulerSchemeConvergesThroughItsKnownColumns) {
  expect_times(run(pattern('A'), 1, "euler", 100), {14, 19, 35, 64, 93});
  expect_times(run(pattern('A'), .25, "euler", 100), {13.0, 17.0, 30.75, 58.25, 85.5});
  expect_times(run(pattern('A'), .1, "euler", 100), {12.8, 16.5, 29.7, 56.9, 83.9});
  expect_times(run(pattern('A'), .01, "euler", 100), {12.65, 16.16, 29.01, 56.03, 82.80});
}

TEST(Izhikevich, TheOrderOfTheUpdatesMovesTheFifthSpike) {
  const auto euler = run(pattern('A'), .25, "euler", 100), published = run(pattern('A'), .25, "published", 100);
  EXPECT_NE(euler.back(), published.back());
}

TEST(Izhikevich, AccurateSchemeReachesTheLimitWithinOneStep) {
  // A spike is labelled with the end of the step that holds it.
  const std::vector<double> limit = {12.63052, 16.11715, 28.92157, 55.91791, 82.66465};
  for (const double h : {1.0, .5, .25, .1, .01}) {
    const auto spikes = run(pattern('A'), h, "accurate", 100);
    ASSERT_EQ(spikes.size(), limit.size()) << h;
    for (std::size_t k = 0; k < limit.size(); ++k) {
      EXPECT_LE(limit[k], spikes[k] + (h < .5 ? 1e-3 : 2e-2));
      EXPECT_GT(limit[k], spikes[k] - h - (h < .5 ? 1e-3 : 2e-2));
    }
  }
  EXPECT_EQ(run(pattern('C'), .1, "accurate", 220).size(), 29u);
  EXPECT_EQ(run(pattern('E'), .1, "accurate", 160).size(), 7u);
  EXPECT_EQ(run(pattern('F'), .1, "accurate", 85).size(), 6u);
  EXPECT_EQ(run(pattern('G'), .1, "accurate", 300).size(), 10u);
}

TEST(Izhikevich, AccurateSchemeCountsTheSpikesOfOneSecond) {
  struct Row {
    double a, b, c, d;
    std::size_t spikes;
    std::vector<double> first;
  };
  for (const Row& row :
       {Row{.02, .2, -65, 8, 23, {3.1271, 26.226, 71.0571}}, Row{.02, .2, -50, 2, 87, {3.1271, 4.5159, 6.0364, 7.7291}},
        Row{.1, .2, -65, 2, 137, {3.1529, 7.4438, 13.3122}}}) {
    Cell cell("izhikevich", .1, {{"a", row.a}, {"b", row.b}, {"c", row.c}, {"d", row.d}, {"I_e", 10}}, {}, "accurate");
    cell.run_to(1000);
    EXPECT_EQ(cell.spikes.size(), row.spikes);
    for (std::size_t k = 0; k < row.first.size(); ++k) EXPECT_NEAR(cell.spikes[k], row.first[k] + .05, .0501);
  }
}

/// v at 1, 2, ... 80 ms.
std::vector<double> trace(double h, const Cell::Numbers& parameters) {
  Cell cell("izhikevich", h, parameters, {}, "accurate");
  cell.arrive("exc", 3.0);
  std::vector<double> v;
  for (int t = 1; t <= 80; ++t) {
    cell.run_to(t, 10);
    v.push_back(cell.V());
  }
  return v;
}

double distance(const std::vector<double>& a, const std::vector<double>& b) {
  double sum = 0;
  for (std::size_t k = 0; k < a.size(); ++k) sum += (a[k] - b[k]) * (a[k] - b[k]);
  return std::sqrt(sum / static_cast<double>(a.size()));
}

TEST(Izhikevich, AccurateSchemeIsOfFourthOrderAcrossSpikesAndDecayingCurrents) {
  for (const Cell::Numbers& parameters :
       {Cell::Numbers{{"tau_syn_exc_ms", 5}}, Cell::Numbers{{"tau_syn_exc_ms", 5}, {"c", -50}, {"d", 2}}}) {
    const auto fine = trace(1.0 / 256, parameters);
    const double e1 = distance(trace(1, parameters), fine), e2 = distance(trace(.5, parameters), fine),
                 e3 = distance(trace(.25, parameters), fine);
    EXPECT_GT(std::log2(e1 / e3) / 2, 3.5) << e1 << " " << e2 << " " << e3;
    EXPECT_LT(e3, 1e-3);
  }
}

TEST(Izhikevich, RestIsAFixedPointOfEveryScheme) {
  for (const char* scheme : {"half_step", "published", "euler", "accurate"}) {
    Cell cell("izhikevich", .5, {}, {{"v_mV", -70}}, scheme);
    cell.run_to(500);
    EXPECT_NEAR(cell.V(), -70, 1e-9) << scheme;
    EXPECT_NEAR(cell.state("u"), -14, 1e-9) << scheme;
  }
}

/// v* where f(v) = 0.04 v^2 + (5 - b) v + 140 + I vanishes, left or right root.
double equilibrium(double b, double I, int side) {
  return (-(5 - b) + side * std::sqrt((5 - b) * (5 - b) - .16 * (140 + I))) / .08;
}

TEST(Izhikevich, RestAndThresholdWithoutInputAreThePublishedEquilibria) {
  EXPECT_NEAR(equilibrium(.25, 0, -1), -64.41391109, 5e-9);
  EXPECT_NEAR(equilibrium(.25, 0, 1), -54.33608891, 5e-9);
  for (const auto& [b, v] : {std::pair{.2, -70.0}, {.2, -50.0}, {.25, equilibrium(.25, 0, -1)}, {.25, equilibrium(.25, 0, 1)}}) {
    for (const char* scheme : {"half_step", "published", "euler", "accurate"}) {
      Cell cell("izhikevich", .5, {{"b", b}}, {{"v_mV", v}, {"u", b * v}}, scheme);
      cell.run_to(5);
      EXPECT_NEAR(cell.V(), v, 1e-9) << scheme;
    }
  }
  EXPECT_NEAR(equilibrium(.2, 0, -1), -70, 1e-9);
  Cell above("izhikevich", .5, {}, {{"v_mV", -49.9}, {"u", -10}}, "accurate");
  above.run_to(100);
  EXPECT_FALSE(above.spikes.empty()) << "-50 mV is a threshold";
}

TEST(Izhikevich, UnderSlowlyRisingCurrentTheCellFiresBeyondTheSaddleNode) {
  // u follows v at once (a = 1), so that rest is lost where it meets the threshold and not before.
  for (const auto& [b, rheobase] : {std::pair{.2, 4.0}, {.25, 1.015625}}) {
    for (const double margin : {-.01, .01}) {
      Cell cell("izhikevich", .1, {{"a", 1}, {"b", b}}, {{"v_mV", equilibrium(b, 0, -1)}}, "accurate");
      for (int n = 0; n < 30000; ++n) cell.step((rheobase + margin) * n / 30000);
      EXPECT_TRUE(cell.spikes.empty()) << b;
      cell.run_to(6000, rheobase + margin);
      EXPECT_EQ(cell.spikes.empty(), margin < 0) << b;
    }
  }
}

/// Rate (per ms) at which a small oscillation around the equilibrium grows.
double growth(double a, double b, double I) {
  const double v = equilibrium(b, I, -1);
  Cell cell("izhikevich", .1, {{"a", a}, {"b", b}}, {{"v_mV", v + 1e-5}, {"u", b * v}}, "accurate");
  const auto amplitude = [&](double until) {
    double largest = 0;
    while (static_cast<double>(cell.steps()) * .1 < until) {
      cell.step(I);
      largest = std::max(largest, std::fabs(cell.V() - v));
    }
    return largest;
  };
  amplitude(200);
  const double first = amplitude(400);
  amplitude(1000);
  return std::log(amplitude(1200) / first) / 800;
}

TEST(Izhikevich, RestLosesItsStabilityAtThePublishedHopfPoints) {
  // Half the trace of the linearised equations is the growth of an oscillation; it vanishes at the Hopf point.
  struct Row {
    double a, b, I, v;
  };
  for (const Row& row : {Row{.02, .2, 3.7975, -62.25}, {.02, .25, .685, -62.25}, {.1, .25, .875, -61.25}}) {
    EXPECT_NEAR(equilibrium(row.b, row.I, -1), row.v, 1e-9);
    for (const double margin : {-.01, .01}) {
      const double half_trace = (.08 * equilibrium(row.b, row.I + margin, -1) + 5 - row.a) / 2;
      EXPECT_GT(half_trace * margin, 0);
      EXPECT_NEAR(growth(row.a, row.b, row.I + margin), half_trace, .1 * std::fabs(half_trace)) << row.a << " " << row.b;
    }
  }
}

TEST(Izhikevich, ACurrentWithoutTimeConstantLastsOneStep) {
  for (const char* scheme : {"half_step", "published", "euler", "accurate"}) {
    Cell by_arrival("izhikevich", .5, {}, {}, scheme), by_current("izhikevich", .5, {}, {}, scheme);
    by_arrival.arrive("exc", 7);
    by_arrival.arrive("inh", -2);
    by_arrival.step();
    by_current.step(5);
    by_arrival.run_to(5);
    by_current.run_to(5);
    EXPECT_EQ(by_arrival.V(), by_current.V()) << scheme;
    EXPECT_EQ(by_arrival.state("I_syn_exc"), 0) << scheme;
  }
}

TEST(Izhikevich, ACurrentWithATimeConstantActsInFullFirstAndThenDecays) {
  Cell cell("izhikevich", .5, {{"tau_syn_exc_ms", 5}});
  cell.arrive("exc", 7);
  cell.step();
  EXPECT_EQ(cell.state("I_syn_exc"), 7);
  cell.step();
  EXPECT_NEAR(cell.state("I_syn_exc"), 7 * std::exp(-.1), 1e-14);
}

TEST(Izhikevich, ADeltaArrivalJumpsVWithinItsStep) {
  Cell cell("izhikevich", .1, {}, {{"v_mV", -70}});
  cell.arrive("delta", 101);
  EXPECT_TRUE(cell.step());
  Cell accurate("izhikevich", .1, {}, {{"v_mV", -70}}, "accurate");
  accurate.arrive("delta", 101);
  EXPECT_TRUE(accurate.step());
  EXPECT_LT(accurate.V(), -60);
}

TEST(Izhikevich, TheFloorHoldsVUpAndIsAbsentUnlessGiven) {
  for (const char* scheme : {"half_step", "published", "euler", "accurate"}) {
    Cell free("izhikevich", .5, {}, {}, scheme), floored("izhikevich", .5, {{"v_min_mV", -70}}, {}, scheme);
    free.run_to(5, -50);
    floored.run_to(5, -50);
    EXPECT_LT(free.V(), -71) << scheme;
    EXPECT_EQ(floored.V(), -70) << scheme;
  }
}

TEST(Izhikevich, InhibitionInducedBurstingRunsAwayButNeverHangs) {
  const auto spikes = run(pattern('T'), .01, "accurate", 350);
  EXPECT_GT(spikes.size(), 10000u);  // one per step at most: whoever runs it can see it and stop
}

TEST(Izhikevich, RefusesAResetOrAFloorAboveThePeak) {
  EXPECT_EQ(Cell("izhikevich", .1, {{"c", 31}}).fault.parameter, "c");
  EXPECT_EQ(Cell("izhikevich", .1, {{"v_min_mV", 31}}).fault.parameter, "v_min_mV");
  EXPECT_EQ(Cell("izhikevich", .1, {{"v_min_mV", -90}}).fault.parameter, "");
}

TEST(IzhikevichCv, IsTheSameCellAsThe2003FormAfterScaling) {
  // C = 2, k = 0.08, v_r and v_t the roots of .04 v^2 + 5 v + 140; u and d double, b and currents too, u measured from rest.
  const double root = std::sqrt(25 - 4 * .04 * 140), v_r = (-5 - root) / .08, v_t = (-5 + root) / .08;
  for (const char* scheme : {"half_step", "published", "euler", "accurate"}) {
    Cell one("izhikevich", .25, {{"a", .02}, {"b", .2}, {"c", -65}, {"d", 8}}, {{"v_mV", -65}, {"u", -13}}, scheme);
    Cell two("izhikevich_cv", .25,
             {{"C_m_pF", 2},
              {"k", .08},
              {"v_r_mV", v_r},
              {"v_t_mV", v_t},
              {"V_peak_mV", 30},
              {"a", .02},
              {"b", .4},
              {"c", -65},
              {"d", 16}},
             {{"v_mV", -65}, {"u", 2 * (-13 - .2 * v_r)}}, scheme);
    one.run_to(200, 10);
    two.run_to(200, 2 * (10 - .2 * v_r));
    EXPECT_GT(one.spikes.size(), 3u);
    EXPECT_EQ(one.spikes, two.spikes) << scheme;
  }
}

TEST(IzhikevichCv, RegularSpikingCellOfTheBookFiresAboveItsRheobase) {
  // Saddle-node: b < 0, so the rheobase is that of the one-dimensional quadratic shifted by b: (b + k (v_t - v_r))^2 / (4 k).
  const double rheobase = std::pow(-2 + .7 * 20, 2) / (4 * .7);
  EXPECT_NEAR(rheobase, 51.43, .01);
  for (const double I : {rheobase - 1.5, rheobase + 1.5}) {
    Cell cell("izhikevich_cv", .1);
    cell.run_to(5000, I);
    EXPECT_EQ(!cell.spikes.empty(), I > rheobase) << I;
  }
}

}  // namespace
}  // namespace spikeloom::test
