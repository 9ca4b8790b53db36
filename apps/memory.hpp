// How much memory a run will need, and the refusal of what this machine cannot give.
#pragma once

#include <algorithm>
#include <cstdint>
#include <memory>

#include "core/backend.hpp"

namespace spikeloom {

/// Predicted bytes. `process` is what the command holds once the network is compiled; `total` predicts the peak, which is
/// behind already where reading and compiling took more than the run will.
struct MemoryPlan {
  Backend::Bytes session;
  std::uint64_t process = 0, peak = 0;
  std::uint64_t available = 0;
  std::uint64_t needed() const { return session.neurons + session.synapses + session.recording + session.scratch; }
  std::uint64_t total() const { return std::max(needed() + process, peak); }
};

/// Call after compile and before open. Throws like require_memory where the synapses alone cannot fit.
MemoryPlan plan_memory(const Backend& backend, const CompiledNetwork& network, const OpenOptions& options);

/// Throws Error("memory", exit 3) where more is needed than is available.
void require_memory(const MemoryPlan& plan);

/// 1536 -> "1.5 KiB".
std::string bytes_text(std::uint64_t bytes);

}  // namespace spikeloom
