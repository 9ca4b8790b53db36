// Cases with answers of 20 digits as whole networks: description, compile, both backends, recordings.
#include "backends/cpu/cpu.hpp"
#include "backends/reference/reference.hpp"
#include "core/network_json.hpp"
#include "models/models.hpp"
#include "tests/exact/oracle.hpp"

namespace spikeloom::test {
namespace {

/// One population per neuron, one train per input, one projection per connection: as a user would write it.
Json network_of(const Json& problem, double step_ms) {
  Json net = {{"spikeloom", 1}, {"run", {{"step_ms", step_ms}, {"min_delay_ms", 0.001}}}};
  net["run"]["duration_ms"] = problem["duration"];
  net["populations"] = Json::object(), net["inputs"] = Json::object();
  net["projections"] = Json::array(), net["probes"] = Json::array();
  const auto name = [](const Json& id) { return "cell" + std::to_string(id.get<int>()); };
  for (const auto& neuron : problem["neurons"]) {
    Json cell = {{"size", 1}, {"model", neuron["model"]}, {"update", "exact"}};
    for (const auto& [key, value] : neuron["params"].items()) {
      if (neuron["model"] == "lif_delta" && (key == "tau_exc" || key == "tau_inh")) continue;
      cell["parameters"][parameter_name(key)] = value;
    }
    cell["initial"]["V_m_mV"] = neuron["initial"]["V"];
    net["populations"][name(neuron["id"])] = cell;
    net["probes"].push_back({{"spikes", name(neuron["id"])}});
  }
  const auto connect = [&](const std::string& from, const Json& each) {
    Json projection = {{"from", from},
                       {"to", name(each["target"])},
                       {"connect", "all_to_all"},
                       {"weight", each["weight"]},
                       {"delay_ms", {{"axonal_ms", each["axonal_delay"]}, {"dendritic_ms", each["dendritic_delay"]}}}};
    if (net["populations"][name(each["target"])]["model"] != "lif_delta") projection["receptor"] = each["receptor"];
    net["projections"].push_back(projection);
  };
  int number = 0;
  for (const auto& input : problem.value("inputs", Json::array())) {
    const std::string train = "train" + std::to_string(number++);
    net["inputs"][train] = {{"spikes", {{"times_ms", Json::array({Json::array({input["time"]})})}}}};
    connect(train, input);
  }
  for (const auto& connection : problem.value("connections", Json::array())) connect(name(connection["source"]), connection);
  for (const auto& current : problem.value("currents", Json::array()))
    net["inputs"]["current" + std::to_string(number++)] = {{"current", {{"value", current["steps"]}}},
                                                           {"to", name(current["target"])}};
  for (const auto& record : problem.value("record_V", Json::array()))
    net["probes"].push_back({{"state", "V_m_mV"}, {"of", name(record["neuron"])}, {"at_ms", record["times"]}});
  return net;
}

OracleResult simulate(const Json& problem, double step_ms, const Backend& backend, int threads, std::int64_t cut) {
  const ModelSet models = builtin_models();
  const auto network = compile(network_from_json(parse_json(network_of(problem, step_ms).dump(), "case.json")), models);
  OpenOptions options;
  options.threads = threads;
  const auto session = backend.open(network, options);
  for (std::int64_t stop = cut; cut > 0 && stop < network->duration_steps; stop += cut) session->advance_to(stop);
  session->advance_to(network->duration_steps);
  const Recording recording = session->recording();
  OracleResult result;
  for (const SpikeTrain& train : recording.spike_trains) {
    const int neuron = std::stoi(train.population.substr(4));
    for (std::size_t k = 0; k < train.time_ms.size(); ++k) {
      const long double ms = long_ms(train.step[k], train.offset_ms[k], step_ms);
      result.spikes[neuron].push_back(ms);
      EXPECT_NEAR(train.time_ms[k], static_cast<double>(ms), 1e-12 + 1e-15 * train.time_ms[k]);
    }
  }
  for (const StateTrace& trace : recording.state_traces)
    for (const double value : trace.values[0]) result.V[std::stoi(trace.population.substr(4))].push_back(value);
  return result;
}

class OracleSessions : public testing::TestWithParam<std::tuple<const char*, double>> {};
INSTANTIATE_TEST_SUITE_P(Cases, OracleSessions,
                         testing::Combine(testing::Values("lif-single.json", "lif-networks.json", "further_lif.json"),
                                          testing::Values(0.1, 1.0, 0.015625)));

TEST_P(OracleSessions, BothBackendsKeepSpikesAndPotentialsWithin1em9) {
  const auto [file, step_ms] = GetParam();
  for (const Json& problem : oracle_cases(file)) {
    const double step = problem["duration"] > 1000 ? 400 * step_ms : step_ms;  // hours
    EXPECT_EQ(wrong(problem, simulate(problem, step, *reference_backend(), 1, 0)), "");
    EXPECT_EQ(wrong(problem, simulate(problem, step, *cpu_backend(), 1, 0)), "");
  }
}

TEST(OracleSessions, ManyCellsOnManyThreadsInManyCutsGiveTheSame) {
  for (const Json& problem : oracle_cases("lif-networks.json"))
    for (const int threads : {2, 3}) EXPECT_EQ(wrong(problem, simulate(problem, 0.1, *cpu_backend(), threads, 7)), "");
  for (const Json& problem : oracle_cases("further_lif.json"))
    if (problem["duration"] <= 1000) { EXPECT_EQ(wrong(problem, simulate(problem, 0.1, *cpu_backend(), 3, 7)), ""); }
}

TEST(OracleSessions, WhatIsOffByLittleIsSeen) {  // the control: the comparison can fail, and the cases depend on what they say
  int seen = 0, all = 0;
  for (Json problem : oracle_cases("further_lif.json")) {
    if (problem["duration"] > 1000 || problem["expected"]["spikes"].empty()) continue;
    OracleResult result = simulate(problem, 0.1, *cpu_backend(), 1, 0);
    result.spikes.at(problem["expected"]["spikes"][0]["neuron"])[0] += 1.5e-9L;
    EXPECT_NE(wrong(problem, result), "");
    for (auto& neuron : problem["neurons"]) neuron["params"]["tau_m"] = neuron["params"]["tau_m"].get<double>() * (1 + 1e-8);
    ++all, seen += !wrong(problem, simulate(problem, 0.1, *cpu_backend(), 1, 0)).empty();
  }
  EXPECT_GT(all, 60);
  EXPECT_GT(seen, all * 3 / 4);
}

// Izhikevich cells, without a closed form: within their own tolerance.

OracleResult integrate(const Json& problem, double step_ms, const Backend& backend) {
  const std::map<std::string, std::string> names = {
      {"peak", "V_peak_mV"}, {"u_shift", "u_shift_mV"}, {"tau_syn", "tau_syn_exc_ms"}};
  const Json& neuron = problem["neurons"][0];
  Json net = {{"spikeloom", 1}, {"run", {{"step_ms", step_ms}, {"min_delay_ms", 0.001}, {"duration_ms", problem["duration"]}}}};
  Json cell = {{"size", 1}, {"model", "izhikevich"}, {"update", "exact"}, {"tolerance_ms", 1e-6}};
  for (const auto& [key, value] : neuron["params"].items()) cell["parameters"][names.contains(key) ? names.at(key) : key] = value;
  cell["initial"] = {{"v_mV", neuron["initial"]["v"]}, {"u", neuron["initial"]["u"]}};
  net["populations"]["cell0"] = cell;
  int number = 0;
  for (const auto& input : problem["inputs"]) {
    const std::string train = "train" + std::to_string(number++);
    net["inputs"][train] = {{"spikes", {{"times_ms", Json::array({Json::array({input["time"]})})}}}};
    net["projections"].push_back(
        {{"from", train},
         {"to", "cell0"},
         {"connect", "all_to_all"},
         {"weight", input["weight"]},
         {"receptor", input["receptor"]},
         {"delay_ms", {{"axonal_ms", input["axonal_delay"]}, {"dendritic_ms", input["dendritic_delay"]}}}});
  }
  Json ramps = Json::array();
  for (const auto& s : problem["currents"][0]["segments"])
    ramps.push_back({{"from_ms", s["from"]}, {"to_ms", s["to"]}, {"start", s["start"]}, {"slope", s["slope"]}});
  net["inputs"]["current"] = {{"current", {{"value", {{"ramp", ramps}}}}}, {"to", "cell0"}};
  net["probes"] = {{{"spikes", "cell0"}}};
  const Json& times = problem["record_V"][0]["times"];
  if (!times.empty()) net["probes"].push_back({{"state", "v_mV"}, {"of", "cell0"}, {"at_ms", times}});
  const auto network = compile(network_from_json(parse_json(net.dump(), "case.json")), builtin_models());
  const auto session = backend.open(network, {});
  session->advance_to(network->duration_steps);
  const Recording recording = session->recording();
  OracleResult result;
  for (std::size_t k = 0; k < recording.spike_trains[0].time_ms.size(); ++k)
    result.spikes[0].push_back(long_ms(recording.spike_trains[0].step[k], recording.spike_trains[0].offset_ms[k], step_ms));
  if (!times.empty()) result.V[0] = recording.state_traces[0].values[0];
  return result;
}

TEST(OracleSessions, BothBackendsKeepTheToleranceOfIzhikevichCells) {
  for (const Json& problem : oracle_cases("further_izhikevich.json"))
    for (const double step_ms : {0.1, 1.0}) {
      EXPECT_EQ(wrong(problem, integrate(problem, step_ms, *reference_backend()), 1e-6, 1e-5), "");
      EXPECT_EQ(wrong(problem, integrate(problem, step_ms, *cpu_backend()), 1e-6, 1e-5), "");
    }
}

TEST(OracleSessions, ALargerErrorOfAnIzhikevichCellIsSeen) {
  int seen = 0, all = 0;
  for (Json problem : oracle_cases("further_izhikevich.json")) {
    Json& a = problem["neurons"][0]["params"]["a"];
    a = a.get<double>() * (1 + 1e-5);
    ++all, seen += !wrong(problem, integrate(problem, 0.1, *cpu_backend()), 1e-6, 1e-5).empty();
  }
  EXPECT_GT(all, 35);
  EXPECT_GT(seen, all * 3 / 4);
}

}  // namespace
}  // namespace spikeloom::test
