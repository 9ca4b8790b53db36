// How far two spike trains are apart: the measures that `spikeloom compare` reports when two runs are not identical.
#pragma once

#include <optional>
#include <span>

#include "analysis/statistics.hpp"

namespace spikeloom {

/// van Rossum (2001): each spike becomes a decaying exponential of time constant tau; the distance is the root of the integral of
/// the squared difference, over tau. One spike more is sqrt(1/2); two spikes far apart are 1. Times ascending. Takes linear time.
double van_rossum(std::span<const double> a_ms, std::span<const double> b_ms, double tau_ms);

/// Victor and Purpura (1996): least cost of turning one train into the other, where adding or removing a spike costs 1 and moving
/// it by t ms costs t / tau_ms * 2 (so that spikes further apart than tau_ms are not moved). Takes time in the product of
/// lengths.
double victor_purpura(std::span<const double> a_ms, std::span<const double> b_ms, double tau_ms);

/// Mean over cells of a distance, both populations of the same size.
double mean_van_rossum(const Trains& a, const Trains& b, double tau_ms);

/// By how much first spikes differ, in ms: mean over the cells that spike in both, of two populations of the same size; none
/// where no cell does.
std::optional<double> mean_first_spike_shift(const Trains& a, const Trains& b);

}  // namespace spikeloom
