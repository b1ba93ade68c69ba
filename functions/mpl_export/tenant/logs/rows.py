"""From the rows of a page to logs, fast for those that are as usual.

A page holds a thousand rows with the same members.  What is to be done with them is found out once
for each set of members (``_Plan``), so that what is left for a row runs in C for the most part.  A
row that is not exactly as its plan expects goes the long way (``odd_rows``), with the same result.
"""

from collections.abc import Callable, Iterable, Sequence
from datetime import datetime, timedelta
from functools import lru_cache
from operator import itemgetter
from typing import Any

import orjson

from mpl_export.instants import EPOCH, iso_millis
from mpl_export.model import UNDATED, Log, created_at
from mpl_export.properties import (
    ARTIFACT,
    ARTIFACT_TEXTS,
    DATES,
    FLAGS,
    LISTS,
    OURS,
    TEXTS,
    shadows,
    shadows_in_artifact,
)
from mpl_export.tenant.logs.odd_rows import DEFERRED, JSON_DATE, METADATA, odd_log_of
from mpl_export.version import version_of

_TEXT = frozenset({str, type(None)})
_FLAG = frozenset({bool, type(None)})
_PLAIN = frozenset({str, bool, int, float, type(None)})
_KNOWN = frozenset({ARTIFACT, *LISTS})
_IN_ARTIFACT = frozenset(ARTIFACT_TEXTS)
_FIRST = ("MessageGuid", *DATES)
"""Every record has these, and they come first."""


class _UnusualError(ValueError):
    """The row is to be read the long way."""


def logs_of(rows: Iterable[object], read_at: datetime) -> list[Log]:
    """Normalise the rows of a page."""
    return [log_of(row, read_at) for row in rows]


def log_of(row: object, read_at: datetime) -> Log:
    """Normalise one row of a page; see ``odd_log_of`` for those that cannot be read whole.

    Members of a complex property that belong to the protocol are taken out of it in place.
    """
    try:
        return _usual_log_of(row, read_at)
    except (_UnusualError, AttributeError, KeyError, OverflowError, TypeError):
        return odd_log_of(row, read_at)


def _usual_log_of(row: Any, read_at: datetime) -> Log:  # noqa: ANN401 - whatever a tenant shows
    if type(row) is not dict:
        raise _UnusualError
    plan = _plan_of(tuple(row))
    texts_are_text = _TEXT.issuperset(map(type, plan.texts(row)))
    if not texts_are_text or not _FLAG.issuperset(map(type, plan.flags(row))):
        raise _UnusualError
    record: dict[str, Any] = dict(zip(plan.kept, plan.values(row), strict=True))
    start, end = _millis(record["LogStart"]), _millis(record["LogEnd"])
    record["LogStart"] = None if start is None else iso_millis(start)
    record["LogEnd"] = None if end is None else iso_millis(end)
    log_end = None if end is None else EPOCH + timedelta(0, 0, 0, end)
    if plan.complex:
        _simplify(record, plan.complex)
    guid = record["MessageGuid"]
    if not guid:
        raise _UnusualError
    return Log(
        version_of(record),
        orjson.dumps(record)[1:-1],
        log_end,
        log_end or created_at(guid) or UNDATED,
        True,
        read_at,
        guid,
        record.get("Status"),
    )


def _simplify(record: dict[str, Any], names: Sequence[str]) -> None:
    """Take what belongs to the protocol out of everything that is neither text, date nor flag."""
    for name in names:
        value = record[name]
        if type(value) in _PLAIN:
            if value is not None and name in _KNOWN:
                raise _UnusualError
        elif type(value) is dict and DEFERRED in value:
            del record[name]
        elif name == ARTIFACT:
            value.pop(METADATA, None)
            if not value.keys() <= _IN_ARTIFACT and any(map(shadows_in_artifact, value)):
                raise _UnusualError
            if not _TEXT.issuperset(map(type, value.values())):
                raise _UnusualError
        elif name in LISTS:
            record[name] = _names_and_values(value)
        else:
            raise _UnusualError


class _Plan:
    """What is to be done with rows that have these members."""

    __slots__ = ("complex", "flags", "kept", "texts", "values")

    def __init__(self, names: tuple[str, ...]) -> None:
        if not set(_FIRST).issubset(names) or any(map(shadows, names)):
            raise _UnusualError
        kept = [name for name in names if name != METADATA and name not in OURS]
        self.kept = (*_FIRST, *(name for name in kept if name not in _FIRST))
        self.values = _all_of(self.kept)
        self.texts = _all_of([name for name in kept if name in TEXTS])
        self.flags = _all_of([name for name in kept if name in FLAGS])
        simple = {*TEXTS, *FLAGS, *DATES}
        self.complex = tuple(name for name in kept if name not in simple)


@lru_cache(maxsize=64)
def _plan_of(names: tuple[str, ...]) -> _Plan:
    return _Plan(names)


def _all_of(names: Sequence[str]) -> Callable[[dict[str, Any]], tuple[Any, ...]]:
    """Takes these members, in this order."""
    if len(names) > 1:
        return itemgetter(*names)
    return lambda row: tuple(row[name] for name in names)


def _millis(text: str | None) -> int | None:
    """A date as the tenant writes it, in milliseconds since the epoch."""
    if text is None or text == "":
        return None
    match = JSON_DATE.fullmatch(text)
    if match is None:
        raise _UnusualError
    return int(match[1])


def _names_and_values(value: Any) -> list[dict[str, str | None]]:  # noqa: ANN401 - as above
    entries = value["results"] if type(value) is dict else value
    if type(entries) is not list:
        raise _UnusualError
    read = [{"Name": entry["Name"], "Value": entry["Value"]} for entry in entries]
    for entry in read:
        if not _TEXT.issuperset(map(type, entry.values())):
            raise _UnusualError
    return read
