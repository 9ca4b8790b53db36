"""Spike times of NEST's precise neurons in a feed-forward network of 1,000 cells; writes feed_forward.json.

Run with NEST 3.10 (pip install nest-simulator):  python3 feed_forward.py
The network is a formula, so that tests/exact/nest_test.cpp can build the same one from the same numbers:
layers of 400, 400 and 200 cells; cell j of a layer hears 20 sources of the layer before (the first: 100 input trains).
"""

import json
import nest

LAYERS = [400, 400, 200]
TRAINS, IN_DEGREE, DURATION_MS, STEP_MS = 100, 20, 120.0, 0.1


def sources(layer, j):
    size = TRAINS if layer == 0 else LAYERS[layer - 1]
    return [(7 * j + 13 * k + k * k) % size for k in range(IN_DEGREE)]


def weight_pA(layer, j, k):
    if k % 5 == 4:
        return -40.0 - (j * 31 + k * 17) % 41
    return (90.0 if layer == 0 else 120.0) + (j * 31 + k * 17) % 41


def delay_steps(j, k):
    return 5 + (j * 5 + k * 3) % 20


def train_us(i):
    """Times in microseconds, off the grid: a linear congruential generator."""
    times, t, x = [], 0, 12345 + 7919 * i
    while True:
        x = (1103515245 * x + 12345) % 2**31
        t += 1000 + x % 14000
        if t >= DURATION_MS * 1000:
            return times
        times.append(t)


nest.set_verbosity("M_ERROR")
nest.resolution = STEP_MS
params = dict(tau_m=10.0, C_m=250.0, E_L=-70.0, V_th=-55.0, V_reset=-70.0, V_m=-70.0, t_ref=2.0, I_e=330.0,
              tau_syn_ex=2.0, tau_syn_in=3.0)
before = []
for i in range(TRAINS):
    before.append(nest.Create("spike_generator", params=dict(spike_times=[t / 1000 for t in train_us(i)], precise_times=True)))
recorders = []
for layer, size in enumerate(LAYERS):
    cells = nest.Create("iaf_psc_exp_ps", size, params=params)
    for j in range(size):
        for k, i in enumerate(sources(layer, j)):
            nest.Connect(before[i], cells[j], "one_to_one",
                         dict(weight=weight_pA(layer, j, k), delay=delay_steps(j, k) * STEP_MS))
    recorder = nest.Create("spike_recorder")
    nest.Connect(cells, recorder)
    recorders.append((recorder, cells[0].global_id))
    before = [cells[j] for j in range(size)]
nest.Simulate(DURATION_MS)
layers = []
for recorder, first in recorders:
    events = recorder.get("events")
    spikes = sorted((float(t), int(s) - first) for t, s in zip(events["times"], events["senders"]))
    layers.append({"neuron": [s for _, s in spikes], "time_ms": [round(t, 12) for t, _ in spikes]})
    print(len(spikes), "spikes")
with open("feed_forward.json", "w") as out:
    json.dump({"source": "NEST " + nest.__version__ + ", iaf_psc_exp_ps", "duration_ms": DURATION_MS,
               "layers": layers}, out, separators=(",", ":"))
    out.write("\n")
