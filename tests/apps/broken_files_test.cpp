// Broken network files: each exits with 2, names the path of the value at fault, and leaves nothing behind.
#include <gtest/gtest.h>

#include <sstream>

#include "tests/apps/command.hpp"

namespace spikeloom {
namespace {

/// One change of the small network that makes it wrong, and where the fault lies.
struct Break {
  const char* set;  ///< KEY=VALUE
  const char* path;
};

std::string name_of(const testing::TestParamInfo<Break>& info) { return "Case" + std::to_string(info.index); }

class BrokenValue : public testing::TestWithParam<Break> {};

TEST_P(BrokenValue, ExitsWithTwoAndNamesThePath) {
  Workshop shop;
  shop.write("small.json", small_network);
  const Outcome run = shop.run({"run", "small.json", "--json", "--set", GetParam().set});
  EXPECT_EQ(run.exit_code, 2) << GetParam().set << run.out << run.err;
  const auto error = run.json()["error"];
  EXPECT_EQ(error["path"], GetParam().path) << GetParam().set << " " << error;
  EXPECT_FALSE(error["message"].get<std::string>().empty());
  EXPECT_EQ(error["file"], "small.json");
  EXPECT_FALSE(shop.has("small.out"));
}

INSTANTIATE_TEST_SUITE_P(
    EveryRule, BrokenValue,
    testing::Values(Break{"populations.E.parameters.tau_m_ms=0", "/populations/E/parameters/tau_m_ms"},
                    Break{"populations.E.parameters.tau_m_ms=-1", "/populations/E/parameters/tau_m_ms"},
                    Break{"populations.E.parameters.t_ref_ms=-0.1", "/populations/E/parameters/t_ref_ms"},
                    Break{"populations.E.parameters.V_reset_mV=20", "/populations/E/parameters/V_reset_mV"},
                    Break{"populations.E.parameters.tau_mm_ms=3", "/populations/E/parameters/tau_mm_ms"},
                    Break{"populations.E.model=\"lif_detla\"", "/populations/E/model"},
                    Break{"populations.E.size=-1", "/populations/E/size"}, Break{"populations.E.size=1.5", "/populations/E/size"},
                    Break{"populations.E.size=9223372036854775808", "/populations/E/size"},
                    Break{"populations.E.sizes=3", "/populations/E/sizes"},
                    Break{"projections.0.delay_ms=0", "/projections/0/delay_ms"},
                    Break{"projections.0.delay_ms=-1", "/projections/0/delay_ms"},
                    Break{"projections.0.connect.fixed_probability=1.5", "/projections/0/connect/fixed_probability"},
                    Break{"projections.0.connect.fixed_probability=-0.1", "/projections/0/connect/fixed_probability"},
                    Break{"projections.1.connect.fixed_in_degree=2.5", "/projections/1/connect/fixed_in_degree"},
                    Break{"projections.1.connect.fixed_in_degree=-1", "/projections/1/connect/fixed_in_degree"},
                    Break{"projections.0.from=\"F\"", "/projections/0/from"},
                    Break{"projections.0.weight={\"normal\": {\"mean\": 1, \"sd\": -1}}", "/projections/0/weight/normal/sd"},
                    Break{"projections.0.weight=\"=J+\"", "/projections/0/weight"},
                    Break{"projections.0.weight=\"=K\"", "/projections/0/weight"},
                    Break{"run.duration_ms=-1", "/run/duration_ms"}, Break{"run.step_ms=0", "/run/step_ms"},
                    Break{"run.seed=9007199254740993", "/run/seed"}, Break{"run.precision=\"half\"", "/run/precision"},
                    Break{"run.backend=\"gpu\"", "/run/backend"}, Break{"inputs.drive.to=\"X\"", "/inputs/drive/to"},
                    Break{"probes.0.spikes=\"X\"", "/probes/0/spikes"}, Break{"spikeloom=2", "/spikeloom"},
                    Break{"probes.1.file=\"E.csv\"", "/probes/1/file"}, Break{"probes.0.file=\"E.txt\"", "/probes/0/file"}),
    name_of);

/// Every part of a file that holds a name.
constexpr const char* named_network = R"({"spikeloom": 1, "name": "named", "parameters": {"J": 2},
  "run": {"duration_ms": 5, "backend": "cpu"},
  "populations": {"Exc": {"size": 20, "model": "izhikevich", "scheme": "euler", "parameters": {"a": 0.02, "b": "=J/10"}, "initial": {"u": 1}},
                  "Inh": {"size": 10, "model": "lif_exp"}},
  "inputs": {"drive": {"poisson": {"rate_hz": 100}, "to": "Exc", "weight": "=J", "delay_ms": 1, "receptor": "exc"},
             "kick": {"spikes": {"times_ms": [[1], [2]]}}, "bias": {"current": {"value": 1}, "to": "Inh"}},
  "groups": {"all": ["Inh", "kick"], "cells": ["Exc", "Inh"]},
  "projections": [{"from": "Exc", "to": "Inh", "connect": {"fixed_probability": 0.5}, "weight": 1, "delay_ms": 1, "receptor": "exc"},
                  {"from": ["Exc", "Inh"], "to": ["Exc", "Inh"], "connect": {"fixed_probability": 0.1}, "weight": 1, "delay_ms": 1},
                  {"from": "all", "to": "Inh[0:4]", "connect": "all_to_all", "weight": 1, "delay_ms": 1}],
  "signals": {"cue": {"pulse": {"at_ms": 1, "width_ms": 2, "height": 3}}, "trace": {"trace_of": "Exc", "tau_ms": 5},
              "rate": {"rate_of": "Exc", "tau_ms": 5}, "answer": {"readout": {"of": "cue", "channels": 1, "weights": [1]}}},
  "currents": [{"from": "cue", "to": "Inh"}],
  "modulation": [{"signal": "cue", "to": "Inh", "target": "V_th_mV", "scale": 0.5}],
  "probes": [{"spikes": "all"}, {"state": "v_mV", "of": "Exc[0:2]", "every_ms": 1}, {"state": ["v_mV", "u"], "of": "Exc", "every_ms": 1},
             {"weights": "Exc->Inh", "at_ms": [0]}, {"signal": "cue", "every_ms": 1}]})";

