// A description built by C++ calls refuses taken names, bad names and loose ends.
#include "core/network.hpp"

#include <gtest/gtest.h>

namespace spikeloom {
namespace {

template <class Action>
Error error_of(Action action) {
  try {
    action();
  } catch (const Error& error) { return error; }
  ADD_FAILURE() << "nothing was refused";
  return Error("none", {}, "");
}

Slice slice(const std::string& text) { return parse_slice(text, {}); }

TEST(Slice, ReadsNameBoundsAndStep) {
  EXPECT_EQ(slice("E").name, "E");
  EXPECT_FALSE(slice("E").last);
  EXPECT_EQ(slice("E[3:10]").first, 3u);
  EXPECT_EQ(slice("E[3:10]").last, 10u);
  EXPECT_EQ(slice("E[3:10:2]").stride, 2u);
  EXPECT_EQ(slice("E[:]").first, 0u);
  EXPECT_FALSE(slice("E[5:]").last);
  EXPECT_EQ(slice("E[4:4]").last, 4u);
}

TEST(Slice, RefusesWhatIsNone) {
  for (const char* text : {"", "[0:1]", "E[", "E]", "E[]", "E[1]", "E[a:b]", "E[0:1", "E[0:1]x", "E[-1:2]", "E[0:1:0]", "E[5:2]",
                           "E[0:1:2:3]", "E[0:99999999999999999999]", "E[0:1:]", "E[1.5:2]"}) {
    const Error error = error_of([&] { parse_slice(text, Where{"/to", 1, 2}); });
    EXPECT_EQ(error.kind, "syntax") << text;
    EXPECT_EQ(error.where.path, "/to");
  }
}

TEST(Network, RefusesANameThatIsTaken) {
  Network network;
  network.population("E", {});
  const Error error = error_of([&] { network.input("E", {}); });
  EXPECT_EQ(error.kind, "duplicate_key");
  EXPECT_EQ(error.where.path, "/inputs/E");
  EXPECT_NE(std::string(error.what()).find("/populations/E"), std::string::npos);
}

TEST(Network, RefusesNamesThatSlicesAndProjectionsCouldNotHold) {
  for (const std::string name : {"", "a[0]", "a]", "a->b", "a\nb", "a\x7f"}) {
    EXPECT_EQ(error_of([&] { Network().population(name, {}); }).kind, "range") << name;
  }
  Network network;
  network.population("L2/3 é", {});
  EXPECT_TRUE(network.find("L2/3 é"));
}

TEST(Network, ConnectsExistingEndsAndNamesTheNearestOtherwise) {
  Network network;
  network.population("excitatory", {});
  network.group("all", {slice("excitatory")});
  network.connect("excitatory[0:10]", "all", {});
  EXPECT_EQ(boost::num_edges(network.graph()), 1u);
  const Error error = error_of([&] { network.connect("excitatroy", "all", {}); });
  EXPECT_EQ(error.kind, "unknown_name");
  EXPECT_EQ(error.nearest, "excitatory");
  EXPECT_EQ(error.where.path, "/projections/1/from");
}

TEST(Network, AddsProbesByName) {
  Network network;
  network.probe_spikes("E[0:5]", "E.csv");
  network.probe_state("E", {"V_m_mV"}, 1.0);
  ASSERT_EQ(network.probes.size(), 2u);
  EXPECT_EQ(network.probes[0].of.last, 5u);
  EXPECT_EQ(network.probes[1].kind, Probe::Kind::state);
}

}  // namespace
}  // namespace spikeloom
