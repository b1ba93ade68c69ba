"""When a kind of failure is told: at once when it is new, and ever more rarely while it goes on."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import groupby
from operator import attrgetter

from mpl_export.notifier.notices import Told, Waiting

INTERVALS = (timedelta(hours=1), timedelta(hours=4), timedelta(days=1))
"""A kind that goes on is told again after the first of these, then the second, then the last."""

OVER = timedelta(days=1)
"""A kind without a failure for this long is over: if it fails again, that is told at once."""

PATIENCE = timedelta(minutes=5)
"""How long what is due waits for more to become due; what is new does not wait."""

ALONG = timedelta(minutes=15)
"""What becomes due within this time is told at once too: many kinds need few digests."""

MOST_CLOSED = 2_000
"""The most items that a digest closes: noting them takes a while, and time is limited."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Due:
    """What waits of one kind.

    Attributes:
        at: When it is to be told; None if at once.
        told: When, and how often, it was told; None if it never was, or long ago.
        fresh: Whether it begins, or begins again.
    """

    waiting: list[Waiting]
    at: datetime | None
    told: Told | None
    fresh: bool

    @property
    def team(self) -> str:
        """Who is told."""
        return self.waiting[0].group.team

    def telling(self, now: datetime) -> Told:
        """What is known of the kind once it is told now."""
        last = max(each.group.last for each in self.waiting)
        times = 1 if self.fresh or self.told is None else self.told.times + 1
        if self.told is not None:
            last = max(last, self.told.last)
        return Told(at=now, times=times, last=last)


def due_now(waiting: Iterable[Waiting], told: Mapping[str, Told], now: datetime) -> list[Due]:
    """What is to be told now, the fresh first; empty if nothing is due yet."""
    kinds = [
        _due(list(some), told.get(signature))
        for signature, some in groupby(
            sorted(waiting, key=attrgetter("group.signature", "part")),
            attrgetter("group.signature"),
        )
    ]
    if not any(kind.at is None or kind.at + PATIENCE <= now for kind in kinds):
        return []
    return sorted(
        (kind for kind in kinds if kind.at is None or kind.at <= now + ALONG),
        key=lambda kind: not kind.fresh,
    )


def in_digests(kinds: Iterable[Due]) -> list[list[Due]]:
    """Kinds by the digest that tells them: as many together as one may close."""
    digests: list[list[Due]] = []
    room = 0
    for kind in kinds:
        size = len(kind.waiting)
        if not digests or size > room:
            digests.append([])
            room = MOST_CLOSED
        digests[-1].append(kind)
        room -= size
    return digests


def _due(waiting: list[Waiting], told: Told | None) -> Due:
    first = min(each.group.first for each in waiting)
    # What one digest cannot close of a kind waits for the next time that the kind is told.
    waiting = waiting[:MOST_CLOSED]
    if told is None or first - told.last >= OVER:
        return Due(waiting=waiting, at=None, told=told, fresh=True)
    interval = INTERVALS[min(told.times, len(INTERVALS)) - 1]
    return Due(waiting=waiting, at=told.at + interval, told=told, fresh=False)
