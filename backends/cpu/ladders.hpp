// Counts of Poisson input as the kernel wants them: a ladder of 16-bit thresholds, refined by the table's own on ties.
#pragma once

#include <cstdint>
#include <memory>
#include <utility>
#include <vector>

#include "backends/cpu/kernels.hpp"
#include "core/compile/compiled.hpp"
#include "core/math/poisson.hpp"

namespace spikeloom::cpu {

/// PoissonTables in the form of the kernel; owns what the ladders point to.
class Ladders {
 public:
  explicit Ladders(const CompiledNetwork& network) {
    for (const auto& poisson : network.poisson) {
      ladders.emplace_back();
      for (const auto& table : poisson.tables) ladders.back().push_back(make(table));
    }
  }
  std::vector<std::vector<PoissonLadder>> ladders;

 private:
  PoissonLadder make(const PoissonTable& table) {
    std::vector<std::int16_t> step;
    std::int16_t below = 0;
    for (const std::uint64_t threshold : table.threshold) {
      if (threshold == 0) ++below;
      else step.push_back(static_cast<std::int16_t>(static_cast<std::int32_t>(threshold >> 32) - 0x8000));
    }
    // Thresholds in the last 2^-16 are never passed by 16 bits, only tied with: one stands for all.
    while (step.size() > 1 && step[step.size() - 2] == INT16_MAX) step.pop_back();
    const auto exact = [](const void* of, std::uint64_t key, std::uint32_t cell, std::int64_t n) {
      return poisson_count(*static_cast<const PoissonTable*>(of), key, cell, n);
    };
    steps_.push_back(std::make_unique<std::vector<std::int16_t>>(std::move(step)));
    return {steps_.back()->data(), static_cast<std::uint32_t>(steps_.back()->size()), below, &table, exact};
  }
  std::vector<std::unique_ptr<std::vector<std::int16_t>>> steps_;
};

}  // namespace spikeloom::cpu
