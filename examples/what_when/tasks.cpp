// Rules are changes of one network file; tasks pair them with seeds and blocks.
#include "tasks.hpp"

#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <atomic>
#include <functional>
#include <mutex>
#include <numeric>
#include <thread>

namespace what_when {
namespace {

constexpr int tested[] = {0, 1, 10, 20, 50, 100};

Rule plain(std::string name, std::string changes = "") { return {.name = std::move(name), .changes = std::move(changes)}; }

/// Nothing can be tested early in a network that is asked once, at the end.
std::vector<int> at_end(const Options& options) { return {options.trials}; }

}  // namespace

const Rule local = plain("local");
const Rule rls = plain("RLS, no reset", "rls");
const Rule merged = {.name = "merged", .changes = "merged", .merged = true};
const Rule rls_reset = {.name = "RLS, reset", .changes = "rls", .reset_rls = true};
const Rule rls_forget = plain("RLS, forgetting", "rls_forget");

std::vector<Rule> ablations() {
  const auto with = [](std::string name, const char* path, const char* value) {
    Rule rule = plain(std::move(name));
    rule.set = {{path, value}};
    return rule;
  };
  Rule gate_150 = plain("gate within 150 ms", "narrow_gate");
  gate_150.set = {{"parameters.gate_ms", "150"}};
  Rule no_reset = plain("no reset between trials", "no_reset");
  no_reset.keep_state = true;
  return {local,
          plain("one a, c, d per type", "homogeneous"),
          plain("trace not centred", "raw_trace"),
          plain("gate within 100 ms", "narrow_gate"),
          gate_150,
          plain("no feedback", "no_feedback"),
          plain("events drive the cells", "events_drive"),
          no_reset,
          with("no noise", "parameters.noise", "0"),
          with("noise 1", "parameters.noise", "1"),
          with("eta 0.015", "parameters.eta", "0.015"),
          with("eta 0.02", "parameters.eta", "0.02")};
}

std::vector<Statistics> switch_blocks(const Options& options) {
  const Statistics a = options.base;
  const Statistics later{a.t_A + options.timing_shift_A, a.t_B + options.timing_shift_B, a.p_A};
  return {a, later, {later.t_A, later.t_B, 1 - a.p_A}, a};
}

std::vector<int> tests_up_to(int trials) {
  std::vector<int> tests;
  for (const int at : tested)
    if (at < trials) tests.push_back(at);
  tests.push_back(trials);
  return tests;
}

Numbers levels() {
  Numbers p;
  for (int k = 0; k <= 10; ++k) p.push_back(k / 10.0);
  return p;
}

namespace {

std::vector<Task> tasks_of(const Options& options, const std::string& runs) {
  std::vector<Task> tasks;
  const std::vector<int> tests = tests_up_to(options.trials);
  const auto add = [&](const Rule& rule, std::uint64_t seed, std::vector<Statistics> blocks, std::vector<int> at) {
    tasks.push_back({rule, seed, std::move(blocks), std::move(at)});
  };
  for (std::size_t s = 0; s < options.seeds.size(); ++s) {
    const std::uint64_t seed = options.seeds[s];
    const bool extra = s < options.extra_seeds;
    if (runs == "learning") add(local, seed, {options.base}, tests);
    if (runs == "sweep")
      for (const double p : levels()) add(local, seed, {{options.base.t_A, options.base.t_B, p}}, at_end(options));
    if (runs == "local") add(local, seed, switch_blocks(options), tests);
    if (runs == "rivals") add(rls, seed, switch_blocks(options), tests), add(merged, seed, switch_blocks(options), tests);
    if (runs == "extras" && extra)
      add(rls_reset, seed, switch_blocks(options), tests), add(rls_forget, seed, switch_blocks(options), tests);
    if (runs == "plane" && s < options.geometry_seeds)
      for (const double p : plane_p)
        for (const double shift : plane_shift)
          add(local, seed, {{plane_base.t_A + shift, plane_base.t_B + shift, p}}, at_end(options));
    if (runs == "ablations" && extra)
      for (const Rule& rule : ablations()) add(rule, seed, {options.base}, at_end(options));
    if (runs == "frozen" && s == 0) {
      Rule still = local;
      still.frozen = true;
      add(still, seed, {options.base}, {0, 1});
      add(local, seed, {options.base}, {0, 1});
      add(local, seed, {options.base}, {0, 1});
    }
  }
  return tasks;
}

}  // namespace

void run_all(const Options& options, AllRuns& all) {
  struct Job {
    const Task* task;
    Result* result;
    double cost;
  };
  std::vector<Job> jobs;
  for (auto& [name, runs] : all) {
    runs.tasks = tasks_of(options, name);
    runs.results.resize(runs.tasks.size());
    for (std::size_t k = 0; k < runs.tasks.size(); ++k) {
      const Task& task = runs.tasks[k];
      const double trials =
          static_cast<double>(task.blocks.size()) * (task.tests.back() + 5.0 * static_cast<double>(task.tests.size()));
      jobs.push_back({&task, &runs.results[k], trials * (task.rule.changes.starts_with("rls") ? 4 : 1)});
    }
  }
  std::ranges::stable_sort(jobs, std::greater<>(), &Job::cost);
  const double total = std::accumulate(jobs.begin(), jobs.end(), 0.0, [](double sum, const Job& job) { return sum + job.cost; });
  std::atomic<std::size_t> next = 0;
  std::mutex mutex;
  double done = 0;
  const bool watched = isatty(STDERR_FILENO) != 0;
  std::exception_ptr failed;
  const auto work = [&] {
    for (std::size_t k = next++; k < jobs.size(); k = next++) {
      try {
        *jobs[k].result = run(options.setup, *jobs[k].task);
      } catch (...) {
        const std::scoped_lock lock(mutex);
        if (!failed) failed = std::current_exception();
        next = jobs.size();
      }
      const std::scoped_lock lock(mutex);
      done += jobs[k].cost;
      if (watched) fmt::print(stderr, "\r{:3.0f} % of {} runs", 100 * done / total, jobs.size());
    }
  };
  {
    std::vector<std::jthread> threads;
    for (int k = 1; k < options.jobs; ++k) threads.emplace_back(work);
    work();
  }
  if (watched) fmt::print(stderr, "\n");
  if (failed) std::rethrow_exception(failed);
}

}  // namespace what_when
