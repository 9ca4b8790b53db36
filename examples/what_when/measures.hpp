// What is computed from the runs, once; tables, pictures and the acceptance test read it.
#pragma once

#include "analysis/subspaces.hpp"
#include "tasks.hpp"

namespace what_when {

double mean_of(const Numbers& values);
double sd_of(const Numbers& values);

/// Results of one rule (all seeds), or of everything where `name` is "".
std::vector<const Result*> of_rule(const Runs& runs, const std::string& name);

template <class Of>
Numbers each(const std::vector<const Result*>& results, Of of) {
  Numbers values;
  for (const Result* result : results) values.push_back(of(*result));
  return values;
}

Numbers errors(const std::vector<const Result*>& results, std::size_t block, int trial);

/// One seed of the sweep: amplitudes and peaks by level of p(A).
struct Sweep {
  Numbers p, amplitude[channels], peak_ms[channels], peak_errors;
  /// Correlation of amplitude and p(A).
  double r(std::size_t c) const;
  /// Amplitude of A against p(A), by least squares.
  double slope_A() const;
  double median_peak_error() const;
};
std::vector<Sweep> sweeps(const Options& options, const Runs& runs);

/// One set of nine networks on the plane of their weights, and where a run with switches passes through it.
struct Plane {
  spikeloom::PrincipalComponents components;
  Numbers p, shift;
  std::vector<Numbers> path;  ///< ends of the blocks
  double r_probability = 0, r_latency = 0;
};
Plane plane_of(const Runs& runs, std::uint64_t seed, const Result* switched);

/// [what | when], each part as `scale` says.
Numbers joined(const Weights& weights, double what_scale, double when_scale);

/// What and when readouts of one network in the space of neurons.
struct Angles {
  Numbers angles, shuffled, cosines;
};
Angles angles_of(const Weights& weights, std::uint64_t seed);

/// Distance between the directions of two sets of weights.
double direction_distance(const Weights& a, const Weights& b);

}  // namespace what_when
