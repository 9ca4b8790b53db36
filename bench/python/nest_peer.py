"""Runs one workload in NEST and prints a JSON object. Argument: {"workload", "threads", "window": [warm-up, timed], "seed", "scale"}."""
import json
import resource
import sys
import time

import nest

import answers
import microcircuit


def poisson(rate_hz, targets, weight, delay):
    """An independent train for every target."""
    nest.Connect(nest.Create("poisson_generator", params={"rate": rate_hz}), targets, syn_spec={"weight": weight, "delay": delay})


def make_microcircuit(spec):
    net = microcircuit.Scaled(spec["scale"])
    cell = {"tau_m": 10.0, "C_m": 250.0, "tau_syn_ex": 0.5, "tau_syn_in": 0.5, "E_L": -65.0, "V_reset": -65.0, "V_th": -50.0, "t_ref": 2.0}
    populations = {}
    for k, name in enumerate(microcircuit.POPULATIONS):
        cells = nest.Create("iaf_psc_exp", net.sizes[k], params={**cell, "I_e": net.current[k]})
        cells.V_m = nest.random.normal(microcircuit.START_MEAN[k], microcircuit.START_SD[k])
        poisson(net.external_hz[k], cells, net.external_weight, 1.5)
        populations[name] = cells
    order = list(populations.values())
    for t, s, number, weight, delay, delay_sd in net.projections():
        limits = {"max": 0.0} if weight < 0 else {"min": 0.0}
        nest.Connect(order[s], order[t], {"rule": "fixed_total_number", "N": number},
                     {"weight": nest.math.redraw(nest.random.normal(weight, 0.1 * abs(weight)), **{"min": -1e9, "max": 1e9, **limits}),
                      "delay": nest.math.redraw(nest.random.normal(delay, delay_sd), min=0.05, max=1e3)})
    return populations


def make_brunel_alpha(spec):
    J, g, rate = 20.680155, 5.0, 17789.008
    cell = {"tau_m": 20.0, "C_m": 250.0, "tau_syn_ex": 0.5, "tau_syn_in": 0.5, "E_L": 0.0, "V_reset": 0.0, "V_th": 20.0, "t_ref": 2.0,
            "V_m": 0.0}
    E, I = nest.Create("iaf_psc_alpha", 10000, params=cell), nest.Create("iaf_psc_alpha", 2500, params=cell)
    poisson(rate, E + I, J, 1.5)
    nest.Connect(E, E + I, {"rule": "fixed_indegree", "indegree": 1000}, {"weight": J, "delay": 1.5})
    nest.Connect(I, E + I, {"rule": "fixed_indegree", "indegree": 250}, {"weight": -g * J, "delay": 1.5})
    return {"E": E, "I": I}


def make_hpc_benchmark(spec):
    J, g, rate, scale = 45.6096, 5.0, 20856.037, spec["scale"]
    C_E, C_I = round(9000 * scale), round(2250 * scale)
    cell = {"tau_m": 10.0, "C_m": 250.0, "tau_syn_ex": 0.32582722403722841, "tau_syn_in": 0.32582722403722841, "E_L": 0.0, "V_reset": 0.0,
            "V_th": 20.0, "t_ref": 0.5, "tau_minus": 30.0}
    E, I = nest.Create("iaf_psc_alpha", C_E, params=cell), nest.Create("iaf_psc_alpha", C_I, params=cell)
    (E + I).V_m = nest.random.normal(5.7, 7.2)
    poisson(rate, E + I, J, 1.5)
    nest.CopyModel("stdp_pl_synapse_hom", "learned", {"alpha": 0.0513, "lambda": 0.1, "mu": 0.4, "tau_plus": 15.0})
    rule = {"rule": "fixed_indegree", "allow_autapses": False}
    nest.Connect(E, E, {**rule, "indegree": C_E}, {"synapse_model": "learned", "weight": J, "delay": 1.5})
    nest.Connect(E, I, {**rule, "indegree": C_E}, {"weight": J, "delay": 1.5})
    nest.Connect(I, E + I, {**rule, "indegree": C_I}, {"weight": -g * J, "delay": 1.5})
    return {"E": E, "I": I}


