"""How much there was on a day, by part and as a whole: what the morning summary is made of."""

from collections import Counter
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from functools import reduce
from typing import Any, Protocol

import orjson

from mpl_export.instants import parse_instant
from mpl_export.model import OPEN_STATUSES
from mpl_export.notifier.failures import artifact_of

MOST_ARTIFACTS = 300
"""So many artifacts are told apart, by part and by day: an item of DynamoDB has 400 kB."""
_NAME_CHARACTERS = 150


@dataclass(slots=True)
class Times:
    """How long messages of an artifact took.

    Attributes:
        total: Seconds of all of them.
        longest: Seconds of the slowest.
    """

    count: int = 0
    total: float = 0.0
    longest: float = 0.0

    def add(self, seconds: float) -> None:
        """Count one message."""
        self.count += 1
        self.total += seconds
        self.longest = max(self.longest, seconds)

    def plus(self, other: "Times") -> "Times":
        """Both together."""
        return Times(
            self.count + other.count,
            self.total + other.total,
            max(self.longest, other.longest),
        )

    @property
    def mean(self) -> float:
        """Seconds of one message, on average."""
        return self.total / self.count if self.count else 0.0


@dataclass(slots=True)
class Volume:
    """What ended: versions in a final status; what was amended is not counted again.

    Attributes:
        statuses: How many messages ended in each status.
        failed: How many messages of each artifact ended in a status that is told.
        times: How long messages took, by artifact, where the log tells both ends.
    """

    statuses: Counter[str] = field(default_factory=Counter)
    failed: Counter[str] = field(default_factory=Counter)
    times: dict[str, Times] = field(default_factory=dict)

    @property
    def total(self) -> int:
        """How many messages ended."""
        return self.statuses.total()

    def add(self, record: Mapping[str, Any], told: Collection[str]) -> None:
        """Count a record."""
        status = record.get("Status")
        if not isinstance(status, str) or status in OPEN_STATUSES or record.get("Amended"):
            return
        self.statuses[status] += 1
        name = artifact_of(record)[:_NAME_CHARACTERS]
        if status in told:
            self.failed[name] += 1
        start, end = record.get("LogStart"), record.get("LogEnd")
        if isinstance(start, str) and isinstance(end, str):
            seconds = (parse_instant(end) - parse_instant(start)).total_seconds()
            self.times.setdefault(name, Times()).add(max(seconds, 0.0))

    def plus(self, other: "Volume") -> "Volume":
        """Both together."""
        names = [*self.times, *(name for name in other.times if name not in self.times)]
        nothing = Times()
        return Volume(
            self.statuses + other.statuses,
            self.failed + other.failed,
            {
                name: self.times.get(name, nothing).plus(other.times.get(name, nothing))
                for name in names
            },
        )

    def as_json(self) -> str:
        """The same as text, within bounds: of the artifacts those with the most messages."""
        most = sorted(self.times.items(), key=lambda each: -each[1].count)[:MOST_ARTIFACTS]
        fields = {
            "statuses": dict(self.statuses),
            "failed": dict(self.failed.most_common(MOST_ARTIFACTS)),
            "times": {name: [t.count, round(t.total, 3), t.longest] for name, t in most},
        }
        return orjson.dumps(fields).decode()

    @classmethod
    def from_json(cls, text: str) -> "Volume":
        """Read what ``as_json`` wrote."""
        fields: dict[str, Any] = orjson.loads(text)
        return cls(
            Counter(fields["statuses"]),
            Counter(fields["failed"]),
            {name: Times(*numbers) for name, numbers in fields["times"].items()},
        )


def sum_of(volumes: Iterable[Volume]) -> Volume:
    """All together."""
    return reduce(Volume.plus, volumes, Volume())


class DayNotices(Protocol):
    """Where it is kept how much there was."""

    def note_volume(self, part: str, volume: Volume, *, now: datetime) -> None:
        """Note what a part holds; the same part again counts once."""

    def parts_of(self, day: date) -> list[Volume]:
        """What the parts of a UTC day hold."""

    def note_day(self, day: date, volume: Volume, *, now: datetime) -> None:
        """Note what a day had as a whole."""

    def days(self, days: Collection[date]) -> list[Volume]:
        """What those of these days had that are noted as a whole."""
