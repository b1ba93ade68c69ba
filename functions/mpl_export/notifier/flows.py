"""Flows of which something is expected regularly: which are silent, and which are back."""

import re
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Literal

from mpl_export.instants import parse_duration

_PAIR = re.compile(r"\s*([^=,\s][^=,]*?)\s*=\s*([^=,\s]+)\s*")
LONGEST = timedelta(days=30)


@dataclass(frozen=True, slots=True, kw_only=True)
class FlowNotice:
    """What is known of a flow that is watched.

    Attributes:
        watched: Since when.
        completed: When it completed last; None if it never did while it was watched.
        told_silent: Whether people were told that it is silent, and not yet that it is back.
    """

    watched: datetime
    completed: datetime | None
    told_silent: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Mark:
    """How far the notifier has read.

    Attributes:
        position: All that the export had stored below it has been read.
        pending: A position of the export that was seen and waits to be read.
        pending_at: When it was seen: all below it was written before.
        read_written: When the newest part was written that has been read.
        read_at: When that was read.
    """

    position: datetime | None = None
    pending: datetime | None = None
    pending_at: datetime | None = None
    read_written: datetime | None = None
    read_at: datetime | None = None


SETTLES = timedelta(minutes=4)
"""So long after a position was seen, what was written before has been delivered if nothing waits.
A part takes seconds through EventBridge, and 20 of them in the queue."""


def moved(mark: Mark, position: datetime | None, now: datetime, *, behind: bool) -> Mark:
    """How far the notifier has read, at the next look.

    Args:
        position: The export's.
        behind: Whether a part may not be read that was written before ``pending_at``.
    """
    if position is None:
        return mark
    if mark.pending_at is None:
        return replace(mark, pending=position, pending_at=now)
    if behind or now - mark.pending_at < SETTLES:
        return mark
    return replace(mark, position=mark.pending, pending=position, pending_at=now)


def expected_flows(text: str) -> dict[str, timedelta]:
    """Read ``artifact=interval`` pairs, separated by commas, such as ``Orders=PT1H,Stock=P1D``.

    Raises:
        ValueError: It is something else, or an interval is not between a minute and 30 days.
    """
    flows: dict[str, timedelta] = {}
    for pair in filter(str.strip, text.split(",")):
        match = _PAIR.fullmatch(pair)
        if match is None:
            raise ValueError("not a pair of artifact and interval")
        interval = parse_duration(match[2])
        if not timedelta(minutes=1) <= interval <= LONGEST:
            raise ValueError("an interval out of range")
        flows[match[1]] = interval
    return flows


def news(
    flow: FlowNotice, interval: timedelta, position: datetime | None
) -> Literal["silent", "back"] | None:
    """What is new to tell about a flow.

    Judged by the position, before which everything was read, and not by the clock: an export that
    is behind would otherwise make every flow look silent.
    """
    if position is None:
        return None
    alive = max(flow.watched, flow.completed or flow.watched)
    silent = position - alive > interval
    if silent == flow.told_silent:
        return None
    if not silent and flow.completed is None:
        return None
    return "silent" if silent else "back"
