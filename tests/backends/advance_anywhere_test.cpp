// Where all cells live exactly, a caller may stop, look and act at any time, and leaves no trace of it.
#include <gtest/gtest.h>

#include <cmath>

#include "backends/cpu/cpu.hpp"
#include "backends/reference/reference.hpp"
#include "tests/backends/contract.hpp"

namespace spikeloom::test {
namespace {

using testing::difference;
using testing::network_of;
using testing::open;
using testing::outcome_of;

const char* const everything = R"({"spikeloom": 1, "run": {"seed": 8, "min_delay_ms": 0.05},
  "parameters": {"rest": 0},
  "phases": [{"name": "a", "run_ms": 13}, {"name": "b", "run_ms": 12, "repeat": 2, "reset": ["state"]}],
  "populations": {
    "E": {"size": 150, "model": "lif_exp", "update": "exact", "initial": {"V_m_mV": {"uniform": [-70, -56]}}},
    "I": {"size": 50, "model": "izhikevich", "update": "exact", "parameters": {"tau_syn_exc_ms": 3, "tau_syn_inh_ms": 5}}},
  "inputs": {
    "private": {"poisson": {"rate_hz": [[0, 900], [7.05, 300], [9, 1200]]}, "to": "E", "weight": 140, "delay_ms": 0.37},
    "fibres": {"poisson": {"rate_hz": 60}, "size": 30},
    "listed": {"spikes": {"times_ms": [[0, 0.05, 1.23456, 1.23456], [10.1, 20]]}},
    "given": {"external": 5},
    "table": {"current": {"value": [[0, 10], [2.345, 200], [13, 0]]}, "to": "E[0:75]"},
    "noise": {"current": {"value": {"noise": {"mean": 5, "sd": 3, "every_ms": 0.5}}}, "to": "I"}},
  "signals": {"rate": {"rate_of": "E", "tau_ms": 10}, "told": {"rate_of": "given", "tau_ms": 5}},
  "currents": [{"from": "rate", "to": "E[100:120]", "weight": 0.5}, {"from": "told", "to": "E[120:150]", "weight": 0.5}],
  "projections": [
    {"name": "learns", "from": "E", "to": "E", "connect": {"fixed_probability": 0.1}, "weight": 60, "delay_ms": {"axonal_ms": {"uniform": [0.05, 3]}, "dendritic_ms": 0.3},
     "plasticity": {"rule": "stdp_pair", "A_plus": 0.05, "A_minus": -0.06, "w_max": 120}},
    {"from": "E", "to": "I", "connect": {"fixed_probability": 0.1}, "weight": 2, "delay_ms": {"uniform": [0.05, 3]}},
    {"from": "I", "to": "E", "connect": {"fixed_probability": 0.1}, "weight": -80, "delay_ms": {"uniform": [0.05, 3]}},
    {"from": "fibres", "to": "E", "connect": {"fixed_probability": 0.2}, "weight": 150, "delay_ms": 0.123},
    {"from": "listed", "to": "E", "connect": "all_to_all", "weight": 500, "delay_ms": 0.5},
    {"from": "given", "to": "E", "connect": "all_to_all", "weight": 120, "delay_ms": 0.05}],
  "probes": [{"spikes": "E"}, {"spikes": "I"}, {"spikes": "fibres"}, {"spikes": "listed"}, {"spikes": "given"},
    {"signal": "rate", "every_ms": 1}, {"signal": "told", "every_ms": 0.5}, {"weights": "learns", "every_ms": 5},
    {"state": "V_m_mV", "of": "E", "at_ms": [0.05, 3.14159, 20.2]}, {"state": "v_mV", "of": "I", "every_ms": 2.5}]})";

/// Spikes that the caller gives: at these times, some between two steps.
constexpr double given_ms[] = {0.0, 0.07, 4.5, 4.56789, 4.5999, 21.0301};
constexpr std::uint32_t given_cell[] = {1, 0, 2, 3, 2, 4};

/// On to a time; steps and offsets add up as decimals do.
void advance_to_ms(Session& session, double ms) {
  const TimeGrid grid(session.network().step_ms);
  session.advance(grid.ms_of(grid.difference(grid.exact(ms), session.time())));
}

TEST(AdvanceAnywhereThreads, CutsBetweenStepsKeepEveryBit) {
  const auto network = network_of(everything);
  const auto whole = open(*reference_backend(), network, 1);
  whole->emit_at("given", given_cell, given_ms);
  whole->advance_to(network->duration_steps);
  const auto expected = outcome_of(*whole);
  EXPECT_GT(expected.hashes.count, 500u);
  for (const int threads : {0, 1, 2, 3}) {
    const auto session = threads == 0 ? open(*reference_backend(), network, 1) : open(*cpu_backend(), network, threads);
    std::size_t next = 0;
    double by = 0.03;
    while (session->step() < network->duration_steps) {
      const double end = network->ms_of(network->duration_steps), now = TimeGrid(network->step_ms).ms_of(session->time());
      double target = std::min(end, std::round(1e6 * (now + by)) / 1e6);
      if (next < std::size(given_ms) && given_ms[next] <= target) target = given_ms[next];
      if (target > now) advance_to_ms(*session, target);
      for (; next < std::size(given_ms) && given_ms[next] == target; ++next)
        session->emit("given", std::span(&given_cell[next], 1));
      by = by > 1 ? 0.0001 : by * 1.7;
    }
    EXPECT_EQ(session->time().offset_ms, 0);
    EXPECT_EQ(next, std::size(given_ms));
    EXPECT_EQ(difference(expected, outcome_of(*session)), "") << threads << " threads (0: reference)";
  }
}

