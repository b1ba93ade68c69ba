"""What the queries should answer, in Python, over the same records."""

from __future__ import annotations

import math
import re
from collections import Counter, defaultdict
from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING, Any, Final

from mpl_export.model import created_at
from tests.support.asking.asked_archive import instant

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable
    from datetime import datetime

Record = dict[str, Any]
Row = dict[str, Any]

FAILED: Final = frozenset({"FAILED", "ESCALATED"})
_WEEK: Final = timedelta(days=7)


def newest(records: Iterable[Record]) -> list[Record]:
    """The record that counts of each message: newest end, then newest reading."""
    kept: dict[str, Record] = {}
    for record in records:
        key = record.get("MessageGuid") or record["Version"]
        if key not in kept or _age(record) > _age(kept[key]):
            kept[key] = record
    return list(kept.values())


def _age(record: Record) -> tuple[str, str, str]:
    return record.get("LogEnd") or "", record["ReadAt"], record["Version"]


def ended(record: Record) -> Any:  # noqa: ANN401 - an instant, for those that have one
    """When it ended, as SQL gives it."""
    return instant(record.get("LogEnd"))


def artifact(record: Record, member: str = "Id") -> str | None:
    """A member of the artifact."""
    return (record.get("IntegrationArtifact") or {}).get(member)


@dataclass(frozen=True, kw_only=True)
class Asked:
    """Records, and what a query is asked with.

    Attributes:
        since, until: As SQL has them: UTC, without saying so.
    """

    records: list[Record]
    since: datetime
    until: datetime
    text: str = ""
    id: str = ""

    def within(self, record: Record, *, back: timedelta = timedelta(0)) -> bool:
        """Whether it ended within the bounds, or so long before them."""
        end = ended(record)
        return end is not None and self.since - back <= end < self.until - back

    def ended(self) -> list[Record]:
        """The messages whose newest record ended within the bounds."""
        return [record for record in newest(self.records) if self.within(record)]

    def failed(self) -> list[Record]:
        """Those of them that failed."""
        return [record for record in self.ended() if record.get("Status") in FAILED]


def _by(records: Iterable[Record], key: Callable[[Record], Any]) -> dict[Any, list[Record]]:
    groups = defaultdict(list)
    for record in records:
        groups[key(record)].append(record)
    return groups


def _most(values: Iterable[str | None]) -> str | None:
    return max((value for value in values if value is not None), default=None)


def failures_by_artifact(asked: Asked) -> list[Row]:
    """Failures by artifact and day."""
    return [
        {
            "day": day,
            "artifact_id": flow,
            "artifact_name": _most(artifact(each, "Name") for each in some),
            "failures": len(some),
            "escalated": sum(each["Status"] == "ESCALATED" for each in some),
            "first_ended": min(map(ended, some)),
            "last_ended": max(map(ended, some)),
        }
        for (day, flow), some in _by(
            asked.failed(), lambda each: (ended(each).date(), artifact(each))
        ).items()
    ]


def signature(record: Record) -> str:
    """The first line of an error, with numbers and ids blanked."""
    text = re.sub(r"^\s+", "", record.get("ErrorText") or "", flags=re.ASCII)
    blanked = re.sub(r"[0-9a-fA-F]{8,}|[0-9]+", "#", text.split("\n")[0])
    return blanked[:200] or "(no text)"


def error_signatures(asked: Asked) -> list[Row]:
    """Top error signatures."""
    rows = [
        {
            "signature": text,
            "failures": len(some),
            "artifacts": len({artifact(each) for each in some} - {None}),
            "an_artifact": min((a for each in some if (a := artifact(each))), default=None),
            "first_ended": min(map(ended, some)),
            "last_ended": max(map(ended, some)),
            "a_message": min(each["MessageGuid"] for each in some),
        }
        for text, some in _by(asked.failed(), signature).items()
    ]
    return sorted(rows, key=lambda row: (-row["failures"], row["signature"]))[:50]


def _nearest(values: list[float], percent: int) -> float | None:
    return sorted(values)[math.ceil(len(values) * percent / 100) - 1] if values else None


def _seconds(record: Record) -> float:
    return float((ended(record) - instant(record["LogStart"])).total_seconds())


def durations(asked: Asked) -> list[Row]:
    """Durations per artifact, against the week before."""
    done = [
        record
        for record in newest(asked.records)
        if record.get("Status") == "COMPLETED" and record["LogStart"] and record["LogEnd"]
    ]
    rows = []
    for flow, some in _by(done, artifact).items():
        now = [_seconds(each) for each in some if asked.within(each)]
        before = [
            _seconds(each)
            for each in some
            if asked.within(each, back=_WEEK) and ended(each) < asked.since
        ]
        if not now:
            continue
        p50, old = _nearest(now, 50), _nearest(before, 50)
        taken = [each for each in some if asked.within(each) or asked.within(each, back=_WEEK)]
        rows.append(
            {
                "artifact_id": flow,
                "artifact_name": _most(artifact(each, "Name") for each in taken),
                "messages": len(now),
                "p50": p50,
                "p95": _nearest(now, 95),
                "longest": max(now),
                "messages_before": len(before),
                "p50_before": old,
                "p95_before": _nearest(before, 95),
                "p50_change_percent": None
                if not old or p50 is None
                else round(100 * (p50 - old) / old, 1),
            }
        )
    return rows


