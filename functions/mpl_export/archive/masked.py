"""Logs as they are stored: without what is masked."""

import json

import orjson

from mpl_export.model import Log
from mpl_export.properties import LINK
from mpl_export.rules.masking import RAW, Masks
from mpl_export.version import STATE_BYTES, version_of_raw


def masked_log(log: Log, masks: Masks) -> Log:
    """A log without what is masked; the version of one that could be read is as before.

    If the state of a row could not be read, its version is a digest of its text.  The stored text
    is taken, as a digest of the whole text would confirm a guess at what was masked.
    """
    record = masks.record(orjson.loads(b"{" + log.members + b"}"))
    version = log.version
    raw = record.get(RAW)
    if isinstance(raw, str) and version[:STATE_BYTES] == version[STATE_BYTES:]:
        version = _version_of(raw)
    return log._replace(version=version, members=orjson.dumps(record)[1:-1])


def _version_of(raw: str) -> bytes:
    row = json.loads(raw)
    if isinstance(row, dict):
        row.pop(LINK, None)
    text = json.dumps(row, ensure_ascii=True, separators=(",", ":"), sort_keys=True)
    return version_of_raw(text.encode())
