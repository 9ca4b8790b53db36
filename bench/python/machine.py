"""Whether the machine is fit for timing: how busy others keep it, one measurement at a time, and what it is."""
import contextlib
import fcntl
import os
import pathlib
import platform
import sys
import tempfile
import time


def busy_fraction(seconds=1.0):
    """Share of all processors' time that something used during the next `seconds`."""
    def ticks():
        fields = [int(x) for x in pathlib.Path("/proc/stat").read_text().splitlines()[0].split()[1:]]
        return sum(fields[:8]), fields[3] + fields[4]
    total, idle = ticks()
    time.sleep(seconds)
    total_after, idle_after = ticks()
    return 1 - (idle_after - idle) / max(total_after - total, 1)


def require_quiet(ignore, limit=0.1):
    """The busy fraction; ends the program where it is above `limit`, unless told to ignore that."""
    busy = busy_fraction(2.0)
    if busy > limit:
        text = f"other processes use {busy:.0%} of this machine, so wall times mean little"
        if not ignore:
            raise SystemExit(f"refused: {text}; --ignore-load measures all the same")
        print(f"WARNING: {text}; CPU seconds are the better guide, and even they suffer", file=sys.stderr)
    return busy


@contextlib.contextmanager
def lock():
    """One measurement at a time on this machine."""
    path = pathlib.Path(tempfile.gettempdir()) / f"spikeloom-bench-{os.getuid()}.lock"
    with open(path, "w") as file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            raise SystemExit(f"refused: another measurement holds {path}") from None
        yield


def description():
    name = platform.processor() or platform.machine()
    for line in pathlib.Path("/proc/cpuinfo").read_text().splitlines():
        if line.startswith("model name"):
            name = line.split(":", 1)[1].strip()
            break
    return f"{name}, {os.cpu_count()} hardware threads"
