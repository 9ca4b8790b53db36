// The exact engines against each other and against the plainest simulation: the same bits however a run is cut and shared out.
#include <fmt/format.h>
#include <gtest/gtest.h>

#include <cmath>

#include "backends/cpu/cpu.hpp"
#include "backends/reference/reference.hpp"
#include "core/run/used_weights.hpp"
#include "tests/backends/contract.hpp"
#include "tests/exact/naive.hpp"

namespace spikeloom::test {
namespace {

using testing::broken;
using testing::Contract;
using testing::network_of;

/// Off the grid: real-valued delays, heterogeneous thresholds and weights, one list of input spikes for all.
std::string balanced(const std::string& model, double excitatory, double duration_ms, double step_ms,
                     const std::string& more = "") {
  const bool delta = model == "lif_delta";
  const std::string w = delta ? "0.35" : "30";
  return R"({"spikeloom": 1, "parameters": {"n": )" + std::to_string(excitatory) + R"(, "w": )" + w + R"(},
  "run": {"duration_ms": )" +
         std::to_string(duration_ms) + R"(, "step_ms": )" + std::to_string(step_ms) + R"(, "seed": 3},
  "populations": {
    "E": {"size": "=n", "model": ")" +
         model +
         R"(", "update": "exact", "parameters": {"V_th_mV": {"normal": {"mean": -55, "sd": 0.5}}, "I_e_pA": 350}, "initial": {"V_m_mV": {"uniform": [-70, -55.5]}}},
    "I": {"size": "=n/4", "model": ")" +
         model + R"(", "update": "exact", "parameters": {"I_e_pA": 360}, "initial": {"V_m_mV": {"uniform": [-70, -55.5]}}}},
  "inputs": {"noise": {"poisson": {"rate_hz": 40}, "size": "=n/4"}},
  "projections": [
    {"from": "E", "to": "E", "connect": {"fixed_probability": 0.1}, "weight": {"normal": {"mean": "=w", "sd": "=0.1*w"}}, "delay_ms": {"uniform": [0.3, 2.7]}},
    {"from": "E", "to": "I", "connect": {"fixed_probability": 0.1}, "weight": "=w", "delay_ms": {"uniform": [0.3, 2.7]}},
    {"from": "I", "to": "E", "connect": {"fixed_probability": 0.1}, "weight": "=-5*w", "delay_ms": {"normal": {"mean": 1, "sd": 0.2, "min": 0.35, "max": 2}}},
    {"from": "I", "to": "I", "connect": {"fixed_probability": 0.1}, "weight": "=-5*w", "delay_ms": 0.8123},
    {"from": "noise", "to": "E", "connect": {"fixed_probability": 0.1}, "weight": "=3*w", "delay_ms": {"uniform": [0.1, 1]}}]
  )" + more +
         "}";
}

TEST(ExactEngineThreads, ABalancedNetworkOffTheGridKeepsEveryBit) {
  for (const std::string model : {"lif_delta", "lif_exp", "lif_alpha"}) {
    Contract contract{
        network_of(balanced(model, 480, 60, 0.1, R"(, "probes": [{"spikes": "E"}, {"state": "V_m_mV", "of": "I", "every_ms": 1.5},
        {"state": "V_m_mV", "of": "E[0:7]", "at_ms": [0, 3.14159, 17.5, 59.9999]}])")),
        {},
        {1, 2, 3, 7},
        {""},
        {1, 2, 77, 300, 301, 599},
        {0, 5, 250, 433}};
    testing::Outcome outcome;
    EXPECT_EQ(broken(contract, &outcome), "") << model;
    EXPECT_GT(outcome.hashes.count, 100u) << model;
  }
}

TEST(ExactEngineThreads, EpochsOfAFractionOfAStepAndOfManyStepsGiveTheSame) {
  const auto fine = network_of(balanced("lif_exp", 480, 40, 1.0)), many = network_of(balanced("lif_exp", 480, 40, 0.01));
  EXPECT_EQ(fine->epoch().steps, 0);
  EXPECT_GT(many->epoch().steps, 20);
  EXPECT_EQ(broken({fine, {}, {1, 2, 3}, {""}, {1, 13, 39}, {7}}), "");
  EXPECT_EQ(broken({many, {}, {1, 2, 3}, {""}, {1, 17, 1313, 3999}, {777}}), "");
}

TEST(ExactEngineThreads, SteppedAndExactCellsInOneNetworkKeepEveryBit) {
  Contract contract{network_of(R"({"spikeloom": 1, "run": {"duration_ms": 80, "min_delay_ms": 0.02, "seed": 5},
    "populations": {
      "exact": {"size": 300, "model": "lif_exp", "update": "exact", "initial": {"V_m_mV": {"uniform": [-70, -56]}}},
      "stepped": {"size": 300, "model": "lif_exp", "initial": {"V_m_mV": {"uniform": [-70, -56]}}}},
    "inputs": {
      "private": {"poisson": {"rate_hz": [[0, 900], [30.05, 300], [60, 1200]]}, "to": "exact", "weight": 120, "delay_ms": 0.37},
      "grid": {"poisson": {"rate_hz": 900}, "to": "stepped", "weight": 120, "delay_ms": 0.4},
      "both": {"poisson": {"rate_hz": 60}, "size": 40},
      "listed": {"spikes": {"times_ms": [[0, 0.05, 1.23456, 1.23456], [10.1, 20]]}},
      "given": {"external": 5},
      "current": {"current": {"value": [[0, 10], [12.345, 200], [13, 0]]}, "to": "exact[0:75]"},
      "noise": {"current": {"value": {"noise": {"mean": 20, "sd": 30, "every_ms": 0.5}}}, "to": "exact[75:100]"}},
    "signals": {"trace": {"rate_of": "exact", "tau_ms": 10}},
    "currents": [{"from": "trace", "to": "exact[100:120]", "weight": 0.5}],
    "projections": [
      {"from": "exact", "to": "exact", "connect": {"fixed_probability": 0.05}, "weight": {"uniform": [-60, 60]}, "receptor": "exc", "delay_ms": {"uniform": [0.02, 3]}},
      {"from": "exact", "to": "stepped", "connect": {"fixed_probability": 0.05}, "weight": 60, "delay_ms": {"uniform": [0.1, 3]}},
      {"from": "stepped", "to": "exact", "connect": {"fixed_probability": 0.05}, "weight": -60, "delay_ms": {"uniform": [0.02, 3]}},
      {"from": "stepped", "to": "stepped", "connect": {"fixed_probability": 0.05}, "weight": 60, "delay_ms": 1.5},
      {"from": "both", "to": "exact", "connect": {"fixed_probability": 0.1}, "weight": 150, "delay_ms": 0.123},
      {"from": "both", "to": "stepped", "connect": {"fixed_probability": 0.1}, "weight": 150, "delay_ms": 1},
      {"from": "listed", "to": "exact", "connect": "all_to_all", "weight": 500, "delay_ms": 0.5},
      {"from": "listed", "to": "stepped", "connect": "all_to_all", "weight": 500, "delay_ms": 0.5},
      {"from": "given", "to": "exact", "connect": "all_to_all", "weight": 90, "delay_ms": 0.05}],
    "probes": [{"spikes": "exact"}, {"spikes": "both"}, {"spikes": "listed"}, {"spikes": "stepped"}, {"signal": "trace", "every_ms": 1},
               {"state": ["V_m_mV", "refractory_steps"], "of": "exact", "every_ms": 2.5}]})"),
                    {},
                    {1, 2, 3, 7},
                    {""},
                    {1, 2, 77, 300, 301, 599},
                    {0, 5, 250, 433}};
  for (const std::int64_t step : {0, 31, 500})
    contract.actions[step] = [](Session& session) {
      const std::uint32_t cells[] = {0, 3, 3};
      session.emit("given", std::span(cells, 2));
      auto V = session.state("exact", "V_m_mV");
      V[7] = -40, V[140] = -56;  // one above its threshold: it fires at once
      session.set_state("exact", "V_m_mV", V);
    };
  testing::Outcome outcome;
  EXPECT_EQ(broken(contract, &outcome), "");
  EXPECT_GT(outcome.hashes.count, 100u);
}

