// The twenty patterns of Izhikevich's 2004 figure as network files say them, with the spikes of the published scheme.
//
// In scheme "published" the step that starts at t takes the current from before t: what begins at t acts strictly after t.
// So an input "in (10, 13)" of the figure, which is on while 10 < t < 13, is the list [[10, 7.04], [13 - h, 0]]: the last
// step with current starts at 13 - h. "in [50, 250]" of S and T, which includes both ends, begins one step early: 50 - h.
// Ramps likewise act for from < t <= to, so "t/25 to 200" ends at 200 - h.
#pragma once

#include <limits>
#include <string>
#include <utility>
#include <vector>

namespace spikeloom::test {

struct Pattern {
  struct Ramp {
    double from_ms, to_ms, start, slope;
  };
  char letter;
  std::string name;
  double a, b, c, d;
  double v0;
  double h, duration_ms;
  std::vector<std::pair<double, double>> steps;  ///< "value": [[t_ms, value], ...]
  std::vector<Ramp> ramps = {};                  ///< "value": {"ramp": [{"from_ms", "to_ms", "start", "slope"}, ...]}
  int spikes = -1;                               ///< of the published scheme; -1: no published number
  std::vector<double> first = {};                ///< first spikes (all of them where there are `spikes`)
  std::vector<double> last = {};                 ///< last spikes
  double q1 = 5, q0 = 140;
  double u_shift = std::numeric_limits<double>::quiet_NaN();  ///< "u_shift_mV" where a number
  double u0 = std::numeric_limits<double>::quiet_NaN();       ///< "initial" u where a number, else b v0
};

inline const std::vector<Pattern>& izhikevich_patterns() {
  static const std::vector<Pattern> patterns = {
      {.letter = 'A', .name = "tonic spiking", .a = .02, .b = .2, .c = -65, .d = 6, .v0 = -70, .h = .25, .duration_ms = 100,
       .steps = {{10, 14}}, .spikes = 5, .first = {13.0, 17.0, 31.5, 59.25, 86.75}},
      {.letter = 'B', .name = "phasic spiking", .a = .02, .b = .25, .c = -65, .d = 6, .v0 = -64, .h = .25, .duration_ms = 200,
       .steps = {{20, .5}}, .spikes = 1, .first = {43.75}},
      {.letter = 'C', .name = "tonic bursting", .a = .02, .b = .2, .c = -50, .d = 2, .v0 = -70, .h = .25, .duration_ms = 220,
       .steps = {{22, 15}}, .spikes = 28, .first = {25.0, 26.5, 28.25}, .last = {204.5}},
      {.letter = 'D', .name = "phasic bursting", .a = .02, .b = .25, .c = -55, .d = .05, .v0 = -64, .h = .2, .duration_ms = 200,
       .steps = {{20, .6}}, .spikes = 6, .first = {39.0, 42.8, 47.0, 51.8, 57.6, 67.2}},
      {.letter = 'E', .name = "mixed mode", .a = .02, .b = .2, .c = -55, .d = 4, .v0 = -70, .h = .25, .duration_ms = 160,
       .steps = {{16, 10}}, .spikes = 6, .first = {20.0, 22.75, 27.25, 67.0, 99.25, 131.5}},
      {.letter = 'F', .name = "spike frequency adaptation", .a = .01, .b = .2, .c = -65, .d = 8, .v0 = -70, .h = .25, .duration_ms = 85,
       .steps = {{8.5, 30}}, .spikes = 6, .first = {10.25, 12.25, 15.0, 19.75, 42.5, 71.5}},
      {.letter = 'G', .name = "class 1 excitable", .a = .02, .b = -.1, .c = -55, .d = 6, .v0 = -60, .h = .25, .duration_ms = 300,
       .steps = {}, .ramps = {{30, 300, 0, .075}}, .spikes = 10, .first = {84.5, 125.0}, .last = {290.5}, .q1 = 4.1, .q0 = 108},
      {.letter = 'H', .name = "class 2 excitable", .a = .2, .b = .26, .c = -65, .d = 0, .v0 = -64, .h = .25, .duration_ms = 300,
       .steps = {{0, -.5}}, .ramps = {{30, 300, 0, .015}}},
      {.letter = 'I', .name = "spike latency", .a = .02, .b = .2, .c = -65, .d = 6, .v0 = -70, .h = .2, .duration_ms = 100,
       .steps = {{10, 7.04}, {12.8, 0}}, .spikes = 1, .first = {26.6}},
      {.letter = 'J', .name = "subthreshold oscillations", .a = .05, .b = .26, .c = -60, .d = 0, .v0 = -62, .h = .25, .duration_ms = 200,
       .steps = {{20, 2}, {24.75, 0}}, .spikes = 1, .first = {26.5}},
      {.letter = 'K', .name = "resonator", .a = .1, .b = .26, .c = -60, .d = -1, .v0 = -62, .h = .25, .duration_ms = 400,
       .steps = {{40, .65}, {43.75, 0}, {60, .65}, {63.75, 0}, {280, .65}, {283.75, 0}, {320, .65}, {323.75, 0}}},
      {.letter = 'L', .name = "integrator", .a = .02, .b = -.1, .c = -55, .d = 6, .v0 = -60, .h = .25, .duration_ms = 100,
       .steps = {{9.0909, 9}, {11.0909, 0}, {14.0909, 9}, {16.0909, 0}, {70, 9}, {71.75, 0}, {80, 9}, {81.75, 0}},
       .spikes = 1, .first = {20.0}, .q1 = 4.1, .q0 = 108},
      {.letter = 'M', .name = "rebound spike", .a = .03, .b = .25, .c = -60, .d = 4, .v0 = -64, .h = .2, .duration_ms = 200,
       .steps = {{20, -15}, {24.8, 0}}, .spikes = 1, .first = {68.0}},
      {.letter = 'N', .name = "rebound burst", .a = .03, .b = .25, .c = -52, .d = 0, .v0 = -64, .h = .2, .duration_ms = 200,
       .steps = {{20, -15}, {24.8, 0}}},
      {.letter = 'O', .name = "threshold variability", .a = .03, .b = .25, .c = -60, .d = 4, .v0 = -64, .h = .25, .duration_ms = 100,
       .steps = {{10, 1}, {14.75, 0}, {70, -6}, {74.75, 0}, {80, 1}, {84.75, 0}}},
      {.letter = 'P', .name = "bistability", .a = .1, .b = .26, .c = -60, .d = 0, .v0 = -61, .h = .25, .duration_ms = 300,
       .steps = {{0, .24}, {37.5, 1.24}, {42.25, .24}, {216, 1.24}, {220.75, .24}}, .spikes = 5, .first = {45.25}, .last = {208.0}},
      {.letter = 'Q', .name = "depolarizing after-potential", .a = 1, .b = .2, .c = -60, .d = -21, .v0 = -70, .h = .1, .duration_ms = 50,
       .steps = {{9, 20}, {10.9, 0}}, .spikes = 1, .first = {11.3}},
      {.letter = 'R', .name = "accommodation", .a = .02, .b = 1, .c = -55, .d = 4, .v0 = -65, .h = .5, .duration_ms = 400,
       .steps = {}, .ramps = {{0, 199.5, 0, .04}, {300, 312, 0, .32}}, .spikes = 1, .first = {311.5}, .u_shift = 65, .u0 = -16},
      {.letter = 'S', .name = "inhibition-induced spiking", .a = -.02, .b = -1, .c = -60, .d = 8, .v0 = -63.8, .h = .5, .duration_ms = 350,
       .steps = {{0, 80}, {49.5, 75}, {250, 80}}},
      {.letter = 'T', .name = "inhibition-induced bursting", .a = -.026, .b = -1, .c = -45, .d = -2, .v0 = -63.8, .h = .5, .duration_ms = 350,
       .steps = {{0, 80}, {49.5, 75}, {250, 80}}, .spikes = 12, .first = {86.5}, .last = {204}},
  };
  return patterns;
}

}  // namespace spikeloom::test
