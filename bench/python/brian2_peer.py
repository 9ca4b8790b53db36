"""Runs one workload in Brian2, as a C++ standalone program, and prints a JSON object. Argument: {"workload", "threads",
"window": [warm-up, timed], "seed", "scale", "folder"}. The program is kept in the folder and only run when it is there already."""
import hashlib
import json
import pathlib
import subprocess
import sys
import time

import numpy as np

import answers
import microcircuit

CLOCK = r"""
{
  timespec wall; clock_gettime(CLOCK_MONOTONIC, &wall);
  rusage used; getrusage(RUSAGE_SELF, &used);
  FILE* out = std::fopen("clock.txt", "%s");
  std::fprintf(out, "%%.9f %%.6f %%ld\n", wall.tv_sec + 1e-9 * wall.tv_nsec, used.ru_utime.tv_sec + used.ru_stime.tv_sec +
               1e-6 * (used.ru_utime.tv_usec + used.ru_stime.tv_usec), used.ru_maxrss);
  std::fclose(out);
}
"""


def make_microcircuit(b, spec, random):
    net = microcircuit.Scaled(spec["scale"])
    equations = """dv/dt = (E_L - v)/tau_m + (I + I_e)/C_m : volt (unless refractory)
                   dI/dt = -I/tau_s : amp
                   I_e : amp (constant)"""
    names = {"E_L": -65 * b.mV, "tau_m": 10 * b.ms, "C_m": 250 * b.pF, "tau_s": 0.5 * b.ms}
    first = np.concatenate([[0], np.cumsum(net.sizes)])
    cells = b.NeuronGroup(int(first[-1]), equations, threshold="v >= -50*mV", reset="v = -65*mV", refractory=2 * b.ms, method="exact",
                          namespace=names)
    v, current = np.empty(first[-1]), np.empty(first[-1])
    parts, objects = {}, [cells]
    for k, name in enumerate(microcircuit.POPULATIONS):
        v[first[k]:first[k + 1]] = random.normal(microcircuit.START_MEAN[k], microcircuit.START_SD[k], net.sizes[k])
        current[first[k]:first[k + 1]] = net.current[k]
        parts[name] = cells[int(first[k]):int(first[k + 1])]
        objects.append(poisson_drive(parts[name], net.external_hz[k], net.external_weight))
    cells.v, cells.I_e = v * b.mV, current * b.pA
    source, target, weight, delay = [], [], [], []
    for t, s, number, mean, d, d_sd in net.projections():
        source.append(random.integers(first[s], first[s + 1], number, dtype=np.int32))
        target.append(random.integers(first[t], first[t + 1], number, dtype=np.int32))
        weight.append(redrawn(random, mean, 0.1 * abs(mean), number, lambda x, m=mean: x * m >= 0))
        delay.append(np.maximum(np.round(redrawn(random, d, d_sd, number, lambda x: x >= 0.05) * 10), 1) / 10)
    # a spike acts at the end of the step it arrives in, as in the others
    synapses = b.Synapses(cells, cells, "w : amp (constant)", on_pre="I_post += w")
    synapses.connect(i=np.concatenate(source), j=np.concatenate(target))
    synapses.w, synapses.delay = np.concatenate(weight) * b.pA, np.concatenate(delay) * b.ms
    return parts, cells, [*objects, synapses]


def redrawn(random, mean, sd, number, good):
    x = random.normal(mean, sd, number)
    while not (kept := good(x)).all():
        x[~kept] = random.normal(mean, sd, int((~kept).sum()))
    return x


def poisson_drive(cells, rate_hz, weight_pA):
    """An independent train for every cell: the number of arrivals of a step is drawn from the Poisson law."""
    return cells.run_regularly(f"I += {weight_pA}*pA*poisson({rate_hz}*Hz*dt)", when="synapses")


