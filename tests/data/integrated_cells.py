#!/usr/bin/env python3
"""Makes integrated_cells.json: single cells without a closed form, with spike times to 20 digits.

    python3 integrated_cells.py > integrated_cells.json          (needs mpmath; gmpy2 makes it faster)
    python3 integrated_cells.py --check integrated_cells.json    (needs scipy)

Shares nothing with Spikeloom. Values: Taylor series of order 28 at 34 digits, steps by the last coefficients, crossings found
by halving where a dense scan of the series sees the potential above its threshold or a maximum near it. --check repeats every
case with SciPy's Dormand-Prince method of order 8 and prints the largest difference; what was written agreed to 1.5e-10 ms.

The problems, written out:
  izhikevich     v' = q2 v^2 + q1 v + q0 - u + I + e + i    u' = a (b v - u), or a b (v + u_shift)     v >= peak: v = c, u += d
  izhikevich_cv  C v' = k (v - v_r) (v - v_t) - u + I + e + i    u' = a (b (v - v_r) - u)              v >= peak: v = c, u += d
  lif_cond_exp   C V' = g_L (E_L - V) + e (E_exc - V) + i (E_inh - V) + I    V >= V_th: V = V_reset for t_ref
e' = -e / tau_exc, i' = -i / tau_inh; an arrival adds its weight to e, i or (delta) v. Arrivals of one instant are summed before
the threshold is tested; if they reach it, the spike is at that instant. An arrival at the instant of a spike comes after it.
"""
import json
import random
import sys

ORDER = 28


def number(x):
    from mpmath import mpf
    return mpf(repr(x)) if isinstance(x, float) else mpf(x)


