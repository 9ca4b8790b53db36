// What the models say of themselves, driven by the plainest simulation, against answers of 20 digits.
#include "models/models.hpp"
#include "tests/exact/naive.hpp"
#include "tests/exact/oracle.hpp"

namespace spikeloom::test {
namespace {

std::size_t row_of(std::span<const Quantity> rows, const std::string& name) {
  for (std::size_t k = 0; k < rows.size(); ++k)
    if (rows[k].name == name) return k;
  throw std::runtime_error("no quantity " + name);
}

NaiveNetwork::Cell make_cell(const ModelSet& models, const Json& neuron, double grid_step) {
  const NeuronModel& model = *models.find(neuron["model"].get<std::string>());
  const ModelTable& table = *model.table;
  std::vector<double> parameters;
  for (const Quantity& q : table.parameters) parameters.push_back(q.initial);
  for (const auto& [name, value] : neuron["params"].items())
    parameters[row_of(table.parameters, parameter_name(name))] = value.get<double>();
  NaiveNetwork::Cell cell;
  for (const Quantity& q : table.states) cell.states.push_back(q.initial);
  model.start(parameters.data(), nullptr, cell.states.data());
  for (const auto& [name, value] : neuron["initial"].items())
    if (name == "V") cell.states[0] = value.get<double>();
    else ADD_FAILURE() << "start value " << name;
  cell.life = model.exact;
  cell.variant = model.variant(0, parameters.data(), cell.states.data());
  cell.coefficients.resize(model.exact->coefficient_count);
  cell.life->prepare(cell.variant, parameters.data(), 0.01, cell.coefficients.data());
  cell.t_ref_ms = cell.life->refractory_ms(parameters.data());
  for (std::size_t k = 0; k < table.parameters.size(); ++k)
    if (table.parameters[k].name == table.bias) cell.current.value = parameters[k];
  cell.grid_step.assign(table.receptors.size(), grid_step);
  return cell;
}

OracleResult simulate(const Json& problem, double step_ms) {
  const ModelSet models = builtin_models();
  double largest = 0;
  for (const char* list : {"inputs", "connections"})
    for (const auto& each : problem.value(list, Json::array()))
      largest = std::max(largest, std::fabs(each["weight"].get<double>()));
  const int exponent = largest > 0 ? 50 - std::ilogb(largest) : 0;
  NaiveNetwork network(step_ms);
  std::map<int, std::uint32_t> index;
  for (const auto& neuron : problem["neurons"]) {
    index[neuron["id"]] = static_cast<std::uint32_t>(network.cells.size());
    network.cells.push_back(make_cell(models, neuron, std::ldexp(1.0, -exponent)));
  }
  const auto receptor = [&](const Json& each) {
    const auto& cell = network.cells[index.at(each["target"])];
    return each["receptor"] == "inh" && cell.grid_step.size() > 1 && cell.variant == 1 ? 1 : 0;
  };
  const auto q = [&](const Json& each) { return std::llrint(std::ldexp(each["weight"].get<double>(), exponent)); };
  const TimeGrid& grid = network.grid;
  const auto delay = [&](const Json& each) {
    return grid.exact(each["axonal_delay"].get<double>() + each["dendritic_delay"].get<double>());
  };
  for (const auto& input : problem.value("inputs", Json::array()))
    network.cells[index.at(input["target"])].arrivals.insert(
        {grid.add(grid.exact(input["time"]), delay(input)), {receptor(input), q(input)}});
  for (const auto& c : problem.value("connections", Json::array()))
    network.cells[index.at(c["source"])].synapses.push_back({index.at(c["target"]), receptor(c), q(c), delay(c)});
  for (const auto& current : problem.value("currents", Json::array())) {
    auto& cell = network.cells[index.at(current["target"])];
    for (const auto& step : current["steps"])
      cell.currents.push_back({grid.exact(step[0]), cell.current.value + step[1].get<double>()});
  }
  OracleResult result;
  struct Sample {
    ExactTime time;
    int neuron;
    std::size_t at;
  };
  std::vector<Sample> samples;
  for (const auto& record : problem.value("record_V", Json::array())) {
    result.V[record["neuron"]].resize(record["times"].size());
    for (std::size_t k = 0; k < record["times"].size(); ++k)
      samples.push_back({grid.exact(record["times"][k]), record["neuron"], k});
  }
  std::ranges::sort(samples, {}, &Sample::time);
  network.start();
  for (const Sample& sample : samples) {
    network.run(sample.time);
    result.V[sample.neuron][sample.at] = network.settled(index.at(sample.neuron), sample.time)[0];
  }
  network.run(grid.exact(problem["duration"]));
  for (const auto& [id, i] : index)
    for (const auto& spike : network.spikes)
      if (spike.cell == i) result.spikes[id].push_back(long_ms(spike.time.step, spike.time.offset_ms, step_ms));
  return result;
}

class OracleSteps : public testing::TestWithParam<double> {};
INSTANTIATE_TEST_SUITE_P(Steps, OracleSteps, testing::Values(0.1, 1.0, 0x1p-6, 0.001));

TEST_P(OracleSteps, SingleCellsKeepTheirSpikesAndPotentialsWithin1em9) {
  for (const Json& problem : oracle_cases("lif-single.json")) EXPECT_EQ(wrong(problem, simulate(problem, GetParam())), "");
}

TEST_P(OracleSteps, NetworksKeepTheirSpikesAndPotentialsWithin1em9) {
  for (const Json& problem : oracle_cases("lif-networks.json")) EXPECT_EQ(wrong(problem, simulate(problem, GetParam())), "");
}

TEST_P(OracleSteps, FurtherCellsAndNetworksDoAsWell) {
  for (const Json& problem : oracle_cases("further_lif.json")) EXPECT_EQ(wrong(problem, simulate(problem, GetParam())), "");
}

}  // namespace
}  // namespace spikeloom::test
