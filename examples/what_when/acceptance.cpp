// Criteria stand in the order of their numbers; each reads the means of the seeds unless its text says otherwise.
#include "acceptance.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "measures.hpp"

namespace what_when {

std::vector<Criterion> criteria(const Options& options, const AllRuns& all) {
  std::vector<Criterion> list;
  const auto at_most = [&](std::string text, double value, double bound) {
    list.push_back({std::move(text), value, true, bound});
  };
  const auto at_least = [&](std::string text, double value, double bound) {
    list.push_back({std::move(text), value, false, bound});
  };
  const int last = options.trials;

  const auto learned = of_rule(all.at("learning"), "");
  const auto learning_ratio = [&](int n) { return mean_of(errors(learned, 0, n)) / mean_of(errors(learned, 0, 0)); };
  at_most("1 learning: E(10) / E(0)", learning_ratio(10), 0.80);
  at_most("1 learning: E(50) / E(0)", learning_ratio(50), 0.48);
  at_most("1 learning: E(100) / E(0)", learning_ratio(last), 0.44);

  const auto sweep = sweeps(options, all.at("sweep"));
  Numbers r_A, r_B, slope, median, mean_peak;
  for (const Sweep& s : sweep)
    r_A.push_back(s.r(0)), r_B.push_back(s.r(1)), slope.push_back(s.slope_A()), median.push_back(s.median_peak_error()),
        mean_peak.push_back(mean_of(s.peak_errors));
  at_least("2 probability: smallest r of A", *std::ranges::min_element(r_A), 0.95);
  at_most("2 probability: largest r of B", *std::ranges::max_element(r_B), -0.95);
  at_least("2 probability: mean |r| of A", mean_of(r_A), 0.97);
  at_least("2 probability: mean |r| of B", -mean_of(r_B), 0.97);
  at_least("2 probability: mean slope of A, low end", mean_of(slope), 0.7);
  at_most("2 probability: mean slope of A, high end", mean_of(slope), 1.0);
  at_most("3 timing: largest median of |peak - latency| (ms)", *std::ranges::max_element(median), 15);
  at_most("3 timing: mean of |peak - latency| (ms)", mean_of(mean_peak), 15);

  const auto blocks = switch_blocks(options);
  const auto switched = of_rule(all.at("local"), "");
  double worst_peak = 0;
  for (const Result* result : switched)
    for (std::size_t b = 0; b < blocks.size(); ++b)
      for (std::size_t c = 0; c < channels; ++c)
        if (blocks[b].probability(c) >= 0.2 - 1e-9)
          worst_peak = std::max(worst_peak, std::fabs(result->at(b, last).peak_ms[c] - blocks[b].latency(c)));
  at_most("3 timing: worst |mean peak - latency| at the end of a block (ms)", worst_peak, 40);

  const auto E = [&](const std::vector<const Result*>& results, std::size_t b, int n) { return mean_of(errors(results, b, n)); };
  for (std::size_t b = 1; b < blocks.size(); ++b) {
    at_most(fmt::format("4 switch, block {}: E(20) / E(0)", b + 1), E(switched, b, 20) / E(switched, b, 0), 0.60);
    at_most(fmt::format("4 switch, block {}: E(100) / E(0)", b + 1), E(switched, b, last) / E(switched, b, 0), 0.40);
    for (std::size_t c = 0; c < channels; ++c) {
      const double before = blocks[b - 1].probability(c), after = blocks[b].probability(c), larger = std::max(before, after);
      double bound = 1.3 * 0.856 * larger;
      if (larger < 0.5) bound = 0.856 * larger + 0.10;
      double highest = 0;
      for (const int n : tests_up_to(last))
        if (n > 0) highest = std::max(highest, mean_of(each(switched, [&](const Result& r) { return r.at(b, n).amplitude[c]; })));
      at_most(fmt::format("4 switch, block {}: highest amplitude of {}", b + 1, c == 0 ? "A" : "B"), highest, bound);
    }
  }

  const auto force = of_rule(all.at("rivals"), rls.name), one = of_rule(all.at("rivals"), merged.name);
  at_most("5 RLS without reset, block 1: E(10) over that of the local rule", E(force, 0, 10) / E(switched, 0, 10), 1);
  for (std::size_t b = 1; b < blocks.size(); ++b)
    at_least(fmt::format("5 RLS without reset, block {}: E(20) over that of the local rule", b + 1),
             E(force, b, 20) / E(switched, b, 20), 1.4);
  for (std::size_t b = 2; b < blocks.size(); ++b)
    at_least(fmt::format("5 RLS without reset, block {}: E(100) over that of the local rule", b + 1),
             E(force, b, last) / E(switched, b, last), 1.3);
  double better = 0;
  for (std::size_t s = 0; s < switched.size(); ++s)
    better += switched[s]->at(3, last).error < force[s]->at(3, last).error ? 1 : 0;
  at_least("5 share of seeds with local below RLS without reset, block 4", better / static_cast<double>(switched.size()), 0.8);
  Numbers apart, own;
  for (std::size_t b = 1; b < blocks.size(); ++b) apart.push_back(E(one, b, last)), own.push_back(E(switched, b, last));
  at_least("6 merged over local, blocks 2 to 4, trial 100", mean_of(apart) / mean_of(own), 1.5);

  Numbers by_probability, by_latency;
  for (std::size_t s = 0; s < options.geometry_seeds; ++s) {
    const Plane plane = plane_of(all.at("plane"), options.seeds[s], switched[s]);
    by_probability.push_back(plane.r_probability), by_latency.push_back(plane.r_latency);
  }
  at_least("7 geometry: mean |r| of PC1 with p(A)", mean_of(by_probability), 0.9);
  at_least("7 geometry: mean |r| of PC2 with latency", mean_of(by_latency), 0.9);
  Numbers angle, returned;
  for (std::size_t s = 0; s < learned.size(); ++s) {
    angle.push_back(angles_of(learned[s]->ends[0], options.seeds[s]).angles[0]);
    const auto& ends = switched[s]->ends;
    returned.push_back(direction_distance(ends[3], ends[0]) / direction_distance(ends[2], ends[0]));
  }
  at_least("7 geometry: smallest angle between what and when (deg)", *std::ranges::min_element(angle), 70);
  at_most("7 geometry: distance to block 1 after block 4 over that after block 3, mean", mean_of(returned), 1);

  const auto& frozen = all.at("frozen").results;
  const double silence = error_of_silence(options.setup, options.base);
  at_most("9 engineering: |E without learning - E of zero|", std::fabs(frozen[0].at(0, 1).error - silence), 5e-4);
  at_most("9 engineering: difference of two runs of one seed", std::fabs(frozen[1].at(0, 1).error - frozen[2].at(0, 1).error), 0);
  double wrong = 0;
  for (const auto& [name, runs] : all)
    for (const Result& result : runs.results) {
      wrong += result.dale ? 0 : 1;
      for (const Weights& end : result.ends)
        for (const double v : joined(end, 1, 1)) wrong += std::isfinite(v) ? 0 : 1;
    }
  at_most("9 engineering: runs against Dale's law, or weights that are not finite", wrong, 0);
  return list;
}

}  // namespace what_when
