"""What is muted: counted and kept, by day, part and mute, so that it is never just gone."""

from collections import Counter, defaultdict
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any, Protocol

import orjson

from mpl_export.instants import iso_instant, parse_instant
from mpl_export.notifier.failures import Failure
from mpl_export.rules.mutes import Mute

MOST_ARTIFACTS = 50
"""So many artifacts are counted for themselves, by part and mute."""
OTHERS = "others"
IDLE = timedelta(days=30)
"""People are told of a mute that has muted nothing for this long: it may be outdated."""
_NAME_CHARACTERS = 150


@dataclass(frozen=True, slots=True, kw_only=True)
class Muted:
    """Failures that one mute kept from being told.

    Attributes:
        artifacts: How many of each artifact.
        first, last: When the first and the last of them ended.
    """

    mute: str
    reason: str
    until: datetime
    artifacts: Mapping[str, int]
    first: datetime
    last: datetime

    @property
    def count(self) -> int:
        """How many failures."""
        return sum(self.artifacts.values())

    def as_json(self) -> str:
        """The same as text."""
        fields = {name: getattr(self, name) for name in Muted.__slots__}
        fields |= {name: iso_instant(fields[name]) for name in ("until", "first", "last")}
        return orjson.dumps(fields).decode()

    @classmethod
    def from_json(cls, text: str) -> "Muted":
        """Read what ``as_json`` wrote."""
        fields: dict[str, Any] = orjson.loads(text)
        instants = {name: parse_instant(fields[name]) for name in ("until", "first", "last")}
        return cls(**{**fields, **instants})

    def plus(self, other: "Muted") -> "Muted":
        """Both together, as the later one's rules say."""
        later = max(self, other, key=lambda each: each.last)
        return Muted(
            mute=later.mute,
            reason=later.reason,
            until=later.until,
            artifacts=Counter(self.artifacts) + Counter(other.artifacts),
            first=min(self.first, other.first),
            last=later.last,
        )


@dataclass(slots=True, kw_only=True)
class MuteNotice:
    """What is known of a mute.

    Attributes:
        since: When it was seen first.
        matched: When it muted something last; None if it never did.
        told: When people were told that it mutes nothing; None if they were not.
    """

    since: datetime
    matched: datetime | None = None
    told: datetime | None = None

    def is_idle(self, now: datetime) -> bool:
        """Whether it has muted nothing for long, and nobody was told for as long."""
        return now - max(filter(None, (self.since, self.matched, self.told))) >= IDLE


class MuteNotices(Protocol):
    """Where it is kept what is muted."""

    def mute(self, part: str, muted: Collection[Muted], *, now: datetime) -> None:
        """Note what of a part is muted; the same part again counts once."""

    def muted(self, day: date) -> list[Muted]:
        """What is muted of parts of a day, by the UTC day of their windows."""

    def mutes(self, names: Collection[str], *, now: datetime) -> dict[str, MuteNotice]:
        """What is known of these mutes, which are seen from now on if they were not before."""

    def told_idle(self, names: Collection[str], *, now: datetime) -> None:
        """Note that people were told of mutes that mute nothing."""


def muted_of(failures: Iterable[tuple[Failure, Mute]]) -> list[Muted]:
    """What each mute kept from being told of a part, with few enough artifacts to be kept."""
    by_mute: defaultdict[str, list[tuple[Failure, Mute]]] = defaultdict(list)
    for failure, mute in failures:
        by_mute[mute.name].append((failure, mute))
    return [
        Muted(
            mute=name,
            reason=some[0][1].reason,
            until=some[0][1].until,
            artifacts=_bounded(Counter(each.artifact[:_NAME_CHARACTERS] for each, _ in some)),
            first=min(each.ended for each, _ in some),
            last=max(each.ended for each, _ in some),
        )
        for name, some in by_mute.items()
    ]


def merged_mutes(muted: Iterable[Muted]) -> list[Muted]:
    """What each mute kept from being told, the most first."""
    by_name: dict[str, Muted] = {}
    for each in muted:
        known = by_name.get(each.mute)
        by_name[each.mute] = each if known is None else known.plus(each)
    return sorted(by_name.values(), key=lambda each: (-each.count, each.mute))


def _bounded(artifacts: Counter[str]) -> dict[str, int]:
    """The most frequent, and the rest as one."""
    ordered = artifacts.most_common()
    if len(ordered) <= MOST_ARTIFACTS:
        return dict(ordered)
    kept = dict(ordered[: MOST_ARTIFACTS - 1])
    return {**kept, OTHERS: sum(count for _, count in ordered[MOST_ARTIFACTS - 1 :])}
