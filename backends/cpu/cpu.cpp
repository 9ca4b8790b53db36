// The CPU backend: what it refuses, what it predicts, and the session it opens.
#include "backends/cpu/cpu.hpp"

#include <algorithm>
#include <bit>

#include "backends/cpu/exact.hpp"
#include "backends/cpu/kernels.hpp"
#include "backends/cpu/moving.hpp"
#include "backends/cpu/pack.hpp"
#include "backends/cpu/plastic.hpp"
#include "backends/cpu/plastic_view.hpp"
#include "backends/cpu/session.hpp"
#include "backends/cpu/shard.hpp"
#include "core/math/functions.hpp"
#include "core/run/recorder.hpp"
#include "core/run/signals.hpp"

namespace spikeloom {
namespace {

/// Costs in thread time, of the order seen with AVX2, and the rate of cells, which nobody knows beforehand: for a rough
/// prediction.
constexpr double ns_per_neuron_step = 0.8, ns_per_poisson = 2.0, ns_per_event = 1.5, ns_per_exact_event = 60,
                 assumed_rate_hz = 5.0;
/// What a plastic event costs more: the change of the weight, and of the posts since the last one; and each run of equal delay,
/// however short it is. Measured beside other work, in double.
constexpr double ns_per_plastic_event = 12.0, ns_per_three_factor_event = 20.0, ns_per_plastic_run = 600.0;
constexpr double ns_per_moving_event = 100.0, ns_per_moving_three_factor_event = 165.0;

/// What threads, kernels and the pool touch besides the numbers of the network. Measured.
constexpr std::uint64_t base_bytes = 1600 << 10, thread_bytes = 96 << 10;
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

/// Spikes per second of a cell: given for inputs with a known train, assumed for the others.
double rate_hz(const CompiledNetwork& network, const EndSegment& end, double assumed_hz) {
  if (end.kind == EndSegment::Kind::population || network.duration_steps == 0) return assumed_hz;
  const CompiledSource& source = network.sources[end.index];
  const double seconds = 1e-3 * network.ms_of(network.duration_steps);
  if (source.kind == CompiledSource::Kind::list) {
    const auto after = std::upper_bound(source.steps.begin(), source.steps.end(), network.duration_steps);
    return static_cast<double>(after - source.steps.begin()) / (seconds * std::max(source.size, 1u));
  }
  if (source.kind == CompiledSource::Kind::external) return assumed_hz;
  double spikes = 0;  // of a cell
  for (std::size_t k = 0; k < source.segments.size(); ++k) {
    const auto& [from, tables] = source.segments[k];
    const std::int64_t to = k + 1 < source.segments.size() ? source.segments[k + 1].from_step : network.duration_steps + 1;
    double mean = 0;
    for (const std::uint32_t table : tables) mean += source.tables[table].mean / static_cast<double>(tables.size());
    spikes += mean * static_cast<double>(std::clamp<std::int64_t>(std::min(to, network.duration_steps + 1) - from, 0, to));
  }
  for (std::size_t k = 0; k < source.rates.size(); ++k) {
    const auto& [from, per_ms] = source.rates[k];
    const double end_ms = network.ms_of(network.duration_steps), from_ms = network.ms_of(from.step);
    const double to_ms = k + 1 < source.rates.size() ? std::min(end_ms, network.ms_of(source.rates[k + 1].from.step)) : end_ms;
    double mean = 0;
    for (const double each : per_ms) mean += each / static_cast<double>(per_ms.size());
    spikes += mean * std::max(0.0, to_ms - from_ms);
  }
  return spikes / seconds;
}
double rate_hz(const CompiledNetwork& network, const CompiledProjection& projection, double assumed_hz = assumed_rate_hz) {
  double spikes = 0;
  for (const EndSegment& from : projection.from) spikes += rate_hz(network, from, assumed_hz) * from.count;
  return spikes / std::max(projection.rows->sources, 1u);
}

/// How many runs of equal delay the row of a source has in a shard, delays being spread evenly.
double runs_per_row(const Rows& rows, std::uint32_t shards) {
  const double delays = rows.max_delay() - rows.min_delay() + 1.0;
  const double synapses = static_cast<double>(rows.count()) / (static_cast<double>(std::max(rows.sources, 1u)) * shards);
  return -delays * math::expm1(-synapses / delays);
}

/// Delays being spread evenly; no more than the run, as nothing is under way for longer.
double mean_delay_ms(const CompiledNetwork& network, const Rows& rows) {
  return std::min(0.5 * (network.ms_of(rows.min_delay()) + network.ms_of(rows.max_delay())),
                  network.ms_of(network.duration_steps));
}

/// What is to come of static synapses onto stepped cells: the records of rows that are copied, and a cursor for each other spike
/// in every step where its row has synapses.
double due_bytes(const CompiledNetwork& network, std::uint32_t shards) {
  double bytes = 0;
  const std::uint32_t steps = std::bit_ceil(std::min(network.max_delay(), cpu::max_gap) + 1);
  const auto ring = static_cast<double>(std::min<std::int64_t>(steps, network.duration_steps));
  for (const cpu::Bundle& bundle : cpu::choose_bundles(network)) {
    double synapses = 0, runs = 0, arrivals = 0, hops = 0;
    for (const cpu::Feed& feed : bundle.feeds) {
      const auto& projection = network.projections[feed.projection];
      const Rows& rows = *projection.rows;
      const double count = static_cast<double>(rows.count()) / static_cast<double>(projection.to.size());
      const double rows_runs = rows.sources * shards * runs_per_row(rows, shards);
      const double hz = rate_hz(network, projection, guessed_hz);
      synapses += count, runs += rows_runs;
      arrivals += 1e-3 * hz * count * mean_delay_ms(network, rows);
      const double travelled =
          static_cast<double>(network.duration_steps) / std::max(rows.max_delay(), 1u);  // of a row, by the end
      hops += 1e-3 * hz * rows_runs * network.step_ms * std::min(travelled, 1.0);
    }
    if (cpu::has_short_runs(synapses, runs, network.max_delay()))
      bytes += arrivals * record_bytes(bundle.form) + 0.5 * cpu::RecordPiles::chunk_bytes * std::min(arrivals, ring * shards);
    else bytes += 1.5 * ring * hops * sizeof(void*);  // lists grow by doubling
  }
  return bytes;
}

/// What is to come holds an entry for each arrival where cells live exactly and where delays learn, and little for each spike
/// where weights do. Cells fire at guessed_hz, and not together.
std::uint64_t under_way_bytes(const CompiledNetwork& network, std::uint32_t shards) {
  double bytes = due_bytes(network, shards);
  const Epoch epoch = network.epoch();
  const double epoch_ms = epoch.steps > 0 ? network.ms_of(epoch.steps) : network.step_ms / static_cast<double>(epoch.parts);
  const double window_ms = network.ms_of(std::min(cpu::longest_window, network.duration_steps));
  for (const auto& poisson : network.poisson) {  // private trains onto exact cells are drawn for a window
    if (poisson.rates.empty()) continue;
    const double per_ms = poisson.rates.front().per_ms.front() * poisson.count;
    bytes += per_ms * (window_ms * cpu::exact_arrival_bytes + epoch_ms * cpu::exact_epoch_arrival_bytes);
  }
  for (const auto& projection : network.projections) {
    const Rows& rows = *projection.rows;
    if (!rows.exact && !rows.moving) continue;
    const double per_ms = 1e-3 * rate_hz(network, projection, guessed_hz) * static_cast<double>(rows.count());
    const double arrivals = per_ms * mean_delay_ms(network, rows);
    if (projection.moves_in_exact_time()) bytes += arrivals * static_cast<double>(exact_delay_flight_bytes);
    if (projection.moves_in_steps()) {
      bytes += arrivals * cpu::moving_arrival_bytes;
      continue;
    }
    bytes += arrivals * cpu::exact_arrival_bytes + per_ms * epoch_ms * cpu::exact_epoch_arrival_bytes;
  }
  return static_cast<std::uint64_t>(bytes);
}

/// Of a second.
double plastic_ns(const CompiledNetwork& network, std::uint32_t shards) {
  double ns = 0;
  for (const auto& projection : network.projections) {
    if (projection.plasticity == nullptr) continue;
    const Rows& rows = *projection.rows;
    const double rate = rate_hz(network, projection), events = rate * static_cast<double>(rows.count());
    const bool factors = projection.plasticity->advances();
    if (rows.moving) {
      ns += events * (factors ? ns_per_moving_three_factor_event : ns_per_moving_event);
    } else if (projection.learns_in_steps()) {
      if (projection.plasticity->learning()) ns += events * (factors ? ns_per_three_factor_event : ns_per_plastic_event);
      ns += rate * rows.sources * shards * runs_per_row(rows, shards) * ns_per_plastic_run;
    } else if (projection.plasticity->learning()) {
      ns += events * (factors ? ns_per_three_factor_event : ns_per_plastic_event);
    }
  }
  return ns;
}

class CpuBackend final : public Backend {
 public:
  std::string_view name() const override { return "cpu"; }

