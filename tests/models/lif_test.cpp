// The leaky integrate-and-fire family against closed forms and the digits that public test suites hold.
#include "models/lif_exp.hpp"

#include <gtest/gtest.h>

#include <cmath>

#include "tests/models/cell.hpp"

namespace spikeloom::test {
namespace {

const char* const models[] = {"lif_delta", "lif_exp", "lif_alpha", "lif_cond_exp"};
const char* const current_models[] = {"lif_exp", "lif_alpha"};
constexpr double no_spikes = 1e9;

TEST(Lif, ConstantCurrentIsExactAtEveryStep) {
  for (const char* model : models) {
    for (int k = 0; k <= 13; ++k) {
      Cell cell(model, std::ldexp(1.0, -k), {{"E_L_mV", 0}, {"V_reset_mV", -1}, {"V_th_mV", no_spikes}});
      cell.run_to(5, 1000);
      EXPECT_NEAR(cell.V(), 40 * -std::expm1(-.5), 1e-13) << model << " h = 2^-" << k;
      EXPECT_NEAR(cell.V(), 15.738773611494663, 1e-13);
      if (k > 6) continue;
      cell.run_to(500, 1000);
      EXPECT_NEAR(cell.V(), 40, 1e-9);
    }
  }
}

TEST(Lif, DefaultCellFollowsTheStoredTraceThroughSpikeAndRefractoryTime) {
  for (const char* model : models) {
    Cell cell(model, .1, {{"I_e_pA", 1000}});
    const double printed[] = {-69.602, -69.2079, -68.8178, -68.4316, -68.0492};
    for (int n = 1; n <= 47; ++n) {
      EXPECT_FALSE(cell.step());
      EXPECT_NEAR(cell.V(), -70 + 40 * -std::expm1(-.01 * n), 1e-6 * 70) << model << " " << n;
      if (n <= 5) { EXPECT_NEAR(cell.V(), printed[n - 1], 5.1e-5); }
    }
    EXPECT_NEAR(cell.V(), -55.0001, 5.1e-5);
    EXPECT_TRUE(cell.step());
    for (int n = 48; n <= 68; ++n) {
      EXPECT_EQ(cell.V(), -70) << model << " " << n;
      if (n < 68) { EXPECT_FALSE(cell.step()); }
    }
    cell.step();
    EXPECT_NEAR(cell.V(), -69.602, 5.1e-5);
    EXPECT_EQ(cell.spikes.size(), 1u);
    EXPECT_NEAR(cell.spikes[0], 4.8, 1e-12);
  }
}

TEST(Lif, TheStepDoesNotMoveAGridSpike) {
  for (const char* model : models) {
    for (const double h : {.1, .2, .5, 1.0}) {
      Cell cell(model, h, {{"I_e_pA", 1450}});
      cell.run_to(3);
      ASSERT_EQ(cell.spikes.size(), 1u) << model << h;
      EXPECT_NEAR(cell.spikes[0], 3.0, 1e-12);
      cell.run_to(5);
      EXPECT_EQ(cell.V(), -70);
      cell.run_to(7);
      EXPECT_NEAR(cell.V(), -70 + 58 * -std::expm1(-.2), 1e-6);
      if (h == .1) {
        Cell again(model, h, {{"I_e_pA", 1450}});
        again.run_to(5.1);
        EXPECT_NEAR(again.V(), -69.4229, 5.1e-5);
        again.run_to(6.9);
        EXPECT_NEAR(again.V(), -59.9636, 5.1e-5);
      }
    }
  }
}

TEST(Lif, RestIsAFixedPoint) {
  for (const char* model : models) {
    for (const double E_L : {-70.0, -61.3, 0.0}) {
      Cell cell(model, .1, {{"E_L_mV", E_L}, {"V_reset_mV", -90}, {"V_th_mV", 20}});
      EXPECT_EQ(cell.V(), E_L);
      cell.run_to(100);
      EXPECT_EQ(cell.V(), E_L) << model;
    }
  }
}

TEST(Lif, AStartAboveThresholdSpikesInTheFirstStep) {
  for (const char* model : models) {
    Cell cell(model, .1, {}, {{"V_m_mV", -40}});
    EXPECT_TRUE(cell.step()) << model;
    Cell below(model, .1, {}, {{"V_m_mV", -55.5}});
    EXPECT_FALSE(below.step()) << model;
  }
}

TEST(Lif, RefusesAResetThatIsNotBelowTheThreshold) {
  for (const char* model : models) {
    EXPECT_EQ(Cell(model, .1, {{"V_reset_mV", -55}}).fault.parameter, "V_reset_mV");
    EXPECT_TRUE(Cell(model, .1, {{"V_reset_mV", -55.1}}).fault.text.empty());
  }
}

TEST(Lif, RefractoryTimeIsRoundedAsItsDecimalsSay) {
  for (const auto& [t_ref, steps] :
       {std::pair{.34, 3}, {.35, 4}, {.25, 3}, {.15, 2}, {2.0, 20}, {0.0, 0}, {.04, 0}, {1.15, 12}}) {
    Cell cell("lif_exp", .1, {{"t_ref_ms", t_ref}}, {{"V_m_mV", 0}});
    cell.step();
    ASSERT_EQ(cell.spikes.size(), 1u);
    int held = 0;
    while (cell.step(100), cell.V() == -70) ++held;
    EXPECT_EQ(held, steps) << t_ref;
  }
}

TEST(Lif, FiresAtTheRateOfTheClosedForm) {
  struct Row {
    double I, rate;
  };
  for (const Row& row :
       {Row{370, 0}, Row{375, 0}, Row{376, 16.314307}, Row{380, 22.071482}, Row{400, 33.640712}, Row{450, 50.206866},
        Row{500, 63.040002}, Row{750, 111.963629}, Row{1000, 149.252923}, Row{1450, 200.303301}}) {
    const double h = 1.0 / 64;
    Cell cell("lif_exp", h, {{"I_e_pA", row.I}});
    cell.run_to(1000);
    if (row.rate == 0) {
      EXPECT_TRUE(cell.spikes.empty()) << row.I;
      continue;
    }
    // The interval on the grid is the exact one rounded up to steps.
    const double exact = 2 + 10 * std::log(.04 * row.I / (.04 * row.I - 15));
    EXPECT_NEAR(1000 / exact, row.rate, 5e-7);
    ASSERT_GT(cell.spikes.size(), 2u);
    EXPECT_EQ(cell.spikes[2] - cell.spikes[1], h * std::ceil(exact / h)) << row.I;
  }
}

// --- responses to one arrival ---------------------------------------------------------------------------------------

double exponential_psp(double tau_m, double tau_s, double C, double w, double t) {
  if (tau_m == tau_s) return w / C * t * std::exp(-t / tau_m);
  const long double m = tau_m, s = tau_s;
  return static_cast<double>(w / C * m * s / (m - s) * (std::exp(-t / m) - std::exp(-t / s)));
}

double alpha_psp(double tau_m, double tau_s, double C, double w, double t) {
  const long double k = 1.0L / tau_s - 1.0L / tau_m, e = std::exp(1.0L);
  if (k == 0) return static_cast<double>(e * w / (tau_s * C) * t * t / 2 * std::exp(-static_cast<long double>(t) / tau_m));
  return static_cast<double>(e * w / (tau_s * C) * std::exp(-static_cast<long double>(t) / tau_m) *
                             (1 - std::exp(-k * t) * (1 + k * t)) / (k * k));
}

/// V - E_L at time t after an arrival (through the receptor whose time constant is tau_s).
double response(const std::string& model, double h, double tau_m, double tau_s, double C, double w, double t, double other_tau) {
  Cell cell(model, h,
            {{"tau_m_ms", tau_m},
             {"C_m_pF", C},
             {"tau_syn_exc_ms", tau_s},
             {"tau_syn_inh_ms", other_tau},
             {"E_L_mV", 0},
             {"V_reset_mV", -1},
             {"V_th_mV", no_spikes}});
  cell.arrive("exc", w);
  cell.step();
  cell.run_to(t + h);
  return cell.V();
}

TEST(LifExp, PostsynapticPotentialIsExact) {
  for (const double h : {.1, .5, 1.0 / 64}) {
    for (const double other : {2.0, 7.0}) {
      const std::pair<double, double> samples[] = {{.5, .172428641429}, {1, .298306758323},  {2, .450851311907},
                                                   {5, .524445661089},  {10, .361141494172}, {20, .135289883307},
                                                   {50, .006737946985}};
      for (const auto& [t, v] : samples) {
        EXPECT_NEAR(response("lif_exp", h, 10, 2, 250, 100, t, other), v, 6e-13);
        EXPECT_NEAR(response("lif_exp", h, 10, 2, 250, 100, t, other) / exponential_psp(10, 2, 250, 100, t), 1, 1e-12);
      }
    }
  }
}

TEST(LifExp, PeakAndAreaOfThePostsynapticPotential) {
  struct Row {
    double tau_m, tau_s, C, w, t, V, area;
  };
  for (const Row& row :
       {Row{10, 2, 250, 100, 4.023594781085251, .5349922439811376, 8},
        Row{10, .5, 250, 87.8, 1.5767011966073636, .14998549081837, 1.756}, Row{10, 10, 250, 100, 10, 1.4715177646857693, 40}}) {
    // A step chosen so that the peak lies on the grid.
    EXPECT_NEAR(response("lif_exp", row.t / 32, row.tau_m, row.tau_s, row.C, row.w, row.t, row.tau_s) / row.V, 1, 2e-12);
    // Trapezoids of a smooth curve that starts with a kink: error (h^2 / 12) times the change of slope, added back.
    const double h = 1.0 / 64;
    Cell cell("lif_exp", h,
              {{"tau_m_ms", row.tau_m},
               {"C_m_pF", row.C},
               {"tau_syn_exc_ms", row.tau_s},
               {"E_L_mV", 0},
               {"V_reset_mV", -1},
               {"V_th_mV", no_spikes}});
    cell.arrive("exc", row.w);
    double area = 0;
    for (int n = 0; n < 64 * 600; ++n) {
      cell.step();
      area += h * cell.V();
    }
    area += h * h / 12 * (row.w / row.C);
    EXPECT_NEAR(area, row.area, 1e-7 * row.area);
  }
}

TEST(LifAlpha, PeakAndAreaOfThePostsynapticPotential) {
  struct Row {
    double tau_m, tau_s, C, w, t, V;
  };
  for (const Row& row :
       {Row{20, .5, 1, 1, 2.7565854767698394, 1.2088884104311566}, Row{10, .3, 250, 500, 1.593305861810234, 1.425462830980943}}) {
    EXPECT_NEAR(response("lif_alpha", row.t / 32, row.tau_m, row.tau_s, row.C, row.w, row.t, row.tau_s) / row.V, 1, 2e-12);
    const double h = 1.0 / 128;
    Cell cell("lif_alpha", h,
              {{"tau_m_ms", row.tau_m},
               {"C_m_pF", row.C},
               {"tau_syn_exc_ms", row.tau_s},
               {"E_L_mV", 0},
               {"V_reset_mV", -1},
               {"V_th_mV", no_spikes}});
    cell.arrive("exc", row.w);
    double area = 0;
    for (int n = 0; n < 128 * 800; ++n) {
      cell.step();
      area += h * cell.V();
    }
    const double expected = std::exp(1.0) * row.w * row.tau_s * row.tau_m / row.C;
    EXPECT_NEAR(area, expected, 1e-6 * expected);
  }
}

TEST(LifAlpha, TheWeightIsThePeakCurrent) {
  Cell cell("lif_alpha", .1, {{"V_th_mV", no_spikes}});
  cell.arrive("exc", 100);
  cell.step();
  EXPECT_EQ(cell.state("I_syn_exc_pA"), 0);
  cell.run_to(2.1);
  EXPECT_NEAR(cell.state("I_syn_exc_pA"), 100, 1e-10);
}

TEST(LifAlpha, FollowsTheStoredResponseAtEveryStep) {
  for (const double h : {.1, .2, .5, 1.0}) {
    Cell cell("lif_alpha", h);
    cell.run_to(3 - h);
    cell.arrive("exc", 100);  // acts from 3.0 on
    for (double t = 3 + h; t < 6.01; t += h) {
      cell.run_to(t);
      EXPECT_NEAR(cell.V() + 70, alpha_psp(10, 2, 250, 100, t - 3), 1e-11);
      for (const auto& [at, v] : {std::pair{3.1, -69.9974}, {3.2, -69.9899}, {4.0, -69.8108}, {5.7, -69.2383}})
        if (std::fabs(t - at) < 1e-6) { EXPECT_NEAR(cell.V(), v, 5.1e-5); }
    }
  }
  EXPECT_NEAR(response("lif_alpha", .1, 10, 2, 250, 100, 2.7, 2), .761662, 5.1e-7);
}

TEST(Lif, EqualTimeConstantsHaveTheLimitResponse) {
  const std::pair<double, std::pair<double, double>> rows[] = {{10, {14.71517764685769, 20}},
                                                               {10.001, {14.71591335669251, 19.999333316673}},
                                                               {9.999, {14.71444183892169, 20.00066664999367}}};
  for (const auto& [tau_s, values] : rows) {
    EXPECT_NEAR(response("lif_exp", .1, 10, tau_s, 250, 1000, 10, tau_s), values.first, 1e-12);
    EXPECT_NEAR(response("lif_alpha", .1, 10, tau_s, 250, 1000, 10, tau_s), values.second, 2e-11);
  }
}

/// The response without cancellation: a series in k t where that is small, in long double.
long double exponential_truth(long double m, long double s, long double t) {  // per w / C
  const long double k = 1 / s - 1 / m;
  if (std::fabs(k * t) > .5L) return std::exp(-t / m) * -std::expm1(-k * t) / k;
  long double term = 1, sum = 0;
  for (int n = 1; n < 40; ++n) {
    sum += term;
    term *= -k * t / (n + 1);
  }
  return t * std::exp(-t / m) * sum;
}
long double alpha_truth(long double m, long double s, long double t) {  // per e w / C
  const long double k = 1 / s - 1 / m;
  if (std::fabs(k * t) > .5L) return std::exp(-t / m) * (1 - std::exp(-k * t) * (1 + k * t)) / (k * k * s);
  long double term = 1, sum = 0;
  for (int n = 0; n < 40; ++n) {
    sum += term / (n + 2);
    term *= -k * t / (n + 1);
  }
  return t * t / s * std::exp(-t / m) * sum;
}

TEST(Lif, NoTimeConstantNearTheMembranesLosesDigits) {
  for (const double tau_m : {.5, 10.0, 200.0}) {
    for (const double h : {.001, .1, 1.0}) {
      for (int decade = -16; decade <= 1; ++decade) {
        for (const double sign : {-1.0, 1.0}) {
          const double tau_s = tau_m * (1 + sign * (decade == 1 ? .9 : std::pow(10.0, decade)));
          if (tau_s <= 0) continue;
          const double t = 40 * h;
          const double exponential = response("lif_exp", h, tau_m, tau_s, 250, 1000, t, tau_s);
          const double alpha = response("lif_alpha", h, tau_m, tau_s, 250, 1000, t, tau_s);
          EXPECT_NEAR(exponential / static_cast<double>(4 * exponential_truth(tau_m, tau_s, t)), 1, 1e-13)
              << tau_m << " " << tau_s << " " << h;
          EXPECT_NEAR(alpha / static_cast<double>(4 * std::exp(1.0L) * alpha_truth(tau_m, tau_s, t)), 1, 2e-13)
              << tau_m << " " << tau_s << " " << h;
        }
      }
    }
  }
}

TEST(Lif, TheResponseIsSmoothAcrossEqualTimeConstants) {
  for (const char* model : current_models) {
    for (const double tau_s : {10.0, 10.001, 9.999}) {
      Cell cell(model, .1, {{"tau_syn_exc_ms", tau_s}, {"tau_syn_inh_ms", tau_s}, {"V_th_mV", no_spikes}});
      double before = cell.V(), low = before, high = before, largest = 0;
      for (int n = 1; n <= 1000; ++n) {
        if (n == 10) cell.arrive("exc", 1000);
        if (n == 400) cell.arrive("inh", -1000);
        cell.step();
        ASSERT_TRUE(std::isfinite(cell.V()));
        largest = std::max(largest, std::fabs(cell.V() - before));
        before = cell.V();
        low = std::min(low, before);
        high = std::max(high, before);
      }
      EXPECT_LT(largest, 3 * (high - low) * .1) << model;
    }
  }
}

TEST(Lif, OneCurrentAndTwoCurrentsGiveOneAnswer) {
  for (const char* model : current_models) {
    Cell one(model, .1, {{"V_th_mV", no_spikes}}), two(model, .1, {{"V_th_mV", no_spikes}}, {{"I_syn_inh_pA", 1e-300}});
    EXPECT_EQ(one.variant, 0);
    EXPECT_EQ(two.variant, 1);
    EXPECT_EQ(Cell(model, .1, {{"tau_syn_inh_ms", 3}}).variant, 1);
    for (Cell* cell : {&one, &two}) {
      cell->arrive("exc", 300);
      cell->arrive("inh", -100);
      cell->run_to(1);
      cell->arrive("inh", -50);
      cell->run_to(8);
    }
    EXPECT_NEAR(one.V(), two.V(), 1e-12) << model;
    EXPECT_EQ(one.state("I_syn_inh_pA"), 0);
    EXPECT_LT(two.state("I_syn_inh_pA"), -1);
  }
}

TEST(Lif, CurrentsGoOnWhileTheCellIsRefractory) {
  for (const char* model : current_models) {
    Cell cell(model, .1, {}, {{"V_m_mV", 0}, {"I_syn_exc_pA", 100}});
    cell.step();
    cell.run_to(1);
    EXPECT_EQ(cell.V(), -70);
    EXPECT_NEAR(cell.state("I_syn_exc_pA"), 100 * std::exp(-.5), 1e-10);
  }
}

TEST(LifDelta, LosesWhatArrivesWhileRefractoryButNotInTheFirstFreeStep) {
  for (int n = 1; n <= 23; ++n) {
    Cell cell("lif_delta", .1, {}, {{"V_m_mV", 0}});
    cell.step();  // spike of step 1; steps 2 .. 21 are held
    for (int k = 1; k < n; ++k) cell.step();
    cell.arrive("delta", 5);
    cell.step();
    EXPECT_NEAR(cell.V(), n <= 20 ? -70 : -65, 1e-12) << n;
  }
}

TEST(LifDelta, AJumpOverTheThresholdSpikesInItsStep) {
  Cell cell("lif_delta", .1);
  cell.arrive("delta", 15);
  EXPECT_TRUE(cell.step());
  cell.run_to(3);
  cell.arrive("delta", 14.99);
  EXPECT_FALSE(cell.step());
}

// --- conductances ---------------------------------------------------------------------------------------------------

/// From rest at E_L without current the first step leaves V, so V is that of a start at E_L.
double conductance_from_rest(double h, double t) {
  Cell cell("lif_cond_exp", h, {{"tau_syn_exc_ms", 3}, {"tau_syn_inh_ms", 5}, {"V_th_mV", no_spikes}});
  cell.arrive("exc", 40);
  cell.arrive("inh", 60);
  cell.step();
  for (std::int64_t n = 0, steps = std::llround(t / h); n < steps; ++n) cell.step(100);
  return cell.V();
}

/// The same by Runge-Kutta with a step so small that its error vanishes.
double conductance_truth(double t) {
  const int n = 40000;
  const double h = t / n;
  const auto slope = [](double at, double V) {
    const double e = 40 * std::exp(-at / 3), i = 60 * std::exp(-at / 5);
    return (-25 * (V + 70) - e * V - i * (V + 80) + 100) / 250;
  };
  double V = -70;
  for (int k = 0; k < n; ++k) {
    const double at = k * h, k1 = slope(at, V), k2 = slope(at + h / 2, V + h / 2 * k1), k3 = slope(at + h / 2, V + h / 2 * k2),
                 k4 = slope(at + h, V + h * k3);
    V += h / 6 * (k1 + 2 * k2 + 2 * k3 + k4);
  }
  return V;
}

TEST(LifCondExp, IsOfSecondOrder) {
  const double truth = conductance_truth(8);
  const double e1 = std::fabs(conductance_from_rest(.5, 8) - truth), e2 = std::fabs(conductance_from_rest(.25, 8) - truth),
               e3 = std::fabs(conductance_from_rest(.125, 8) - truth);
  EXPECT_NEAR(std::log2(e1 / e2), 2, .1) << e1 << " " << e2 << " " << e3;
  EXPECT_NEAR(std::log2(e2 / e3), 2, .1);
  EXPECT_LT(std::fabs(conductance_from_rest(.1, 8) - truth), 1e-3);
  EXPECT_GT(truth, -69);
}

TEST(LifCondExp, TakesTauOrLeakButNotTwoThatDisagree) {
  EXPECT_DOUBLE_EQ(Cell("lif_cond_exp", .1, {{"C_m_pF", 200}}).parameter("g_L_nS"), 20);
  EXPECT_DOUBLE_EQ(Cell("lif_cond_exp", .1, {{"C_m_pF", 200}, {"tau_m_ms", 20}}).parameter("g_L_nS"), 10);
  EXPECT_DOUBLE_EQ(Cell("lif_cond_exp", .1, {{"C_m_pF", 200}, {"g_L_nS", 10}}).parameter("tau_m_ms"), 20);
  EXPECT_TRUE(Cell("lif_cond_exp", .1, {{"C_m_pF", 200}, {"g_L_nS", 10}, {"tau_m_ms", 20}}).fault.text.empty());
  EXPECT_EQ(Cell("lif_cond_exp", .1, {{"C_m_pF", 200}, {"g_L_nS", 10}, {"tau_m_ms", 21}}).fault.parameter, "g_L_nS");
}

TEST(LifCondExp, SettlesWhereTheConductancesBalance) {
  Cell cell("lif_cond_exp", .1, {{"tau_syn_exc_ms", 1e12}, {"tau_syn_inh_ms", 1e12}, {"V_th_mV", no_spikes}});
  cell.arrive("exc", 10);
  cell.arrive("inh", 40);
  cell.run_to(300);
  EXPECT_NEAR(cell.V(), (25 * -70 + 10 * 0 + 40 * -80) / 75.0, 1e-9);
}

TEST(LifCondExp, StrongInhibitionNeverOvershootsItsReversalPotential) {
  Cell cell("lif_cond_exp", 1, {{"tau_syn_inh_ms", 50}});
  cell.arrive("inh", 1e6);
  for (int n = 0; n < 100; ++n) {
    cell.step();
    EXPECT_GE(cell.V(), -80.0000001);
  }
}

}  // namespace
}  // namespace spikeloom::test
