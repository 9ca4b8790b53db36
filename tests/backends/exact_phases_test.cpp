// Phases of synapses that learn in exact time, against a simulation of one synapse that goes from event to event and keeps
// nothing.
#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>

#include "backends/cpu/cpu.hpp"
#include "backends/reference/reference.hpp"
#include "tests/backends/contract.hpp"

namespace spikeloom::test {
namespace {

/// One synapse of stdp_eligibility, axonal delay 0.31 and dendritic 0.23; `post` fires whenever it is kicked.
const std::vector<double> pre_ms = {1.03, 3.05, 4.4, 6.501, 9.7, 12.25, 15.04, 17.3, 21.75, 24.9},
                          kick_ms = {1.9, 2.71, 5.02, 6.2, 8.33, 11.1, 13.02, 14.64, 18.02, 20.0, 25.55};
/// Pulses: at a border that starts anew (8), at one that only stops learning (4), within a stretch without learning (5),
/// elsewhere.
const std::vector<std::pair<double, double>> pulses = {{2.2, 1}, {4, 0.7},    {5, 2},     {7.125, -0.4},
                                                       {8, 0.9}, {15.5, 1.2}, {23.1, 0.8}};
struct Stretch {
  double from, to;
  bool learns, anew;
};
const std::vector<Stretch> stretches = {{0, 4, true, false},   {4, 6, false, false},  {6, 8, true, false},
                                        {8, 14, true, true},   {14, 17, false, true}, {17, 20, false, true},
                                        {20, 22, true, false}, {22, 30, true, true}};
const char* const phases =
    R"([{"name": "a", "run_ms": 4}, {"name": "b", "run_ms": 2, "plasticity": false}, {"name": "c", "run_ms": 2},
  {"name": "d", "run_ms": 6, "reset": ["state"]}, {"name": "e", "run_ms": 3, "repeat": 2, "plasticity": false, "reset": ["state"]},
  {"name": "f", "run_ms": 2}, {"name": "g", "run_ms": 8, "reset": ["state"]}])";
constexpr double A_plus = 0.11, A_minus = -0.07, tau_plus = 4, tau_minus = 6, tau_e = 5, gain = 3, baseline = 0.05,
                 tau_signal = 3, axonal = 0.31, dendritic = 0.23, w0 = 1.5;

/// Weights and eligibilities right after everything that happens at each of `at_ms`.
std::vector<std::pair<double, double>> naive(bool instant, std::vector<double> at_ms) {
  struct Event {
    double t;
    int kind;  ///< at one time in this order: a spike, a pulse, a look, a border
    double amplitude;
  };
  std::vector<Event> events;
  for (const Stretch& s : stretches) events.push_back({s.from, 4, 0});
  // What is under way when states start anew acts no more: neither a pre that has not reached the synapse nor a post that has
  // not.
  const auto lost = [](double leaves, double acts) {
    return std::ranges::any_of(stretches, [&](const Stretch& s) { return s.anew && leaves <= s.from && s.from < acts; });
  };
  for (const double t : pre_ms)
    if (!lost(t, t + axonal)) events.push_back({t + axonal, 0, 0});
  for (const double t : kick_ms)  // the kick takes 0.1 ms
    if (!lost(t, t + 0.1 + dendritic)) events.push_back({t + 0.1 + dendritic, 1, 0});
  for (const auto& [t, amplitude] : pulses) events.push_back({t, 2, amplitude});
  for (const double t : at_ms) events.push_back({t, 3, 0});
  std::ranges::stable_sort(events, [](const Event& a, const Event& b) { return a.t != b.t ? a.t < b.t : a.kind < b.kind; });
  std::vector<std::pair<double, double>> seen;
  double now = 0, w = w0, c = 0, x = 0, y = 0, m = 0;
  bool learns = true;  // from now on
  for (const Event& event : events) {
    const double d = event.t - now, k = 1 / tau_e + 1 / tau_signal;
    now = event.t;
    if (learns) {
      if (!instant) w += gain * c * m * (1 - std::exp(-k * d)) / k;
      if (!instant) w -= gain * baseline * c * tau_e * (1 - std::exp(-d / tau_e));
    }
    c *= std::exp(-d / tau_e), m *= std::exp(-d / tau_signal), x *= std::exp(-d / tau_plus), y *= std::exp(-d / tau_minus);
    if (event.kind == 0) {
      if (learns) c += A_minus * y;
      x += 1;
    } else if (event.kind == 1) {
      if (learns) c += A_plus * x;
      y += 1;
    } else if (event.kind == 2) {
      m += event.amplitude;
      if (instant && learns) w += gain * event.amplitude * c;
    } else if (event.kind == 3) {
      seen.emplace_back(w, c);
    } else {
      const auto at = std::ranges::find(stretches, event.t, &Stretch::from);
      learns = at->learns;
      if (at->anew) c = x = y = 0;
    }
  }
  return seen;
}

const std::vector<double> looks = {1.5, 3.999, 4, 5.5, 6.3, 7.99, 8, 8.5, 13.7, 14, 16, 17.1, 20, 21.9, 22, 22.05, 28.5, 30};

