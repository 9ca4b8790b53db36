// Integrated cells as whole networks: answers of high precision through description, compile and both backends, and equal bits.
#include <fmt/format.h>

#include "backends/cpu/cpu.hpp"
#include "backends/reference/reference.hpp"
#include "core/network_json.hpp"
#include "models/models.hpp"
#include "tests/backends/contract.hpp"
#include "tests/models/integrated_cases.hpp"

namespace spikeloom::test {
namespace {

using testing::broken;
using testing::Contract;
using testing::network_of;

/// The case as a user would write it; arrivals come from trains of one spike, 0.002 ms before.
std::string network_text(const ExactProblem& problem, double tolerance_ms) {
  Json cell = {{"size", 1}, {"model", problem.model}, {"update", "exact"}, {"tolerance_ms", tolerance_ms}};
  for (const auto& [name, value] : problem.parameters) cell["parameters"][name] = value;
  for (const auto& [name, value] : problem.initial) cell["initial"][name] = value;
  Json net = {{"spikeloom", 1}, {"run", {{"duration_ms", problem.duration_ms}, {"min_delay_ms", 0.001}}}};
  net["populations"]["cell"] = cell;
  net["probes"] = {{{"spikes", "cell"}}};
  if (!problem.read_ms.empty()) {
    Json states = Json::array();
    const ModelSet models = builtin_models();
    for (const auto& row : models.find(problem.model)->table->states) states.push_back(row.name);
    net["probes"].push_back({{"state", states}, {"of", "cell"}, {"at_ms", problem.read_ms}});
  }
  net["inputs"] = Json::object();
  net["projections"] = Json::array();
  for (std::size_t k = 0; k < problem.arrivals.size(); ++k) {
    const auto& arrival = problem.arrivals[k];
    const double before = std::stod(fmt::format("{:.9f}", arrival.time_ms - 0.002));
    net["inputs"]["train" + std::to_string(k)] = {{"spikes", {{"times_ms", Json::array({Json::array({before})})}}}};
    net["projections"].push_back({{"from", "train" + std::to_string(k)},
                                  {"to", "cell"},
                                  {"connect", "all_to_all"},
                                  {"receptor", arrival.receptor},
                                  {"weight", arrival.weight},
                                  {"delay_ms", 0.002}});
  }
  Json ramps = Json::array();
  for (const auto& s : problem.currents)
    ramps.push_back({{"from_ms", s.from}, {"to_ms", s.to}, {"start", s.start}, {"slope", s.slope}});
  if (!ramps.empty()) net["inputs"]["current"] = {{"current", {{"value", {{"ramp", ramps}}}}}, {"to", "cell"}};
  return net.dump();
}

ExactAnswer simulate(const ExactProblem& problem, double tolerance_ms, const Backend& backend) {
  const auto network = network_of(network_text(problem, tolerance_ms));
  const auto session = backend.open(network, {});
  ExactAnswer answer;
  try {
    session->advance_to(network->duration_steps);
  } catch (const Error& error) {
    EXPECT_EQ(error.kind, "runaway") << error.what();
    EXPECT_NE(std::string(error.what()).find("cell 0 of population cell"), std::string::npos) << error.what();
    EXPECT_NE(std::string(error.what()).find("at 20"), std::string::npos) << error.what();
    answer.runaway = true;
  }
  const Recording recording = session->recording();
  answer.spikes_ms = recording.spike_trains.at(0).time_ms;
  for (const StateTrace& trace : recording.state_traces)
    for (std::size_t n = 0; n < trace.time_ms.size(); ++n) {
      answer.read.emplace_back();
      for (const auto& values : trace.values) answer.read.back().push_back(values[n]);
    }
  return answer;
}

TEST(IntegratedSessions, BothBackendsKeepTheToleranceOfEveryCase) {
  for (const auto& all : {oracle_cells(), further_cells()})
    for (const Known& known : all)
      for (const double tolerance : {0.01, 1e-6})
        for (const auto& backend : {reference_backend(), cpu_backend()}) {
          const Errors e = errors_of(known, simulate(known.problem, tolerance, *backend));
          EXPECT_FALSE(e.counts_differ) << known.problem.id << " on " << backend->name() << ": " << e.spikes << " spikes";
          EXPECT_LE(e.spike_ms, tolerance) << known.problem.id << " on " << backend->name();
          EXPECT_LE(e.state, tolerance == 1e-6 ? 1e-5 : 1) << known.problem.id << " on " << backend->name();
        }
}

/// All three models, with everything that reaches an exact cell.
std::string together(double step_ms) {
  return R"({"spikeloom": 1, "run": {"duration_ms": 60, "min_delay_ms": 0.03, "seed": 11, "step_ms": )" +
         std::to_string(step_ms) + R"(},
  "populations": {
    "book": {"size": 90, "model": "izhikevich_cv", "update": "exact", "tolerance_ms": 0.001,
             "parameters": {"tau_syn_exc_ms": 4, "tau_syn_inh_ms": 9, "I_e_pA": {"uniform": [40, 90]}}},
    "cond": {"size": 130, "model": "lif_cond_exp", "update": "exact", "initial": {"V_m_mV": {"uniform": [-70, -56]}},
             "parameters": {"I_e_pA": {"uniform": [300, 420]}, "t_ref_ms": {"uniform": [0, 3]}}},
    "quad": {"size": 160, "model": "izhikevich", "update": "exact", "draw": {"r": {"uniform": [0, 1]}},
             "parameters": {"c": "=-65+15*r^2", "d": "=8-6*r^2", "tau_syn_exc_ms": 3, "tau_syn_inh_ms": 3, "I_e": {"uniform": [2, 9]}}},
    "grid": {"size": 60, "model": "izhikevich"}},
  "inputs": {
    "private": {"poisson": {"rate_hz": [[0, 400], [20.05, 900]]}, "to": "quad", "receptor": "exc", "weight": 3, "delay_ms": 0.21},
    "jumps": {"poisson": {"rate_hz": 300}, "to": "quad", "receptor": "delta", "weight": 2, "delay_ms": 0.1},
    "shots": {"poisson": {"rate_hz": 500}, "to": "cond", "receptor": "exc", "weight": 2, "delay_ms": 0.1},
    "trains": {"poisson": {"rate_hz": 90}, "size": 30},
    "kick": {"current": {"value": [[0, 0], [3.3, 11]]}, "to": "grid"},
    "slope": {"current": {"value": {"ramp": [{"from_ms": 7.77, "to_ms": 41.3, "start": 0, "slope": 0.2}]}}, "to": "quad[0:80]"},
    "wave": {"current": {"value": {"sine": {"amplitude": 40, "frequency_hz": 30, "phase_rad": 0, "offset": 0}}}, "to": "book[3:40]"},
    "noise": {"current": {"value": {"noise": {"mean": 0, "sd": 30}}}, "to": "cond[10:20]"}},
  "signals": {"rate": {"rate_of": "quad", "tau_ms": 10}},
  "currents": [{"from": "rate", "to": "book[40:60]", "weight": 0.4}],
  "projections": [
    {"from": ["quad", "cond", "book"], "to": "quad", "connect": {"fixed_probability": 0.05}, "weight": {"normal": {"mean": 1, "sd": 0.3}}, "receptor": "exc", "delay_ms": {"uniform": [0.03, 4]}},
    {"from": "quad", "to": "cond", "connect": {"fixed_probability": 0.05}, "weight": 3, "receptor": "inh", "delay_ms": {"uniform": [0.03, 4]}},
    {"from": "cond", "to": "book", "connect": {"fixed_probability": 0.05}, "weight": -20, "delay_ms": {"uniform": [0.03, 4]}},
    {"from": "trains", "to": "book", "connect": {"fixed_probability": 0.2}, "weight": 60, "delay_ms": 0.777},
    {"from": "grid", "to": "quad", "connect": {"fixed_probability": 0.1}, "weight": 2, "delay_ms": {"uniform": [0.03, 2]}},
    {"from": "quad", "to": "grid", "connect": {"fixed_probability": 0.1}, "weight": 4, "delay_ms": {"uniform": [0.1, 2]}}],
  "probes": [{"spikes": "quad"}, {"spikes": "book"}, {"spikes": "cond"}, {"spikes": "grid"}, {"signal": "rate", "every_ms": 1},
             {"state": ["v_mV", "u", "I_syn_exc"], "of": "quad[0:20]", "every_ms": 0.7},
             {"state": ["V_m_mV", "g_exc_nS", "refractory_steps"], "of": "cond[0:20]", "at_ms": [0, 1.23456, 30, 59.999, 60]}]})";
}

