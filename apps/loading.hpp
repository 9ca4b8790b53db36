// From the command line and a file to a compiled network: options become settings of the description, then compile.
#pragma once

#include <memory>

#include "apps/options.hpp"
#include "core/backend.hpp"
#include "core/compile/compiled.hpp"
#include "core/network.hpp"
#include "core/network_json.hpp"

namespace spikeloom {

/// The dotted paths and values that --set, --duration-ms, --seed, --threads, --backend, --precision and --weight-bits stand for.
Settings settings_of(const Options& options);

/// Read the file with these settings. Every Error knows the file.
Network load_network(const Options& options);
std::shared_ptr<const CompiledNetwork> compile_network(const Network& network, const Options& options);

/// Threads the run will use: as asked, else the machine's.
int threads_of(const CompiledNetwork& network);

/// Options of open() that the command line decides; recordings are not kept in memory.
OpenOptions open_options(const CompiledNetwork& network, const Options& options);
/// Those of `run`: what probes see goes to files, and is kept only where a picture is drawn of it.
OpenOptions run_options(const CompiledNetwork& network, const Options& options);

/// The models the command knows.
const ModelSet& command_models();

}  // namespace spikeloom
