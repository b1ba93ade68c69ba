"""A part record by record: are its versions those of its rows, each in its place and once."""

from collections.abc import Iterator, Mapping
from datetime import datetime
from typing import Any

import orjson

from mpl_export.archive.records import DamagedPartError, lines_in
from mpl_export.instants import EPOCH
from mpl_export.model import UNDATED, created_at, window_of
from mpl_export.tenant.logs.odd_rows import odd_log_of
from mpl_export.version import version_of

_LEFT = {"Version", "ReadAt", "Erased"}
"""What an erasure leaves of a record."""


class WindowVersions:
    """The versions of one window: the same row has the same one, so it can be nowhere else."""

    def __init__(self, window: datetime) -> None:
        self._window = window
        self._seen: set[bytes] = set()

    def problems_in(self, body: bytes) -> Iterator[str]:
        """What is wrong with a part of this window, line by line."""
        try:
            for number, line in enumerate(lines_in(body), start=1):
                problem = self._problem(line)
                if problem is not None:
                    yield f"line {number} {problem}"
        except DamagedPartError as error:
            yield f"cannot be read: {error}"

    def _problem(self, line: bytes) -> str | None:
        try:
            record: dict[str, Any] = orjson.loads(line)
            version = bytes.fromhex(record["Version"])
        except (orjson.JSONDecodeError, KeyError, TypeError, ValueError):
            return "is no record"
        if version in self._seen:
            return f"is stored twice (version {version.hex()})"
        self._seen.add(version)
        if record.get("Erased") is True:
            return None if record.keys() <= _LEFT else "is called erased and is not empty"
        try:
            is_right = _recomputed(record) == version
            elsewhere = window_of(_filed_at(record)) != self._window
        except (AttributeError, TypeError, ValueError):
            return "is no record"
        if not is_right:
            return "is another row than its version says"
        return "belongs to another window" if elsewhere else None


def _filed_at(record: Mapping[str, Any]) -> datetime:
    """Where a row belongs: by its end, else by the time in its id, else nowhere in time."""
    end, guid = record.get("LogEnd"), record.get("MessageGuid")
    if end is not None:
        return datetime.fromisoformat(end)
    return (None if guid is None else created_at(guid)) or UNDATED


def _recomputed(record: dict[str, Any]) -> bytes:
    raw = record.get("Raw")
    if raw is None:
        return version_of(record)
    return odd_log_of(orjson.loads(raw), EPOCH).version
