"""What the exporter is held to: ratios within one run, which hold on any machine, and counts."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from math import ceil
from typing import TYPE_CHECKING, Any, Final

if TYPE_CHECKING:
    from tests.bench.tables import Medians

type Rows = Callable[[str, str], dict[str, Any]]
"""Gives the medians of a contender in a scenario; KeyError if it did not run."""


@dataclass(frozen=True, slots=True)
class Target:
    """One thing to be reached.

    Attributes:
        number: The group that it belongs to.
        text: What is compared.
        bound: The most that it may be.
        value: Calculates it; KeyError if it was not measured.
    """

    number: int
    text: str
    bound: float
    value: Callable[[Rows], float]


def _ratio(scenario: str, of: str, measure: str) -> Callable[[Rows], float]:
    return lambda rows: rows(scenario, "exporter")[measure] / rows(scenario, of)[measure]


def _own(scenario: str, measure: str, who: str = "exporter") -> Callable[[Rows], float]:
    return lambda rows: float(rows(scenario, who)[measure])


def _beside_parts(scenario: str) -> Callable[[Rows], float]:
    """AWS calls that are neither parts written nor parts read back."""

    def value(rows: Rows) -> float:
        row = rows(scenario, "exporter")
        read = row["by_call"].get("s3:GetObject", 0)
        written = 0 if scenario in _NOTHING_WRITTEN else row["objects"]
        return float(row["calls"] - read - written)

    return value


_NOTHING_WRITTEN: Final = frozenset({"again", "reconcile", "quiet", "quiet_old"})


def requests_allowed(rows: int, scenario: str) -> float:
    """Requests to the tenant for so many logs: pages, and what cutting and overlapping costs."""
    pages = ceil(rows / 1000)
    return 1.4 * pages + 10 if "month" in scenario else 1.25 * pages + 3


TARGETS: Final = (
    Target(1, "day: CPU / floor", 1.3, _ratio("day", "floor", "cpu")),
    Target(1, "day: CPU / Grove", 0.25, _ratio("day", "grove", "cpu")),
    Target(1, "day: CPU / dlt", 0.2, _ratio("day", "dlt", "cpu")),
    Target(2, "month: CPU / floor", 2.0, _ratio("month", "floor", "cpu")),
    Target(2, "month: wall / Grove", 0.5, _ratio("month", "grove", "wall")),
    Target(2, "month, far: wall / floor", 0.4, _ratio("month_far", "floor", "wall")),
    Target(3, "day, far: wall / floor", 0.35, _ratio("day_far", "floor", "wall")),
    Target(3, "day: requests", requests_allowed(100_000, "day"), _own("day", "requests")),
    Target(3, "month: requests", requests_allowed(100_000, "month"), _own("month", "requests")),
    Target(4, "month: AWS calls beside parts", 60, _beside_parts("month")),
    Target(4, "month again: AWS calls beside parts read", 60, _beside_parts("again")),
    Target(5, "quiet tick: CPU ms", 60, lambda rows: 1000 * _own("quiet", "cpu")(rows)),
    Target(5, "quiet tick: requests", 2, _own("quiet", "requests")),
    Target(5, "quiet tick: AWS calls", 4, _own("quiet", "calls")),
    Target(5, "ten years: CPU ms", 60, lambda rows: 1000 * _own("quiet_old", "cpu")(rows)),
    Target(5, "ten years: requests", 2, _own("quiet_old", "requests")),
    Target(5, "ten years: AWS calls", 4, _own("quiet_old", "calls")),
    Target(
        6,
        "import CPU / boto3 and requests",
        1.25,
        lambda rows: float(rows("imports", "exporter")["more"]["ratio"]),
    ),
    Target(7, "million: MB", 200, _own("million", "peak_mb")),
    Target(
        7,
        "million: MB / month",
        1.1,
        lambda rows: rows("million", "exporter")["peak_mb"] / rows("month", "exporter")["peak_mb"],
    ),
    Target(7, "300,000 in a window: MB", 240, _own("window", "peak_mb")),
    Target(
        8,
        "million: CPU / month",
        11,
        lambda rows: rows("million", "exporter")["cpu"] / rows("month", "exporter")["cpu"],
    ),
    Target(8, "empty month: requests", 10, _own("empty", "requests")),
    Target(9, "notifier: wall s", 5, _own("notifier", "wall", "notifier")),
    Target(10, "reconcile: wall s", 60, _own("reconcile", "wall")),
)


@dataclass(frozen=True, slots=True)
class Judged:
    """A target and what was measured."""

    target: Target
    value: float

    @property
    def met(self) -> bool:
        """Whether it was reached."""
        return self.value <= self.target.bound

    def __str__(self) -> str:
        target, mark = self.target, "ok" if self.met else "MISSED"
        bound = f"<= {target.bound:<7.4g}"
        return f"{target.number:>2}  {target.text:<42}{self.value:>9.4g}  {bound}{mark}"


def judged(medians: Medians) -> list[Judged]:
    """Judge what was measured; what was not is left out."""

    def rows(scenario: str, contender: str) -> dict[str, Any]:
        return medians[scenario, contender]

    found = []
    for target in TARGETS:
        try:
            found.append(Judged(target, target.value(rows)))
        except KeyError:
            continue
    return found


def as_json(verdicts: list[Judged]) -> list[dict[str, Any]]:
    """Give a plain form."""
    return [
        {
            "number": it.target.number,
            "text": it.target.text,
            "bound": it.target.bound,
            "value": it.value,
            "met": it.met,
        }
        for it in verdicts
    ]