std::vector<std::pair<double, double>> simulated(const Backend& backend, bool instant, double step_ms) {
  std::string pulse, times, kicks, at;
  for (const auto& [t, amplitude] : pulses)
    pulse += (pulse.empty() ? "[" : ", [") + std::to_string(t) + ", " + std::to_string(amplitude) + "]";
  for (const double t : pre_ms) times += (times.empty() ? "" : ", ") + std::to_string(t);
  for (const double t : kick_ms) kicks += (kicks.empty() ? "" : ", ") + std::to_string(t);
  for (const double t : looks) at += (at.empty() ? "" : ", ") + std::to_string(t);
  const std::string text =
      R"({"spikeloom": 1, "run": {"step_ms": )" + std::to_string(step_ms) + R"(, "min_delay_ms": 0.05}, "phases": )" + phases +
      R"(, "populations": {"post": {"size": 1, "model": "lif_delta", "update": "exact", "parameters": {"t_ref_ms": 0}}},
      "inputs": {"pre": {"spikes": {"times_ms": [[)" +
      times + R"(]]}}, "kick": {"spikes": {"times_ms": [[)" + kicks +
      R"(]]}, "to": "post", "weight": 1000, "delay_ms": 0.1}},
      "signals": {"m": {)" +
      (instant ? R"("instant": {"pulses": [)" : R"("decay": {"tau_ms": 3, "pulses": [)") + pulse + R"(]}}},
      "projections": [{"from": "pre", "to": "post", "connect": "one_to_one", "weight": 1.5, "delay_ms": {"axonal_ms": 0.31, "dendritic_ms": 0.23},
        "plasticity": {"rule": "stdp_eligibility", "A_plus": 0.11, "A_minus": -0.07, "tau_plus_ms": 4, "tau_minus_ms": 6, "tau_e_ms": 5,
                       "gain": 3, "baseline": )" +
      (instant ? "0" : "0.05") + R"(, "w_min": -100, "w_max": 100, "signal": "m"}}],
      "probes": [{"weights": "pre->post", "states": ["eligibility"], "at_ms": [)" +
      at + "]}, {\"spikes\": \"post\"}]}";
  const auto network = testing::network_of(text);
  const auto session = backend.open(network, {});
  session->advance_to(network->duration_steps);
  const Recording recording = session->recording();
  EXPECT_EQ(recording.spike_trains.at(0).time_ms.size(), kick_ms.size());
  std::vector<std::pair<double, double>> seen;
  for (const auto& snapshot : recording.weights) seen.emplace_back(snapshot.weight.at(0), snapshot.values.at(0).at(0));
  return seen;
}

TEST(ExactPhases, OneSynapseIsTheSimulationThatKeepsNothing) {
  for (const bool instant : {false, true})
    for (const double step_ms : {0.1, 0.5, 1.0, 0.01}) {
      const auto expected = naive(instant, looks);
      for (const auto* backend : {"reference", "cpu"}) {
        const auto found = simulated(backend == std::string("cpu") ? *cpu_backend() : *reference_backend(), instant, step_ms);
        ASSERT_EQ(found.size(), expected.size());
        for (std::size_t k = 0; k < found.size(); ++k) {
          EXPECT_NEAR(found[k].first, expected[k].first, 1e-12)
              << backend << " weight at " << looks[k] << " step " << step_ms << instant;
          EXPECT_NEAR(found[k].second, expected[k].second, 1e-12)
              << backend << " eligibility at " << looks[k] << " step " << step_ms;
        }
      }
    }
}

TEST(Phases, APulseAtTheEndOfATrialActsWhateverItsClock) {
  const auto weights = [](const Backend& backend, const std::string& pulses, const std::string& clock) {
    const auto network = testing::network_of(R"({"spikeloom": 1, "run": {"step_ms": 1},
      "populations": {"T": {"size": 1, "model": "lif_delta"}}, "inputs": {"a": {"spikes": {"times_ms": [[10]]}}},
      "signals": {"reward": {"instant": {"pulses": [)" +
                                             pulses + R"(]}, "clock": ")" + clock + R"("}},
      "phases": [{"name": "trial", "run_ms": 25, "repeat": 3}],
      "projections": [{"from": "a", "to": "T", "connect": "all_to_all", "weight": 1, "delay_ms": 1,
        "plasticity": {"rule": "pre_eligibility", "signal": "reward", "tau_e_ms": 1000, "w_bound": 100}}],
      "probes": [{"weights": "a->T", "at_ms": [25, 26, 50, 51, 75]}]})");
    const auto session = backend.open(network, {});
    session->advance_to(network->duration_steps);
    std::vector<double> seen;
    for (const auto& snapshot : session->recording().weights) seen.push_back(snapshot.weight.at(0));
    return seen;
  };
  for (const auto& backend : {reference_backend(), cpu_backend()}) {
    const auto by_run = weights(*backend, "[25, 1], [50, 1], [75, 1]", "run");
    EXPECT_EQ(weights(*backend, "[25, 1]", "phase"), by_run) << backend->name();
    EXPECT_GT(by_run[1], 1.5);
    EXPECT_GT(by_run[3], by_run[1] + 0.5);
  }
}

}  // namespace
}  // namespace spikeloom::test
