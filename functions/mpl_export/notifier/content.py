"""What of a part is of interest: its failures, and which watched flows completed."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from mpl_export.archive.records import DamagedPartError
from mpl_export.errors import ConfigurationError
from mpl_export.instants import parse_instant
from mpl_export.notifier.failures import Failure, artifact_of, failure_of, records_in
from mpl_export.notifier.settings import NotifierSettings
from mpl_export.notifier.volume import Volume


@dataclass(frozen=True, slots=True)
class Content:
    """What a part says that is of interest.

    Attributes:
        failures: In the order of the part, so that it can be said up to which one is done.
        completed: When each watched flow completed last.
        volume: How much it holds; None if nobody asked.
    """

    failures: Sequence[Failure]
    completed: dict[str, datetime]
    volume: Volume | None = None


def content_of(
    body: bytes,
    key: str,
    settings: NotifierSettings,
    masked: Callable[[Mapping[str, Any]], Mapping[str, Any]],
) -> Content:
    """Read a part.

    Args:
        key: Where it was read; for the error.
        masked: Takes out of the record of a failure what is masked.

    Raises:
        ConfigurationError: The body is not what the export wrote.
    """
    statuses = {*settings.alert_statuses, *(["COMPLETED"] if settings.expected_flows else [])}
    volume = Volume() if settings.daily_summary else None
    pieces = [f'"Status":"{status}"'.encode() for status in statuses]
    failures: list[Failure] = []
    completed: dict[str, datetime] = {}
    try:
        for record in records_in(body, [b""] if volume is not None else pieces):
            if volume is not None:
                volume.add(record, settings.alert_statuses)
            if record.get("Status") in settings.alert_statuses:
                failure = failure_of(
                    masked(record),
                    statuses=settings.alert_statuses,
                    max_age=settings.alert_max_age,
                    with_text=settings.error_text,
                )
                if failure is not None:
                    failures.append(failure)
            flow = artifact_of(record)
            if flow in settings.expected_flows and record.get("Status") == "COMPLETED":
                end = parse_instant(record["LogEnd"] or record["ReadAt"])
                completed[flow] = max(end, completed.get(flow, end))
    except DamagedPartError as error:
        raise ConfigurationError(
            f"the object {key} was not written by this export; move it elsewhere"
        ) from error
    return Content(failures, completed, volume)
