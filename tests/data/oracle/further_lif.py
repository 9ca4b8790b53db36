#!/usr/bin/env python3
"""Writes further_lif.json: exact integrate-and-fire cells (family A) and networks (B), solved at 70 digits (needs mpmath).

Shares nothing with Spikeloom. Between events V is a sum of terms (polynomial in t) exp(-t/tau); its zeros are isolated by Rolle: divide by one
exponential, differentiate until its polynomial is gone, search the pieces between the zeros of that, so that no crossing can be missed. Every
answer of up to six cells is found once more by a scan in small steps with halving, which must see the same spikes. A case is kept when a change of every weight
and parameter by 1e-13 (relative) moves no spike by 1e-9 ms; those that just touch the threshold on purpose ("touch") are changed by 1e-15.
Names, units and conventions are those of lif-single.json and lif-networks.json.

    python3 further_lif.py          (some minutes; prints a line for each case)
"""
import copy
import heapq
import json
import math
import pathlib
import random

import mpmath as mp

mp.mp.dps = 70
ZERO = mp.mpf(0)
MOST_SPIKES = 120


class TooManySpikes(Exception):
    pass


class Sum:
    """sum over l of P_l(t) exp(-l t)"""

    def __init__(self, terms):
        self.terms = {l: p for l, p in ((l, trimmed(p)) for l, p in terms.items()) if p}

    def at(self, t):
        return mp.fsum(mp.polyval(p[::-1], t) * mp.exp(-l * t) for l, p in self.terms.items())

    def reduced(self):
        """exp(l t) times this, differentiated, l the smallest rate: between two zeros of this lies one of that."""
        least = min(self.terms)
        out = {}
        for l, p in self.terms.items():
            k = l - least
            q = [(c * (i + 1)) for i, c in enumerate(p[1:])] + [ZERO]
            out[k] = [q[i] - k * p[i] for i in range(len(p))]
        return Sum(out)

    def zeros(self, end):
        if not self.terms or (len(self.terms) == 1 and len(next(iter(self.terms.values()))) == 1):
            return []
        marks = [ZERO] + self.reduced().zeros(end) + [end]
        found = []
        for a, b in zip(marks, marks[1:]):
            fa, fb = self.at(a), self.at(b)
            if a > 0 and abs(fa) < mp.mpf(10) ** -55:
                found.append(a)
            elif mp.sign(fa) * mp.sign(fb) < 0:
                found.append(self.between(a, fa, b))
        return found

    def between(self, a, fa, b):
        while b - a > mp.mpf(10) ** -12 * (1 + b):
            m = (a + b) / 2
            fm = self.at(m)
            if mp.sign(fm) == mp.sign(fa):
                a = m
            else:
                b = m
        try:
            x = mp.findroot(self.at, (a, b), solver="ridder", tol=mp.mpf(10) ** -120, maxsteps=400, verify=False)
            return min(max(x, a), b)
        except (ValueError, ZeroDivisionError):
            return (a + b) / 2


def trimmed(p):
    p = list(p)
    while p and p[-1] == 0:
        p.pop()
    return p


