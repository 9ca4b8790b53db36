// All keys of the network file. What stands here is checked by the reader and printed by the schema.
#include "core/json/keys.hpp"

namespace spikeloom::tables {
namespace {

using enum Shape;
constexpr Key::Status required = Key::required, one_of = Key::one_of, one_of_later = Key::one_of_later;
constexpr Key::Status optional_ = Key::optional;

// Values -----------------------------------------------------------------------------------------------------------------

constexpr Key normal_keys[] = {
    {"mean", scalar | matrix, required, "mean", "", nullptr},
    {"sd", scalar | matrix, required, "standard deviation", "0 or more", nullptr},
    {"min", scalar | matrix, optional_, "lower bound", "", nullptr},
    {"max", scalar | matrix, optional_, "upper bound", "above min", nullptr},
    {"clip", flag, optional_, "clip to the bounds instead of drawing again, default false", "", nullptr},
};
constexpr Key lognormal_keys[] = {
    {"mean", scalar | matrix, required, "mean of the value itself", "above 0", nullptr},
    {"sd", scalar | matrix, required, "standard deviation of the value itself", "0 or more", nullptr},
};
constexpr Key exponential_keys[] = {
    {"mean", scalar | matrix, required, "mean", "above 0", nullptr},
};
constexpr Key gamma_keys[] = {
    {"mean", scalar | matrix, required, "mean", "above 0", nullptr},
    {"shape", scalar | matrix, required, "shape; the variance is mean^2 / shape", "above 0", nullptr},
};

constexpr Key distribution_keys[] = {
    {"uniform", numbers, one_of, "[a, b]: uniform between a and b", "two numbers, a <= b", nullptr},
    {"normal", object, one_of, "normal law, drawn again outside min and max, or clipped to them", "", &normal},
    {"lognormal", object, one_of, "the logarithm is normal", "", &lognormal},
    {"exponential", object, one_of, "exponential law", "", &exponential},
    {"gamma", object, one_of, "gamma law", "", &gamma},
    {"log_uniform", numbers, one_of, "[a, b]: the logarithm is uniform", "two numbers, 0 < a <= b", nullptr},
    {"uniform_int", numbers, one_of, "[a, b]: whole numbers, both ends included", "two whole numbers, a <= b", nullptr},
    {"mixture", mixture, one_of, "[[share, value], ...]: each value, a number or a distribution, with its share",
     "shares 0 or more", nullptr},
};

constexpr Key file_column_keys[] = {
    {"file", text, required, "a .csv or .npy file, relative to the network file", "", nullptr},
    {"column", text, optional_, "the column of a .csv file", "", nullptr},
};

// Run --------------------------------------------------------------------------------------------------------------------

constexpr Key seeds_keys[] = {
    {"wiring", scalar, optional_, "seed of connections, weights, delays and parameters", "whole numbers from 0 to 2^53 - 1",
     nullptr},
    {"noise", scalar, optional_, "seed of inputs and noise", "whole numbers from 0 to 2^53 - 1", nullptr},
    {"trials", scalar, optional_, "seed of choices per repeat of a phase", "whole numbers from 0 to 2^53 - 1", nullptr},
};

constexpr Key run_keys[] = {
    {"duration_ms", scalar, optional_, "biological time of the run", "a step or more", nullptr},
    {"step_ms", scalar, optional_, "time step, default 0.1", "above 0", nullptr},
    {"seed", scalar, optional_, "seed of everything random, default 1", "whole numbers from 0 to 2^53 - 1", nullptr},
    {"seeds", object, optional_, "separate seeds; each defaults to seed", "", &seeds},
    {"precision", text, optional_, "number type of the run, default double", "double|single", nullptr},
    {"backend", text, optional_, "what runs the network, default cpu", "", nullptr},
    {"threads", scalar, optional_, "worker threads, default those of the machine; results do not depend on it", "1 or more",
     nullptr},
    {"min_delay_ms", scalar, optional_, "smallest delay onto exact cells, default 0.1", "1e-9 or more", nullptr},
    {"below_min_delay", text, optional_, "what becomes of smaller delays onto exact cells, default refuse", "refuse|raise",
     nullptr},
    {"weight_bits", scalar, optional_, "bits of a stored weight: 24, or 16 for the compact form whose loss is reported",
     "24 or 16", nullptr},
    {"warmup_ms", scalar, optional_, "first part of the run, left out of rates and times, default 0", "0 to duration_ms",
     nullptr},
};

// Populations and inputs ---------------------------------------------------------------------------------------------------

constexpr Key population_keys[] = {
    {"size", scalar, one_of, "number of neurons", "whole numbers from 0 to 2^32 - 2", nullptr},
    {"shape", numbers, one_of, "[rows, columns]: neurons of a grid, numbered row by row", "two whole numbers", nullptr},
    {"model", text, required, "neuron model; `spikeloom models` lists them", "", nullptr},
    {"update", text, optional_, "how the neurons advance: on the grid of the run's step (default), or from event to event",
     "stepped|exact", nullptr},
    {"scheme", text, optional_, "integration scheme, where the model has several", "", nullptr},
    {"tolerance_ms", scalar, optional_, "spike-time error asked of an integrated exact cell, default 0.01", "above 0", nullptr},
    {"draw", value_map, optional_, "named random numbers, one per neuron, for expressions of this population", "", nullptr},
    {"parameters", value_map, optional_, "parameters of the model; units are part of their names", "", nullptr},
    {"initial", value_map, optional_, "start values of the model's states", "", nullptr},
};

constexpr Key poisson_keys[] = {
    {"rate_hz", value | steps, required, "rate of every train, or [[t_ms, rate], ...]: each rate from its time on", "0 or more",
     nullptr},
};
constexpr Key regular_keys[] = {
    {"period_ms", value, required, "time between spikes", "above 0", nullptr},
    {"start_ms", value, optional_, "time of the first spike", "0 or more", nullptr},
};
constexpr Key gamma_input_keys[] = {
    {"rate_hz", value | steps, required, "mean rate", "0 or more", nullptr},
    {"shape", value, required, "shape of the interval's gamma law", "above 0", nullptr},
};
constexpr Key spike_list_keys[] = {
    {"times_ms", matrix, one_of, "spike times, one list per neuron", "0 or more", nullptr},
    {"file", text, one_of, "a .csv file with columns neuron,time_ms", "", nullptr},
};
constexpr Key events_keys[] = {
    {"file", text, required, "recording of an event camera, relative to the network file", "", nullptr},
    {"format", text, optional_, "format, by default found by content or ending", "", nullptr},
    {"sensor", numbers, optional_, "[width, height] where the file does not say", "two whole numbers, 1 or more", nullptr},
    {"region", numbers, optional_, "[x, y, width, height]: the part of the sensor that is used", "four whole numbers", nullptr},
    {"downsample", scalar, optional_, "joins blocks of so many pixels squared, default 1", "1 or more", nullptr},
    {"polarity", text, optional_, "which events count; split keeps ON and OFF apart", "both|split|on|off", nullptr},
    {"time_scale", scalar, optional_, "factor on event times, default 1", "above 0", nullptr},
};

constexpr Key ramp_keys[] = {
    {"from_ms", scalar, required, "start of the ramp", "0 or more", nullptr},
    {"to_ms", scalar, required, "end of the ramp; from here on 0", "above from_ms", nullptr},
    {"start", scalar, required, "value at from_ms", "", nullptr},
    {"slope", scalar, required, "change per ms", "", nullptr},
};
constexpr Key sine_keys[] = {
    {"amplitude", scalar, required, "largest deviation from the offset", "", nullptr},
    {"frequency_hz", scalar, required, "frequency", "0 or more", nullptr},
    {"phase_rad", scalar, optional_, "phase at t = 0, default 0", "", nullptr},
    {"offset", scalar, optional_, "mean, default 0", "", nullptr},
};
constexpr Key noise_keys[] = {
    {"mean", value, optional_, "mean of the normal law, default 0", "", nullptr},
    {"sd", value, required, "standard deviation of the normal law", "0 or more", nullptr},
    {"every_ms", scalar, optional_, "how long a drawn number holds, default one step", "one step or more", nullptr},
};
constexpr Key current_form_keys[] = {
    {"ramp", objects, one_of, "start + slope (t - from) between from and to, else 0; several add", "", &ramp},
    {"sine", object, one_of, "offset + amplitude sin(2 pi frequency t + phase)", "", &sine},
    {"noise", object, one_of, "a fresh normal number per neuron and step", "", &noise},
};
constexpr Key current_keys[] = {
    {"value", value | steps | object, required,
     "a constant, one constant per neuron, [[t_ms, value], ...], or a ramp, a sine or noise", "", &current_form},
};

constexpr Key input_keys[] = {
    {"poisson", object, one_of, "independent Poisson trains", "", &poisson, "", "to|size"},
    {"regular", object, one_of_later, "evenly spaced spikes", "", &regular_input},
    {"gamma", object, one_of_later, "trains with gamma-distributed intervals", "", &gamma_input},
    {"spikes", object, one_of, "given spikes", "", &spike_list},
    {"external", scalar, one_of, "number of trains whose spikes the caller gives", "whole numbers, 0 or more", nullptr},
    {"events", object, one_of, "spikes of an event camera", "", &events},
    {"current", object, one_of, "a current, in the model's unit", "", &current, "", "to"},
    {"size", scalar, optional_, "number of trains, for projections to wire up", "whole numbers, 0 or more", nullptr,
     "poisson|spikes"},
    {"to", text, optional_, "the population (or slice, or group) that is driven one to one", "", nullptr},
    {"weight", value, optional_, "weight of the one-to-one drive, in the receptor's unit, default 1", "", nullptr,
     "poisson|spikes|external|events", "to"},
    {"delay_ms", value, optional_, "delay of the one-to-one drive, default 1", "above 0", nullptr,
     "poisson|spikes|external|events", "to"},
    {"receptor", text, optional_, "receptor that is driven; by default the sign of the weight picks one", "", nullptr,
     "poisson|spikes|external|events", "to"},
};

// Projections --------------------------------------------------------------------------------------------------------------

constexpr Key kernel_entry_keys[] = {
    {"dx", number, required, "column offset of the source", "whole numbers", nullptr},
    {"dy", number, required, "row offset of the source", "whole numbers", nullptr},
    {"weight", scalar, optional_, "weight; by default that of the projection", "", nullptr},
    {"delay_ms", scalar, optional_, "delay; by default that of the projection", "above 0", nullptr},
    {"polarity", number | text, optional_, "which events of a split camera count: 1 or on, 0 or off; default both", "on|off|both",
     nullptr},
};

constexpr Key connector_keys[] = {
    {"all_to_all", object, one_of, "every source to every target; also the plain string", "", nullptr},
    {"one_to_one", object, one_of, "source k to target k; also the plain string", "", nullptr},
    {"fixed_probability", scalar | matrix, one_of, "each pair with this probability", "0 to 1", nullptr},
    {"fixed_in_degree", scalar | matrix, one_of, "so many sources drawn for every target", "whole numbers, 0 or more", nullptr},
    {"fixed_out_degree", scalar | matrix, one_of, "so many targets drawn for every source", "whole numbers, 0 or more", nullptr},
    {"fixed_total", scalar | matrix, one_of, "so many pairs drawn in all", "whole numbers, 0 or more", nullptr},
    {"list", edges, one_of, "[[source, target, weight?, delay_ms?], ...]", "", nullptr},
    {"file", text, one_of, "a .csv file with columns source,target and any of weight,delay_ms,axonal_ms,dendritic_ms", "",
     nullptr},
    {"kernel", objects, one_of, "cell (x, y) of the target's shape hears (x + dx, y + dy) of the source's", "", &kernel_entry},
    {"distance", anything, one_of_later, "probability falls with distance", "", nullptr},
    {"small_world", anything, one_of_later, "a ring with rewired edges", "", nullptr},
    {"scale_free", anything, one_of_later, "degrees follow a power law", "", nullptr},
    {"erdos_renyi", anything, one_of_later, "a random graph", "", nullptr},
};

constexpr Key delay_parts_keys[] = {
    {"axonal_ms", value | matrix, optional_, "delay before the synapse", "0 or more", nullptr},
    {"dendritic_ms", value | matrix, optional_, "delay after the synapse", "0 or more", nullptr},
};

constexpr Key with_entry_keys[] = {
    {"from", numbers, one_of, "one value per source population", "", nullptr},
    {"to", numbers, one_of, "one value per target population", "", nullptr},
};

// Beside these a rule has its own parameters and options: the compiler checks them, the schema takes them from the rules' tables.
constexpr Key plasticity_keys[] = {
    {"rule", text, required, "the rule; `spikeloom models` lists them", "", nullptr},
    {"preset", text, optional_, "sets the conventions (options) that this simulator has, never numbers", "nest|brian2|spynnaker",
     nullptr},
    {"signal", text, optional_, "the signal that is the third factor", "", nullptr},
    {"w_bound", scalar, optional_,
     "largest |weight| where the rule has no bounds, default 8 times the largest at the start; beyond it the run stops",
     "above 0", nullptr},
};

constexpr Key projection_keys[] = {
    {"name", text, optional_, "name; by default from->to, numbered if repeated", "", nullptr},
    {"from", text | texts, required, "source: a population, input, group or slice, or an array of them (blocks)", "", nullptr},
    {"to", text | texts, required, "target: a population, group or slice, or an array of them (blocks)", "", nullptr},
    {"connect", text | object, required, "how sources and targets are paired", "all_to_all|one_to_one", &connector},
    {"receptor", text, optional_, "receptor of the targets; by default the sign of the weight picks one", "", nullptr},
    {"autapses", flag, optional_, "may a neuron connect to itself, default true", "", nullptr},
    {"multapses", flag, optional_, "may a pair be connected more than once, default true", "", nullptr},
    {"weight", value | matrix, optional_, "weights, in the receptor's unit", "", nullptr},
    {"delay_ms", value | matrix | object, optional_, "delays, or their axonal and dendritic parts", "above 0", &delay_parts},
    {"draw", value_map, optional_, "named random numbers, one per synapse, for expressions of this projection", "", nullptr},
    {"with", with_map, optional_,
     "name -> matrix (rows to, columns from), {\"from\": [...]} or {\"to\": [...]}: numbers of each block, for its expressions",
     "", &with_entry},
    {"plasticity", object | objects, optional_,
     "how weights or delays change; an array of two joins a short-term rule with another", "", &plasticity},
};

// Signals ------------------------------------------------------------------------------------------------------------------

constexpr Key pulse_keys[] = {
    {"at_ms", scalar, required, "start of the pulse", "0 or more", nullptr},
    {"width_ms", scalar, required, "how long it lasts", "above 0", nullptr},
    {"height", scalar, optional_, "value within the pulse, default 1", "", nullptr},
    {"every_ms", scalar, optional_, "period of its repetition; by default once", "above width_ms", nullptr},
};

constexpr Key gaussian_keys[] = {
    {"at_ms", scalar | numbers, required, "centre of the bump; a list makes one channel per time", "", nullptr},
    {"sd_ms", scalar, required, "width of the bumps", "above 0", nullptr},
};

constexpr Key choice_keys[] = {
    {"probabilities", numbers, required, "of each channel to be 1 while the others are 0", "0 to 1, with the sum 1", nullptr},
};

constexpr Key objective_keys[] = {
    {"target", text, required, "the signal that is wanted", "", nullptr},
    {"minus", text, required, "the signal that is there", "", nullptr},
};

constexpr Key decay_keys[] = {
    {"tau_ms", scalar, required, "time constant", "above 0", nullptr},
    {"driven_by", text, optional_, "population, slice, group or input whose spikes add jump", "", nullptr},
    {"jump", scalar, optional_, "what each spike adds, default 1", "", nullptr},
    {"pulses", steps, optional_, "[[t_ms, amplitude], ...]: each adds its amplitude at its time", "0 or more, ascending",
     nullptr},
};

constexpr Key instant_keys[] = {
    {"pulses", steps, required, "[[t_ms, amplitude], ...]: each is there in the step of its time", "0 or more, ascending",
     nullptr},
};

constexpr Key readout_keys[] = {
    {"of", text, required, "the signal that is read", "", nullptr, "", "weights|rule"},
    {"channels", scalar, required, "number of values of the readout", "whole numbers, 1 or more", nullptr},
    {"weights", number | numbers | matrix, optional_,
     "one row per channel, one weight per value of the signal read; or one number for all; of a readout that learns: at the "
     "start, default 0",
     "", nullptr},
    {"rule", object, optional_, "how the readout learns; by default not at all", "", &readout_rule, "", "error"},
    {"error", text, optional_, "the signal that teaches: what is wanted minus what is there", "", nullptr, "", "rule"},
    {"gate", text, optional_, "the signal that gates learning, for all channels or for each", "", nullptr, "", "rule"},
};

constexpr Key readout_rule_keys[] = {
    {"name", text, required, "the rule", "delta|gated_delta|rls|ridge", nullptr},
    {"at", text, optional_, "when samples are taken, default step", "step|phase_end", nullptr},
    {"eta", scalar, optional_, "learning rate of delta and gated_delta", "0 or more", nullptr},
    {"normalise", flag, optional_, "divide by |x|^2, default false", "", nullptr},
    {"P0", scalar, optional_, "rls: P at the start is P0 times the identity, default 1", "above 0", nullptr},
    {"forget", scalar, optional_, "rls: factor on the weight of earlier samples, per sample, default 1", "above 0, up to 1",
     nullptr},
    {"lambda", scalar, optional_, "ridge: penalty on |w|^2", "above 0", nullptr},
    {"every_ms", scalar, optional_, "rls and ridge: time between samples, default one step", "one step or more", nullptr},
};

constexpr Key signal_keys[] = {
    {"pulse", object, one_of, "a rectangular pulse, once or repeated", "", &pulse},
    {"steps", steps, one_of, "[[t_ms, value], ...]: each value from its time on", "", nullptr},
    {"external", scalar, one_of, "number of values, which the caller sets", "whole numbers, 1 or more", nullptr},
    {"trace_of", text, one_of, "spikes of a population, filtered by tau_ms: one value per neuron", "", nullptr, "", "tau_ms"},
    {"rate_of", text, one_of, "mean rate of a population in Hz, filtered by tau_ms", "", nullptr, "", "tau_ms"},
    {"readout", object, one_of, "a linear readout of another signal", "", &readout},
    {"gaussian", object, one_of, "bumps of height 1, one channel per time", "", &gaussian},
    {"choice", object, one_of, "one channel is 1, drawn for each repeat of a phase", "", &choice},
    {"mean_of", text, one_of, "running mean of another signal, in each repeat of a phase or over all of some phases", "",
     nullptr},
    {"product", texts, one_of, "product of other signals", "", nullptr},
    {"objective", object, one_of, "difference of two signals", "", &objective},
    {"decay", object, one_of, "a modulator that decays", "", &decay},
    {"instant", object, one_of, "pulses without duration", "", &instant},
    {"tau_ms", scalar | numbers, optional_, "time constant of trace_of (or its two: fast, slow) and rate_of", "above 0", nullptr,
     "trace_of|rate_of"},
    {"scale", scalar, optional_, "factor on a trace, default 1", "", nullptr, "trace_of"},
    {"clock", text, optional_, "what times are counted from, default run", "run|phase", nullptr},
    {"clip", clips, optional_, "[[low, high], ...]: bounds of each factor of a product; null: none", "", nullptr, "product"},
    {"from_ms", scalar, optional_, "start of the window of mean_of in each repeat, default 0", "0 or more", nullptr, "mean_of"},
    {"to_ms", scalar, optional_, "end of that window, by default the end of the repeat", "above from_ms", nullptr, "mean_of"},
    {"phases", texts, optional_, "phases that mean_of covers: one mean over all their repeats, kept afterwards", "", nullptr,
     "mean_of"},
};

constexpr Key signal_current_keys[] = {
    {"from", text, required, "the signal", "", nullptr},
    {"to", text, required, "the population, slice or group that receives it as a current", "", nullptr},
    {"weight", scalar | numbers | matrix | random | file_column, optional_,
     "one number, one per channel, or one row per channel with one per neuron; default 1", "", nullptr},
    {"clip", bounds, optional_, "[low, high]: bounds of the signal's values, before the weights; null: none", "", nullptr},
};

constexpr Key modulation_keys[] = {
    {"signal", text, required, "the signal", "", nullptr},
    {"to", text, required, "the population or projection", "", nullptr},
    {"target", text, required,
     "a parameter, to which scale x value is added; or gain, which multiplies input by 1 + scale x value", "", nullptr},
    {"scale", scalar, optional_, "factor on the signal, default 1", "", nullptr},
};

constexpr Key phase_keys[] = {
    {"name", text, optional_, "name; phases may share one", "", nullptr},
    {"run_ms", scalar, required, "length of one repeat", "one step or more", nullptr},
    {"repeat", scalar, optional_, "number of repeats, default 1", "whole numbers, 1 or more", nullptr},
    {"reset", texts, optional_, "what starts anew with each repeat: state (also drops spikes under way), signals, rls", "",
     nullptr},
    {"plasticity", flag | texts, optional_, "what learns: true (default), false, or names of projections and readouts", "",
     nullptr},
    {"set", anything, optional_, "dotted path into signals -> value, from this phase on: {\"signals.cue.pulse.at_ms\": 100}",
     "paths that begin with signals.", nullptr},
};

constexpr Key probe_keys[] = {
    {"spikes", text, one_of, "record the spikes of this population, slice, group or input", "", nullptr},
    {"state", text | texts, one_of, "record these states of the population given by of", "", nullptr, "", "of,every_ms|at_ms"},
    {"weights", text, one_of, "record the weights of this projection or readout", "", nullptr, "", "every_ms|at_ms"},
    {"signal", text, one_of, "record this signal", "", nullptr, "", "every_ms|at_ms"},
    {"transmitted", text, one_of, "record what every synapse of this projection (onto an input) sent on, one row per arrival", "",
     nullptr},
    {"of", text, optional_, "the population, slice or group whose state is recorded", "", nullptr, "state"},
    {"every_ms", scalar, optional_, "time between samples", "one step or more", nullptr, "state|weights|signal"},
    {"start_ms", scalar, optional_, "time of the first sample, default 0", "0 or more", nullptr, "spikes|state|weights|signal"},
    {"stop_ms", scalar, optional_, "no sample later than this, default the end", "start_ms or more", nullptr,
     "spikes|state|weights|signal"},
    {"at_ms", scalar | numbers, optional_, "times of the samples, in place of every_ms", "0 or more", nullptr,
     "state|weights|signal"},
    {"states", text | texts, optional_, "states of the plasticity rule to record with the weights", "", nullptr, "weights"},
    {"file", text, optional_, "name of the output file, .csv or .npy, relative to the output directory", "", nullptr},
};

// The file -----------------------------------------------------------------------------------------------------------------

constexpr Key network_keys[] = {
    {"spikeloom", number, required, "version of the format", "1", nullptr},
    {"$schema", prose, optional_, "the schema, for editors", "", nullptr},
    {"name", prose, optional_, "name of the network", "", nullptr},
    {"description", prose, optional_, "what the network is", "", nullptr},
    {"parameters", scalar_map, optional_, "named numbers, used as \"=expression\" wherever a number stands", "", nullptr},
    {"run", object, optional_, "how long, how fine, from which seed; each can be set on the command line", "", &run},
    {"populations", object_map, optional_, "name -> population", "", &population},
    {"inputs", object_map, optional_, "name -> source of spikes or currents", "", &input},
    {"groups", text_map, optional_, "name -> populations or slices that stand as one", "", nullptr},
    {"projections", objects, optional_, "connections", "", &projection},
    {"signals", object_map, optional_, "name -> graded value", "", &signal},
    {"currents", objects, optional_, "signals that act as currents", "", &signal_current},
    {"modulation", objects, optional_, "signals that act on parameters and gains", "", &modulation},
    {"phases", objects, optional_, "parts of the run, one after the other; they replace its duration", "", &phase},
    {"probes", objects, optional_, "what to record", "", &probe},
};

}  // namespace

const ObjectTable network{"a network file", "A spiking neural network.", network_keys};
const ObjectTable run{"the run", "How long, how fine, from which seed.", run_keys};
const ObjectTable seeds{"the seeds", "Separate seeds, so that paired runs see the same network.", seeds_keys};
const ObjectTable population{"a population", "Neurons of one model.", population_keys};
const ObjectTable distribution{"a distribution", "A probability law, drawn once per neuron or synapse.", distribution_keys};
const ObjectTable normal{"a normal law", "Normal law.", normal_keys};
const ObjectTable lognormal{"a lognormal law", "The logarithm is normal.", lognormal_keys};
const ObjectTable exponential{"an exponential law", "Exponential law.", exponential_keys};
const ObjectTable gamma{"a gamma law", "Gamma law.", gamma_keys};
const ObjectTable file_column{"a file column", "Numbers from a file.", file_column_keys};
const ObjectTable input{"an input", "A source of spikes or currents.", input_keys};
const ObjectTable poisson{"a Poisson input", "Independent Poisson trains.", poisson_keys};
const ObjectTable regular_input{"a regular input", "Evenly spaced spikes.", regular_keys};
const ObjectTable gamma_input{"a gamma input", "Trains with gamma-distributed intervals.", gamma_input_keys};
const ObjectTable spike_list{"a spike list", "Given spikes.", spike_list_keys};
const ObjectTable events{"an event input", "Spikes of an event camera: neuron y W + x of the region.", events_keys};
const ObjectTable current{"a current", "A current onto every neuron of a population; several add.", current_keys};
const ObjectTable current_form{"a form of current", "How a current changes in time.", current_form_keys};
const ObjectTable ramp{"a ramp", "A current that grows linearly.", ramp_keys};
const ObjectTable sine{"a sine", "A sinusoidal current.", sine_keys};
const ObjectTable noise{"a noise current", "Normal numbers, independent between neurons and steps.", noise_keys};
const ObjectTable projection{"a projection", "Connections from one population to another.", projection_keys};
const ObjectTable plasticity{"a plasticity rule", "How weights change, or what they pass on.", plasticity_keys, true};
const ObjectTable connector{"a connector", "How sources and targets are paired.", connector_keys};
const ObjectTable kernel_entry{"a kernel entry", "One offset of a kernel.", kernel_entry_keys};
const ObjectTable delay_parts{"a delay in parts", "Delay before and after the synapse.", delay_parts_keys};
const ObjectTable with_entry{"an entry of with", "One value per source or per target population.", with_entry_keys};
const ObjectTable signal{"a signal", "A named vector of reals, updated once per step.", signal_keys};
const ObjectTable pulse{"a pulse", "A rectangular pulse.", pulse_keys};
const ObjectTable gaussian{"a gaussian", "Bumps in time.", gaussian_keys};
const ObjectTable choice{"a choice", "A random channel per repeat of a phase.", choice_keys};
const ObjectTable objective{"an objective", "What is wanted minus what is there.", objective_keys};
const ObjectTable decay{"a decay", "A modulator that decays exponentially.", decay_keys};
const ObjectTable instant{"an instant", "Pulses without duration.", instant_keys};
const ObjectTable readout{"a readout", "A linear readout.", readout_keys};
const ObjectTable readout_rule{"a readout's rule", "How the weights of a readout change.", readout_rule_keys};
const ObjectTable signal_current{"a signal's current", "A signal that acts as a current.", signal_current_keys};
const ObjectTable modulation{"a modulation", "A signal that acts on a parameter or a gain.", modulation_keys};
const ObjectTable phase{"a phase", "A part of the run, repeated.", phase_keys};
const ObjectTable probe{"a probe", "What to record.", probe_keys};

}  // namespace spikeloom::tables
