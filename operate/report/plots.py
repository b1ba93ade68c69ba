"""Bars as SVG.  Their labels are text of the page, so that they can be read on a phone, too.

A plot has neither script nor style of its own: the page's style gives colours, for light, dark
and paper, by the class of each bar.
"""

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from markupsafe import Markup

_HEIGHT: Final = 100.0
_GAP: Final = 0.12
_LABELS: Final = 5
_TICKS: Final = 4


@dataclass(frozen=True, slots=True)
class Plot:
    """A plot, and the labels that the page puts around it.

    Attributes:
        bars: The SVG.
        ticks: Labels of the left side with their height in percent, from below.
        labels: Labels below with where they begin, in percent.
    """

    bars: Markup
    ticks: Sequence[tuple[float, str]]
    labels: Sequence[tuple[float, str]]


def bars(
    starts: Sequence[datetime],
    series: Mapping[str, Sequence[float]],
    *,
    title: str,
    width: str,
    show: Callable[[float], str],
    steps: Sequence[float] = (),
) -> Plot:
    """Stacked bars over time.

    Args:
        series: A value for each bar, by the class that gives the colour; the first lies below.
        title: What is read out in place of the picture.
        width: ``hour``, ``day``, ``week`` or ``month``: how bars are named.
        show: Writes a value for people.
        steps: The steps that a scale may have, rising; beyond them, and by default, round numbers.
    """
    heights = [sum(column) for column in zip(*series.values(), strict=True)] or [0.0] * len(starts)
    top, step = _scale(max(heights, default=0.0), steps)
    parts: list[Markup] = []
    for number, start in enumerate(starts):
        level = 0.0
        for name, values in series.items():
            value = values[number]
            if not value:
                continue
            high = value / top * _HEIGHT
            parts.append(
                Markup(
                    '<rect class="s-{}" x="{:.3f}" y="{:.3f}" width="{:.3f}" height="{:.3f}">'
                    "<title>{}: {} {}</title></rect>"
                ).format(
                    name.lower(),
                    number + _GAP / 2,
                    _HEIGHT - level - high,
                    1 - _GAP,
                    high,
                    named(start, width),
                    name,
                    show(value),
                )
            )
            level += high
    lines = [
        Markup('<line class="grid" x1="0" x2="{}" y1="{:.2f}" y2="{:.2f}"/>').format(
            len(starts), *([_HEIGHT - place * step / top * _HEIGHT] * 2)
        )
        for place in range(1, int(top / step + 1e-9) + 1)
    ]
    svg = Markup(
        '<svg role="img" aria-label="{}" viewBox="0 0 {} {:.0f}" '
        'preserveAspectRatio="none">{}{}</svg>'
    ).format(title, max(len(starts), 1), _HEIGHT, Markup().join(lines), Markup().join(parts))
    return Plot(
        bars=svg,
        ticks=[
            (place * step / top * 100, show(place * step))
            for place in range(int(top / step + 1e-9) + 1)
        ],
        labels=_labels(starts, width),
    )


def range_bar(low: float, high: float, most: float, *, title: str) -> Markup:
    """A bar from one value to another on a logarithmic scale that ends at ``most``."""

    def place(value: float) -> float:
        least = most / 10_000
        if value <= least or most <= 0:
            return 0.0
        return math.log(value / least) / math.log(10_000) * 100

    left, right = place(low), place(high)
    return Markup(
        '<svg class="range" role="img" aria-label="{}" viewBox="0 0 100 10" '
        'preserveAspectRatio="none"><rect class="rail" x="0" y="4" width="100" height="2"/>'
        '<rect class="span" x="{:.1f}" y="1" width="{:.1f}" height="8">'
        "<title>{}</title></rect></svg>"
    ).format(title, left, max(right - left, 1.5), title)


def named(start: datetime, width: str) -> str:
    """What a bar is called."""
    match width:
        case "hour":
            return f"{start:%a %d %b %H}:00"
        case "week":
            return f"week of {start:%d %b %Y}"
        case "month":
            return f"{start:%b %Y}"
        case _:
            return f"{start:%a %d %b}"


def _labels(starts: Sequence[datetime], width: str) -> list[tuple[float, str]]:
    count = len(starts)
    each = max(1, math.ceil(count / _LABELS))
    short = {"hour": "%d %b %H:00", "month": "%b %Y", "week": "%d %b"}.get(width, "%d %b")
    return [
        (number / count * 100, starts[number].strftime(short)) for number in range(0, count, each)
    ]


def _scale(most: float, steps: Sequence[float]) -> tuple[float, float]:
    """Where the scale ends, and how far its steps are apart."""
    if most <= 0:
        return 1.0, 1.0
    rough = most / _TICKS
    size = 10 ** math.floor(math.log10(rough))
    round_ones = [size * each for each in (1, 2, 2.5, 5, 10)]
    fits = (each for each in (*steps, *round_ones) if each >= rough * (1 - 1e-9))
    step = next(fits)
    return math.ceil(most / step - 1e-9) * step, step
