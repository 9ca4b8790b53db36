// Settings travel as text, so that a mistake on the command line is found and worded like one in the file.
#include "apps/loading.hpp"

#include "apps/backends.hpp"
#include "apps/machine.hpp"
#include "apps/output.hpp"
#include "models/models.hpp"

namespace spikeloom {
namespace {

constexpr int most_threads = 4096;

}  // namespace

Settings settings_of(const Options& options) {
  Settings settings;
  for (const std::string& text : options.set) settings.push_back(setting_of(text));
  const auto put = [&](const char* path, const std::string& value) {
    if (!value.empty()) settings.emplace_back(path, value);
  };
  put("run.duration_ms", options.duration_ms);
  put("run.seed", options.seed);
  put("run.threads", options.threads);
  put("run.backend", options.backend);
  put("run.precision", options.precision);
  put("run.weight_bits", options.weight_bits);
  return settings;
}

const ModelSet& command_models() {
  static const ModelSet models = builtin_models();
  return models;
}

Network load_network(const Options& options) {
  try {
    return read_network(options.file, settings_of(options));
  } catch (Error& error) {
    if (error.file.empty()) error.file = options.file;
    throw;
  }
}

std::shared_ptr<const CompiledNetwork> compile_network(const Network& network, const Options& options) {
  try {
    auto compiled = compile(network, command_models());
    if (compiled->threads < 0 || compiled->threads > most_threads)
      throw Error("range", {"/run/threads"}, "threads out of range")
          .with_value(std::to_string(compiled->threads))
          .with_allowed("1 .. 4096");
    make_backend(compiled->backend);  // an unknown name is the file's mistake, too
    return compiled;
  } catch (Error& error) {
    if (error.file.empty()) error.file = options.file;
    if (error.file == options.file) locate(error, options.file, settings_of(options));
    throw;
  }
}

int threads_of(const CompiledNetwork& network) {
  return usable_threads(network.backend, network.threads > 0 ? network.threads : hardware_threads());
}

OpenOptions open_options(const CompiledNetwork& network, const Options& options) {
  OpenOptions open;
  open.threads = threads_of(network);
  open.isa = options.isa;
  open.overwrite = options.overwrite;
  open.keep_in_memory = false;
  open.models = &command_models();
  return open;
}

OpenOptions run_options(const CompiledNetwork& network, const Options& options) {
  OpenOptions open = open_options(network, options);
  open.keep_in_memory = !options.plot.empty();
  open.output_folder = OutputFolder::path_of(network, options);
  return open;
}

}  // namespace spikeloom
