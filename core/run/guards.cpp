// The words in which a run with broken numbers ends.
#include "core/run/guards.hpp"

#include <fmt/format.h>

#include "core/errors.hpp"

namespace spikeloom {

void not_finite(const CompiledNetwork& network, std::uint32_t p, std::size_t state, std::size_t cell, std::int64_t n,
                double value) {
  const auto& population = network.populations[p];
  throw Error("nan", {"/populations/" + population.name, 0, 0},
              fmt::format("state {} of cell {} of population {} is {} at {} ms", population.model.table->states[state].name, cell,
                          population.name, value, network.ms_of(n)),
              Exit::run_failed)
      .with_value(fmt::format("{}", value))
      .with_allowed("finite numbers");
}

}  // namespace spikeloom
