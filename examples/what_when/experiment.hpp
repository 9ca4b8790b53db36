// One run: a rule and a list of blocks go in; errors, amplitudes, peak times and weights come out.
#pragma once

#include <array>
#include <cstdint>
#include <string>
#include <vector>

#include "core/network_json.hpp"

namespace what_when {

constexpr std::size_t channels = 2;  ///< A and B

/// What holds during a block.
struct Statistics {
  double t_A = 300, t_B = 700, p_A = 0.8;
  double latency(std::size_t c) const { return c == 0 ? t_A : t_B; }
  double probability(std::size_t c) const { return c == 0 ? p_A : 1 - p_A; }
};

/// A way to learn, as changes of the network file.
struct Rule {
  std::string name;
  std::string changes;      ///< a file of variants/ without its ending, or ""
  bool merged = false;      ///< the when readout is the whole prediction
  bool reset_rls = false;   ///< P starts anew with every block
  bool keep_state = false;  ///< trials follow each other without a reset
  bool frozen = false;      ///< nothing learns
  spikeloom::Settings set;
};

struct Task {
  Rule rule;
  std::uint64_t seed = 1;
  std::vector<Statistics> blocks;
  std::vector<int> tests;  ///< after so many training trials of each block, ascending; the last one ends the block
};

/// Mean over five trials with the cue only, without learning.
struct Test {
  std::size_t block = 0;
  int trial = 0;
  double error = 0;
  std::array<double, channels> amplitude = {}, peak_ms = {}, peak_error_ms = {};  ///< peak error: mean of |peak - latency|
  std::array<std::vector<double>, channels> output;                               ///< per ms of the response window
};

/// Readouts at the end of a block.
struct Weights {
  std::vector<std::vector<double>> what, when;  ///< per channel
};

struct Result {
  std::vector<Test> tests;
  std::vector<Weights> ends;
  double rate_hz = 0;
  bool dale = true;  ///< no cell has weights of both signs
  const Test& at(std::size_t block, int trial) const;
};

/// Where the network file is, and what the command line changes in it.
struct Setup {
  std::string file;
  spikeloom::Settings set;
  double T_ms = 1000, width_ms = 40;  ///< filled by check()
};

/// Reads the parameters that measures need. Throws Error("type") where they are not plain numbers.
void check(Setup& setup);
Result run(const Setup& setup, const Task& task);

/// The error of an output of zero.
double error_of_silence(const Setup& setup, const Statistics& statistics);

}  // namespace what_when