class Cell:
    def __init__(self, neuron, wiggle):
        p = {k: mp.mpf(str(v)) * wiggle() for k, v in neuron["params"].items()}
        self.model, self.p = neuron["model"], p
        self.V = mp.mpf(str(neuron["initial"]["V"])) * wiggle()
        self.I, self.A = {"exc": ZERO, "inh": ZERO}, {"exc": ZERO, "inh": ZERO}
        self.step, self.t, self.release, self.spikes = ZERO, ZERO, ZERO, []

    def course(self):
        """V from now on if nothing comes, less V_inf."""
        p, rate = self.p, 1 / self.p["tau_m"]
        V_inf = p["E_L"] + p["tau_m"] / p["C"] * (p["I_e"] + self.step)
        terms = {rate: [self.V - V_inf, ZERO, ZERO]}
        for r in ("exc", "inh"):
            if self.model == "lif_delta" or (self.I[r] == 0 and self.A[r] == 0):
                continue
            mu = 1 / p["tau_" + r]
            if mu not in terms:
                terms[mu] = [ZERO, ZERO, ZERO]
            i, a, d = self.I[r] / p["C"], self.A[r] * mu / p["C"], rate - mu
            if d == 0:
                terms[rate][1] += i
                terms[rate][2] += a / 2
            else:
                terms[mu][0] += i / d - a / d ** 2
                terms[mu][1] += a / d
                terms[rate][0] -= i / d - a / d ** 2
        return V_inf, terms

    def move(self, t):
        if self.release > self.t and t > self.release:
            self.move(self.release)
        dt = t - self.t
        if dt > 0:
            if self.t >= self.release:
                V_inf, terms = self.course()
                self.V = V_inf + Sum(terms).at(dt)
            for r in ("exc", "inh"):
                if self.model != "lif_delta":
                    x = dt / self.p["tau_" + r]
                    self.I[r], self.A[r] = (self.I[r] + x * self.A[r]) * mp.exp(-x), self.A[r] * mp.exp(-x)
            self.t = t

    def crossing(self, end):
        """The first crossing in (now, end], or None; the state may be before the end of the refractory time."""
        if self.release > self.t:
            if self.release >= end:
                return None
            later = copy.deepcopy(self)
            later.move(later.release)
            return later.crossing(end)
        V_inf, terms = self.course()
        above = V_inf - self.p["theta"]
        push = sum(max(self.I[r], ZERO) + max(self.A[r], ZERO) for r in ("exc", "inh"))  # no current lifts V further than if it stayed
        if max(self.V, V_inf + push * self.p["tau_m"] / self.p["C"]) < self.p["theta"]:
            return None
        terms[ZERO] = [above]
        f = Sum(terms)
        for z in f.zeros(end - self.t):
            eps = mp.mpf(10) ** -25
            if f.at(z + eps) > f.at(max(z - eps, ZERO)):
                return self.t + z
        return None

    def fire(self, t):
        self.spikes.append(t)
        self.V, self.release = self.p["V_reset"], t + self.p["t_ref"]

    def receive(self, arrivals):
        free = self.t >= self.release
        for r, w in arrivals:
            if self.model == "lif_delta":
                self.V += w if free else 0
            elif self.model == "lif_exp":
                self.I[r] += w
            else:
                self.A[r] += mp.e * w
        return free and self.V >= self.p["theta"]


def solve(case, wiggle=lambda: mp.mpf(1)):
    cells = [Cell(n, wiggle) for n in case["neurons"]]
    exact = lambda x: mp.mpf(str(x))
    events, number = [], 0
    def push(t, what):
        nonlocal number
        number += 1
        heapq.heappush(events, (t, number, what))
    for i in case["inputs"]:
        push(exact(i["time"]) + exact(i["axonal_delay"]) + exact(i["dendritic_delay"]),
             ("arrive", i["target"], i["receptor"], exact(i["weight"]) * wiggle()))
    for c in case["currents"]:
        for t, value in c["steps"]:
            push(exact(t), ("current", c["target"], exact(value) * wiggle()))
    record = {}
    for r in case["record_V"]:
        for t in r["times"]:
            push(exact(t), ("record", r["neuron"], t))
    out = {}
    for c in case["connections"]:
        out.setdefault(c["source"], []).append((c["target"], c["receptor"], exact(c["weight"]) * wiggle(),
                                                exact(c["axonal_delay"]) + exact(c["dendritic_delay"])))
    duration = exact(case["duration"])

    def fire(i, t):
        cells[i].fire(t)
        if sum(len(c.spikes) for c in cells) > MOST_SPIKES:
            raise TooManySpikes
        for target, receptor, w, d in out.get(i, []):
            push(t + d, ("arrive", target, receptor, w))

    for i, cell in enumerate(cells):
        if cell.V >= cell.p["theta"]:
            fire(i, ZERO)
    ahead = {}
    for i in range(len(cells)):
        ahead[i] = cells[i].crossing(duration)
    while True:
        due = [t for t in ahead.values() if t is not None]
        t = min(due + ([events[0][0]] if events else []) + [duration + 1])
        if t > duration:
            break
        touched = set()
        for i, at in list(ahead.items()):
            if at is not None and at == t:
                cells[i].move(t)
                fire(i, t)
                touched.add(i)
        arrivals, looks = {}, []
        while events and events[0][0] == t:
            what = heapq.heappop(events)[2]
            if what[0] == "arrive":
                arrivals.setdefault(what[1], []).append(what[2:])
            elif what[0] == "current":
                cells[what[1]].move(t)
                cells[what[1]].step = what[2]
                touched.add(what[1])
            else:
                looks.append(what)
        for i, list_ in arrivals.items():
            cells[i].move(t)
            if cells[i].receive(list_):
                fire(i, t)
            touched.add(i)
        for i in touched:
            ahead[i] = cells[i].crossing(duration)
        for _, i, at in looks:
            cells[i].move(t)
            record[(i, at)] = cells[i].V
    return [c.spikes for c in cells], record


