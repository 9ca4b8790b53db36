// Wrong values are errors that name their place, value and allowed range; odd but right ones are no errors.
#include <gtest/gtest.h>

#include <cmath>
#include <functional>

#include "tests/core/compile/edges.hpp"

namespace spikeloom {
namespace {

using test::cells, test::compiled, test::fault_of, test::two, test::wired;
using Kind = Connector::Kind;

constexpr double nan = __builtin_nan(""), inf = __builtin_inf();

struct Case {
  std::string kind, path;
  std::function<void(Network&)> change;
};

void expect(const std::vector<Case>& cases) {
  for (const Case& each : cases) {
    Network net = two(10, 10);
    each.change(net);
    const Error error = fault_of(net);
    EXPECT_EQ(error.kind, each.kind) << each.path << ": " << error.what();
    EXPECT_EQ(error.where.path, each.path) << error.what();
  }
}

void population(Network& net, const std::string& parameter, Value value) {
  Population p = cells(3);
  p.parameters[parameter] = std::move(value);
  net.population("P", p);
}

TEST(Validation, NumbersThatAreNotFiniteAreRefusedEverywhere) {
  for (const double bad : {nan, inf, -inf})
    expect({{"range", "/run/step_ms", [=](Network& net) { net.run.step_ms = bad; }},
            {"range", "/run/duration_ms", [=](Network& net) { net.run.duration_ms = bad; }},
            {"range", "/run/seed", [=](Network& net) { net.run.seed = bad; }},
            {"range", "/populations/P/parameters/E_L_mV", [=](Network& net) { population(net, "E_L_mV", bad); }},
            {"range", "/populations/P/size", [=](Network& net) { net.population("P", cells(bad)); }},
            {"range", "/projections/0/weight", [=](Network& net) { net.connect("A", "B", wired(Kind::all_to_all, 0.0, bad)); }},
            {"range", "/projections/0/delay_ms",
             [=](Network& net) { net.connect("A", "B", wired(Kind::all_to_all, 0.0, 1.0, bad)); }},
            {"range", "/projections/0/connect/fixed_probability",
             [=](Network& net) { net.connect("A", "B", wired(Kind::fixed_probability, bad)); }}});
}

TEST(Validation, MinusZeroIsZero) {
  Network net = two(10, 10);
  Population p = cells(3);
  p.parameters["t_ref_ms"] = -0.0;
  net.population("P", p);
  net.connect("A", "B", wired(Kind::all_to_all, 0.0, -0.0));
  EXPECT_EQ(fault_of(net).kind, "");
}

TEST(Validation, TimeConstantsAndCapacitancesMustBePositive) {
  for (const char* name : {"tau_m_ms", "C_m_pF", "tau_syn_exc_ms", "tau_syn_inh_ms"})
    for (const double bad : {0.0, -1.0})
      expect({{"range", std::string("/populations/P/parameters/") + name, [=](Network& net) { population(net, name, bad); }}});
  expect({{"range", "/populations/P/parameters/t_ref_ms", [](Network& net) { population(net, "t_ref_ms", -0.1); }}});
}

TEST(Validation, AResetAtOrAboveTheThresholdIsNamedAtTheReset) {
  expect({{"range", "/populations/P/parameters/V_reset_mV",
           [](Network& net) {
             Population p = cells(3);
             p.parameters["V_reset_mV"] = -50.0, p.parameters["V_th_mV"] = -50.0;
             net.population("P", p);
           }},
          {"range", "/populations/P/parameters/V_reset_mV", [](Network& net) {
             Population p = cells(300);
             p.parameters["V_reset_mV"] = uniform(-60, -49), p.parameters["V_th_mV"] = -50.0;
             net.population("P", p);
           }}});
}

TEST(Validation, CountsAndProbabilitiesHaveTheirRanges) {
  for (const double bad : {-0.1, 1.1, 2.0})
    expect({{"range", "/projections/0/connect/fixed_probability",
             [=](Network& net) { net.connect("A", "B", wired(Kind::fixed_probability, bad)); }}});
  for (const double bad : {-1.0, 1.5, 0x1p32 + 1, 0x1p63}) {
    expect({{"range", "/projections/0/connect/fixed_in_degree",
             [=](Network& net) { net.connect("A", "B", wired(Kind::fixed_in_degree, bad)); }},
            {"range", "/projections/0/connect/fixed_out_degree",
             [=](Network& net) { net.connect("A", "B", wired(Kind::fixed_out_degree, bad)); }}});
  }
  for (const double bad : {-1.0, 1.5, 0x1p63})
    expect({{"range", "/projections/0/connect/fixed_total",
             [=](Network& net) { net.connect("A", "B", wired(Kind::fixed_total, bad)); }}});
  for (const double bad : {-1.0, 1.5, 0x1p32 + 1, 0x1p63})
    expect({{"range", "/populations/P/size", [=](Network& net) { net.population("P", cells(bad)); }}});
}

TEST(Validation, IndicesBeyondTheEndAreNamedInTheList) {
  const auto listed = [](std::uint64_t source, std::uint64_t target, double delay) {
    return [=](Network& net) {
      Projection projection = wired(Kind::list);
      projection.connect.edges = {{0, 0, nan, nan}, {source, target, 1.0, delay}};
      net.connect("A", "B", projection);
    };
  };
  expect({{"range", "/projections/0/connect/list/1/0", listed(10, 0, 1.0)},
          {"range", "/projections/0/connect/list/1/1", listed(0, 10, 1.0)},
          {"range", "/projections/0/connect/list/1/1", listed(0, 1ULL << 40, 1.0)},
          {"range", "/projections/0/connect/list/1/3", listed(0, 0, 0.0)},
          {"range", "/projections/0/connect/list/1/3", listed(0, 0, -1.0)}});
}

TEST(Validation, ListsMustKeepWhatAutapsesAndMultapsesSay) {
  expect({{"conflict", "/projections/0/connect/list/1",
           [](Network& net) {
             Projection projection = wired(Kind::list);
             projection.connect.edges = {{0, 1, nan, nan}, {2, 2, nan, nan}};
             projection.autapses = false;
             net.connect("A", "A", projection);
           }},
          {"conflict", "/projections/0/connect/list/2", [](Network& net) {
             Projection projection = wired(Kind::list);
             projection.connect.edges = {{0, 1, nan, nan}, {2, 2, nan, nan}, {0, 1, nan, nan}};
             projection.multapses = false;
             net.connect("A", "B", projection);
           }}});
}

TEST(Validation, NamesThatDoNotExistComeWithTheNearest) {
  Network net = two(10, 10);
  population(net, "tau_ms", 10.0);
  Error error = fault_of(net);
  EXPECT_EQ(error.kind, "unknown_key");
  EXPECT_EQ(error.nearest, "tau_m_ms");
  net = two(10, 10);
  net.population("P", cells(3, "lif_expp"));
  error = fault_of(net);
  EXPECT_EQ(error.kind, "unknown_name");
  EXPECT_EQ(error.where.path, "/populations/P/model");
  EXPECT_EQ(error.nearest, "lif_exp");
  net = two(10, 10);
  Projection projection = wired(Kind::all_to_all);
  projection.receptor = "exk";
  net.connect("A", "B", projection);
  error = fault_of(net);
  EXPECT_EQ(error.where.path, "/projections/0/receptor");
  EXPECT_EQ(error.nearest, "exc");
  net = two(10, 10);
  net.probe_state("A", {"V_mV"}, 1.0);
  EXPECT_EQ(fault_of(net).nearest, "V_m_mV");
}

TEST(Validation, ParametersOfDistributionsAreChecked) {
  expect(
      {{"range", "/populations/P/parameters/E_L_mV/normal/sd", [](Network& net) { population(net, "E_L_mV", normal(-65, -1)); }},
       {"range", "/projections/0/weight/normal/sd",
        [](Network& net) { net.connect("A", "B", wired(Kind::all_to_all, 0.0, normal(1, -1))); }},
       {"range", "/projections/0/weight/normal/max",
        [](Network& net) { net.connect("A", "B", wired(Kind::all_to_all, 0.0, normal(1, 1, 2, 1))); }},
       {"range", "/projections/0/weight/lognormal/mean",
        [](Network& net) { net.connect("A", "B", wired(Kind::all_to_all, 0.0, lognormal(0, 1))); }},
       {"range", "/projections/0/weight/gamma/shape",
        [](Network& net) { net.connect("A", "B", wired(Kind::all_to_all, 0.0, gamma(1, 0))); }},
       {"range", "/projections/0/weight/uniform/1",
        [](Network& net) { net.connect("A", "B", wired(Kind::all_to_all, 0.0, uniform(1, 0))); }},
       {"range", "/projections/0/weight/uniform_int/0",
        [](Network& net) { net.connect("A", "B", wired(Kind::all_to_all, 0.0, uniform_int(0.5, 2))); }},
       {"range", "/projections/0/weight/mixture/0/0", [](Network& net) {
          const Distribution endless{Distribution::Law::mixture, {1e308, 1.0, 1e308, 2.0}, {}, false};
          net.connect("A", "B", wired(Kind::all_to_all, 0.0, endless));
        }}});
}

TEST(Validation, DrawnParametersMustLieInTheirRange) {
  expect(
      {{"range", "/populations/P/parameters/tau_m_ms", [](Network& net) { population(net, "tau_m_ms", uniform(-1e-9, -1e-10)); }},
       {"range", "/populations/P/parameters/tau_m_ms",
        [](Network& net) {
          population(net, "tau_m_ms", std::vector<double>{1, 2});
        }},
       {"range", "/populations/P/parameters/tau_m_ms", [](Network& net) {
          population(net, "tau_m_ms", std::vector<double>{1, 2, 0});
        }}});
}

TEST(Validation, AConductanceCannotBeNegative) {
  expect({{"range", "/projections/0/weight",
           [](Network& net) {
             net.population("P", cells(3, "lif_cond_exp"));
             Projection projection = wired(Kind::all_to_all, 0.0, normal(1, 1));
             projection.receptor = "exc";
             net.connect("A", "P", projection);
           }},
          {"range", "/projections/0/weight", [](Network& net) {
             net.population("P", cells(3, "lif_cond_exp"));
             net.connect("A", "P", wired(Kind::all_to_all, 0.0, -1.0));
           }}});
}

TEST(Validation, RunSettingsHaveTheirRanges) {
  expect({{"range", "/run/duration_ms", [](Network& net) { net.run.duration_ms = 0.0; }},
          {"range", "/run/duration_ms", [](Network& net) { net.run.duration_ms = -1.0; }},
          {"range", "/run/step_ms", [](Network& net) { net.run.step_ms = 0.0; }},
          {"range", "/run/threads", [](Network& net) { net.run.threads = 0.0; }},
          {"range", "/run/threads", [](Network& net) { net.run.threads = 1e6; }},
          {"range", "/run/weight_bits",
           [](Network& net) {
             net.run.weight_bits = 20.0;
             net.run.precision = Precision::single_;
           }},
          {"range", "/run/warmup_ms", [](Network& net) { net.run.warmup_ms = 11.0; }}});
  Network net = two(1, 1);
  net.run.duration_ms = 1e16;
  EXPECT_EQ(fault_of(net).exit, Exit::refused);
}

TEST(Validation, ProbesAreChecked) {
  const auto probe = [](const std::string& file, const std::string& other) {
    return [=](Network& net) {
      net.probe_spikes("A", file);
      net.probe_spikes("B", other);
    };
  };
  expect({{"conflict", "/probes/1/file", probe("x.csv", "x.csv")},
          {"conflict", "/probes/1/file", probe("x.csv", "./x.csv")},
          {"unsupported", "/probes/0/file", probe("x.h5", "y.csv")},
          {"range", "/probes/0/file", probe("x.txt", "y.csv")},
          {"range", "/probes/0/file", probe("/tmp/x.csv", "y.csv")},
          {"range", "/probes/0/file", probe("deep/../../x.csv", "y.csv")},
          {"conflict", "/probes/0/state/1",
           [](Network& net) {
             net.probe_state("A", {"V_m_mV", "V_m_mV"}, 1.0);
           }},
          {"range", "/probes/0/stop_ms", [](Network& net) {
             net.probe_state("A", {"V_m_mV"}, 1.0);
             net.probes[0].start_ms = 5.0, net.probes[0].stop_ms = 4.0;
           }}});
}

TEST(Validation, SignalsInACircleAreRefused) {
  expect({{"conflict", "/signals/a/readout/of",
           [](Network& net) {
             net.signals["a"].form = ReadoutSignal{"b", 1.0, {1}, {}};
             net.signals["b"].form = ReadoutSignal{"a", 1.0, {1}, {}};
           }},
          {"conflict", "/signals/itself/product/1", [](Network& net) {
             net.signals["one"].form = StepsSignal{{{0.0, 1.0}}};
             net.signals["itself"].form = ProductSignal{{"one", "itself"}, {}};
           }}});
}

/// Two channels x, a readout z of it with one channel, and its error.
void learner(Network& net) {
  net.signals["x"].form = ExternalSignal{2.0};
  net.signals["error"].form = ObjectiveSignal{"x1", "z"};
  net.signals["x1"].form = StepsSignal{{{0.0, 1.0}}};
  ReadoutSignal readout{"x", 1.0, {0}, {}};
  readout.rule = ReadoutRule{};
  readout.rule->name = "rls";
  readout.error = "error";
  net.signals["z"].form = readout;
}

TEST(Validation, SignalsMustFitEachOther) {
  const auto readout = [](Network& net) -> ReadoutSignal& {
    learner(net);
    return std::get<ReadoutSignal>(net.signals["z"].form);
  };
  expect({{"unknown_name", "/signals/z/readout/error", [=](Network& net) { readout(net).error = "eror"; }},
          {"range", "/signals/z/readout/error", [=](Network& net) { readout(net).error = "x"; }},
          {"unknown_name", "/signals/z/readout/gate", [=](Network& net) { readout(net).gate = "y"; }},
          {"range", "/signals/z/readout/rule/forget", [=](Network& net) { readout(net).rule->forget = 1.5; }},
          {"range", "/signals/z/readout/rule/P0", [=](Network& net) { readout(net).rule->P0 = 0.0; }},
          {"range", "/signals/p/product/1",
           [](Network& net) {
             net.signals["a"].form = ExternalSignal{2.0}, net.signals["b"].form = ExternalSignal{3.0};
             net.signals["p"].form = ProductSignal{{"a", "b"}, {}};
           }},
          {"range", "/signals/p/clip",
           [](Network& net) {
             net.signals["a"].form = ExternalSignal{2.0};
             net.signals["p"].form = ProductSignal{{"a", "a"}, {{0.0, 1.0}}};
           }},
          {"range", "/signals/p/clip/0/1",
           [](Network& net) {
             net.signals["a"].form = ExternalSignal{2.0};
             net.signals["p"].form = ProductSignal{{"a"}, {{1.0, 0.0}}};
           }},
          {"range", "/signals/c/choice/probabilities",
           [](Network& net) {
             net.signals["c"].form = ChoiceSignal{{0.5, 0.4}};
           }},
          {"range", "/signals/m/to_ms",
           [](Network& net) {
             net.signals["a"].form = ExternalSignal{2.0};
             net.signals["m"].form = MeanSignal{"a", 5.0, 5.0, {}};
           }},
          {"unknown_name", "/signals/m/phases/0",
           [](Network& net) {
             net.signals["a"].form = ExternalSignal{2.0};
             net.signals["m"].form = MeanSignal{"a", std::nullopt, std::nullopt, {"train"}};
           }},
          {"range", "/signals/d/decay/pulses/1/0",
           [](Network& net) {
             net.signals["d"].form = DecaySignal{1.0, std::nullopt, 1.0, {{2.0, 1.0}, {1.0, 1.0}}};
           }},
          {"range", "/signals/t/tau_ms", [](Network& net) {
             net.signals["t"].form = TraceSignal{parse_slice("A", {}), {1.0, 2.0, 3.0}, 1.0};
           }}});
}

TEST(Validation, PhasesMustFitTheRunAndWhatTheySet) {
  const auto phase = [](Network& net) -> Phase& {
    net.run.duration_ms.reset();
    net.phases.push_back({});
    net.phases[0].run_ms = 10.0;
    return net.phases[0];
  };
  const auto set = [=](Network& net, const std::string& name, Signal signal) {
    learner(net);
    phase(net).set[name] = std::move(signal);
  };
  expect({{"conflict", "/run/duration_ms",
           [=](Network& net) {
             phase(net);
             net.run.duration_ms = 10.0;
           }},
          {"range", "/phases/0/run_ms", [=](Network& net) { phase(net).run_ms = 0.0; }},
          {"range", "/phases/0/run_ms", [=](Network& net) { phase(net).run_ms = 0.01; }},
          {"range", "/phases/0/repeat", [=](Network& net) { phase(net).repeat = 0.0; }},
          {"range", "/phases/0",
           [=](Network& net) {
             phase(net).repeat = 1e12;
             net.phases[0].run_ms = 1e4;
           }},
          {"unknown_name", "/phases/0/plasticity/1",
           [=](Network& net) {
             learner(net);
             phase(net).plasticity = std::vector<std::string>{"z", "zz"};
           }},
          {"unknown_name", "/phases/0/set",
           [=](Network& net) {
             set(net, "nobody", {ExternalSignal{1.0}, {}});
           }},
          {"conflict", "/phases/0/set",
           [=](Network& net) {
             set(net, "x1", {ExternalSignal{1.0}, {}});
           }},
          {"conflict", "/phases/0/set",
           [=](Network& net) {
             set(net, "x", {ExternalSignal{3.0}, {}});
           }},
          {"conflict", "/phases/0/set", [=](Network& net) {
             learner(net);
             Signal changed = net.signals["z"];
             std::get<ReadoutSignal>(changed.form).weights = {1};
             phase(net).set["z"] = changed;
           }}});
}

TEST(Validation, ProductsThatOverflowAreRefusedBeforeAllocation) {
  Network net = two(10, 10);
  Population p = cells(1);
  p.shape = {70000.0, 70000.0};
  net.population("P", p);
  EXPECT_EQ(fault_of(net).where.path, "/populations/P/shape/1");
  net = two(10, 10);
  Population large = cells(4e9);
  large.initial["V_m_mV"] = uniform(-70, -60);
  net.population("P", large);
  EXPECT_EQ(fault_of(net).exit, Exit::refused);
  net = two(1e9, 1e9);
  Projection projection = wired(Kind::fixed_total, 1e13);
  projection.multapses = false;
  net.connect("A", "B", projection);
  EXPECT_EQ(fault_of(net).exit, Exit::refused);
}

TEST(Validation, AHugeUniformNetworkIsCompiledWithoutAColumn) {
  Network net = two(1e8, 1e8);
  net.connect("A", "B", wired(Kind::fixed_out_degree, 10.0, normal(1, 0.1)));
  const auto network = compiled(net);
  EXPECT_EQ(network->synapses(), 1'000'000'000u);
  EXPECT_TRUE(network->populations[0].coefficients[0].uniform());
}

TEST(Validation, AutapsesAreExcludedOnlyWhereEveryCellStandsOnce) {
  expect({{"conflict", "/projections/0/to", [](Network& net) {
             net.group("G", {parse_slice("A", {}), parse_slice("A[3:5]", {})});
             Projection projection = wired(Kind::all_to_all);
             projection.autapses = false;
             net.connect("A", "G", projection);
           }}});
}

TEST(Validation, EmptyPopulationsAreFine) {
  Network net = two(0, 10);
  Population p = cells(0);
  p.parameters["tau_m_ms"] = uniform(9, 11);
  p.initial["V_m_mV"] = std::vector<double>{};
  net.population("P", p);
  for (const Kind kind : {Kind::all_to_all, Kind::fixed_total, Kind::fixed_probability, Kind::fixed_out_degree})
    net.connect("A", "B", wired(kind));
  net.connect("B", "P", wired(Kind::all_to_all));
  net.connect("A", "P", wired(Kind::one_to_one));
  const Error error = fault_of(net);
  EXPECT_EQ(error.kind, "") << error.what();
}

TEST(Validation, NothingToConnectIsAnErrorOnlyWhereACountDemandsIt) {
  expect({{"range", "/projections/0/connect/fixed_total",
           [](Network& net) {
             net.population("P", cells(0));
             net.connect("P", "B", wired(Kind::fixed_total, 5.0));
           }},
          {"range", "/projections/0/connect/fixed_in_degree", [](Network& net) {
             net.population("P", cells(0));
             net.connect("P", "B", wired(Kind::fixed_in_degree, 5.0));
           }}});
}

TEST(Validation, BlocksOfCountZeroMakeNoProjection) {
  Network net = two(10, 10);
  net.connect("A", "B", wired(Kind::fixed_total, 0.0));
  net.connect("A", "B", wired(Kind::fixed_probability, 0.0));
  net.connect("A", "B", wired(Kind::fixed_total, 3.0));
  const auto network = compiled(net);
  ASSERT_EQ(network->projections.size(), 1u);
  EXPECT_EQ(network->projections[0].name, "A->B#3");
}

TEST(Validation, AProjectionThatChanceLeftEmptyMayBeProbedAndGated) {
  Network net = two(10, 0);
  Projection none = wired(Kind::all_to_all);
  none.name = "none";
  net.connect("A", "B", none);
  EXPECT_TRUE(compiled(net)->projections.empty());
  net.signals["gate"].form = StepsSignal{{{0.0, 0.5}}};
  net.modulation.push_back({"gate", "none", "gain", 1.0, {}});
  Probe probe;
  probe.kind = Probe::Kind::weights;
  probe.of.name = "none";
  net.probes.push_back(probe);
  const auto network = compiled(net);
  ASSERT_EQ(network->projections.size(), 1u);
  EXPECT_EQ(network->projections[0].rows->count(), 0u);
}

TEST(Validation, GroupsThatNothingUsesHoldRightNamesToo) {
  for (const auto& [members, kind] :
       {std::pair<std::vector<std::string>, std::string>{{"A", "B"}, ""}, {{"A", "nope"}, "unknown_name"}, {{"g"}, "conflict"}}) {
    Network net = two(10, 10);
    std::vector<Slice> slices;
    for (const std::string& name : members) slices.push_back({.name = name});
    net.group("g", slices);
    EXPECT_EQ(fault_of(net).kind, kind);
  }
}

TEST(Validation, AProbesFileHasANameBeforeItsEnding) {
  expect({{"range", "/probes/0/file",
           [](Network& net) { net.probes.push_back({.kind = Probe::Kind::spikes, .of = {.name = "A"}, .file = ".csv"}); }}});
}

TEST(Validation, SamplesThatTheRunDoesNotReachAreWarnedOf) {
  const auto warnings = [](double start_ms, std::vector<Value> at_ms) {
    Network net = two(10, 10);
    net.run.duration_ms = 10.0;
    Probe probe{.kind = Probe::Kind::state, .of = {.name = "A"}, .states = {"V_m_mV"}};
    if (at_ms.empty()) probe.every_ms = 1.0, probe.start_ms = start_ms;
    probe.at_ms = std::move(at_ms);
    net.probes.push_back(probe);
    return compiled(net)->warnings;
  };
  EXPECT_EQ(warnings(0, {10.0, 10.1, 11.0}),
            std::vector<std::string>{"/probes/0/at_ms: 2 of 3 times are after the end of the run, 10 ms"});
  EXPECT_EQ(warnings(12, {}),
            std::vector<std::string>{"/probes/0/start_ms: nothing is recorded, as it is after the end of the run, 10 ms"});
  EXPECT_TRUE(warnings(10, {}).empty() && warnings(0, {10.0}).empty()) << "the controls";
}

TEST(Validation, CellsThatNoMachineHoldsAreRefusedBeforeTheyAreDrawn) {
  Network net = two(10, 10);
  Population many = cells(4294967294.0);
  many.initial["V_m_mV"] = normal(-60, 1);
  net.population("many", many);
  const Error error = fault_of(net);
  EXPECT_EQ(error.kind, "memory");
  EXPECT_EQ(error.exit, Exit::refused);
}

TEST(Validation, SinglePrecisionInFineStepsIsWarnedOf) {
  for (const bool single : {true, false})
    for (const double step_ms : {0.1, 0.01}) {
      Network net = two(10, 10);
      net.run.step_ms = step_ms;
      net.run.precision = single ? Precision::single_ : Precision::double_;
      EXPECT_EQ(compiled(net)->warnings.size(), single && step_ms < 0.05 ? 1u : 0u);
    }
}

}  // namespace
}  // namespace spikeloom
