#!/usr/bin/env python3
"""Writes further_lif.json: exact integrate-and-fire cells and networks drawn by dice, solved at 70 digits (needs mpmath).

Shares nothing with Spikeloom. Between events V is a sum of terms (polynomial in t) exp(-t/tau); its zeros are isolated by Rolle: divide by one
exponential, differentiate until its polynomial is gone, search the pieces between the zeros of that. A case is kept when a change of every
weight and parameter by 1e-13 (relative) moves no spike by 1e-9 ms, and the networks among them when they fire enough to say something.
Names, units and conventions are those of lif-single.json and lif-networks.json.
"""
import copy
import heapq
import json
import pathlib
import random

import mpmath as mp

mp.mp.dps = 70
ZERO = mp.mpf(0)


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


def draw(dice, number):
    kind = dice.choice(["lif_delta", "lif_exp", "lif_exp", "lif_alpha", "lif_alpha"])
    tie = dice.random() < 0.2
    at = (lambda lo, hi: dice.randrange(int(lo * 64), int(hi * 64)) / 64) if tie else (lambda lo, hi: round(dice.uniform(lo, hi), 4))
    network = number % 3 == 2
    size = dice.choice([2, 3, 5, 12]) if network else dice.choice([1, 1, 2])
    duration = 40 if network else 80

    def parameters():
        tau_m = dice.choice([5, 10, 20, 33.3])
        one = dice.choice([2, tau_m, round(tau_m * (1 + dice.choice([-1, 1]) * dice.choice([1e-9, 1e-6, 1e-3, 0.03, 0.099, 0.101])), 12), 0.4, 50])
        two = one if dice.random() < 0.4 else dice.choice([1, 3, 5, 8, tau_m])
        return {"tau_m": tau_m, "C": dice.choice([1, 200, 250]), "E_L": dice.choice([-70, 0]), "theta": 0, "V_reset": 0,
                "t_ref": dice.choice([0, 0.5, 2, 2.5]), "I_e": 0} | {"tau_exc": one, "tau_inh": two}

    neurons, scale = [], []
    shared = parameters()
    for i in range(size):
        p = dict(shared) if network else parameters()
        p["theta"] = p["E_L"] + dice.choice([10, 15, 20])
        p["V_reset"] = p["E_L"] + dice.choice([0, 0, 5, -3])
        rheobase = (p["theta"] - p["E_L"]) * p["C"] / p["tau_m"]
        p["I_e"] = round(rheobase * dice.choice([0, 0, 0.5, 0.9, 1.03, 1.4]), 6)
        neurons.append({"id": i, "model": kind, "params": p, "initial": {"V": round(p["E_L"] + dice.uniform(-2, 9), 3)}})
        # about the weight that one arrival from rest needs to reach the threshold with
        reach = {"lif_delta": 1, "lif_exp": p["C"] / (p["tau_exc"] * p["tau_m"] / (p["tau_exc"] + p["tau_m"])),
                 "lif_alpha": p["C"] / (p["tau_exc"] * p["tau_m"] / (p["tau_exc"] + p["tau_m"]))}[kind]
        scale.append((p["theta"] - p["E_L"]) * reach)
    inputs = []
    for i in range(size):
        for _ in range(dice.choice([4, 12, 25])):
            w = scale[i] * dice.choice([0.2, 0.35, 0.6, 1.3, -0.3])
            inputs.append({"target": i, "receptor": "exc" if w > 0 or dice.random() < 0.2 else "inh", "time": at(0.1, duration - 5),
                           "weight": round(w, 6), "axonal_delay": at(0.1, 2), "dendritic_delay": at(0.05, 1)})
    connections = []
    if network:
        for a in range(size):
            for b in range(size):
                if dice.random() < 0.5:
                    w = scale[b] * dice.choice([0.2, 0.4, 0.8, -0.5])
                    connections.append({"source": a, "target": b, "receptor": "exc" if w > 0 else "inh", "weight": round(w, 6),
                                        "axonal_delay": round(dice.uniform(0.002, 2), 4), "dendritic_delay": round(dice.uniform(0.002, 3), 4)})
    currents = []
    if dice.random() < 0.5:
        steps = sorted({at(0, duration - 1) for _ in range(4)})
        currents.append({"target": 0, "steps": [[t, round(dice.uniform(-1, 1) * scale[0] * 0.05, 4)] for t in steps]})
    record = [{"neuron": i, "times": [round(dice.uniform(1, duration - 1), 3) for _ in range(3)]} for i in range(min(size, 2))]
    for r in record:
        r["times"].sort()
    return {"id": f"f{number:02d}", "family": "B" if network else "A", "title": f"{kind}, drawn by dice", "tags": ["tie"] if tie else [],
            "duration": duration, "neurons": neurons, "inputs": inputs, "connections": connections, "currents": currents, "record_V": record}


def conditioned(case, spikes, dice):
    moved, _ = solve(case, lambda: 1 + mp.mpf(10) ** -13 * dice.choice([-1, 1]))
    if any(len(a) != len(b) for a, b in zip(spikes, moved)):
        return False
    return max([abs(x - y) for a, b in zip(spikes, moved) for x, y in zip(a, b)] + [ZERO]) < mp.mpf(10) ** -9


def main():
    cases, number, seed = [], 0, 0
    while number < 60:
        seed += 1
        dice = random.Random(seed)
        case = draw(dice, number)
        spikes, record = solve(case)
        total = sum(map(len, spikes))
        if total < (6 if case["family"] == "B" else 1) or total > 300:
            continue
        near = [t for i in range(min(len(spikes), 2)) for s in spikes[i] for t in (s, s + mp.mpf(str(case["neurons"][i]["params"]["t_ref"])))]
        if any(abs(mp.mpf(str(t)) - s) < 1e-3 for r in case["record_V"] for t in r["times"] for s in near):
            continue
        if not conditioned(case, spikes, dice):
            continue
        text = lambda x: mp.nstr(x, 20, strip_zeros=False)
        case["expected"] = {
            "spikes": [{"neuron": i, "times": [text(t) for t in times]} for i, times in enumerate(spikes) if times],
            "V": [{"neuron": r["neuron"], "times": r["times"], "values": [text(record[(r["neuron"], t)]) for t in r["times"]]}
                  for r in case["record_V"]]}
        cases.append(case)
        number += 1
        print(case["id"], case["family"], case["title"], total, "spikes", flush=True)
    path = pathlib.Path(__file__).with_name("further_lif.json")
    rows = ",\n".join(json.dumps(case) for case in cases)
    path.write_text('{"format": "spikeloom-oracle", "version": 1, "set": "further", "cases": [\n' + rows + "\n]}\n")


if __name__ == "__main__":
    main()
