// Backends agree on every shape of row: very long delays, very many targets, several shards, groups, slices and autapses.
#include <gtest/gtest.h>

#include "tests/backends/contract.hpp"
#include "tests/backends/contract_networks.hpp"

namespace spikeloom {
namespace {

using Kind = Connector::Kind;
using testing::broken;
using testing::compiled;
using testing::Contract;
using testing::every_step;
using testing::Outcome;
using testing::paced;
using testing::wiring;

TEST(ContractRows, DelaysOfAnyLengthArriveInTheirStep) {
  // Steps on both sides of what one byte, a hop of 4095 steps and two bytes hold.
  const std::vector<std::int64_t> delays = {1,    2,    254,  255,   256,   257,   4094,  4095,  4096,
                                            4097, 8190, 8191, 65534, 65535, 65536, 65537, 70000, 70000};
  Network net;
  net.name = "late";
  net.run.duration_ms = 7015.0;
  net.run.step_ms = 0.1;
  testing::add_cells(net, "B", "lif_delta", static_cast<double>(delays.size()), {{"tau_m_ms", 2.0}, {"t_ref_ms", 0.5}});
  net.input("A", {SpikeListInput{{{0.0, 1.0, 1.0}, {1.0}, {1.1}}, "", std::nullopt}, std::nullopt});
  Projection late = wiring(Kind::list, 0, 1.0, 0.1);
  for (std::uint32_t i = 0; i < delays.size(); ++i)
    late.connect.edges.push_back({0, i, 50.0 + i, 0.1 * static_cast<double>(delays[i])});
  for (std::uint32_t i = 0; i < delays.size(); ++i)
    late.connect.edges.push_back({1, i, 3.0, 0.1 * static_cast<double>(delays[i])});
  late.connect.edges.push_back({2, 3, 2.0, 4000.0});
  net.connect("A", "B", late);
  net.probe_spikes("B");
  Contract contract{compiled(net), {}, {1, 2}, {""}, {}, {}};
  contract.stops = {1, 10, 11, 4095, 30000, 65545};
  contract.checkpoints = {0, 1, 10, 265, 4105, 4106, 8200, 65535, 65544, 65545, 70000, 70009};
  Outcome expected;
  EXPECT_EQ(broken(contract, &expected), "");
  for (std::size_t i = 0; i < delays.size(); ++i) {  // the spikes of A at 0 and 1 ms, one delay later each
    std::vector<std::int64_t> steps;
    for (const auto& [ms, cell] : expected.streams.at(0).rows)
      if (cell.at(0) == static_cast<double>(i)) steps.push_back(contract.network->steps_of(ms));
    EXPECT_EQ(steps, (std::vector<std::int64_t>{delays[i], delays[i] + 10})) << delays[i];
  }
  contract.network = compiled(testing::in_single(net));
  EXPECT_EQ(broken(contract), "");
}

TEST(ContractRows, RowsOfMoreThan65535TargetsInSeveralShardsAgree) {
  Network net;
  net.name = "wide";
  net.run.duration_ms = 1.5;
  net.run.step_ms = 0.1;
  testing::add_cells(net, "B", "lif_delta", 140000);
  net.input("A", {SpikeListInput{{{0.0, 0.3}, {0.1}, {0.2, 0.2}, {0.4}}, "", std::nullopt}, std::nullopt});
  Projection same = wiring(Kind::all_to_all, 0, 2.0, 0.5);  // one weight, one delay: the longest runs there are
  same.name = "same";
  net.connect("A", "B", same);
  Projection drawn = wiring(Kind::all_to_all, 0, normal(6, 3), 0.3);
  drawn.name = "drawn";
  drawn.from = parse_slice("A[0:2]", {});
  drawn.to = parse_slice("B", {});
  net.connect(drawn);
  Projection back = wiring(Kind::fixed_out_degree, 3, normal(-2, 1), uniform(0.1, 1.0));
  net.connect("B", "B", back);
  Contract contract{compiled(net), {}, {1, 7}, {""}, {}, {4, 5}};
  Outcome expected;
  EXPECT_EQ(broken(contract, &expected), "");
  EXPECT_GT(expected.hashes.count, 1000u);
  contract = {compiled(testing::in_single(net)), {}, {2}, {""}, {}, {}};
  EXPECT_EQ(broken(contract), "");
}

TEST(ContractRows, GroupsSlicesAndAutapsesAgree) {
  Network net = paced(4);
  net.group("mixed", {parse_slice("I[0:200:3]", {}), parse_slice("E[100:400]", {}), parse_slice("I[201:300]", {})});
  int number = 0;
  const auto add = [&](const std::string& from, const std::string& to, Projection projection, bool autapses, bool multapses) {
    projection.name = "p" + std::to_string(number++);
    projection.from = parse_slice(from, {});
    projection.to = parse_slice(to, {});
    projection.autapses = autapses;
    projection.multapses = multapses;
    net.connect(projection);
  };
  const auto delays = uniform(0.1, 2);
  add("mixed", "E[1:700:2]", wiring(Kind::fixed_probability, 0.02, normal(20, 50), delays), true, true);
  add("mixed", "mixed", wiring(Kind::fixed_in_degree, 7, 15.0, delays), false, true);
  add("mixed[5:90:4]", "mixed", wiring(Kind::fixed_out_degree, 11, -15.0, delays), false, false);
  add("E", "E", wiring(Kind::fixed_total, 900, lognormal(20, 10), 0.7), true, false);
  add("E[0:20]", "E[0:20]", wiring(Kind::all_to_all, 0, 30.0, delays), false, true);
  add("E", "E", wiring(Kind::one_to_one, 0, 25.0, delays), true, true);  // autapses only
  add("I[0:1]", "mixed", wiring(Kind::all_to_all, 0, expr("10+j*0.01"), expr("0.1+0.01*j")), true, true);
  net.group("scattered", {parse_slice("mixed[0:50]", {}), parse_slice("E[600:700:9]", {})});
  net.probes.push_back({Probe::Kind::spikes, parse_slice("scattered", {}), {}, {}, {}, {}, {}, "", {}});
  Probe weights;
  weights.kind = Probe::Kind::weights;
  weights.of.name = "p1";
  weights.at_ms = {0.0, 2.0};
  net.probes.push_back(weights);
  for (const bool is_single : {false, true}) {
    Contract contract{compiled(is_single ? testing::in_single(net) : net), {}, {1, 2, 3, 7}, {""}, {}, {}};
    contract.stops = contract.checkpoints = every_step(contract.network->duration_steps);
    EXPECT_EQ(broken(contract), "");
  }
}

}  // namespace
}  // namespace spikeloom
