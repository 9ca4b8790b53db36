// Reads the spike files that a summary lists, in either form.
#include "apps/recorded_run.hpp"

#include <algorithm>
#include <charconv>
#include <cstring>
#include <filesystem>

#include "core/csv.hpp"

namespace spikeloom {
namespace {

namespace fs = std::filesystem;
using Trains = std::map<std::string, SpikeTrain>;

constexpr std::uint64_t largest_file = std::uint64_t{8} << 30;

void add(Trains& trains, const std::string& population, std::uint32_t neuron, double time_ms) {
  SpikeTrain& train = trains[population];
  train.population = population;
  train.neuron.push_back(neuron);
  train.time_ms.push_back(time_ms);
}

Error unreadable(const std::string& path, const std::string& why) {
  return Error("file", {}, "\"" + path + "\" " + why).with_value(path);
}

template <class T>
T number(std::string_view text, const std::string& path) {
  T value{};
  const auto [end, fault] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (fault != std::errc{} || end != text.data() + text.size())
    throw unreadable(path, "holds \"" + std::string(text.substr(0, 40)) + "\" where a number belongs");
  return value;
}

/// Names may hold commas, so the two numbers are found from the right; a quoted name loses its quotes.
void read_csv_spikes(const std::string& path, Trains& trains) {
  const std::string text = read_whole_file(path, largest_file, {});
  std::size_t at = text.find('\n');
  if (text.substr(0, at) != "population,neuron,time_ms") return;
  while (at != std::string::npos && at + 1 < text.size()) {
    const std::size_t end = std::min(text.find('\n', at + 1), text.size());
    const std::string_view row = std::string_view(text).substr(at + 1, end - at - 1);
    at = end;
    if (row.empty()) continue;
    const std::size_t second = row.rfind(','), first = second == row.npos || second == 0 ? row.npos : row.rfind(',', second - 1);
    if (first == row.npos) throw unreadable(path, "has a row without three columns");
    std::string name(row.substr(0, first));
    if (name.size() >= 2 && name.front() == '"' && name.back() == '"') name = name.substr(1, name.size() - 2);
    add(trains, name, number<std::uint32_t>(row.substr(first + 1, second - first - 1), path),
        number<double>(row.substr(second + 1), path));
  }
}

/// Field names and types of a table's header: [('population', 'S4'), ...].
std::vector<std::pair<std::string, std::string>> npy_fields(const std::string& header) {
  std::vector<std::string> words;
  const std::size_t stop = header.find(']');
  for (std::size_t at = header.find('['); at < stop;) {
    const std::size_t open = header.find('\'', at), close = open < stop ? header.find('\'', open + 1) : std::string::npos;
    if (close == std::string::npos || close > stop) break;
    words.push_back(header.substr(open + 1, close - open - 1));
    at = close + 1;
  }
  std::vector<std::pair<std::string, std::string>> fields;
  for (std::size_t k = 0; k + 1 < words.size(); k += 2) fields.emplace_back(words[k], words[k + 1]);
  return fields;
}

void read_npy_spikes(const std::string& path, Trains& trains) {
  const std::string text = read_whole_file(path, largest_file, {});
  if (text.size() < 10 || text.compare(0, 6, "\x93NUMPY") != 0) throw unreadable(path, "is no .npy file");
  std::uint16_t length = 0;
  std::memcpy(&length, text.data() + 8, 2);
  const std::size_t begin = 10 + std::size_t{length};
  if (begin > text.size()) throw unreadable(path, "ends within its header");
  const auto fields = npy_fields(text.substr(10, length));
  if (fields.size() != 3 || fields[0].first != "population" || fields[1].first != "neuron" || fields[2].first != "time_ms")
    return;
  const std::string& type = fields[0].second;
  const std::size_t s = type.find('S');
  if (s == std::string::npos || fields[1].second != "<u4" || fields[2].second != "<f8")
    throw unreadable(path, "has fields of other types");
  const auto width = number<std::size_t>(std::string_view(type).substr(s + 1), path), row = width + 12;
  if (width > 1u << 16 || (text.size() - begin) % row != 0) throw unreadable(path, "ends within a row");
  for (std::size_t at = begin; at < text.size(); at += row) {
    std::uint32_t neuron = 0;
    double time_ms = 0;
    std::memcpy(&neuron, text.data() + at + width, 4);
    std::memcpy(&time_ms, text.data() + at + width + 4, 8);
    const std::string padded = text.substr(at, width);
    add(trains, padded.substr(0, padded.find('\0')), neuron, time_ms);
  }
}

void read_any(const std::string& path, Trains& trains) {
  const std::string ending = fs::path(path).extension().string();
  if (ending == ".csv") read_csv_spikes(path, trains);
  else if (ending == ".npy") read_npy_spikes(path, trains);
}

std::vector<SpikeTrain> in_order(Trains trains) {
  std::vector<SpikeTrain> list;
  for (auto& [name, train] : trains) list.push_back(std::move(train));
  return list;
}

/// Listed files may have moved together with their folder: what counts is their name within it.
std::string found_in(const fs::path& folder, const std::string& listed) {
  std::error_code ignored;
  const fs::path inside = folder / fs::path(listed).filename();
  return fs::exists(inside, ignored) ? inside.string() : listed;
}

}  // namespace

std::vector<SpikeTrain> read_spike_file(const std::string& path) {
  Trains trains;
  read_any(path, trains);
  return in_order(std::move(trains));
}

RecordedRun read_recorded_run(const std::string& folder) {
  const std::string path = (fs::path(folder) / "summary.json").string();
  RecordedRun run;
  run.name = folder;
  run.summary = Report::parse(read_whole_file(path, largest_file, {}), nullptr, false);
  const auto is = [&](const char* key, Report::value_t type) {
    return run.summary.contains(key) && run.summary[key].type() == type;
  };
  if (!run.summary.is_object() || !is("rates_hz", Report::value_t::object) || !is("cv_isi", Report::value_t::object) ||
      !is("spike_hash", Report::value_t::string) || !is("state_hash", Report::value_t::string))
    throw unreadable(path, "is no summary of a run");
  Trains trains;
  if (is("files", Report::value_t::array))
    for (const auto& file : run.summary["files"])
      if (file.is_string()) read_any(found_in(folder, file.get<std::string>()), trains);
  run.spikes = in_order(std::move(trains));
  if (is("sizes", Report::value_t::object))
    for (const auto& [name, size] : run.summary["sizes"].items())
      if (size.is_number_unsigned()) run.cells[name] = size.get<std::uint64_t>();
  return run;
}

}  // namespace spikeloom
