"""The list of workloads, running one with the spikeloom command, and holding an answer against the list."""
import json
import os
import pathlib
import subprocess
import tempfile

ROOT = pathlib.Path(__file__).resolve().parents[2]


def read_list(path=None):
    """Workloads by name, as bench/workloads.json has them."""
    return json.loads(pathlib.Path(path or ROOT / "bench" / "workloads.json").read_text())["workloads"]


def command_path(given=None):
    path = pathlib.Path(given) if given else ROOT / "build" / "release" / "spikeloom"
    if not os.access(path, os.X_OK):
        raise SystemExit(f"there is no {path}: build it with scripts/build, or say --command PATH")
    return path


def run_spikeloom(command, network, window, threads=1, settings=None, options=(), prefix=()):
    """The JSON report of one run in single precision; `window` is (warm-up, timed) in ms. Raises RuntimeError."""
    warmup_ms, timed_ms = window
    with tempfile.TemporaryDirectory() as out:
        call = [*prefix, str(command), "run", str(ROOT / "examples" / network), "--json", "--progress", "off", "--out", out + "/o",
                "--precision", "single", "--threads", str(threads), "--duration-ms", str(warmup_ms + timed_ms),
                "--set", f"run.warmup_ms={warmup_ms}"]
        for key, value in (settings or {}).items():
            call += ["--set", f"{key}={json.dumps(value)}"]
        ran = subprocess.run(call + list(options), capture_output=True, text=True)
    if ran.returncode != 0:
        raise RuntimeError(f"spikeloom ended with {ran.returncode}: {(ran.stdout + ran.stderr).strip()[-500:]}")
    return json.loads(ran.stdout)


def faults(answers, measured, slack=1.0):
    """What of `measured` ({"rates_hz": {population: value}, ...}) lies outside the answers; ranges are `slack` times as wide."""
    found = []
    for population, answer in answers.items():
        for key, name in (("rate_hz", "rates_hz"), ("rate_sd_hz", "rate_sd_hz"), ("cv_isi", "cv_isi")):
            if key not in answer or name not in measured:
                continue
            low, high = answer[key]
            middle, half = (low + high) / 2, (high - low) / 2 * slack
            value = measured[name].get(population)
            if value is None or not middle - half <= value <= middle + half:
                text = "missing" if value is None else f"{value:.4g}"
                found.append(f"{key} of {population} is {text}, not {middle - half:.4g} to {middle + half:.4g}")
    return found
