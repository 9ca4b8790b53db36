// The command line: subcommands, options, help that teaches, and mistakes answered with the nearest right word.
#pragma once

#include "apps/options.hpp"

namespace spikeloom {

using Command = int (*)(const Options&);

/// What was asked for. `command` is null where help or the version was printed.
struct Invocation {
  Command command = nullptr;
  Options options;
};

/// Throws Error with exit 2 for everything that is wrong with the line.
Invocation parse_command_line(int argc, char** argv);

}  // namespace spikeloom
