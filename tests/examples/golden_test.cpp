// Results change on purpose or not at all: the hashes of the example networks are the ones that were written down.
#include <gtest/gtest.h>

#include <cstdlib>
#include <fstream>
#include <sstream>
#include <string>
#include <vector>

#include "tests/house/files.hpp"

namespace {

const house::fs::path table = house::source / "tests/data/golden_hashes.txt";

struct Hashes {
  std::string precision, spikes, states;
};

struct Golden {
  std::string file, options;
  std::vector<Hashes> hashes;
};

std::vector<Golden> read_table(std::string& comment) {
  std::vector<Golden> networks;
  std::istringstream text(house::read(table));
  for (std::string line; std::getline(text, line);) {
    std::istringstream words(line);
    std::string file, options;
    if (line.starts_with("#")) {
      comment += line + "\n";
    } else if (line.starts_with(" ")) {
      Hashes hashes;
      words >> hashes.precision >> hashes.spikes >> hashes.states;
      networks.at(networks.size() - 1).hashes.push_back(hashes);
    } else {
      words >> file;
      std::getline(words >> std::ws, options);
      networks.push_back({file, options, {}});
    }
  }
  return networks;
}

Hashes run(const Golden& golden, const std::string& precision) {
  const auto json = house::run_example(golden.file, golden.options + " --precision " + precision);
  return {precision, json.at("spike_hash"), json.at("state_hash")};
}

void write_table(const std::string& comment, const std::vector<Golden>& networks) {
  std::ofstream out(table);
  out << comment;
  for (const auto& golden : networks) {
    out << golden.file << (golden.options.empty() ? "" : " ") << golden.options << "\n";
    for (const char* precision : {"single", "double"}) {
      const Hashes now = run(golden, precision);
      out << "  " << precision << " " << now.spikes << " " << now.states << "\n";
    }
  }
}

const std::string advice =
    " differ from tests/data/golden_hashes.txt. If the change of results is meant, say so in CHANGELOG.md, and write the table"
    " anew with SPIKELOOM_WRITE_GOLDEN=1; if it is not, this commit has a fault.";

TEST(GoldenHashes, AreThoseOfTheTable) {
  std::string comment;
  const auto networks = read_table(comment);
  if (std::getenv("SPIKELOOM_WRITE_GOLDEN") != nullptr) {
    write_table(comment, networks);
    GTEST_SKIP() << "the table was written anew";
  }
  EXPECT_GE(networks.size(), 10u);
  for (const auto& golden : networks) {
    EXPECT_EQ(golden.hashes.size(), 2u) << golden.file << " has no hashes for both precisions";
    for (const auto& expected : golden.hashes) {
      const Hashes now = run(golden, expected.precision);
      EXPECT_EQ(now.spikes, expected.spikes) << "spikes of " << golden.file << ", " << expected.precision << "," << advice;
      EXPECT_EQ(now.states, expected.states) << "states of " << golden.file << ", " << expected.precision << "," << advice;
    }
  }
}

TEST(GoldenHashes, WouldSeeAnotherRun) {  // the control
  std::string comment;
  Golden other = read_table(comment).at(4);
  other.options += " --seed 2";
  const Hashes now = run(other, "single");
  EXPECT_NE(now.spikes, other.hashes.at(0).spikes);
  EXPECT_NE(now.states, other.hashes.at(0).states);
}

}  // namespace