def conditioned(case, spikes, dice):
    size = -15 if "touch" in case["tags"] else -13
    moved, _ = solve(case, lambda: 1 + mp.mpf(10) ** size * dice.choice([-1, 1]))
    if any(len(a) != len(b) for a, b in zip(spikes, moved)):
        return None
    return max([abs(x - y) for a, b in zip(spikes, moved) for x, y in zip(a, b)] + [ZERO])


# Problems -------------------------------------------------------------------------------------------------------------------

def cell(model, number=0, V=None, **given):
    p = {"tau_m": 10, "C": 250, "E_L": -70, "theta": -55, "V_reset": -70, "t_ref": 2, "I_e": 0}
    if model != "lif_delta":
        p |= {"tau_exc": 2, "tau_inh": 5}
    p |= given
    return {"id": number, "model": model, "params": p, "initial": {"V": p["E_L"] if V is None else V}}


def spike(time, weight, receptor="exc", axonal=1, dendritic=0, target=0):
    return {"target": target, "receptor": receptor, "time": time, "weight": weight, "axonal_delay": axonal, "dendritic_delay": dendritic}


def problem(title, tags, duration, neurons, inputs=(), connections=(), currents=(), record=None):
    record = record if record is not None else [{"neuron": 0, "times": [round(duration * k / 7.3, 3) for k in (1, 3, 5)]}]
    return {"family": "B" if connections else "A", "title": title, "tags": tags, "duration": duration, "neurons": neurons,
            "inputs": list(inputs), "connections": list(connections), "currents": list(currents), "record_V": record}


def reach(p, model):
    """About the weight that one arrival at rest needs to reach the threshold with."""
    if model == "lif_delta":
        return p["theta"] - p["E_L"]
    return (p["theta"] - p["E_L"]) * p["C"] / (p["tau_exc"] * p["tau_m"] / (p["tau_exc"] + p["tau_m"]))


def train(dice, p, model, count, duration, target=0, digits=4, shares=(0.2, 0.35, 0.6, 1.2, -0.3)):
    out = []
    for _ in range(count):
        w = reach(p, model) * dice.choice(shares)
        receptor = "exc" if w > 0 or model == "lif_delta" or dice.random() < 0.2 else "inh"
        out.append(spike(round(dice.uniform(0, duration - 4), digits), round(w, 6), receptor, round(dice.uniform(0.1, 2), digits),
                         round(dice.uniform(0.05, 1), digits), target))
    return out


def dig(x):
    return float(mp.nstr(x, 15))


def critical(make):
    """The factor at which make(factor) begins to spike."""
    low, high = mp.mpf(0), mp.mpf(1)
    while not any(solve(make(high))[0]):
        high *= 2
    while high - low > high * mp.mpf(10) ** -16:
        middle = (low + high) / 2
        if any(solve(make(middle))[0]):
            high = middle
        else:
            low = middle
    return high


