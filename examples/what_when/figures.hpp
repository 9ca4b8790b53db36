// The figures of the experiment: which runs each needs, and how it is shown.
#pragma once

#include "tasks.hpp"

namespace what_when {

/// "learning", "sweep", "switches", "geometry", "ablations", in this order.
const std::vector<std::string>& figure_names();
/// The runs that a figure or "acceptance" reads, its own and others'.
std::vector<std::string> runs_for(const std::string& figure);

/// Prints tables, writes FIGURE.json and FIGURE.svg.
void show(const Options& options, const AllRuns& all, const std::string& figure);

}  // namespace what_when
