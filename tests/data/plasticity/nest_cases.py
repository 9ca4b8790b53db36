"""Plastic synapses of NEST, one at a time, between two parrots that repeat given spikes; writes nest.json. Needs nest-simulator.

A record is the weight that NEST sends with a presynaptic spike, which is the weight after every event up to and including that spike.
In NEST the whole delay lies behind the synapse (dendritic).
"""
import nest

import trains

nest.verbosity = nest.VerbosityLevel.ERROR if hasattr(nest, "VerbosityLevel") else nest.verbosity


def run(case, synapse, post_parameters, dopamine=()):
    nest.ResetKernel()
    nest.resolution = trains.STEP_MS
    early = trains.STEP_MS  # generators send one step ahead, so that a parrot repeats a spike at the time it is wanted
    pre_source = nest.Create("spike_generator", params={"spike_times": [t - early for t in case["pre_ms"]]})
    post_source = nest.Create("spike_generator", params={"spike_times": [t - early for t in case["post_ms"]]})
    pre, post = nest.Create("parrot_neuron"), nest.Create("parrot_neuron", params=post_parameters)
    nest.Connect(pre_source, pre, syn_spec={"delay": early})
    nest.Connect(post_source, post, syn_spec={"delay": early})
    recorder = nest.Create("weight_recorder")
    # receptor 1 of a parrot counts arrivals without repeating them
    defaults = {"weight_recorder": recorder}
    if dopamine:
        transmitter, source, cell = nest.Create("volume_transmitter"), nest.Create("spike_generator"), nest.Create("parrot_neuron")
        source.set(spike_times=[t - 2 * early for t in dopamine])  # one step to the cell, one to the transmitter
        transmitter.set(deliver_interval=1)
        nest.Connect(source, cell, syn_spec={"delay": early})
        nest.Connect(cell, transmitter, syn_spec={"delay": early})
        defaults["volume_transmitter"] = transmitter
    common = synapse.pop("common", {})
    nest.CopyModel(synapse["synapse_model"], "recorded", {**defaults, **common})
    nest.Connect(pre, post, syn_spec={**synapse, "synapse_model": "recorded", "delay": case["dendritic_ms"], "receptor_type": 1,
                                      "weight": case["weight"]})
    nest.Simulate(case["duration_ms"])
    events = recorder.events
    sent = sorted(zip(events["times"], events["weights"]))
    assert len(sent) == len(case["pre_ms"]), (case["id"], len(sent), len(case["pre_ms"]))
    return [weight for _, weight in sent]


def pair(case):
    p = case["plasticity"]
    synapse = {"synapse_model": case["model"]}
    post = {"tau_minus": p["tau_minus_ms"]}
    if case["model"] in ("stdp_synapse", "stdp_nn_symm_synapse"):
        names = {"lambda": "lambda", "alpha": "alpha", "mu_plus": "mu_plus", "mu_minus": "mu_minus", "w_max": "Wmax", "tau_plus_ms": "tau_plus"}
        synapse.update({names[k]: p[k] for k in names if k in p})
        if p["dependence"] == "additive":
            synapse.update({"mu_plus": 0.0, "mu_minus": 0.0, "lambda": p["A_plus"], "alpha": -p["A_minus"] / p["A_plus"]})
    elif case["model"] == "stdp_pl_synapse_hom":
        synapse["common"] = {"lambda": p["lambda"], "alpha": p["alpha"], "mu": p["mu"], "tau_plus": p["tau_plus_ms"]}
    return run(case, synapse, post)


def triplet(case):
    p = case["plasticity"]
    return run(case, {"synapse_model": case["model"], "tau_plus": p["tau_plus_ms"], "tau_plus_triplet": p["tau_x_ms"], "Aplus": p["A2_plus"],
                      "Aplus_triplet": p["A3_plus"], "Aminus": p["A2_minus"], "Aminus_triplet": p["A3_minus"], "Wmax": p["w_max"]},
               {"tau_minus": p["tau_minus_ms"], "tau_minus_triplet": p["tau_y_ms"]})


def vogels(case):
    p = case["plasticity"]
    return run(case, {"synapse_model": case["model"], "tau": p["tau_ms"], "eta": p["eta"], "alpha": p["alpha"], "Wmax": p["w_max"]},
               {"tau_minus": p["tau_ms"]})


def short_term(case):
    p = case["plasticity"]
    # NEST keeps u as the next spike will use it
    return run(case, {"synapse_model": case["model"], "U": p["U"], "u": p["U"], "x": 1.0, "tau_rec": p["tau_rec_ms"], "tau_fac": p["tau_fac_ms"]}, {})


