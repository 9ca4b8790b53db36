// Exact cells whose parameters and gains follow signals: against equations solved in small steps, and every way of running alike.
#include <gtest/gtest.h>

#include <cmath>
#include <functional>

#include "backends/cpu/cpu.hpp"
#include "backends/reference/reference.hpp"
#include "tests/backends/contract.hpp"

namespace spikeloom::test {
namespace {

using testing::broken;
using testing::Contract;
using testing::network_of;
using testing::Outcome;

/// What the signals "slow" and "fast" are from time t on: they change at whole and half milliseconds.
double slow(double t) { return t < 7 ? 0 : t < 15 ? 1 : t < 22.5 ? -0.5 : 0.6; }
double fast(double t) { return t < 3.5 ? 0 : t < 9 ? 0.8 : t < 10.5 ? -0.9 : t < 18 ? 0.3 : t < 27 ? -0.4 : 1; }
const char* const signals = R"("signals": {"slow": {"steps": [[0, 0], [7, 1], [15, -0.5], [22.5, 0.6]]},
  "fast": {"steps": [[0, 0], [3.5, 0.8], [9, -0.9], [10.5, 0.3], [18, -0.4], [27, 1]]}})";
const std::vector<double> kicks_ms = {1.23,  2.9,  4.75,  6.15, 8.3,   9.71,  10.2, 11.77, 13.9,
                                      16.03, 17.2, 19.95, 21.5, 23.23, 25.17, 28.8, 29.4,  33.65};

/// A cell in the plainest form: its states, and at time t their rates, where it fires, what a kick and a spike do.
struct Plain {
  std::vector<double> y;
  std::function<void(double t, const std::vector<double>& y, std::vector<double>& rate)> rates;
  std::function<double(double t)> threshold;
  std::function<void(double t, std::vector<double>&y)> kick, spike;
  std::function<double(double t)> t_ref = [](double) { return 0.0; };
};

/// Runge and Kutta in steps of 2^-13 ms that end at kicks, borders and ends of refractory times; `y[0]` is the potential.
std::vector<double> solved(Plain cell, double end) {
  std::vector<double> stops, spikes;
  for (const double t : kicks_ms) stops.push_back(t + 0.4);
  for (double t = 0.5; t <= end; t += 0.5) stops.push_back(t);
  std::ranges::sort(stops);
  double t = 0, release = -1;
  std::size_t next = 0;
  const auto moved = [&](const std::vector<double>& y, double h) {
    const std::size_t n = y.size();
    std::vector<double> k[4], at = y, out = y;
    const double part[] = {0, 0.5, 0.5, 1}, weight[] = {1, 2, 2, 1};
    for (int s = 0; s < 4; ++s) {
      for (std::size_t i = 0; i < n; ++i) at[i] = y[i] + (s == 0 ? 0 : part[s] * h * k[s - 1][i]);
      k[s].resize(n);
      cell.rates(t, at, k[s]);  // the signals stand still within a stretch
      if (release > t) k[s][0] = 0;
      for (std::size_t i = 0; i < n; ++i) out[i] += h * weight[s] * k[s][i] / 6;
    }
    return out;
  };
  const auto fire = [&] {
    cell.spike(t, cell.y);
    spikes.push_back(t);
    release = t + cell.t_ref(t);
  };
  while (t < end) {
    double until = std::min(next < stops.size() ? stops[next] : end, end);
    if (release > t) until = std::min(until, release);
    const double h = std::min(0x1p-13, until - t);
    const auto after = moved(cell.y, h);
    const bool free = release <= t;
    if (free && after[0] >= cell.threshold(t)) {
      double low = 0, high = h;
      for (int i = 0; i < 60; ++i) (moved(cell.y, 0.5 * (low + high))[0] >= cell.threshold(t) ? high : low) = 0.5 * (low + high);
      cell.y = moved(cell.y, high);
      t += high;
      fire();
      continue;
    }
    cell.y = after;
    t = h == until - t ? until : t + h;
    if (next < stops.size() && t == stops[next]) {
      const double before = std::nextafter(t, 0);  // an arrival at a border meets the gain of before; there is none here
      if (std::ranges::any_of(kicks_ms, [&](double k) { return k + 0.4 == t; })) cell.kick(before, cell.y);
      ++next;
      if (release <= t && cell.y[0] >= cell.threshold(t)) fire();
    }
  }
  return spikes;
}

