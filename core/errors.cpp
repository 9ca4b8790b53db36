// The printed form of an error, and the search for the name that was meant.
#include "core/errors.hpp"

#include <fmt/format.h>

#include <algorithm>

namespace spikeloom {
namespace {

constexpr std::size_t longest_name = 200;

/// Damerau-Levenshtein distance (neighbours swapped count once), each pair of letters edited at most once.
std::size_t edit_distance(std::string_view a, std::string_view b) {
  std::vector<std::size_t> before_last(b.size() + 1), last(b.size() + 1), now(b.size() + 1);
  for (std::size_t j = 0; j <= b.size(); ++j) last[j] = j;
  for (std::size_t i = 1; i <= a.size(); ++i) {
    now[0] = i;
    for (std::size_t j = 1; j <= b.size(); ++j) {
      now[j] = std::min({last[j] + 1, now[j - 1] + 1, last[j - 1] + (a[i - 1] != b[j - 1])});
      const bool swapped = i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1];
      if (swapped) now[j] = std::min(now[j], before_last[j - 2] + 1);
    }
    before_last.swap(last);
    last.swap(now);
  }
  return last[b.size()];
}

/// "V_th" of "V_th_mV": the unit in the key was forgotten.
bool lacks_unit(std::string_view a, std::string_view b) {
  return !a.empty() && b.size() > a.size() + 1 && b.starts_with(a) && b[a.size()] == '_';
}

}  // namespace

std::string nearest_name(std::string_view name, const std::vector<std::string>& candidates) {
  if (name.size() > longest_name) return "";
  std::size_t best_distance = std::max<std::size_t>(2, name.size() / 3) + 1;
  std::string best;
  for (const std::string& candidate : candidates) {
    const std::size_t longer = std::max(name.size(), candidate.size());
    if (candidate == name) continue;
    const bool unit_only = lacks_unit(name, candidate) || lacks_unit(candidate, name);
    if (!unit_only && longer - std::min(name.size(), candidate.size()) >= best_distance) continue;
    const std::size_t distance = unit_only ? 1 : edit_distance(name, candidate);
    if (distance >= best_distance || distance >= longer) continue;  // at `longer`, nothing is left of the name
    best_distance = distance;
    best = candidate;
  }
  return best;
}

std::string describe(const Error& error) {
  std::string text;
  if (!error.file.empty()) {
    text = error.file + ":";
    if (error.where.line > 0) text += fmt::format("{}:{}:", error.where.line, error.where.column);
    text += " ";
  }
  if (!error.where.path.empty()) text += error.where.path + ": ";
  text += error.what();
  std::vector<std::string> facts;
  if (!error.value.empty()) facts.push_back("value " + error.value);
  if (!error.allowed.empty()) facts.push_back("allowed " + error.allowed);
  std::string aside = fmt::format("{}", fmt::join(facts, ", "));
  if (!error.nearest.empty()) aside += fmt::format("{}did you mean \"{}\"?", aside.empty() ? "" : "; ", error.nearest);
  return aside.empty() ? text : text + " (" + aside + ")";
}

}  // namespace spikeloom
