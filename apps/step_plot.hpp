// A picture of what the step of a simulation does: rates, CVs and first spikes against the steps tried.
#pragma once

#include <optional>
#include <string>
#include <vector>

namespace spikeloom {

struct StepPlot {
  std::string title;
  std::vector<std::string> variants;  ///< in the order tried; spread evenly
  struct Population {
    std::string name;
    std::vector<std::optional<double>> rate_hz, cv_isi, first_spike_shift_ms;  ///< one per variant
  };
  std::vector<Population> populations;
};

std::string step_plot_svg(const StepPlot& plot);

}  // namespace spikeloom
