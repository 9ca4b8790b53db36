// Plasticity rules in a description: conventions, numbers and bounds; every mistake is named at its place.
#include <gtest/gtest.h>

#include "core/compile/compiled.hpp"
#include "core/json/document.hpp"
#include "core/network_json.hpp"
#include "models/models.hpp"

namespace spikeloom {
namespace {

/// Two populations and one projection with this plasticity (and these other keys of the projection).
std::string file(const std::string& plasticity, const std::string& more = R"("weight": 1, "delay_ms": 1.5)") {
  return R"({"spikeloom": 1, "populations": {"E": {"size": 10, "model": "lif_exp"}, "F": {"size": 5, "model": "lif_exp"}},
             "signals": {"dopamine": {"external": 1}, "each": {"external": 5}, "few": {"external": 3},
                         "now": {"instant": {"pulses": [[5, 1]]}}},
             "projections": [{"from": "E", "to": "F", "connect": "all_to_all", )" +
         more + R"(, "plasticity": )" + plasticity + "}]}";
}

std::shared_ptr<const CompiledNetwork> compiled(const std::string& text) {
  return compile(network_from_json(parse_json(text, "net.json")), builtin_models());
}

const CompiledPlasticity& rules(const std::shared_ptr<const CompiledNetwork>& network) {
  return *network->projections.at(0).plasticity;
}

Error error_of(const std::string& text) {
  try {
    compiled(text);
  } catch (const Error& error) { return error; }
  ADD_FAILURE() << text << " was accepted";
  return Error("none", {}, "");
}

constexpr const char* additive = R"({"rule": "stdp_pair", "A_plus": 0.1, "A_minus": -0.1, "w_max": 2})";

/// What is drawn decides, not what the law could have drawn.
TEST(Plasticity, WeightsThatStartWithinTheBoundsAreTaken) {
  const char* const rule = R"({"rule": "stdp_pair", "A_plus": 1, "A_minus": -1, "w_max": 1.6})";
  EXPECT_NO_THROW(compiled(file(rule, R"("weight": {"normal": {"mean": 1, "sd": 0.1}}, "delay_ms": 1)")));
  const Error error = error_of(file(rule, R"("weight": {"normal": {"mean": 1.5, "sd": 0.1}}, "delay_ms": 1)"));
  EXPECT_EQ(error.kind, "range");
  EXPECT_LT(std::stod(error.value), 1.9) << "the largest weight that was drawn";
  EXPECT_GT(std::stod(error.value), 1.6);
}

TEST(Plasticity, APhaseMayNameAProjectionThatChanceLeftEmpty) {
  const auto text = [](const std::string& probability) {
    return R"({"spikeloom": 1, "populations": {"A": {"size": 1, "model": "lif_exp"}},
      "projections": [{"name": "q", "from": "A", "to": "A", "connect": {"fixed_probability": )" +
           probability + R"(}, "weight": 1, "delay_ms": 1, "plasticity": )" + additive +
           R"(}], "phases": [{"run_ms": 2, "plasticity": ["q"]}]})";
  };
  EXPECT_EQ(compiled(text("1e-9"))->synapses(), 0u);
  EXPECT_EQ(compiled(text("1"))->synapses(), 1u);
}

TEST(Plasticity, OptionsGoBeforePresetsAndPresetsBeforeDefaults) {
  const auto zero_lag = [](const std::string& more) {
    return rules(compiled(file(R"({"rule": "stdp_pair", "A_plus": 0.1, "A_minus": -0.1, "w_max": 2)" + more + "}"))).zero_lag;
  };
  EXPECT_EQ(zero_lag(""), ZeroLag::none);
  EXPECT_EQ(zero_lag(R"(, "preset": "brian2")"), ZeroLag::potentiate);
  EXPECT_EQ(zero_lag(R"(, "preset": "brian2", "zero_lag": "both")"), ZeroLag::both);
}

TEST(Plasticity, APlainDelayIsAxonalAndUnderNestDendritic) {
  EXPECT_EQ(rules(compiled(file(additive))).dendritic(15), 0u);
  EXPECT_EQ(rules(compiled(file(R"({"rule": "stdp_pair", "preset": "nest", "A_plus": 0.1, "A_minus": -0.1, "w_max": 2})")))
                .dendritic(15),
            15u);
  const auto parts =
      compiled(file(additive, R"("weight": 1, "delay_ms": {"axonal_ms": {"uniform": [1, 3]}, "dendritic_ms": 0.4})"));
  EXPECT_EQ(rules(parts).dendritic(20), 4u);
  const auto other =
      compiled(file(additive, R"("weight": 1, "delay_ms": {"axonal_ms": 0.7, "dendritic_ms": {"uniform": [1, 3]}})"));
  EXPECT_EQ(rules(other).dendritic(20), 13u);
}

TEST(Plasticity, WithoutAnUpperBoundTheGridTakesEightTimesTheLargestWeight) {
  constexpr const char* open = R"({"rule": "stdp_pair", "A_plus": 0.1, "A_minus": -0.1})";
  EXPECT_EQ(rules(compiled(file(open, R"("weight": 3)"))).high, 24);
  EXPECT_EQ(rules(compiled(file(open, R"("weight": 3)"))).low, 0);
  EXPECT_EQ(
      rules(compiled(file(R"({"rule": "stdp_pair", "A_plus": 0.1, "A_minus": -0.1, "w_bound": 50})", R"("weight": 3)"))).high,
      50);
  const auto network = compiled(file(additive));
  EXPECT_EQ(network->populations[1].grids[0].largest_weight, 2);
}

TEST(Plasticity, AProjectionThatCameOutWithoutSynapsesNeedsNoBound) {
  const std::string text = R"({"spikeloom": 1, "run": {"duration_ms": 1},
      "populations": {"a": {"size": 3, "model": "lif_exp"}},
      "projections": [{"name": "p", "from": "a", "to": "a", "connect": {"fixed_probability": 1e-9}, "weight": 1,
                       "plasticity": {"rule": "stdp_pair", "A_plus": 0.1, "A_minus": -0.1}}],
      "probes": [{"weights": "p", "at_ms": [0]}]})";
  EXPECT_EQ(compiled(text)->projections.at(0).rows->count(), 0u);
}

TEST(Plasticity, EveryMistakeIsNamedAtItsPlace) {
  struct Mistake {
    const char *plasticity, *more, *kind, *path, *nearest;
  };
  const std::string open_delay =
      R"("weight": 1, "delay_ms": {"axonal_ms": {"uniform": [1, 3]}, "dendritic_ms": {"uniform": [1, 3]}})";
  for (const Mistake& each : std::initializer_list<Mistake>{
           {R"({"rule": "stdp_par"})", "", "unknown_name", "/projections/0/plasticity/rule", "stdp_pair"},
           {R"({"rule": "stdp_pair", "tau_plus": 3, "A_plus": 1, "A_minus": 1})", "", "unknown_key",
            "/projections/0/plasticity/tau_plus", "tau_plus_ms"},
           {R"({"rule": "stdp_pair", "paring": "nearest", "A_plus": 1, "A_minus": 1})", "", "unknown_key",
            "/projections/0/plasticity/paring", "pairing"},
           {R"({"rule": "stdp_pair", "pairing": "nearst", "A_plus": 1, "A_minus": 1})", "", "unknown_name",
            "/projections/0/plasticity/pairing", "nearest"},
           {R"({"rule": "stdp_pair", "pairing": 3, "A_plus": 1, "A_minus": 1})", "", "type", "/projections/0/plasticity/pairing",
            ""},
           {R"({"rule": "stdp_pair", "A_plus": "much", "A_minus": 1})", "", "type", "/projections/0/plasticity/A_plus", ""},
           {R"({"rule": "stdp_pair", "A_minus": 1})", "", "missing", "/projections/0/plasticity", ""},
           {R"({"rule": "stdp_pair", "A_plus": 1, "A_minus": 1, "tau_plus_ms": 0})", "", "range",
            "/projections/0/plasticity/tau_plus_ms", ""},
           {R"({"rule": "stdp_pair", "A_plus": 1, "A_minus": 1, "w_min": 2, "w_max": 1})", "", "range",
            "/projections/0/plasticity/w_max", ""},
           {R"({"rule": "stdp_pair", "A_plus": 1, "A_minus": 1, "w_max": 0.5})", "", "range", "/projections/0/weight", ""},
           {R"({"rule": "stdp_pair", "A_plus": 1, "A_minus": 1})", R"("weight": 0)", "missing", "/projections/0/plasticity", ""},
           {R"({"rule": "stdp_pair", "A_plus": 1, "A_minus": 1, "w_max": 2, "w_bound": 3})", "", "conflict",
            "/projections/0/plasticity/w_bound", ""},
           {R"({"rule": "stdp_pair", "A_plus": 1, "A_minus": 1, "signal": "dopamine"})", "", "conflict",
            "/projections/0/plasticity/signal", ""},
           {R"({"rule": "stdp_pair", "A_plus": 1, "A_minus": 1, "lambda": 0.1})", "", "range", "/projections/0/plasticity/lambda",
            ""},
           {R"({"rule": "stdp_pair", "dependence": "multiplicative", "A_plus": 1, "A_minus": 1, "w_max": 2, "mu": 0.1})", "",
            "range", "/projections/0/plasticity/mu", ""},
           {R"({"rule": "stdp_pair", "dependence": "guetig", "lambda": 1, "alpha": 1, "mu_plus": 1, "mu_minus": 1, "w_max": 2,
                "A_plus": 1})",
            "", "range", "/projections/0/plasticity/A_plus", ""},
           {R"({"rule": "stdp_pair", "dependence": "power_law", "lambda": 1, "alpha": 1, "mu": 1, "mu_minus": 1})", "", "range",
            "/projections/0/plasticity/mu_minus", ""},
           {R"({"rule": "stdp_eligibility", "signal": "now", "baseline": 0.1})", "", "conflict",
            "/projections/0/plasticity/baseline", ""},
           {R"([{"rule": "tsodyks_markram"}, {"rule": "stdp_eligibility", "signal": "now", "baseline": 0.1}])", "", "conflict",
            "/projections/0/plasticity/1/baseline", ""},
           {R"([{"rule": "tsodyks_markram"}, {"rule": "stdp_eligibility", "signal": "few"}])", "", "conflict",
            "/projections/0/plasticity/1/signal", ""},
           {R"({"rule": "stdp_eligibility"})", "", "missing", "/projections/0/plasticity", ""},
           {R"({"rule": "stdp_eligibility", "signal": "dopamin"})", "", "unknown_name", "/projections/0/plasticity/signal",
            "dopamine"},
           {R"({"rule": "stdp_eligibility", "signal": "few"})", "", "conflict", "/projections/0/plasticity/signal", ""},
           {R"([{"rule": "tsodyks_markram"}, {"rule": "tsodyks_markram"}])", "", "conflict", "/projections/0/plasticity/1/rule",
            ""},
           {additive, open_delay.c_str(), "unsupported", "/projections/0/delay_ms", ""}}) {
    const Error error = error_of(*each.more ? file(each.plasticity, each.more) : file(each.plasticity));
    EXPECT_EQ(error.kind, each.kind) << each.plasticity << ": " << describe(error);
    EXPECT_EQ(error.where.path, each.path) << each.plasticity << ": " << describe(error);
    EXPECT_EQ(error.nearest, each.nearest) << each.plasticity;
  }
}

TEST(Plasticity, WhatBelongsToAnotherDependenceIsToldWhereItBelongs) {
  const Error error = error_of(file(R"({"rule": "stdp_pair", "A_plus": 1, "A_minus": 1, "lambda": 0.1})"));
  EXPECT_STREQ(error.what(), "the dependence additive has no \"lambda\"");
  EXPECT_EQ(error.value, "0.1");
  EXPECT_EQ(error.allowed, "with the dependence guetig or power_law");
}

TEST(Plasticity, OnlyASignalThatLastsHasABaseline) {
  const auto text = [](const char* signal, const char* level, const char* update) {
    return R"({"spikeloom": 1, "populations": {"E": {"size": 2, "model": "lif_exp", "update": ")" + std::string(update) +
           R"("}}, "inputs": {"a": {"spikes": {"times_ms": [[1]]}}, "b": {"spikes": {"times_ms": [[2]]}}}, "signals": {"s": )" +
           signal + R"(}, "projections": [{"from": "a", "to": ")" + (*update == 'p' ? "b" : "E") +
           R"(", "connect": "all_to_all", "weight": 1, "delay_ms": 1,
               "plasticity": {"rule": "stdp_eligibility", "signal": "s", "baseline": )" +
           level + "}}]}";
  };
  constexpr const char *instant = R"({"instant": {"pulses": [[5, 1]]}})",
                       *lasts = R"({"decay": {"tau_ms": 9, "pulses": [[5, 1]]}})";
  for (const std::string update : {"stepped", "exact", "pairing"}) {
    const auto with = [&](const char* signal, const char* level) {
      std::string made = text(signal, level, update.c_str());
      if (update == "pairing") made.replace(made.find(R"("update": "pairing")"), 19, R"("update": "stepped")");
      return made;
    };
    const Error error = error_of(with(instant, "0.1"));
    EXPECT_EQ(error.kind, "conflict") << update;
    EXPECT_EQ(error.where.path, "/projections/0/plasticity/baseline") << update;
    EXPECT_EQ(error.value, "0.1") << update;
    EXPECT_NE(error.allowed.find("decay"), std::string::npos) << update;
    EXPECT_NO_THROW(compiled(with(instant, "0"))) << update;
    EXPECT_NO_THROW(compiled(with(lasts, "0.1"))) << update;
  }
}