/// A wrong name in place of a right one.
struct WrongName {
  const char* path;
  const char* name;
  const char* nearest;  ///< "": none is near
  const char* kind = "unknown_name";
};

class BrokenName : public testing::TestWithParam<WrongName> {};

TEST_P(BrokenName, IsToldWithItsPathLineValueAndTheNearestName) {
  Workshop shop;
  auto network = nlohmann::ordered_json::parse(named_network);
  network[nlohmann::ordered_json::json_pointer(GetParam().path)] = GetParam().name;
  const std::string text = network.dump(1);
  shop.write("named.json", text);
  const Outcome run = shop.run({"run", "named.json", "--json"});
  EXPECT_EQ(run.exit_code, 2) << GetParam().path << run.out << run.err;
  const auto error = run.json()["error"];
  EXPECT_EQ(error["path"], GetParam().path) << error;
  EXPECT_EQ(error["kind"], GetParam().kind) << error;
  const std::string value = error["value"].get<std::string>();  // names in quotes where a choice of the format is meant
  EXPECT_NE(value.find(std::string(GetParam().name).substr(0, std::string(GetParam().name).find('['))), std::string::npos)
      << error;
  EXPECT_EQ(error["nearest"].is_null() ? "" : error["nearest"].get<std::string>(), GetParam().nearest) << error;
  ASSERT_FALSE(error["line"].is_null()) << error;
  std::istringstream lines(text);
  std::string line;
  for (int k = error["line"]; k > 0; --k) std::getline(lines, line);
  EXPECT_NE(line.find(GetParam().name), std::string::npos) << error << line;
}

