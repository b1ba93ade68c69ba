"""What the notifier reads out of a part: failures worth telling, and flows that are alive."""

import gzip
import io
import zlib
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

import orjson

from mpl_export.archive.records import DamagedPartError
from mpl_export.instants import parse_instant
from mpl_export.notifier.gist import gist
from mpl_export.notifier.plain import one_line, plain
from mpl_export.notifier.signature import signature_of

NO_ARTIFACT = "(no artifact)"


@dataclass(frozen=True, slots=True, kw_only=True)
class Failure:
    """A version in a told status, as its record says.

    Attributes:
        version: The version's id, 32 hex digits; tells events of one failure apart from others.
        signature: What it has in common with failures of the same kind.
        ended: Its ``LogEnd``.
        artifact: The id of the integration artifact.
        error: The gist of the error text; empty if there is none, or if it is not to be told.
        error_text: The text itself; None in the same cases.
        link: Where the tenant's monitor shows the message; None if the record does not say.
        record: The whole record.
    """

    version: str
    signature: str
    status: str
    ended: datetime
    artifact: str
    error: str
    error_text: str | None
    link: str | None
    record: Mapping[str, Any]


def records_in(body: bytes, holding: Collection[bytes]) -> Iterator[dict[str, Any]]:
    """The records of a part of whose lines any of ``holding`` is a piece, one at a time.

    To look for a piece first is cheap: of ten thousand lines, few are about a failure.

    Raises:
        DamagedPartError: The body is not what the export wrote.
    """
    try:
        with gzip.GzipFile(fileobj=io.BytesIO(body)) as lines:
            for line in lines:
                if any(piece in line for piece in holding):
                    yield orjson.loads(line)
    except (gzip.BadGzipFile, EOFError, zlib.error, orjson.JSONDecodeError) as error:
        raise DamagedPartError("it does not hold records") from error


def failure_of(
    record: Mapping[str, Any], *, statuses: Collection[str], max_age: timedelta, with_text: bool
) -> Failure | None:
    """The failure that a record tells; None if it is not to be told.

    Not told are other statuses, amended records (their state was told before), and what does not
    say when it ended or was older than ``max_age`` when it was read from the tenant.  How long the
    part waited since then does not count: what is late is told late, not never.
    """
    status = record.get("Status")
    # An end that cannot be read was no later than the reading.
    ended = record.get("LogEnd") or (record.get("ReadAt") if "Raw" in record else None)
    if not isinstance(status, str) or not isinstance(ended, str):
        return None
    if status not in statuses or record.get("Amended"):
        return None
    end = parse_instant(ended)
    if end < parse_instant(record["ReadAt"]) - max_age:
        return None
    artifact = artifact_of(record)
    text = plain(record.get("ErrorText") or "") if with_text else ""
    error = gist(text)
    return Failure(
        version=record["Version"],
        signature=signature_of(artifact, status, error),
        status=status,
        ended=end,
        artifact=artifact,
        error=error,
        error_text=text or None,
        link=_link(record.get("AlternateWebLink")),
        record=record,
    )


def artifact_of(record: Mapping[str, Any]) -> str:
    """The id of the integration artifact that a record is about."""
    artifact = record.get("IntegrationArtifact") or {}
    return one_line(artifact.get("Id") or record.get("IntegrationFlowName") or "") or NO_ARTIFACT


def _link(value: object) -> str | None:
    """A link that may be put before people: https, and of one piece."""
    if isinstance(value, str) and value.startswith("https://") and value.isprintable():
        return None if " " in value or len(value) > 1_000 else value
    return None
