"""Spike trains and cases that the peers' scripts share: every number that both sides need is written here once.

Times are multiples of 1/8 ms, so that every simulator's grid holds them exactly. A case says what it is in the words of the network file
("plasticity"), so that the same object configures Spikeloom.
"""
import json
import random

STEP_MS = 0.125
DURATION_MS = 600.0


def train(seed, rate_hz, duration_ms=DURATION_MS, first_ms=2.0):
    """Poisson-like times on the grid, each at most once."""
    draw = random.Random(seed)
    t, times = first_ms, []
    while True:
        t += draw.expovariate(rate_hz / 1000.0)
        on_grid = round(t / STEP_MS) * STEP_MS
        if on_grid >= duration_ms - 20:
            return times
        if not times or on_grid > times[-1]:
            times.append(on_grid)


def without_ties(pre, post, axonal_ms, dendritic_ms):
    """post without the spikes that meet a presynaptic one at the synapse."""
    arrivals = {t + axonal_ms for t in pre}
    return [t for t in post if t + dendritic_ms not in arrivals]


def with_ties(pre, post, axonal_ms, dendritic_ms):
    """post with, for every third presynaptic spike, one that meets it at the synapse."""
    meeting = {t + axonal_ms - dendritic_ms for t in pre[::3]}
    return sorted(t for t in meeting.union(post) if t >= 2.0)


def case(name, model, plasticity, seed, weight=0.5, axonal_ms=0.0, dendritic_ms=0.0, ties=False, rates=(60, 60), duration_ms=DURATION_MS,
         **more):
    pre, post = train(seed, rates[0], duration_ms), train(seed + 1000, rates[1], duration_ms)
    post = (with_ties if ties else without_ties)(pre, post, axonal_ms, dendritic_ms)
    return {"id": name, "model": model, "plasticity": plasticity, "weight": weight, "axonal_ms": axonal_ms,
            "dendritic_ms": dendritic_ms, "duration_ms": duration_ms, "pre_ms": pre, "post_ms": post, **more}


def write(path, simulator, cases):
    with open(path, "w") as file:
        file.write('{"simulator": ' + json.dumps(simulator) + ', "cases": [\n')
        file.write(",\n".join(json.dumps(c) for c in cases))
        file.write("\n]}\n")
