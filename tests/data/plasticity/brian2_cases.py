"""Plastic synapses of Brian2, one at a time, between two spike generators; writes brian2.json. Needs brian2 (with numpy below 2.4).

Brian2 has no rules of its own, only equations: these follow its documentation and its examples from papers (Song 2000, Vogels 2011,
Izhikevich 2007), and leave to Brian2 what it decides: in a step the presynaptic pathway comes before the postsynaptic one. A record is
the weight after a step in which something reached the synapse.
"""
import brian2 as b2
import numpy as np

import trains

b2.prefs.codegen.target = "numpy"
ms = b2.ms


def run(case, model, on_pre, on_post, constants, start, pulses=(), weight="w : 1", method="exact", with_sent=None):
    b2.start_scope()
    b2.defaultclock.dt = trains.STEP_MS * ms
    pre = b2.SpikeGeneratorGroup(1, [0] * len(case["pre_ms"]), np.array(case["pre_ms"]) * ms)
    post = b2.SpikeGeneratorGroup(1, [0] * len(case["post_ms"]), np.array(case["post_ms"]) * ms)
    pathways = {"on_pre": on_pre}
    if on_post:
        pathways["on_post"] = on_post
    synapse = b2.Synapses(pre, post, model=weight + "\n" + model, method=method, namespace=constants, **pathways)
    synapse.connect(i=0, j=0)
    synapse.pre.delay = case["axonal_ms"] * ms
    if on_post:
        synapse.post.delay = case["dendritic_ms"] * ms
    synapse.w = case["weight"]
    for name, value in start.items():
        setattr(synapse, name, value)
    parts = [pre, post, synapse]
    if pulses:
        source = b2.SpikeGeneratorGroup(len(pulses), range(len(pulses)), np.array([t for t, _ in pulses]) * ms)
        amplitude = b2.Synapses(source, synapse, model="amplitude : 1", on_pre="m_post += amplitude")
        amplitude.connect()
        amplitude.amplitude = [a for _, a in pulses]
        parts += [source, amplitude]
    watched = ["w"] + ([with_sent] if with_sent else [])
    monitor = b2.StateMonitor(synapse, watched, record=[0], when="end")
    net = b2.Network(*parts, monitor)
    net.run(case["duration_ms"] * ms)
    steps = np.rint(monitor.t / (trains.STEP_MS * ms)).astype(int)
    value = dict(zip(steps, getattr(monitor, with_sent or "w")[0]))
    arrivals = {t + case["axonal_ms"] for t in case["pre_ms"]}
    if with_sent:
        return {"sent": [float(value[round(t / trains.STEP_MS)]) for t in sorted(arrivals)]}
    times = sorted(arrivals | {t + case["dendritic_ms"] for t in case["post_ms"]})
    return {"records": [[t, float(value[round(t / trains.STEP_MS)])] for t in times if t < case["duration_ms"]]}


def pair(case):
    p = case["plasticity"]
    raised = "= 1" if p.get("pairing") == "nearest" else "+= 1"
    down, up = {"additive": ("A_minus", "A_plus"),
                "multiplicative": ("A_minus * (w - w_min)", "A_plus * (w_max - w)")}[p["dependence"]]
    return run(case, "dx/dt = -x / tau_plus : 1 (event-driven)\ndy/dt = -y / tau_minus : 1 (event-driven)",
               f"x {raised}\nw = clip(w + {down} * y, w_min, w_max)", f"y {raised}\nw = clip(w + {up} * x, w_min, w_max)",
               {"tau_plus": p["tau_plus_ms"] * ms, "tau_minus": p["tau_minus_ms"] * ms, **{k: p[k] for k in ("A_plus", "A_minus", "w_min", "w_max")}}, {})


def triplet(case):
    p = case["plasticity"]
    return run(case, "dr1/dt = -r1 / tau_plus : 1 (event-driven)\ndr2/dt = -r2 / tau_x : 1 (event-driven)\n"
               "do1/dt = -o1 / tau_minus : 1 (event-driven)\ndo2/dt = -o2 / tau_y : 1 (event-driven)",
               "w = clip(w - o1 * (A2_minus + A3_minus * r2), w_min, w_max)\nr1 += 1\nr2 += 1",
               "w = clip(w + r1 * (A2_plus + A3_plus * o2), w_min, w_max)\no1 += 1\no2 += 1",
               {"tau_plus": p["tau_plus_ms"] * ms, "tau_x": p["tau_x_ms"] * ms, "tau_minus": p["tau_minus_ms"] * ms, "tau_y": p["tau_y_ms"] * ms,
                **{k: p[k] for k in ("A2_plus", "A3_plus", "A2_minus", "A3_minus", "w_min", "w_max")}}, {})


