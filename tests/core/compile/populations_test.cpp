// Parameters and start states: expressions of each other, shared draws, columns only where cells differ.
#include <gtest/gtest.h>

#include <cmath>
#include <fstream>

#include "analysis/fit_tests.hpp"
#include "tests/core/compile/edges.hpp"

namespace spikeloom {
namespace {

using test::cells, test::compiled, test::fault_of;

Network of(Population population, double seed = 1) {
  Network net;
  net.run.seed = seed;
  net.population("P", std::move(population));
  return net;
}

std::size_t parameter(const CompiledPopulation& population, const std::string& name) {
  const auto& table = population.model.table->parameters;
  for (std::size_t k = 0; k < table.size(); ++k)
    if (table[k].name == name) return k;
  return table.size();
}

std::size_t state(const CompiledPopulation& population, const std::string& name) {
  const auto& table = population.model.table->states;
  for (std::size_t k = 0; k < table.size(); ++k)
    if (table[k].name == name) return k;
  return table.size();
}

TEST(Populations, SharedDrawsTieParametersOfACellTogether) {
  Population population = cells(2000, "izhikevich");
  population.draw["r"] = uniform(0, 1);
  population.parameters["c"] = expr("-65+15*r^2");
  population.parameters["d"] = expr("8-6*r^2");
  population.initial["u"] = expr("b*v_mV");
  population.initial["v_mV"] = expr("-60 - index/1000");
  const auto network = compiled(of(population));
  const auto& p = network->populations[0];
  std::vector<double> r;
  for (std::uint32_t i = 0; i < 2000; ++i) {
    const double c = p.parameters[parameter(p, "c")][i], d = p.parameters[parameter(p, "d")][i];
    r.push_back(std::sqrt((c + 65) / 15));
    EXPECT_NEAR(d, 8 - 6 * (c + 65) / 15, 1e-9);
    EXPECT_NEAR(p.initial[state(p, "v_mV")][i], -60 - i / 1000.0, 1e-12);
    EXPECT_NEAR(p.initial[state(p, "u")][i], 0.2 * (-60 - i / 1000.0), 1e-9);
  }
  EXPECT_GT(ks_p_value(ks_statistic(r, [](double x) { return x; }), 2000), 0.003);
  EXPECT_TRUE(p.parameters[parameter(p, "b")].uniform());
}

TEST(Populations, TheNearestOfEqualNamesCounts) {
  Population population = cells(3);
  population.parameters["tau_m_ms"] = 7.0;
  population.parameters["E_L_mV"] = expr("-10*tau_m_ms");
  Network net = of(population);
  net.parameters["tau_m_ms"] = 1000.0;
  net.parameters["V_th"] = -40.0;
  const auto network = compiled(net);
  EXPECT_EQ(network->populations[0].parameters[parameter(network->populations[0], "E_L_mV")].constant, -70);
}

TEST(Populations, StartValuesThatNobodyWroteFollowFromTheModel) {
  Population population = cells(4, "izhikevich");
  population.parameters["b"] = expr("0.2 + index/100");
  population.initial["u"] = expr("2*b*v_mV");
  const auto network = compiled(of(population));
  const auto& p = network->populations[0];
  for (std::uint32_t i = 0; i < 4; ++i) EXPECT_NEAR(p.initial[state(p, "u")][i], 2 * (0.2 + i / 100.0) * -65, 1e-9);
  Population leaky = cells(4);
  leaky.parameters["E_L_mV"] = -71.0;
  leaky.parameters["V_th_mV"] = -40.0;
  leaky.parameters["tau_m_ms"] = expr("10 - V_m_mV/71");
  const auto at_rest = compiled(of(leaky));
  EXPECT_NEAR(at_rest->populations[0].parameters[parameter(at_rest->populations[0], "tau_m_ms")].constant, 11, 1e-12);
}

TEST(Populations, CirclesAndUnknownNamesAreErrorsAtTheirPlace) {
  Population population = cells(3);
  population.parameters["tau_m_ms"] = expr("C_m_pF");
  population.parameters["C_m_pF"] = expr("tau_m_ms");
  EXPECT_EQ(fault_of(of(population)).kind, "expression");
  population.parameters["C_m_pF"] = expr("tau_n_ms");
  const Error error = fault_of(of(population));
  EXPECT_EQ(error.where.path, "/populations/P/parameters/C_m_pF");
  EXPECT_EQ(error.nearest, "tau_m_ms");
}

TEST(Populations, UniformCellsHaveNoColumns) {
  Population population = cells(1e8);
  population.initial["V_m_mV"] = -60.0;
  const auto network = compiled(of(population));
  for (const auto* columns :
       {&network->populations[0].parameters, &network->populations[0].initial, &network->populations[0].coefficients})
    for (const auto& column : *columns) EXPECT_TRUE(column.uniform());
}

TEST(Populations, ACoefficientIsAColumnOnlyWhereCellsDiffer) {
  Population population = cells(50);
  population.parameters["V_th_mV"] = uniform(-52, -48);
  const auto network = compiled(of(population));
  std::size_t columns = 0;
  for (const auto& column : network->populations[0].coefficients) columns += !column.uniform();
  EXPECT_EQ(columns, 1u);
}

TEST(Populations, AParameterIsKeyedByItsNameAlone) {
  Population population = cells(100);
  population.parameters["tau_m_ms"] = uniform(9, 11);
  const auto alone = compiled(of(population));
  population.parameters["C_m_pF"] = uniform(200, 300);
  population.draw["unused"] = normal(0, 1);
  const auto together = compiled(of(population));
  const std::size_t k = parameter(alone->populations[0], "tau_m_ms");
  EXPECT_EQ(alone->populations[0].parameters[k].each, together->populations[0].parameters[k].each);
  EXPECT_NE(alone->populations[0].parameters[k].each, compiled(of(population, 2))->populations[0].parameters[k].each);
  const auto& c = together->populations[0].parameters[parameter(together->populations[0], "C_m_pF")];
  EXPECT_GT(std::fabs((c[0] - 200) / 100 - (together->populations[0].parameters[k][0] - 9) / 2), 1e-9);
}

TEST(Populations, FilesGiveColumns) {
  const std::string csv = ::testing::TempDir() + "spikeloom_population.csv",
                    npy = ::testing::TempDir() + "spikeloom_population.npy";
  std::ofstream(csv) << "name,v\na,-61\nb,-62\nc,-63\n";
  std::string header = "{'descr': '<f8', 'fortran_order': False, 'shape': (3,), }";
  header.resize(118 - 1, ' ');
  header += '\n';
  std::string bytes = std::string("\x93NUMPY\x01\x00", 8) + static_cast<char>(118) + '\0' + header;
  for (const double v : {9.0, 10.0, 11.0}) bytes.append(reinterpret_cast<const char*>(&v), 8);
  std::ofstream(npy, std::ios::binary) << bytes;
  Population population = cells(3);
  population.initial["V_m_mV"] = FileColumn{csv, "v"};
  population.parameters["tau_m_ms"] = FileColumn{npy, ""};
  const auto network = compiled(of(population));
  const auto& p = network->populations[0];
  EXPECT_EQ(p.initial[state(p, "V_m_mV")].each, (std::vector<double>{-61, -62, -63}));
  EXPECT_EQ(p.parameters[parameter(p, "tau_m_ms")].each, (std::vector<double>{9, 10, 11}));
  for (std::size_t cut = 0; cut < bytes.size(); cut += 3) {  // damaged files are errors, whatever is left of them
    std::ofstream(npy, std::ios::binary) << bytes.substr(0, cut);
    EXPECT_NE(fault_of(of(population)).kind, "") << cut;
  }
  population.initial["V_m_mV"] = FileColumn{csv, "w"};
  EXPECT_NE(fault_of(of(population)).kind, "");
  std::remove(csv.c_str());
  std::remove(npy.c_str());
}

TEST(Populations, NeuronsAreNumberedByName) {
  Network net;
  net.population("b", cells(5));
  net.population("a", cells(7));
  const auto network = compiled(net);
  EXPECT_EQ(network->populations[0].name, "a");
  EXPECT_EQ(network->populations[1].first, 7u);
  EXPECT_EQ(network->neurons, 12u);
}

}  // namespace
}  // namespace spikeloom
