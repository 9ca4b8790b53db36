// The output folder of a run: when there is one, what goes into it beside the recordings, and what may not be overwritten.
#pragma once

#include <string>
#include <vector>

#include "apps/options.hpp"
#include "core/compile/compiled.hpp"

namespace spikeloom {

class OutputFolder {
 public:
  /// There is one if --out names it or a probe writes a file. Throws Error("file") when something would be overwritten without
  /// --overwrite, or when two outputs have one name. Makes nothing yet.
  OutputFolder(const CompiledNetwork& network, const Options& options);

  bool exists() const { return !path_.empty(); }
  const std::string& path() const { return path_; }
  /// Make the folder and write the network as run into it.
  void begin(const std::string& network_json);
  void write_summary(const std::string& text);
  /// Files written by this class, in order.
  const std::vector<std::string>& files() const { return files_; }

 private:
  void write(const std::string& name, const std::string& text);

  std::string path_;
  bool overwrite_ = false;
  std::vector<std::string> files_;
};

/// NAME.out, after the network's name or else its file's.
std::string default_folder(const std::string& network_name, const std::string& file);

}  // namespace spikeloom