def touching(dice):
    """Weights a relative 1e-9 below and above the one that just reaches the threshold."""
    forms = [("lif_exp", {}), ("lif_exp", {"tau_exc": 10}), ("lif_exp", {"tau_exc": 10.000001}), ("lif_exp", {"tau_exc": 9.99}),
             ("lif_alpha", {}), ("lif_alpha", {"tau_exc": 10}), ("lif_alpha", {"tau_exc": 9.9999999}), ("lif_alpha", {"tau_exc": 0.3})]
    for model, given in forms:
        def make(factor, model=model, given=given, cells=1):
            neurons = [cell(model, k, E_L=0, theta=15, V_reset=0, **given) for k in range(cells)]
            inputs = [i for k in range(cells) for i in ([spike(1.25, dig(100 * factor[k]), target=k, dendritic=0.5),
                                                         spike(3.5, dig(40 * factor[k]), target=k)])]
            return problem(f"{model}, tau_syn {neurons[0]['params']['tau_exc']}: a relative 1e-9 below and above what just touches", ["touch"],
                           40, neurons, inputs)
        w = critical(lambda f: make([f]))
        margin = mp.mpf(10) ** -9
        yield make([w * (1 - margin), w * (1 + margin)], cells=2)


def close_constants(dice):
    for k, gap in enumerate([1e-3, 1e-4, 1e-5, 1e-6, 1e-7, 1e-8, 1e-9, 1e-10, 1e-11, 1e-12]):
        for model in ("lif_exp", "lif_alpha") if k % 2 == 0 else (("lif_exp",) if k % 4 == 1 else ("lif_alpha",)):
            tau_m = dice.choice([5, 10, 20])
            near, other = dig(mp.mpf(tau_m) * (1 + gap)), dig(mp.mpf(tau_m) * (1 - gap))
            n = cell(model, tau_m=tau_m, tau_exc=near, tau_inh=dice.choice([other, 4]))
            yield problem(f"{model}, tau_syn apart from tau_m by a relative {gap:g}", ["close-tau"], 80, [n],
                          train(dice, n["params"], model, 18, 80))


def equal_constants(dice):
    for model, tau in (("lif_exp", 5), ("lif_alpha", 5), ("lif_exp", 33.3), ("lif_alpha", 0.7)):
        n = cell(model, tau_m=tau, tau_exc=tau, tau_inh=tau)
        yield problem(f"{model}, both tau_syn and tau_m {tau}", ["equal-tau"], 80, [n], train(dice, n["params"], model, 20, 80))


def decimal_ties(dice):
    """Sums of decimals that are equal on paper and not in binary; apart, the cells would spike."""
    pairs = [((1.07, 0.05, 0), (1.09, 0.03, 0)), ((0.7, 0.1, 0.1), (0.3, 0.6, 0)), ((2.2, 1.1, 0), (2.09, 1.2, 0.01)),
             ((12.34, 0.56, 0.1), (12.9, 0.07, 0.03)), ((20.17, 0.43, 0), (19.3, 1.3, 0)), ((31.001, 0.999, 0.2), (31.9, 0.2, 0.1))]
    for model, tau in (("lif_delta", 10), ("lif_delta", 20)):
        n = cell(model, tau_m=tau, t_ref=0.5)
        inputs = []
        for a, b in pairs:
            inputs += [spike(a[0], 16, "exc", a[1], a[2]), spike(b[0], -9, "exc", b[1], b[2])]
        inputs += [spike(37.7, 9, "exc", 0.1, 0.2), spike(36.6, 9, "exc", 1.3, 0.1)]  # apart, neither reaches
        yield problem(f"{model}: decimals that meet on paper; only the last two spike", ["tie"], 45, [n], inputs)
    for model in ("lif_exp", "lif_alpha"):
        n = cell(model)
        w = round(1.4 * reach(n["params"], model), 3)
        inputs = []
        for a, b in pairs:
            inputs += [spike(a[0], w, "exc", a[1], a[2]), spike(b[0], -w, "exc", b[1], b[2])]
        inputs += [spike(35.5, w, "exc", 0.7, 0.1), spike(35.1, 0.5 * w, "exc", 1.0, 0.2)]
        yield problem(f"{model}: decimals that meet on paper", ["tie"], 50, [n], inputs)


