"""A row that is not as usual: what can be read of it is read, and the rest is kept as it came.

Every row may be read this way; the usual ones are read faster (``rows``), with the same result.

Source: OData V2 JSON format, section 4 (dates, ``__metadata``, ``__deferred``); recordings of the
MessageProcessingLogs API for booleans as text, null dates and null complex members.
"""

import json
import re
from collections.abc import Callable, Mapping
from datetime import datetime, timedelta
from typing import Any, Final

import orjson

from mpl_export.instants import EPOCH, iso_instant
from mpl_export.model import UNDATED, Log, created_at
from mpl_export.properties import (
    ARTIFACT,
    ARTIFACT_TEXTS,
    DATES,
    FLAGS,
    LINK,
    LISTS,
    OURS,
    TEXTS,
    shadows,
    shadows_in_artifact,
)
from mpl_export.version import REST, STATE, version_of, version_of_raw

# The offset, where a tenant writes one, is informative: the number counts from the epoch in UTC.
JSON_DATE: Final = re.compile(r"/Date\((-?\d{1,16})(?:[+-]\d{1,4})?\)/", re.ASCII)

METADATA: Final = "__metadata"
DEFERRED: Final = "__deferred"

_BOOLEANS = {"true": True, "false": False, "": None}
_SURROGATE = re.compile("[\ud800-\udfff]")
_DEEPEST = 64
"""Below so many levels nothing is looked at; orjson writes 254."""
_SMALLEST, _GREATEST = -(1 << 63), (1 << 64) - 1
"""What orjson reads and writes as whole numbers."""


class _OddError(ValueError):
    """A value is not of its property's type.

    Attributes:
        readable: What can be read of it; None if nothing.
    """

    def __init__(self, readable: object = None) -> None:
        super().__init__("not of its type")
        self.readable = readable


def odd_log_of(row: object, read_at: datetime) -> Log:
    """Normalise a row of any shape.

    A known property that is not of its type makes the row unreadable: the row is kept as it came,
    in the member ``Raw`` (links of the protocol aside, members in the order of their names), beside
    every property that could be read.  So a failure that shows something odd is still a failure.
    So does a property whose name differs from a known one by case alone.

    It is filed by its ``LogEnd``, else by the time inside its ``MessageGuid``, else as undated:
    the same place whichever request read it, so it is not stored twice either.

    Text that has no UTF-8 (half of a surrogate pair, where something was cut; broken bytes) has
    U+FFFD there, as with every reader of UTF-8.
    """
    members: Mapping[str, Any] = row if isinstance(row, dict) else {}
    record: dict[str, Any] = {"MessageGuid": None, "LogStart": None, "LogEnd": None}
    odd: set[str] = set()
    for name, value in members.items():
        if name == METADATA or name in OURS or is_deferred(value):
            continue
        if shadows(name):
            odd.add(name)
            continue
        try:
            record[_text(name)] = _READERS.get(name, _unknown)(value)
        except _OddError as error:
            odd.add(name)
            if error.readable is not None:
                record[name] = error.readable
    guid: str | None = record["MessageGuid"]
    if guid is None:
        odd.add("MessageGuid")
        del record["MessageGuid"]
    if odd:
        version = _version(members, record, odd) or version_of_raw(_text_of(row, without=LINK))
        record["Raw"] = _text_of(row).decode()
    else:
        version = version_of(record)
    end = record["LogEnd"]
    log_end = None if end is None else datetime.fromisoformat(end)
    created = None if guid is None or log_end is not None else created_at(guid)
    return Log(
        version,
        orjson.dumps(record)[1:-1],
        log_end,
        log_end or created or UNDATED,
        not odd,
        read_at,
        guid,
        record.get("Status"),
    )


def is_deferred(value: object) -> bool:
    """Whether the value is nothing but a link to be followed."""
    return isinstance(value, dict) and DEFERRED in value


def _version(members: Mapping[str, Any], record: Mapping[str, Any], odd: set[str]) -> bytes | None:
    """The version by the usual rule, with odd values by their JSON; None if the state is odd."""
    if not odd.isdisjoint(STATE):
        return None
    # In a list, so that it is never the same as the text of a value that could be read.
    values = {name: [_text_of(members[name]).decode()] for name in odd.intersection(REST)}
    if ARTIFACT in odd:
        values[ARTIFACT] = {"Id": [_text_of(members[ARTIFACT]).decode()]}  # type: ignore[assignment]
    return version_of({**record, **values})


