// The search for the first difference: it finds none where there is none, and the right one where one was put in.
#include "apps/difference.hpp"

#include <gtest/gtest.h>

#include "apps/backends.hpp"
#include "apps/loading.hpp"
#include "core/network_json.hpp"
#include "tests/apps/command.hpp"

namespace spikeloom {
namespace {

constexpr std::int64_t last_step = 500;

/// Plays the small network on the reference; at step `kick`, cell 7 of E stands 15 mV lower than it should, so that it misses
/// spikes.
Player player(std::int64_t kick = -1) {
  Network network = network_from_json(parse_json(small_network));
  network.probes.clear();
  for (const char* name : {"E", "I"}) network.probe_spikes(name);
  const std::shared_ptr<const CompiledNetwork> compiled = compile(network, command_models());
  return [=](std::int64_t to) {
    OpenOptions options;
    options.models = &command_models();
    auto session = make_backend("reference")->open(compiled, options);
    if (kick >= 0 && to >= kick) {
      session->advance_to(kick);
      auto potentials = session->state("E", "V_m_mV");
      potentials[7] -= 15;
      session->set_state("E", "V_m_mV", potentials);
    }
    session->advance_to(to);
    return session;
  };
}

TEST(FirstDifference, IsNoneBetweenEqualRuns) { EXPECT_TRUE(first_difference(player(), player(), last_step).is_null()); }

TEST(FirstDifference, IsTheStateThatWasChangedAtTheStepItWasChanged) {
  const Report found = first_difference(player(), player(10), last_step);
  EXPECT_EQ(found["kind"], "state");
  EXPECT_EQ(found["population"], "E");
  EXPECT_EQ(found["neuron"], 7);
  EXPECT_EQ(found["state"], "V_m_mV");
  EXPECT_DOUBLE_EQ(found["time_ms"].get<double>(), 1.0);
  EXPECT_NEAR(found["values"][1].get<double>() - found["values"][0].get<double>(), -15, 1e-12);
}

TEST(FirstSpikeDifference, IsTheEarliestSpikeThatOnlyOneRunHas) {
  const std::vector<SpikeTrain> a = {{"E", {1, 2}, {5, 9}}, {"I", {0}, {7}}}, b = {{"E", {1, 2}, {5, 9}}, {"I", {}, {}}};
  EXPECT_TRUE(first_spike_difference(a, a).is_null());
  const Report lost = first_spike_difference(a, b);
  EXPECT_EQ(lost["population"], "I");
  EXPECT_EQ(lost["time_ms"], 7.0);
  EXPECT_EQ(lost["only_in"], 0);
  EXPECT_EQ(first_spike_difference(b, a)["only_in"], 1);
}

}  // namespace
}  // namespace spikeloom