TEST(ExactEngineThreads, SteppedCellsThatGoAheadOfExactOnesKeepEveryBit) {
  const auto text = [](double onto_stepped_ms) {
    return fmt::format(R"({{"spikeloom": 1, "run": {{"duration_ms": 60, "min_delay_ms": 0.02, "seed": 6}},
    "populations": {{
      "exact": {{"size": 300, "model": "lif_exp", "update": "exact", "initial": {{"V_m_mV": {{"uniform": [-70, -56]}}}}}},
      "stepped": {{"size": 300, "model": "lif_exp", "initial": {{"V_m_mV": {{"uniform": [-70, -56]}}}}}}}},
    "inputs": {{
      "private": {{"poisson": {{"rate_hz": 900}}, "to": "exact", "weight": 120, "delay_ms": 0.37}},
      "grid": {{"poisson": {{"rate_hz": 900}}, "to": "stepped", "weight": 120}},
      "both": {{"poisson": {{"rate_hz": 60}}, "size": 40}},
      "given": {{"external": 5}},
      "current": {{"current": {{"value": [[0, 10], [12.345, 200], [13, 0]]}}, "to": "exact[0:75]"}}}},
    "projections": [
      {{"from": "exact", "to": "exact", "connect": {{"fixed_probability": 0.05}}, "weight": {{"uniform": [-60, 60]}}, "receptor": "exc", "delay_ms": {{"uniform": [0.9, 3]}}}},
      {{"from": "exact", "to": "stepped", "connect": {{"fixed_probability": 0.05}}, "weight": 60, "delay_ms": {{"uniform": [{0}, 3]}}}},
      {{"from": "stepped", "to": "exact", "connect": {{"fixed_probability": 0.05}}, "weight": 60, "delay_ms": {{"uniform": [0.02, 3]}},
        "plasticity": {{"rule": "stdp_pair", "A_plus": 0.05, "A_minus": -0.06, "w_max": 120}}}},
      {{"from": "stepped", "to": "stepped", "connect": {{"fixed_probability": 0.05}}, "weight": 60, "delay_ms": 1.5}},
      {{"from": "both", "to": "exact", "connect": {{"fixed_probability": 0.1}}, "weight": 150, "delay_ms": 0.123}},
      {{"from": "both", "to": "stepped", "connect": {{"fixed_probability": 0.1}}, "weight": 150, "delay_ms": 1}},
      {{"from": "given", "to": "exact", "connect": "all_to_all", "weight": 90, "delay_ms": 0.05}}],
    "probes": [{{"spikes": "exact"}}, {{"spikes": "both"}}, {{"spikes": "stepped"}},
               {{"state": ["V_m_mV", "refractory_steps"], "of": "exact", "at_ms": [0.05, 3.14159, 17.25, 58.001]}}]}})",
                       onto_stepped_ms);
  };
  const auto network = network_of(text(0.7));
  ASSERT_EQ(network->lead(), 7);
  EXPECT_EQ(network->epoch().steps, 7);
  Contract contract{network, {}, {1, 2, 3, 7}, {""}, {1, 2, 77, 300, 301, 599}, {0, 5, 250, 433}};
  for (const std::int64_t step : {0, 31, 500})
    contract.actions[step] = [](Session& session) {
      const std::uint32_t cells[] = {0, 3, 3};
      session.emit("given", std::span(cells, 2));
    };
  testing::Outcome outcome, sooner;
  EXPECT_EQ(broken(contract, &outcome), "");
  EXPECT_GT(outcome.hashes.count, 500u);
  contract.network = network_of(text(0.6));  // the control: what exact cells send matters to stepped ones
  EXPECT_EQ(broken(contract, &sooner), "");
  EXPECT_NE(sooner.hashes.spikes, outcome.hashes.spikes);
}

