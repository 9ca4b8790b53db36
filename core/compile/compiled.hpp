// What compile() makes: every number fixed, nothing stored twice, order canonical (by name). Backends read nothing else.
#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <variant>
#include <vector>

#include "core/compile/rows.hpp"
#include "core/math/poisson.hpp"
#include "core/model.hpp"
#include "core/network.hpp"
#include "core/rule.hpp"
#include "core/time.hpp"

namespace spikeloom {

/// One number for all cells, or one per cell.
struct Column {
  double constant = 0;
  std::vector<double> each;  ///< empty: all cells have `constant`
  bool uniform() const { return each.empty(); }
  double operator[](std::size_t i) const { return each.empty() ? constant : each[i]; }
};

/// The integer grid that the input of one receptor is summed on: real = sum * 2^-exponent.
struct Grid {
  int exponent = 0;
  bool used = false;       ///< something can arrive here
  double largest_sum = 0;  ///< bound on the sum of |weight| within one step
  double largest_weight = 0;
  double step() const;  ///< 2^-exponent
};

struct CompiledPopulation {
  std::string name;
  std::uint64_t key = 0;  ///< hash of the name
  std::uint32_t size = 0;
  std::vector<std::uint32_t> shape;  ///< {size} or {rows, columns}
  NeuronModel model;
  int variant = 0;
  std::uint32_t first = 0;           ///< number of its cell 0 among all neurons, populations in order of name
  std::vector<Column> parameters;    ///< table order
  std::vector<Column> initial;       ///< states, table order
  std::vector<Column> coefficients;  ///< of one step, before modulation
  std::vector<Grid> grids;           ///< per receptor; a merged receptor has its host's
  std::int64_t label_shift = 0;      ///< added to the step a spike is recorded at: -1 where steps are labelled by their start
  bool exact = false;                ///< lives from event to event; then:
  double tolerance_ms = 0.01;        ///< spike-time error asked of an integrated cell
  std::vector<Column> exact_coefficients;
  Column refractory_ms;
};

/// Members of one end of a projection (a population, an input, a slice or a group of these), in running order.
struct EndSegment {
  enum class Kind { population, input };
  Kind kind = Kind::population;
  std::uint32_t index = 0;  ///< into populations or sources
  std::uint32_t first = 0;  ///< cell of its first member
  std::uint32_t stride = 1;
  std::uint32_t count = 0;
  std::uint32_t offset = 0;  ///< running index of its first member
};

/// A rule with its numbers. Elapsed times of its verbs are in steps; where synapses live in exact time, in ms.
struct CompiledRule {
  std::shared_ptr<const PlasticityRule> rule;
  std::vector<double> parameters;    ///< table order
  std::vector<int> options;          ///< indices into their choices, table order
  std::vector<double> coefficients;  ///< in double whatever the run's precision
  int variant = 0;
};

/// How the synapses of a projection change. At least one of the rules is there; a rule that moves delays is alone.
struct CompiledPlasticity {
  std::string path;                        ///< where its projection is written
  std::optional<CompiledRule> weight;      ///< changes the weight
  std::optional<CompiledRule> short_term;  ///< scales what is sent on
  std::optional<CompiledRule> delay;       ///< moves the delay, within these bounds:
  double shortest_ms = 0, longest_ms = 0;
  ZeroLag zero_lag = ZeroLag::none;
  double low = 0, high = 0;  ///< no weight that is sent on lies outside; the grid is chosen for them
  /// One part of the delay is the same for all synapses: `fixed_part` steps, dendritic or axonal; the other has the rest.
  bool dendritic_is_fixed = true;
  std::uint32_t fixed_part = 0;
  bool exact_time = false;               ///< its synapses live in exact time, as one end of theirs does
  ExactTime fixed_time;                  ///< `fixed_part` then
  std::string signal_name, signal_path;  ///< and where the rule that names it is written
  int signal = -1;                       ///< third factor: index into signals, or -1
  std::vector<std::uint32_t> channel;    ///< of the signal, by target; empty: channel 0 for all
  bool signal_is_instant = false;        ///< its pulses have no duration
  double memory_ms = 0, baseline = 0;    ///< how fast the past of the signal fades, and the level it is measured from
  std::int64_t anchor_steps = 0;         ///< synapses take in what the signal did at every multiple of this, too
  std::vector<std::string> state_names;  ///< the weight rule's (pre, post, synapse, modulator), then the short-term rule's

