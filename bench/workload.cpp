// Reads the list of workloads and holds a recording against it.
#include "bench/workload.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <fstream>
#include <nlohmann/json.hpp>
#include <stdexcept>

namespace spikeloom::bench {
namespace {

std::optional<Range> range_of(const nlohmann::json& answer, const char* key) {
  if (!answer.contains(key)) return {};
  return Range{answer.at(key).at(0), answer.at(key).at(1)};
}

Workload workload_of(const std::string& name, const nlohmann::json& entry) {
  Workload workload{name, entry.at("network"), entry.at("warmup_ms"), entry.at("duration_ms"), {}, {}};
  if (entry.contains("settings"))
    for (const auto& [path, value] : entry.at("settings").items()) workload.settings.emplace_back(path, value.dump());
  for (const auto& [population, answer] : entry.at("answers").items())
    workload.answers[population] = {range_of(answer, "rate_hz"), range_of(answer, "rate_sd_hz"), range_of(answer, "cv_isi")};
  return workload;
}

std::string outside(const std::optional<Range>& range, double value, const std::string& what) {
  if (!range || (value >= range->low && value <= range->high)) return "";
  return fmt::format("{} is {:.4g}, not {:g} to {:g}", what, value, range->low, range->high);
}

}  // namespace

std::vector<Workload> read_workloads(const std::string& path) {
  std::ifstream in(path);
  if (!in) throw std::runtime_error("cannot read " + path);
  try {
    const auto document = nlohmann::json::parse(in);
    std::vector<Workload> workloads;
    for (const auto& [name, entry] : document.at("workloads").items()) workloads.push_back(workload_of(name, entry));
    return workloads;
  } catch (const nlohmann::json::exception& error) { throw std::runtime_error(path + ": " + error.what()); }
}

std::string fault(const Workload& workload, const Recording& recording) {
  for (const auto& [population, answer] : workload.answers) {
    const auto& all = recording.populations;
    const auto counts = std::ranges::find(all, population, &PopulationCounts::population);
    if (counts == all.end()) return "there is no population " + population;
    for (const std::string& text : {outside(answer.rate_hz, counts->rate_hz, "rate of " + population + " in Hz"),
                                    outside(answer.rate_sd_hz, counts->rate_sd_hz, "spread of the rates of " + population),
                                    outside(answer.cv_isi, counts->cv_isi, "CV of the intervals of " + population)})
      if (!text.empty()) return text;
  }
  return "";
}

}  // namespace spikeloom::bench
