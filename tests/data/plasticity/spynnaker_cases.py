"""What sPyNNaker's plastic synapses do, by their documented order of events, in real numbers instead of its fixed point; writes
spynnaker.json.

All happens when a presynaptic spike is handled: the postsynaptic spikes since the last one (seen after the dendritic delay) potentiate
one by one, then the spike depresses by the trace of the newest of them. At equal times neither acts, so a postsynaptic spike that meets
the presynaptic one also hides the older ones from it: that remainder of its bookkeeping no convention here repeats, and the cases have no ties.
"""
from math import exp

import trains


def replay(case, potentiate, depress):
    """potentiate, depress: (weight, trace of the other side, own slow trace before) -> weight, bounds included."""
    p = case["plasticity"]
    tau_pre, tau_post = p["tau_plus_ms"], p["tau_minus_ms"]
    tau_x, tau_y = p.get("tau_x_ms", 1.0), p.get("tau_y_ms", 1.0)
    history = []  # time at the synapse, trace just after, slow trace just before
    last, o1, o2 = None, 0.0, 0.0
    for t in case["post_ms"]:
        seen = t + case["dendritic_ms"]
        if last is not None:
            o1, o2 = o1 * exp(-(seen - last) / tau_post), (o2 + 1) * exp(-(seen - last) / tau_y)
        o1, last = o1 + 1, seen
        history.append((seen, o1, o2))
    w, sent = case["weight"], []
    last_pre, r1, r2 = None, 0.0, 0.0
    for now in case["pre_ms"]:
        begin = last_pre if last_pre is not None else 0.0
        for seen, _, slow in history:
            if begin < seen <= now and last_pre is not None:
                w = potentiate(w, r1 * exp(-(seen - last_pre) / tau_pre), slow)
        new_r2 = 0.0 if last_pre is None else (r2 + 1) * exp(-(now - last_pre) / tau_x)
        before = [event for event in history if event[0] <= now]
        if before and before[-1][0] < now:
            w = depress(w, before[-1][1] * exp(-(now - before[-1][0]) / tau_post), new_r2)
        r1 = 1.0 if last_pre is None else r1 * exp(-(now - last_pre) / tau_pre) + 1
        r2, last_pre = new_r2, now
        sent.append(w)
    return sent


def pair(case):
    p = case["plasticity"]
    if p["dependence"] == "additive":
        return replay(case, lambda w, x, _: min(w + p["A_plus"] * x, p["w_max"]), lambda w, y, _: max(w + p["A_minus"] * y, p["w_min"]))
    return replay(case, lambda w, x, _: w + p["A_plus"] * (p["w_max"] - w) * x, lambda w, y, _: w + p["A_minus"] * (w - p["w_min"]) * y)


def triplet(case):
    p = case["plasticity"]
    return replay(case, lambda w, r1, o2: min(w + r1 * (p["A2_plus"] + p["A3_plus"] * o2), p["w_max"]),
                  lambda w, o1, r2: max(w - o1 * (p["A2_minus"] + p["A3_minus"] * r2), p["w_min"]))


def cases():
    rule = {"rule": "stdp_pair", "preset": "spynnaker", "tau_plus_ms": 20.0, "tau_minus_ms": 33.0, "w_min": 0.0, "w_max": 2.0, "A_plus": 0.02,
            "A_minus": -0.021}
    for seed, delay in ((41, 0.125), (42, 1.0), (43, 7.0)):
        for dependence in ("additive", "multiplicative"):
            yield pair, trains.case(f"spynnaker-{dependence}-{seed}", "STDPMechanism", {**rule, "dependence": dependence}, seed, dendritic_ms=delay)
    yield triplet, trains.case("spynnaker-triplet", "STDPMechanism", {
        "rule": "stdp_triplet", "preset": "spynnaker", "A2_plus": 5e-3, "A3_plus": 6.2e-3, "A2_minus": 7e-3, "A3_minus": 2.3e-3, "tau_plus_ms": 16.8,
        "tau_x_ms": 101.0, "tau_minus_ms": 33.7, "tau_y_ms": 125.0, "w_min": 0.0, "w_max": 4.0}, 44, weight=1.0, dendritic_ms=3.0)


if __name__ == "__main__":
    done = []
    for measure, case in cases():
        case["sent"] = measure(case)
        done.append(case)
    trains.write("spynnaker.json", "sPyNNaker 7.4.1, documented order of events", done)
