// A plastic synapse by the definitions alone, for tests: traces are sums over all earlier spikes, nothing is carried along.
#pragma once

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <functional>
#include <string>
#include <vector>

namespace spikeloom::test {

/// One synapse, its two trains in synapse time (ms), and what it does when either side spikes.
struct NaiveSynapse {
  std::vector<double> pre, post;
  std::string pairing = "all_to_all", zero_lag = "none";
  double weight = 0;
  std::function<void(double t)> on_pre, on_post;
  std::function<void()> after;  ///< bounds

  /// Sum over the train's spikes of exp(-age / tau): those before `t`, or at `t` as well.
  double trace(const std::vector<double>& train, double t, double tau, bool with_now) const {
    const auto end = with_now ? std::upper_bound(train.begin(), train.end(), t) : std::lower_bound(train.begin(), train.end(), t);
    double sum = 0;
    for (auto at = end; at != train.begin();) {
      const double age = t - *--at;
      if (age > 45 * tau) break;
      sum += std::exp(-age / tau);
      if (pairing == "nearest") break;
    }
    return sum;
  }
  /// What a pre spike sees of the other side's spike of the same instant, and the other way round.
  bool pres_see() const { return zero_lag == "depress" || zero_lag == "both"; }
  bool posts_see() const { return zero_lag == "potentiate" || zero_lag == "both"; }

  /// All events up to and including `end`.
  void run(double end) {
    std::vector<double> times = pre;
    times.insert(times.end(), post.begin(), post.end());
    std::sort(times.begin(), times.end());
    times.erase(std::unique(times.begin(), times.end()), times.end());
    for (const double t : times) {
      if (t > end) break;
      const auto pres = std::count(pre.begin(), pre.end(), t) > 0, posts = std::count(post.begin(), post.end(), t) > 0;
      const auto act = [&](bool is_pre) {
        if (is_pre ? pres : posts) {
          (is_pre ? on_pre : on_post)(t);
          if (after) after();
        }
      };
      const bool pre_first = zero_lag == "potentiate";
      act(pre_first);
      act(!pre_first);
    }
  }
};

}  // namespace spikeloom::test