def refractory_ends(dice):
    """Arrivals at, just before and just after the end of a refractory time, all decimals."""
    for t_ref in (0.5, 1.3, 2.07):
        n = cell("lif_delta", t_ref=t_ref)
        start = 3.11
        inputs = [spike(2.01, 20, "exc", 1.0, 0.1), spike(round(start + t_ref - 1.1, 6), 7, "exc", 0.9, 0.2),
                  spike(round(start + t_ref - 1.0001, 6), 8, "exc", 1.0, 0), spike(18.02, 30, "exc", 0.05, 0.03),
                  spike(round(18.1 + t_ref - 0.2, 6), 15.5, "exc", 0.1, 0.1), spike(round(18.1 + 2 * t_ref - 0.4001, 6), 14, "exc", 0.2, 0.2)]
        yield problem(f"delta: one at the end of the refractory time {t_ref} acts, one before is lost", ["refractory", "tie"], 40, [n], inputs)
    for model in ("lif_exp", "lif_alpha"):
        n = cell(model, V=-54, t_ref=2.3, tau_exc=1.5)  # fires at 0, free at 2.3
        w = round(0.8 * reach(n["params"], model), 3)
        inputs = [spike(1.1, w, "exc", 1.0, 0.2), spike(0.4, w, "exc", 1.9, 0), spike(0.3, w, "exc", 0.1, 0), spike(9.7, -w, "inh", 0.3, 0.3)]
        yield problem(f"{model}: fires at 0, two arrivals meet the end of its refractory time", ["refractory", "tie"], 40, [n], inputs)


def brief_crossings(dice):
    for model, tau in (("lif_exp", 0.5), ("lif_alpha", 0.5), ("lif_exp", 1.03), ("lif_alpha", 20)):
        def make(factor, model=model, tau=tau, cells=1):
            neurons = [cell(model, k, tau_m=20, tau_exc=tau, I_e=160) for k in range(cells)]
            inputs = [i for k in range(cells) for i in (spike(1.03, dig(300 * factor[k]), target=k), spike(6.4, dig(300 * factor[k]), target=k),
                                                        spike(7.1, -200, "inh", target=k))]
            return problem(f"{model}, tau_syn {tau}: the second of two humps, 1e-6, 1e-5 and 0.01 above what just reaches", ["lossless"], 30,
                           neurons, inputs)
        w = critical(lambda f: make([f]))
        yield make([w * (1 + mp.mpf(x)) for x in ("1e-6", "1e-5", "0.01")], cells=3)


def currents(dice):
    for model in ("lif_delta", "lif_exp", "lif_alpha", "lif_exp"):
        cells = [cell(model, k, I_e=I, t_ref=t) for k, (I, t) in enumerate([(0, 2), (376, 0.7), (300, 0), (560.25, 3.3)])]
        steps = [{"target": k, "steps": [[round(t, 3), round(dice.uniform(-200, 500), 2)] for t in sorted(dice.uniform(0, 90) for _ in range(6))]}
                 for k in (0, 2, 3)]
        inputs = [i for k in (0, 2) for i in train(dice, cells[k]["params"], model, 6, 100, k)]
        yield problem(f"{model}: constant currents and steps", ["piecewise-current"], 100, cells, inputs, (), steps)


def hours(dice):
    """Three hours, nearly all of them silent; one cell leaks so slowly that they matter."""
    hour = 3600000
    for model, tau_m in (("lif_delta", 5e6), ("lif_exp", 4e6), ("lif_alpha", 20), ("lif_exp", 10)):
        n = cell(model, tau_m=tau_m, C=250 if tau_m < 100 else 1000, tau_exc=2.5, tau_inh=7) if model != "lif_delta" else cell(model, tau_m=tau_m)
        p = n["params"]
        w = reach(p, model)
        inputs = [spike(round(at + dice.uniform(0, 20), 4), dig(mp.mpf(share * w)), "exc", round(dice.uniform(0.5, 2), 4), 0.25)
                  for at in (5, hour, hour + 7, 2 * hour - 3, 2 * hour, 3 * hour - 90) for share in (0.4, 0.37, 0.9)]
        record = [{"neuron": 0, "times": [100.5, hour - 1.5, 1.75 * hour, 3 * hour - 100.25]}]
        steps = [{"target": 0, "steps": [[hour + 50.125, 90], [hour + 60.5, 0], [2 * hour + 100.0625, 900 if tau_m < 100 else 9], [2 * hour + 140, 0]]}]
        yield problem(f"{model}, tau_m {tau_m:g}: gaps of an hour", ["hours"], 3 * hour, [n], inputs, (), steps, record)