def _text_of(value: object, *, without: str | None = None) -> bytes:
    """A value as compact ASCII JSON that is the same whatever the order of members and the links.

    A lone surrogate is written as its escape.
    """
    plain = _without_protocol(value, without)
    return json.dumps(plain, ensure_ascii=True, separators=(",", ":"), sort_keys=True).encode()


def _without_protocol(value: object, without: str | None = None, depth: int = 0) -> object:
    if depth > _DEEPEST:
        return value
    if isinstance(value, dict):
        return {
            name: _without_protocol(member, depth=depth + 1)
            for name, member in value.items()
            if name not in {METADATA, without} and not is_deferred(member)
        }
    if isinstance(value, list):
        return [_without_protocol(entry, depth=depth + 1) for entry in value]
    return _number(value) if isinstance(value, int) else value


# -- values by their types -----------------------------------------------------------------


def _text(value: object) -> str:
    """Text as UTF-8 can carry it."""
    if not isinstance(value, str):
        raise _OddError
    return value if value.isascii() else _SURROGATE.sub("\ufffd", value)


def _text_or_null(value: object) -> str | None:
    return None if value is None else _text(value)


def _guid(value: object) -> str:
    if not isinstance(value, str) or not value or _SURROGATE.search(value):
        raise _OddError
    return value


def _date(value: object) -> str | None:
    """An OData V2 date, in either spelling of the recordings."""
    if value is None or value == "":
        return None
    match = JSON_DATE.fullmatch(value) if isinstance(value, str) else None
    if match is None:
        raise _OddError
    try:
        return iso_instant(EPOCH + timedelta(milliseconds=int(match[1])))
    except OverflowError as error:
        raise _OddError from error


def _flag(value: object) -> bool | None:
    """A boolean; SAP's own example has text where tenants have booleans."""
    if value is None or isinstance(value, bool):
        return value
    if not isinstance(value, str) or value.lower() not in _BOOLEANS:
        raise _OddError
    return _BOOLEANS[value.lower()]


def _artifact(value: object) -> dict[str, Any] | None:
    if value is None:
        return None
    if not isinstance(value, dict):
        raise _OddError
    members: dict[str, Any] = {}
    odd = False
    for name, member in value.items():
        if name == METADATA or is_deferred(member):
            continue
        if shadows_in_artifact(name):
            odd = True
            continue
        try:
            read = _text_or_null if name in ARTIFACT_TEXTS else _unknown
            members[_text(name)] = read(member)
        except _OddError:
            odd = True
    if odd:
        raise _OddError(members)
    return members


def _names_and_values(value: object) -> list[dict[str, str | None]] | None:
    if value is None:
        return None
    entries = value.get("results") if isinstance(value, dict) else value
    if not isinstance(entries, list):
        raise _OddError
    read: list[dict[str, str | None]] = []
    for entry in entries:
        try:
            name = _text_or_null(entry["Name"])
            read.append({"Name": name, "Value": _text_or_null(entry.get("Value"))})
        except (AttributeError, KeyError, TypeError, _OddError):
            continue
    if len(read) < len(entries):
        raise _OddError(read)
    return read


def _unknown(value: object) -> object:
    """A property that is not known: as it is, but for what belongs to the protocol."""
    if isinstance(value, dict):
        if isinstance(value.get("results"), list):
            return _unknown(value["results"])
        return _written({name: it for name, it in value.items() if name != METADATA})
    if isinstance(value, list):
        return [_entry(entry) for entry in value]
    return _written(value)


def _entry(entry: object) -> object:
    if not isinstance(entry, dict):
        return _written(entry)
    return _written(
        {name: it for name, it in entry.items() if name != METADATA and not is_deferred(it)}
    )


def _written(value: object, depth: int = 0) -> object:
    """A value that orjson can write."""
    if depth > _DEEPEST:
        raise _OddError
    if isinstance(value, str):
        return _text(value)
    if isinstance(value, dict):
        return {_text(name): _written(member, depth + 1) for name, member in value.items()}
    if isinstance(value, list):
        return [_written(entry, depth + 1) for entry in value]
    return _number(value) if isinstance(value, int) else value


def _number(value: int) -> int | float:
    """A number as orjson reads it, whichever parser read it."""
    if _SMALLEST <= value <= _GREATEST:
        return value
    try:
        return float(value)
    except OverflowError:
        return float("inf") if value > 0 else float("-inf")


_READERS: Final[Mapping[str, Callable[[object], object]]] = {
    **dict.fromkeys(TEXTS, _text_or_null),
    **dict.fromkeys(DATES, _date),
    **dict.fromkeys(FLAGS, _flag),
    **dict.fromkeys(LISTS, _names_and_values),
    ARTIFACT: _artifact,
    "MessageGuid": _guid,
}
