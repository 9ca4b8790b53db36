#!/usr/bin/env python3
"""Writes further_izhikevich.json: Izhikevich cells in the limit of no step (family D), solved at 50 digits (needs mpmath).

Shares nothing with Spikeloom. Taylor series of order 44 around the present state, used for as long as the last two coefficients stay below
1e-32; within each such span the potential is looked at in 64 places unless its coefficients bound it below the peak, its maximum between two of them included where the slope changes sign, and a
crossing of the peak is found by halving and then Newton's method. The same is done once more with half the spans and order 40: what is written
agreed to 1e-18 ms. A case is kept when changes of every number by 1e-13 (relative) move no spike by more than 1e-7 ms.
Names, units and conventions are those of the oracle's Izhikevich cases, "../oracle_izhikevich.json".

    python3 further_izhikevich.py          (some minutes)
"""
import json
import pathlib
import random

import mpmath as mp

mp.mp.dps = 50
ZERO = mp.mpf(0)
exact = lambda x: mp.mpf(str(x))


class Cell:
    def __init__(self, case, order, share, wiggle):
        p = {k: exact(v) * wiggle() for k, v in case["params"].items()}
        self.p, self.order, self.share = p, order, share
        self.v, self.u, self.g = exact(case["initial"]["v"]) * wiggle(), exact(case["initial"]["u"]) * wiggle(), ZERO
        self.t, self.start, self.slope, self.begun = ZERO, ZERO, ZERO, ZERO

    def series(self):
        p, N = self.p, self.order
        k = 1 / p["tau_syn"] if "tau_syn" in p else ZERO
        v, u, g = [self.v], [self.u], [self.g]
        I = [self.start + self.slope * (self.t - self.begun), self.slope]
        for n in range(N):
            square = mp.fsum(v[i] * v[n - i] for i in range(n + 1))
            rate = p["q2"] * square + p["q1"] * v[n] - u[n] + g[n] + (I[n] if n < 2 else 0) + (p["q0"] if n == 0 else 0)
            if "u_shift" in p:
                drift = p["a"] * p["b"] * (v[n] + (p["u_shift"] if n == 0 else 0))
            else:
                drift = p["a"] * (p["b"] * v[n] - u[n])
            v.append(rate / (n + 1)), u.append(drift / (n + 1)), g.append(-k * g[n] / (n + 1))
        return v, u, g

    def go(self, end, found):
        """To `end`, or to the first crossing before or at it (then True); `found` takes its time."""
        peak = self.p["peak"]
        while self.t < end:
            v, u, g = self.series()
            N = self.order
            span = min(mp.mpf(10) ** (mp.log10(mp.mpf(10) ** -32 / max(abs(v[N]), mp.mpf(10) ** -400)) / N),
                       mp.mpf(10) ** (mp.log10(mp.mpf(10) ** -32 / max(abs(v[N - 1]), mp.mpf(10) ** -400)) / (N - 1))) * self.share
            span = min(span, mp.mpf(5), end - self.t)
            at = lambda c, x: mp.polyval(c[::-1], x)
            slope = [c * (i + 1) for i, c in enumerate(v[1:])]
            reach = float(v[0]) + sum(abs(float(c)) * float(span) ** (i + 1) for i, c in enumerate(v[1:]))
            marks = [span * i / 64 for i in range(65)] if reach > 0.99 * float(peak) - 1 else []  # else it cannot get there
            hit = None
            for a, b in zip(marks, marks[1:]):
                if at(v, b) >= peak:
                    hit = (a, b)
                    break
                if at(slope, a) > 0 > at(slope, b):
                    low, high = a, b
                    for _ in range(90):
                        m = (low + high) / 2
                        low, high = (m, high) if at(slope, m) > 0 else (low, m)
                    if at(v, low) >= peak:
                        hit = (a, low)
                        break
            x = span
            if hit is not None:
                a, b = hit
                for _ in range(40):
                    m = (a + b) / 2
                    a, b = (m, b) if at(v, m) < peak else (a, m)
                x = b
                for _ in range(6):
                    x -= (at(v, x) - peak) / at(slope, x)
            self.v, self.u, self.g = at(v, x), at(u, x), at(g, x)
            self.t = end if hit is None and x == end - self.t else self.t + x
            if hit is not None:
                found.append(self.t)
                self.fire()
                return True
        return False

    def fire(self):
        self.v = self.p["c"]
        self.u += self.p["d"]


def solve(case, order=44, share=mp.mpf(1), wiggle=lambda: mp.mpf(1)):
    cell = Cell(case, order, share, wiggle)
    spikes, seen, events = [], [], {}
    add = lambda t, what: events.setdefault(t, []).append(what)
    for i in case["inputs"]:
        add(exact(i["time"]) + exact(i["axonal_delay"]) + exact(i["dendritic_delay"]), ("arrive", i["receptor"], exact(i["weight"]) * wiggle()))
    for s in case["segments"]:
        add(exact(s["from"]), ("current", exact(s["start"]), exact(s["slope"]))), add(exact(s["to"]), ("end", ZERO, ZERO))
    for t in case["times"]:
        add(exact(t), ("look",))
    add(exact(case["duration"]), ("done",))
    order_of = {"end": 0, "current": 1, "arrive": 2, "look": 3, "done": 4}
    if cell.v >= cell.p["peak"]:
        cell.fire(), spikes.append(ZERO)
    for t in sorted(events):
        while cell.go(t, spikes):
            if len(spikes) > 400:
                return None
        jump = ZERO
        for what in sorted(events[t], key=lambda w: order_of[w[0]]):
            if what[0] in ("current", "end"):
                cell.start, cell.slope, cell.begun = what[1], what[2], t
            elif what[0] == "arrive" and what[1] == "delta":
                jump += what[2]
            elif what[0] == "arrive":
                cell.g += what[2]
        if jump != 0:
            cell.v += jump
            if cell.v >= cell.p["peak"]:
                spikes.append(t), cell.fire()
        for what in events[t]:
            if what[0] == "look":
                seen.append((cell.v, cell.u))
    return spikes, seen