std::vector<double> simulated(const std::string& population, const std::string& modulation, double weight, double step_ms,
                              const Backend& backend) {
  std::string kicks;
  for (const double t : kicks_ms) kicks += (kicks.empty() ? "" : ", ") + std::to_string(t);
  const auto network = network_of(
      R"({"spikeloom": 1, "run": {"duration_ms": 40, "step_ms": )" + std::to_string(step_ms) +
      R"(}, "populations": {"A": {"size": 1, "update": "exact", )" + population + "}}, " + signals +
      R"(, "inputs": {"kick": {"spikes": {"times_ms": [[)" + kicks +
      R"(]]}}}, "projections": [{"from": "kick", "to": "A", "name": "kicks", "connect": "one_to_one", )" +
      (population.find("lif_delta") != std::string::npos ? "" : R"("receptor": "exc", )") + R"("delay_ms": 0.4, "weight": )" +
      std::to_string(weight) + R"(}], "modulation": [)" + modulation + R"(], "probes": [{"spikes": "A"}]})");
  const auto session = backend.open(network, {});
  session->advance_to(network->duration_steps);
  return session->recording().spike_trains.at(0).time_ms;
}

std::string by(const std::string& signal, const std::string& target, const std::string& scale, const std::string& to = "A") {
  return R"({"signal": ")" + signal + R"(", "to": ")" + to + R"(", "target": ")" + target + R"(", "scale": )" + scale + "}";
}

void expect_solved(const std::string& what, const std::string& population, const std::string& modulation, double weight,
                   const Plain& cell, std::size_t at_least, double tolerance_ms = 2e-9) {
  const auto expected = solved(cell, 40);
  ASSERT_GE(expected.size(), at_least) << what;
  for (const double step_ms : {0.1, 0.5})
    for (const bool cpu : {false, true}) {
      const auto found = simulated(population, modulation, weight, step_ms, cpu ? *cpu_backend() : *reference_backend());
      ASSERT_EQ(found.size(), expected.size()) << what << (cpu ? " cpu" : " reference") << step_ms;
      for (std::size_t k = 0; k < found.size(); ++k)
        EXPECT_NEAR(found[k], expected[k], tolerance_ms) << what << " spike " << k << step_ms;
    }
}

/// Of the usual cell: C 250 pF, tau_m 10, E_L and reset -70, threshold -55, t_ref 2, tau_syn_exc 2.
Plain leaky(double weight, bool kicks_V = false) {
  Plain cell;
  cell.y = {-70, 0};
  cell.rates = [](double, const std::vector<double>& y, std::vector<double>& rate) {
    rate[0] = -(y[0] + 70) / 10 + (y[1] + 380) / 250, rate[1] = -y[1] / 2;
  };
  cell.threshold = [](double) { return -55.0; };
  cell.kick = [=](double, std::vector<double>& y) { y[kicks_V ? 0 : 1] += weight; };
  cell.spike = [](double, std::vector<double>& y) { y[0] = -70; };
  cell.t_ref = [](double) { return 2.0; };
  return cell;
}

const std::string lif_exp = R"("model": "lif_exp", "parameters": {"I_e_pA": 380, "tau_syn_inh_ms": 5})";

TEST(ExactModulation, TheBiasOfALeakyCellFollowsASignal) {
  Plain cell = leaky(300);
  cell.rates = [](double t, const std::vector<double>& y, std::vector<double>& rate) {
    rate[0] = -(y[0] + 70) / 10 + (y[1] + 380 + 100 * fast(t)) / 250, rate[1] = -y[1] / 2;
  };
  expect_solved("bias", lif_exp, by("fast", "I_e_pA", "100"), 300, cell, 3);
}