TEST(IntegratedSessionsThreads, AllModelsTogetherKeepEveryBit) {
  for (const double step_ms : {0.1, 0.7}) {
    const auto network = network_of(together(step_ms));
    const std::int64_t last = network->duration_steps;
    Contract contract{network, {}, {1, 2, 3, 7}, {""}, {1, 2, last / 3, last / 3 + 1, last - 1}, {0, 3, last / 2, last - 2}};
    contract.actions[last / 4] = [](Session& session) {
      auto v = session.state("quad", "v_mV");
      v[3] = 40, v[5] = -90;  // one at its peak: it fires at once
      session.set_state("quad", "v_mV", v);
    };
    testing::Outcome outcome;
    EXPECT_EQ(broken(contract, &outcome), "") << step_ms;
    EXPECT_GT(outcome.hashes.count, 300u) << step_ms;
  }
}

TEST(IntegratedSessions, TheToleranceOfAPopulationCounts) {
  const auto spikes = [](double tolerance_ms) {
    ExactProblem problem = oracle_cells().at(15).problem;  // a regular-spiking cell for a second
    return simulate(problem, tolerance_ms, *cpu_backend()).spikes_ms;
  };
  EXPECT_NE(spikes(0.01), spikes(1e-6));
}

TEST(IntegratedSessions, ACellTooStiffToBeIntegratedStopsTheRunOnEveryBackend) {
  for (const std::string cell :
       {R"("parameters": {"a": 1e9})", R"("parameters": {"a": 1e300})",
        R"("initial": {"v_mV": 1e200}, "parameters": {"V_peak_mV": 1e250})", R"("parameters": {"q2": 1e-300, "q1": 1e290})"}) {
    Contract contract{
        network_of(R"({"spikeloom": 1, "run": {"duration_ms": 3}, "populations": {"A": {"size": 3, "model": "izhikevich",
      "update": "exact", )" +
                   cell + R"(}}, "probes": [{"spikes": "A"}]})"),
        {},
        {1, 2},
        {""},
        {1, 7},
        {0}};
    testing::Outcome outcome;
    EXPECT_EQ(broken(contract, &outcome), "") << cell;
    EXPECT_NE(outcome.error.find("cell 0 of population A changes faster than it can be integrated at "), std::string::npos)
        << cell << ": " << outcome.error;
  }
}