  std::uint32_t dendritic(std::uint32_t delay) const {
    if (dendritic_is_fixed) return fixed_part < delay ? fixed_part : delay;
    return fixed_part < delay ? delay - fixed_part : 0;
  }
  std::uint32_t channel_of(std::uint32_t target) const { return channel.empty() ? 0 : channel[target]; }
  /// The rule that a third factor may act on.
  const std::optional<CompiledRule>& learning() const { return delay ? delay : weight; }
  /// Numbers of a synapse change between events.
  bool advances() const { return learning() && learning()->rule->advances; }
  /// How many numbers a synapse has, its weight first.
  int numbers() const { return learning() ? learning()->rule->synapse : 1; }
  /// Steps from a synapse's instant to the step in which it is worked through: what it sends on arrives then.
  static std::uint32_t wait_of(std::uint32_t dendritic) { return dendritic > 0 ? dendritic : 1; }
  /// The longest of synapses with delays up to this; in exact time, steps after which an instant is worked through for certain.
  std::uint32_t longest_wait(std::uint32_t max_delay) const { return exact_time ? max_delay + 2 : wait_of(dendritic(max_delay)); }
};

/// Phases without plasticity: instants from < T <= to.
struct Pause {
  std::int64_t from = 0, to = 0;
};

struct CompiledProjection {
  std::string name;
  std::uint64_t key = 0;
  std::vector<EndSegment> from, to;    ///< targets are populations
  std::vector<int> receptor;           ///< per segment of `to`: receptor index (after merging); -1: by the sign of each weight
  std::vector<int> receptor_negative;  ///< where receptor is -1: the receptors of weights >= 0 and < 0
  std::vector<int> receptor_positive;
  std::shared_ptr<const Rows> rows;
  DelayRounding rounding;
  std::shared_ptr<const CompiledPlasticity> plasticity;  ///< nullptr: static
  std::vector<Pause> pauses;                             ///< ascending, apart: events of a plastic synapse change nothing in them
  int gain = -1;                                         ///< index into modulations whose target is this projection's gain, or -1
  bool learns_at(std::int64_t instant) const { return next_pause(instant, instant) == pauses.end(); }
  /// The first pause that has an instant of [from, to]; pauses.end(): none.
  std::vector<Pause>::const_iterator next_pause(std::int64_t from, std::int64_t to) const {
    auto at = pauses.begin();
    while (at != pauses.end() && at->to < from) ++at;
    return at != pauses.end() && at->from < to ? at : pauses.end();
  }
  bool learns_in_steps() const { return plasticity != nullptr && !plasticity->exact_time; }
  bool learns_in_exact_time() const { return plasticity != nullptr && plasticity->exact_time; }
  bool moves_in_steps() const { return rows->moving && !rows->exact; }
  bool moves_in_exact_time() const { return rows->moving && rows->exact; }
  /// Receptor of a weight onto segment s of `to`.
  int receptor_of(std::size_t s, double weight) const {
    return receptor[s] >= 0 ? receptor[s] : weight < 0 ? receptor_negative[s] : receptor_positive[s];
  }
};

/// A plastic projection onto an input: a pairing protocol without a neuron. Both trains are given, so times are exact.
struct CompiledPairing {
  struct Synapse {
    std::uint32_t source, target;  ///< running indices
    double weight;
    ExactTime axonal, dendritic;
  };
  struct Spike {
    ExactTime time;
    std::uint32_t cell;  ///< running index
  };
  struct Pulse {
    ExactTime time;
    double amplitude;
  };
  std::string name;
  std::uint64_t key = 0;
  std::vector<EndSegment> from, to;
  CompiledPlasticity plasticity;  ///< elapsed times of its verbs are in ms
  std::vector<Synapse> synapses;
  std::vector<Spike> pre, post;  ///< at the somata, ascending
  /// The third factor: decays with `modulator_tau_ms` (0: its pulses have no duration).
  std::vector<Pulse> pulses;
  double modulator_tau_ms = 0, memory_ms = 0, baseline = 0;
};

/// Rates of exact trains from a time on: one for all, or one per cell.
struct ExactRates {
  ExactTime from;
  std::vector<double> per_ms;
};

/// A private Poisson train for every cell of a population: k arrivals of step t add k * weight. Keyed by `key` (noise
/// seed, purpose and name): the count of cell i at step t is poisson_count(table, key, i, t).
struct CompiledPoisson {
  struct Segment {
    std::int64_t from_step;
    std::vector<std::uint32_t> tables;
  };  ///< one table for all, or one per cell
  std::string name;
  std::uint64_t key = 0;
  std::uint32_t population = 0, first = 0, stride = 1, count = 0;  ///< cells first, first + stride, ...
  int receptor = 0;
  Column weight;                  ///< per cell
  std::vector<Segment> segments;  ///< by arrival step, ascending; before the first: no arrivals
  std::vector<PoissonTable> tables;
  std::vector<ExactRates> rates;  ///< onto exact cells instead of segments, by arrival time
};

/// A spike source that projections wire up. Its cells are numbered after all neurons when rows are packed.
struct CompiledSource {
  enum class Kind { list, poisson, external };
  std::string name;
  std::uint64_t key = 0;
  std::uint32_t size = 0;
  std::vector<std::uint32_t> shape;
  Kind kind = Kind::list;
  /// list: spikes sorted by (step, cell); equal entries are several spikes.
  std::vector<std::int64_t> steps;
  std::vector<std::uint32_t> cells;
  bool exact = false;            ///< some target lives exactly: spikes have times within their steps
  std::vector<ExactTime> times;  ///< list, exact: of each spike, which are then sorted by (time, cell)
  /// poisson: like CompiledPoisson, by emission step.
  std::vector<CompiledPoisson::Segment> segments;
  std::vector<PoissonTable> tables;
  std::vector<ExactRates> rates;    ///< poisson, exact: instead of segments
  std::uint32_t multiplicity = 1;   ///< most spikes of one cell within one step (external: as declared)
  std::uint64_t moved_to_step = 0;  ///< spike times that were not on the grid
};

/// A continuous current. Value at step n acts on the move from (n-1) h to n h.
struct CompiledCurrent {
  struct Steps {
    std::vector<double> t_ms;
    std::vector<Column> value;
  };
  struct Ramp {
    double from_ms, to_ms, start, slope;
  };
  struct Sine {
    double amplitude, frequency_hz, phase_rad, offset;
  };
  struct Noise {
    Column mean, sd;
    std::int64_t every_steps;
  };
  struct FromSignal {
    std::uint32_t signal = 0;
    std::vector<double> weight;  ///< one; one per channel; or channels x cells, row by row
    double clip_low = -unbounded, clip_high = unbounded;
  };
  std::string name;  ///< currents are added in order of name, signals after inputs
  std::uint64_t key = 0;
  std::uint32_t population = 0, first = 0, stride = 1, count = 0;
  std::variant<Steps, std::vector<Ramp>, Sine, Noise, FromSignal> form;
};

struct CompiledSignal {
  struct Pulse {
    double at_ms, width_ms, height, every_ms;
  };  ///< every_ms 0: once
  struct Steps {
    std::vector<double> t_ms, value;
  };
  struct Gaussian {
    std::vector<double> at_ms;
    double sd_ms;
  };
  struct Choice {
    std::vector<double> below;  ///< running sums of the probabilities
    std::uint64_t key;
  };
  struct External {};
  struct Trace {
    std::vector<EndSegment> of;
    std::vector<double> tau_ms;  ///< one or two
    double scale;
  };
  struct Rate {
    std::vector<EndSegment> of;
    double tau_ms;
    std::uint32_t cells;
  };
  struct Mean {
    std::uint32_t of;
    double from_ms, to_ms;
    std::vector<std::string> phases;  ///< empty: starts anew with each repeat
  };
  struct Product {
    std::vector<std::uint32_t> factors;
    std::vector<double> low, high;
  };
  struct Objective {
    std::uint32_t target, minus;
  };
  struct Decay {
    double tau_ms;
    std::vector<EndSegment> driven_by;
    double jump;
    std::vector<double> t_ms, amplitude;  ///< of the pulses, ascending
  };
  struct Instant {
    std::vector<double> t_ms, amplitude;
  };
  /// How a readout learns: core/run/readout.hpp.
  struct Learning {
    enum class Kind { delta, rls, ridge };
    Kind kind = Kind::delta;
    bool at_phase_end = false, normalise = false, gated = false;
    std::int64_t every_steps = 1;
    double eta = 0, P0 = 1, forget = 1, lambda = 0;
    std::uint32_t error = 0, gate = 0;  ///< signals
    std::uint32_t gates = 1;            ///< how many channels differ in their gate, so in their P
  };
  struct Readout {
    std::uint32_t of;
    std::vector<double> weights;  ///< at the start: channels x size(of)
    std::optional<Learning> learning;
  };
  std::string name;
  std::uint64_t key = 0;
  std::uint32_t size = 1;
  std::variant<Pulse, Steps, Gaussian, Choice, External, Trace, Rate, Mean, Product, Objective, Decay, Instant, Readout> form;
  bool phase_clock = false;  ///< times count from the start of the repeat
};

/// Some repeats of one length. Step n belongs to the repeat with start < n <= end.
struct CompiledPhase {
  std::string name;
  std::int64_t start_step = 0, repeat_steps = 1;
  std::uint64_t repeats = 1;
  std::uint64_t earlier_repeats = 0;  ///< of phases of this name before
  bool reset_state = false, reset_signals = false, reset_rls = false;
  std::vector<char> plastic_projections, plastic_signals;     ///< what may learn, by index
  std::vector<std::pair<std::uint32_t, CompiledSignal>> set;  ///< signals with another form from this phase on, by index
};

struct CompiledModulation {
  enum class Target { parameter, population_gain, projection_gain };
  std::uint32_t signal = 0;
  Target target = Target::parameter;
  std::uint32_t index = 0;  ///< population or projection
  int parameter = -1;
  double scale = 0;
  std::string name;  ///< "signal->to.target": order of addition
};

struct CompiledProbe {
  Probe::Kind kind = Probe::Kind::spikes;
  std::string name;            ///< name of what is recorded
  std::vector<EndSegment> of;  ///< spikes, state
  std::vector<int> states;     ///< indices into the model's states (all segments share the names), or CompiledPlasticity's
  std::vector<std::string> state_names;
  bool of_pairing = false;                     ///< weights, transmitted: `index` counts pairings
  std::vector<ExactTime> at;                   ///< pairings: sampled at these times
  std::uint32_t index = 0;                     ///< weights: projection, or readout; signal: signal
  bool of_readout = false;                     ///< weights of a readout
  std::int64_t every_steps = 0;                ///< 0: at `at_steps` only
  std::int64_t start_step = 0, stop_step = 0;  ///< sampled at start + k every, up to and including stop
  std::vector<std::int64_t> at_steps;
  std::vector<ExactTime> at_times;  ///< instead of at_steps where all cells live exactly; weights: those within steps
  std::string file;
};

/// The stretch of time within which no exact cell can reach another: whole steps, or a whole fraction of one.
struct Epoch {
  std::int64_t steps = 1;  ///< 0: less than a step
  std::int64_t parts = 1;  ///< of a step, where steps is 0
  double shortest_ms = 0;  ///< the delay that decides it; 0: no exact cell reaches another
};

struct CompiledNetwork {
  std::string name;
  double step_ms = 0.1;
  Precision precision = Precision::double_;
  std::uint64_t seed = 1, wiring_seed = 1, noise_seed = 1, trials_seed = 1;
  std::int64_t duration_steps = 0, warmup_steps = 0;
  int weight_bits = 24;
  std::string backend = "cpu";
  int threads = 0;

