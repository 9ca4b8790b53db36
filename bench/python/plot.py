"""Draws the plots of bench/peers and bench/scaling. Reads what to draw as JSON from standard input; runs in the virtual environment."""
import json
import sys

import matplotlib

matplotlib.use("svg")
import matplotlib.pyplot as plt  # noqa: E402

matplotlib.rcParams["svg.hashsalt"] = "spikeloom"


def bars(plot):
    """CPU seconds by case and simulator, on a logarithmic axis."""
    cases = list(dict.fromkeys(p["case"] for p in plot["points"]))
    simulators = list(dict.fromkeys(p["simulator"] for p in plot["points"]))
    figure, axes = plt.subplots(figsize=(8, 0.8 + 0.55 * len(cases)))
    height = 0.8 / len(simulators)
    for k, simulator in enumerate(simulators):
        mine = {p["case"]: p["cpu"] for p in plot["points"] if p["simulator"] == simulator}
        places = [i + (k - (len(simulators) - 1) / 2) * height for i, case in enumerate(cases) if case in mine]
        axes.barh(places, [mine[case] for case in cases if case in mine], height, label=simulator)
    axes.set_yticks(range(len(cases)), cases)
    axes.invert_yaxis()
    axes.set_xscale("log")
    axes.set_xlabel(plot["title"])
    axes.axvline(1, color="black", linewidth=0.8)  # real time
    axes.legend(frameon=False, loc="lower left", bbox_to_anchor=(0, 1), ncol=3)
    return figure


def scaling(plot):
    """One panel per sweep: seconds against the swept quantity, both logarithmic, with the fitted line."""
    sweeps = plot["sweeps"]
    figure, panels = plt.subplots(1, len(sweeps), figsize=(3.6 * len(sweeps), 3.4), squeeze=False)
    for axes, sweep in zip(panels[0], sweeps):
        x, y = sweep["x"], sweep["y"]
        axes.loglog(x, y, "o")
        if sweep.get("fit"):
            slope, factor, fixed = (sweep["fit"][key] for key in ("slope", "factor", "fixed"))
            axes.loglog(x, [fixed + factor * v**slope for v in x], "-", linewidth=0.8, label=f"slope {slope:.2f}")
            axes.legend(frameon=False)
        axes.set_xlabel(sweep["of"])
        axes.set_ylabel(sweep["quantity"])
        axes.set_title(sweep["name"], fontsize="medium")
    return figure


def main():
    plot = json.load(sys.stdin)
    figure = {"bars": bars, "scaling": scaling}[plot["kind"]](plot)
    figure.tight_layout()
    figure.savefig(plot["file"], metadata={"Date": None})


main()
