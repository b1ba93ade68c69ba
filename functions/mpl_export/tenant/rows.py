"""From a row of the tenant's JSON to a log: dates, booleans, links, and rows we cannot read.

Source: OData V2 JSON format, section 4 (dates, ``__metadata``, ``__deferred``); recordings of the
MessageProcessingLogs API for booleans as text, null dates and null complex members.
"""

import base64
import binascii
import json
import re
from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any

import orjson

from mpl_export.instants import EPOCH, iso_instant
from mpl_export.model import Log
from mpl_export.version import REST, version_of, version_of_raw

# The offset, where a tenant writes one, is informative: the number counts from the epoch in UTC.
_JSON_DATE = re.compile(r"/Date\((-?\d{1,16})(?:[+-]\d{1,4})?\)/", re.ASCII)
_DATES = ("LogStart", "LogEnd")
_TEXTS = ("Status", *(name for name in REST if name not in _DATES))
_FLAGS = (
    "ArchivingSenderChannelMessages",
    "ArchivingReceiverChannelMessages",
    "ArchivingLogAttachments",
    "ArchivingPersistedMessages",
)
_BOOLEANS = {"true": True, "false": False}
_GUID_BYTES = 21
_NOT_KEPT = frozenset({"__metadata", "Version", "ReadAt", "ErrorText", "Amended", "Raw"})
"""What belongs to the protocol, and the names that a record uses itself."""


class UnreadableRowError(ValueError):
    """The row does not have the shape of a log."""


def log_of(row: object, read_at: datetime) -> Log:
    """Normalise one row of a page.

    A row that cannot be read is kept as it came, in the member ``Raw``, and filed by what can be
    read of it: its ``LogEnd``, else the time inside its ``MessageGuid``, else the epoch.  That
    place is the same whichever request read it, so it is not stored twice either.
    """
    try:
        record = _normalised(row)
        version = version_of(record)
        text = orjson.dumps(record)
    except (UnreadableRowError, TypeError):
        return _unreadable(row, read_at)
    guid: str = record["MessageGuid"]
    created = created_at(guid)
    log_start, log_end = (
        None if (text_ := record[name]) is None else datetime.fromisoformat(text_)
        for name in _DATES
    )
    return Log(
        version=version,
        members=text[1:-1],
        log_end=log_end,
        filed_at=log_end or created or EPOCH,
        started=created or log_start or log_end,
        readable=True,
        read_at=read_at,
        guid=guid,
        status=record.get("Status"),
        artifact=(record.get("IntegrationArtifact") or {}).get("Id"),
    )


def created_at(guid: str) -> datetime | None:
    """The instant inside a ``MessageGuid``; None if the id is of another make.

    28 characters of base64url hold a zero byte, four bytes of seconds since the epoch (big
    endian), and 16 random bytes; verified on recordings.
    """
    try:
        raw = base64.b64decode(guid, altchars=b"-_", validate=True)
    except (binascii.Error, ValueError):
        return None
    if len(raw) != _GUID_BYTES or raw[0] != 0:
        return None
    return EPOCH + timedelta(seconds=int.from_bytes(raw[1:5]))


def _normalised(row: object) -> dict[str, Any]:
    if not isinstance(row, dict):
        raise UnreadableRowError("not an object")
    guid = row.get("MessageGuid")
    if not isinstance(guid, str) or not guid:
        raise UnreadableRowError("no MessageGuid")
    record: dict[str, Any] = {"MessageGuid": guid, "LogStart": None, "LogEnd": None}
    record |= {
        name: _plain(value)
        for name, value in row.items()
        if name not in _NOT_KEPT and not _is_deferred(value)
    }
    for name in _DATES:
        instant = _instant(record[name])
        record[name] = None if instant is None else iso_instant(instant)
    for name in _FLAGS:
        if isinstance(flag := record.get(name), str):
            record[name] = _BOOLEANS.get(flag.lower(), flag)
    _check_types(record)
    return record


def _check_types(record: Mapping[str, Any]) -> None:
    for name in _TEXTS:
        if not isinstance(record.get(name), str | None):
            raise UnreadableRowError(f"{name} is not text")
    artifact = record.get("IntegrationArtifact")
    if artifact is not None and (
        not isinstance(artifact, dict) or not isinstance(artifact.get("Id"), str | None)
    ):
        raise UnreadableRowError("IntegrationArtifact is not an object with an Id")


def _is_deferred(value: object) -> bool:
    return isinstance(value, dict) and "__deferred" in value


def _plain(value: object) -> object:
    """A value without what belongs to the protocol; an expanded list as names and values."""
    if isinstance(value, dict):
        if isinstance(value.get("results"), list):
            return [_name_and_value(entry) for entry in value["results"]]
        return {name: member for name, member in value.items() if name != "__metadata"}
    if isinstance(value, list):
        return [_name_and_value(entry) for entry in value]
    return value


def _name_and_value(entry: object) -> object:
    if not isinstance(entry, dict):
        return entry
    if "Name" in entry:
        return {"Name": entry["Name"], "Value": entry.get("Value")}
    return {
        name: member
        for name, member in entry.items()
        if name != "__metadata" and not _is_deferred(member)
    }


def _instant(value: object) -> datetime | None:
    """An OData V2 date, in either spelling of the recordings, as an instant."""
    if value is None or value == "":
        return None
    match = _JSON_DATE.fullmatch(value) if isinstance(value, str) else None
    if match is None:
        raise UnreadableRowError("not a date")
    try:
        return EPOCH + timedelta(milliseconds=int(match[1]))
    except OverflowError as error:
        raise UnreadableRowError("a date out of range") from error


def _unreadable(row: object, read_at: datetime) -> Log:
    raw = json.dumps(row, ensure_ascii=True, separators=(",", ":"))
    members: Mapping[str, Any] = row if isinstance(row, dict) else {}
    guid = members.get("MessageGuid")
    created = created_at(guid) if isinstance(guid, str) else None
    try:
        ended = _instant(members.get("LogEnd"))
    except UnreadableRowError:
        ended = None
    return Log(
        version=version_of_raw(raw.encode()),
        members=orjson.dumps({"Raw": raw})[1:-1],
        log_end=ended,
        filed_at=ended or created or EPOCH,
        started=created or ended,
        readable=False,
        read_at=read_at,
        guid=None,
        status=None,
        artifact=None,
    )
