// Delays that learn in a description: bounds, what a backend is told, and every mistake at its place.
#include <gtest/gtest.h>

#include "core/compile/compiled.hpp"
#include "core/json/document.hpp"
#include "core/network_json.hpp"
#include "models/models.hpp"

namespace spikeloom {
namespace {

constexpr const char* coincidence = R"({"rule": "delay_coincidence", "d_min_ms": 0.5, "d_max_ms": 12.34})";

/// Two populations and one projection with this plasticity (and these other keys of the projection).
std::string file(const std::string& plasticity, const std::string& more = R"("weight": 1, "delay_ms": {"uniform": [0.5, 12]})",
                 const std::string& update = "stepped") {
  return R"({"spikeloom": 1, "populations": {"E": {"size": 10, "model": "lif_exp"},
                                             "F": {"size": 5, "model": "lif_exp", "update": ")" +
         update + R"("}},
             "signals": {"reward": {"external": 1}, "few": {"external": 3}},
             "projections": [{"from": "E", "to": "F", "connect": "all_to_all", )" +
         more + R"(, "plasticity": )" + plasticity + "}]}";
}

std::shared_ptr<const CompiledNetwork> compiled(const std::string& text) {
  return compile(network_from_json(parse_json(text, "net.json")), builtin_models());
}

Error error_of(const std::string& text) {
  try {
    compiled(text);
  } catch (const Error& error) { return error; }
  ADD_FAILURE() << text << " was accepted";
  return Error("none", {}, "");
}

TEST(MovingDelays, TheNetworkKnowsItsDelaysFromTheBoundsOfTheRule) {
  const auto network = compiled(file(coincidence));
  EXPECT_EQ(network->min_delay(), 5u);
  EXPECT_EQ(network->max_delay(), 124u) << "a delay of 12.34 ms arrives at the end of step 124";
  const CompiledPlasticity& rules = *network->projections.at(0).plasticity;
  EXPECT_EQ(rules.shortest_ms, 0.5);
  EXPECT_EQ(rules.longest_ms, 12.34);
  EXPECT_EQ(rules.state_names, std::vector<std::string>{"delay_ms"});
  const auto third = compiled(file(R"({"rule": "delay_eligibility", "signal": "reward", "d_min_ms": 0.5, "d_max_ms": 20})"));
  EXPECT_EQ(third->projections.at(0).plasticity->state_names, (std::vector<std::string>{"delay_ms", "eligibility", "modulator"}));
}

TEST(MovingDelays, StartsAreTakenAsWrittenAndNotRounded) {
  const auto network = compiled(file(coincidence, R"("weight": 2, "delay_ms": 1.2345)"));
  EXPECT_EQ(network->projections.at(0).rounding.rounded, 0u);
  struct Look final : SynapseSink {
    std::uint32_t synapses = 0;
    void take(const SynapseBatch& batch) override {
      for (std::uint32_t i = 0; i < batch.count; ++i, ++synapses) {
        EXPECT_EQ(batch.delay_ms[i], 1.2345);
        EXPECT_EQ(batch.delay[i], 13u);
        EXPECT_EQ(batch.weight[i], 2);
      }
    }
  } look;
  const Rows& rows = *network->projections.at(0).rows;
  rows.visit(0, rows.sources, look);
  EXPECT_EQ(look.synapses, 50u);
}

TEST(MovingDelays, TheGridExpectsSpikesThatCatchUpWithEachOther) {
  // 10 sources, each with up to 119 + 1 spikes in one step.
  const auto network = compiled(file(coincidence, R"("weight": 3, "delay_ms": 1)"));
  EXPECT_EQ(network->populations[1].grids[0].largest_sum, 3.0 * 10 * 120);
}

TEST(MovingDelays, AnotherStartIsAnotherNetworkForCheckpoints) {
  const auto digest = [](const char* delay) {
    return digest_of(*compiled(file(coincidence, std::string(R"("weight": 1, "delay_ms": )") + delay)));
  };
  EXPECT_EQ(digest("1.23"), digest("1.23"));
  EXPECT_NE(digest("1.23"), digest("1.24")) << "both of 13 steps";
}

TEST(MovingDelays, EveryMistakeIsNamedAtItsPlace) {
  struct Mistake {
    const char *plasticity, *more, *kind, *path, *allowed;
  };
  const std::string at_rule = "/projections/0/plasticity";
  for (
      const Mistake& each : std::initializer_list<Mistake>{
          {R"({"rule": "delay_coincidense", "d_min_ms": 1, "d_max_ms": 2})", "", "unknown_name", "/rule", ""},
          {R"({"rule": "delay_coincidence", "d_max_ms": 2})", "", "missing", "", "a number of ms"},
          {R"({"rule": "delay_coincidence", "d_min_ms": 1})", "", "missing", "", "a number of ms"},
          {R"({"rule": "delay_coincidence", "d_min_ms": 3, "d_max_ms": 2})", "", "range", "/d_max_ms", ">= d_min_ms"},
          {R"({"rule": "delay_coincidence", "d_min_ms": 0.04, "d_max_ms": 20})", "", "range", "/d_min_ms", ">= 0.1"},
          {R"({"rule": "delay_coincidence", "d_min_ms": 0, "d_max_ms": 20})", "", "range", "/d_min_ms", "> 0"},
          {R"({"rule": "delay_coincidence", "d_min_ms": 1, "d_max_ms": 1e6})", "", "limit", "/d_max_ms", ""},
          {R"({"rule": "delay_coincidence", "d_min_ms": 1, "d_max_ms": 20, "eta": 2})", "", "range", "/eta", ">= 0 and <= 1"},
          {R"({"rule": "delay_coincidence", "d_min_ms": 1, "d_max_ms": 20, "A_plus": 2})", "", "unknown_key", "/A_plus", ""},
          {R"({"rule": "delay_coincidence", "d_min_ms": 0.1, "d_max_ms": 20, "w_bound": 2})", "", "conflict", "/w_bound", ""},
          {R"({"rule": "delay_coincidence", "d_min_ms": 0.1, "d_max_ms": 20, "signal": "reward"})", "", "conflict", "/signal",
           ""},
          {R"({"rule": "delay_eligibility", "d_min_ms": 0.1, "d_max_ms": 20})", "", "missing", "", "the name of a signal"},
          {R"({"rule": "delay_eligibility", "d_min_ms": 0.1, "d_max_ms": 20, "signal": "few"})", "", "conflict", "/signal", ""},
          {R"([{"rule": "stdp_pair", "A_plus": 1, "A_minus": 1}, {"rule": "delay_coincidence", "d_min_ms": 0.1, "d_max_ms": 20}])",
           "", "unsupported", "", ""},
          {R"({"rule": "delay_coincidence", "d_min_ms": 2, "d_max_ms": 20})", R"("delay_ms": {"uniform": [1, 3]})", "range",
           "!/projections/0/delay_ms", "2 .. 20"},
          {R"({"rule": "delay_coincidence", "d_min_ms": 2, "d_max_ms": 20})", R"("delay_ms": 20.01)", "range",
           "!/projections/0/delay_ms", "2 .. 20"},
          {R"({"rule": "delay_coincidence", "d_min_ms": 1, "d_max_ms": 20})",
           R"("delay_ms": {"axonal_ms": 2, "dendritic_ms": 1})", "unsupported", "!/projections/0/delay_ms", ""}}) {
    const Error error = error_of(*each.more ? file(each.plasticity, each.more) : file(each.plasticity));
    const std::string path = each.path[0] == '!' ? each.path + 1 : at_rule + each.path;
    EXPECT_EQ(error.kind, each.kind) << each.plasticity << ": " << describe(error);
    EXPECT_EQ(error.where.path, path) << each.plasticity << ": " << describe(error);
    if (*each.allowed != '\0') { EXPECT_EQ(error.allowed, each.allowed) << each.plasticity; }
  }
}

TEST(MovingDelays, OntoExactCellsTheShortestIsThatOfTheRule) {
  const std::string short_ones = R"({"rule": "delay_coincidence", "d_min_ms": 0.25, "d_max_ms": 12.34})";
  const std::string more = R"("weight": 1, "delay_ms": 2)";
  const auto network = compiled(file(short_ones, more, "exact"));
  EXPECT_EQ(network->projections.at(0).rows->shortest_ms, 0.25);
  EXPECT_TRUE(network->projections.at(0).moves_in_exact_time());
  EXPECT_FALSE(compiled(file(short_ones, more))->projections.at(0).moves_in_exact_time());
  const Error error = error_of(file(R"({"rule": "delay_coincidence", "d_min_ms": 0.05, "d_max_ms": 12.34})", more, "exact"));
  EXPECT_EQ(error.where.path, "/projections/0/plasticity/d_min_ms");
  EXPECT_EQ(error.allowed, ">= 0.1 (/run/min_delay_ms)");
}

TEST(MovingDelays, FromExactCellsOntoSteppedOnesAndOntoInputsTheyAreRefused) {
  const Error exact = error_of(R"({"spikeloom": 1, "populations": {"E": {"size": 10, "model": "lif_exp", "update": "exact"},
                                                                   "F": {"size": 5, "model": "lif_exp"}},
      "projections": [{"from": "E", "to": "F", "connect": "all_to_all", "weight": 1, "delay_ms": 2, "plasticity": )" +
                               std::string(coincidence) + "}]}");
  EXPECT_EQ(exact.kind, "unsupported");
  EXPECT_EQ(exact.exit, Exit::refused);
  EXPECT_EQ(exact.where.path, "/projections/0/plasticity");
  const Error pairing =
      error_of(R"({"spikeloom": 1, "inputs": {"pre": {"spikes": {"times_ms": [[10]]}}, "post": {"spikes": {"times_ms": [[20]]}}},
      "projections": [{"from": "pre", "to": "post", "connect": "one_to_one", "delay_ms": 2, "plasticity": )" +
               std::string(coincidence) + "}]}");
  EXPECT_EQ(pairing.kind, "unsupported");
  EXPECT_EQ(pairing.where.path, "/projections/0/plasticity");
}

TEST(MovingDelays, WhatIsWrittenIsReadAgain) {
  const std::string text =
      file(R"({"rule": "delay_coincidence", "d_min_ms": "=1/2", "d_max_ms": 15, "eta": 0.2, "lead_ms": -1})");
  const std::string written = to_text(to_json(network_from_json(parse_json(text, "net.json"))));
  EXPECT_EQ(to_text(to_json(network_from_json(parse_json(written, "net.json")))), written);
  EXPECT_EQ(digest_of(*compiled(text)), digest_of(*compiled(written)));
}

}  // namespace
}  // namespace spikeloom