def inhibition(dice):
    for model in ("lif_exp", "lif_alpha"):
        base = cell(model, I_e=420)
        w = 0.7 * reach(base["params"], model)
        first = solve(problem("", [], 40, [base], [spike(1.5, round(w, 3))]))[0][0][0]
        cells, inputs = [], []
        for k, shift in enumerate((-1e-3, -1e-5, 1e-5, 1e-3)):
            cells.append(cell(model, k, I_e=420))
            inputs += [spike(1.5, round(w, 3), target=k), spike(dig(first + shift - 1), round(-5 * w, 3), "inh", target=k)]
        yield problem(f"{model}: inhibition 1e-3 and 1e-5 ms before and after the crossing", ["inhibition-at-threshold"], 40, cells, inputs)


def anything(dice):
    for _ in range(8):
        model = dice.choice(["lif_exp", "lif_alpha"])
        given = {"tau_m": dice.choice([3, 10, 33.3]), "C": dice.choice([1, 200, 250]), "t_ref": dice.choice([0, 0.5, 2.5]),
                 "tau_exc": dice.choice([0.2, 1, 3, 50]), "tau_inh": dice.choice([0.9, 8, 90]), "E_L": dice.choice([-70, 0])}
        given |= {"theta": given["E_L"] + dice.choice([10, 20]), "V_reset": given["E_L"] + dice.choice([0, 5, -3])}
        given["I_e"] = round((given["theta"] - given["E_L"]) * given["C"] / given["tau_m"] * dice.choice([0, 0.5, 0.9, 1.1]), 6)
        n = cell(model, **given)
        n["initial"]["V"] = round(given["E_L"] + dice.uniform(-5, 9), 3)
        yield problem(f"{model}, drawn by dice", ["random"], 80, [n], train(dice, n["params"], model, dice.choice([6, 20]), 80))


