// A way to run a compiled network: two operations, and the session they give.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "core/compile/compiled.hpp"
#include "core/recording.hpp"
#include "core/run/hash.hpp"

namespace spikeloom {

/// What the caller of open() decides; none of it changes a result.
struct OpenOptions {
  int threads = 0;     ///< 0: all the machine's
  std::string isa;     ///< "", "v2", "v3" or "v4": instruction set of the kernels ("": the best that runs)
  std::string layout;  ///< "", "runs", "copies" or "stored": how the cpu backend keeps and delivers synapses ("": by its rules)
  std::string output_folder;  ///< of the probes' files; "": none are written
  bool overwrite = false;
  bool keep_in_memory = true;  ///< recordings as values; false streams them to files only
  const ModelSet* models = nullptr;
};

/// The mutable state of a run. Advances, reads, writes; knows no Network.
class Session {
 public:
  virtual ~Session() = default;

  /// Advance to step `step` (from 0; step n ends at n h). Returns early at the end of a chunk of work when `stop` asks.
  /// Throws Error (exit 1) when the run fails numerically; what was recorded up to then is kept.
  virtual void advance_to(std::int64_t step, const std::function<bool()>& stop = {}) = 0;
  /// By whole steps, or, where all cells live exactly, by any time. Between two steps states, spikes of cells and `emit` are of
  /// that time; signals and recorded sources are of the last step, and what the caller gives to signals acts from the next one
  /// on. Throws Error("range").
  void advance(double ms);
  virtual ExactTime time() const = 0;
  std::int64_t step() const { return time().step; }  ///< steps that are over
  virtual const CompiledNetwork& network() const = 0;

  /// Write what was recorded so far to its files; `finished` renames them to their final names.
  virtual void flush(bool finished) = 0;
  virtual Recording recording() const = 0;

  /// Settled copy of one state of a population (as double, exact). Throws Error("unknown_name").
  virtual std::vector<double> state(std::string_view population, std::string_view state) const = 0;
  virtual void set_state(std::string_view population, std::string_view state, std::span<const double> values) = 0;
  virtual std::vector<double> signal(std::string_view name) const = 0;
  /// Set an external signal; acts from the next step on.
  virtual void set_signal(std::string_view name, std::span<const double> values) = 0;
  /// Spikes of an external input: `neurons` spike at the present step.
  void emit(std::string_view input, std::span<const std::uint32_t> neurons) { emit_at(input, neurons, {}); }
  /// The same at times of their own, one for each of `neurons`, not before the present step; a time between two steps belongs to
  /// the end of its step, but exact targets meet it as it is. None at all: the present step.
  virtual void emit_at(std::string_view input, std::span<const std::uint32_t> neurons, std::span<const double> times_ms) = 0;

  virtual Hash128 spike_hash() const = 0;
  virtual Hash128 state_hash() const = 0;

  /// Save and load a checkpoint (core/run/checkpoint.hpp): any thread count, either backend of the same precision. It is taken,
  /// like state_hash(), where a step ends; throws Error("conflict") between two steps.
  virtual void save(const std::string& path) const = 0;
  virtual void load(const std::string& path) = 0;

 private:
  /// On to `offset_ms` within the step that follows, in a network without stepped cells.
  virtual void advance_within(double offset_ms) = 0;
};

class Backend {
 public:
  virtual ~Backend() = default;
  virtual std::string_view name() const = 0;
  /// Reasons why this network cannot run here; empty: it can.
  virtual std::vector<std::string> unsupported(const CompiledNetwork& network) const = 0;
  virtual std::unique_ptr<Session> open(std::shared_ptr<const CompiledNetwork> network, const OpenOptions& options) const = 0;
  /// Bytes a session would take, before anything is allocated.
  struct Bytes {
    std::uint64_t neurons = 0, synapses = 0, recording = 0;
    std::uint64_t scratch = 0;  ///< all else at the peak: what building holds for a while, queues, threads, code that is touched
  };
  virtual Bytes predict_bytes(const CompiledNetwork& network, const OpenOptions& options) const = 0;
  /// Rough real-time factor, for orientation: costs per neuron step and per event and the rates of cells are assumed; those of
  /// inputs are known.
  virtual double predict_real_time_factor(const CompiledNetwork& network, const OpenOptions& options) const = 0;
};

}  // namespace spikeloom