TEST(ExactModulation, AThresholdThatFallsBelowThePotentialIsReachedAtTheBorder) {
  Plain cell = leaky(300);
  cell.threshold = [](double t) { return -55 - 6 * slow(t); };
  expect_solved("threshold", lif_exp, by("slow", "V_th_mV", "-6"), 300, cell, 3);
  const auto spikes = simulated(lif_exp, by("slow", "V_th_mV", "-12"), 80, 0.1, *cpu_backend());
  ASSERT_FALSE(spikes.empty());
  EXPECT_NEAR(spikes[0], 7, 1e-12);
}

TEST(ExactModulation, TimeConstantsResetAndRefractoryTimeFollowSignals) {
  Plain cell = leaky(300);
  cell.rates = [](double t, const std::vector<double>& y, std::vector<double>& rate) {
    const double tau_m = 10 + 5 * slow(t);  // the resistance tau_m / C moves with it
    rate[0] = -(y[0] + 70) / tau_m + (y[1] + 380) / 250, rate[1] = -y[1] / (2 + fast(t));
  };
  cell.spike = [](double t, std::vector<double>& y) { y[0] = -70 + 4 * fast(t); };
  cell.t_ref = [](double t) { return 2 + slow(t); };
  expect_solved("times", lif_exp,
                by("slow", "tau_m_ms", "5") + ", " + by("fast", "tau_syn_exc_ms", "1") + ", " + by("fast", "V_reset_mV", "4") +
                    ", " + by("slow", "t_ref_ms", "1"),
                300, cell, 3);
}

TEST(ExactModulation, GainsWorkOnWhatArrivesWhileTheyLast) {
  Plain cell = leaky(0);
  cell.kick = [](double t, std::vector<double>& y) { y[1] += 400 * (1 + 0.7 * fast(t)); };
  expect_solved("gain", lif_exp, by("fast", "gain", "0.7"), 400, cell, 3);
  expect_solved("gain of the projection", lif_exp, by("fast", "gain", "0.7", "kicks"), 400, cell, 3);
  cell.kick = [](double t, std::vector<double>& y) { y[1] += 400 * (1 + 0.7 * fast(t)) * (1 - 0.5 * slow(t)); };
  expect_solved("both gains", lif_exp, by("fast", "gain", "0.7", "kicks") + ", " + by("slow", "gain", "-0.5"), 400, cell, 3);
}

TEST(ExactModulation, DeltaAndConductanceCellsFollowToo) {
  Plain delta = leaky(0, true);
  delta.rates = [](double t, const std::vector<double>& y, std::vector<double>& rate) {
    rate[0] = -(y[0] + 70) / 10 + (380 + 40 * fast(t)) / 250, rate[1] = 0;
  };
  delta.threshold = [](double t) { return -55 - 3 * slow(t); };
  delta.kick = [](double t, std::vector<double>& y) { y[0] += 2.5 * (1 + fast(t)); };
  delta.t_ref = [](double) { return 0.0; };
  expect_solved("delta", R"("model": "lif_delta", "parameters": {"I_e_pA": 380, "t_ref_ms": 0})",
                by("fast", "I_e_pA", "40") + ", " + by("slow", "V_th_mV", "-3") + ", " + by("fast", "gain", "1"), 2.5, delta, 3);
  Plain conductance = leaky(0);
  conductance.rates = [](double t, const std::vector<double>& y, std::vector<double>& rate) {
    rate[0] = (16.7 * (-70 - y[0]) + y[1] * (0 - y[0]) + 200 + 90 * fast(t)) / 250, rate[1] = -y[1] / 2;
  };
  conductance.threshold = [](double t) { return -57 - 3 * slow(t); };
  conductance.kick = [](double t, std::vector<double>& y) { y[1] += 15 * (1 + 0.5 * fast(t)); };
  expect_solved(
      "conductance",
      R"("model": "lif_cond_exp", "tolerance_ms": 1e-6, "parameters": {"I_e_pA": 200, "C_m_pF": 250, "g_L_nS": 16.7, "E_L_mV": -70,
                   "E_exc_mV": 0, "V_th_mV": -57, "V_reset_mV": -70, "t_ref_ms": 2, "tau_syn_exc_ms": 2})",
      by("fast", "I_e_pA", "90") + ", " + by("slow", "V_th_mV", "-3") + ", " + by("fast", "gain", "0.5", "kicks"), 15,
      conductance, 3, 2e-7);
}