TEST(ExactEngine, AQuietMonthTakesNoTime) {  // step by step it would take the better part of an hour
  const auto run = [](double late_ms) {
    const auto network = network_of(fmt::format(R"({{"spikeloom": 1, "run": {{"duration_ms": 2592000000}},
      "populations": {{"E": {{"size": 1, "model": "lif_exp", "update": "exact"}}}},
      "inputs": {{"in": {{"spikes": {{"times_ms": [[1000.05, {0}]]}}}},
                 "current": {{"current": {{"value": [[0, 0], [100000.25, 400], [100100, 0]]}}, "to": "E"}}}},
      "projections": [{{"from": "in", "to": "E", "connect": "all_to_all", "weight": 20000, "delay_ms": 1.5}}],
      "probes": [{{"spikes": "E"}}, {{"state": "V_m_mV", "of": "E", "at_ms": [0, 86400000.07, 2591999000.003]}}]}})",
                                                late_ms));
    const auto session = testing::open(*cpu_backend(), network, 1);
    session->advance_to(network->duration_steps);
    return session->recording();
  };
  const Recording month = run(2591998000.01), early = run(200000.01);
  ASSERT_EQ(month.spike_trains[0].time_ms.size(), early.spike_trains[0].time_ms.size());
  ASSERT_GT(month.spike_trains[0].time_ms.size(), 4u);
  for (std::size_t k = 0; k + 1 < month.spike_trains[0].time_ms.size(); ++k)
    if (early.spike_trains[0].time_ms[k] < 200000) {
      EXPECT_EQ(month.spike_trains[0].time_ms[k], early.spike_trains[0].time_ms[k]);
    }
  EXPECT_NEAR(month.spike_trains[0].time_ms.back() - 2591998000.01, early.spike_trains[0].time_ms.back() - 200000.01, 1e-6);
  EXPECT_EQ(month.state_traces[0].values[0].size(), 3u);
  EXPECT_EQ(month.duration_ms, 2592000000);
}

