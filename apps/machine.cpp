// Reads /proc, the control groups and getrusage; what is missing counts as no limit.
#include "apps/machine.hpp"

#include <malloc.h>
#include <sys/resource.h>

#include <algorithm>
#include <fstream>
#include <limits>
#include <string>
#include <string_view>
#include <thread>

namespace spikeloom {
namespace {

constexpr std::uint64_t no_limit = std::numeric_limits<std::uint64_t>::max();

/// The number after `key` in a file of "key: number kB" lines, in bytes.
std::uint64_t kilobytes_of(const char* file, std::string_view key, std::uint64_t otherwise) {
  std::ifstream in(file);
  for (std::string line; std::getline(in, line);)
    if (line.starts_with(key)) return std::strtoull(line.c_str() + key.size(), nullptr, 10) * 1024;
  return otherwise;
}

/// A file that holds one number; anything else ("max", no file) is no limit.
std::uint64_t number_in(const std::string& file) {
  std::ifstream in(file);
  std::uint64_t value = 0;
  return in >> value ? value : no_limit;
}

/// What the limit of one control group leaves, counting its reclaimable file cache as free.
std::uint64_t left_in_group(const std::string& folder, const char* limit_file, const char* usage_file) {
  const std::uint64_t limit = number_in(folder + limit_file);
  if (limit == no_limit) return no_limit;
  std::uint64_t used = number_in(folder + usage_file), cache = 0;
  if (used == no_limit) used = 0;
  std::ifstream statistics(folder + "memory.stat");
  std::string key;
  for (std::uint64_t value = 0; statistics >> key >> value;)
    if (key == "inactive_file" || key == "total_inactive_file") cache = std::max(cache, value);
  used -= std::min(used, cache);
  return limit > used ? limit - used : 0;
}

std::uint64_t left_in_groups() {
  std::uint64_t least = no_limit;
  std::ifstream groups("/proc/self/cgroup");
  for (std::string line; std::getline(groups, line);) {
    const bool unified = line.starts_with("0::"), memory = line.find(":memory:") != std::string::npos;
    if (!unified && !memory) continue;
    const std::string root = unified ? "/sys/fs/cgroup" : "/sys/fs/cgroup/memory";
    std::string path = line.substr(line.rfind(':') + 1);
    while (true) {
      const std::string folder = root + (path == "/" ? "" : path) + "/";
      least = std::min(least, unified ? left_in_group(folder, "memory.max", "memory.current")
                                      : left_in_group(folder, "memory.limit_in_bytes", "memory.usage_in_bytes"));
      if (path.empty() || path == "/") break;
      path.resize(path.rfind('/') == std::string::npos ? 0 : path.rfind('/'));
    }
  }
  return least;
}

std::uint64_t left_in_address_space() {
  rlimit limit{};
  if (getrlimit(RLIMIT_AS, &limit) != 0 || limit.rlim_cur == RLIM_INFINITY) return no_limit;
  const std::uint64_t used = kilobytes_of("/proc/self/status", "VmSize:", 0);
  return limit.rlim_cur > used ? limit.rlim_cur - used : 0;
}

}  // namespace

std::uint64_t available_bytes() {
  return std::min({kilobytes_of("/proc/meminfo", "MemAvailable:", no_limit), left_in_groups(), left_in_address_space()});
}

std::uint64_t peak_bytes() { return kilobytes_of("/proc/self/status", "VmHWM:", 0); }

void give_back_free_memory() { malloc_trim(0); }

std::uint64_t resident_bytes() { return kilobytes_of("/proc/self/status", "VmRSS:", 0); }

double cpu_seconds() {
  rusage usage{};
  getrusage(RUSAGE_SELF, &usage);
  const auto seconds = [](const timeval& t) { return static_cast<double>(t.tv_sec) + 1e-6 * static_cast<double>(t.tv_usec); };
  return seconds(usage.ru_utime) + seconds(usage.ru_stime);
}

int hardware_threads() { return std::max(1u, std::thread::hardware_concurrency()); }

}  // namespace spikeloom
