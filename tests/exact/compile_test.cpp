// What a description of exact cells may say, and what becomes of it.
#include <gtest/gtest.h>

#include "core/compile/compiled.hpp"
#include "core/network_json.hpp"
#include "models/models.hpp"

namespace spikeloom::test {
namespace {

std::shared_ptr<const CompiledNetwork> network_of(const std::string& text) {
  return compile(network_from_json(parse_json(text, "test.json")), builtin_models());
}

std::string two_cells(const std::string& run, const std::string& projection, const std::string& more = "") {
  return R"({"spikeloom": 1, "run": {"duration_ms": 10)" + run +
         R"(}, "populations": {"A": {"size": 100, "model": "lif_exp", "update": "exact"},
             "B": {"size": 10, "model": "lif_exp"}}, "projections": [)" +
         projection + "]" + more + "}";
}

Error error_of(const std::string& text) {
  try {
    network_of(text);
  } catch (const Error& error) { return error; }
  ADD_FAILURE() << "no error: " << text;
  return Error("", {}, "");
}

const std::string to_exact = R"({"from": "A", "to": "A", "connect": "all_to_all", "weight": 1, "delay_ms": )";

TEST(CompileExact, RefusesDelaysBelowTheDeclaredLeast) {
  const Error error = error_of(two_cells("", to_exact + "0.05}"));
  EXPECT_EQ(error.kind, "range");
  EXPECT_EQ(error.where.path, "/projections/0/delay_ms");
  EXPECT_NE(error.allowed.find("0.1"), std::string::npos);
  EXPECT_EQ(error_of(two_cells("", to_exact + R"({"uniform": [0.05, 2]}})")).kind, "range");
  EXPECT_NO_THROW(network_of(two_cells(R"(, "min_delay_ms": 0.05)", to_exact + "0.05}")));
  EXPECT_NO_THROW(network_of(two_cells("", to_exact + R"({"axonal_ms": 0.03, "dendritic_ms": 0.07}})")));  // 0.1 in decimals
}

TEST(CompileExact, RaisesAndCountsThemWhereAsked) {
  const auto network =
      network_of(two_cells(R"(, "below_min_delay": "raise", "min_delay_ms": 1)", to_exact + R"({"uniform": [0.5, 1.5]}})"));
  const auto& projection = network->projections[0];
  EXPECT_EQ(projection.rows->shortest_ms, 1);
  EXPECT_GT(projection.rows->longest_ms, 1.49);
  EXPECT_NEAR(static_cast<double>(projection.rounding.below_min), 5000, 300);
  EXPECT_EQ(projection.rounding.rounded, 0u);
}

TEST(CompileExact, EpochsFollowTheSmallestDelayBetweenExactCells) {
  const auto epoch = [](const std::string& run, const std::string& delay) {
    return network_of(R"({"spikeloom": 1, "run": {"duration_ms": 10)" + run + R"(},
      "populations": {"A": {"size": 100, "model": "lif_exp", "update": "exact"}}, "projections": [)" +
                      to_exact + delay + "}]}")
        ->epoch();
  };
  EXPECT_EQ(epoch("", "1.55").steps, 15);
  EXPECT_EQ(epoch("", "0.1").steps, 1);
  EXPECT_EQ(epoch(R"(, "step_ms": 1)", "0.3").steps, 0);
  EXPECT_EQ(epoch(R"(, "step_ms": 1)", "0.3").parts, 4);
  EXPECT_EQ(epoch(R"(, "step_ms": 1)", "0.5").parts, 3);  // strictly shorter than the delay
  // B is stepped: it may go ahead of A for as long as nothing of A's reaches it.
  const std::string to_stepped = R"({"from": "A", "to": "B", "connect": "all_to_all", "weight": 1, "delay_ms": 0.7)";
  EXPECT_EQ(network_of(two_cells("", to_exact + "1.5}"))->epoch().steps, 15);
  EXPECT_EQ(network_of(two_cells("", to_exact + "1.5}, " + to_stepped + "}"))->epoch().steps, 7);
  EXPECT_EQ(network_of(two_cells("", to_exact + "0.3}, " + to_stepped + "}"))->epoch().steps, 3);
  EXPECT_EQ(
      network_of(two_cells("", to_exact + "1.5}, " + to_stepped +
                                   R"(, "plasticity": {"rule": "stdp_pair", "A_plus": 0.01, "A_minus": -0.01, "w_max": 2}})"))
          ->epoch()
          .steps,
      1);
}

TEST(CompileExact, EpochsCanBeCounted) {
  const Error finest = error_of(two_cells(R"(, "min_delay_ms": 1e-10)", to_exact + "1}"));
  EXPECT_EQ(finest.kind, "range");
  EXPECT_EQ(finest.where.path, "/run/min_delay_ms");
  const auto months = [](const std::string& duration) {
    return R"({"spikeloom": 1, "run": {"step_ms": 1e5, "min_delay_ms": 1e-9, "duration_ms": )" + duration +
           R"(}, "populations": {"A": {"size": 1, "model": "lif_exp", "update": "exact"}}, "projections": [)" + to_exact +
           "1e-9}]}";
  };
  EXPECT_NO_THROW(network_of(months("1e9")));
  const Error error = error_of(months("1e10"));
  EXPECT_EQ(error.kind, "limit");
  EXPECT_EQ(error.where.path, "/run/min_delay_ms");
}

TEST(CompileExact, RefusesWhatExactCellsCannotHave) {
  EXPECT_EQ(
      error_of(two_cells("", R"({"from": "A", "to": "both", "connect": "all_to_all"})", R"(, "groups": {"both": ["A", "B"]})"))
          .where.path,
      "/projections/0/to");
  EXPECT_EQ(
      error_of(R"({"spikeloom": 1, "populations": {"A": {"size": 1, "model": "lif_exp", "update": "exact", "tolerance_ms": 0}}})")
          .where.path,
      "/populations/A/tolerance_ms");
}

TEST(CompileExact, SourcesHaveTimesWithinTheirStepsWhereATargetLivesExactly) {
  const auto network = network_of(two_cells(
      "", R"({"from": "a", "to": "A", "connect": "all_to_all"}, {"from": "g", "to": "B", "connect": "all_to_all"})",
      R"(, "groups": {"g": ["b", "c"]}, "inputs": {"a": {"spikes": {"times_ms": [[1.234567, 0.2]]}}, "b": {"spikes": {"times_ms": [[1.234567]]}}, "c": {"poisson": {"rate_hz": 10}, "size": 3}})"));
  EXPECT_TRUE(network->sources[0].exact);
  ASSERT_EQ(network->sources[0].times.size(), 2u);
  EXPECT_EQ(network->sources[0].times[1].step, 12);
  EXPECT_NEAR(network->sources[0].times[1].offset_ms, 0.034567, 1e-15);
  EXPECT_FALSE(network->sources[1].exact);
  EXPECT_FALSE(network->sources[2].exact);
  EXPECT_EQ(network->warnings.size(), 1u);  // of the time that b's target cannot keep
}

}  // namespace
}  // namespace spikeloom::test
