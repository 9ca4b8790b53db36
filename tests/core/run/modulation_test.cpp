// Signals move parameters and gains, and are stopped where these would leave their ranges.
#include "core/run/modulation.hpp"

#include <gtest/gtest.h>

#include "tests/core/run/tiny_network.hpp"

namespace spikeloom {
namespace {

using Target = CompiledModulation::Target;

CompiledNetwork driven(Target target, int parameter, std::uint32_t channels, double scale = 1) {
  auto network = tiny::network();
  tiny::add_population(network, "A", 3);
  tiny::add_projection(network, "A->A", tiny::population_end(network, 0), tiny::population_end(network, 0), {});
  network.signals.push_back(tiny::signal("x", channels, CompiledSignal::External{}));
  network.modulations.push_back({0, target, 0, parameter, scale, "x->A"});
  return network;
}

TEST(Modulator, LeavesAnUnmodulatedPopulationAsCompiled) {
  auto network = tiny::network();
  tiny::add_population(network, "A", 3);
  network.populations[0].coefficients[0].constant = 123;  // not what prepare() would give
  Modulator modulator(network);
  SignalBank signals(network);
  modulator.update(signals);
  EXPECT_FALSE(modulator.any());
  EXPECT_EQ(modulator.coefficients(0)[0][2], 123);
  EXPECT_EQ(modulator.population_gain(0)[1], 1);
}

TEST(Modulator, OneChannelSpeaksToAllCellsAndKeepsColumnsUniform) {
  const auto network = driven(Target::parameter, 1, 1, -2);
  Modulator modulator(network);
  SignalBank signals(network);
  signals.set(0, std::vector<double>{3});
  modulator.update(signals);
  EXPECT_TRUE(modulator.coefficients(0)[0].uniform());
  EXPECT_EQ(modulator.coefficients(0)[0][2], 4);
  signals.set(0, std::vector<double>{1});
  modulator.update(signals);
  EXPECT_EQ(modulator.coefficients(0)[0][2], 8) << "added to the compiled value, not to the last one";
}

TEST(Modulator, ManyChannelsSpeakToEachCell) {
  const auto network = driven(Target::parameter, 1, 3);
  Modulator modulator(network);
  SignalBank signals(network);
  signals.set(0, std::vector<double>{1, 2, 3});
  modulator.update(signals);
  EXPECT_EQ(modulator.coefficients(0)[0].each, (std::vector<double>{11, 12, 13}));
  EXPECT_EQ(modulator.parameters(0)[1].each, (std::vector<double>{11, 12, 13}));
}

TEST(Modulator, StopsTheRunWhereAParameterLeavesItsRange) {
  const auto network = driven(Target::parameter, 1, 3);
  Modulator modulator(network);
  SignalBank signals(network);
  signals.set(0, std::vector<double>{0, -10, 0});
  try {
    modulator.update(signals);
    FAIL() << "V_th = 0 lies outside its open range";
  } catch (const Error& error) {
    EXPECT_EQ(error.kind, "range");
    EXPECT_EQ(error.exit, Exit::run_failed);
    for (const char* part : {"x", "V_th", "A", "cell 1"})
      EXPECT_NE(std::string(error.what()).find(part), std::string::npos) << part;
  }
}

TEST(Modulator, NamesTheParameterThatASignalDrivesWhereItBreaksARuleBetweenTwo) {
  auto network = driven(Target::parameter, 0, 1);
  network.signals.push_back(tiny::signal("y", 1, CompiledSignal::External{}));
  network.modulations.push_back({1, Target::parameter, 0, 1, 1, "y->A"});
  network.populations[0].parameters[0].constant = 5;
  network.populations[0].model.check = [](const double* p) -> ParameterFault {
    if (p[0] < p[1]) return {};
    return {"I", "the bias must lie below the threshold", "below V_th"};
  };
  const auto fault = [&](double bias, double threshold) -> Error {
    Modulator modulator(network);
    SignalBank signals(network);
    signals.set(0, std::vector<double>{bias}), signals.set(1, std::vector<double>{threshold});
    try {
      modulator.update(signals);
    } catch (const Error& error) { return error; }
    return Error("none", {}, "");
  };
  const Error low = fault(-1, -8);  // a bias of 4 under a threshold of 2
  EXPECT_STREQ(low.what(), "signal y drives V_th of A (cell 0) to 2, but the bias must lie below the threshold");
  EXPECT_EQ(low.kind, "range");
  EXPECT_EQ(low.value, "2");
  EXPECT_EQ(low.allowed, "I below V_th");
  EXPECT_STREQ(fault(7, 1).what(), "signal x drives I of A (cell 0) to 12, but the bias must lie below the threshold");
  EXPECT_EQ(fault(-1, -5).kind, "none");  // the control
}

TEST(Modulator, GainsAreOnePlusTheScaledValueWithinTheirBounds) {
  for (const Target target : {Target::population_gain, Target::projection_gain}) {
    const auto network = driven(target, -1, 1, 0.5);
    Modulator modulator(network);
    SignalBank signals(network);
    signals.set(0, std::vector<double>{3});
    modulator.update(signals);
    EXPECT_EQ(target == Target::population_gain ? modulator.population_gain(0)[1] : modulator.projection_gain(0), 2.5);
    signals.set(0, std::vector<double>{-2});
    EXPECT_NO_THROW(modulator.update(signals)) << "a gain of 0 shuts the gate";
    for (const double beyond : {-2.1, 14.1}) {
      signals.set(0, std::vector<double>{beyond});
      EXPECT_THROW(modulator.update(signals), Error) << beyond;
    }
  }
}

}  // namespace
}  // namespace spikeloom
