// The benchmark programs and scripts work as a user calls them, and fail where an answer is wrong.
#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

#include "tests/house/files.hpp"

namespace {

using nlohmann::json;

const std::string binaries = std::string(SPIKELOOM_BINARY_DIR) + "/bench/";
const std::string command = std::string(" --command ") + SPIKELOOM_COMMAND;

/// A list with one workload that asks for an impossible rate.
std::string wrong_list(const house::TemporaryFolder& folder) {
  json list = json::parse(house::read(house::source / "bench/workloads.json"));
  json workload = list["workloads"]["izhikevich_2003"];
  workload["duration_ms"] = 200;
  workload["answers"] = {{"E", {{"rate_hz", {500, 501}}}}};
  const auto path = folder.path / "wrong.json";
  std::ofstream(path) << json{{"workloads", {{"izhikevich_2003", workload}}}};
  return path.string();
}

TEST(BenchPrograms, AWorkloadReportsItsFigures) {
  const auto ran =
      house::shell(binaries + "workloads --benchmark_filter=izhikevich_2003/threads/1 --benchmark_format=json", house::source);
  ASSERT_EQ(ran.exit, 0) << ran.output << ran.errors;
  const json benchmark = json::parse(ran.output).at("benchmarks").at(0);
  for (const char* figure : {"RTF", "cpu_s/bio_s", "build_s", "spikes/bio_s", "events/bio_s", "events/s", "ns/event",
                             "ns/neuron_step", "peak_MiB", "B/synapse"})
    EXPECT_GT(benchmark.at(figure).get<double>(), 0) << figure;
}

TEST(BenchPrograms, AWorkloadWithAWrongAnswerFails) {
  const house::TemporaryFolder folder;
  const auto ran = house::shell(binaries + "workloads --list " + wrong_list(folder), folder.path);
  EXPECT_EQ(ran.exit, 1);
  EXPECT_NE((ran.output + ran.errors).find("wrong answer: rate of E"), std::string::npos) << ran.output << ran.errors;
}

TEST(BenchPrograms, LimitsPrintsATableOrJson) {
  const auto text = house::shell(binaries + "limits --size-mib 1 --repeats 1 --threads 1", house::source);
  ASSERT_EQ(text.exit, 0) << text.errors;
  EXPECT_NE(text.output.find("delay segments into the L2"), std::string::npos) << text.output;
  const auto ran = house::shell(binaries + "limits --size-mib 1 --repeats 1 --json", house::source);
  ASSERT_EQ(ran.exit, 0) << ran.errors;
  const json report = json::parse(ran.output);
  EXPECT_GT(report.at("limits").size(), 8u);
  EXPECT_GT(report.at("limits").at(0).at("threads").at("2").at("best").get<double>(), 0);
}

TEST(BenchScripts, ExplainThemselves) {
  for (const std::string script : {"peers", "scaling", "instructions"}) {
    const auto ran = house::shell("scripts/bench " + script + " --help", house::source);
    EXPECT_EQ(ran.exit, 0) << script << ran.errors;
    EXPECT_NE(ran.output.find("--workloads") + 1 + ran.output.find("--sweeps") + 1, 0u) << script;
  }
  EXPECT_EQ(house::shell("scripts/bench nothing", house::source).exit, 2);
}

TEST(BenchScripts, PeersRunsSpikeloomWhereNoPeerIsInstalled) {
  const house::TemporaryFolder folder;
  const std::string run = "TMPDIR=" + folder.path.string() +
                          " bench/peers --peers '' --workloads izhikevich_2003 --threads 1 --repeats 2" +
                          " --ignore-load --no-install --no-plot --out " + (folder.path / "out").string() + command;
  const auto ran = house::shell(run, house::source);
  EXPECT_EQ(ran.exit, 0) << ran.output << ran.errors;
  EXPECT_NE(ran.output.find("right"), std::string::npos) << ran.output;
  const json report = json::parse(house::read(folder.path / "out/peers.json"));
  EXPECT_EQ(report.at("cases").at(0).at("outcome").at("spikeloom").at("runs").size(), 2u);

  const auto wrong = house::shell(run + " --list " + wrong_list(folder), house::source);
  EXPECT_EQ(wrong.exit, 1) << wrong.output << wrong.errors;
  EXPECT_NE(wrong.errors.find("rate_hz of E is"), std::string::npos) << wrong.errors;
}

TEST(BenchScripts, RefuseABusyMachineAndASecondMeasurement) {
  const house::TemporaryFolder folder;
  const std::string python = "PYTHONDONTWRITEBYTECODE=1 PYTHONPATH=bench/python TMPDIR=" + folder.path.string() + " python3 -c '";
  const auto busy = house::shell(python + "import machine; machine.require_quiet(False, limit=-1)'", house::source);
  EXPECT_EQ(busy.exit, 1);
  EXPECT_NE(busy.errors.find("refused: other processes use"), std::string::npos) << busy.errors;
  const auto second = house::shell(python + "import machine\nwith machine.lock():\n  with machine.lock(): pass'", house::source);
  EXPECT_EQ(second.exit, 1);
  EXPECT_NE(second.errors.find("refused: another measurement"), std::string::npos) << second.errors;
  EXPECT_EQ(house::shell(python + "import machine\nwith machine.lock(): pass'", house::source).exit, 0);
}

TEST(BenchScripts, ScalingTellsALinearCostFromAQuadraticOne) {
  const std::string program =
      "import importlib.machinery as m; s = m.SourceFileLoader(\"scaling\", \"bench/scaling\").load_module(); x = [1, 2, 4, 8, "
      "16]; "
      "print(s.fit(x, [v * v + 9 for v in x], True)[\"slope\"], s.fit(x, [5 * v + 9 for v in x], True)[\"slope\"])";
  const auto ran = house::shell("PYTHONDONTWRITEBYTECODE=1 python3 -W ignore -c '" + program + "'", house::source);
  EXPECT_EQ(ran.output, "2.0 1.0\n") << ran.errors;
}

TEST(BenchScripts, ScalingFitsASlope) {
  const house::TemporaryFolder folder;
  const auto ran = house::shell(
      "TMPDIR=" + folder.path.string() +
          " bench/scaling --sweeps neurons,threads --shrink 50 --seconds 0.1 --repeats 1 --ignore-load --no-plot --out " +
          (folder.path / "out").string() + command,
      house::source);
  ASSERT_EQ(ran.exit, 0) << ran.output << ran.errors;
  EXPECT_NE(ran.output.find("neurons: slope"), std::string::npos) << ran.output;
}

}  // namespace