CELLS = {"RS": (0.02, 0.2, -65, 8), "IB": (0.02, 0.2, -55, 4), "CH": (0.02, 0.2, -50, 2), "FS": (0.1, 0.2, -65, 2), "LTS": (0.02, 0.25, -65, 2),
         "RZ": (0.1, 0.26, -65, 2), "class 1": (0.02, -0.1, -55, 6), "rebound": (0.03, 0.25, -60, 4)}


def problems(dice):
    for number in range(42):
        name = list(CELLS)[number % len(CELLS)]
        a, b, c, d = CELLS[name]
        params = {"a": a, "b": b, "c": c, "d": d, "q2": 0.04, "q1": 5 if name != "class 1" else 4.1, "q0": 140 if name != "class 1" else 108, "peak": 30}
        if number % 11 == 5:
            params["u_shift"], params["b"], params["d"] = 65, round(dice.uniform(0.8, 1.2), 2), 4
            params["a"] = 0.005
        v = round(dice.uniform(-72, -58), 3)
        case = {"params": params, "initial": {"v": v, "u": round(params["b"] * v, 4)}, "inputs": [], "segments": [], "duration": 90}
        kind = ("dc", "steps", "ramp", "jumps", "current")[number % 5]
        level = {"RS": 10, "IB": 10, "CH": 9, "FS": 9, "LTS": 8, "RZ": 4, "class 1": 25, "rebound": 3}[name]
        if kind == "dc":
            case["segments"] = [{"from": 0, "to": 90, "start": round(level * dice.uniform(0.6, 1.5), 2), "slope": 0}]
        elif kind == "steps":
            cuts = sorted(round(dice.uniform(1, 88), 3) for _ in range(5))
            case["segments"] = [{"from": p, "to": q, "start": round(level * dice.uniform(-0.5, 1.8), 2), "slope": 0} for p, q in zip(cuts, cuts[1:])]
        elif kind == "ramp":
            case["segments"] = [{"from": 3.25, "to": 70.5, "start": 0, "slope": round(level / 30, 3)},
                                {"from": 70.5, "to": 85, "start": round(level * 0.8, 2), "slope": -0.05}]
        else:
            case["segments"] = [{"from": 0, "to": 90, "start": round(level * 0.3, 2), "slope": 0}]
            if kind == "current":
                params["tau_syn"] = dice.choice([1.5, 3, 8])
            for _ in range(18):
                w = dice.choice([2, 4, 7, 12, -4]) if kind == "jumps" else level * dice.choice([0.5, 1, 2, -1])
                case["inputs"].append({"target": 0, "receptor": "delta" if kind == "jumps" else "exc", "time": round(dice.uniform(0, 85), 4),
                                       "weight": round(w, 4), "axonal_delay": round(dice.uniform(0.1, 1.5), 4), "dendritic_delay": round(dice.uniform(0, 0.5), 4)})
        case["times"] = [10.125, 33.3, 61.5, 79.75]
        yield f"{name} cell, {kind}", [kind, name], case


def write(cases):
    path = pathlib.Path(__file__).with_name("further_izhikevich.json")
    path.write_text('{"format": "spikeloom-oracle", "version": 1, "set": "further", "cases": [\n' + ",\n".join(map(json.dumps, cases)) + "\n]}\n")


def main():
    dice, cases = random.Random(7), []
    text = lambda x: mp.nstr(x, 20, strip_zeros=False)
    for title, tags, case in problems(dice):
        answer = solve(case)
        if answer is None or not answer[0]:
            print("left out", title, flush=True)
            continue
        spikes, seen = answer
        again, _ = solve(case, 40, mp.mpf("0.5"))
        assert len(again) == len(spikes) and all(abs(a - b) < mp.mpf(10) ** -18 for a, b in zip(spikes, again)), title
        moved, _ = solve(case, 40, mp.mpf(1), lambda: 1 + mp.mpf(10) ** -13 * dice.choice([-1, 1]))
        change = max(abs(a - b) for a, b in zip(spikes, moved)) if len(moved) == len(spikes) else None
        if change is None or change > mp.mpf(10) ** -7:
            print("left out", title, change, flush=True)
            continue
        keep = [k for k, t in enumerate(case["times"]) if all(abs(exact(t) - s) >= mp.mpf("0.3") for s in spikes)]
        times = [case["times"][k] for k in keep]
        cases.append({"id": f"fD{len(cases):02d}", "family": "D", "title": title, "tags": tags, "duration": case["duration"],
                      "neurons": [{"id": 0, "model": "izhikevich", "params": case["params"], "initial": case["initial"]}],
                      "inputs": case["inputs"], "currents": [{"target": 0, "segments": case["segments"]}],
                      "record_V": [{"neuron": 0, "times": times}], "conditioning": mp.nstr(change, 3),
                      "expected": {"spikes": [{"neuron": 0, "times": [text(t) for t in spikes]}],
                                   "V": [{"neuron": 0, "times": times, "values": [text(seen[k][0]) for k in keep]}],
                                   "u": [{"neuron": 0, "times": times, "values": [text(seen[k][1]) for k in keep]}]},
                      "tolerance": {"spike_ms": 1e-6}})
        write(cases)
        print(cases[-1]["id"], title, len(spikes), "spikes", mp.nstr(change, 3), flush=True)


if __name__ == "__main__":
    main()
