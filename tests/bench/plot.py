"""A picture of what the bench measured, for light screens and dark ones: SVG, and nothing else.

``python -m tests.bench.plot <results.json> <picture.svg>``, in the environment of ``plot.txt``.
"""

from __future__ import annotations

import json
import sys
from collections import defaultdict
from pathlib import Path
from statistics import median
from typing import Any, Final

import matplotlib as mpl
from matplotlib.figure import Figure

_LIGHT: Final = ("#1f2933", "#ffffff", "#8795a1")
_DARK: Final = ("#e6edf3", "#0d1117", "#8b949e")
"""Ink, paper, and what is less important."""
_COLOURS: Final = {
    "exporter": "#0b7285",
    "floor": "#adb5bd",
    "floor_whole": "#ced4da",
    "grove": "#e8a33d",
    "dlt": "#c9714d",
}
_TITLES: Final = {
    "exporter": "exporter",
    "floor": "floor, \\$select",
    "floor_whole": "floor, whole rows",
    "grove": "Grove 2.2.0",
    "dlt": "dlt 1.31.0",
}
_RACES: Final = {
    "day": "100,000 logs\nof one day",
    "month": "100,000 logs\nof 30 days",
    "day_far": "one day, far",
    "month_far": "30 days, far",
    "million": "1,000,000 logs\nof 30 days",
    "window": "300,000 logs\nof ten minutes",
}
_MET, _MISSED = "#2f9e44", "#e03131"
_LEAST_SHARE: Final = 0.05
_FAR: Final = "far: 200 ms a request to the tenant, 30 ms an AWS call"

type Measured = dict[tuple[str, str], dict[str, list[float]]]


def main(source: str, picture: str) -> None:
    """Draw both; the dark one lies beside the other, under a name that ends in ``-dark``."""
    told = json.loads(Path(source).read_text())
    light = Path(picture)
    _draw(told, light, _LIGHT)
    _draw(told, light.with_stem(f"{light.stem}-dark"), _DARK)


def _draw(told: dict[str, Any], picture: Path, colours: tuple[str, str, str]) -> None:
    ink, paper, quiet = colours
    mpl.rcParams.update(
        {
            "font.family": "DejaVu Sans",
            "font.size": 10,
            "text.color": ink,
            "axes.labelcolor": ink,
            "axes.edgecolor": quiet,
            "xtick.color": ink,
            "ytick.color": ink,
            "axes.facecolor": paper,
            "axes.spines.top": False,
            "axes.spines.right": False,
            "svg.hashsalt": "bench",
        }
    )
    measured = _measured(told["results"])
    figure = Figure(figsize=(13, 9.5), facecolor=paper, layout="constrained")
    upper, lower = figure.subfigures(2, 1, height_ratios=[1, 1.15], hspace=0.06)
    cpu, wall, memory = upper.subplots(1, 3, width_ratios=[1, 1, 1])
    _bars(cpu, measured, ("day", "month"), "cpu", "CPU seconds of the whole process")
    _bars(wall, measured, ("day_far", "month_far"), "wall", f"seconds of the clock\n({_FAR})")
    _bars(memory, measured, ("month", "million", "window"), "peak_mb", "largest memory, MB")
    _judged(lower.subplots(1, 1), told["targets"])
    machine = told["machine"]
    figure.suptitle(
        "What copying the logs takes, beside the shortest honest loop",
        fontsize=16,
        x=0.012,
        ha="left",
    )
    rounds = max(len(it["cpu"]) for it in measured.values())
    figure.supxlabel(
        f"{told['began'][:16].replace('T', ' ')} UTC   {machine['cpu']}, {machine['cores']} cores"
        f"   Python {machine['python']}   commit {machine['commit']}   "
        f"medians of {rounds}, whiskers from least to most",
        fontsize=8,
        color=quiet,
    )
    figure.savefig(picture, metadata={"Date": None})


def _measured(results: list[dict[str, Any]]) -> Measured:
    found: Measured = defaultdict(lambda: defaultdict(list))
    for result in results:
        for name in ("cpu", "wall", "peak_mb"):
            found[result["scenario"], result["contender"]][name].append(result[name])
    return found


def _bars(
    axes: Any,  # noqa: ANN401 - matplotlib is not here when types are checked
    measured: Measured,
    scenarios: tuple[str, ...],
    measure: str,
    label: str,
) -> None:
    """One group of bars for each scenario, from the top."""
    place, ticks = 0.0, {}
    for scenario in scenarios:
        group = [who for who in _COLOURS if (scenario, who) in measured]
        if not group:
            continue
        for at, who in enumerate(group):
            values = measured[scenario, who][measure]
            middle = median(values)
            whiskers = [[middle - min(values)], [max(values) - middle]]
            axes.barh(
                place + at,
                middle,
                color=_COLOURS[who],
                height=0.86,
                xerr=whiskers if len(values) > 1 else None,
                error_kw={"ecolor": mpl.rcParams["text.color"], "elinewidth": 0.8, "capsize": 2},
            )
            number = f"{middle:,.0f}" if middle >= 20 else f"{middle:.1f}"
            axes.text(
                max(values), place + at, f"  {number}  {_TITLES[who]}", va="center", fontsize=8.5
            )
        ticks[place + (len(group) - 1) / 2] = _RACES[scenario]
        place += len(group) + 0.9
    axes.set_yticks(list(ticks), list(ticks.values()))
    axes.invert_yaxis()
    axes.tick_params(axis="y", length=0)
    axes.margins(x=0.42, y=0.03)
    axes.set_xlim(left=0)
    axes.set_title(label, loc="left", fontsize=10.5)


def _judged(axes: Any, targets: list[dict[str, Any]]) -> None:  # noqa: ANN401 - as above
    """Each target as a dot: how much of what is allowed was needed."""
    places = range(len(targets))
    for place, target in zip(places, targets, strict=True):
        share = max(target["value"] / target["bound"], _LEAST_SHARE)
        met = target["met"]
        colour = _MET if met else _MISSED
        axes.plot([share, 1], [place, place], color=colour, linewidth=2, alpha=0.3)
        axes.plot(share, place, "o", color=colour, markersize=6)
        axes.text(
            share / 1.12 if met else share * 1.12,
            place,
            f"{_short(target['value'])} of {_short(target['bound'])}",
            va="center",
            ha="right" if met else "left",
            fontsize=8,
            color=colour,
        )
    axes.axvline(1, color=mpl.rcParams["text.color"], linewidth=0.9)
    axes.set_xscale("log")
    axes.set_xlim(_LEAST_SHARE / 3, max([4.0, *(3 * it["value"] / it["bound"] for it in targets)]))
    axes.set_yticks(list(places), [it["text"] for it in targets], fontsize=8.5)
    axes.tick_params(axis="y", length=0)
    axes.invert_yaxis()
    axes.xaxis.set_major_formatter(lambda value, _: f"{value:g} x")
    axes.set_title(
        "what is needed of what is allowed (left of the line, green: reached)",
        loc="left",
        fontsize=10.5,
    )


def _short(value: float) -> str:
    """A number with three digits at least, and with all of a large one's."""
    return f"{value:,.0f}" if value >= 100 else f"{value:.3g}"


if __name__ == "__main__":
    main(sys.argv[1], sys.argv[2])
