// Network files that several tests read: a small one, and one that uses every part of the format.
#pragma once

namespace spikeloom::test {

inline constexpr const char* brunel = R"json({
  "spikeloom": 1, "name": "brunel",
  "parameters": {"N": 10000, "g": 5, "J": 0.1, "eta": 2},
  "run": {"duration_ms": 1000, "step_ms": 0.1, "seed": 42},
  "populations": {
    "E": {"size": "=0.8*N", "model": "lif_delta", "parameters": {"tau_m_ms": 20, "V_th_mV": 20, "V_reset_mV": 10, "E_L_mV": 0, "t_ref_ms": 2}},
    "I": {"size": "=0.2*N", "model": "lif_delta", "parameters": {"tau_m_ms": 20, "V_th_mV": 20, "V_reset_mV": 10, "E_L_mV": 0, "t_ref_ms": 2}}
  },
  "inputs": {"drive_E": {"poisson": {"rate_hz": "=eta*10000"}, "to": "E", "weight": "=J", "delay_ms": 1.5},
             "drive_I": {"poisson": {"rate_hz": "=eta*10000"}, "to": "I", "weight": "=J", "delay_ms": 1.5}},
  "projections": [
    {"from": "E", "to": "E", "connect": {"fixed_in_degree": "=0.08*N"}, "weight": "=J", "delay_ms": 1.5},
    {"from": "E", "to": "I", "connect": {"fixed_in_degree": "=0.08*N"}, "weight": "=J", "delay_ms": 1.5},
    {"from": "I", "to": "E", "connect": {"fixed_in_degree": "=0.02*N"}, "weight": "=-g*J", "delay_ms": 1.5},
    {"from": "I", "to": "I", "connect": {"fixed_in_degree": "=0.02*N"}, "weight": "=-g*J", "delay_ms": 1.5}
  ],
  "probes": [{"spikes": "E", "file": "E.csv"}]
}
)json";

inline constexpr const char* everything = R"json({
  "spikeloom": 1, "name": "everything", "description": "all \"parts\"\nat once",
  "parameters": {"N": 20, "w": "=2*v", "v": 0.5},
  "run": {"duration_ms": "=10*N", "step_ms": 0.1, "seed": 3, "seeds": {"wiring": 4, "noise": "=N"}, "precision": "single", "backend": "reference",
          "threads": 2, "min_delay_ms": 0.2, "below_min_delay": "raise", "weight_bits": 16, "warmup_ms": 5},
  "populations": {
    "A": {"size": "=N", "model": "izhikevich", "scheme": "published", "draw": {"r": {"uniform": [0, 1]}},
          "parameters": {"a": 0.02, "c": "=-65+15*r^2", "d": "=8-6*r^2", "b": {"normal": {"mean": 0.2, "sd": "=v/50", "min": 0.1}}},
          "initial": {"u": "=b*v_mV", "v_mV": {"uniform_int": [-70, -60]}}},
    "B": {"shape": [4, 5], "model": "lif_exp",
          "parameters": {"C_m_pF": {"gamma": {"mean": 250, "shape": 4}}, "tau_m_ms": {"lognormal": {"mean": 10, "sd": 1}},
                         "t_ref_ms": {"exponential": {"mean": 2}}, "I_e_pA": {"file": "bias.csv", "column": "i"}, "V_th_mV": {"log_uniform": [1, 2]},
                         "E_L_mV": {"mixture": [[0.5, -70], ["=v", {"normal": {"mean": -65, "sd": 1, "min": -70, "max": -60, "clip": true}}]]}}}
  },
  "inputs": {
    "noise": {"poisson": {"rate_hz": [[0, 100], [50, "=100*w"]]}, "to": "A", "weight": {"uniform": [1, 2]}, "delay_ms": 1.5, "receptor": "exc"},
    "rates": {"poisson": {"rate_hz": {"file": "rates.npy"}}, "size": 5},
    "graded": {"poisson": {"rate_hz": "=100*index"}, "to": "B[0:10]"},
    "train": {"spikes": {"times_ms": [[1, 2.5], [], ["=N", 30]]}},
    "file": {"spikes": {"file": "spikes.csv"}, "size": 7},
    "caller": {"external": "=N/2"},
    "camera": {"events": {"file": "rec.bin", "format": "nmnist", "sensor": [34, 34], "region": [0, 0, 4, 5], "downsample": 1, "polarity": "split", "time_scale": 0.5}},
    "constant": {"current": {"value": {"normal": {"mean": 0, "sd": 1}}}, "to": "A"},
    "stairs": {"current": {"value": [[0, 0], [10, "=w"]]}, "to": "A[0:10:2]"},
    "slope": {"current": {"value": {"ramp": [{"from_ms": 0, "to_ms": 10, "start": 0, "slope": "=w"}]}}, "to": "A"},
    "wave": {"current": {"value": {"sine": {"amplitude": 1, "frequency_hz": 10, "offset": 2}}}, "to": "B"},
    "hiss": {"current": {"value": {"noise": {"mean": 1, "sd": [1, 2, 3, 4], "every_ms": 1}}}, "to": "B[0:4]"}
  },
  "groups": {"all": ["A", "B[0:10]"]},
  "projections": [
    {"from": ["A", "B"], "to": ["A", "B", "all"], "connect": {"fixed_total": "=round(C*N_from*N_to)"}, "with": {"C": [[0.1, 0.2], [0.3, 0], [0.5, 0.6]],
      "M": {"from": [1, 2]}, "K": {"to": [1, "=w", 3]}}, "weight": {"normal": {"mean": [["=M", 2], [3, 4], [5, 6]], "sd": 0.1}}, "delay_ms": [[1, 2], [3, 4], [5, {"uniform": [6, 7]}]]},
    {"from": ["A", "B"], "to": "A", "connect": {"fixed_probability": [[0, 0.5]]}, "weight": 1, "delay_ms": 1},
    {"name": "ring", "from": "A", "to": "A", "connect": {"list": [[0, 1], [1, 2, 0.5], [2, 0, "=w", 3], [3, 4, null, 2]]}, "weight": "=v", "delay_ms": 1, "receptor": "inh"},
    {"from": "camera", "to": "B", "connect": {"kernel": [{"dx": 0, "dy": -1, "weight": "=w", "delay_ms": 2, "polarity": "on"}, {"dx": 1, "dy": 0}]}, "weight": 1, "delay_ms": 1},
    {"from": "A", "to": "B", "connect": "one_to_one", "autapses": false, "multapses": false, "weight": "=q", "draw": {"q": {"uniform": [0, 1]}},
     "delay_ms": {"axonal_ms": 1, "dendritic_ms": {"uniform": [0, "=w"]}}},
    {"from": "all", "to": "B", "connect": {"file": "edges.csv"}},
    {"from": "caller", "to": "A[0:10]", "connect": {"all_to_all": {}}, "weight": [1, 2, "=w"], "delay_ms": {"uniform": [1, 2]}},
    {"from": "rates", "to": "B", "connect": {"fixed_in_degree": 2}, "weight": 1, "delay_ms": 1},
    {"from": "rates", "to": "B", "connect": {"fixed_out_degree": 2}, "weight": 1, "delay_ms": 1}
  ],
  "signals": {
    "cue": {"pulse": {"at_ms": 5, "width_ms": 2, "height": 3, "every_ms": 20}, "clock": "run"},
    "plan": {"steps": [[0, 0], [10, 1]]},
    "outside": {"external": 3},
    "trace": {"trace_of": "A[0:5]", "tau_ms": [2, 60], "scale": 0.5},
    "rate": {"rate_of": "B", "tau_ms": 10},
    "answer": {"readout": {"of": "trace", "channels": 2, "weights": [[1, 2, 3, 4, 5, 6, 7, 8, 9, 10], [0, 0, 0, 0, 0, 0, 0, 0, 0, "=w"]]}}
  },
  "currents": [{"from": "cue", "to": "A", "weight": 2, "clip": [-2, 2]}, {"from": "answer", "to": "B[0:2]", "weight": [[1, 2], [3, 4]]}],
  "modulation": [{"signal": "plan", "to": "B", "target": "V_th_mV", "scale": 0.5}],
  "probes": [{"spikes": "all"}, {"state": ["v_mV", "u"], "of": "A[0:10]", "every_ms": 1, "start_ms": 2, "stop_ms": 8, "file": "v.npy"},
             {"weights": "ring", "at_ms": [0, "=N"]}, {"signal": "cue", "every_ms": 1, "file": "cue.csv"}, {"state": "V_m_mV", "of": "B", "at_ms": 3}]
}
)json";