TEST(ExactEngineThreads, PhasesThatResetTheStateBeginExactCellsAnewOnEveryBackend) {
  std::string text =
      balanced("lif_exp", 480, 60, 0.1, R"(, "probes": [{"spikes": "E"}, {"state": "V_m_mV", "of": "I", "every_ms": 1.5}],
    "phases": [{"name": "a", "run_ms": 10, "repeat": 3, "reset": ["state"]}, {"name": "b", "run_ms": 13}])");
  const std::string duration = "\"duration_ms\": 60.000000, ";
  text.erase(text.find(duration), duration.size());
  testing::Outcome outcome;
  EXPECT_EQ(broken({network_of(text), {}, {1, 2, 3, 7}, {""}, {99, 100, 101, 200, 300}, {0, 99, 100, 101, 250}}, &outcome), "");
  EXPECT_GT(outcome.hashes.count, 100u);
}

TEST(ExactEngineThreads, SignalsTakeSpikesThatAListHoldsTwiceTogether) {
  // x + 0.3 + 0.3 and x + 0.6 are not the same double for every x.
  std::string times;
  for (int cell = 0; cell < 40; ++cell) {
    times += cell == 0 ? "[" : ", [";
    for (int k = 0; k < 12; ++k) {
      const std::string t = std::to_string(0.05 + 0.1 * ((7 * cell + 13 * k * k) % 190));
      times += (k == 0 ? "" : ", ") + t + ", " + t;
    }
    times += "]";
  }
  testing::Outcome outcome;
  EXPECT_EQ(
      broken(
          {network_of(
               R"({"spikeloom": 1, "run": {"duration_ms": 20}, "populations": {"A": {"size": 3, "model": "lif_exp", "update": "exact"}},
    "inputs": {"listed": {"spikes": {"times_ms": [)" +
               times + R"(]}}},
    "signals": {"trace": {"trace_of": "listed", "tau_ms": 3, "scale": 0.3}},
    "projections": [{"from": "listed", "to": "A", "connect": "all_to_all", "weight": 3, "delay_ms": 0.4}],
    "probes": [{"signal": "trace", "every_ms": 0.1}]})"),
           {},
           {1, 2},
           {""},
           {7, 33},
           {20}},
          &outcome),
      "");
}

TEST(ExactEngineThreads, SpikesOfTheCallerKeepTheirTimes) {
  const auto given = [](double t, double u) {
    return [=](Session& session) {
      const std::uint32_t cells[] = {0, 3, 4};
      const double times[] = {t, u, u};
      session.emit_at("given", cells, times);
    };
  };
  const std::string text = R"({"spikeloom": 1, "run": {"duration_ms": 20, "min_delay_ms": 0.01},
    "populations": {"exact": {"size": 100, "model": "lif_exp", "update": "exact"}, "stepped": {"size": 100, "model": "lif_exp"}},
    "inputs": {"given": {"external": 5}},
    "signals": {"trace": {"trace_of": "given", "tau_ms": 5}},
    "projections": [{"from": "given", "to": "exact", "connect": "all_to_all", "weight": {"uniform": [300, 900]}, "delay_ms": {"uniform": [0.01, 2]}},
                    {"from": "given", "to": "stepped", "connect": "all_to_all", "weight": {"uniform": [300, 900]}, "delay_ms": {"uniform": [0.1, 2]}}],
    "probes": [{"spikes": "given"}, {"spikes": "exact"}, {"spikes": "stepped"}, {"signal": "trace", "every_ms": 0.1}]})";
  Contract contract{network_of(text), {}, {1, 2, 3, 7}, {""}, {1, 2, 30, 31, 62, 63}, {0, 3, 30, 31, 62, 100}};
  contract.actions[0] = given(0, 3.123456);
  contract.actions[30] = given(6.25, 3.05);
  contract.actions[31] = given(3.1, 3.2499);
  testing::Outcome outcome;
  EXPECT_EQ(broken(contract, &outcome), "");
  EXPECT_GT(outcome.hashes.count, 100u);
  std::vector<double> times;
  for (const auto& [time, row] : outcome.streams.at(0).rows) times.push_back(time);
  EXPECT_EQ(times, (std::vector<double>{0, 3.05, 3.05, 3.1, 3.123456, 3.123456, 3.2499, 3.2499, 6.25}));

  // The same spikes as a list are the same run.
  std::string listed = text;
  listed.replace(listed.find(R"({"external": 5})"), 15,
                 R"({"spikes": {"times_ms": [[0, 3.1, 6.25], [], [], [3.05, 3.123456, 3.2499], [3.05, 3.123456, 3.2499]]}})");
  testing::Outcome same;
  Contract list = contract;
  list.network = network_of(listed), list.actions.clear();
  EXPECT_EQ(broken(list, &same), "");
  EXPECT_EQ(same.hashes, outcome.hashes);
}

