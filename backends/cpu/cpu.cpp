// The CPU backend: what it refuses, what it predicts, and the session it opens.
#include "backends/cpu/cpu.hpp"

#include <algorithm>

#include "backends/cpu/exact.hpp"
#include "backends/cpu/kernels.hpp"
#include "backends/cpu/moving.hpp"
#include "backends/cpu/pack.hpp"
#include "backends/cpu/plastic.hpp"
#include "backends/cpu/session.hpp"
#include "backends/cpu/shard.hpp"
#include "core/run/recorder.hpp"
#include "core/run/signals.hpp"

namespace spikeloom {
namespace {

/// Assumed costs in thread time, of the order seen with AVX2, and an assumed rate: for a rough prediction only.
constexpr double ns_per_neuron_step = 0.8, ns_per_poisson = 2.0, ns_per_event = 1.5, ns_per_exact_event = 60,
                 assumed_rate_hz = 5.0;
/// What a plastic event costs more: the change of the weight, and of the posts since the last one.
constexpr double ns_per_plastic_event = 4.0, ns_per_three_factor_event = 11.0, ns_per_moving_event = 40.0;

/// What threads, kernels and the pool touch besides the numbers of the network. Measured.
constexpr std::uint64_t base_bytes = 1200 << 10, thread_bytes = 96 << 10;
/// What a population takes however small it is, and its slice in a shard: columns on cache lines of their own. Measured.
constexpr std::uint64_t population_bytes = 2100, slice_bytes = 1650;

/// Lists of the spikes of the last steps: few pages of each are ever touched unless many cells fire together.
std::uint64_t spike_list_bytes(const cpu::Partition& partition) {
  constexpr std::uint64_t page = 4096;
  std::uint64_t bytes = 0;
  for (std::uint32_t s = 0; s < partition.size(); ++s)
    bytes += cpu::spike_slots * std::min<std::uint64_t>(page, partition.shard(s).cells * sizeof(std::uint32_t));
  return bytes;
}

/// Of a second.
double plastic_ns(const CompiledNetwork& network) {
  double ns = 0;
  for (const auto& projection : network.projections) {
    if (projection.plasticity == nullptr || !projection.plasticity->learning()) continue;
    ns += static_cast<double>(projection.rows->count()) * assumed_rate_hz *
          (projection.rows->moving             ? ns_per_moving_event
           : projection.plasticity->advances() ? ns_per_three_factor_event
                                               : ns_per_plastic_event);
  }
  return ns;
}

class CpuBackend final : public Backend {
 public:
  std::string_view name() const override { return "cpu"; }

  std::vector<std::string> unsupported(const CompiledNetwork& network) const override {
    std::vector<std::string> reasons;
    if (cpu::runnable_isas().empty()) reasons.push_back("the cpu backend needs an x86-64-v2 processor or newer");
    if (cpu::id_count(network) >= UINT32_MAX) reasons.push_back("more than 2^32 - 2 neurons and source cells");
    return reasons;
  }

  std::unique_ptr<Session> open(std::shared_ptr<const CompiledNetwork> network, const OpenOptions& options) const override {
    return cpu::open_session(std::move(network), options);
  }

  Bytes predict_bytes(const CompiledNetwork& network, const OpenOptions& options) const override {
    const std::uint64_t real = network.precision == Precision::double_ ? 8 : 4, sum = network.wide_sums ? 8 : 4;
    const cpu::Partition partition(network, cpu::useful_threads(network, options.threads));
    Bytes bytes;
    bytes.neurons = network.populations.size() * (population_bytes + slice_bytes * partition.size());
    for (const auto& population : network.populations) {
      if (population.exact) continue;
      std::uint64_t per_cell = population.initial.size() * real;
      for (const auto& column : population.coefficients) per_cell += column.uniform() ? 0 : real;
      bytes.neurons += per_cell * population.size;
    }
    for (std::uint32_t s = 0; s < partition.size(); ++s) bytes.neurons += partition.shard(s).slots * sum;
    bytes.neurons += cpu::predict_plastic_state_bytes(network, partition);
    bytes.neurons += predict_signal_bytes(network);
    const cpu::ExactBytes exact = cpu::predict_exact_bytes(network, cpu::useful_threads(network, options.threads));
    bytes.neurons += exact.cells;
    const auto threads = static_cast<std::uint64_t>(std::max(options.threads, 1));
    const auto packing = cpu::predict_packing(network, partition, threads);
    bytes.synapses = packing.packed + cpu::predict_plastic_bytes(network, partition) +
                     cpu::predict_moving_bytes(network, partition) + exact.synapses;
    bytes.recording = predict_recording_bytes(network, options);
    bytes.scratch = base_bytes + threads * thread_bytes + spike_list_bytes(partition) +
                    std::max({packing.scratch, cpu::predict_plastic_packing_bytes(network, threads), exact.scratch});
    return bytes;
  }

  double predict_real_time_factor(const CompiledNetwork& network, const OpenOptions& options) const override {
    const double steps = 1000.0 / network.step_ms;
    double poisson_cells = 0;
    double exact_events = 0, stepped_cells = 0, stepped_events = 0;  // per second
    for (const auto& population : network.populations) stepped_cells += population.exact ? 0 : population.size;
    for (const auto& poisson : network.poisson) {
      if (poisson.rates.empty()) poisson_cells += poisson.count;
      else exact_events += 1000 * poisson.rates.front().per_ms.front() * poisson.count;
    }
    for (const auto& projection : network.projections)
      (projection.rows->exact ? exact_events : stepped_events) += assumed_rate_hz * static_cast<double>(projection.rows->count());
    const double ns = steps * (stepped_cells * ns_per_neuron_step + poisson_cells * ns_per_poisson) +
                      stepped_events * ns_per_event + exact_events * ns_per_exact_event + plastic_ns(network);
    return 1e-9 * (ns / cpu::useful_threads(network, options.threads) + steps * predict_signal_ns(network));
  }
};

}  // namespace

std::unique_ptr<Backend> cpu_backend() { return std::make_unique<CpuBackend>(); }

}  // namespace spikeloom
