"""The page: numbers into one HTML file that needs nothing and nobody."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any, Final

import jinja2

from mpl_export import __version__
from mpl_export.notifier.plain import one_line
from operate.report.activity import Volume
from operate.report.numbers import Numbers
from operate.report.plots import Plot, bars, range_bar
from operate.trace.show import duration

_HERE: Final = Path(__file__).parent
_SHORT: Final = 160
_MOST_KINDS: Final = 100
_MOST_ARTIFACTS: Final = 60
_MOST_OPEN: Final = 60
_STEPS_OF_TIME: Final = (
    *(1.0, 2.0, 5.0, 10.0, 15.0, 30.0),
    *(each * 60.0 for each in (1, 2, 5, 10, 15, 30)),
    *(each * 3_600.0 for each in (1, 2, 3, 6, 12, 24, 48, 120, 240)),
)
"""Seconds."""


@dataclass(frozen=True, slots=True)
class Head:
    """What a report says of itself.

    Attributes:
        place: Where the archive lies.
        read: How much was read for it.
    """

    tenant: str
    place: str
    read: str
    made: datetime


def page(head: Head, numbers: Numbers) -> str:
    """Write the page.

    Everything that comes from the archive is escaped, and the page's own policy allows neither
    script nor anything from elsewhere, so a text of the tenant stays a text.
    """
    environment = jinja2.Environment(
        loader=jinja2.FileSystemLoader(_HERE),
        autoescape=True,
        undefined=jinja2.StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.filters.update(
        number=_number, seconds=_seconds, when=_when, day=_day, short=_short, line=_line
    )
    return environment.get_template("page.html.j2").render(
        head=head,
        n=numbers,
        name=_namer(numbers.names),
        release=__version__,
        volume=volume_plot(numbers.volume, numbers.period.bucket),
        failed=failed_plot(numbers.volume, numbers.period.bucket),
        delay=delay_plot(numbers),
        range_bar=range_bar,
        slowest=max((each.longest for each in numbers.durations), default=0.0),
        most_kinds=_MOST_KINDS,
        most_artifacts=_MOST_ARTIFACTS,
        most_open=_MOST_OPEN,
    )


def volume_plot(volume: Volume, width: str) -> Plot:
    """Messages by status."""
    return bars(
        volume.starts,
        volume.by_status,
        title=f"Messages by status for each {width}; the table below has the numbers",
        width=width,
        show=_number,
    )


def failed_plot(volume: Volume, width: str) -> Plot:
    """Only those that failed: beside all messages they would not be seen."""
    failed = {
        status: values
        for status, values in volume.by_status.items()
        if status in {"FAILED", "ESCALATED"}
    }
    return bars(
        volume.starts,
        failed,
        title=f"Failed and escalated messages for each {width}",
        width=width,
        show=_number,
    )


def delay_plot(numbers: Numbers) -> Plot:
    """How late all but the latest five of a hundred came."""
    return bars(
        [each.start for each in numbers.delays],
        {"p95": [each.p95 or 0.0 for each in numbers.delays]},
        title="95th percentile of the time between a message's end and its being read",
        width=numbers.period.bucket,
        show=_seconds,
        steps=_STEPS_OF_TIME,
    )


def _namer(names: Mapping[str, str]) -> Any:  # noqa: ANN401 - a function for the template
    return lambda artifact: _line(names.get(artifact, artifact))


def _number(value: float) -> str:
    """A number for people: thousands apart, no more digits than it needs."""
    return f"{value:,.0f}" if value >= 10 or value == int(value) else f"{value:,.1f}"


def _seconds(value: float | None) -> str:
    if value is None:
        return "-"
    return "0" if value == 0 else duration(value)


def _when(value: datetime | None) -> str:
    return "-" if value is None else f"{value:%Y-%m-%d %H:%M}"


def _day(value: datetime) -> str:
    return f"{value:%Y-%m-%d}"


def _line(text: str) -> str:
    """A text of the tenant on one line, without what a reader cannot see."""
    return one_line(text)


def _short(text: str) -> str:
    text = one_line(text)
    return text if len(text) <= _SHORT else f"{text[: _SHORT - 1]}\N{HORIZONTAL ELLIPSIS}"
