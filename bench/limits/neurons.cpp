// Stepping neurons that stay in the cache: the exact update alone, and with a Poisson number for each cell and step.
#include <bit>
#include <stdexcept>

#include "bench/limits/buffer.hpp"
#include "bench/limits/limit.hpp"
#include "core/math/functions.hpp"
#include "core/math/poisson.hpp"

namespace spikeloom::limits {
namespace {

constexpr std::uint32_t cells_of_a_thread = 16384;  // 256 KiB: stay in any L2
constexpr std::uint64_t key = 0x5eed;
constexpr std::int32_t weight = 87;

/// Cells of the microcircuit at 0.1 ms: tau_m 10 ms, tau_s 0.5 ms, C_m 250 pF; the drive alone makes them fire now and then.
LifStep microcircuit_cell(float drive_pA) {
  const double h = 0.1, tau_m = 10, tau_s = 0.5, C = 250;
  const double leak = math::exp(-h / tau_m), decay = math::exp(-h / tau_s);
  const double from_current = tau_s * tau_m / (C * (tau_m - tau_s)) * (leak - decay);
  const double drive = drive_pA * tau_m / C * (1 - leak);
  return {static_cast<float>(leak),
          static_cast<float>(from_current),
          static_cast<float>(decay),
          static_cast<float>(drive),
          -65,
          -50,
          -65,
          1,
          20};
}

/// The same step for one cell, written plainly: what the loops are held against.
struct Cell {
  float V = 0, I = 0;
  std::int32_t refractory = 0;
  bool step(const LifStep& c, std::int32_t input) {
    const float free = c.rest + (V - c.rest) * c.leak + I * c.from_current + c.drive;
    V = refractory > 0 ? c.reset : free;
    I = I * c.current_decay + static_cast<float>(input) * c.quantum;
    if (refractory > 0) --refractory;
    if (V < c.threshold) return false;
    V = c.reset;
    refractory = c.refractory_steps;
    return true;
  }
};

struct Shard {
  Shard() : V(cells_of_a_thread), I(cells_of_a_thread), refractory(cells_of_a_thread), input(cells_of_a_thread) {
    for (std::uint32_t i = 0; i < cells_of_a_thread; ++i) {
      V[i] = start(i);
      I[i] = 0;
      refractory[i] = input[i] = 0;
    }
  }
  static float start(std::uint32_t i) { return -65 + 14.0f * static_cast<float>(i % 1000) / 1000; }
  LifCells cells() const { return {cells_of_a_thread, V.data(), I.data(), refractory.data(), input.data()}; }

  Buffer<float> V, I;
  Buffer<std::int32_t> refractory, input;
  std::int64_t now = 0;
};

std::uint32_t count_of(const void* table, std::uint64_t k, std::uint32_t cell, std::int64_t step) {
  return poisson_count(*static_cast<const PoissonTable*>(table), k, cell, step);
}

Limit limit_of(const Loops& loops, const Sizes& sizes, int threads, bool noisy) {
  Limit limit{noisy ? "exact LIF update and a Poisson number" : "exact LIF update",
              noisy ? "mean 1.68 per step, float" : "constant drive, float",
              Unit::ns_each,
              1,
              {}};
  const LifStep cell = microcircuit_cell(noisy ? 300 : 400);
  const PoissonTable table = poisson_table(1.68);
  std::vector<std::int16_t> thresholds;
  for (const std::uint64_t t : table.threshold) {
    const auto upper = static_cast<std::int16_t>(static_cast<std::int32_t>(t >> 32) - 32768);
    if (thresholds.empty() || thresholds.back() != upper) thresholds.push_back(upper);
  }
  const PoissonDraws draws{key, thresholds.data(), static_cast<std::uint32_t>(thresholds.size()), weight, &table, count_of};
  const std::uint64_t steps = std::max<std::uint64_t>(1, sizes.least_operations / cells_of_a_thread);

  for (int n = 1; n <= threads; ++n) {
    std::vector<Shard> shards(static_cast<std::size_t>(n));
    std::vector<Work> works;
    for (Shard& shard : shards)
      works.push_back({steps * cells_of_a_thread, [&, noisy] {
                         std::uint64_t spikes = 0;
                         for (std::uint64_t s = 0; s < steps; ++s, ++shard.now)
                           spikes +=
                               noisy ? loops.lif_poisson(cell, shard.cells(), draws, shard.now) : loops.lif(cell, shard.cells());
                         return spikes;
                       }});
    std::uint64_t spikes = 0;
    limit.speeds.push_back(time_side_by_side(works, sizes.repeats, [&](std::size_t, std::uint64_t found) { spikes += found; }));
    if (spikes == 0 && shards[0].now > 1000) throw std::runtime_error(limit.name + ": no spikes");
    for (std::uint32_t i = 17; i < cells_of_a_thread; i += 1301) {  // a sample, replayed from the start
      Cell plain{Shard::start(i)};
      for (std::int64_t s = 0; s < shards[0].now; ++s)
        plain.step(cell, noisy ? static_cast<std::int32_t>(poisson_count(table, key, i, s)) * weight : 0);
      for (const Shard& shard : shards)
        expect_equal(limit.name, std::bit_cast<std::uint32_t>(shard.V[i]), std::bit_cast<std::uint32_t>(plain.V));
    }
  }
  return limit;
}

}  // namespace

std::vector<Limit> neuron_limits(const Loops& loops, const Sizes& sizes, int threads) {
  return {limit_of(loops, sizes, threads, false), limit_of(loops, sizes, threads, true)};
}

}  // namespace spikeloom::limits
