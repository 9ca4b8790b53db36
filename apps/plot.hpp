// A picture of a run that any browser shows: raster of spikes above, population rates below, one SVG file without other tools.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "core/backend.hpp"

namespace spikeloom {

struct PlotPopulation {
  std::string name;
  std::uint64_t cells = 0;
  std::vector<std::uint32_t> neuron;  ///< one entry per spike
  std::vector<double> time_ms;
};

struct Plot {
  std::string title;
  double from_ms = 0, to_ms = 0;
  double step_ms = 0.1;
  std::vector<PlotPopulation> populations;
};

/// What a session recorded in memory; populations without a spike probe are left out.
Plot plot_of(const Session& session, const std::string& title);

/// At most 200 cells of each population are drawn, and fewer where the dots would be too many; rates count every cell.
std::string plot_svg(const Plot& plot);

}  // namespace spikeloom
