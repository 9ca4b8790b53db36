"""Single plastic synapses worked out with 60 digits; writes further.json in the form of oracle.json, rules named as in network files.

Needs mpmath. Every trace is a sum over all earlier spikes of its side; between two instants the signal's part is a closed form.
"""
import json
import random

from mpmath import exp, mp, mpf, nstr

mp.dps = 60


class Synapse:
    """One case; times in ms at the synapse."""

    def __init__(self, case):
        self.rules = case["rule"] if isinstance(case["rule"], list) else [case["rule"]]
        of = {r["name"] == "tsodyks_markram": r for r in self.rules}
        self.short = of[True]["params"] if True in of else None
        self.name = of[False]["name"] if False in of else ""
        self.p = of[False]["params"] if False in of else {}
        s = case["synapse"]
        self.pre = [mpf(str(t)) + mpf(str(s["axonal_delay"])) for t in case["pre"]]
        self.post = [mpf(str(t)) + mpf(str(s["dendritic_delay"])) for t in case.get("post", [])]
        self.pulses = [(mpf(str(p["time"])), mpf(str(p["amplitude"]))) for p in case.get("modulator_pulses", [])]
        self.w, self.c, self.last = mpf(str(s["weight"])), mpf(0), mpf(0)
        self.zero_lag = self.p.get("zero_lag", "none")
        self.amplitudes = []
        self.u, self.x, self.used = None, mpf(1), None

    def number(self, name, otherwise=None):
        return mpf(str(self.p[name])) if name in self.p else otherwise

    def trace(self, train, t, tau, with_now):
        ages = [t - s for s in train if s < t or (with_now and s == t)]
        if self.p.get("pairing") == "nearest":
            ages = ages[-1:]
        return sum((exp(-a / tau) for a in ages), mpf(0))

    def of_pre(self, t, tau, with_now):
        return self.trace(self.pre, t, self.number(tau), with_now)

    def of_post(self, t, tau, with_now):
        return self.trace(self.post, t, self.number(tau), with_now)

    def clipped(self, w):
        low, high = self.number("w_min"), self.number("w_max")
        if low is not None:
            w = max(w, low)
        return w if high is None else min(w, high)

    def up(self):
        n, form = self.number, self.p.get("dependence", "additive")
        if form == "additive":
            return n("A_plus") * (n("w_max") if self.p.get("amplitude") == "times_w_max" else 1)
        if form == "multiplicative":
            return n("A_plus") * (n("w_max") - self.w)
        if form == "guetig":
            return n("lambda") * n("w_max") * (1 - self.w / n("w_max")) ** n("mu_plus")
        return n("lambda") * self.w ** n("mu")

    def down(self):
        n, form = self.number, self.p.get("dependence", "additive")
        if form == "additive":
            return n("A_minus") * (n("w_max") if self.p.get("amplitude") == "times_w_max" else 1)
        if form == "multiplicative":
            return n("A_minus") * (self.w - n("w_min"))
        if form == "guetig":
            return -n("alpha") * n("lambda") * n("w_max") * (self.w / n("w_max")) ** n("mu_minus")
        return -n("alpha") * n("lambda") * self.w

    def share(self, side):
        return self.number("tau") / self.number("tau_mean") if self.p["about"] in ("both", side) else mpf(0)

    def on_pre(self, t, sees):
        n = self.number
        if self.name == "stdp_pair":
            self.w += self.down() * self.of_post(t, "tau_minus", sees)
        elif self.name == "stdp_triplet":
            self.w -= self.of_post(t, "tau_minus", sees) * (n("A2_minus") + n("A3_minus") * self.of_pre(t, "tau_x", False))
        elif self.name == "stdp_vogels":
            self.w += n("eta") * (self.of_post(t, "tau", sees) - n("alpha"))
        elif self.name in ("stdp_eligibility", "stdp_deferred"):
            self.c += n("A_minus") * self.of_post(t, "tau_minus", sees)
        elif self.name == "pre_eligibility":
            self.c += n("A")
        elif self.name == "covariance_eligibility":
            self.c += n("A") * (self.of_post(t, "tau", sees) - self.share("post") * self.of_post(t, "tau_mean", sees))
        self.w = self.clipped(self.w)

    def on_post(self, t, sees):
        n = self.number
        if self.name == "stdp_pair":
            self.w += self.up() * self.of_pre(t, "tau_plus", sees)
        elif self.name == "stdp_triplet":
            self.w += self.of_pre(t, "tau_plus", sees) * (n("A2_plus") + n("A3_plus") * self.of_post(t, "tau_y", False))
        elif self.name == "stdp_vogels":
            self.w += n("eta") * self.of_pre(t, "tau", sees)
        elif self.name == "oja":
            self.w += n("eta") * (self.of_pre(t, "tau", sees) - self.w * self.of_post(t, "tau", False))
        elif self.name in ("stdp_eligibility", "stdp_deferred"):
            self.c += n("A_plus") * self.of_pre(t, "tau_plus", sees)
        elif self.name == "covariance_eligibility":
            self.c += n("A") * (self.of_pre(t, "tau", sees) - self.share("pre") * self.of_pre(t, "tau_mean", sees))
        self.w = self.clipped(self.w)

    def modulator(self, t, with_now):
        if self.p.get("modulator") != "decaying":
            return mpf(0)
        return sum((a * exp(-(t - s) / self.number("tau_d")) for s, a in self.pulses if s < t or (with_now and s == t)), mpf(0))

    def bring_to(self, t):
        """Everything between the instants; a decaying modulator has no pulse within."""
        if self.name.endswith("_eligibility"):
            d, e = t - self.last, self.number("tau_e")
            drive = -self.number("baseline", mpf(0)) * e * (1 - exp(-d / e)) if self.p.get("modulator") == "decaying" else mpf(0)
            if self.p.get("modulator") == "decaying":
                k = 1 / e + 1 / self.number("tau_d")
                drive += self.modulator(self.last, True) * (1 - exp(-k * d)) / k
            self.w += self.number("gain") * self.c * drive
            self.c *= exp(-d / e)
        self.last = t

    def pulse(self, t):
        for s, amplitude in self.pulses:
            if s != t or self.p["modulator"] == "decaying":
                continue
            if self.name == "stdp_deferred":
                self.c *= self.number("keep") ** amplitude
                self.w = self.clipped(self.w + self.number("drift") * amplitude + self.c)
            else:
                self.w += self.number("gain") * amplitude * self.c

    def recovered(self, t):
        n = {k: mpf(str(v)) for k, v in self.short.items() if k != "u_rest"}
        rest = n["U"] if self.short["u_rest"] == "U" else mpf(0)
        if self.used is None:
            return rest, mpf(1)
        u = rest + (self.u - rest) * exp(-(t - self.used) / n["tau_fac"]) if n["tau_fac"] > 0 else (self.u if t == self.used else rest)
        return u, 1 - (1 - self.x) * exp(-(t - self.used) / n["tau_rec"])

    def release(self, t):
        U = mpf(str(self.short["U"]))
        u, x = self.recovered(t)
        self.u = u + U * (1 - u) if self.short["tau_fac"] > 0 else U
        self.x, self.used = x - self.u * x, t
        return self.u * x

    def spikes(self, t):
        pre, post = t in self.pre, t in self.post
        post_sees, pre_sees = self.zero_lag in ("potentiate", "both"), self.zero_lag in ("depress", "both")
        self.w = self.clipped(self.w)
        if post and self.zero_lag != "potentiate":
            self.on_post(t, post_sees)
        if pre:
            self.on_pre(t, pre_sees)
            self.amplitudes.append(self.w * (self.release(t) if self.short else 1))
        if post and self.zero_lag == "potentiate":
            self.on_post(t, post_sees)

    def record(self, t):
        out = {"time": t}
        out["w"] = self.clipped(self.w)
        traces = {"x": ("pre", "tau_plus"), "y": ("post", "tau_minus")}
        if self.name in ("stdp_vogels", "oja", "covariance_eligibility"):
            traces = {"x": ("pre", "tau"), "y": ("post", "tau")}
        if self.name == "covariance_eligibility":
            traces.update(x_mean=("pre", "tau_mean"), y_mean=("post", "tau_mean"))
        if self.name == "stdp_triplet":
            traces = {"r1": ("pre", "tau_plus"), "r2": ("pre", "tau_x"), "o1": ("post", "tau_minus"), "o2": ("post", "tau_y")}
        if self.name in ("pre_eligibility", ""):
            traces = {}
        for name, (side, tau) in traces.items():
            out[name] = self.trace(getattr(self, side), t, self.number(tau), True)
        if self.name.endswith("_eligibility"):
            out["eligibility"], out["modulator"] = self.c, self.modulator(t, True)
        if self.name == "stdp_deferred":
            out["collected"] = self.c
        if self.short:
            u, x = self.recovered(t)
            out.update({"u": u, ("tsodyks_markram.x" if "x" in out else "x"): x})
        return out

    def run(self, record_times):
        instants = sorted({(t, 0) for t in self.pre + self.post} | {(t, 1) for t, _ in self.pulses} |
                          {(mpf(str(t)), 2) for t in record_times})
        records = []
        for t, what in instants:
            if what == 2:
                kept = self.w, self.c, self.last  # looking changes nothing
                self.bring_to(t)
                records.append(self.record(t))
                self.w, self.c, self.last = kept
                continue
            self.bring_to(t)
            self.spikes(t) if what == 0 else self.pulse(t)
        return records