INSTANTIATE_TEST_SUITE_P(
    EveryReference, BrokenName,
    testing::Values(WrongName{"/run/backend", "cpuu", "cpu"}, WrongName{"/populations/Exc/model", "izhikevic", "izhikevich"},
                    WrongName{"/populations/Exc/scheme", "eulr", "euler"}, WrongName{"/inputs/drive/to", "Exx", "Exc"},
                    WrongName{"/inputs/drive/to", "kick", "", "conflict"}, WrongName{"/inputs/drive/receptor", "exx", "exc"},
                    WrongName{"/inputs/bias/to", "Ihn", "Inh"}, WrongName{"/groups/all/1", "kik", "kick"},
                    WrongName{"/groups/all/1", "drive", "", "conflict"}, WrongName{"/projections/0/from", "Exx", "Exc"},
                    WrongName{"/projections/0/from", "drive", "", "conflict"}, WrongName{"/projections/0/to", "cell", "cells"},
                    WrongName{"/projections/0/to", "kick", "", "conflict"},
                    WrongName{"/projections/0/to", "bias", "", "conflict"}, WrongName{"/projections/0/receptor", "ex", "exc"},
                    WrongName{"/projections/1/from/1", "Inn", "Inh"}, WrongName{"/projections/1/to/0", "kick", "", "conflict"},
                    WrongName{"/projections/2/to", "all[0:2]", "", "conflict"},
                    WrongName{"/projections/2/to", "Inh[0:11]", "", "range"}, WrongName{"/signals/trace/trace_of", "Ex", "Exc"},
                    WrongName{"/signals/trace/trace_of", "drive", "", "conflict"},
                    WrongName{"/signals/rate/rate_of", "Exx", "Exc"}, WrongName{"/signals/answer/readout/of", "cues", "cue"},
                    WrongName{"/currents/0/from", "cux", "cue"}, WrongName{"/currents/0/to", "Ihn", "Inh"},
                    WrongName{"/modulation/0/signal", "cux", "cue"}, WrongName{"/modulation/0/to", "Ihn", "Inh"},
                    WrongName{"/modulation/0/target", "V_th", "V_th_mV"}, WrongName{"/probes/0/spikes", "alll", "all"},
                    WrongName{"/probes/0/spikes", "drive", "", "conflict"}, WrongName{"/probes/1/state", "v", "v_mV"},
                    WrongName{"/probes/1/of", "kick", "", "conflict"}, WrongName{"/probes/1/of", "Exc[0:21]", "", "range"},
                    WrongName{"/probes/2/state/1", "v_m", "v_mV"}, WrongName{"/probes/3/weights", "Exc->Ihn", "Exc->Inh"},
                    WrongName{"/probes/4/signal", "cux", "cue"}),
    [](const testing::TestParamInfo<WrongName>& info) { return "Case" + std::to_string(info.index); });

TEST(BrokenNames, TheNetworkTheyAreTriedOnIsRight) {  // the control
  Workshop shop;
  shop.write("named.json", named_network);
  const Outcome run = shop.run({"run", "named.json", "--json"});
  EXPECT_EQ(run.exit_code, 0) << run.out << run.err;
}

/// Changes that would need more than a machine has, in memory or time; none may be tried out.
class TooLarge : public testing::TestWithParam<Break> {};

TEST_P(TooLarge, IsRefusedAtOnceWithItsPath) {
  Workshop shop;
  shop.write("named.json", named_network);
  const std::string memory = memory_is_shadowed ? "" : "ulimit -v 2000000; ";  // shadows are address space too
  const Outcome run = shop.run_program(
      "/bin/sh", {"-c", memory + "ulimit -t 20; exec \"$0\" run named.json --json --set \"$1\"", command_path(), GetParam().set});
  EXPECT_EQ(run.exit_code, 3) << GetParam().set << run.out << run.err;
  EXPECT_EQ(run.json()["error"]["path"], GetParam().path) << GetParam().set << run.out;
}

INSTANTIATE_TEST_SUITE_P(
    EverySize, TooLarge,
    testing::Values(Break{"populations.Exc.size=4e9", "/populations/Exc/size"},
                    Break{"projections.0.connect={\"fixed_in_degree\": 2147483648}", "/projections/0/connect/fixed_in_degree"},
                    Break{"projections.0.connect={\"fixed_out_degree\": 2147483648}", "/projections/0/connect/fixed_out_degree"},
                    Break{"projections.0.connect={\"fixed_total\": 1e14}", "/projections/0/connect/fixed_total"},
                    Break{"inputs.source={\"poisson\": {\"rate_hz\": 1}, \"size\": 4e9}", "/inputs/source/size"},
                    Break{"inputs.source={\"external\": 4e9}", "/inputs/source/external"}),
    name_of);

TEST(BrokenText, GroupsWithinGroupsAreBounded) {
  for (const char* of : {"\"", "[0:10]\""}) {
    Workshop shop;
    std::string groups = "\"g0\": [\"Exc\"]";
    for (int k = 1; k < 12; ++k) {
      groups += ", \"g" + std::to_string(k) + "\": [";
      for (int i = 0; i < 50; ++i) groups += (i > 0 ? ", \"g" : "\"g") + std::to_string(k - 1) + of;
      groups += "]";
    }
    std::string text = named_network;
    text.replace(text.find("\"all\": ["), 0, groups + ", ");
    shop.write("named.json", text);
    const Outcome run = shop.run({"run", "named.json", "--json", "--set", "probes=[{\"spikes\": \"g11\"}]"});
    EXPECT_EQ(run.exit_code, 3) << run.out;
    EXPECT_EQ(run.json()["error"]["kind"], "limit");
  }
  Workshop shop;
  shop.write("named.json", named_network);
  const Outcome circle = shop.run({"run", "named.json", "--json", "--set", "groups.all=[\"Exc\", \"all\"]"});
  EXPECT_EQ(circle.exit_code, 2);
  EXPECT_EQ(circle.json()["error"]["kind"], "conflict");
  EXPECT_EQ(circle.json()["error"]["path"], "/groups/all/1");
}

