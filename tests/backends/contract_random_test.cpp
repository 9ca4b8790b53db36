// Backends agree on networks nobody thought of. SPIKELOOM_RANDOM_SEEDS=FIRST:COUNT tries other seeds than the fixed ones; a
// network that breaks the contract is written to the folder for temporary files.
#include <gtest/gtest.h>
#include <unistd.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>

#include "backends/cpu/cpu.hpp"
#include "backends/cpu/kernels.hpp"
#include "backends/reference/reference.hpp"
#include "core/network_json.hpp"
#include "tests/backends/contract.hpp"
#include "tests/backends/dice.hpp"
#include "tests/backends/random_network.hpp"
#include "tests/core/run/tiny_network.hpp"

namespace spikeloom {
namespace {

using testing::compiled;
using testing::Contract;
using testing::Dice;
using testing::difference;
using testing::Driver;
using testing::Outcome;
using testing::RandomNetwork;

struct Seeds {
  std::uint64_t first = 0, count = 60;
};

Seeds seeds() {
  Seeds result;
  if (const char* text = std::getenv("SPIKELOOM_RANDOM_SEEDS"); text != nullptr) {
    char* end = nullptr;
    result.first = std::strtoull(text, &end, 10);
    if (*end == ':') result.count = std::strtoull(end + 1, nullptr, 10);
  }
  return result;
}

Contract contract_of(const RandomNetwork& random, std::uint64_t seed) {
  Dice dice(seed + 1'000'000'000);
  Contract contract{compiled(random.network), random.actions, {1, 2, 3}, {}, {}, {}};
  for (const auto isa : cpu::runnable_isas()) contract.isas.emplace_back(isa);
  const auto steps = static_cast<std::uint64_t>(contract.network->duration_steps);
  for (int k = 0; k < 4; ++k) contract.stops.push_back(static_cast<std::int64_t>(dice.below(steps + 1)));
  for (int k = 0; k < 4; ++k) contract.checkpoints.push_back(static_cast<std::int64_t>(dice.below(steps + 1)));
  std::ranges::sort(contract.stops);
  std::ranges::sort(contract.checkpoints);
  return contract;
}

std::string kept(const Network& network, std::uint64_t seed) {
  const auto path = std::filesystem::temp_directory_path() /
                    ("spikeloom_random_" + std::to_string(getpid()) + "_" + std::to_string(seed) + ".json");
  std::ofstream(path) << to_text(to_json(network));
  return "; the network is in " + path.string();
}

/// "" or what is wrong with the network of this seed; the outcome of the reference goes to `outcome`.
std::string wrong_with(const RandomNetwork& random, std::uint64_t seed, Outcome& outcome) {
  const Contract contract = contract_of(random, seed);
  if (auto text = broken(contract, &outcome); !text.empty()) return text;
  const auto again = [&](const Network& network, const char* how) -> std::string {
    const auto other = compiled(network);
    if (digest_of(*other) != digest_of(*contract.network)) return std::string(how) + ": another network";
    const auto session = testing::open(*cpu_backend(), other, 2);
    const auto text = difference(outcome, Driver(*session, random.actions).finish());
    return text.empty() ? "" : std::string(how) + ": " + text;
  };
  if (auto text = again(testing::permuted(random.network, seed), "declared in another order"); !text.empty()) return text;
  const auto document = parse_json(to_text(to_json(random.network)));
  return again(network_from_json(document, random.network.folder), "written and read");
}

constexpr std::uint64_t parts = 4;  ///< of the seeds, so that they may run beside each other

class ContractRandom : public ::testing::TestWithParam<std::uint64_t> {};
INSTANTIATE_TEST_SUITE_P(Part, ContractRandom, ::testing::Range(std::uint64_t{0}, parts));

TEST_P(ContractRandom, ThreadsInstructionSetsSplitsCheckpointsAndOrderKeepEveryBit) {
  const tiny::Folder folder;
  const auto [first, count] = seeds();
  const std::uint64_t begin = first + count * GetParam() / parts, end = first + count * (GetParam() + 1) / parts;
  std::uint64_t spikes = 0, events = 0, failed = 0;
  for (std::uint64_t seed = begin; seed < end; ++seed) {
    const RandomNetwork random = testing::random_network(seed, folder.string());
    Outcome outcome;
    std::string wrong;
    try {
      wrong = wrong_with(random, seed, outcome);
    } catch (const Error& error) { wrong = std::string("is refused: ") + error.what(); }
    if (!wrong.empty()) ADD_FAILURE() << "seed " << seed << ": " << wrong << kept(random.network, seed);
    spikes += outcome.hashes.count;
    events += outcome.hashes.events;
    failed += !outcome.error.empty();
  }
  if (end - begin < 10) return;
  EXPECT_GT(spikes, 100 * (end - begin)) << "silent networks prove nothing";
  EXPECT_GT(events, 1000 * (end - begin));
  EXPECT_LT(failed, (end - begin) / 4 + 1) << "too many runs end with an error";
}

TEST(ContractRandomNetworks, UseEveryFeature) {
  const tiny::Folder folder;
  std::map<std::string, int> uses;
  for (std::uint64_t seed = 0; seed < Seeds{}.count; ++seed)
    for (const auto& feature : testing::random_network(seed, folder.string()).uses) ++uses[feature];
  for (const char* feature : {"fixed_probability",
                              "fixed_in_degree",
                              "fixed_out_degree",
                              "fixed_total",
                              "all_to_all",
                              "one_to_one",
                              "list",
                              "file",
                              "kernel",
                              "moving delays",
                              "events",
                              "external input",
                              "spike list",
                              "Poisson source",
                              "private Poisson",
                              "noise",
                              "ramp",
                              "sine",
                              "trace",
                              "rate",
                              "readout",
                              "gaussian",
                              "choice",
                              "decay",
                              "instant",
                              "mean",
                              "product",
                              "objective",
                              "phases",
                              "set",
                              "reset of state",
                              "reset of signals",
                              "clock of the phase",
                              "rule delta",
                              "rule gated_delta",
                              "rule rls",
                              "rule ridge",
                              "learning at the end of a phase",
                              "pulse",
                              "external signal",
                              "gain",
                              "gain of each",
                              "projection gain",
                              "modulated bias",
                              "modulated threshold",
                              "group",
                              "empty population",
                              "exact cells modulated",
                              "exact lif_delta",
                              "exact lif_exp",
                              "exact lif_alpha",
                              "exact lif_cond_exp",
                              "exact izhikevich",
                              "exact izhikevich_cv",
                              "tolerance",
                              "probe between steps",
                              "scheme published",
                              "weight probe",
                              "state probe"})
    EXPECT_GT(uses[feature], 0) << feature << " is used by none of these networks";
}

TEST(ContractRandomNetworks, AnotherSeedOfTheNetworkIsSeen) {  // the control: the comparison can fail
  const tiny::Folder folder;
  int different = 0;
  for (std::uint64_t seed = 0; seed < 10; ++seed) {
    RandomNetwork random = testing::random_network(seed, folder.string());
    const auto one = testing::open(*cpu_backend(), compiled(random.network), 2);
    random.network.run.seed = 77777.0;
    const auto other = testing::open(*cpu_backend(), compiled(random.network), 2);
    different += !difference(Driver(*one, random.actions).finish(), Driver(*other, random.actions).finish()).empty();
  }
  EXPECT_GE(different, 9);
}

}  // namespace
}  // namespace spikeloom