def text(value):
    return nstr(value, 20, min_fixed=-4, max_fixed=6)


def train(draw, spikes, mean_gap, grid):
    times, t = [], 10.0
    while len(times) < spikes:
        t += draw.expovariate(1 / mean_gap)
        s = round(t * 64) / 64 if grid else round(t, 4)
        if not times or s > times[-1]:
            times.append(s)
    return times


def cases():
    pair = {"tau_plus": 18.3, "tau_minus": 31.9, "w_min": 0, "w_max": 1}
    forms = {"additive": {"A_plus": 0.021, "A_minus": -0.0173},
             "multiplicative": {"A_plus": 0.037, "A_minus": -0.029, "w_min": 0.12},
             "guetig": {"lambda": 0.043, "alpha": 1.07, "mu_plus": 0.37, "mu_minus": 0.81, "w_max": 1.6},
             "power_law": {"lambda": 0.11, "alpha": 0.19, "mu": 0.43, "w_max": 50}}
    for form, numbers in forms.items():
        for pairing in ("all_to_all", "nearest"):
            yield "stdp_pair", {**pair, **numbers, "dependence": form, "pairing": pairing, "zero_lag": "none"}, {}
        for zero_lag in ("potentiate", "depress", "both"):
            yield "stdp_pair", {**pair, **numbers, "dependence": form, "pairing": "nearest" if form == "additive" else "all_to_all",
                                "zero_lag": zero_lag}, {"tie": True}
    yield "stdp_pair", {**pair, "A_plus": 0.4, "A_minus": -0.3, "w_max": 2.5, "amplitude": "times_w_max", "dependence": "additive"}, {}
    for delay in ((0.002, 0), (0, 0.002), (31.25, 0), (0, 31.25), (7.5, 19.5)):
        yield "stdp_pair", {**pair, **forms["guetig"], "dependence": "guetig"}, {"delay": delay}
    triplet = {"tau_plus": 16.8, "tau_x": 101, "tau_minus": 33.7, "tau_y": 125, "A2_plus": 0.0046, "A3_plus": 0.0071,
               "A2_minus": 0.0035, "A3_minus": 0.0021, "w_min": 0, "w_max": 3}
    vogels = {"tau": 21.7, "eta": 0.031, "alpha": 0.63, "w_min": 0, "w_max": 1000}
    oja = {"tau": 24.1, "eta": 0.027, "w_min": 0, "w_max": 9}
    for name, numbers in (("stdp_triplet", triplet), ("stdp_vogels", vogels), ("oja", oja)):
        for zero_lag in ("none", "potentiate", "depress", "both"):
            yield name, {**numbers, "zero_lag": zero_lag, "pairing": "nearest" if zero_lag == "both" else "all_to_all"}, {"tie": True}
    elig = {"tau_plus": 17.2, "tau_minus": 28.4, "A_plus": 0.031, "A_minus": -0.024, "tau_e": 310, "gain": 0.7}
    for more in ({"modulator": "decaying", "tau_d": 140, "baseline": 0.05}, {"modulator": "decaying", "tau_d": 310, "baseline": -0.02},
                 {"modulator": "decaying", "tau_d": 9, "baseline": 0, "tau_e": 2500}, {"modulator": "instant"},
                 {"modulator": "instant", "tau_e": 25, "pairing": "nearest"}):
        yield "stdp_eligibility", {**elig, **more}, {}
    for zero_lag in ("none", "potentiate", "depress", "both"):
        kind = {"modulator": "instant"} if zero_lag in ("none", "both") else {"modulator": "decaying", "tau_d": 80, "baseline": 0.01}
        yield "stdp_eligibility", {**elig, **kind, "zero_lag": zero_lag}, {"tie": True}
    for more in ({"modulator": "decaying", "tau_d": 60, "baseline": 0.1}, {"modulator": "instant"}):
        yield "pre_eligibility", {"A": 0.3, "tau_e": 45, "gain": 0.4, **more}, {}
    for about in ("both", "post", "pre", "none"):
        kind = {"modulator": "instant"} if about == "pre" else {"modulator": "decaying", "tau_d": 220, "baseline": 0.02}
        yield "covariance_eligibility", {"A": 0.02, "tau": 19, "tau_mean": 450, "tau_e": 370, "gain": 0.5, "about": about, **kind}, {}
    deferred = {"tau_plus": 19.5, "tau_minus": 19.5, "A_plus": 0.1, "A_minus": -0.12, "w_min": 0, "w_max": 10, "modulator": "instant"}
    yield "stdp_deferred", {**deferred, "keep": 0.9, "drift": 0.01}, {"pulses": 1, "weight": 6}
    yield "stdp_deferred", {**deferred, "keep": 0.75, "drift": -0.02, "pairing": "nearest", "zero_lag": "potentiate"}, {"pulses": 1,
                                                                                                                     "weight": 2, "tie": True}
    for short in ({"U": 0.45, "tau_rec": 510, "tau_fac": 0, "u_rest": "zero"}, {"U": 0.08, "tau_rec": 40, "tau_fac": 900, "u_rest": "U"},
                  {"U": 1, "tau_rec": 130, "tau_fac": 55, "u_rest": "zero"}, {"U": 0.27, "tau_rec": 3, "tau_fac": 0, "u_rest": "U"}):
        yield "tsodyks_markram", short, {}
    for name, numbers in (("stdp_pair", {**pair, **forms["multiplicative"], "dependence": "multiplicative"}), ("stdp_triplet", triplet)):
        yield [{"name": "tsodyks_markram", "params": {"U": 0.22, "tau_rec": 230, "tau_fac": 410, "u_rest": "zero"}},
               {"name": name, "params": numbers}], None, {}