  std::vector<CompiledPopulation> populations;  ///< by name
  std::vector<CompiledSource> sources;          ///< by name
  std::vector<CompiledPairing> pairings;        ///< by name
  std::vector<CompiledPoisson> poisson;         ///< by name
  std::vector<CompiledProjection> projections;  ///< by name
  std::vector<CompiledCurrent> currents;        ///< inputs by name, then signals by name
  std::vector<CompiledSignal> signals;          ///< in the order they are evaluated
  std::vector<CompiledModulation> modulations;  ///< by name
  std::vector<CompiledPhase> phases;            ///< as written; none: one as long as the run
  std::vector<CompiledProbe> probes;            ///< as written

  std::uint32_t neurons = 0;  ///< of all populations
  bool wide_sums = false;     ///< 64-bit input sums (double, or a single network that needs them)
  ExactTime min_delay_time;   ///< no delay onto an exact cell is below it
  std::vector<std::string> warnings;
  std::string resolved_json;  ///< the network file as run, written into every recording

  std::uint64_t synapses() const;
  /// Who sends spikes has an id: neurons, then the cells of sources in order.
  std::uint64_t senders() const;
  std::uint32_t first_sender(EndSegment::Kind kind, std::uint32_t index) const;
  std::uint32_t population_of(std::uint32_t neuron) const;  ///< of one of all neurons: index into populations
  std::uint32_t min_delay() const;                          ///< steps, onto stepped cells; 1 where nothing is delayed
  std::uint32_t max_delay() const;
  bool any_exact() const;    ///< some population lives exactly
  bool any_stepped() const;  ///< some population with cells is stepped
  Epoch epoch() const;
  std::int64_t lead() const;  ///< steps that stepped cells may go ahead of the exact ones, which reach them no sooner
  std::int64_t steps_of(double ms) const;  ///< nearest whole step
  double ms_of(std::int64_t step) const;   ///< decimal product, as printed
};

/// Fix every number of `network`. Throws Error for every mistake a user can make; what it returns is valid.
std::shared_ptr<const CompiledNetwork> compile(const Network& network, const ModelSet& models);

/// A side of a thing that a checkpoint depends on ("size" of "population E"), and a number that changes with it.
struct DigestFact {
  std::string of, what;
  std::uint64_t value = 0;
};

/// Everything that a checkpoint depends on. Takes up to a second for a large network.
std::vector<DigestFact> digest_facts(const CompiledNetwork& network);

/// The same in one number.
std::uint64_t digest_of(const CompiledNetwork& network);

/// The integer a weight becomes: round(weight * 2^exponent), ties to even.
inline std::int64_t grid_round(double weight, double scale) { return __builtin_llrint(weight * scale); }

}  // namespace spikeloom
