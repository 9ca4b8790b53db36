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
      result.spikes[neuron].push_back(train.time_ms[k]);
      EXPECT_NEAR(train.time_ms[k], static_cast<double>(train.step[k]) * step_ms + train.offset_ms[k], 1e-12);
    }
  }
  for (const StateTrace& trace : recording.state_traces)
    for (const double value : trace.values[0]) result.V[std::stoi(trace.population.substr(4))].push_back(value);
  return result;
}

class OracleSessions : public testing::TestWithParam<std::tuple<const char*, double>> {};
INSTANTIATE_TEST_SUITE_P(Cases, OracleSessions,
                         testing::Combine(testing::Values("lif-single.json", "lif-networks.json"),
                                          testing::Values(0.1, 1.0, 0.015625)));

TEST_P(OracleSessions, BothBackendsKeepSpikesAndPotentialsWithin1em9) {
  const auto [file, step_ms] = GetParam();
  for (const Json& problem : oracle_cases(file)) {
    expect_oracle(problem, simulate(problem, step_ms, *reference_backend(), 1, 0));
    expect_oracle(problem, simulate(problem, step_ms, *cpu_backend(), 1, 0));
  }
}

TEST(OracleSessions, ManyCellsOnManyThreadsInManyCutsGiveTheSame) {
  for (const Json& problem : oracle_cases("lif-networks.json"))
    for (const int threads : {2, 3}) expect_oracle(problem, simulate(problem, 0.1, *cpu_backend(), threads, 7));
}

}  // namespace
}  // namespace spikeloom::test
