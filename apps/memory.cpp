// The prediction is the backend's; what the process itself holds is measured, not guessed.
#include "apps/memory.hpp"

#include <fmt/format.h>

#include <iterator>

#include "apps/machine.hpp"

namespace spikeloom {

namespace {

[[noreturn]] void refuse(std::uint64_t needed, std::uint64_t available) {
  throw Error(
      "memory", {},
      fmt::format("this run needs about {} more memory, of which {} are available", bytes_text(needed), bytes_text(available)),
      Exit::refused)
      .with_value(std::to_string(needed))
      .with_allowed(fmt::format("at most {}", available));
}

}  // namespace

MemoryPlan plan_memory(const Backend& backend, const CompiledNetwork& network, const OpenOptions& options) {
  MemoryPlan plan;
  plan.available = available_bytes();
  plan.peak = peak_bytes();
  give_back_free_memory();
  plan.process = resident_bytes();
  if (network.synapses() > plan.available / least_synapse_bytes) refuse(network.synapses() * least_synapse_bytes, plan.available);
  plan.session = backend.predict_bytes(network, options);
  return plan;
}

void require_memory(const MemoryPlan& plan) {
  if (plan.needed() > plan.available) refuse(plan.needed(), plan.available);
}

std::string bytes_text(std::uint64_t bytes) {
  constexpr const char* units[] = {"B", "KiB", "MiB", "GiB", "TiB", "PiB", "EiB"};
  double value = static_cast<double>(bytes);
  std::size_t unit = 0;
  for (; value >= 1024 && unit + 1 < std::size(units); ++unit) value /= 1024;
  return unit == 0 ? fmt::format("{} B", bytes) : fmt::format("{:.{}f} {}", value, value < 10 ? 2 : 1, units[unit]);
}

}  // namespace spikeloom
