// Looking up names for sessions.
#include "core/run/find.hpp"

#include <fmt/format.h>
#include <cmath>
#include <string>
#include <vector>

#include "core/errors.hpp"

namespace spikeloom {

namespace {

template <class Items>
std::size_t find(const Items& items, std::string_view name, std::string_view what, std::string path) {
  std::vector<std::string> names;
  for (const auto& item : items) {
    if (item.name == name) return names.size();
    names.emplace_back(item.name);
  }
  throw Error("unknown_name", {std::move(path), 0, 0}, fmt::format("there is no {} \"{}\"", what, name))
      .with_value(std::string(name))
      .with_nearest(nearest_name(name, names));
}

}  // namespace

std::uint32_t find_population(const CompiledNetwork& network, std::string_view name) {
  return static_cast<std::uint32_t>(find(network.populations, name, "population", "/populations"));
}

std::size_t find_state(const CompiledNetwork& network, std::uint32_t p, std::string_view name) {
  const auto& population = network.populations[p];
  return find(population.model.table->states, name, fmt::format("state of {}", population.model.table->name),
              "/populations/" + population.name);
}

std::uint32_t find_signal(const CompiledNetwork& network, std::string_view name) {
  return static_cast<std::uint32_t>(find(network.signals, name, "signal", "/signals"));
}

std::uint32_t find_source(const CompiledNetwork& network, std::string_view name) {
  return static_cast<std::uint32_t>(find(network.sources, name, "input", "/inputs"));
}

void check_new_state(const CompiledNetwork& network, std::uint32_t p, std::size_t state, std::span<const double> values) {
  const auto& population = network.populations[p];
  const Quantity& q = population.model.table->states[state];
  const Where where{"/populations/" + population.name, 0, 0};
  if (values.size() != population.size)
    throw Error("range", where, fmt::format("{} needs one value for each of the {} cells", q.name, population.size))
        .with_value(fmt::format("{} values", values.size()));
  for (std::size_t i = 0; i < values.size(); ++i)
    if (!std::isfinite(values[i]) || values[i] > q.high || values[i] < q.low || (q.open_low && values[i] == q.low))
      throw Error("range", where, fmt::format("{} of cell {} is out of range", q.name, i))
          .with_value(fmt::format("{}", values[i]))
          .with_allowed(fmt::format("{}{} .. {}", q.open_low ? "> " : "", q.low, q.high));
}

}  // namespace spikeloom
