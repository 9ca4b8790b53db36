// What the command line can say, and one function per subcommand; each prints its answer and returns the exit code.
#pragma once

#include <chrono>
#include <string>
#include <vector>

namespace spikeloom {

/// Options as written. Numbers stay text: they are put into the network description and checked there, like the file's own.
struct Options {
  std::string file;              ///< network file, or the first thing to compare
  std::string second;            ///< the second thing to compare
  std::vector<std::string> set;  ///< KEY=VALUE
  std::string duration_ms, seed, threads, backend, precision, weight_bits;
  std::string isa;
  std::string out, save, load, plot;
  std::string progress = "auto";
  std::string backends, steps;  ///< compare: lists of variants
  std::string model;            ///< models: the one to show
  bool json = false, overwrite = false, markdown = false;
  std::chrono::steady_clock::time_point started = std::chrono::steady_clock::now();
};

int run_command(const Options& options);
int plan_command(const Options& options);
int compare_command(const Options& options);
int verify_command(const Options& options);
int models_command(const Options& options);
int schema_command(const Options& options);

}  // namespace spikeloom
