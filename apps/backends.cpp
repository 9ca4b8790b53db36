// Adding a backend is one line in `entries`.
#include "apps/backends.hpp"

#include <fmt/format.h>

#include "backends/cpu/cpu.hpp"
#include "backends/reference/reference.hpp"

namespace spikeloom {
namespace {

struct Entry {
  std::string_view name;
  std::unique_ptr<Backend> (*make)();
  bool threaded;
};

constexpr Entry entries[] = {
    {"cpu", cpu_backend, true},
    {"reference", reference_backend, false},
};

}  // namespace

std::vector<std::string> backend_names() {
  std::vector<std::string> names;
  for (const Entry& entry : entries) names.emplace_back(entry.name);
  return names;
}

std::unique_ptr<Backend> make_backend(std::string_view name) {
  for (const Entry& entry : entries)
    if (entry.name == name) return entry.make();
  const auto names = backend_names();
  throw Error("unknown_name", {"/run/backend"}, fmt::format("there is no backend \"{}\"", name))
      .with_value(std::string(name))
      .with_allowed(fmt::format("{}", fmt::join(names, ", ")))
      .with_nearest(nearest_name(name, names));
}

int usable_threads(std::string_view backend, int asked) {
  for (const Entry& entry : entries)
    if (entry.name == backend && !entry.threaded) return 1;
  return asked;
}

void require_support(const Backend& backend, const CompiledNetwork& network) {
  const auto reasons = backend.unsupported(network);
  if (!reasons.empty())
    throw Error("unsupported", {},
                fmt::format("the backend \"{}\" cannot run this network: {}", backend.name(), fmt::join(reasons, "; ")),
                Exit::refused);
}

}  // namespace spikeloom