def make_coba(spec):
    cell = {"C_m": 200.0, "g_L": 10.0, "E_L": -60.0, "V_th": -50.0, "V_reset": -60.0, "t_ref": 5.0, "E_ex": 0.0, "E_in": -80.0,
            "tau_syn_ex": 5.0, "tau_syn_in": 10.0, "I_e": 200.0}
    E, I = nest.Create("iaf_cond_exp", 3200, params=cell), nest.Create("iaf_cond_exp", 800, params=cell)
    (E + I).V_m = nest.random.uniform(-60.0, -50.0)
    nest.Connect(E, E + I, {"rule": "pairwise_bernoulli", "p": 0.02}, {"weight": 4.0, "delay": 0.8})
    nest.Connect(I, E + I, {"rule": "pairwise_bernoulli", "p": 0.02}, {"weight": -51.0, "delay": 0.8})
    return {"E": E, "I": I}


def make_izhikevich_2003(spec):
    import numpy as np
    r = np.random.default_rng(spec["seed"])
    e, i = r.random(800), r.random(200)
    numerics = {"consistent_integration": False, "V_th": 30.0, "V_m": -65.0}
    E = nest.Create("izhikevich", 800, params=[{**numerics, "a": 0.02, "b": 0.2, "c": -65 + 15 * x * x, "d": 8 - 6 * x * x, "U_m": -13.0}
                                               for x in e])
    I = nest.Create("izhikevich", 200, params=[{**numerics, "a": 0.02 + 0.08 * x, "b": 0.25 - 0.05 * x, "c": -65.0, "d": 2.0,
                                                "U_m": -65 * (0.25 - 0.05 * x)} for x in i])
    for cells, sd in ((E, 5.0), (I, 2.0)):
        nest.Connect(nest.Create("noise_generator", params={"std": sd, "dt": 1.0}), cells)
    nest.Connect(E, E + I, "all_to_all", {"weight": nest.random.uniform(0.0, 0.5), "delay": 1.0})
    nest.Connect(I, E + I, "all_to_all", {"weight": nest.random.uniform(-1.0, 0.0), "delay": 1.0})
    return {"E": E, "I": I}


def make_izhikevich_100k(spec):
    numerics = {"consistent_integration": False, "V_th": 30.0, "V_m": -65.0, "U_m": -13.0, "b": 0.2, "c": -65.0}
    E = nest.Create("izhikevich", 80000, params={**numerics, "a": 0.02, "d": 8.0})
    I = nest.Create("izhikevich", 20000, params={**numerics, "a": 0.1, "d": 2.0})
    poisson(1.0, E + I, 20.0, 1.0)
    nest.Connect(E, E + I, {"rule": "fixed_outdegree", "outdegree": 100}, {"weight": 6.0, "delay": 1.0 + nest.random.uniform_int(20)})
    nest.Connect(I, E, {"rule": "fixed_outdegree", "outdegree": 100}, {"weight": -5.0, "delay": 1.0})
    return {"E": E, "I": I}


# workload: how to make it, step in ms
MAKERS = {"microcircuit": (make_microcircuit, 0.1), "brunel_alpha": (make_brunel_alpha, 0.1),
          "hpc_benchmark": (make_hpc_benchmark, 0.1), "coba": (make_coba, 0.1),
          "izhikevich_2003": (make_izhikevich_2003, 1.0), "izhikevich_100k": (make_izhikevich_100k, 1.0)}


def main():
    spec = json.loads(sys.argv[1])
    make, step_ms = MAKERS[spec["workload"]]
    begin = time.perf_counter()
    nest.ResetKernel()
    nest.set_verbosity("M_ERROR")
    nest.SetKernelStatus({"resolution": step_ms, "local_num_threads": spec["threads"], "rng_seed": spec["seed"], "print_time": False})
    populations = make(spec)
    recorders = {}
    warmup_ms, timed_ms = spec["window"]
    for name, cells in populations.items():
        recorders[name] = nest.Create("spike_recorder", params={"start": float(warmup_ms)})
        nest.Connect(cells, recorders[name])
    nest.Prepare()
    build_s = time.perf_counter() - begin
    if warmup_ms > 0:
        nest.Run(float(warmup_ms))
    wall, cpu = time.perf_counter(), time.process_time()
    nest.Run(float(timed_ms))
    wall, cpu = time.perf_counter() - wall, time.process_time() - cpu
    nest.Cleanup()
    found = {}
    for name, cells in populations.items():
        events = recorders[name].events
        found[name] = answers.of_spikes(events["senders"] - cells[0].global_id, events["times"], len(cells), (warmup_ms, warmup_ms + timed_ms))
    report = answers.collect(found)
    report.update(build_s=build_s, run_s=wall, cpu_s=cpu, synapses=int(nest.num_connections),
                  peak_bytes=resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024)
    print("RESULT " + json.dumps(report))


main()
