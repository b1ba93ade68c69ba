"""The values of a row that is not as usual, each by the type of its property.

Source: OData V2 JSON format, section 4 (dates, ``__metadata``, ``__deferred``); recordings of the
MessageProcessingLogs API for booleans as text, null dates and null complex members.
"""

import re
from collections.abc import Callable, Mapping
from datetime import timedelta
from typing import Any, Final

from mpl_export.instants import EPOCH, iso_instant
from mpl_export.properties import (
    ARTIFACT,
    ARTIFACT_TEXTS,
    DATES,
    FLAGS,
    LISTS,
    TEXTS,
    shadows_in_artifact,
)

# The offset, where a tenant writes one, is informative: the number counts from the epoch in UTC.
JSON_DATE: Final = re.compile(r"/Date\((-?\d{1,16})(?:[+-]\d{1,4})?\)/", re.ASCII)

METADATA: Final = "__metadata"
DEFERRED: Final = "__deferred"

_BOOLEANS = {"true": True, "false": False, "": None}
_SURROGATE = re.compile("[\ud800-\udfff]")
DEEPEST: Final = 64
"""How many levels deep values are looked at; orjson writes 254."""
_SMALLEST, _GREATEST = -(1 << 63), (1 << 64) - 1
"""What orjson reads and writes as whole numbers."""


class OddError(ValueError):
    """A value is not of its property's type.

    Attributes:
        readable: What can be read of it; None if nothing.
    """

    def __init__(self, readable: object = None) -> None:
        super().__init__("not of its type")
        self.readable = readable


def is_deferred(value: object) -> bool:
    """Whether the value is nothing but a link to be followed."""
    return isinstance(value, dict) and DEFERRED in value


def utf8_text(value: object) -> str:
    """Text as UTF-8 can carry it."""
    if not isinstance(value, str):
        raise OddError
    return value if value.isascii() else _SURROGATE.sub("\ufffd", value)


def _text_or_null(value: object) -> str | None:
    return None if value is None else utf8_text(value)


def _guid(value: object) -> str:
    if not isinstance(value, str) or not value or _SURROGATE.search(value):
        raise OddError
    return value


def _date(value: object) -> str | None:
    """An OData V2 date, in either spelling of the recordings."""
    if value is None or value == "":
        return None
    match = JSON_DATE.fullmatch(value) if isinstance(value, str) else None
    if match is None:
        raise OddError
    try:
        return iso_instant(EPOCH + timedelta(milliseconds=int(match[1])))
    except OverflowError as error:
        raise OddError from error


def _flag(value: object) -> bool | None:
    """A boolean; SAP's own example has text where tenants have booleans."""
    if value is None or isinstance(value, bool):
        return value
    if not isinstance(value, str) or value.lower() not in _BOOLEANS:
        raise OddError
    return _BOOLEANS[value.lower()]


def _artifact(value: object) -> dict[str, Any] | None:
    if value is None:
        return None
    if not isinstance(value, dict):
        raise OddError
    members: dict[str, Any] = {}
    odd = False
    for name, member in value.items():
        if name == METADATA or is_deferred(member):
            continue
        if shadows_in_artifact(name):
            odd = True
            continue
        try:
            read = _text_or_null if name in ARTIFACT_TEXTS else unknown_value
            members[utf8_text(name)] = read(member)
        except OddError:
            odd = True
    if odd:
        raise OddError(members)
    return members


def _names_and_values(value: object) -> list[dict[str, str | None]] | None:
    if value is None:
        return None
    entries = value.get("results") if isinstance(value, dict) else value
    if not isinstance(entries, list):
        raise OddError
    read: list[dict[str, str | None]] = []
    for entry in entries:
        try:
            name = _text_or_null(entry["Name"])
            read.append({"Name": name, "Value": _text_or_null(entry.get("Value"))})
        except (AttributeError, KeyError, TypeError, OddError):
            continue
    if len(read) < len(entries):
        raise OddError(read)
    return read


def unknown_value(value: object) -> object:
    """A property that is not known: as it is, but for what belongs to the protocol."""
    if isinstance(value, dict):
        if isinstance(value.get("results"), list):
            return unknown_value(value["results"])
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
    if depth > DEEPEST:
        raise OddError
    if isinstance(value, str):
        return utf8_text(value)
    if isinstance(value, dict):
        return {utf8_text(name): _written(member, depth + 1) for name, member in value.items()}
    if isinstance(value, list):
        return [_written(entry, depth + 1) for entry in value]
    return number_of(value) if isinstance(value, int) else value


def number_of(value: int) -> int | float:
    """A number as orjson reads it, whichever parser read it."""
    if _SMALLEST <= value <= _GREATEST:
        return value
    try:
        return float(value)
    except OverflowError:
        return float("inf") if value > 0 else float("-inf")


READERS: Final[Mapping[str, Callable[[object], object]]] = {
    **dict.fromkeys(TEXTS, _text_or_null),
    **dict.fromkeys(DATES, _date),
    **dict.fromkeys(FLAGS, _flag),
    **dict.fromkeys(LISTS, _names_and_values),
    ARTIFACT: _artifact,
    "MessageGuid": _guid,
}
