// The spikeloom command: one subcommand is run, and whatever goes wrong ends here as a message and an exit code.
#include <csignal>
#include <cstdio>
#include <exception>
#include <new>
#include <string_view>

#include "apps/command_line.hpp"
#include "apps/report.hpp"

namespace {

using namespace spikeloom;

/// Asked of the raw line, because the line itself may be what is wrong.
bool wants_json(int argc, char** argv) {
  for (int i = 1; i < argc; ++i)
    if (std::string_view(argv[i]) == "--json") return true;
  return false;
}

int fail(const Error& error, bool json) {
  try {
    if (json) print_report({{"error", error_report(error)}});
    else std::fputs(("spikeloom: " + describe(error) + "\n").c_str(), stderr);
  } catch (const std::exception& second) { std::fprintf(stderr, "spikeloom: %s\n", second.what()); }
  return static_cast<int>(error.exit);
}

}  // namespace

int main(int argc, char** argv) {
  std::signal(SIGXFSZ, SIG_IGN);  // a file at its size limit is then a failed write like any other
  const bool json = wants_json(argc, argv);
  try {
    const Invocation invocation = parse_command_line(argc, argv);
    return invocation.command != nullptr ? invocation.command(invocation.options) : 0;
  } catch (const Error& error) { return fail(error, json); } catch (const std::bad_alloc&) {
    return fail(Error("memory", {}, "the machine has not enough memory for this", Exit::refused), json);
  } catch (const std::exception& error) { return fail(Error("internal", {}, error.what(), Exit::run_failed), json); }
}
