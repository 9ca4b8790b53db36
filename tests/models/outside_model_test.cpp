// A neuron model from outside the library: one struct, one line, and everything else knows it.
#include <gtest/gtest.h>

#include <cmath>

#include "core/errors.hpp"
#include "core/model_erasure.hpp"
#include "models/models.hpp"

namespace {

using spikeloom::Quantity, spikeloom::Receptor, spikeloom::ModelTable, spikeloom::unbounded;

/// Quadratic integrate-and-fire with forward Euler: tau V' = V^2 + I; an arrival jumps V.
struct QuadraticNeuron {
  static constexpr std::string_view name = "quadratic";
  static constexpr std::array parameters = {Quantity{"tau_ms", "ms", 10, 0, unbounded, true, "time constant"},
                                            Quantity{"I_e", "1", 0, -unbounded, unbounded, false, "constant current"}};
  static constexpr std::array states = {Quantity{"V", "1", -1, -unbounded, unbounded, false, "potential"}};
  static constexpr std::array receptors = {Receptor{"input", "1", 0, false, "jump of V"}};
  static constexpr ModelTable table() {
    return {.name = name,
            .text = "Quadratic integrate-and-fire.",
            .equations = "tau V' = V^2 + I",
            .reference = "",
            .parameters = parameters,
            .states = states,
            .receptors = receptors,
            .schemes = {},
            .current_unit = "1",
            .bias = "I_e",
            .membrane = "V"};
  }

  struct Parameters {
    double tau, I_e;
  };
  template <class R>
  struct State {
    R V;
  };
  template <class R>
  struct Coefficients {
    R h_over_tau;
  };

  static Coefficients<double> prepare(int, const Parameters& p, double step_ms) { return {step_ms / p.tau}; }

  template <int, class R>
  SPIKELOOM_INLINE static void advance(State<R>& s, const Coefficients<R>& c, R current) {
    s.V += c.h_over_tau * (s.V * s.V + current);
  }
  template <int, class R>
  SPIKELOOM_INLINE static void receive(State<R>& s, const Coefficients<R>&, const R* input) {
    s.V += input[0];
  }
  template <int, class R>
  SPIKELOOM_INLINE static bool fire(State<R>& s, const Coefficients<R>&) {
    const bool spike = s.V >= R(10);
    s.V = spike ? R(-10) : s.V;
    return spike;
  }
};

TEST(OutsideModel, IsAddedByOneLineAndDescribedByItsTable) {
  spikeloom::ModelSet set = spikeloom::builtin_models();
  set.add<QuadraticNeuron>();
  const auto names = set.names();
  EXPECT_EQ(names.back(), "quadratic");
  const spikeloom::NeuronModel* model = set.find("quadratic");
  ASSERT_NE(model, nullptr);
  EXPECT_EQ(model->table->parameters[0].name, "tau_ms");
  EXPECT_EQ(model->table->states[0].initial, -1);
  EXPECT_EQ(model->table->receptors[0].name, "input");
  EXPECT_EQ(model->coefficient_count, 1u);
  EXPECT_EQ(spikeloom::builtin_models().find("quadratic"), nullptr);  // sets are values
}

TEST(OutsideModel, HasDefaultsForAllItLeavesOut) {
  spikeloom::ModelSet set;
  const auto& model = set.add<QuadraticNeuron>().all()[0];
  double parameters[] = {10, 3}, states[] = {-1};
  const bool given[] = {false, false};
  EXPECT_EQ(model.variant_count, 1);
  EXPECT_EQ(model.variant(0, parameters, states), 0);
  EXPECT_FALSE(model.labels_step_start(0));
  EXPECT_FALSE(model.inputs_after_onset(0));
  EXPECT_TRUE(model.uses_state(0, 0));
  EXPECT_EQ(model.merged_receptor(0, 0), 0);
  EXPECT_TRUE(model.complete(given, parameters).text.empty());
  EXPECT_TRUE(model.check(parameters).text.empty());
  model.start(parameters, given, states);
  EXPECT_EQ(states[0], -1);
}

TEST(OutsideModel, FiresWithThePeriodOfTheTheory) {
  spikeloom::ModelSet set;
  const auto& model = set.add<QuadraticNeuron>().all()[0];
  const double parameters[] = {10, 4}, input[] = {0};
  double state = -10, coefficient = 0;
  model.prepare(0, parameters, .001, &coefficient);
  int steps = 0, spikes = 0;
  while (spikes < 3 && ++steps < 1000000) spikes += model.step_double(0, &state, &coefficient, input, 4);
  // tau / sqrt(I) (atan(10 / sqrt(I)) + atan(10 / sqrt(I)))
  EXPECT_NEAR(steps * .001 / 3, 10 / 2.0 * 2 * std::atan(5), .02);
}

TEST(OutsideModel, ItsBlockKernelAgreesWithItsStep) {
  spikeloom::ModelSet set;
  const auto& model = set.add<QuadraticNeuron>().all()[0];
  std::vector<float> V;
  std::vector<std::int32_t> sums;
  for (int i = 0; i < 150; ++i) {
    V.push_back(static_cast<float>(i) * .08f - 2);
    sums.push_back(i * 37 % 1000);
  }
  const float coefficient = .05f, step = .001f;
  auto expected = V;
  std::vector<std::uint32_t> expected_spikes, spikes(150);
  for (std::uint32_t i = 0; i < 150; ++i) {
    const float input = static_cast<float>(sums[i]) * step;
    if (model.step_float(0, &expected[i], &coefficient, &input, 1.5f)) expected_spikes.push_back(i);
  }
  float* states[] = {V.data()};
  const float* coefficients[] = {nullptr};
  std::int32_t* input[] = {sums.data()};
  const spikeloom::Block<float, std::int32_t> block{150,   states,  coefficients, &coefficient, input,
                                                    &step, nullptr, nullptr,      1.5f,         spikes.data()};
  spikes.resize(model.kernels.float_32[0](block));
  EXPECT_EQ(V, expected);
  EXPECT_EQ(spikes, expected_spikes);
  EXPECT_GT(spikes.size(), 5u);
  EXPECT_EQ(sums, std::vector<std::int32_t>(150, 0));
}

TEST(OutsideModel, ANameCannotBeTakenTwice) {
  spikeloom::ModelSet set;
  set.add<QuadraticNeuron>();
  EXPECT_THROW(set.add<QuadraticNeuron>(), spikeloom::Error);
}

}  // namespace
