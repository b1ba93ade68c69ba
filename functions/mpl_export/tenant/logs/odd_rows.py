"""A row that is not as usual: what can be read of it is read, and the rest is kept as it came.

Every row may be read this way; the usual ones are read faster (``rows``), with the same result.
"""

import json
from collections.abc import Mapping
from datetime import datetime
from typing import Any

import orjson

from mpl_export.model import UNDATED, Log, created_at
from mpl_export.properties import (
    ARTIFACT,
    LINK,
    OURS,
    shadows,
)
from mpl_export.tenant.logs.odd_values import (
    DEEPEST,
    METADATA,
    READERS,
    OddError,
    is_deferred,
    number_of,
    unknown_value,
    utf8_text,
)
from mpl_export.version import REST, STATE, version_of, version_of_raw


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
            record[utf8_text(name)] = READERS.get(name, unknown_value)(value)
        except OddError as error:
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
    if depth > DEEPEST:
        return value
    if isinstance(value, dict):
        return {
            name: _without_protocol(member, depth=depth + 1)
            for name, member in value.items()
            if name not in {METADATA, without} and not is_deferred(member)
        }
    if isinstance(value, list):
        return [_without_protocol(entry, depth=depth + 1) for entry in value]
    return number_of(value) if isinstance(value, int) else value
