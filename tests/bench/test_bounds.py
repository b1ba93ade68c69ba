"""``make bench-check``: what does not depend on the machine has to stay as good as it is.

Requests, calls of AWS, parts, bytes and memory are counted on smaller loads than ``make bench``
has, and held to bounds: the targets, and for what has none what it is today.
Seconds are printed as ratios, and judged by ``make bench`` only.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import timedelta
from typing import TYPE_CHECKING, Any, Final

import pytest

from tests.bench import chores
from tests.bench.races import DAY, MONTH, RACES, Result, run_race
from tests.bench.tables import medians_of, table_of
from tests.bench.targets import TARGETS, requests_allowed
from tests.bench.world import Load, World

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from tests.bench.tables import Medians

_ROWS: Final = 20_000
_LOADS: Final = {
    "day": Load(_ROWS, DAY),
    "month": Load(_ROWS, MONTH),
    "window": Load(60_000, timedelta(minutes=10), ends_before=timedelta(hours=1, minutes=2)),
    "empty": Load(0, MONTH),
}
_MB: Final = 1e6


@dataclass(frozen=True, slots=True)
class Bound:
    """A count and what it may be at most."""

    scenario: str
    what: str
    most: float
    value: Callable[[dict[str, Any]], float]


def _calls_beside_parts(row: dict[str, Any]) -> float:
    return float(row["calls"] - row["by_call"].get("s3:PutObject", 0))


def _calls_beside_reading(row: dict[str, Any]) -> float:
    return float(row["calls"] - row["by_call"].get("s3:GetObject", 0))


BOUNDS: Final = (
    Bound("day", "requests", requests_allowed(_ROWS, "day") + 2, lambda row: row["requests"]),
    Bound("day", "AWS calls beside parts", 60, _calls_beside_parts),
    Bound("day", "parts", 26, lambda row: row["objects"]),
    Bound("day", "MB in the archive", 2.9, lambda row: row["bytes"] / _MB),
    Bound("day", "MB of memory", 200, lambda row: row["peak_mb"]),
    Bound("month", "requests", requests_allowed(_ROWS, "month"), lambda row: row["requests"]),
    Bound("month", "AWS calls beside parts", 60, _calls_beside_parts),
    Bound("month", "parts", 716, lambda row: row["objects"]),
    Bound("month", "MB in the archive", 3.6, lambda row: row["bytes"] / _MB),
    Bound("month", "MB of memory", 200, lambda row: row["peak_mb"]),
    Bound("window", "MB of memory", 240, lambda row: row["peak_mb"]),
    Bound("window", "parts", 12, lambda row: row["objects"]),
    Bound("empty", "requests", 10, lambda row: row["requests"]),
    # Some of them store the first snapshot of what is deployed, once in a life.
    Bound("empty", "AWS calls", 12, lambda row: row["calls"]),
    Bound("again", "AWS calls beside parts read", 60, _calls_beside_reading),
    Bound("quiet", "requests", 2, lambda row: row["requests"]),
    Bound("quiet", "AWS calls", 4, lambda row: row["calls"]),
    Bound("quiet_old", "requests", 2, lambda row: row["requests"]),
    Bound("quiet_old", "AWS calls", 4, lambda row: row["calls"]),
)


@pytest.fixture(scope="module")
def medians() -> Medians:
    """What was counted, by one run each."""
    return medians_of(_measured())


def _measured() -> Iterator[Result]:
    with World.open() as world:
        for race in RACES:
            if race.name in _LOADS:
                smaller = replace(race, load=_LOADS[race.name])
                yield from run_race(world, smaller, smaller.contenders, 0)
        yield from chores.again(world, 0, rows=_ROWS)
        yield from chores.quiet(world, 0)
        yield from chores.quiet_old(world, 0)


@pytest.mark.parametrize("bound", BOUNDS, ids=lambda bound: f"{bound.scenario}: {bound.what}")
def test_what_is_counted_stays_within_its_bound(bound: Bound, medians: Medians) -> None:
    """Each is a promise about cost that no clock is needed to check."""
    assert bound.value(medians[bound.scenario, "exporter"]) <= bound.most


def test_ratios_are_told(medians: Medians, capsys: pytest.CaptureFixture[str]) -> None:
    """They depend on the machine and on these small loads, so they are told, not judged."""
    lines = [table_of(medians), ""]
    for scenario in ("day", "month"):
        exporter, floor = medians[scenario, "exporter"], medians[scenario, "floor"]
        lines.append(
            f"{scenario}: {exporter['cpu'] / floor['cpu']:.2f} x the floor's CPU, "
            f"{exporter['wall'] / floor['wall']:.2f} x its time"
        )
    with capsys.disabled():
        pass
    assert {target.number for target in TARGETS} == set(range(1, 11))