TEST(ExactModulation, AnIzhikevichCellFollowsToo) {
  Plain cell;
  cell.y = {-65, -13, 0};
  cell.rates = [](double t, const std::vector<double>& y, std::vector<double>& rate) {
    rate[0] = 0.04 * y[0] * y[0] + 5 * y[0] + 140 - y[1] + 8 + 4 * fast(t) + y[2];
    rate[1] = (0.02 + 0.01 * slow(t)) * (0.2 * y[0] - y[1]), rate[2] = -y[2] / 3;
  };
  cell.threshold = [](double t) { return 30 - 10 * slow(t); };
  cell.kick = [](double t, std::vector<double>& y) { y[2] += 5 * (1 + 0.5 * slow(t)); };
  cell.spike = [](double t, std::vector<double>& y) { y[0] = -65, y[1] += 8 - 2 * fast(t); };
  expect_solved("izhikevich",
                R"("model": "izhikevich", "tolerance_ms": 1e-6, "initial": {"v_mV": -65, "u": -13},
                   "parameters": {"a": 0.02, "b": 0.2, "c": -65, "d": 8, "I_e": 8, "tau_syn_exc_ms": 3})",
                by("fast", "I_e", "4") + ", " + by("slow", "a", "0.01") + ", " + by("slow", "V_peak_mV", "-10") + ", " +
                    by("fast", "d", "-2") + ", " + by("slow", "gain", "0.5"),
                5, cell, 3, 1e-6);
}

