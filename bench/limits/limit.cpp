// Threads that begin together, wall and CPU clocks around each.
#include "bench/limits/limit.hpp"

#include <time.h>

#include <algorithm>
#include <barrier>
#include <chrono>
#include <stdexcept>
#include <thread>

namespace spikeloom::limits {
namespace {

using Clock = std::chrono::steady_clock;

double thread_cpu_seconds() {
  timespec t{};
  clock_gettime(CLOCK_THREAD_CPUTIME_ID, &t);
  return static_cast<double>(t.tv_sec) + 1e-9 * static_cast<double>(t.tv_nsec);
}

struct Timed {
  Clock::time_point begin, end;
  double cpu_s = 0;
  std::uint64_t result = 0;
};

/// One run of all works; each thread writes its own entry only.
std::vector<Timed> run_once(const std::vector<Work>& works) {
  std::vector<Timed> timed(works.size());
  std::barrier together(static_cast<std::ptrdiff_t>(works.size()));
  const auto run = [&](std::size_t i) {
    together.arrive_and_wait();
    const double cpu = thread_cpu_seconds();
    timed[i].begin = Clock::now();
    timed[i].result = works[i].body();
    timed[i].end = Clock::now();
    timed[i].cpu_s = thread_cpu_seconds() - cpu;
  };
  std::vector<std::thread> others;
  for (std::size_t i = 1; i < works.size(); ++i) others.emplace_back(run, i);
  run(0);
  for (std::thread& thread : others) thread.join();
  return timed;
}

double median(std::vector<double> values) {
  std::sort(values.begin(), values.end());
  return (values[(values.size() - 1) / 2] + values[values.size() / 2]) / 2;
}

}  // namespace

Speed time_side_by_side(const std::vector<Work>& works, int repeats,
                        const std::function<void(std::size_t, std::uint64_t)>& check) {
  std::uint64_t operations = 0;
  for (const Work& work : works) operations += work.operations;
  const double total = static_cast<double>(operations), threads = static_cast<double>(works.size());
  std::vector<double> by_wall, by_cpu;
  for (int repeat = 0; repeat <= repeats; ++repeat) {
    const std::vector<Timed> timed = run_once(works);
    Clock::time_point begin = timed[0].begin, end = timed[0].end;
    double cpu_s = 0;
    for (std::size_t i = 0; i < timed.size(); ++i) {
      check(i, timed[i].result);
      begin = std::min(begin, timed[i].begin);
      end = std::max(end, timed[i].end);
      cpu_s += timed[i].cpu_s;
    }
    if (repeat == 0) continue;  // pages and caches are warm from here on
    by_wall.push_back(total / std::max(std::chrono::duration<double>(end - begin).count(), 1e-9));
    by_cpu.push_back(total / std::max(cpu_s, 1e-9) * threads);
  }
  const auto [worst, best] = std::minmax_element(by_wall.begin(), by_wall.end());
  return {static_cast<int>(works.size()), *best, median(by_wall), *worst, median(by_cpu)};
}

void expect_equal(const std::string& what, std::uint64_t found, std::uint64_t expected) {
  if (found != expected)
    throw std::runtime_error(what + ": wrong result " + std::to_string(found) + ", not " + std::to_string(expected));
}

}  // namespace spikeloom::limits