/// Spike for spike what a simulation gives that looks at every cell for the next instant.
void expect_naive(const CompiledNetwork& network, double until_ms, std::uint64_t at_least) {
  NaiveNetwork naive(network.step_ms);
  std::vector<std::uint32_t> first;
  for (const auto& population : network.populations) {
    first.push_back(static_cast<std::uint32_t>(naive.cells.size()));
    for (std::uint32_t i = 0; i < population.size; ++i) {
      NaiveNetwork::Cell& cell = naive.cells.emplace_back();
      cell.life = population.model.exact;
      cell.variant = population.variant;
      cell.t_ref_ms = population.refractory_ms[i];
      for (const Column& column : population.initial) cell.states.push_back(column[i]);
      for (const Column& column : population.exact_coefficients) cell.coefficients.push_back(column[i]);
      for (const Grid& grid : population.grids) cell.grid_step.push_back(grid.step());
      const auto& rows = population.model.table->parameters;
      for (std::size_t k = 0; k < rows.size(); ++k)
        if (rows[k].name == population.model.table->bias) cell.current.value = population.parameters[k][i];
    }
  }
  const auto trains = reference_backend()->open(std::make_shared<CompiledNetwork>(network), {});
  trains->advance_to(network.steps_of(until_ms));
  const Recording recorded = trains->recording();
  for (const auto& projection : network.projections)
    visit_used(network, projection, [&](const UsedSynapse& used) {
      const EndSegment& from = projection.from[segment_of(projection.from, used.source)];
      const EndSegment& to = projection.to[used.segment];
      const NaiveNetwork::Synapse synapse{first[to.index] + cell_of(to, used.target), used.receptor, used.q,
                                          naive.grid.exact(used.delay_ms)};
      if (from.kind == EndSegment::Kind::population) {
        naive.cells[first[from.index] + cell_of(from, used.source)].synapses.push_back(synapse);
        return;
      }
      for (const SpikeTrain& train : recorded.spike_trains)
        for (std::size_t k = 0; train.population == network.sources[from.index].name && k < train.neuron.size(); ++k)
          if (train.neuron[k] == cell_of(from, used.source))
            naive.cells[synapse.target].arrivals.insert(
                {naive.grid.add({train.step[k], train.offset_ms[k]}, synapse.delay), {used.receptor, used.q}});
    });
  naive.start();
  naive.run(naive.grid.exact(until_ms));
  std::vector<NaiveNetwork::Spike> found;
  for (const SpikeTrain& train : recorded.spike_trains)
    for (std::size_t p = 0; p < network.populations.size(); ++p)
      for (std::size_t k = 0; train.population == network.populations[p].name && k < train.neuron.size(); ++k)
        found.push_back({{train.step[k], train.offset_ms[k]}, first[p] + train.neuron[k]});
  std::ranges::sort(found);
  std::ranges::sort(naive.spikes);
  EXPECT_GE(found.size(), at_least);
  EXPECT_TRUE(found == naive.spikes) << found.size() << " and " << naive.spikes.size() << " spikes";
}

const char* const all_spikes = R"(, "probes": [{"spikes": "E"}, {"spikes": "I"}, {"spikes": "noise"}])";

TEST(ExactEngine, IsSpikeForSpikeTheNaiveSimulation) {
  for (const std::string model : {"lif_delta", "lif_exp", "lif_alpha"})
    expect_naive(*network_of(balanced(model, 80, 60, 0.1, all_spikes)), 60, 50);
}

TEST(ExactEngineThreads, TwelveHundredAndFiftyCellsAreTheNaiveSimulationOnOneToEightThreads) {
  const auto network = network_of(balanced("lif_exp", 1000, 200, 0.1, all_spikes));
  expect_naive(*network, 200, 1000);
  EXPECT_EQ(broken({network, {}, {1, 2, 3, 8}, {""}, {}, {}}), "");
}

}  // namespace
}  // namespace spikeloom::test
