// What one limit is, how it is timed, and what came out.
#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <vector>

#include "bench/limits/loops.hpp"

namespace spikeloom::limits {

/// Sizes of the measurements; the tests take small ones.
struct Sizes {
  std::uint64_t large_bytes = std::uint64_t{1} << 30;       ///< far beyond every cache; a power of two
  std::uint64_t synapse_bytes = std::uint64_t{1} << 28;     ///< of each thread
  std::uint64_t least_operations = std::uint64_t{1} << 24;  ///< of each repeat and thread
  int repeats = 7;
};

/// What the clock said about all repeats, as total operations of all threads over seconds.
struct Speed {
  int threads = 1;
  double best = 0, median = 0, worst = 0;  ///< operations per wall second
  double by_cpu = 0;  ///< median of operations per CPU second, times threads: not slowed by other processes in between
};

enum class Unit { gigabytes_per_s, millions_per_s, ns_each };

struct Limit {
  std::string name, detail;
  Unit unit = Unit::millions_per_s;
  double bytes_each = 1;  ///< of an operation, for gigabytes_per_s
  std::vector<Speed> speeds;
};

/// One thread's work: `operations` of them, whose result `body` returns for the check.
struct Work {
  std::uint64_t operations = 0;
  std::function<std::uint64_t()> body;
};

/// Time `works` side by side, a thread each, `repeats` times after one run that is not timed. `check(thread, result)` is asked
/// after every run and throws std::runtime_error where a result is wrong.
Speed time_side_by_side(const std::vector<Work>& works, int repeats,
                        const std::function<void(std::size_t thread, std::uint64_t result)>& check);

void expect_equal(const std::string& what, std::uint64_t found, std::uint64_t expected);

std::vector<Limit> memory_limits(const Loops& loops, const Sizes& sizes, int threads);
std::vector<Limit> delivery_limits(const Loops& loops, const Sizes& sizes, int threads);
std::vector<Limit> neuron_limits(const Loops& loops, const Sizes& sizes, int threads);

}  // namespace spikeloom::limits
