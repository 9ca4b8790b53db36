// The description: what a user says a network is. Populations, inputs and groups are vertices, projections are edges.
#pragma once

#include <boost/graph/adjacency_list.hpp>
#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <utility>
#include <variant>
#include <vector>

#include "core/value.hpp"

namespace spikeloom {

using NamedValues = std::map<std::string, Value>;

enum class Precision { single_, double_ };

/// The "run" object. Absent members take the defaults of docs/network-file.md.
struct RunSettings {
  std::optional<Value> duration_ms;
  std::optional<Value> step_ms;        ///< 0.1
  std::optional<Value> seed;           ///< 1
  std::map<std::string, Value> seeds;  ///< "wiring", "noise", "trials"; each defaults to seed
  Precision precision = Precision::double_;
  std::string backend = "cpu";
  std::optional<Value> threads;  ///< default: the machine's
  std::optional<Value> min_delay_ms;
  std::string below_min_delay = "refuse";
  std::optional<Value> weight_bits;
  std::optional<Value> warmup_ms;  ///< 0
  Where where;
};

/// A population of one model. All members are as written; compile fixes them.
struct Population {
  std::vector<Value> shape;  ///< one entry: size; two: rows, columns
  std::string model;
  std::string update = "stepped";
  std::string scheme;  ///< "" takes the model's default
  std::optional<Value> tolerance_ms;
  NamedValues draw, parameters, initial;
};

/// `name`, `name[a:b]` or `name[a:b:c]`.
struct Slice {
  std::string name;
  std::uint64_t first = 0;
  std::optional<std::uint64_t> last;  ///< one past the end; absent: to the end
  std::uint64_t stride = 1;
  Where where;
};

/// Members stand as one population with a running index.
struct Group {
  std::vector<Slice> members;
};

/// [[t_ms, value], ...]: from t on. A constant is one row at t = 0.
using StepTable = std::vector<std::pair<Value, Value>>;

/// Where an input with the short form "to" goes: one-to-one onto a whole population.
struct Drive {
  Slice to;
  Value weight = 1.0;
  Value delay_ms = 1.0;
  std::string receptor;
};

struct PoissonInput {
  StepTable rate_hz;
  std::optional<Value> rate_each;
  std::optional<Value> size;
};  ///< rate_each: one rate per neuron
struct SpikeListInput {
  std::vector<std::vector<double>> times_ms;
  std::string file;
  std::optional<Value> size;
};
struct ExternalInput {
  Value size;
};
struct EventsInput {
  std::string file, format;
  std::vector<Value> sensor;  ///< w, h
  std::vector<Value> region;  ///< x, y, w, h
  Value downsample = 1.0;
  std::string polarity = "both";
  Value time_scale = 1.0;
};
/// A current in the model's unit, onto every neuron of `drive.to` (weight and delay are not used).
struct CurrentInput {
  struct Ramp {
    Value from_ms, to_ms, start, slope;
  };
  struct Sine {
    Value amplitude, frequency_hz, phase_rad = 0.0, offset = 0.0;
  };
  struct Noise {
    Value mean = 0.0, sd = 0.0;
    std::optional<Value> every_ms;
  };
  std::variant<StepTable, std::vector<Ramp>, Sine, Noise, Value> form;  ///< Value: one constant per neuron
};

struct Input {
  std::variant<PoissonInput, SpikeListInput, ExternalInput, EventsInput, CurrentInput> source;
  std::optional<Drive> drive;
};

/// How sources and targets are paired. `count` is the probability, degree or total.
struct Connector {
  enum class Kind {
    all_to_all,
    one_to_one,
    fixed_probability,
    fixed_in_degree,
    fixed_out_degree,
    fixed_total,
    list,
    file,
    kernel
  };
  struct Edge {
    std::uint64_t source, target;
    double weight, delay_ms;
  };  ///< NaN: not given
  struct KernelEntry {
    int dx, dy;
    double weight, delay_ms;
    int polarity;
  };  ///< polarity -1: any
  Kind kind = Kind::all_to_all;
  Value count;
  std::vector<Edge> edges;
  std::string file;
  std::vector<KernelEntry> kernel;
  Where where;
};

/// A projection: an edge of the graph.
struct Projection {
  std::string name;  ///< "" takes from->to, numbered if repeated
  Slice from, to;
  std::string receptor;
  Connector connect;
  bool autapses = true, multapses = true;
  std::optional<Value> weight;
  std::optional<Value> delay_ms, axonal_ms, dendritic_ms;
  NamedValues draw;
  NamedValues constants;  ///< what "with" gives this block; nearest scope of its expressions
  std::string rule;       ///< plasticity rule; "" is static
  Where where;
};

/// Graded values, one vector per step; see docs/signals.md.
struct PulseSignal {
  Value at_ms, width_ms, height = 1.0;
  std::optional<Value> every_ms;
};
struct StepsSignal {
  StepTable steps;
};
/// exp(-(t - at)^2 / (2 sd^2)); one channel per time.
struct GaussianSignal {
  std::vector<Value> at_ms;
  Value sd_ms;
};
/// One channel is 1, the others 0; drawn with these probabilities for each repeat of a phase.
struct ChoiceSignal {
  std::vector<Value> probabilities;
};
struct ExternalSignal {
  Value size;
};
/// One time constant: x decays and takes up `scale` with each spike. Two: h does so by the second, x decays by the first and
/// takes up h.
struct TraceSignal {
  Slice of;
  std::vector<Value> tau_ms;
  Value scale = 1.0;
};
struct RateSignal {
  Slice of;
  Value tau_ms;
};
/// Mean over the steps from `from_ms` to before `to_ms` of the present repeat; with `phases`: over all repeats of these.
struct MeanSignal {
  std::string of;
  std::optional<Value> from_ms, to_ms;
  std::vector<std::string> phases;
};
/// Bounds are +-infinity where there is none.
using Clip = std::pair<Value, Value>;
struct ProductSignal {
  std::vector<std::string> factors;
  std::vector<Clip> clip;  ///< none, or one per factor
};
struct ObjectiveSignal {
  std::string target, minus;
};
/// Decays, takes up `jump` with each spike of `driven_by` and the amplitude of each pulse at its time.
struct DecaySignal {
  Value tau_ms;
  std::optional<Slice> driven_by;
  Value jump = 1.0;
  StepTable pulses;
};
/// The amplitude of a pulse in the step of its time, else 0.
struct InstantSignal {
  StepTable pulses;
};
/// How a readout learns; docs/signals.md has the equations. Absent members take the defaults given there.
struct ReadoutRule {
  std::string name;         ///< "delta", "gated_delta", "rls", "ridge"
  std::string at = "step";  ///< or "phase_end": when samples are taken
  std::optional<Value> eta, P0, forget, lambda, every_ms;
  bool normalise = false;
};
struct ReadoutSignal {
  std::string of;
  Value channels;
  std::vector<double> weights;  ///< one for all, or channels x size of `of`, row by row
  Where weights_where;
  std::optional<ReadoutRule> rule;  ///< none: the weights stay
  std::string error, gate;          ///< signals that teach and gate it
};
struct Signal {
  std::variant<PulseSignal, StepsSignal, GaussianSignal, ChoiceSignal, ExternalSignal, TraceSignal, RateSignal, MeanSignal,
               ProductSignal, ObjectiveSignal, DecaySignal, InstantSignal, ReadoutSignal>
      form;
  Where where;
  std::string clock = "run";  ///< "phase": times count from the start of each repeat of a phase
};

/// A part of the run, `repeat` times as long as `run_ms`.
struct Phase {
  std::string name;
  Value run_ms;
  Value repeat = 1.0;
  std::vector<std::string> reset;                                  ///< "state", "signals", "rls": what each repeat starts anew
  std::variant<bool, std::vector<std::string>> plasticity = true;  ///< names: only these projections and readouts learn
  std::map<std::string, Signal> set;                               ///< signals that have another form from this phase on
  Where where;
};

/// A signal injected as a current: weight is one number, one per channel, or one per channel and neuron (row by row).
struct SignalCurrent {
  std::string from;
  Slice to;
  Value weight = 1.0;
  std::optional<Clip> clip;  ///< of each value of the signal, before the weights
  Where where;
};

/// scale x value is added to a parameter; target "gain" multiplies the input of a population or projection by 1 + scale x value.
struct Modulation {
  std::string signal, to, target;
  Value scale = 1.0;
  Where where;
};

struct Probe {
  enum class Kind { spikes, state, weights, signal, transmitted };
  Kind kind = Kind::spikes;
  Slice of;  ///< population, projection or signal
  std::vector<std::string> states;
  std::optional<Value> every_ms, start_ms, stop_ms;
  std::vector<Value> at_ms;
  std::string file;  ///< "": kept in memory only
  Where where;
};

struct Node {
  std::string name;
  std::variant<Population, Input, Group> what;
  Where where;
};

using Graph = boost::adjacency_list<boost::vecS, boost::vecS, boost::bidirectionalS, Node, Projection>;

/// A network as described. Building one checks nothing but that names are new; compile() finds every other mistake.
class Network {
 public:
  std::string name, description;
  NamedValues parameters;
  RunSettings run;
  std::map<std::string, Signal> signals;
  std::vector<SignalCurrent> currents;
  std::vector<Modulation> modulation;
  std::vector<Phase> phases;  ///< empty: one, as long as the run
  std::vector<Probe> probes;
  std::string folder = ".";  ///< relative file names start here
  std::string file;          ///< the network file, for messages

  /// Add a vertex. Throws Error("duplicate_key") when the name is taken.
  void population(const std::string& name, Population population, Where where = {});
  void input(const std::string& name, Input input, Where where = {});
  void group(const std::string& name, std::vector<Slice> members, Where where = {});
  /// Add an edge. Throws Error("unknown_name") when an end does not exist.
  void connect(const std::string& from, const std::string& to, Projection projection);
  void connect(Projection projection);  ///< ends taken from projection.from and .to
  void probe_spikes(const std::string& population, std::string file = "");
  void probe_state(const std::string& population, std::vector<std::string> states, Value every_ms, std::string file = "");

  const Graph& graph() const { return graph_; }
  Graph& graph() { return graph_; }
  std::optional<Graph::vertex_descriptor> find(const std::string& name) const;

 private:
  Graph graph_;
  std::map<std::string, Graph::vertex_descriptor> vertices_;
};

/// Parse "E", "E[0:100]" or "E[0:100:2]". Throws Error("syntax").
Slice parse_slice(const std::string& text, const Where& where);

}  // namespace spikeloom