/// Signals that learn in phases, each with every key that it may have.
inline const char* const trials = R"json({
  "spikeloom": 1,
  "name": "trials",
  "parameters": {"sd": 40},
  "run": {"step_ms": 1},
  "populations": {"E": {"size": 4, "model": "lif_exp", "parameters": {"I_e_pA": 500}}},
  "signals": {
    "trace": {"trace_of": "E", "tau_ms": [2, 60]},
    "mean": {"mean_of": "trace", "from_ms": 100, "to_ms": 900, "phases": ["calibrate"]},
    "x": {"objective": {"target": "trace", "minus": "mean"}},
    "bar": {"mean_of": "trace", "from_ms": 200},
    "bump": {"gaussian": {"at_ms": [300, 700], "sd_ms": "=sd"}, "clock": "phase"},
    "event": {"choice": {"probabilities": [0.8, 0.2]}},
    "window": {"pulse": {"at_ms": 200, "width_ms": 700}, "clock": "phase"},
    "gate": {"product": ["event", "window"], "clip": [[0, 1], [0, null]]},
    "error": {"objective": {"target": "bump", "minus": "when"}},
    "when": {"readout": {"of": "x", "channels": 2, "rule": {"name": "gated_delta", "eta": 0.05, "normalise": true}, "error": "error", "gate": "gate"}},
    "force": {"readout": {"of": "x", "channels": 2, "weights": 0.1, "rule": {"name": "rls", "P0": 2, "forget": 0.99, "every_ms": 10}, "error": "miss", "gate": "window"}},
    "miss": {"objective": {"target": "bump", "minus": "force"}},
    "solved": {"readout": {"of": "bar", "channels": 2, "rule": {"name": "ridge", "at": "phase_end", "lambda": 0.1}, "error": "gap"}},
    "gap": {"objective": {"target": "event", "minus": "solved"}},
    "fixed": {"readout": {"of": "x", "channels": 1, "weights": [1, 2, 3, 4]}},
    "dopamine": {"decay": {"tau_ms": 200, "driven_by": "E[0:2]", "jump": 0.5, "pulses": [[10, 1]]}},
    "now": {"instant": {"pulses": [[5, 1]]}}
  },
  "phases": [
    {"name": "calibrate", "run_ms": 1000, "plasticity": false},
    {"name": "train", "run_ms": 1000, "repeat": 3, "reset": ["state", "signals"], "set": {"signals.bump.gaussian.at_ms": [500, 800]}},
    {"name": "train", "run_ms": 1000, "reset": ["rls"], "plasticity": ["when"], "set": {"signals.bump.gaussian.sd_ms": "=sd/2"}}
  ],
  "probes": [{"weights": "when", "at_ms": [1000, 2000], "file": "when.csv"}, {"signal": "gate", "every_ms": 10}]
})json";

}  // namespace spikeloom::test
