// A plasticity rule from outside the library: one struct, one line, and every backend runs it.
#include <gtest/gtest.h>

#include "core/rule_erasure.hpp"
#include "tests/models/kicked_cell.hpp"

namespace {

using nlohmann::json;
using spikeloom::Quantity, spikeloom::RuleOption, spikeloom::RulePreset, spikeloom::RuleTable, spikeloom::unbounded;

/// A post spike strengthens by the number of pre spikes so far, a pre spike counts itself: w = w0 + A sum over posts of pres
/// before.
struct CountingRule {
  static constexpr std::string_view name = "counting";
  static constexpr std::array parameters = {Quantity{"A", "", 1, -unbounded, unbounded, false, "strengthening per pre spike"}};
  static constexpr std::array<RuleOption, 0> options = {};
  static constexpr std::array<RulePreset, 0> presets = {};
  static constexpr std::array states = {Quantity{"pres", "", 0, 0, unbounded, false, "pre spikes so far"}};
  static constexpr RuleTable table() {
    return {.name = name,
            .text = "Counts.",
            .equations = "pre spike: n += 1; post spike: w += A n",
            .reference = "",
            .parameters = parameters,
            .options = options,
            .presets = presets,
            .states = states};
  }
  struct Parameters {
    double A;
  };
  template <class R>
  struct Pre {};
  template <class R>
  struct Post {};
  template <class R>
  struct Synapse {
    R w, pres;
  };
  template <class R>
  struct Coefficients {
    R A;
  };
  static Coefficients<double> prepare(const Parameters& p, const int*, double) { return {p.A}; }

  template <class R>
  SPIKELOOM_INLINE static void decay(Pre<R>&, R, const Coefficients<R>&) {}
  template <class R>
  SPIKELOOM_INLINE static void decay(Post<R>&, R, const Coefficients<R>&) {}
  template <class R>
  SPIKELOOM_INLINE static void raise(Pre<R>&, const Coefficients<R>&) {}
  template <class R>
  SPIKELOOM_INLINE static void raise(Post<R>&, const Coefficients<R>&) {}
  template <int, class R>
  SPIKELOOM_INLINE static void on_pre(Synapse<R>& s, const Pre<R>&, const Post<R>&, const Coefficients<R>&) {
    s.pres += R(1);
  }
  template <int, class R>
  SPIKELOOM_INLINE static void on_post(Synapse<R>& s, const Pre<R>&, const Post<R>&, const Coefficients<R>& c) {
    s.w += c.A * s.pres;
  }
};

const json wanted = {{"plasticity", {{"rule", "counting"}, {"A", 0.5}, {"w_bound", 100}}},
                     {"weight", 1},
                     {"axonal_ms", 0.5},
                     {"dendritic_ms", 0.25},
                     {"pre_ms", {10, 20, 30}},
                     {"post_ms", {5, 15, 25, 35, 45}},
                     {"duration_ms", 60}};

TEST(OutsideRule, IsAddedByOneLineAndRunsOnEveryBackend) {
  spikeloom::ModelSet models = spikeloom::builtin_models();
  models.add_rule<CountingRule>();
  EXPECT_EQ(models.rule_names().back(), "counting");
  const json probe = {{"weights", "plastic"}, {"at_ms", {12, 60}}, {"states", {"pres"}}};
  const json network = spikeloom::test::kicked_cell(wanted, json::array({probe}));
  for (const auto& backend : spikeloom::test::backends()) {
    const auto recording = spikeloom::test::run(network, *backend, models);
    EXPECT_EQ(recording.weights.at(0).weight.at(0), 1) << backend->name();
    EXPECT_EQ(recording.weights.at(1).weight.at(0), 1 + 0.5 * (1 + 2 + 3 + 3)) << backend->name();
    EXPECT_EQ(recording.weights.at(1).values.at(0).at(0), 3) << backend->name();
  }
}

TEST(OutsideRule, IsUnknownWhereItWasNotAdded) {  // sets are values
  EXPECT_EQ(spikeloom::builtin_models().find_rule("counting"), nullptr);
  EXPECT_THROW(spikeloom::test::run(spikeloom::test::kicked_cell(wanted, json::array()), *spikeloom::cpu_backend()),
               spikeloom::Error);
}

}  // namespace
