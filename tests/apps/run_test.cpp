// `spikeloom run` seen from outside: what it prints, what it writes, what it refuses, and how it stops.
#include <gtest/gtest.h>

#include <set>

#include "tests/apps/command.hpp"

namespace spikeloom {
namespace {

using Arguments = std::vector<std::string>;

TEST(RunCommand, JsonIsOneObjectWithTheDocumentedKeys) {
  Workshop shop;
  shop.write("small.json", small_network);
  const Outcome run = shop.run({"run", "small.json", "--json", "--progress", "json", "--threads", "2"});
  ASSERT_EQ(run.exit_code, 0) << run.err;
  const auto json = run.json();
  for (const char* key :
       {"spikeloom",       "backend",  "threads", "precision",        "seed",       "step_ms",           "biological_ms",
        "build_s",         "run_s",    "cpu_s",   "real_time_factor", "neurons",    "synapses",          "spikes",
        "synaptic_events", "rates_hz", "cv_isi",  "rate_sd_hz",       "peak_bytes", "bytes_per_synapse", "spike_hash",
        "state_hash",      "files",    "warnings"})
    EXPECT_TRUE(json.contains(key)) << key;
  EXPECT_EQ(json["neurons"], 120);
  EXPECT_EQ(json["threads"], 2);
  EXPECT_EQ(json["seed"], 3);
  EXPECT_EQ(json["biological_ms"], 50.0);
  EXPECT_EQ(json["spike_hash"].get<std::string>().size(), 32u);
  EXPECT_GT(json["spikes"], 0);
  EXPECT_FALSE(json.contains("stopped_at_ms"));
}

TEST(RunCommand, FilesStandInTheOutputFolderAndTheSummaryIsTheJson) {
  Workshop shop;
  shop.write("small.json", small_network);
  const Outcome run = shop.run({"run", "small.json", "--json"});
  ASSERT_EQ(run.exit_code, 0) << run.err;
  EXPECT_EQ(nlohmann::json::parse(shop.text("small.out/summary.json")), run.json());
  EXPECT_TRUE(nlohmann::json::accept(shop.text("small.out/network.json")));
  const auto files = run.json()["files"].get<std::set<std::string>>();
  for (const std::string& file : files) EXPECT_TRUE(shop.has(file)) << file;
  EXPECT_EQ(files,
            (std::set<std::string>{"small.out/E.csv", "small.out/V.npy", "small.out/network.json", "small.out/summary.json"}));
  EXPECT_EQ(shop.text("small.out/E.csv").substr(0, 25), "population,neuron,time_ms");
}

TEST(RunCommand, TheNetworkFileOfARecordingRepeatsTheRun) {
  Workshop shop;
  shop.write("small.json", small_network);
  const Outcome first = shop.run({"run", "small.json", "--json", "--set", "parameters.J=2.5", "--seed", "9"});
  ASSERT_EQ(first.exit_code, 0) << first.err;
  const Outcome again = shop.run({"run", "small.out/network.json", "--json", "--out", "again"});
  ASSERT_EQ(again.exit_code, 0) << again.out << again.err;
  EXPECT_EQ(first.json()["state_hash"], again.json()["state_hash"]);
}

TEST(RunCommand, WithoutAnythingToRecordNoFolderIsMade) {
  Workshop shop;
  shop.write("small.json", small_network);
  const Outcome run = shop.run({"run", "small.json", "--json", "--set", "probes=[]"});
  ASSERT_EQ(run.exit_code, 0) << run.out << run.err;
  EXPECT_FALSE(shop.has("small.out"));
  EXPECT_TRUE(run.json()["files"].empty());
}

TEST(RunCommand, AnExistingOutputIsRefusedBeforeTheRunUnlessOverwritten) {
  Workshop shop;
  shop.write("small.json", small_network);
  ASSERT_EQ(shop.run({"run", "small.json", "--out", "there"}).exit_code, 0);
  const std::string before = shop.text("there/E.csv");
  const Outcome again = shop.run({"run", "small.json", "--out", "there", "--seed", "4", "--json"});
  EXPECT_EQ(again.exit_code, 2);
  EXPECT_EQ(again.json()["error"]["kind"], "file");
  EXPECT_EQ(shop.text("there/E.csv"), before);
  EXPECT_EQ(shop.run({"run", "small.json", "--out", "there", "--seed", "4", "--overwrite"}).exit_code, 0);
  EXPECT_NE(shop.text("there/E.csv"), before);
}

TEST(RunCommand, AFolderThatCannotTakeTheFilesIsFoundBeforeTheRun) {
  Workshop shop;
  shop.write("small.json", small_network);
  for (const char* option : {"--save", "--plot"}) {
    const Outcome run = shop.run({"run", "small.json", "--json", option, "nowhere/file"});
    EXPECT_EQ(run.exit_code, 2) << option;
    EXPECT_EQ(run.json()["error"]["value"], "nowhere/file");
  }
  EXPECT_FALSE(shop.has("small.out"));
  EXPECT_NE(shop.run({"run", "small.json", "--json", "--out", "/proc/nowhere"}).exit_code, 0);
  std::filesystem::create_directory(shop / "taken.svg");
  for (const char* option : {"--save", "--plot"}) {
    const Outcome run = shop.run({"run", "small.json", "--json", option, "taken.svg"});
    EXPECT_EQ(run.exit_code, 2) << option;
    EXPECT_NE(run.json()["error"]["message"].get<std::string>().find("this is a folder"), std::string::npos);
  }
}

TEST(RunCommand, NoOutputTakesThePlaceOfAnotherOrOfTheNetworkFile) {
  Workshop shop;
  shop.write("network.json", small_network);
  const std::string before = text_of(shop / "network.json");
  const auto refused = [&](Arguments more) {
    Arguments arguments = {"run", "network.json", "--json", "--overwrite"};
    arguments.insert(arguments.end(), more.begin(), more.end());
    const Outcome run = shop.run(arguments);
    EXPECT_EQ(run.exit_code, 2) << run.out << run.err;
    EXPECT_EQ(run.json()["error"]["kind"], "conflict") << run.out;
    EXPECT_EQ(text_of(shop / "network.json"), before);
  };
  refused({"--plot", "network.json"});
  refused({"--save", "./network.json"});
  refused({"--out", "."});
  refused({"--save", "a.svg", "--plot", "a.svg"});
  std::filesystem::create_directory(shop / "o");
  refused({"--save", "o/E.csv", "--out", "o"});
  const Outcome compared = shop.run({"compare", "network.json", "--steps", "0.5,0.1", "--plot", "network.json", "--overwrite"});
  EXPECT_EQ(compared.exit_code, 2);
  EXPECT_EQ(text_of(shop / "network.json"), before);
}

TEST(RunCommand, SetChangesTheDescription) {
  Workshop shop;
  shop.write("small.json", small_network);
  const auto neurons = [&](const Arguments& more) {
    Arguments arguments = {"run", "small.json", "--json", "--out", "o", "--overwrite"};
    arguments.insert(arguments.end(), more.begin(), more.end());
    const Outcome run = shop.run(arguments);
    EXPECT_EQ(run.exit_code, 0) << run.out << run.err;
    return run.json()["neurons"].get<int>();
  };
  EXPECT_EQ(neurons({"--set", "parameters.N=50"}), 70);
  EXPECT_EQ(neurons({"--set", "populations.E.size=30", "--set", "populations.I.size=10"}), 40);
}

TEST(RunCommand, ThreadsBackendAndRecordingChangeNoHash) {
  Workshop shop;
  shop.write("small.json", small_network);
  std::set<std::string> hashes;
  for (const Arguments& more : {Arguments{"--threads", "1"},
                                {"--threads", "3"},
                                {"--backend", "reference"},
                                {"--set", "probes=[]"},
                                {"--plot", "p.svg"},
                                {"--progress", "json"},
                                {"--isa", "v2"}}) {
    Arguments arguments = {"run", "small.json", "--json", "--overwrite"};
    arguments.insert(arguments.end(), more.begin(), more.end());
    const Outcome run = shop.run(arguments);
    ASSERT_EQ(run.exit_code, 0) << run.out << run.err;
    hashes.insert(run.json()["spike_hash"].get<std::string>() + run.json()["state_hash"].get<std::string>());
  }
  EXPECT_EQ(hashes.size(), 1u);
  const Outcome other = shop.run({"run", "small.json", "--json", "--overwrite", "--seed", "4"});
  EXPECT_FALSE(hashes.contains(other.json()["spike_hash"].get<std::string>() + other.json()["state_hash"].get<std::string>()));
}

TEST(RunCommand, SavedAndContinuedIsTheUninterruptedRun) {
  Workshop shop;
  shop.write("small.json", small_network);
  const Outcome whole = shop.run({"run", "small.json", "--json", "--set", "probes=[]"});
  const Outcome half = shop.run({"run", "small.json", "--json", "--set", "probes=[]", "--duration-ms", "20", "--save", "half"});
  ASSERT_EQ(half.exit_code, 0) << half.out << half.err;
  const Outcome rest = shop.run({"run", "small.json", "--json", "--set", "probes=[]", "--load", "half", "--threads", "1"});
  ASSERT_EQ(rest.exit_code, 0) << rest.out << rest.err;
  for (const char* key : {"spike_hash", "state_hash", "spikes", "synaptic_events", "rates_hz", "cv_isi", "biological_ms"})
    EXPECT_EQ(whole.json()[key], rest.json()[key]) << key;
  const Outcome past = shop.run({"run", "small.json", "--json", "--set", "probes=[]", "--load", "half", "--duration-ms", "10"});
  EXPECT_EQ(past.exit_code, 2);
  EXPECT_EQ(past.json()["error"]["path"], "/run/duration_ms");
}

TEST(RunCommand, WarmUpIsLeftOutOfCountsAndBiologicalTime) {
  Workshop shop;
  shop.write("small.json", small_network);
  const auto whole = shop.run({"run", "small.json", "--json"}).json();
  const auto warm = shop.run({"run", "small.json", "--json", "--overwrite", "--set", "run.warmup_ms=20"}).json();
  EXPECT_EQ(warm["biological_ms"], 30.0);
  EXPECT_LT(warm["spikes"], whole["spikes"]);
  EXPECT_EQ(warm["spike_hash"], whole["spike_hash"]);
}

TEST(RunCommand, ProgressGoesToStandardErrorOneJsonLineEach) {
  Workshop shop;
  shop.write("small.json", small_network);
  const Outcome run = shop.run({"run", "small.json", "--progress", "json", "--json"});
  ASSERT_EQ(run.exit_code, 0) << run.err;
  std::istringstream lines(run.err);
  nlohmann::json last;
  for (std::string line; std::getline(lines, line);) last = nlohmann::json::parse(line);
  EXPECT_EQ(last["time_ms"], 50.0);
  EXPECT_EQ(last["spikes"], run.json()["spikes"]);
  EXPECT_TRUE(shop.run({"run", "small.json", "--overwrite", "--json"}).err.empty()) << "auto is off where nobody watches";
}

TEST(RunCommand, ASignalStopsCleanlyAndKeepsWhatWasRecorded) {
  for (const int signal : {SIGINT, SIGTERM}) {
    Workshop shop;
    shop.write("small.json", small_network);
    const auto running = [&] { return shop.has(".stderr") && shop.text(".stderr").find("time_ms") != std::string::npos; };
    const Outcome run = shop.run_and_signal({"run", "small.json", "--json", "--progress", "json", "--duration-ms", "1e8",
                                             "--save", "ck", "--set", "probes=[{\"spikes\": \"I\", \"file\": \"I.csv\"}]"},
                                            signal, running);
    ASSERT_EQ(run.exit_code, 130) << run.out << run.err;
    const double stopped = run.json()["stopped_at_ms"];
    EXPECT_GT(stopped, 0);
    EXPECT_LT(stopped, 1e8);
    EXPECT_TRUE(shop.has("small.out/I.csv"));
    EXPECT_EQ(nlohmann::json::parse(shop.text("small.out/summary.json"))["stopped_at_ms"], stopped);
    EXPECT_TRUE(shop.has("ck"));
  }
}

TEST(RunCommand, ACellWhoseNumbersOverflowStopsTheRunAndKeepsWhatWasRecorded) {
  Workshop shop;
  // From 20 ms on a current that no double can add up.
  shop.write("t.json", R"({"spikeloom": 1, "run": {"duration_ms": 100, "step_ms": 0.1},
    "populations": {"T": {"size": 3, "model": "lif_exp", "parameters": {"C_m_pF": 0.001}}},
    "inputs": {"sink": {"current": {"value": [[0, 0], [20, -1e308]]}, "to": "T"}},
    "probes": [{"state": "V_m_mV", "of": "T", "every_ms": 1, "file": "v.csv"}]})");
  const Outcome run = shop.run({"run", "t.json", "--json"});
  ASSERT_EQ(run.exit_code, 1) << run.out << run.err;
  const auto json = run.json();
  EXPECT_EQ(json["error"]["kind"], "nan");
  EXPECT_EQ(json["error"]["line"], 2) << json["error"];
  EXPECT_NE(json["error"]["message"].get<std::string>().find("population T"), std::string::npos);
  EXPECT_EQ(json["stopped_at_ms"], 30) << "the first check after 20 ms";
  EXPECT_EQ(json["error"]["stopped_at_ms"], json["stopped_at_ms"]);
  const std::string recorded = shop.text("t.out/v.csv");
  EXPECT_NE(recorded.find("\nT,2,20,"), std::string::npos) << "all that came before is kept";
  for (const char* bad : {"nan", "inf"}) EXPECT_EQ(recorded.find(bad), std::string::npos) << "but nothing that is not finite";
  EXPECT_EQ(nlohmann::json::parse(shop.text("t.out/summary.json"))["error"]["kind"], "nan");
  // Neither the backend nor who watches moves the stop.
  for (const Arguments& more :
       {Arguments{"--backend", "reference"}, {"--progress", "json"}, {"--set", "run.threads=1"}, {"--plot", "p.svg"}}) {
    Arguments line = {"run", "t.json", "--json", "--overwrite"};
    line.insert(line.end(), more.begin(), more.end());
    const auto other = shop.run(line).json();
    EXPECT_EQ(other["error"]["message"], json["error"]["message"]);
    EXPECT_EQ(other["stopped_at_ms"], json["stopped_at_ms"]);
    EXPECT_EQ(shop.text("t.out/v.csv"), recorded) << more[0];
  }
}

TEST(RunCommand, PlotIsOneSelfContainedPicture) {
  Workshop shop;
  shop.write("small.json", small_network);
  ASSERT_EQ(shop.run({"run", "small.json", "--plot", "p.svg"}).exit_code, 0);
  const std::string svg = shop.text("p.svg");
  EXPECT_EQ(svg.substr(0, 4), "<svg");
  for (const char* needed : {"time (ms)", "rate (Hz)", "100 cells", "20 cells"})
    EXPECT_NE(svg.find(needed), std::string::npos) << needed;
  EXPECT_EQ(svg.find("href"), std::string::npos);
  EXPECT_EQ(shop.run({"run", "small.json", "--plot", "p.svg", "--set", "probes=[]"}).exit_code, 2) << "the picture exists";
}

}  // namespace
}  // namespace spikeloom
