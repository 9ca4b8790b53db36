// What a run reports: the object of --json and summary.json, and the same as a table for people.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "apps/report.hpp"
#include "core/backend.hpp"

namespace spikeloom {

/// What the clock and the system said about a run.
struct RunCosts {
  double build_s = 0;   ///< all before the first step
  double warmup_s = 0;  ///< the steps of run.warmup_ms
  double run_s = 0, cpu_s = 0;
  double advanced_ms = 0;  ///< biological time of run_s; less than the whole after --load
};

/// `stopped`: the run ended at the session's step, before its duration.
Report run_summary(const Session& session, std::string_view backend, int threads, const RunCosts& costs, bool stopped,
                   const std::vector<std::string>& files);

std::string summary_text(const Report& summary, const std::string& title);

/// Rates, CVs and the spread of rates by population, null where there are none.
Report rates_report(const Recording& recording);
Report cvs_report(const Recording& recording);
Report rate_sds_report(const Recording& recording);

}  // namespace spikeloom
