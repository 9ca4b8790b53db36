// Groups are there because of what was learned: exchange the delays and most are gone. And the search skips nothing.
#include <gtest/gtest.h>

#include <sstream>

#include "core/math/stream.hpp"
#include "core/network_json.hpp"
#include "examples/polychronization/resting_network.hpp"
#include "models/models.hpp"
#include "tests/house/files.hpp"

namespace spikeloom {
namespace {

struct Counted {
  double E_hz = 0, I_hz = 0;
  std::vector<int> groups, exchanged;
};

Counted count(const std::string& arguments) {
  const auto ran = house::shell(std::string(SPIKELOOM_BINARY_DIR) +
                                    "/examples/polychronization examples/polychronization/polychronization.json " + arguments,
                                house::source);
  EXPECT_EQ(ran.exit, 0) << ran.errors;
  Counted counted;
  std::istringstream text(ran.output);
  for (std::string line; std::getline(text, line);) {
    std::istringstream words(line);
    std::string first, second;
    words >> first >> second;
    if (first == "groups") counted.groups.push_back(std::stoi(second));
    else if (first == "delays") {
      int groups = 0;
      words >> groups;
      counted.exchanged.push_back(groups);
    } else if (first != "s") {
      counted.E_hz = std::stod(second);
      words >> counted.I_hz;
    }
  }
  return counted;
}

TEST(Polychronization, AMinuteOfLearningLeavesMoreGroupsThanItsWeightsWithOtherDelays) {
  const house::TemporaryFolder folder;
  const std::string picture = (folder.path / "groups.svg").string();
  const Counted counted = count("60 1 '" + picture + "' 1");
  ASSERT_EQ(counted.groups.size(), 1u);
  ASSERT_EQ(counted.exchanged.size(), 1u);
  EXPECT_GE(counted.groups[0], 10);
  EXPECT_GT(counted.groups[0], 2 * counted.exchanged[0]);
  EXPECT_NE(house::read(picture).find("</svg>"), std::string::npos);
}

TEST(LongPolychronization, AfterTenMinutesRatesAreThoseOfPublishedNetworksAndGroupsMany) {
  const Counted counted = count("600 1 /dev/null 2");
  EXPECT_GT(counted.E_hz, 2.2);  // of a hundred networks after five hours: 2.21 to 4.63 and 17.9 to 36.1 Hz
  EXPECT_LT(counted.E_hz, 4.6);
  EXPECT_GT(counted.I_hz, 18);
  EXPECT_LT(counted.I_hz, 36);
  ASSERT_EQ(counted.groups.size(), 1u);
  ASSERT_EQ(counted.exchanged.size(), 2u);
  for (const int control : counted.exchanged) EXPECT_GT(counted.groups[0], 2 * control);
}

/// Cells 0 ... 79 excite, 20 more inhibit; 30 synapses each.
TimedSynapses random_synapses(double weight, std::uint64_t seed) {
  RandomStream draw(seed, 0, 0, 0);
  const auto below = [&](std::uint32_t bound) { return static_cast<std::uint32_t>(draw.next53() * bound); };
  std::vector<TimedSynapse> synapses;
  for (std::uint32_t source = 0; source < 100; ++source)
    for (int k = 0; k < 30; ++k)
      synapses.push_back({source, below(source < 80 ? 100 : 80), source < 80 ? 1 + below(20) : 1,
                          source < 80 ? weight * (1 - 0.05 * draw.next53()) : -5});
  return {100, std::move(synapses)};
}

/// Firings of 100 beginnings with cells that doze and with cells that are all stepped; how many there are.
std::size_t expect_the_same(double weight) {
  const ModelSet models = builtin_models();
  const auto network =
      compile(read_network((house::source / "examples/polychronization/polychronization.json").string()), models);
  const std::array kinds{RestingNetwork::kind_of(network->populations.at(0)),
                         RestingNetwork::kind_of(network->populations.at(1))};
  const TimedSynapses synapses = random_synapses(weight, 1);
  RestingNetwork dozing(synapses, 80, kinds), stepped(synapses, 80, kinds, false);
  RandomStream draw(2, 0, 0, 0);
  std::size_t firings = 0;
  for (int beginning = 0; beginning < 100; ++beginning) {
    std::vector<Arrival> arrivals;
    for (int k = 0; k < 40; ++k)
      arrivals.push_back(
          {static_cast<std::uint32_t>(draw.next53() * 100), static_cast<std::uint32_t>(draw.next53() * 20), weight});
    const auto fast = dozing.respond(arrivals), plain = stepped.respond(arrivals);
    EXPECT_EQ(fast, plain) << beginning;
    firings += plain.size();
  }
  return firings;
}

TEST(RestingNetwork, FiresAsIfEveryCellWereSteppedWhereALoneSpikeFiresNobody) { EXPECT_GT(expect_the_same(10), 100u); }
TEST(RestingNetwork, FiresAsIfEveryCellWereSteppedWhereALoneSpikeFiresTheCell) { EXPECT_GT(expect_the_same(25), 1000u); }
TEST(RestingNetwork, IsSilentWhereSpikesAreTooWeak) { EXPECT_EQ(expect_the_same(1), 0u); }

}  // namespace
}  // namespace spikeloom
