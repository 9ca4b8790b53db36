"""Rates, their spread over cells, and CVs of intervals, counted as Spikeloom counts them. Runs inside the peers' processes."""
import numpy as np


def of_spikes(cells, times_ms, size, window_ms):
    """`cells` from 0, `times_ms`; only spikes after window_ms[0] and up to window_ms[1] count."""
    cells, times_ms = np.asarray(cells, dtype=np.int64), np.asarray(times_ms, dtype=float)
    kept = (times_ms > window_ms[0] + 1e-6) & (times_ms <= window_ms[1] + 1e-6)
    cells, times_ms = cells[kept], times_ms[kept]
    seconds = (window_ms[1] - window_ms[0]) / 1000
    counts = np.bincount(cells, minlength=size)
    order = np.lexsort((times_ms, cells))
    cells, times_ms = cells[order], times_ms[order]
    same = cells[1:] == cells[:-1]
    owner, interval = cells[1:][same], np.diff(times_ms)[same]
    number = np.bincount(owner, minlength=size)
    mean = np.bincount(owner, weights=interval, minlength=size) / np.maximum(number, 1)
    square = np.bincount(owner, weights=interval**2, minlength=size) / np.maximum(number, 1)
    enough = number >= 3
    cvs = np.sqrt(np.maximum(square[enough] - mean[enough] ** 2, 0)) / mean[enough]
    return {"rate_hz": counts.sum() / size / seconds, "rate_sd_hz": counts.std() / seconds,
            "cv_isi": float(cvs.mean()) if enough.any() else None, "spikes": int(counts.sum())}


def collect(by_population):
    """{population: of_spikes(...)} turned round: one object per quantity, as Spikeloom reports them."""
    names = {"rates_hz": "rate_hz", "rate_sd_hz": "rate_sd_hz", "cv_isi": "cv_isi"}
    report = {name: {p: float(v[key]) if v[key] is not None else None for p, v in by_population.items()} for name, key in names.items()}
    report["spikes"] = sum(v["spikes"] for v in by_population.values())
    return report
