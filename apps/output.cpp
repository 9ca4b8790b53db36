// All refusals come before anything is built, so that a long run never ends at a file that was there all along.
#include "apps/output.hpp"

#include <unistd.h>

#include <algorithm>
#include <filesystem>
#include <set>

#include "core/atomic_file.hpp"

namespace spikeloom {
namespace {

namespace fs = std::filesystem;

bool is_device_or_pipe(const fs::path& path) {
  std::error_code ignored;
  const auto status = fs::status(path, ignored);
  return fs::is_character_file(status) || fs::is_fifo(status);
}

void refuse_existing(const fs::path& path) {
  std::error_code ignored;
  if (fs::exists(path, ignored) && !is_device_or_pipe(path))
    throw Error("file", {}, "\"" + path.string() + "\" exists; --overwrite replaces it, --out chooses another folder")
        .with_value(path.string());
}

/// Not even --overwrite replaces what the run is made from.
void refuse_input(const fs::path& output, const Options& options) {
  std::error_code ignored;
  if (fs::equivalent(options.file, output, ignored))
    throw Error("conflict", {}, "\"" + output.string() + "\" would be written, but the network is read from it")
        .with_value(output.string())
        .with_allowed("another file");
}

/// A file given by its own option must have a folder to go to, and not be one.
void require_writable_folder(const char* option, const std::string& file) {
  std::error_code ignored;
  if (fs::is_directory(file, ignored))
    throw Error("file", {}, std::string(option) + ": this is a folder").with_value(file).with_allowed("the name of a file");
  const fs::path folder = fs::path(file).has_parent_path() ? fs::path(file).parent_path() : fs::path(".");
  if (access(folder.c_str(), W_OK | X_OK) != 0)
    throw Error("file", {}, std::string(option) + ": cannot write into the folder \"" + folder.string() + "\"").with_value(file);
}

}  // namespace

void require_picture(const Options& options) {
  if (options.plot.empty()) return;
  require_writable_folder("--plot", options.plot);
  refuse_input(options.plot, options);
  if (!options.plot.ends_with(".svg") && !fs::is_character_file(options.plot))
    throw Error("file", {}, "--plot draws SVG files").with_value(options.plot).with_allowed("a name that ends in .svg");
  if (!options.overwrite) refuse_existing(options.plot);
}

std::string default_folder(const std::string& network_name, const std::string& file) {
  std::string name = network_name.empty() ? fs::path(file).stem().string() : network_name;
  std::replace(name.begin(), name.end(), '/', '_');
  if (name.empty() || name[0] == '.') name = "run" + name;
  return name + ".out";
}

std::string OutputFolder::path_of(const CompiledNetwork& network, const Options& options) {
  if (!options.out.empty()) return options.out;
  const bool recorded = std::ranges::any_of(network.probes, [](const CompiledProbe& probe) { return !probe.file.empty(); });
  return recorded ? default_folder(network.name, options.file) : "";
}

OutputFolder::OutputFolder(const CompiledNetwork& network, const Options& options)
    : path_(path_of(network, options)), overwrite_(options.overwrite) {
  std::set<fs::path> outputs;
  const auto claim = [&](const fs::path& path, bool replace) {
    if (!outputs.insert(fs::absolute(path).lexically_normal()).second)
      throw Error("conflict", {}, "two outputs would be written to \"" + path.string() + "\"").with_value(path.string());
    refuse_input(path, options);
    if (!replace) refuse_existing(path);
  };
  if (!options.save.empty()) {
    require_writable_folder("--save", options.save);
    claim(options.save, true);  // the one before is kept
  }
  if (!options.plot.empty()) {
    require_picture(options);
    claim(options.plot, true);
  }
  if (!exists()) return;
  claim(fs::path(path_) / "network.json", overwrite_);
  claim(summary_file(), overwrite_);
  for (const CompiledProbe& probe : network.probes)
    if (!probe.file.empty()) claim(fs::path(path_) / probe.file, overwrite_);
}

void OutputFolder::write_summary(const std::string& text) const {
  if (exists()) write_file(summary_file(), text, overwrite_);
}

}  // namespace spikeloom
