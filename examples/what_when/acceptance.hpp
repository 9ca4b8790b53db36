// The acceptance test: what the experiment must show, as numbers with bounds.
#pragma once

#include "tasks.hpp"

namespace what_when {

/// One line of the acceptance test.
struct Criterion {
  std::string text;
  double value = 0;
  bool at_most = true;
  double bound = 0;
  bool passed() const { return at_most ? value <= bound : value >= bound; }
};
std::vector<Criterion> criteria(const Options& options, const AllRuns& all);

}  // namespace what_when