def make_brunel_alpha(b, spec, random):
    J, g, rate = 20.680155, 5.0, 17789.008
    jump = J * np.e  # of x, so that the current peaks at J
    equations = """dv/dt = -v/tau_m + I/C_m : volt (unless refractory)
                   dI/dt = (x - I)/tau_s : amp
                   dx/dt = -x/tau_s : amp"""
    cells = b.NeuronGroup(12500, equations, threshold="v >= 20*mV", reset="v = 0*mV", refractory=2 * b.ms, method="exact",
                          namespace={"tau_m": 20 * b.ms, "C_m": 250 * b.pF, "tau_s": 0.5 * b.ms})
    drive = cells.run_regularly(f"x += {jump}*pA*poisson({rate}*Hz*dt)", when="synapses")
    E, I = cells[:10000], cells[10000:]
    objects = [cells, drive]
    for part, first, size, degree, weight in ((E, 0, 10000, 1000, jump), (I, 10000, 2500, 250, -g * jump)):
        synapses = b.Synapses(part, cells, on_pre=f"x_post += {weight}*pA", delay=1.5 * b.ms)
        synapses.connect(i=random.integers(0, size, 12500 * degree, dtype=np.int32), j=np.repeat(np.arange(12500, dtype=np.int32), degree))
        objects.append(synapses)
    return {"E": E, "I": I}, cells, objects


def make_coba(b, spec, random):
    equations = """dv/dt = ((E_L - v) + ge*(0*mV - v) + gi*(-80*mV - v) + 20*mV)/tau_m : volt (unless refractory)
                   dge/dt = -ge/tau_e : 1
                   dgi/dt = -gi/tau_i : 1"""
    cells = b.NeuronGroup(4000, equations, threshold="v >= -50*mV", reset="v = -60*mV", refractory=5 * b.ms, method="euler",
                          namespace={"E_L": -60 * b.mV, "tau_m": 20 * b.ms, "tau_e": 5 * b.ms, "tau_i": 10 * b.ms})
    cells.v = "-60*mV + 10*mV*rand()"
    E, I = cells[:3200], cells[3200:]
    excite = b.Synapses(E, cells, on_pre="ge_post += 0.4", delay=0.8 * b.ms)
    inhibit = b.Synapses(I, cells, on_pre="gi_post += 5.1", delay=0.8 * b.ms)
    excite.connect(p=0.02)
    inhibit.connect(p=0.02)
    return {"E": E, "I": I}, cells, [cells, excite, inhibit]


HALF_STEPS = """v += 0.5*(0.04*v**2 + 5*v + 140 - u + I)
                v += 0.5*(0.04*v**2 + 5*v + 140 - u + I)
                u += a*(b_*v - u)
                I = {next_input}"""


def izhikevich(b, size, next_input):
    """The published two half steps of 1 ms; I gathers the input of the next step."""
    cells = b.NeuronGroup(size, "v : 1\nu : 1\nI : 1\na : 1 (constant)\nb_ : 1 (constant)\nc : 1 (constant)\nd : 1 (constant)\nsd : 1 (constant)",
                          threshold="v >= 30", reset="v = c; u += d")
    return cells, cells.run_regularly(HALF_STEPS.format(next_input=next_input), when="groups")


def make_izhikevich_2003(b, spec, random):
    cells, step = izhikevich(b, 1000, "sd*randn()")
    r_E, r_I = random.random(800), random.random(200)
    cells.a = np.concatenate([np.full(800, 0.02), 0.02 + 0.08 * r_I])
    cells.b_ = np.concatenate([np.full(800, 0.2), 0.25 - 0.05 * r_I])
    cells.c = np.concatenate([-65 + 15 * r_E**2, np.full(200, -65)])
    cells.d = np.concatenate([8 - 6 * r_E**2, np.full(200, 2)])
    cells.sd = np.repeat([5, 2], [800, 200])
    cells.v = -65
    cells.u, cells.I = "b_*v", "sd*randn()"
    # arrivals join the input of the next step, so a delay of d - 1 steps makes a spike of step n act in step n + d
    synapses = b.Synapses(cells, cells, "w : 1 (constant)", on_pre="I_post += w")
    synapses.connect()
    synapses.w = "rand()*(0.5*int(i < 800) - int(i >= 800))"
    return {"E": cells[:800], "I": cells[800:]}, cells, [cells, step, synapses]


def make_izhikevich_100k(b, spec, random):
    cells, step = izhikevich(b, 100000, "20*int(rand() < 0.001)")
    cells.a, cells.b_, cells.c = np.repeat([0.02, 0.1], [80000, 20000]), 0.2, -65
    cells.d = np.repeat([8, 2], [80000, 20000])
    cells.v, cells.u = -65, -13
    E, I = cells[:80000], cells[80000:]
    excite = b.Synapses(E, cells, on_pre="I_post += 6")
    excite.connect(i=np.repeat(np.arange(80000, dtype=np.int32), 100), j=random.integers(0, 100000, 8000000, dtype=np.int32))
    excite.delay = random.integers(0, 20, 8000000) * b.ms
    inhibit = b.Synapses(I, E, on_pre="I_post -= 5")
    inhibit.connect(i=np.repeat(np.arange(20000, dtype=np.int32), 100), j=random.integers(0, 80000, 2000000, dtype=np.int32))
    return {"E": E, "I": I}, cells, [cells, step, excite, inhibit]