def make(number, name, params, more):
    draw = random.Random(7100 + number)
    tie = more.get("tie", False)
    delay = more.get("delay") or ((draw.randrange(64) / 64, draw.randrange(1, 128) / 64) if tie else
                                  (round(draw.uniform(0, 4), 3), round(draw.uniform(0, 4), 3)))
    case = {"id": f"F{number:02d}", "rule": name if params is None else {"name": name, "params": params},
            "synapse": {"weight": more.get("weight", 0.5), "axonal_delay": delay[0], "dendritic_delay": delay[1]},
            "pre": train(draw, 60, 22, tie)}
    if name != "tsodyks_markram":
        case["post"] = train(draw, 60, 21, tie)
        if tie:  # every third post spike meets a pre spike at the synapse
            shift = delay[0] - delay[1]
            case["post"] = sorted(set(case["post"][::3]) | {t + shift for t in case["pre"][1::2]})
    end = round(max(case["pre"][-1], *case.get("post", [0])) + 60)
    case["duration"] = end
    if params and "modulator" in params:
        times = sorted(draw.uniform(30, end - 20) for _ in range(9))
        amplitude = (lambda: more["pulses"]) if "pulses" in more else (lambda: round(draw.uniform(-0.5, 1.2), 3))
        case["modulator_pulses"] = [{"time": round(t * 64) / 64 if tie else round(t, 4), "amplitude": amplitude()} for t in times]
        if tie:  # pulses at the very instants of spikes at the synapse
            for k, t in ((2, case["pre"][20] + delay[0]), (5, case["pre"][41] + delay[0])):
                case["modulator_pulses"][k]["time"] = t
            case["modulator_pulses"].sort(key=lambda p: p["time"])
    case["record_times"] = [round(end * k / 6 * 64) / 64 for k in range(1, 7)]
    if tie:
        case["record_times"][2] = case["pre"][30] + delay[0]
        case["record_times"] = sorted(set(case["record_times"]))
    synapse = Synapse(case)
    records = synapse.run(case["record_times"])
    scale = {key: max(abs(r[key]) for r in records) for key in records[0] if key != "time"}
    scale["w"] = max(scale["w"], abs(mpf(str(case["synapse"]["weight"]))))
    case["expected"] = {"records": [{k: float(v) if k == "time" else text(v) for k, v in r.items()} for r in records],
                        "scale": {k: text(v) for k, v in scale.items()}, "amplitudes": [text(a) for a in synapse.amplitudes]}
    return case


made = [make(number, *case) for number, case in enumerate(cases(), 1)]
with open("further.json", "w") as file:
    file.write('{"cases": [\n' + ",\n".join(json.dumps(case) for case in made) + "\n]}\n")
print(len(made), "cases")
