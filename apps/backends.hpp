// The backends there are: one line each in backends.cpp.
#pragma once

#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "core/backend.hpp"

namespace spikeloom {

std::vector<std::string> backend_names();

/// Throws Error("unknown_name") with the nearest name.
std::unique_ptr<Backend> make_backend(std::string_view name);

/// The threads `backend` really uses where `asked` are wanted.
int usable_threads(std::string_view backend, int asked);

/// Throws Error("unsupported", exit 3) with the reasons why `backend` cannot run `network`.
void require_support(const Backend& backend, const CompiledNetwork& network);

}  // namespace spikeloom