# workload: how to make it, step in ms
MAKERS = {"microcircuit": (make_microcircuit, 0.1), "brunel_alpha": (make_brunel_alpha, 0.1), "coba": (make_coba, 0.1),
          "izhikevich_2003": (make_izhikevich_2003, 1.0), "izhikevich_100k": (make_izhikevich_100k, 1.0)}


def build(spec, folder):
    """Write and compile the program; what is needed to read its results goes to built.json."""
    import brian2 as b
    make, step_ms = MAKERS[spec["workload"]]
    b.set_device("cpp_standalone", directory=str(folder / "program"), build_on_run=False)
    b.prefs.devices.cpp_standalone.openmp_threads = spec["threads"] if spec["threads"] > 1 else 0
    b.prefs.devices.cpp_standalone.extra_make_args_unix = ["-j2"]
    b.prefs.codegen.cpp.headers += ["<sys/resource.h>", "<time.h>", "<cstdio>"]
    b.prefs.core.default_float_dtype = b.float32
    b.defaultclock.dt = step_ms * b.ms
    b.seed(spec["seed"])
    parts, cells, objects = make(b, spec, np.random.default_rng(spec["seed"]))
    monitor = b.SpikeMonitor(cells)
    network = b.Network(objects, monitor)
    warmup_ms, timed_ms = spec["window"]
    if warmup_ms > 0:
        network.run(warmup_ms * b.ms)
    device = b.get_device()
    device.insert_code("main", CLOCK % "w")
    network.run(timed_ms * b.ms)
    device.insert_code("main", CLOCK % "a")
    device.build(directory=str(folder / "program"), compile=True, run=False)
    files = {key: str(device.get_array_filename(monitor.variables[key])) for key in ("i", "t")}
    (folder / "built.json").write_text(json.dumps({
        "spec": spec, "files": files, "parts": {name: [part.start, part.stop] for name, part in parts.items()}}))


def main():
    spec = json.loads(sys.argv[1])
    folder = pathlib.Path(spec.pop("folder")) / f"{spec['workload']}-{spec['threads']}"
    folder.mkdir(parents=True, exist_ok=True)
    begin = time.perf_counter()
    built = folder / "built.json"
    spec["made_by"] = hashlib.sha256(b"".join(pathlib.Path(file).read_bytes() for file in (__file__, microcircuit.__file__))).hexdigest()
    if not built.exists() or json.loads(built.read_text())["spec"] != spec:
        built.unlink(missing_ok=True)
        build(spec, folder)
    about = json.loads(built.read_text())
    build_s = time.perf_counter() - begin
    program = folder / "program"
    ran = subprocess.run(["./main"], cwd=program, capture_output=True, text=True)
    if ran.returncode != 0:
        raise SystemExit(f"the program ended with {ran.returncode}: {ran.stderr[-500:]}")
    (wall0, cpu0, _), (wall1, cpu1, peak_kib) = [[float(x) for x in line.split()] for line in (program / "clock.txt").read_text().splitlines()]
    cells = np.fromfile(program / "results" / about["files"]["i"], dtype=np.int32)
    times = np.fromfile(program / "results" / about["files"]["t"], dtype=np.float64) * 1000
    warmup_ms, timed_ms = spec["window"]
    found = {}
    step_ms = MAKERS[spec["workload"]][1]
    for name, (start, stop) in about["parts"].items():
        mine = (cells >= start) & (cells < stop)
        # Brian2 labels a spike with the start of its step
        found[name] = answers.of_spikes(cells[mine] - start, times[mine] + step_ms, stop - start, (warmup_ms, warmup_ms + timed_ms))
    report = answers.collect(found)
    report.update(build_s=build_s, run_s=wall1 - wall0, cpu_s=cpu1 - cpu0, peak_bytes=int(peak_kib * 1024))
    print("RESULT " + json.dumps(report))


main()