def networks(dice):
    for number in range(400):
        size = (2, 3, 4, 6, 9, 14, 25)[number % 7]
        kind = dice.choice(["lif_delta", "lif_exp", "lif_alpha", "mixed"] if size < 9 else ["lif_delta", "lif_exp"])
        tie = number % 4 == 3
        digits = 2 if tie else 4
        cells = []
        for k in range(size):
            model = dice.choice(["lif_delta", "lif_exp", "lif_alpha"]) if kind == "mixed" else kind
            tau_m = dice.choice([5, 10, 20])
            syn = {} if model == "lif_delta" else {
                "tau_exc": dice.choice([2, tau_m, dig(tau_m * (1 + mp.mpf(10) ** -dice.randrange(3, 13))), 0.5, 3]), "tau_inh": dice.choice([4, tau_m, 8])}
            cells.append(cell(model, k, tau_m=tau_m, t_ref=dice.choice([0.5, 2, 2.5]), I_e=dice.choice([0, 0, 200, 340, 420]), **syn))
        inputs = [i for c in cells for i in train(dice, c["params"], c["model"], max(2, 18 // size), 50, c["id"], digits)]
        connections = []
        for a in range(size):
            for b in range(size):
                if dice.random() < min(0.6, 4 / size):
                    w = round(reach(cells[b]["params"], cells[b]["model"]) * dice.choice([0.15, 0.3, 0.7, -0.5]), 6)
                    connections.append({"source": a, "target": b, "receptor": "exc" if w > 0 or cells[b]["model"] == "lif_delta" else "inh",
                                        "weight": w, "axonal_delay": round(dice.uniform(0.002, 2), max(digits, 3)),
                                        "dendritic_delay": round(dice.uniform(0.002, 3), max(digits, 3))})
        steps = [{"target": 0, "steps": [[round(t, 3), round(dice.uniform(-50, 300), 2)] for t in sorted(dice.uniform(0, 50) for _ in range(3))]}]
        yield problem(f"{size} cells, {kind}, recurrent", ["recurrent"] + (["short decimals"] if tie else []), 60, cells, inputs, connections,
                      steps if dice.random() < 0.5 else ())


# Making ---------------------------------------------------------------------------------------------------------------------

def scanned(case):
    """The number of spikes that a scan in small steps sees: another way to find crossings."""
    original, count = Cell.crossing, [0]

    def scan(self, end):
        if self.release > self.t:
            if self.release >= end:
                return None
            later = copy.deepcopy(self)
            later.move(later.release)
            return scan(later, end)
        V_inf, terms = self.course()
        terms[ZERO] = [V_inf - self.p["theta"]]
        slow = min(r for r in terms if r > 0)
        close = any(0 < abs(a - b) < 0.01 * a for a in terms for b in terms)  # then terms cancel too far for 16 digits
        number, exp, grain = (mp.mpf, mp.exp, 0.1) if close else (float, math.exp, 0.02)
        rates = [number(l) for l in terms]
        polynomials = [[number(c) for c in p] for p in terms.values()]
        fast, slow = float(max(rates)), float(slow)
        horizon = min(float(end - self.t), 60 / slow)
        f = lambda t: sum((p[0] + (p[1] * t + p[2] * t * t if len(p) > 1 else 0)) * exp(-l * t) for l, p in zip(rates, polynomials))
        t = 0.0
        while t < horizon:
            t += grain / fast if t < 40 / fast else grain / slow
            if t <= horizon and f(t) > 1e-5:
                break
        else:
            return original(self, end)  # what the scan cannot see may be there
        found = original(self, end)
        count[0] += 1
        assert found is not None and float(found - self.t) <= t + 1e-9, (case["title"], found, t)
        return found

    Cell.crossing = scan
    try:
        spikes, _ = solve(case)
    finally:
        Cell.crossing = original
    return spikes


def write(cases):
    path = pathlib.Path(__file__).with_name("further_lif.json")
    rows = ",\n".join(json.dumps(case) for case in cases)
    path.write_text('{"format": "spikeloom-oracle", "version": 1, "set": "further", "cases": [\n' + rows + "\n]}\n")


def main():
    dice, cases = random.Random(20), []
    text = lambda x: mp.nstr(x, 20, strip_zeros=False)

    def keep(case, least=0):
        try:
            spikes, record = solve(case)
        except TooManySpikes:
            return
        total = sum(map(len, spikes))
        if total < least:
            return
        near = [t for r in case["record_V"] for s in spikes[r["neuron"]] for t in (s, s + mp.mpf(str(case["neurons"][r["neuron"]]["params"]["t_ref"])))]
        for r in case["record_V"]:
            r["times"] = [t for t in r["times"] if all(abs(mp.mpf(str(t)) - s) >= 1e-3 for s in near)]
        moved = conditioned(case, spikes, random.Random(len(cases)))
        if moved is None or moved >= mp.mpf(10) ** -9:
            print("left out", case["title"], None if moved is None else mp.nstr(moved, 3), flush=True)
            return
        assert len(case["neurons"]) > 6 or scanned(case) == spikes
        case["id"] = f"f{case['family']}{len(cases):02d}"
        case["conditioning"] = mp.nstr(moved, 3)
        case["expected"] = {
            "spikes": [{"neuron": i, "times": [text(t) for t in times]} for i, times in enumerate(spikes) if times],
            "V": [{"neuron": r["neuron"], "times": r["times"], "values": [text(record[(r["neuron"], t)]) for t in r["times"]]}
                  for r in case["record_V"]]}
        cases.append(case)
        write(cases)
        print(case["id"], case["title"], total, "spikes", flush=True)

    for family in (touching, close_constants, equal_constants, decimal_ties, refractory_ends, brief_crossings, currents, hours, inhibition,
                   anything):
        for case in family(dice):
            keep(case)
    singles = len(cases)
    for case in networks(dice):
        if len(cases) - singles < 22:
            keep(case, 8)
    print(singles, "single,", len(cases) - singles, "networks")


if __name__ == "__main__":
    main()