  std::vector<std::string> unsupported(const CompiledNetwork& network) const override {
    std::vector<std::string> reasons;
    if (cpu::runnable_isas().empty()) reasons.push_back("the cpu backend needs an x86-64-v2 processor or newer");
    if (network.senders() >= UINT32_MAX) reasons.push_back("more than 2^32 - 2 neurons and source cells");
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
                    std::max({packing.scratch, cpu::predict_plastic_packing_bytes(network, threads), exact.scratch,
                              cpu::predict_plastic_view_bytes(network), cpu::predict_moving_view_bytes(network)}) +
                    under_way_bytes(network, partition.size());
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
      (projection.rows->exact ? exact_events : stepped_events) +=
          rate_hz(network, projection) * static_cast<double>(projection.rows->count());
    const int threads = cpu::useful_threads(network, options.threads);
    const double ns = steps * (stepped_cells * ns_per_neuron_step + poisson_cells * ns_per_poisson) +
                      stepped_events * ns_per_event + exact_events * ns_per_exact_event +
                      plastic_ns(network, cpu::Partition(network, threads).size());
    return 1e-9 * (ns / threads + steps * predict_signal_ns(network));
  }
};

}  // namespace

std::unique_ptr<Backend> cpu_backend() { return std::make_unique<CpuBackend>(); }

}  // namespace spikeloom