/// What is refused names the parameter.
void expect_refused(const std::string& population, const std::string& more, const std::string& path) {
  try {
    network_of(R"({"spikeloom": 1, "run": {"duration_ms": 1}, "populations": {"A": {"size": 2, "update": "exact", )" +
               population + "}}" + more + "}");
    ADD_FAILURE() << "not refused: " << population;
  } catch (const Error& error) { EXPECT_EQ(error.where.path, path) << error.what(); }
}

TEST(IntegratedCompile, RefusesWhatAnExactCellCannotBe) {
  expect_refused(R"("model": "izhikevich", "parameters": {"v_min_mV": -90})", "", "/populations/A/parameters/v_min_mV");
  expect_refused(R"("model": "izhikevich", "tolerance_ms": 1e-7)", "", "/populations/A/tolerance_ms");
  const std::string input =
      R"(, "inputs": {"p": {"poisson": {"rate_hz": 10}, "to": "A", "receptor": "inh", "weight": -1, "delay_ms": 1}})";
  expect_refused(R"("model": "izhikevich_cv", "parameters": {"tau_syn_exc_ms": 2})", input,
                 "/populations/A/parameters/tau_syn_inh_ms");
  EXPECT_NO_THROW(network_of(R"({"spikeloom": 1, "run": {"duration_ms": 1}, "populations": {"A": {"size": 2, "update": "exact",
    "model": "izhikevich_cv", "parameters": {"tau_syn_inh_ms": 2}}})" +
                             input + "}"));
}

}  // namespace
}  // namespace spikeloom::test