def volume_per_hour(asked: Asked) -> list[Row]:
    """Volume per hour."""
    return [
        {
            "hour": hour,
            "messages": len(some),
            "completed": sum(each.get("Status") == "COMPLETED" for each in some),
            "failed": sum(each.get("Status") in FAILED for each in some),
            "artifacts": len({artifact(each) for each in some} - {None}),
        }
        for hour, some in _by(
            asked.ended(), lambda each: ended(each).replace(minute=0, second=0, microsecond=0)
        ).items()
    ]


def retries_before_success(asked: Asked) -> list[Row]:
    """Retries before success."""
    flows = defaultdict(list)
    for guid, some in _by(asked.records, lambda each: each.get("MessageGuid")).items():
        retries = {ended(each) for each in some if each.get("Status") == "RETRY"}
        done = [ended(each) for each in some if each.get("Status") == "COMPLETED"]
        if guid and retries and done and asked.since <= max(done) < asked.until:
            flow = _most(artifact(each) for each in some)
            name = _most(artifact(each, "Name") for each in some)
            waited = int((max(done) - min(retries)).total_seconds())
            flows[flow].append((name, len(retries), waited))
    return [
        {
            "artifact_id": flow,
            "artifact_name": _most(name for name, _, _ in some),
            "messages": len(some),
            "retries": sum(count for _, count, _ in some),
            "most_retries": max(count for _, count, _ in some),
            "longest_seconds": max(waited for _, _, waited in some),
        }
        for flow, some in flows.items()
    ]


def one_message(asked: Asked) -> list[Row]:
    """All about one message: only which versions, as the rest is the view's."""
    return [
        {"version": version}
        for version in {
            each["Version"]
            for each in asked.records
            if asked.id
            in (
                each.get("MessageGuid"),
                each.get("CorrelationId"),
                each.get("ApplicationMessageId"),
            )
        }
    ]


def longest_open(asked: Asked) -> list[Row]:
    """Longest open: which messages, and in which state."""
    return [
        {"message_guid": each["MessageGuid"], "status": each["Status"], "last_updated": ended(each)}
        for each in newest(asked.records)
        if each.get("Status") in {"PROCESSING", "RETRY", "ABANDONED"}
    ]


def text_in_errors(asked: Asked) -> list[Row]:
    """Text in errors: which failures."""
    return [
        {"message_guid": each["MessageGuid"], "error_text": each["ErrorText"]}
        for each in asked.ended()
        if asked.text.lower() in (each.get("ErrorText") or "").lower()
    ]


def failed_and_silent(asked: Asked) -> list[Row]:
    """Failed, and never successful again."""
    rows = []
    for flow, some in _by(newest(asked.records), artifact).items():
        failed = [ended(e) for e in some if e.get("Status") in FAILED and asked.within(e)]
        done = [ended(e) for e in some if e.get("Status") == "COMPLETED" and ended(e) is not None]
        last = max(done, default=None)
        if flow and failed and (last is None or last < max(failed)):
            rows.append(
                {
                    "artifact_id": flow,
                    "artifact_name": _most(artifact(each, "Name") for each in some),
                    "failures": len(failed),
                    "first_failure": min(failed),
                    "last_failure": max(failed),
                    "last_success": last,
                }
            )
    return rows


def volume_per_month(asked: Asked) -> list[Row]:
    """Volume per month, artifact, receiver and sender."""
    return [
        {
            "month": month,
            "artifact_id": flow,
            "receiver": receiver,
            "sender": sender,
            "artifact_name": _most(artifact(each, "Name") for each in some),
            "messages": len(some),
            "failed": sum(each.get("Status") in FAILED for each in some),
        }
        for (month, flow, receiver, sender), some in _by(
            asked.ended(),
            lambda each: (
                ended(each).replace(day=1, hour=0, minute=0, second=0, microsecond=0),
                artifact(each),
                each.get("Receiver"),
                each.get("Sender"),
            ),
        ).items()
    ]


def could_not_be_read(asked: Asked) -> list[Row]:
    """Rows that could not be read whole: which versions."""
    return [
        {"version": version}
        for version in {each["Version"] for each in asked.records if each.get("Raw") is not None}
    ]


def any_member(asked: Asked) -> list[Row]:
    """A member that has no column: here the status."""
    counted = Counter(
        status
        for _, status in {
            (each["Version"], each.get("Status") or "(none)")
            for each in asked.records
            if each.get("LogEnd") is not None or created_at(each["MessageGuid"]) is not None
        }
    )
    return [{"value": value, "versions": count} for value, count in counted.items()]


ANSWERS: Final[dict[str, Callable[[Asked], list[Row]]]] = {
    "any-member": any_member,
    "could-not-be-read": could_not_be_read,
    "durations": durations,
    "error-signatures": error_signatures,
    "failed-and-silent": failed_and_silent,
    "failures-by-artifact": failures_by_artifact,
    "longest-open": longest_open,
    "one-message": one_message,
    "retries-before-success": retries_before_success,
    "text-in-errors": text_in_errors,
    "volume-per-hour": volume_per_hour,
    "volume-per-month": volume_per_month,
}
"""By the name of the query."""