TEST(BrokenText, ExitsWithTwoAndNamesTheLine) {
  const std::string deep(100'000, '[');
  std::string deep_objects;
  for (int i = 0; i < 100'000; ++i) deep_objects += "{\"a\":";
  const std::string texts[] = {"",
                               "{",
                               "[]",
                               "{\"spikeloom\": 1,}",
                               "{\"spikeloom\": 1, \"spikeloom\": 1}",
                               "{\"spikeloom\": NaN}",
                               deep,
                               deep_objects,
                               "{\"spikeloom\": 1e400}",
                               "\xff\xfe",
                               "{\"spikeloom\": 1} x",
                               std::string("{\"spikeloom\"\0: 1}", 17)};
  for (const std::string& text : texts) {
    Workshop shop;
    shop.write("broken.json", text);
    const Outcome run = shop.run({"run", "broken.json", "--json"});
    EXPECT_EQ(run.exit_code, 2) << text.substr(0, 60) << run.out << run.err;
    EXPECT_EQ(run.json()["error"]["file"], "broken.json") << text.substr(0, 60);
  }
}

TEST(BrokenText, TheLineOfTheFaultIsTold) {
  Workshop shop;
  std::string text = small_network;
  text.replace(text.find("\"size\": 20"), 10, "\"size\": -2");
  shop.write("small.json", text);
  EXPECT_EQ(shop.run({"run", "small.json", "--json"}).json()["error"]["line"], 7);
}

TEST(BrokenText, WhatThisVersionCannotDoIsRefusedNotWrong) {
  Workshop shop;
  shop.write("small.json", small_network);
  const Outcome run = shop.run({"run", "small.json", "--json", "--set", "probes.0.file=\"E.h5\""});
  EXPECT_EQ(run.exit_code, 3);
  EXPECT_EQ(run.json()["error"]["path"], "/probes/0/file");
}

/// A data file beside the network that is wrong, the change that uses it, and what must be told.
struct BrokenData {
  const char* file;
  std::string content;
  const char* set;
  const char* path;
  const char* told;  ///< part of the message
  const char* kind = "file";
};

class BrokenDataFile : public testing::TestWithParam<BrokenData> {};

TEST_P(BrokenDataFile, ExitsWithTwoAndNamesPathFileAndRow) {
  Workshop shop;
  shop.write("named.json", named_network);
  shop.write(GetParam().file, GetParam().content);
  const Outcome run = shop.run({"run", "named.json", "--json", "--set", GetParam().set});
  EXPECT_EQ(run.exit_code, 2) << run.out << run.err;
  const auto error = run.json()["error"];
  EXPECT_EQ(error["path"], GetParam().path) << error;
  EXPECT_EQ(error["kind"], GetParam().kind) << error;
  EXPECT_NE(error["message"].get<std::string>().find(GetParam().told), std::string::npos) << error;
  EXPECT_FALSE(error["value"].is_null() && error["kind"] != "missing") << error;
}

constexpr const char* with_spikes = "inputs.kick={\"spikes\": {\"file\": \"s.csv\"}, \"size\": 2}";
constexpr const char* with_edges =
    "projections.0={\"from\": \"Exc\", \"to\": \"Inh\", \"connect\": {\"file\": \"e.csv\"}, \"receptor\": \"exc\"}";
constexpr const char* with_column = "populations.Inh.parameters={\"t_ref_ms\": {\"file\": \"v.csv\", \"column\": \"t\"}}";
constexpr const char* with_array = "populations.Inh.parameters={\"t_ref_ms\": {\"file\": \"v.npy\"}}";
constexpr const char *spikes_path = "/inputs/kick/spikes/file", *edges_path = "/projections/0/connect/file",
                     *value_path = "/populations/Inh/parameters/t_ref_ms";

std::string npy(const std::string& shape, std::size_t bytes, const std::string& type = "<f8") {
  std::string header = "{'descr': '" + type + "', 'fortran_order': False, 'shape': " + shape + ", }";
  header.resize(117, ' ');
  return std::string("\x93NUMPY\x01\x00\x76\x00", 10) + header + "\n" + std::string(bytes, '\0');
}

INSTANTIATE_TEST_SUITE_P(
    EveryFile, BrokenDataFile,
    testing::Values(
        BrokenData{"s.csv", "neuron,time_ms\n0,1\n-1,2\n", with_spikes, spikes_path, "s.csv, row 2", "range"},
        BrokenData{"s.csv", "neuron,time_ms\n0,-1\n", with_spikes, spikes_path, "s.csv, row 1", "range"},
        BrokenData{"s.csv", "neuron,time_ms\n0,1e300\n", with_spikes, spikes_path, "s.csv, row 1", "range"},
        BrokenData{"s.csv", "neuron,time_ms\r\n0,x\r\n", with_spikes, spikes_path, "s.csv, line 2"},
        BrokenData{"s.csv", "neuron,time_ms\n0,1e400\n", with_spikes, spikes_path, "s.csv, line 2"},
        BrokenData{"s.csv", "neuron,time\n0,1\n", with_spikes, spikes_path, "time_ms", "missing"},
        BrokenData{"s.csv", "", with_spikes, spikes_path, "is empty"},
        BrokenData{"other.csv", "", with_spikes, spikes_path, "cannot read"},
        BrokenData{"e.csv", "source,target,weight,delay_ms\n0,0,1,1\n0,10,1,1\n", with_edges, edges_path, "e.csv, row 2",
                   "range"},
        BrokenData{"e.csv", "source,target,weight,delay_ms\n0,0.5,1,1\n", with_edges, edges_path, "e.csv, row 1", "range"},
        BrokenData{"e.csv", "source,target,weight,delay_ms\n0,0,1,0\n", with_edges, edges_path, "e.csv, row 1", "range"},
        BrokenData{"e.csv", "source,target,wieght,delay_ms\n0,0,1,1\n", with_edges, edges_path, "wieght", "unknown_key"},
        BrokenData{"e.csv", "source,weight\n0,1\n", with_edges, edges_path, "target", "missing"},
        BrokenData{"v.csv", "t\n1\n2\n", with_column, value_path, "another length", "range"},
        BrokenData{"v.csv", "x\n1\n", with_column, value_path, "does not exist", "unknown_name"},
        BrokenData{"v.csv", "t,x\n1\n", with_column, value_path, "2 columns"},
        BrokenData{"v.npy", npy("(10,)", 40), with_array, value_path, "it holds 5"},
        BrokenData{"v.npy", npy("(1000000000000,)", 80), with_array, value_path, "it holds 10"},
        BrokenData{"v.npy", npy("(-1,)", 80), with_array, value_path, "no number"},
        BrokenData{"v.npy", npy("(9,)", 72), with_array, value_path, "length", "range"},
        BrokenData{"v.npy", npy("(2, 5)", 80), with_array, value_path, "one-dimensional"},
        BrokenData{"v.npy", npy("(10,)", 80, "<c16"), with_array, value_path, "another type"},
        BrokenData{"v.npy", npy("(10,)", 80).substr(0, 60), with_array, value_path, "cut"},
        BrokenData{"v.npy", "\x93NUMPX", with_array, value_path, "not a .npy"}),
    [](const testing::TestParamInfo<BrokenData>& info) { return "Case" + std::to_string(info.index); });

TEST(BrokenText, FoldersAndDevicesAreNoNetworkFiles) {
  Workshop shop;
  for (const char* file : {".", "missing.json", "/dev/zero", "/dev/full"}) {
    const Outcome run = shop.run({"run", file, "--json"});
    EXPECT_EQ(run.exit_code, 2) << file << run.out;
    EXPECT_EQ(run.json()["error"]["kind"], "file") << file;
    EXPECT_EQ(run.json()["error"]["value"], file);
  }
}

TEST(BrokenText, AnEmptyPopulationIsNoError) {
  Workshop shop;
  shop.write("small.json", small_network);
  const Outcome run = shop.run({"run", "small.json", "--json", "--set", "populations.I.size=0", "--set", "projections=[]"});
  EXPECT_EQ(run.exit_code, 0) << run.out << run.err;
}

}  // namespace
}  // namespace spikeloom
