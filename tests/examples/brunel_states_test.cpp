// The four states of Brunel's network (2000) at the published points, told apart by how regularly cells fire and how the
// population's rate fluctuates and oscillates.
#include <gtest/gtest.h>

#include <cmath>
#include <numbers>

#include "analysis/statistics.hpp"
#include "backends/cpu/cpu.hpp"
#include "core/network_json.hpp"
#include "models/models.hpp"
#include "tests/house/files.hpp"

namespace spikeloom {
namespace {

struct State {
  double rate_hz = 0, cv = 0;
  double fano = 0;       ///< of the spikes of all excitatory cells within a millisecond
  double rhythm_hz = 0;  ///< where the spectrum of these counts, over 9 Hz, is highest
};

double power(const std::vector<double>& counts, double mean, double frequency_hz) {
  double re = 0, im = 0;
  for (std::size_t t = 0; t < counts.size(); ++t) {
    const double phase = 2 * std::numbers::pi * frequency_hz * static_cast<double>(t) / 1000;
    re += (counts[t] - mean) * std::cos(phase);
    im += (counts[t] - mean) * std::sin(phase);
  }
  return re * re + im * im;
}

double rhythm_of(const std::vector<double>& counts) {
  const double mean_count = mean(counts);
  std::vector<double> spectrum(401);
  for (int f = 1; f <= 400; ++f) spectrum[static_cast<std::size_t>(f)] = power(counts, mean_count, f);
  int best = 9;
  double highest = 0;
  for (int f = 9; f <= 396; ++f) {
    double around = 0;
    for (int k = -4; k <= 4; ++k) around += spectrum[static_cast<std::size_t>(f + k)];
    if (around > highest) {
      highest = around;
      best = f;
    }
  }
  return best;
}

State state_at(double g, double eta, double duration_ms, double reset_mV = 10) {
  Network network = read_network((house::source / "examples/balanced/brunel.json").string());
  network.parameters.at("g") = g;
  network.parameters.at("eta") = eta;
  network.run.duration_ms = 300 + duration_ms;
  network.run.precision = Precision::single_;
  for (const char* name : {"E", "I"})
    std::get<Population>(network.graph()[*network.find(name)].what).parameters.at("V_reset_mV") = reset_mV;
  network.probe_spikes("E");
  const auto session = cpu_backend()->open(compile(network, builtin_models()), {});
  session->advance_to(session->network().duration_steps);
  const Recording recording = session->recording();
  State state;
  state.rate_hz = recording.populations.at(0).rate_hz;
  state.cv = recording.populations.at(0).cv_isi;
  const std::vector<double> counts =
      population_counts(trains_of(recording.spike_trains.at(0), 10000), {300, 300 + duration_ms}, 1);
  state.fano = fano_factor(counts).value();
  state.rhythm_hz = rhythm_of(counts);
  std::printf("g %g eta %g: %.2f Hz, CV %.4f, Fano factor %.1f, rhythm %g Hz\n", g, eta, state.rate_hz, state.cv, state.fano,
              state.rhythm_hz);
  return state;
}

TEST(BrunelStates, RatesRhythmsAndIrregularityAreThoseOfThePhaseDiagram) {
  const State locked = state_at(3, 2, 100), calm = state_at(5, 2, 1000), fast = state_at(6, 4, 1000),
              slow = state_at(4.5, .9, 1000);

  EXPECT_NEAR(locked.rate_hz, 333, .05 * 333);
  EXPECT_NEAR(calm.rate_hz, 37.4, .05 * 37.4);
  EXPECT_NEAR(fast.rate_hz, 58.4, .05 * 58.4);
  EXPECT_NEAR(fast.rhythm_hz, 180, 6);
  EXPECT_NEAR(slow.rhythm_hz, 22, 6);

  EXPECT_LT(locked.cv, .01);
  EXPECT_GT(calm.cv, .3);
  EXPECT_GT(fast.cv, .3);
  EXPECT_GT(slow.cv, .4);

  EXPECT_LT(calm.fano * 1.5, slow.fano);
  EXPECT_LT(slow.fano * 1.5, fast.fano);
  EXPECT_LT(fast.fano * 1.5, locked.fano);
}

TEST(BrunelStates, AResetToRestFiresAsTheoryAndPilotRunsSay) {
  EXPECT_NEAR(state_at(5, 2, 1000, 0).rate_hz, 32.05, .03 * 32.05);  // theory 32.033
}

}  // namespace
}  // namespace spikeloom