/// Every kind of modulation at once, of exact cells beside stepped ones (or alone), by signals that read spikes, by one value for
/// each cell and by the caller.
std::string everything(const std::string& model, bool alone) {
  const bool delta = model == "lif_delta", izhikevich = model == "izhikevich";
  const std::string w = delta ? "0.6" : izhikevich ? "1.5" : model == "lif_cond_exp" ? "2" : "60";
  const std::string threshold = izhikevich ? "V_peak_mV" : "V_th_mV", bias = izhikevich ? "I_e" : "I_e_pA",
                    large = izhikevich ? "4" : "250",
                    some = izhikevich ? R"("I_e": 6, "tau_syn_exc_ms": 3, "tau_syn_inh_ms": 3)" : R"("I_e_pA": 300)";
  return R"({"spikeloom": 1, "run": {"duration_ms": 30, "min_delay_ms": 0.05, "seed": 4},
    "populations": {
      "A": {"size": 130, "model": ")" +
         model + R"(", "update": "exact", "parameters": {)" + some + R"(}},
      "B": {"size": 64, "model": ")" +
         model + R"(", "update": "exact", "parameters": {)" + some + R"(}},
      "C": {"size": )" +
         (alone ? "0" : "70") + R"(, "model": "lif_exp", "parameters": {"I_e_pA": {"uniform": [380, 600]}}}},
    "inputs": {"noise": {"poisson": {"rate_hz": 400}, "size": 30}, "caller": {"external": 3},
               "private": {"poisson": {"rate_hz": 300}, "to": "B", "weight": )" +
         w + R"(, "delay_ms": 0.3},
               "ramp": {"current": {"value": {"ramp": [{"from_ms": 3, "to_ms": 12, "start": 0, "slope": )" +
         (izhikevich ? "0.2" : "8") + R"(}]}}, "to": "A[0:20]"}},
    "signals": {"rate": {"rate_of": "A", "tau_ms": 5}, "each": {"trace_of": "B", "tau_ms": 4},
                "drive": {"decay": {"tau_ms": 6, "driven_by": "noise", "jump": 0.03}}, "given": {"external": 1}},
    "modulation": [
      {"signal": "rate", "to": "A", "target": ")" +
         bias + R"(", "scale": )" + (izhikevich ? "-0.01" : "-0.5") + R"(},
      {"signal": "given", "to": "A", "target": ")" +
         threshold + R"(", "scale": -4},
      {"signal": "each", "to": "B", "target": ")" +
         threshold + R"(", "scale": 1.5},
      {"signal": "each", "to": "B", "target": "gain", "scale": 0.2},
      {"signal": "drive", "to": "B", "target": ")" +
         bias + R"(", "scale": )" + large + R"(},
      {"signal": "given", "to": "learns", "target": "gain", "scale": 0.5},
      {"signal": "drive", "to": "plain", "target": "gain", "scale": 0.4},
      {"signal": "drive", "to": "A", "target": "gain", "scale": 0.3}],
    "projections": [
      {"from": "noise", "to": "A", "name": "plain", "connect": {"fixed_in_degree": 6}, "weight": )" +
         w + R"(, "delay_ms": {"uniform": [0.05, 2]}},
      {"from": "A", "to": "B", "connect": {"fixed_in_degree": 8}, "weight": )" +
         w + R"(, "delay_ms": {"uniform": [0.05, 2]}},
      {"from": "caller", "to": "A", "connect": "all_to_all", "weight": )" +
         w + R"(, "delay_ms": 0.4},
      {"from": "C", "to": "A", "connect": {"fixed_probability": 0.05}, "weight": )" +
         w + R"(, "delay_ms": 0.7},
      {"from": "B", "to": "A", "name": "learns", "connect": {"fixed_in_degree": 8}, "weight": )" +
         w + R"(, "delay_ms": {"uniform": [0.05, 2]},
       "plasticity": {"rule": "stdp_pair", "A_plus": )" +
         (delta ? "0.02" : "1") + R"(, "A_minus": )" + (delta ? "-0.02" : "-1") + R"(, "w_max": )" + (delta ? "3" : "90") +
         R"(}}],
    "probes": [{"spikes": "A"}, {"spikes": "B"}, {"state": ")" +
         (izhikevich ? "v_mV" : "V_m_mV") + R"(", "of": "A[0:9]", "at_ms": [1, 3.14159, 17.5]},
               {"signal": "each", "every_ms": 1}]})";
}

TEST(ExactModulationThreads, EveryWayOfRunningAgrees) {
  for (const std::string model : {"lif_delta", "lif_exp", "lif_alpha", "lif_cond_exp", "izhikevich"})
    for (const bool alone : {false, true}) {
      if (alone && model != "lif_exp") continue;
      Contract contract{network_of(everything(model, alone)), {}, {1, 2, 3, 7}, {""}, {1, 2, 77, 150, 151}, {0, 5, 77, 150, 233}};
      if (model != "lif_exp") contract.threads = {2}, contract.stops = {77}, contract.checkpoints = {5, 151};
      for (const std::int64_t step : {0, 40, 77, 150})
        contract.actions[step] = [step](Session& session) {
          session.set_signal("given", std::vector<double>{0.01 * static_cast<double>(step)});
          const std::uint32_t cells[] = {0, 2};
          session.emit("caller", cells);
        };
      Outcome expected;
      EXPECT_EQ(broken(contract, &expected), "") << model << alone;
      EXPECT_EQ(expected.error, "") << model;
      EXPECT_GT(expected.hashes.count, 100u) << model;
    }
}

TEST(ExactModulation, AParameterThatLeavesItsRangeStopsEveryBackend) {
  Contract contract{
      network_of(
          R"({"spikeloom": 1, "run": {"duration_ms": 10}, "populations": {"A": {"size": 3, "model": "izhikevich", "update": "exact",
      "parameters": {"tau_syn_exc_ms": 2}}}, "inputs": {"p": {"poisson": {"rate_hz": 10}, "to": "A", "receptor": "exc", "weight": 1, "delay_ms": 1}},
      "signals": {"s": {"steps": [[0, 0], [5, -1]]}}, "modulation": [{"signal": "s", "to": "A", "target": "tau_syn_exc_ms", "scale": 2}]})"),
      {},
      {1, 2},
      {""},
      {3},
      {0}};
  Outcome expected;
  EXPECT_EQ(broken(contract, &expected), "");
  EXPECT_NE(expected.error.find("tau_syn_exc_ms"), std::string::npos) << expected.error;
}

/// A threshold that falls below the potential at a border is reached right after it, in the step that begins there. Whoever hears
/// of it, hears of a spike of that step, whatever the synapse is and wherever its delay lies.
TEST(ExactModulationThreads, ASpikeRightAfterABorderIsOneOfTheNextStepForEveryTarget) {
  for (const auto& [axonal, dendritic] :
       {std::pair{1, 0}, {1, 1}, {0, 2}, {2, 0}, {3, 0}, {0, 3}, {2, 1}, {7, 0}, {0, 7}, {3, 4}}) {
    const std::string d = std::to_string(axonal + dendritic);
    const std::string parts =
        R"({"axonal_ms": )" + std::to_string(axonal) + R"(, "dendritic_ms": )" + std::to_string(dendritic) + "}";
    const std::string text = R"({"spikeloom": 1, "run": {"step_ms": 1, "duration_ms": 16},
      "populations": {"X": {"size": 1, "model": "lif_delta", "update": "exact", "parameters": {"V_th_mV": -60, "V_reset_mV": -90}},
                      "S": {"size": 1, "model": "lif_delta"}, "P": {"size": 1, "model": "lif_delta"},
                      "Z": {"size": 1, "model": "lif_delta", "update": "exact"}},
      "signals": {"s": {"steps": [[0, 0], [5, -15]]}},
      "modulation": [{"signal": "s", "to": "X", "target": "V_th_mV", "scale": 1}],
      "projections": [
        {"from": "X", "to": "S", "connect": "one_to_one", "weight": 1, "delay_ms": )" +
                             d + R"(},
        {"from": "X", "to": "Z", "connect": "one_to_one", "weight": 20, "delay_ms": )" +
                             d + R"(},
        {"from": "Z", "to": "S", "connect": "one_to_one", "weight": 3, "delay_ms": 1},
        {"from": "Z", "to": "P", "connect": "one_to_one", "weight": 3, "delay_ms": 1},
        {"from": "X", "to": "P", "connect": "one_to_one", "weight": 1, "delay_ms": )" +
                             parts + R"(,
         "plasticity": {"rule": "stdp_pair", "A_plus": 0, "A_minus": 0, "w_max": 2}}],
      "probes": [{"state": "V_m_mV", "of": "S", "every_ms": 1}, {"state": "V_m_mV", "of": "P", "every_ms": 1},
                 {"state": "V_m_mV", "of": "Z", "every_ms": 1}, {"spikes": "Z"}]})";
    Outcome expected;
    EXPECT_EQ(broken({network_of(text), {}, {1, 2}, {""}, {}, testing::every_step(16)}, &expected), "") << parts;
    ASSERT_GE(expected.streams.size(), 3u);
    const auto at = [&](const char* name, int ms) {
      for (const auto& stream : expected.streams)
        if (stream.name.find(name) != std::string::npos)
          for (const auto& [time, row] : stream.rows)
            if (time == ms && !row.empty()) return row[0];
      ADD_FAILURE() << "no " << name << " at " << ms;
      return 0.0;
    };
    const int arrival = 6 + axonal + dendritic;
    EXPECT_EQ(at("S", arrival - 1), -70) << parts;
    EXPECT_EQ(at("S", arrival), -69) << parts;
    for (int ms = 0; ms <= 16; ++ms) EXPECT_EQ(at("P", ms), at("S", ms)) << parts << " at " << ms;
    EXPECT_EQ(expected.hashes.count, 2u) << "X and Z, once each";
  }
}

TEST(ExactModulation, AnotherScaleIsAnotherRun) {  // the control: the hashes above could differ
  const auto hashes = [](const std::string& text) {
    const auto session = testing::open(*cpu_backend(), network_of(text), 1);
    session->advance_to(session->network().duration_steps);
    return testing::hashes_of(*session);
  };
  const std::string text = everything("lif_exp", false);
  for (const std::string was :
       {R"("scale": -0.5)", R"("scale": 1.5)", R"("scale": 0.2)", R"("scale": 250)", R"("scale": 0.4)", R"("scale": 0.3)"}) {
    std::string other = text;
    other.replace(other.find(was), was.size(), was + "1");
    EXPECT_NE(hashes(text).states, hashes(other).states) << was;
  }
}

}  // namespace
}  // namespace spikeloom::test