def dopamine(case):
    p = case["plasticity"]
    # NEST's pulse adds 1 / tau_n to the modulator; the case states amplitudes, all of them that
    return run(case, {"synapse_model": case["model"], "common": {
        "A_plus": p["A_plus"], "A_minus": -p["A_minus"], "tau_plus": p["tau_plus_ms"], "tau_c": p["tau_e_ms"], "tau_n": case["signal"]["tau_ms"],
        "b": p["baseline"], "Wmin": p["w_min"], "Wmax": p["w_max"]}}, {"tau_minus": p["tau_minus_ms"]},
        dopamine=[t for t, _ in case["signal"]["pulses"]])


def cases():
    pair_rule = {"rule": "stdp_pair", "preset": "nest", "tau_plus_ms": 20.0, "tau_minus_ms": 33.0, "w_min": 0.0}
    guetig = {**pair_rule, "dependence": "guetig", "lambda": 0.03, "alpha": 1.1, "mu_plus": 0.4, "mu_minus": 0.7, "w_max": 1.5}
    for ties in (False, True):
        tag = "-ties" if ties else ""
        yield pair, trains.case("nest-guetig" + tag, "stdp_synapse", guetig, 1, dendritic_ms=1.5, ties=ties)
        # this synapse takes time 0 for a presynaptic spike, so nothing postsynaptic may come before the first true one
        nearest = trains.case("nest-nearest" + tag, "stdp_nn_symm_synapse", {**guetig, "pairing": "nearest"}, 2, dendritic_ms=2.25, ties=ties)
        nearest["post_ms"] = [t for t in nearest["post_ms"] if t > nearest["pre_ms"][0]]
        yield pair, nearest
        yield pair, trains.case("nest-power-law" + tag, "stdp_pl_synapse_hom", {
            **pair_rule, "dependence": "power_law", "lambda": 0.1, "alpha": 0.06, "mu": 0.4}, 3, weight=45.0, dendritic_ms=1.5, ties=ties)
        yield triplet, trains.case("nest-triplet" + tag, "stdp_triplet_synapse", {
            "rule": "stdp_triplet", "preset": "nest", "A2_plus": 5e-3, "A3_plus": 6.2e-3, "A2_minus": 7e-3, "A3_minus": 2.3e-3, "tau_plus_ms": 16.8,
            "tau_x_ms": 101.0, "tau_minus_ms": 33.7, "tau_y_ms": 125.0, "w_min": 0.0, "w_max": 4.0}, 4, weight=1.0, dendritic_ms=0.875, ties=ties)
        yield vogels, trains.case("nest-vogels" + tag, "vogels_sprekeler_synapse", {
            "rule": "stdp_vogels", "preset": "nest", "eta": 0.02, "alpha": 0.8, "tau_ms": 20.0, "w_min": 0.0, "w_max": 50.0}, 5, weight=2.0,
            dendritic_ms=1.0, ties=ties)
        pulse = 1 / 200.0
        yield dopamine, trains.case("nest-dopamine" + tag, "stdp_dopamine_synapse", {
            "rule": "stdp_eligibility", "preset": "nest", "A_plus": 0.05, "A_minus": -0.06, "tau_plus_ms": 20.0, "tau_minus_ms": 30.0,
            "tau_e_ms": 700.0, "gain": 1.0, "baseline": 0.002, "w_min": 0.0, "w_max": 10.0}, 6, weight=5.0, dendritic_ms=1.25, ties=ties,
            signal={"tau_ms": 200.0, "pulses": [[t, pulse] for t in (100.0, 180.0, 300.0, 450.0)]})
    yield pair, trains.case("nest-additive", "stdp_synapse", {
        **pair_rule, "dependence": "additive", "A_plus": 0.02, "A_minus": -0.025, "w_max": 1.5}, 7, dendritic_ms=3.125)
    yield pair, trains.case("nest-multiplicative", "stdp_synapse", {**guetig, "mu_plus": 1.0, "mu_minus": 1.0}, 8, dendritic_ms=0.125)
    for name, fac in (("depression", 0.0), ("facilitation", 530.0)):
        yield short_term, trains.case("nest-tsodyks-" + name, "tsodyks2_synapse", {
            "rule": "tsodyks_markram", "preset": "nest", "U": 0.3, "tau_rec_ms": 200.0, "tau_fac_ms": fac}, 9, weight=20.0, dendritic_ms=1.0)


if __name__ == "__main__":
    done = []
    for measure, case in cases():
        case["sent"] = measure(case)
        done.append(case)
    trains.write("nest.json", f"NEST {nest.__version__}", done)
