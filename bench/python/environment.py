"""A virtual environment for the peers and for plots, in build/peers/venv. What cannot be installed is reported and left out."""
import subprocess
import sys

from workloads import ROOT

FOLDER = ROOT / "build" / "peers" / "venv"
PYTHON = FOLDER / "bin" / "python"


def make():
    if PYTHON.exists():
        return True
    FOLDER.parent.mkdir(parents=True, exist_ok=True)
    made = subprocess.run([sys.executable, "-m", "venv", str(FOLDER)], capture_output=True, text=True)
    if made.returncode != 0:
        print(f"no virtual environment: {(made.stdout + made.stderr).strip()[-300:]}", file=sys.stderr)
    return made.returncode == 0


def version(module):
    """The version of an importable module, or None."""
    if not PYTHON.exists():
        return None
    code = f"import importlib.metadata, {module}; print('version', importlib.metadata.version('{PACKAGES[module][0]}'))"
    ran = subprocess.run([str(PYTHON), "-c", code], capture_output=True, text=True)
    lines = [line for line in ran.stdout.splitlines() if line.startswith("version ")]
    return lines[-1].split()[1] if ran.returncode == 0 and lines else None


PACKAGES = {"nest": ["nest-simulator"], "brian2": ["brian2", "numpy<2.4"],  # Brian2 2.9 wants ndarray.ptp, gone in NumPy 2.4
            "matplotlib": ["matplotlib"]}


def require(module, install=True):
    """The version of a module, installed when missing; None, with a message, where it cannot be had."""
    found = version(module)
    if found or not install:
        if not found:
            print(f"{module} is not installed; leaving it out", file=sys.stderr)
        return found
    if not make():
        return None
    print(f"installing {PACKAGES[module][0]} into {FOLDER}", file=sys.stderr)
    ran = subprocess.run([str(PYTHON), "-m", "pip", "install", "--quiet", "--disable-pip-version-check", *PACKAGES[module]],
                         capture_output=True, text=True)
    found = version(module)
    if not found:
        print(f"{PACKAGES[module][0]} cannot be installed here, so the rest goes on without it:\n{(ran.stdout + ran.stderr).strip()[-600:]}",
              file=sys.stderr)
    return found
