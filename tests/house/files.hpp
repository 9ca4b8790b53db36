// What tests of the house need: the project's files, and the command run as a user would.
#pragma once

#include <algorithm>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <nlohmann/json.hpp>
#include <sstream>
#include <stdexcept>
#include <string>
#include <vector>

#include <stdlib.h>
#include <sys/wait.h>

namespace house {

namespace fs = std::filesystem;

inline const fs::path source = SPIKELOOM_SOURCE_DIR;

inline std::string read(const fs::path& path) {
  std::ifstream in(path, std::ios::binary);
  if (!in) throw std::runtime_error("cannot read " + path.string());
  std::ostringstream text;
  text << in.rdbuf();
  return text.str();
}

/// Files below the top-level folder with one of the extensions, sorted; those of the install test left out.
inline std::vector<fs::path> files_below(const std::string& folder, const std::vector<std::string>& extensions) {
  std::vector<fs::path> found;
  if (!fs::exists(source / folder)) return found;
  for (const auto& entry : fs::recursive_directory_iterator(source / folder))
    for (const auto& extension : extensions)
      if (entry.is_regular_file() && entry.path().extension() == extension) found.push_back(entry.path());
  std::sort(found.begin(), found.end());
  return found;
}

/// A folder of its own, gone at the end of the scope.
class TemporaryFolder {
 public:
  TemporaryFolder() {
    std::string pattern = (fs::temp_directory_path() / "spikeloom-house-XXXXXX").string();
    if (!mkdtemp(pattern.data())) throw std::runtime_error("cannot make a temporary folder");
    path = pattern;
  }
  ~TemporaryFolder() { fs::remove_all(path); }
  TemporaryFolder(const TemporaryFolder&) = delete;
  TemporaryFolder& operator=(const TemporaryFolder&) = delete;
  fs::path path;
};

struct Ran {
  int exit = -1;
  std::string output;  ///< standard output
  std::string errors;
};

/// Run a shell command in `folder`.
inline Ran shell(const std::string& command, const fs::path& folder) {
  const TemporaryFolder files;
  const std::string line = "cd '" + folder.string() + "' && { " + command + "\n} >'" + (files.path / "out").string() + "' 2>'" +
                           (files.path / "err").string() + "' </dev/null";
  const int status = std::system(line.c_str());
  return {WIFEXITED(status) ? WEXITSTATUS(status) : -1, read(files.path / "out"), read(files.path / "err")};
}

/// `spikeloom run` of an example with further options; the JSON it prints.
inline nlohmann::json run_example(const std::string& file, const std::string& options = "") {
  const TemporaryFolder out;
  const std::string command = std::string(SPIKELOOM_COMMAND) + " run '" + (source / "examples" / file).string() +
                              "' --json --out '" + (out.path / "out").string() + "' " + options;
  const Ran ran = shell(command, out.path);
  if (ran.exit != 0) throw std::runtime_error(command + "\nexit " + std::to_string(ran.exit) + "\n" + ran.output + ran.errors);
  return nlohmann::json::parse(ran.output);
}

}  // namespace house
