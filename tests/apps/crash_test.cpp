// What is left when a run is killed, runs out of space, or meets another run: old files, whole files, or none.
#include <gtest/gtest.h>
#include <sys/resource.h>

#include <random>
#include <set>

#include "tests/apps/command.hpp"

namespace spikeloom {
namespace {

using Arguments = std::vector<std::string>;
using Files = std::vector<std::pair<std::string, std::string>>;

const char* const outputs[] = {"E.csv", "V.npy", "network.json"};

Files files_in(const Workshop& shop, const std::string& folder) {
  Files files;
  for (const char* name : outputs)
    if (shop.has(folder + "/" + name)) files.emplace_back(name, shop.text(folder + "/" + name));
  return files;
}

/// Every file of `found` is byte for byte that of `before` or that of `after`.
bool all_whole(const Files& found, const Files& before, const Files& after) {
  for (const auto& [name, text] : found) {
    const auto among = [&, &name = name, &text = text](const Files& files) {
      return std::any_of(files.begin(), files.end(), [&](const auto& file) { return file.first == name && file.second == text; });
    };
    if (!among(before) && !among(after)) return false;
  }
  return true;
}

std::size_t leftovers(const Workshop& shop, const std::string& folder) {
  std::size_t count = 0;
  for (const auto& entry : std::filesystem::directory_iterator(shop / folder))
    count += entry.path().filename().string().find(".tmp.") != std::string::npos;
  return count;
}

/// Kills runs at times spread over what a whole one takes. Some must have been hit between their first file and their last.
void kill_at_random_times(int kills) {
  Workshop shop;
  shop.write("small.json", small_network);
  const Arguments run = {"run", "small.json", "--json", "--overwrite", "--duration-ms", "300", "--threads", "1", "--out"};
  const auto with = [&](const char* folder, const char* seed) {
    Arguments all = run;
    all.insert(all.end(), {folder, "--seed", seed});
    return all;
  };
  ASSERT_EQ(shop.run(with("before", "3")).exit_code, 0);
  const auto began = std::chrono::steady_clock::now();
  ASSERT_EQ(shop.run(with("after", "4")).exit_code, 0);
  const std::chrono::duration<double> whole = std::chrono::steady_clock::now() - began;
  const Files before = files_in(shop, "before"), after = files_in(shop, "after");
  ASSERT_EQ(before.size(), std::size(outputs));
  ASSERT_NE(before, after);

  std::minstd_rand random(5);
  int killed = 0, midway = 0;
  for (int k = 0; k < kills; ++k) {
    const bool afresh = k % 2 == 0;  // into an empty folder, else over a whole recording
    std::filesystem::remove_all(shop / "out");
    if (!afresh) std::filesystem::copy(shop / "before", shop / "out");
    const double share = 1.2 * static_cast<double>(random() - 1) / static_cast<double>(std::minstd_rand::max());
    const auto kill_time = std::chrono::steady_clock::now() + share * whole;
    const Outcome outcome = shop.run_and_signal(with("out", "4"), SIGKILL, [&] {
      std::this_thread::sleep_until(kill_time);
      return true;
    });
    killed += outcome.exit_code == 128 + SIGKILL;
    const Files found = files_in(shop, "out");
    EXPECT_TRUE(all_whole(found, afresh ? Files{} : before, after)) << k;
    if (!afresh) { EXPECT_EQ(found.size(), before.size()) << "no file may vanish, " << k; }
    midway += shop.has("out") && leftovers(shop, "out") > 0;
  }
  EXPECT_GT(killed, kills / 4);
  EXPECT_GT(midway, 0) << "no run was hit while it wrote, so nothing was tested";
  const Outcome last = shop.run(with("out", "4"));
  EXPECT_EQ(last.exit_code, 0) << last.out;
  EXPECT_EQ(files_in(shop, "out"), after);
  EXPECT_EQ(leftovers(shop, "out"), 0u);
}

TEST(Crash, AKilledRunLeavesOldWholeOrNoFiles) { kill_at_random_times(30); }
TEST(LongCrash, AKilledRunLeavesOldWholeOrNoFiles) { kill_at_random_times(200); }

TEST(Crash, APartOfAFileWouldBeNoticed) {  // the control
  const Files before = {{"E.csv", "a\n1\n"}}, after = {{"E.csv", "a\n1\n2\n"}};
  EXPECT_TRUE(all_whole(before, before, after));
  EXPECT_TRUE(all_whole({}, before, after));
  EXPECT_FALSE(all_whole({{"E.csv", "a\n1\n2"}}, before, after));
  EXPECT_FALSE(all_whole({{"E.csv", ""}}, before, after));
}

TEST(Crash, OutOfSpaceIsAnErrorOfTheRunAndTheOldFilesStay) {
  Workshop shop;
  shop.write("small.json", small_network);
  ASSERT_EQ(shop.run({"run", "small.json", "--json"}).exit_code, 0);
  const Files before = files_in(shop, "small.out");
  const std::string limited = "ulimit -f 2; exec \"$0\" run small.json --json --overwrite --duration-ms 2000 --seed 5";
  const Outcome full = shop.run_program("/bin/sh", {"-c", limited, command_path()});
  EXPECT_EQ(full.exit_code, 1) << full.out << full.err;
  EXPECT_EQ(full.json()["error"]["kind"], "io") << full.out;
  EXPECT_EQ(files_in(shop, "small.out"), before);
  EXPECT_EQ(leftovers(shop, "small.out"), 0u);
}

TEST(Crash, ADeviceThatIsFullIsAnErrorOfTheRun) {
  Workshop shop;
  shop.write("small.json", small_network);
  for (const char* option : {"--plot", "--save"}) {
    const Outcome full = shop.run({"run", "small.json", "--json", "--overwrite", option, "/dev/full"});
    EXPECT_EQ(full.exit_code, 1) << option << full.out << full.err;
    EXPECT_EQ(full.json()["error"]["kind"], "io") << option << full.out;
  }
}

TEST(Crash, ASecondRunIntoTheSameFolderIsRefusedUntilTheFirstIsGone) {
  Workshop shop;
  shop.write("small.json", small_network);
  Outcome second;
  const Outcome first = shop.run_and_signal(
      {"run", "small.json", "--json", "--duration-ms", "1e8", "--out", "both", "--set", "probes.1.every_ms=1000"}, SIGKILL, [&] {
        if (!shop.has("both/.spikeloom.lock")) return false;
        second = shop.run({"run", "small.json", "--json", "--out", "both"});
        return true;
      });
  EXPECT_EQ(first.exit_code, 128 + SIGKILL);
  EXPECT_EQ(second.exit_code, 1) << second.out << second.err;
  EXPECT_EQ(second.json()["error"]["kind"], "io");
  EXPECT_NE(second.json()["error"]["message"].get<std::string>().find("another run"), std::string::npos);
  const Outcome third = shop.run({"run", "small.json", "--json", "--out", "both"});
  EXPECT_EQ(third.exit_code, 0) << "the lock of a killed run is stale: " << third.out;
}

TEST(Crash, ASignalWhileBuildingStopsBeforeOrAtTheFirstSteps) {
  Workshop shop;
  shop.write("big.json", R"({"spikeloom": 1, "name": "big", "run": {"duration_ms": 1e7, "precision": "single"},
    "populations": {"E": {"size": 10000, "model": "lif_exp"}},
    "projections": [{"from": "E", "to": "E", "connect": {"fixed_out_degree": 1000}, "weight": {"normal": {"mean": 5, "sd": 1}},
                     "delay_ms": {"uniform": [0.5, 5]}}], "probes": [{"spikes": "E", "file": "E.csv"}]})");
  for (const int signal : {SIGINT, SIGTERM}) {
    // The lock stands once the files are open, which is before the synapses are built.
    const Outcome stopped = shop.run_and_signal({"run", "big.json", "--json", "--overwrite", "--progress", "json"}, signal,
                                                [&] { return shop.has("big.out/.spikeloom.lock"); });
    EXPECT_EQ(stopped.exit_code, 130) << stopped.out << stopped.err;
    EXPECT_LT(stopped.json()["stopped_at_ms"], 1e6);
    EXPECT_TRUE(shop.has("big.out/E.csv"));
    EXPECT_FALSE(shop.has("big.out/.spikeloom.lock"));
  }
}

}  // namespace
}  // namespace spikeloom
