// How examples with arguments begin and end: what is wrong is named, with the exit codes of the command.
#pragma once

#include <fmt/format.h>
#include <CLI/CLI.hpp>

#include <string>

#include "core/errors.hpp"

namespace spikeloom {

/// A number from low to high, which "nan" is not.
inline CLI::Validator within(double low, double high) {
  const std::string range = fmt::format("{:g} to {:g}", low, high);
  return {[=](std::string& text) {
            double value = 0;
            const bool is_number = CLI::detail::lexical_cast(text, value);
            return is_number && value >= low && value <= high ? std::string() : text + " is not a number from " + range;
          },
          range};
}

/// Reads the command line, then returns what body() returns: an exit code.
template <class Body>
int run_example(CLI::App& app, int count, char** arguments, const Body& body) try {
  app.parse(count, arguments);
  return body();
} catch (const CLI::ParseError& fault) {
  return app.exit(fault) == 0 ? 0 : static_cast<int>(Exit::bad_input);
} catch (const Error& error) {
  fmt::print(stderr, "{}\n", describe(error));
  return static_cast<int>(error.exit);
} catch (const std::exception& error) {
  fmt::print(stderr, "{}\n", error.what());
  return static_cast<int>(Exit::run_failed);
}

}  // namespace spikeloom
