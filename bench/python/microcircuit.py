"""The cortical microcircuit in numbers, for the peers: sizes, synapses, drive, at any scale (Potjans and Diesmann 2014)."""
import math

POPULATIONS = ["L23E", "L23I", "L4E", "L4I", "L5E", "L5I", "L6E", "L6I"]
SIZES = [20683, 5834, 21915, 5479, 4850, 1065, 14395, 2948]
EXTERNAL = [1600, 1500, 2100, 1900, 2000, 1900, 2900, 2100]
START_MEAN = [-68.28, -63.16, -63.33, -63.45, -63.11, -61.66, -66.72, -61.43]
START_SD = [5.36, 4.57, 4.74, 4.94, 4.94, 4.55, 5.46, 4.48]
PUBLISHED_HZ = [0.903, 2.965, 4.414, 5.876, 7.569, 8.633, 1.105, 7.829]
PROBABILITY = [  # rows: targets
    [0.1009, 0.1689, 0.0437, 0.0818, 0.0323, 0, 0.0076, 0],
    [0.1346, 0.1371, 0.0316, 0.0515, 0.0755, 0, 0.0042, 0],
    [0.0077, 0.0059, 0.0497, 0.135, 0.0067, 0.0003, 0.0453, 0],
    [0.0691, 0.0029, 0.0794, 0.1597, 0.0033, 0, 0.1057, 0],
    [0.1004, 0.0622, 0.0505, 0.0057, 0.0831, 0.3726, 0.0204, 0],
    [0.0548, 0.0269, 0.0257, 0.0022, 0.06, 0.3158, 0.0086, 0],
    [0.0156, 0.0066, 0.0211, 0.0166, 0.0572, 0.0197, 0.0396, 0.2252],
    [0.0364, 0.001, 0.0034, 0.0005, 0.0277, 0.008, 0.0658, 0.1443],
]
WEIGHT_pA = 87.81
RELATIVE_INHIBITION = 4
BACKGROUND_HZ = 8
TAU_SYN_MS = 0.5


def inhibitory(source):
    return source % 2 == 1


def mean_weight(target, source):
    """pA, at full scale."""
    if inhibitory(source):
        return -RELATIVE_INHIBITION * WEIGHT_pA
    return (2 if (target, source) == (0, 2) else 1) * WEIGHT_pA


def synapses(target, source):
    """Number at full scale."""
    p = PROBABILITY[target][source]
    return round(math.log(1 - p) / math.log(1 - 1 / (SIZES[target] * SIZES[source]))) if p > 0 else 0


class Scaled:
    """Everything at a scale in (0, 1]: fewer cells and synapses, larger weights, a current for the input that is lost."""

    def __init__(self, scale):
        self.scale = scale
        self.sizes = [round(n * scale) for n in SIZES]
        self.external_hz = [BACKGROUND_HZ * k * scale for k in EXTERNAL]
        self.external_weight = WEIGHT_pA / math.sqrt(scale)
        lost = 1 - math.sqrt(scale)
        self.current = []
        for t in range(8):
            recurrent = sum(mean_weight(t, s) * synapses(t, s) / SIZES[t] * PUBLISHED_HZ[s] for s in range(8))
            self.current.append(lost * TAU_SYN_MS / 1000 * (recurrent + WEIGHT_pA * EXTERNAL[t] * BACKGROUND_HZ))

    def projections(self):
        """(target, source, number, weight mean, delay mean, delay sd) of every projection."""
        for t in range(8):
            for s in range(8):
                number = round(self.scale**2 * synapses(t, s))
                if number > 0:
                    delay = (0.75, 0.375) if inhibitory(s) else (1.5, 0.75)
                    yield t, s, number, mean_weight(t, s) / math.sqrt(self.scale), *delay