TEST(AdvanceAnywhere, WhatIsSeenIsOfThatTime) {
  const auto network = network_of(everything);
  const auto whole = open(*cpu_backend(), network, 1);
  whole->advance(20);
  const Recording all = whole->recording();
  for (const auto backend : {reference_backend, cpu_backend}) {
    const auto session = open(*backend(), network, 1);
    session->advance(3.14159);
    EXPECT_DOUBLE_EQ(TimeGrid(0.1).ms_of(session->time()), 3.14159);
    const Recording seen = session->recording();
    EXPECT_DOUBLE_EQ(seen.duration_ms, 3.14159);
    const auto probe = std::ranges::find(all.state_traces, "E", &StateTrace::population);
    const auto states = session->state("E", "V_m_mV");
    for (std::size_t i = 0; i < states.size(); ++i) EXPECT_EQ(states[i], probe->values[0][states.size() + i]) << i;
    std::size_t until = 0;
    for (const double t : all.spike_trains[0].time_ms) until += t <= 3.14159;
    EXPECT_EQ(seen.spike_trains[0].time_ms.size(), until);
    EXPECT_GT(until, 0u);
  }
}

TEST(AdvanceAnywhere, AStateSetBetweenStepsActsFromThereOn) {
  const auto network = network_of(everything);
  std::vector<std::string> spikes;
  for (const auto backend : {reference_backend, cpu_backend})
    for (const double at : {5.0501, 5.0502}) {
      const auto session = open(*backend(), network, 2);
      session->advance(at);
      auto V = session->state("E", "V_m_mV");
      V[7] = -50.0001, V[9] = -40;  // one fires at once
      session->set_state("E", "V_m_mV", V);
      EXPECT_EQ(session->state("E", "V_m_mV")[7], -50.0001);
      session->advance(3.0003);
      const Recording seen = session->recording();
      const SpikeTrain& train = seen.spike_trains[0];
      bool fired = false;
      for (std::size_t k = 0; k < train.neuron.size(); ++k)
        fired = fired || (train.neuron[k] == 9 && std::abs(train.time_ms[k] - at) < 1e-9);
      EXPECT_TRUE(fired);
      spikes.push_back(session->spike_hash().hex());
    }
  EXPECT_EQ(spikes[0], spikes[2]);
  EXPECT_EQ(spikes[1], spikes[3]);
  EXPECT_NE(spikes[0], spikes[1]);  // the control: when it was set matters
}

TEST(AdvanceAnywhere, WhatNeedsTheEndOfAStepSaysSo) {
  const auto kind_of = [](auto&& act) -> std::string {
    try {
      act();
    } catch (const Error& error) { return error.kind; }
    return "";
  };
  const testing::TemporaryFile file;
  const auto exact = network_of(everything);
  const auto stepped =
      network_of(R"({"spikeloom": 1, "run": {"duration_ms": 5}, "populations": {"E": {"size": 1, "model": "lif_exp"}}})");
  for (const auto backend : {reference_backend, cpu_backend}) {
    EXPECT_EQ(kind_of([&] { open(*backend(), stepped, 1)->advance(0.25); }), "range");
    const auto session = open(*backend(), exact, 1);
    EXPECT_EQ(kind_of([&] { session->advance(-0.1); }), "range");
    EXPECT_EQ(kind_of([&] { session->advance(std::nan("")); }), "range");
    for (int k = 0; k < 3; ++k) session->advance(0.03);
    EXPECT_EQ(session->step(), 0);
    EXPECT_EQ(kind_of([&] { session->save(file.path()); }), "conflict");
    EXPECT_EQ(kind_of([&] { session->state_hash(); }), "conflict");
    const double late[] = {0.08};
    const std::uint32_t cell[] = {0};
    EXPECT_EQ(kind_of([&] { session->emit_at("given", cell, late); }), "range");
    session->advance(0.01);  // 0.1 as a sum of decimals
    EXPECT_EQ(session->time(), (ExactTime{1, 0}));
    session->save(file.path());
    session->advance(0.55);
    session->load(file.path());
    EXPECT_EQ(session->time(), (ExactTime{1, 0}));
    const auto control = open(*backend(), exact, 1);
    control->advance(2);
    session->advance(1.9);
    EXPECT_EQ(session->state_hash().hex(), control->state_hash().hex());
  }
}

}  // namespace
}  // namespace spikeloom::test
