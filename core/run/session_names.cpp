#include "core/run/session_names.hpp"

#include <cmath>
#include <string>
#include <variant>
#include <vector>

namespace spikeloom {
namespace {

template <class List, class NameOf>
std::uint32_t find_name(const List& list, std::string_view name, const NameOf& name_of, const std::string& kind) {
  std::vector<std::string> names;
  for (std::uint32_t i = 0; i < list.size(); ++i) {
    if (name_of(list[i]) == name) return i;
    names.emplace_back(name_of(list[i]));
  }
  throw Error("unknown_name", {}, "there is no " + kind + " \"" + std::string(name) + "\"")
      .with_value(std::string(name))
      .with_nearest(nearest_name(name, names));
}

constexpr auto its_name = [](const auto& thing) { return std::string_view(thing.name); };

void check_size(std::size_t expected, std::size_t given, std::string_view name) {
  if (given == expected) return;
  throw Error("range", {}, "\"" + std::string(name) + "\" takes another number of values")
      .with_value(std::to_string(given))
      .with_allowed(std::to_string(expected));
}

}  // namespace

StatePlace find_state(const CompiledNetwork& network, std::string_view population, std::string_view state) {
  const std::uint32_t p = find_name(network.populations, population, its_name, "population");
  return {p, static_cast<int>(find_name(network.populations[p].model.table->states, state, its_name, "state"))};
}

void check_state_values(const CompiledNetwork& network, const StatePlace& place, std::span<const double> values) {
  const auto& population = network.populations[place.population];
  check_size(population.size, values.size(), population.name);
  for (const double value : values)
    if (!std::isfinite(value)) throw Error("range", {}, "a state must be a finite number").with_value(std::to_string(value));
}

std::uint32_t find_signal(const CompiledNetwork& network, std::string_view name) {
  return find_name(network.signals, name, its_name, "signal");
}

std::uint32_t find_external_signal(const CompiledNetwork& network, std::string_view name, std::span<const double> values) {
  const std::uint32_t signal = find_signal(network, name);
  if (!std::holds_alternative<CompiledSignal::External>(network.signals[signal].form))
    throw Error("conflict", {}, "the signal \"" + std::string(name) + "\" is not external: only external signals can be set");
  check_size(network.signals[signal].size, values.size(), name);
  return signal;
}

std::uint32_t find_external_source(const CompiledNetwork& network, std::string_view name) {
  const std::uint32_t source = find_name(network.sources, name, its_name, "input");
  if (network.sources[source].kind != CompiledSource::Kind::external)
    throw Error("conflict", {}, "the input \"" + std::string(name) + "\" is not external: it makes its own spikes");
  return source;
}

Error not_finite(const CompiledNetwork& network, const CompiledPopulation& population, std::uint32_t cell, int state, double value,
                 std::int64_t step) {
  const std::string name(population.model.table->states[static_cast<std::size_t>(state)].name);
  return Error("nan", {"/populations/" + population.name},
               "cell " + std::to_string(cell) + " of " + population.name + ": " + name + " is " + std::to_string(value) + " at " +
                   std::to_string(network.ms_of(step)) + " ms",
               Exit::run_failed)
      .with_value(std::to_string(value))
      .with_allowed("a finite number");
}

}  // namespace spikeloom
