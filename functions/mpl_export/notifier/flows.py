"""Flows of which something is expected regularly: which are silent, and which are back."""

import re
from dataclasses import dataclass
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

    Judged by the position, before which everything was exported, and not by the clock: an export
    that is behind would otherwise make every flow look silent.
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