TEST(Plasticity, ASignalMayHaveAValueForEveryTarget) {
  const auto network = compiled(file(R"({"rule": "stdp_eligibility", "signal": "each"})"));
  EXPECT_EQ(rules(network).channel.size(), 5u);
  EXPECT_EQ(rules(network).channel_of(3), 3u);
  EXPECT_TRUE(rules(compiled(file(R"({"rule": "stdp_eligibility", "signal": "dopamine"})"))).channel.empty());
}

TEST(Plasticity, StatesOfTwoRulesHaveNamesOfTheirOwn) {
  const auto network = compiled(file(R"([{"rule": "tsodyks_markram"}, )" + std::string(additive) + "]"));
  EXPECT_EQ(rules(network).state_names, (std::vector<std::string>{"x", "y", "u", "tsodyks_markram.x"}));
}

TEST(Plasticity, WhatIsWrittenIsReadAgain) {
  const std::string text = file(
      R"([{"rule": "tsodyks_markram", "U": "=1/4"}, {"rule": "stdp_pair", "preset": "nest", "pairing": "nearest", "amplitude": "absolute",
                                    "A_plus": 0.1, "A_minus": -0.1, "w_bound": 9}])");
  const Network network = network_from_json(parse_json(text, "net.json"));
  const std::string written = to_text(to_json(network));
  EXPECT_EQ(to_text(to_json(network_from_json(parse_json(written, "net.json")))), written);
  EXPECT_EQ(digest_of(*compiled(text)), digest_of(*compiled(written)));
}

}  // namespace
}  // namespace spikeloom