class Cell:
    """A problem at the precision of `one`'s type: states v, u, e, i and the coefficients of their equations."""

    def __init__(self, case, real):
        p = {k: real(v) for k, v in case["parameters"].items()}
        self.model, zero = case["model"], real(0)
        self.slow = [1 / p[t] if t in p else zero for t in ("tau_syn_exc_ms", "tau_syn_inh_ms")]
        self.t_ref, self.d = p.get("t_ref_ms", zero), zero
        if self.model == "lif_cond_exp":
            self.C, self.g_L, self.E_L, self.E = p["C_m_pF"], p["g_L_nS"], p["E_L_mV"], (p["E_exc_mV"], p["E_inh_mV"])
            self.level, self.reset, self.I_e = p["V_th_mV"], p["V_reset_mV"], p.get("I_e_pA", zero)
            return
        self.level, self.reset, self.d = p["V_peak_mV"], p["c"], p["d"]
        if self.model == "izhikevich":
            self.q, self.C = (p["q0"], p["q1"], p["q2"]), real(1)
            self.I_e = p.get("I_e", zero)
            if "u_shift_mV" in p:
                self.w = (p["a"] * p["b"], zero, p["a"] * p["b"] * p["u_shift_mV"])
            else:
                self.w = (p["a"] * p["b"], p["a"], zero)
        else:
            k, r, t, self.C = p["k"], p["v_r_mV"], p["v_t_mV"], p["C_m_pF"]
            self.q = (k * r * t / self.C, -k * (r + t) / self.C, k / self.C)
            self.w = (p["a"] * p["b"], p["a"], -p["a"] * p["b"] * r)
            self.I_e = p.get("I_e_pA", zero)

    def rate(self, y, current):
        v, u, e, i = y
        if self.model == "lif_cond_exp":
            dv = (self.g_L * (self.E_L - v) + e * (self.E[0] - v) + i * (self.E[1] - v) + current + self.I_e) / self.C
            return [dv, 0, -self.slow[0] * e, -self.slow[1] * i]
        dv = self.q[2] * v * v + self.q[1] * v + self.q[0] + (current + self.I_e + e + i - u) / self.C
        return [dv, self.w[0] * v - self.w[1] * u + self.w[2], -self.slow[0] * e, -self.slow[1] * i]

    def series(self, y, value, slope):
        v, u, e, i = ([s] for s in y)
        for n in range(ORDER):
            current = (value + self.I_e if n == 0 else 0) + (slope if n == 1 else 0)
            if self.model == "lif_cond_exp":
                dv = (self.g_L * self.E_L if n == 0 else 0) - self.g_L * v[n] + current + e[n] * self.E[0] + i[n] * self.E[1]
                dv -= sum((e[k] + i[k]) * v[n - k] for k in range(n + 1))
                dv, du = dv / self.C, 0
            else:
                square = 2 * sum(v[k] * v[n - k] for k in range((n + 1) // 2)) + (v[n // 2] ** 2 if n % 2 == 0 else 0)
                dv = self.q[2] * square + self.q[1] * v[n] + (self.q[0] if n == 0 else 0)
                dv += (current + e[n] + i[n] - u[n]) / self.C
                du = self.w[0] * v[n] - self.w[1] * u[n] + (self.w[2] if n == 0 else 0)
            v.append(dv / (n + 1))
            u.append(du / (n + 1))
            e.append(-self.slow[0] * e[n] / (n + 1))
            i.append(-self.slow[1] * i[n] / (n + 1))
        return v, u, e, i


def at(series, t):
    x = series[-1]
    for c in reversed(series[:-1]):
        x = x * t + c
    return x


def crossing(v, h, level):
    """First t in (0, h] where the series reaches level: scan, with a closer look at maxima near it."""
    scaled = [c * h**k for k, c in enumerate(v)]
    if scaled[0] + sum(c for c in scaled[1:] if c > 0) < level:
        return None
    points = 48
    values = [at(v, h * k / points) for k in range(points + 1)]
    for k in range(1, points + 1):
        low, high = h * (k - 1) / points, h * k / points
        if values[k] < level:
            if not (1 < k and values[k - 2] < values[k - 1] > values[k] and values[k - 1] > level - 1):
                continue
            a, b = h * (k - 2) / points, high  # golden section for the maximum
            for _ in range(60):
                c, d = a + (b - a) * 3819 / 10000, a + (b - a) * 6181 / 10000
                a, b = (a, d) if at(v, c) > at(v, d) else (c, b)
            if at(v, a) < level:
                continue
            low, high = h * (k - 2) / points, a
        for _ in range(100):
            middle = (low + high) / 2
            low, high = (low, middle) if at(v, middle) >= level else (middle, high)
        return high
    return None


def current_at(case, t, real):
    """Value and slope of the continuous current just after t."""
    value, slope = real(0), real(0)
    for s in case["currents"]:
        if real(s["from"]) <= t < real(s["to"]):
            value += real(s["start"]) + real(s["slope"]) * (t - real(s["from"]))
            slope += real(s["slope"])
    return value, slope


def instants(case, real):
    times = {real(a["time_ms"]) for a in case["arrivals"]} | {real(t) for t in case["read_ms"]}
    times |= {real(s[k]) for s in case["currents"] for k in ("from", "to")}
    return sorted(t for t in times if 0 <= t <= real(case["duration_ms"]))


def run(case, real, move):
    """`move(cell, y, t, until, held)` gives (y, t, fired) at the next crossing or at `until`."""
    cell = Cell(case, real)
    initial = {k: real(v) for k, v in case["initial"].items()}
    potential = initial["V_m_mV" if cell.model == "lif_cond_exp" else "v_mV"]
    y, t, held_until, spikes, read = [potential, initial.get("u", real(0)), real(0), real(0)], real(0), real(-1), [], []
    stops, end = instants(case, real), real(case["duration_ms"])

    def spike():
        nonlocal held_until
        spikes.append(t)
        y[0], y[1] = cell.reset, y[1] + cell.d
        held_until = t + cell.t_ref

    while True:
        held = t < held_until
        until = min([s for s in stops if s > t] + ([held_until] if held else []) + [end])
        if t < until:
            y, t, fired = move(cell, y, t, until, held)
            if fired:
                spike()
                if t < until:
                    continue
        arrived = [a for a in case["arrivals"] if real(a["time_ms"]) == t]
        held = t < held_until
        for a in arrived:
            index = {"exc": 2, "inh": 3, "delta": 0}[a["receptor"]]
            y[index] += real(a["weight"])
        if not held and y[0] >= cell.level:
            spike()
        if t in [real(x) for x in case["read_ms"]]:
            read.append((y[0], y[1]))
        if t >= end:
            return spikes, read


def by_series(case):
    from mpmath import mp, mpf
    mp.dps = 34

    def move(cell, y, t, until, held):
        while t < until:
            value, slope = current_at(case, t, number)
            if held:
                from mpmath import exp
                dt = until - t
                return [y[0], y[1], y[2] * exp(-cell.slow[0] * dt), y[3] * exp(-cell.slow[1] * dt)], until, False
            v, u, e, i = cell.series(y, value, slope)
            h = min((mpf(10) ** -26 / (abs(v[n]) + mpf(10) ** -50)) ** (mpf(1) / n) for n in (ORDER - 1, ORDER))
            h = min(h, until - t, mpf(2))
            hit = crossing(v, h, cell.level)
            dt = h if hit is None else hit
            y = [at(s, dt) for s in (v, u, e, i)]
            t = until if hit is None and dt == until - t else t + dt
            if hit is not None:
                return y, t, True
        return y, t, False

    return run(case, number, move)


def by_runge_kutta(case):
    from scipy.integrate import solve_ivp

    def move(cell, y, t, until, held):
        def rate(s, z):
            value, slope = current_at(case, t, float)
            dz = cell.rate(z, value + slope * (s - t))
            return [0] + dz[1:] if held else dz

        def event(s, z):
            return -1.0 if held else z[0] - cell.level
        event.terminal, event.direction = True, 1
        r = solve_ivp(rate, (t, until), y, method="DOP853", rtol=1e-13, atol=1e-12, events=event, max_step=0.5)
        if len(r.t_events[0]):
            return list(r.y_events[0][0]), float(r.t_events[0][0]), True
        return list(r.y[:, -1]), until, False

    return run(case, float, move)


# ---- the cases ------------------------------------------------------------------------------------------------------------

def izhikevich(a, b, c, d, **more):
    return dict({"q0": 140, "q1": 5, "q2": 0.04, "V_peak_mV": 30, "a": a, "b": b, "c": c, "d": d}, **more)


TYPES = {"RS": (0.02, 0.2, -65, 8), "IB": (0.02, 0.2, -55, 4), "CH": (0.02, 0.2, -50, 2), "FS": (0.1, 0.2, -65, 2),
         "TC": (0.02, 0.25, -65, 0.05), "RZ": (0.1, 0.26, -65, 2), "LTS": (0.02, 0.25, -65, 2)}
BOOK = {"RS": dict(C_m_pF=100, k=0.7, v_r_mV=-60, v_t_mV=-40, V_peak_mV=35, a=0.03, b=-2, c=-50, d=100),
        "IB": dict(C_m_pF=150, k=1.2, v_r_mV=-75, v_t_mV=-45, V_peak_mV=50, a=0.01, b=5, c=-56, d=130),
        "CH": dict(C_m_pF=50, k=1.5, v_r_mV=-60, v_t_mV=-40, V_peak_mV=25, a=0.03, b=1, c=-40, d=150),
        "FS": dict(C_m_pF=20, k=1, v_r_mV=-55, v_t_mV=-40, V_peak_mV=25, a=0.2, b=2, c=-45, d=0),
        "TC": dict(C_m_pF=200, k=1.6, v_r_mV=-60, v_t_mV=-50, V_peak_mV=35, a=0.01, b=15, c=-60, d=10)}
COND = dict(C_m_pF=200, g_L_nS=10, E_L_mV=-60, E_exc_mV=0, E_inh_mV=-80, V_th_mV=-50, V_reset_mV=-60, t_ref_ms=5,
            tau_syn_exc_ms=5, tau_syn_inh_ms=10)


def digits(x, n):
    return float("%.*f" % (n, x))


def train(dice, receptors, every_ms, duration, low, high):
    """Arrivals with exponential intervals, times on no grid."""
    arrivals, t = [], 0
    while True:
        t += dice.expovariate(1 / every_ms)
        if t >= duration:
            return arrivals
        receptor = dice.choice(receptors)
        arrivals.append({"receptor": receptor, "time_ms": digits(t, 6), "weight": digits(dice.uniform(low[receptor], high[receptor]), 3)})


def case(name, title, model, parameters, initial, duration, arrivals=(), currents=()):
    return {"id": name, "title": title, "model": model, "parameters": parameters, "initial": initial, "duration_ms": duration,
            "arrivals": list(arrivals), "currents": list(currents), "read_ms": [digits(duration * 0.31, 1), duration]}


def step(start, end, value, slope=0):
    return {"from": start, "to": end, "start": value, "slope": slope}


def cases():
    dice = random.Random(20)
    out = []
    for k, (kind, abcd) in enumerate(TYPES.items()):
        start = {"v_mV": -65, "u": digits(abcd[1] * -65, 2)}
        out.append(case("z%02d" % len(out), kind + " cell, step of current and its end", "izhikevich", izhikevich(*abcd), start, 300,
                        currents=[step(12.345, 250.5, digits(dice.uniform(6, 12), 2))]))
        out.append(case("z%02d" % len(out), kind + " cell, currents of two time constants", "izhikevich",
                        izhikevich(*abcd, tau_syn_exc_ms=digits(dice.uniform(2, 8), 2), tau_syn_inh_ms=digits(dice.uniform(4, 15), 2)),
                        start, 300, train(dice, ["exc", "exc", "inh"], 4, 300, {"exc": 0.5, "inh": -5}, {"exc": 7, "inh": -0.5})))
    rs = izhikevich(*TYPES["RS"])
    out.append(case("z%02d" % len(out), "RS cell, ramps up and down, overlapping", "izhikevich", rs, {"v_mV": -70, "u": -14}, 300,
                    currents=[step(5.5, 150.25, 0, 0.1), step(80.1, 280.7, 12, -0.05)]))
    out.append(case("z%02d" % len(out), "RS cell, jumps of v that fire at once, two at one instant", "izhikevich", rs,
                    {"v_mV": -65, "u": -13}, 200,
                    [{"receptor": "delta", "time_ms": t, "weight": w} for t, w in
                     ((10.03125, 60), (10.03125, 45), (60.5, 101), (60.5, -40), (120.7713, 120), (160.2, 14))]))
    out.append(case("z%02d" % len(out), "u bound to v alone, slow ramp", "izhikevich",
                    dict(izhikevich(0.02, 1, -55, 4), u_shift_mV=65), {"v_mV": -65, "u": -16}, 400,
                    currents=[step(0, 200, 0, 0.04), step(300, 312.5, 0, 0.33)]))
    out.append(case("z%02d" % len(out), "class 1 cell, other quadratic, jumps of v", "izhikevich",
                    dict(izhikevich(0.02, -0.1, -55, 6), q0=108, q1=4.1), {"v_mV": -60, "u": 6}, 200,
                    train(dice, ["delta"], 5, 200, {"delta": 2}, {"delta": 9})))
    out.append(case("z%02d" % len(out), "FS cell driven hard: intervals below a millisecond", "izhikevich",
                    izhikevich(0.1, 0.2, -65, 2), {"v_mV": -65, "u": -13}, 20, currents=[step(1.1, 19, 400)]))
    out.append(case("z%02d" % len(out), "RS cell, deep inhibition and rebound", "izhikevich",
                    dict(izhikevich(0.03, 0.25, -60, 4), tau_syn_exc_ms=3, tau_syn_inh_ms=6), {"v_mV": -64, "u": -16}, 200,
                    [{"receptor": "inh", "time_ms": 20.017, "weight": -40}, {"receptor": "inh", "time_ms": 90.3, "weight": -25},
                     {"receptor": "exc", "time_ms": 140.0625, "weight": 9}]))
    for kind, book in BOOK.items():
        start = {"v_mV": book["v_r_mV"], "u": 0}
        strength = {"RS": 100, "IB": 500, "CH": 300, "FS": 120, "TC": 250}[kind]
        out.append(case("b%02d" % len(out), "book form, %s cell, two steps of current" % kind, "izhikevich_cv", book, start, 300,
                        currents=[step(10.7, 160.1, strength), step(200, 290.03, digits(strength * 1.4, 1))]))
        out.append(case("b%02d" % len(out), "book form, %s cell, synaptic currents" % kind, "izhikevich_cv",
                        dict(book, tau_syn_exc_ms=4, tau_syn_inh_ms=digits(dice.uniform(3, 12), 1), I_e_pA=digits(strength * 0.3, 1)),
                        start, 300, train(dice, ["exc", "exc", "inh"], 5, 300, {"exc": strength * 0.2, "inh": strength * -0.6},
                                          {"exc": strength * 1.3, "inh": 0})))
    for k in range(4):
        out.append(case("c%02d" % len(out), "conductances, irregular input, t_ref %d" % (5, 0, 2, 1)[k], "lif_cond_exp",
                        dict(COND, t_ref_ms=(5, 0, 2, 0.7)[k], tau_syn_exc_ms=(5, 5, 2, 0.3)[k]), {"V_m_mV": -60}, 200,
                        train(dice, ["exc", "exc", "exc", "inh"], (1, 1.5, 0.5, 0.2)[k], 200, {"exc": 1, "inh": 2},
                              {"exc": 9, "inh": 20})))
    out.append(case("c%02d" % len(out), "constant current, no input", "lif_cond_exp", dict(COND, I_e_pA=130), {"V_m_mV": -60}, 300))
    out.append(case("c%02d" % len(out), "ramps of current against a standing inhibition", "lif_cond_exp",
                    dict(COND, tau_syn_inh_ms=200), {"V_m_mV": -62.5}, 300,
                    [{"receptor": "inh", "time_ms": 3.3, "weight": 12}], [step(10.01, 120.5, 50, 4), step(100, 299, 100, 1)]))
    out.append(case("c%02d" % len(out), "shunted: strong inhibition at the threshold", "lif_cond_exp", dict(COND, E_inh_mV=-50.5),
                    {"V_m_mV": -60}, 200, [{"receptor": "exc", "time_ms": digits(5 + 7.3 * k, 2), "weight": 14} for k in range(26)] +
                    [{"receptor": "inh", "time_ms": 60.5, "weight": 90}, {"receptor": "inh", "time_ms": 110.05, "weight": 40}]))
    # The critical weights, found by halving: 1151.5131046 where inhibition cuts the rise short, 1114.8227716 for a round top.
    fast = dict(COND, tau_syn_exc_ms=0.05, tau_syn_inh_ms=0.2, t_ref_ms=1)
    volleys = []
    for k, w in enumerate((1150, 1151.51, 1151.514, 1152, 1160, 1110, 1114.82, 1114.824, 1115, 1120)):
        t = 5.02 + 500 * k
        volleys += [{"receptor": "exc", "time_ms": t, "weight": w},
                    {"receptor": "inh", "time_ms": digits(t + 0.0503, 4) if k < 5 else t, "weight": 4000 if k < 5 else 300}]
    out.append(case("c%02d" % len(out), "volleys that lift the potential above threshold for microseconds, or just not",
                    "lif_cond_exp", fast, {"V_m_mV": -60}, 5000, volleys))
    return out


def main():
    if len(sys.argv) == 3 and sys.argv[1] == "--check":
        worst = 0
        for c in json.load(open(sys.argv[2]))["cases"]:
            spikes, read = by_runge_kutta(c)
            if len(spikes) != len(c["spikes_ms"]):
                print(c["id"], "has", len(spikes), "spikes instead of", len(c["spikes_ms"]))
                continue
            off = max([abs(a - float(b)) for a, b in zip(spikes, c["spikes_ms"])] or [0])
            print("%s %3d spikes, largest difference %.2g ms   %s" % (c["id"], len(spikes), off, c["title"]))
            worst = max(worst, off)
        print("largest of all %.2g ms" % worst)
        return
    from mpmath import nstr
    done = []
    for c in cases():
        spikes, read = by_series(c)
        key = "V_m_mV" if c["model"] == "lif_cond_exp" else "v_mV"
        c["spikes_ms"] = [nstr(t, 20) for t in spikes]
        c["read"] = [dict({key: nstr(v, 20)}, **({} if c["model"] == "lif_cond_exp" else {"u": nstr(u, 20)})) for v, u in read]
        print(c["id"], len(spikes), c["title"], file=sys.stderr, flush=True)
        done.append(c)
    print('{"cases": [\n' + ",\n".join(json.dumps(c) for c in done) + "\n]}")


if __name__ == "__main__":
    main()