def vogels(case):
    p = case["plasticity"]
    return run(case, "dx/dt = -x / tau : 1 (event-driven)\ndy/dt = -y / tau : 1 (event-driven)",
               "x += 1\nw = clip(w + (y - alpha) * eta, w_min, w_max)", "y += 1\nw = clip(w + x * eta, w_min, w_max)",
               {"tau": p["tau_ms"] * ms, **{k: p[k] for k in ("eta", "alpha", "w_min", "w_max")}}, {})


def dopamine(case):
    p = case["plasticity"]
    # the fourth-order method leaves 1e-14 here: a step is 1/1250 of the fastest time constant
    return run(case, "dx/dt = -x / tau_plus : 1 (event-driven)\ndy/dt = -y / tau_minus : 1 (event-driven)\n"
               "dc/dt = -c / tau_e : 1 (clock-driven)\ndm/dt = -m / tau_d : 1 (clock-driven)", "x += 1\nc += A_minus * y", "y += 1\nc += A_plus * x",
               {"tau_plus": p["tau_plus_ms"] * ms, "tau_minus": p["tau_minus_ms"] * ms, "tau_e": p["tau_e_ms"] * ms,
                "tau_d": case["signal"]["tau_ms"] * ms, **{k: p[k] for k in ("A_plus", "A_minus", "gain")}}, {},
               pulses=case["signal"]["pulses"], weight="dw/dt = gain * c * m / ms : 1 (clock-driven)", method="rk4")


def short_term(case):
    p = case["plasticity"]
    rest = p.get("u_rest", "0")
    return run(case, f"du/dt = ({rest} - u) / tau_fac : 1 (event-driven)\ndx/dt = (1 - x) / tau_rec : 1 (event-driven)\nsent : 1",
               "u += U * (1 - u)\nsent = w * u * x\nx -= u * x", None,
               {"U": p["U"], "tau_fac": p["tau_fac_ms"] * ms, "tau_rec": p["tau_rec_ms"] * ms}, {"x": 1, "u": 0 if rest == "0" else p["U"]},
               with_sent="sent")


def cases():
    rule = {"rule": "stdp_pair", "preset": "brian2", "tau_plus_ms": 20.0, "tau_minus_ms": 33.0, "w_min": 0.0, "w_max": 1.0, "A_plus": 0.01, "A_minus": -0.0105}
    for ties in (False, True):
        tag = "-ties" if ties else ""
        for pairing in ("all_to_all", "nearest"):
            for dependence in ("additive", "multiplicative"):
                yield pair, trains.case(f"brian2-{dependence}-{pairing}{tag}", "equations", {**rule, "dependence": dependence, "pairing": pairing}, 21,
                                        axonal_ms=2.125, dendritic_ms=0.75, ties=ties)
        yield triplet, trains.case("brian2-triplet" + tag, "equations", {
            "rule": "stdp_triplet", "preset": "brian2", "A2_plus": 5e-3, "A3_plus": 6.2e-3, "A2_minus": 7e-3, "A3_minus": 2.3e-3, "tau_plus_ms": 16.8,
            "tau_x_ms": 101.0, "tau_minus_ms": 33.7, "tau_y_ms": 125.0, "w_min": 0.0, "w_max": 4.0}, 24, weight=1.0, axonal_ms=1.0, dendritic_ms=2.5, ties=ties)
        yield vogels, trains.case("brian2-vogels" + tag, "equations", {
            "rule": "stdp_vogels", "preset": "brian2", "eta": 0.02, "alpha": 0.8, "tau_ms": 20.0, "w_min": 0.0, "w_max": 50.0}, 25, weight=2.0,
            axonal_ms=0.5, dendritic_ms=1.0, ties=ties)
        yield dopamine, trains.case("brian2-dopamine" + tag, "equations", {
            "rule": "stdp_eligibility", "preset": "brian2", "A_plus": 0.1, "A_minus": -0.15, "tau_plus_ms": 20.0, "tau_minus_ms": 30.0,
            "tau_e_ms": 700.0, "gain": 0.02, "baseline": 0.0}, 26, weight=1.0, axonal_ms=1.5, dendritic_ms=0.375, ties=ties,
            signal={"tau_ms": 200.0, "pulses": [[t, 0.3] for t in (100.0, 180.0, 300.0, 450.0)]})
    # its examples from papers (Tsodyks 1998, Stimberg 2018) let u fall to 0, which is the preset; other texts let it fall to U
    for name, convention, fac in (("facilitation", {"preset": "brian2"}, 530.0), ("rest-at-U", {"u_rest": "U"}, 150.0)):
        yield short_term, trains.case("brian2-short-term-" + name, "equations", {
            "rule": "tsodyks_markram", **convention, "U": 0.3, "tau_rec_ms": 200.0, "tau_fac_ms": fac}, 29, weight=20.0, axonal_ms=1.0)


if __name__ == "__main__":
    done = [{**case, **measure(case)} for measure, case in cases()]
    trains.write("brian2.json", f"Brian2 {b2.__version__}", done)
