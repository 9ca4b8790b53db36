// The output folder of a run: when there is one, and what may not be overwritten.
#pragma once

#include <string>

#include "apps/options.hpp"
#include "core/compile/compiled.hpp"

namespace spikeloom {

class OutputFolder {
 public:
  /// There is one if --out names it or a probe writes a file. Throws Error("file") when something would be overwritten without
  /// --overwrite, when two outputs have one name, or when one is the network file. Makes nothing yet.
  OutputFolder(const CompiledNetwork& network, const Options& options);

  /// Where the folder would be; "" where there is none.
  static std::string path_of(const CompiledNetwork& network, const Options& options);

  bool exists() const { return !path_.empty(); }
  std::string summary_file() const { return path_ + "/summary.json"; }
  /// Into the folder, which the session has made.
  void write_summary(const std::string& text) const;

 private:
  std::string path_;
  bool overwrite_ = false;
};

/// Is there a place for --plot: a folder, nothing to overwrite unasked, not the network file? Known now, not
/// after hours of simulating. Throws Error("file", "conflict").
void require_picture(const Options& options);

/// NAME.out, after the network's name or else its file's.
std::string default_folder(const std::string& network_name, const std::string& file);

}  // namespace spikeloom
