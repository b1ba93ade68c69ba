"""Add up what the slices of a backfill did: the state machine's own language cannot.

Nobody is asked and nothing is stored: the numbers come from the children of one execution.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from mpl_export.errors import EventError
from mpl_export.instants import parse_instant
from mpl_export.metrics import Meter, Metric

_MEMBERS = frozenset(
    {"began", "since", "until", "rest", "failures", "runs", "rows", "stored", "requests"}
)
_MOST_NAMED = 100
"""Failed slices that the sentence names; the cause of an execution holds 32 kB."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Summary:
    """What a backfill did.

    Attributes:
        began: When the execution began.
        since, until: What was planned, as text.
        rest: What another execution has to take; None if nothing is left.
        failures: A line for each slice that failed: what is left of it, and the error.
        runs, rows, stored, requests: A number for each slice.
    """

    began: datetime
    since: str
    until: str
    rest: Mapping[str, str] | None
    failures: Sequence[str]
    runs: Sequence[int]
    rows: Sequence[int]
    stored: Sequence[int]
    requests: Sequence[int]

    def as_json(self, tenant: str, now: datetime) -> dict[str, Any]:
        """The output of the state machine."""
        return {
            "tenant": tenant,
            "purpose": "summary",
            "since": self.since,
            "until": self.until,
            "message": self.sentence(),
            "slices": len(self.runs),
            "failed": len(self.failures),
            "runs": sum(self.runs),
            "rows_read": sum(self.rows),
            "versions_stored": sum(self.stored),
            "requests": sum(self.requests),
            "seconds": round(max(now - self.began, timedelta(0)).total_seconds(), 1),
            "rest": self.rest,
            "failures": list(self.failures),
        }

    def sentence(self) -> str:
        """How it ended, in words; the cause of an execution that failed."""
        number, failed = len(self.runs), len(self.failures)
        if not failed:
            return f"all {number} slices are archived"
        named = "; ".join(self.failures[:_MOST_NAMED])
        more = f"; and {failed - _MOST_NAMED} more" if failed > _MOST_NAMED else ""
        return (
            f"{failed} of {number} slices failed, all else is archived. Not complete: {named}{more}"
            ". The exporter's log says why; start the backfill again, which stores nothing twice"
        )

    def tell(self, meter: Meter) -> None:
        """What CloudWatch learns of it."""
        meter.add(Metric.BACKFILLED_VERSIONS, sum(self.stored))
        meter.add(Metric.BACKFILL_SLICES_FAILED, len(self.failures))


def summary_of(members: object) -> Summary:
    """Read what the state machine has gathered.

    Raises:
        EventError: It is something else.
    """
    if not isinstance(members, dict) or members.keys() != _MEMBERS:
        raise _refused("has other members than the state machine sends")
    return Summary(
        began=_instant(members["began"]),
        since=_text(members["since"]),
        until=_text(members["until"]),
        rest=_rest(members["rest"]),
        failures=[_text(each) for each in _list(members["failures"])],
        runs=_numbers(members["runs"]),
        rows=_numbers(members["rows"]),
        stored=_numbers(members["stored"]),
        requests=_numbers(members["requests"]),
    )


def _refused(problem: str) -> EventError:
    return EventError(f"the event's summary {problem}; only the backfill's state machine sends it")


def _instant(value: object) -> datetime:
    try:
        return parse_instant(_text(value))
    except ValueError:
        raise _refused("began at no instant") from None


def _text(value: object) -> str:
    if not isinstance(value, str):
        raise _refused("has no text where one belongs")
    return value


def _list(value: object) -> list[object]:
    if not isinstance(value, list):
        raise _refused("has no list where one belongs")
    return value


def _numbers(value: object) -> list[int]:
    numbers = [each for each in _list(value) if type(each) is int]
    if len(numbers) != len(_list(value)):
        raise _refused("has no number where one belongs")
    return numbers


def _rest(value: object) -> dict[str, str] | None:
    if value is None:
        return None
    if not isinstance(value, dict):
        raise _refused("has no span where one belongs")
    return {str(name): _text(each) for name, each in value.items()}
